//! Timetables, outwards.

use sanban_engine::plan::{StageReport, Timetable};
use sanban_engine::scenario::Scenario;

use super::outwards::{Day, trip_codes};
use crate::proto;

/// A timetable with every call at its instant.
pub fn timetable(scenario: &Scenario, timetable: &Timetable) -> proto::Timetable {
    let day = Day { scenario, date: timetable.date };
    let codes = trip_codes(scenario, timetable);
    let vehicle = |index: usize| scenario.fleet.vehicle(timetable.blocks[index].vehicle).code.clone();
    let trips = timetable.trips_with_ids().map(|(id, trip)| {
        let pattern = scenario.pattern(trip.pattern);
        let stop_times = pattern.stops.iter().enumerate().map(|(position, &stop)| proto::StopTime {
            stop: scenario.network.place(stop).code.clone(),
            arrival: day.time(trip.departure + pattern.arrivals[position]),
            departure: day.time(trip.departure + pattern.departures[position]),
            expected_load: trip.expected_load.get(position).copied().unwrap_or(0),
        });
        proto::Trip {
            code: codes[id.index()].clone(),
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
        trips: block.trips.iter().map(|trip| codes[trip.index()].clone()).collect(),
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
