//! `plan.json`: a planned day with codes instead of indices, written and read back.
//!
//! Version 1. Times are `HH:MM:SS` of the service date, costs and bounds fen. `stages` holds whole stages first (`part`
//! empty), then their parts. Trips are ordered by line, direction and departure; blocks name trips by `trip_id`.

pub mod codes;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sanban_engine::ids::{BlockId, PatternId, TripId, VehicleId, VehicleTypeId};
use sanban_engine::plan::{Block, Plan, StageReport, Timetable, Trip};
use sanban_engine::scenario::Scenario;
use sanban_engine::time::ServiceTime;
use serde::{Deserialize, Serialize};

pub use codes::trip_code;

use crate::scenario::LoadedScenario;

/// The version of the format.
const FORMAT: &str = "sanban-plan-1";
/// The version of the booked plan's format.
const BOOKED_FORMAT: &str = "sanban-booked-plan-1";

/// Which inputs a file was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioSource {
    /// Folder of the scenario, as it was given.
    pub folder: String,
    /// Digest of the scenario's files.
    pub digest: String,
}

/// `plan-booked.json`: what is booked on a date, in the engine's own words. Its numbers are positions in the tables of
/// the scenario with this digest, and its trips those of the `plan.json` beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookedPlanFile {
    /// `sanban-booked-plan-1`.
    pub format: String,
    /// Folder of the scenario, as it was given.
    pub scenario: String,
    /// Digest of the scenario's files.
    pub scenario_digest: String,
    /// The plan.
    pub plan: Plan,
}

impl ScenarioSource {
    /// Where a scenario was loaded from.
    pub fn of(loaded: &LoadedScenario) -> Self {
        Self { folder: loaded.folder.to_string_lossy().into_owned(), digest: loaded.digest.clone() }
    }
}

impl BookedPlanFile {
    /// A plan and where it belongs.
    pub fn new(source: &ScenarioSource, plan: Plan) -> Self {
        let ScenarioSource { folder, digest } = source.clone();
        Self { format: BOOKED_FORMAT.to_owned(), scenario: folder, scenario_digest: digest, plan }
    }
}

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

/// The code of a block, in plan.json and GTFS.
pub fn block_code(scenario: &Scenario, block: &Block) -> String {
    format!("B-{}", scenario.fleet.vehicle(block.vehicle).code)
}

impl PlanFile {
    /// A timetable in the words of the scenario.
    pub fn new(scenario: &Scenario, source: &ScenarioSource, timetable: &Timetable) -> Self {
        Self {
            format: FORMAT.to_owned(),
            date: timetable.date,
            scenario: source.folder.clone(),
            scenario_digest: source.digest.clone(),
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
            let (leaves_depot, returns) = (row.leaves_depot, row.returns);
            blocks.push(Block { vehicle, leaves_depot, returns, trips, runs: Vec::new() });
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
        Ok(Timetable { trips, blocks, stages: self.stages.clone(), ..Timetable::empty(self.date) })
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

#[cfg(test)]
mod tests {
    use sanban_engine::scenario::sample;
    use sanban_engine::units::Fen;

    use super::*;

    fn source() -> ScenarioSource {
        ScenarioSource { folder: "scenarios/乡镇".to_owned(), digest: "d1".to_owned() }
    }

    /// Figures that only come back if every bit is written.
    fn timetable(town: &Scenario) -> Timetable {
        let stage = |part: &str, gap: f64, seconds: f64| StageReport {
            stage: "lines".to_owned(),
            part: part.to_owned(),
            cost: Fen(i64::MAX),
            lower_bound: Fen(-1),
            gap,
            seconds,
            relaxed: vec!["direction 0: the last departure is \"17:10\"".to_owned()],
            advice: Vec::new(),
        };
        let stages = vec![
            stage("", 0.1 + 0.2, 1.0 / 3.0),
            stage("R1", 2_f64.powi(-1074), f64::MAX),
            stage("R2", 1.0 / 81.0, 63.0_f64.next_up()),
        ];
        let mut timetable = Timetable { stages, ..sample::hourly_timetable(town) };
        // After midnight, and not on the minute.
        let departure = ServiceTime::from_seconds(25 * 3_600 + 7 * 60 + 9);
        timetable.trips[12].departure = departure;
        timetable
    }

    #[test]
    fn a_timetable_comes_back_from_its_file_to_the_last_bit() {
        let town = sample::small_town();
        let timetable = timetable(&town);
        let file = PlanFile::new(&town, &source(), &timetable);
        let text = serde_json::to_string_pretty(&file).unwrap();
        let read: PlanFile = serde_json::from_str(&text).unwrap();
        assert_eq!(read, file);
        assert_eq!(read.timetable(&town), Ok(timetable.clone()));
        // Equal figures could still differ in their bits.
        let bits = |timetable: &Timetable| -> Vec<_> {
            timetable.stages.iter().map(|stage| (stage.gap.to_bits(), stage.seconds.to_bits())).collect()
        };
        assert_eq!(bits(&read.timetable(&town).unwrap()), bits(&timetable));
    }

    #[test]
    fn a_file_that_does_not_fit_the_scenario_is_refused_by_field() {
        let town = sample::small_town();
        let check = |spoil: fn(&mut PlanFile), field: &str, why: &str| {
            let mut file = PlanFile::new(&town, &source(), &timetable(&town));
            spoil(&mut file);
            let expected = PlanFileError { field: field.to_owned(), why: why.to_owned() };
            assert_eq!(file.timetable(&town), Err(expected));
        };
        check(|file| file.format = "sanban-plan-2".to_owned(), "format", "not sanban-plan-1");
        check(|file| file.trips[0].route_id = "R9".to_owned(), "trip R1-0-063000", "unknown line or pattern");
        check(|file| file.trips[0].pattern = 7, "trip R1-0-063000", "unknown line or pattern");
        check(|file| file.trips[0].vehicle_type_id = "tram".to_owned(), "trip R1-0-063000", "unknown vehicle type");
        let of_line = "its stop times are not those of the line";
        check(|file| file.trips[0].departure = ServiceTime::hm(6, 31), "trip R1-0-063000", of_line);
        check(|file| drop(file.trips[0].stop_times.pop()), "trip R1-0-063000", of_line);
        check(|file| file.trips[0].stop_times[1].expected_load = None, "trip R1-0-063000", of_line);
        check(|file| file.blocks[0].vehicle_id = "BUS-9".to_owned(), "block B-BUS-1", "unknown vehicle");
        check(|file| file.blocks[0].trip_ids[0] = "T9".to_owned(), "block B-BUS-1", "unknown trip");
        check(|file| drop(file.blocks[0].trip_ids.remove(0)), "trip R1-0-063000", "in no block");
    }
}
