//! What may still be spent: time of a clock that is handed in, rounds of pricing, and the caller's patience.

use std::cell::Cell;

use crate::stop_signal::StopSignal;

/// Limits of a search or of a part of it; parts count the same rounds.
#[derive(Clone, Copy)]
pub(super) struct Effort<'a> {
    pub stop: StopSignal<'a>,
    pub clock: fn() -> f64,
    /// When the clock says so.
    pub deadline: Option<f64>,
    pub rounds: &'a Cell<u64>,
    pub round_limit: Option<u64>,
}

impl Effort<'_> {
    pub fn is_over(&self) -> bool {
        self.round_limit.is_some_and(|limit| self.rounds.get() >= limit)
            || self.deadline.is_some_and(|deadline| (self.clock)() >= deadline)
            || self.stop.is_raised()
    }

    /// One more round of pricing.
    pub fn count_round(&self) {
        self.rounds.set(self.rounds.get() + 1);
    }

    /// With so much of what is left.
    pub fn part(&self, share: f64) -> Self {
        let now = (self.clock)();
        let rounds = self.rounds.get();
        Self {
            deadline: self.deadline.map(|deadline| now + share * (deadline - now)),
            round_limit: self.round_limit.map(|limit| rounds + (share * limit.saturating_sub(rounds) as f64) as u64),
            ..*self
        }
    }
}
