//! What has begun stays: the insertion problem of a day that is under way.
//!
//! A vehicle waits where it is and leaves just in time for its next visit, so that a plan says for every moment where it
//! is: up to its departure it stands at a visit, afterwards it is bound for the next one, or for its depot behind the last.
//! Visits up to the one where it stands or for which it is bound are pinned: same stops, same times, and no time to
//! spare between them. A vehicle that is back at its depot starts from there anew. Nobody drives in the past.

use std::collections::BTreeMap;

use super::day::Day;
use crate::ids::LegId;
use crate::ondemand::{Problem, RouteStop, Solution, StopKind};
use crate::plan::{VehicleSchedule, Visit};
use crate::time::{Duration, ServiceTime, TimeWindow};

/// The part of a vehicle's schedule that can't change any more.
#[derive(Clone, Debug)]
pub(super) struct Begun {
    pub leaves_depot: ServiceTime,
    pub visits: Vec<Visit>,
    /// So many stops at the front of the route are those of the visits; none if the vehicle has been home since.
    pub pinned_stops: usize,
}

impl Begun {
    /// Has the leg boarded, or is its vehicle on the way to it?
    pub fn holds(&self, leg: LegId) -> bool {
        self.visits.iter().any(|visit| visit.boardings.contains(&leg))
    }
}

/// Restricts a day's problem and solution to what is ahead of `now`; by piece, what has begun.
pub(super) fn keep_what_has_begun(
    day: &Day,
    now: ServiceTime,
    (problem, solution): (&mut Problem, &mut Solution),
) -> BTreeMap<usize, Begun> {
    let mut all = BTreeMap::new();
    for (piece, &(vehicle, window)) in day.fleet().pieces.iter().enumerate() {
        if now <= window.earliest {
            continue;
        }
        let schedules = &day.plan().schedules;
        let key = (vehicle, window.earliest);
        let found = schedules.binary_search_by_key(&key, |schedule| (schedule.vehicle, schedule.piece.earliest));
        let schedule = found.ok().map(|index| &schedules[index]).filter(|schedule| schedule.leaves_depot < now);
        let Some(schedule) = schedule else {
            leave_from(problem, piece, now);
            rebuild(problem, solution, piece, solution.stops(piece).to_vec());
            continue;
        };
        let begun = match next_departure(problem, piece, schedule, now) {
            Next::AtOrBoundFor(visit) => pin(problem, solution, piece, &schedule.visits[..=visit], now),
            Next::HomeBefore { visit, since } => {
                leave_from(problem, piece, now.max(since));
                let done = schedule.visits[..visit].iter();
                let done: usize = done.map(|visit| visit.alightings.len() + visit.boardings.len()).sum();
                let ahead = solution.stops(piece)[done..].to_vec();
                rebuild(problem, solution, piece, ahead);
                Begun {
                    leaves_depot: schedule.leaves_depot,
                    visits: schedule.visits[..visit].to_vec(),
                    pinned_stops: 0,
                }
            }
        };
        all.insert(piece, Begun { leaves_depot: schedule.leaves_depot, ..begun });
    }
    all
}

/// Where a vehicle is that has left its depot.
enum Next {
    /// Stands at this visit, or has left for it.
    AtOrBoundFor(usize),
    /// Is at its depot, or bound for it; this visit comes next (or none, if there are no more).
    HomeBefore { visit: usize, since: ServiceTime },
}

fn next_departure(problem: &Problem, piece: usize, schedule: &VehicleSchedule, now: ServiceTime) -> Next {
    let (depot, travel) = (problem.vehicles()[piece].start, problem.travel());
    let visits = &schedule.visits;
    let next = visits.partition_point(|visit| visit.departure < now);
    let Some(before) = next.checked_sub(1).map(|before| &visits[before]) else { return Next::AtOrBoundFor(next) };
    let since = before.departure + travel.duration(before.place, depot);
    let Some(bound_for) = visits.get(next) else { return Next::HomeBefore { visit: next, since } };
    // More time between two visits than the drive takes: it has been home in between.
    let was_home = before.departure + travel.duration(before.place, bound_for.place) < bound_for.arrival;
    let leaves_home = bound_for.arrival - travel.duration(depot, bound_for.place);
    if was_home && now <= leaves_home { Next::HomeBefore { visit: next, since } } else { Next::AtOrBoundFor(next) }
}

/// Leaves no time to spare before and between these visits.
fn pin(problem: &mut Problem, solution: &mut Solution, piece: usize, visits: &[Visit], now: ServiceTime) -> Begun {
    let stops = solution.stops(piece).to_vec();
    let mut begins = Vec::new();
    for visit in visits {
        let mut begin = visit.begin;
        for _ in 0..visit.alightings.len() + visit.boardings.len() {
            begins.push((visit.place, begin));
            begin += service(problem, stops[begins.len() - 1]);
        }
    }
    let (first_place, first_begin) = begins[0];
    let drive = problem.travel().duration(problem.vehicles()[piece].start, first_place);
    leave_from(problem, piece, first_begin - drive);
    for (index, &(place, begin)) in begins.iter().enumerate() {
        let leaves = match begins.get(index + 1) {
            Some(&(next_place, next_begin)) => next_begin - problem.travel().duration(place, next_place),
            None => now.max(begin + service(problem, stops[index])),
        };
        pin_stop(problem, stops[index], begin, leaves - begin);
    }
    rebuild(problem, solution, piece, stops);
    Begun { leaves_depot: first_begin - drive, visits: visits.to_vec(), pinned_stops: begins.len() }
}

fn service(problem: &Problem, stop: RouteStop) -> Duration {
    let request = problem.request(stop.request);
    if stop.kind == StopKind::Pickup { request.pickup.service } else { request.dropoff.service }
}

fn pin_stop(problem: &mut Problem, stop: RouteStop, begin: ServiceTime, service: Duration) {
    let mut spec = *problem.request(stop.request);
    let end = match stop.kind {
        StopKind::Pickup => {
            // The ride still counts from the end of boarding, not from the vehicle's departure.
            let longer = service - spec.pickup.service;
            spec.ride_time_limit = spec.ride_time_limit.map(|limit| limit - longer);
            &mut spec.pickup
        }
        StopKind::Dropoff => &mut spec.dropoff,
    };
    (end.window, end.service) = (TimeWindow::new(begin, begin), service);
    problem.set_request(stop.request, spec);
}

pub(super) fn leave_from(problem: &mut Problem, piece: usize, earliest: ServiceTime) {
    let mut spec = problem.vehicles()[piece].clone();
    spec.window.earliest = spec.window.earliest.max(earliest);
    problem.set_vehicle(piece, spec);
}

/// Gives a vehicle these stops, which are known to be feasible.
pub(super) fn rebuild(problem: &Problem, solution: &mut Solution, piece: usize, stops: Vec<RouteStop>) {
    solution.set_route(problem, piece, stops).expect("the present plan can be driven on");
}
