//! A planned day as a GTFS Schedule feed: what passengers' apps and other planning tools read.
//!
//! Trips of the lines and market runs, each market's a line of its own; student runs are for pupils alone and left out. Services
//! hold the one date that was planned (`calendar_dates.txt` alone): that of the lines, and one per market held. Names are Chinese
//! where the scenario has them, with English in `translations.txt`. Trip and block ids are those of plan.json. Source of the
//! format: gtfs.org/schedule/reference.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use sanban_engine::fleet::Product;
use sanban_engine::ids::{MarketId, PlaceId, RouteId, TripId};
use sanban_engine::network::Name;
use sanban_engine::plan::{Hub, Run, RunCall, RunDirection};
use sanban_engine::scenario::Scenario;
use sanban_engine::time::ServiceTime;

use crate::planned_day::PlannedDay;

/// Writes the feed's files into a folder, which is created.
pub fn write(day: &PlannedDay<'_>, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let date = day.timetable.date.format("%Y%m%d").to_string();
    let table = |name: &str, header: &str, rows: Vec<Vec<String>>| table(folder, name, header, rows);
    let agency = &day.scenario.area;
    table(
        "agency.txt",
        "agency_id,agency_name,agency_url,agency_timezone,agency_lang",
        vec![row(&[&agency.code, agency.name.local(), PUBLISHER_URL, TIME_ZONE, LANGUAGE])],
    )?;
    table(
        "feed_info.txt",
        "feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version",
        vec![row(&[agency.name.local(), PUBLISHER_URL, LANGUAGE, &date, &date, &date])],
    )?;
    let feed = Feed::new(day, &date);
    let services: BTreeSet<&str> =
        feed.journeys.iter().map(|journey| feed.routes[&journey.route].service.as_str()).collect();
    let date_row = |service: &&str| row(&[service, &date, "1"]);
    table("calendar_dates.txt", "service_id,date,exception_type", services.iter().map(date_row).collect())?;
    let stops: BTreeSet<PlaceId> =
        feed.journeys.iter().flat_map(|journey| journey.calls.iter().map(|call| call.stop)).collect();
    let stop_rows = stops.iter().map(|&stop| stop_row(day, stop)).collect();
    table("stops.txt", "stop_id,stop_name,stop_lat,stop_lon", stop_rows)?;
    let route_row = |route: &FeedRoute| row(&[&route.code, &agency.code, &route.short_name, route.name.local(), BUS]);
    table(
        "routes.txt",
        "route_id,agency_id,route_short_name,route_long_name,route_type",
        feed.routes.values().map(route_row).collect(),
    )?;
    let trip_row = |journey: &Journey| {
        let FeedRoute { code, service, .. } = &feed.routes[&journey.route];
        row(&[code, service, &journey.code, journey.headsign.local(), &journey.direction.to_string(), &journey.block])
    };
    table(
        "trips.txt",
        "route_id,service_id,trip_id,trip_headsign,direction_id,block_id",
        feed.journeys.iter().map(trip_row).collect(),
    )?;
    let mut calls = Vec::new();
    for journey in &feed.journeys {
        for (index, call) in journey.calls.iter().enumerate() {
            let (stop, sequence) = (&day.place(call.stop).code, (index + 1).to_string());
            let (arrival, departure) = (call.arrival.to_string(), call.departure.to_string());
            let [pickup, drop_off] = [call.boards, call.alights].map(|possible| if possible { "0" } else { "1" });
            calls.push(row(&[&journey.code, &arrival, &departure, stop, &sequence, pickup, drop_off]));
        }
    }
    let header = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type";
    table("stop_times.txt", header, calls)?;
    let mut translations = Vec::new();
    let mut translate = |table: &str, field: &str, record: &str, name: &Name| {
        if !name.zh.is_empty() && !name.en.is_empty() {
            translations.push(row(&[table, field, "en", &name.en, record]));
        }
    };
    for &stop in &stops {
        let place = day.place(stop);
        translate("stops", "stop_name", &place.code, &place.name);
    }
    feed.routes.values().for_each(|route| translate("routes", "route_long_name", &route.code, &route.name));
    table("translations.txt", "table_name,field_name,language,translation,record_id", translations)
}

const TIME_ZONE: &str = "Asia/Shanghai";
const LANGUAGE: &str = "zh";
const BUS: &str = "3";
/// The scenario knows no address of its operator; GTFS wants one.
const PUBLISHER_URL: &str = "https://example.org";

/// What the public may ride on.
struct Feed<'a> {
    routes: BTreeMap<RouteKey, FeedRoute>,
    journeys: Vec<Journey<'a>>,
}

/// Lines first, then markets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RouteKey {
    Line(RouteId),
    Market(MarketId),
}

struct FeedRoute {
    code: String,
    short_name: String,
    name: Name,
    service: String,
}

/// A trip of a line, or a market run.
struct Journey<'a> {
    route: RouteKey,
    code: String,
    headsign: &'a Name,
    direction: u8,
    block: String,
    calls: Vec<Call>,
}

struct Call {
    stop: PlaceId,
    arrival: ServiceTime,
    departure: ServiceTime,
    boards: bool,
    alights: bool,
}

impl<'a> Feed<'a> {
    fn new(day: &'a PlannedDay<'_>, date: &str) -> Self {
        let trips = (0..day.timetable.trips.len()).map(|index| Journey::of_trip(day, TripId::from_index(index)));
        let mut journeys: Vec<Journey<'_>> = trips.collect();
        for (id, run) in day.runs_with_ids() {
            if let Some(market) = public_market(run) {
                journeys.push(Journey::of_market_run(day, (day.run_code(id), run), market));
            }
        }
        let mut routes = BTreeMap::new();
        for journey in &journeys {
            routes.entry(journey.route).or_insert_with(|| FeedRoute::new(day.scenario, journey.route, date));
        }
        Self { routes, journeys }
    }
}

/// The market of a run that anybody may ride on.
fn public_market(run: &Run) -> Option<MarketId> {
    match (run.product, run.hubs.first()) {
        (Product::Market, Some(&Hub::Market(market))) => Some(market),
        _ => None,
    }
}

impl FeedRoute {
    fn new(scenario: &Scenario, key: RouteKey, date: &str) -> Self {
        match key {
            RouteKey::Line(id) => {
                let route = scenario.route(id);
                let (code, short_name, name) = (route.code.clone(), route.short_name.clone(), route.name.clone());
                Self { code, short_name, name, service: date.to_owned() }
            }
            RouteKey::Market(id) => {
                let market = scenario.market(id);
                let mut code = format!("MK-{}", market.code);
                while scenario.routes.iter().any(|route| route.code == code) {
                    code.push('+');
                }
                let name = market_line_name(&market.name);
                Self { short_name: "赶集".to_owned(), name, service: format!("{date}-{}", market.code), code }
            }
        }
    }
}

/// What people call the runs to a market and home.
pub(crate) fn market_line_name(market: &Name) -> Name {
    Name { zh: format!("{}赶集班", market.local()), en: format!("{} run", market.en) }
}

impl<'a> Journey<'a> {
    fn of_trip(day: &'a PlannedDay<'_>, id: TripId) -> Self {
        let trip = day.timetable.trip(id);
        let pattern = day.pattern_of(trip);
        let call = |(index, &stop): (usize, &PlaceId)| Call {
            stop,
            arrival: trip.departure + pattern.arrivals[index],
            departure: trip.departure + pattern.departures[index],
            boards: true,
            alights: true,
        };
        Self {
            route: RouteKey::Line(pattern.route),
            code: day.trip_code(id),
            headsign: &day.place(pattern.last_stop()).name,
            direction: pattern.direction,
            block: day.block_code(trip.block.index()).to_owned(),
            calls: pattern.stops.iter().enumerate().map(call).collect(),
        }
    }

    fn of_market_run(day: &'a PlannedDay<'_>, (code, run): (&str, &Run), market: MarketId) -> Self {
        let call = |call: &RunCall| Call {
            stop: call.place,
            arrival: call.arrival,
            departure: call.departure,
            boards: !call.boardings.is_empty(),
            alights: !call.alightings.is_empty(),
        };
        Self {
            route: RouteKey::Market(market),
            code: code.to_owned(),
            headsign: &day.place(run.last_place()).name,
            direction: if run.direction == RunDirection::Inward { 0 } else { 1 },
            block: day.block_code(run.block.index()).to_owned(),
            calls: run.calls.iter().map(call).collect(),
        }
    }
}

fn table(folder: &Path, name: &str, header: &str, rows: Vec<Vec<String>>) -> io::Result<()> {
    let mut writer = csv::Writer::from_path(folder.join(name))?;
    writer.write_record(header.split(','))?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.flush()
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|&cell| cell.to_owned()).collect()
}

fn stop_row(day: &PlannedDay<'_>, stop: PlaceId) -> Vec<String> {
    let place = day.place(stop);
    let degrees = |value: f64| format!("{value:.6}");
    row(&[&place.code, place.name.local(), &degrees(place.position.latitude), &degrees(place.position.longitude)])
}

#[cfg(test)]
mod tests {
    use gtfs_structures::{DirectionType, Gtfs, PickupDropOffType};
    use sanban_engine::scenario::sample;

    use super::*;
    use crate::plan_files::trip_code;
    use crate::planned_day::sample::ToyDay;

    #[test]
    fn another_library_reads_the_feed_of_the_sample_town() {
        let town = sample::small_town();
        let timetable = sample::hourly_timetable(&town);
        let folder = tempfile::tempdir().expect("a folder");
        write(&PlannedDay::new(&town, &timetable), folder.path()).expect("written");
        let feed = Gtfs::from_path(folder.path()).expect("a feed without errors");
        assert_eq!(feed.trips.len(), timetable.trips.len());
        assert_eq!(feed.stops.len(), 5);
        let dates = feed.calendar_dates.values().next().expect("a service");
        let days: Vec<String> = dates.iter().map(|day| day.date.to_string()).collect();
        assert_eq!(days, [timetable.date.to_string()], "on the service date and no other");
        for trip in &timetable.trips {
            let read = &feed.trips[&trip_code(&town, trip)];
            assert!(read.block_id.is_some());
            assert_eq!(read.stop_times[0].departure_time, Some(trip.departure.seconds() as u32));
            assert_eq!(read.stop_times.len(), trip.expected_load.len() + 1);
        }
    }

    #[test]
    fn market_runs_are_public_and_student_runs_are_not() {
        let toy = ToyDay::new();
        let folder = tempfile::tempdir().expect("a folder");
        write(&toy.day(), folder.path()).expect("written");
        let feed = Gtfs::from_path(folder.path()).expect("a feed without errors");
        assert_eq!(feed.trips.len(), toy.timetable.trips.len() + 2);
        assert!(feed.trips.keys().all(|code| !code.starts_with("ST-")));
        let trip = &feed.trips["MK-M1-OUT-01"];
        assert_eq!((trip.route_id.as_str(), trip.direction_id), ("MK-M1", Some(DirectionType::Inbound)));
        assert_eq!(trip.block_id, feed.trips["L1-0-093000"].block_id, "one vehicle works the run and the line");
        assert_eq!(feed.calendar_dates[&trip.service_id].len(), 1);
        let stops: Vec<&str> = trip.stop_times.iter().map(|call| call.stop.id.as_str()).collect();
        assert_eq!(stops, ["M1", "V6", "V7"]);
        let possible = |call: &gtfs_structures::StopTime| {
            [call.pickup_type, call.drop_off_type].map(|kind| kind == PickupDropOffType::Regular)
        };
        let possible: Vec<[bool; 2]> = trip.stop_times.iter().map(possible).collect();
        assert_eq!(possible, [[true, false], [false, true], [false, true]]);
    }
}
