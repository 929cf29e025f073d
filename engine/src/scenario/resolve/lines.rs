//! Lines from GTFS: routes, patterns with running times, today's trips; and the demand on them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::codes::AllCodes;
use super::people::demand_days;
use super::places::{amount, gtfs_name};
use super::{At, Problems};
use crate::demand::LineDemand;
use crate::ids::{PatternId, PlaceId, RouteId, VehicleTypeId};
use crate::network::Network;
use crate::scenario::tables::{
    AgencyRow, GtfsCalendarDateRow, GtfsCalendarRow, GtfsRouteRow, GtfsStopRow, GtfsStopTimeRow, GtfsTripRow,
    LineDemandRow, LineVehicleTypeRow, Numbered, Row, Tables,
};
use crate::scenario::{Pattern, Route, TodaysTrip};
use crate::time::{Duration, ServiceTime};
use crate::units::{Metres, rounded_quotient};

/// What GTFS says of the lines.
#[derive(Default)]
pub struct Lines {
    pub routes: Vec<Route>,
    pub patterns: Vec<Pattern>,
    pub trips: Vec<TodaysTrip>,
    /// Could something of the trips not be understood? Then patterns may be missing.
    pub has_gaps: bool,
}

impl Lines {
    /// Fills in road lengths, once the network is known.
    pub fn measure(&mut self, network: &Network) {
        for pattern in &mut self.patterns {
            let mut distance = Metres(0);
            pattern.distances = vec![distance];
            for hop in pattern.stops.windows(2) {
                distance += network.travel.distance(hop[0], hop[1]);
                pattern.distances.push(distance);
            }
        }
    }
}

/// Arrival and departure at a stop.
#[derive(Clone, Copy)]
struct StopTime {
    stop: PlaceId,
    arrival: ServiceTime,
    departure: ServiceTime,
}

pub fn lines(tables: &Tables, codes: &AllCodes, problems: &mut Problems) -> Lines {
    let mut lines = Lines { routes: routes(tables, codes, problems), ..Lines::default() };
    let dates = service_dates(tables, problems);
    let mut stop_times: Vec<Vec<&Numbered<GtfsStopTimeRow>>> = vec![Vec::new(); tables.gtfs_trips.len()];
    for numbered in &tables.gtfs_stop_times {
        let at = At { file: GtfsStopTimeRow::FILE, line: numbered.line };
        if let Some(trip) = codes.trips.find(&numbered.row.trip_id, at, "trip_id", problems) {
            stop_times[trip].push(numbered);
        }
    }
    let stop_times_unreadable = tables.unreadable.touches(GtfsStopTimeRow::FILE);
    lines.has_gaps = stop_times_unreadable
        || [GtfsTripRow::FILE, GtfsStopRow::FILE].iter().any(|file| tables.unreadable.touches(file));
    let mut has_trips = vec![false; lines.routes.len()];
    let mut known: BTreeMap<(RouteId, u8, Vec<PlaceId>), PatternId> = BTreeMap::new();
    for (numbered, rows) in tables.gtfs_trips.iter().zip(stop_times) {
        let (at, row) = (At { file: GtfsTripRow::FILE, line: numbered.line }, &numbered.row);
        let route = codes.routes.find(&row.route_id, at, "route_id", problems);
        if let Some(route) = route {
            has_trips[route] = true;
        }
        let direction = row.direction_id.unwrap_or(0);
        if !(0..=1).contains(&direction) {
            problems.add(at, "direction_id", format!("{direction} is no direction"), "write 0 or 1");
            lines.has_gaps = true;
            continue;
        }
        let times = trip_times(rows, at, stop_times_unreadable, codes, problems);
        let Some(dates) = dates.get(&row.service_id) else {
            lines.has_gaps = true;
            if [GtfsCalendarRow::FILE, GtfsCalendarDateRow::FILE].iter().any(|file| tables.unreadable.touches(file)) {
                continue;
            }
            let why = format!("service \"{}\" has no dates", row.service_id);
            problems.add(at, "service_id", why, "define it in gtfs/calendar.txt or gtfs/calendar_dates.txt");
            continue;
        };
        let (Some(route), Some(times)) = (route.map(RouteId::from_index), times) else {
            lines.has_gaps = true;
            continue;
        };
        let stops: Vec<PlaceId> = times.iter().map(|time| time.stop).collect();
        let pattern = *known.entry((route, direction as u8, stops)).or_insert_with(|| {
            let id = PatternId::from_index(lines.patterns.len());
            lines.patterns.push(pattern_of(route, direction as u8, &times));
            lines.routes[route.index()].patterns.push(id);
            id
        });
        lines.trips.push(TodaysTrip {
            code: row.trip_id.clone(),
            pattern,
            departure: times[0].departure,
            dates: dates.iter().copied().collect(),
        });
    }
    for (has_trips, numbered) in has_trips.into_iter().zip(&tables.gtfs_routes) {
        if !has_trips && !tables.unreadable.touches(GtfsTripRow::FILE) {
            let at = At { file: GtfsRouteRow::FILE, line: numbered.line };
            problems.add(at, "route_id", "the line has no trips", "add one trip per direction, or remove the line");
        }
    }
    lines
}

/// The time zone that every scenario lives in.
pub const TIME_ZONE_OF_SCENARIOS: &str = "Asia/Shanghai";

/// Is it that time zone, by any of its names?
pub fn is_time_zone_of_scenarios(name: &str) -> bool {
    [TIME_ZONE_OF_SCENARIOS, "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "PRC"].contains(&name)
}

/// All times are those of one time zone. A feed that is taken in is told so, see `sanban import gtfs`.
pub fn time_zones(tables: &Tables, problems: &mut Problems) {
    for numbered in &tables.gtfs_agency {
        let zone = &numbered.row.agency_timezone;
        if !is_time_zone_of_scenarios(zone) {
            let at = At { file: AgencyRow::FILE, line: numbered.line };
            let remedy = format!("translate the times and write {TIME_ZONE_OF_SCENARIOS}");
            problems.add(at, "agency_timezone", format!("\"{zone}\" is not where the county lives"), remedy);
        }
    }
}

/// Of a line whose agency is not among those of `gtfs/agency.txt`.
fn check_agency(tables: &Tables, row: &GtfsRouteRow, at: At, problems: &mut Problems) {
    if tables.unreadable.touches(AgencyRow::FILE) {
        return;
    }
    let agencies = || tables.gtfs_agency.iter().map(|numbered| numbered.row.agency_id.as_deref());
    let remedy = "use an agency_id of gtfs/agency.txt";
    match &row.agency_id {
        Some(agency) if !agencies().any(|known| known == Some(agency)) => {
            problems.add(at, "agency_id", format!("there is no agency \"{agency}\""), remedy);
        }
        None if agencies().count() > 1 => {
            problems.add(at, "agency_id", format!("is empty, and there are {} agencies", agencies().count()), remedy);
        }
        _ => {}
    }
}

fn routes(tables: &Tables, codes: &AllCodes, problems: &mut Problems) -> Vec<Route> {
    let mut routes = Vec::new();
    for numbered in &tables.gtfs_routes {
        let (at, row) = (At { file: GtfsRouteRow::FILE, line: numbered.line }, &numbered.row);
        if row.route_type != 3 && !(700..800).contains(&row.route_type) {
            let why = format!("{} is no bus", row.route_type);
            problems.add(at, "route_type", why, "keep buses only (3, or 700–799); `sanban import gtfs` does it");
        }
        check_agency(tables, row, at, problems);
        let short = row.route_short_name.clone().unwrap_or_default();
        let long = row.route_long_name.clone().unwrap_or_default();
        if short.is_empty() && long.is_empty() {
            problems.add(at, "route_short_name", "the line has no name", "give it a short or a long name");
        }
        routes.push(Route {
            code: row.route_id.clone(),
            short_name: if short.is_empty() { row.route_id.clone() } else { short.clone() },
            name: gtfs_name(if long.is_empty() { &short } else { &long }),
            patterns: Vec::new(),
            vehicle_types: Vec::new(),
        });
    }
    let mut has_rows = vec![false; routes.len()];
    for numbered in &tables.line_vehicle_types {
        let (at, row) = (At { file: LineVehicleTypeRow::FILE, line: numbered.line }, &numbered.row);
        let route = codes.routes.find(&row.route_id, at, "route_id", problems);
        let vehicle_type = codes.vehicle_types.find(&row.vehicle_type_id, at, "vehicle_type_id", problems);
        if let Some(route) = route {
            has_rows[route] = true;
        }
        if let (Some(route), Some(vehicle_type)) = (route, vehicle_type) {
            routes[route].vehicle_types.push(VehicleTypeId::from_index(vehicle_type));
        }
    }
    for ((route, numbered), has_rows) in routes.iter_mut().zip(&tables.gtfs_routes).zip(has_rows) {
        route.vehicle_types.sort_unstable();
        route.vehicle_types.dedup();
        if !has_rows && !tables.unreadable.touches(LineVehicleTypeRow::FILE) {
            let at = At { file: GtfsRouteRow::FILE, line: numbered.line };
            let remedy = "add a row to line_vehicle_types.csv";
            problems.add(at, "route_id", "no vehicle type may work the line", remedy);
        }
    }
    routes
}

/// The dates of every service, within the years of the calendar.
fn service_dates(tables: &Tables, problems: &mut Problems) -> BTreeMap<String, BTreeSet<NaiveDate>> {
    let covered = |date: &NaiveDate| tables.settings.holiday_years.contains(&date.year());
    let mut dates: BTreeMap<String, BTreeSet<NaiveDate>> = BTreeMap::new();
    let mut line_of: BTreeMap<&str, u64> = BTreeMap::new();
    for numbered in &tables.gtfs_calendar {
        let (at, row) = (At { file: GtfsCalendarRow::FILE, line: numbered.line }, &numbered.row);
        if let Some(first) = line_of.insert(&row.service_id, numbered.line) {
            let why = format!("service \"{}\" occurs twice, first on line {first}", row.service_id);
            problems.add(at, "service_id", why, "give every row a code of its own");
        }
        if row.end_date < row.start_date {
            problems.add(at, "end_date", "lies before start_date", "write the later date");
        }
        let days = [
            ("monday", row.monday),
            ("tuesday", row.tuesday),
            ("wednesday", row.wednesday),
            ("thursday", row.thursday),
            ("friday", row.friday),
            ("saturday", row.saturday),
            ("sunday", row.sunday),
        ];
        for (field, runs) in days {
            if !(0..=1).contains(&runs) {
                problems.add(at, field, format!("{runs} is not known"), "write 1 for running, 0 for not");
            }
        }
        let of_service = dates.entry(row.service_id.clone()).or_default();
        for first in tables.settings.holiday_years.iter().filter_map(|&year| NaiveDate::from_ymd_opt(year, 1, 1)) {
            let year = first.iter_days().take_while(|date| date.year() == first.year());
            let in_force = year.filter(|&date| row.start_date.0 <= date && date <= row.end_date.0);
            of_service.extend(in_force.filter(|date| days[date.weekday().num_days_from_monday() as usize].1 == 1));
        }
    }
    for numbered in &tables.gtfs_calendar_dates {
        let (at, row) = (At { file: GtfsCalendarDateRow::FILE, line: numbered.line }, &numbered.row);
        let of_service = dates.entry(row.service_id.clone()).or_default();
        match row.exception_type {
            1 if covered(&row.date.0) => drop(of_service.insert(row.date.0)),
            1 => {}
            2 => drop(of_service.remove(&row.date.0)),
            other => {
                let why = format!("{other} is not known");
                problems.add(at, "exception_type", why, "write 1 for added, 2 for removed");
            }
        }
    }
    dates
}

fn trip_times(
    mut rows: Vec<&Numbered<GtfsStopTimeRow>>,
    trip: At,
    any_unreadable: bool,
    codes: &AllCodes,
    problems: &mut Problems,
) -> Option<Vec<StopTime>> {
    rows.sort_by_key(|numbered| numbered.row.stop_sequence);
    if rows.len() < 2 {
        if any_unreadable {
            return None;
        }
        let why = format!("the trip calls at {} stops", rows.len());
        problems.add(trip, "trip_id", why, "give it at least two rows in gtfs/stop_times.txt");
        return None;
    }
    let mut known: Vec<Option<(ServiceTime, ServiceTime)>> = Vec::new();
    let mut stops = Vec::new();
    for (index, numbered) in rows.iter().enumerate() {
        let (at, row) = (At { file: GtfsStopTimeRow::FILE, line: numbered.line }, &numbered.row);
        if index > 0 && rows[index - 1].row.stop_sequence == row.stop_sequence {
            let why = format!("{} occurs twice in trip \"{}\"", row.stop_sequence, row.trip_id);
            problems.add(at, "stop_sequence", why, "let the numbers of a trip ascend");
        }
        let times = match (row.arrival_time, row.departure_time) {
            (Some(arrival), Some(departure)) => Some((arrival, departure)),
            (Some(time), None) | (None, Some(time)) => Some((time, time)),
            (None, None) => None,
        };
        if times.is_none() && (index == 0 || index + 1 == rows.len()) {
            problems.add(at, "arrival_time", "is empty at the first or last stop", "write HH:MM:SS");
            return None;
        }
        let before = known.iter().rev().flatten().next().map(|&(_, departure)| departure);
        if let Some((arrival, departure)) = times
            && (departure < arrival || before.is_some_and(|before| arrival < before))
        {
            let why = format!("the bus would be there at {arrival} and leave at {departure}, back in time");
            problems.add(at, "arrival_time", why, "let times ascend along the trip");
            return None;
        }
        known.push(times);
        stops.push(codes.stops.find(&row.stop_id, at, "stop_id", problems));
    }
    let mut times: Vec<StopTime> = Vec::new();
    for (index, stop) in stops.into_iter().enumerate() {
        let (arrival, departure) = known[index].unwrap_or_else(|| interpolated(&known, index));
        times.push(StopTime { stop: PlaceId::from_index(codes.stop_place(stop?)), arrival, departure });
    }
    Some(times)
}

/// GTFS lets times between two timed stops be left out: they are spread evenly.
fn interpolated(known: &[Option<(ServiceTime, ServiceTime)>], index: usize) -> (ServiceTime, ServiceTime) {
    let before = (0..index).rev().find(|&other| known[other].is_some()).expect("the first stop is timed");
    let after = (index..known.len()).find(|&other| known[other].is_some()).expect("the last stop is timed");
    let from = known[before].expect("found as timed").1;
    let until = known[after].expect("found as timed").0;
    let stops = [index - before, after - before].map(|count| count as i64);
    let share = rounded_quotient(i64::from((until - from).seconds()) * stops[0], stops[1]);
    let time = from + Duration::from_seconds(share as i32);
    (time, time)
}

fn pattern_of(route: RouteId, direction: u8, times: &[StopTime]) -> Pattern {
    let start = times[0].departure;
    let mut arrivals: Vec<Duration> = times.iter().map(|time| time.arrival - start).collect();
    let mut departures: Vec<Duration> = times.iter().map(|time| time.departure - start).collect();
    arrivals[0] = Duration::ZERO;
    let last = times.len() - 1;
    departures[last] = arrivals[last];
    Pattern {
        route,
        direction,
        stops: times.iter().map(|time| time.stop).collect(),
        arrivals,
        departures,
        distances: Vec::new(),
    }
}

pub fn line_demand(tables: &Tables, codes: &AllCodes, lines: &Lines, problems: &mut Problems) -> Vec<LineDemand> {
    let mut demand = Vec::new();
    for numbered in &tables.line_demand {
        let (at, row) = (At { file: LineDemandRow::FILE, line: numbered.line }, &numbered.row);
        amount(i64::from(row.passengers), at, "passengers", problems);
        if row.passengers == 0 {
            problems.add(at, "passengers", "nobody is expected", "write 1 or more, or leave the row out");
        }
        let days = demand_days(&row.days, codes, at, problems);
        let route = codes.routes.find(&row.route_id, at, "route_id", problems);
        let from = codes.stops.find(&row.from_stop_id, at, "from_stop_id", problems);
        let to = codes.stops.find(&row.to_stop_id, at, "to_stop_id", problems);
        let (Some(days), Some(route), Some(from), Some(to)) = (days, route, from, to) else { continue };
        let (from, to) = (PlaceId::from_index(codes.stop_place(from)), PlaceId::from_index(codes.stop_place(to)));
        let found = lines.routes[route].patterns.iter().find_map(|&id| {
            let pattern = &lines.patterns[id.index()];
            if i32::from(pattern.direction) != row.direction_id {
                return None;
            }
            let from_stop = pattern.stops.iter().position(|&stop| stop == from)?;
            let to_stop = pattern.stops.iter().rposition(|&stop| stop == to)?;
            (from_stop < to_stop).then_some((id, from_stop, to_stop))
        });
        match found {
            Some((pattern, from_stop, to_stop)) => demand.push(LineDemand {
                pattern,
                from_stop,
                to_stop,
                days,
                wanted_boarding: row.wanted_boarding,
                passengers: row.passengers,
            }),
            None if lines.has_gaps => {}
            None => {
                let why =
                    format!("line {} does not go from here to \"{}\" in that direction", row.route_id, row.to_stop_id);
                problems.add(at, "from_stop_id", why, "use two stops of one trip, in its order, and its direction_id");
            }
        }
    }
    demand
}
