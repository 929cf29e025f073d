//! What every driver of the fixed schedule does, by depot.

use std::collections::BTreeMap;

use sanban_engine::ids::DepotId;
use sanban_engine::plan::Duty;

use super::canvas::both;
use super::gantt::{Bar, Chart, Group, Look, Row};
use super::vehicle_rows::bar;
use crate::plan_files::codes::duty_code;
use crate::planned_day::PlannedDay;

pub(super) fn chart(day: &PlannedDay<'_>) -> Chart {
    let mut groups: BTreeMap<DepotId, Vec<Row>> = BTreeMap::new();
    for (index, duty) in day.timetable.duties.iter().enumerate() {
        let row = Row { label: duty_code(index), bars: bars(day, duty) };
        groups.entry(duty.depot).or_default().push(row);
    }
    let group = |(depot, rows): (DepotId, Vec<Row>)| {
        let depot = &day.scenario.fleet.depots[depot.index()].name;
        Group { name: format!("{}  {} 个班次 duties", both(depot), rows.len()), rows }
    };
    let title = format!("{} 驾驶员班次图 Driver duties  {}", both(&day.scenario.area.name), day.timetable.date);
    Chart { title, groups: groups.into_iter().map(group).collect() }
}

/// From signing on to signing off; what is driven lies over it, rests over that.
fn bars(day: &PlannedDay<'_>, duty: &Duty) -> Vec<Bar> {
    let whole = |begin, end, look| Bar { begin, end, look, label: String::new() };
    let mut bars = vec![whole(duty.sign_on, duty.sign_off, Look::OnDuty)];
    bars.extend(duty.pieces.iter().flat_map(|piece| day.activities_of(piece)).map(|activity| bar(day, &activity)));
    bars.extend(duty.rests.iter().map(|rest| whole(rest.earliest, rest.latest, Look::Rest)));
    bars
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planned_day::sample::ToyDay;

    #[test]
    fn every_trip_is_driven_in_one_duty() {
        let toy = ToyDay::new();
        let day = toy.day();
        let chart = chart(&day);
        let rows: Vec<&Row> = chart.groups.iter().flat_map(|group| &group.rows).collect();
        assert_eq!(rows.iter().map(|row| row.label.as_str()).collect::<Vec<_>>(), ["DU-001", "DU-002", "DU-003"]);
        for (id, trip) in toy.timetable.trips_with_ids() {
            let end = trip.departure + day.pattern_of(trip).running_time();
            let label = &day.line_of(trip).short_name;
            let is_it =
                |bar: &&Bar| (bar.look, bar.begin, bar.end, &bar.label) == (Look::Trip, trip.departure, end, label);
            // Of two trips that leave at the same time, in whichever direction, each is drawn once.
            let alike = toy.timetable.trips.iter().filter(|other| {
                let other_end = other.departure + day.pattern_of(other).running_time();
                (other.departure, other_end, &day.line_of(other).short_name) == (trip.departure, end, label)
            });
            let drawn: usize = rows.iter().map(|row| row.bars.iter().filter(is_it).count()).sum();
            assert_eq!(drawn, alike.count(), "{}", day.trip_code(id));
        }
        let drawn = rows.iter().flat_map(|row| &row.bars).filter(|bar| bar.look == Look::Trip).count();
        assert_eq!(drawn, toy.timetable.trips.len());
        assert_eq!(rows[0].bars[0].look, Look::OnDuty);
        assert_eq!(rows[0].bars[rows[0].bars.len() - 1].look, Look::Rest);
    }
}
