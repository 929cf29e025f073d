//! The search against trying everything, over small random problems.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::stop_signal::StopSignal;

fn options(round_limit: u64, seed: u64) -> VehicleSchedulingOptions {
    VehicleSchedulingOptions { time_limit_seconds: None, round_limit: Some(round_limit), seed, clock: || 0.0 }
}

fn solve(problem: &VehicleSchedulingProblem) -> VehicleSchedules {
    schedule_vehicles(problem, &options(400, 1), &|_| {}, StopSignal::NEVER)
}

/// Two kinds of vehicle in three classes, some of which cannot begin, end or work this or that.
fn random_problem(seed: u64, most_tasks: usize) -> VehicleSchedulingProblem {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let tasks = dice.random_range(1..=most_tasks);
    let price = |dice: &mut ChaCha8Rng| dice.random_bool(0.4).then(|| dice.random_range(0..150));
    let prices = (0..tasks).map(|_| price(&mut dice)).collect();
    let kinds = (0..2).map(|_| {
        let pairs = (0..tasks).flat_map(|to| (0..to).map(move |from| (from, to)));
        let linked: Vec<_> = pairs.filter(|_| dice.random_bool(0.6)).collect();
        Links::new(tasks, linked.into_iter().map(|(from, to)| (from, to, dice.random_range(0..60))).collect()).unwrap()
    });
    let kinds: Vec<Links> = kinds.collect();
    let classes = (0..3).map(|_| VehicleClass {
        kind: dice.random_range(0..2),
        vehicles: dice.random_range(0..4),
        workable: (0..tasks)
            .filter_map(|task| {
                let mut end = || dice.random_bool(0.9).then(|| dice.random_range(0..100));
                let workable = WorkableTask { task, pull_out: end(), pull_in: end() };
                dice.random_bool(0.85).then_some(workable)
            })
            .collect(),
    });
    let classes = classes.collect();
    VehicleSchedulingProblem::new(prices, kinds, classes).unwrap()
}

/// The least cost of working the tasks from this one on: behind a chain, by a new vehicle, or not at all.
fn least(problem: &VehicleSchedulingProblem, task: usize, chains: &mut Vec<Chain>, lost: i64) -> Option<i64> {
    if task == problem.prices().len() {
        let costs: Option<Vec<i64>> = chains.iter().map(|chain| problem.chain_cost(chain)).collect();
        return Some(lost + costs?.iter().sum::<i64>());
    }
    let mut best = problem.prices()[task].and_then(|price| least(problem, task + 1, chains, lost + price));
    let mut consider = |found: Option<i64>| best = [best, found].into_iter().flatten().min();
    for chain in 0..chains.len() {
        chains[chain].tasks.push(task);
        consider(least(problem, task + 1, chains, lost));
        chains[chain].tasks.pop();
    }
    for (class, vehicles) in problem.classes().iter().map(|class| class.vehicles as usize).enumerate() {
        if chains.iter().filter(|chain| chain.class == class).count() < vehicles {
            chains.push(Chain { class, tasks: vec![task] });
            consider(least(problem, task + 1, chains, lost));
            chains.pop();
        }
    }
    best
}

/// Every task once, no more vehicles than there are, the cost recounted.
fn assert_consistent(problem: &VehicleSchedulingProblem, found: &VehicleSchedules) {
    let mut tasks: Vec<usize> = found.chains.iter().flat_map(|chain| chain.tasks.clone()).collect();
    tasks.extend(found.left_out.iter().chain(&found.unworked));
    tasks.sort_unstable();
    assert_eq!(tasks, (0..problem.prices().len()).collect::<Vec<_>>(), "{found:?}");
    for (index, class) in problem.classes().iter().enumerate() {
        assert!(found.chains.iter().filter(|chain| chain.class == index).count() <= class.vehicles as usize);
    }
    let chains: i64 = found.chains.iter().map(|chain| problem.chain_cost(chain).expect("a possible chain")).sum();
    let prices: i64 = found.left_out.iter().map(|&task| problem.prices()[task].expect("a price")).sum();
    assert_eq!(found.cost, chains + prices);
    assert!(found.unworked.iter().all(|&task| problem.prices()[task].is_none()));
}

#[test]
fn schedules_cost_what_the_best_of_all_schedules_costs_and_the_bound_is_below() {
    let mut solvable = 0;
    for seed in 0..400 {
        let problem = random_problem(seed, 6);
        let found = solve(&problem);
        assert_consistent(&problem, &found);
        match least(&problem, 0, &mut Vec::new(), 0) {
            Some(optimum) => {
                solvable += 1;
                assert_eq!((found.cost, found.unworked.len()), (optimum, 0), "seed {seed}: {found:?} of {problem:?}");
                assert!(found.lower_bound <= optimum, "seed {seed}: {found:?}");
            }
            None => assert!(!found.unworked.is_empty(), "seed {seed}: {found:?}"),
        }
    }
    assert!((100..390).contains(&solvable), "{solvable} of 400: both cases must occur");
}
