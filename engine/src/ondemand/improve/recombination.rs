//! The best combination of all routes seen: set partitioning over a pool, by linear and integer programming.
//!
//! The linear relaxation tells what every request is worth. By these prices new routes are made from those that are nearly
//! worth theirs, as long as any pays. Then the route that the relaxation wants most is chosen for good, the rest is priced anew,
//! and so on: a dive through column generation that ends in whole routes (Sadykov et al. 2019, *Primal heuristics for branch and
//! price*).

mod pricing;
mod program;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::route::Route;
use crate::ondemand::solution::Solution;
use pricing::Pricer;
use program::{Program, Relaxation, Relaxed};

/// So many routes are remembered; beyond that the older half is forgotten.
const MOST_ROUTES: usize = 24_000;
/// So often routes are made before the first is chosen …
const FIRST_PRICINGS: usize = 5;
/// … and after each choice.
const DIVE_PRICINGS: usize = 1;
/// The relaxation begins with about so many routes …
const FIRST_ROUTES: usize = 1_000;
/// … and gets at most so many that pay at a time.
const MOST_FRESH: usize = 400;
/// Once hardly any remembered route pays, others are made.
const FEW_FRESH: usize = 20;

/// Routes of solutions that the search went through.
#[derive(Default)]
pub(super) struct Pool {
    routes: Vec<(usize, Arc<Route>)>,
    seen: BTreeSet<u64>,
}

/// When a recombination ends early.
#[derive(Clone, Copy)]
pub(super) struct Limits<'a> {
    /// The caller wants no more.
    pub is_over: &'a dyn Fn() -> bool,
    /// Wall time of all linear programs together.
    pub seconds: Option<f64>,
}

/// A route, whom it serves, and for which kind of vehicle it was made.
#[derive(Clone)]
pub(super) struct Column {
    kind: usize,
    served: Vec<RequestIndex>,
    route: Arc<Route>,
    vehicle: usize,
}

impl Pool {
    /// Remembers these routes of a solution.
    pub fn add(&mut self, solution: &Solution, vehicles: &[usize]) {
        if self.routes.len() > MOST_ROUTES {
            self.routes.drain(..MOST_ROUTES / 2);
            self.seen = self.routes.iter().map(|(_, route)| route.fingerprint).collect();
        }
        for &vehicle in vehicles {
            let route = &solution.routes[vehicle];
            if !route.stops.is_empty() && self.seen.insert(route.fingerprint) {
                self.routes.push((vehicle, Arc::clone(route)));
            }
        }
    }

    /// Remembers what another pool does; that one is empty afterwards.
    pub fn take_from(&mut self, other: &mut Self) {
        other.seen.clear();
        for (vehicle, route) in other.routes.drain(..) {
            if self.seen.insert(route.fingerprint) {
                self.routes.push((vehicle, route));
            }
        }
    }

    /// A good combination of remembered routes and of what pricing makes of them, with holes where they don't fit
    /// together: whoever is left out remains to be put in. `None` when the limits end it early.
    pub fn recombine(&mut self, problem: &Problem, best: &Solution, limits: Limits<'_>) -> Option<Solution> {
        let kinds = problem.first_equals();
        let columns = self.columns(&kinds);
        let mut master = Master::new(problem, best, &kinds, columns, limits);
        let found = master.dive(self);
        for column in master.columns.drain(..).skip(master.remembered) {
            self.routes.push((column.vehicle, column.route));
        }
        assemble(problem, &kinds, &found?)
    }

    /// Of routes that serve the same requests with the same kind of vehicle only the cheapest.
    fn columns(&self, kinds: &[usize]) -> Vec<Column> {
        let mut columns: Vec<Column> = self
            .routes
            .iter()
            .map(|(vehicle, route)| Column {
                kind: kinds[*vehicle],
                served: served_by(route),
                route: Arc::clone(route),
                vehicle: *vehicle,
            })
            .collect();
        columns.sort_by(|one, other| {
            (&one.served, one.kind, one.route.cost).cmp(&(&other.served, other.kind, other.route.cost))
        });
        columns.dedup_by(|later, earlier| later.kind == earlier.kind && later.served == earlier.served);
        columns
    }
}

/// Gives every chosen route to a vehicle of its kind.
fn assemble(problem: &Problem, kinds: &[usize], chosen: &[Column]) -> Option<Solution> {
    let mut solution = Solution::empty(problem);
    let mut homeless = Vec::new();
    for column in chosen {
        if solution.stops(column.vehicle).is_empty() {
            solution.set_route(problem, column.vehicle, column.route.stops.clone()).ok()?;
        } else {
            homeless.push(column);
        }
    }
    for column in homeless {
        let mut idle = (0..kinds.len()).filter(|&vehicle| kinds[vehicle] == column.kind);
        let vehicle = idle.find(|&vehicle| solution.stops(vehicle).is_empty())?;
        solution.set_route(problem, vehicle, column.route.stops.clone()).ok()?;
    }
    Some(solution)
}

/// The linear relaxation over the routes that pay, and the routes that don't yet.
struct Master<'a> {
    program: Program,
    columns: Vec<Column>,
    /// So many columns came from the pool.
    remembered: usize,
    relaxation: Relaxation,
    is_active: Vec<bool>,
    pricer: Pricer<'a>,
    limits: Limits<'a>,
}

impl<'a> Master<'a> {
    fn new(problem: &'a Problem, best: &Solution, kinds: &[usize], columns: Vec<Column>, limits: Limits<'a>) -> Self {
        let program = Program::new(problem, best, kinds, &columns);
        let relaxation = Relaxation::new(&program, limits.seconds);
        let is_active = vec![false; columns.len()];
        let remembered = columns.len();
        let pricer = Pricer::new(problem);
        let mut master = Self { program, columns, remembered, relaxation, is_active, pricer, limits };
        let is_best = |column: &Column| best.routes[column.vehicle].fingerprint == column.route.fingerprint;
        for column in 0..remembered {
            if is_best(&master.columns[column]) || column.is_multiple_of(remembered / FIRST_ROUTES + 1) {
                master.activate(column);
            }
        }
        master
    }

    fn activate(&mut self, column: usize) {
        if !std::mem::replace(&mut self.is_active[column], true) {
            self.relaxation.add(&self.program, column);
        }
    }

    /// Solves the relaxation, adds what pays, until hardly anything does.
    fn converge(&mut self, pool: &mut Pool, pricings: usize) -> Option<Relaxed> {
        let mut priced = 0;
        loop {
            let (cost, values, duals) = self.relaxation.solve()?;
            let relaxed = self.program.relaxed(cost, values, duals);
            let reduced = &relaxed.reduced_costs;
            let mut paying: Vec<usize> = (0..self.columns.len())
                .filter(|&column| reduced[column] < -WORTH_IT && !self.is_active[column])
                .collect();
            paying.sort_by(|&one, &other| reduced[one].total_cmp(&reduced[other]));
            paying.truncate(MOST_FRESH);
            if paying.len() < FEW_FRESH && priced < pricings {
                priced += 1;
                for column in self.pricer.price(&self.program, &self.columns, &relaxed, &mut pool.seen) {
                    self.program.add(&column);
                    paying.push(self.columns.len());
                    self.is_active.push(false);
                    self.columns.push(column);
                }
            }
            if paying.is_empty() || (self.limits.is_over)() {
                return Some(relaxed);
            }
            paying.into_iter().for_each(|column| self.activate(column));
        }
    }

    /// Rounds up the route that the relaxation wants most, and again, until it wants whole routes only.
    fn dive(&mut self, pool: &mut Pool) -> Option<Vec<Column>> {
        let mut relaxed = self.converge(pool, FIRST_PRICINGS)?;
        // If parts of routes are no cheaper, whole ones aren't.
        if relaxed.cost > self.program.best_cost - WORTH_IT {
            return None;
        }
        let mut chosen: Vec<usize> = Vec::new();
        loop {
            let mut wanted: Vec<(f64, usize)> = (0..relaxed.values.len())
                .map(|position| (relaxed.values[position], self.relaxation.columns[position].1))
                .filter(|&(value, column)| value > 1e-6 && !chosen.contains(&column))
                .collect();
            wanted.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
            let Some(&(most, _)) = wanted.first() else { break };
            let whole = wanted.iter().take_while(|&&(value, _)| value > 1.0 - 1e-6).count();
            for &(_, column) in &wanted[..whole.max(1)] {
                self.relaxation.fix(column);
                chosen.push(column);
            }
            if most > 1.0 - 1e-6 && whole == wanted.len() {
                break;
            }
            if (self.limits.is_over)() {
                return None;
            }
            relaxed = self.converge(pool, DIVE_PRICINGS)?;
        }
        Some(chosen.into_iter().map(|column| self.columns[column].clone()).collect())
    }
}

/// A reduced cost below this is negative.
const WORTH_IT: f64 = 1e-6;

fn served_by(route: &Route) -> Vec<RequestIndex> {
    let mut served: Vec<RequestIndex> = route.pickups().collect();
    served.sort_unstable();
    served
}
