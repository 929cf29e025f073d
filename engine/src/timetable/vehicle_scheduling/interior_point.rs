//! A primal-dual interior point method (Mehrotra's predictor and corrector) for the linear programs of column generation.
//!
//! Few rows, many columns of ones, loose tolerances: what is wanted are prices in the middle of all that are nearly optimal,
//! because they let column generation settle in few rounds; a vertex would jump about. Every row has a column of its own
//! (a task left out, a vehicle unused), so that the equations are never dependent.

use super::cholesky::Symmetric;
use super::effort::Effort;

/// Minimize costs subject to rows being equal to their right-hand sides, columns not negative, all entries one.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub right: Vec<f64>,
    pub costs: Vec<f64>,
    /// By column: where its rows begin in `entries`; one more at the end.
    starts: Vec<usize>,
    entries: Vec<u32>,
}

/// A point inside of both cones: nothing of `values` or `reduced_costs` is zero.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// By column.
    pub values: Vec<f64>,
    /// By row.
    pub duals: Vec<f64>,
    /// By column.
    pub reduced_costs: Vec<f64>,
}

/// The direction in which a point moves.
struct Direction {
    values: Vec<f64>,
    duals: Vec<f64>,
    reduced_costs: Vec<f64>,
}

/// By how much a point misses the equations.
struct Residuals {
    primal: Vec<f64>,
    dual: Vec<f64>,
}

/// Rounding has won if it takes longer.
const MOST_ITERATIONS: usize = 80;

impl Program {
    pub fn new(right: Vec<f64>) -> Self {
        Self { right, costs: Vec::new(), starts: vec![0], entries: Vec::new() }
    }

    pub fn add(&mut self, cost: f64, rows: impl IntoIterator<Item = u32>) {
        self.costs.push(cost);
        self.entries.extend(rows);
        self.starts.push(self.entries.len());
    }

    fn rows_of(&self, column: usize) -> &[u32] {
        &self.entries[self.starts[column]..self.starts[column + 1]]
    }

    fn columns(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|ends| &self.entries[ends[0]..ends[1]])
    }

    /// The sum of the duals of a column's rows.
    fn priced(&self, column: usize, duals: &[f64]) -> f64 {
        self.rows_of(column).iter().map(|&row| duals[row as usize]).sum()
    }

    /// Rows of the weighted sum of columns.
    fn row_sums(&self, weights: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut sums = vec![0.0; self.right.len()];
        for (rows, weight) in self.columns().zip(weights) {
            rows.iter().for_each(|&row| sums[row as usize] += weight);
        }
        sums
    }

    /// The product of the columns with themselves, weighted; factored.
    fn factor(&self, weights: &[f64], matrix: &mut Symmetric) {
        matrix.clear();
        for (rows, &weight) in self.columns().zip(weights) {
            for (index, &row) in rows.iter().enumerate() {
                // Rows of a column ascend.
                rows[..=index].iter().for_each(|&column| matrix.add(row as usize, column as usize, weight));
            }
        }
        matrix.factor();
    }

    /// A point from which nothing is known of the optimum.
    fn cold_start(&self, matrix: &mut Symmetric) -> Point {
        let count = self.costs.len();
        self.factor(&vec![1.0; count], matrix);
        let mut weights = self.right.clone();
        matrix.solve(&mut weights);
        let mut values: Vec<f64> = (0..count).map(|column| self.priced(column, &weights)).collect();
        let mut duals = self.row_sums(self.costs.iter().copied());
        matrix.solve(&mut duals);
        let mut reduced_costs: Vec<f64> =
            (0..count).map(|column| self.costs[column] - self.priced(column, &duals)).collect();
        let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
        let (short, dear) = (least(&values), least(&reduced_costs));
        let lift = |values: &mut [f64], by: f64| values.iter_mut().for_each(|value| *value += by);
        lift(&mut values, (-1.5 * short).max(0.0) + 1e-3);
        lift(&mut reduced_costs, (-1.5 * dear).max(0.0) + 1e-3);
        let gap = product(&values, &reduced_costs);
        let (more_value, more_cost) =
            (0.5 * gap / reduced_costs.iter().sum::<f64>(), 0.5 * gap / values.iter().sum::<f64>());
        lift(&mut values, more_value);
        lift(&mut reduced_costs, more_cost);
        Point { values, duals, reduced_costs }
    }

    fn residuals(&self, point: &Point) -> Residuals {
        let sums = self.row_sums(point.values.iter().copied());
        let dual = |column: usize| self.costs[column] - self.priced(column, &point.duals) - point.reduced_costs[column];
        Residuals {
            primal: self.right.iter().zip(sums).map(|(right, sum)| right - sum).collect(),
            dual: (0..self.costs.len()).map(dual).collect(),
        }
    }

    /// Towards products of value and reduced cost that differ by `products` from what they are.
    fn direction(&self, point: &Point, residuals: &Residuals, products: &[f64], matrix: &Symmetric) -> Direction {
        let Point { values, reduced_costs, .. } = point;
        let known =
            |column: usize| (products[column] - values[column] * residuals.dual[column]) / reduced_costs[column];
        let sums = self.row_sums((0..values.len()).map(known));
        let mut duals: Vec<f64> = residuals.primal.iter().zip(sums).map(|(primal, sum)| primal - sum).collect();
        matrix.solve(&mut duals);
        let (mut by_value, mut by_cost) = (Vec::with_capacity(values.len()), Vec::with_capacity(values.len()));
        for column in 0..values.len() {
            let cost = residuals.dual[column] - self.priced(column, &duals);
            by_cost.push(cost);
            by_value.push((products[column] - values[column] * cost) / reduced_costs[column]);
        }
        Direction { values: by_value, duals, reduced_costs: by_cost }
    }

    /// Solves until gap and residuals are below the tolerance, relative to the cost; `None` if the effort is over before.
    pub fn solve(&self, tolerance: f64, effort: &Effort<'_>) -> Option<Point> {
        let mut matrix = Symmetric::zero(self.right.len());
        let mut point = self.cold_start(&mut matrix);
        let count = self.costs.len();
        for _iteration in 0..MOST_ITERATIONS {
            let residuals = self.residuals(&point);
            let (cost, value) = (product(&self.costs, &point.values), product(&self.right, &point.duals));
            let largest = |values: &[f64]| values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
            let is_feasible =
                largest(&residuals.primal) < tolerance.max(1e-7) && largest(&residuals.dual) < tolerance.max(1e-7);
            if effort.is_over() {
                return None;
            }
            if is_feasible && cost - value < tolerance * (1.0 + cost.abs()) {
                break;
            }
            let weights: Vec<f64> =
                point.values.iter().zip(&point.reduced_costs).map(|(value, cost)| value / cost).collect();
            self.factor(&weights, &mut matrix);
            let products: Vec<f64> =
                point.values.iter().zip(&point.reduced_costs).map(|(value, cost)| -value * cost).collect();
            let centre = -products.iter().sum::<f64>() / count as f64;
            let predictor = self.direction(&point, &residuals, &products, &matrix);
            let (primal, dual) =
                (step(&point.values, &predictor.values), step(&point.reduced_costs, &predictor.reduced_costs));
            let left: f64 = (0..count)
                .map(|column| {
                    (point.values[column] + primal * predictor.values[column])
                        * (point.reduced_costs[column] + dual * predictor.reduced_costs[column])
                })
                .sum();
            let centring = (left / count as f64 / centre).powi(3);
            let corrected: Vec<f64> = (0..count)
                .map(|column| {
                    products[column] + centring * centre - predictor.values[column] * predictor.reduced_costs[column]
                })
                .collect();
            let direction = self.direction(&point, &residuals, &corrected, &matrix);
            let (primal, dual) =
                (step(&point.values, &direction.values), step(&point.reduced_costs, &direction.reduced_costs));
            if !(primal.is_finite() && dual.is_finite()) {
                break;
            }
            advance(&mut point.values, &direction.values, STEP_LENGTH * primal);
            advance(&mut point.duals, &direction.duals, STEP_LENGTH * dual);
            advance(&mut point.reduced_costs, &direction.reduced_costs, STEP_LENGTH * dual);
        }
        Some(point)
    }
}

/// Of the way to the border.
const STEP_LENGTH: f64 = 0.99;

/// How far the direction can be gone before the first of the values vanishes; at most once its length, almost.
fn step(values: &[f64], direction: &[f64]) -> f64 {
    let limits = values.iter().zip(direction).filter(|(_, by)| **by < 0.0).map(|(value, by)| -value / by);
    limits.fold(1.0 / STEP_LENGTH, f64::min)
}

fn advance(values: &mut [f64], direction: &[f64], by: f64) {
    values.iter_mut().zip(direction).for_each(|(value, direction)| *value += by * direction);
}

fn product(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}
