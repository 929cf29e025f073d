//! On which dates a town holds its market (赶场).

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::lunar;
use crate::ids::PlaceId;
use crate::network::Name;
use crate::time::TimeWindow;

/// Two dates and all days between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateRange {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

/// The rule by which market days follow each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarketCycle {
    /// The last digit of the solar day of the month (1-4-7: the 1st, 4th, 7th, 11th …).
    SolarDigits {
        /// Ascending, each 0–9.
        digits: Vec<u8>,
        /// Is the market held on a 31st whose digit matches?
        held_on_day_31: bool,
    },
    /// The last digit of the lunar day of the month.
    LunarDigits {
        /// Ascending, each 0–9.
        digits: Vec<u8>,
    },
    /// Days of the week.
    Weekdays {
        /// 1 is Monday, 7 Sunday; ascending.
        weekdays: Vec<u8>,
    },
    /// Every sixth day: a pair of opposite earthly branches (子午 … 巳亥), running through month ends.
    BranchPair {
        /// The first branch of the pair: 0 is 子 (with 午), 5 is 巳 (with 亥).
        first_branch: u8,
    },
    /// Every day.
    Daily,
}

/// Dates on which a market departs from its cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketException {
    /// When.
    pub dates: DateRange,
    /// Held on each of these dates, or on none.
    pub held: bool,
}

/// A market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    /// The code people write.
    pub code: String,
    /// What people call it.
    pub name: Name,
    /// Where it is.
    pub place: PlaceId,
    /// Its rule.
    pub cycle: MarketCycle,
    /// Later exceptions win.
    pub exceptions: Vec<MarketException>,
    /// When there is something to buy.
    pub hours: TimeWindow,
}

impl DateRange {
    /// Do both have a date in common?
    pub fn overlaps(self, other: Self) -> bool {
        self.from <= other.until && other.from <= self.until
    }

    /// Is the date one of these days?
    pub fn contains(self, date: NaiveDate) -> bool {
        self.from <= date && date <= self.until
    }
}

impl Market {
    /// Is the market held on this date? The last exception that names the date decides, else the cycle.
    pub fn is_held(&self, date: NaiveDate) -> bool {
        let exception = self.exceptions.iter().rev().find(|exception| exception.dates.contains(date));
        exception.map_or_else(|| self.cycle.includes(date), |exception| exception.held)
    }
}

impl MarketCycle {
    /// Does the cycle name this date?
    pub fn includes(&self, date: NaiveDate) -> bool {
        match self {
            Self::SolarDigits { digits, held_on_day_31 } => {
                let day = date.day() as u8;
                digits.contains(&(day % 10)) && (day != 31 || *held_on_day_31)
            }
            Self::LunarDigits { digits } => digits.contains(&(lunar::lunar_day_of_month(date) % 10)),
            Self::Weekdays { weekdays } => weekdays.contains(&(date.weekday().number_from_monday() as u8)),
            Self::BranchPair { first_branch } => lunar::day_branch(date) % 6 == *first_branch,
            Self::Daily => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ServiceTime;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    /// The days from `from` to `until` on which the cycle holds market.
    fn held(cycle: &MarketCycle, from: &str, until: &str) -> Vec<String> {
        let days = date(from).iter_days().take_while(|&day| day <= date(until));
        days.filter(|&day| cycle.includes(day)).map(|day| day.to_string()).collect()
    }

    fn check(cycle: MarketCycle, from: &str, until: &str, expected: &[&str]) {
        assert_eq!(held(&cycle, from, until), expected, "{cycle:?}");
    }

    #[test]
    fn solar_digits_follow_the_day_of_the_month() {
        let one_four_seven = |held_on_day_31| MarketCycle::SolarDigits { digits: vec![1, 4, 7], held_on_day_31 };
        let with_31 = ["2026-10-27", "2026-10-31", "2026-11-01", "2026-11-04"];
        check(one_four_seven(true), "2026-10-25", "2026-11-05", &with_31);
        let without_31 = ["2026-10-27", "2026-11-01", "2026-11-04"];
        check(one_four_seven(false), "2026-10-25", "2026-11-05", &without_31);
        let round = MarketCycle::SolarDigits { digits: vec![0, 5], held_on_day_31: true };
        check(round, "2028-02-25", "2028-03-05", &["2028-02-25", "2028-03-05"]);
    }

    #[test]
    fn lunar_digits_follow_the_moon_across_leap_months_and_new_year() {
        let three_six_nine = MarketCycle::LunarDigits { digits: vec![3, 6, 9] };
        // 2025-07-25 is the first of the leap sixth month.
        let leap = ["2025-07-20", "2025-07-23", "2025-07-27", "2025-07-30"];
        check(three_six_nine.clone(), "2025-07-18", "2025-07-31", &leap);
        // 2026-02-17 is New Year's Day; the twelfth month before it has 29 days.
        let new_year = ["2026-02-13", "2026-02-16", "2026-02-19", "2026-02-22"];
        check(three_six_nine, "2026-02-11", "2026-02-23", &new_year);
    }

    #[test]
    fn weekdays_count_from_monday() {
        let monday_and_thursday = MarketCycle::Weekdays { weekdays: vec![1, 4] };
        check(monday_and_thursday, "2026-11-23", "2026-12-01", &["2026-11-23", "2026-11-26", "2026-11-30"]);
    }

    #[test]
    fn branch_pairs_come_every_sixth_day_through_month_and_year_ends() {
        for first_branch in 0..6 {
            let days = held(&MarketCycle::BranchPair { first_branch }, "2019-12-01", "2030-02-01");
            for pair in days.windows(2) {
                assert_eq!((date(&pair[1]) - date(&pair[0])).num_days(), 6, "after {}", pair[0]);
            }
        }
        // 2000-01-01 is a day of 午.
        let zi_wu = MarketCycle::BranchPair { first_branch: 0 };
        check(zi_wu, "1999-12-24", "2000-01-08", &["1999-12-26", "2000-01-01", "2000-01-07"]);
    }

    #[test]
    fn the_last_exception_that_names_a_date_wins() {
        let range = |from, until| DateRange { from: date(from), until: date(until) };
        let market = Market {
            code: "M".into(),
            name: Name::default(),
            place: PlaceId(0),
            cycle: MarketCycle::Weekdays { weekdays: vec![1] },
            exceptions: vec![
                MarketException { dates: range("2026-02-07", "2026-02-16"), held: true },
                MarketException { dates: range("2026-02-16", "2026-02-19"), held: false },
            ],
            hours: TimeWindow::new(ServiceTime::hm(6, 0), ServiceTime::hm(12, 0)),
        };
        let check = |day, expected| assert_eq!(market.is_held(date(day)), expected, "{day}");
        check("2026-02-08", true); // daily before Spring Festival, although a Sunday
        check("2026-02-16", false); // New Year's Eve, although a Monday and in the daily stretch
        check("2026-02-23", true); // Mondays again
        check("2026-02-24", false);
    }
}
