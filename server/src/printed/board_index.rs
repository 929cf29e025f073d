//! The page that leads to the timetables of all lines and stops.

use std::collections::BTreeMap;

use maud::html;
use sanban_engine::ids::RouteId;
use sanban_engine::time::ServiceTime;

use super::page::{Page, file_name};
use super::stop_boards::StopBoard;
use super::words::{both, date, day_type, hm, name};
use crate::planned_day::PlannedDay;

pub(super) fn html(day: &PlannedDay<'_>, stops: &[StopBoard]) -> String {
    let mut of_line: BTreeMap<RouteId, Vec<ServiceTime>> = BTreeMap::new();
    for trip in &day.timetable.trips {
        of_line.entry(day.pattern_of(trip).route).or_default().push(trip.departure);
    }
    let area = &day.scenario.area.name;
    let body = html! {
        h1 { (name(area)) " " (both("公交时刻表", "bus timetables")) }
        p { (date(day.timetable.date)) " · " (day_type(day.scenario, day.timetable.date)) }
        h2 { (both("线路", "Lines")) }
        table {
            thead { tr {
                th { (both("线路", "line")) } th { (both("起讫", "from – to")) } th { (both("班次", "trips")) }
                th { (both("首班", "first")) } th { (both("末班", "last")) }
            } }
            tbody {
                @for (&id, departures) in &of_line {
                    @let route = day.scenario.route(id);
                    tr {
                        th { span.number { (route.short_name) } }
                        td { a href={ "lines/" (file_name(&route.code)) } { (name(&route.name)) } }
                        td.time { (departures.len()) }
                        td.time { @if let Some(&first) = departures.iter().min() { (hm(first)) } }
                        td.time { @if let Some(&last) = departures.iter().max() { (hm(last)) } }
                    }
                }
            }
        }
        h2 { (both("站点", "Stops")) }
        ul.columns {
            @for board in stops {
                @let place = day.place(board.stop);
                li {
                    a href={ "stops/" (file_name(&place.code)) } { (name(&place.name)) }
                    " " span.note { @for line in board.lines(day) { (line) " " } }
                }
            }
        }
    };
    Page { title: &format!("{} {}", area.local(), day.timetable.date), is_landscape: false, body }.html()
}
