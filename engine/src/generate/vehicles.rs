//! Vehicles, drivers and their shift pieces.
//!
//! Every driver has two pieces of at most four hours, none of them at night; two drivers share a booked vehicle from
//! 06:00 to 21:30 with breaks that differ from vehicle to vehicle, so that a depot is never without one. A driver here is
//! a duty of one day, the same every day; days off, and with them 44 hours in 7 days, are left to the rota.

use super::area::{Area, Topic};
use super::civic::DepotSite;
use super::dice::apportion;
use super::lines::Line;
use super::road_net::Ways;
use super::schooling::Schooling;

/// A kind of vehicle.
pub(super) struct Kind {
    pub(super) code: &'static str,
    pub(super) name: (&'static str, &'static str),
    pub(super) approved_seats: i32,
    pub(super) passenger_seats: i32,
    pub(super) wheelchair_places: i32,
    pub(super) luggage_units: i32,
    pub(super) freight: (i32, i32),
    /// Fen per kilometre, day, hour.
    pub(super) costs: (i64, i64, i64),
    pub(super) licensed: bool,
}

/// Indices into [`KINDS`].
pub(super) const BUS_LARGE: usize = 0;
pub(super) const BUS_SMALL: usize = 1;
const BOOKED: std::ops::Range<usize> = 2..6;
/// Smaller booked vehicles work no student runs: an attendant would take too much of them.
const LEAST_SEATS_FOR_PUPILS: i32 = 13;
const STUDENT_BUS: usize = 6;
const VAN: usize = 7;

/// All kinds.
pub(super) const KINDS: [Kind; 8] = [
    kind("BUS33", ("33-seat line bus", "33座班线客车"), [33, 32, 1, 24], (300, 2_400), (260, 22_000, 4_200), false),
    kind("BUS23", ("23-seat line bus", "23座班线客车"), [23, 22, 0, 16], (200, 1_500), (190, 16_000, 4_000), false),
    kind("BK7", ("7-seat booked car", "7座预约车"), [7, 6, 0, 6], (80, 400), (90, 9_000, 3_600), false),
    kind("BK9", ("9-seat booked minibus", "9座预约客车"), [9, 8, 1, 8], (120, 700), (110, 10_500, 3_700), false),
    kind(
        "BK14",
        ("14-seat booked minibus", "14座预约客车"),
        [14, 13, 1, 12],
        (200, 1_200),
        (140, 12_500, 3_800),
        false,
    ),
    kind(
        "BK19",
        ("19-seat booked minibus", "19座预约客车"),
        [19, 18, 1, 18],
        (250, 1_500),
        (165, 14_500, 3_900),
        false,
    ),
    kind("SCH37", ("37-seat school bus", "37座专用校车"), [37, 36, 0, 0], (0, 0), (240, 21_000, 4_200), true),
    kind("VAN", ("logistics van", "物流厢式车"), [2, 0, 0, 0], (1_200, 7_000), (120, 11_000, 3_600), false),
];

const fn kind(
    code: &'static str,
    name: (&'static str, &'static str),
    [approved_seats, passenger_seats, wheelchair_places, luggage_units]: [i32; 4],
    freight: (i32, i32),
    costs: (i64, i64, i64),
    licensed: bool,
) -> Kind {
    Kind { code, name, approved_seats, passenger_seats, wheelchair_places, luggage_units, freight, costs, licensed }
}

/// A vehicle.
pub(super) struct VehicleUnit {
    pub(super) code: String,
    pub(super) kind: usize,
    pub(super) depot: usize,
    pub(super) products: &'static str,
}

/// A driver's piece on a vehicle; minutes of the day.
pub(super) struct Piece {
    pub(super) driver: usize,
    pub(super) vehicle: usize,
    pub(super) minutes: [i32; 2],
}

/// All vehicles, the depot of each driver, the pieces.
pub(super) struct Vehicles {
    pub(super) vehicles: Vec<VehicleUnit>,
    pub(super) drivers: Vec<usize>,
    pub(super) pieces: Vec<Piece>,
    /// The licensed bus of each route of the schooling.
    pub(super) student_buses: Vec<usize>,
}

/// Equips the area.
pub(super) fn equip(area: &Area, lines: &[Line], depots: &[DepotSite], schooling: &Schooling) -> Vehicles {
    let blueprint = area.blueprint;
    let mut fleet =
        Vehicles { vehicles: Vec::new(), drivers: Vec::new(), pieces: Vec::new(), student_buses: Vec::new() };
    // Line buses sleep where lines begin; the fourth depot takes a few.
    let line_depots = &depots[..blueprint.line_depots];
    let starts = |depot: &DepotSite| 0.6 + lines.iter().filter(|line| line.start == depot.seat).count() as f64;
    let weights: Vec<f64> = line_depots.iter().map(starts).collect();
    for (depot, count) in apportion(blueprint.line_buses as i64, 1, &weights).into_iter().enumerate() {
        for bus in 0..count {
            let kind = if bus % 5 < 2 { BUS_LARGE } else { BUS_SMALL };
            let code = format!("B{:03}", fleet.vehicles.len() + 1);
            fleet.vehicles.push(VehicleUnit { code, kind, depot, products: "line student market" });
        }
    }
    let mut dice = area.dice(Topic::Fleet);
    let weights: Vec<f64> =
        (0..depots.len()).map(|depot| if depot == 0 { 4.0 } else { dice.between(1.0, 1.6) }).collect();
    let mut number = 0;
    for (depot, count) in apportion(blueprint.booked_vehicles as i64, 1, &weights).into_iter().enumerate() {
        for _ in 0..count {
            let kind = BOOKED.start + [0, 2, 1, 0, 3, 1, 2][number % 7];
            let products = match (KINDS[kind].passenger_seats >= LEAST_SEATS_FOR_PUPILS, number % 3 == 2) {
                (true, true) => "student market ride",
                (true, false) => "student market freight ride",
                (false, true) => "market ride",
                (false, false) => "market freight ride",
            };
            number += 1;
            let code = format!("K{number:03}");
            fleet.vehicles.push(VehicleUnit { code, kind, depot, products });
            fleet.two_drivers(depot, number as i32);
        }
    }
    let ways: Vec<Ways> = depots.iter().map(|depot| area.net.ways_from(depot.node)).collect();
    for (index, route) in schooling.routes.iter().enumerate() {
        // The depot with the least empty driving, so that the bus need not leave in the night.
        let school = schooling.schools[route.school].node;
        let first = route.calls.first().map_or(school, |call| area.net.villages[call.village]);
        let empty = |depot: usize| ways[depot].seconds[first] + ways[depot].seconds[school];
        let depot = (0..depots.len()).min_by_key(|&depot| (empty(depot), depot)).expect("there is a depot");
        fleet.student_buses.push(fleet.vehicles.len());
        fleet.vehicles.push(VehicleUnit {
            code: format!("X{:03}", index + 1),
            kind: STUDENT_BUS,
            depot,
            products: "student",
        });
        fleet.one_driver(depot, [[360, 555], [930, 1_140]]);
    }
    let pilot = area.net.seats[area.pilot_township()];
    let nearest = (0..depots.len()).min_by_key(|&depot| (ways[depot].seconds[pilot], depot)).expect("there is a depot");
    for bus in 0..blueprint.customized_buses {
        let code = format!("P{:03}", bus + 1);
        fleet.vehicles.push(VehicleUnit { code, kind: BUS_LARGE, depot: nearest, products: "student market" });
    }
    for index in 0..blueprint.vans {
        let depot = index % blueprint.line_depots;
        fleet.vehicles.push(VehicleUnit { code: format!("F{:03}", index + 1), kind: VAN, depot, products: "freight" });
        fleet.one_driver(depot, [[420, 660], [720, 960]]);
    }
    fleet
}

impl Vehicles {
    /// 06:00–13:45 and 13:45–21:30, each with a half-hour break that moves by ten minutes from vehicle to vehicle.
    fn two_drivers(&mut self, depot: usize, number: i32) {
        let shift = 10 * (number % 3 - 1);
        let early = [[360, 585 + shift], [615 + shift, 825]];
        let late = [[825, 1_050 + shift], [1_080 + shift, 1_290]];
        self.one_driver(depot, early);
        self.one_driver(depot, late);
    }

    /// A driver for the newest vehicle.
    fn one_driver(&mut self, depot: usize, pieces: [[i32; 2]; 2]) {
        let (driver, vehicle) = (self.drivers.len(), self.vehicles.len() - 1);
        self.drivers.push(depot);
        self.pieces.extend(pieces.map(|minutes| Piece { driver, vehicle, minutes }));
    }
}
