//! One part of the problem in the form that solvers like: dense numbers, and every run goes *from* its hubs to its calls.
//!
//! Runs to the hub are mirrored: legs are read backwards. A part is a hub of its own where hubs have nothing in common, all hubs
//! where they may be mixed or share a limited kind of vehicle. Money is counted in [`UNITS_PER_FEN`], in which kilometres and hours cost whole
//! numbers, so that reduced costs and bounds are exact.

use super::problem::{Direction, HubRunProblem};
use super::routes::Visit;
use crate::ids::PlaceId;
use crate::time::Duration;
use crate::units::{Fen, Metres};

/// A fen has so many units: a metre at a rate per kilometre and a second at a rate per hour cost whole units.
pub(super) const UNITS_PER_FEN: i64 = 18_000;

/// A part of the problem. Nodes are its hubs, then its stops.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    /// By node.
    pub places: Vec<PlaceId>,
    /// By hub: its position in the problem.
    pub hubs: Vec<usize>,
    /// By group.
    pub groups: Vec<GroupData>,
    /// By node: groups that may use it and what their walk costs in units; none at hubs.
    pub at_node: Vec<Vec<(usize, i64)>>,
    /// By kind, as in the problem.
    pub kinds: Vec<KindData>,
    /// Where runs begin: one hub, or two where they may be mixed.
    pub origins: Vec<Origin>,
    /// Row-major by node.
    metres: Vec<i32>,
    /// By speed, row-major by node.
    seconds: Vec<Vec<i32>>,
    pub per_call: i32,
    pub per_person: i32,
    pub longest_ride: i32,
    pub longest_run: i32,
}

#[derive(Clone, Debug)]
pub(super) struct GroupData {
    /// Position in the problem.
    pub index: usize,
    /// Among the part's hubs.
    pub hub: usize,
    pub people: i32,
    pub luggage: i32,
    /// Node and units per person.
    pub stops: Vec<(usize, i64)>,
    /// Units per person left behind.
    pub left_behind: i64,
    /// Units per person on a line, and how many may; nobody where a line costs no less than to be left behind.
    pub line: (i64, i32),
}

#[derive(Clone, Debug)]
pub(super) struct KindData {
    pub seats: i32,
    pub luggage: i32,
    /// Units.
    pub per_run: i64,
    /// Units per metre.
    pub per_metre: i64,
    /// Units per second.
    pub per_second: i64,
    pub most_runs: Option<i32>,
    speed: usize,
    rates: [Fen; 3],
}

/// Where a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    pub first: usize,
    pub second: Option<usize>,
}

impl Origin {
    /// The node from which it goes to the first call.
    pub fn last(self) -> usize {
        self.second.unwrap_or(self.first)
    }

    pub fn serves(self, hub: usize) -> bool {
        self.first == hub || self.second == Some(hub)
    }

    pub fn hubs(self) -> impl Iterator<Item = usize> {
        std::iter::once(self.first).chain(self.second)
    }

    /// Without the hub that nobody on these visits wants.
    pub fn as_wanted(self, instance: &Instance, visits: &[Visit]) -> Self {
        let is_wanted = |hub: usize| visits.iter().any(|visit| instance.groups[visit.group as usize].hub == hub);
        match self.second {
            Some(second) if !is_wanted(second) => Self { second: None, ..self },
            Some(second) if !is_wanted(self.first) => Self { first: second, second: None },
            _ => self,
        }
    }
}

impl Instance {
    /// The part with these hubs of the problem.
    pub fn new(problem: &HubRunProblem<'_>, hubs: &[usize]) -> Self {
        let mut places: Vec<PlaceId> = hubs.iter().map(|&hub| problem.hubs[hub]).collect();
        let members: Vec<usize> =
            (0..problem.groups.len()).filter(|&group| hubs.contains(&problem.groups[group].hub)).collect();
        let mut stops: Vec<PlaceId> =
            members.iter().flat_map(|&group| problem.groups[group].stops.iter().map(|stop| stop.place)).collect();
        stops.sort_unstable();
        stops.dedup();
        let node_of = |place: PlaceId| hubs.len() + stops.binary_search(&place).expect("it was collected above");
        let groups: Vec<GroupData> = members
            .iter()
            .map(|&index| {
                let group = &problem.groups[index];
                let hub = hubs.iter().position(|&hub| hub == group.hub).expect("members have these hubs");
                let mut stops: Vec<(usize, i64)> =
                    group.stops.iter().map(|stop| (node_of(stop.place), stop.walking_cost.0 * UNITS_PER_FEN)).collect();
                stops.sort_unstable();
                stops.dedup_by_key(|&mut (node, _)| node);
                let line = group.line.filter(|line| line.cost < group.cost_left_behind);
                let line =
                    line.map_or((0, 0), |line| (line.cost.0 * UNITS_PER_FEN, line.most_people.clamp(0, group.people)));
                GroupData {
                    index,
                    hub,
                    people: group.people,
                    luggage: group.luggage_units_per_person,
                    stops,
                    left_behind: group.cost_left_behind.0 * UNITS_PER_FEN,
                    line,
                }
            })
            .collect();
        places.extend_from_slice(&stops);
        let mut at_node = vec![Vec::new(); places.len()];
        for (group, data) in groups.iter().enumerate() {
            data.stops.iter().for_each(|&(node, walk)| at_node[node].push((group, walk)));
        }
        let mut percents: Vec<u16> = problem.kinds.iter().map(|kind| kind.driving_time_percent).collect();
        percents.sort_unstable();
        percents.dedup();
        let kinds = problem
            .kinds
            .iter()
            .map(|kind| KindData {
                seats: kind.seats,
                luggage: kind.luggage_units,
                per_run: kind.cost_per_run.0 * UNITS_PER_FEN,
                per_metre: kind.cost_per_kilometre.0 * (UNITS_PER_FEN / 1_000),
                per_second: kind.cost_per_hour.0 * (UNITS_PER_FEN / 3_600),
                most_runs: kind.most_runs,
                speed: percents.binary_search(&kind.driving_time_percent).expect("it was collected above"),
                rates: [kind.cost_per_run, kind.cost_per_kilometre, kind.cost_per_hour],
            })
            .collect();
        let mut origins: Vec<Origin> = (0..hubs.len()).map(|first| Origin { first, second: None }).collect();
        let position = |hub: usize| hubs.iter().position(|&other| other == hub);
        for &(first, second) in &problem.mixed_hubs {
            let (first, second) = match problem.direction {
                Direction::FromHub => (first, second),
                Direction::ToHub => (second, first),
            };
            if let (Some(first), Some(second)) = (position(first), position(second)) {
                origins.push(Origin { first, second: Some(second) });
            }
        }
        let way = |from: PlaceId, to: PlaceId| match problem.direction {
            Direction::FromHub => problem.travel.way(from, to),
            Direction::ToHub => problem.travel.way(to, from),
        };
        let ways: Vec<(Duration, Metres)> =
            places.iter().flat_map(|&from| places.iter().map(move |&to| way(from, to))).collect();
        let scaled = |duration: Duration, percent: u16| (i64::from(duration.seconds()) * i64::from(percent) + 99) / 100;
        let seconds = percents.iter().map(|&percent| ways.iter().map(|way| scaled(way.0, percent) as i32).collect());
        Self {
            seconds: seconds.collect(),
            metres: ways.iter().map(|way| way.1.0 as i32).collect(),
            places,
            hubs: hubs.to_vec(),
            groups,
            at_node,
            kinds,
            origins,
            per_call: problem.dwell.per_call.seconds(),
            per_person: problem.dwell.per_person.seconds(),
            longest_ride: problem.longest_ride.seconds(),
            longest_run: problem.longest_run.seconds(),
        }
    }

    #[inline]
    pub fn metres(&self, from: usize, to: usize) -> i32 {
        self.metres[from * self.places.len() + to]
    }

    /// At the speed of a kind.
    #[inline]
    pub fn seconds(&self, kind: usize, from: usize, to: usize) -> i32 {
        self.seconds[self.kinds[kind].speed][from * self.places.len() + to]
    }

    /// How many kinds of speed there are; every kind has one of them ([`Self::speed_of`]).
    pub fn speeds(&self) -> usize {
        self.seconds.len()
    }

    pub fn speed_of(&self, kind: usize) -> usize {
        self.kinds[kind].speed
    }

    #[inline]
    pub fn seconds_at(&self, speed: usize, from: usize, to: usize) -> i32 {
        self.seconds[speed][from * self.places.len() + to]
    }

    pub fn nodes(&self) -> usize {
        self.places.len()
    }

    /// The nodes that are stops.
    pub fn stop_nodes(&self) -> std::ops::Range<usize> {
        self.hubs.len()..self.places.len()
    }

    pub fn people(&self) -> i64 {
        self.groups.iter().map(|group| i64::from(group.people)).sum()
    }
}

impl KindData {
    /// In units: at most a fen less than [`Self::cost`], because that rounds twice.
    pub fn units(&self, metres: i64, seconds: i64) -> i64 {
        self.per_run + self.per_metre * metres + self.per_second * seconds
    }

    /// What a run costs, as it is counted in plans.
    pub fn cost(&self, distance: Metres, duration: Duration) -> Fen {
        let [per_run, per_kilometre, per_hour] = self.rates;
        per_run + per_kilometre.per_kilometre(distance) + per_hour.per_hour(duration)
    }
}
