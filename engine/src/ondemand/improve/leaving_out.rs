//! The price of leaving somebody out for a while.

use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::solution::Solution;

/// Whoever is left out for so many rounds in a row has no place in what grew around the others: back to the best solution.
const MOST_ROUNDS_LEFT_OUT: u32 = 5_000;
/// After so many rounds in a row the price changes.
const ROUNDS_PER_PRICE: u32 = 100;

/// By so much of the price a request gets dearer in every round that leaves it out.
const DEARER: f64 = 0.02;
/// The same while everybody is to be served, whatever the way.
const URGENTLY_DEARER: f64 = 0.1;
/// So much of that is left after every [`ROUNDS_PER_PRICE`].
const FORGETTING: f64 = 0.95;

/// The price of leaving a request out for a while: where vehicles are tight, the way from one good solution to another leads
/// through some that serve not everybody. Dearer the longer somebody has been left out, cheaper the longer nobody was. Whoever
/// was left out lately is dearer than others, so that those are left out who find a place more easily (the absence
/// counters of Christiaens & Vanden Berghe 2020).
#[derive(Clone)]
pub(super) struct LeavingOut {
    price: f64,
    /// By request: its price in prices.
    weights: Vec<f64>,
    least: f64,
    most: f64,
    /// Is everybody to be served, whatever the way? Then the price is the highest, and no absence is forgotten.
    pub is_urgent: bool,
    rounds_served: u32,
    rounds_left_out: u32,
}

impl LeavingOut {
    /// Prices are in proportion to the mean driving cost of a request.
    pub fn new(mean_cost: f64, requests: usize) -> Self {
        Self {
            price: 5.0 * mean_cost,
            weights: vec![1.0; requests],
            least: 3.0 * mean_cost,
            most: 100.0 * mean_cost,
            is_urgent: false,
            rounds_served: 0,
            rounds_left_out: 0,
        }
    }

    /// The same prices for some of the requests, in this order.
    pub fn for_part(&self, requests: &[RequestIndex]) -> Self {
        let weights = requests.iter().map(|request| self.weights[request.index()]).collect();
        Self { weights, rounds_served: 0, rounds_left_out: 0, ..*self }
    }

    /// Takes over what parts have learned of prices.
    pub fn learn<'a>(&mut self, parts: impl Iterator<Item = (&'a Self, &'a [RequestIndex])>) {
        let (mut prices, mut count) = (0.0, 0);
        for (part, requests) in parts {
            prices += part.price;
            count += 1;
            for (request, weight) in requests.iter().zip(&part.weights) {
                self.weights[request.index()] = *weight;
            }
        }
        if count > 0 {
            self.price = prices / f64::from(count);
        }
    }

    /// How dear these requests are together.
    pub fn weight(&self, requests: impl Iterator<Item = RequestIndex>) -> f64 {
        requests.map(|request| self.weights[request.index()]).sum()
    }

    /// What a solution costs when leaving out has this price.
    pub fn cost(&self, problem: &Problem, solution: &Solution) -> i64 {
        let driving: i64 = solution.routes.iter().map(|route| route.cost).sum();
        driving
            + (self.present_price()
                * solution.unserved(problem).map(|request| self.weights[request.index()]).sum::<f64>())
                as i64
    }

    /// Has somebody been left out for so long that the search should go on from the best solution?
    pub fn has_gone_astray(&self) -> bool {
        self.rounds_left_out >= MOST_ROUNDS_LEFT_OUT
    }

    /// Counts a round; true if prices are others.
    pub fn adapts(&mut self, current: &Solution, problem: &Problem) -> bool {
        let mut is_left_out = false;
        for request in current.unserved(problem) {
            is_left_out = true;
            self.weights[request.index()] += if self.is_urgent { URGENTLY_DEARER } else { DEARER };
        }
        let changed = self.count(is_left_out);
        if changed && !self.is_urgent {
            self.weights.iter_mut().for_each(|weight| *weight = 1.0 + (*weight - 1.0) * FORGETTING);
        }
        changed || is_left_out
    }

    fn present_price(&self) -> f64 {
        if self.is_urgent { self.most } else { self.price }
    }

    fn count(&mut self, is_left_out: bool) -> bool {
        if self.is_urgent {
            return false;
        }
        let before = self.price;
        if is_left_out {
            self.rounds_served = 0;
            self.rounds_left_out += 1;
            if self.rounds_left_out.is_multiple_of(ROUNDS_PER_PRICE) {
                self.price = (self.price * 1.2).min(self.most);
            }
        } else {
            self.rounds_left_out = 0;
            self.rounds_served += 1;
            if self.rounds_served.is_multiple_of(ROUNDS_PER_PRICE) {
                self.price = (self.price / 1.1).max(self.least);
            }
        }
        self.price.to_bits() != before.to_bits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The price after so many rounds that leave somebody out or don't, in mean costs.
    fn price_after(rounds: &[(u32, bool)]) -> f64 {
        let mut leaving_out = LeavingOut::new(10.0, 0);
        for &(count, is_left_out) in rounds {
            for _ in 0..count {
                leaving_out.count(is_left_out);
            }
        }
        leaving_out.price / 10.0
    }

    #[test]
    fn whoever_stays_left_out_gets_dearer_and_full_service_makes_it_cheaper_again() {
        let first = price_after(&[]);
        assert!(price_after(&[(ROUNDS_PER_PRICE, true)]) > first);
        assert!(price_after(&[(ROUNDS_PER_PRICE, false)]) < first);
        assert_eq!(price_after(&[(ROUNDS_PER_PRICE - 1, true), (ROUNDS_PER_PRICE - 1, false)]), first);
        assert_eq!(price_after(&[(100 * ROUNDS_PER_PRICE, true)]), 100.0);
        assert_eq!(price_after(&[(100 * ROUNDS_PER_PRICE, false)]), 3.0);
    }

    #[test]
    fn after_long_the_search_goes_back() {
        let mut leaving_out = LeavingOut::new(10.0, 0);
        for _ in 0..MOST_ROUNDS_LEFT_OUT {
            leaving_out.count(true);
        }
        assert!(leaving_out.has_gone_astray());
        leaving_out.count(false);
        assert!(!leaving_out.has_gone_astray());
    }
}
