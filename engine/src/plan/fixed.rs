//! The fixed schedule of one date: trips of the lines, student and market runs, and the vehicle blocks that
//! work all of them.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::duties::Duty;
use super::freight::FreightPlan;
use crate::fleet::Product;
use crate::ids::{
    BlockId, LineTransferId, MarketGoersId, MarketId, PatternId, PlaceId, RunId, SchoolId, StudentGroupId, TripId,
    VehicleId, VehicleTypeId,
};
use crate::time::{Duration, ServiceTime, TimeWindow};
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

/// Where a run gathers people to, or takes them home from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hub {
    /// A school gate.
    School(SchoolId),
    /// A market place.
    Market(MarketId),
}

/// Which way a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunDirection {
    /// To the school or market.
    Inward,
    /// Home from it.
    Outward,
}

/// Who rides on a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunDemand {
    /// Pupils of one village at one school.
    Pupils(StudentGroupId),
    /// Market goers of one village.
    Goers(MarketGoersId),
}

/// Some of a demand that board or alight at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunRiders {
    /// Whose.
    pub of: RunDemand,
    /// How many people.
    pub people: i32,
    /// Luggage units they carry together.
    pub luggage: i32,
}

/// A call of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCall {
    /// Where.
    pub place: PlaceId,
    /// The vehicle is there.
    pub arrival: ServiceTime,
    /// The vehicle leaves; at the last call, everybody has got off.
    pub departure: ServiceTime,
    /// Who gets on.
    pub boardings: Vec<RunRiders>,
    /// Who gets off.
    pub alightings: Vec<RunRiders>,
}

/// A student or market run with fixed times: a vehicle from its first to its last call.
///
/// Licensed school runs are not among them: they are inputs, worked by vehicles and drivers of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Student or market.
    pub product: Product,
    /// Whom it serves; a run with mixed loads has several, in the order of its calls.
    pub hubs: Vec<Hub>,
    /// Which way.
    pub direction: RunDirection,
    /// What works it.
    pub vehicle_type: VehicleTypeId,
    /// The block it belongs to.
    pub block: BlockId,
    /// In order of time, at least two.
    pub calls: Vec<RunCall>,
}

/// What one vehicle does on the fixed schedule in one day, or in one piece of its drivers' shifts: out of its depot, trip
/// after trip and run after run, and back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Leaves the depot.
    pub leaves_depot: ServiceTime,
    /// Is back.
    pub returns: ServiceTime,
    /// In order of time.
    pub trips: Vec<TripId>,
    /// In order of time, between, before or after the trips; a block has a trip or a run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<RunId>,
}

/// A bell that planning has moved within what the school allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedBell {
    /// The school.
    pub school: SchoolId,
    /// Minutes later (negative: earlier), both bells.
    pub minutes: i32,
}

/// People whom no run brings, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftBehind {
    /// Who.
    pub of: RunDemand,
    /// Which way.
    pub direction: RunDirection,
    /// How many.
    pub people: i32,
    /// How many of the group ride a line instead.
    pub on_lines: i32,
}

/// People who change from one line to another: which departures they ride.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Who.
    pub transfer: LineTransferId,
    /// How; nothing where no departures meet for them.
    pub rides: Option<ConnectedRides>,
}

/// Two departures that meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectedRides {
    /// They come by this one …
    pub from: TripId,
    /// … and go on with that one.
    pub to: TripId,
    /// So long they wait, beyond walking and the least time to change.
    pub wait: Duration,
}

/// What a stage's prices tell a planner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Advice {
    /// One more vehicle would save this much a day, at most: the dual value of the fleet's size.
    OneMoreVehicle {
        /// Code of its type.
        vehicle_type: String,
        /// Code of the depot where it would sleep.
        depot: String,
        /// The hour of the clock in which most of its like are out.
        busiest: TimeWindow,
        /// A day.
        saves: Fen,
    },
    /// A school's bells cost this much a day where they are: planned again with bells that may move farther.
    BellCosts {
        /// Code of the school.
        school: String,
        /// They may move so far either way.
        may_move: Duration,
        /// What if they might move so far?
        if_it_might_move: Duration,
        /// A day.
        saves: Fen,
    },
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
    /// What its prices tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advice: Vec<Advice>,
}

/// The fixed timetable of one date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timetable {
    /// The service date.
    pub date: NaiveDate,
    /// By [`TripId`]; ordered by pattern, then departure.
    pub trips: Vec<Trip>,
    /// By [`RunId`]; ordered by product, direction, hub, then time.
    #[serde(default)]
    pub runs: Vec<Run>,
    /// By [`BlockId`].
    pub blocks: Vec<Block>,
    /// Bells that are rung at other times than the scenario says.
    #[serde(default)]
    pub moved_bells: Vec<MovedBell>,
    /// Pupils and market goers without a seat on a run.
    #[serde(default)]
    pub left_behind: Vec<LeftBehind>,
    /// Who changes lines, by transfer; all that are expected on the date.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<Connection>,
    /// What drivers do on the blocks; blocks of booked vehicles are driven by those of their shift pieces.
    #[serde(default)]
    pub duties: Vec<Duty>,
    /// How the expected goods travel.
    #[serde(default)]
    pub freight: FreightPlan,
    /// Whole stages first, then their parts.
    pub stages: Vec<StageReport>,
}

impl Run {
    /// When it is at its first call.
    pub fn starts(&self) -> ServiceTime {
        self.calls[0].arrival
    }

    /// When everybody has got off at its last call.
    pub fn ends(&self) -> ServiceTime {
        self.calls[self.calls.len() - 1].departure
    }

    /// Its first call.
    pub fn first_place(&self) -> PlaceId {
        self.calls[0].place
    }

    /// Its last call.
    pub fn last_place(&self) -> PlaceId {
        self.calls[self.calls.len() - 1].place
    }
}

impl Timetable {
    /// Nothing runs.
    pub fn empty(date: NaiveDate) -> Self {
        Self {
            date,
            trips: Vec::new(),
            runs: Vec::new(),
            blocks: Vec::new(),
            moved_bells: Vec::new(),
            left_behind: Vec::new(),
            connections: Vec::new(),
            duties: Vec::new(),
            freight: FreightPlan::default(),
            stages: Vec::new(),
        }
    }

    /// The trip with this id.
    pub fn trip(&self, id: TripId) -> &Trip {
        &self.trips[id.index()]
    }

    /// The run with this id.
    pub fn run(&self, id: RunId) -> &Run {
        &self.runs[id.index()]
    }

    /// A number that differs where trips differ in pattern or departure, or stand in another order (FNV-1a: it guards against
    /// mistakes, not against people).
    pub fn trips_fingerprint(&self) -> u64 {
        let figures = self.trips.iter().flat_map(|trip| [i64::from(trip.pattern.0), trip.departure.seconds().into()]);
        figures
            .flat_map(i64::to_le_bytes)
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    }

    /// How many vehicles work its blocks: one that goes home and leaves again has several of them.
    pub fn vehicles(&self) -> usize {
        let vehicles: BTreeSet<VehicleId> = self.blocks.iter().map(|block| block.vehicle).collect();
        vehicles.len()
    }

    /// All trips with their ids.
    pub fn trips_with_ids(&self) -> impl Iterator<Item = (TripId, &Trip)> {
        self.trips.iter().enumerate().map(|(index, trip)| (TripId::from_index(index), trip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vehicle_that_leaves_its_depot_twice_is_one_vehicle() {
        let block = |vehicle, hour| Block {
            vehicle: VehicleId(vehicle),
            leaves_depot: ServiceTime::hm(hour, 0),
            returns: ServiceTime::hm(hour + 2, 0),
            trips: Vec::new(),
            runs: Vec::new(),
        };
        let date = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
        let blocks = vec![block(3, 6), block(4, 6), block(3, 15)];
        assert_eq!(Timetable { blocks, ..Timetable::empty(date) }.vehicles(), 2);
    }
}
