//! The search against trying everything, over small random problems.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::stop_signal::StopSignal;

fn options(round_limit: u64, seed: u64) -> VehicleSchedulingOptions {
    VehicleSchedulingOptions { time_limit_seconds: None, round_limit: Some(round_limit), gap: 0.0, seed, clock: || 0.0 }
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

#[test]
fn one_depot_with_vehicles_enough_is_solved_by_its_first_prices() {
    for seed in 0..200 {
        let random = random_problem(seed, 6);
        let class = VehicleClass { vehicles: 6, ..random.classes()[0].clone() };
        let prices = random.prices().iter().map(|price| price.or(Some(500))).collect();
        let problem = VehicleSchedulingProblem::new(prices, random.kinds().to_vec(), vec![class]).unwrap();
        let found = schedule_vehicles(&problem, &options(1, 1), &|_| {}, StopSignal::NEVER);
        assert_eq!(Some(found.lower_bound), least(&problem, 0, &mut Vec::new(), 0), "seed {seed}: {problem:?}");
    }
}

#[test]
fn one_more_vehicle_saves_no_more_than_its_class_is_worth() {
    for seed in 0..200 {
        let problem = random_problem(seed, 5);
        let found = solve(&problem);
        for (index, saving) in found.vehicle_savings.iter().enumerate() {
            let mut classes = problem.classes().to_vec();
            classes[index].vehicles += 1;
            let larger = VehicleSchedulingProblem::new(problem.prices().to_vec(), problem.kinds().to_vec(), classes);
            let optimum = least(&larger.unwrap(), 0, &mut Vec::new(), 0);
            // Savings are rounded to whole costs. A class without vehicles isn't priced.
            let is_priced = problem.classes()[index].vehicles > 0 && found.unworked.is_empty();
            assert!(
                !is_priced || optimum.is_none_or(|optimum| optimum > found.lower_bound - saving - 2),
                "seed {seed}"
            );
        }
    }
}

/// A morning of trips back and forth, three hours long, worked from two depots at either end.
fn morning(trips: usize) -> VehicleSchedulingProblem {
    let mut dice = ChaCha8Rng::seed_from_u64(1);
    let mut begins: Vec<(i64, bool)> = (0..trips).map(|_| (dice.random_range(0..180), dice.random_bool(0.5))).collect();
    begins.sort_unstable();
    let arrives = |(begin, _): (i64, bool)| begin + 20;
    let empty = |from_there: bool, to_there: bool| if from_there == to_there { 0 } else { 15 };
    let mut links = Vec::new();
    for (to, &after) in begins.iter().enumerate() {
        for (from, &before) in begins[..to].iter().enumerate() {
            // Whoever goes there is there at the end.
            let drive = empty(!before.1, after.1);
            if arrives(before) + drive <= after.0 {
                links.push((from, to, 3 * drive + after.0 - arrives(before)));
            }
        }
    }
    let depot = |is_there: bool| VehicleClass {
        kind: 0,
        vehicles: trips as u32 / 8,
        workable: begins
            .iter()
            .enumerate()
            .map(|(task, &(_, from_there))| WorkableTask {
                task,
                pull_out: Some(500 + 3 * empty(is_there, from_there)),
                pull_in: Some(3 * empty(!from_there, is_there)),
            })
            .collect(),
    };
    let links = Links::new(trips, links).unwrap();
    VehicleSchedulingProblem::new(vec![Some(10_000); trips], vec![links], vec![depot(false), depot(true)]).unwrap()
}

#[test]
fn a_morning_of_many_trips_is_scheduled_close_to_the_bound_and_the_same_every_time() {
    let problem = morning(120);
    let first = schedule_vehicles(&problem, &options(1_000, 7), &|_| {}, StopSignal::NEVER);
    assert_consistent(&problem, &first);
    let (cost, bound) = (first.cost, first.lower_bound);
    assert!(bound <= cost && cost - bound <= cost / 200, "{cost} and {bound} with {:?}", first.left_out);
    let ticking = VehicleSchedulingOptions { clock: || 1e9, ..options(1_000, 7) };
    assert_eq!(schedule_vehicles(&problem, &ticking, &|_| {}, StopSignal::NEVER), first);
}

#[test]
fn whoever_stops_the_search_at_once_gets_complete_schedules() {
    let problem = morning(80);
    let stopped = schedule_vehicles(&problem, &options(300, 1), &|_| {}, StopSignal::new(&|| true));
    assert_consistent(&problem, &stopped);
    assert!(stopped.lower_bound <= stopped.cost);
    let none = VehicleSchedulingProblem::new(Vec::new(), Vec::new(), Vec::new()).unwrap();
    assert_eq!(solve(&none).cost, 0);
}

#[test]
fn progress_never_goes_back() {
    let told = std::cell::RefCell::new(Vec::new());
    let found = schedule_vehicles(
        &morning(80),
        &options(300, 1),
        &|told_now| told.borrow_mut().push(told_now),
        StopSignal::NEVER,
    );
    let told = told.into_inner();
    assert!(told.is_sorted_by(|before, after| after.cost <= before.cost && after.rounds >= before.rounds), "{told:?}");
    assert_eq!(told.last().map(|last| (last.cost, last.lower_bound)), Some((found.cost, found.lower_bound)));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let check = |links: Vec<(usize, usize, i64)>, class: VehicleClass, expected: &str| {
        let problem = Links::new(2, links)
            .and_then(|links| VehicleSchedulingProblem::new(vec![None, Some(1)], vec![links], vec![class]));
        assert_eq!(problem.map_or_else(|error| error.to_string(), |_| "fine".to_owned()), expected);
    };
    let workable = |task| WorkableTask { task, pull_out: Some(1), pull_in: None };
    let class = |kind, tasks: &[usize]| VehicleClass {
        kind,
        vehicles: 1,
        workable: tasks.iter().map(|&task| workable(task)).collect(),
    };
    check(vec![(0, 1, 5)], class(0, &[0, 1]), "fine");
    check(vec![(1, 0, 5)], class(0, &[]), "a link from task 1 to task 0: tasks are in order of time, 2 in all");
    check(vec![(0, 2, 5)], class(0, &[]), "a link from task 0 to task 2: tasks are in order of time, 2 in all");
    check(vec![(0, 1, 5), (0, 1, 6)], class(0, &[]), "two links from task 0 to task 1");
    check(
        vec![(0, 1, i64::MAX)],
        class(0, &[]),
        &format!("a cost of {} is out of range; at most 1000000000 either way", i64::MAX),
    );
    check(vec![], class(1, &[]), "class 0: there is no kind 1");
    check(vec![], class(0, &[1, 0]), "class 0: workable tasks must ascend");
    check(vec![], class(0, &[2]), "class 0: there is no task 2");
}

#[test]
fn who_begins_with_known_schedules_finds_nothing_dearer_even_where_some_are_no_longer_possible() {
    for seed in 0..200 {
        let problem = random_problem(seed, 8);
        let found = solve(&problem);
        let known = |found: &VehicleSchedules| KnownSchedules {
            chains: found.chains.clone(),
            other_chains: found.other_chains.clone(),
            task_costs: found.task_costs.clone(),
        };
        let again = reschedule_vehicles(&problem, &known(&found), &options(400, 1), &|_| {}, StopSignal::NEVER);
        assert_consistent(&problem, &again);
        assert_eq!((again.cost, again.unworked.len()), (found.cost, found.unworked.len()), "seed {seed}");
        // Links of another problem: some of what is known can't be driven any more.
        let other = random_problem(seed + 1_000, 8);
        if other.prices().len() == problem.prices().len() {
            let again = reschedule_vehicles(&other, &known(&found), &options(400, 1), &|_| {}, StopSignal::NEVER);
            assert_consistent(&other, &again);
            assert!(again.lower_bound <= again.cost || !again.unworked.is_empty(), "seed {seed}");
        }
    }
}
