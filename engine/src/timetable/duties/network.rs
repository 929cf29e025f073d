//! Pieces of work and how a driver gets from one to the next; what a duty costs.
//!
//! Money is counted in 1/3600 fen here, because then an hour's price times seconds is whole.

use std::ops::Range;

use super::duty_plan::UnlawfulBlock;
use super::parts::{Part, allowed_pieces, covers, obstacle, parts_of};
use super::problem::DutyProblem;
use crate::ids::{DepotId, PlaceId};
use crate::time::{Duration, ServiceTime};
use crate::units::Fen;

/// Of one fen.
pub(super) const UNITS: i64 = 3_600;

/// Parts of one block that one driver works in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its first part.
    pub first: usize,
    /// Its last part.
    pub last: usize,
    pub begin: ServiceTime,
    pub end: ServiceTime,
    pub driving: Duration,
}

/// From the end of a part to the begin of a later one, with a rest between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Connection {
    /// The later part.
    pub part: usize,
    /// When it begins.
    pub begin: ServiceTime,
    /// What of the time between is paid.
    pub paid: Duration,
}

/// A duty: its pieces in order of time, and what it costs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Column {
    /// In 1/3600 fen.
    pub cost: i64,
    pub depot: DepotId,
    pub pieces: Vec<usize>,
}

/// All blocks that can be driven lawfully, in parts and pieces.
pub(super) struct Network<'a> {
    pub problem: &'a DutyProblem<'a>,
    /// By block, then time.
    pub parts: Vec<Part>,
    /// By first, then last part.
    pub pieces: Vec<Piece>,
    /// By part: the pieces that begin with it.
    pub pieces_from: Vec<Range<usize>>,
    /// By part: where a driver can go after it, by time of begin.
    pub connections: Vec<Vec<Connection>>,
    pub unlawful: Vec<UnlawfulBlock>,
}

impl<'a> Network<'a> {
    pub fn new(problem: &'a DutyProblem<'a>) -> Self {
        let (mut parts, mut pieces, mut unlawful) = (Vec::new(), Vec::new(), Vec::new());
        for (index, day) in problem.blocks.iter().enumerate() {
            let of_day = parts_of(problem, index);
            let allowed = allowed_pieces(problem, &of_day);
            if !covers(of_day.len(), &allowed) {
                let obstacles = of_day.iter().filter_map(|part| obstacle(problem, std::slice::from_ref(part)));
                let why = format!("{}: {}", day.name, obstacles.collect::<Vec<_>>().join("; "));
                unlawful.push(UnlawfulBlock { block: day.block, why });
                continue;
            }
            pieces.extend(allowed.into_iter().map(|range| Piece {
                first: parts.len() + range.start,
                last: parts.len() + range.end - 1,
                begin: of_day[range.start].begin,
                end: of_day[range.end - 1].end,
                driving: of_day[range].iter().flat_map(|part| &part.drives).map(|drive| drive.length()).sum(),
            }));
            parts.extend(of_day);
        }
        let from = |part: usize| {
            let before = |limit: usize| pieces.partition_point(|piece: &Piece| piece.first < limit);
            before(part)..before(part + 1)
        };
        let pieces_from = (0..parts.len()).map(from).collect();
        let mut network = Self { problem, parts, pieces, pieces_from, connections: Vec::new(), unlawful };
        network.connections = network.all_connections();
        network
    }

    fn all_connections(&self) -> Vec<Vec<Connection>> {
        let mut by_begin: Vec<usize> = (0..self.parts.len()).collect();
        by_begin.sort_by_key(|&part| (self.parts[part].begin, part));
        let after = |from: &Part| {
            let first = by_begin.partition_point(|&part| self.parts[part].begin < from.end);
            let connection = |&part: &usize| {
                let begin = self.parts[part].begin;
                let paid = self.paid_between(from.end, from.to, begin, self.parts[part].from)?;
                Some(Connection { part, begin, paid })
            };
            by_begin[first..].iter().filter_map(connection).collect()
        };
        self.parts.iter().map(after).collect()
    }

    /// What is paid of the time between two pieces; `None` if there is no time to travel and rest.
    fn paid_between(&self, end: ServiceTime, to: PlaceId, begin: ServiceTime, from: PlaceId) -> Option<Duration> {
        let way = (self.problem.travel)(to, from);
        let free = begin - end - way;
        if free < self.problem.rules.rest {
            return None;
        }
        Some(if free >= self.problem.policy.unpaid_break_from { way } else { begin - end })
    }

    /// The depot at which a driver signs on who begins with this part.
    pub fn depot_of(&self, part: usize) -> DepotId {
        self.problem.blocks[self.parts[part].vehicle_day].depot
    }

    /// From signing on to beginning with this part.
    pub fn way_out(&self, part: usize) -> Duration {
        let depot = self.problem.depots[self.depot_of(part).index()].place;
        self.problem.policy.sign_on + (self.problem.travel)(depot, self.parts[part].from)
    }

    /// From ending with this part to signing off.
    pub fn way_back(&self, part: usize, depot: DepotId) -> Duration {
        (self.problem.travel)(self.parts[part].to, self.problem.depots[depot.index()].place)
            + self.problem.policy.sign_off
    }

    /// The price of so much time.
    pub fn price(&self, paid: Duration) -> i64 {
        self.problem.policy.paid_hour.0 * i64::from(paid.seconds())
    }

    /// What is paid to somebody who works these pieces.
    pub fn paid(&self, pieces: &[usize]) -> Duration {
        let (first, last) = (self.pieces[pieces[0]], self.pieces[pieces[pieces.len() - 1]]);
        let mut paid = self.way_out(first.first) + self.way_back(last.last, self.depot_of(first.first));
        for &piece in pieces {
            paid += self.pieces[piece].end - self.pieces[piece].begin;
        }
        for pair in pieces.windows(2) {
            let (before, after) = (self.pieces[pair[0]], self.pieces[pair[1]]);
            let (to, from) = (self.parts[before.last].to, self.parts[after.first].from);
            let between = self.paid_between(before.end, to, after.begin, from);
            paid += between.expect("pieces of a duty have a rest between");
        }
        paid
    }

    /// The duty that consists of these pieces.
    pub fn column(&self, pieces: Vec<usize>) -> Column {
        let cost = self.problem.policy.duty.0 * UNITS + self.price(self.paid(&pieces));
        Column { cost, depot: self.depot_of(self.pieces[pieces[0]].first), pieces }
    }

    /// The parts that a duty works.
    pub fn parts_of(&self, column: &Column) -> impl Iterator<Item = usize> + use<'_, 'a> {
        let pieces: Vec<Piece> = column.pieces.iter().map(|&piece| self.pieces[piece]).collect();
        pieces.into_iter().flat_map(|piece| piece.first..=piece.last)
    }

    /// Every block cut at least cost into duties of one piece each.
    pub fn one_piece_duties(&self) -> Vec<Column> {
        let mut cheapest: Vec<Option<(i64, usize)>> = vec![None; self.parts.len()];
        for last in 0..self.parts.len() {
            let ending = (0..self.pieces.len()).filter(|&piece| self.pieces[piece].last == last);
            let total = |piece: usize| {
                let first = self.pieces[piece].first;
                let is_first_of_day = first == 0 || self.parts[first - 1].vehicle_day != self.parts[first].vehicle_day;
                let before = if is_first_of_day { 0 } else { cheapest[first - 1]?.0 };
                Some((before + self.column(vec![piece]).cost, piece))
            };
            cheapest[last] = ending.filter_map(total).min();
        }
        let mut columns = Vec::new();
        let mut open = self.parts.len();
        while open > 0 {
            let (_, piece) = cheapest[open - 1].expect("lawful blocks can be covered");
            columns.push(self.column(vec![piece]));
            open = self.pieces[piece].first;
        }
        columns.reverse();
        columns
    }

    /// What these duties cost together, drivers who are missing included, in 1/3600 fen.
    pub fn cost(&self, columns: &[Column]) -> i64 {
        let missing: i64 = self.missing_drivers(columns).into_iter().map(i64::from).sum();
        columns.iter().map(|column| column.cost).sum::<i64>() + missing * self.problem.policy.missing_driver.0 * UNITS
    }

    /// By depot.
    pub fn missing_drivers(&self, columns: &[Column]) -> Vec<u32> {
        let missing = |(index, depot): (usize, &super::DutyDepot)| {
            let duties = columns.iter().filter(|column| column.depot.index() == index).count() as u32;
            depot.drivers.map_or(0, |drivers| duties.saturating_sub(drivers))
        };
        self.problem.depots.iter().enumerate().map(missing).collect()
    }
}

/// Half away from zero: what a plan costs.
pub(super) fn rounded(units: i64) -> Fen {
    Fen(crate::units::rounded_quotient(units, UNITS))
}
