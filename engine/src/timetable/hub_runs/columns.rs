//! Columns and rows of the master: runs with whom they take, and what the sum over their legs may be.

use super::instance::{Instance, Origin, UNITS_PER_FEN};
use super::routes::{Shape, Visit};
use super::search::walking;

/// A run with whom it takes. Pricing forgets: it may call at a stop twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub origin: Origin,
    pub kind: usize,
    pub visits: Vec<Visit>,
    /// No more than the run and the walk to it cost in a plan: rounding may take a fen off.
    pub units: i64,
    /// By group, ascending.
    pub people: Vec<(usize, i32)>,
}

/// A sum over the legs of runs has a limit: a capacity cut, or a decision of the branching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LegRow {
    /// Only runs of this hub count; `None`: all.
    pub hub: Option<usize>,
    /// By node: legs that begin here …
    pub from: Vec<bool>,
    /// … and end here count.
    pub to: Vec<bool>,
    /// By kind: what each of its legs counts.
    pub weights: Vec<i64>,
    /// Ascending: groups of which everybody who is absent counts one.
    pub groups: Vec<usize>,
    pub limit: Limit,
}

/// What the sum of a row may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    AtLeast(i64),
    AtMost(i64),
}

impl Column {
    pub fn new(instance: &Instance, origin: Origin, kind: usize, visits: Vec<Visit>) -> Self {
        let shape = Shape::of(instance, origin, &visits);
        let duration = i64::from(shape.duration(instance, kind));
        let units = instance.kinds[kind].units(shape.metres, duration) + walking(instance, &visits) - UNITS_PER_FEN;
        let mut people: Vec<(usize, i32)> = Vec::new();
        for visit in &visits {
            match people.iter_mut().find(|(group, _)| *group == visit.group as usize) {
                Some((_, count)) => *count += visit.people,
                None => people.push((visit.group as usize, visit.people)),
            }
        }
        people.sort_unstable();
        Self { origin, kind, visits, units, people }
    }

    /// Does it call at every stop once, and at one stop for each group? Only such a run can be driven.
    pub fn is_elementary(&self) -> bool {
        let calls = self.legs().map(|(_, to)| to);
        let groups = self.visits.iter().map(|visit| visit.group as usize);
        is_distinct(calls.collect()) && is_distinct(groups.collect())
    }

    /// The legs of the run, from its last hub on.
    pub fn legs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let before = std::iter::once(self.origin.last()).chain(self.visits.iter().map(|visit| visit.node as usize));
        let legs = before.zip(self.visits.iter().map(|visit| visit.node as usize));
        legs.filter(|(from, to)| from != to)
    }
}

fn is_distinct(mut numbers: Vec<usize>) -> bool {
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.len() == count
}

impl LegRow {
    /// A capacity cut: so many runs at least must enter a set of stops to serve those who have no other stops.
    ///
    /// A run of a kind with `s` seats takes `s` people at most, so that `Σ s·entries + absent ≥ demand`. Mixed-integer rounding with a
    /// divisor makes it `Σ weight·entries + absent ≥ least`, all of them whole: what a run counts depends on its kind. `None` if rounding
    /// gains nothing.
    pub fn capacity(instance: &Instance, seats: &[i32], hub: usize, inside: Vec<bool>, divisor: i64) -> Option<Self> {
        let is_inside = |&group: &usize| {
            let data = &instance.groups[group];
            data.hub == hub && data.stops.iter().all(|stop| inside[stop.0])
        };
        let groups: Vec<usize> = (0..instance.groups.len()).filter(is_inside).collect();
        let demand: i64 = groups.iter().map(|&group| i64::from(instance.groups[group].people)).sum();
        let (weights, least) = rounded(seats, demand, divisor)?;
        let from = inside.iter().map(|is_inside| !is_inside).collect();
        Some(Self { hub: Some(hub), from, to: inside, weights, groups, limit: Limit::AtLeast(least) })
    }

    /// A decision: so many legs (each counts one if its kind does) from one set of nodes to another.
    pub fn decision(hub: Option<usize>, from: Vec<bool>, to: Vec<bool>, weights: Vec<i64>, limit: Limit) -> Self {
        Self { hub, from, to, weights, groups: Vec::new(), limit }
    }

    /// Is the sum that of all runs of the part?
    pub fn counts_all_runs(&self, instance: &Instance) -> bool {
        let is_hub = |node: usize| node < instance.hubs.len();
        let all_legs_from_hubs =
            (0..instance.nodes()).all(|node| self.from[node] == is_hub(node) && self.to[node] != is_hub(node));
        all_legs_from_hubs && instance.hubs.len() == 1 && self.weights.iter().all(|&weight| weight == 1)
    }

    /// What a run counts.
    pub fn weight(&self, column: &Column) -> i64 {
        if self.hub.is_some_and(|hub| !column.origin.serves(hub)) {
            return 0;
        }
        let counts = |&(from, to): &(usize, usize)| self.from[from] && self.to[to];
        self.weights[column.kind] * column.legs().filter(counts).count() as i64
    }
}

impl Limit {
    pub fn value(self) -> i64 {
        match self {
            Self::AtLeast(value) | Self::AtMost(value) => value,
        }
    }
}

/// Weights by kind and the least sum of a cut with this divisor; `None` if rounding gains nothing.
pub(super) fn rounded(seats: &[i32], demand: i64, divisor: i64) -> Option<(Vec<i64>, i64)> {
    let rest = demand.checked_rem(divisor).filter(|&rest| rest > 0)?;
    let least = (demand / divisor + 1) * rest;
    let weight = |seats: i64| (seats / divisor * rest + (seats % divisor).min(rest)).min(least);
    Some((seats.iter().map(|&seats| weight(i64::from(seats.max(0)))).collect(), least))
}
