//! Plans of the sample town and of small random lines.

use super::*;
use crate::check::check_timetable;
use crate::scenario::sample;

fn with_nodes(threads: usize) -> PlanOptions {
    PlanOptions { time_limit_seconds: None, node_limit: Some(200), threads, ..PlanOptions::default() }
}

fn planned(town: &Scenario, threads: usize) -> Timetable {
    plan(town, sample::market_day(), &with_nodes(threads), &|_| {}, StopSignal::NEVER).expect("a plan")
}

#[test]
fn the_sample_town_gets_a_plan_that_passes_the_checker() {
    let town = sample::small_town();
    let timetable = planned(&town, 2);
    assert_eq!(check_timetable(&town, &timetable), []);
    assert!(timetable.trips.len() >= 12, "six departures each way: {timetable:#?}");
    assert!(timetable.stages[0].gap <= 0.05, "{:?}", timetable.stages);
}
