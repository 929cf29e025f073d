//! Goods over the spare holds of trips and market runs, the rest on dedicated freight runs.
//!
//! | module | one idea |
//! |---|---|
//! | [`problem`] | consignments, services with their holds, prices: plain data |
//! | `timeline` | all segments of all services in the order of time |
//! | `ways` | one consignment's ways through the timeline, and the cheapest of them |
//! | `master` | the linear program over ways, to which columns and rows are added |
//! | `relaxation` | prices of full holds by column generation, and a bound from them |
//! | `loading` | who travels which way: room left, greedy loading, ruin and recreate |
//! | `reasons` | why holds leave a consignment over |
//! | [`runs`] | dedicated runs by the on-demand solver |
//! | [`of_day`] | a scenario's date as a problem of this module |
//!
//! Invariants: a consignment is never split and never exceeds a hold on any segment; the same problem, seed and rounds give the
//! same answer; costs are counted in whole 3,600ths of a fen from the ways themselves, and the bound from prices of
//! holds with an exact search, so that no rounding error of the linear program reaches either.

#[cfg(test)]
mod day_tests;
mod loading;
mod master;
pub mod of_day;
pub mod problem;
mod reasons;
mod relaxation;
pub mod runs;
#[cfg(test)]
mod tests;
mod timeline;
mod ways;

pub use of_day::{problem_of_day, runs_of_day};
pub use problem::{Access, FreightProblem, Goods, Hold, Service, ServiceCall};
pub use runs::{FreightVehicle, RunCosts, RunGoods, RunOptions, Runs, RunsProblem, plan_runs, with_runs};

use self::loading::Loading;
use self::problem::PER_FEN;
use self::relaxation::Question;
use self::timeline::Timeline;
use self::ways::{Ways, Wish, price_left_over};
use crate::plan::{FreightItinerary, FreightStatus};
use crate::stop_signal::StopSignal;
use crate::units::{Fen, quotient_rounded_up};

/// How long to search, from which seed.
#[derive(Clone, Copy, Debug)]
pub struct FreightOptions {
    /// Rounds of column generation at most; the bound is valid after any number.
    pub pricing_rounds: u32,
    /// Rounds of ruin and recreate at most: the deterministic stop. Fewer where the bound is reached.
    pub rounds: u32,
    /// Seed of the ChaCha8 generator.
    pub seed: u64,
}

/// What holds carry, and what is known of its quality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InHolds {
    /// One per consignment of the problem, in its order; what is left over has a reason and no run yet.
    pub itineraries: Vec<FreightItinerary>,
    /// Carrying, handling, transit and the price of what is left over, rounded up once.
    pub cost: Fen,
    /// No way to load the holds costs less; rounded down.
    pub lower_bound: Fen,
}

impl Default for FreightOptions {
    fn default() -> Self {
        Self { pricing_rounds: 100, rounds: 4_000, seed: 1 }
    }
}

/// Loads the holds. A raised stop ends the search early with the best found and a bound that is valid.
pub fn load_holds(problem: &FreightProblem, options: &FreightOptions, stop: StopSignal) -> InHolds {
    let timeline = Timeline::new(problem);
    let ways: Vec<Ways> = problem.goods.iter().map(|goods| Ways::new(problem, &timeline, Wish::of(goods))).collect();
    let left_over: Vec<i64> = problem.goods.iter().map(|goods| price_left_over(problem, goods)).collect();
    let question = Question { problem, timeline: &timeline, ways: &ways, left_over: &left_over };
    let relaxed = question.relax(options.pricing_rounds, stop);
    let mut loading = Loading::greedy(&question, &relaxed);
    loading.improve(&relaxed, (options.rounds, options.seed), stop);
    let itineraries = problem.goods.iter().enumerate().map(|(index, goods)| match &loading.ways[index] {
        Some(way) => FreightItinerary {
            consignment: goods.consignment,
            legs: way.legs.iter().map(|&leg| timeline.leg(leg)).collect(),
            status: FreightStatus::InHolds,
        },
        None => FreightItinerary {
            consignment: goods.consignment,
            legs: Vec::new(),
            status: FreightStatus::NotCarried {
                left_over: reasons::left_over(&question, &loading, index),
                no_run: None,
            },
        },
    });
    InHolds {
        itineraries: itineraries.collect(),
        cost: Fen(quotient_rounded_up(loading.cost, PER_FEN)),
        lower_bound: Fen(relaxed.lower_bound.div_euclid(PER_FEN)),
    }
}
