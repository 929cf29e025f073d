//! Lunar dates and the sexagenary cycle of days, from a calendar library.

use chrono::{Datelike, NaiveDate};
use tyme4rs::tyme::solar::SolarDay;

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
