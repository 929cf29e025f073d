//! Plans of the sample town and of small random lines.

use std::collections::BTreeSet;

use super::*;
use crate::check::check_timetable;
use crate::demand::{LineDemand, MarketGoers, StudentGroup};
use crate::fleet::{Product, Products, Vehicle};
use crate::ids::{MarketId, PatternId, RouteId, SchoolId, VillageId};
use crate::plan::Trip;
use crate::scenario::{Pattern, sample};
use crate::time::{Duration, ServiceTime};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn with_nodes(threads: usize) -> PlanOptions {
    PlanOptions { time_limit_seconds: None, node_limit: Some(60), threads, ..PlanOptions::default() }
}

fn planned(town: &Scenario, threads: usize) -> Timetable {
    plan(town, sample::market_day(), &with_nodes(threads), &|_| {}, StopSignal::NEVER).expect("a plan")
}

fn keep_line_buses(town: &mut Scenario, count: usize) {
    let line_buses = town.fleet.vehicles.iter_mut().filter(|vehicle| vehicle.products.contains(Product::Line));
    line_buses.skip(count).for_each(|bus| bus.products = Products::NONE.with(Product::Ride));
}

#[test]
fn the_sample_town_gets_a_plan_that_passes_the_checker() {
    let town = sample::small_town();
    let timetable = planned(&town, 2);
    assert_eq!(check_timetable(&town, &timetable), []);
    assert!(timetable.trips.len() >= 12, "six departures each way: {timetable:#?}");
    assert!(timetable.stages[0].gap <= 0.05, "{:?}", timetable.stages);
}

/// The sample town with its line three times, and a bus more for each: enough to keep threads busy.
fn with_three_lines() -> Scenario {
    let mut town = sample::small_town();
    let (patterns, demand) = (town.patterns.clone(), town.line_demand.clone());
    for copy in 1..3 {
        let shifted = |id: PatternId| PatternId::from_index(id.index() + copy * patterns.len());
        let mut route = town.routes[0].clone();
        route.code = format!("{}-{copy}", route.code);
        route.patterns.iter_mut().for_each(|id| *id = shifted(*id));
        town.routes.push(route);
        town.patterns
            .extend(patterns.iter().map(|pattern| Pattern { route: RouteId::from_index(copy), ..pattern.clone() }));
        town.line_demand
            .extend(demand.iter().map(|of_line| LineDemand { pattern: shifted(of_line.pattern), ..of_line.clone() }));
        let bus = Vehicle { code: format!("BUS-MORE-{copy}"), ..town.fleet.vehicles[0].clone() };
        town.fleet.vehicles.push(bus);
    }
    // From and to each other, at the station and on the way.
    for (number, (from, to)) in [(1, 2), (3, 4), (5, 0), (2, 5), (4, 1), (0, 3)].into_iter().enumerate() {
        let number = number as i32;
        let stop = if from % 2 == 1 && to % 2 == 0 { [4, 0] } else { [2, 2] };
        let wanted = ServiceTime::hm(7 + number, 7 * number);
        town.line_transfers.push(sample::changing((from, stop[0]), (to, stop[1]), wanted, 2 + number));
    }
    town
}

#[test]
fn one_and_two_threads_give_the_same_plan() {
    let town = with_three_lines();
    let lines_served = |timetable: &Timetable| {
        timetable.trips.iter().map(|trip| town.pattern(trip.pattern).route).collect::<BTreeSet<_>>().len()
    };
    let without_time = |mut timetable: Timetable| {
        timetable.stages.iter_mut().for_each(|stage| stage.seconds = 0.0);
        serde_json::to_string(&timetable).expect("plain data")
    };
    let alone = planned(&town, 1);
    assert_eq!(lines_served(&alone), 3);
    assert_eq!(check_timetable(&town, &alone), []);
    let alone = without_time(alone);
    assert_eq!(without_time(planned(&town, 2)), alone);
}

fn vehicles_out(timetable: &Timetable) -> usize {
    timetable.blocks.iter().map(|block| block.vehicle).collect::<BTreeSet<_>>().len()
}

#[test]
fn a_fleet_too_small_is_said_and_paid_for() {
    let mut town = sample::small_town();
    keep_line_buses(&mut town, 1);
    town.line_demand.iter_mut().for_each(|demand| demand.passengers *= 6);
    let timetable = planned(&town, 2);
    assert_eq!(check_timetable(&town, &timetable), []);
    assert!(vehicles_out(&timetable) <= 1);
    assert!(!timetable.stages[0].relaxed.is_empty(), "{:?}", timetable.stages);
}

#[test]
fn a_fleet_without_line_vehicles_leaves_everybody_behind() {
    let mut town = sample::small_town();
    keep_line_buses(&mut town, 0);
    let timetable = planned(&town, 1);
    assert_eq!(timetable.trips, []);
    assert!(timetable.stages[0].relaxed.iter().any(|said| said.contains("no departure")), "{:?}", timetable.stages);
}

/// Planned although the stop was raised before the search began.
fn stopped_at_once(town: &Scenario) -> Timetable {
    plan(town, sample::market_day(), &with_nodes(1), &|_| {}, StopSignal::new(&|| true)).expect("a plan")
}

#[test]
fn a_stop_before_the_search_gives_a_timetable_that_keeps_the_rules() {
    let town = sample::small_town();
    let stopped = stopped_at_once(&town);
    assert_eq!(check_timetable(&town, &stopped), []);
    assert!(stopped.trips.len() >= 12, "six departures each way: {stopped:#?}");
    assert_eq!(stopped.stages[0].relaxed, Vec::<String>::new());
    let searched = planned(&town, 1);
    assert!(Fen(0) < stopped.stages[0].lower_bound, "{:?}", stopped.stages);
    assert!(stopped.stages[0].lower_bound <= searched.stages[0].cost, "{:?}", stopped.stages);
    assert!(stopped.stages[0].cost >= searched.stages[0].lower_bound, "{:?}", stopped.stages);
}

#[test]
fn a_stop_before_the_search_gives_one_bus_trips_to_and_fro() {
    let mut town = sample::small_town();
    keep_line_buses(&mut town, 1);
    town.line_demand.iter_mut().for_each(|demand| demand.passengers *= 6);
    let stopped = stopped_at_once(&town);
    assert_eq!(check_timetable(&town, &stopped), []);
    assert!(stopped.trips.len() >= 12 && vehicles_out(&stopped) == 1, "{stopped:#?}");
}

#[test]
fn who_changes_lines_is_told_which_departures_meet() {
    let town = with_three_lines();
    for timetable in [planned(&town, 2), stopped_at_once(&town)] {
        assert_eq!(check_timetable(&town, &timetable), []);
        assert_eq!(timetable.connections.len(), town.line_transfers.len());
        let stage = timetable.stages.iter().find(|stage| stage.stage == "transfers").expect("people change");
        assert!(stage.lower_bound <= stage.cost, "{stage:?}");
    }
    // Where there are vehicles for all of them, the lines cost what their parts cost.
    let stages = planned(&town, 2).stages;
    let of_parts = stages.iter().filter(|stage| stage.stage == "lines" && !stage.part.is_empty());
    assert_eq!(of_parts.map(|stage| stage.cost).sum::<Fen>(), stages[0].cost);
}

#[test]
fn random_demand_gets_plans_that_pass_the_checker() {
    for seed in 0..8 {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let mut town = sample::small_town();
        for demand in &mut town.line_demand {
            demand.passengers = dice.random_range(0..25);
            demand.wanted_boarding = ServiceTime::hm(dice.random_range(5..20), dice.random_range(0..60));
        }
        assert_eq!(check_timetable(&town, &planned(&town, 2)), [], "seed {seed}");
        assert_eq!(check_timetable(&town, &stopped_at_once(&town)), [], "seed {seed}, stopped");
    }
}

/// The sample town with what runs are for: pupils, boarders and market goers in random numbers, and some operating buses.
fn with_runs(dice: &mut ChaCha8Rng) -> Scenario {
    let mut town = sample::small_town();
    let mut second = town.schools[0].clone();
    (second.code, second.place) = ("SECOND".to_owned(), sample::place("HOS"));
    second.bell_start = ServiceTime::hm(8, dice.random_range(0..30));
    town.schools.push(second);
    for school in &mut town.schools {
        (school.has_customized_runs, school.has_boarders) = (true, true);
        school.bell_shift = Duration::from_minutes(dice.random_range(0..4) * 10);
    }
    town.student_groups.clear();
    for village in 0..town.villages.len() {
        for (school, boards) in [(0, false), (1, false), (0, true)] {
            let (village, school) = (VillageId::from_index(village), SchoolId::from_index(school));
            let students = dice.random_range(0..30);
            town.student_groups.push(StudentGroup { village, school, boards, students });
        }
        town.market_goers.push(MarketGoers {
            market: MarketId(0),
            village: VillageId::from_index(village),
            people: dice.random_range(0..12),
            luggage_in: dice.random_range(0..15),
            luggage_home: dice.random_range(0..20),
        });
    }
    for number in 0..dice.random_range(0..4) {
        let products = Products::NONE.with(Product::Student).with(Product::Market);
        let code = format!("BUS-MORE-{number}");
        town.fleet.vehicles.push(Vehicle { code, products, ..town.fleet.vehicles[0].clone() });
    }
    let policy = &mut town.policy.students;
    policy.schools_per_run = dice.random_range(1..=2);
    policy.line_seats_percent = dice.random_range(0..2) * 30;
    town
}

#[test]
fn random_pupils_and_market_goers_get_plans_that_pass_the_checker() {
    // Tuesday with a market, Friday on which boarders go home, Saturday with a market, Sunday on which they come back.
    for (seed, day) in (0..8).zip([24, 20, 21, 22].into_iter().cycle()) {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let town = with_runs(&mut dice);
        let date = NaiveDate::from_ymd_opt(2026, 11, day).expect("a date");
        for stop in [StopSignal::NEVER, StopSignal::new(&|| true)] {
            let timetable = plan(&town, date, &with_nodes(1), &|_| {}, stop).expect("a plan");
            assert_eq!(check_timetable(&town, &timetable), [], "seed {seed}");
        }
    }
}

/// Policy wants schools and markets reached; nobody else asks for a departure. Which arrivals are owed in the end?
fn check_arrivals(change: impl FnOnce(&mut Scenario), owed: usize) {
    let mut town = sample::small_town();
    town.line_demand.clear();
    (town.policy.lines.reach_bells, town.policy.lines.reach_markets) = (1, 1);
    // Dearer than any bus.
    town.policy.lines.missing_departure = Fen(1_000_000);
    change(&mut town);
    let day = town.day_type(sample::market_day()).expect("a known date");
    let timetable = planned(&town, 1);
    assert_eq!(check_timetable(&town, &timetable), []);
    let patterns = (0..town.patterns.len()).map(PatternId::from_index);
    let wanted: Vec<_> = patterns
        .flat_map(|pattern| coverage::arrivals(&town, &day, pattern).into_iter().map(move |arrival| (pattern, arrival)))
        .collect();
    assert!(!wanted.is_empty());
    let is_reached = |(pattern, arrival): &&(PatternId, coverage::Arrival)| {
        let of_pattern = |trip: &&Trip| trip.pattern == *pattern;
        timetable.trips.iter().filter(of_pattern).any(|trip| arrival.departures.contains(trip.departure))
    };
    assert_eq!(wanted.len() - wanted.iter().filter(is_reached).count(), owed, "{wanted:?}");
}

#[test]
fn schools_and_markets_are_reached_in_time_where_policy_wants_it() {
    check_arrivals(|_| (), 0);
}

#[test]
fn what_no_departure_can_reach_is_said() {
    // In the one minute between two departures of the grid.
    let never = |town: &mut Scenario| {
        town.policy.lines.departure_grid = Duration::from_minutes(180);
        town.policy.markets.arrive_within = town.policy.markets.arrive_after_opening + Duration::from_minutes(1);
        town.policy.lines.reach_bells = 0;
    };
    check_arrivals(never, 1);
}
