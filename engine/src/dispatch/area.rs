//! The state of one service area. Cheap to clone: days and bookings are shared until one of them changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::booking::{Booking, RequestKey};
use super::day::{BookedFleet, Day};
use super::decision::Answer;
use crate::ids::BookingId;
use crate::plan::{Plan, Timetable};
use crate::scenario::Scenario;

/// Days after the service date for which a request's answer is remembered.
pub(super) const REMEMBERED_DAYS: u64 = 30;

/// All state of one service area: the scenario, its days, bookings, and answers for retries.
#[derive(Clone, Debug)]
pub struct Area {
    pub(super) scenario: Arc<Scenario>,
    pub(super) fleet: Arc<BookedFleet>,
    pub(super) days: BTreeMap<NaiveDate, Arc<Day>>,
    pub(super) bookings: Arc<BTreeMap<BookingId, Arc<Booking>>>,
    pub(super) memory: Arc<BTreeMap<RequestKey, Remembered>>,
    /// The service date of the last decision: memory is cleared when it changes.
    pub(super) today: Option<NaiveDate>,
    pub(super) sequence: u64,
}

/// What was answered to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remembered {
    pub digest: String,
    pub answer: Answer,
    pub forget_after: NaiveDate,
}

impl Area {
    /// Nothing booked, no timetable active.
    pub fn new(scenario: Arc<Scenario>) -> Self {
        let fleet = Arc::new(BookedFleet::of(&scenario));
        Self {
            scenario,
            fleet,
            days: BTreeMap::new(),
            bookings: Arc::default(),
            memory: Arc::default(),
            today: None,
            sequence: 0,
        }
    }

    /// All inputs.
    pub fn scenario(&self) -> &Arc<Scenario> {
        &self.scenario
    }

    /// The number of the last decision applied.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The day's plan; none while nothing was decided for that date.
    pub fn plan(&self, date: NaiveDate) -> Option<&Plan> {
        self.days.get(&date).map(|day| day.plan())
    }

    /// The active timetable of a date.
    pub fn timetable(&self, date: NaiveDate) -> Option<&Timetable> {
        self.days.get(&date).and_then(|day| day.timetable())
    }

    /// All active timetables in order of date.
    pub fn timetables(&self) -> impl Iterator<Item = &Timetable> {
        self.days.values().filter_map(|day| day.timetable())
    }

    /// The dates for which anything was decided, ascending.
    pub fn dates(&self) -> impl Iterator<Item = NaiveDate> {
        self.days.keys().copied()
    }

    /// The booking with this number.
    pub fn booking(&self, id: BookingId) -> Option<&Booking> {
        self.bookings.get(&id).map(AsRef::as_ref)
    }

    /// All bookings in the order of confirmation.
    pub fn bookings(&self) -> impl Iterator<Item = &Booking> {
        self.bookings.values().map(AsRef::as_ref)
    }

    /// What was answered to a request, with the digest of its body.
    pub fn remembered(&self, key: &RequestKey) -> Option<(&str, &Answer)> {
        self.memory.get(key).map(|found| (found.digest.as_str(), &found.answer))
    }

    pub(super) fn next_booking(&self) -> BookingId {
        BookingId(self.bookings.last_key_value().map_or(1, |(last, _)| last.0 + 1))
    }

    pub(super) fn day(&self, date: NaiveDate) -> Arc<Day> {
        let empty = || Arc::new(Day::empty(date, &self.fleet));
        self.days.get(&date).cloned().unwrap_or_else(empty)
    }
}
