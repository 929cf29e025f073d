//! Prices for the fleet that lines share, and the lower bound for all lines together that comes of them.
//!
//! Whatever the prices, this holds: every line's cost at least, when it pays them, less what the whole fleet would pay, is no more than all
//! lines cost together (Lagrange). So every round of the search for good prices gives a valid bound, and the best one is kept.
//! Prices rise where lines together want more vehicles than there are, and fall where they want fewer (subgradients, with steps
//! like Polyak's); they are whole fen, so that bounds are whole too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::line_model::Candidate;
use super::line_plan::{PricedBound, SearchLimits, priced_bound};
use super::shared_fleet::{LineFleet, Moment, SharedFleet, Usage};
use super::stage::on_threads;
use super::{PlanError, PlanOptions};
use crate::calendar::DayType;
use crate::ids::RouteId;
use crate::scenario::Scenario;
use crate::stop_signal::StopSignal;

/// The first step guesses that prices can lift the bound by this part of it.
const FIRST_STEP: f64 = 0.02;

/// Prices and what they prove.
#[derive(Clone, Debug, Default)]
pub(super) struct FleetPrices {
    /// The best prices found; none where the fleet suffices.
    pub fleet: SharedFleet,
    /// All lines together cost at least so much.
    pub bound: i64,
    /// By line: what it costs at least at these prices.
    pub bound_of_line: Vec<i64>,
    /// By line: what it costs at least with all of the fleet, for nothing.
    pub bound_alone: Vec<i64>,
    /// By line: the departures that it makes at these prices, at least in part.
    pub wanted: Vec<BTreeSet<Candidate>>,
}

/// Lines of a date that share a fleet.
pub(super) struct SharedLines<'a> {
    /// All inputs.
    pub scenario: &'a Scenario,
    /// What they share.
    pub fleet: LineFleet<'a>,
    /// The date.
    pub day: &'a DayType,
    /// Threads and the clock.
    pub options: &'a PlanOptions,
    /// Ends the search early, with what is known.
    pub stop: StopSignal<'a>,
}

impl SharedLines<'_> {
    /// Searches for prices in at most so many rounds, until the time is over. A round that proves less than the best one is taken
    /// back, and the steps become shorter.
    pub fn prices(&self, rounds: usize, end: Option<f64>) -> Result<FleetPrices, PlanError> {
        let mut best = FleetPrices::default();
        let mut usage_at_best = Usage::new();
        let mut fleet = SharedFleet::default();
        let mut step = FIRST_STEP;
        for round in 0..rounds {
            let bounds = self.bounds(&fleet, (None, end))?;
            let bound_of_line: Vec<i64> = bounds.iter().map(|line| line.bound).collect();
            let bound = bound_of_line.iter().sum::<i64>() - self.paid_by_fleet(&fleet);
            if round == 0 {
                best.bound_alone = bound_of_line.clone();
            }
            if round == 0 || bound > best.bound {
                let wanted = bounds.iter().map(|line| line.wanted.clone()).collect();
                best = FleetPrices { fleet, bound, bound_of_line, bound_alone: best.bound_alone, wanted };
                usage_at_best = Usage::new();
                for (moment, used) in bounds.iter().flat_map(|line| &line.usage) {
                    *usage_at_best.entry(*moment).or_default() += used;
                }
            } else {
                step /= 2.0;
            }
            match self.next_prices(&best, &usage_at_best, step) {
                Some(next) if !self.is_over(end) => fleet = next,
                _ => break,
            }
        }
        Ok(best)
    }

    /// Lifts the bound by searches for whole departures at the prices, as far as the limits go.
    pub fn lift(&self, prices: &mut FleetPrices, limits: SearchLimits) -> Result<(), PlanError> {
        let bounds = self.bounds(&prices.fleet, (Some(limits), None))?;
        for (known, found) in prices.bound_of_line.iter_mut().zip(bounds) {
            *known = (*known).max(found.bound);
        }
        let bound = prices.bound_of_line.iter().sum::<i64>() - self.paid_by_fleet(&prices.fleet);
        prices.bound = prices.bound.max(bound);
        Ok(())
    }

    fn is_over(&self, end: Option<f64>) -> bool {
        self.stop.is_raised() || end.is_some_and(|end| (self.options.clock)() > end)
    }

    /// By line; zero where it is over before a line is looked at.
    fn bounds(
        &self,
        fleet: &SharedFleet,
        (search, end): (Option<SearchLimits>, Option<f64>),
    ) -> Result<Vec<PricedBound>, PlanError> {
        let lines = self.scenario.routes.len();
        let found: Vec<Mutex<PricedBound>> = (0..lines).map(|_| Mutex::default()).collect();
        let all: Vec<usize> = (0..lines).collect();
        let solve = |line: usize| -> Result<(), PlanError> {
            // A line not looked at costs at least nothing.
            if !self.is_over(end) {
                let of_line = (RouteId::from_index(line), fleet);
                let bound = priced_bound(self.scenario, self.day, of_line, search);
                *found[line].lock().unwrap_or_else(PoisonError::into_inner) = bound;
            }
            Ok(())
        };
        on_threads(self.options.threads, &all, &solve)?;
        Ok(found.into_iter().map(|bound| bound.into_inner().unwrap_or_else(PoisonError::into_inner)).collect())
    }

    fn paid_by_fleet(&self, fleet: &SharedFleet) -> i64 {
        fleet.prices.iter().map(|(&moment, price)| price * self.fleet.vehicles(moment)).sum()
    }

    /// A step along the subgradient from the best prices; `None` where nothing would change.
    fn next_prices(&self, best: &FleetPrices, usage: &Usage, step: f64) -> Option<SharedFleet> {
        let fleet = &best.fleet;
        let mut slope: BTreeMap<Moment, f64> = BTreeMap::new();
        for &moment in usage.keys().chain(fleet.prices.keys()) {
            let used = usage.get(&moment).copied().unwrap_or(0.0);
            let wanted = used - self.fleet.vehicles(moment) as f64;
            if wanted > 0.0 || fleet.prices.contains_key(&moment) {
                slope.insert(moment, wanted);
            }
        }
        let square: f64 = slope.values().map(|wanted| wanted * wanted).sum();
        if square < 1e-6 {
            return None;
        }
        let step = step * best.bound as f64 / square;
        let mut prices = fleet.prices.clone();
        for (moment, wanted) in slope {
            let price = prices.get(&moment).copied().unwrap_or(0) as f64 + step * wanted;
            if price >= 1.0 {
                prices.insert(moment, price.round() as i64)
            } else {
                prices.remove(&moment)
            };
        }
        (prices != fleet.prices).then(|| SharedFleet { prices, ..SharedFleet::default() })
    }
}
