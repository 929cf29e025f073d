//! Why something isn't offered or booked. A reason claims only what was proved.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::demand::StudentRunDirection;
use crate::ids::BookingId;
use crate::time::{Duration, Instant, ServiceTime, TimeWindow};
use crate::units::{Load, Metres};

/// What policy or calendar forbids, with its figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum RuleBroken {
    /// The calendar has no data of that date.
    #[error("{why}")]
    CalendarUnknown {
        /// The calendar's own words, remedy included.
        why: String,
    },
    /// The date is over.
    #[error("{date} is over: today is {today}")]
    DateOver {
        /// Asked for.
        date: NaiveDate,
        /// The service date now.
        today: NaiveDate,
    },
    /// Booking is not open yet.
    #[error("{date} can be booked from {opens} on, {days} days before")]
    TooEarly {
        /// Asked for.
        date: NaiveDate,
        /// First day of booking.
        opens: NaiveDate,
        /// By policy.
        days: u32,
    },
    /// Too late for a booked ride.
    #[error("the latest possible pickup is {latest}, booking closes {notice} before, and it is {now} already")]
    NoticeTooShort {
        /// The last pickup that would serve the request.
        latest: ServiceTime,
        /// By policy.
        notice: Duration,
        /// The time now, on the date asked for.
        now: ServiceTime,
    },
    /// Outside the hours of booked service.
    #[error("booked vehicles run {hours}; {wanted} lies outside")]
    OutsideHours {
        /// By policy.
        hours: TimeWindow,
        /// Asked for.
        wanted: ServiceTime,
    },
    /// There is no market that day.
    #[error("{market} holds no market on {date}; the next market day is {}", .next.map_or("unknown".to_owned(), |day| day.to_string()))]
    MarketNotHeld {
        /// Code of the market.
        market: String,
        /// Asked for.
        date: NaiveDate,
        /// The next one held.
        next: Option<NaiveDate>,
    },
    /// Nobody travels, or a number is negative.
    #[error("a party needs at least one person and no negative number: {load}")]
    InvalidParty {
        /// Asked for.
        load: Load,
    },
    /// Nothing to carry, or a number is negative.
    #[error("a consignment needs a positive weight or volume and no negative number: {load}")]
    InvalidConsignment {
        /// Asked for.
        load: Load,
    },
    /// From is to.
    #[error("from and to are the same place")]
    SamePlace,
    /// A window that ends before it begins.
    #[error("the window {window} is empty")]
    EmptyWindow {
        /// Asked for.
        window: TimeWindow,
    },
    /// The first day wanted is no school day of any term.
    #[error("{date} lies in no school term")]
    NoSchoolTerm {
        /// Asked for.
        date: NaiveDate,
    },
    /// The school has no licensed run.
    #[error("no licensed run serves {school}")]
    NoStudentRun {
        /// Code of the school.
        school: String,
    },
    /// Licensed runs don't come near enough.
    #[error("on the way {} {school}, the nearest call of its licensed runs is {walk} on foot, limit {limit}", if *.direction == StudentRunDirection::ToSchool { "to" } else { "home from" })]
    StudentStopTooFar {
        /// Code of the school.
        school: String,
        /// Which way.
        direction: StudentRunDirection,
        /// To the nearest call.
        walk: Metres,
        /// By policy.
        limit: Metres,
    },
}

/// Why lines don't suffice for a leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum LineShortfall {
    /// Holds of lines are filled by the timetable's own freight plan, not by bookings.
    #[error("booked consignments don't use the holds of lines yet")]
    Freight,
    /// No timetable is active.
    #[error("no timetable is active for {date}: plan and activate one")]
    NoTimetable {
        /// The service date.
        date: NaiveDate,
    },
    /// No stop near enough.
    #[error("no stop within {limit} on foot of the {}{}", if *.at_origin { "origin" } else { "destination" }, .nearest.map_or(String::new(), |metres| format!(" (nearest: {metres} in a straight line)")))]
    NoStopNear {
        /// Which end.
        at_origin: bool,
        /// Straight-line distance of the nearest stop.
        nearest: Option<Metres>,
        /// By policy.
        limit: Metres,
    },
    /// The stops are not connected at that time, within the permitted changes.
    #[error("no journey with at most {transfers} change(s) at that time")]
    NoJourney {
        /// By policy.
        transfers: u8,
    },
    /// Too much walking.
    #[error("{walk} on foot, limit {limit}")]
    Walk {
        /// Of the best journey.
        walk: Metres,
        /// By policy.
        limit: Metres,
    },
    /// Too far from the wanted time.
    #[error("the nearest journey lies {wait} from the wanted time, limit {limit}")]
    Wait {
        /// Of the best journey.
        wait: Duration,
        /// By policy.
        limit: Duration,
    },
    /// Too long on the bus.
    #[error("the ride takes {ride}, limit {limit}")]
    Ride {
        /// Of the best journey.
        ride: Duration,
        /// By policy.
        limit: Duration,
    },
    /// Full.
    #[error("{free} free on the bus at {departure}, {wanted} wanted")]
    NoSeats {
        /// When the bus leaves the boarding stop.
        departure: ServiceTime,
        /// Free on the fullest segment.
        free: Load,
        /// Asked for.
        wanted: Load,
    },
}

/// How near the best attempt came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearestMiss {
    /// Code of the vehicle that came nearest, if one did.
    pub vehicle: Option<String>,
    /// What it missed, with figures, in English.
    pub what: String,
    /// The same in Chinese.
    pub what_zh: String,
}

/// What has changed since an offer was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum StaleCause {
    /// Another timetable is active.
    #[error("the timetable has changed")]
    TimetableChanged,
    /// Seats on a line have been taken.
    #[error("{free} left on the bus at {departure}, {wanted} wanted")]
    SeatsTaken {
        /// When the bus leaves the boarding stop.
        departure: ServiceTime,
        /// Left on the fullest segment.
        free: Load,
        /// Asked for.
        wanted: Load,
    },
    /// The bus has left.
    #[error("the bus left at {departure}")]
    BusGone {
        /// From the boarding stop.
        departure: ServiceTime,
    },
    /// No vehicle can keep the offered windows any more.
    #[error("no vehicle can keep leg {leg}'s windows any more: {}", .miss.what)]
    NoVehicleLeft {
        /// Which leg.
        leg: u8,
        /// How near the best attempt came.
        miss: NearestMiss,
    },
    /// The seat on the student run has been taken.
    #[error("the seat on the student run has been taken")]
    StudentSeatTaken,
    /// A seat has become free: no need to wait.
    #[error("a seat has become free: ask for a new quote")]
    SeatFreed,
    /// A re-offer changes a booking together with the timetable; it can't be booked on its own.
    #[error("the offer replaces booking {booking}: accept it with the activation of the timetable")]
    ReplacesBooking {
        /// Which booking.
        booking: BookingId,
    },
}

/// What was proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// RULE: policy forbids it.
    Rule(RuleBroken),
    /// IMPOSSIBLE_ALONE: even with no other bookings.
    ImpossibleAlone(NearestMiss),
    /// NO_INSERTION: the present plan kept, an exhaustive search found no place for it.
    NoInsertion(NearestMiss),
    /// NOT_FOUND: a search that was not exhaustive found none.
    NotFound {
        /// How many combinations were tried.
        tried: u32,
        /// How near the best came.
        miss: NearestMiss,
    },
    /// The offer has expired.
    Expired {
        /// When.
        at: Instant,
    },
    /// The offer no longer fits.
    StaleOffer(StaleCause),
}

/// Why the answer is no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What was proved.
    pub reason: Reason,
}

impl Refusal {
    /// A refusal by policy.
    pub const fn rule(rule: RuleBroken) -> Self {
        Self { reason: Reason::Rule(rule) }
    }
}

impl Reason {
    /// The word used over the API and in reports.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Rule(_) => "RULE",
            Self::ImpossibleAlone(_) => "IMPOSSIBLE_ALONE",
            Self::NoInsertion(_) => "NO_INSERTION",
            Self::NotFound { .. } => "NOT_FOUND",
            Self::Expired { .. } => "OFFER_EXPIRED",
            Self::StaleOffer(_) => "STALE_OFFER",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.reason.word())?;
        match &self.reason {
            Reason::Rule(rule) => rule.fmt(formatter),
            Reason::ImpossibleAlone(miss) => write!(formatter, "not even with no other bookings: {miss}"),
            Reason::NoInsertion(miss) => write!(formatter, "no vehicle fits it in beside what is promised: {miss}"),
            Reason::NotFound { tried, miss } => write!(formatter, "nothing found in {tried} combination(s): {miss}"),
            Reason::Expired { .. } => formatter.write_str("the offer has expired: ask for a new quote"),
            Reason::StaleOffer(cause) => cause.fmt(formatter),
        }
    }
}

impl fmt::Display for NearestMiss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.vehicle {
            Some(vehicle) => write!(formatter, "{vehicle}: {}", self.what),
            None => formatter.write_str(&self.what),
        }
    }
}
