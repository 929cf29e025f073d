//! What the stages of a plan found, as a table.

use std::collections::BTreeSet;

use sanban_engine::fleet::Product;
use sanban_engine::ids::VehicleId;
use sanban_engine::plan::{Duty, FreightCounts, StageReport, Timetable, Trip};
use sanban_engine::scenario::Scenario;
use sanban_engine::time::Duration;

use crate::commands::table::Table;

/// What every stage and part found and what it costs; below it what was relaxed and what its prices tell.
pub(super) fn stages_table(scenario: &Scenario, timetable: &Timetable) -> Table<7> {
    let mut table = Table::new([
        ("阶段", "stage"),
        ("部分", "part"),
        ("内容", "what"),
        ("          费用", "          cost"),
        ("          下界", "         bound"),
        (" 差距", "gap %"),
        ("     秒", "      s"),
    ]);
    for stage in &timetable.stages {
        table.push([
            stage.stage.clone(),
            stage.part.clone(),
            found_by(scenario, timetable, stage),
            format!("{:>14}", stage.cost.to_string()),
            format!("{:>14}", stage.lower_bound.to_string()),
            format!("{:>5.2}", stage.gap * 100.0),
            format!("{:>7.1}", stage.seconds),
        ]);
        if stage.stage == "freight" {
            let FreightCounts { on_trips, on_market_runs, on_freight_runs, not_carried } = timetable.freight.counts();
            table.note(format!(
                "货件 consignments: 班线 on trips {on_trips}, 赶集班 on market runs {on_market_runs}, 物流班 on freight runs \
                 {on_freight_runs}, 未运 not carried {not_carried}"
            ));
        }
        if stage.part.is_empty() {
            stage.relaxed.iter().for_each(|relaxed| table.note(relaxed.clone()));
        }
        for advice in &stage.advice {
            let (zh, en) = crate::advice::words(advice);
            table.note(format!("{zh} / {en}"));
        }
    }
    table
}

/// How many of those who change lines find a bus, and how long they wait on average.
fn connections_kept(scenario: &Scenario, timetable: &Timetable) -> String {
    let (mut people, mut met, mut waited_s) = (0, 0, 0);
    for connection in &timetable.connections {
        let passengers = i64::from(scenario.line_transfers[connection.transfer.index()].passengers);
        people += passengers;
        if let Some(rides) = connection.rides {
            met += passengers;
            waited_s += passengers * i64::from(rides.wait.seconds());
        }
    }
    let minutes = Duration::from_seconds((waited_s / met.max(1)) as i32).minutes_rounded_up();
    format!("{met}/{people} 换乘 change lines, {minutes} 分 min")
}

/// How much of the timetable is the work of a stage, or of its part where the timetable tells parts apart.
fn found_by(scenario: &Scenario, timetable: &Timetable, stage: &StageReport) -> String {
    let (is_whole, part) = (stage.part.is_empty(), stage.part.as_str());
    let runs_of = |product: Product| timetable.runs.iter().filter(|run| run.product == product).count();
    match stage.stage.as_str() {
        "transfers" => connections_kept(scenario, timetable),
        "lines" => {
            let is_part = |trip: &&Trip| {
                let route = scenario.route(scenario.pattern(trip.pattern).route);
                is_whole || route.code == part
            };
            let of_part: Vec<&Trip> = timetable.trips.iter().filter(is_part).collect();
            // A vehicle that works several lines counts for each.
            let vehicles: BTreeSet<VehicleId> =
                of_part.iter().map(|trip| timetable.blocks[trip.block.index()].vehicle).collect();
            format!("{} 班次 trips, {} 车 vehicles", of_part.len(), vehicles.len())
        }
        "students" if is_whole => format!("{} 学生班 student runs", runs_of(Product::Student)),
        "markets" if is_whole => format!("{} 赶集班 market runs", runs_of(Product::Market)),
        "times" => format!("{} 调铃 bells moved", timetable.moved_bells.len()),
        "vehicles" => {
            format!("{} 车 vehicles, {} 出车 blocks", timetable.vehicles(), timetable.blocks.len())
        }
        "freight" => {
            let freight = &timetable.freight;
            format!("{} 货件 consignments, {} 物流班 freight runs", freight.itineraries.len(), freight.runs.len())
        }
        "duties" => {
            let depot = |duty: &&Duty| is_whole || scenario.fleet.depots[duty.depot.index()].code == part;
            format!("{} 驾驶员班次 duties", timetable.duties.iter().filter(depot).count())
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use sanban_engine::plan::Advice;
    use sanban_engine::time::{ServiceTime, TimeWindow};
    use sanban_engine::units::Fen;

    use super::*;
    use crate::planned_day::sample::ToyDay;

    #[test]
    fn every_stage_says_what_it_found_and_its_advice_stands_below_it() {
        let mut toy = ToyDay::new().with_goods_on_a_market_run();
        let stage = |stage: &str, part: &str| StageReport {
            stage: stage.to_owned(),
            part: part.to_owned(),
            cost: Fen(123_456),
            lower_bound: Fen(120_000),
            gap: 0.028,
            seconds: 1.25,
            relaxed: Vec::new(),
            advice: Vec::new(),
        };
        let stages = ["lines", "students", "markets", "times", "vehicles", "freight", "duties"];
        toy.timetable.stages = stages.map(|name| stage(name, "")).into_iter().collect();
        toy.timetable.stages.insert(1, stage("lines", "L1"));
        toy.timetable.stages.push(stage("duties", "D1"));
        toy.timetable.stages[5].advice.push(Advice::OneMoreVehicle {
            vehicle_type: "BUS33".to_owned(),
            depot: "D1".to_owned(),
            busiest: TimeWindow::new(ServiceTime::hm(7, 0), ServiceTime::hm(8, 0)),
            saves: Fen(4_200),
        });
        let text = stages_table(&toy.scenario, &toy.timetable).to_string();
        let lines: Vec<&str> = text.lines().skip(2).collect();
        let check = |line: usize, stage: &str, expected: &str| {
            assert!(lines[line].starts_with(stage) && lines[line].contains(expected), "{expected}: {text}");
        };
        check(0, "lines", " 10 班次 trips, 2 车 vehicles ");
        check(1, "lines", " 10 班次 trips, 2 车 vehicles ");
        check(2, "students", " 2 学生班 student runs ");
        check(3, "markets", " 2 赶集班 market runs ");
        check(4, "times", " 1 调铃 bells moved ");
        check(5, "vehicles", " 2 车 vehicles, 2 出车 blocks ");
        check(6, "    ", "one more BUS33 at D1 would save at most 42.00 yuan a day; busiest 07:00–08:00");
        check(7, "freight", " 4 货件 consignments, 1 物流班 freight runs ");
        check(8, "    ", "班线 on trips 1, 赶集班 on market runs 1, 物流班 on freight runs 1, 未运 not carried 1");
        check(9, "duties", " 3 驾驶员班次 duties ");
        check(10, "duties", " 3 驾驶员班次 duties ");
    }
}
