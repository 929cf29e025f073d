//! Searches within limits of time or work.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use sanban_engine::ondemand::{Problem, Progress, SearchOptions, Solution, improve};
use sanban_engine::stop_signal::StopSignal;

/// How much may be spent on a search; with neither limit only an interruption ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Wall-clock time, the first solution included.
    pub time_limit: Option<std::time::Duration>,
    /// Rounds; the same result every time unless the time is over before.
    pub work_limit: Option<u64>,
    /// Seed of the search.
    pub seed: u64,
}

/// Rounds between which the pace of the search is measured, to spread the cooling over a time limit.
const PACE_ROUNDS: u64 = 200;

/// The best solution found within the limits or until the interruption; whoever found no place is unserved in it.
pub fn search(problem: &Problem, effort: Effort, progress: &dyn Fn(Progress), interrupted: &AtomicBool) -> Solution {
    let began = Instant::now();
    let time_is_over = || effort.time_limit.is_some_and(|limit| began.elapsed() >= limit);
    let is_over = || interrupted.load(Ordering::Relaxed) || time_is_over();
    let stop = StopSignal::new(&is_over);
    let options = |iterations, cooling_iterations| SearchOptions { iterations, seed: effort.seed, cooling_iterations };
    let start = Solution::empty(problem);
    if let Some(limit) = effort.work_limit {
        return improve(problem, start, &options(limit, limit), progress, stop);
    }
    // What fits into the time is guessed from the pace of the first rounds.
    let rounds = AtomicU64::new(0);
    let count = |made: Progress| {
        rounds.store(made.iteration + 1, Ordering::Relaxed);
        progress(made);
    };
    let warm = improve(problem, start, &options(PACE_ROUNDS, PACE_ROUNDS), &count, stop);
    let left = effort.time_limit.map_or(0.0, |limit| limit.saturating_sub(began.elapsed()).as_secs_f64());
    let pace = rounds.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64().max(1e-6);
    improve(problem, warm, &options(u64::MAX, (pace * left).max(1.0) as u64), progress, stop)
}
