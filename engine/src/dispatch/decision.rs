//! Commands, and the decisions they lead to. Decisions are what the journal keeps: complete, so that applying one calls
//! no solver.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::activation::DisplacedBooking;
use super::booking::{Booking, RequestKey};
use super::offer::Offer;
use super::refusal::Refusal;
use crate::ids::{BookingId, LegId, VehicleId};
use crate::plan::{BookedLeg, LineReservation, Timetable, VehicleSchedule};
use crate::time::{Instant, TimeWindow};

/// Days after the last date of a service on which a retry of its request still finds the answer.
pub const REMEMBERED_DAYS: u64 = 30;

/// What somebody wants changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Confirm an offer.
    Book {
        /// The wish.
        key: RequestKey,
        /// Of the whole request as it arrived: a retry has the same one.
        body_digest: String,
        /// What was offered, as it was quoted.
        offer: Box<Offer>,
    },
    /// Take a booking back.
    Cancel {
        /// The wish.
        key: RequestKey,
        /// Of the whole request as it arrived.
        body_digest: String,
        /// Which booking.
        booking: BookingId,
    },
    /// Put a timetable into service on its date.
    ActivateTimetable {
        /// The wish and the digest of its body; none when the server itself wants it.
        request: Option<(RequestKey, String)>,
        /// The whole timetable.
        timetable: Box<Timetable>,
        /// Re-offers that passengers have accepted, who can't keep what they have booked under this timetable.
        accepted: Vec<Offer>,
    },
}

/// One stop of a booked vehicle, as the plan orders it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStop {
    /// Whose.
    pub leg: LegId,
    /// Boards here; else alights.
    pub boards: bool,
}

/// The new order of one vehicle in one shift piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VehicleChange {
    /// Position among the shift pieces that booked service may use.
    pub piece: u32,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The shift piece.
    pub window: TimeWindow,
    /// All stops in order.
    pub stops: Vec<PlannedStop>,
    /// The same with times; none when the vehicle stays at its depot.
    pub schedule: Option<VehicleSchedule>,
}

/// What a decision changes on one date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayChange {
    /// The service date.
    pub date: NaiveDate,
    /// Legs that booked vehicles carry from now on.
    pub added_legs: Vec<(LegId, BookedLeg)>,
    /// Seats on lines held from now on.
    pub added_reservations: Vec<(LegId, Vec<LineReservation>)>,
    /// Legs of either kind that are no more.
    pub removed_legs: Vec<LegId>,
    /// Booked vehicles whose order changes.
    pub vehicles: Vec<VehicleChange>,
}

/// Bookings that change with the timetable of a date: what they held is given back before the timetable changes, what they get
/// instead is taken afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebooking {
    /// What they held, in the shift pieces that the old timetable leaves.
    pub released: DayChange,
    /// As they are from now on; ascending.
    pub bookings: Vec<Booking>,
    /// What each of them gets, one after another, in the shift pieces and on the trips of the new timetable.
    pub taken: Vec<DayChange>,
}

/// Why there is nothing to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum CancelRefusal {
    /// Never confirmed.
    #[error("there is no such booking")]
    Unknown,
    /// Cancelled before.
    #[error("the booking is cancelled already")]
    AlreadyCancelled,
    /// The bus has left, or the vehicle has begun it or is on its way.
    #[error("the ride has begun, or its vehicle is on the way")]
    Begun,
}

/// What was decided, in full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Confirmed, or put on the waiting list.
    Booked {
        /// The new booking.
        booking: Box<Booking>,
        /// By date.
        changes: Vec<DayChange>,
    },
    /// Not confirmed.
    BookingRefused {
        /// Why.
        refusal: Refusal,
    },
    /// Cancelled.
    Cancelled {
        /// Which.
        booking: BookingId,
        /// By date.
        changes: Vec<DayChange>,
        /// Who gets the seat: a booking that waited, as it is from now on.
        promoted: Option<Box<Booking>>,
    },
    /// Not cancelled.
    CancelRefused {
        /// Which.
        booking: BookingId,
        /// Why.
        refusal: CancelRefusal,
    },
    /// In service from now on. Seats on trips that are in the old and the new timetable are carried over: that follows from the
    /// two timetables and is not written here.
    TimetableActivated {
        /// The whole timetable.
        timetable: Box<Timetable>,
        /// Who is carried otherwise from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rebooking: Option<Box<Rebooking>>,
    },
    /// Not put into service: these bookings can't stay as they are.
    ActivationRefused {
        /// Its date.
        date: NaiveDate,
        /// Ascending.
        bookings: Vec<BookingId>,
        /// The same with what they could have instead. Journals of format 1 don't say.
        #[serde(default)]
        displaced: Vec<DisplacedBooking>,
    },
    /// In service already: nothing changes, offers made on it stay good.
    TimetableKept {
        /// Its date.
        date: NaiveDate,
    },
    /// A retry: what was answered before. Changes nothing and is not journaled.
    Repeated {
        /// As then.
        answer: Answer,
    },
    /// The key was used for something else. Changes nothing and is not journaled.
    KeyReused,
}

/// What a client is told, short enough to remember.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Confirmed or waiting: the booking tells.
    Booked(BookingId),
    /// Not confirmed.
    BookingRefused(Refusal),
    /// Cancelled.
    Cancelled(BookingId),
    /// Not cancelled.
    CancelRefused(BookingId, CancelRefusal),
    /// Put into service on this date, or in service there before.
    Activated(NaiveDate),
    /// Not put into service.
    ActivationRefused {
        /// Its date.
        date: NaiveDate,
        /// Who can't stay as they are, and what they could have instead; ascending by booking.
        displaced: Vec<DisplacedBooking>,
    },
}

/// A decision of a service area's single writer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Of this format.
    pub version: u32,
    /// Counts the decisions of the area; the first is 1.
    pub sequence: u64,
    /// When.
    pub decided_at: Instant,
    /// The wish it answers and the digest of its body, for retries.
    pub request: Option<(RequestKey, String)>,
    /// The last date on which a retry is recognized: [`REMEMBERED_DAYS`] after the last date of the service that the wish is
    /// about. Journals of the first weeks don't say.
    #[serde(default)]
    pub remembered_until: Option<NaiveDate>,
    /// What was decided.
    pub outcome: Outcome,
}

/// A decision that does not lead on from this state: a gap in the journal, or a mistake in the program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Written by a newer program.
    #[error("decisions of format {found} can't be read; this program knows formats up to {known}")]
    Format {
        /// In the decision.
        found: u32,
        /// Known here.
        known: u32,
    },
    /// Not the next one.
    #[error("decision {found} does not follow decision {last}")]
    OutOfSequence {
        /// The decision's number.
        found: u64,
        /// The state's.
        last: u64,
    },
    /// Made for another scenario or state.
    #[error("decision {sequence} does not fit the state: {why}")]
    DoesNotFit {
        /// The decision's number.
        sequence: u64,
        /// What doesn't.
        why: String,
    },
}

impl DayChange {
    /// Nothing changes yet.
    pub(super) const fn none(date: NaiveDate) -> Self {
        Self {
            date,
            added_legs: Vec::new(),
            added_reservations: Vec::new(),
            removed_legs: Vec::new(),
            vehicles: Vec::new(),
        }
    }
}

impl Decision {
    /// The format written by this program. Format 1 knew no rebooking with a new timetable.
    pub const FORMAT: u32 = 3;

    /// Before this format, vehicles were taken to be free for booked service while they are on dedicated freight runs: where a
    /// timetable has such runs, positions of pieces count other gaps there.
    pub(super) const FIRST_FORMAT_WITH_FREIGHT_RUNS: u32 = 3;

    /// The oldest format that this program reads.
    pub const OLDEST_FORMAT: u32 = 1;

    /// Does it belong into the journal? Retries and reused keys change nothing.
    pub const fn is_journaled(&self) -> bool {
        !matches!(self.outcome, Outcome::Repeated { .. } | Outcome::KeyReused)
    }

    /// What the client is told; none for reused keys.
    pub fn answer(&self) -> Option<Answer> {
        Some(match &self.outcome {
            Outcome::Booked { booking, .. } => Answer::Booked(booking.id),
            Outcome::BookingRefused { refusal } => Answer::BookingRefused(refusal.clone()),
            Outcome::Cancelled { booking, .. } => Answer::Cancelled(*booking),
            Outcome::CancelRefused { booking, refusal } => Answer::CancelRefused(*booking, *refusal),
            Outcome::Repeated { answer } => answer.clone(),
            Outcome::TimetableActivated { timetable, .. } => Answer::Activated(timetable.date),
            Outcome::TimetableKept { date } => Answer::Activated(*date),
            Outcome::ActivationRefused { date, displaced, .. } => {
                Answer::ActivationRefused { date: *date, displaced: displaced.clone() }
            }
            Outcome::KeyReused => return None,
        })
    }
}
