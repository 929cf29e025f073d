//! Timetables, outwards: trips, vehicle days, what planning knows of its quality, and how far it is.

use sanban_engine::ids::RunId;
use sanban_engine::plan::{Advice, StageReport, Timetable};
use sanban_engine::scenario::Scenario;

use super::outwards::{Day, duration, instant};
use super::{freight, runs};
use crate::grpc::operations::{Outcome, State};
use crate::plan_files::trip_code;
use crate::planned_day::PlannedDay;
use crate::proto;

/// A timetable and the codes of what has none in the scenario.
pub(super) struct Named<'a> {
    pub day: Day<'a>,
    pub timetable: &'a Timetable,
    planned: PlannedDay<'a>,
}

impl<'a> Named<'a> {
    pub fn new(scenario: &'a Scenario, timetable: &'a Timetable) -> Self {
        Self { day: Day { scenario, date: timetable.date }, timetable, planned: PlannedDay::new(scenario, timetable) }
    }

    pub fn run(&self, run: RunId) -> String {
        self.planned.run_code(run).to_owned()
    }

    pub fn block(&self, index: usize) -> String {
        self.planned.block_code(index).to_owned()
    }

    /// Code of the vehicle that works a block.
    pub fn vehicle_of(&self, block: usize) -> String {
        self.day.scenario.fleet.vehicle(self.timetable.blocks[block].vehicle).code.clone()
    }
}

/// A timetable with every call at its instant.
pub fn timetable(scenario: &Scenario, timetable: &Timetable) -> proto::Timetable {
    let named = Named::new(scenario, timetable);
    let day = named.day;
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
            vehicle: named.vehicle_of(trip.block.index()),
        }
    });
    let blocks = timetable.blocks.iter().enumerate().map(|(index, block)| proto::Block {
        vehicle: scenario.fleet.vehicle(block.vehicle).code.clone(),
        leaves_depot: day.time(block.leaves_depot),
        returns: day.time(block.returns),
        trips: block.trips.iter().map(|&trip| trip_code(scenario, timetable.trip(trip))).collect(),
        runs: block.runs.iter().map(|&run| named.run(run)).collect(),
        code: named.block(index),
    });
    proto::Timetable {
        date: timetable.date.to_string(),
        trips: trips.collect(),
        blocks: blocks.collect(),
        stages: timetable.stages.iter().map(|report| stage_report(day, report)).collect(),
        runs: runs::runs(&named),
        moved_bells: runs::moved_bells(&named),
        left_behind: runs::left_behind(&named),
        duties: runs::duties(&named),
        freight: Some(freight::plan(&named)),
    }
}

/// The figures of a timetable.
pub fn timetable_summary(scenario: &Scenario, timetable: &Timetable) -> proto::TimetableSummary {
    let day = Day { scenario, date: timetable.date };
    proto::TimetableSummary {
        date: timetable.date.to_string(),
        trips: timetable.trips.len() as i32,
        vehicles: timetable.vehicles() as i32,
        stages: timetable.stages.iter().map(|report| stage_report(day, report)).collect(),
        runs: timetable.runs.len() as i32,
        duties: timetable.duties.len() as i32,
        blocks: timetable.blocks.len() as i32,
    }
}

fn stage_report(day: Day, report: &StageReport) -> proto::StageReport {
    proto::StageReport {
        stage: report.stage.clone(),
        part: report.part.clone(),
        cost_fen: report.cost.0,
        lower_bound_fen: report.lower_bound.0,
        gap: report.gap,
        seconds: report.seconds,
        relaxed: report.relaxed.clone(),
        advice: report.advice.iter().map(|advice| self::advice(day, advice)).collect(),
    }
}

/// What a stage's prices tell: in words, and as figures.
fn advice(day: Day, advice: &Advice) -> proto::Advice {
    use proto::advice::Figures;
    let figures = match advice {
        Advice::OneMoreVehicle { vehicle_type, depot, busiest, saves } => {
            Figures::OneMoreVehicle(proto::OneMoreVehicle {
                vehicle_type: vehicle_type.clone(),
                depot: depot.clone(),
                busiest: day.window(*busiest),
                saves_fen: saves.0,
            })
        }
        Advice::BellCosts { school, may_move, if_it_might_move, saves } => Figures::BellCosts(proto::BellCosts {
            school: school.clone(),
            may_move: duration(*may_move),
            if_it_might_move: duration(*if_it_might_move),
            saves_fen: saves.0,
        }),
    };
    let (zh_cn, en) = crate::advice::words(advice);
    proto::Advice { text: Some(proto::Text { zh_cn, en }), figures: Some(figures) }
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
