//! Exact pricing: the duties that gain most at given prices of the parts.
//!
//! Depth-first over one piece after the other. What a beginning can still become is bounded from below by tables that know
//! the driving time left (in steps, rounded up) but not the spread; a beginning that cannot become good enough is dropped.
//! All in whole numbers.

use super::network::{Column, Network, Piece, UNITS};
use crate::ids::DepotId;
use crate::time::{Duration, ServiceTime};

/// Prices, in 1/3600 fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Duals {
    /// By part: what a duty gains by working it.
    pub of_part: Vec<i64>,
    /// By depot: what a duty loses by taking a driver; never negative.
    pub of_depot: Vec<i64>,
}

impl Duals {
    /// What a duty costs less what it gains, in 1/3600 fen.
    pub fn reduced_cost(&self, network: &Network, column: &Column) -> i64 {
        let gained: i64 = network.parts_of(column).map(|part| self.of_part[part]).sum();
        column.cost + self.of_depot[column.depot.index()] - gained
    }
}

/// A duty and its reduced cost, in 1/3600 fen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PricedColumn {
    pub reduced_cost: i64,
    pub column: Column,
}

/// Driving time left is rounded up to a multiple of the daily limit divided by this.
const STEPS: usize = 16;

/// By driving time left, in steps.
type ByDrivingLeft = [i64; STEPS + 1];

const NEVER: i64 = i64::MAX / 4;

pub(super) struct Pricing<'a> {
    network: &'a Network<'a>,
    duals: &'a Duals,
    /// By part: the sum of the duals of all parts before it.
    gained_before: Vec<i64>,
    /// By part: how many parts before it are not to be worked.
    barred_before: Vec<i64>,
    /// By pieces left beyond this one, then part: at least what it costs to work on from this part on.
    begin_with: Vec<Vec<ByDrivingLeft>>,
    /// By pieces left, then part: at least what it costs to go on after this part.
    go_on_after: Vec<Vec<ByDrivingLeft>>,
}

/// A duty that is being put together.
#[derive(Clone, Copy)]
struct Beginning {
    depot: DepotId,
    /// The last sign-off that keeps the spread.
    latest: ServiceTime,
    /// Cost less gain, without the way back.
    value: i64,
    driving_left: Duration,
    pieces_left: usize,
    last_part: usize,
}

impl<'a> Pricing<'a> {
    /// For the duties that work only these parts.
    pub fn new(network: &'a Network<'a>, duals: &'a Duals, is_free: &[bool]) -> Self {
        let barred = is_free.iter().map(|&is_free| i64::from(!is_free));
        let least_back = (0..network.parts.len()).map(|part| {
            let depots = (0..network.problem.depots.len()).map(DepotId::from_index);
            depots.map(|depot| network.price(network.way_back(part, depot))).min().unwrap_or(0)
        });
        let mut pricing = Self {
            network,
            duals,
            gained_before: sums_before(duals.of_part.iter().copied()),
            barred_before: sums_before(barred),
            begin_with: Vec::new(),
            go_on_after: vec![least_back.map(|back| [back; STEPS + 1]).collect()],
        };
        for _ in 1..network.problem.policy.most_pieces {
            pricing.add_level();
        }
        pricing
    }

    fn add_level(&mut self) {
        let after = &self.go_on_after[self.go_on_after.len() - 1];
        let mut begin_with = vec![[NEVER; STEPS + 1]; self.network.parts.len()];
        for (part, table) in begin_with.iter_mut().enumerate() {
            for (_, piece) in self.free_pieces(part) {
                let value = self.value(&piece);
                for (steps, least) in table.iter_mut().enumerate() {
                    let left = self.time_of(steps) - piece.driving;
                    if left >= Duration::ZERO {
                        *least = (*least).min(value + after[piece.last][self.steps_of(left)]);
                    }
                }
            }
        }
        let mut go_on = self.go_on_after[0].clone();
        for (part, table) in go_on.iter_mut().enumerate() {
            if self.is_barred(part) {
                continue;
            }
            for connection in &self.network.connections[part] {
                let (paid, next) = (self.network.price(connection.paid), &begin_with[connection.part]);
                for (least, &next) in table.iter_mut().zip(next) {
                    *least = (*least).min(paid + next);
                }
            }
        }
        self.begin_with.push(begin_with);
        self.go_on_after.push(go_on);
    }

    /// The best duty for every part to begin with, if it costs less than it gains.
    pub fn best_by_first_part(&self) -> Vec<PricedColumn> {
        let mut best = Vec::new();
        for part in 0..self.network.parts.len() {
            let mut search =
                Search { pricing: self, threshold: 0, keeps_all: false, found: Vec::new(), most: usize::MAX };
            search.begin(part);
            best.extend(search.found.pop());
        }
        best
    }

    /// All duties whose reduced cost is below the threshold; `None` if there are more than `most`.
    pub fn all_below(&self, threshold: i64, most: usize) -> Option<Vec<PricedColumn>> {
        let mut search = Search { pricing: self, threshold, keeps_all: true, found: Vec::new(), most };
        for part in 0..self.network.parts.len() {
            search.begin(part);
        }
        (search.found.len() <= most).then_some(search.found)
    }

    fn gain(&self, piece: &Piece) -> i64 {
        self.gained_before[piece.last + 1] - self.gained_before[piece.first]
    }

    /// Cost of a piece's time less what its parts gain.
    fn value(&self, piece: &Piece) -> i64 {
        self.network.price(piece.end - piece.begin) - self.gain(piece)
    }

    fn is_barred(&self, part: usize) -> bool {
        self.barred_before[part + 1] > self.barred_before[part]
    }

    /// Pieces of free parts alone that begin with this one.
    fn free_pieces(&self, part: usize) -> impl Iterator<Item = (usize, Piece)> {
        let range = self.network.pieces_from[part].clone();
        let is_free = |piece: &Piece| self.barred_before[piece.last + 1] == self.barred_before[piece.first];
        range.map(|index| (index, self.network.pieces[index])).filter(move |(_, piece)| is_free(piece))
    }

    fn step(&self) -> i32 {
        (self.network.problem.rules.per_day.seconds() + STEPS as i32 - 1) / STEPS as i32
    }

    fn time_of(&self, steps: usize) -> Duration {
        Duration::from_seconds(self.step() * steps as i32)
    }

    /// Rounded up.
    fn steps_of(&self, left: Duration) -> usize {
        let step = self.step().max(1);
        (((left.seconds() + step - 1) / step) as usize).min(STEPS)
    }
}

/// Looks for duties with a reduced cost below a threshold, which falls to the best found unless all are kept.
struct Search<'a> {
    pricing: &'a Pricing<'a>,
    threshold: i64,
    keeps_all: bool,
    found: Vec<PricedColumn>,
    most: usize,
}

impl Search<'_> {
    fn begin(&mut self, part: usize) {
        let (pricing, network) = (self.pricing, self.pricing.network);
        let policy = &network.problem.policy;
        let (depot, way_out) = (network.depot_of(part), network.way_out(part));
        let fixed = policy.duty.0 * UNITS + pricing.duals.of_depot[depot.index()] + network.price(way_out);
        let beginning = Beginning {
            depot,
            latest: network.parts[part].begin - way_out + policy.longest_spread,
            value: fixed,
            driving_left: network.problem.rules.per_day,
            pieces_left: usize::from(policy.most_pieces),
            last_part: part,
        };
        self.add_piece(beginning, part, &mut Vec::new());
    }

    /// Adds every piece that begins with this part and goes on from there.
    fn add_piece(&mut self, before: Beginning, part: usize, pieces: &mut Vec<usize>) {
        let (pricing, network) = (self.pricing, self.pricing.network);
        let pieces_left = before.pieces_left - 1;
        for (index, piece) in pricing.free_pieces(part) {
            let driving_left = before.driving_left - piece.driving;
            let back = network.way_back(piece.last, before.depot);
            // Whatever follows, the driver is not back any sooner.
            if driving_left < Duration::ZERO || piece.end + back > before.latest || self.found.len() > self.most {
                continue;
            }
            let value = before.value + pricing.value(&piece);
            if value + pricing.go_on_after[pieces_left][piece.last][pricing.steps_of(driving_left)] >= self.threshold {
                continue;
            }
            pieces.push(index);
            self.finish(value + network.price(back), before.depot, pieces);
            self.go_on(Beginning { value, driving_left, pieces_left, last_part: piece.last, ..before }, pieces);
            pieces.pop();
        }
    }

    fn go_on(&mut self, before: Beginning, pieces: &mut Vec<usize>) {
        let (pricing, network) = (self.pricing, self.pricing.network);
        if before.pieces_left == 0 {
            return;
        }
        let begin_with = &pricing.begin_with[before.pieces_left - 1];
        let steps = pricing.steps_of(before.driving_left);
        for connection in &network.connections[before.last_part] {
            if connection.begin >= before.latest {
                break;
            }
            let value = before.value + network.price(connection.paid);
            if value + begin_with[connection.part][steps] < self.threshold {
                self.add_piece(Beginning { value, ..before }, connection.part, pieces);
            }
        }
    }

    fn finish(&mut self, reduced_cost: i64, depot: DepotId, pieces: &[usize]) {
        if reduced_cost >= self.threshold {
            return;
        }
        let pricing = self.pricing;
        let gained: i64 = pieces.iter().map(|&piece| pricing.gain(&pricing.network.pieces[piece])).sum();
        let cost = reduced_cost + gained - pricing.duals.of_depot[depot.index()];
        let found = PricedColumn { reduced_cost, column: Column { cost, depot, pieces: pieces.to_vec() } };
        if self.keeps_all {
            self.found.push(found);
        } else {
            self.found = vec![found];
            self.threshold = reduced_cost;
        }
    }
}

/// For every position the sum of all before it, and that of all.
fn sums_before(values: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut sums = vec![0];
    for value in values {
        sums.push(sums[sums.len() - 1] + value);
    }
    sums
}
