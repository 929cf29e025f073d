//! `plan.json`: a planned day with codes instead of indices, written and read back.
//!
//! Version 1. Times are `HH:MM:SS` of the service date, costs and bounds fen. `stages` holds whole stages first (`part`
//! empty), then their parts. Trips are ordered by line, direction and departure; blocks name trips by `trip_id`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sanban_engine::ids::{BlockId, PatternId, TripId, VehicleId, VehicleTypeId};
use sanban_engine::plan::{Block, StageReport, Timetable, Trip};
use sanban_engine::scenario::Scenario;
use sanban_engine::time::ServiceTime;
use serde::{Deserialize, Serialize};

/// The version of the format.
const FORMAT: &str = "sanban-plan-1";

/// A planned day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// `sanban-plan-1`.
    pub format: String,
    /// The service date.
    pub date: NaiveDate,
    /// Folder of the scenario, as it was given.
    pub scenario: String,
    /// Digest of the scenario's files.
    pub scenario_digest: String,
    /// What each stage knows of its quality.
    pub stages: Vec<StageReport>,
    /// Departures.
    pub trips: Vec<TripRow>,
    /// Vehicle days.
    pub blocks: Vec<BlockRow>,
}

/// A departure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TripRow {
    /// Unique in the file and in the GTFS beside it.
    pub trip_id: String,
    /// The line.
    pub route_id: String,
    /// Position of the pattern among those of the line.
    pub pattern: usize,
    /// The direction.
    pub direction_id: u8,
    /// From the first stop.
    pub departure: ServiceTime,
    /// What works it.
    pub vehicle_type_id: String,
    /// Calls in order.
    pub stop_times: Vec<StopTimeRow>,
}

/// A call of a departure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopTimeRow {
    /// Where.
    pub stop_id: String,
    /// Arrival.
    pub arrival: ServiceTime,
    /// Departure.
    pub departure: ServiceTime,
    /// Passengers expected on board after it; absent at the last call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_load: Option<i32>,
}

/// A vehicle day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockRow {
    /// Unique in the file and in the GTFS beside it.
    pub block_id: String,
    /// The vehicle.
    pub vehicle_id: String,
    /// Where it sleeps.
    pub depot_id: String,
    /// Out of the depot.
    pub leaves_depot: ServiceTime,
    /// Back.
    pub returns: ServiceTime,
    /// In order of time.
    pub trip_ids: Vec<String>,
}

/// Why a plan file does not fit the scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("plan.json, {field}: {why}; plan the date again with this scenario")]
pub struct PlanFileError {
    /// Where in the file.
    pub field: String,
    /// What is wrong.
    pub why: String,
}

/// The code of a trip, in plan.json and GTFS.
pub fn trip_code(scenario: &Scenario, trip: &Trip) -> String {
    let route = scenario.route(scenario.pattern(trip.pattern).route);
    let position = route.patterns.iter().position(|&pattern| pattern == trip.pattern).unwrap_or(0);
    format!("{}-{position}-{}", route.code, trip.departure.to_string().replace(':', ""))
}

/// The code of a block, in plan.json and GTFS.
pub fn block_code(scenario: &Scenario, block: &Block) -> String {
    format!("B-{}", scenario.fleet.vehicle(block.vehicle).code)
}

impl PlanFile {
    /// A timetable in the words of the scenario.
    pub fn new(scenario: &Scenario, folder: &str, digest: &str, timetable: &Timetable) -> Self {
        Self {
            format: FORMAT.to_owned(),
            date: timetable.date,
            scenario: folder.to_owned(),
            scenario_digest: digest.to_owned(),
            stages: timetable.stages.clone(),
            trips: timetable.trips.iter().map(|trip| trip_row(scenario, trip)).collect(),
            blocks: timetable.blocks.iter().map(|block| block_row(scenario, timetable, block)).collect(),
        }
    }

    /// Back to the engine's timetable; unknown codes and stop times that are not the pattern's are errors.
    pub fn timetable(&self, scenario: &Scenario) -> Result<Timetable, PlanFileError> {
        let wrong = |field: String, why: &str| PlanFileError { field, why: why.to_owned() };
        if self.format != FORMAT {
            return Err(wrong("format".to_owned(), "not sanban-plan-1"));
        }
        let index_of: BTreeMap<&str, usize> =
            self.trips.iter().enumerate().map(|(index, trip)| (trip.trip_id.as_str(), index)).collect();
        let mut block_of: Vec<Option<BlockId>> = vec![None; self.trips.len()];
        let mut blocks = Vec::new();
        for (number, row) in self.blocks.iter().enumerate() {
            let field = || format!("block {}", row.block_id);
            let vehicles = &scenario.fleet.vehicles;
            let vehicle = vehicles.iter().position(|vehicle| vehicle.code == row.vehicle_id);
            let vehicle = VehicleId::from_index(vehicle.ok_or_else(|| wrong(field(), "unknown vehicle"))?);
            let mut trips = Vec::new();
            for code in &row.trip_ids {
                let index = *index_of.get(code.as_str()).ok_or_else(|| wrong(field(), "unknown trip"))?;
                block_of[index] = Some(BlockId::from_index(number));
                trips.push(TripId::from_index(index));
            }
            blocks.push(Block { vehicle, leaves_depot: row.leaves_depot, returns: row.returns, trips });
        }
        let mut trips = Vec::new();
        for (row, block) in self.trips.iter().zip(block_of) {
            let field = || format!("trip {}", row.trip_id);
            let route = scenario.routes.iter().find(|route| route.code == row.route_id);
            let pattern = route.and_then(|route| route.patterns.get(row.pattern)).copied();
            let pattern: PatternId = pattern.ok_or_else(|| wrong(field(), "unknown line or pattern"))?;
            let types = &scenario.fleet.vehicle_types;
            let kind = types.iter().position(|kind| kind.code == row.vehicle_type_id);
            let trip = Trip {
                pattern,
                departure: row.departure,
                vehicle_type: VehicleTypeId::from_index(kind.ok_or_else(|| wrong(field(), "unknown vehicle type"))?),
                block: block.ok_or_else(|| wrong(field(), "in no block"))?,
                expected_load: row.stop_times.iter().filter_map(|call| call.expected_load).collect(),
            };
            if trip_row(scenario, &trip).stop_times != row.stop_times {
                return Err(wrong(field(), "its stop times are not those of the line"));
            }
            trips.push(trip);
        }
        Ok(Timetable { date: self.date, trips, blocks, stages: self.stages.clone() })
    }
}

fn trip_row(scenario: &Scenario, trip: &Trip) -> TripRow {
    let pattern = scenario.pattern(trip.pattern);
    let route = scenario.route(pattern.route);
    let call = |(index, &stop)| StopTimeRow {
        stop_id: scenario.network.place(stop).code.clone(),
        arrival: trip.departure + pattern.arrivals[index],
        departure: trip.departure + pattern.departures[index],
        expected_load: trip.expected_load.get(index).copied(),
    };
    TripRow {
        trip_id: trip_code(scenario, trip),
        route_id: route.code.clone(),
        pattern: route.patterns.iter().position(|&id| id == trip.pattern).unwrap_or(0),
        direction_id: pattern.direction,
        departure: trip.departure,
        vehicle_type_id: scenario.fleet.vehicle_types[trip.vehicle_type.index()].code.clone(),
        stop_times: pattern.stops.iter().enumerate().map(call).collect(),
    }
}

fn block_row(scenario: &Scenario, timetable: &Timetable, block: &Block) -> BlockRow {
    let vehicle = scenario.fleet.vehicle(block.vehicle);
    BlockRow {
        block_id: block_code(scenario, block),
        vehicle_id: vehicle.code.clone(),
        depot_id: scenario.fleet.depots[vehicle.depot.index()].code.clone(),
        leaves_depot: block.leaves_depot,
        returns: block.returns,
        trip_ids: block.trips.iter().map(|&trip| trip_code(scenario, timetable.trip(trip))).collect(),
    }
}
