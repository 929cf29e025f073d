//! The run sheet of a vehicle: everything it does on the date, out of its depot and back, and the page that leads to all sheets.

use std::collections::BTreeMap;

use maud::{Markup, html};
use sanban_engine::ids::VehicleId;
use sanban_engine::plan::FreightRun;

use super::activity_table::ActivityTables;
use super::page::{Page, Sheet, file_name};
use super::words::{both, date, hm, name, seats};
use crate::plan_files::codes::freight_run_code;
use crate::planned_day::PlannedDay;

/// What a vehicle works: positions of its blocks and of its freight runs.
#[derive(Default)]
struct Work {
    blocks: Vec<usize>,
    freight_runs: Vec<usize>,
}

/// All vehicles that leave their depot on the fixed schedule.
pub(super) fn all(day: &PlannedDay<'_>) -> Vec<Sheet> {
    let mut work: BTreeMap<VehicleId, Work> = BTreeMap::new();
    for (index, block) in day.timetable.blocks.iter().enumerate() {
        work.entry(block.vehicle).or_default().blocks.push(index);
    }
    for (index, run) in day.timetable.freight.runs.iter().enumerate() {
        work.entry(run.vehicle).or_default().freight_runs.push(index);
    }
    let tables = ActivityTables::new(day);
    work.iter().map(|(&vehicle, work)| sheet(day, &tables, vehicle, work)).collect()
}

fn sheet(day: &PlannedDay<'_>, tables: &ActivityTables<'_>, id: VehicleId, work: &Work) -> Sheet {
    let (vehicle, kind) = (day.scenario.fleet.vehicle(id), day.scenario.fleet.type_of(id));
    let depot = &day.scenario.fleet.depots[vehicle.depot.index()];
    let body = html! {
        h1 { (both("行车路单", "Run sheet")) " " span.number { (vehicle.code) } }
        p { (date(day.timetable.date)) " · " (name(&kind.name)) " · " (seats(kind)) " · " (name(&depot.name)) }
        @for &index in &work.blocks {
            @let block = &day.timetable.blocks[index];
            section {
                h2 {
                    (day.block_code(index)) " · " (both("出场", "out")) " " (hm(block.leaves_depot)) " · "
                    (both("回场", "back")) " " (hm(block.returns))
                }
                (tables.table(&day.activities(block)))
            }
        }
        @for &index in &work.freight_runs { (freight_run(day, index)) }
        (signatures(day))
    };
    let html = Page { title: &vehicle.code, is_landscape: false, body }.html();
    Sheet { code: vehicle.code.clone(), html }
}

fn freight_run(day: &PlannedDay<'_>, index: usize) -> Markup {
    let run: &FreightRun = &day.timetable.freight.runs[index];
    html! {
        section {
            h2 {
                (both("物流班", "freight run")) " " (freight_run_code(index)) " · "
                (both("出场", "out")) " " (hm(run.leaves_depot)) " · " (both("回场", "back")) " " (hm(run.returns))
            }
            table {
                thead { tr {
                    th.time { (both("到", "arr.")) } th.time { (both("发", "dep.")) } th { (both("地点", "place")) }
                    th { (both("货件", "consignment")) } th { "kg" } th { "L" }
                } }
                tbody { @for visit in &run.visits {
                    @let consignment = &day.scenario.consignments[visit.consignment];
                    tr {
                        td.time { (hm(visit.arrival)) } td.time { (hm(visit.departure)) }
                        td { (name(&day.place(visit.place).name)) }
                        td {
                            @if visit.loads { (both("装", "load")) } @else { (both("卸", "unload")) }
                            " " (consignment.code)
                        }
                        td.time { (consignment.load.freight_kilograms) } td.time { (consignment.load.freight_litres) }
                    }
                } }
            }
        }
    }
}

/// Where driver and dispatcher sign, as on every run sheet of a bus company.
pub(super) fn signatures(day: &PlannedDay<'_>) -> Markup {
    html! {
        footer {
            (name(&day.scenario.area.name)) " · " (both("驾驶员签字", "driver")) " ____________  "
            (both("调度员签字", "dispatcher")) " ____________"
        }
    }
}

/// The page that leads to the sheets of vehicles and drivers.
pub(super) fn index(day: &PlannedDay<'_>, vehicles: &[Sheet], duties: &[Sheet]) -> String {
    let list = |folder: &str, sheets: &[Sheet]| {
        html! {
            ul.columns { @for sheet in sheets { li { a href={ (folder) "/" (file_name(&sheet.code)) } { (sheet.code) } } } }
        }
    };
    let body = html! {
        h1 { (name(&day.scenario.area.name)) " " (both("行车路单", "run sheets")) }
        p { (date(day.timetable.date)) }
        h2 { (both("车辆", "Vehicles")) }
        (list("vehicles", vehicles))
        @if !duties.is_empty() {
            h2 { (both("驾驶员班次", "Duties")) }
            (list("duties", duties))
        }
    };
    Page { title: "行车路单 Run sheets", is_landscape: false, body }.html()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planned_day::sample::ToyDay;

    fn sheet_of(toy: &ToyDay, vehicle: &str) -> String {
        let day = toy.day();
        all(&day).into_iter().find(|sheet| sheet.code == vehicle).expect("a sheet of that vehicle").html
    }

    #[test]
    fn a_sheet_holds_every_trip_and_run_of_its_vehicle_and_no_other() {
        let toy = ToyDay::new();
        let day = toy.day();
        for block in &toy.timetable.blocks {
            let html = sheet_of(&toy, &toy.scenario.fleet.vehicle(block.vehicle).code);
            for (id, trip) in toy.timetable.trips_with_ids() {
                let is_its = toy.timetable.blocks[trip.block.index()] == *block;
                assert_eq!(html.contains(&day.trip_code(id)), is_its);
            }
            for (id, run) in day.runs_with_ids() {
                let is_its = toy.timetable.blocks[run.block.index()] == *block;
                assert_eq!(html.contains(day.run_code(id)), is_its);
            }
        }
    }

    #[test]
    fn pupils_are_counted_by_village_and_an_attendant_takes_a_seat() {
        let toy = ToyDay::new();
        let html = sheet_of(&toy, "B1");
        // 32 seats for passengers; 18 pupils of Liuba and 8 of Chashan.
        for expected in
            ["seats for pupils</span> 31", "attendants</span> 1", ">18 <", ">26<", "柳坝村", "nobody stands"]
        {
            assert!(html.contains(expected), "{expected} is not in {html}");
        }
    }

    #[test]
    fn goods_in_the_hold_and_on_runs_of_their_own_stand_on_the_sheets() {
        let toy = ToyDay::new().with_goods_on_a_market_run();
        assert!(sheet_of(&toy, "B2").contains(" C1 12 kg, 36 L"));
        // Loaded in a village, unloaded at the market.
        assert_eq!(sheet_of(&toy, "B2").matches(" C4 35 kg, 105 L").count(), 2);
        let van = &toy.scenario.fleet.vehicle(toy.timetable.freight.runs[0].vehicle).code;
        assert!(sheet_of(&toy, van).contains("FR-01"));
    }
}
