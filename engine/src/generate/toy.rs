//! A scenario that fits on one screen: one town in a valley, seven villages, one line, one of everything.
//!
//! ```text
//!             N7 Baiyan     N9 Chashan      N11 Gaoya
//!             |             |               |    \
//!  N1 -- N2 --N3 --- N4 --- N5 --- N6 ----- N10   N12 Songlin
//!  town  |    |             |               Liuba  (footpath N9 - N11)
//!        N13  Zhuxi         N8 Niuping
//! ```

use super::area::position;
use super::calendar_data;
use super::compose::{
    AddRow, add_agency_and_service, add_calendar, add_roads, add_trip, add_vehicle_types, bilingual, clock, line_name,
};
use super::road_net::{RoadNet, RoadPiece};
use super::vehicles::{BUS_LARGE, KINDS};
use crate::network::roads::RoadClass;
use crate::network::{Name, Position};
use crate::scenario::settings::Settings;
use crate::scenario::tables::*;

/// Metres east and north.
const NODES: [(f64, f64); 13] = [
    (0.0, 0.0),
    (900.0, 150.0),
    (2_400.0, 100.0),
    (3_800.0, 450.0),
    (5_200.0, 300.0),
    (6_900.0, 700.0),
    (2_600.0, 1_900.0),
    (5_500.0, -2_100.0),
    (5_000.0, 2_700.0),
    (8_600.0, 500.0),
    (8_300.0, 2_900.0),
    (10_400.0, 2_300.0),
    (700.0, -1_500.0),
];

/// Ends, length, speed, class, unfit at night; nodes counted from 1 as in the picture.
const PIECES: [(usize, usize, i64, i64, RoadClass, bool); 14] = [
    (1, 2, 1_050, 30, RoadClass::Township, false),
    (2, 3, 1_900, 42, RoadClass::County, false),
    (3, 4, 1_800, 42, RoadClass::County, false),
    (4, 5, 1_800, 42, RoadClass::County, false),
    (5, 6, 2_200, 42, RoadClass::County, false),
    (6, 10, 2_150, 40, RoadClass::County, false),
    (3, 7, 2_900, 22, RoadClass::Village, true),
    (5, 8, 3_900, 24, RoadClass::Village, false),
    (5, 9, 3_800, 20, RoadClass::Village, true),
    (10, 11, 4_000, 20, RoadClass::Village, true),
    (11, 12, 3_500, 18, RoadClass::Village, true),
    (2, 13, 2_700, 25, RoadClass::Village, false),
    (9, 11, 4_300, 4, RoadClass::Footpath, false),
    (1, 13, 2_500, 4, RoadClass::Footpath, false),
];

/// Name, Chinese name, node, residents.
const VILLAGES: [(&str, &str, usize, i32); 7] = [
    ("Zhuxi", "竹溪", 13, 1_100),
    ("Baiyan", "白岩", 7, 800),
    ("Shuiche", "水车", 4, 900),
    ("Niuping", "牛坪", 8, 600),
    ("Chashan", "茶山", 9, 500),
    ("Liuba", "柳坝", 10, 1_200),
    ("Songlin", "松林", 12, 400),
];

/// Stops of the line: code, name, Chinese name, node, seconds of driving to the next.
const STOPS: [(&str, &str, &str, usize, i64); 6] = [
    ("S1", "Qinghe bus station", "青河汽车站", 1, 150),
    ("S2", "Zhuxi crossing", "竹溪路口", 2, 210),
    ("S3", "Baiyan crossing", "白岩路口", 3, 180),
    ("S4", "Shuiche village stop", "水车村站", 4, 180),
    ("S5", "Chashan crossing", "茶山路口", 5, 450),
    ("S6", "Liuba village stop", "柳坝村站", 10, 0),
];

/// A point beside a node of the picture.
fn at(node: usize, east: f64, north: f64) -> Position {
    let (x, y) = NODES[node - 1];
    position(x + east, y + north)
}

/// The toy scenario.
pub(super) fn toy() -> Tables {
    let mut tables = Tables {
        settings: Settings {
            name: "Qinghe Town (toy)".into(),
            name_zh: "青河镇（示例）".into(),
            area_id: "toy".into(),
            seed: None,
            demonstration_date: calendar_data::demonstration_date(),
            holiday_years: calendar_data::HOLIDAY_YEARS.to_vec(),
            ..Settings::default()
        },
        ..Tables::default()
    };
    let pieces = PIECES.map(|(from, to, length_m, speed_km_h, class, unfit_at_night)| RoadPiece {
        ends: [from - 1, to - 1],
        length_m,
        speed_km_h,
        class,
        unfit_at_night,
    });
    add_roads(&mut tables, &RoadNet::from_parts(NODES.to_vec(), pieces.into(), Vec::new(), Vec::new()));
    add_calendar(&mut tables);
    add_places(&mut tables);
    add_school(&mut tables);
    add_market_goers(&mut tables);
    add_fleet(&mut tables);
    add_line(&mut tables);
    for (number, (from, to, kg, perishable)) in
        (1..).zip([("D1", "V5", 12, false), ("V6", "D1", 60, true), ("D1", "V2", 20, false), ("V4", "M1", 35, true)])
    {
        tables.consignments.add(ConsignmentRow {
            consignment_id: format!("C{number}"),
            from_place_id: from.into(),
            to_place_id: to.into(),
            kg,
            litres: 3 * kg,
            ready: clock(450),
            due: clock(if perishable { 690 } else { 960 }),
            perishable,
            days: if perishable { "market:M1" } else { "workday" }.into(),
        });
    }
    tables
}

fn add_places(tables: &mut Tables) {
    let seat = at(1, 0.0, 0.0);
    tables.townships.add(TownshipRow {
        township_id: "T1".into(),
        name: "Qinghe Town".into(),
        name_zh: Some("青河镇".into()),
        kind: "township".into(),
        latitude: seat.latitude,
        longitude: seat.longitude,
        part_of: None,
    });
    for (number, (name, name_zh, node, population)) in (1..).zip(VILLAGES) {
        let at = at(node, 40.0, 60.0);
        tables.villages.add(VillageRow {
            village_id: format!("V{number}"),
            name: format!("{name} Village"),
            name_zh: Some(format!("{name_zh}村")),
            township_id: "T1".into(),
            latitude: at.latitude,
            longitude: at.longitude,
            population,
        });
    }
    for (facility_id, name, name_zh, kind, north) in [
        ("H1", "Qinghe Hospital", "青河卫生院", "township_hospital", 120.0),
        ("E1", "Qinghe Elderly Centre", "青河敬老院", "elderly_centre", 180.0),
    ] {
        let at = at(1, -90.0, north);
        tables.facilities.add(FacilityRow {
            facility_id: facility_id.into(),
            name: name.into(),
            name_zh: Some(name_zh.into()),
            kind: kind.into(),
            latitude: at.latitude,
            longitude: at.longitude,
        });
    }
    let market = at(1, 80.0, -90.0);
    tables.markets.add(MarketRow {
        market_id: "M1".into(),
        name: "Qinghe market".into(),
        name_zh: Some("青河集市".into()),
        latitude: market.latitude,
        longitude: market.longitude,
        cycle: "solar:2-5-8".into(),
        opens: clock(390),
        closes: clock(780),
    });
    for (dates, held) in calendar_data::market_exceptions() {
        let market_id = "M1".into();
        tables.market_exceptions.add(MarketExceptionRow { market_id, from: dates.from, until: dates.until, held });
    }
    let depot = at(1, -130.0, -60.0);
    tables.depots.add(DepotRow {
        depot_id: "D1".into(),
        name: "Qinghe depot".into(),
        name_zh: Some("青河车场".into()),
        latitude: depot.latitude,
        longitude: depot.longitude,
    });
}

fn add_market_goers(tables: &mut Tables) {
    for (village_id, people, luggage_in, luggage_home) in [("V5", 6, 3, 5), ("V6", 9, 4, 7), ("V7", 5, 2, 4)] {
        tables.market_goers.add(MarketGoersRow {
            market_id: "M1".into(),
            village_id: village_id.into(),
            people,
            luggage_in,
            luggage_home,
        });
    }
}

fn add_school(tables: &mut Tables) {
    let at = at(2, -60.0, 80.0);
    tables.schools.add(SchoolRow {
        school_id: "SCH1".into(),
        name: "Qinghe Central School".into(),
        name_zh: Some("青河中心校".into()),
        latitude: at.latitude,
        longitude: at.longitude,
        bell_start: clock(490),
        bell_end: clock(990),
        has_boarders: true,
        customized_runs: true,
        bell_shift_min: 10,
    });
    for (village_id, boards, students) in
        [("V2", false, 14), ("V4", false, 9), ("V5", false, 8), ("V6", false, 18), ("V6", true, 6), ("V7", true, 7)]
    {
        tables.student_groups.add(StudentGroupRow {
            village_id: village_id.into(),
            school_id: "SCH1".into(),
            boards,
            students,
        });
    }
    // Liuba – Chashan – school, and home again; free seats are left for those who join later.
    for (student_run_id, direction, calls) in [
        ("R1-AM", "to_school", [("V6", 435, 18), ("V5", 455, 8), ("SCH1", 478, 0)]),
        ("R1-PM", "from_school", [("SCH1", 1_002, 0), ("V5", 1_025, 8), ("V6", 1_045, 18)]),
    ] {
        tables.student_runs.add(StudentRunRow {
            student_run_id: student_run_id.into(),
            school_id: "SCH1".into(),
            direction: direction.into(),
            vehicle_id: "X1".into(),
        });
        for (sequence, (place_id, minutes, enrolled)) in (1..).zip(calls) {
            tables.student_run_calls.add(StudentRunCallRow {
                student_run_id: student_run_id.into(),
                sequence,
                place_id: place_id.into(),
                time: clock(minutes),
                enrolled,
            });
        }
    }
}

fn add_fleet(tables: &mut Tables) {
    let used = ["BUS33", "BK7", "BK14", "SCH37", "VAN"];
    add_vehicle_types(tables, |code| used.contains(&code));
    for (vehicle_id, vehicle_type_id, products) in [
        ("B1", "BUS33", "line student market"),
        ("B2", "BUS33", "line student market"),
        ("K1", "BK7", "market ride"),
        ("K2", "BK14", "market freight ride"),
        ("X1", "SCH37", "student"),
        ("F1", "VAN", "freight"),
    ] {
        tables.vehicles.add(VehicleRow {
            vehicle_id: vehicle_id.into(),
            vehicle_type_id: vehicle_type_id.into(),
            depot_id: "D1".into(),
            products: products.into(),
        });
    }
    for (driver, vehicle_id, pieces) in [
        ("DR1", "K1", [[360, 585], [615, 825]]),
        ("DR2", "K1", [[825, 1_050], [1_080, 1_290]]),
        ("DR3", "K2", [[360, 570], [600, 825]]),
        ("DR4", "K2", [[825, 1_040], [1_070, 1_290]]),
        ("DR5", "X1", [[390, 540], [960, 1_110]]),
        ("DR6", "F1", [[420, 660], [720, 960]]),
    ] {
        tables.drivers.add(DriverRow { driver_id: driver.into(), depot_id: "D1".into() });
        for [starts, ends] in pieces.map(|piece| piece.map(clock)) {
            tables.shifts.add(ShiftRow { driver_id: driver.into(), vehicle_id: vehicle_id.into(), starts, ends });
        }
    }
}

fn stop_name(en: &str, zh: &str) -> Name {
    Name { en: en.into(), zh: zh.into() }
}

fn add_line(tables: &mut Tables) {
    add_agency_and_service(tables);
    for (stop_id, name, name_zh, node, _) in STOPS {
        let at = at(node, 0.0, 0.0);
        tables.gtfs_stops.add(GtfsStopRow {
            stop_id: stop_id.into(),
            stop_name: Some(bilingual(&stop_name(name, name_zh))),
            stop_lat: Some(at.latitude),
            stop_lon: Some(at.longitude),
            location_type: None,
            parent_station: None,
        });
    }
    tables.gtfs_routes.add(GtfsRouteRow {
        route_id: "L1".into(),
        agency_id: Some("A1".into()),
        route_short_name: Some("1".into()),
        route_long_name: Some(line_name(&stop_name(STOPS[0].1, STOPS[0].2), &stop_name(STOPS[5].1, STOPS[5].2))),
        route_type: 3,
    });
    tables
        .line_vehicle_types
        .add(LineVehicleTypeRow { route_id: "L1".into(), vehicle_type_id: KINDS[BUS_LARGE].code.into() });
    let mut stops: Vec<&str> = STOPS.iter().map(|stop| stop.0).collect();
    let mut running_s: Vec<i64> = STOPS[..STOPS.len() - 1].iter().map(|stop| stop.4).collect();
    for direction_id in [0, 1] {
        for (number, departure_min) in (1..).zip((390..=1_110).step_by(60)) {
            let trip_id = format!("L1-{direction_id}-{number:02}");
            add_trip(tables, "L1", &trip_id, direction_id, departure_min, &stops, &running_s);
        }
        stops.reverse();
        running_s.reverse();
    }
    for (direction_id, from, to, days, minutes, passengers) in [
        (1, "S6", "S1", "every", 450, 8),
        (1, "S4", "S1", "every", 480, 5),
        (1, "S5", "S1", "market:M1", 420, 9),
        (1, "S6", "S1", "market:M1", 450, 14),
        (1, "S3", "S1", "workday", 450, 4),
        (0, "S1", "S6", "market:M1", 660, 14),
        (0, "S1", "S5", "market:M1", 690, 9),
        (0, "S1", "S3", "workday", 1_050, 4),
        (0, "S1", "S4", "every", 960, 5),
        (0, "S1", "S6", "every", 1_020, 8),
        (0, "S2", "S4", "school", 1_020, 3),
        (1, "S4", "S2", "school", 420, 3),
    ] {
        tables.line_demand.add(LineDemandRow {
            route_id: "L1".into(),
            direction_id,
            from_stop_id: from.into(),
            to_stop_id: to.into(),
            days: days.into(),
            wanted_boarding: clock(minutes),
            passengers,
        });
    }
}
