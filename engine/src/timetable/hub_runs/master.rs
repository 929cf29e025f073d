//! The master: a linear program over runs, the only place here that names the solver library besides the whole-number program.
//!
//! Rows: everybody of a group is on a run, on a line, or left behind; limited kinds; rows over legs: cuts and decisions. Costs in fen. Values and prices are the
//! solver's and carry its tolerances; nothing that is claimed is read off them.

use highs::{ColProblem, HighsModelStatus, Model, Row, Sense};

use super::columns::{Column, LegRow, Limit};
use super::instance::{Instance, UNITS_PER_FEN};
use super::pricing::Duals;

/// The linear program as the solver has it.
pub(super) struct Master<'a> {
    instance: &'a Instance,
    /// `None` only while it is being solved.
    model: Option<Model>,
    group_rows: Vec<Row>,
    /// By kind: its row if it is limited.
    kind_rows: Vec<Option<Row>>,
    leg_rows: Vec<Row>,
    pub columns: Vec<Column>,
    /// By row of `rows`: weights of what may be missing.
    pub rows: Vec<LegRow>,
    /// Solver columns of people on lines and left behind, by group.
    absent: Vec<[highs::Col; 2]>,
    runs: Vec<highs::Col>,
    /// Solver columns that pay for broken decisions; they come before all runs.
    decisions: Vec<highs::Col>,
}

/// A price in units, as its row allows.
fn signed(dual: f64, limit: Limit) -> i64 {
    match limit {
        Limit::AtLeast(_) => units(dual),
        Limit::AtMost(_) => -units(-dual),
    }
}

/// A solution of the linear program.
pub(super) struct Relaxed {
    /// Units.
    pub cost: f64,
    /// By column.
    pub runs: Vec<f64>,
    /// By how much decisions are broken.
    pub broken: f64,
    /// By group: people on lines or left behind.
    pub absent: Vec<f64>,
    pub duals: Duals,
    pub iterations: i64,
}

fn fen(units: i64) -> f64 {
    units as f64 / UNITS_PER_FEN as f64
}

fn units(fen: f64) -> i64 {
    (fen.max(0.0) * UNITS_PER_FEN as f64) as i64
}

impl<'a> Master<'a> {
    pub fn new(instance: &'a Instance) -> Self {
        let mut problem = ColProblem::new();
        let group_rows: Vec<Row> =
            instance.groups.iter().map(|group| problem.add_row(f64::from(group.people)..)).collect();
        let kinds = instance.kinds.iter();
        let kind_rows = kinds.map(|kind| kind.most_runs.map(|most| problem.add_row(..=f64::from(most)))).collect();
        let mut model = problem.optimise(Sense::Minimise);
        model.make_quiet();
        model.set_option("threads", 1);
        model.set_option("parallel", "off");
        let absent = instance.groups.iter().zip(&group_rows).map(|(group, &row)| {
            [
                model.add_col(fen(group.line.0), 0.0..=f64::from(group.line.1), [(row, 1.0)]),
                model.add_col(fen(group.left_behind), 0.0.., [(row, 1.0)]),
            ]
        });
        let absent = absent.collect();
        let (leg_rows, columns, rows, runs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self {
            instance,
            model: Some(model),
            group_rows,
            kind_rows,
            leg_rows,
            columns,
            rows,
            absent,
            runs,
            decisions: Vec::new(),
        }
    }

    fn model(&mut self) -> &mut Model {
        self.model.as_mut().expect("it is put back after solving")
    }

    pub fn add(&mut self, column: Column) {
        let mut entries: Vec<(Row, f64)> =
            column.people.iter().map(|&(group, people)| (self.group_rows[group], f64::from(people))).collect();
        entries.extend(self.kind_rows[column.kind].map(|row| (row, 1.0)));
        for (leg_row, &row) in self.rows.iter().zip(&self.leg_rows) {
            match leg_row.weight(&column) {
                0 => {}
                weight => entries.push((row, weight as f64)),
            }
        }
        let cost = fen(column.units);
        let added = self.model().add_col(cost, 0.0.., entries);
        self.runs.push(added);
        self.columns.push(column);
    }

    pub fn add_row(&mut self, row: LegRow) {
        let runs = self.columns.iter().zip(&self.runs).map(|(column, &run)| (run, row.weight(column) as f64));
        let mut entries: Vec<(highs::Col, f64)> = runs.filter(|entry| entry.1 > 0.0).collect();
        entries.extend(row.groups.iter().flat_map(|&group| self.absent[group].map(|column| (column, 1.0))));
        let added = match row.limit {
            Limit::AtLeast(least) => self.model().add_row(least as f64.., entries),
            Limit::AtMost(most) => self.model().add_row(..=most as f64, entries),
        };
        self.leg_rows.push(added);
        self.rows.push(row);
    }

    /// A decision of the branching: whoever breaks it pays `price` units, so that the program always has a solution, and prices stay
    /// what they were as far as that will do.
    pub fn add_decision(&mut self, row: LegRow, price: i64) {
        let sign = if matches!(row.limit, Limit::AtLeast(_)) { 1.0 } else { -1.0 };
        self.add_row(row);
        let (added, cost) = (self.leg_rows[self.leg_rows.len() - 1], fen(price));
        let broken = self.model().add_col(cost, 0.0.., [(added, sign)]);
        self.decisions.push(broken);
    }

    /// Makes it dearer to break decisions.
    pub fn price_decisions(&mut self, price: i64) {
        for index in 0..self.decisions.len() {
            let column = self.decisions[index];
            self.model().change_column_cost(column, fen(price));
        }
    }

    /// What the program costs with one more decision, and the iterations of that; `None` if the solver didn't get there. The decision
    /// costs nothing to break afterwards, but solutions of this program can't be read any more.
    pub fn cost_with(&mut self, decision: LegRow, price: i64) -> (Option<f64>, i64) {
        self.add_decision(decision, price);
        let solved = self.model.take().expect("it is put back after solving").solve();
        let is_optimal = solved.status() == HighsModelStatus::Optimal;
        let cost = is_optimal.then(|| solved.objective_value() * UNITS_PER_FEN as f64);
        let iterations = solved.simplex_iteration_count();
        self.model = Some(Model::from(solved));
        let broken = self.decisions[self.decisions.len() - 1];
        self.model().change_column_cost(broken, 0.0);
        (cost, iterations)
    }

    /// Takes a run out.
    pub fn forbid(&mut self, column: usize) {
        let run = self.runs[column];
        self.model().change_column_bounds(run, 0.0..=0.0);
    }

    /// The optimum; `None` if the solver didn't get there.
    pub fn solve(&mut self) -> Option<Relaxed> {
        let solved = self.model.take().expect("it is put back after solving").solve();
        let is_optimal = solved.status() == HighsModelStatus::Optimal;
        let relaxed = is_optimal.then(|| {
            let solution = solved.get_solution();
            let groups = self.instance.groups.len();
            let (values, rows) = (solution.columns(), solution.dual_rows());
            let kinds = groups + self.kind_rows.iter().flatten().count();
            let mut limited = rows[groups..kinds].iter();
            let mut of_kind = |row: &Option<Row>| row.map_or(0, |_| units(-limited.next().copied().unwrap_or(0.0)));
            Relaxed {
                cost: solved.objective_value() * UNITS_PER_FEN as f64,
                broken: values[2 * groups..2 * groups + self.decisions.len()].iter().sum(),
                runs: values[2 * groups + self.decisions.len()..].to_vec(),
                absent: (0..groups).map(|group| values[2 * group] + values[2 * group + 1]).collect(),
                duals: Duals {
                    people: rows[..groups].iter().map(|&dual| units(dual)).collect(),
                    runs: self.kind_rows.iter().map(&mut of_kind).collect(),
                    rows: rows[kinds..].iter().zip(&self.rows).map(|(&dual, row)| signed(dual, row.limit)).collect(),
                },
                iterations: solved.simplex_iteration_count(),
            }
        });
        self.model = Some(Model::from(solved));
        relaxed
    }
}
