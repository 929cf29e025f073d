//! The whole search: first schedules, bound, dive, then neighbourhoods until the limits.

use std::cell::Cell;
use std::collections::BTreeSet;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::assignment::{Assignment, assign};
use super::column_generation::{Goal, generate};
use super::dive::{Part, Schedules, dive};
use super::effort::Effort;
use super::greedy::first_schedules;
use super::pricing::Pricing;
use super::problem::{Chain, Links, VehicleSchedulingProblem};
use super::reduced::{Reduced, SCALE};
use crate::stop_signal::StopSignal;
use crate::units::{quotient_rounded_up, rounded_quotient};

/// How long to search.
#[derive(Clone, Copy, Debug)]
pub struct VehicleSchedulingOptions {
    /// Stop after about this long, for people; `None` leaves it to the other limits.
    pub time_limit_seconds: Option<f64>,
    /// Price tasks at most this often, all parts of the search together: the deterministic stop.
    pub round_limit: Option<u64>,
    /// Schedules this close to the bound, relative to their cost, are good enough.
    pub gap: f64,
    /// Of the neighbourhoods.
    pub seed: u64,
    /// Seconds since any fixed moment, read from the caller's clock: the engine has none.
    pub clock: fn() -> f64,
}

/// How far the search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VehicleSchedulingProgress {
    /// Of the best schedules so far.
    pub cost: i64,
    /// Nothing costs less.
    pub lower_bound: i64,
    /// Vehicles used by the best schedules so far.
    pub vehicles: usize,
    /// Rounds of pricing so far.
    pub rounds: u64,
}

/// Vehicle schedules and what is known of their quality.
#[derive(Clone, Debug, PartialEq)]
pub struct VehicleSchedules {
    /// One per vehicle used; ascending by class, then by tasks.
    pub chains: Vec<Chain>,
    /// Tasks left out at their price, ascending.
    pub left_out: Vec<usize>,
    /// Tasks that had to be worked and found no vehicle, ascending; not in the cost.
    pub unworked: Vec<usize>,
    /// Of chains and tasks left out.
    pub cost: i64,
    /// No schedules that work what must be worked cost less.
    pub lower_bound: i64,
    /// By class: what one more vehicle would save, at the prices of the bound.
    pub vehicle_savings: Vec<i64>,
    /// By task: what it adds to the cost, at the prices of the bound.
    pub task_costs: Vec<i64>,
    /// Chains that may belong to something better: of use when a few tasks change.
    pub other_chains: Vec<Chain>,
    /// Rounds of pricing.
    pub rounds: u64,
}

/// Schedules the vehicles: the cheapest chains that were found within the limits.
///
/// Obeys `stop` within a fraction of a second; what comes back is always complete. `progress` is called now and then.
pub fn schedule_vehicles(
    problem: &VehicleSchedulingProblem,
    options: &VehicleSchedulingOptions,
    progress: &dyn Fn(VehicleSchedulingProgress),
    stop: StopSignal,
) -> VehicleSchedules {
    search(problem, None, options, progress, stop)
}

/// Schedules the vehicles once more, after some tasks or their links have changed, from schedules of before: never dearer than those
/// are now. Chains that are no longer possible don't matter.
pub fn reschedule_vehicles(
    problem: &VehicleSchedulingProblem,
    known: &KnownSchedules,
    options: &VehicleSchedulingOptions,
    progress: &dyn Fn(VehicleSchedulingProgress),
    stop: StopSignal,
) -> VehicleSchedules {
    search(problem, Some(known), options, progress, stop)
}

/// Schedules from which the search may begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownSchedules {
    /// No task twice, and of no class more than there are.
    pub chains: Vec<Chain>,
    /// Others that may be of use.
    pub other_chains: Vec<Chain>,
    /// By task: what it added to the cost.
    pub task_costs: Vec<i64>,
}

fn search(
    problem: &VehicleSchedulingProblem,
    known: Option<&KnownSchedules>,
    options: &VehicleSchedulingOptions,
    progress: &dyn Fn(VehicleSchedulingProgress),
    stop: StopSignal,
) -> VehicleSchedules {
    let rounds = Cell::new(0);
    let effort = Effort {
        stop,
        clock: options.clock,
        deadline: options.time_limit_seconds.map(|seconds| (options.clock)() + seconds),
        rounds: &rounds,
        round_limit: options.round_limit,
    };
    let mut search = Search::new(problem, progress, effort);
    search.bound_and_dive(known, options.gap);
    search.improve(options.seed, options.gap);
    search.result()
}

struct Search<'a> {
    problem: &'a VehicleSchedulingProblem,
    progress: &'a dyn Fn(VehicleSchedulingProgress),
    effort: Effort<'a>,
    /// Price of a task that must be worked.
    compulsion: i64,
    best: Schedules,
    lower_bound: i64,
    task_costs: Vec<i64>,
    vehicle_savings: Vec<i64>,
    /// Chains that the linear program came across and that may belong to something better.
    pool: Vec<Chain>,
    /// By task, multiplied by the scale: prices of the bound.
    prices: Vec<i64>,
    /// By task: those that may be next to it in something better.
    neighbours: Vec<Vec<u32>>,
}

impl<'a> Search<'a> {
    fn new(
        problem: &'a VehicleSchedulingProblem,
        progress: &'a dyn Fn(VehicleSchedulingProgress),
        effort: Effort<'a>,
    ) -> Self {
        let compulsion = compulsion(problem);
        let best = first_schedules(problem, compulsion);
        let tasks = problem.prices().len();
        Self {
            problem,
            progress,
            effort,
            compulsion,
            best,
            lower_bound: i64::MIN,
            task_costs: vec![0; tasks],
            vehicle_savings: vec![0; problem.classes().len()],
            pool: Vec::new(),
            prices: vec![0; tasks],
            neighbours: vec![Vec::new(); tasks],
        }
    }

    fn whole(&self) -> Part {
        Part {
            segments: (0..self.problem.prices().len()).map(|task| vec![task]).collect(),
            vehicles: self.problem.classes().iter().map(|class| class.vehicles).collect(),
            compulsion: self.compulsion,
        }
    }

    fn reduced(&self, part: &Part) -> Reduced {
        Reduced::new(self.problem, part.segments.clone(), &part.vehicles, part.compulsion)
    }

    /// Begins with chains that are known, those that are possible, where that is cheaper than what there is.
    fn take_up(&mut self, chains: &[Chain]) {
        let possible = chains.iter().filter(|chain| self.problem.chain_cost(chain).is_some());
        let chains: Vec<Chain> = possible.cloned().collect();
        let worked: BTreeSet<usize> = chains.iter().flat_map(|chain| &chain.tasks).copied().collect();
        let left_out: Vec<usize> = (0..self.problem.prices().len()).filter(|task| !worked.contains(task)).collect();
        let of_chains: i64 = chains.iter().filter_map(|chain| self.problem.chain_cost(chain)).sum();
        let cost = of_chains + left_out.iter().map(|&task| self.price(task)).sum::<i64>();
        if cost < self.best.cost {
            self.best = Schedules { chains, left_out, cost };
        }
    }

    /// First schedules: the chains of one large depot, each given to some depot as it is.
    fn share_out(&mut self, reduced: &Reduced, assignment: &Assignment) {
        let mut is_in_chain = vec![false; reduced.segments.len()];
        assignment.chains.iter().flatten().for_each(|&task| is_in_chain[task as usize] = true);
        let chains = assignment.chains.iter().map(|chain| chain.iter().map(|&task| task as usize).collect());
        let single = (0..is_in_chain.len()).filter(|&task| !is_in_chain[task]).map(|task| vec![task]);
        let part = Part { segments: chains.chain(single).collect(), ..self.whole() };
        let whole_chains = self.reduced(&part);
        let prices = whole_chains.prices_from(&reduced.segments, &assignment.prices);
        let limit = self.effort.part(0.2);
        let goal = Goal { gap: 1e-4, cutoff: i64::MAX, most_rounds: 20 };
        let relaxed = generate(&whole_chains, Vec::new(), prices, goal, &limit);
        if let Some(found) = dive(self.problem, part, whole_chains, relaxed, self.best.cost, None, &limit) {
            self.best = found;
        }
    }

    /// The linear relaxation of the whole, and whole schedules from there.
    fn bound_and_dive(&mut self, known: Option<&KnownSchedules>, gap: f64) {
        let part = self.whole();
        let reduced = self.reduced(&part);
        let prices = match known {
            Some(known) => {
                self.take_up(&known.chains);
                self.pool = known.other_chains.clone();
                known.task_costs.iter().map(|&cost| cost * SCALE).collect()
            }
            None => {
                let assignment = assign(&reduced);
                self.share_out(&reduced, &assignment);
                assignment.prices
            }
        };
        // The bound must be much nearer than what is good enough.
        let goal = Goal { gap: (gap / 5.0).max(2e-5), cutoff: i64::MAX, most_rounds: u32::MAX };
        let columns = [reduced.columns(&self.best.chains), reduced.columns(&self.pool)].concat();
        let relaxed = generate(&reduced, columns, prices, goal, &self.effort.part(0.5));
        self.lower_bound = quotient_rounded_up(relaxed.bound, SCALE);
        self.task_costs = relaxed.prices.iter().map(|&price| rounded_quotient(price, SCALE)).collect();
        for (class, &rent) in reduced.classes.iter().zip(&relaxed.rents) {
            self.vehicle_savings[class.class] = rounded_quotient(rent, SCALE);
        }
        self.prices = relaxed.prices.clone();
        self.pool = relaxed.columns.iter().map(|column| reduced.chain(column)).collect();
        self.report();
        let limit = self.effort.part(0.6);
        if let Some(found) = dive(self.problem, part, reduced, relaxed, self.best.cost, None, &limit) {
            self.best = found;
            self.report();
        }
    }

    /// Tells every task those that it may be linked with in something better: at the prices of the bound, no chain over
    /// another link is worth what separates the best schedules from the bound.
    fn find_neighbours(&mut self) {
        let reduced = self.reduced(&self.whole());
        let gap = (self.best.cost - self.lower_bound) * SCALE;
        for (from, to) in Pricing::new(&reduced).links_below(&reduced, &self.prices, gap) {
            self.neighbours[from as usize].push(to);
            self.neighbours[to as usize].push(from);
        }
    }

    /// Frees the vehicles of a neighbourhood and schedules them again, over and over.
    fn improve(&mut self, seed: u64, gap: f64) {
        let is_close = |search: &Self| (search.best.cost - search.lower_bound) as f64 <= gap * search.best.cost as f64;
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let (mut most_tasks, mut in_vain) = (FEWEST_TASKS, 0);
        if !self.effort.is_over() {
            self.find_neighbours();
        }
        while !self.effort.is_over() && !is_close(self) && !self.prices.is_empty() {
            let (freed, left_out) = self.neighbourhood(most_tasks, &mut dice);
            if self.reschedule(&freed, &left_out, &mut dice) {
                in_vain = 0;
                self.report();
            } else {
                in_vain += 1;
            }
            if in_vain == MOST_IN_VAIN {
                (most_tasks, in_vain) = ((most_tasks + most_tasks / 4).min(self.prices.len().max(FEWEST_TASKS)), 0);
            }
        }
    }

    /// Schedules these chains and these tasks left out again; is it better?
    fn reschedule(&mut self, freed: &BTreeSet<usize>, left_out: &BTreeSet<usize>, dice: &mut ChaCha8Rng) -> bool {
        let mut part = self.whole();
        part.segments = left_out.iter().map(|&task| vec![task]).collect();
        let mut cost: i64 = left_out.iter().map(|&task| self.price(task)).sum();
        let (mut kept, mut known) = (Vec::new(), Vec::new());
        for (index, chain) in self.best.chains.iter().enumerate() {
            if freed.contains(&index) {
                part.segments.extend(chain.tasks.iter().map(|&task| vec![task]));
                cost += self.problem.chain_cost(chain).expect("it was found possible");
                known.push(chain.clone());
            } else {
                part.vehicles[chain.class] -= 1;
                kept.push(chain.clone());
            }
        }
        let reduced = self.reduced(&part);
        let columns = [reduced.columns(&known), reduced.columns(&self.pool)].concat();
        let prices = reduced.segments.iter().map(|segment| self.prices[segment[0]]).collect();
        let goal = Goal { gap: 3e-5, cutoff: (cost - 1) * SCALE + 1, most_rounds: 60 };
        let relaxed = generate(&reduced, columns, prices, goal, &self.effort);
        let Some(found) = dive(self.problem, part, reduced, relaxed, cost, Some(dice), &self.effort) else {
            return false;
        };
        self.best.cost += found.cost - cost;
        kept.extend(found.chains);
        self.best.chains = kept;
        self.best.left_out.retain(|task| !left_out.contains(task));
        self.best.left_out.extend(found.left_out);
        true
    }

    /// Chains that may do better together, and tasks left out that they may take.
    fn neighbourhood(&self, most_tasks: usize, dice: &mut ChaCha8Rng) -> (BTreeSet<usize>, BTreeSet<usize>) {
        let tasks = self.prices.len();
        let mut chain_of = vec![usize::MAX; tasks];
        for (index, chain) in self.best.chains.iter().enumerate() {
            chain.tasks.iter().for_each(|&task| chain_of[task] = index);
        }
        let size = dice.random_range(most_tasks / 3..=most_tasks).min(tasks);
        let (mut freed, mut left_out, mut freed_tasks) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        let mut next = dice.random_range(0..tasks);
        loop {
            if chain_of[next] == usize::MAX {
                if left_out.insert(next) {
                    freed_tasks.push(next);
                }
            } else if freed.insert(chain_of[next]) {
                freed_tasks.extend(&self.best.chains[chain_of[next]].tasks);
            }
            if freed_tasks.len() >= size {
                return (freed, left_out);
            }
            let near = &self.neighbours[freed_tasks[dice.random_range(0..freed_tasks.len())]];
            let is_near = !near.is_empty() && dice.random_range(0..10) > 0;
            next = if is_near { near[dice.random_range(0..near.len())] as usize } else { dice.random_range(0..tasks) };
        }
    }

    fn price(&self, task: usize) -> i64 {
        self.problem.prices()[task].unwrap_or(self.compulsion)
    }

    fn report(&self) {
        (self.progress)(VehicleSchedulingProgress {
            cost: self.best.cost,
            lower_bound: self.lower_bound,
            vehicles: self.best.chains.len(),
            rounds: self.effort.rounds.get(),
        });
    }

    fn result(mut self) -> VehicleSchedules {
        self.best.chains.sort();
        self.best.left_out.sort_unstable();
        let is_free = |&task: &usize| self.problem.prices()[task].is_some();
        let (left_out, unworked): (Vec<usize>, Vec<usize>) = self.best.left_out.iter().partition(|task| is_free(task));
        let chains =
            self.best.chains.iter().map(|chain| self.problem.chain_cost(chain).expect("it was found possible"));
        let cost = chains.sum::<i64>() + left_out.iter().map(|&task| self.price(task)).sum::<i64>();
        VehicleSchedules {
            chains: self.best.chains,
            left_out,
            unworked,
            cost,
            lower_bound: self.lower_bound,
            vehicle_savings: self.vehicle_savings,
            task_costs: self.task_costs,
            other_chains: self.pool,
            rounds: self.effort.rounds.get(),
        }
    }
}

/// Freed at first, at most; many enough for several vehicles to change places, few enough for some searches a second.
const FEWEST_TASKS: usize = 120;
/// After so many neighbourhoods without success they become larger.
const MOST_IN_VAIN: u32 = 50;

/// More than any few vehicles cost that could be saved by not working a task.
fn compulsion(problem: &VehicleSchedulingProblem) -> i64 {
    let ends = problem.classes().iter().flat_map(|class| &class.workable);
    let ends = ends.flat_map(|workable| [workable.pull_out, workable.pull_in]).flatten();
    let links = problem.kinds().iter().flat_map(Links::costs);
    let prices = problem.prices().iter().copied().flatten();
    10 * ends.chain(links).chain(prices).map(i64::abs).max().unwrap_or(0).max(1)
}
