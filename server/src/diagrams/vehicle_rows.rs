//! What every vehicle of the fixed schedule does, by depot.

use std::collections::BTreeMap;

use sanban_engine::fleet::Product;
use sanban_engine::ids::{DepotId, VehicleId};

use super::canvas::both;
use super::gantt::{Bar, Chart, Group, Look, Row};
use crate::plan_files::codes::freight_run_code;
use crate::planned_day::{Activity, ActivityKind, PlannedDay};

pub(super) fn chart(day: &PlannedDay<'_>) -> Chart {
    let fleet = &day.scenario.fleet;
    let mut bars_of: BTreeMap<(DepotId, VehicleId), Vec<Bar>> = BTreeMap::new();
    for block in &day.timetable.blocks {
        let bars = bars_of.entry((fleet.vehicle(block.vehicle).depot, block.vehicle)).or_default();
        bars.extend(day.activities(block).iter().map(|activity| bar(day, activity)));
    }
    for (index, run) in day.timetable.freight.runs.iter().enumerate() {
        let (begin, end, label) = (run.leaves_depot, run.returns, freight_run_code(index));
        let bars = bars_of.entry((fleet.vehicle(run.vehicle).depot, run.vehicle)).or_default();
        bars.push(Bar { begin, end, look: Look::FreightRun, label });
    }
    let mut groups: BTreeMap<DepotId, Vec<Row>> = BTreeMap::new();
    for ((depot, vehicle), bars) in bars_of {
        let label = format!("{} {}", fleet.type_of(vehicle).code, fleet.vehicle(vehicle).code);
        groups.entry(depot).or_default().push(Row { label, bars });
    }
    let group = |(depot, rows): (DepotId, Vec<Row>)| {
        let name = format!("{}  {} 辆车 vehicles", both(&fleet.depots[depot.index()].name), rows.len());
        Group { name, rows }
    };
    let title = format!("{} 车辆运用图 Vehicle schedule  {}", both(&day.scenario.area.name), day.timetable.date);
    Chart { title, groups: groups.into_iter().map(group).collect() }
}

/// What a vehicle does, as it is drawn: trips with the number of their line, runs with the code of their school or market.
pub(super) fn bar(day: &PlannedDay<'_>, activity: &Activity) -> Bar {
    let (look, label) = match activity.kind {
        ActivityKind::Trip(id) => (Look::Trip, day.line_of(day.timetable.trip(id)).short_name.clone()),
        ActivityKind::Run(id) => {
            let run = day.timetable.run(id);
            let look = if run.product == Product::Student { Look::StudentRun } else { Look::MarketRun };
            (look, run.hubs.first().map_or("", |hub| hub.code(day.scenario)).to_owned())
        }
        ActivityKind::Deadhead => (Look::Deadhead, String::new()),
        ActivityKind::Standing => (Look::Standing, String::new()),
    };
    Bar { begin: activity.begin, end: activity.end, look, label }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planned_day::sample::ToyDay;

    #[test]
    fn every_trip_and_run_has_a_bar_in_the_row_of_its_vehicle() {
        let toy = ToyDay::new();
        let day = toy.day();
        let chart = chart(&day);
        assert_eq!(chart.groups.len(), 1);
        let rows = &chart.groups[0].rows;
        assert_eq!(rows.iter().map(|row| row.label.as_str()).collect::<Vec<_>>()[..2], ["BUS33 B1", "BUS33 B2"]);
        let has = |block: usize, begin, end, look| {
            rows[block].bars.iter().any(|bar| (bar.begin, bar.end, bar.look) == (begin, end, look))
        };
        for trip in &toy.timetable.trips {
            let end = trip.departure + day.pattern_of(trip).running_time();
            assert!(has(trip.block.index(), trip.departure, end, Look::Trip));
        }
        for run in &toy.timetable.runs {
            let look = if run.product == Product::Student { Look::StudentRun } else { Look::MarketRun };
            assert!(has(run.block.index(), run.starts(), run.ends(), look));
        }
        assert!(rows[2].bars.iter().any(|bar| bar.look == Look::FreightRun), "the van has a row");
    }
}
