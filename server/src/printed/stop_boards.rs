//! The departures of a stop by line and hour, market runs on market days among them.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};
use sanban_engine::fleet::Product;
use sanban_engine::ids::{MarketId, PatternId, PlaceId};
use sanban_engine::network::Name;
use sanban_engine::plan::Hub;
use sanban_engine::time::ServiceTime;

use super::page::{Page, file_name};
use super::words::{both, date, day_type, hm, name};
use crate::gtfs_out::market_line_name;
use crate::planned_day::PlannedDay;

/// The page of a stop.
pub(super) struct StopBoard {
    pub(super) stop: PlaceId,
    /// Where one can go from here, and when, ascending.
    departures: BTreeMap<Service, BTreeSet<ServiceTime>>,
    /// When lines end here: told where nothing leaves.
    line_ends: BTreeSet<ServiceTime>,
    /// When market runs bring people here.
    market_arrivals: BTreeSet<ServiceTime>,
}

/// A column of a stop's page.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Service {
    Line(PatternId),
    Market { market: MarketId, towards: PlaceId },
}

/// All stops and villages where something calls.
pub(super) fn all(day: &PlannedDay<'_>) -> Vec<StopBoard> {
    let mut boards: BTreeMap<PlaceId, StopBoard> = BTreeMap::new();
    for trip in &day.timetable.trips {
        let pattern = day.pattern_of(trip);
        let last = pattern.stops.len() - 1;
        for (index, &stop) in pattern.stops.iter().enumerate() {
            if index == last {
                board_of(&mut boards, stop).line_ends.insert(trip.departure + pattern.arrivals[index]);
            } else {
                board_of(&mut boards, stop)
                    .departs(Service::Line(trip.pattern), trip.departure + pattern.departures[index]);
            }
        }
    }
    for run in day.timetable.runs.iter().filter(|run| run.product == Product::Market) {
        let Some(&Hub::Market(market)) = run.hubs.first() else { continue };
        let service = Service::Market { market, towards: run.last_place() };
        for call in &run.calls {
            if call.boardings.is_empty() {
                board_of(&mut boards, call.place).market_arrivals.insert(call.arrival);
            } else {
                board_of(&mut boards, call.place).departs(service, call.departure);
            }
        }
    }
    boards.into_values().collect()
}

fn board_of(boards: &mut BTreeMap<PlaceId, StopBoard>, stop: PlaceId) -> &mut StopBoard {
    let empty = || StopBoard {
        stop,
        departures: BTreeMap::new(),
        line_ends: BTreeSet::new(),
        market_arrivals: BTreeSet::new(),
    };
    boards.entry(stop).or_insert_with(empty)
}

impl StopBoard {
    fn departs(&mut self, service: Service, time: ServiceTime) {
        self.departures.entry(service).or_default().insert(time);
    }

    pub(super) fn html(&self, day: &PlannedDay<'_>) -> String {
        let place = day.place(self.stop);
        let body = html! {
            h1 { (name(&place.name)) }
            p { (place.code) " · " (date(day.timetable.date)) " · " (day_type(day.scenario, day.timetable.date)) }
            @if self.departures.is_empty() {
                p { (both("本站当日只有到达，没有发车。", "Arrivals only on this day.")) }
                @if !self.line_ends.is_empty() {
                    h2 { (both("终到时刻", "Lines end here")) }
                    p { (list(&self.line_ends)) }
                }
            } @else {
                (self.table(day))
            }
            @if !self.market_arrivals.is_empty() {
                h2 { (both("赶集班到达", "Market runs arrive")) }
                p { (list(&self.market_arrivals)) }
            }
            footer {
                (name(&day.scenario.area.name)) " · " (both("数字为分钟", "figures are minutes past the hour")) " · "
                a href="../index.html" { (both("全部时刻表", "all timetables")) }
            }
        };
        Page { title: place.name.local(), is_landscape: self.departures.len() > 6, body }.html()
    }

    fn table(&self, day: &PlannedDay<'_>) -> Markup {
        let hours: BTreeSet<i32> =
            self.departures.values().flatten().map(|time| time.seconds().div_euclid(3_600)).collect();
        html! {
            table {
                thead { tr {
                    th { (both("时", "hour")) }
                    @for &service in self.departures.keys() { th { (heading(day, service)) } }
                } }
                tbody {
                    @for &hour in &hours {
                        tr {
                            th.time { (format!("{hour:02}")) }
                            @for times in self.departures.values() { td.time { (minutes_of(times, hour)) } }
                        }
                    }
                }
            }
        }
    }

    /// The short names of the lines that leave here, as the index lists them.
    pub(super) fn lines(&self, day: &PlannedDay<'_>) -> BTreeSet<String> {
        let word = |service: &Service| match *service {
            Service::Line(pattern) => day.scenario.route(day.scenario.pattern(pattern).route).short_name.clone(),
            Service::Market { .. } => "集".to_owned(),
        };
        self.departures.keys().map(word).collect()
    }
}

fn heading(day: &PlannedDay<'_>, service: Service) -> Markup {
    let towards = |place: PlaceId| html! { br; "→ " (name(&day.place(place).name)) };
    match service {
        Service::Line(id) => {
            let pattern = day.scenario.pattern(id);
            let route = day.scenario.route(pattern.route);
            html! {
                a href={ "../lines/" (file_name(&route.code)) } { span.number { (route.short_name) } }
                (towards(pattern.last_stop()))
            }
        }
        Service::Market { market, towards: last } => {
            let line: Name = market_line_name(&day.scenario.market(market).name);
            html! { (name(&line)) (towards(last)) }
        }
    }
}

fn list(times: &BTreeSet<ServiceTime>) -> String {
    // Two within a minute are one to whoever reads it.
    let told: BTreeSet<String> = times.iter().map(|&time| hm(time)).collect();
    told.into_iter().collect::<Vec<_>>().join(" · ")
}

/// The minutes of all departures in an hour.
fn minutes_of(times: &BTreeSet<ServiceTime>, hour: i32) -> String {
    let within = times.iter().filter(|time| time.seconds().div_euclid(3_600) == hour);
    let minutes = within.map(|time| format!("{:02}", time.seconds().rem_euclid(3_600) / 60));
    minutes.collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planned_day::sample::ToyDay;

    #[test]
    fn every_trip_and_market_run_is_on_the_pages_of_its_stops() {
        let toy = ToyDay::new();
        let day = toy.day();
        let boards = all(&day);
        let at = |stop: PlaceId| boards.iter().find(|board| board.stop == stop).expect("a page of that stop");
        for trip in &toy.timetable.trips {
            let pattern = day.pattern_of(trip);
            let last = pattern.stops.len() - 1;
            for (index, &stop) in pattern.stops[..last].iter().enumerate() {
                let time = trip.departure + pattern.departures[index];
                assert!(at(stop).departures[&Service::Line(trip.pattern)].contains(&time));
            }
            assert!(at(pattern.stops[last]).line_ends.contains(&(trip.departure + pattern.running_time())));
        }
        for run in &toy.timetable.runs {
            let is_public = run.product == Product::Market;
            let found = boards.iter().any(|board| {
                board.departures.values().flatten().any(|&time| time == run.calls[0].departure)
                    && board.stop == run.first_place()
            });
            assert_eq!(found, is_public, "market runs are public, student runs are not");
        }
    }

    #[test]
    fn the_minutes_of_an_hour_stand_together() {
        let times =
            [(6, 58), (7, 5), (7, 40), (8, 0), (25, 10)].map(|(hours, minutes)| ServiceTime::hm(hours, minutes));
        let check = |hour, expected: &str| assert_eq!(minutes_of(&BTreeSet::from(times), hour), expected);
        check(7, "05  40");
        check(9, "");
        check(25, "10");
    }

    #[test]
    fn a_stop_where_everything_ends_says_so() {
        let mut toy = ToyDay::new();
        toy.timetable.trips.truncate(1);
        toy.timetable.runs.clear();
        let day = toy.day();
        let last = day.pattern_of(&toy.timetable.trips[0]).last_stop();
        let board = all(&day).into_iter().find(|board| board.stop == last).expect("a page");
        assert!(board.html(&day).contains("Arrivals only") && board.html(&day).contains("08:51"));
    }
}
