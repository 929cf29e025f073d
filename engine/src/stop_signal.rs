//! How a caller tells a solver to stop with the best it has found.
//!
//! The engine reads no clock: a wall-clock limit or Ctrl-C is the caller's closure; a work limit is counted by
//! the solver itself and is the deterministic stop of tests and replays.

/// Asked now and then by long-running solvers; once true, it stays true.
#[derive(Clone, Copy)]
pub struct StopSignal<'a>(Option<&'a (dyn Fn() -> bool + Sync)>);

impl<'a> StopSignal<'a> {
    /// Never stops: only the work limit ends the search.
    pub const NEVER: StopSignal<'static> = StopSignal(None);

    /// Stops once the closure says so.
    pub fn new(should_stop: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self(Some(should_stop))
    }

    /// Has the caller asked to stop?
    pub fn is_raised(self) -> bool {
        self.0.is_some_and(|should_stop| should_stop())
    }
}
