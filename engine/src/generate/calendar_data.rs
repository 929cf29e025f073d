//! The State Council's holiday notices of 2025 and 2026, the school terms within those years, and what they mean for
//! markets.

use chrono::NaiveDate;

use crate::calendar::{DateRange, SpecialDay};

/// Years whose notice is here.
pub(super) const HOLIDAY_YEARS: [i32; 2] = [2025, 2026];

/// A school and market day near the end of a term: Wednesday, 25 November 2026.
pub(super) fn demonstration_date() -> NaiveDate {
    date((2026, 11, 25))
}

type Day = (i32, u32, u32);

/// First day, last day, name.
const HOLIDAYS: [(Day, Day, &str); 13] = [
    ((2025, 1, 1), (2025, 1, 1), "元旦"),
    ((2025, 1, 28), (2025, 2, 4), "春节"),
    ((2025, 4, 4), (2025, 4, 6), "清明节"),
    ((2025, 5, 1), (2025, 5, 5), "劳动节"),
    ((2025, 5, 31), (2025, 6, 2), "端午节"),
    ((2025, 10, 1), (2025, 10, 8), "国庆节、中秋节"),
    ((2026, 1, 1), (2026, 1, 3), "元旦"),
    ((2026, 2, 15), (2026, 2, 23), "春节"),
    ((2026, 4, 4), (2026, 4, 6), "清明节"),
    ((2026, 5, 1), (2026, 5, 5), "劳动节"),
    ((2026, 6, 19), (2026, 6, 21), "端午节"),
    ((2026, 9, 25), (2026, 9, 27), "中秋节"),
    ((2026, 10, 1), (2026, 10, 7), "国庆节"),
];

/// Weekend days on which people work.
const MAKE_UP_WORKDAYS: [(Day, &str); 11] = [
    ((2025, 1, 26), "春节调休"),
    ((2025, 2, 8), "春节调休"),
    ((2025, 4, 27), "劳动节调休"),
    ((2025, 9, 28), "国庆节调休"),
    ((2025, 10, 11), "国庆节调休"),
    ((2026, 1, 4), "元旦调休"),
    ((2026, 2, 14), "春节调休"),
    ((2026, 2, 28), "春节调休"),
    ((2026, 5, 9), "劳动节调休"),
    ((2026, 9, 20), "国庆节调休"),
    ((2026, 10, 10), "国庆节调休"),
];

/// Terms, clipped to the years covered.
const TERMS: [(&str, Day, Day); 5] = [
    ("2024 autumn 秋季", (2025, 1, 1), (2025, 1, 17)),
    ("2025 spring 春季", (2025, 2, 17), (2025, 7, 4)),
    ("2025 autumn 秋季", (2025, 9, 1), (2026, 1, 23)),
    ("2026 spring 春季", (2026, 3, 2), (2026, 7, 3)),
    ("2026 autumn 秋季", (2026, 9, 1), (2026, 12, 31)),
];

/// Markets are held daily in the week before Spring Festival, and closed on its first three days.
const SPRING_FESTIVAL_MARKETS: [(Day, Day, bool); 4] = [
    ((2025, 1, 22), (2025, 1, 28), true),
    ((2025, 1, 29), (2025, 1, 31), false),
    ((2026, 2, 10), (2026, 2, 16), true),
    ((2026, 2, 17), (2026, 2, 19), false),
];

fn date((year, month, day): Day) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("the tables hold dates")
}

fn range(from: Day, until: Day) -> DateRange {
    DateRange { from: date(from), until: date(until) }
}

/// Every named date with its kind and name, ascending.
pub(super) fn special_days() -> Vec<(NaiveDate, SpecialDay, &'static str)> {
    let holidays = HOLIDAYS.iter().flat_map(|&(from, until, name)| {
        let range = range(from, until);
        range
            .from
            .iter_days()
            .take_while(move |&day| day <= range.until)
            .map(move |day| (day, SpecialDay::Holiday, name))
    });
    let work = MAKE_UP_WORKDAYS.iter().map(|&(day, name)| (date(day), SpecialDay::MakeUpWorkday, name));
    let mut days: Vec<_> = holidays.chain(work).collect();
    days.sort_by_key(|&(day, ..)| day);
    days
}

/// The school terms in order.
pub(super) fn school_terms() -> impl Iterator<Item = (&'static str, DateRange)> {
    TERMS.iter().map(|&(name, from, until)| (name, range(from, until)))
}

/// Dates on which every market departs from its cycle, and whether it is held then.
pub(super) fn market_exceptions() -> impl Iterator<Item = (DateRange, bool)> {
    SPRING_FESTIVAL_MARKETS.iter().map(|&(from, until, held)| (range(from, until), held))
}
