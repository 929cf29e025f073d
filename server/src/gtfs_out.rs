//! A planned day as a GTFS Schedule feed: what passengers' apps and other planning tools read.
//!
//! One service on one date (`calendar_dates.txt` alone). Names are Chinese where the scenario has them, with English in
//! `translations.txt`. Trip and block ids are those of plan.json. Source of the format: gtfs.org/schedule/reference.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use sanban_engine::ids::PlaceId;
use sanban_engine::network::Name;
use sanban_engine::plan::Timetable;
use sanban_engine::scenario::Scenario;
use sanban_engine::time::ServiceTime;

use crate::plan_files::codes::block_codes;
use crate::plan_files::trip_code;

/// Writes the feed's files into a folder, which is created.
pub fn write(scenario: &Scenario, timetable: &Timetable, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let date = timetable.date.format("%Y%m%d").to_string();
    let table = |name: &str, header: &str, rows: Vec<Vec<String>>| table(folder, name, header, rows);
    let agency = &scenario.area;
    table(
        "agency.txt",
        "agency_id,agency_name,agency_url,agency_timezone,agency_lang",
        vec![row(&[&agency.code, local(&agency.name), PUBLISHER_URL, TIME_ZONE, LANGUAGE])],
    )?;
    table(
        "feed_info.txt",
        "feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version",
        vec![row(&[local(&agency.name), PUBLISHER_URL, LANGUAGE, &date, &date, &date])],
    )?;
    table("calendar_dates.txt", "service_id,date,exception_type", vec![row(&[&date, &date, "1"])])?;
    let stops = served_stops(scenario, timetable);
    table(
        "stops.txt",
        "stop_id,stop_name,stop_lat,stop_lon",
        stops.iter().map(|&stop| stop_row(scenario, stop)).collect(),
    )?;
    let served =
        |index: &usize| timetable.trips.iter().any(|trip| scenario.pattern(trip.pattern).route.index() == *index);
    let routes: Vec<_> = (0..scenario.routes.len()).filter(served).map(|index| &scenario.routes[index]).collect();
    let route_row = |route: &&sanban_engine::scenario::Route| {
        row(&[&route.code, &agency.code, &route.short_name, local(&route.name), BUS])
    };
    table(
        "routes.txt",
        "route_id,agency_id,route_short_name,route_long_name,route_type",
        routes.iter().map(route_row).collect(),
    )?;
    let (mut trips, mut calls) = (Vec::new(), Vec::new());
    let blocks = block_codes(scenario, timetable);
    for trip in &timetable.trips {
        let pattern = scenario.pattern(trip.pattern);
        let code = trip_code(scenario, trip);
        let block = &blocks[trip.block.index()];
        let route = &scenario.route(pattern.route).code;
        let headsign = local(&scenario.network.place(pattern.last_stop()).name);
        trips.push(row(&[route, &date, &code, headsign, &pattern.direction.to_string(), block]));
        for (index, &stop) in pattern.stops.iter().enumerate() {
            let (arrival, departure) =
                (trip.departure + pattern.arrivals[index], trip.departure + pattern.departures[index]);
            let stop = &scenario.network.place(stop).code;
            calls.push(row(&[&code, &time(arrival), &time(departure), stop, &(index + 1).to_string()]));
        }
    }
    table("trips.txt", "route_id,service_id,trip_id,trip_headsign,direction_id,block_id", trips)?;
    table("stop_times.txt", "trip_id,arrival_time,departure_time,stop_id,stop_sequence", calls)?;
    let mut translations = Vec::new();
    let mut translate = |table: &str, field: &str, record: &str, name: &Name| {
        if !name.zh.is_empty() && !name.en.is_empty() {
            translations.push(row(&[table, field, "en", &name.en, record]));
        }
    };
    for &stop in &stops {
        let place = scenario.network.place(stop);
        translate("stops", "stop_name", &place.code, &place.name);
    }
    routes.iter().for_each(|route| translate("routes", "route_long_name", &route.code, &route.name));
    table("translations.txt", "table_name,field_name,language,translation,record_id", translations)
}

const TIME_ZONE: &str = "Asia/Shanghai";
const LANGUAGE: &str = "zh";
const BUS: &str = "3";
/// The scenario knows no address of its operator; GTFS wants one.
const PUBLISHER_URL: &str = "https://example.org";

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

fn local(name: &Name) -> &str {
    if name.zh.is_empty() { &name.en } else { &name.zh }
}

fn time(time: ServiceTime) -> String {
    time.to_string()
}

fn served_stops(scenario: &Scenario, timetable: &Timetable) -> BTreeSet<PlaceId> {
    timetable.trips.iter().flat_map(|trip| scenario.pattern(trip.pattern).stops.iter().copied()).collect()
}

fn stop_row(scenario: &Scenario, stop: PlaceId) -> Vec<String> {
    let place = scenario.network.place(stop);
    let degrees = |value: f64| format!("{value:.6}");
    row(&[&place.code, local(&place.name), &degrees(place.position.latitude), &degrees(place.position.longitude)])
}

#[cfg(test)]
mod tests {
    use gtfs_structures::Gtfs;
    use sanban_engine::scenario::sample;

    use super::*;

    #[test]
    fn another_library_reads_the_feed_of_the_sample_town() {
        let town = sample::small_town();
        let timetable = sample::hourly_timetable(&town);
        let folder = tempfile::tempdir().expect("a folder");
        write(&town, &timetable, folder.path()).expect("written");
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
}
