//! How single cells of a scenario's files are read and written.

use std::fmt::Display;
use std::str::FromStr;

use chrono::NaiveDate;

use crate::time::ServiceTime;

/// Why a cell can't be read, and what to do.
pub type Complaint = (String, String);

/// A date as GTFS writes it: `YYYYMMDD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GtfsDate(pub NaiveDate);

/// A type that a cell can hold.
pub trait Cell: Sized {
    /// Reads a cell; blanks around the value don't count.
    fn parse(text: &str) -> Result<Self, Complaint>;
    /// Writes it back, so that it reads as the same value.
    fn format(&self) -> String;
    /// Writes it as GTFS demands.
    fn format_gtfs(&self) -> String {
        self.format()
    }
}

fn parsed<T: FromStr>(text: &str, what: &str, remedy: &str) -> Result<T, Complaint> {
    let text = text.trim();
    let complaint = || match text {
        "" => ("is empty".to_owned(), remedy.to_owned()),
        _ => (format!("\"{text}\" is not {what}"), remedy.to_owned()),
    };
    text.parse().map_err(|_| complaint())
}

impl Cell for String {
    fn parse(text: &str) -> Result<Self, Complaint> {
        match text.trim() {
            "" => Err(("is empty".into(), "every row needs a value here".into())),
            value => Ok(value.to_owned()),
        }
    }

    fn format(&self) -> String {
        self.clone()
    }
}

impl<T: Cell> Cell for Option<T> {
    fn parse(text: &str) -> Result<Self, Complaint> {
        if text.trim().is_empty() { Ok(None) } else { T::parse(text).map(Some) }
    }

    fn format(&self) -> String {
        self.as_ref().map(T::format).unwrap_or_default()
    }

    fn format_gtfs(&self) -> String {
        self.as_ref().map(T::format_gtfs).unwrap_or_default()
    }
}

macro_rules! cells_of_whole_numbers {
    ($($type:ty),*) => {$(
        impl Cell for $type {
            fn parse(text: &str) -> Result<Self, Complaint> {
                parsed(text, "a whole number", "write digits only, such as 12")
            }

            fn format(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

cells_of_whole_numbers!(i32, i64);

impl Cell for f64 {
    fn parse(text: &str) -> Result<Self, Complaint> {
        let remedy = "write a decimal number with a point, such as 31.25";
        let number: Self = parsed(text, "a number", remedy)?;
        if number.is_finite() { Ok(number) } else { Err((format!("\"{text}\" is not a finite number"), remedy.into())) }
    }

    fn format(&self) -> String {
        self.to_string()
    }
}

impl Cell for bool {
    fn parse(text: &str) -> Result<Self, Complaint> {
        parsed(text, "a truth value", "write true or false")
    }

    fn format(&self) -> String {
        self.to_string()
    }
}

impl Cell for ServiceTime {
    fn parse(text: &str) -> Result<Self, Complaint> {
        parsed(text, "a time", "write HH:MM or HH:MM:SS, minutes and seconds below 60, hours below 48")
    }

    fn format(&self) -> String {
        if self.seconds() % 60 == 0 { self.to_hm_string() } else { self.to_string() }
    }

    fn format_gtfs(&self) -> String {
        self.to_string()
    }
}

impl Cell for NaiveDate {
    fn parse(text: &str) -> Result<Self, Complaint> {
        parsed(text, "a date", "write YYYY-MM-DD, a day that exists")
    }

    fn format(&self) -> String {
        display(self)
    }
}

impl Cell for GtfsDate {
    fn parse(text: &str) -> Result<Self, Complaint> {
        let remedy = || "write YYYYMMDD, a day that exists".to_owned();
        match text.trim() {
            "" => Err(("is empty".into(), remedy())),
            value if value.len() != 8 => Err((format!("\"{value}\" is not a GTFS date"), remedy())),
            value => NaiveDate::parse_from_str(value, "%Y%m%d")
                .map(GtfsDate)
                .map_err(|_| (format!("\"{value}\" is not a GTFS date"), remedy())),
        }
    }

    fn format(&self) -> String {
        self.0.format("%Y%m%d").to_string()
    }
}

fn display(value: &impl Display) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Cell + PartialEq + std::fmt::Debug>(text: &str, expected: Option<T>) {
        let read = T::parse(text);
        assert_eq!(read.as_ref().ok(), expected.as_ref(), "{text:?}: {read:?}");
        if let Ok(value) = read {
            assert_eq!(T::parse(&value.format()), Ok(value), "{text:?} written and read again");
        }
    }

    #[test]
    fn cells_read_as_they_are_meant_or_not_at_all() {
        check::<i32>(" 12 ", Some(12));
        check::<i32>("12.0", None);
        check::<i32>("99999999999", None);
        check::<f64>("31.25", Some(31.25));
        check::<f64>("NaN", None);
        check::<f64>("31,25", None);
        check::<bool>("true", Some(true));
        check::<bool>("TRUE", None);
        check::<ServiceTime>("25:10", Some(ServiceTime::hm(25, 10)));
        check::<ServiceTime>("25:61:00", None);
        check::<NaiveDate>("2026-02-29", None);
        check("2026-11-25", NaiveDate::from_ymd_opt(2026, 11, 25));
        check("20261125", NaiveDate::from_ymd_opt(2026, 11, 25).map(GtfsDate));
        check::<GtfsDate>("2026-11-25", None);
        check::<String>("  ", None);
        check::<Option<i32>>("  ", Some(None));
        check::<Option<i32>>("x", None);
    }
}
