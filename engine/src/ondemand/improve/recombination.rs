//! The best combination of all routes seen: set partitioning over a pool, by linear and integer programming.
//!
//! The linear relaxation tells what every request is worth. By these prices new routes are made from those that are nearly
//! worth theirs, as long as any pays. Then the route that the relaxation wants most is chosen for good, the rest is priced anew,
//! and so on: a dive through column generation that ends in whole routes (Sadykov et al. 2019 call it strong diving's plain form).

use std::collections::BTreeSet;
use std::sync::Arc;

use highs::{ColProblem, HighsModelStatus, Model, Sense};

use crate::ondemand::insertion::{Insertion, Place, Scratch};
use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::route::{Route, RouteStop, StopKind};
use crate::ondemand::solution::Solution;

/// So many routes are remembered; beyond that the older half is forgotten.
const MOST_ROUTES: usize = 24_000;
/// So often routes are made before the first is chosen …
const FIRST_PRICINGS: usize = 5;
/// … and after each choice …
const DIVE_PRICINGS: usize = 1;
/// … from so many that are nearly worth their price.
const MOST_BASES: usize = 100;
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
struct Column {
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

    /// A good combination of remembered routes and of what pricing makes of them, with gaps where they don't fit
    /// together: whoever is left out remains to be put in. `None` when the limits end it early.
    pub fn recombine(&mut self, problem: &Problem, best: &Solution, limits: Limits<'_>) -> Option<Solution> {
        let kinds = kinds(problem);
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

/// Vehicles of equal specification are of one kind.
fn kinds(problem: &Problem) -> Vec<usize> {
    let specs = problem.vehicles();
    let first_equal = |spec| specs.iter().position(|other| other == spec).expect("it equals itself");
    specs.iter().map(first_equal).collect()
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

/// The set partitioning problem, costs in units of the mean route.
struct Program {
    requests: Vec<(RequestIndex, bool)>,
    /// By request: its row.
    row_of: Vec<usize>,
    vehicles_of_kind: Vec<(usize, usize)>,
    most_vehicles: Option<usize>,
    /// What makes a cost of the problem one of the program.
    unit: f64,
    per_vehicle: i64,
    /// For whoever `best` doesn't serve.
    prize: f64,
    costs: Vec<f64>,
    rows: Vec<Vec<usize>>,
    best_cost: f64,
}

struct Relaxed {
    cost: f64,
    /// By column of the relaxation.
    values: Vec<f64>,
    reduced_costs: Vec<f64>,
    duals: Vec<f64>,
}

/// The linear program as the solver has it.
struct Relaxation {
    /// `None` only while it is being solved.
    model: Option<Model>,
    rows: Vec<highs::Row>,
    columns: Vec<(highs::Col, usize)>,
}

impl Program {
    fn new(problem: &Problem, best: &Solution, kinds: &[usize], columns: &[Column]) -> Self {
        let per_vehicle = problem.objective().per_vehicle;
        let requests: Vec<(RequestIndex, bool)> =
            problem.active_requests().map(|request| (request, best.vehicle_of(request).is_some())).collect();
        let mut row_of = vec![usize::MAX; problem.request_count()];
        for (row, (request, _)) in requests.iter().enumerate() {
            row_of[request.index()] = row;
        }
        let mut vehicles_of_kind: Vec<(usize, usize)> = Vec::new();
        for &kind in kinds {
            match vehicles_of_kind.iter_mut().find(|(other, _)| *other == kind) {
                Some((_, count)) => *count += 1,
                None => vehicles_of_kind.push((kind, 1)),
            }
        }
        let driving = |cost: i64| (cost - per_vehicle) as f64;
        let used = best.routes.iter().filter(|route| !route.stops.is_empty());
        let (count, total) =
            used.fold((0_usize, 0.0), |(count, total), route| (count + 1, total + driving(route.cost)));
        let unit = total / count.max(1) as f64 + 1.0;
        let dearest = columns.iter().map(|column| driving(column.route.cost)).fold(unit, f64::max);
        let mut program = Self {
            requests,
            row_of,
            vehicles_of_kind,
            most_vehicles: (per_vehicle > 0).then_some(count),
            unit,
            per_vehicle,
            prize: 100.0 * dearest / unit,
            costs: Vec::new(),
            rows: Vec::new(),
            best_cost: total / unit,
        };
        columns.iter().for_each(|column| program.add(column));
        program
    }

    fn add(&mut self, column: &Column) {
        let rows: Vec<usize> = column.served.iter().map(|request| self.row_of[request.index()]).collect();
        let newly = rows.iter().filter(|&&row| !self.requests[row].1).count();
        self.costs.push((column.route.cost - self.per_vehicle) as f64 / self.unit - self.prize * newly as f64);
        let kind = self.vehicles_of_kind.iter().position(|&(kind, _)| kind == column.kind);
        let kind = self.requests.len() + kind.expect("a kind of vehicle");
        let fleet = self.most_vehicles.map(|_| self.requests.len() + self.vehicles_of_kind.len());
        self.rows.push(rows.into_iter().chain([kind]).chain(fleet).collect());
    }

    /// Requests, kinds of vehicles, all vehicles.
    fn row_bounds(&self) -> impl Iterator<Item = (f64, f64)> {
        let requests = self.requests.iter().map(|&(_, served)| (if served { 1.0 } else { 0.0 }, 1.0));
        let kinds = self.vehicles_of_kind.iter().map(|&(_, count)| (0.0, count as f64));
        requests.chain(kinds).chain(self.most_vehicles.map(|most| (0.0, most as f64)))
    }

    /// Prices all columns, solved with or not.
    fn relaxed(&self, cost: f64, values: Vec<f64>, duals: Vec<f64>) -> Relaxed {
        let priced = self.costs.iter().zip(&self.rows);
        let reduced_costs = priced.map(|(cost, rows)| cost - rows.iter().map(|&row| duals[row]).sum::<f64>()).collect();
        Relaxed { cost, values, reduced_costs, duals }
    }
}

impl Relaxation {
    fn new(program: &Program, seconds: Option<f64>) -> Self {
        let mut problem = ColProblem::new();
        let rows: Vec<highs::Row> = program.row_bounds().map(|(least, most)| problem.add_row(least..=most)).collect();
        for &row in &rows[..program.requests.len()] {
            problem.add_column(program.prize, 0.0.., [(row, 1.0)]);
        }
        let mut model = problem.optimise(Sense::Minimise);
        model.make_quiet();
        model.set_option("threads", 1);
        model.set_option("parallel", "off");
        if let Some(seconds) = seconds {
            model.set_option("time_limit", seconds);
        }
        Self { model: Some(model), rows, columns: Vec::new() }
    }

    fn model(&mut self) -> &mut Model {
        self.model.as_mut().expect("it is put back after solving")
    }

    fn add(&mut self, program: &Program, column: usize) {
        let entries: Vec<(highs::Row, f64)> = program.rows[column].iter().map(|&row| (self.rows[row], 1.0)).collect();
        let added = self.model().add_col(program.costs[column], 0.0.., entries);
        self.columns.push((added, column));
    }

    fn fix(&mut self, column: usize) {
        let position = self.columns.iter().position(|&(_, other)| other == column).expect("an active column");
        let (added, _) = self.columns[position];
        self.model().change_column_bounds(added, 1.0..=1.0);
    }

    /// Cost, values and duals, if solved to the end.
    fn solve(&mut self) -> Option<(f64, Vec<f64>, Vec<f64>)> {
        let solved = self.model.take().expect("it is put back after solving").solve();
        let is_optimal = solved.status() == HighsModelStatus::Optimal;
        let relaxed = is_optimal.then(|| {
            let solution = solved.get_solution();
            let values = solution.columns()[solution.columns().len() - self.columns.len()..].to_vec();
            (solved.objective_value(), values, solution.dual_rows().to_vec())
        });
        self.model = Some(Model::from(solved));
        relaxed
    }
}

/// Makes routes of negative reduced cost from those that are nearly worth their price: one request more, one less, one
/// exchanged. Not all there are, so that the relaxation's cost is no bound.
struct Pricer<'a> {
    problem: &'a Problem,
    scratch: Scratch,
    shorter: Route,
}

impl<'a> Pricer<'a> {
    fn new(problem: &'a Problem) -> Self {
        Self { problem, scratch: Scratch::default(), shorter: Route::default() }
    }

    fn price(
        &mut self,
        program: &Program,
        columns: &[Column],
        relaxed: &Relaxed,
        seen: &mut BTreeSet<u64>,
    ) -> Vec<Column> {
        let mut bases: Vec<(f64, usize)> =
            relaxed.reduced_costs.iter().enumerate().map(|(column, &reduced)| (reduced, column)).collect();
        bases.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        bases.truncate(MOST_BASES);
        let mut fresh = Vec::new();
        for (reduced, column) in bases {
            self.price_around(program, (&columns[column], reduced), relaxed, seen, &mut fresh);
        }
        fresh
    }

    fn price_around(
        &mut self,
        program: &Program,
        (base, reduced): (&Column, f64),
        relaxed: &Relaxed,
        seen: &mut BTreeSet<u64>,
        fresh: &mut Vec<Column>,
    ) {
        self.extend(program, base, (&base.route, reduced), relaxed, seen, fresh);
        let mut shorter = std::mem::take(&mut self.shorter);
        for &left_out in &base.served {
            shorter.stops.clear();
            shorter.stops.extend(base.route.stops.iter().filter(|stop| stop.request != left_out));
            if shorter.stops.is_empty() {
                continue;
            }
            shorter.refresh(self.problem, base.vehicle);
            if !shorter.has_schedule {
                continue;
            }
            let row = program.row_of[left_out.index()];
            let prize = if program.requests[row].1 { 0.0 } else { program.prize };
            let cheaper = (base.route.cost - shorter.cost) as f64 / program.unit;
            let reduced = reduced - cheaper + prize + relaxed.duals[row];
            if reduced < -WORTH_IT && seen.insert(shorter.fingerprint) {
                fresh.push(column_of(base, shorter.clone()));
            }
            self.extend(program, base, (&shorter, reduced), relaxed, seen, fresh);
        }
        self.shorter = shorter;
    }

    /// The request more that pays most.
    fn extend(
        &mut self,
        program: &Program,
        base: &Column,
        (route, reduced): (&Route, f64),
        relaxed: &Relaxed,
        seen: &mut BTreeSet<u64>,
        fresh: &mut Vec<Column>,
    ) {
        let mut best: Option<(f64, RequestIndex, Insertion)> = None;
        for (row, &(request, is_served)) in program.requests.iter().enumerate() {
            let prize = if is_served { 0.0 } else { program.prize };
            let pays = relaxed.duals[row] + prize - reduced - WORTH_IT;
            let pays = pays + best.map_or(0.0, |(best, ..)| best);
            if pays <= 0.0 || base.served.binary_search(&request).is_ok() {
                continue;
            }
            let place =
                Place { problem: self.problem, route, vehicle: base.vehicle, request: self.problem.request(request) };
            let below = (pays * program.unit).min(1e17) as i64;
            place.each_insertion(below, &mut self.scratch, |insertion| {
                let after = reduced + insertion.cost as f64 / program.unit - relaxed.duals[row] - prize;
                best = Some((after, request, insertion));
                insertion.cost
            });
        }
        if let Some((_, request, insertion)) = best {
            let mut stops = route.stops.clone();
            stops.insert(insertion.dropoff_after, RouteStop { request, kind: StopKind::Dropoff });
            stops.insert(insertion.pickup_after, RouteStop { request, kind: StopKind::Pickup });
            let longer = Route::new(self.problem, base.vehicle, stops);
            if seen.insert(longer.fingerprint) {
                fresh.push(column_of(base, longer));
            }
        }
    }
}

/// A reduced cost below this is negative.
const WORTH_IT: f64 = 1e-6;

fn column_of(base: &Column, route: Route) -> Column {
    Column { kind: base.kind, served: served_by(&route), vehicle: base.vehicle, route: Arc::new(route) }
}

fn served_by(route: &Route) -> Vec<RequestIndex> {
    let pickups = route.stops.iter().filter(|stop| stop.kind == StopKind::Pickup);
    let mut served: Vec<RequestIndex> = pickups.map(|stop| stop.request).collect();
    served.sort_unstable();
    served
}
