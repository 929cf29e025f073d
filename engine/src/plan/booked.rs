//! The schedules of booked vehicles: who is collected and brought, where, when, with what promise.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::fleet::Product;
use crate::ids::{LegId, PlaceId, TripId, VehicleId};
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Load;

/// The windows told to the passenger: never widened, never broken by the optimizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The vehicle is there, ready to board, within this window.
    pub pickup: TimeWindow,
    /// The passenger is at the destination, before alighting begins, within this window.
    pub dropoff: TimeWindow,
}

/// One way of a booking on a booked vehicle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookedLeg {
    /// What the vehicle must be permitted for.
    pub product: Product,
    /// Boards here.
    pub from: PlaceId,
    /// Alights there.
    pub to: PlaceId,
    /// What it takes of the vehicle.
    pub load: Load,
    /// What was promised.
    pub promise: Promise,
    /// From the end of boarding to the start of alighting, at most.
    pub ride_time_limit: Duration,
    /// How long boarding takes.
    pub boarding: Duration,
    /// How long alighting takes.
    pub alighting: Duration,
}

/// Seats on a trip of a line held for a leg of a booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineReservation {
    /// The trip, in the timetable of the plan's date.
    pub trip: TripId,
    /// Position of the boarding stop in the trip's pattern.
    pub from_stop: usize,
    /// Position of the alighting stop.
    pub to_stop: usize,
    /// What it takes of the vehicle.
    pub load: Load,
}

/// One stop of one vehicle.
///
/// What happens there happens without a pause, one after another from `begin` on: first the alightings in their
/// order, then the boardings in theirs, each taking the leg's own time. Where the vehicle has to wait in between,
/// there are two visits at the same place, the second arriving when the first departs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Where.
    pub place: PlaceId,
    /// The vehicle arrives.
    pub arrival: ServiceTime,
    /// Boarding or alighting begins; the vehicle may have waited.
    pub begin: ServiceTime,
    /// The vehicle leaves.
    pub departure: ServiceTime,
    /// Who gets off.
    pub alightings: Vec<LegId>,
    /// Who gets on.
    pub boardings: Vec<LegId>,
}

/// The visits of one vehicle within one piece of its drivers' shifts, from depot to depot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VehicleSchedule {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The shift piece it lies in.
    pub piece: TimeWindow,
    /// Leaves its depot.
    pub leaves_depot: ServiceTime,
    /// Is back.
    pub returns: ServiceTime,
    /// In order of time; never empty.
    pub visits: Vec<Visit>,
}

/// Everything booked on one service date of one area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The service date.
    pub date: NaiveDate,
    /// Counts the decisions that changed this plan.
    pub version: u64,
    /// Legs on booked vehicles; each is boarded and alighted once in `schedules`.
    #[serde(with = "pairs")]
    pub legs: BTreeMap<LegId, BookedLeg>,
    /// Legs on lines, trip by trip (a leg with a change has several).
    #[serde(with = "pairs")]
    pub reservations: BTreeMap<LegId, Vec<LineReservation>>,
    /// By vehicle, then piece; vehicles without visits are left out.
    pub schedules: Vec<VehicleSchedule>,
}

impl Plan {
    /// Nothing booked yet.
    pub fn empty(date: NaiveDate) -> Self {
        Self { date, version: 0, legs: BTreeMap::new(), reservations: BTreeMap::new(), schedules: Vec::new() }
    }
}

/// Maps with structured keys, written as lists of pairs because JSON keys are strings.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}
