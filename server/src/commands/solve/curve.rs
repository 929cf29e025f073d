//! How the best solution got better while the search ran.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The best solution at some moment of the search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moment {
    /// Seconds since the search began; minutes of a dynamic day.
    pub time: f64,
    /// Total distance in the unit of the instance; the cost of a ride problem.
    pub measure: f64,
    /// Routes with stops.
    pub vehicles: usize,
    /// Requests without a place.
    pub unserved: usize,
}

/// The moments at which the best solution changed, in order of time.
#[derive(Debug, Default)]
pub(super) struct Curve(Mutex<Vec<Moment>>);

impl Curve {
    /// Keeps a moment unless nothing has changed since the last one.
    pub fn record(&self, moment: Moment) {
        let mut moments = self.moments();
        let is_same = |last: &Moment| Moment { time: last.time, ..moment } == *last;
        if !moments.last().is_some_and(is_same) {
            moments.push(moment);
        }
    }

    /// The last moment so far.
    pub fn last(&self) -> Option<Moment> {
        self.moments().last().copied()
    }

    /// Threads of the search report side by side; one that panicked has left whole moments behind.
    fn moments(&self) -> MutexGuard<'_, Vec<Moment>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All moments, and the end of the search behind them.
    pub fn until(self, end: Moment) -> Vec<Moment> {
        let mut moments = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        moments.push(end);
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_and_the_end_are_kept() {
        let at = |time, measure| Moment { time, measure, vehicles: 2, unserved: 0 };
        let curve = Curve::default();
        for moment in [at(0.1, 30.0), at(0.2, 30.0), at(0.3, 25.0), at(0.4, 25.0)] {
            curve.record(moment);
        }
        assert_eq!(curve.until(at(1.0, 25.0)), [at(0.1, 30.0), at(0.3, 25.0), at(1.0, 25.0)]);
    }
}
