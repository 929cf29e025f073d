//! Searches within limits of time or work.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use sanban_engine::ondemand::{
    Improvement, Moment, Pace, Problem, Report, SearchOptions, ServedDay, Solution, improve, serve_day,
};
use sanban_engine::stop_signal::StopSignal;
use sanban_engine::time::ServiceTime;

use super::DynamicInstance;

/// Rounds of the search per minute of a dynamic day where nobody says otherwise.
pub const ROUNDS_PER_MINUTE: u64 = 100;

/// How much may be spent on a search; with neither limit only an interruption ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Wall-clock time, the first solution included.
    pub time_limit: Option<std::time::Duration>,
    /// Rounds (of a dynamic day: per minute); the same result every time unless the time is over before.
    pub work_limit: Option<u64>,
    /// Seed of the search.
    pub seed: u64,
    /// At most so many threads; they change no result of a work limit.
    pub threads: usize,
}

/// The best solution found within the limits or until the interruption; whoever found no place is unserved in it.
pub fn search(
    problem: &Problem,
    start: Solution,
    effort: Effort,
    progress: Report<'_>,
    interrupted: &AtomicBool,
) -> Solution {
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

/// A dynamic day: every request is answered when it becomes known. When the time is over or the interruption comes, the rest of the day
/// is served without improvement.
pub fn serve(
    day: &Problem,
    known_at: &[ServiceTime],
    effort: Effort,
    progress: &dyn Fn(Moment),
    interrupted: &AtomicBool,
) -> ServedDay {
    let began = Instant::now();
    let time_is_over = || effort.time_limit.is_some_and(|limit| began.elapsed() >= limit);
    let is_over = || interrupted.load(Ordering::Relaxed) || time_is_over();
    let rounds_per_minute = effort.work_limit.unwrap_or(ROUNDS_PER_MINUTE);
    let improvement = Improvement { rounds_per_minute, minute: DynamicInstance::MINUTE, seed: effort.seed };
    let improvement = Some(improvement).filter(|_| rounds_per_minute > 0);
    serve_day(day, known_at, improvement, progress, StopSignal::new(&is_over))
}
