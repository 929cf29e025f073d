//! The timetable that the public knows, from a GTFS feed instead of the scenario's own: what a plan is kept close to.
//!
//! Trips are matched to the scenario's lines by route_id, direction_id and stops. A feed that matches nothing is refused; trips of
//! other lines, or with other stops, are counted and left out, because nothing can be kept of them.

use std::collections::BTreeMap;
use std::path::Path;

use sanban_engine::scenario::resolve::Problem;
use sanban_engine::scenario::{Scenario, TodaysTrip};
use sanban_engine::time::ServiceTime;
use sanban_engine::units::Fen;

use crate::import_gtfs::{feed, select};

/// What a departure costs that the public doesn't know, where policy says nothing: about a third of an hour of a bus.
pub const NEW_DEPARTURE: Fen = Fen(2_000);

/// Why a plan can't be kept close to a feed.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The feed cannot be read.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Unreadable(Vec<Problem>),
    /// None of its trips belongs to a line of the scenario.
    #[error(
        "{feed}: none of its {trips} trips has the route_id, direction_id and stops of a line of the scenario; name a feed of these lines"
    )]
    Foreign {
        /// The feed.
        feed: String,
        /// How many trips it has.
        trips: usize,
    },
}

/// A call of a trip: its sequence, its stop, and when it leaves where the feed says so.
type Call<'a> = (i32, &'a str, Option<ServiceTime>);

/// Replaces the scenario's timetable of today by that of a feed, and gives new departures a price unless policy does. Says how
/// many trips were taken, and how many match no line.
pub fn keep_close_to(scenario: &mut Scenario, path: &Path) -> Result<(usize, usize), FeedError> {
    let tables = feed::read(path, None).map_err(FeedError::Unreadable)?.tables;
    let mut calls: BTreeMap<&str, Vec<Call<'_>>> = BTreeMap::new();
    for numbered in &tables.gtfs_stop_times {
        let row = &numbered.row;
        let time = row.departure_time.or(row.arrival_time);
        calls.entry(&row.trip_id).or_default().push((row.stop_sequence, &row.stop_id, time));
    }
    calls.values_mut().for_each(|calls| calls.sort());
    let dates = select::service_dates(&tables);
    let pattern_of = |route: &str, direction: i32, stops: &[&str]| {
        let route = scenario.routes.iter().find(|known| known.code == route)?;
        let is_it = |pattern: &&sanban_engine::ids::PatternId| {
            let pattern = scenario.pattern(**pattern);
            let codes = pattern.stops.iter().map(|&stop| scenario.network.place(stop).code.as_str());
            i32::from(pattern.direction) == direction && codes.eq(stops.iter().copied())
        };
        route.patterns.iter().find(is_it).copied()
    };
    let mut trips = Vec::new();
    for numbered in &tables.gtfs_trips {
        let row = &numbered.row;
        let Some(calls) = calls.get(row.trip_id.as_str()) else { continue };
        let stops: Vec<&str> = calls.iter().map(|&(_, stop, _)| stop).collect();
        let pattern = pattern_of(&row.route_id, row.direction_id.unwrap_or(0), &stops);
        let (Some(pattern), Some(&(_, _, Some(departure)))) = (pattern, calls.first()) else { continue };
        let dates = dates.get(&row.service_id).into_iter().flatten().copied().collect();
        trips.push(TodaysTrip { code: row.trip_id.clone(), pattern, departure, dates });
    }
    if trips.is_empty() {
        return Err(FeedError::Foreign { feed: path.display().to_string(), trips: tables.gtfs_trips.len() });
    }
    let taken = (trips.len(), tables.gtfs_trips.len() - trips.len());
    scenario.todays_trips = trips;
    if scenario.policy.lines.new_departure == Fen(0) {
        scenario.policy.lines.new_departure = NEW_DEPARTURE;
    }
    Ok(taken)
}
