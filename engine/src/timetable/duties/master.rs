//! The linear program over the duties known so far: every part worked once, no more duties of a depot than drivers.

use std::collections::BTreeSet;

use highs::{Col, ColProblem, HighsModelStatus, Model, Row, Sense};

use super::network::{Column, Network, UNITS};
use super::pricing::Duals;

/// The program as the solver has it, for some of the parts. Costs are fen.
pub(super) struct Master {
    /// `None` only while it is being solved.
    model: Option<Model>,
    /// By part; `None` for parts that are not of the program.
    part_rows: Vec<Option<Row>>,
    depot_rows: Vec<Row>,
    /// By depot: the largest price of a driver.
    most_per_driver: Vec<i64>,
    columns: Vec<(Col, Column)>,
    /// By their pieces: rounded duals must not let a duty in a second time.
    known: BTreeSet<Vec<usize>>,
    /// Of the duties that are demanded, in fen.
    cost_of_fixed: f64,
    /// Columns of the model that are no duties.
    slacks: usize,
}

/// An optimum of the linear program.
pub(super) struct Relaxed {
    /// Without the duties that are demanded, in fen.
    pub cost: f64,
    /// By column.
    pub values: Vec<f64>,
    pub duals: Duals,
}

impl Master {
    /// For the parts that are free and what drivers they have left, by depot.
    pub fn new(network: &Network, is_free: &[bool], drivers: &[Option<u32>]) -> Self {
        let policy = &network.problem.policy;
        let mut problem = ColProblem::new();
        let part_rows: Vec<Option<Row>> =
            is_free.iter().map(|&is_free| is_free.then(|| problem.add_row(1.0..=1.0))).collect();
        let depot_rows: Vec<Row> = drivers
            .iter()
            .map(|drivers| problem.add_row(f64::NEG_INFINITY..=drivers.map_or(f64::INFINITY, f64::from)))
            .collect();
        // Dearer than any duty that works nothing else, so that only a program without a solution uses it.
        let longest = (policy.duty.0 * UNITS + network.price(policy.longest_spread)) / UNITS;
        let unworked = (4 * (longest + policy.missing_driver.0)) as f64;
        let mut slacks = 0;
        for &row in part_rows.iter().flatten() {
            problem.add_column(unworked, 0.0.., [(row, 1.0)]);
            slacks += 1;
        }
        for (&row, drivers) in depot_rows.iter().zip(drivers) {
            if drivers.is_some() {
                problem.add_column(policy.missing_driver.0 as f64, 0.0.., [(row, -1.0)]);
                slacks += 1;
            }
        }
        let mut model = problem.optimise(Sense::Minimise);
        model.make_quiet();
        model.set_option("threads", 1);
        model.set_option("parallel", "off");
        let most_per_driver =
            drivers.iter().map(|drivers| drivers.map_or(0, |_| policy.missing_driver.0 * UNITS)).collect();
        Self {
            model: Some(model),
            part_rows,
            depot_rows,
            most_per_driver,
            columns: Vec::new(),
            known: BTreeSet::new(),
            cost_of_fixed: 0.0,
            slacks,
        }
    }

    /// Adds a duty, all of whose parts are of the program; false if it is there already.
    pub fn add(&mut self, network: &Network, column: &Column) -> bool {
        if !self.known.insert(column.pieces.clone()) {
            return false;
        }
        let parts = network.parts_of(column).filter_map(|part| self.part_rows[part]);
        let entries: Vec<(Row, f64)> =
            parts.chain([self.depot_rows[column.depot.index()]]).map(|row| (row, 1.0)).collect();
        let cost = column.cost as f64 / UNITS as f64;
        let added = self.model.as_mut().expect("it is put back after solving").add_col(cost, 0.0.., entries);
        self.columns.push((added, column.clone()));
        true
    }

    /// The duties of the program.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().map(|(_, column)| column)
    }

    /// Demands the column of this position.
    pub fn fix(&mut self, position: usize) {
        let model = self.model.as_mut().expect("it is put back after solving");
        model.change_column_bounds(self.columns[position].0, 1.0..=1.0);
        self.cost_of_fixed += self.columns[position].1.cost as f64 / UNITS as f64;
    }

    /// An optimum, or what the solver says instead.
    pub fn solve(&mut self) -> Result<Relaxed, String> {
        let solved = self.model.take().expect("it is put back after solving").solve();
        let status = solved.status();
        let relaxed = (status == HighsModelStatus::Optimal).then(|| {
            let solution = solved.get_solution();
            let in_units = |dual: f64| (dual * UNITS as f64).round() as i64;
            let dual_rows = solution.dual_rows();
            // Rows are in the order in which they were made: parts, then depots.
            let mut duals = dual_rows.iter().copied();
            let mut of_row = |row: &Option<Row>| row.map_or(0, |_| in_units(duals.next().unwrap_or(0.0)));
            let of_part = self.part_rows.iter().map(&mut of_row).collect();
            let depots = self.depot_rows.iter().zip(&self.most_per_driver);
            let of_depot = depots.map(|(&row, &most)| (-of_row(&Some(row))).clamp(0, most)).collect();
            Relaxed {
                cost: solved.objective_value() - self.cost_of_fixed,
                values: solution.columns()[self.slacks..].to_vec(),
                duals: Duals { of_part, of_depot },
            }
        });
        self.model = Some(Model::from(solved));
        relaxed.ok_or_else(|| format!("{status:?}"))
    }
}
