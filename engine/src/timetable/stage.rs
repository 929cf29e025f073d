//! What stages of planning share: their reports, and threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::PlanError;
use crate::plan::StageReport;
use crate::units::Fen;

/// What a stage, or a part of it, knows of its quality.
#[derive(Clone, Copy, Debug)]
pub(super) struct StageFigures {
    /// Of what was found.
    pub cost: Fen,
    /// Proved.
    pub lower_bound: Fen,
    /// Taken.
    pub seconds: f64,
}

impl StageFigures {
    /// As a report; `relaxed` are rules that could not be kept, in words.
    pub fn report(self, stage: &str, part: String, relaxed: Vec<String>) -> StageReport {
        let Self { cost, lower_bound, seconds } = self;
        let lower_bound = lower_bound.max(Fen(0)).min(cost);
        let gap = if cost.0 == 0 { 0.0 } else { (cost.0 - lower_bound.0) as f64 / cost.0 as f64 };
        StageReport { stage: stage.to_owned(), part, cost, lower_bound, gap, seconds, relaxed, advice: Vec::new() }
    }
}

/// Works the items in order on so many threads. After an error no more are begun; of several errors the first item's is told.
pub(super) fn on_threads(
    threads: usize,
    items: &[usize],
    work: &(dyn Fn(usize) -> Result<(), PlanError> + Sync),
) -> Result<(), PlanError> {
    let next = AtomicUsize::new(0);
    let first_error: Mutex<Option<(usize, PlanError)>> = Mutex::new(None);
    let known = || first_error.lock().unwrap_or_else(PoisonError::into_inner);
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                while known().is_none() {
                    let position = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&item) = items.get(position) else { return };
                    if let Err(error) = work(item) {
                        let mut first = known();
                        if first.as_ref().is_none_or(|&(other, _)| position < other) {
                            *first = Some((position, error));
                        }
                    }
                }
            });
        }
    });
    first_error.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), |(_, error)| Err(error))
}
