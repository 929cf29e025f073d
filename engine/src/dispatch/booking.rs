//! What was confirmed, or waits. Personal data is not here.

use serde::{Deserialize, Serialize};

use super::offer::{OfferedLeg, Tier};
use crate::demand::Request;
use crate::ids::{BookingId, LegId};
use crate::time::Instant;

/// Names one wish of one client, so that a retry is recognized.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestKey {
    /// Who asks (an app, a clerk's desk).
    pub principal: String,
    /// Chosen by the client, the same for every retry.
    pub request_id: String,
}

/// Where a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    /// Promised.
    Confirmed,
    /// On the waiting list.
    Waiting,
    /// Cancelled by the passenger.
    Cancelled,
}

/// One booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// Its number.
    pub id: BookingId,
    /// The wish it answers.
    pub key: RequestKey,
    /// What was asked for.
    pub request: Request,
    /// Where it stands.
    pub state: BookingState,
    /// By what it is served.
    pub tier: Tier,
    /// The legs in order; none while it waits.
    pub legs: Vec<OfferedLeg>,
    /// When it was confirmed, or began to wait.
    pub booked_at: Instant,
}

impl Booking {
    /// The legs with their ids.
    pub fn legs_with_ids(&self) -> impl Iterator<Item = (LegId, &OfferedLeg)> {
        let booking = self.id;
        self.legs.iter().zip(0..).map(move |(leg, number)| (LegId { booking, leg: number }, leg))
    }
}
