//! Timetables, outwards.

use sanban_engine::plan::{StageReport, Timetable};
use sanban_engine::scenario::Scenario;

use super::outwards::{Day, instant};
use crate::grpc::operations::{Outcome, State};
use crate::plan_files::trip_code;
use crate::proto;

/// A timetable with every call at its instant.
pub fn timetable(scenario: &Scenario, timetable: &Timetable) -> proto::Timetable {
    let day = Day { scenario, date: timetable.date };
    let vehicle = |index: usize| scenario.fleet.vehicle(timetable.blocks[index].vehicle).code.clone();
    let trips = timetable.trips.iter().map(|trip| {
        let pattern = scenario.pattern(trip.pattern);
        let stop_times = pattern.stops.iter().enumerate().map(|(position, &stop)| proto::StopTime {
            stop: scenario.network.place(stop).code.clone(),
            arrival: day.time(trip.departure + pattern.arrivals[position]),
            departure: day.time(trip.departure + pattern.departures[position]),
            expected_load: trip.expected_load.get(position).copied().unwrap_or(0),
        });
        proto::Trip {
            code: trip_code(scenario, trip),
            line: scenario.route(pattern.route).code.clone(),
            direction: i32::from(pattern.direction),
            stop_times: stop_times.collect(),
            vehicle_type: scenario.fleet.vehicle_types[trip.vehicle_type.index()].code.clone(),
            vehicle: vehicle(trip.block.index()),
        }
    });
    let blocks = timetable.blocks.iter().map(|block| proto::Block {
        vehicle: scenario.fleet.vehicle(block.vehicle).code.clone(),
        leaves_depot: day.time(block.leaves_depot),
        returns: day.time(block.returns),
        trips: block.trips.iter().map(|&trip| trip_code(scenario, timetable.trip(trip))).collect(),
    });
    proto::Timetable {
        date: timetable.date.to_string(),
        trips: trips.collect(),
        blocks: blocks.collect(),
        stages: timetable.stages.iter().map(stage_report).collect(),
    }
}

/// The figures of a timetable.
pub fn timetable_summary(timetable: &Timetable) -> proto::TimetableSummary {
    proto::TimetableSummary {
        date: timetable.date.to_string(),
        trips: timetable.trips.len() as i32,
        vehicles: timetable.blocks.len() as i32,
        stages: timetable.stages.iter().map(stage_report).collect(),
    }
}

fn stage_report(report: &StageReport) -> proto::StageReport {
    proto::StageReport {
        stage: report.stage.clone(),
        part: report.part.clone(),
        cost_fen: report.cost.0,
        lower_bound_fen: report.lower_bound.0,
        gap: report.gap,
        seconds: report.seconds,
        relaxed: report.relaxed.clone(),
    }
}

/// An operation as it is now.
pub fn operation(scenario: &Scenario, state: &State) -> proto::Operation {
    let progress = state.progress.as_ref();
    let metadata = proto::PlanningProgress {
        date: state.date.to_string(),
        started: Some(instant(state.started)),
        stage: progress.map(|progress| progress.stage.clone()).unwrap_or_default(),
        part: progress.map(|progress| progress.part.clone()).unwrap_or_default(),
        parts_done: progress.map_or(0, |progress| progress.done as i32),
        parts_total: progress.map_or(0, |progress| progress.total as i32),
        cost_fen: progress.map(|progress| progress.cost.0),
        lower_bound_fen: progress.map(|progress| progress.lower_bound.0),
        gap: progress
            .filter(|progress| progress.cost.0 > 0)
            .map(|progress| (progress.cost.0 - progress.lower_bound.0) as f64 / progress.cost.0 as f64),
        cancelling: state.is_cancelling,
    };
    let outcome = state.outcome.as_ref().map(|outcome| match outcome {
        Outcome::Found(found) => proto::operation::Outcome::Result(timetable(scenario, found)),
        Outcome::Failed { reason, message } => proto::operation::Outcome::Error(proto::OperationError {
            reason: (*reason).to_owned(),
            message: message.clone(),
        }),
    });
    proto::Operation {
        name: format!("operations/{}", state.number),
        metadata: Some(metadata),
        done: outcome.is_some(),
        outcome,
    }
}
