//! Journeys on lines: a round-based search (after RAPTOR, Delling, Pajor & Werneck 2015) over the active timetable.
//!
//! Round `k` extends the labels of round `k − 1` by one trip and a walk to a neighbouring stop. A label is kept unless
//! another that reached the stop at the same moment left no earlier, walked no farther and boarded no earlier (ties: the
//! first found): an earlier arrival is not always better, because the wait between two buses is limited. What breaks a
//! limit is dropped at once, so that it hides nothing that keeps it. Trips without enough free places on a segment
//! carry nobody over it. Walking is taken to be as long back as forth.

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
    /// The last moment to leave, and the first to arrive: the longest permitted wait either way.
    pub leave_by: ServiceTime,
    pub arrive_from: ServiceTime,
    /// Longest wait between two buses.
    pub change_wait: Duration,
    /// Longest way on foot, altogether.
    pub max_walk: Metres,
    /// Longest ride, from boarding the first to leaving the last bus.
    pub max_ride: Duration,
}

/// How somebody reached a stop.
#[derive(Clone)]
struct Label {
    stop: PlaceId,
    /// On foot from the origin, just in time; before the first trip still the earliest moment.
    leaves: ServiceTime,
    /// At the stop.
    there: ServiceTime,
    /// The first bus; before the first trip still the earliest moment.
    boarded: ServiceTime,
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
            boarded: query.within.earliest,
            walk: link.distance,
            access: link.duration,
            rides: Vec::new(),
        })
        .collect();
    let mut found: Vec<LineJourney> = Vec::new();
    let ends: Vec<PlaceId> = walks.from(query.to).iter().map(|link| link.stop).collect();
    let last_round = scenario.policy.bus_first.transfers;
    for round in 0..=last_round {
        labels = ride_once(network, query, &labels, (round == last_round).then_some(&ends));
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
            let in_time = journey.arrives >= query.arrive_from && journey.arrives <= query.within.latest;
            if in_time && journey.walk <= query.max_walk && !found.iter().any(beaten) {
                found.push(journey);
            }
        }
        if round < last_round {
            labels = with_walks(network, query, labels);
        }
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

/// Every label extended by every trip that can be boarded in time; to these stops only, if there are any given.
fn ride_once(network: LineNetwork, query: &JourneyQuery, labels: &[Label], ends: Option<&Vec<PlaceId>>) -> Vec<Label> {
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
        let is_wanted = |stop: &PlaceId| ends.is_none_or(|ends| ends.contains(stop));
        if first == end || !pattern.stops.iter().any(is_wanted) {
            continue;
        }
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
                    let (leaves, boarded) =
                        if is_first { (departure - label.access, departure) } else { (label.leaves, label.boarded) };
                    if leaves > query.leave_by {
                        continue;
                    }
                    for to_stop in from_stop + 1..pattern.stops.len() {
                        let there = timetable.trip(trip).departure + pattern.arrivals[to_stop];
                        if there > query.within.latest.min(boarded + query.max_ride)
                            || !has_room(network, trip, to_stop - 1, query.load)
                        {
                            break;
                        }
                        let stop = pattern.stops[to_stop];
                        if !is_wanted(&stop) {
                            continue;
                        }
                        let mut rides = label.rides.clone();
                        rides.push(LineReservation { trip, from_stop, to_stop, load: query.load });
                        let new = Label { stop, leaves, there, boarded, walk: label.walk, access: label.access, rides };
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
    let beats = |one: &Label, other: &Label| {
        one.there == other.there && one.leaves >= other.leaves && one.boarded >= other.boarded && one.walk <= other.walk
    };
    if !labels.iter().any(|label| beats(label, &new)) {
        labels.retain(|label| !beats(&new, label));
        labels.push(new);
    }
}

/// The labels themselves and, from each, the walks to other stops.
fn with_walks(network: LineNetwork, query: &JourneyQuery, labels: Vec<Label>) -> Vec<Label> {
    let mut reached: Vec<Vec<Label>> = vec![Vec::new(); network.scenario.network.places.len()];
    for label in labels {
        for link in network.scenario.network.walks.from(label.stop) {
            let there = label.there + link.duration;
            if label.walk + link.distance > query.max_walk || there > query.within.latest {
                continue;
            }
            let new = Label { stop: link.stop, there, walk: label.walk + link.distance, ..label.clone() };
            keep_if_not_beaten(&mut reached[link.stop.index()], new);
        }
    }
    reached.into_iter().flatten().collect()
}
