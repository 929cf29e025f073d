//! Branching where the gap demands it: how many runs there are, of which kinds, how often a stop is called at, which legs are driven.
//!
//! Every decision is a row over legs, so that pricing stays what it is. The node with the lowest bound comes first; the bound of the
//! part is the lowest of all nodes that are left.

use super::columns::{LegRow, Limit};
use super::instance::{Instance, Origin};
use super::master::{Master, Relaxed};
use super::pace::Pace;
use super::pricing::Duals;
use super::relaxation::{Known, Relaxation};
use super::routes::Visit;

/// Plans that need no more decisions: runs with whom they take.
pub(super) type WholePlans = Vec<Vec<(Origin, usize, Vec<Visit>)>>;

struct Node {
    decisions: Vec<LegRow>,
    bound: i64,
}

/// What a broken decision costs, in gaps, and by how much that rises where it is broken nevertheless.
const FIRST_PRICE: i64 = 4;
const HIGHER_PRICE: i64 = 8;
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
    pub fn new(relaxation: &Relaxation<'_>, plans: &mut WholePlans) -> Self {
        let (root_bound, root_duals) = (relaxation.bound, relaxation.duals.clone());
        let open = children(relaxation, &[], root_bound, plans);
        let least_closed = if open.is_empty() { root_bound } else { i64::MAX };
        Self { root_bound, root_duals, rows: relaxation.master.rows.clone(), open, least_closed }
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
            // Prices change least if a decision costs only as much as the gap asks for.
            let mut price = FIRST_PRICE * (known.cost - node.bound);
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
                let nodes = children(relaxation, &node.decisions, bound, &mut plans);
                if nodes.is_empty() {
                    self.least_closed = self.least_closed.min(bound);
                }
                self.open.extend(nodes);
            } else if pace.share() < until {
                // The linear program could not be solved.
                self.least_closed = self.least_closed.min(bound);
            } else {
                self.open.push(Node { bound, ..node });
            }
            report(self.bound(known));
        }
        relaxation.bound = self.bound(known);
        (relaxation.duals, relaxation.is_finished) = (self.root_duals.clone(), true);
        plans
    }
}

/// Both ways to decide what is most undecided; nothing if all is decided: then the master's runs are a plan.
fn children(relaxation: &Relaxation<'_>, decisions: &[LegRow], bound: i64, plans: &mut WholePlans) -> Vec<Node> {
    let Some(relaxed) = &relaxation.relaxed else { return Vec::new() };
    let Some((decision, value)) = undecided(relaxation.instance, &relaxation.master, relaxed) else {
        let used = relaxation.master.columns.iter().zip(&relaxed.runs).filter(|&(_, &runs)| runs > 0.5);
        plans.push(used.map(|(column, _)| (column.origin, column.kind, column.visits.clone())).collect());
        return Vec::new();
    };
    let node = |limit: Limit| {
        let decision = LegRow { limit, ..decision.clone() };
        Node { decisions: decisions.iter().cloned().chain([decision]).collect(), bound }
    };
    vec![node(Limit::AtLeast(value.ceil() as i64)), node(Limit::AtMost(value.floor() as i64))]
}

/// What has a fraction in the solution of the master, and that value: all runs of a hub first, then those of a kind, then calls at a stop,
/// then legs.
fn undecided(instance: &Instance, master: &Master<'_>, relaxed: &Relaxed) -> Option<(LegRow, f64)> {
    let nodes = instance.nodes();
    let hubs = instance.hubs.len();
    let every_kind = vec![1; instance.kinds.len()];
    let of_hubs: Vec<bool> = (0..nodes).map(|node| node < hubs).collect();
    let of_stops: Vec<bool> = (0..nodes).map(|node| node >= hubs).collect();
    let only = |node: usize| -> Vec<bool> { (0..nodes).map(|other| other == node).collect() };
    let limit = Limit::AtLeast(0);
    let all_runs =
        |hub: usize, weights: Vec<i64>| LegRow::decision(Some(hub), of_hubs.clone(), of_stops.clone(), weights, limit);
    let runs_of_hubs = (0..hubs).map(|hub| all_runs(hub, every_kind.clone())).collect();
    let runs_of_kinds = (0..hubs).flat_map(|hub| {
        let weights = |kind: usize| (0..every_kind.len()).map(move |other| i64::from(other == kind)).collect();
        (0..every_kind.len()).map(move |kind| (hub, weights(kind)))
    });
    let runs_of_kinds = runs_of_kinds.map(|(hub, weights)| all_runs(hub, weights)).collect();
    let calls = instance.stop_nodes().map(|stop| {
        let elsewhere = (0..nodes).map(|node| node != stop).collect();
        LegRow::decision(None, elsewhere, only(stop), every_kind.clone(), limit)
    });
    let calls = calls.collect();
    let used = || master.columns.iter().zip(&relaxed.runs).filter(|&(_, &runs)| runs > 1e-6);
    let mut legs: Vec<(usize, usize)> = used().flat_map(|(column, _)| column.legs().collect::<Vec<_>>()).collect();
    legs.sort_unstable();
    legs.dedup();
    let legs = legs.into_iter();
    let legs = legs.map(|(from, to)| LegRow::decision(None, only(from), only(to), every_kind.clone(), limit)).collect();
    let value = |row: &LegRow| -> f64 { used().map(|(column, runs)| row.weight(column) as f64 * runs).sum() };
    let most_undecided = |rows: Vec<LegRow>| -> Option<(LegRow, f64)> {
        let valued = rows.into_iter().map(|row| (value(&row), row));
        let fraction = |value: f64| (value - value.round()).abs();
        let undecided = valued.filter(|(value, _)| fraction(*value) > FRACTION);
        let most = undecided.max_by(|one, other| fraction(one.0).total_cmp(&fraction(other.0)));
        most.map(|(value, row)| (row, value))
    };
    let groups: [Vec<LegRow>; 4] = [runs_of_hubs, runs_of_kinds, calls, legs];
    groups.into_iter().find_map(most_undecided)
}
