//! Branching where the gap demands it: how many runs there are, of which kinds, how often a stop is called at, which legs are driven.
//!
//! Every decision is a row over legs, so that pricing stays what it is. The node with the lowest bound comes first; the bound of the
//! part is the lowest of all nodes that are left.

use super::columns::{LegRow, Limit};
use super::cuts;
use super::instance::{Instance, Origin};
use super::master::{Master, Relaxed};
use super::pace::Pace;
use super::pricing::Duals;
use super::relaxation::{ITERATIONS_PER_UNIT_OF_WORK, Known, Relaxation};
use super::routes::Visit;

/// Plans that need no more decisions: runs with whom they take.
pub(super) type WholePlans = Vec<Vec<(Origin, usize, Vec<Visit>)>>;

struct Node {
    decisions: Vec<LegRow>,
    /// What it costs to break one of them once.
    price: i64,
    bound: i64,
}

/// What a broken decision costs while decisions are compared, in gaps.
const FIRST_PRICE: i64 = 4;
/// Decisions cost so many gaps when they are broken as much as before them, or by this share of a run; by how much that rises where they are
/// broken nevertheless.
const ENOUGH: f64 = 1.5;
const LEAST_BROKEN: f64 = 0.2;
const HIGHER_PRICE: i64 = 4;
/// A way that loses nothing counts as if it lost this share of the gap, so that the other way counts too.
const LEAST_LOSS: f64 = 0.01;
/// Values nearer to a whole number are one.
const FRACTION: f64 = 0.02;

/// What has been decided so far below a finished root, and what is still open.
pub(super) struct Tree {
    root_bound: i64,
    root_duals: Duals,
    rows: Vec<LegRow>,
    open: Vec<Node>,
    /// Of nodes that are good enough, or of which nothing more can be decided.
    least_closed: i64,
}

impl Tree {
    /// The root alone, split once.
    pub fn new(relaxation: &mut Relaxation<'_>, pace: &Pace<'_>, known: Known, plans: &mut WholePlans) -> Self {
        let (root_bound, root_duals) = (relaxation.bound, relaxation.duals.clone());
        let rows = relaxation.master.rows.clone();
        let root = Node { decisions: Vec::new(), price: 0, bound: root_bound };
        let open = children(relaxation, &root, (root_bound, known), pace, plans);
        let least_closed = if open.is_empty() { root_bound } else { i64::MAX };
        Self { root_bound, root_duals, rows, open, least_closed }
    }

    /// Is there nothing more to decide?
    pub fn is_done(&self) -> bool {
        self.open.is_empty()
    }

    fn bound(&self, known: Known) -> i64 {
        let least = self.open.iter().map(|node| node.bound).min().unwrap_or(i64::MAX).min(self.least_closed);
        least.clamp(self.root_bound, known.cost)
    }

    /// Branches until the bound is good enough or this share of the budget is used up. Returns the root's prices, and the bound of the
    /// tree, to the relaxation at the end.
    pub fn branch(
        &mut self,
        relaxation: &mut Relaxation<'_>,
        pace: &Pace<'_>,
        until: f64,
        known: Known,
        report: &mut dyn FnMut(i64),
    ) -> WholePlans {
        let mut plans = WholePlans::new();
        while pace.share() < until && self.bound(known) < known.target {
            let next = (0..self.open.len()).min_by_key(|&node| (self.open[node].bound, node));
            let Some(node) = next.map(|node| self.open.swap_remove(node)) else { break };
            let gap = known.cost - self.root_bound;
            let columns = relaxation.candidates(&self.root_duals, &self.rows, gap).into_iter().cloned().collect();
            let mut price = node.price;
            relaxation.begin(&self.rows, &node.decisions, columns, price);
            relaxation.tighten(pace, until, known, &mut |_| ());
            while relaxation.is_finished && relaxation.bound < known.target && relaxation.insist(HIGHER_PRICE * price) {
                price *= HIGHER_PRICE;
                relaxation.tighten(pace, until, known, &mut |_| ());
            }
            let bound = relaxation.bound.max(node.bound);
            // Capacity cuts hold everywhere.
            let is_cut = |row: &&LegRow| !row.groups.is_empty();
            let new = relaxation.master.rows[self.rows.len() + node.decisions.len()..].iter().filter(is_cut);
            self.rows.extend(new.cloned().collect::<Vec<_>>());
            if bound >= known.target {
                self.least_closed = self.least_closed.min(bound);
            } else if relaxation.is_finished {
                let nodes = children(relaxation, &node, (bound, known), pace, &mut plans);
                if nodes.is_empty() {
                    self.least_closed = self.least_closed.min(bound);
                }
                self.open.extend(nodes);
            } else if pace.share() < until {
                // The linear program could not be solved.
                self.least_closed = self.least_closed.min(bound);
            } else {
                self.open.push(Node { bound, price, ..node });
            }
            report(self.bound(known));
        }
        relaxation.bound = self.bound(known);
        (relaxation.duals, relaxation.is_finished) = (self.root_duals.clone(), true);
        plans
    }
}

/// Both ways to decide what raises the bound most; nothing if all is decided: then the master's runs are a plan.
fn children(
    relaxation: &mut Relaxation<'_>,
    parent: &Node,
    (bound, known): (i64, Known),
    pace: &Pace<'_>,
    plans: &mut WholePlans,
) -> Vec<Node> {
    let Some(relaxed) = &relaxation.relaxed else { return Vec::new() };
    let cost_before = relaxed.cost;
    let candidates = undecided(relaxation.instance, &relaxation.master, relaxed);
    if candidates.is_empty() {
        let used = relaxation.master.columns.iter().zip(&relaxed.runs).filter(|&(_, &runs)| runs > 0.5);
        plans.push(used.map(|(column, _)| (column.origin, column.kind, column.visits.clone())).collect());
        return Vec::new();
    }
    let ways = |(decision, value): &(LegRow, f64)| {
        let limits = [Limit::AtLeast(value.ceil() as i64), Limit::AtMost(value.floor() as i64)];
        limits.map(|limit| LegRow { limit, ..decision.clone() })
    };
    let gap = (known.cost - bound) as f64;
    // What the linear program of the known runs loses by a decision; more than the gap is no better than the gap.
    let mut lost = |decision: LegRow| -> f64 {
        let (cost, iterations) = relaxation.master.cost_with(decision, FIRST_PRICE * (known.cost - bound));
        pace.count(1.0 + iterations as f64 / ITERATIONS_PER_UNIT_OF_WORK);
        cost.map_or(gap, |cost| (cost - cost_before).clamp(0.0, gap))
    };
    let score = |candidate: &(LegRow, f64)| {
        let [one, other] = ways(candidate).map(&mut lost);
        (one + LEAST_LOSS * gap) * (other + LEAST_LOSS * gap)
    };
    let scores: Vec<f64> = candidates.iter().map(score).collect();
    let scored = scores.into_iter().zip(&candidates);
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0));
    // Prices change least if a decision costs only as much as the gap asks for.
    let node = |decision: LegRow, value: f64| {
        let broken = (value - decision.limit.value() as f64).abs().max(LEAST_BROKEN);
        let price = ((ENOUGH * gap / broken) as i64).max(parent.price);
        Node { decisions: parent.decisions.iter().cloned().chain([decision]).collect(), price, bound }
    };
    best.map_or(Vec::new(), |(_, candidate)| ways(candidate).map(|decision| node(decision, candidate.1)).into())
}

/// What has a fraction in the solution of the master, and that value: all runs of a hub, those of a kind, runs that enter a set of stops, calls
/// at a stop, legs; of each sort those nearest to a half.
fn undecided(instance: &Instance, master: &Master<'_>, relaxed: &Relaxed) -> Vec<(LegRow, f64)> {
    let nodes = instance.nodes();
    let hubs = instance.hubs.len();
    let every_kind = vec![1; instance.kinds.len()];
    let of_hubs: Vec<bool> = (0..nodes).map(|node| node < hubs).collect();
    let of_stops: Vec<bool> = (0..nodes).map(|node| node >= hubs).collect();
    let only = |node: usize| -> Vec<bool> { (0..nodes).map(|other| other == node).collect() };
    let limit = Limit::AtLeast(0);
    let all_runs =
        |hub: usize, weights: Vec<i64>| LegRow::decision(Some(hub), of_hubs.clone(), of_stops.clone(), weights, limit);
    let mut numbers_of_runs: Vec<LegRow> = (0..hubs).map(|hub| all_runs(hub, every_kind.clone())).collect();
    for kind in 0..every_kind.len() {
        let weights: Vec<i64> = (0..every_kind.len()).map(|other| i64::from(other == kind)).collect();
        numbers_of_runs.extend((0..hubs).map(|hub| all_runs(hub, weights.clone())));
    }
    let into = |inside: Vec<bool>| {
        let outside = inside.iter().map(|is_inside| !is_inside).collect();
        LegRow::decision(None, outside, inside, every_kind.clone(), limit)
    };
    let sets = cuts::half_entered(instance, master, relaxed).into_iter().map(|(inside, _)| into(inside)).collect();
    let calls = instance.stop_nodes().map(|stop| into(only(stop))).collect();
    let used = || master.columns.iter().zip(&relaxed.runs).filter(|&(_, &runs)| runs > 1e-6);
    let mut legs: Vec<(usize, usize)> = used().flat_map(|(column, _)| column.legs().collect::<Vec<_>>()).collect();
    legs.sort_unstable();
    legs.dedup();
    let legs = legs.into_iter();
    let legs = legs.map(|(from, to)| LegRow::decision(None, only(from), only(to), every_kind.clone(), limit)).collect();
    let value = |row: &LegRow| -> f64 { used().map(|(column, runs)| row.weight(column) as f64 * runs).sum() };
    let most_undecided = |(rows, most): (Vec<LegRow>, usize)| -> Vec<(LegRow, f64)> {
        let valued = rows.into_iter().map(|row| (value(&row), row)).map(|(value, row)| (row, value));
        let fraction = |value: f64| (value - value.round()).abs();
        let mut undecided: Vec<(LegRow, f64)> = valued.filter(|(_, value)| fraction(*value) > FRACTION).collect();
        undecided.sort_by(|one, other| fraction(other.1).total_cmp(&fraction(one.1)));
        undecided.truncate(most);
        undecided
    };
    let sorts: [(Vec<LegRow>, usize); 4] = [(numbers_of_runs, 8), (sets, 16), (calls, 6), (legs, 4)];
    sorts.into_iter().flat_map(most_undecided).collect()
}
