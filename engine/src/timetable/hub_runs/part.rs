//! One part from beginning to end, in turns: a plan, columns, a bound, a better plan.
//!
//! The search comes first, because its runs are the best first columns; then the bound, whose columns may make a better plan
//! in whole numbers; then branching and the search by turns.

use super::branching::Tree;
use super::columns::Column;
use super::instance::Instance;
use super::pace::Pace;
use super::pricing::Duals;
use super::relaxation::{Known, Relaxation};
use super::search::{Search, Solution};
use super::whole_numbers;

/// The columns that the search hands to the master.
const MOST_FIRST_COLUMNS: usize = 3_000;

/// Of the budget: for a plan in whole numbers each time.
const WHOLE_NUMBERS_SHARE: f64 = 0.03;
/// Of the budget: what is left for a last search.
const BRANCHING_UNTIL: f64 = 0.92;

/// A part while it is planned, by turns.
pub(super) struct Part<'a> {
    pub instance: &'a Instance,
    search: Search<'a>,
    relaxation: Relaxation<'a>,
    tree: Option<Tree>,
    has_begun: bool,
}

impl<'a> Part<'a> {
    /// Nothing is planned yet.
    pub fn new(instance: &'a Instance, seed: u64) -> Self {
        let (search, relaxation) = (Search::new(instance, seed), Relaxation::new(instance));
        Self { instance, search, relaxation, tree: None, has_begun: false }
    }

    /// The best plan so far.
    pub fn solution(&self) -> &Solution {
        &self.search.best
    }

    /// In units.
    pub fn bound(&self) -> i64 {
        self.relaxation.bound
    }

    /// The prices of the bound.
    pub fn duals(&self) -> &Duals {
        &self.relaxation.duals
    }

    /// Is a plan within the gap known, or nothing more to be proved?
    pub fn is_done(&self, gap: f64) -> bool {
        self.relaxation.bound >= self.known(gap).target || self.tree.as_ref().is_some_and(Tree::is_done)
    }

    fn known(&self, gap: f64) -> Known {
        let cost = self.search.best.cost;
        Known { cost, target: cost - (gap * cost as f64) as i64 }
    }

    /// Plans for a turn. `gap` ends it early; `report` is told cost and bound in units.
    pub fn advance(&mut self, pace: &Pace<'_>, gap: f64, report: &mut dyn FnMut(i64, i64)) {
        // The plan that costs no more than this is within the gap.
        let within_gap = |bound: i64| (bound as f64 / (1.0 - gap).max(1e-9)) as i64;
        if !self.has_begun {
            self.has_begun = true;
            self.search.improve(pace, 0.1, 0);
            report(self.search.best.cost, 0);
            first_columns(&mut self.relaxation, &self.search);
        }
        for (root_until, search_share) in [(0.6, 0.08), (0.85, 0.03)] {
            let before = self.known(gap);
            if self.relaxation.is_finished {
                break;
            }
            self.relaxation.tighten(pace, root_until, before, &mut |bound| report(before.cost, bound));
            if self.relaxation.bound < before.target {
                let plan = whole_numbers::best_of_pool(&self.relaxation, before.cost, pace, WHOLE_NUMBERS_SHARE);
                plan.iter().for_each(|routes| self.search.combine(routes));
                let until = (pace.share() + search_share).min(1.0);
                self.search.improve(pace, until, within_gap(self.relaxation.bound));
                report(self.search.best.cost, self.relaxation.bound);
            }
        }
        let before = self.known(gap);
        if self.relaxation.is_finished && self.relaxation.bound < before.target {
            let mut told = |bound| report(before.cost, bound);
            let mut plans = Vec::new();
            let (tree, relaxation) = (&mut self.tree, &mut self.relaxation);
            let tree = tree.get_or_insert_with(|| Tree::new(relaxation, pace, before, &mut plans));
            plans.extend(tree.branch(relaxation, pace, BRANCHING_UNTIL, before, &mut told));
            plans.iter().for_each(|routes| self.search.combine(routes));
        }
        self.search.improve(pace, 1.0, within_gap(self.relaxation.bound));
        report(self.search.best.cost, self.relaxation.bound);
    }
}

/// The runs of the best plan, and some of all that the search liked.
fn first_columns(relaxation: &mut Relaxation<'_>, search: &Search<'_>) {
    let instance = relaxation.instance;
    let best = search.best.routes.iter().map(|route| (route.origin, route.kind, route.visits.clone()));
    let first: Vec<_> = best.collect();
    let step = search.pool.len().div_ceil(MOST_FIRST_COLUMNS).max(1);
    let others = search.pool.iter().filter(|&route| !first.contains(route)).step_by(step);
    for (origin, kind, visits) in first.iter().chain(others) {
        relaxation.add(Column::new(instance, *origin, *kind, visits.clone()));
    }
}
