//! Dense Cholesky factors of symmetric positive definite matrices: blocked, so that most of the work is small products
//! of tiles that the compiler keeps in vector registers.

/// Columns that are eliminated together.
const PANEL: usize = 32;
/// Rows and columns of a tile.
const TILE: usize = 4;

/// A symmetric matrix, of which only the lower triangle is kept; once factored, its lower factor.
pub(super) struct Symmetric {
    order: usize,
    /// Length of a row: `order` rounded up to whole tiles.
    stride: usize,
    entries: Vec<f64>,
    /// The current panel, by tile of rows, then by column.
    packed: Vec<[f64; TILE]>,
}

impl Symmetric {
    /// The zero matrix.
    pub fn zero(order: usize) -> Self {
        let stride = order.next_multiple_of(TILE);
        Self { order, stride, entries: vec![0.0; stride * stride], packed: vec![[0.0; TILE]; stride / TILE * PANEL] }
    }

    pub fn clear(&mut self) {
        self.entries.fill(0.0);
    }

    /// Adds to the entry of a row and a column that is not behind it.
    pub fn add(&mut self, row: usize, column: usize, value: f64) {
        self.entries[row * self.stride + column] += value;
    }

    /// Replaces the matrix by its factor. Pivots that have vanished by rounding are made so large that their rows drop
    /// out of the solution.
    pub fn factor(&mut self) {
        let (order, stride) = (self.order, self.stride);
        let diagonal = |entries: &[f64], row: usize| entries[row * stride + row];
        let largest = (0..order).map(|row| diagonal(&self.entries, row)).fold(0.0, f64::max);
        let mut begin = 0;
        while begin < order {
            let end = (begin + PANEL).min(order);
            for column in begin..end {
                let (above, rest) = self.entries.split_at_mut((column + 1) * stride);
                let pivot_row = &mut above[column * stride + begin..=column * stride + column];
                let (known, pivot) = pivot_row.split_at_mut(column - begin);
                let remainder = pivot[0] - product(known, known);
                let root = if remainder > largest * 1e-15 { remainder.sqrt() } else { 1e64 };
                pivot[0] = root;
                for row in rest.chunks_exact_mut(stride).take(order - column - 1) {
                    let (known_here, value) = row[begin..=column].split_at_mut(column - begin);
                    value[0] = (value[0] - product(known, known_here)) / root;
                }
            }
            self.eliminate(begin, end);
            begin = end;
        }
    }

    /// Takes the product of the panel with itself off all rows and columns behind it.
    fn eliminate(&mut self, begin: usize, end: usize) {
        let (stride, width) = (self.stride, end - begin);
        // `begin` and `PANEL` are whole tiles, so that what is behind the panel begins with one, or there is nothing.
        let tiles = stride / TILE;
        let first = end.div_ceil(TILE);
        for tile in first..tiles {
            let packed = &mut self.packed[tile * PANEL..tile * PANEL + width];
            for (row, lane) in (tile * TILE..).zip(0..TILE) {
                let source = &self.entries[row * stride + begin..row * stride + end];
                packed.iter_mut().zip(source).for_each(|(values, &value)| values[lane] = value);
            }
        }
        for row_tile in first..tiles {
            let rows = &self.packed[row_tile * PANEL..row_tile * PANEL + width];
            for column_tile in first..=row_tile {
                let columns = &self.packed[column_tile * PANEL..column_tile * PANEL + width];
                let mut product = [[0.0; TILE]; TILE];
                for (row, column) in rows.iter().zip(columns) {
                    for (sums, &left) in product.iter_mut().zip(row) {
                        for (sum, &right) in sums.iter_mut().zip(column) {
                            *sum += left * right;
                        }
                    }
                }
                for (row, sums) in (row_tile * TILE..).zip(&product) {
                    let at = row * stride + column_tile * TILE;
                    self.entries[at..at + TILE].iter_mut().zip(sums).for_each(|(entry, sum)| *entry -= sum);
                }
            }
        }
    }

    /// Solves with the factor, in place.
    pub fn solve(&self, vector: &mut [f64]) {
        let (order, stride) = (self.order, self.stride);
        for row in 0..order {
            let factors = &self.entries[row * stride..row * stride + row + 1];
            let (known, rest) = vector.split_at_mut(row);
            rest[0] = (rest[0] - product(&factors[..row], known)) / factors[row];
        }
        for row in (0..order).rev() {
            let factors = &self.entries[row * stride..row * stride + row + 1];
            let (rest, known) = vector.split_at_mut(row);
            known[0] /= factors[row];
            let value = known[0];
            rest.iter_mut().zip(factors).for_each(|(entry, factor)| *entry -= factor * value);
        }
    }
}

/// The inner product, summed in four lanes.
fn product(left: &[f64], right: &[f64]) -> f64 {
    let (mut lanes, whole) = ([0.0; TILE], left.len() / TILE * TILE);
    for (left, right) in left[..whole].chunks_exact(TILE).zip(right[..whole].chunks_exact(TILE)) {
        for ((lane, left), right) in lanes.iter_mut().zip(left).zip(right) {
            *lane += left * right;
        }
    }
    let rest: f64 = left[whole..].iter().zip(&right[whole..]).map(|(left, right)| left * right).sum();
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// A product of a random matrix with itself: multiplied by the solution it gives the right-hand side back.
    fn check(order: usize) {
        let mut dice = ChaCha8Rng::seed_from_u64(order as u64);
        let root: Vec<Vec<f64>> =
            (0..order).map(|_| (0..order + 3).map(|_| dice.random_range(-1.0..1.0)).collect()).collect();
        let entry =
            |row: usize, column: usize| -> f64 { root[row].iter().zip(&root[column]).map(|(a, b)| a * b).sum() };
        let mut matrix = Symmetric::zero(order);
        for row in 0..order {
            (0..=row).for_each(|column| matrix.add(row, column, entry(row, column)));
        }
        matrix.factor();
        let right: Vec<f64> = (0..order).map(|_| dice.random_range(-1.0..1.0)).collect();
        let mut solution = right.clone();
        matrix.solve(&mut solution);
        for (row, right) in right.iter().enumerate() {
            let product: f64 = (0..order).map(|column| entry(row, column) * solution[column]).sum();
            assert!((product - right).abs() < 1e-6, "{order}: {product} instead of {right}");
        }
    }

    #[test]
    fn the_solution_solves_the_equations_whatever_the_order() {
        [1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 100].into_iter().for_each(check);
    }
}
