//! Who wants to travel, or what is to be carried.
//!
//! Two kinds of demand: what a planner expects of a day ([`LineDemand`], [`LineTransfer`], [`StudentGroup`], [`Consignment`]), and
//! what one person asks for now ([`Request`]). Personal data is in neither.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::calendar::{DayKind, DayType};
use crate::fleet::Product;
use crate::ids::{MarketId, PatternId, PlaceId, SchoolId, StudentRunId, VehicleId, VillageId};
use crate::network::Name;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Load;

/// On which days an expected demand occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DemandDays {
    /// Every day.
    Every,
    /// Days of this kind.
    Kind(DayKind),
    /// Days on which schools teach.
    School,
    /// Days on which this market is held.
    Market(MarketId),
}

/// Passengers expected from one stop to another of a line around a wanted time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineDemand {
    /// The line and direction they use.
    pub pattern: PatternId,
    /// Position in the pattern's stops at which they board.
    pub from_stop: usize,
    /// Position at which they alight; after `from_stop`.
    pub to_stop: usize,
    /// On which days.
    pub days: DemandDays,
    /// When they would like to board.
    pub wanted_boarding: ServiceTime,
    /// How many.
    pub passengers: i32,
}

/// Passengers expected to change from one line to another. Both their rides are among those of [`LineDemand`]; here it is
/// said that they belong together, so that departures can meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineTransfer {
    /// The code people write.
    pub code: String,
    /// The line and direction they come by.
    pub from_pattern: PatternId,
    /// Position in its stops at which they alight; not the first.
    pub from_stop: usize,
    /// The other line, and the direction, that they go on with.
    pub to_pattern: PatternId,
    /// Position in its stops at which they board; not the last.
    pub to_stop: usize,
    /// From where they alight to where they board; zero at one stop.
    pub walk: Duration,
    /// On which days.
    pub days: DemandDays,
    /// When they would like to alight.
    pub wanted_arrival: ServiceTime,
    /// How many.
    pub passengers: i32,
}

/// Pupils of one village who go to one school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StudentGroup {
    /// Where they live.
    pub village: VillageId,
    /// Where they learn.
    pub school: SchoolId,
    /// Home after and back before each block of school days, or twice a day.
    pub boards: bool,
    /// How many.
    pub students: i32,
}

/// A school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct School {
    /// The code people write.
    pub code: String,
    /// What people call it.
    pub name: Name,
    /// Its gate.
    pub place: PlaceId,
    /// Lessons begin; pupils are there before.
    pub bell_start: ServiceTime,
    /// Lessons end.
    pub bell_end: ServiceTime,
    /// Has it beds?
    pub has_boarders: bool,
    /// Do customized student runs bring its pupils, apart from those who are enrolled on a licensed run?
    pub has_customized_runs: bool,
    /// Planning may move both bells this much earlier or later; zero where they are fixed.
    pub bell_shift: Duration,
}

/// People of one village who are expected at a market whenever it is held, and whom no line brings there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketGoers {
    /// Which market.
    pub market: MarketId,
    /// Where they live.
    pub village: VillageId,
    /// How many.
    pub people: i32,
    /// Luggage units on the way there, of all of them together.
    pub luggage_in: i32,
    /// On the way home, often more.
    pub luggage_home: i32,
}

/// Which way a student run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StudentRunDirection {
    /// Before the first bell.
    ToSchool,
    /// After the last bell.
    FromSchool,
}

/// A call of a student run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StudentRunCall {
    /// Where.
    pub place: PlaceId,
    /// When it leaves (at the last call: arrives).
    pub time: ServiceTime,
    /// Pupils enrolled here: boarding on the way to school, alighting on the way home; 0 at the school.
    pub enrolled: i32,
}

/// A licensed student run: vehicle, calls and times are fixed by the licence; a locked input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StudentRun {
    /// The code people write.
    pub code: String,
    /// The school; its gate is the last call to school, the first from it.
    pub school: SchoolId,
    /// Which way.
    pub direction: StudentRunDirection,
    /// The licensed vehicle.
    pub vehicle: VehicleId,
    /// Places for pupils: approved seats less driver and attendant.
    pub pupil_seats: i32,
    /// In order of time.
    pub calls: Vec<StudentRunCall>,
}

/// Goods that somebody expects to send, for planning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consignment {
    /// The code people write.
    pub code: String,
    /// Where it waits.
    pub from: PlaceId,
    /// Where it is wanted.
    pub to: PlaceId,
    /// What it takes: freight dimensions only.
    pub load: Load,
    /// From when it can be collected to when it must be there.
    pub window: TimeWindow,
    /// Spoils on the way, so it goes first.
    pub is_perishable: bool,
    /// On which days.
    pub days: DemandDays,
}

/// When a person wants to travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WantedTime {
    /// Be there by then.
    ArriveBy(ServiceTime),
    /// Leave then or soon after.
    DepartAt(ServiceTime),
}

/// Who travels together, never split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// People who need a seat.
    pub seated: i32,
    /// People who travel in their wheelchair.
    pub wheelchairs: i32,
    /// Luggage units.
    pub luggage: i32,
}

/// A ride for one date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RideRequest {
    /// The service date.
    pub date: NaiveDate,
    /// From here.
    pub from: PlaceId,
    /// To there.
    pub to: PlaceId,
    /// When.
    pub wanted: WantedTime,
    /// Who.
    pub party: Party,
}

/// To the market and home again, one booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketTripRequest {
    /// The service date; the market must be held then.
    pub date: NaiveDate,
    /// Home.
    pub from: PlaceId,
    /// Which market.
    pub market: MarketId,
    /// Be at the market by then.
    pub arrive_by: ServiceTime,
    /// Leave the market for home then or soon after.
    pub return_at: ServiceTime,
    /// Who, on the way there.
    pub party: Party,
    /// Luggage units on the way home, often more than on the way there.
    pub luggage_home: i32,
}

/// Goods to carry on one date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsignmentRequest {
    /// The service date.
    pub date: NaiveDate,
    /// Where it waits.
    pub from: PlaceId,
    /// Where it is wanted.
    pub to: PlaceId,
    /// Weight.
    pub kilograms: i32,
    /// Volume.
    pub litres: i32,
    /// From when it can be collected to when it must be there.
    pub window: TimeWindow,
}

/// A seat on the student runs of a school from a date to the end of its term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentRequest {
    /// Where the pupil lives, or the stop wanted.
    pub from: PlaceId,
    /// Which school.
    pub school: SchoolId,
    /// First school day wanted.
    pub from_date: NaiveDate,
}

/// What one person asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// A pupil joins the student runs mid-term.
    Enrolment(EnrolmentRequest),
    /// To market and home.
    MarketTrip(MarketTripRequest),
    /// Goods.
    Consignment(ConsignmentRequest),
    /// A ride on demand.
    Ride(RideRequest),
}

/// Where a run of pupils and its free seats were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudentSeat {
    /// The run.
    pub run: StudentRunId,
    /// Position of the call among the run's calls.
    pub call: usize,
}

/// Boarding and alighting take this long, depending on who boards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DwellTimes {
    /// Whatever happens at a call.
    pub base: Duration,
    /// Per seated passenger.
    pub per_passenger: Duration,
    /// Per wheelchair.
    pub per_wheelchair: Duration,
    /// Per luggage unit.
    pub per_luggage_unit: Duration,
    /// Per consignment.
    pub per_consignment: Duration,
}

impl DemandDays {
    /// Does the demand occur on such a day?
    pub fn includes(self, day: &DayType) -> bool {
        match self {
            Self::Every => true,
            Self::Kind(kind) => day.kind == kind,
            Self::School => day.is_school_day,
            Self::Market(market) => day.markets.contains(&market),
        }
    }
}

impl Party {
    /// What the party takes of a vehicle.
    pub const fn load(self) -> Load {
        Load { seats: self.seated, wheelchairs: self.wheelchairs, luggage: self.luggage, ..Load::ZERO }
    }
}

impl DwellTimes {
    /// How long this load takes to board, or to alight.
    pub fn of(self, load: Load) -> Duration {
        let times = |duration: Duration, count: i32| Duration::from_seconds(duration.seconds() * count);
        let goods = i32::from(load.freight_kilograms > 0 || load.freight_litres > 0);
        self.base
            + times(self.per_passenger, load.seats)
            + times(self.per_wheelchair, load.wheelchairs)
            + times(self.per_luggage_unit, load.luggage)
            + times(self.per_consignment, goods)
    }
}

impl Request {
    /// The product a booked vehicle must be permitted for.
    pub const fn product(&self) -> Product {
        match self {
            Self::Enrolment(_) => Product::Student,
            Self::MarketTrip(_) => Product::Market,
            Self::Consignment(_) => Product::Freight,
            Self::Ride(_) => Product::Ride,
        }
    }

    /// The service date, or the first one.
    pub const fn date(&self) -> NaiveDate {
        match self {
            Self::Enrolment(request) => request.from_date,
            Self::MarketTrip(request) => request.date,
            Self::Consignment(request) => request.date,
            Self::Ride(request) => request.date,
        }
    }
}
