//! All inputs of a county or town, validated: network, calendar, fleet, lines, demand, policy.
//!
//! A value of [`Scenario`] is trusted everywhere: every id points into its table, every window is non-empty, every
//! place reaches every other. Only the loader and the tests' builders make one.

pub mod cell;
pub mod resolve;
pub mod sample;
pub mod settings;
pub mod tables;

use chrono::NaiveDate;

use crate::calendar::{Calendar, CalendarError, DayType, Market};
use crate::demand::{Consignment, LineDemand, LineTransfer, MarketGoers, School, StudentGroup, StudentRun};
use crate::fleet::Fleet;
use crate::ids::{MarketId, PatternId, PlaceId, RouteId, SchoolId, TownshipId, VehicleTypeId};
use crate::network::{Name, Network, Position};
use crate::plan::Hub;
use crate::policy::Policy;
use crate::time::{Duration, ServiceTime};
use crate::units::Metres;

/// What kind of seat a township is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TownshipKind {
    /// 县城: the county town; one of the townships' seats.
    CountyTown,
    /// 副中心镇: a sub-centre town of the county; one of the townships' seats.
    SubCentreTown,
    /// 乡镇: any other township.
    Township,
    /// 便民服务中心 at the seat of an abolished township; belongs to a township.
    SubCentre,
}

/// A township or one of its sub-centres.
#[derive(Clone, Debug, PartialEq)]
pub struct Township {
    /// The code people write.
    pub code: String,
    /// What people call it.
    pub name: Name,
    /// What it is.
    pub kind: TownshipKind,
    /// Where its seat is.
    pub position: Position,
    /// For a sub-centre the township it belongs to.
    pub part_of: Option<TownshipId>,
}

/// A village.
#[derive(Clone, Debug, PartialEq)]
pub struct Village {
    /// Its committee and service room.
    pub place: PlaceId,
    /// The township that governs it.
    pub township: TownshipId,
    /// Residents.
    pub population: i32,
}

/// What a facility is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FacilityKind {
    /// A township hospital (乡镇卫生院).
    TownshipHospital,
    /// A township hospital that becomes a sub-centre hospital (县域医疗次中心).
    SubCentreHospital,
    /// An elderly centre (敬老院).
    ElderlyCentre,
}

/// A hospital or elderly centre.
#[derive(Clone, Debug, PartialEq)]
pub struct Facility {
    /// Where it is.
    pub place: PlaceId,
    /// What it is.
    pub kind: FacilityKind,
}

/// A line; what GTFS calls a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The GTFS route_id.
    pub code: String,
    /// The number or short name on the bus.
    pub short_name: String,
    /// What people call it.
    pub name: Name,
    /// Its directions and stop sequences.
    pub patterns: Vec<PatternId>,
    /// The vehicle types that may work it, ascending; never empty.
    pub vehicle_types: Vec<VehicleTypeId>,
}

/// One direction and stop sequence of a line, with its running times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The line.
    pub route: RouteId,
    /// The GTFS direction_id.
    pub direction: u8,
    /// At least two, in order; a place may occur twice.
    pub stops: Vec<PlaceId>,
    /// Arrival at each stop after the departure from the first; ascending, the first is zero.
    pub arrivals: Vec<Duration>,
    /// Departure from each stop after the departure from the first; never before the arrival.
    pub departures: Vec<Duration>,
    /// Road length from the first to each stop; ascending, the first is zero.
    pub distances: Vec<Metres>,
}

/// A trip of today's timetable, as the scenario's GTFS has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TodaysTrip {
    /// The GTFS trip_id.
    pub code: String,
    /// Line, direction and stops.
    pub pattern: PatternId,
    /// From the first stop.
    pub departure: ServiceTime,
    /// Dates it runs, ascending, within the horizon of the scenario.
    pub dates: Vec<NaiveDate>,
}

/// Where the service area is, and what it is called.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceArea {
    /// The code people write.
    pub code: String,
    /// What people call it.
    pub name: Name,
}

/// All inputs of a county or town.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The service area.
    pub area: ServiceArea,
    /// The date that is planned when nobody names one: a school and market day.
    pub demonstration_date: NaiveDate,
    /// By [`TownshipId`].
    pub townships: Vec<Township>,
    /// By `VillageId`.
    pub villages: Vec<Village>,
    /// By `FacilityId`.
    pub facilities: Vec<Facility>,
    /// Places, roads, travel times, walking.
    pub network: Network,
    /// Holidays and school terms.
    pub calendar: Calendar,
    /// By [`MarketId`].
    pub markets: Vec<Market>,
    /// By [`SchoolId`].
    pub schools: Vec<School>,
    /// Vehicles, depots, drivers.
    pub fleet: Fleet,
    /// By [`RouteId`].
    pub routes: Vec<Route>,
    /// By [`PatternId`].
    pub patterns: Vec<Pattern>,
    /// Today's timetable.
    pub todays_trips: Vec<TodaysTrip>,
    /// Expected passengers of the lines.
    pub line_demand: Vec<LineDemand>,
    /// By `LineTransferId`: who of them is expected to change lines.
    pub line_transfers: Vec<LineTransfer>,
    /// By `StudentGroupId`: expected pupils.
    pub student_groups: Vec<StudentGroup>,
    /// By `MarketGoersId`: expected market goers whom no line brings.
    pub market_goers: Vec<MarketGoers>,
    /// By `StudentRunId`: the licensed runs.
    pub student_runs: Vec<StudentRun>,
    /// By `ConsignmentId`: expected goods.
    pub consignments: Vec<Consignment>,
    /// What the county has decided.
    pub policy: Policy,
}

impl Scenario {
    /// The day type of a date in this scenario.
    pub fn day_type(&self, date: NaiveDate) -> Result<DayType, CalendarError> {
        self.calendar.day_type(date, &self.markets)
    }

    /// The trips of today's timetable that run on a date.
    pub fn todays_trips_on(&self, date: NaiveDate) -> impl Iterator<Item = &TodaysTrip> {
        self.todays_trips.iter().filter(move |trip| trip.dates.binary_search(&date).is_ok())
    }

    /// The pattern with this id.
    pub fn pattern(&self, id: PatternId) -> &Pattern {
        &self.patterns[id.index()]
    }

    /// The line with this id.
    pub fn route(&self, id: RouteId) -> &Route {
        &self.routes[id.index()]
    }

    /// The market with this id.
    pub fn market(&self, id: MarketId) -> &Market {
        &self.markets[id.index()]
    }

    /// The school with this id.
    pub fn school(&self, id: SchoolId) -> &School {
        &self.schools[id.index()]
    }
}

impl Pattern {
    /// From the first departure to the last arrival.
    pub fn running_time(&self) -> Duration {
        *self.arrivals.last().expect("a pattern has stops")
    }

    /// Road length from the first to the last stop.
    pub fn length(&self) -> Metres {
        *self.distances.last().expect("a pattern has stops")
    }

    /// The first stop.
    pub fn first_stop(&self) -> PlaceId {
        self.stops[0]
    }

    /// The last stop.
    pub fn last_stop(&self) -> PlaceId {
        self.stops[self.stops.len() - 1]
    }
}

impl Hub {
    /// The code people write.
    pub fn code(self, scenario: &Scenario) -> &str {
        match self {
            Self::School(school) => &scenario.school(school).code,
            Self::Market(market) => &scenario.market(market).code,
        }
    }

    /// Where it is.
    pub fn place(self, scenario: &Scenario) -> PlaceId {
        match self {
            Self::School(school) => scenario.school(school).place,
            Self::Market(market) => scenario.market(market).place,
        }
    }
}
