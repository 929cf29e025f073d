//! A mixed-integer program as plain data, and its solution by HiGHS: the only place here that names the solver.
//!
//! Every instance runs on one thread of its own; several may run side by side. The option `threads` is the same for
//! every model of the process, because HiGHS silently refuses to work after it has changed.

use std::ffi::CStr;

use highs::{HighsModelStatus, HighsSolutionStatus, RowProblem, Sense};

/// A column of a [`Mip`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Column(usize);

impl Column {
    /// Is it used at all in a solution whose values need not be whole?
    pub fn is_positive(self, values: &[f64]) -> bool {
        values[self.0] > 1e-6
    }

    /// Its value in a solution whose values need not be whole.
    pub fn share(self, values: &[f64]) -> f64 {
        values[self.0]
    }

    /// The same column of a program that was [appended](Mip::append) to another.
    pub fn later(self, by: usize) -> Self {
        Self(self.0 + by)
    }

    /// Its value in a solution.
    pub fn value(self, values: &[f64]) -> i64 {
        values[self.0].round() as i64
    }
}

/// A minimization problem. Costs are whole fen.
#[derive(Clone, Debug, Default)]
pub(super) struct Mip {
    costs: Vec<i64>,
    bounds: Vec<(f64, f64)>,
    integer: Vec<bool>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    bounds: (f64, f64),
    terms: Vec<(Column, f64)>,
}

/// When the search ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Seconds.
    pub seconds: Option<f64>,
    /// Branch-and-bound nodes.
    pub nodes: Option<u32>,
    /// A plan this close to the bound, relative to its cost, is good enough.
    pub gap: f64,
    /// A plan that costs no more than this is good enough.
    pub target: Option<i64>,
}

/// What the solver knows at the end.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    /// Value of every column, if a solution was found.
    pub values: Option<Vec<f64>>,
    /// No solution costs less; `None` if the solver proved nothing.
    pub lower_bound: Option<i64>,
    /// Is nothing better to be found, but for the gap that is good enough?
    pub is_done: bool,
    /// In the solver's words.
    pub status: String,
}

impl Limits {
    /// To the proven optimum.
    pub const NONE: Self = Self { seconds: None, nodes: None, gap: 0.0, target: None };
}

impl Mip {
    /// A column with its cost per unit and its bounds.
    pub fn column(&mut self, cost: i64, lower: f64, upper: f64, is_integer: bool) -> Column {
        self.costs.push(cost);
        self.bounds.push((lower, upper));
        self.integer.push(is_integer);
        Column(self.costs.len() - 1)
    }

    /// The weighted sum of columns lies between the bounds.
    pub fn row(&mut self, lower: f64, upper: f64, terms: Vec<(Column, f64)>) {
        self.rows.push(Row { bounds: (lower, upper), terms });
    }

    /// Adds the columns and rows of another program. Its columns are so much later here.
    pub fn append(&mut self, other: &Self) -> usize {
        let by = self.costs.len();
        self.costs.extend(&other.costs);
        self.bounds.extend(&other.bounds);
        self.integer.extend(&other.integer);
        let later = |row: &Row| Row {
            bounds: row.bounds,
            terms: row.terms.iter().map(|&(column, weight)| (column.later(by), weight)).collect(),
        };
        self.rows.extend(other.rows.iter().map(later));
        by
    }

    /// Raises the cost of a column.
    pub fn add_cost(&mut self, column: Column, cost: i64) {
        self.costs[column.0] += cost;
    }

    /// Pins a column to a value.
    pub fn fix(&mut self, column: Column, value: f64) {
        self.bounds[column.0] = (value, value);
    }

    /// Allows only whole values.
    pub fn make_integer(&mut self, column: Column) {
        self.integer[column.0] = true;
    }

    /// A value for every column: these, and zero for the rest.
    pub fn point(&self, values: &[(Column, f64)]) -> Vec<f64> {
        let mut point = vec![0.0; self.costs.len()];
        values.iter().for_each(|&(column, value)| point[column.0] = value);
        point
    }

    /// The same program without the demand for whole values.
    pub fn relaxation(&self) -> Self {
        Self { integer: vec![false; self.integer.len()], ..self.clone() }
    }

    /// The cost of a solution whose values are whole.
    pub fn cost(&self, values: &[f64]) -> i64 {
        self.costs.iter().zip(values).map(|(&cost, &value)| cost * value.round() as i64).sum()
    }

    /// The cost of a solution whose values need not be whole.
    pub fn worth(&self, values: &[f64]) -> f64 {
        self.costs.iter().zip(values).map(|(&cost, value)| cost as f64 * value).sum()
    }

    /// Searches from `start` (a value for every column) within the limits.
    pub fn solve(&self, limits: Limits, start: Option<&[f64]>) -> Outcome {
        let mut problem = RowProblem::default();
        let columns: Vec<_> = (0..self.costs.len())
            .map(|index| {
                let (lower, upper) = self.bounds[index];
                let cost = self.costs[index] as f64;
                problem.add_column_with_integrality(cost, lower..=upper, self.integer[index])
            })
            .collect();
        for row in &self.rows {
            let terms: Vec<_> = row.terms.iter().map(|&(column, weight)| (columns[column.0], weight)).collect();
            problem.add_row(row.bounds.0..=row.bounds.1, &terms);
        }
        let mut model = problem.optimise(Sense::Minimise);
        model.make_quiet();
        model.set_option("threads", 1);
        model.set_option("parallel", "off");
        model.set_option("mip_rel_gap", limits.gap);
        if let Some(seconds) = limits.seconds {
            model.set_option("time_limit", seconds);
        }
        if let Some(nodes) = limits.nodes {
            model.set_option("mip_max_nodes", i32::try_from(nodes).unwrap_or(i32::MAX));
        }
        if let Some(target) = limits.target {
            model.set_option("objective_target", target as f64);
        }
        if let Some(start) = start {
            model.set_solution(Some(start), None, None, None);
        }
        let solved = match model.try_solve() {
            Ok(solved) => solved,
            Err(status) => {
                let status = format!("{status:?}");
                return Outcome { values: None, lower_bound: None, is_done: false, status };
            }
        };
        let is_mip = self.integer.contains(&true);
        let bound = match (is_mip, solved.status()) {
            (true, _) => solved.double_info_value(MIP_DUAL_BOUND).ok(),
            (false, HighsModelStatus::Optimal) => Some(solved.objective_value()),
            (false, _) => None,
        };
        let has_solution = solved.primal_solution_status() == HighsSolutionStatus::Feasible;
        let solution = has_solution.then(|| solved.get_solution());
        Outcome {
            values: solution.map(|solution| solution.columns().to_vec()),
            // The solver's tolerances are relative: give away more than they can have taken.
            lower_bound: bound
                .filter(|bound| bound.is_finite())
                .map(|bound| (bound - 1e-6 * bound.abs()).floor() as i64),
            is_done: solved.status() == HighsModelStatus::Optimal,
            status: format!("{:?}", solved.status()),
        }
    }
}

const MIP_DUAL_BOUND: &CStr = c"mip_dual_bound";
