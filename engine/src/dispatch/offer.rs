//! Offers: what is quoted, with everything that is needed to confirm it.

use serde::{Deserialize, Serialize};

use super::refusal::{LineShortfall, Refusal};
use crate::demand::{Request, StudentSeat};
use crate::ids::BookingId;
use crate::plan::{BookedLeg, LineReservation};
use crate::time::{Duration, Instant, ServiceTime};
use crate::units::Metres;

/// By what a request is served; better ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Lines for every leg.
    Line,
    /// Lines for one leg, a booked vehicle for the other.
    LineAndBooked,
    /// Booked vehicles for every leg.
    Booked,
    /// A seat on the licensed student runs.
    StudentRun,
    /// Nothing is free; the request waits for a cancellation.
    WaitingList,
}

/// A journey on lines, with seats reserved on each of its trips.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineJourney {
    /// Leaves the origin on foot.
    pub leaves: ServiceTime,
    /// Is at the destination, the last walk included.
    pub arrives: ServiceTime,
    /// On foot, at both ends and between lines.
    pub walk: Metres,
    /// Between the wanted and the offered time.
    pub wait: Duration,
    /// From boarding the first to leaving the last bus.
    pub ride: Duration,
    /// The trips in order, in the timetable that was active when the offer was made.
    pub reservations: Vec<LineReservation>,
    /// The sequence number of the decision that activated that timetable.
    pub timetable_version: u64,
}

/// What serves one leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegService {
    /// Lines.
    Lines(LineJourney),
    /// A booked vehicle; which one may change until it comes.
    Booked(BookedLeg),
    /// The licensed student runs: at most one to school and one from it.
    StudentRuns(Vec<StudentSeat>),
}

/// One leg of an offer or booking: 0 is the way there, 1 the way home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedLeg {
    /// What serves it.
    pub service: LegService,
    /// Why no line does, if none does.
    pub no_line: Option<LineShortfall>,
}

/// Something that can be confirmed until it expires. Complete in itself, so that it can travel to the client and back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What was asked for.
    pub request: Request,
    /// By what it is served.
    pub tier: Tier,
    /// The legs in order; none on the waiting list.
    pub legs: Vec<OfferedLeg>,
    /// When it was quoted.
    pub made_at: Instant,
    /// The last moment at which it can be confirmed.
    pub expires_at: Instant,
    /// Which rule decided, with its figures, in words (English).
    pub explanation: String,
    /// Set for a re-offer: it can be confirmed only with the timetable it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Replacement>,
}

/// What a re-offer stands in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// The booking that can't stay as it is.
    pub booking: BookingId,
    /// [`trips_fingerprint`] of the timetable for which it was made: its trips are named by their positions there.
    ///
    /// [`trips_fingerprint`]: crate::plan::Timetable::trips_fingerprint
    pub trips_fingerprint: u64,
}

/// The answer to a request. Offers or a refusal, never neither.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The best first.
    pub offers: Vec<Offer>,
    /// Which rule decided, with its figures, in words (English).
    pub explanation: String,
    /// Why there is no offer.
    pub refusal: Option<Refusal>,
    /// For each leg that was looked for on lines: why they don't suffice.
    pub no_line: Vec<Option<LineShortfall>>,
}

impl Quote {
    /// Is there anything to confirm (the waiting list included)?
    pub fn is_offered(&self) -> bool {
        !self.offers.is_empty()
    }

    /// Nothing can be offered.
    pub fn refused(refusal: Refusal) -> Self {
        let explanation = refusal.to_string();
        Self { offers: Vec::new(), explanation, refusal: Some(refusal), no_line: Vec::new() }
    }
}
