//! The one place that reads the wall clock.
//!
//! A server can be started at another instant (`--now`): its clock then runs from there at the usual speed, so that
//! demonstrations and tests of tomorrow's bookings need not wait for tomorrow.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use sanban_engine::time::Instant;

/// What time it is for the server.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Seconds to add to the machine's clock.
    offset_seconds: i64,
}

impl Clock {
    /// The machine's own time.
    pub const MACHINE: Self = Self { offset_seconds: 0 };

    /// A clock that shows `start` now and runs on from there.
    pub fn starting_at(start: Instant) -> Self {
        Self { offset_seconds: start.unix_seconds() - machine_seconds() }
    }

    /// The instant it shows now.
    pub fn now(self) -> Instant {
        Instant::from_unix_seconds(machine_seconds() + self.offset_seconds)
    }
}

/// Seconds since the process first asked: for the reports of solvers, which have no clock of their own.
pub fn stopwatch() -> f64 {
    static FIRST: OnceLock<std::time::Instant> = OnceLock::new();
    FIRST.get_or_init(std::time::Instant::now).elapsed().as_secs_f64()
}

fn machine_seconds() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs() as i64,
        Err(before) => -(before.duration().as_secs() as i64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_started_tomorrow_shows_tomorrow() {
        let tomorrow = Instant::from_unix_seconds(Clock::MACHINE.now().unix_seconds() + 86_400);
        let shown = Clock::starting_at(tomorrow).now().unix_seconds();
        assert!((0..=2).contains(&(shown - tomorrow.unix_seconds())));
    }
}
