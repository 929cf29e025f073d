//! The lower bound: column generation over runs, with cuts.
//!
//! Any prices give a bound: what everybody pays, less what the cheapest runs would gain (Lagrange). It is evaluated in whole units with
//! exact pricing, so that no tolerance of the solver can lift it.

use super::columns::Column;
use super::cuts;
use super::instance::Instance;
use super::master::{Master, Relaxed};
use super::pace::Pace;
use super::pricing::{Duals, Effort, Priced, Pricer};

/// The state of column generation in one part.
pub(super) struct Relaxation<'a> {
    instance: &'a Instance,
    pricer: Pricer<'a>,
    pub master: Master<'a>,
    /// Units; no plan costs less.
    pub bound: i64,
    /// The prices that proved the bound.
    pub duals: Duals,
    last_priced: Duals,
    /// The last solution of the master.
    pub relaxed: Option<Relaxed>,
    /// Nothing more is to be gained.
    pub is_finished: bool,
    /// Rounds of cuts and memory in a row that gained little.
    poor_rounds: usize,
}

/// The bound is as good as the master if it is this near.
const CONVERGED: f64 = 2e-4;
/// Rounds of cuts and memory that gain less than this are poor; so many in a row end the search for more.
const LEAST_GAIN: f64 = 2e-4;
const MOST_POOR_ROUNDS: usize = 5;
const SMOOTHING: f64 = 0.5;
/// Some bound is better than none: when so much of the time is gone, prices are tried exactly though they may still be poor.
const SHARE_BEFORE_FIRST_BOUND: f64 = 0.7;
/// Pricing leaves the other kinds and origins alone for a while once it has found so many runs.
const ENOUGH_COLUMNS: usize = 60;
const TRIED_PER_UNIT_OF_WORK: f64 = 40_000.0;
const ITERATIONS_PER_UNIT_OF_WORK: f64 = 20.0;

impl<'a> Relaxation<'a> {
    pub fn new(instance: &'a Instance) -> Self {
        let pricer = Pricer::new(instance);
        let mut master = Master::new(instance);
        cuts::of_hubs(instance, pricer.seats()).into_iter().for_each(|cut| master.add_cut(cut));
        let (bound, duals, last_priced, relaxed) = (0, Duals::default(), Duals::default(), None);
        Self { instance, pricer, master, bound, duals, last_priced, relaxed, is_finished: false, poor_rounds: 0 }
    }

    pub fn add(&mut self, column: Column) {
        self.master.add(column);
    }

    /// Generates columns and cuts until nothing is gained or this share of the budget is used up. `cost` is that of a known plan.
    pub fn tighten(&mut self, pace: &Pace<'_>, until: f64, cost: i64, target: i64, report: &mut dyn FnMut(i64)) {
        let begin = pace.share();
        let mut effort = Effort::Cheapest;
        // How much of the way from the master's prices to those priced last pricing goes (Neame 1999): prices jump about less.
        let mut smoothing = SMOOTHING;
        let mut last_value = 0.0;
        while pace.share() < until && self.bound < target {
            if self.bound == 0 && effort < Effort::Exact && pace.share() > begin + SHARE_BEFORE_FIRST_BOUND * (until - begin) {
                effort = Effort::Exact;
            }
            let t0 = (pace.clock)();
            let Some(relaxed) = self.master.solve() else { return };
            let t1 = (pace.clock)();
            pace.count(1.0 + relaxed.iterations as f64 / ITERATIONS_PER_UNIT_OF_WORK);
            let duals = self.smoothed(&relaxed.duals, smoothing);
            self.last_priced = duals.clone();
            let value = relaxed.cost;
            self.relaxed = Some(relaxed);
            let priced = self.price(pace, until, &duals, effort);
            let t2 = (pace.clock)();
            let is_exact = effort == Effort::Exact && priced.iter().all(|priced| priced.is_finished);
            if is_exact {
                let bound = self.lagrangian(&duals, &priced, cost);
                if bound > self.bound || self.duals.people.is_empty() {
                    self.bound = bound.max(self.bound);
                    self.duals = duals.clone();
                    report(self.bound);
                }
            }
            eprintln!("DEBUG lp {:.3} it {} price {:.3} {effort:?} {smoothing} value {:.2} bound {:.2} least {:.2} new {} cols {} cuts {} tried {}", t1-t0, self.relaxed.as_ref().unwrap().iterations, t2-t1, value / 1.8e6, self.bound as f64 / 1.8e6,
                priced.iter().map(|p| p.least).min().unwrap() as f64 / 1.8e6, priced.iter().map(|p| p.columns.len()).sum::<usize>(), self.master.columns.len(), self.master.cuts.len(),
                priced.iter().map(|p| p.tried).sum::<u64>());
            let columns: Vec<Column> = priced.into_iter().flat_map(|priced| priced.columns).collect();
            let at_master = self.relaxed.as_ref().map(|relaxed| &relaxed.duals);
            let gains = |column: &Column| at_master.is_some_and(|duals| self.reduced_cost(column, duals) < 0);
            let columns: Vec<Column> = columns.into_iter().filter(gains).collect();
            let was_smoothed = at_master.is_some_and(|at_master| *at_master != duals);
            let is_converged = is_exact && value - self.bound as f64 <= CONVERGED * value;
            let is_at_rest = effort >= Effort::Forgetful && columns.is_empty() && !was_smoothed;
            if is_converged || is_at_rest {
                // Memory and cuts before exactness: both change the prices.
                if self.strengthen(value, &mut last_value) {
                    effort = Effort::Cheapest;
                    smoothing = SMOOTHING;
                } else if is_converged || is_exact {
                    self.is_finished = true;
                    return;
                } else {
                    effort = Effort::Exact;
                    smoothing = SMOOTHING;
                }
            } else if columns.is_empty() {
                match effort {
                    Effort::Cheapest => effort = Effort::Forgetful,
                    _ if was_smoothed => smoothing = 0.0,
                    // Out of time.
                    _ => return,
                }
            } else {
                smoothing = SMOOTHING;
                if effort == Effort::Forgetful {
                    effort = Effort::Cheapest;
                }
            }
            columns.into_iter().for_each(|column| self.master.add(column));
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
        cuts.into_iter().for_each(|cut| self.master.add_cut(cut));
        learned
    }

    fn smoothed(&self, at_master: &Duals, smoothing: f64) -> Duals {
        if self.last_priced.people.is_empty() || smoothing == 0.0 {
            return at_master.clone();
        }
        let between = |last: &[i64], at_master: &[i64]| -> Vec<i64> {
            // New cuts had no price.
            let last = last.iter().copied().chain(std::iter::repeat(0));
            let mixed = at_master.iter().zip(last).map(|(&new, last)| new + ((last - new) as f64 * smoothing) as i64);
            mixed.collect()
        };
        Duals {
            people: between(&self.last_priced.people, &at_master.people),
            runs: between(&self.last_priced.runs, &at_master.runs),
            cuts: between(&self.last_priced.cuts, &at_master.cuts),
        }
    }

    /// Of a run at these prices.
    pub fn reduced_cost(&self, column: &Column, duals: &Duals) -> i64 {
        let Duals { people, runs, cuts } = duals;
        let of_people = column.people.iter().map(|&(group, count)| {
            people.get(group).copied().unwrap_or(0) * i64::from(count)
        });
        let of_cuts = self.master.cuts.iter().zip(cuts).map(|(cut, dual)| dual * cut.weight(column));
        let of_kind = runs.get(column.kind).copied().unwrap_or(0);
        column.units + of_kind - of_people.sum::<i64>() - of_cuts.sum::<i64>()
    }

    fn price(&self, pace: &Pace<'_>, until: f64, duals: &Duals, effort: Effort) -> Vec<Priced> {
        let origins = 0..self.instance.origins.len();
        let kinds = self.instance.kinds.len();
        let tasks = origins.flat_map(|origin| (0..kinds).map(move |kind| (origin, kind)));
        let mut found = 0;
        let mut price = |task| {
            if effort == Effort::Forgetful && found >= ENOUGH_COLUMNS {
                return Priced { least: 0, is_finished: false, columns: Vec::new(), tried: 0 };
            }
            let should_stop = || pace.share() >= until;
            let priced = self.pricer.price(task, duals, &self.master.cuts, effort, &should_stop);
            pace.count(priced.tried as f64 / TRIED_PER_UNIT_OF_WORK);
            found += priced.columns.len();
            priced
        };
        tasks.map(&mut price).collect()
    }

    /// The bound of these prices, where `priced` is exact. Only plans that cost less than `cost` need to be bounded.
    fn lagrangian(&self, duals: &Duals, priced: &[Priced], cost: i64) -> i64 {
        let mut of_absent = duals.people.clone();
        let mut bound = 0;
        for (cut, &dual) in self.master.cuts.iter().zip(&duals.cuts) {
            bound += dual * cut.least;
            cut.groups.iter().for_each(|&group| of_absent[group] += dual);
        }
        for (group, data) in self.instance.groups.iter().enumerate() {
            bound += duals.people[group] * i64::from(data.people);
            bound += (data.left_behind - of_absent[group]).min(0) * i64::from(data.people);
            bound += (data.line.0 - of_absent[group]).min(0) * i64::from(data.line.1);
        }
        for (kind, &dual) in self.instance.kinds.iter().zip(&duals.runs) {
            bound -= dual * i64::from(kind.most_runs.unwrap_or(0));
        }
        let least = priced.iter().map(|priced| priced.least).min().unwrap_or(0).min(0);
        let cheapest_run = self.instance.kinds.iter().map(|kind| kind.per_run).min().unwrap_or(0);
        let affordable = if cheapest_run > 0 { cost / cheapest_run } else { i64::MAX };
        let most_runs = affordable.min(self.instance.people());
        (bound + most_runs * least).min(cost)
    }
}
