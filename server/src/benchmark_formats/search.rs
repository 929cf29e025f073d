//! Searches within limits of time or work.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use sanban_engine::ondemand::{Pace, Problem, Report, SearchOptions, Solution, improve};
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
    /// At most so many threads; they change no result of a work limit.
    pub threads: usize,
}

/// The best solution found within the limits or until the interruption; whoever found no place is unserved in it.
pub fn search(problem: &Problem, start: Solution, effort: Effort, progress: Report<'_>, interrupted: &AtomicBool) -> Solution {
    let began = Instant::now();
    let time_is_over = || effort.time_limit.is_some_and(|limit| began.elapsed() >= limit);
    let is_over = || interrupted.load(Ordering::Relaxed) || time_is_over();
    let seconds = effort.time_limit.map_or(f64::INFINITY, |limit| limit.as_secs_f64());
    let share = || began.elapsed().as_secs_f64() / seconds;
    let pace = match effort.work_limit {
        Some(rounds) => Pace::Rounds(rounds),
        None => Pace::Clock { share: &share, seconds },
    };
    let options = SearchOptions { pace, seed: effort.seed, threads: effort.threads };
    improve(problem, start, &options, progress, StopSignal::new(&is_over))
}
