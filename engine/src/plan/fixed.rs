//! The fixed timetable of one date: trips of the lines, and the vehicle blocks that work them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::{BlockId, PatternId, TripId, VehicleId, VehicleTypeId};
use crate::time::ServiceTime;
use crate::units::Fen;

/// One departure of a line. Its stop times are the pattern's running times after `departure`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    /// Line, direction and stops.
    pub pattern: PatternId,
    /// From the first stop.
    pub departure: ServiceTime,
    /// What works it.
    pub vehicle_type: VehicleTypeId,
    /// The block it belongs to.
    pub block: BlockId,
    /// Passengers expected on board between each stop and the next (one entry fewer than stops).
    pub expected_load: Vec<i32>,
}

/// What one vehicle does on the lines in one day: out of its depot, trip after trip, and back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Leaves the depot.
    pub leaves_depot: ServiceTime,
    /// Is back.
    pub returns: ServiceTime,
    /// In order of time; never empty.
    pub trips: Vec<TripId>,
}

/// What a stage of planning knows of its own quality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageReport {
    /// `lines`, `vehicles` …
    pub stage: String,
    /// The line or other part it covers; empty for the whole stage.
    pub part: String,
    /// Cost of what was found.
    pub cost: Fen,
    /// No solution of the stage's model costs less.
    pub lower_bound: Fen,
    /// (cost − lower bound) / cost.
    pub gap: f64,
    /// Time it took; the only field that may differ between two runs of the same inputs.
    pub seconds: f64,
    /// Rules that could not be kept and were paid for, in words.
    pub relaxed: Vec<String>,
}

/// The fixed timetable of one date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timetable {
    /// The service date.
    pub date: NaiveDate,
    /// By [`TripId`]; ordered by pattern, then departure.
    pub trips: Vec<Trip>,
    /// By [`BlockId`].
    pub blocks: Vec<Block>,
    /// Whole stages first, then their parts.
    pub stages: Vec<StageReport>,
}

impl Timetable {
    /// The trip with this id.
    pub fn trip(&self, id: TripId) -> &Trip {
        &self.trips[id.index()]
    }

    /// All trips with their ids.
    pub fn trips_with_ids(&self) -> impl Iterator<Item = (TripId, &Trip)> {
        self.trips.iter().enumerate().map(|(index, trip)| (TripId::from_index(index), trip))
    }
}
