//! What of a feed a scenario takes: trips of buses that run, and what they need.
//!
//! References to what the feed doesn't have at all are kept: they are mistakes, and validation names them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use sanban_engine::scenario::resolve::{At, Problem, Problems, TIME_ZONE_OF_SCENARIOS, is_time_zone_of_scenarios};
use sanban_engine::scenario::tables::{AgencyRow, GtfsStopRow, GtfsTripRow, Numbered, Row, Tables};

use super::Dropped;

/// Leaves in the tables what is taken, and counts the rest; else what makes that impossible.
pub fn select(tables: &mut Tables, all_modes_as_bus: bool) -> Result<Vec<Dropped>, Vec<Problem>> {
    let mut dropped = Vec::new();
    let mut count = |count: usize, what: &'static str, why: &'static str| {
        if count > 0 {
            dropped.push(Dropped { count, what, why });
        }
    };

    let is_bus = |route_type: i32| route_type == 3 || (700..800).contains(&route_type);
    for numbered in &mut tables.gtfs_routes {
        if all_modes_as_bus && !is_bus(numbered.row.route_type) {
            numbered.row.route_type = 3;
        }
    }
    let other_modes = take(&mut tables.gtfs_routes, |route| is_bus(route.route_type));
    let other_modes: BTreeSet<String> = other_modes.into_iter().map(|route| route.route_id).collect();
    count(other_modes.len(), "lines", "no buses (--all-modes-as-bus takes them as such)");

    let of_other_modes = take(&mut tables.gtfs_trips, |trip| !other_modes.contains(&trip.route_id));
    count(of_other_modes.len(), "trips", "of lines that are no buses");
    let mut calls: BTreeMap<&str, usize> = BTreeMap::new();
    for numbered in &tables.gtfs_stop_times {
        *calls.entry(&numbered.row.trip_id).or_default() += 1;
    }
    let short = take(&mut tables.gtfs_trips, |trip| calls.get(trip.trip_id.as_str()).is_some_and(|&calls| calls > 1));
    count(short.len(), "trips", "they call at fewer than two stops");
    let dates = service_dates(tables);
    let idle = take(&mut tables.gtfs_trips, |trip| dates.contains_key(&trip.service_id));
    count(idle.len(), "trips", "their service runs on no date");
    if tables.gtfs_trips.is_empty() {
        let mut problems = Problems::default();
        let why: Vec<String> =
            dropped.iter().map(|Dropped { count, what, why }| format!("{count} {what}: {why}")).collect();
        let why = format!("no trip of a bus is left ({})", why.join("; "));
        let remedy = "name a feed with buses that run, or take all modes by --all-modes-as-bus";
        problems.add(At { file: GtfsTripRow::FILE, line: 0 }, "", why, remedy);
        return Err(problems.into_sorted());
    }

    let trips_dropped = [of_other_modes, short, idle].concat();
    let gone: BTreeSet<&str> = trips_dropped.iter().map(|trip| trip.trip_id.as_str()).collect();
    let kept: BTreeSet<&str> = tables.gtfs_trips.iter().map(|numbered| numbered.row.trip_id.as_str()).collect();
    let stop_times = take(&mut tables.gtfs_stop_times, |time| {
        kept.contains(time.trip_id.as_str()) || !gone.contains(time.trip_id.as_str())
    });
    count(stop_times.len(), "stop times", "of trips that are left out");
    let used: BTreeSet<&str> = tables.gtfs_trips.iter().map(|numbered| numbered.row.route_id.as_str()).collect();
    let routes = take(&mut tables.gtfs_routes, |route| used.contains(route.route_id.as_str()));
    count(routes.len(), "lines", "no trip of theirs is taken");
    let used: BTreeSet<&str> = tables.gtfs_trips.iter().map(|numbered| numbered.row.service_id.as_str()).collect();
    let mut services = BTreeSet::new();
    services.extend(
        take(&mut tables.gtfs_calendar, |row| used.contains(row.service_id.as_str()))
            .into_iter()
            .map(|row| row.service_id),
    );
    services.extend(
        take(&mut tables.gtfs_calendar_dates, |row| used.contains(row.service_id.as_str()))
            .into_iter()
            .map(|row| row.service_id),
    );
    count(services.len(), "services", "no trip of theirs is taken");

    let used: BTreeSet<&str> = tables.gtfs_stop_times.iter().map(|numbered| numbered.row.stop_id.as_str()).collect();
    let is_stop = |stop: &GtfsStopRow| matches!(stop.location_type, None | Some(0));
    let mut problems = Problems::default();
    for Numbered { line, row } in tables.gtfs_stops.iter().filter(|stop| !is_stop(&stop.row)) {
        if used.contains(row.stop_id.as_str()) {
            let at = At { file: GtfsStopRow::FILE, line: *line };
            let remedy = "let trips call at its platforms (location_type 0), or leave the cell empty";
            problems.add(at, "location_type", "trips call at what is no stop or platform", remedy);
        }
    }
    if !problems.is_empty() {
        return Err(problems.into_sorted());
    }
    let stations = take(&mut tables.gtfs_stops, is_stop);
    count(stations.len(), "stations, entrances and the like", "buses call at stops and platforms");
    let unused = take(&mut tables.gtfs_stops, |stop| used.contains(stop.stop_id.as_str()));
    count(unused.len(), "stops", "no trip that is taken calls there");
    let elsewhere = |agency: &&mut Numbered<AgencyRow>| !is_time_zone_of_scenarios(&agency.row.agency_timezone);
    let mut agencies = 0;
    for numbered in tables.gtfs_agency.iter_mut().filter(elsewhere) {
        numbered.row.agency_timezone = TIME_ZONE_OF_SCENARIOS.to_owned();
        agencies += 1;
    }
    count(agencies, "time zones of agencies", "a scenario lives in Asia/Shanghai; times stay as they are written");
    for numbered in &mut tables.gtfs_stops {
        (numbered.row.location_type, numbered.row.parent_station) = (None, None);
    }
    Ok(dropped)
}

/// Leaves the rows that are wanted, and returns the others.
fn take<R>(rows: &mut Vec<Numbered<R>>, is_wanted: impl Fn(&R) -> bool) -> Vec<R> {
    let (wanted, others) = std::mem::take(rows).into_iter().partition(|numbered| is_wanted(&numbered.row));
    *rows = wanted;
    others.into_iter().map(|numbered: Numbered<R>| numbered.row).collect()
}

/// The dates of every service that runs on any.
pub fn service_dates(tables: &Tables) -> BTreeMap<String, BTreeSet<NaiveDate>> {
    let mut dates: BTreeMap<String, BTreeSet<NaiveDate>> = BTreeMap::new();
    for Numbered { row, .. } in &tables.gtfs_calendar {
        let of_week = [row.monday, row.tuesday, row.wednesday, row.thursday, row.friday, row.saturday, row.sunday];
        // A century is long enough for any service, and short enough for a slip in its years.
        let days = row.start_date.0.iter_days().take(36_525).take_while(|&date| date <= row.end_date.0);
        let days = days.filter(|date| of_week[date.weekday().num_days_from_monday() as usize] == 1);
        dates.entry(row.service_id.clone()).or_default().extend(days);
    }
    for Numbered { row, .. } in &tables.gtfs_calendar_dates {
        let of_service = dates.entry(row.service_id.clone()).or_default();
        if row.exception_type == 2 {
            of_service.remove(&row.date.0);
        } else {
            of_service.insert(row.date.0);
        }
    }
    dates.retain(|_, dates| !dates.is_empty());
    dates
}
