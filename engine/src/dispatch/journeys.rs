//! Journeys on lines: a round-based search (after RAPTOR, Delling, Pajor & Werneck 2015) over the active timetable.
//!
//! Round `k` extends the labels of round `k − 1` by one trip and a walk to a neighbouring stop. A label is kept unless
//! another at the same stop left no earlier, arrives no later and walked no farther (ties: the first found). Trips
//! without enough free places on a segment carry nobody over it. Walking is taken to be as long back as forth.

use super::offer::LineJourney;
use super::seats::SeatsTaken;
use crate::ids::{PatternId, PlaceId, TripId};
use crate::plan::{LineReservation, Timetable};
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::{Load, Metres};

/// What is searched in.
#[derive(Clone, Copy)]
pub(super) struct LineNetwork<'a> {
    pub scenario: &'a Scenario,
    pub timetable: &'a Timetable,
    pub timetable_version: u64,
    /// What is taken; none to search as if all buses were empty.
    pub seats: Option<&'a SeatsTaken>,
}

/// From where to where, when, how many.
#[derive(Clone, Copy)]
pub(super) struct JourneyQuery {
    pub from: PlaceId,
    pub to: PlaceId,
    /// Nobody leaves before the first or arrives after the last moment.
    pub within: TimeWindow,
    pub load: Load,
    /// Longest wait between two buses.
    pub change_wait: Duration,
}

/// How somebody reached a stop.
#[derive(Clone)]
struct Label {
    stop: PlaceId,
    /// On foot from the origin, just in time; before the first trip still the earliest moment.
    leaves: ServiceTime,
    /// At the stop.
    there: ServiceTime,
    walk: Metres,
    access: Duration,
    rides: Vec<LineReservation>,
}

/// All journeys that no other beats in departure, arrival and walk, with the number of changes ascending.
pub(super) fn journeys(network: LineNetwork, query: &JourneyQuery) -> Vec<LineJourney> {
    let scenario = network.scenario;
    let walks = &scenario.network.walks;
    let mut labels: Vec<Label> = walks
        .from(query.from)
        .iter()
        .map(|link| Label {
            stop: link.stop,
            leaves: query.within.earliest,
            there: query.within.earliest + link.duration,
            walk: link.distance,
            access: link.duration,
            rides: Vec::new(),
        })
        .collect();
    let mut found: Vec<LineJourney> = Vec::new();
    for _round in 0..=scenario.policy.bus_first.transfers {
        labels = ride_once(network, query, &labels);
        for label in &labels {
            let Some(egress) = walks.from(query.to).iter().find(|link| link.stop == label.stop) else { continue };
            let journey = LineJourney {
                leaves: label.leaves,
                arrives: label.there + egress.duration,
                walk: label.walk + egress.distance,
                wait: Duration::ZERO,
                ride: ride_time(network, &label.rides),
                reservations: label.rides.clone(),
                timetable_version: network.timetable_version,
            };
            let beaten = |other: &LineJourney| {
                other.leaves >= journey.leaves && other.arrives <= journey.arrives && other.walk <= journey.walk
            };
            if journey.arrives <= query.within.latest && !found.iter().any(beaten) {
                found.push(journey);
            }
        }
        labels = with_walks(network, labels);
    }
    found
}

/// From boarding the first to leaving the last bus.
fn ride_time(network: LineNetwork, rides: &[LineReservation]) -> Duration {
    let (first, last) = (&rides[0], &rides[rides.len() - 1]);
    alights(network, last) - boards(network.scenario, network.timetable, first)
}

/// When the bus of a reservation leaves the boarding stop.
pub(super) fn boards(scenario: &Scenario, timetable: &Timetable, ride: &LineReservation) -> ServiceTime {
    let trip = timetable.trip(ride.trip);
    trip.departure + scenario.pattern(trip.pattern).departures[ride.from_stop]
}

fn alights(network: LineNetwork, ride: &LineReservation) -> ServiceTime {
    let trip = network.timetable.trip(ride.trip);
    trip.departure + network.scenario.pattern(trip.pattern).arrivals[ride.to_stop]
}

/// Every label extended by every trip that can be boarded in time.
fn ride_once(network: LineNetwork, query: &JourneyQuery, labels: &[Label]) -> Vec<Label> {
    let (scenario, timetable) = (network.scenario, network.timetable);
    let mut reached: Vec<Vec<Label>> = vec![Vec::new(); scenario.network.places.len()];
    let mut at: Vec<Vec<&Label>> = vec![Vec::new(); scenario.network.places.len()];
    for label in labels {
        at[label.stop.index()].push(label);
    }
    for (index, pattern) in scenario.patterns.iter().enumerate() {
        let id = PatternId::from_index(index);
        let first = timetable.trips.partition_point(|trip| trip.pattern < id);
        let end = timetable.trips.partition_point(|trip| trip.pattern <= id);
        for (from_stop, stop) in pattern.stops.iter().enumerate().take(pattern.stops.len() - 1) {
            for label in &at[stop.index()] {
                let is_first = label.rides.is_empty();
                let ready = if is_first { label.there } else { label.there + scenario.policy.bus_first.transfer_time };
                let latest =
                    if is_first { query.within.latest } else { query.within.latest.min(ready + query.change_wait) };
                for trip in (first..end).map(TripId::from_index) {
                    let departure = timetable.trip(trip).departure + pattern.departures[from_stop];
                    if departure < ready || departure > latest {
                        continue;
                    }
                    let leaves = if is_first { departure - label.access } else { label.leaves };
                    for to_stop in from_stop + 1..pattern.stops.len() {
                        let there = timetable.trip(trip).departure + pattern.arrivals[to_stop];
                        if there > query.within.latest || !has_room(network, trip, to_stop - 1, query.load) {
                            break;
                        }
                        let mut rides = label.rides.clone();
                        rides.push(LineReservation { trip, from_stop, to_stop, load: query.load });
                        let stop = pattern.stops[to_stop];
                        let new = Label { stop, leaves, there, walk: label.walk, access: label.access, rides };
                        keep_if_not_beaten(&mut reached[stop.index()], new);
                    }
                }
            }
        }
    }
    reached.into_iter().flatten().collect()
}

fn has_room(network: LineNetwork, trip: TripId, segment: usize, load: Load) -> bool {
    let empty = SeatsTaken::default();
    let seats = network.seats.unwrap_or(&empty);
    load.fits_in(seats.free(network.scenario, network.timetable, trip, segment..segment + 1))
}

fn keep_if_not_beaten(labels: &mut Vec<Label>, new: Label) {
    let beats =
        |one: &Label, other: &Label| one.leaves >= other.leaves && one.there <= other.there && one.walk <= other.walk;
    if !labels.iter().any(|label| beats(label, &new)) {
        labels.retain(|label| !beats(&new, label));
        labels.push(new);
    }
}

/// The labels themselves and, from each, the walks to other stops.
fn with_walks(network: LineNetwork, labels: Vec<Label>) -> Vec<Label> {
    let mut reached: Vec<Vec<Label>> = vec![Vec::new(); network.scenario.network.places.len()];
    for label in labels {
        for link in network.scenario.network.walks.from(label.stop) {
            let there = label.there + link.duration;
            let new = Label { stop: link.stop, there, walk: label.walk + link.distance, ..label.clone() };
            keep_if_not_beaten(&mut reached[link.stop.index()], new);
        }
    }
    reached.into_iter().flatten().collect()
}
