//! The state of one service area. Cheap to clone: days and bookings are shared until one of them changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::booking::{Booking, RequestKey};
use super::day::{BookedFleet, Day};
use super::decision::Answer;
use crate::calendar::DateRange;
use crate::demand::Request;
use crate::ids::BookingId;
use crate::plan::{Plan, Timetable};
use crate::scenario::Scenario;
use crate::time::Instant;

/// All state of one service area: the scenario, its days, bookings, and answers for retries.
#[derive(Clone, Debug)]
pub struct Area {
    pub(super) scenario: Arc<Scenario>,
    pub(super) fleet: Arc<BookedFleet>,
    pub(super) days: BTreeMap<NaiveDate, Arc<Day>>,
    pub(super) bookings: Arc<BTreeMap<BookingId, Arc<Booking>>>,
    pub(super) memory: Arc<BTreeMap<RequestKey, Remembered>>,
    /// The service date of the last decision: answers are forgotten when it changes.
    pub(super) today: Option<NaiveDate>,
    pub(super) sequence: u64,
}

/// What was answered to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remembered {
    pub digest: String,
    pub answer: Answer,
    pub until: NaiveDate,
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

    /// The number of the decision that put a date's timetable into service; 0 without one.
    pub fn timetable_version(&self, date: NaiveDate) -> u64 {
        self.days.get(&date).map_or(0, |day| day.timetable_version())
    }

    /// The dates on which a request is served: an enrolment from its first day to the end of that day's term.
    pub fn service_dates(&self, request: &Request) -> DateRange {
        let from = request.date();
        let term = if let Request::Enrolment(_) = request { self.term(from) } else { None };
        DateRange { from, until: term.map_or(from, |term| term.until) }
    }

    /// The school term that a date lies in.
    pub(super) fn term(&self, date: NaiveDate) -> Option<DateRange> {
        self.scenario.calendar.school_terms.iter().map(|term| term.dates).find(|dates| dates.contains(date))
    }

    /// What was answered to a request, with the digest of its body, if it is remembered now.
    pub fn remembered(&self, key: &RequestKey, now: Instant) -> Option<(&str, &Answer)> {
        let (today, _) = self.scenario.policy.clock.service_time(now);
        let known = self.memory.get(key).filter(|known| today <= known.until);
        known.map(|known| (known.digest.as_str(), &known.answer))
    }

    pub(super) fn next_booking(&self) -> BookingId {
        BookingId(self.bookings.last_key_value().map_or(1, |(last, _)| last.0 + 1))
    }

    pub(super) fn day(&self, date: NaiveDate) -> Arc<Day> {
        let empty = || Arc::new(Day::empty(date, &self.fleet));
        self.days.get(&date).cloned().unwrap_or_else(empty)
    }
}
