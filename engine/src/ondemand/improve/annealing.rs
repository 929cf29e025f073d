//! Destroy and repair at falling temperatures (simulated annealing on the whole objective).

use std::sync::Arc;

use rand::Rng;

use super::reinsertion::Style;
use super::removal::{Rule, Size};
use super::search::Search;
use super::tails;
use super::weights::Outcome;
use crate::ondemand::solution::Solution;

/// Solutions worse by less than so many temperatures are looked at more closely.
pub(super) const PROMISING: f64 = 10.0;

/// By how much a solution may be worse and still be accepted now and then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cooling {
    began: f64,
    ends: f64,
    hottest: f64,
    coldest: f64,
}

impl Cooling {
    /// Between these shares of the search.
    pub fn new((began, ends): (f64, f64), hottest: f64, coldest: f64) -> Self {
        Self { began, ends, hottest, coldest }
    }

    /// The same temperature all the time.
    pub fn steady(temperature: f64) -> Self {
        Self { began: 0.0, ends: 1.0, hottest: temperature, coldest: temperature }
    }

    /// Falls by the same factor in equal times.
    pub fn temperature(self, share: f64) -> f64 {
        let cooled = ((share - self.began) / (self.ends - self.began).max(f64::EPSILON)).clamp(0.0, 1.0);
        self.hottest * (self.coldest / self.hottest).powf(cooled)
    }
}

impl Search<'_> {
    /// Destroys and repairs until the share of the search is over; where the search has got to then, at its temperature.
    pub fn anneal(&mut self, start: Solution, cooling: Cooling, until: f64) -> Solution {
        let mut current = start;
        let (mut waiting, mut changed) = (Vec::new(), Vec::new());
        let mut current_cost = self.leaving_out.cost(self.problem, &current);
        self.close_idle_vehicles_that_nothing_is_worth();
        loop {
            let share = self.share();
            if share >= until || self.begin_round() {
                return current;
            }
            let temperature = cooling.temperature(share).max(1e-9);
            if self.leaving_out.has_gone_astray() {
                current = self.best.clone();
                current_cost = self.leaving_out.cost(self.problem, &current);
            }
            if self.leaving_out.adapts(&current, self.problem) {
                current_cost = self.leaving_out.cost(self.problem, &current);
            }
            let mut candidate = current.clone();
            let (rule, style) = (self.rules.draw(&mut self.random), self.styles.draw(&mut self.random));
            let size = self.sizes.draw(&mut self.random);
            let removal = (Rule::ALL[rule], Size::ALL[size]);
            self.remover.remove_some(&mut candidate, removal, &mut waiting, &mut self.random);
            self.reinserter.reinsert(&mut candidate, &mut waiting, Style::ALL[style], &mut self.random);
            let worse_by =
                |candidate: &Solution| (self.leaving_out.cost(self.problem, candidate) - current_cost) as f64;
            if worse_by(&candidate) < PROMISING * temperature {
                let same = |vehicle: &usize| Arc::ptr_eq(&current.routes[*vehicle], &candidate.routes[*vehicle]);
                changed.extend((0..current.routes.len()).filter(|vehicle| !same(vehicle)));
                self.pool.add(&candidate, &changed);
                tails::exchange_tails(self.problem, &mut candidate, &mut changed);
            }
            let worse_by = worse_by(&candidate);
            let accepted = worse_by <= 0.0 || self.random.random::<f64>() < (-worse_by / temperature).exp();
            let outcome = if accepted {
                current_cost = self.leaving_out.cost(self.problem, &candidate);
                current = candidate;
                let cost = current.cost(self.problem);
                match () {
                    () if self.offer(&current, cost) => Outcome::Best,
                    () if worse_by < 0.0 => Outcome::Better,
                    () if worse_by > 0.0 => Outcome::Accepted,
                    // Most likely everybody is back where they were.
                    () => Outcome::Rejected,
                }
            } else {
                Outcome::Rejected
            };
            self.rules.reward(rule, outcome);
            self.styles.reward(style, outcome);
            self.sizes.reward(size, outcome);
        }
    }
}
