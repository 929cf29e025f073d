//! Holidays, school terms, markets and their cycles.

use chrono::{Datelike, NaiveDate};

use super::codes::AllCodes;
use super::places::{name, word};
use super::{At, Problems, SETTINGS_FILE};
use crate::calendar::{Calendar, DateRange, Market, MarketCycle, MarketException, SchoolTerm, SpecialDay};
use crate::ids::PlaceId;
use crate::scenario::tables::{HolidayRow, MarketExceptionRow, MarketRow, Row, SchoolTermRow, Tables};
use crate::time::TimeWindow;

pub fn calendar(tables: &Tables, problems: &mut Problems) -> Calendar {
    let mut years = tables.settings.holiday_years.clone();
    years.sort_unstable();
    years.dedup();
    let in_settings = At { file: SETTINGS_FILE, line: tables.settings.holiday_years_line };
    if years.is_empty() && !tables.unreadable.may_have(SETTINGS_FILE, "holiday_years") {
        problems.add(in_settings, "holiday_years", "is empty", "list the years whose notice is in holidays.csv");
    }
    for &year in years.iter().filter(|_| !tables.unreadable.touches(HolidayRow::FILE)) {
        if !tables.holidays.iter().any(|numbered| numbered.row.date.year() == year) {
            let why = format!("holidays.csv has no row of {year}");
            problems.add(in_settings, "holiday_years", why, "write its notice there, or take the year away here");
        }
    }
    let words = [("holiday", SpecialDay::Holiday), ("make_up_workday", SpecialDay::MakeUpWorkday)];
    let mut calendar = Calendar { years_covered: years, ..Calendar::default() };
    for numbered in &tables.holidays {
        let (at, row) = (At { file: HolidayRow::FILE, line: numbered.line }, &numbered.row);
        let Some(kind) = word(&row.kind, &words, at, "kind", problems) else { continue };
        let is_covered = |year| calendar.years_covered.is_empty() || calendar.years_covered.contains(&year);
        if !is_covered(row.date.year()) {
            let why = format!("{} is not among holiday_years", row.date.year());
            problems.add(at, "date", why, "add the year to scenario.toml once its notice is complete here");
        }
        let is_weekend = row.date.weekday().number_from_monday() > 5;
        if kind == SpecialDay::MakeUpWorkday && !is_weekend {
            let why = format!("{} is no weekend day", row.date);
            problems.add(at, "kind", why, "only Saturdays and Sundays are worked to make up for a holiday");
        }
        if calendar.special_days.insert(row.date, kind).is_some() {
            problems.add(at, "date", format!("{} occurs twice", row.date), "keep one row per date");
        }
    }
    calendar.school_terms = school_terms(tables, problems);
    calendar
}

fn school_terms(tables: &Tables, problems: &mut Problems) -> Vec<SchoolTerm> {
    let mut terms: Vec<(SchoolTerm, At)> = Vec::new();
    for numbered in &tables.school_terms {
        let (at, row) = (At { file: SchoolTermRow::FILE, line: numbered.line }, &numbered.row);
        let dates = date_range(row.from, row.until, at, problems);
        terms.push((SchoolTerm { name: row.name.clone(), dates }, at));
    }
    terms.sort_by_key(|(term, _)| term.dates.from);
    for pair in terms.windows(2) {
        let [(first, _), (second, at)] = pair else { continue };
        if first.dates.contains(second.dates.from) {
            let why = format!("{} lies in the term \"{}\" already", second.dates.from, first.name);
            problems.add(*at, "from", why, "let one term end before the next");
        }
    }
    terms.into_iter().map(|(term, _)| term).collect()
}

fn date_range(from: NaiveDate, until: NaiveDate, at: At, problems: &mut Problems) -> DateRange {
    if until < from {
        problems.add(at, "until", format!("{until} lies before {from}"), "write the later date in until");
    }
    DateRange { from, until }
}

pub fn markets(tables: &Tables, codes: &AllCodes, problems: &mut Problems) -> Vec<Market> {
    let mut markets: Vec<Market> = Vec::new();
    for (index, numbered) in tables.markets.iter().enumerate() {
        let (at, row) = (At { file: MarketRow::FILE, line: numbered.line }, &numbered.row);
        if row.closes <= row.opens {
            problems.add(at, "closes", format!("{} is not after {}", row.closes, row.opens), "write the later time");
        }
        let cycle = cycle(&row.cycle).unwrap_or_else(|why| {
            let remedy =
                "write such as solar:1-4-7, solar:1-4-7:skip31, lunar:2-5-8, weekdays:1-4, branches:zi-wu or daily";
            problems.add(at, "cycle", why, remedy);
            MarketCycle::Daily
        });
        markets.push(Market {
            code: row.market_id.clone(),
            name: name(&row.name, row.name_zh.as_deref()),
            place: PlaceId::from_index(codes.market_place(index)),
            cycle,
            exceptions: Vec::new(),
            hours: TimeWindow::new(row.opens, row.closes),
        });
    }
    for numbered in &tables.market_exceptions {
        let (at, row) = (At { file: MarketExceptionRow::FILE, line: numbered.line }, &numbered.row);
        let dates = date_range(row.from, row.until, at, problems);
        if let Some(market) = codes.markets.find(&row.market_id, at, "market_id", problems) {
            markets[market].exceptions.push(MarketException { dates, held: row.held });
        }
    }
    markets
}

const BRANCH_PAIRS: [&str; 6] = ["zi-wu", "chou-wei", "yin-shen", "mao-you", "chen-xu", "si-hai"];

/// `solar:1-4-7` and the like; else why not.
pub fn cycle(text: &str) -> Result<MarketCycle, String> {
    let not_known = || format!("\"{text}\" is no market cycle");
    let mut parts = text.split(':');
    let kind = parts.next().unwrap_or_default();
    let cycle = match (kind, parts.next(), parts.next()) {
        ("daily", None, None) => MarketCycle::Daily,
        ("solar", Some(digits), None) => {
            MarketCycle::SolarDigits { digits: ascending(digits, 0..=9)?, held_on_day_31: true }
        }
        ("solar", Some(digits), Some("skip31")) => {
            MarketCycle::SolarDigits { digits: ascending(digits, 0..=9)?, held_on_day_31: false }
        }
        ("lunar", Some(digits), None) => MarketCycle::LunarDigits { digits: ascending(digits, 0..=9)? },
        ("weekdays", Some(days), None) => MarketCycle::Weekdays { weekdays: ascending(days, 1..=7)? },
        ("branches", Some(pair), None) => {
            let first = BRANCH_PAIRS.iter().position(|&known| known == pair).ok_or_else(not_known)?;
            MarketCycle::BranchPair { first_branch: first as u8 }
        }
        _ => return Err(not_known()),
    };
    if parts.next().is_some() { Err(not_known()) } else { Ok(cycle) }
}

fn ascending(text: &str, allowed: std::ops::RangeInclusive<u8>) -> Result<Vec<u8>, String> {
    let digits: Result<Vec<u8>, _> = text.split('-').map(str::parse).collect();
    let digits = digits.map_err(|_| format!("\"{text}\" is no list of digits"))?;
    if !digits.iter().all(|digit| allowed.contains(digit)) {
        return Err(format!("\"{text}\" has a number outside {}–{}", allowed.start(), allowed.end()));
    }
    if !digits.is_sorted_by(|first, second| first < second) {
        return Err(format!("the digits of \"{text}\" do not ascend"));
    }
    Ok(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn market_cycles_read_as_people_write_them() {
        let check = |text, expected| assert_eq!(cycle(text).ok(), expected, "{text}");
        let solar = |held_on_day_31| MarketCycle::SolarDigits { digits: vec![1, 4, 7], held_on_day_31 };
        check("solar:1-4-7", Some(solar(true)));
        check("solar:1-4-7:skip31", Some(solar(false)));
        check("lunar:0-5", Some(MarketCycle::LunarDigits { digits: vec![0, 5] }));
        check("weekdays:1-7", Some(MarketCycle::Weekdays { weekdays: vec![1, 7] }));
        check("branches:si-hai", Some(MarketCycle::BranchPair { first_branch: 5 }));
        check("daily", Some(MarketCycle::Daily));
        for nonsense in ["", "solar", "solar:", "solar:7-4-1", "solar:1-1", "solar:12", "weekdays:0", "weekdays:8"] {
            check(nonsense, None);
        }
        for nonsense in ["branches:zi", "branches:wu-zi", "daily:1", "lunar:1:skip31", "solar:1:skip31:x", "Solar:1"] {
            check(nonsense, None);
        }
    }
}
