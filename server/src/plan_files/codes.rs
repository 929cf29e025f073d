//! Codes of what planning makes: trips, runs, blocks, duties. The same in plan.json, in GTFS, over gRPC and on paper.
//!
//! Codes of a scenario's own tables hold letters, digits and `-_.:`, so that a `+` between them is never theirs.

use std::collections::BTreeMap;

use sanban_engine::fleet::Product;
use sanban_engine::ids::VehicleId;
use sanban_engine::plan::{Block, Run, RunDirection, Timetable, Trip};
use sanban_engine::scenario::Scenario;

/// The code of a trip: `line-pattern-HHMMSS`.
pub fn trip_code(scenario: &Scenario, trip: &Trip) -> String {
    let route = scenario.route(scenario.pattern(trip.pattern).route);
    let position = route.patterns.iter().position(|&pattern| pattern == trip.pattern).unwrap_or(0);
    format!("{}-{position}-{}", route.code, trip.departure.to_string().replace(':', ""))
}

/// The codes of all blocks: `B-vehicle`, and `B-vehicle+2` … for what a vehicle does after it has been home.
pub fn block_codes(scenario: &Scenario, timetable: &Timetable) -> Vec<String> {
    let mut pieces: BTreeMap<VehicleId, usize> = BTreeMap::new();
    let code = |block: &Block| {
        let piece = pieces.entry(block.vehicle).or_default();
        *piece += 1;
        let vehicle = &scenario.fleet.vehicle(block.vehicle).code;
        if *piece == 1 { format!("B-{vehicle}") } else { format!("B-{vehicle}+{piece}") }
    };
    timetable.blocks.iter().map(code).collect()
}

/// The codes of all runs: `ST` or `MK`, schools or market, `IN` or `OUT`, and a number in the order of the timetable, such
/// as `ST-SCH001-IN-01` or `MK-M01-OUT-03`.
pub fn run_codes(scenario: &Scenario, timetable: &Timetable) -> Vec<String> {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let code = |run: &Run| {
        let prefix = run_prefix(scenario, run);
        let number = numbers.entry(prefix.clone()).or_default();
        *number += 1;
        format!("{prefix}-{number:02}")
    };
    timetable.runs.iter().map(code).collect()
}

fn run_prefix(scenario: &Scenario, run: &Run) -> String {
    let product = if run.product == Product::Student { "ST" } else { "MK" };
    let direction = match run.direction {
        RunDirection::Inward => "IN",
        RunDirection::Outward => "OUT",
    };
    let hubs: Vec<&str> = run.hubs.iter().map(|hub| hub.code(scenario)).collect();
    format!("{product}-{}-{direction}", hubs.join("+"))
}

/// The code of the duty at this position.
pub fn duty_code(index: usize) -> String {
    format!("DU-{:03}", index + 1)
}

/// The code of the dedicated freight run at this position.
pub fn freight_run_code(index: usize) -> String {
    format!("FR-{:02}", index + 1)
}
