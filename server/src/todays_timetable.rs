//! The timetable that the public knows, from a GTFS feed instead of the scenario's own: what a plan is kept close to.
//!
//! Trips are matched to the scenario's lines by route_id, direction_id and stops; headways stand for the trips that they mean, as
//! in an import. A feed that matches nothing, or nothing on the dates to plan, is refused; trips of other lines, or with other
//! stops, are counted and left out, because nothing can be kept of them.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use sanban_engine::scenario::resolve::Problem;
use sanban_engine::scenario::{Scenario, TodaysTrip};
use sanban_engine::time::ServiceTime;
use sanban_engine::units::Fen;

use crate::import_gtfs::{Feed, as_in_feed, feed, frequencies, select};

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
        "{feed}: none of its {trips} trips runs on any date and has the route_id, direction_id and stops of a line of the scenario; name a feed of these lines"
    )]
    Foreign {
        /// The feed.
        feed: String,
        /// How many trips it has.
        trips: usize,
    },
    /// Its trips run on other dates than those to plan.
    #[error(
        "{feed}: its trips run from {first} to {last}, but none of them on {planned}; name a feed that is valid then, or plan other dates"
    )]
    OtherDates {
        /// The feed.
        feed: String,
        /// The first date on which a trip of these lines runs.
        first: NaiveDate,
        /// The last one.
        last: NaiveDate,
        /// The dates to plan.
        planned: String,
    },
}

/// What became of a feed's trips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Trips of the scenario's lines.
    pub trips: usize,
    /// Trips that match no line.
    pub left_out: usize,
    /// Dates to plan on which none of the trips runs: every departure is a new one there.
    pub bare_dates: Vec<NaiveDate>,
}

/// A call of a trip: its sequence, its stop, and when it leaves where the feed says so.
type Call<'a> = (i32, &'a str, Option<ServiceTime>);

/// Replaces the scenario's timetable of today by that of a feed, for plans of these dates, and gives new departures a price
/// unless policy does.
pub fn keep_close_to(scenario: &mut Scenario, path: &Path, planned: &[NaiveDate]) -> Result<Taken, FeedError> {
    let unreadable =
        |problems: Vec<Problem>| FeedError::Unreadable(problems.into_iter().map(as_in_feed).collect::<Vec<_>>());
    let Feed { mut tables, frequencies } = feed::read(path, None).map_err(unreadable)?;
    frequencies::expand(&mut tables, &frequencies).map_err(unreadable)?;
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
        // One that never runs is nothing that the public knows.
        let Some(dates) = dates.get(&row.service_id).map(|dates| dates.iter().copied().collect()) else { continue };
        trips.push(TodaysTrip { code: row.trip_id.clone(), pattern, departure, dates });
    }
    if trips.is_empty() {
        return Err(FeedError::Foreign { feed: path.display().to_string(), trips: tables.gtfs_trips.len() });
    }
    let runs_on = |date: &NaiveDate| trips.iter().any(|trip: &TodaysTrip| trip.dates.binary_search(date).is_ok());
    let bare_dates: Vec<NaiveDate> = planned.iter().copied().filter(|date| !runs_on(date)).collect();
    let all_dates = || trips.iter().flat_map(|trip| trip.dates.iter().copied());
    if let (Some(first), Some(last), true) = (all_dates().min(), all_dates().max(), bare_dates.len() == planned.len()) {
        let planned = match planned {
            [from, .., to] => format!("any date from {from} to {to}"),
            dates => dates.iter().map(NaiveDate::to_string).collect(),
        };
        return Err(FeedError::OtherDates { feed: path.display().to_string(), first, last, planned });
    }
    let taken = Taken { trips: trips.len(), left_out: tables.gtfs_trips.len() - trips.len(), bare_dates };
    scenario.todays_trips = trips;
    if scenario.policy.lines.new_departure == Fen(0) {
        scenario.policy.lines.new_departure = NEW_DEPARTURE;
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const TOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/toy");

    fn toy() -> Scenario {
        crate::scenario::load(Path::new(TOY)).expect("the toy is a scenario").scenario
    }

    fn date(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
    }

    /// The toy's own feed after some changes of its files.
    fn feed(change: impl Fn(&mut BTreeMap<&str, String>)) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let names = ["agency", "calendar", "routes", "stops", "stop_times", "trips"];
        let read = |name| (name, fs::read_to_string(format!("{TOY}/gtfs/{name}.txt")).unwrap());
        let mut files: BTreeMap<&str, String> = names.map(read).into_iter().collect();
        change(&mut files);
        for (name, text) in files {
            fs::write(folder.path().join(format!("{name}.txt")), text).unwrap();
        }
        folder
    }

    fn kept(feed: &tempfile::TempDir, planned: &[NaiveDate]) -> (Scenario, Result<Taken, FeedError>) {
        let mut scenario = toy();
        let taken = keep_close_to(&mut scenario, feed.path(), planned);
        (scenario, taken)
    }

    #[test]
    fn the_feed_of_these_lines_takes_the_place_of_the_scenarios_own_and_new_departures_cost_something() {
        let (scenario, taken) = kept(&feed(|_| {}), &[date(25)]);
        let known = toy().todays_trips.len();
        assert_eq!(taken.unwrap(), Taken { trips: known, left_out: 0, bare_dates: Vec::new() });
        assert_eq!((scenario.todays_trips.len(), scenario.policy.lines.new_departure), (known, NEW_DEPARTURE));
    }

    #[test]
    fn a_price_that_policy_names_stays() {
        let mut scenario = toy();
        scenario.policy.lines.new_departure = Fen(7);
        keep_close_to(&mut scenario, feed(|_| {}).path(), &[date(25)]).unwrap();
        assert_eq!(scenario.policy.lines.new_departure, Fen(7));
    }

    #[test]
    fn trips_of_other_lines_are_counted_and_a_feed_without_any_other_is_refused() {
        let one_of_another = feed(|files| {
            let trips = files["trips"].replacen(",L1,", ",L9,", 1);
            files.insert("trips", trips);
        });
        assert_eq!(kept(&one_of_another, &[date(25)]).1.unwrap().left_out, 1);
        let foreign = feed(|files| {
            let trips = files["trips"].replace(",L1,", ",L9,");
            files.insert("trips", trips);
        });
        let error = kept(&foreign, &[date(25)]).1.unwrap_err().to_string();
        assert!(error.contains("none of its") && error.contains("route_id"), "{error}");
    }

    /// Valid until the end of the twenty-fourth.
    fn expired() -> tempfile::TempDir {
        feed(|files| {
            let calendar = files["calendar"].replace("20261231", "20261124");
            files.insert("calendar", calendar);
        })
    }

    #[test]
    fn a_feed_of_other_dates_is_refused_and_its_dates_are_named() {
        let check = |planned: &[NaiveDate], said: &str| {
            let (scenario, refused) = kept(&expired(), planned);
            let error = refused.unwrap_err().to_string();
            assert!(error.contains("from 2026-01-01 to 2026-11-24") && error.contains(said), "{error}");
            // Nothing half-done.
            assert_eq!(scenario.todays_trips, toy().todays_trips);
        };
        check(&[date(25)], "none of them on 2026-11-25;");
        check(&[date(25), date(26)], "none of them on any date from 2026-11-25 to 2026-11-26;");
    }

    #[test]
    fn dates_beyond_the_feed_are_named_where_it_covers_some() {
        let taken = kept(&expired(), &[date(24), date(25), date(26)]).1.unwrap();
        assert_eq!(taken.bare_dates, [date(25), date(26)]);
    }

    #[test]
    fn headways_stand_for_the_trips_that_they_mean() {
        let hourly = feed(|files| {
            let rows = "trip_id,start_time,end_time,headway_secs\nL1-0-01,07:00:00,10:00:00,1800\n";
            files.insert("frequencies", rows.to_owned());
        });
        let (scenario, taken) = kept(&hourly, &[date(25)]);
        // Six departures instead of the one.
        assert_eq!(taken.unwrap().trips, toy().todays_trips.len() + 5);
        let of_template = scenario.todays_trips.iter().filter(|trip| trip.code.starts_with("L1-0-01-"));
        let departures: Vec<ServiceTime> = of_template.map(|trip| trip.departure).collect();
        let half_hours = [(7, 0), (7, 30), (8, 0), (8, 30), (9, 0), (9, 30)];
        assert_eq!(departures, half_hours.map(|(hour, minute)| ServiceTime::hm(hour, minute)));
        let never = feed(|files| {
            files.insert(
                "frequencies",
                "trip_id,start_time,end_time,headway_secs\nL1-0-01,07:00:00,10:00:00,0\n".to_owned(),
            );
        });
        let error = kept(&never, &[date(25)]).1.unwrap_err().to_string();
        assert!(error.contains("frequencies.txt") && error.contains("headway_secs"), "{error}");
    }
}
