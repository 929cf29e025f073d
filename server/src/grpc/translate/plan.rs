//! Plans and their changes, outwards.

use std::collections::BTreeMap;

use sanban_engine::ids::{LegId, VehicleId};
use sanban_engine::plan::{Plan, Timetable, VehicleSchedule, Visit};
use sanban_engine::scenario::Scenario;
use sanban_engine::time::ServiceTime;
use sanban_engine::units::Load;

use super::outwards::{Day, leg_reference, load};
use crate::proto;

/// A whole plan. Reservations on lines need the timetable of its date.
pub fn plan(scenario: &Scenario, timetable: Option<&Timetable>, plan: &Plan) -> proto::Plan {
    let day = Day { scenario, date: plan.date };
    proto::Plan {
        date: plan.date.to_string(),
        version: plan.version,
        schedules: plan.schedules.iter().map(|schedule| vehicle_schedule(day, schedule)).collect(),
        legs: leg_ids(plan).into_iter().map(|leg| leg_of(day, timetable, plan, leg)).collect(),
    }
}

/// What leads from one version of a plan to a later one.
pub fn plan_change(
    scenario: &Scenario,
    timetable: Option<&Timetable>,
    before: &Plan,
    after: &Plan,
) -> proto::PlanChange {
    let day = Day { scenario, date: after.date };
    let (schedules_before, schedules_after) = (schedules_by_piece(before), schedules_by_piece(after));
    let changed = schedules_after.iter().filter(|(piece, schedule)| schedules_before.get(*piece) != Some(schedule));
    let removed = schedules_before.iter().filter(|(piece, _)| !schedules_after.contains_key(*piece));
    let (legs_before, legs_after) = (leg_ids(before), leg_ids(after));
    let is_changed = |leg: &&LegId| {
        before.legs.get(leg) != after.legs.get(leg) || before.reservations.get(leg) != after.reservations.get(leg)
    };
    proto::PlanChange {
        from_version: before.version,
        to_version: after.version,
        changed_schedules: changed.map(|(_, schedule)| vehicle_schedule(day, schedule)).collect(),
        removed_schedules: removed.map(|(_, schedule)| schedule_piece(day, schedule)).collect(),
        changed_legs: legs_after.iter().filter(is_changed).map(|&leg| leg_of(day, timetable, after, leg)).collect(),
        removed_legs: legs_before.difference(&legs_after).map(|&leg| leg_reference(leg)).collect(),
    }
}

fn schedules_by_piece(plan: &Plan) -> BTreeMap<(VehicleId, ServiceTime), &VehicleSchedule> {
    plan.schedules.iter().map(|schedule| ((schedule.vehicle, schedule.piece.earliest), schedule)).collect()
}

fn leg_ids(plan: &Plan) -> std::collections::BTreeSet<LegId> {
    plan.legs.keys().chain(plan.reservations.keys()).copied().collect()
}

fn schedule_piece(day: Day, schedule: &VehicleSchedule) -> proto::SchedulePiece {
    proto::SchedulePiece {
        vehicle: day.scenario.fleet.vehicle(schedule.vehicle).code.clone(),
        piece: day.window(schedule.piece),
    }
}

fn vehicle_schedule(day: Day, schedule: &VehicleSchedule) -> proto::VehicleSchedule {
    proto::VehicleSchedule {
        piece: Some(schedule_piece(day, schedule)),
        leaves_depot: day.time(schedule.leaves_depot),
        returns: day.time(schedule.returns),
        visits: schedule.visits.iter().map(|visit| one_visit(day, visit)).collect(),
    }
}

fn one_visit(day: Day, visit: &Visit) -> proto::Visit {
    proto::Visit {
        place: day.place(visit.place),
        arrival: day.time(visit.arrival),
        begin: day.time(visit.begin),
        departure: day.time(visit.departure),
        alightings: visit.alightings.iter().map(|&leg| leg_reference(leg)).collect(),
        boardings: visit.boardings.iter().map(|&leg| leg_reference(leg)).collect(),
    }
}

/// A leg rides on a booked vehicle, on lines, or (feeder and line) on both.
fn leg_of(day: Day, timetable: Option<&Timetable>, plan: &Plan, leg: LegId) -> proto::Leg {
    let booked = plan.legs.get(&leg);
    let reservations = plan.reservations.get(&leg).map_or(&[][..], Vec::as_slice);
    let taken = booked.map(|booked| booked.load).or(reservations.first().map(|reservation| reservation.load));
    let rides = timetable.map(|timetable| {
        reservations.iter().map(|reservation| day.reserved_ride(timetable, reservation)).collect::<Vec<_>>()
    });
    proto::Leg {
        reference: Some(leg_reference(leg)),
        load: Some(load(taken.unwrap_or(Load::ZERO))),
        booked: booked.map(|booked| proto::BookedRide {
            from: day.place(booked.from),
            to: day.place(booked.to),
            promised_pickup: day.window(booked.promise.pickup),
            promised_dropoff: day.window(booked.promise.dropoff),
            vehicle: vehicle_of(day, plan, leg),
        }),
        lines: rides.unwrap_or_default(),
    }
}

/// The code of the vehicle that carries a leg; empty when none does.
pub(super) fn vehicle_of(day: Day, plan: &Plan, leg: LegId) -> String {
    let carries = |schedule: &&VehicleSchedule| schedule.visits.iter().any(|visit| visit.boardings.contains(&leg));
    let schedule = plan.schedules.iter().find(carries);
    schedule.map(|schedule| day.scenario.fleet.vehicle(schedule.vehicle).code.clone()).unwrap_or_default()
}
