//! The independent checker: (plan, scenario) → violations.
//!
//! It shares no arithmetic with the solvers: it replays plans event by event from the scenario alone. Every plan of
//! every solver passes it in every test. It never repairs and never stops at the first violation; a plan so broken
//! that a rule cannot be judged (an unknown vehicle, say) gets the violation that says so, and the other rules go on.

pub mod benchmark;
pub mod booked;
mod connections;
pub mod duties;
pub mod fixed;
pub mod freight;
pub mod rides;
mod runs;
pub mod vehicle_schedules;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use booked::check_plan;
pub use duties::{check_duties, check_rota};
pub use fixed::check_timetable;
pub use freight::check_freight;

/// The rules that a plan can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Every id names something that exists.
    Reference,
    /// Every leg is boarded once and then alighted once, by the same vehicle, at its own places.
    Service,
    /// Nobody is in two places at once: driving, boarding and waiting take the time they take.
    Time,
    /// Vehicles work within their drivers' shift pieces, one schedule or block at a time.
    Shift,
    /// Promised windows are kept.
    Promise,
    /// Ride-time limits are kept.
    RideTime,
    /// No dimension of a vehicle's load exceeds its capacity, on any segment.
    Capacity,
    /// Vehicles carry only what they are permitted to; pupils ride with nobody else; freight takes no seat.
    Product,
    /// Drivers' hours.
    DrivingHours,
    /// Nobody is brought to market without a seat home.
    RoundTrip,
    /// Lines keep first and last departure, largest gap and least departures, or the plan admits that it does not.
    Coverage,
    /// Runs are at schools and markets when bells and opening hours say, and bells move no farther than schools allow.
    Bell,
    /// Everybody whom runs are for rides one with all they carry, rides a line, or is said to be left behind.
    LeftBehind,
    /// Reported figures agree with themselves, and tables are in the order that they promise.
    Report,
}

/// One rule broken in one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Violation {
    /// Which rule.
    pub rule: Rule,
    /// What breaks it: a vehicle, a leg, a trip, by the codes people know.
    pub subject: String,
    /// How, and by how much.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}: {}", self.rule, self.subject, self.detail)
    }
}

/// Collects violations; the only thing that rule groups share.
#[derive(Default)]
struct Findings(Vec<Violation>);

impl Findings {
    fn add(&mut self, rule: Rule, subject: impl fmt::Display, detail: impl fmt::Display) {
        self.0.push(Violation { rule, subject: subject.to_string(), detail: detail.to_string() });
    }

    fn sorted(mut self) -> Vec<Violation> {
        self.0.sort();
        self.0
    }
}
