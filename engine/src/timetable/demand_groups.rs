//! Who wants to ride a line on the date: expected passengers grouped by stops and wanted time.
//!
//! Wanted times are kept to the nearest point of the departure grid and counted at the first stop of the pattern (the
//! wanted boarding less the running time to the boarding stop), so that the deviation of a passenger from a departure
//! is one subtraction. Passengers of a group may be split over departures, but never in halves.

use std::collections::BTreeMap;

use crate::calendar::DayType;
use crate::ids::PatternId;
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime};
use crate::units::{Fen, rounded_quotient};

/// Passengers with the same wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DemandGroup {
    /// Position of the boarding stop in the pattern.
    pub from_stop: usize,
    /// Position of the alighting stop.
    pub to_stop: usize,
    /// The departure from the first stop that would suit best.
    pub wanted_departure: ServiceTime,
    /// How many.
    pub passengers: i32,
}

impl DemandGroup {
    /// Is the group on board between this stop and the next?
    pub fn rides(&self, segment: usize) -> bool {
        self.from_stop <= segment && segment < self.to_stop
    }

    /// What one passenger's deviation costs on a departure; `None` if it is more than passengers accept.
    pub fn deviation_cost(&self, scenario: &Scenario, departure: ServiceTime) -> Option<Fen> {
        let lines = &scenario.policy.lines;
        let deviation = Duration::from_seconds((departure - self.wanted_departure).seconds().abs());
        (deviation <= lines.max_deviation).then(|| lines.passenger_hour.per_hour(deviation))
    }
}

/// The groups as far as the seats on these segments (ascending) are concerned: passengers who want to leave at the same
/// time and ride the same of these segments become one group, which boards and alights at the outermost of them.
///
/// Whatever serves the passengers serves the merged groups at the same cost, so a program over merged groups is a
/// relaxation of the same program over all of them: its lower bound is valid, and it is many times smaller.
pub fn merged(groups: &[DemandGroup], segments: &[usize]) -> Vec<DemandGroup> {
    let mut passengers: BTreeMap<(usize, usize, ServiceTime), i32> = BTreeMap::new();
    for group in groups {
        let ridden = || segments.iter().filter(|&&segment| group.rides(segment));
        let (from_stop, to_stop) = (ridden().min().copied().unwrap_or(0), ridden().max().map_or(0, |last| last + 1));
        *passengers.entry((from_stop, to_stop, group.wanted_departure)).or_default() += group.passengers;
    }
    passengers.into_iter().map(group_of).collect()
}

/// Segments that stand for the load of all, at most so many, ascending.
///
/// One after the other, each raises most the load that the chosen ones see: the sum, over the hours of wanted departure,
/// of the busiest chosen segment's riders. So a market on the way gets its segment beside that of the morning peak.
pub fn busiest_segments(groups: &[DemandGroup], segments: usize, count: usize) -> Vec<usize> {
    let mut riders: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for group in groups {
        let hour = group.wanted_departure.seconds().div_euclid(3_600);
        let of_hour = riders.entry(hour).or_insert_with(|| vec![0; segments]);
        of_hour[group.from_stop..group.to_stop].iter_mut().for_each(|riders| *riders += group.passengers);
    }
    let mut seen: BTreeMap<i32, i32> = riders.keys().map(|&hour| (hour, 0)).collect();
    let mut chosen: Vec<usize> = Vec::new();
    while chosen.len() < count.min(segments) {
        let gain = |segment: usize| -> i32 {
            riders.iter().map(|(hour, of_hour)| (of_hour[segment] - seen[hour]).max(0)).sum()
        };
        let best = (0..segments).max_by_key(|&segment| (gain(segment), std::cmp::Reverse(segment)));
        let Some(best) = best.filter(|&best| gain(best) > 0) else { break };
        riders.iter().for_each(|(hour, of_hour)| {
            seen.entry(*hour).and_modify(|most| *most = (*most).max(of_hour[best]));
        });
        chosen.push(best);
    }
    chosen.sort_unstable();
    chosen
}

/// The groups of a pattern on a day, in the order of stops and time.
pub fn demand_groups(scenario: &Scenario, day: &DayType, pattern: PatternId) -> Vec<DemandGroup> {
    let grid = i64::from(scenario.policy.lines.departure_grid.seconds());
    let departures = &scenario.pattern(pattern).departures;
    let mut passengers: BTreeMap<(usize, usize, ServiceTime), i32> = BTreeMap::new();
    for demand in &scenario.line_demand {
        if demand.pattern == pattern && demand.days.includes(day) && demand.passengers > 0 {
            let wanted = demand.wanted_boarding - departures[demand.from_stop];
            let wanted = rounded_quotient(i64::from(wanted.seconds()), grid) * grid;
            let wanted = ServiceTime::from_seconds(i32::try_from(wanted).expect("a time of day"));
            *passengers.entry((demand.from_stop, demand.to_stop, wanted)).or_default() += demand.passengers;
        }
    }
    passengers.into_iter().map(group_of).collect()
}

fn group_of(((from_stop, to_stop, wanted_departure), passengers): ((usize, usize, ServiceTime), i32)) -> DemandGroup {
    DemandGroup { from_stop, to_stop, wanted_departure, passengers }
}
