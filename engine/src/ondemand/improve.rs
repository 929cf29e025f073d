//! Better plans: fewer vehicles first where vehicles cost anything (`fleet`), then adaptive large neighbourhood search (Ropke &
//! Pisinger 2006) with strings of removed requests (Christiaens & Vanden Berghe 2020), remembered insertions and exchanged
//! tails, and from time to time a combination of all routes seen (`recombination`).
//!
//! | file | what lives there |
//! |---|---|
//! | `search` | one search in one problem: its state, its clock, its best solution |
//! | `annealing` | destroy and repair at falling temperatures |
//! | `islands` | a problem of ordinary size: searches side by side that meet now and then |
//! | `parts` | a large problem: groups of neighbouring vehicles, each improved as a problem of its own |
//! | `fleet` | fewer vehicles by ejections |
//! | `starts` | several ways to fewer vehicles |
//! | `emptying` | fewer vehicles of a large problem |
//! | `crew` | threads: who does what has no influence on any result |
//!
//! Deterministic by seed and rounds, whatever the number of threads; a raised stop signal ends it early with the best solution
//! found, even while the first one is being built: then some requests are left unserved that would have fitted. Every request
//! that the given solution serves stays served.

mod annealing;
mod crew;
mod emptying;
mod fleet;
mod islands;
mod leaving_out;
mod part;
mod parts;
mod recombination;
mod reinsertion;
mod removal;
mod search;
mod starts;
mod tails;
#[cfg(test)]
mod tests;
mod weights;

use super::problem::Problem;
use super::solution::Solution;
use crate::stop_signal::StopSignal;

/// How long to search, from which seed, and by how many threads.
#[derive(Clone, Copy)]
pub struct SearchOptions<'a> {
    /// When the search is over, and how far it is.
    pub pace: Pace<'a>,
    /// Seed of the ChaCha8 generators.
    pub seed: u64,
    /// At most so many threads work at a time; at least one.
    pub threads: usize,
}

/// What the search is measured by.
#[derive(Clone, Copy)]
pub enum Pace<'a> {
    /// So many destroy-and-repair rounds: the same result every time, whatever the number of threads.
    Rounds(u64),
    /// The caller's clock.
    Clock {
        /// The share of the time that is over; from 1 on the search ends.
        share: &'a (dyn Fn() -> f64 + Sync),
        /// The whole time in seconds.
        seconds: f64,
    },
}

/// What is known while the search runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rounds done.
    pub iteration: u64,
    /// Cost of the best solution so far.
    pub cost: i64,
    /// Its vehicles.
    pub vehicles: usize,
    /// Requests it leaves unserved.
    pub unserved: usize,
}

/// Tells the progress, from any thread.
pub type Report<'a> = &'a (dyn Fn(Progress) + Sync);

/// Problems with more requests than this are improved in parts.
const MOST_IN_ONE_PIECE: usize = 200;

/// Improves a solution. Whoever it serves stays served; retired requests were removed from it before.
pub fn improve(
    problem: &Problem,
    start: Solution,
    options: &SearchOptions<'_>,
    progress: Report<'_>,
    stop: StopSignal<'_>,
) -> Solution {
    if problem.active_requests().count() > MOST_IN_ONE_PIECE {
        parts::improve(problem, start, options, progress, stop)
    } else {
        islands::improve(problem, start, options, progress, stop)
    }
}
