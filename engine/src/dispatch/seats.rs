//! Places held on the trips of a timetable, segment by segment. Segment `k` lies between stop `k` and the next.

use std::collections::BTreeMap;

use crate::ids::{PatternId, TripId};
use crate::plan::{LineReservation, Timetable, Trip};
use crate::scenario::Scenario;
use crate::time::ServiceTime;
use crate::units::{Load, quotient_rounded_up};

/// What bookings hold; segments that nobody holds are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SeatsTaken {
    by_segment: BTreeMap<(TripId, usize), Load>,
}

impl SeatsTaken {
    pub fn take(&mut self, reservations: &[LineReservation]) {
        for reservation in reservations {
            for segment in reservation.from_stop..reservation.to_stop {
                *self.by_segment.entry((reservation.trip, segment)).or_default() += reservation.load;
            }
        }
    }

    pub fn release(&mut self, reservations: &[LineReservation]) {
        for reservation in reservations {
            for segment in reservation.from_stop..reservation.to_stop {
                if let Some(taken) = self.by_segment.get_mut(&(reservation.trip, segment)) {
                    *taken -= reservation.load;
                    if *taken == Load::ZERO {
                        self.by_segment.remove(&(reservation.trip, segment));
                    }
                }
            }
        }
    }

    /// Free on every segment between two stops: approved places less bookings and the share of seats that policy keeps
    /// for people who walk up.
    pub fn free(&self, scenario: &Scenario, timetable: &Timetable, id: TripId, stops: std::ops::Range<usize>) -> Load {
        let trip = timetable.trip(id);
        let free_on = |segment: usize| {
            let taken = self.by_segment.get(&(id, segment)).copied().unwrap_or(Load::ZERO);
            capacity_for_bookings(scenario, trip, segment) - taken
        };
        let least = |one: Load, other: Load| -(-one).max(-other);
        stops.map(free_on).reduce(least).unwrap_or(Load::ZERO)
    }
}

impl SeatsTaken {
    /// Do these all have a place on their trips, beside everything else that is held? Whoever holds a seat keeps it,
    /// whatever the share is that new bookings leave to people who walk up.
    pub fn all_fit(&self, scenario: &Scenario, timetable: &Timetable, reservations: &[LineReservation]) -> bool {
        reservations.iter().all(|reservation| {
            let kind = timetable.trip(reservation.trip).vehicle_type;
            let capacity = scenario.fleet.vehicle_types[kind.index()].capacity;
            (reservation.from_stop..reservation.to_stop).all(|segment| {
                let taken = self.by_segment.get(&(reservation.trip, segment)).copied().unwrap_or(Load::ZERO);
                taken.fits_in(capacity)
            })
        })
    }
}

/// Finds the trips of another timetable in this one: the same pattern at the same time.
pub(super) struct SameTrips(BTreeMap<(PatternId, ServiceTime), TripId>);

impl SameTrips {
    pub fn in_timetable(timetable: &Timetable) -> Self {
        // Of two at once the first counts.
        let trips = timetable.trips_with_ids().map(|(id, trip)| ((trip.pattern, trip.departure), id));
        Self(trips.collect::<Vec<_>>().into_iter().rev().collect())
    }

    /// The same seats; none if the trip is no more.
    pub fn of(&self, before: &Timetable, reservation: &LineReservation) -> Option<LineReservation> {
        let trip = before.trip(reservation.trip);
        let same = self.0.get(&(trip.pattern, trip.departure))?;
        Some(LineReservation { trip: *same, ..reservation.clone() })
    }

    /// When the pattern departs nearest to this time; the earlier of two.
    pub fn nearest(&self, pattern: PatternId, departure: ServiceTime) -> Option<ServiceTime> {
        let of_pattern = self.0.keys().filter(|(of, _)| *of == pattern).map(|(_, time)| *time);
        of_pattern.min_by_key(|&time| (time - departure).max(departure - time))
    }
}

fn capacity_for_bookings(scenario: &Scenario, trip: &Trip, segment: usize) -> Load {
    let capacity = scenario.fleet.vehicle_types[trip.vehicle_type.index()].capacity;
    let expected = trip.expected_load.get(segment).copied().unwrap_or(0);
    let percent = scenario.policy.bus_first.walk_up_percent;
    // A walk-up passenger is a whole person.
    let walk_ups = quotient_rounded_up(i64::from(expected) * i64::from(percent), 100) as i32;
    Load { seats: capacity.seats - walk_ups, freight_kilograms: 0, freight_litres: 0, ..capacity }
}
