//! The shape of the land: hills that rivers have cut.
//!
//! A noise field decides where water goes; then every cell is raised above the one it drains into by a slope that falls with
//! the water that passes it (the steady state of the stream power law: steep headwaters, flat valleys). All water of
//! the county leaves it at one outlet, so that the rivers form one tree.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::dice::Dice;

/// Edge length of a cell in metres.
pub(super) const CELL_M: f64 = 250.0;

/// A height field on a grid; a cell is numbered row by row from the south-west.
pub(super) struct Relief {
    /// Cells from west to east.
    pub(super) columns: usize,
    /// Cells from south to north.
    pub(super) rows: usize,
    /// Within the county's border.
    pub(super) inside: Vec<bool>,
    /// Metres above the outlet.
    pub(super) elevation: Vec<f64>,
    /// How many cells drain through this one, itself included.
    pub(super) drainage: Vec<f64>,
    /// The cell into which it drains; the outlet drains into itself.
    pub(super) downstream: Vec<usize>,
    /// Where all water leaves.
    pub(super) outlet: usize,
}

impl Relief {
    /// Hills within an ellipse-like border with these half axes.
    pub(super) fn new(half_width_m: f64, half_height_m: f64, dice: &mut Dice) -> Self {
        let columns = (2.4 * half_width_m / CELL_M) as usize;
        let rows = (2.4 * half_height_m / CELL_M) as usize;
        let border = noise(columns, rows, &[(10_000.0, 0.30), (4_000.0, 0.12)], dice);
        let within_border: Vec<bool> = (0..columns * rows)
            .map(|cell| {
                let (x, y) = from_centre(columns, rows, cell);
                let (x, y) = (x / half_width_m, y / half_height_m);
                let margin = cell % columns > 0 && cell % columns < columns - 1;
                margin && cell >= columns && cell < columns * (rows - 1) && x * x + y * y < 1.0 + border[cell]
            })
            .collect();
        let inside = largest_piece(columns, &within_border);
        let hills = noise(columns, rows, &[(13_000.0, 420.0), (6_000.0, 230.0), (2_500.0, 90.0), (900.0, 25.0)], dice);
        let ruggedness = noise(columns, rows, &[(15_000.0, 0.45), (5_000.0, 0.2)], dice);
        let outlet = (0..columns * rows)
            .filter(|&cell| inside[cell])
            .min_by(|&a, &b| {
                let southward = |cell: usize| (cell / columns) as f64 + hills[cell] / 90.0;
                southward(a).total_cmp(&southward(b)).then(a.cmp(&b))
            })
            .expect("the county has land");
        let mut relief =
            Self { columns, rows, inside, elevation: hills, drainage: Vec::new(), downstream: Vec::new(), outlet };
        for share in [0.3, 0.4, 0.5, 1.0] {
            // Rough ground: without it water would run straight down the carved slopes, side by side.
            relief.elevation.iter_mut().for_each(|height| *height += dice.between(-45.0, 45.0));
            relief.drain_and_carve(&ruggedness, share);
        }
        relief
    }

    /// The cells around a cell and their distance.
    pub(super) fn neighbours(&self, cell: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        const STEPS: [(isize, isize); 8] = [(0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, -1), (-1, 1)];
        STEPS.iter().filter_map(move |&(east, north)| {
            let column = (cell % self.columns).checked_add_signed(east)?;
            let row = (cell / self.columns).checked_add_signed(north)?;
            let neighbour = row * self.columns + column;
            let within = column < self.columns && row < self.rows && self.inside[neighbour];
            let distance = if east != 0 && north != 0 { CELL_M * std::f64::consts::SQRT_2 } else { CELL_M };
            within.then_some((neighbour, distance))
        })
    }

    /// Metres east and north of the middle of the grid.
    pub(super) fn centre_of(&self, cell: usize) -> (f64, f64) {
        from_centre(self.columns, self.rows, cell)
    }

    /// Straight distance between two cells.
    pub(super) fn distance(&self, a: usize, b: usize) -> f64 {
        let ((ax, ay), (bx, by)) = (self.centre_of(a), self.centre_of(b));
        ((ax - bx) * (ax - bx) + (ay - by) * (ay - by)).sqrt()
    }

    /// The steepest rise or fall to a neighbour, in metres per metre.
    pub(super) fn steepness(&self, cell: usize) -> f64 {
        let rise =
            |(neighbour, distance): (usize, f64)| (self.elevation[neighbour] - self.elevation[cell]).abs() / distance;
        self.neighbours(cell).map(rise).fold(0.0, f64::max)
    }

    /// Water finds its way from the outlet upward through the lowest ground (invasion percolation: winding, branching
    /// valleys); then drainage, and the slope that each cell's water allows.
    fn drain_and_carve(&mut self, ruggedness: &[f64], share: f64) {
        let cells = self.columns * self.rows;
        let millimetres = |height: f64| (height * 1_000.0) as i64;
        let mut order = Vec::with_capacity(cells);
        let mut reached = vec![false; cells];
        self.downstream = (0..cells).collect();
        let mut shore = BinaryHeap::from([Reverse((millimetres(self.elevation[self.outlet]), self.outlet))]);
        reached[self.outlet] = true;
        while let Some(Reverse((_, cell))) = shore.pop() {
            order.push(cell);
            let around: Vec<usize> = self.neighbours(cell).map(|(neighbour, _)| neighbour).collect();
            for neighbour in around {
                if !reached[neighbour] {
                    reached[neighbour] = true;
                    self.downstream[neighbour] = cell;
                    shore.push(Reverse((millimetres(self.elevation[neighbour]), neighbour)));
                }
            }
        }
        self.drainage = vec![1.0; cells];
        for &cell in order.iter().rev() {
            if cell != self.outlet {
                self.drainage[self.downstream[cell]] += self.drainage[cell];
            }
        }
        let mut carved = vec![0.0; cells];
        for &cell in &order[1..] {
            let down = self.downstream[cell];
            let slope = (0.34 * (1.0 + ruggedness[cell]) / self.drainage[cell].sqrt()).min(0.30);
            carved[cell] = carved[down] + slope * self.distance(cell, down);
        }
        for (height, carved) in self.elevation.iter_mut().zip(carved) {
            *height = (1.0 - share) * *height + share * carved;
        }
    }
}

fn from_centre(columns: usize, rows: usize, cell: usize) -> (f64, f64) {
    let offset = |index: usize, count: usize| (index as f64 + 0.5 - count as f64 / 2.0) * CELL_M;
    (offset(cell % columns, columns), offset(cell / columns, rows))
}

/// The largest connected piece of the land: a rough border may cut islands off.
fn largest_piece(columns: usize, land: &[bool]) -> Vec<bool> {
    let mut piece_of: Vec<Option<usize>> = vec![None; land.len()];
    let mut sizes = Vec::new();
    for first in (0..land.len()).filter(|&cell| land[cell]) {
        if piece_of[first].is_some() {
            continue;
        }
        let piece = sizes.len();
        let mut size = 0;
        let mut open = vec![first];
        piece_of[first] = Some(piece);
        while let Some(cell) = open.pop() {
            size += 1;
            // No land lies on the rim of the grid.
            for next in [cell - 1, cell + 1, cell - columns, cell + columns] {
                if land[next] && piece_of[next].is_none() {
                    piece_of[next] = Some(piece);
                    open.push(next);
                }
            }
        }
        sizes.push(size);
    }
    let largest = (0..sizes.len()).max_by_key(|&piece| (sizes[piece], sizes.len() - piece));
    piece_of.into_iter().map(|piece| piece.is_some() && piece == largest).collect()
}

/// Sum of value noises: each octave is (wavelength in metres, amplitude), interpolated smoothly between lattice points.
fn noise(columns: usize, rows: usize, octaves: &[(f64, f64)], dice: &mut Dice) -> Vec<f64> {
    let mut field = vec![0.0; columns * rows];
    for &(wavelength, amplitude) in octaves {
        let step = wavelength / CELL_M;
        let width = (columns as f64 / step) as usize + 2;
        let lattice: Vec<f64> =
            (0..width * ((rows as f64 / step) as usize + 2)).map(|_| dice.between(-amplitude, amplitude)).collect();
        let smooth = |t: f64| t * t * (3.0 - 2.0 * t);
        for (cell, value) in field.iter_mut().enumerate() {
            let (x, y) = ((cell % columns) as f64 / step, (cell / columns) as f64 / step);
            let (column, row) = (x as usize, y as usize);
            let (east, north) = (smooth(x - column as f64), smooth(y - row as f64));
            let at = |column: usize, row: usize| lattice[row * width + column];
            let south = at(column, row) * (1.0 - east) + at(column + 1, row) * east;
            let top = at(column, row + 1) * (1.0 - east) + at(column + 1, row + 1) * east;
            *value += south * (1.0 - north) + top * north;
        }
    }
    field
}
