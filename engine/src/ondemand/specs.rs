//! What a request asks for and what a vehicle can do: the words a [`super::Problem`] is written in.
//!
//! Everything here is data. How it is kept is decided in `route` and `insertion` (loads, windows, rides, durations, pins) and in
//! `duty` (breaks, driving hours, waiting with passengers on board).

use crate::fleet::{Product, Products};
use crate::ids::PlaceId;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Load;

use super::problem::RequestIndex;
use super::refusal::DutyRule;

/// One end of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StopSpec {
    /// Where.
    pub place: PlaceId,
    /// When boarding or alighting may begin.
    pub window: TimeWindow,
    /// How long it takes; who boards with a wheelchair or much luggage takes longer.
    pub service: Duration,
}

/// Somebody or something to be taken from one place to another: a person, a party that stays together, a consignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestSpec {
    /// Where and when it boards.
    pub pickup: StopSpec,
    /// Where and when it alights.
    pub dropoff: StopSpec,
    /// What it takes of the vehicle; freight uses the freight dimensions only.
    pub load: Load,
    /// From the end of boarding to the beginning of alighting, at most.
    pub ride_time_limit: Option<Duration>,
    /// What the vehicle must be permitted for. Pupils ([`Product::Student`]) share a vehicle with pupils only.
    pub product: Product,
    /// Pinned to this vehicle (its position among the problem's): no other may serve it.
    pub vehicle: Option<u32>,
}

/// One vehicle in one piece of its drivers' shifts: from depot to depot.
///
/// [`VehicleSpec::at`] makes one without any rule beyond windows and seats; set what else holds:
///
/// ```
/// # use sanban_engine::{fleet::Product, ids::PlaceId, ondemand::VehicleSpec, time::*, units::Load};
/// let day = TimeWindow::new(ServiceTime::hm(6, 0), ServiceTime::hm(20, 0));
/// let minibus = VehicleSpec { driving_time_percent: 110, ..VehicleSpec::at(PlaceId(0), day, Load::seats(7), Product::Ride) };
/// assert!(minibus.capacity.fits(Load::seats(7)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VehicleSpec {
    /// Where it leaves from.
    pub start: PlaceId,
    /// Where it returns to.
    pub end: PlaceId,
    /// From leaving at the earliest to being back at the latest.
    pub window: TimeWindow,
    /// What it carries, in each of its configurations.
    pub capacity: Capacity,
    /// What it may carry.
    pub products: Products,
    /// From leaving to being back, at most.
    pub max_duration: Option<Duration>,
    /// Its driving times in percent of the network's, rounded up to the second: more for a slower vehicle.
    pub driving_time_percent: u16,
    /// So many stops at the front of its route are begun: nothing is put in before or between them, and nobody on them leaves.
    pub begun_stops: usize,
    /// Breaks, driving hours, waiting with passengers on board.
    pub duty: DutyRules,
}

impl VehicleSpec {
    /// A vehicle that leaves from and returns to this place within this window, as fast as the network says.
    pub fn at(depot: PlaceId, window: TimeWindow, capacity: Load, products: impl Into<Products>) -> Self {
        Self {
            start: depot,
            end: depot,
            window,
            capacity: Capacity::of(capacity),
            products: products.into(),
            max_duration: None,
            driving_time_percent: 100,
            begun_stops: 0,
            duty: DutyRules::default(),
        }
    }
}

/// What a vehicle carries. A seat that folds away to make a wheelchair place is a second configuration: at every moment what is on
/// board must fit one of them, and the crew changes from one to another at any stop.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Capacity {
    usual: Load,
    others: Vec<Load>,
}

impl Capacity {
    /// One configuration.
    pub const fn of(usual: Load) -> Self {
        Self { usual, others: Vec::new() }
    }

    /// One more configuration.
    #[must_use]
    pub fn or(mut self, configuration: Load) -> Self {
        self.others.push(configuration);
        self
    }

    /// Some of the usual seats fold away: up to so many wheelchair places more, each instead of so many seats.
    #[must_use]
    pub fn folding(self, wheelchairs: i32, seats_each: i32) -> Self {
        let usual = self.usual;
        (1..=wheelchairs).filter(|folded| folded * seats_each <= usual.seats).fold(self, |capacity, folded| {
            let seats = usual.seats - folded * seats_each;
            capacity.or(Load { seats, wheelchairs: usual.wheelchairs + folded, ..usual })
        })
    }

    /// The configurations, the usual one first.
    pub fn configurations(&self) -> impl Iterator<Item = Load> + '_ {
        std::iter::once(self.usual).chain(self.others.iter().copied())
    }

    /// Does it fit one of the configurations?
    #[inline]
    pub fn fits(&self, load: Load) -> bool {
        load.fits_in(self.usual) || self.others.iter().any(|&configuration| load.fits_in(configuration))
    }
}

impl From<Load> for Capacity {
    fn from(usual: Load) -> Self {
        Self::of(usual)
    }
}

/// What drivers and passengers are owed beside windows and ride times. Nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DutyRules {
    /// Breaks, in the order in which they are taken.
    pub breaks: Vec<BreakSpec>,
    /// How long may be driven without a rest.
    pub continuous_driving: Option<ContinuousDriving>,
    /// Driving in all, at most.
    pub max_driving: Option<Duration>,
    /// The vehicle stands with passengers on board (freight doesn't mind) at most so long before each visit.
    pub max_waiting_aboard: Option<Duration>,
}

/// A break of the driver, due on every route that is driven at all.
///
/// The vehicle stands where it has just served somebody or where it will serve somebody next (or at its depot, before leaving or after
/// the return), with no passenger on board and no boarding at the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BreakSpec {
    /// When it begins.
    pub window: TimeWindow,
    /// How long it is.
    pub duration: Duration,
}

/// At most so much driving in a row, then a rest. Boarding and waiting are no rest unless the vehicle stands without passengers and
/// without boarding for the whole length of one; a break that is long enough is one.
///
/// Law (道路运输从业人员管理规定, 道路旅客运输及客运站管理规定): 4 h by day, 2 h by night (22:00 to 06:00), then 20 min.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContinuousDriving {
    /// Driving between two rests, at most.
    pub limit: Duration,
    /// Any driving between two rests that isn't wholly by day (`day`) adds up to this at most.
    pub night_limit: Duration,
    /// By day is from here to there.
    pub day: TimeWindow,
    /// How long a rest is at least.
    pub rest: Duration,
}

/// Somebody wants one stop to come before another where one vehicle makes both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// This one …
    pub first: super::RouteStop,
    /// … before this one.
    pub then: super::RouteStop,
}

/// What was last told about a request. Serving it otherwise costs what the [`super::Objective`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Told {
    /// Whose request.
    pub request: RequestIndex,
    /// The vehicle that comes.
    pub vehicle: u32,
    /// When boarding begins.
    pub pickup: ServiceTime,
    /// When alighting begins.
    pub dropoff: ServiceTime,
}

impl DutyRules {
    /// Is there anything to keep that windows and limits between two visits can't say?
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The same with one rule giving way by so much.
    pub(super) fn relaxed(&self, rule: DutyRule, by: Duration) -> Self {
        let mut rules = self.clone();
        match rule {
            DutyRule::Break => rules.breaks.iter_mut().for_each(|spec| spec.window.latest += by),
            DutyRule::ContinuousDriving => rules.continuous_driving.iter_mut().for_each(|driving| {
                driving.limit += by;
                driving.night_limit += by;
            }),
            DutyRule::Driving => rules.max_driving.iter_mut().for_each(|limit| *limit += by),
            DutyRule::WaitingAboard => rules.max_waiting_aboard.iter_mut().for_each(|limit| *limit += by),
        }
        rules
    }
}
