//! Student and market runs, bells, people left behind and drivers' duties, outwards. People appear as groups of a village with
//! a school or market, never by name.

use sanban_engine::fleet::Product;
use sanban_engine::ids::PlaceId;
use sanban_engine::ids::RunId;
use sanban_engine::plan::{Duty, Hub, Run, RunCall, RunDemand, RunDirection, RunRiders};
use sanban_engine::scenario::Scenario;

use super::outwards::duration;
use super::timetable::Named;
use crate::plan_files::codes::duty_code;
use crate::proto;

pub(super) fn runs(named: &Named) -> Vec<proto::Run> {
    let runs = named.timetable.runs.iter().enumerate();
    runs.map(|(index, run)| self::run(named, RunId::from_index(index), run)).collect()
}

pub(super) fn moved_bells(named: &Named) -> Vec<proto::MovedBell> {
    let bells = named.timetable.moved_bells.iter();
    let bell = |bell: &sanban_engine::plan::MovedBell| proto::MovedBell {
        school: named.day.scenario.school(bell.school).code.clone(),
        minutes: bell.minutes,
    };
    bells.map(bell).collect()
}

pub(super) fn left_behind(named: &Named) -> Vec<proto::LeftBehind> {
    let left = named.timetable.left_behind.iter().map(|left| proto::LeftBehind {
        group: Some(rider_group(named.day.scenario, left.of)),
        direction: direction(left.direction).into(),
        people: left.people,
        on_lines: left.on_lines,
    });
    left.collect()
}

pub(super) fn duties(named: &Named) -> Vec<proto::Duty> {
    named.timetable.duties.iter().enumerate().map(|(index, duty)| self::duty(named, index, duty)).collect()
}

fn run(named: &Named, id: RunId, run: &Run) -> proto::Run {
    let scenario = named.day.scenario;
    let product = if run.product == Product::Student { proto::RunProduct::Student } else { proto::RunProduct::Market };
    proto::Run {
        code: named.run(id),
        product: product.into(),
        hubs: run.hubs.iter().map(|&hub| self::hub(scenario, hub)).collect(),
        direction: direction(run.direction).into(),
        vehicle_type: scenario.fleet.vehicle_types[run.vehicle_type.index()].code.clone(),
        vehicle: named.vehicle_of(run.block.index()),
        block: named.block(run.block.index()),
        calls: run.calls.iter().map(|call| self::call(named, call)).collect(),
    }
}

fn call(named: &Named, call: &RunCall) -> proto::RunCall {
    let riders = |riders: &[RunRiders]| {
        let each = riders.iter().map(|riders| proto::RunRiders {
            group: Some(rider_group(named.day.scenario, riders.of)),
            people: riders.people,
            luggage_units: riders.luggage,
        });
        each.collect()
    };
    proto::RunCall {
        place: place(named, call.place),
        arrival: named.day.time(call.arrival),
        departure: named.day.time(call.departure),
        boardings: riders(&call.boardings),
        alightings: riders(&call.alightings),
    }
}

fn duty(named: &Named, index: usize, duty: &Duty) -> proto::Duty {
    let pieces = duty.pieces.iter().map(|piece| proto::DutyPiece {
        block: named.block(piece.block.index()),
        begin: named.day.time(piece.begin),
        end: named.day.time(piece.end),
        from: place(named, piece.from),
        to: place(named, piece.to),
    });
    proto::Duty {
        code: duty_code(index),
        depot: named.day.scenario.fleet.depots[duty.depot.index()].code.clone(),
        sign_on: named.day.time(duty.sign_on),
        sign_off: named.day.time(duty.sign_off),
        pieces: pieces.collect(),
        rests: duty.rests.iter().filter_map(|&rest| named.day.window(rest)).collect(),
        driving: duration(duty.driving),
        paid: duration(duty.paid),
        driver: duty.driver.clone().unwrap_or_default(),
    }
}

fn place(named: &Named, id: PlaceId) -> String {
    named.day.scenario.network.place(id).code.clone()
}

fn hub(scenario: &Scenario, hub: Hub) -> proto::Hub {
    use proto::hub::At;
    let code = hub.code(scenario).to_owned();
    let at = match hub {
        Hub::School(_) => At::School(code),
        Hub::Market(_) => At::Market(code),
    };
    proto::Hub { at: Some(at) }
}

fn direction(direction: RunDirection) -> proto::RunDirection {
    match direction {
        RunDirection::Inward => proto::RunDirection::Inward,
        RunDirection::Outward => proto::RunDirection::Outward,
    }
}

fn rider_group(scenario: &Scenario, of: RunDemand) -> proto::RiderGroup {
    let (village, hub, boarders) = match of {
        RunDemand::Pupils(group) => {
            let group = &scenario.student_groups[group.index()];
            (group.village, Hub::School(group.school), group.boards)
        }
        RunDemand::Goers(goers) => {
            let goers = &scenario.market_goers[goers.index()];
            (goers.village, Hub::Market(goers.market), false)
        }
    };
    let home = scenario.villages[village.index()].place;
    let village = scenario.network.place(home).code.clone();
    proto::RiderGroup { village, hub: Some(self::hub(scenario, hub)), boarders }
}
