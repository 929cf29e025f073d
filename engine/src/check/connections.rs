//! Who changes lines: that the departures a timetable names for them exist, stop where they change, and meet with time to walk
//! and to change; and that whoever it says finds no bus has none.
//!
//! Which departures suit best is not judged, but nobody lets a bus pass that goes where they want to.

use super::{Findings, Rule};
use crate::demand::LineTransfer;
use crate::ids::{LineTransferId, PatternId};
use crate::plan::{ConnectedRides, Timetable, Trip};
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime};

/// Adds what is wrong with a timetable's connections; they are asked for once lines were planned.
pub(super) fn check_connections(scenario: &Scenario, timetable: &Timetable, findings: &mut Findings) {
    let were_planned = timetable.stages.iter().any(|stage| stage.stage == "lines");
    if timetable.connections.is_empty() && !were_planned {
        return;
    }
    let Ok(day) = scenario.day_type(timetable.date) else { return };
    let expected: Vec<LineTransferId> = (0..scenario.line_transfers.len())
        .filter(|&index| scenario.line_transfers[index].days.includes(&day))
        .map(LineTransferId::from_index)
        .collect();
    let told: Vec<LineTransferId> = timetable.connections.iter().map(|connection| connection.transfer).collect();
    if told != expected {
        let detail = format!("{} told, {} expected on the date, each once and in order", told.len(), expected.len());
        findings.add(Rule::Report, "connections", detail);
    }
    let checker = Checker { scenario, timetable };
    for connection in &timetable.connections {
        let Some(transfer) = scenario.line_transfers.get(connection.transfer.index()) else {
            findings.add(Rule::Reference, format!("transfer {}", connection.transfer.0), "does not exist");
            continue;
        };
        let label = format!("transfer {}", transfer.code);
        match connection.rides {
            Some(rides) => checker.rides(&label, transfer, rides, findings),
            None => checker.has_none(&label, transfer, findings),
        }
    }
}

struct Checker<'a> {
    scenario: &'a Scenario,
    timetable: &'a Timetable,
}

impl Checker<'_> {
    fn rides(&self, label: &str, transfer: &LineTransfer, rides: ConnectedRides, findings: &mut Findings) {
        let trips = &self.timetable.trips;
        let (Some(from), Some(to)) = (trips.get(rides.from.index()), trips.get(rides.to.index())) else {
            return findings.add(Rule::Reference, label, "names a trip that does not exist");
        };
        if (from.pattern, to.pattern) != (transfer.from_pattern, transfer.to_pattern) {
            return findings.add(Rule::Service, label, "names trips of other lines or directions");
        }
        let Some((alights, boards)) = self.times(transfer, from, to) else {
            return findings.add(Rule::Service, label, "nobody walks from one stop to the other");
        };
        let limits = &self.scenario.policy.lines;
        if (alights.0 - transfer.wanted_arrival).seconds().abs() > limits.max_deviation.seconds() {
            let detail = format!("arrives at {}, wanted {}", alights.0, transfer.wanted_arrival);
            findings.add(Rule::Time, label, detail);
        }
        let ready = alights.0 + alights.1;
        if boards < ready {
            findings.add(Rule::Time, label, format!("is ready at {ready}, the bus leaves at {boards}"));
        } else if boards - ready != rides.wait {
            findings.add(Rule::Report, label, format!("waits {}, not {}", boards - ready, rides.wait));
        } else if rides.wait > limits.longest_transfer_wait {
            let detail = format!("waits {}, at most {} is accepted", rides.wait, limits.longest_transfer_wait);
            findings.add(Rule::Time, label, detail);
        }
        for other in self.trips_of(transfer.to_pattern) {
            if let Some((_, leaves)) = self.times(transfer, from, other)
                && ready <= leaves
                && leaves < boards
            {
                findings.add(Rule::Report, label, format!("waits until {boards}, though a bus leaves at {leaves}"));
            }
        }
    }

    fn has_none(&self, label: &str, transfer: &LineTransfer, findings: &mut Findings) {
        let limits = &self.scenario.policy.lines;
        for from in self.trips_of(transfer.from_pattern) {
            for to in self.trips_of(transfer.to_pattern) {
                let Some(((arrives, change), leaves)) = self.times(transfer, from, to) else { continue };
                let is_accepted = (arrives - transfer.wanted_arrival).seconds().abs() <= limits.max_deviation.seconds();
                let wait = leaves - (arrives + change);
                if is_accepted && Duration::ZERO <= wait && wait <= limits.longest_transfer_wait {
                    let detail = format!("is said to find no bus, but arrives at {arrives} and one leaves at {leaves}");
                    return findings.add(Rule::Report, label, detail);
                }
            }
        }
    }

    fn trips_of(&self, pattern: PatternId) -> impl Iterator<Item = &Trip> {
        self.timetable.trips.iter().filter(move |trip| trip.pattern == pattern)
    }

    /// When they alight and how long they need to change, and when the other bus leaves.
    fn times(&self, transfer: &LineTransfer, from: &Trip, to: &Trip) -> Option<((ServiceTime, Duration), ServiceTime)> {
        let (first, second) = (self.scenario.pattern(from.pattern), self.scenario.pattern(to.pattern));
        let (alight, board) = (first.stops[transfer.from_stop], second.stops[transfer.to_stop]);
        let policy = &self.scenario.policy.bus_first;
        let walk = self.scenario.network.walks.from(alight).iter().find(|link| link.stop == board)?;
        if walk.distance > policy.total_walk {
            return None;
        }
        let arrives = from.departure + first.arrivals[transfer.from_stop];
        let leaves = to.departure + second.departures[transfer.to_stop];
        Some(((arrives, walk.duration + policy.transfer_time), leaves))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::check::check_timetable;
    use crate::ids::TripId;
    use crate::plan::Connection;
    use crate::scenario::sample;

    /// People come to the third stop at 07:44 and are ready to go back at 07:49; the bus leaves at 08:46:09. Others want to change at
    /// 21:00, when nothing runs. Breaks what the hourly timetable says of them and expects exactly these rules to notice.
    #[track_caller]
    fn check(expected: &[Rule], harm: impl FnOnce(&mut Scenario, &mut Timetable)) {
        let mut town = sample::small_town();
        let changing = |hour| sample::changing((0, 2), (1, 2), ServiceTime::hm(hour, 44), 3);
        town.line_transfers = vec![changing(7), changing(21)];
        let mut timetable = sample::hourly_timetable(&town);
        let trip = |pattern: u32, hour: i32| {
            let is_it = |trip: &Trip| (trip.pattern.0, trip.departure) == (pattern, ServiceTime::hm(hour, 30));
            timetable.trips.iter().position(is_it).map(TripId::from_index).expect("hourly")
        };
        let wait = Duration::from_seconds(57 * 60 + 9);
        let rides = Some(ConnectedRides { from: trip(0, 7), to: trip(1, 8), wait });
        timetable.connections = vec![
            Connection { transfer: LineTransferId(0), rides },
            Connection { transfer: LineTransferId(1), rides: None },
        ];
        harm(&mut town, &mut timetable);
        let violations = check_timetable(&town, &timetable);
        let found: BTreeSet<Rule> = violations.iter().map(|violation| violation.rule).collect();
        assert_eq!(found, expected.iter().copied().collect(), "{violations:#?}");
    }

    fn with_rides(change: impl Fn(&mut ConnectedRides)) -> impl FnOnce(&mut Scenario, &mut Timetable) {
        move |_, timetable| timetable.connections[0].rides.iter_mut().for_each(&change)
    }

    #[test]
    fn a_connection_that_can_be_made_is_right() {
        check(&[], |_, _| ());
        check(&[], |town, timetable| {
            town.line_transfers.clear();
            timetable.connections.clear();
        });
    }

    #[test]
    fn a_connection_that_cannot_be_made_is_noticed() {
        check(&[Rule::Reference], with_rides(|rides| rides.to = TripId(99)));
        check(&[Rule::Service], with_rides(|rides| rides.to = rides.from));
        // The bus of 07:46:09 has gone when they are ready.
        check(&[Rule::Time], with_rides(|rides| rides.to.0 -= 1));
        check(&[Rule::Time], |town, _| town.policy.lines.longest_transfer_wait = Duration::from_minutes(57));
        check(&[Rule::Time], |town, _| town.line_transfers[0].wanted_arrival = ServiceTime::hm(6, 43));
        check(&[Rule::Service], |town, _| town.line_transfers[0].to_stop = 3);
    }

    #[test]
    fn what_is_told_of_a_connection_is_recounted() {
        check(&[Rule::Report], with_rides(|rides| rides.wait = Duration::ZERO));
        check(&[Rule::Report], |_, timetable| timetable.connections.truncate(1));
        check(&[Rule::Report], |_, timetable| timetable.connections.swap(0, 1));
        check(&[Rule::Report], |_, timetable| timetable.connections[0].rides = None);
        check(&[Rule::Reference, Rule::Report], |_, timetable| {
            timetable.connections[1].transfer = LineTransferId(2);
        });
        // An hour later there is a bus too.
        check(&[Rule::Report, Rule::Time], |_, timetable| {
            if let Some(rides) = &mut timetable.connections[0].rides {
                (rides.to.0, rides.wait) = (rides.to.0 + 1, rides.wait + Duration::from_minutes(60));
            }
        });
    }
}
