//! Column generation: the linear relaxation over all duties, and a bound that holds whatever the solver's rounding.

use super::master::{Master, Relaxed};
use super::network::{Network, UNITS};
use super::pricing::{Duals, PricedColumn, Pricing};
use super::watch::Watch;

/// Some parts and the drivers for them: the whole problem, or what a search has left open.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// By part.
    pub is_free: Vec<bool>,
    /// By depot: those left.
    pub drivers: Vec<Option<u32>>,
}

/// What is known of a scope once no duty is missing from its program, or time is up.
pub(super) struct Bound {
    /// No duties for the scope cost less, in 1/3600 fen.
    pub lower_bound: i64,
    /// The prices that prove it.
    pub duals: Duals,
}

/// How much of the best prices so far goes into those that duties are looked for with.
const SMOOTHING: f64 = 0.5;

impl Scope {
    pub fn whole(network: &Network) -> Self {
        let drivers = network.problem.depots.iter().map(|depot| depot.drivers).collect();
        Self { is_free: vec![true; network.parts.len()], drivers }
    }

    /// What the prices alone prove: what all parts gain, less what drivers cost, less what the best duty of every beginning
    /// gains beyond its cost; no two duties begin with the same part.
    fn lower_bound(&self, duals: &Duals, best: &[PricedColumn]) -> i64 {
        let free = duals.of_part.iter().zip(&self.is_free).filter(|(_, is_free)| **is_free);
        let drivers = duals.of_depot.iter().zip(&self.drivers);
        free.map(|(dual, _)| dual).sum::<i64>()
            - drivers.map(|(dual, drivers)| dual * i64::from(drivers.unwrap_or(0))).sum::<i64>()
            + best.iter().map(|best| best.reduced_cost).sum::<i64>()
    }
}

/// Column generation for a scope.
pub(super) struct Generation<'a> {
    pub network: &'a Network<'a>,
    pub scope: &'a Scope,
    pub watch: &'a Watch<'a>,
    /// It ends once the relaxation is this close to its bound, relative to its cost.
    pub close_enough: f64,
}

impl Generation<'_> {
    /// Adds duties to the program until none is missing; tells of every better bound.
    pub fn solve(&self, master: &mut Master, tell: &mut dyn FnMut(&Bound)) -> Result<(Relaxed, Bound), String> {
        let mut relaxed = master.solve()?;
        let mut bound: Option<Bound> = None;
        loop {
            let smoothed = bound.as_ref().map(|bound| between(&bound.duals, &relaxed.duals));
            let mut added = 0;
            for duals in smoothed.iter().chain([&relaxed.duals]) {
                let best = Pricing::new(self.network, duals, &self.scope.is_free).best_by_first_part();
                let lower_bound = self.scope.lower_bound(duals, &best);
                if bound.as_ref().is_none_or(|bound| lower_bound > bound.lower_bound) {
                    let better = Bound { lower_bound, duals: duals.clone() };
                    tell(&better);
                    bound = Some(better);
                }
                let gaining = best.into_iter().map(|priced| priced.column);
                let gaining = gaining.filter(|column| relaxed.duals.reduced_cost(self.network, column) < 0);
                added = gaining.filter(|column| master.add(self.network, column)).count();
                if added > 0 {
                    break;
                }
            }
            let proved = bound.as_ref().map_or(0.0, |bound| bound.lower_bound as f64 / UNITS as f64);
            let is_close = relaxed.cost - proved <= self.close_enough * relaxed.cost.abs();
            if added == 0 || is_close || self.watch.is_over() {
                break;
            }
            relaxed = master.solve()?;
        }
        Ok((relaxed, bound.expect("every round proves one")))
    }
}

fn between(best: &Duals, last: &Duals) -> Duals {
    let mix = |best: &[i64], last: &[i64]| {
        let mixed = best.iter().zip(last);
        mixed.map(|(&best, &last)| last + ((best - last) as f64 * SMOOTHING).round() as i64).collect()
    };
    Duals { of_part: mix(&best.of_part, &last.of_part), of_depot: mix(&best.of_depot, &last.of_depot) }
}
