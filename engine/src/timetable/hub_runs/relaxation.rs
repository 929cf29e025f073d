//! The lower bound: column generation over runs, with cuts.
//!
//! Any prices give a bound: what everybody pays, less what the cheapest runs would gain (Lagrange). It is evaluated in whole units with
//! exact pricing, so that no tolerance of the solver can lift it.

use std::collections::BTreeSet;

use super::columns::{Column, LegRow, Limit};
use super::cuts;
use super::instance::{Instance, Origin};
use super::master::{Master, Relaxed};
use super::pace::Pace;
use super::pricing::{Duals, Effort, Priced, Pricer, SCALE};
use super::routes::Visit;

/// The state of column generation in one part: in the root, or after some decisions of the branching.
pub(super) struct Relaxation<'a> {
    pub instance: &'a Instance,
    pricer: Pricer<'a>,
    pub master: Master<'a>,
    /// Every run seen.
    pool: Vec<Column>,
    known: BTreeSet<(Origin, usize, Vec<Visit>)>,
    /// Units; no plan (that keeps the decisions) costs less.
    pub bound: i64,
    /// The prices that proved it, by rows of the master.
    pub duals: Duals,
    last_priced: Duals,
    /// The last solution of the master.
    pub relaxed: Option<Relaxed>,
    /// Nothing more is to be gained.
    pub is_finished: bool,
    /// Rounds of cuts and memory in a row that gained little.
    poor_rounds: usize,
}

/// A known plan, as far as the bound depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// Units; only plans that cost less need to be bounded.
    pub cost: i64,
    /// A bound of so many units is good enough.
    pub target: i64,
}

/// The bound is as good as the master if it is this near.
const CONVERGED: f64 = 2e-4;
/// Or by this share of what the bound lacks to the known plan: then cuts and decisions gain more than further columns.
const NEAR_ENOUGH: f64 = 0.03;
/// A bound is worth its pricing if it comes so much nearer to the master.
const WORTH_A_BOUND: f64 = 0.4;
/// Rounds of cuts and memory that gain less than this are poor; so many in a row end the search for more.
const LEAST_GAIN: f64 = 5e-4;
const MOST_POOR_ROUNDS: usize = 2;
/// How much of the way from the master's prices to those priced last pricing goes (Neame 1999): prices jump about less.
const SMOOTHING: f64 = 0.5;
/// Some bound is better than none: when so much of the time is gone, prices are tried exactly though they may still be poor.
const SHARE_BEFORE_FIRST_BOUND: f64 = 0.7;
const TRIED_PER_UNIT_OF_WORK: f64 = 40_000.0;
pub(super) const ITERATIONS_PER_UNIT_OF_WORK: f64 = 20.0;

impl<'a> Relaxation<'a> {
    pub fn new(instance: &'a Instance) -> Self {
        let pricer = Pricer::new(instance);
        let mut master = Master::new(instance);
        cuts::of_hubs(instance, pricer.seats()).into_iter().for_each(|cut| master.add_row(cut));
        Self {
            instance,
            pricer,
            master,
            pool: Vec::new(),
            known: BTreeSet::new(),
            bound: 0,
            duals: Duals::default(),
            last_priced: Duals::default(),
            relaxed: None,
            is_finished: false,
            poor_rounds: 0,
        }
    }

    pub fn add(&mut self, column: Column) {
        if self.known.insert((column.origin, column.kind, column.visits.clone())) {
            self.pool.push(column.clone());
        }
        self.master.add(column);
    }

    /// Runs that can be driven and may be in a plan that costs at most `gap` units more than these prices prove, the likeliest first.
    pub fn candidates(&self, duals: &Duals, rows: &[LegRow], gap: i64) -> Vec<&Column> {
        let priced = self.pool.iter().enumerate().map(|(index, column)| (duals.reduced_cost(column, rows), index));
        let mut priced: Vec<(i64, usize)> = priced.filter(|&(reduced_cost, _)| reduced_cost < gap).collect();
        priced.sort_unstable();
        let columns = priced.into_iter().map(|(_, index)| &self.pool[index]);
        columns.filter(|column| column.is_elementary()).collect()
    }

    /// Begins anew with other rows and decisions; whoever breaks a decision pays `price`.
    pub fn begin(&mut self, rows: &[LegRow], decisions: &[LegRow], columns: Vec<Column>, price: i64) {
        self.master = Master::new(self.instance);
        rows.iter().for_each(|row| self.master.add_row(row.clone()));
        decisions.iter().for_each(|row| self.master.add_decision(row.clone(), price));
        columns.into_iter().for_each(|column| self.master.add(column));
        (self.bound, self.is_finished, self.poor_rounds) = (0, false, 0);
        (self.duals, self.last_priced, self.relaxed) = (Duals::default(), Duals::default(), None);
    }

    /// Goes on with decisions that are dearer to break; false if none is broken.
    pub fn insist(&mut self, price: i64) -> bool {
        if self.relaxed.as_ref().is_none_or(|relaxed| relaxed.broken < 1e-6) {
            return false;
        }
        self.master.price_decisions(price);
        (self.is_finished, self.poor_rounds) = (false, 0);
        true
    }

    /// Generates columns and cuts until nothing is gained, the bound is good enough or this share of the budget is used up.
    pub fn tighten(&mut self, pace: &Pace<'_>, until: f64, known: Known, report: &mut dyn FnMut(i64)) {
        let begin = pace.share();
        let first_bound = begin + SHARE_BEFORE_FIRST_BOUND * (until - begin);
        let (mut effort, mut smoothing, mut last_value) = (Effort::Cheapest, SMOOTHING, 0.0);
        // Until a few labels find nothing more, they are looked at before all.
        let mut few_find = true;
        while pace.share() < until && self.bound < known.target {
            if self.bound == 0 && pace.share() > first_bound {
                effort = Effort::All;
            }
            let Some(relaxed) = self.master.solve() else { return };
            pace.count(1.0 + relaxed.iterations as f64 / ITERATIONS_PER_UNIT_OF_WORK);
            let duals = self.smoothed(&relaxed.duals, smoothing);
            let was_smoothed = duals != relaxed.duals;
            self.last_priced = duals.clone();
            let priced = self.price(pace, until, (&duals, effort), &relaxed);
            let is_bounding = effort == Effort::All && self.is_complete(&priced);
            if is_bounding && self.bound_by(duals, &priced, known) {
                report(self.bound);
            }
            let columns: Vec<Column> = priced.into_iter().flat_map(|priced| priced.columns).collect();
            let value = relaxed.cost;
            self.relaxed = Some(relaxed);
            let near_enough = NEAR_ENOUGH * (known.cost - self.bound) as f64;
            let is_converged = is_bounding && value - self.bound as f64 <= near_enough.max(CONVERGED * value);
            let is_at_rest = effort == Effort::All && columns.is_empty() && !was_smoothed;
            if is_converged || is_at_rest {
                // Memory and cuts: both change the prices.
                if !self.strengthen(value, &mut last_value) {
                    self.is_finished = is_bounding;
                    return;
                }
                (effort, smoothing, few_find) = (Effort::Cheapest, SMOOTHING, true);
            } else if !columns.is_empty() {
                (effort, smoothing) = (Effort::Cheapest, SMOOTHING);
            } else {
                match effort {
                    Effort::Cheapest if few_find => effort = Effort::Few,
                    Effort::Cheapest | Effort::Few => (effort, few_find) = (Effort::All, false),
                    Effort::All => smoothing = 0.0,
                }
            }
            columns.into_iter().for_each(|column| self.add(column));
        }
    }

    /// Makes the master stronger: remembers what its runs forgot, and adds violated cuts. False if there is nothing, or if the last
    /// rounds gained too little.
    fn strengthen(&mut self, value: f64, last_value: &mut f64) -> bool {
        if value > (1.0 + LEAST_GAIN) * *last_value {
            self.poor_rounds = 0;
            *last_value = value;
        } else {
            self.poor_rounds += 1;
        }
        let Some(relaxed) = &self.relaxed else { return false };
        if self.poor_rounds > MOST_POOR_ROUNDS {
            return false;
        }
        let used: Vec<usize> = (0..relaxed.runs.len()).filter(|&run| relaxed.runs[run] > 1e-6).collect();
        let mut learned = false;
        for run in used {
            if self.pricer.remember(&self.master.columns[run]) {
                self.master.forbid(run);
                learned = true;
            }
        }
        let cuts = cuts::violated(self.instance, self.pricer.seats(), &self.master, relaxed);
        learned |= !cuts.is_empty();
        cuts.into_iter().for_each(|cut| self.master.add_row(cut));
        learned
    }

    fn smoothed(&self, at_master: &Duals, smoothing: f64) -> Duals {
        if self.last_priced.people.is_empty() || smoothing == 0.0 {
            return at_master.clone();
        }
        let between = |last: &[i64], at_master: &[i64]| -> Vec<i64> {
            // New rows had no price.
            let last = last.iter().copied().chain(std::iter::repeat(0));
            let mixed = at_master.iter().zip(last).map(|(&new, last)| new + ((last - new) as f64 * smoothing) as i64);
            mixed.collect()
        };
        Duals {
            people: between(&self.last_priced.people, &at_master.people),
            runs: between(&self.last_priced.runs, &at_master.runs),
            rows: between(&self.last_priced.rows, &at_master.rows),
        }
    }

    /// Prices the kinds one after the other, as long as there is something to gain by it. Columns are those that gain at the master's
    /// prices too.
    fn price(&self, pace: &Pace<'_>, until: f64, (duals, effort): (&Duals, Effort), master: &Relaxed) -> Vec<Priced> {
        let kinds = self.instance.kinds.len();
        let should_stop = || pace.share() >= until;
        let is_wanted =
            |column: &Column| master.duals.reduced_cost(column, &self.master.rows) < 0 && self.pricer.allows(column);
        let bound = self.bound as f64;
        let worth_while = bound + WORTH_A_BOUND * (master.cost - bound);
        let mut priced: Vec<Priced> = Vec::new();
        for origin in 0..self.instance.origins.len() {
            for kind in 0..kinds {
                let mut found = self.pricer.price((origin, kind), duals, &self.master.rows, effort, &should_stop);
                pace.count(found.tried as f64 / TRIED_PER_UNIT_OF_WORK);
                found.columns.retain(is_wanted);
                // Where the bound can't become much better by the others, new runs are worth more than it.
                let hoped_for = master.cost * found.scale as f64 / SCALE as f64;
                let is_enough = effort == Effort::All && hoped_for < worth_while && !found.columns.is_empty();
                priced.push(found);
                if is_enough {
                    return priced;
                }
            }
        }
        priced
    }

    /// Was every kind of run priced to the end?
    fn is_complete(&self, priced: &[Priced]) -> bool {
        let count = self.instance.origins.len() * self.instance.kinds.len();
        priced.len() == count && priced.iter().all(|priced| priced.is_finished)
    }

    /// Keeps the best bound of these prices, and of those scaled down until no run gains; false if there was a better one.
    fn bound_by(&mut self, duals: Duals, priced: &[Priced], known: Known) -> bool {
        let least = priced.iter().map(|priced| priced.least).min().unwrap_or(0);
        let scaled = duals.scaled(priced.iter().map(|priced| priced.scale).min().unwrap_or(SCALE));
        let bounds = [self.lagrangian(&duals, least, known.cost), self.lagrangian(&scaled, 0, known.cost)];
        let mut is_better = false;
        for (bound, duals) in bounds.into_iter().zip([duals, scaled]) {
            if bound > self.bound || self.duals.people.is_empty() {
                (self.bound, self.duals) = (bound.max(self.bound), duals);
                is_better = true;
            }
        }
        is_better
    }

    /// The bound of these prices, where no run has a reduced cost of less than `least`. Only plans that cost less than `cost` need to be bounded.
    fn lagrangian(&self, duals: &Duals, least: i64, cost: i64) -> i64 {
        let mut of_absent = duals.people.clone();
        let mut bound = 0;
        let mut most_runs = self.instance.people();
        for (row, &dual) in self.master.rows.iter().zip(&duals.rows) {
            bound += dual * row.limit.value();
            row.groups.iter().for_each(|&group| of_absent[group] += dual);
            if let (Limit::AtMost(most), true) = (row.limit, row.counts_all_runs(self.instance)) {
                most_runs = most_runs.min(most);
            }
        }
        for (group, data) in self.instance.groups.iter().enumerate() {
            bound += duals.people[group] * i64::from(data.people);
            bound += (data.left_behind - of_absent[group]).min(0) * i64::from(data.people);
            bound += (data.line.0 - of_absent[group]).min(0) * i64::from(data.line.1);
        }
        for (kind, &dual) in self.instance.kinds.iter().zip(&duals.runs) {
            bound -= dual * i64::from(kind.most_runs.unwrap_or(0));
        }
        let cheapest_run = self.instance.kinds.iter().map(|kind| kind.per_run).min().unwrap_or(0);
        let affordable = if cheapest_run > 0 { cost / cheapest_run } else { i64::MAX };
        (bound + affordable.min(most_runs) * least.min(0)).min(cost)
    }
}
