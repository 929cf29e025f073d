//! A problem of ordinary size: searches side by side, each with its own seed, that meet now and then, put all routes they have
//! seen together and go on from what they know.

use super::annealing::{Cooling, PROMISING};
use super::search::Search;
use super::{Pace, Report, SearchOptions, crew};
use crate::ondemand::problem::Problem;
use crate::ondemand::solution::Solution;
use crate::stop_signal::StopSignal;

/// So many searches share the rounds of a work limit: a fixed number, so that the result doesn't depend on the threads. A clock
/// gives every thread a search of its own.
const ISLANDS: usize = 2;
/// When the searches meet and the routes seen so far are recombined, as shares of the search.
const MEETINGS: [f64; 7] = [0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9];
/// Annealing starts at this share of the mean driving cost of a served request …
const START_SHARE: f64 = 1.0;
/// … and ends at this.
const END_SHARE: f64 = 0.02;

struct Island<'a> {
    search: Search<'a>,
    current: Solution,
    cooling: Cooling,
}

pub(super) fn improve(
    problem: &Problem,
    start: Solution,
    options: &SearchOptions<'_>,
    progress: Report<'_>,
    stop: StopSignal<'_>,
) -> Solution {
    let (count, pace) = match options.pace {
        Pace::Rounds(rounds) => (ISLANDS, Pace::Rounds(rounds.div_ceil(ISLANDS as u64))),
        clock @ Pace::Clock { .. } => (options.threads.max(1), clock),
    };
    let mut islands: Vec<Island<'_>> = (0..count as u64)
        .map(|number| {
            let seed = options.seed ^ (number << 32);
            let report = (number == 0).then_some(progress);
            let search = Search::new(problem, start.clone(), (pace, seed), report, stop);
            Island { current: search.best.clone(), search, cooling: Cooling::steady(0.0) }
        })
        .collect();
    crew::for_each(options.threads, &mut islands, |island| {
        if problem.objective().per_vehicle > 0 {
            island.search.save_vehicles(START_SHARE, END_SHARE);
        }
        let began = island.search.share();
        let mean_cost = island.search.mean_cost();
        island.cooling = Cooling::new((began, 1.0), START_SHARE * mean_cost, END_SHARE * mean_cost);
        island.current = island.search.best.clone();
    });
    for meeting in MEETINGS {
        anneal(&mut islands, options.threads, meeting);
        meet(&mut islands, meeting);
    }
    anneal(&mut islands, options.threads, 1.0);
    let best = islands.into_iter().map(|island| island.search).min_by_key(|search| search.best_cost);
    best.expect("there is an island").best
}

fn anneal(islands: &mut [Island<'_>], threads: usize, until: f64) {
    crew::for_each(threads, islands, |island| {
        let start = island.current.clone();
        island.current = island.search.anneal(start, island.cooling, until);
    });
}

/// The best combination of what all have seen becomes everybody's best; whoever is further behind than the temperature
/// makes up for goes on from there.
fn meet(islands: &mut [Island<'_>], share: f64) {
    let Some((first, others)) = islands.split_first_mut() else { return };
    for other in others.iter_mut() {
        first.search.pool.take_from(&mut other.search.pool);
        first.search.offer(&other.search.best, other.search.best_cost);
    }
    if first.search.share() < 1.0 && first.search.recombine() {
        first.current = first.search.best.clone();
    }
    let (best, cost) = (first.search.best.clone(), first.search.best_cost);
    for island in islands {
        island.search.offer(&best, cost);
        let behind = (island.current.cost(island.search.problem) - cost) as f64;
        if behind > PROMISING * island.cooling.temperature(share) {
            island.current = best.clone();
        }
    }
}
