//! A town small enough to reason about by hand, for unit tests and doc examples.
//!
//! One line runs east from the station along a valley; villages lie beside it and up the slopes:
//!
//! ```text
//!                              V3 (5.2 km up)        V4 (3.5 km up)
//!              V1              V2
//!  MKT SCH     |               |                      |
//!  STA ------- S1 ------------ S2 -------- S3 ------- S4      → east, 9.5 km
//!  DEP HOS
//! ```
//!
//! Roads are 1.5 times the straight line and driven at 30 km/h, paths 1.3 times at 4 km/h.

use chrono::NaiveDate;

use super::{Facility, FacilityKind, Pattern, Route, Scenario, ServiceArea, Township, TownshipKind, Village};
use crate::calendar::{Calendar, DateRange, Market, MarketCycle, SchoolTerm, SpecialDay};
use crate::demand::{
    Consignment, DemandDays, LineDemand, LineTransfer, School, StudentGroup, StudentRun, StudentRunCall,
    StudentRunDirection,
};
use crate::fleet::{Depot, Driver, Fleet, Product, Products, ShiftPiece, Vehicle, VehicleType};
use crate::ids::{
    BlockId, DepotId, DriverId, MarketGoersId, MarketId, PatternId, PlaceId, RoadNodeId, RouteId, SchoolId, TownshipId,
    VehicleId, VehicleTypeId, VillageId,
};
use crate::network::roads::{RoadClass, RoadEdge, RoadGraph};
use crate::network::walking::{WalkLink, WalkLinks};
use crate::network::{Name, Network, Place, PlaceKind, Position, TravelTimes};
use crate::plan::{Block, Hub, Run, RunCall, RunDemand, RunDirection, RunRiders, Timetable, Trip};
use crate::policy::Policy;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::{Fen, Load, Metres};

/// Places by code, metres east and north of the station, in the order of their ids.
const PLACES: [(&str, PlaceKind, i64, i64); 13] = [
    ("STA", PlaceKind::Stop, 0, 0),
    ("S1", PlaceKind::Stop, 2_000, 0),
    ("S2", PlaceKind::Stop, 4_500, 0),
    ("S3", PlaceKind::Stop, 7_000, 500),
    ("S4", PlaceKind::Stop, 9_500, 500),
    ("V1", PlaceKind::Village, 2_000, 400),
    ("V2", PlaceKind::Village, 4_500, 1_200),
    ("V3", PlaceKind::Village, 5_000, 5_200),
    ("V4", PlaceKind::Village, 9_500, 4_000),
    ("SCH", PlaceKind::School, 300, 300),
    ("MKT", PlaceKind::Market, -300, 200),
    ("HOS", PlaceKind::Facility, 200, -400),
    ("DEP", PlaceKind::Depot, -800, -200),
];

/// The place with this code in the sample.
pub fn place(code: &str) -> PlaceId {
    PlaceId::from_index(PLACES.iter().position(|row| row.0 == code).expect("a place of the sample"))
}

/// The date everything in the sample is about: Tuesday, a school day, and a market day (solar 1-4-7).
pub fn market_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 24).expect("a valid date")
}

/// The sample town.
///
/// ```
/// use sanban_engine::scenario::sample;
/// let town = sample::small_town();
/// assert!(!town.day_type(sample::market_day()).unwrap().markets.is_empty());
/// ```
pub fn small_town() -> Scenario {
    let policy = Policy::default();
    Scenario {
        area: ServiceArea { code: "small-town".into(), name: name("Small Town", "小镇") },
        demonstration_date: market_day(),
        townships: vec![Township {
            code: "T1".into(),
            name: name("Qingxi", "清溪"),
            kind: TownshipKind::Township,
            position: position(0, 0),
            part_of: None,
        }],
        villages: ["V1", "V2", "V3", "V4"]
            .into_iter()
            .zip([900, 700, 500, 400])
            .map(|(code, population)| Village { place: place(code), township: TownshipId(0), population })
            .collect(),
        facilities: vec![Facility { place: place("HOS"), kind: FacilityKind::TownshipHospital }],
        network: network(&policy),
        calendar: calendar(),
        markets: vec![Market {
            code: "M1".into(),
            name: name("Qingxi market", "清溪场"),
            place: place("MKT"),
            cycle: MarketCycle::SolarDigits { digits: vec![1, 4, 7], held_on_day_31: false },
            exceptions: Vec::new(),
            hours: TimeWindow::new(ServiceTime::hm(6, 30), ServiceTime::hm(13, 0)),
        }],
        schools: vec![School {
            code: "SCHOOL".into(),
            name: name("Qingxi school", "清溪小学"),
            place: place("SCH"),
            bell_start: ServiceTime::hm(8, 0),
            bell_end: ServiceTime::hm(16, 30),
            has_boarders: false,
            has_customized_runs: false,
            bell_shift: Duration::ZERO,
        }],
        fleet: fleet(),
        routes: vec![Route {
            code: "R1".into(),
            short_name: "1".into(),
            name: name("Station – S4", "车站—四站"),
            patterns: vec![PatternId(0), PatternId(1)],
            vehicle_types: vec![VehicleTypeId(0)],
        }],
        patterns: vec![pattern(0, &["STA", "S1", "S2", "S3", "S4"]), pattern(1, &["S4", "S3", "S2", "S1", "STA"])],
        todays_trips: Vec::new(),
        line_demand: line_demand(),
        line_transfers: Vec::new(),
        student_groups: vec![StudentGroup { village: VillageId(2), school: SchoolId(0), boards: false, students: 12 }],
        market_goers: Vec::new(),
        student_runs: student_runs(),
        consignments: vec![Consignment {
            code: "C1".into(),
            from: place("V4"),
            to: place("STA"),
            load: Load { freight_kilograms: 40, freight_litres: 120, ..Load::ZERO },
            window: TimeWindow::new(ServiceTime::hm(7, 0), ServiceTime::hm(12, 0)),
            is_perishable: true,
            days: DemandDays::Every,
        }],
        policy,
    }
}

/// The sample town with its line twice: people can change from one to the other at every stop.
pub fn with_second_line() -> Scenario {
    let mut town = small_town();
    let patterns: Vec<Pattern> =
        town.patterns.iter().map(|pattern| Pattern { route: RouteId(1), ..pattern.clone() }).collect();
    town.routes.push(Route {
        code: "R2".into(),
        short_name: "2".into(),
        patterns: vec![PatternId(2), PatternId(3)],
        ..town.routes[0].clone()
    });
    town.patterns.extend(patterns);
    town
}

/// People who change every day from a pattern, at that position of its stops, to another one at that of its own; both are one stop.
pub fn changing(
    (from_pattern, from_stop): (u32, usize),
    (to_pattern, to_stop): (u32, usize),
    wanted_arrival: ServiceTime,
    passengers: i32,
) -> LineTransfer {
    LineTransfer {
        code: format!("X-{from_pattern}-{to_pattern}-{wanted_arrival}"),
        from_pattern: PatternId(from_pattern),
        from_stop,
        to_pattern: PatternId(to_pattern),
        to_stop,
        walk: Duration::ZERO,
        days: DemandDays::Every,
        wanted_arrival,
        passengers,
    }
}

/// A timetable for the sample: every hour from 06:30 to 18:30 in both directions, worked by two vehicles.
pub fn hourly_timetable(scenario: &Scenario) -> Timetable {
    let mut trips = Vec::new();
    for pattern in 0..2 {
        for hour in 6..=18 {
            trips.push(Trip {
                pattern: PatternId(pattern),
                departure: ServiceTime::hm(hour, 30),
                vehicle_type: VehicleTypeId(0),
                // A bus goes out at half past an even hour, back at half past the odd one, or the other way round.
                block: BlockId((hour as u32 + pattern) % 2),
                expected_load: vec![5; scenario.patterns[pattern as usize].stops.len() - 1],
            });
        }
    }
    let blocks = (0..2)
        .map(|block| {
            let mut of_block: Vec<usize> = (0..trips.len()).filter(|&trip| trips[trip].block.0 == block).collect();
            of_block.sort_by_key(|&trip| trips[trip].departure);
            let first = &trips[of_block[0]];
            let last = &trips[of_block[of_block.len() - 1]];
            let (first_pattern, last_pattern) = (scenario.pattern(first.pattern), scenario.pattern(last.pattern));
            let travel = &scenario.network.travel;
            Block {
                vehicle: VehicleId(block),
                leaves_depot: first.departure - travel.duration(place("DEP"), first_pattern.first_stop()),
                returns: last.departure
                    + last_pattern.running_time()
                    + travel.duration(last_pattern.last_stop(), place("DEP")),
                trips: of_block.into_iter().map(crate::ids::TripId::from_index).collect(),
                runs: Vec::new(),
            }
        })
        .collect();
    Timetable { trips, blocks, ..Timetable::empty(market_day()) }
}

/// People with luggage who get on a run of their own at the first place and off at the second.
#[derive(Clone, Copy)]
pub struct TwoCallRun {
    /// Who travels.
    pub of: RunDemand,
    /// How many of them.
    pub people: i32,
    /// Luggage units of all together.
    pub luggage: i32,
    /// Where the run ends or begins.
    pub hub: Hub,
    /// To the hub or from it.
    pub direction: RunDirection,
    /// Codes of both places.
    pub places: [&'static str; 2],
    /// What they travel in.
    pub vehicle_type: VehicleTypeId,
    /// Of which block it is a part.
    pub block: BlockId,
}

impl TwoCallRun {
    /// It leaves the first place at this time, and stands at both as long as getting on and off takes.
    pub fn run(&self, town: &Scenario, departure: ServiceTime) -> Run {
        let product = match self.hub {
            Hub::Market(_) => Product::Market,
            Hub::School(_) => Product::Student,
        };
        let (dwell, [first, last]) = (town.policy.dwell, self.places.map(place));
        let stands = dwell.base + Duration::from_seconds(dwell.per_passenger.seconds() * self.people);
        let arrival = departure + town.network.travel.duration(first, last);
        let riders = || vec![RunRiders { of: self.of, people: self.people, luggage: self.luggage }];
        let call = |place: PlaceId, arrival: ServiceTime, boardings, alightings| RunCall {
            place,
            arrival,
            departure: arrival + stands,
            boardings,
            alightings,
        };
        Run {
            product,
            hubs: vec![self.hub],
            direction: self.direction,
            vehicle_type: self.vehicle_type,
            block: self.block,
            calls: vec![
                call(first, departure - stands, riders(), Vec::new()),
                call(last, arrival, Vec::new(), riders()),
            ],
        }
    }
}

/// Four people of a village to the market or home, by minibus, with so many luggage units.
pub fn market_run(direction: RunDirection, village: &'static str, luggage: i32) -> TwoCallRun {
    TwoCallRun {
        of: RunDemand::Goers(MarketGoersId(0)),
        people: 4,
        luggage,
        hub: Hub::Market(MarketId(0)),
        direction,
        places: match direction {
            RunDirection::Inward => [village, "MKT"],
            RunDirection::Outward => ["MKT", village],
        },
        vehicle_type: VehicleTypeId(1),
        block: BlockId(0),
    }
}

fn name(en: &str, zh: &str) -> Name {
    Name { en: en.into(), zh: zh.into() }
}

fn position(east: i64, north: i64) -> Position {
    // 31° north: a degree of latitude is 111 km, one of longitude 95 km.
    Position { latitude: 31.0 + north as f64 / 111_000.0, longitude: 106.0 + east as f64 / 95_000.0 }
}

fn straight_metres(from: usize, to: usize) -> i64 {
    let (east, north) = (PLACES[from].2 - PLACES[to].2, PLACES[from].3 - PLACES[to].3);
    (east * east + north * north).isqrt()
}

fn road_metres(from: usize, to: usize) -> i64 {
    straight_metres(from, to) * 3 / 2
}

/// At 30 km/h.
fn road_seconds(metres: i64) -> i32 {
    ((metres * 3_600 + 29_999) / 30_000) as i32
}

fn network(policy: &Policy) -> Network {
    let all = 0..PLACES.len();
    let pairs = || all.clone().flat_map(|from| all.clone().map(move |to| (from, to)));
    let metres: Vec<i32> = pairs().map(|(from, to)| road_metres(from, to) as i32).collect();
    let seconds: Vec<i32> = metres.iter().map(|&metres| road_seconds(i64::from(metres))).collect();
    let edges = pairs().filter(|(from, to)| from != to).map(|(from, to)| RoadEdge {
        from: RoadNodeId::from_index(from),
        to: RoadNodeId::from_index(to),
        length: Metres(road_metres(from, to)),
        duration: Duration::from_seconds(road_seconds(road_metres(from, to))),
        class: RoadClass::Village,
        unfit_at_night: false,
    });
    let walks_from = |from: usize| {
        let mut links: Vec<WalkLink> = all
            .clone()
            .filter(|&to| PLACES[to].1 == PlaceKind::Stop)
            .map(|to| {
                let distance = straight_metres(from, to) * 13 / 10;
                WalkLink {
                    stop: PlaceId::from_index(to),
                    distance: Metres(distance),
                    duration: Duration::from_seconds((distance * 3_600 / policy.walking.metres_per_hour) as i32),
                }
            })
            .filter(|link| link.distance <= policy.walking.limit)
            .collect();
        links.sort_by_key(|link| (link.distance, link.stop));
        links
    };
    let travel = TravelTimes::new(PLACES.len(), &seconds, &metres).expect("all places of the sample are connected");
    Network {
        places: PLACES
            .iter()
            .enumerate()
            .map(|(index, &(code, kind, east, north))| Place {
                code: code.into(),
                name: name(code, ""),
                kind,
                position: position(east, north),
                road_node: RoadNodeId::from_index(index),
            })
            .collect(),
        roads: RoadGraph {
            nodes: PLACES.iter().map(|&(_, _, east, north)| position(east, north)).collect(),
            edges: edges.collect(),
        },
        travel_with_pupils: travel.clone(),
        travel,
        walks: WalkLinks { from_place: all.clone().map(walks_from).collect() },
    }
}

fn calendar() -> Calendar {
    let date = |month, day| NaiveDate::from_ymd_opt(2026, month, day).expect("a valid date");
    Calendar {
        years_covered: vec![2026],
        special_days: (1..=7)
            .map(|day| (date(10, day), SpecialDay::Holiday))
            .chain([(date(10, 10), SpecialDay::MakeUpWorkday)])
            .collect(),
        school_terms: vec![SchoolTerm {
            name: "2026 autumn".into(),
            dates: DateRange { from: date(9, 1), until: date(12, 31) },
        }],
    }
}

fn fleet() -> Fleet {
    let vehicle_type = |code: &str, approved_seats, capacity, is_licensed_school_bus| VehicleType {
        code: code.into(),
        name: name(code, ""),
        approved_seats,
        capacity,
        cost_per_kilometre: Fen(250),
        cost_per_day: Fen(20_000),
        cost_per_hour: Fen(4_000),
        is_licensed_school_bus,
    };
    let bus = Load { seats: 28, wheelchairs: 1, luggage: 20, freight_kilograms: 200, freight_litres: 800 };
    let minibus = Load { seats: 6, wheelchairs: 1, luggage: 6, freight_kilograms: 150, freight_litres: 600 };
    let school_bus = Load { seats: 18, ..Load::ZERO };
    let van = Load { seats: 2, luggage: 2, freight_kilograms: 800, freight_litres: 4_000, ..Load::ZERO };
    let line = Products::NONE.with(Product::Line);
    let booked = Products::NONE.with(Product::Ride).with(Product::Market);
    let vehicle = |code: &str, vehicle_type, products| Vehicle {
        code: code.into(),
        vehicle_type: VehicleTypeId(vehicle_type),
        depot: DepotId(0),
        products,
    };
    let pieces = |driver, vehicle, hours: [(i32, i32); 2]| {
        hours.map(|(from, until)| ShiftPiece {
            driver: DriverId(driver),
            vehicle: VehicleId(vehicle),
            window: TimeWindow::new(ServiceTime::from_seconds(from * 60), ServiceTime::from_seconds(until * 60)),
        })
    };
    // Minutes of the day: 06:00–09:50 and 10:10–14:00; 14:00–17:50 and 18:10–21:50.
    let (early, late) = ([(360, 590), (610, 840)], [(840, 1_070), (1_090, 1_310)]);
    let shifts =
        [pieces(0, 2, early), pieces(1, 2, late), pieces(2, 3, early), pieces(3, 3, late), pieces(4, 5, early)];
    Fleet {
        vehicle_types: vec![
            vehicle_type("bus", 29, bus, false),
            vehicle_type("minibus", 7, minibus, false),
            vehicle_type("school-bus", 19, school_bus, true),
            vehicle_type("van", 3, van, false),
        ],
        vehicles: vec![
            vehicle("BUS-1", 0, line),
            vehicle("BUS-2", 0, line),
            vehicle("MINI-1", 1, booked),
            vehicle("MINI-2", 1, booked),
            vehicle("SCHOOL-1", 2, Products::NONE.with(Product::Student)),
            vehicle("VAN-1", 3, Products::NONE.with(Product::Freight)),
        ],
        depots: vec![Depot { code: "DEP".into(), name: name("Depot", "车场"), place: place("DEP") }],
        drivers: (1..=5).map(|number| Driver { code: format!("D{number}"), depot: DepotId(0) }).collect(),
        shift_pieces: shifts.into_iter().flatten().collect(),
    }
}

fn pattern(direction: u8, codes: &[&str]) -> Pattern {
    let stops: Vec<PlaceId> = codes.iter().map(|code| place(code)).collect();
    let dwell = Duration::from_seconds(30);
    let (mut arrivals, mut departures, mut distances) = (vec![Duration::ZERO], vec![Duration::ZERO], vec![Metres(0)]);
    for (index, hop) in stops.windows(2).enumerate() {
        let metres = road_metres(hop[0].index(), hop[1].index());
        arrivals.push(departures[index] + Duration::from_seconds(road_seconds(metres)));
        departures.push(arrivals[index + 1] + dwell);
        distances.push(distances[index] + Metres(metres));
    }
    *departures.last_mut().expect("a pattern has stops") = arrivals[stops.len() - 1];
    Pattern { route: RouteId(0), direction, stops, arrivals, departures, distances }
}

fn line_demand() -> Vec<LineDemand> {
    let to_town = |from_stop, wanted, passengers, days| LineDemand {
        pattern: PatternId(1),
        from_stop,
        to_stop: 4,
        days,
        wanted_boarding: wanted,
        passengers,
    };
    let home = |to_stop, wanted, passengers, days| LineDemand {
        pattern: PatternId(0),
        from_stop: 0,
        to_stop,
        days,
        wanted_boarding: wanted,
        passengers,
    };
    let market = DemandDays::Market(MarketId(0));
    vec![
        to_town(0, ServiceTime::hm(7, 0), 8, DemandDays::Every),
        to_town(2, ServiceTime::hm(7, 30), 10, market),
        to_town(3, ServiceTime::hm(8, 0), 6, market),
        home(4, ServiceTime::hm(11, 0), 9, market),
        home(2, ServiceTime::hm(11, 30), 8, market),
        home(4, ServiceTime::hm(17, 0), 8, DemandDays::Every),
    ]
}

fn student_runs() -> Vec<StudentRun> {
    let run = |code: &str, direction, calls: [(&str, ServiceTime, i32); 3]| StudentRun {
        code: code.into(),
        school: SchoolId(0),
        direction,
        vehicle: VehicleId(4),
        pupil_seats: 17,
        calls: calls
            .into_iter()
            .map(|(code, time, enrolled)| StudentRunCall { place: place(code), time, enrolled })
            .collect(),
    };
    vec![
        run(
            "SR1-AM",
            StudentRunDirection::ToSchool,
            [("V3", ServiceTime::hm(7, 5), 12), ("V2", ServiceTime::hm(7, 22), 4), ("SCH", ServiceTime::hm(7, 45), 0)],
        ),
        run(
            "SR1-PM",
            StudentRunDirection::FromSchool,
            [
                ("SCH", ServiceTime::hm(16, 40), 0),
                ("V2", ServiceTime::hm(17, 3), 4),
                ("V3", ServiceTime::hm(17, 20), 12),
            ],
        ),
    ]
}
