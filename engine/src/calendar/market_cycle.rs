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
