//! How much of a budget is used up: units of work, seconds, or both. Work is counted, so that it stops the same way every time.

use std::cell::Cell;

use crate::stop_signal::StopSignal;

/// A budget that all stages of one part draw from.
pub(super) struct Pace<'a> {
    pub clock: fn() -> f64,
    /// Seconds from `started` on.
    pub seconds: Option<f64>,
    pub started: f64,
    pub work_limit: Option<f64>,
    pub stop: StopSignal<'a>,
    pub work: Cell<f64>,
}

impl Pace<'_> {
    /// Counts work: a unit is about a millisecond.
    pub fn count(&self, units: f64) {
        self.work.set(self.work.get() + units);
    }

    /// How much of the budget is gone; 1 or more: all of it.
    pub fn share(&self) -> f64 {
        if self.stop.is_raised() {
            return 1.0;
        }
        let of_time = self.seconds.map_or(0.0, |seconds| ((self.clock)() - self.started) / seconds.max(1e-3));
        let of_work = self.work_limit.map_or(0.0, |limit| self.work.get() / limit.max(1.0));
        of_time.max(of_work)
    }
}
