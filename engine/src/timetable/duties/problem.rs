//! Vehicle days to be given drivers, as plain data: nothing of a scenario.

use crate::ids::{BlockId, DepotId, PlaceId};
use crate::policy::{DrivingRules, DutyPolicy};
use crate::time::{Duration, ServiceTime};

/// Blocks to be driven, and by which rules.
#[derive(Clone, Copy)]
pub struct DutyProblem<'a> {
    /// In any order; the order decides between equals.
    pub blocks: &'a [VehicleDay],
    /// By [`DepotId`].
    pub depots: &'a [DutyDepot],
    /// How long a driver takes as a passenger from one place to another; obeys the triangle inequality, zero from a place
    /// to itself.
    pub travel: &'a dyn Fn(PlaceId, PlaceId) -> Duration,
    /// Law.
    pub rules: DrivingRules,
    /// What else a duty must keep, and prices.
    pub policy: DutyPolicy,
}

/// Where drivers sign on and off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DutyDepot {
    /// Where it is.
    pub place: PlaceId,
    /// Duties of the day at most; `None` for as many as it takes.
    pub drivers: Option<u32>,
}

/// What one vehicle does in a day from leaving its depot to being back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VehicleDay {
    /// Names it in duties.
    pub block: BlockId,
    /// Names it to people.
    pub name: String,
    /// Where the vehicle sleeps.
    pub depot: DepotId,
    /// In order of time; each begins when and where the one before ends. The first and the last are driven.
    pub stretches: Vec<Stretch>,
}

/// A part of a vehicle's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Begins.
    pub begin: ServiceTime,
    /// Ends; not before it begins.
    pub end: ServiceTime,
    /// Where it begins.
    pub from: PlaceId,
    /// Where it ends: the same place for standing.
    pub to: PlaceId,
    /// What the vehicle does.
    pub kind: StretchKind,
}

/// Whether the vehicle moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StretchKind {
    /// On the road, stops on the way included.
    Driving,
    /// Waits.
    Standing {
        /// Drivers can be changed here and have a place to rest.
        is_relief: bool,
    },
}

/// When planning ends, and what decides between equals.
#[derive(Clone, Copy, Debug)]
pub struct DutyOptions {
    /// End after about this long, for people.
    pub time_limit_seconds: Option<f64>,
    /// Improve the plan so many times at most after its construction: the deterministic stop.
    pub work_limit: Option<u32>,
    /// Of the choice of what is improved next.
    pub seed: u64,
    /// Seconds since any fixed moment, read from the caller's clock.
    pub clock: fn() -> f64,
}

impl Default for DutyOptions {
    fn default() -> Self {
        Self { time_limit_seconds: None, work_limit: Some(100), seed: 0, clock: || 0.0 }
    }
}
