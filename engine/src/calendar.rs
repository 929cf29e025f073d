//! What kind of day a date is: workday or holiday, school day or not, and which markets are held.
//!
//! Holidays and make-up workdays are yearly data; a date outside the years that the data covers is an error,
//! never a guess.

pub mod lunar;
pub mod market_cycle;

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

pub use market_cycle::{DateRange, Market, MarketCycle, MarketException};

use crate::ids::MarketId;

/// What a yearly notice says of one date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecialDay {
    /// A public holiday (放假).
    Holiday,
    /// A weekend day on which people work to make up for a holiday (调休上班).
    MakeUpWorkday,
}

/// A school term, both dates inclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchoolTerm {
    /// What it is called.
    pub name: String,
    /// Its days.
    pub dates: DateRange,
}

/// The calendar of a county.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The years for which the yearly notice is in the data, ascending.
    pub years_covered: Vec<i32>,
    /// Dates that the notices name.
    pub special_days: BTreeMap<NaiveDate, SpecialDay>,
    /// In order of date.
    pub school_terms: Vec<SchoolTerm>,
}

/// The working rhythm of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// Monday to Friday, or a make-up workday.
    Workday,
    /// Saturday or Sunday.
    Weekend,
    /// A public holiday.
    Holiday,
}

/// Everything the county needs to know of a date before planning it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayType {
    /// The date.
    pub date: NaiveDate,
    /// Workday, weekend or holiday.
    pub kind: DayKind,
    /// Do schools teach?
    pub is_school_day: bool,
    /// Do boarders go home after this day's lessons (tomorrow is no school day)?
    pub boarders_go_home: bool,
    /// Do boarders come back in the afternoon (tomorrow is a school day, today is not)?
    pub boarders_return: bool,
    /// The markets held, ascending.
    pub markets: Vec<MarketId>,
}

/// Why nothing can be said of a date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The yearly notice of that year is not in the data.
    #[error(
        "{date}: the holiday notice of {} is not in the data (covered: {covered:?}); add its holidays and make-up \
         workdays to holidays.csv and the year to scenario.toml",
        date.year()
    )]
    YearNotCovered {
        /// The date asked for.
        date: NaiveDate,
        /// The years in the data.
        covered: Vec<i32>,
    },
}

impl Calendar {
    /// January 1 of the first year covered.
    pub fn first_day(&self) -> NaiveDate {
        let year = self.years_covered.first().copied().unwrap_or_default();
        NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default()
    }

    /// December 31 of the last year covered.
    pub fn last_day(&self) -> NaiveDate {
        let year = self.years_covered.last().copied().unwrap_or_default();
        NaiveDate::from_ymd_opt(year, 12, 31).unwrap_or_default()
    }

    /// The day type of a date, with the markets among `markets` (by [`MarketId`]) that are held.
    pub fn day_type(&self, date: NaiveDate, markets: &[Market]) -> Result<DayType, CalendarError> {
        let is_school_day = self.is_school_day(date)?;
        // Past the covered years nothing is known of tomorrow; December 31 must still be plannable.
        let tomorrow_is_school_day = date.succ_opt().is_some_and(|next| self.is_school_day(next).unwrap_or(false));
        let held = (0..markets.len()).filter(|&market| markets[market].is_held(date));
        Ok(DayType {
            date,
            kind: self.kind(date)?,
            is_school_day,
            boarders_go_home: is_school_day && !tomorrow_is_school_day,
            boarders_return: !is_school_day && tomorrow_is_school_day,
            markets: held.map(MarketId::from_index).collect(),
        })
    }

    /// Workday, weekend or holiday.
    pub fn kind(&self, date: NaiveDate) -> Result<DayKind, CalendarError> {
        if !self.years_covered.contains(&date.year()) {
            return Err(CalendarError::YearNotCovered { date, covered: self.years_covered.clone() });
        }
        Ok(match (self.special_days.get(&date), date.weekday()) {
            (Some(SpecialDay::Holiday), _) => DayKind::Holiday,
            (Some(SpecialDay::MakeUpWorkday), _) => DayKind::Workday,
            (None, Weekday::Sat | Weekday::Sun) => DayKind::Weekend,
            (None, _) => DayKind::Workday,
        })
    }

    /// Schools teach on the workdays of a term, make-up workdays included.
    pub fn is_school_day(&self, date: NaiveDate) -> Result<bool, CalendarError> {
        let in_term = self.school_terms.iter().any(|term| term.dates.contains(date));
        Ok(in_term && self.kind(date)? == DayKind::Workday)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DayKind::{Holiday, Weekend, Workday};

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    /// Autumn 2026: National Day 1–7 October with the make-up workdays 20 September and 10 October.
    fn autumn() -> Calendar {
        let holidays = date("2026-10-01").iter_days().take(7).map(|day| (day, SpecialDay::Holiday));
        let make_up = ["2026-09-20", "2026-10-10"].map(|day| (date(day), SpecialDay::MakeUpWorkday));
        Calendar {
            years_covered: vec![2026],
            special_days: holidays.chain(make_up).collect(),
            school_terms: vec![SchoolTerm {
                name: "2026 autumn".into(),
                dates: DateRange { from: date("2026-09-01"), until: date("2026-12-31") },
            }],
        }
    }

    /// (kind, school day, boarders go home, boarders return)
    fn check(day: &str, expected: (DayKind, bool, bool, bool)) {
        let found = autumn().day_type(date(day), &[]).expect("a covered year");
        let facts = (found.kind, found.is_school_day, found.boarders_go_home, found.boarders_return);
        assert_eq!(facts, expected, "{day}");
    }

    #[test]
    fn boarders_go_home_on_friday_and_come_back_on_sunday() {
        check("2026-11-19", (Workday, true, false, false));
        check("2026-11-20", (Workday, true, true, false));
        check("2026-11-21", (Weekend, false, false, false));
        check("2026-11-22", (Weekend, false, false, true));
        check("2026-11-23", (Workday, true, false, false));
    }

    #[test]
    fn a_make_up_workday_is_a_school_day_and_moves_the_boarders() {
        check("2026-09-18", (Workday, true, true, false)); // Saturday the 19th stays free
        check("2026-09-19", (Weekend, false, false, true)); // lessons on Sunday the 20th
        check("2026-09-20", (Workday, true, false, false));
        check("2026-09-30", (Workday, true, true, false));
        check("2026-10-01", (Holiday, false, false, false));
        check("2026-10-07", (Holiday, false, false, true));
        check("2026-10-09", (Workday, true, false, false)); // Saturday the 10th is worked
        check("2026-10-10", (Workday, true, true, false));
    }

    #[test]
    fn outside_a_term_there_is_no_school() {
        check("2026-08-31", (Workday, false, false, true));
        check("2026-07-01", (Workday, false, false, false));
    }

    #[test]
    fn a_year_without_its_notice_is_an_error_and_the_day_before_it_is_not() {
        check("2026-12-31", (Workday, true, true, false));
        let error = autumn().day_type(date("2027-01-01"), &[]).expect_err("2027 is not covered");
        assert_eq!(error, CalendarError::YearNotCovered { date: date("2027-01-01"), covered: vec![2026] });
        assert!(error.to_string().contains("holidays.csv"), "{error}");
    }
}
