//! Times of a service date, durations, time windows, and their relation to instants.
//!
//! [`ServiceTime`] counts seconds from 00:00 of the service date and may pass 24:00, as in GTFS. What happened
//! when in the world is an [`Instant`]; only [`ServiceClock`] turns one into the other. Nothing here reads a clock.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

/// Seconds since 00:00 of a service date; may pass 24:00 (`25:10:00` is ten past one the next morning).
///
/// Solvers that work on scaled benchmark instances use the same type with a finer unit and say so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceTime(i32);

/// A length of time in seconds; may be negative as a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Duration(i32);

/// Both ends inclusive; `earliest <= latest` unless the window is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeWindow {
    /// The first moment that is allowed.
    pub earliest: ServiceTime,
    /// The last moment that is allowed.
    pub latest: ServiceTime,
}

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(i64);

/// How a service area reads the world's clock: its offset from UTC, and the hour at which a new service day begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceClock {
    /// Seconds east of UTC; Asia/Shanghai has had a fixed offset since 1991.
    pub utc_offset_seconds: i32,
    /// Before this time of day an instant still belongs to the service date before.
    pub day_change: ServiceTime,
}

/// A text that is no time of a service date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a time: write HH:MM or HH:MM:SS with minutes and seconds below 60 and hours below 48")]
pub struct InvalidServiceTime(pub String);

const SECONDS_PER_DAY: i64 = 86_400;

impl ServiceTime {
    /// 00:00 of the service date.
    pub const MIDNIGHT: Self = Self(0);
    /// Later than any time of a real schedule, far enough from overflow to add durations to it.
    pub const FAR_FUTURE: Self = Self(i32::MAX / 4);

    /// From seconds since 00:00.
    pub const fn from_seconds(seconds: i32) -> Self {
        Self(seconds)
    }

    /// From a time of day.
    pub const fn hm(hours: i32, minutes: i32) -> Self {
        Self(hours * 3_600 + minutes * 60)
    }

    /// Seconds since 00:00.
    pub const fn seconds(self) -> i32 {
        self.0
    }

    /// Hours and minutes only, as people read a timetable.
    pub fn to_hm_string(self) -> String {
        format!("{:02}:{:02}", self.0.div_euclid(3_600), self.0.rem_euclid(3_600) / 60)
    }
}

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From seconds.
    pub const fn from_seconds(seconds: i32) -> Self {
        Self(seconds)
    }

    /// From minutes.
    pub const fn from_minutes(minutes: i32) -> Self {
        Self(minutes * 60)
    }

    /// In seconds.
    pub const fn seconds(self) -> i32 {
        self.0
    }

    /// In minutes, rounded up: what a passenger is told.
    pub const fn minutes_rounded_up(self) -> i32 {
        (self.0 + 59).div_euclid(60)
    }
}

impl TimeWindow {
    /// A window with these ends.
    pub const fn new(earliest: ServiceTime, latest: ServiceTime) -> Self {
        Self { earliest, latest }
    }

    /// Is this moment allowed?
    pub fn contains(self, time: ServiceTime) -> bool {
        self.earliest <= time && time <= self.latest
    }

    /// Does every moment of `other` lie in this window?
    pub fn contains_window(self, other: Self) -> bool {
        self.earliest <= other.earliest && other.latest <= self.latest
    }

    /// Have the two windows more than an end in common?
    pub fn overlaps(self, other: Self) -> bool {
        self.earliest < other.latest && other.earliest < self.latest
    }

    /// The moments in both windows; empty (earliest after latest) when there are none.
    pub fn intersection(self, other: Self) -> Self {
        Self::new(self.earliest.max(other.earliest), self.latest.min(other.latest))
    }

    /// What is left of this window before and after `busy`, in order of time; parts without any time are left out.
    pub fn without(self, busy: Self) -> impl Iterator<Item = Self> {
        let before = Self::new(self.earliest, self.latest.min(busy.earliest));
        let after = Self::new(self.earliest.max(busy.latest), self.latest);
        // A window apart from it lies before or after, as a whole.
        [before, after].into_iter().filter(|part| part.earliest < part.latest)
    }

    /// Is no moment allowed?
    pub fn is_empty(self) -> bool {
        self.earliest > self.latest
    }

    /// From the first to the last moment.
    pub fn length(self) -> Duration {
        self.latest - self.earliest
    }
}

impl Instant {
    /// From seconds since 1970-01-01T00:00:00Z.
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn unix_seconds(self) -> i64 {
        self.0
    }
}

impl ServiceClock {
    /// Asia/Shanghai with the service day changing at 03:00.
    pub const SHANGHAI: Self = Self { utc_offset_seconds: 8 * 3_600, day_change: ServiceTime::hm(3, 0) };

    /// The service date and time of an instant.
    ///
    /// ```
    /// use sanban_engine::time::{Instant, ServiceClock, ServiceTime};
    /// // 2026-11-25 01:30 in Shanghai still belongs to the service date of the 24th.
    /// let (date, time) = ServiceClock::SHANGHAI.service_time(Instant::from_unix_seconds(1_795_541_400));
    /// assert_eq!((date.to_string().as_str(), time), ("2026-11-24", ServiceTime::hm(25, 30)));
    /// ```
    pub fn service_time(self, instant: Instant) -> (NaiveDate, ServiceTime) {
        let local = instant.0 + i64::from(self.utc_offset_seconds) - i64::from(self.day_change.0);
        let days = local.div_euclid(SECONDS_PER_DAY);
        let seconds = local.rem_euclid(SECONDS_PER_DAY) + i64::from(self.day_change.0);
        (EPOCH + TimeDelta::days(days), ServiceTime(seconds as i32))
    }

    /// The instant of a time on a service date.
    pub fn instant(self, date: NaiveDate, time: ServiceTime) -> Instant {
        let days = date.signed_duration_since(EPOCH).num_days();
        Instant(days * SECONDS_PER_DAY + i64::from(time.0) - i64::from(self.utc_offset_seconds))
    }
}

const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a valid date");

impl fmt::Display for ServiceTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, seconds) = if self.0 < 0 { ("-", -self.0) } else { ("", self.0) };
        write!(formatter, "{sign}{:02}:{:02}:{:02}", seconds / 3_600, seconds % 3_600 / 60, seconds % 60)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, seconds) = if self.0 < 0 { ("-", -self.0) } else { ("", self.0) };
        match seconds % 60 {
            0 => write!(formatter, "{sign}{} min", seconds / 60),
            rest => write!(formatter, "{sign}{} min {rest} s", seconds / 60),
        }
    }
}

impl fmt::Display for TimeWindow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}–{}", self.earliest, self.latest)
    }
}

impl FromStr for ServiceTime {
    type Err = InvalidServiceTime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seconds = seconds_of(text.trim(), 2).filter(|&seconds| seconds < 48 * 3_600);
        seconds.map(Self).ok_or_else(|| InvalidServiceTime(text.to_owned()))
    }
}

/// Seconds of `HH:MM` or `HH:MM:SS`, with at most so many digits for the hours.
fn seconds_of(text: &str, hour_digits: usize) -> Option<i32> {
    let parts: Vec<&str> = text.split(':').collect();
    if !(2..=3).contains(&parts.len()) || (parts.len() == 3 && parts[1].len() != 2) {
        return None;
    }
    let mut numbers = [0_i32; 3];
    for (index, part) in parts.iter().enumerate() {
        let digits = if index == 0 { hour_digits } else { 2 };
        if part.is_empty() || part.len() > digits || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        numbers[index] = part.parse().ok()?;
    }
    let [hours, minutes, seconds] = numbers;
    (minutes < 60 && seconds < 60).then_some(hours * 3_600 + minutes * 60 + seconds)
}

impl Serialize for ServiceTime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads all that is written: a plan may hold times before 00:00 or from 48:00 on, such as a depot left for a departure
/// just after midnight, which nobody may write into a scenario.
impl<'de> Deserialize<'de> for ServiceTime {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (sign, digits) = text.strip_prefix('-').map_or((1, text.as_str()), |digits| (-1, digits));
        let seconds =
            seconds_of(digits, 3).ok_or_else(|| serde::de::Error::custom(InvalidServiceTime(text.clone())))?;
        Ok(Self(sign * seconds))
    }
}

impl Add<Duration> for ServiceTime {
    type Output = Self;
    fn add(self, duration: Duration) -> Self {
        Self(self.0 + duration.0)
    }
}

impl AddAssign<Duration> for ServiceTime {
    fn add_assign(&mut self, duration: Duration) {
        self.0 += duration.0;
    }
}

impl Sub<Duration> for ServiceTime {
    type Output = Self;
    fn sub(self, duration: Duration) -> Self {
        Self(self.0 - duration.0)
    }
}

impl Sub for ServiceTime {
    type Output = Duration;
    fn sub(self, earlier: Self) -> Duration {
        Duration(self.0 - earlier.0)
    }
}

impl Add for Duration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Duration {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Duration {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl SubAssign for Duration {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Neg for Duration {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl std::iter::Sum for Duration {
    fn sum<I: Iterator<Item = Self>>(durations: I) -> Self {
        durations.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<i32>) {
        let parsed = text.parse::<ServiceTime>().ok().map(ServiceTime::seconds);
        assert_eq!(parsed, expected, "{text:?}");
    }

    #[test]
    fn times_may_pass_midnight_but_not_sixty_minutes() {
        check("06:40", Some(24_000));
        check("6:40:05", Some(24_005));
        check("25:10:00", Some(90_600));
        check("25:61:00", None);
        check("12:00:60", None);
        check("48:00", None);
        check("-01:00", None);
        check("12", None);
        check("12:0a", None);
        check("12:5:00", None);
        check("", None);
    }

    #[test]
    fn a_written_time_reads_back_as_itself() {
        for seconds in [0, 1, 59, 60, 3_599, 86_399, 86_400, 100_000] {
            let time = ServiceTime::from_seconds(seconds);
            assert_eq!(time.to_string().parse(), Ok(time));
        }
    }

    #[test]
    fn a_stored_time_reads_back_even_where_nobody_may_write_it() {
        for seconds in [0, 86_400, -1, -600, -86_400, 172_799, 172_800, 300_000] {
            let time = ServiceTime::from_seconds(seconds);
            let stored = serde_json::to_string(&time).expect("plain data");
            assert_eq!(serde_json::from_str::<ServiceTime>(&stored).ok(), Some(time), "{stored}");
        }
        for nonsense in ["\"--01:00\"", "\"1000:00\"", "\"12:60\"", "\"-\"", "\"\"", "7"] {
            assert!(serde_json::from_str::<ServiceTime>(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn the_service_day_changes_at_three_in_the_morning() {
        let clock = ServiceClock::SHANGHAI;
        let date = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
        let at = |time| clock.service_time(clock.instant(date, time));
        assert_eq!(at(ServiceTime::hm(3, 0)), (date, ServiceTime::hm(3, 0)));
        assert_eq!(at(ServiceTime::hm(2, 59)), (date.pred_opt().unwrap(), ServiceTime::hm(26, 59)));
        assert_eq!(at(ServiceTime::hm(26, 59)), (date, ServiceTime::hm(26, 59)));
    }

    #[test]
    fn windows_that_only_touch_do_not_overlap() {
        let window = |from, to| TimeWindow::new(ServiceTime::hm(from, 0), ServiceTime::hm(to, 0));
        assert!(!window(6, 8).overlaps(window(8, 10)));
        assert!(window(6, 9).overlaps(window(8, 10)));
        assert!(window(6, 8).intersection(window(9, 10)).is_empty());
    }
}
