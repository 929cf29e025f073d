//! What every generated scenario keeps to, read from its tables alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::road_net::{RoadNet, RoadPiece};
use super::{county, town, toy};
use crate::network::roads::RoadClass;
use crate::scenario::tables::{Numbered, Tables};

/// The county with this seed, 1 to 3: generated once for all tests.
fn shared_county(seed: u64) -> &'static Tables {
    static COUNTIES: [OnceLock<Tables>; 3] = [const { OnceLock::new() }; 3];
    COUNTIES[seed as usize - 1].get_or_init(|| county(seed))
}

fn rows<Row>(table: &[Numbered<Row>]) -> impl Iterator<Item = &Row> {
    table.iter().map(|numbered| &numbered.row)
}

fn count<Row>(table: &[Numbered<Row>], is_counted: impl Fn(&Row) -> bool) -> usize {
    rows(table).filter(|row| is_counted(row)).count()
}

/// Metres east and north of a point, on the flat earth of a county.
fn flat(latitude: f64, longitude: f64) -> (f64, f64) {
    ((longitude - 107.0) * 94_790.0, (latitude - 31.5) * 111_195.0)
}

fn straight(a: (f64, f64), b: (f64, f64)) -> f64 {
    ((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)).sqrt()
}

/// The roads of the files again as a net; villages and township seats at their nearest nodes.
fn net(tables: &Tables) -> RoadNet {
    let nodes: Vec<(f64, f64)> = rows(&tables.road_nodes).map(|row| flat(row.latitude, row.longitude)).collect();
    let by_code: BTreeMap<&str, usize> =
        rows(&tables.road_nodes).enumerate().map(|(index, row)| (row.node_id.as_str(), index)).collect();
    let pieces = rows(&tables.road_edges)
        .map(|row| RoadPiece {
            ends: [by_code[row.from_node.as_str()], by_code[row.to_node.as_str()]],
            length_m: row.length_m,
            speed_km_h: i64::from(row.speed_km_h),
            class: if row.class == "footpath" { RoadClass::Footpath } else { RoadClass::Village },
            unfit_at_night: row.unfit_at_night,
        })
        .collect();
    let nearest = |at: (f64, f64)| {
        (0..nodes.len()).min_by(|&a, &b| straight(nodes[a], at).total_cmp(&straight(nodes[b], at))).expect("a node")
    };
    let seats = rows(&tables.townships).map(|row| nearest(flat(row.latitude, row.longitude))).collect();
    let villages = rows(&tables.villages).map(|row| nearest(flat(row.latitude, row.longitude))).collect();
    RoadNet::from_parts(nodes.clone(), pieces, seats, villages)
}

#[test]
fn the_county_has_the_figures_of_the_report() {
    let county = shared_county(1);
    let townships = |kind: &str| count(&county.townships, |row| row.kind == kind);
    assert_eq!([townships("county_town"), townships("sub_centre_town"), townships("township")], [1, 2, 30]);
    assert_eq!(townships("sub_centre"), 11);
    assert!(rows(&county.townships).all(|row| row.part_of.is_some() == (row.kind == "sub_centre")));
    assert_eq!(county.villages.len(), 462);
    let facilities = |kind: &str| count(&county.facilities, |row| row.kind == kind);
    assert_eq!(
        [facilities("township_hospital"), facilities("sub_centre_hospital"), facilities("elderly_centre")],
        [28, 4, 33]
    );
    assert_eq!(county.gtfs_routes.len(), 13);
    assert_eq!(rows(&county.villages).map(|row| row.population).sum::<i32>(), 600_000);
    let vehicles = |products: &str| count(&county.vehicles, |row| row.products.contains(products));
    assert_eq!([vehicles("line"), vehicles("ride")], [80, 60]);
    let works = |products: &str| count(&county.vehicles, |row| row.products == products);
    assert_eq!([works("student"), works("student market")], [12, 18], "licensed, and for customized runs");
    assert_eq!(count(&county.vehicles, |row| row.products == "freight"), 8);
    assert_eq!(county.consignments.len(), 300);
    assert_eq!(rows(&county.student_groups).map(|row| row.students).sum::<i32>(), 12_000);
    let seats = |row: &crate::scenario::tables::VehicleRow| {
        let mut types = rows(&county.vehicle_types);
        types.find(|kind| kind.vehicle_type_id == row.vehicle_type_id).expect("its type").approved_seats
    };
    assert!(
        rows(&county.vehicles).filter(|row| row.products.contains("ride")).all(|row| (7..=19).contains(&seats(row)))
    );
    assert!((2_500..=5_000).contains(&county.road_nodes.len()), "{} road nodes", county.road_nodes.len());
}

#[test]
fn the_line_buses_sleep_in_four_depots() {
    let county = shared_county(1);
    let depots: BTreeSet<&str> = rows(&county.vehicles)
        .filter(|row| row.products.starts_with("line"))
        .map(|row| row.depot_id.as_str())
        .collect();
    assert_eq!(depots.len(), 4);
}

#[test]
fn one_town_of_the_county_has_the_pilots_students() {
    let county = shared_county(1);
    let township: BTreeMap<&str, &str> =
        rows(&county.villages).map(|row| (row.village_id.as_str(), row.township_id.as_str())).collect();
    let mut students: BTreeMap<&str, i32> = BTreeMap::new();
    for row in rows(&county.student_groups) {
        *students.entry(township[row.village_id.as_str()]).or_default() += row.students;
    }
    assert!(students.values().any(|&students| students == 1_740));
}

#[test]
fn the_pilot_town_is_one_township_with_its_students() {
    let town = town(1);
    assert_eq!(count(&town.townships, |row| row.kind == "township"), 1);
    assert_eq!(
        [town.villages.len(), town.gtfs_routes.len(), town.markets.len(), town.consignments.len()],
        [20, 2, 1, 40]
    );
    assert_eq!(rows(&town.student_groups).map(|row| row.students).sum::<i32>(), 1_740);
    assert_eq!(count(&town.vehicles, |row| row.products.contains("ride")), 8);
    assert!(rows(&town.schools).any(|row| row.has_boarders) && rows(&town.schools).any(|row| !row.has_boarders));
}

#[test]
fn the_same_seed_gives_the_same_scenario_and_another_seed_another() {
    assert_eq!(county(1), *shared_county(1));
    assert_ne!(shared_county(1).road_nodes, shared_county(2).road_nodes);
    assert_eq!(town(7), town(7));
    assert_ne!(town(7), town(8));
    assert_eq!(toy(), toy());
}

#[test]
fn every_road_reaches_every_village() {
    for tables in [shared_county(1), shared_county(2), &town(1), &town(2), &toy()] {
        let net = net(tables);
        let from_seat = net.ways_from(net.seats[0]);
        assert!(net.villages.iter().chain(&net.seats).all(|&node| from_seat.seconds[node] < i64::MAX));
    }
}

#[test]
fn a_road_is_longer_than_the_straight_line() {
    for tables in [shared_county(1), &town(1), &toy()] {
        let net = net(tables);
        assert!(net.pieces.iter().all(|piece| piece.length_m as f64 > net.straight(piece.ends[0], piece.ends[1])));
    }
}

#[test]
fn the_way_to_town_is_half_as_long_again_as_the_straight_line() {
    for seed in 1..4 {
        let county = shared_county(seed);
        let net = net(county);
        let seat_of: BTreeMap<&str, usize> =
            rows(&county.townships).zip(&net.seats).map(|(row, &node)| (row.township_id.as_str(), node)).collect();
        let from_capital = net.ways_from(net.seats[0]);
        let from_seats: BTreeMap<usize, _> = seat_of.values().map(|&seat| (seat, net.ways_from(seat))).collect();
        let mut to_seat: Vec<f64> = Vec::new();
        let mut to_capital: Vec<f64> = Vec::new();
        for (row, &village) in rows(&county.villages).zip(&net.villages) {
            let seat = seat_of[row.township_id.as_str()];
            to_seat.push(from_seats[&seat].metres[village] as f64 / net.straight(seat, village));
            to_capital.push(from_capital.metres[village] as f64 / net.straight(net.seats[0], village));
        }
        for ratios in [&mut to_seat, &mut to_capital] {
            ratios.sort_by(f64::total_cmp);
            let median = ratios[ratios.len() / 2];
            assert!((1.5..2.6).contains(&median), "seed {seed}: median detour {median}");
        }
    }
}

#[test]
fn roads_are_as_fast_as_their_class() {
    for row in rows(&shared_county(1).road_edges) {
        let range = match row.class.as_str() {
            "national" | "provincial" => 50..=60,
            "county" => 40..=50,
            "township" => 30..=40,
            "village" => 15..=30,
            _ => 4..=4,
        };
        assert!(range.contains(&row.speed_km_h), "{} at {} km/h", row.class, row.speed_km_h);
    }
}

#[test]
fn lines_reach_many_residents_but_not_all() {
    for seed in 1..4 {
        let county = shared_county(seed);
        let stops: Vec<(f64, f64)> = rows(&county.gtfs_stops)
            .map(|row| flat(row.stop_lat.expect("a latitude"), row.stop_lon.expect("a longitude")))
            .collect();
        let is_near = |at| stops.iter().any(|&stop| straight(stop, at) <= 2_000.0);
        let near: i32 = rows(&county.villages)
            .filter(|row| is_near(flat(row.latitude, row.longitude)))
            .map(|row| row.population)
            .sum();
        let percent = near / 6_000;
        assert!((40..=75).contains(&percent), "seed {seed}: {percent}% live near a stop");
    }
}

#[test]
fn every_line_calls_at_20_to_40_stops_both_ways() {
    let county = shared_county(1);
    let mut calls: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows(&county.gtfs_stop_times) {
        *calls.entry(&row.trip_id).or_default() += 1;
    }
    assert!(calls.values().all(|calls| (20..=40).contains(calls)));
    let directions: BTreeSet<(&str, Option<i32>)> =
        rows(&county.gtfs_trips).map(|row| (row.route_id.as_str(), row.direction_id)).collect();
    assert_eq!(directions.len(), 26);
}

#[test]
fn ten_thousand_board_on_a_school_day_with_markets() {
    let county = shared_county(1);
    let date = county.settings.demonstration_date;
    let held = |cycle: &super::civic::MarketSite| cycle.cycle.includes(date);
    let mut area = super::Area::new(&super::blueprint::COUNTY, 1);
    super::civic::facilities(&mut area);
    let markets: BTreeSet<String> = super::civic::markets(&mut area)
        .iter()
        .filter(|site| held(site))
        .map(|site| format!("market:{}", site.code))
        .collect();
    assert!(markets.len() >= 5 && markets.contains("market:M01"), "{markets:?}");
    let applies = |days: &str| ["every", "workday", "school"].contains(&days) || markets.contains(days);
    let boardings: i32 = rows(&county.line_demand).filter(|row| applies(&row.days)).map(|row| row.passengers).sum();
    assert!((9_900..=10_100).contains(&boardings), "{boardings} boardings");
    assert!(county.line_demand.len() <= 12_000 && rows(&county.line_demand).all(|row| row.passengers >= 1));
}

#[test]
fn who_changes_lines_rides_on_both_of_them() {
    let county = shared_county(1);
    let mut alighting: BTreeMap<(&str, i32, &str, &str), i32> = BTreeMap::new();
    let mut boarding = alighting.clone();
    for row in rows(&county.line_demand) {
        let (line, days) = ((row.route_id.as_str(), row.direction_id), row.days.as_str());
        *alighting.entry((line.0, line.1, &row.to_stop_id, days)).or_default() += row.passengers;
        *boarding.entry((line.0, line.1, &row.from_stop_id, days)).or_default() += row.passengers;
    }
    let mut changing = 0;
    for row in rows(&county.line_transfers) {
        assert!(row.passengers >= 1 && row.from_route_id != row.to_route_id, "{row:?}");
        let days = row.days.as_str();
        let from = alighting.get_mut(&(row.from_route_id.as_str(), row.from_direction_id, &row.from_stop_id, days));
        *from.expect("somebody alights there") -= row.passengers;
        let to = boarding.get_mut(&(row.to_route_id.as_str(), row.to_direction_id, &row.to_stop_id, days));
        *to.expect("somebody boards there") -= row.passengers;
        changing += row.passengers;
    }
    assert!(alighting.values().chain(boarding.values()).all(|&left| left >= 0));
    assert!((300..=1_500).contains(&changing), "{changing} change lines");
}

#[test]
fn every_kind_of_market_cycle_is_kept_somewhere() {
    let county = shared_county(1);
    for kind in ["solar:", "lunar:", "weekdays:", "branches:", "daily"] {
        assert!(rows(&county.markets).any(|row| row.cycle.starts_with(kind)), "no market keeps {kind}");
    }
    assert!(rows(&county.markets).any(|row| row.cycle.ends_with(":skip31")));
    assert!(
        rows(&county.market_exceptions).any(|row| row.held) && rows(&county.market_exceptions).any(|row| !row.held)
    );
}

#[test]
fn places_have_names_and_codes_of_their_own() {
    for tables in [shared_county(1), shared_county(3), &town(1), &toy()] {
        let mut codes: Vec<&str> = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        macro_rules! gather {
            ($($table:ident $code:ident),*) => {$(
                codes.extend(rows(&tables.$table).map(|row| row.$code.as_str()));
                names.extend(rows(&tables.$table).filter_map(|row| row.name_zh.as_deref()));
            )*};
        }
        gather!(villages village_id, facilities facility_id, schools school_id, markets market_id, depots depot_id);
        codes.extend(rows(&tables.gtfs_stops).map(|row| row.stop_id.as_str()));
        names.extend(rows(&tables.gtfs_stops).filter_map(|row| row.stop_name.as_deref()));
        names.extend(rows(&tables.townships).filter_map(|row| row.name_zh.as_deref()));
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}

#[test]
fn no_driver_works_more_than_four_hours_at_a_stretch_two_by_night_or_eight_a_day() {
    for tables in [shared_county(1), &town(1), &toy()] {
        let mut by_driver: BTreeMap<&str, i32> = BTreeMap::new();
        for row in rows(&tables.shifts) {
            let length = (row.ends.seconds() - row.starts.seconds()) / 60;
            let by_day = row.starts.seconds() >= 6 * 3_600 && row.ends.seconds() <= 22 * 3_600;
            assert!((1..=if by_day { 240 } else { 120 }).contains(&length), "{row:?}");
            *by_driver.entry(&row.driver_id).or_default() += length;
        }
        assert!(by_driver.values().all(|&length| length <= 480));
    }
}

#[test]
fn licensed_runs_seat_every_pupil_and_leave_seats_free() {
    for tables in [shared_county(1), &town(1), &toy()] {
        let mut enrolled: BTreeMap<&str, i32> = BTreeMap::new();
        for row in rows(&tables.student_run_calls) {
            *enrolled.entry(&row.student_run_id).or_default() += row.enrolled;
        }
        let seats = super::schooling::PUPIL_SEATS as i32;
        assert!(enrolled.values().all(|&pupils| (1..seats).contains(&pupils)), "{enrolled:?}");
        assert!(!enrolled.is_empty());
    }
}

/// A rough border had cut an island off, and all townships were to be settled on it.
#[test]
fn no_county_is_settled_on_an_island() {
    let county = county(8);
    assert_eq!([county.villages.len(), count(&county.townships, |row| row.kind != "sub_centre")], [462, 33]);
}

#[test]
fn every_seed_gives_a_town() {
    for seed in 1..=40 {
        let town = town(seed);
        assert_eq!([town.villages.len(), town.gtfs_routes.len()], [20, 2], "seed {seed}");
    }
}

#[test]
fn every_file_of_the_format_has_rows() {
    struct Empty(Vec<&'static str>);
    impl crate::scenario::tables::TableVisitor for Empty {
        fn visit<R: crate::scenario::tables::Row>(&mut self, rows: &mut Vec<Numbered<R>>) {
            if rows.is_empty() {
                self.0.push(R::FILE);
            }
        }
    }
    for mut tables in [shared_county(1).clone(), town(1), toy()] {
        let mut empty = Empty(Vec::new());
        tables.visit_all(&mut empty);
        // Nobody changes from the only line.
        empty.0.retain(|&file| tables.gtfs_routes.len() > 1 || file != "line_transfers.csv");
        assert!(empty.0.is_empty(), "{}: {:?}", tables.settings.area_id, empty.0);
    }
}
