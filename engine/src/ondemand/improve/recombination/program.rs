//! Set partitioning over routes as a linear program: every request once, no more vehicles of a kind than there are.

use highs::{ColProblem, HighsModelStatus, Model, Sense};

use super::Column;
use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::solution::Solution;

/// The set partitioning problem, costs in units of the mean route.
pub(super) struct Program {
    pub requests: Vec<(RequestIndex, bool)>,
    /// By request: its row.
    pub row_of: Vec<usize>,
    vehicles_of_kind: Vec<(usize, usize)>,
    most_vehicles: Option<usize>,
    /// What makes a cost of the problem one of the program.
    pub unit: f64,
    per_vehicle: i64,
    /// For whoever `best` doesn't serve.
    pub prize: f64,
    costs: Vec<f64>,
    rows: Vec<Vec<usize>>,
    pub best_cost: f64,
}

pub(super) struct Relaxed {
    pub cost: f64,
    /// By column of the relaxation.
    pub values: Vec<f64>,
    pub reduced_costs: Vec<f64>,
    pub duals: Vec<f64>,
}

/// The linear program as the solver has it.
pub(super) struct Relaxation {
    /// `None` only while it is being solved.
    model: Option<Model>,
    rows: Vec<highs::Row>,
    pub columns: Vec<(highs::Col, usize)>,
}

impl Program {
    pub fn new(problem: &Problem, best: &Solution, kinds: &[usize], columns: &[Column]) -> Self {
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

    pub fn add(&mut self, column: &Column) {
        let rows: Vec<usize> = column.served.iter().map(|request| self.row_of[request.index()]).collect();
        let newly = rows.iter().filter(|&&row| !self.requests[row].1).count();
        self.costs.push((column.route.cost - self.per_vehicle) as f64 / self.unit - self.prize * newly as f64);
        let kind = self.vehicles_of_kind.iter().position(|&(kind, _)| kind == column.kind);
        let kind = self.requests.len() + kind.expect("a kind of vehicle");
        let fleet = self.most_vehicles.map(|_| self.requests.len() + self.vehicles_of_kind.len());
        self.rows.push(rows.into_iter().chain([kind]).chain(fleet).collect());
    }

    /// Requests, kinds of vehicles, all vehicles.
    pub fn row_bounds(&self) -> impl Iterator<Item = (f64, f64)> {
        let requests = self.requests.iter().map(|&(_, served)| (if served { 1.0 } else { 0.0 }, 1.0));
        let kinds = self.vehicles_of_kind.iter().map(|&(_, count)| (0.0, count as f64));
        requests.chain(kinds).chain(self.most_vehicles.map(|most| (0.0, most as f64)))
    }

    /// Prices all columns, solved with or not.
    pub fn relaxed(&self, cost: f64, values: Vec<f64>, duals: Vec<f64>) -> Relaxed {
        let priced = self.costs.iter().zip(&self.rows);
        let reduced_costs = priced.map(|(cost, rows)| cost - rows.iter().map(|&row| duals[row]).sum::<f64>()).collect();
        Relaxed { cost, values, reduced_costs, duals }
    }
}

impl Relaxation {
    pub fn new(program: &Program, seconds: Option<f64>) -> Self {
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

    pub fn model(&mut self) -> &mut Model {
        self.model.as_mut().expect("it is put back after solving")
    }

    pub fn add(&mut self, program: &Program, column: usize) {
        let entries: Vec<(highs::Row, f64)> = program.rows[column].iter().map(|&row| (self.rows[row], 1.0)).collect();
        let added = self.model().add_col(program.costs[column], 0.0.., entries);
        self.columns.push((added, column));
    }

    pub fn fix(&mut self, column: usize) {
        let position = self.columns.iter().position(|&(_, other)| other == column).expect("an active column");
        let (added, _) = self.columns[position];
        self.model().change_column_bounds(added, 1.0..=1.0);
    }

    /// Cost, values and duals, if solved to the end.
    pub fn solve(&mut self) -> Option<(f64, Vec<f64>, Vec<f64>)> {
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
