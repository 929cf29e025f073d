//! Prices to begin with: as if all vehicles stood in one depot that has enough of them.
//!
//! Each link and each way from and to the depot costs what the cheapest class pays. What follows what is then an assignment
//! of tasks to tasks (Hungarian method, shortest augmenting paths), and its duals are prices of tasks at which no chain
//! pays: already close to those of the whole problem, while a linear program of a few columns knows nothing of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::reduced::{IMPOSSIBLE, Reduced};

/// What the assignment came to, by segment.
pub(super) struct Assignment {
    /// Of segments, in costs of the reduced problem.
    pub prices: Vec<i64>,
    /// What is worked one after the other.
    pub chains: Vec<Vec<u32>>,
}

/// Segments after (columns) by segments before (rows). A row without column ends a chain, or is matched with itself:
/// then its segment is left out.
struct Matching {
    /// By row: column, cost.
    links: Vec<Vec<(u32, i64)>>,
    /// By row: of ending there.
    ends: Vec<i64>,
    row_duals: Vec<i64>,
    column_duals: Vec<i64>,
    row_of: Vec<u32>,
    column_of: Vec<u32>,
}

const NONE: u32 = u32::MAX;
/// Beyond all sums of costs, and small enough to be added up a few times.
const OUT_OF_REACH: i64 = 1 << 56;

/// Solves the assignment.
pub(super) fn assign(reduced: &Reduced) -> Assignment {
    let count = reduced.segments.len();
    let (mut pull_outs, mut pull_ins) = (vec![IMPOSSIBLE; count], vec![IMPOSSIBLE; count]);
    let mut links: Vec<(u32, u32, i64)> = Vec::new();
    for kind in 0..reduced.kinds.len() {
        let mut inner = vec![IMPOSSIBLE; count];
        for here in reduced.classes.iter().filter(|class| class.kind == kind).flat_map(|class| &class.workable) {
            inner[here.segment] = here.inner;
            // What a chain costs within is counted on the way in.
            pull_outs[here.segment] = pull_outs[here.segment].min(here.pull_out.saturating_add(here.inner));
            pull_ins[here.segment] = pull_ins[here.segment].min(here.pull_in);
        }
        for to in (0..count).filter(|&to| inner[to] < IMPOSSIBLE) {
            let incoming = reduced.kinds[kind].incoming(to).iter();
            let possible = incoming.filter(|link| inner[link.0 as usize] < IMPOSSIBLE);
            links.extend(possible.map(|&(from, cost)| (from, to as u32, cost + inner[to])));
        }
    }
    links.sort_unstable();
    links.dedup_by_key(|link| (link.0, link.1));
    // A column that no row takes begins a chain, at a cost that is charged in advance.
    let begin: Vec<i64> = pull_outs.iter().map(|&cost| cost.min(OUT_OF_REACH)).collect();
    let mut by_row: Vec<Vec<(u32, i64)>> =
        (0..count).map(|segment| vec![(segment as u32, reduced.prices[segment] - begin[segment])]).collect();
    links.into_iter().for_each(|(from, to, cost)| by_row[from as usize].push((to, cost - begin[to as usize])));
    let mut matching = Matching {
        links: by_row,
        ends: pull_ins,
        row_duals: vec![0; count],
        column_duals: vec![0; count],
        row_of: vec![NONE; count],
        column_of: vec![NONE; count],
    };
    let mut ways = Ways::new(count);
    (0..count).for_each(|row| matching.augment(row, &mut ways));
    let price = |segment: usize| matching.row_duals[segment] + matching.column_duals[segment] + begin[segment];
    let firsts = (0..count).filter(|&segment| matching.row_of[segment] == NONE);
    let next = |&segment: &u32| Some(matching.column_of[segment as usize]).filter(|&next| next != NONE);
    Assignment {
        prices: (0..count).map(price).collect(),
        chains: firsts.map(|first| std::iter::successors(Some(first as u32), next).collect()).collect(),
    }
}

/// Room for one search.
struct Ways {
    /// By column: the length of the shortest way to it; and the row before it.
    lengths: Vec<i64>,
    before: Vec<u32>,
    is_final: Vec<bool>,
}

impl Ways {
    fn new(count: usize) -> Self {
        Self { lengths: vec![IMPOSSIBLE; count], before: vec![NONE; count], is_final: vec![false; count] }
    }
}

impl Matching {
    /// Brings one more row in by the shortest augmenting path: to a free column, or to a row that ends there instead.
    fn augment(&mut self, source: usize, ways: &mut Ways) {
        ways.lengths.fill(IMPOSSIBLE);
        ways.is_final.fill(false);
        let (mut heap, mut finals) = (BinaryHeap::new(), Vec::new());
        // The length and the place at which the best path ends: at a row or at a free column.
        let mut best = (IMPOSSIBLE * 2, source, true);
        let (mut row, mut length) = (source, 0);
        loop {
            let ending = length + self.ends[row] - self.row_duals[row];
            if ending < best.0 {
                best = (ending, row, true);
            }
            for &(column, cost) in &self.links[row] {
                let at = column as usize;
                let through = length + cost - self.row_duals[row] - self.column_duals[at];
                if !ways.is_final[at] && through < ways.lengths[at] && through < best.0 {
                    (ways.lengths[at], ways.before[at]) = (through, row as u32);
                    heap.push(Reverse((through, column)));
                }
            }
            let next = loop {
                match heap.pop() {
                    Some(Reverse((length, column)))
                        if ways.is_final[column as usize] || length > ways.lengths[column as usize] => {}
                    other => break other,
                }
            };
            let Some(Reverse((reached, column))) = next.filter(|next| next.0.0 < best.0) else { break };
            length = reached;
            ways.is_final[column as usize] = true;
            finals.push(column as usize);
            match self.row_of[column as usize] {
                NONE => {
                    best = (length, column as usize, false);
                    break;
                }
                before => row = before as usize,
            }
        }
        self.row_duals[source] += best.0;
        for &column in &finals {
            let change = best.0 - ways.lengths[column];
            if self.row_of[column] != NONE {
                self.row_duals[self.row_of[column] as usize] += change;
            }
            self.column_duals[column] -= change;
        }
        let mut column = if best.2 {
            let freed = self.column_of[best.1];
            self.column_of[best.1] = NONE;
            if best.1 == source {
                return;
            }
            freed as usize
        } else {
            best.1
        };
        loop {
            let row = ways.before[column] as usize;
            let next = self.column_of[row];
            self.row_of[column] = row as u32;
            self.column_of[row] = column as u32;
            if row == source {
                return;
            }
            column = next as usize;
        }
    }
}
