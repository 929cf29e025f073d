//! From the generated area to the rows of the scenario's files.

use std::collections::BTreeMap;

use super::area::{Area, Topic, position};
use super::calendar_data;
use super::civic::{self, DepotSite, FacilitySite, MarketSite};
use super::freight::{self, village_code};
use super::line_demand::{self, Wish};
use super::line_transfers;
use super::lines::{self, DWELL_S, Lines};
use super::market_goers;
use super::names::with_suffix;
use super::road_net::RoadNet;
use super::schooling::{self, Schooling};
use super::vehicles::{self, KINDS, Vehicles};
use crate::calendar::SpecialDay;
use crate::network::Name;
use crate::network::roads::RoadClass;
use crate::scenario::settings::Settings;
use crate::scenario::tables::*;
use crate::scenario::{FacilityKind, TownshipKind};
use crate::time::ServiceTime;

/// Which of the places beside a node a kind takes.
const BESIDE_STOP: usize = 0;
const BESIDE_VILLAGE: usize = 1;
const BESIDE_BUILDING: usize = 2;

/// The whole scenario.
pub(super) fn compose(mut area: Area) -> Tables {
    let facilities = civic::facilities(&mut area);
    let markets = civic::markets(&mut area);
    let depots = civic::depots(&mut area);
    let schooling = schooling::plan(&mut area);
    let lines = lines::lay(&mut area);
    let stops: Vec<usize> = lines.stops.iter().map(|stop| stop.node).collect();
    let mut dice = area.dice(Topic::Footpaths);
    area.net.add_footpaths(&stops, &mut dice);
    let fleet = vehicles::equip(&area, &lines.lines, &depots, &schooling);
    let mut tables = Tables { settings: settings(&area), ..Tables::default() };
    add_calendar(&mut tables);
    add_roads(&mut tables, &area.net);
    add_settlements(&mut tables, &area);
    add_buildings(&mut tables, &area, &facilities, &markets, &depots);
    add_schooling(&mut tables, &area, &schooling, &fleet);
    add_fleet(&mut tables, &depots, &fleet);
    add_lines(&mut tables, &area, &lines);
    let wishes = line_demand::expect(&area, &lines, &markets);
    add_line_demand(&mut tables, &lines, &wishes);
    add_line_transfers(&mut tables, &area, &lines, &wishes);
    add_market_goers(&mut tables, &area, &lines, &markets);
    add_freight(&mut tables, &area, &depots, &facilities);
    tables
}

fn settings(area: &Area) -> Settings {
    let (en, zh) = area.blueprint.name_suffix;
    let name = with_suffix(&area.seat_names[0], en, zh);
    Settings {
        name: name.en,
        name_zh: name.zh,
        area_id: area.blueprint.area_id.into(),
        seed: Some(area.seed),
        demonstration_date: calendar_data::demonstration_date(),
        holiday_years: calendar_data::HOLIDAY_YEARS.to_vec(),
        ..Settings::default()
    }
}

/// From minutes of the day.
pub(super) fn clock(minutes: i32) -> ServiceTime {
    ServiceTime::hm(0, minutes)
}

/// The word of a road class in the files.
fn class_word(class: RoadClass) -> &'static str {
    match class {
        RoadClass::Expressway => "expressway",
        RoadClass::National => "national",
        RoadClass::Provincial => "provincial",
        RoadClass::County => "county",
        RoadClass::Township => "township",
        RoadClass::Village => "village",
        RoadClass::Track => "track",
        RoadClass::Footpath => "footpath",
    }
}

fn node_code(node: usize) -> String {
    format!("N{:04}", node + 1)
}

fn seat_code(seat: usize) -> String {
    format!("T{:02}", seat + 1)
}

pub(super) fn add_calendar(tables: &mut Tables) {
    for (date, kind, name) in calendar_data::special_days() {
        let kind = match kind {
            SpecialDay::Holiday => "holiday",
            SpecialDay::MakeUpWorkday => "make_up_workday",
        };
        tables.holidays.add(HolidayRow { date, kind: kind.into(), name: name.into() });
    }
    for (name, dates) in calendar_data::school_terms() {
        tables.school_terms.add(SchoolTermRow { name: name.into(), from: dates.from, until: dates.until });
    }
}

pub(super) fn add_roads(tables: &mut Tables, net: &RoadNet) {
    for (node, &(x, y)) in net.nodes.iter().enumerate() {
        let at = position(x, y);
        tables.road_nodes.add(RoadNodeRow { node_id: node_code(node), latitude: at.latitude, longitude: at.longitude });
    }
    for piece in &net.pieces {
        tables.road_edges.add(RoadEdgeRow {
            from_node: node_code(piece.ends[0]),
            to_node: node_code(piece.ends[1]),
            length_m: piece.length_m,
            speed_km_h: piece.speed_km_h as i32,
            class: class_word(piece.class).into(),
            oneway: false,
            unfit_at_night: piece.unfit_at_night,
        });
    }
}

fn add_settlements(tables: &mut Tables, area: &Area) {
    for (seat, name) in area.seat_names.iter().enumerate() {
        let site = &area.settlements.seats[seat];
        let (kind, en, zh) = match site.kind {
            TownshipKind::CountyTown => ("county_town", " Town", "镇"),
            TownshipKind::SubCentreTown => ("sub_centre_town", " Town", "镇"),
            TownshipKind::Township if seat % 3 == 2 => ("township", " Township", "乡"),
            TownshipKind::Township => ("township", " Town", "镇"),
            TownshipKind::SubCentre => ("sub_centre", " Sub-centre", "便民服务中心"),
        };
        let (name, at) = (with_suffix(name, en, zh), area.beside(area.net.seats[seat], BESIDE_STOP));
        tables.townships.add(TownshipRow {
            township_id: seat_code(seat),
            name: name.en,
            name_zh: Some(name.zh),
            kind: kind.into(),
            latitude: at.latitude,
            longitude: at.longitude,
            part_of: site.part_of.map(seat_code),
        });
    }
    for (village, name) in area.village_names.iter().enumerate() {
        let site = &area.settlements.villages[village];
        let (name, at) = (with_suffix(name, " Village", "村"), area.beside(area.net.villages[village], BESIDE_VILLAGE));
        tables.villages.add(VillageRow {
            village_id: village_code(village),
            name: name.en,
            name_zh: Some(name.zh),
            township_id: seat_code(site.township),
            latitude: at.latitude,
            longitude: at.longitude,
            population: site.residents as i32,
        });
    }
}

fn add_buildings(
    tables: &mut Tables,
    area: &Area,
    facilities: &[FacilitySite],
    markets: &[MarketSite],
    depots: &[DepotSite],
) {
    for (index, site) in facilities.iter().enumerate() {
        let at = area.beside(site.node, BESIDE_BUILDING + index % 3);
        let kind = match site.kind {
            FacilityKind::TownshipHospital => "township_hospital",
            FacilityKind::SubCentreHospital => "sub_centre_hospital",
            FacilityKind::ElderlyCentre => "elderly_centre",
        };
        tables.facilities.add(FacilityRow {
            facility_id: site.code.clone(),
            name: site.name.en.clone(),
            name_zh: Some(site.name.zh.clone()),
            kind: kind.into(),
            latitude: at.latitude,
            longitude: at.longitude,
        });
    }
    for (index, site) in markets.iter().enumerate() {
        let at = area.beside(site.node, BESIDE_BUILDING);
        tables.markets.add(MarketRow {
            market_id: site.code.clone(),
            name: site.name.en.clone(),
            name_zh: Some(site.name.zh.clone()),
            latitude: at.latitude,
            longitude: at.longitude,
            cycle: civic::cycle_word(&site.cycle),
            opens: clock(360 + 30 * (index % 2) as i32),
            closes: clock(780 + 30 * (index % 3) as i32),
        });
        for (dates, held) in calendar_data::market_exceptions() {
            let market_id = site.code.clone();
            tables.market_exceptions.add(MarketExceptionRow { market_id, from: dates.from, until: dates.until, held });
        }
    }
    for site in depots {
        let at = area.beside(site.node, BESIDE_BUILDING + 1);
        tables.depots.add(DepotRow {
            depot_id: site.code.clone(),
            name: site.name.en.clone(),
            name_zh: Some(site.name.zh.clone()),
            latitude: at.latitude,
            longitude: at.longitude,
        });
    }
}

fn add_schooling(tables: &mut Tables, area: &Area, schooling: &Schooling, fleet: &Vehicles) {
    for site in &schooling.schools {
        let at = area.beside(site.node, BESIDE_BUILDING + 2);
        tables.schools.add(SchoolRow {
            school_id: site.code.clone(),
            name: site.name.en.clone(),
            name_zh: Some(site.name.zh.clone()),
            latitude: at.latitude,
            longitude: at.longitude,
            bell_start: clock(site.bell_start_min),
            bell_end: clock(site.bell_end_min),
            has_boarders: site.has_boarders,
            customized_runs: site.has_customized_runs,
            bell_shift_min: if site.has_customized_runs { 15 } else { 0 },
        });
    }
    for group in &schooling.groups {
        tables.student_groups.add(StudentGroupRow {
            village_id: village_code(group.village),
            school_id: schooling.schools[group.school].code.clone(),
            boards: group.boards,
            students: group.students as i32,
        });
    }
    for (index, route) in schooling.routes.iter().enumerate() {
        let school_id = schooling.schools[route.school].code.clone();
        let vehicle_id = fleet.vehicles[fleet.student_buses[index]].code.clone();
        for (way, direction) in ["to_school", "from_school"].into_iter().enumerate() {
            let student_run_id = format!("R{:02}-{}", index + 1, ["AM", "PM"][way]);
            let mut calls: Vec<(String, i32, i64)> = route
                .calls
                .iter()
                .map(|call| (village_code(call.village), call.times_min[way], call.enrolled))
                .chain([(school_id.clone(), route.school_times_min[way], 0)])
                .collect();
            if direction == "from_school" {
                calls.reverse();
            }
            for (sequence, (place_id, minutes, enrolled)) in (1..).zip(calls) {
                tables.student_run_calls.add(StudentRunCallRow {
                    student_run_id: student_run_id.clone(),
                    sequence,
                    place_id,
                    time: clock(minutes),
                    enrolled: enrolled as i32,
                });
            }
            tables.student_runs.add(StudentRunRow {
                student_run_id,
                school_id: school_id.clone(),
                direction: direction.into(),
                vehicle_id: vehicle_id.clone(),
            });
        }
    }
}

/// The kinds of vehicle whose code is wanted.
pub(super) fn add_vehicle_types(tables: &mut Tables, is_wanted: impl Fn(&str) -> bool) {
    for kind in KINDS.iter().filter(|kind| is_wanted(kind.code)) {
        tables.vehicle_types.add(VehicleTypeRow {
            vehicle_type_id: kind.code.into(),
            name: kind.name.0.into(),
            name_zh: Some(kind.name.1.into()),
            approved_seats: kind.approved_seats,
            passenger_seats: kind.passenger_seats,
            wheelchair_places: kind.wheelchair_places,
            luggage_units: kind.luggage_units,
            freight_kg: kind.freight.0,
            freight_litres: kind.freight.1,
            cost_per_km_fen: kind.costs.0,
            cost_per_day_fen: kind.costs.1,
            cost_per_hour_fen: kind.costs.2,
            licensed_school_bus: kind.licensed,
        });
    }
}

fn add_fleet(tables: &mut Tables, depots: &[DepotSite], fleet: &Vehicles) {
    add_vehicle_types(tables, |_| true);
    for vehicle in &fleet.vehicles {
        tables.vehicles.add(VehicleRow {
            vehicle_id: vehicle.code.clone(),
            vehicle_type_id: KINDS[vehicle.kind].code.into(),
            depot_id: depots[vehicle.depot].code.clone(),
            products: vehicle.products.into(),
        });
    }
    let driver_code = |driver: usize| format!("DR{:03}", driver + 1);
    for (driver, &depot) in fleet.drivers.iter().enumerate() {
        tables.drivers.add(DriverRow { driver_id: driver_code(driver), depot_id: depots[depot].code.clone() });
    }
    for piece in &fleet.pieces {
        tables.shifts.add(ShiftRow {
            driver_id: driver_code(piece.driver),
            vehicle_id: fleet.vehicles[piece.vehicle].code.clone(),
            starts: clock(piece.minutes[0]),
            ends: clock(piece.minutes[1]),
        });
    }
}

/// One service that runs every day of the demonstration's year.
pub(super) fn add_agency_and_service(tables: &mut Tables) {
    tables.gtfs_agency.add(AgencyRow {
        agency_id: Some("A1".into()),
        agency_name: "县公交客运公司".into(),
        agency_url: "https://example.org".into(),
        agency_timezone: "Asia/Shanghai".into(),
        agency_lang: Some("zh".into()),
    });
    tables.gtfs_calendar.add(GtfsCalendarRow {
        service_id: "daily".into(),
        monday: 1,
        tuesday: 1,
        wednesday: 1,
        thursday: 1,
        friday: 1,
        saturday: 1,
        sunday: 1,
        start_date: service_date(1, 1),
        end_date: service_date(12, 31),
    });
    // Nobody drives on the first day of the lunar year.
    tables.gtfs_calendar_dates.add(GtfsCalendarDateRow {
        service_id: "daily".into(),
        date: service_date(2, 17),
        exception_type: 2,
    });
}

/// Both names in the one column that GTFS has: Chinese, a space, pinyin.
pub(super) fn bilingual(name: &Name) -> String {
    format!("{} {}", name.zh, name.en)
}

/// A line's name: both ends.
pub(super) fn line_name(start: &Name, end: &Name) -> String {
    bilingual(&Name { zh: format!("{}—{}", start.zh, end.zh), en: format!("{} – {}", start.en, end.en) })
}

fn add_lines(tables: &mut Tables, area: &Area, lines: &Lines) {
    add_agency_and_service(tables);
    for stop in &lines.stops {
        let at = area.beside(stop.node, BESIDE_STOP);
        tables.gtfs_stops.add(GtfsStopRow {
            stop_id: stop.code.clone(),
            stop_name: Some(bilingual(&stop.name)),
            stop_lat: Some(at.latitude),
            stop_lon: Some(at.longitude),
            location_type: None,
            parent_station: None,
        });
    }
    for line in &lines.lines {
        let stop_of = |position: usize| &lines.stops[line.stops[position]];
        tables.gtfs_routes.add(GtfsRouteRow {
            route_id: line.code.clone(),
            agency_id: Some("A1".into()),
            route_short_name: Some(line.short_name.clone()),
            route_long_name: Some(line_name(&stop_of(0).name, &stop_of(line.stops.len() - 1).name)),
            route_type: 3,
        });
        let kinds: &[usize] =
            if line.small_buses_only { &[vehicles::BUS_SMALL] } else { &[vehicles::BUS_LARGE, vehicles::BUS_SMALL] };
        for &kind in kinds {
            let vehicle_type_id = KINDS[kind].code.into();
            tables.line_vehicle_types.add(LineVehicleTypeRow { route_id: line.code.clone(), vehicle_type_id });
        }
        for direction_id in [0, 1] {
            let mut stops: Vec<&str> = line.stops.iter().map(|&stop| lines.stops[stop].code.as_str()).collect();
            let mut running_s = line.running_s.clone();
            if direction_id == 1 {
                stops.reverse();
                running_s.reverse();
            }
            let departures = (390..=1_080).step_by(line.headway_min as usize);
            for (number, departure_min) in (1..).zip(departures) {
                let trip_id = format!("{}-{direction_id}-{number:02}", line.code);
                add_trip(tables, &line.code, &trip_id, direction_id, departure_min, &stops, &running_s);
            }
        }
    }
}

/// A trip and its stop times.
pub(super) fn add_trip(
    tables: &mut Tables,
    route_id: &str,
    trip_id: &str,
    direction_id: i32,
    departure_min: i32,
    stops: &[&str],
    running_s: &[i64],
) {
    tables.gtfs_trips.add(GtfsTripRow {
        route_id: route_id.into(),
        service_id: "daily".into(),
        trip_id: trip_id.into(),
        trip_headsign: None,
        direction_id: Some(direction_id),
        block_id: None,
    });
    let mut arrival = departure_min * 60;
    for (position, &stop) in stops.iter().enumerate() {
        let ends = position == 0 || position + 1 == stops.len();
        let departure = arrival + if ends { 0 } else { DWELL_S as i32 };
        tables.gtfs_stop_times.add(GtfsStopTimeRow {
            trip_id: trip_id.into(),
            arrival_time: Some(ServiceTime::from_seconds(arrival)),
            departure_time: Some(ServiceTime::from_seconds(departure)),
            stop_id: stop.into(),
            stop_sequence: position as i32 + 1,
        });
        arrival = departure + running_s.get(position).copied().unwrap_or(0) as i32;
    }
}

fn add_line_demand(tables: &mut Tables, lines: &Lines, wishes: &BTreeMap<Wish, i64>) {
    for (wish, &passengers) in wishes {
        tables.line_demand.add(LineDemandRow {
            route_id: lines.lines[wish.line].code.clone(),
            direction_id: i32::from(wish.direction),
            from_stop_id: lines.stops[wish.from].code.clone(),
            to_stop_id: lines.stops[wish.to].code.clone(),
            days: wish.days.clone(),
            wanted_boarding: clock(wish.wanted_min),
            passengers: passengers as i32,
        });
    }
}

fn add_line_transfers(tables: &mut Tables, area: &Area, lines: &Lines, wishes: &BTreeMap<Wish, i64>) {
    for (number, (change, passengers)) in (1..).zip(line_transfers::expect(area, lines, wishes)) {
        tables.line_transfers.add(LineTransferRow {
            transfer_id: format!("X{number:03}"),
            from_route_id: lines.lines[change.from_line.0].code.clone(),
            from_direction_id: i32::from(change.from_line.1),
            from_stop_id: lines.stops[change.stop].code.clone(),
            to_route_id: lines.lines[change.to_line.0].code.clone(),
            to_direction_id: i32::from(change.to_line.1),
            to_stop_id: lines.stops[change.stop].code.clone(),
            days: change.days,
            wanted_arrival: clock(change.wanted_min),
            passengers: passengers as i32,
        });
    }
}

fn add_market_goers(tables: &mut Tables, area: &Area, lines: &Lines, markets: &[MarketSite]) {
    for group in market_goers::expect(area, lines, markets) {
        tables.market_goers.add(MarketGoersRow {
            market_id: markets[group.market].code.clone(),
            village_id: village_code(group.village),
            people: group.people as i32,
            luggage_in: group.luggage_in as i32,
            luggage_home: group.luggage_home as i32,
        });
    }
}

fn add_freight(tables: &mut Tables, area: &Area, depots: &[DepotSite], facilities: &[FacilitySite]) {
    for (number, parcel) in (1..).zip(freight::expect(area, depots, facilities)) {
        tables.consignments.add(ConsignmentRow {
            consignment_id: format!("C{number:03}"),
            from_place_id: parcel.from,
            to_place_id: parcel.to,
            kg: parcel.kg,
            litres: parcel.litres,
            ready: clock(parcel.ready_min),
            due: clock(parcel.due_min),
            perishable: parcel.perishable,
            days: if parcel.every_day { "every" } else { "workday" }.into(),
        });
    }
}

fn service_date(month: u32, day: u32) -> GtfsDate {
    GtfsDate(chrono::NaiveDate::from_ymd_opt(2026, month, day).expect("a date of the demonstration's year"))
}

/// Rows that no file has yet.
pub(super) trait AddRow<R> {
    /// At the end of the table.
    fn add(&mut self, row: R);
}

impl<R> AddRow<R> for Vec<Numbered<R>> {
    fn add(&mut self, row: R) {
        self.push(Numbered { line: 0, row });
    }
}
