//! Problems of rides on demand and their solutions as files know them: names for places, vehicles and requests, seconds and metres.
//!
//! Described field by field in `docs/ride-problems.md`. Only data lives here; the checker beside it and the solver each make of it
//! what they need, so that a mistake in one shows in the other.

use serde::{Deserialize, Serialize};

/// From … to, in seconds of the service day.
pub type Span = (i32, i32);

/// A problem: who wants to ride, who can drive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RideProblem {
    /// What the problem is called.
    pub name: String,
    /// Names of all places, in the order of the matrices.
    pub places: Vec<String>,
    /// Where they are, in the same order: x and y in any unit. Only pictures need to know.
    #[serde(default)]
    pub positions: Option<Vec<(f64, f64)>>,
    /// Driving times, `[from][to]`.
    pub driving_seconds: Vec<Vec<i32>>,
    /// Driving distances, `[from][to]`.
    pub driving_metres: Vec<Vec<i32>>,
    /// What counts as good.
    #[serde(default)]
    pub objective: RideObjective,
    /// Who can drive.
    pub vehicles: Vec<RideVehicle>,
    /// Who wants to ride, what is to be carried.
    pub requests: Vec<RideRequest>,
    /// Wishes for the order of stops.
    #[serde(default)]
    pub orders: Vec<RideOrder>,
}

/// Weights of what a solution costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RideObjective {
    /// Per metre driven.
    pub per_metre: i64,
    /// Per second driven.
    pub per_driving_second: i64,
    /// Per vehicle that leaves its depot.
    pub per_vehicle: i64,
    /// Per request left out.
    pub per_unserved: i64,
    /// Per request that comes with another vehicle than was told.
    pub per_changed_vehicle: i64,
    /// Per second by which boarding or alighting moves from what was told.
    pub per_shifted_second: i64,
}

impl Default for RideObjective {
    fn default() -> Self {
        Self {
            per_metre: 1,
            per_driving_second: 0,
            per_vehicle: 0,
            per_unserved: 1_000_000_000,
            per_changed_vehicle: 0,
            per_shifted_second: 0,
        }
    }
}

/// Seats and the like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RideLoad {
    /// Seats.
    pub seats: i32,
    /// Wheelchair places.
    pub wheelchairs: i32,
    /// Luggage units.
    pub luggage: i32,
    /// Freight.
    pub freight_kilograms: i32,
    /// Freight.
    pub freight_litres: i32,
}

impl RideLoad {
    /// The dimensions in a fixed order.
    pub(super) const fn dimensions(self) -> [i32; 5] {
        [self.seats, self.wheelchairs, self.luggage, self.freight_kilograms, self.freight_litres]
    }
}

/// A vehicle with its driver's shift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RideVehicle {
    /// What it is called.
    pub name: String,
    /// Where it leaves from.
    pub start: String,
    /// Where it returns to.
    pub end: String,
    /// From leaving at the earliest to being back at the latest.
    pub window_s: Span,
    /// What it carries, in each of its configurations.
    pub configurations: Vec<RideLoad>,
    /// `student`, `market`, `freight`, `ride`.
    pub products: Vec<String>,
    /// From leaving to being back, at most.
    #[serde(default)]
    pub max_duration_s: Option<i32>,
    /// Its driving times in percent of the matrix, rounded up.
    #[serde(default = "hundred")]
    pub driving_time_percent: u16,
    /// Breaks in the order in which they are taken.
    #[serde(default)]
    pub breaks: Vec<RideBreak>,
    /// Driving without a rest.
    #[serde(default)]
    pub continuous_driving: Option<RideContinuousDriving>,
    /// Driving in all.
    #[serde(default)]
    pub max_driving_s: Option<i32>,
    /// Standing with passengers on board before a stop.
    #[serde(default)]
    pub max_waiting_aboard_s: Option<i32>,
    /// The stops it makes in the plan that is running.
    #[serde(default)]
    pub route: Vec<RideStop>,
    /// So many of them, from the front, are begun and stay.
    #[serde(default)]
    pub begun_stops: usize,
}

const fn hundred() -> u16 {
    100
}

/// A break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RideBreak {
    /// When it begins.
    pub window_s: Span,
    /// How long it is.
    pub duration_s: i32,
}

/// Driving between rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RideContinuousDriving {
    /// At most so much.
    pub limit_s: i32,
    /// At most so much, unless all of it is by day.
    pub night_limit_s: i32,
    /// When it is day.
    pub day_s: Span,
    /// How long a rest is.
    pub rest_s: i32,
}

/// One end of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RideEnd {
    /// Where.
    pub place: String,
    /// When service begins.
    pub window_s: Span,
    /// How long it takes.
    #[serde(default)]
    pub service_s: i32,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RideRequest {
    /// What it is called.
    pub name: String,
    /// `student`, `market`, `freight` or `ride`.
    pub product: String,
    /// Where and when it boards.
    pub pickup: RideEnd,
    /// Where and when it alights.
    pub dropoff: RideEnd,
    /// What it takes.
    pub load: RideLoad,
    /// From the end of boarding to the beginning of alighting.
    #[serde(default)]
    pub max_ride_s: Option<i32>,
    /// The only vehicle that may serve it.
    #[serde(default)]
    pub vehicle: Option<String>,
    /// What its passengers were told.
    #[serde(default)]
    pub told: Option<RideTold>,
    /// A group that may be split: its smallest parts, which add up to the load. Empty where it is kept together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<RideLoad>,
}

impl RideRequest {
    /// The parts of a group as requests of their own, in order; each is called like the group and by its number from 1.
    pub fn in_parts(&self) -> impl Iterator<Item = Self> + '_ {
        self.parts.iter().enumerate().map(|(index, &load)| Self {
            name: format!("{}/{}", self.name, index + 1),
            load,
            parts: Vec::new(),
            ..self.clone()
        })
    }
}

/// What was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RideTold {
    /// Which vehicle comes.
    pub vehicle: String,
    /// When boarding begins.
    pub pickup_s: i32,
    /// When alighting begins.
    pub dropoff_s: i32,
}

/// Which end of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RideEndKind {
    /// It boards.
    Pickup,
    /// It alights.
    Dropoff,
}

/// A stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RideStop {
    /// Whose.
    pub request: String,
    /// Which end.
    pub end: RideEndKind,
}

/// One stop before another, where one vehicle makes both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RideOrder {
    /// This …
    pub first: RideStop,
    /// … before this.
    pub then: RideStop,
}

/// A solution file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RideSolution {
    /// The name of the problem.
    pub instance: String,
    /// Always `json`.
    pub format: String,
    /// What the solution costs.
    pub objective: i64,
    /// Routes with stops.
    pub vehicles: usize,
    /// Wall-clock time of the search; the only field that two equal runs may differ in.
    pub seconds: f64,
    /// Seed of the search.
    pub seed: u64,
    /// One per vehicle that leaves its depot.
    pub routes: Vec<RideRoute>,
    /// Requests left out, in the order of the problem.
    pub unserved: Vec<String>,
}

/// What one vehicle does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RideRoute {
    /// Which vehicle.
    pub vehicle: String,
    /// It leaves its depot.
    pub leaves_s: i32,
    /// It is back.
    pub returns_s: i32,
    /// In order of time.
    pub stops: Vec<RideCall>,
    /// Breaks and rests in order of time.
    #[serde(default)]
    pub rests: Vec<RideRest>,
}

/// A stop with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RideCall {
    /// Whose.
    pub request: String,
    /// Which end.
    pub end: RideEndKind,
    /// The vehicle arrives.
    pub arrive_s: i32,
    /// Boarding or alighting begins.
    pub begin_s: i32,
}

/// The driver stands without passengers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RideRest {
    /// So many stops come before.
    pub after_stops: usize,
    /// Where.
    pub place: String,
    /// From …
    pub begin_s: i32,
    /// … to.
    pub end_s: i32,
}
