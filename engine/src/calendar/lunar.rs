//! Lunar dates and the sexagenary cycle of days, from a calendar library.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};
use tyme4rs::tyme::solar::SolarDay;

/// The years for which the library is known to agree with two others. Before and after them libraries
/// disagree on some days (in 1954, 1957, 1978, 2057), so no scenario covers such years.
pub const VERIFIED_YEARS: RangeInclusive<i32> = 2000..=2050;

fn solar_day(date: NaiveDate) -> SolarDay {
    SolarDay::from_ymd(date.year() as isize, date.month() as usize, date.day() as usize)
}

/// The day of the lunar month, 1–30.
pub fn lunar_day_of_month(date: NaiveDate) -> u8 {
    solar_day(date).get_lunar_day().get_day() as u8
}

/// The earthly branch of the day: 0 is 子, 11 is 亥.
pub fn day_branch(date: NaiveDate) -> u8 {
    solar_day(date).get_lunar_day().get_sixty_cycle().get_earth_branch().get_index() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 428 dates of 2000–2050, among them the borders of every leap month and of every lunar year, on which the
    /// Python packages lunardate 0.2.2 and sxtwl 2.0.7 agree.
    const KNOWN_DATES: &str = include_str!("../../tests/fixtures/lunar_dates.csv");

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn lunar_days_and_branches_agree_with_two_other_libraries() {
        let rows: Vec<Vec<&str>> = KNOWN_DATES.lines().skip(1).map(|line| line.split(',').collect()).collect();
        assert_eq!(rows.len(), 428);
        for row in rows {
            let found = (lunar_day_of_month(date(row[0])), day_branch(date(row[0])));
            assert_eq!(found, (row[3].parse().unwrap(), row[4].parse().unwrap()), "{}", row[0]);
        }
    }

    #[test]
    fn well_known_days_are_where_everybody_knows_them() {
        let check = |day: &str, lunar_day, branch| {
            assert_eq!((lunar_day_of_month(date(day)), day_branch(date(day))), (lunar_day, branch), "{day}");
        };
        check("1949-10-01", 10, 0); // 甲子日, 己丑年八月初十
        check("2000-01-01", 25, 6); // 戊午日
        check("2026-02-17", 1, 10); // Spring Festival, 壬戌日 begins the year of the horse
        check("2025-10-06", 15, 8); // Mid-Autumn, after a leap sixth month
        check("2023-03-22", 1, 3); // first day of the leap second month
    }
}
