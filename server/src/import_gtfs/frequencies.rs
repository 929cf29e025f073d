//! Headways into trips: a scenario has every trip of its own.

use std::collections::{BTreeMap, BTreeSet};

use sanban_engine::scenario::resolve::{At, Problem, Problems};
use sanban_engine::scenario::tables::{GtfsFrequencyRow, GtfsStopTimeRow, GtfsTripRow, Numbered, Row, Tables};
use sanban_engine::time::{Duration, ServiceTime};

use super::Expanded;

/// Times of a service date end here.
const END: ServiceTime = ServiceTime::hm(48, 0);

/// Replaces every trip with headways by the trips it stands for, `TRIP-HHMMSS` by their first departure.
///
/// Headways of trips that are left out are ignored. Vehicle blocks don't carry over to many trips.
pub fn expand(
    tables: &mut Tables,
    frequencies: &[Numbered<GtfsFrequencyRow>],
) -> Result<Option<Expanded>, Vec<Problem>> {
    let mut problems = Problems::default();
    let departures = departures(tables, frequencies, &mut problems);
    if departures.is_empty() && problems.is_empty() {
        return Ok(None);
    }
    let mut calls: BTreeMap<String, Vec<Numbered<GtfsStopTimeRow>>> = BTreeMap::new();
    let mut stop_times = Vec::new();
    for numbered in std::mem::take(&mut tables.gtfs_stop_times) {
        if departures.contains_key(&numbered.row.trip_id) {
            calls.entry(numbered.row.trip_id.clone()).or_default().push(numbered);
        } else {
            stop_times.push(numbered);
        }
    }
    let mut codes: BTreeSet<String> = tables.gtfs_trips.iter().map(|trip| trip.row.trip_id.clone()).collect();
    let mut trips = Vec::new();
    let mut expanded = Expanded { templates: departures.len(), trips: 0 };
    for trip in std::mem::take(&mut tables.gtfs_trips) {
        let (Some(departures), Some(calls)) = (departures.get(&trip.row.trip_id), calls.get_mut(&trip.row.trip_id))
        else {
            trips.push(trip);
            continue;
        };
        calls.sort_by_key(|call| call.row.stop_sequence);
        let first = &calls[0].row;
        let start = first.departure_time.or(first.arrival_time).unwrap_or_default();
        let last = calls.iter().filter_map(|call| call.row.departure_time.max(call.row.arrival_time)).max();
        let duration = last.unwrap_or(start) - start;
        for (&departure, &line) in departures {
            let at = At { file: GtfsFrequencyRow::FILE, line };
            let trip_id = format!("{}-{}", trip.row.trip_id, departure.to_string().replace(':', ""));
            if departure + duration >= END {
                let why = format!("the trip that leaves at {departure} would run past 48:00");
                problems.add(at, "end_time", why, "let the headway end earlier");
                continue;
            }
            if !codes.insert(trip_id.clone()) {
                let why = format!("the trip made of it would be called \"{trip_id}\", as another is");
                problems.add(at, "trip_id", why, "rename that trip");
            }
            let shift = departure - start;
            stop_times.extend(calls.iter().map(|call| shifted(call, &trip_id, shift)));
            let row = GtfsTripRow { trip_id, block_id: None, ..trip.row.clone() };
            trips.push(Numbered { line: trip.line, row });
            expanded.trips += 1;
        }
    }
    (tables.gtfs_trips, tables.gtfs_stop_times) = (trips, stop_times);
    if problems.is_empty() { Ok(Some(expanded)) } else { Err(problems.into_sorted()) }
}

/// For every trip with headways its departures, each with the line that says so.
fn departures(
    tables: &Tables,
    frequencies: &[Numbered<GtfsFrequencyRow>],
    problems: &mut Problems,
) -> BTreeMap<String, BTreeMap<ServiceTime, u64>> {
    let trips: BTreeSet<&str> = tables.gtfs_trips.iter().map(|trip| trip.row.trip_id.as_str()).collect();
    let mut departures: BTreeMap<String, BTreeMap<ServiceTime, u64>> = BTreeMap::new();
    for Numbered { line, row } in frequencies.iter().filter(|headway| trips.contains(headway.row.trip_id.as_str())) {
        let at = At { file: GtfsFrequencyRow::FILE, line: *line };
        if row.headway_secs < 1 {
            let why = format!("{} is no time between two departures", row.headway_secs);
            problems.add(at, "headway_secs", why, "write seconds, 1 or more");
            continue;
        }
        if row.end_time <= row.start_time {
            problems.add(at, "end_time", format!("{} is not after start_time", row.end_time), "write the later time");
            continue;
        }
        let of_trip = departures.entry(row.trip_id.clone()).or_default();
        let mut departure = row.start_time;
        while departure < row.end_time {
            of_trip.entry(departure).or_insert(*line);
            departure += Duration::from_seconds(row.headway_secs.min(END.seconds()));
        }
    }
    departures
}

fn shifted(call: &Numbered<GtfsStopTimeRow>, trip_id: &str, shift: Duration) -> Numbered<GtfsStopTimeRow> {
    let row = GtfsStopTimeRow {
        trip_id: trip_id.to_owned(),
        arrival_time: call.row.arrival_time.map(|time| time + shift),
        departure_time: call.row.departure_time.map(|time| time + shift),
        ..call.row.clone()
    };
    Numbered { line: call.line, row }
}
