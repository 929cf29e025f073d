//! What a vehicle does, minute by minute, as a table for its driver.

use std::collections::BTreeMap;

use maud::{Markup, html};
use sanban_engine::fleet::Product;
use sanban_engine::ids::{RunId, TripId};
use sanban_engine::plan::{FreightCarrier, Run, RunDirection, RunRiders, Trip};

use super::words::{both, hm, hubs, minutes, name, riders};
use crate::planned_day::{Activity, ActivityKind, PlannedDay};

/// Goods that a driver loads or unloads at a call of a trip or run.
#[derive(Clone, Copy)]
struct GoodsAtCall {
    call: usize,
    consignment: usize,
    is_loaded: bool,
}

/// The tables of a day, with the goods in the holds at hand.
pub(super) struct ActivityTables<'a> {
    day: &'a PlannedDay<'a>,
    goods: BTreeMap<FreightCarrier, Vec<GoodsAtCall>>,
}

impl<'a> ActivityTables<'a> {
    pub(super) fn new(day: &'a PlannedDay<'a>) -> Self {
        let mut goods: BTreeMap<FreightCarrier, Vec<GoodsAtCall>> = BTreeMap::new();
        for itinerary in &day.timetable.freight.itineraries {
            for leg in &itinerary.legs {
                for (call, is_loaded) in [(leg.loaded_at, true), (leg.unloaded_at, false)] {
                    let at_call = GoodsAtCall { call, consignment: itinerary.consignment, is_loaded };
                    goods.entry(leg.carrier).or_default().push(at_call);
                }
            }
        }
        Self { day, goods }
    }

    pub(super) fn table(&self, activities: &[Activity]) -> Markup {
        html! {
            table.sheet {
                thead { tr {
                    th.time.clock { (both("到", "arr.")) } th.time.clock { (both("发", "dep.")) }
                    th.place { (both("地点", "place")) }
                    th { (both("上车", "on")) } th { (both("下车", "off")) } th.time.load { (both("车上", "load")) }
                } }
                tbody { @for activity in activities { (self.activity(activity)) } }
            }
        }
    }

    fn activity(&self, activity: &Activity) -> Markup {
        match activity.kind {
            ActivityKind::Trip(id) => self.trip(id),
            ActivityKind::Run(id) => self.run(id),
            ActivityKind::Standing => html! {
                tr.quiet {
                    td.time { (hm(activity.begin)) } td.time { (hm(activity.end)) }
                    td colspan="4" {
                        (both("停车等候", "stands")) " " (minutes(activity.end - activity.begin)) " · "
                        (name(&self.day.place(activity.from).name))
                    }
                }
            },
            ActivityKind::Deadhead => html! {
                tr.quiet {
                    td {} td.time { (hm(activity.begin)) }
                    td colspan="4" {
                        (both("空驶", "empty")) " → " (name(&self.day.place(activity.to).name)) " · "
                        (self.day.scenario.network.travel.distance(activity.from, activity.to)) " · "
                        (minutes(activity.end - activity.begin))
                    }
                }
            },
        }
    }

    fn trip(&self, id: TripId) -> Markup {
        let trip = self.day.timetable.trip(id);
        let (pattern, line) = (self.day.pattern_of(trip), self.day.line_of(trip));
        let (last, carrier) = (pattern.stops.len() - 1, FreightCarrier::Trip(id));
        html! {
            tr.major.service { th colspan="6" {
                span.number { (line.short_name) } (name(&line.name)) " → "
                (name(&self.day.place(pattern.last_stop()).name)) " · " (self.day.trip_code(id))
            } }
            @for (index, &stop) in pattern.stops.iter().enumerate() {
                tr {
                    td.time { @if index > 0 { (hm(trip.departure + pattern.arrivals[index])) } }
                    td.time { @if index < last { (hm(trip.departure + pattern.departures[index])) } }
                    td { (name(&self.day.place(stop).name)) }
                    td { (self.goods(carrier, index, true)) }
                    td { (self.goods(carrier, index, false)) }
                    td.time { (expected(trip, index)) }
                }
            }
        }
    }

    fn goods(&self, carrier: FreightCarrier, call: usize, is_loaded: bool) -> Markup {
        let all = self.goods.get(&carrier).map_or(&[][..], Vec::as_slice);
        let here = all.iter().filter(|goods| goods.call == call && goods.is_loaded == is_loaded);
        html! {
            @for goods in here {
                @let consignment = &self.day.scenario.consignments[goods.consignment];
                div {
                    (both("货", "goods")) " " (consignment.code) " " (consignment.load.freight_kilograms) " kg, "
                    (consignment.load.freight_litres) " L"
                }
            }
        }
    }

    fn run(&self, id: RunId) -> Markup {
        let run = self.day.timetable.run(id);
        let (last, carrier) = (run.calls.len() - 1, FreightCarrier::Run(id));
        let mut on_board = 0;
        let mut rows = Vec::new();
        for (index, call) in run.calls.iter().enumerate() {
            let people = |riders: &[RunRiders]| riders.iter().map(|riders| riders.people).sum::<i32>();
            on_board += people(&call.boardings) - people(&call.alightings);
            rows.push(html! {
                tr {
                    td.time { (hm(call.arrival)) }
                    td.time { @if index < last { (hm(call.departure)) } }
                    td { (name(&self.day.place(call.place).name)) }
                    td {
                        @for some in &call.boardings { div { (riders(self.day.scenario, some)) } }
                        (self.goods(carrier, index, true))
                    }
                    td {
                        @for some in &call.alightings { div { (riders(self.day.scenario, some)) } }
                        (self.goods(carrier, index, false))
                    }
                    td.time { (on_board) }
                }
            });
        }
        let class = if run.product == Product::Student { "major student" } else { "major market" };
        html! {
            tr class=(class) { th colspan="6" { (self.run_title(run)) " · " (self.day.run_code(id)) } }
            @for row in rows { (row) }
        }
    }

    /// What kind of run it is, where to, and with pupils who else rides along.
    fn run_title(&self, run: &Run) -> Markup {
        let (scenario, towards) = (self.day.scenario, hubs(self.day.scenario, run));
        let seats = scenario.fleet.vehicle_types[run.vehicle_type.index()].capacity.seats;
        let attendants = scenario.policy.students.attendants;
        html! {
            @if run.product == Product::Student { (both("学生班", "student run")) } @else { (both("赶集班", "market run")) }
            @for hub in &towards { " · " (name(hub)) }
            " · "
            @match run.direction {
                RunDirection::Inward => (both("去程", "there")),
                RunDirection::Outward => (both("返程", "home")),
            }
            @if run.product == Product::Student {
                " · " (both("随车照管员", "attendants")) " " (attendants) " · "
                (both("学生座位", "seats for pupils")) " " (seats - attendants) " · "
                (both("不得站立", "nobody stands"))
            }
        }
    }
}

/// Passengers expected after a stop; nobody after the last.
fn expected(trip: &Trip, index: usize) -> Markup {
    html! { @if let Some(load) = trip.expected_load.get(index) { "≈" (load) } }
}
