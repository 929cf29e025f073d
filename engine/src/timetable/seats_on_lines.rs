//! Seats on the lines that pupils may take instead of a run: where policy allows it, a share of what is left free.
//!
//! A seat is promised to one group at most: what an alternative offers is taken off before the next group asks, whether it
//! will be used or not. That is on the safe side, and nobody is ever promised what another has.

use std::collections::BTreeMap;

use super::hub_runs::LineAlternative;
use super::line_plan::PlannedTrip;
use crate::ids::{PlaceId, StudentGroupId};
use crate::plan::{RunDemand, RunDirection};
use crate::scenario::Scenario;
use crate::time::{Duration, TimeWindow};
use crate::units::{Fen, Metres};

/// Free seats of planned trips, and what was offered of them.
pub(super) struct SeatsOnLines {
    /// By trip and segment.
    free: Vec<Vec<i32>>,
    offers: BTreeMap<(StudentGroupId, RunDirection), Vec<SeatOffer>>,
    trips: Vec<PlannedTrip>,
    aboard: Vec<PupilsOnTrip>,
}

/// Pupils who ride a line instead of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct PupilsOnTrip {
    /// Position of the trip.
    pub trip: usize,
    /// Whose pupils.
    pub of: RunDemand,
    /// To school or home.
    pub direction: RunDirection,
    /// How many.
    pub people: i32,
}

/// Seats of one trip for one group.
#[derive(Clone, Copy, Debug)]
struct SeatOffer {
    trip: usize,
    from_stop: usize,
    to_stop: usize,
    people: i32,
}

/// A ride on a trip between stops near home and school.
struct LineRide {
    trip: usize,
    from_stop: usize,
    to_stop: usize,
    cost: Fen,
}

impl SeatsOnLines {
    /// What policy leaves pupils of the seats that nobody else is expected on.
    pub fn of(scenario: &Scenario, trips: &[PlannedTrip]) -> Self {
        let free = |trip: &PlannedTrip| {
            let seats = scenario.fleet.vehicle_types[trip.candidate.vehicle_type.index()].capacity.seats;
            let share = seats * scenario.policy.students.line_seats_percent / 100;
            trip.load.iter().map(|load| share.min(seats - load).max(0)).collect()
        };
        Self {
            free: trips.iter().map(free).collect(),
            offers: BTreeMap::new(),
            trips: trips.to_vec(),
            aboard: Vec::new(),
        }
    }

    /// The lines as an alternative for so many of a group, within the window of its school; the cheapest rides first, at the
    /// price of the dearest of them.
    pub fn alternative(
        &mut self,
        scenario: &Scenario,
        group: StudentGroupId,
        direction: RunDirection,
        window: TimeWindow,
        people: i32,
    ) -> Option<LineAlternative> {
        let mut rides = self.rides(scenario, group, direction, window);
        rides.sort_by_key(|ride| (ride.cost, ride.trip, ride.from_stop));
        let (mut left, mut cost) = (people, Fen(0));
        let mut offers = Vec::new();
        for ride in rides {
            let segments = &mut self.free[ride.trip][ride.from_stop..ride.to_stop];
            let seats = segments.iter().copied().min().unwrap_or(0).min(left);
            if seats > 0 {
                segments.iter_mut().for_each(|free| *free -= seats);
                (left, cost) = (left - seats, cost.max(ride.cost));
                let (trip, from_stop, to_stop) = (ride.trip, ride.from_stop, ride.to_stop);
                offers.push(SeatOffer { trip, from_stop, to_stop, people: seats });
            }
        }
        let most_people = people - left;
        self.offers.insert((group, direction), offers);
        (most_people > 0).then_some(LineAlternative { cost, most_people })
    }

    /// Puts pupils who ride the lines onto their trips.
    pub fn board(&mut self, group: StudentGroupId, direction: RunDirection, mut people: i32) {
        for offer in self.offers.get(&(group, direction)).into_iter().flatten() {
            let boarding = offer.people.min(people);
            let trip = &mut self.trips[offer.trip];
            trip.load[offer.from_stop..offer.to_stop].iter_mut().for_each(|load| *load += boarding);
            trip.boardings += boarding;
            people -= boarding;
            if boarding > 0 {
                let of = RunDemand::Pupils(group);
                self.aboard.push(PupilsOnTrip { trip: offer.trip, of, direction, people: boarding });
            }
        }
    }

    /// The trips with all who board them, and the pupils among those.
    pub fn into_trips(self) -> (Vec<PlannedTrip>, Vec<PupilsOnTrip>) {
        (self.trips, self.aboard)
    }

    fn rides(
        &self,
        scenario: &Scenario,
        group: StudentGroupId,
        direction: RunDirection,
        window: TimeWindow,
    ) -> Vec<LineRide> {
        let policy = &scenario.policy.students;
        if policy.line_seats_percent <= 0 {
            return Vec::new();
        }
        let group = &scenario.student_groups[group.index()];
        let home = scenario.villages[group.village.index()].place;
        let near = |place: PlaceId| -> BTreeMap<PlaceId, (Duration, Metres)> {
            let links = scenario.network.walks.from(place).iter().filter(|link| link.distance <= policy.walk);
            links.map(|link| (link.stop, (link.duration, link.distance))).collect()
        };
        let (home, school) = (near(home), near(scenario.school(group.school).place));
        let (from, to) = match direction {
            RunDirection::Inward => (home, school),
            RunDirection::Outward => (school, home),
        };
        let mut rides = Vec::new();
        for (index, trip) in self.trips.iter().enumerate() {
            let pattern = scenario.pattern(trip.candidate.pattern);
            for (from_stop, start) in pattern.stops.iter().enumerate() {
                let Some(&(walk, _)) = from.get(start) else { continue };
                for (to_stop, end) in pattern.stops.iter().enumerate().skip(from_stop + 1) {
                    let Some(&(rest, _)) = to.get(end) else { continue };
                    let ride = pattern.arrivals[to_stop] - pattern.departures[from_stop];
                    let at_school = match direction {
                        RunDirection::Inward => trip.candidate.departure + pattern.arrivals[to_stop] + rest,
                        RunDirection::Outward => trip.candidate.departure + pattern.departures[from_stop] - walk,
                    };
                    if window.contains(at_school) && ride <= policy.ride {
                        let cost = policy.pupil_hour.per_hour(walk + ride + rest);
                        rides.push(LineRide { trip: index, from_stop, to_stop, cost });
                    }
                }
            }
        }
        rides
    }
}
