//! Seats on the licensed student runs, and who waits for one.
//!
//! A seat is held behind each call between the pupil's and the school's. An enrolment holds its seat to the end of the
//! term, so that whoever starts later competes with whoever starts today.

use super::area::Area;
use super::booking::{Booking, BookingState};
use super::offer::{LegService, OfferedLeg, Tier};
use crate::demand::{EnrolmentRequest, Request, StudentRunDirection, StudentSeat};
use crate::ids::{BookingId, PlaceId, StudentRunId};
use crate::scenario::Scenario;
use crate::units::{Metres, rounded_quotient};

/// Where no walk link is known, the way on foot is this percentage of the straight line.
const DETOUR_PERCENT: i64 = 130;

impl Area {
    /// Pupils on a licensed run behind each call, bookings included.
    pub fn student_run_load(&self, run: StudentRunId) -> Vec<i32> {
        load_without(self, run, None)
    }
}

fn load_without(area: &Area, id: StudentRunId, left_out: Option<BookingId>) -> Vec<i32> {
    let run = &area.scenario.student_runs[id.index()];
    let mut at_call: Vec<i32> = run.calls.iter().map(|call| call.enrolled).collect();
    let confirmed = area.bookings().filter(|booking| booking.state == BookingState::Confirmed);
    for booking in confirmed.filter(|booking| Some(booking.id) != left_out) {
        for seat in seats_of(booking).iter().filter(|seat| seat.run == id) {
            at_call[seat.call] += 1;
        }
    }
    (0..at_call.len())
        .map(|call| match run.direction {
            StudentRunDirection::ToSchool => at_call[..=call].iter().sum(),
            StudentRunDirection::FromSchool => at_call[call + 1..].iter().sum(),
        })
        .collect()
}

/// The seats a booking holds on student runs.
fn seats_of(booking: &Booking) -> &[StudentSeat] {
    match booking.legs.first().map(|leg| &leg.service) {
        Some(LegService::StudentRuns(seats)) => seats,
        _ => &[],
    }
}

/// A free seat to school and one from it, each at the nearest call that has one; only one of them where the other way
/// has none; or why there is none at all.
pub(super) fn free_seats(
    area: &Area,
    request: &EnrolmentRequest,
    left_out: Option<BookingId>,
) -> Result<Vec<StudentSeat>, String> {
    let directions = [StudentRunDirection::ToSchool, StudentRunDirection::FromSchool];
    let found = directions.map(|direction| seat_one_way(area, request, direction, left_out));
    let why = found.iter().find_map(|seat| seat.as_ref().err().cloned());
    let seats: Vec<StudentSeat> = found.into_iter().filter_map(Result::ok).collect();
    if seats.is_empty() { Err(why.unwrap_or_default()) } else { Ok(seats) }
}

fn seat_one_way(
    area: &Area,
    request: &EnrolmentRequest,
    direction: StudentRunDirection,
    left_out: Option<BookingId>,
) -> Result<StudentSeat, String> {
    let scenario = &area.scenario;
    let limit = scenario.policy.students.walk;
    let gate = scenario.school(request.school).place;
    let mut calls: Vec<(Metres, StudentSeat)> = Vec::new();
    let runs = scenario.student_runs.iter().enumerate();
    for (index, run) in runs.filter(|(_, run)| run.school == request.school && run.direction == direction) {
        for (call, at) in run.calls.iter().enumerate().filter(|(_, at)| at.place != gate) {
            let seat = StudentSeat { run: StudentRunId::from_index(index), call };
            calls.push((walk(scenario, request.from, at.place), seat));
        }
    }
    calls.sort_by_key(|(walk, seat)| (*walk, seat.run, seat.call));
    let near: Vec<_> = calls.iter().take_while(|(walk, _)| *walk <= limit).collect();
    let free = near.iter().find(|(_, seat)| has_room(area, *seat, left_out));
    match (free, near.first(), calls.first()) {
        (Some((_, seat)), ..) => Ok(*seat),
        (None, Some((_, seat)), _) => {
            let run = &scenario.student_runs[seat.run.index()];
            Err(format!("all {} seats of {} are taken", run.pupil_seats, run.code))
        }
        (None, None, Some((walk, _))) => Err(format!("the nearest call is {walk} on foot, limit {limit}")),
        (None, None, None) => Err("no licensed run serves the school".to_owned()),
    }
}

/// Is a seat free all the way between the call and the school?
pub(super) fn has_room(area: &Area, seat: StudentSeat, left_out: Option<BookingId>) -> bool {
    let Some(run) = area.scenario.student_runs.get(seat.run.index()).filter(|run| seat.call < run.calls.len()) else {
        return false;
    };
    let load = load_without(area, seat.run, left_out);
    let used = match run.direction {
        StudentRunDirection::ToSchool => &load[seat.call..],
        StudentRunDirection::FromSchool => &load[..seat.call],
    };
    used.iter().all(|&pupils| pupils < run.pupil_seats)
}

fn walk(scenario: &Scenario, from: PlaceId, to: PlaceId) -> Metres {
    if from == to {
        return Metres(0);
    }
    let link = scenario.network.walks.from(from).iter().find(|link| link.stop == to);
    link.map_or_else(
        || {
            let straight = scenario.network.place(from).position.distance_to(scenario.network.place(to).position);
            Metres(rounded_quotient(straight.0 * DETOUR_PERCENT, 100))
        },
        |link| link.distance,
    )
}

/// The first of the waiting whom the seats of a cancelled enrolment serve, as it is from then on.
pub(super) fn promoted(area: &Area, cancelled: BookingId) -> Option<Booking> {
    let waiting = area.bookings().filter(|booking| booking.state == BookingState::Waiting);
    waiting.filter(|booking| booking.id != cancelled).find_map(|booking| {
        let Request::Enrolment(request) = &booking.request else { return None };
        let seats = free_seats(area, request, Some(cancelled)).ok()?;
        let legs = vec![OfferedLeg { service: LegService::StudentRuns(seats), no_line: None }];
        Some(Booking { state: BookingState::Confirmed, tier: Tier::StudentRun, legs, ..booking.clone() })
    })
}
