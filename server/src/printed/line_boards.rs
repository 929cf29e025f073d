//! The timetable of a line, as it hangs at a county's bus station: stops down, departures across, both directions.

use maud::{Markup, html};
use sanban_engine::ids::{PatternId, RouteId};
use sanban_engine::plan::Trip;
use sanban_engine::scenario::{Pattern, Route};

use super::page::{Page, file_name};
use super::words::{both, date, day_type, hm, minutes, name};
use crate::planned_day::PlannedDay;

/// So many departures stand side by side at most; more are shared out over several tables.
const DEPARTURES_ACROSS: usize = 22;

/// The page of a line.
pub(super) struct LineBoard<'a> {
    pub(super) code: &'a str,
    pub(super) html: String,
}

/// All lines with departures.
pub(super) fn all<'a>(day: &'a PlannedDay<'_>) -> impl Iterator<Item = LineBoard<'a>> {
    let routes = day.scenario.routes.iter().enumerate();
    let served = routes.filter(|(index, _)| {
        day.timetable.trips.iter().any(|trip| day.pattern_of(trip).route == RouteId::from_index(*index))
    });
    served.map(|(_, route)| LineBoard { code: &route.code, html: board(day, route) })
}

fn board(day: &PlannedDay<'_>, route: &Route) -> String {
    let tables = route.patterns.iter().map(|&pattern| direction(day, pattern));
    let body = html! {
        h1 { span.number { (route.short_name) } (name(&route.name)) }
        p { (date(day.timetable.date)) " · " (day_type(day.scenario, day.timetable.date)) }
        @for table in tables { (table) }
        footer {
            (name(&day.scenario.area.name)) " · "
            (both("时刻为计划发车时间，终到站为到达时间", "planned departures; arrivals at the last stop")) " · "
            a href="../index.html" { (both("全部时刻表", "all timetables")) }
        }
    };
    let title = format!("{} {}", route.short_name, route.name.local());
    Page { title: &title, is_landscape: true, body }.html()
}

/// The departures of a pattern in order of time.
fn departures<'a>(day: &PlannedDay<'a>, pattern: PatternId) -> Vec<&'a Trip> {
    let mut trips: Vec<&Trip> = day.timetable.trips.iter().filter(|trip| trip.pattern == pattern).collect();
    trips.sort_by_key(|trip| trip.departure);
    trips
}

fn direction(day: &PlannedDay<'_>, id: PatternId) -> Markup {
    let (pattern, trips) = (day.scenario.pattern(id), departures(day, id));
    let (Some(first), Some(last)) = (trips.first(), trips.last()) else { return html! {} };
    let across = trips.len().div_ceil(trips.len().div_ceil(DEPARTURES_ACROSS));
    let tables = trips.chunks(across).enumerate();
    html! {
        section.direction {
            h2 { (name(&day.place(pattern.first_stop()).name)) " → " (name(&day.place(pattern.last_stop()).name)) }
            p.note {
                (both("首班", "first")) " " b { (hm(first.departure)) } " · "
                (both("末班", "last")) " " b { (hm(last.departure)) } " · "
                (trips.len()) " " (both("班", "departures")) " · " (minutes(pattern.running_time())) " · "
                (pattern.length().to_string())
            }
            @for (index, trips) in tables { (table(day, pattern, trips, index * across)) }
        }
    }
}

/// Some departures of a pattern; so many stand in tables before.
fn table(day: &PlannedDay<'_>, pattern: &Pattern, trips: &[&Trip], before: usize) -> Markup {
    let stop = |index: usize| day.place(pattern.stops[index]);
    html! {
        table.board {
            thead { tr {
                th { (both("站点", "stop")) }
                th.time { "km" }
                @for number in before + 1..=before + trips.len() { th.time { (number) } }
            } }
            tbody {
                @for index in 0..pattern.stops.len() {
                    tr {
                        th { a href={ "../stops/" (file_name(&stop(index).code)) } { (name(&stop(index).name)) } }
                        td.time { (format!("{:.1}", pattern.distances[index].0 as f64 / 1_000.0)) }
                        @for trip in trips { td.time { (time_at(day, trip, index)) } }
                    }
                }
            }
        }
    }
}

/// When it leaves a stop; at the last one, when it arrives.
fn time_at(day: &PlannedDay<'_>, trip: &Trip, index: usize) -> String {
    let pattern = day.pattern_of(trip);
    let is_last = index + 1 == pattern.stops.len();
    hm(trip.departure + if is_last { pattern.arrivals[index] } else { pattern.departures[index] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planned_day::sample::ToyDay;

    #[test]
    fn every_departure_stands_at_every_stop_of_its_line() {
        let toy = ToyDay::new();
        let day = toy.day();
        let boards: Vec<LineBoard<'_>> = all(&day).collect();
        assert_eq!(boards.len(), 1);
        for trip in &toy.timetable.trips {
            for index in 0..day.pattern_of(trip).stops.len() {
                assert!(boards[0].html.contains(&format!(">{}<", time_at(&day, trip, index))));
            }
        }
        assert_eq!(boards[0].html.matches("<tbody>").count(), 2, "a table for each direction");
    }

    #[test]
    fn many_departures_continue_in_another_table() {
        let mut toy = ToyDay::new();
        let first = toy.timetable.trips[0].clone();
        for minutes in 0..DEPARTURES_ACROSS as i32 {
            let departure = first.departure + sanban_engine::time::Duration::from_minutes(5 * minutes + 1);
            toy.timetable.trips.push(Trip { departure, ..first.clone() });
        }
        let day = toy.day();
        let boards: Vec<LineBoard<'_>> = all(&day).collect();
        assert_eq!(boards[0].html.matches("<tbody>").count(), 3);
    }

    #[test]
    fn names_with_angle_brackets_are_text() {
        let mut toy = ToyDay::new();
        let stop = toy.scenario.patterns[0].stops[1];
        toy.scenario.network.places[stop.index()].name.zh = "<b>A&B</b>".to_owned();
        let day = toy.day();
        let html = all(&day).next().expect("a line").html;
        assert!(html.contains("&lt;b&gt;A&amp;B&lt;/b&gt;") && !html.contains("<b>A"));
    }
}
