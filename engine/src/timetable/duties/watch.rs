//! When a search ends: the caller's clock, the caller's stop signal.

use super::problem::DutyOptions;
use crate::stop_signal::StopSignal;

/// Asked between the steps of a search.
#[derive(Clone, Copy)]
pub(super) struct Watch<'a> {
    clock: fn() -> f64,
    begun: f64,
    limit: Option<f64>,
    stop: StopSignal<'a>,
}

impl<'a> Watch<'a> {
    pub fn new(options: &DutyOptions, stop: StopSignal<'a>) -> Self {
        Self { clock: options.clock, begun: (options.clock)(), limit: options.time_limit_seconds, stop }
    }

    /// Since the search began.
    pub fn seconds(&self) -> f64 {
        (self.clock)() - self.begun
    }

    /// Until the limit; `None` without one.
    pub fn seconds_left(&self) -> Option<f64> {
        self.limit.map(|limit| (limit - self.seconds()).max(0.0))
    }

    pub fn is_over(&self) -> bool {
        self.stop.is_raised() || self.seconds_left().is_some_and(|left| left <= 0.0)
    }
}
