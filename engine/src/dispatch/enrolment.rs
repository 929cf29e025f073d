//! Seats on the licensed student runs, and who waits for one.
//!
//! A seat is held behind each call between the pupil's and the school's. An enrolment holds its seats to the end of the
//! term ([`Area::service_dates`]), so that whoever starts later in it competes with whoever starts today.
//!
//! Both ways or none: who gets a seat to school but none home waits for both. A way that no licensed run of the school
//! goes is left out, and the offer says so.

use chrono::NaiveDate;

use super::area::Area;
use super::booking::{Booking, BookingState};
use super::offer::{LegService, OfferedLeg, Tier};
use super::refusal::RuleBroken;
use crate::calendar::DateRange;
use crate::demand::{EnrolmentRequest, Request, StudentRunDirection, StudentSeat};
use crate::ids::{BookingId, PlaceId, StudentRunId};
use crate::scenario::Scenario;
use crate::units::{Metres, rounded_quotient};

/// Where no walk link is known, the way on foot is this percentage of the straight line.
const DETOUR_PERCENT: i64 = 130;

/// Why a pupil gets no seat now.
#[derive(Debug)]
pub(super) enum NoSeat {
    /// By licence or policy: waiting would not help.
    Never(RuleBroken),
    /// All within reach are taken, in words: whoever leaves makes room.
    Full(String),
}

/// Which enrolments compete for a seat: those of these dates, but for one.
#[derive(Clone, Copy)]
pub(super) struct Competition {
    dates: DateRange,
    left_out: Option<BookingId>,
}

impl Competition {
    /// For the seats of a request; a booking that is left out is as good as cancelled.
    pub(super) fn of(area: &Area, request: &Request, left_out: Option<BookingId>) -> Self {
        Self { dates: area.service_dates(request), left_out }
    }

    fn includes(self, area: &Area, booking: &Booking) -> bool {
        booking.state == BookingState::Confirmed
            && Some(booking.id) != self.left_out
            && area.service_dates(&booking.request).overlaps(self.dates)
    }
}

/// Pupils on a run behind each call.
fn load(area: &Area, id: StudentRunId, competition: Competition) -> Vec<i32> {
    let run = &area.scenario.student_runs[id.index()];
    let mut at_call: Vec<i32> = run.calls.iter().map(|call| call.enrolled).collect();
    for booking in area.bookings() {
        let mut seats = seats_of(booking).iter().filter(|seat| seat.run == id).peekable();
        // Most bookings hold no seat here: nobody asks for their dates.
        if seats.peek().is_some() && competition.includes(area, booking) {
            seats.for_each(|seat| at_call[seat.call] += 1);
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

/// A free seat each way that licensed runs of the school go, each at the nearest call that has one.
pub(super) fn free_seats(
    area: &Area,
    request: &EnrolmentRequest,
    left_out: Option<BookingId>,
) -> Result<Vec<StudentSeat>, NoSeat> {
    let competition = Competition::of(area, &Request::Enrolment(request.clone()), left_out);
    let ways = [StudentRunDirection::ToSchool, StudentRunDirection::FromSchool];
    let (mut seats, mut full) = (Vec::new(), Vec::new());
    for found in ways.into_iter().filter_map(|way| seat_one_way(area, request, way, competition)) {
        match found {
            Ok(seat) => seats.push(seat),
            Err(NoSeat::Full(why)) => full.push(why),
            Err(never) => return Err(never),
        }
    }
    if !full.is_empty() {
        return Err(NoSeat::Full(full.join("; ")));
    }
    if seats.is_empty() {
        let school = area.scenario.school(request.school).code.clone();
        return Err(NoSeat::Never(RuleBroken::NoStudentRun { school }));
    }
    Ok(seats)
}

/// None where no licensed run of the school goes this way.
fn seat_one_way(
    area: &Area,
    request: &EnrolmentRequest,
    direction: StudentRunDirection,
    competition: Competition,
) -> Option<Result<StudentSeat, NoSeat>> {
    let scenario = &area.scenario;
    let limit = scenario.policy.students.walk;
    let school = scenario.school(request.school);
    let mut calls: Vec<(Metres, StudentSeat)> = Vec::new();
    let runs = scenario.student_runs.iter().enumerate();
    for (index, run) in runs.filter(|(_, run)| run.school == request.school && run.direction == direction) {
        for (call, at) in run.calls.iter().enumerate().filter(|(_, at)| at.place != school.place) {
            let seat = StudentSeat { run: StudentRunId::from_index(index), call };
            calls.push((walk(scenario, request.from, at.place), seat));
        }
    }
    calls.sort_by_key(|(walk, seat)| (*walk, seat.run, seat.call));
    let (nearest, _) = *calls.first()?;
    let within_reach: Vec<StudentSeat> =
        calls.into_iter().take_while(|(walk, _)| *walk <= limit).map(|(_, seat)| seat).collect();
    let Some(first) = within_reach.first() else {
        let school = school.code.clone();
        let too_far = RuleBroken::StudentStopTooFar { school, direction, walk: nearest, limit };
        return Some(Err(NoSeat::Never(too_far)));
    };
    let free = within_reach.iter().find(|seat| has_room(area, **seat, competition));
    let run = &scenario.student_runs[first.run.index()];
    let full = || NoSeat::Full(format!("all {} seats of {} are taken", run.pupil_seats, run.code));
    Some(free.copied().ok_or_else(full))
}

/// Is a seat free all the way between the call and the school?
pub(super) fn has_room(area: &Area, seat: StudentSeat, competition: Competition) -> bool {
    let Some(run) = area.scenario.student_runs.get(seat.run.index()).filter(|run| seat.call < run.calls.len()) else {
        return false;
    };
    let load = load(area, seat.run, competition);
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

/// The first of the waiting whom the seats of a cancelled enrolment serve, as it is from then on. Whose term is over
/// waits for nothing.
pub(super) fn promoted(area: &Area, cancelled: BookingId, today: NaiveDate) -> Option<Booking> {
    let waiting = area.bookings().filter(|booking| booking.state == BookingState::Waiting);
    let waiting = waiting.filter(|booking| area.service_dates(&booking.request).until >= today);
    waiting.filter(|booking| booking.id != cancelled).find_map(|booking| {
        let Request::Enrolment(request) = &booking.request else { return None };
        let seats = free_seats(area, request, Some(cancelled)).ok()?;
        let legs = vec![OfferedLeg { service: LegService::StudentRuns(seats), no_line: None }];
        Some(Booking { state: BookingState::Confirmed, tier: Tier::StudentRun, legs, ..booking.clone() })
    })
}
