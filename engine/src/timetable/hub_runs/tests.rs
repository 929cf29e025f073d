//! Plans of random small towns against all plans there are, and against another reading of the rules.

mod brute_force;
mod replay;
mod towns;

use std::cell::Cell;

use super::pricing::{Duals, Effort, Pricer, SCALE};
use super::*;
use crate::stop_signal::StopSignal;
use crate::time::Duration;
use crate::units::Fen;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use towns::{Town, line, random_town};

const CASES: u64 = 60;

fn planned(problem: &HubRunProblem<'_>, work_limit: u64) -> HubRunPlan {
    let options =
        HubRunOptions { time_limit_seconds: None, work_limit: Some(work_limit), gap: 0.0, ..HubRunOptions::default() };
    plan_hub_runs(problem, &options, &|_| (), StopSignal::NEVER)
}

/// Plans it, and has the plan read by somebody else.
fn checked(problem: &HubRunProblem<'_>, work_limit: u64, name: &str) -> HubRunPlan {
    let plan = planned(problem, work_limit);
    replay::check(problem, &plan).unwrap_or_else(|mistake| panic!("{name}: {mistake}"));
    assert!(plan.lower_bound <= plan.cost, "{name}: {:?} is no bound of {:?}", plan.lower_bound, plan.cost);
    plan
}

/// Plans random towns in which runs may serve these hubs together, and compares each with all plans there are.
fn check_against_all_plans(mixed_hubs: impl Fn(u64) -> Vec<(usize, usize)>) {
    for seed in 0..CASES {
        let mut town = random_town(seed);
        town.mixed_hubs = mixed_hubs(seed);
        let problem = town.problem();
        let best = brute_force::least_cost(&problem);
        let plan = checked(&problem, 600, &format!("seed {seed}"));
        assert!(plan.lower_bound <= best, "seed {seed}: bound {:?}, but {best:?} is possible", plan.lower_bound);
        assert_eq!(plan.cost, best, "seed {seed}");
    }
}

#[test]
fn no_plan_of_a_small_town_is_better_than_the_one_found() {
    check_against_all_plans(|_| Vec::new());
}

#[test]
fn runs_of_two_hubs_are_among_all_plans_too() {
    // Now and then in one order alone.
    check_against_all_plans(|seed| if seed % 3 == 0 { vec![(1, 0)] } else { vec![(0, 1), (1, 0)] });
}

/// At random prices, no run there is gains more than exact pricing says, and none gains at prices scaled as it says.
fn check_pricing(seed: u64, most_profit: i64) {
    let mut town = random_town(seed);
    town.mixed_hubs = if seed.is_multiple_of(2) { vec![(0, 1)] } else { Vec::new() };
    let problem = town.problem();
    let runs = brute_force::all_runs(&problem);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for instance in parts(&problem) {
        let pricer = Pricer::new(&instance);
        let people = instance.groups.iter().map(|_| random.random_range(0..most_profit) * UNITS_PER_FEN).collect();
        let runs_of_kinds = problem.kinds.iter().map(|_| random.random_range(0..500) * UNITS_PER_FEN);
        let duals = Duals { people, runs: runs_of_kinds.collect(), rows: Vec::new() };
        let tasks =
            (0..instance.origins.len()).flat_map(|origin| (0..problem.kinds.len()).map(move |kind| (origin, kind)));
        let priced: Vec<_> = tasks.map(|task| pricer.price(task, &duals, &[], Effort::All, &|| false)).collect();
        assert!(priced.iter().all(|priced| priced.is_finished));
        let least = priced.iter().map(|priced| priced.least).min().unwrap_or(0);
        let scaled = duals.scaled(priced.iter().map(|priced| priced.scale).min().unwrap_or(SCALE));
        for ((kind, people), &cost) in &runs {
            let is_here = |group: usize| instance.groups.iter().any(|data| data.index == group);
            if (0..people.len()).any(|group| people[group] > 0 && !is_here(group)) {
                continue;
            }
            let reduced_cost = |duals: &Duals| -> i64 {
                let paid = instance.groups.iter().zip(&duals.people);
                let paid: i64 = paid.map(|(data, dual)| dual * i64::from(people[data.index])).sum();
                cost * UNITS_PER_FEN + duals.runs[*kind] - paid
            };
            assert!(reduced_cost(&duals) >= least, "seed {seed}: {people:?} of kind {kind} gains more than {least}");
            assert!(reduced_cost(&scaled) >= 0, "seed {seed}: {people:?} of kind {kind} gains at scaled prices");
        }
        for column in priced.iter().flat_map(|priced| &priced.columns) {
            let reduced_cost = duals.reduced_cost(column, &[]);
            assert!((least..0).contains(&reduced_cost) && pricer.allows(column), "seed {seed}: {column:?}");
        }
    }
}

#[test]
fn no_run_gains_more_than_exact_pricing_says() {
    (0..4 * CASES).for_each(|seed| check_pricing(seed, 4_000));
    (0..4 * CASES).for_each(|seed| check_pricing(seed, 12_000));
}

#[test]
fn the_way_home_mirrors_the_way_there() {
    for seed in 0..CASES {
        let mut town = random_town(seed);
        town.make_symmetric();
        town.direction = Direction::ToHub;
        let there = checked(&town.problem(), 400, "there");
        town.direction = Direction::FromHub;
        let home = checked(&town.problem(), 400, "home");
        assert_eq!((there.cost, there.lower_bound), (home.cost, home.lower_bound), "seed {seed}");
    }
}

#[test]
fn the_same_work_gives_the_same_plan() {
    for seed in 0..6 {
        let town = towns::larger_town(seed);
        let problem = town.problem();
        let (one, other) = (planned(&problem, 500), planned(&problem, 500));
        assert_eq!(HubRunPlan { seconds: 0.0, ..one }, HubRunPlan { seconds: 0.0, ..other }, "seed {seed}");
    }
}

#[test]
fn larger_towns_keep_every_rule() {
    for seed in 0..6 {
        let town = towns::larger_town(seed);
        checked(&town.problem(), 1_500, &format!("seed {seed}"));
    }
}

/// A village 10 min from school, 12 pupils, buses with 10 seats.
fn one_village() -> Town {
    line(&[10], &[12], 10)
}

#[test]
fn a_village_larger_than_a_bus_is_split_over_two() {
    let town = one_village();
    let plan = checked(&town.problem(), 300, "one village");
    assert_eq!((plan.runs.len(), plan.left_behind[0]), (2, 0));
}

#[test]
fn nobody_rides_longer_than_the_limit_whatever_it_costs() {
    let mut town = one_village();
    town.longest_ride = Duration::from_minutes(9);
    let plan = checked(&town.problem(), 300, "too far");
    assert_eq!((plan.runs.len(), plan.left_behind[0]), (0, 12));
    assert_eq!(plan.cost, Fen(12 * town.groups[0].cost_left_behind.0));
    assert_eq!(plan.lower_bound, plan.cost);
}

#[test]
fn a_limited_kind_leaves_behind_who_finds_no_seat_and_says_what_one_more_run_would_save() {
    let mut town = one_village();
    town.kinds[0].most_runs = Some(1);
    let plan = checked(&town.problem(), 300, "one bus");
    assert_eq!((plan.runs.len(), plan.left_behind[0]), (1, 2));
    assert!(plan.prices.one_more_run[0] > Fen(0), "{:?}", plan.prices);
}

#[test]
fn the_line_takes_those_for_whom_it_is_cheaper_and_no_more_than_it_may() {
    let mut town = one_village();
    town.groups[0].line = Some(LineAlternative { cost: Fen(100), most_people: 3 });
    let plan = checked(&town.problem(), 300, "a line");
    assert_eq!((plan.runs.len(), plan.line_riders[0], plan.left_behind[0]), (1, 2, 0));
}

#[test]
fn luggage_fills_a_bus_before_people_do() {
    let mut town = one_village();
    town.groups[0].luggage_units_per_person = 2;
    town.kinds[0].luggage_units = 8;
    let plan = checked(&town.problem(), 300, "baskets");
    assert_eq!(plan.runs.len(), 3);
}

#[test]
fn pupils_walk_to_the_next_stop_where_that_saves_the_bus_a_detour() {
    // Two hamlets side by side; the walk costs less than another call.
    let mut town = line(&[10, 12], &[3, 3], 10);
    let first = town.groups[0].stops[0].place;
    town.groups[1].stops.push(CandidateStop { place: first, walking_cost: Fen(1) });
    let plan = checked(&town.problem(), 300, "a walk");
    assert_eq!(plan.runs.len(), 1);
    assert_eq!(plan.runs[0].calls.len(), 1);
}

#[test]
fn an_empty_town_costs_nothing() {
    let town = line(&[10], &[0], 10);
    let plan = checked(&town.problem(), 50, "empty");
    assert_eq!((plan.cost, plan.lower_bound, plan.runs.len()), (Fen(0), Fen(0), 0));
}

#[test]
fn runs_that_cost_nothing_have_no_bound_above_that() {
    let mut town = one_village();
    for cost in [Fen(0), Fen(1)] {
        (town.kinds[0].cost_per_run, town.kinds[0].cost_per_hour) = (cost, Fen(0));
        town.kinds[0].cost_per_kilometre = Fen(0);
        let plan = checked(&town.problem(), 300, "free");
        assert_eq!(plan.cost, Fen(2 * cost.0));
        assert!(plan.lower_bound >= Fen(0), "{:?}", plan.lower_bound);
    }
}

#[test]
fn without_vehicles_everybody_stays() {
    let mut town = one_village();
    town.kinds.clear();
    let plan = checked(&town.problem(), 50, "no vehicles");
    assert_eq!(plan.left_behind[0], 12);
    assert_eq!(plan.lower_bound, plan.cost);
}

#[test]
fn a_raised_stop_signal_still_gives_a_complete_plan() {
    let town = towns::larger_town(1);
    let problem = town.problem();
    let plan = plan_hub_runs(&problem, &HubRunOptions::default(), &|_| (), StopSignal::new(&|| true));
    replay::check(&problem, &plan).unwrap();
}

#[test]
fn progress_tells_bounds_below_costs() {
    let town = towns::larger_town(2);
    let problem = town.problem();
    let calls = Cell::new(0);
    let options = HubRunOptions { time_limit_seconds: None, work_limit: Some(1_000), ..HubRunOptions::default() };
    let progress = |made: HubRunProgress| {
        calls.set(calls.get() + 1);
        assert!(made.lower_bound <= made.cost, "{made:?}");
    };
    plan_hub_runs(&problem, &options, &progress, StopSignal::NEVER);
    assert!(calls.get() > 1);
}
