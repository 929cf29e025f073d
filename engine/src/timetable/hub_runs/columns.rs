//! Columns and rows of the master: runs with whom they take, and cuts that say how many runs a set of stops needs.

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

/// So many runs at least must enter a set of stops to serve those who have no other stops.
///
/// A run of a kind with `s` seats takes `s` people at most, so that `Σ s·entries + absent ≥ demand`. Mixed-integer rounding with a
/// divisor makes it `Σ weight·entries + absent ≥ least`, all of them whole: what a run counts depends on its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Whose people.
    pub hub: usize,
    /// By node.
    pub inside: Vec<bool>,
    /// Ascending: groups of the hub that have stops inside only.
    pub groups: Vec<usize>,
    /// By kind.
    pub weights: Vec<i64>,
    pub least: i64,
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

    /// Does it call at every stop once, and take nobody twice? Only such a run can be driven.
    pub fn is_elementary(&self, instance: &Instance) -> bool {
        let mut calls: Vec<usize> = self.legs().map(|(_, to)| to).collect();
        let count = calls.len();
        calls.sort_unstable();
        calls.dedup();
        calls.len() == count && self.people.iter().all(|&(group, people)| people <= instance.groups[group].people)
    }

    /// The legs of the run, from its last hub on.
    pub fn legs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let before = std::iter::once(self.origin.last()).chain(self.visits.iter().map(|visit| visit.node as usize));
        let legs = before.zip(self.visits.iter().map(|visit| visit.node as usize));
        legs.filter(|(from, to)| from != to)
    }
}

impl Cut {
    /// The cut of a set for one divisor; `None` if rounding gains nothing.
    pub fn new(instance: &Instance, seats: &[i32], hub: usize, inside: Vec<bool>, divisor: i64) -> Option<Self> {
        let is_inside =
            |group: &usize| instance.groups[*group].hub == hub && instance.groups[*group].stops.iter().all(|stop| inside[stop.0]);
        let groups: Vec<usize> = (0..instance.groups.len()).filter(is_inside).collect();
        let demand: i64 = groups.iter().map(|&group| i64::from(instance.groups[group].people)).sum();
        let (weights, least) = rounded(seats, demand, divisor)?;
        Some(Self { hub, inside, groups, weights, least })
    }

    /// What a run counts.
    pub fn weight(&self, column: &Column) -> i64 {
        if !column.origin.serves(self.hub) {
            return 0;
        }
        let enters = |&(from, to): &(usize, usize)| !self.inside[from] && self.inside[to];
        self.weights[column.kind] * column.legs().filter(enters).count() as i64
    }
}

/// Weights by kind and the least sum of a cut with this divisor; `None` if rounding gains nothing.
pub(super) fn rounded(seats: &[i32], demand: i64, divisor: i64) -> Option<(Vec<i64>, i64)> {
    let rest = demand.checked_rem(divisor).filter(|&rest| rest > 0)?;
    let least = (demand / divisor + 1) * rest;
    let weight = |seats: i64| (seats / divisor * rest + (seats % divisor).min(rest)).min(least);
    Some((seats.iter().map(|&seats| weight(i64::from(seats.max(0)))).collect(), least))
}
