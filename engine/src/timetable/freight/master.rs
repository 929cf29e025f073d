//! The linear program over ways: every consignment on one way or left over, no segment over its hold. Ways are added as columns
//! when they are priced, holds as rows when they are exceeded: most never are.

use std::collections::BTreeMap;

use highs::{Col, ColProblem, HighsModelStatus, Model, Row, Sense};

use super::problem::{Hold, PER_FEN};
use super::ways::Way;

/// What of a hold is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dimension {
    Kilograms,
    Litres,
}

impl Dimension {
    pub const BOTH: [Self; 2] = [Self::Kilograms, Self::Litres];

    pub const fn of(self, hold: Hold) -> i32 {
        match self {
            Self::Kilograms => hold.kilograms,
            Self::Litres => hold.litres,
        }
    }
}

/// A way offered to the program.
pub(super) struct Offer {
    /// Position among the problem's goods.
    pub goods: usize,
    pub way: Way,
}

/// A row that keeps a segment within its hold.
#[derive(Clone, Copy)]
struct Room {
    row: Row,
    /// So many rooms were added before.
    position: usize,
    hold: i32,
}

/// The program as the solver has it. Costs are in fen; a row of a hold counts shares of it.
pub(super) struct Master {
    /// `None` only while it is being solved.
    model: Option<Model>,
    loads: Vec<Hold>,
    /// By goods: carried once or left over.
    once: Vec<Row>,
    rooms: BTreeMap<(usize, Dimension), Room>,
    offers: Vec<Offer>,
    columns: Vec<Col>,
    /// By segment: the offers that use it.
    users: Vec<Vec<usize>>,
}

/// What the program says.
pub(super) struct Solved {
    pub cost: f64,
    /// By offer.
    pub values: Vec<f64>,
    /// By goods: what one more of it would cost.
    pub goods: Vec<f64>,
    /// What a kilogram or litre more of a segment would save, in 3,600ths of a fen.
    pub rooms: Vec<((usize, Dimension), f64)>,
}

impl Master {
    /// A program in which everything is left over, at these prices in 3,600ths of a fen.
    pub fn new(segments: usize, left_over: &[i64], loads: Vec<Hold>) -> Self {
        let mut problem = ColProblem::new();
        let once: Vec<Row> = left_over.iter().map(|_| problem.add_row(1.0..=1.0)).collect();
        for (&row, &price) in once.iter().zip(left_over) {
            problem.add_column(in_fen(price), 0.0.., [(row, 1.0)]);
        }
        let mut model = problem.optimise(Sense::Minimise);
        model.make_quiet();
        model.set_option("threads", 1);
        model.set_option("parallel", "off");
        Self {
            model: Some(model),
            loads,
            once,
            rooms: BTreeMap::new(),
            offers: Vec::new(),
            columns: Vec::new(),
            users: vec![Vec::new(); segments],
        }
    }

    /// Adds a way.
    pub fn offer(&mut self, offer: Offer) {
        let load = self.loads[offer.goods];
        let mut entries = vec![(self.once[offer.goods], 1.0)];
        for segment in offer.way.segments() {
            self.users[segment].push(self.offers.len());
            let rooms = Dimension::BOTH.iter().filter_map(|&dimension| {
                let room = self.rooms.get(&(segment, dimension))?;
                Some((room.row, share(dimension.of(load), room.hold)))
            });
            entries.extend(rooms);
        }
        let cost = in_fen(offer.way.cost);
        let column = self.model().add_col(cost, 0.0.., entries);
        self.columns.push(column);
        self.offers.push(offer);
    }

    /// Keeps a segment within its hold from now on; false if it was already.
    pub fn limit(&mut self, segment: usize, dimension: Dimension, hold: i32) -> bool {
        if self.rooms.contains_key(&(segment, dimension)) {
            return false;
        }
        let users = self.users[segment].iter();
        let entries: Vec<(Col, f64)> = users
            .map(|&offer| {
                let load = self.loads[self.offers[offer].goods];
                (self.columns[offer], share(dimension.of(load), hold))
            })
            .collect();
        let row = self.model().add_row(..=1.0, entries);
        let position = self.rooms.len();
        self.rooms.insert((segment, dimension), Room { row, position, hold });
        true
    }

    /// All ways added so far.
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// The optimum; `None` if the solver gave up.
    pub fn solve(&mut self) -> Option<Solved> {
        let solved = self.model.take().expect("it is put back after solving").solve();
        let is_optimal = solved.status() == HighsModelStatus::Optimal;
        let result = is_optimal.then(|| {
            let solution = solved.get_solution();
            let duals = solution.dual_rows();
            // Rows are numbered as they were added: goods first, then holds in the order of `limit`.
            let rooms = self.rooms.iter().map(|(&key, room)| {
                let dual = duals[self.once.len() + room.position];
                (key, -dual * PER_FEN as f64 / f64::from(room.hold.max(1)))
            });
            Solved {
                cost: solved.objective_value(),
                values: solution.columns()[self.once.len()..].to_vec(),
                goods: duals[..self.once.len()].to_vec(),
                rooms: rooms.collect(),
            }
        });
        self.model = Some(Model::from(solved));
        result
    }

    fn model(&mut self) -> &mut Model {
        self.model.as_mut().expect("it is put back after solving")
    }
}

fn in_fen(cost: i64) -> f64 {
    cost as f64 / PER_FEN as f64
}

fn share(load: i32, hold: i32) -> f64 {
    f64::from(load) / f64::from(hold.max(1))
}
