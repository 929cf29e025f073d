//! Master and pricing in turn, until the bound meets the linear program.
//!
//! The master is solved to a loose, well-centred point whose tolerance follows the gap (Gondzio, González-Brevis and Munari
//! 2013). Such prices need no smoothing: moved towards the best known ones they took more rounds, not fewer.

use std::collections::BTreeSet;

use super::effort::Effort;
use super::interior_point::Program;
use super::pricing::{Pricing, Wanted};
use super::reduced::{Column, IMPOSSIBLE, Reduced, SCALE};

/// When column generation ends.
#[derive(Clone, Copy)]
pub(super) struct Goal {
    /// Relative to the program's cost: close enough.
    pub gap: f64,
    /// A bound from here on settles that nothing cheaper is to be had; multiplied by the scale.
    pub cutoff: i64,
    /// Rounds.
    pub most_rounds: u32,
}

/// What column generation knows at its end.
pub(super) struct Relaxed {
    /// Nothing costs less; multiplied by the scale.
    pub bound: i64,
    /// By segment, multiplied by the scale: the prices that gave the bound.
    pub prices: Vec<i64>,
    /// By class: what one more vehicle saves at these prices.
    pub rents: Vec<i64>,
    pub columns: Vec<Column>,
    /// By column: how much of it the program uses.
    pub values: Vec<f64>,
    /// By segment: how much of it is left out.
    pub left_out: Vec<f64>,
}

/// Solves the linear relaxation. `columns`: known before; `prices`: by segment, where to begin; the best
/// chains at them, one through each segment and class, are the first columns.
pub(super) fn generate(
    reduced: &Reduced,
    columns: Vec<Column>,
    prices: Vec<i64>,
    goal: Goal,
    effort: &Effort<'_>,
) -> Relaxed {
    let mut generation = Generation::new(reduced, columns);
    generation.price(prices, Wanted::OneThroughEach, effort);
    generation.run(goal, effort);
    generation.relaxed
}

struct Generation<'a> {
    reduced: &'a Reduced,
    pricing: Pricing,
    /// Class and segments of all columns.
    known: BTreeSet<(usize, Vec<u32>)>,
    /// By row of the program, segments first: of its last solution.
    duals: Vec<f64>,
    /// What makes a cost one of the program.
    unit: f64,
    relaxed: Relaxed,
}

impl<'a> Generation<'a> {
    fn new(reduced: &'a Reduced, columns: Vec<Column>) -> Self {
        let (segments, classes) = (reduced.segments.len(), reduced.classes.len());
        let (cost, worked) = columns
            .iter()
            .fold((0.0, 0), |(cost, worked), column| (cost + column.cost as f64, worked + column.segments.len()));
        let dearest = reduced.prices.iter().copied().max().unwrap_or(SCALE) as f64;
        let unit = if worked > 0 { (cost / worked as f64).max(dearest * 1e-3) } else { dearest }.max(1.0);
        let mut generation = Self {
            reduced,
            pricing: Pricing::new(reduced),
            known: BTreeSet::new(),
            duals: vec![0.0; segments + classes],
            unit,
            relaxed: Relaxed {
                bound: i64::MIN,
                prices: vec![0; segments],
                rents: vec![0; classes],
                columns: Vec::new(),
                values: Vec::new(),
                left_out: vec![1.0; segments],
            },
        };
        generation.add(columns);
        generation.add(reduced.singles());
        generation
    }

    /// Takes up the columns that aren't known yet; how many.
    fn add(&mut self, columns: Vec<Column>) -> usize {
        let before = self.relaxed.columns.len();
        for column in columns {
            if self.known.insert((column.class, column.segments.clone())) {
                self.relaxed.columns.push(column);
            }
        }
        self.relaxed.values.resize(self.relaxed.columns.len(), 0.0);
        self.relaxed.columns.len() - before
    }

    /// Prices all classes and keeps the better bound; how many columns are new.
    fn price(&mut self, prices: Vec<i64>, wanted: Wanted<'_>, effort: &Effort<'_>) -> usize {
        effort.count_round();
        let priced = self.pricing.price(self.reduced, &prices, wanted);
        if priced.bound > self.relaxed.bound {
            self.relaxed.bound = priced.bound;
            self.relaxed.prices = prices;
            self.relaxed.rents = priced.least.iter().map(|&least| -least).collect();
        }
        self.add(priced.columns)
    }

    fn run(&mut self, goal: Goal, effort: &Effort<'_>) {
        let mut tolerance = LOOSEST;
        for _round in 0..goal.most_rounds {
            if self.relaxed.bound >= goal.cutoff || effort.is_over() {
                return;
            }
            let Some(cost) = self.solve(tolerance, effort) else { return };
            let gap = |bound: i64| (cost - bound as f64) / cost.abs().max(1.0);
            if gap(self.relaxed.bound) < goal.gap {
                return;
            }
            let (prices, rents) = self.prices_and_rents();
            let most = self.reduced.segments.len() / 4 + 1;
            let found = self.price(prices, Wanted::Paying { rents: &rents, most }, effort);
            if found == 0 && tolerance <= FINEST {
                return;
            }
            let share = if found > 0 { gap(self.relaxed.bound) } else { tolerance } / 10.0;
            tolerance = share.clamp(FINEST, LOOSEST);
        }
    }

    /// By segment and by class: what the program pays for one less and for one more of it.
    fn prices_and_rents(&self) -> (Vec<i64>, Vec<i64>) {
        let whole = |dual: &f64| (dual * self.unit).round() as i64;
        let (segments, classes) = self.duals.split_at(self.reduced.segments.len());
        let prices = segments.iter().zip(&self.reduced.prices).map(|(dual, &out)| whole(dual).min(out));
        (prices.collect(), classes.iter().map(|dual| (-whole(dual)).max(0)).collect())
    }

    /// Solves the master; its cost, multiplied by the scale, unless the effort is over before.
    fn solve(&mut self, tolerance: f64, effort: &Effort<'_>) -> Option<f64> {
        let (segments, classes) = (self.reduced.segments.len(), &self.reduced.classes);
        let vehicles = classes.iter().map(|class| f64::from(class.vehicles));
        let mut program = Program::new(vec![1.0; segments].into_iter().chain(vehicles).collect());
        for (row, &price) in (0..).zip(&self.reduced.prices) {
            program.add(price as f64 / self.unit, [row]);
        }
        (0..classes.len()).for_each(|class| program.add(0.0, [(segments + class) as u32]));
        for column in &self.relaxed.columns {
            let class = (segments + column.class) as u32;
            program.add(column.cost as f64 / self.unit, column.segments.iter().copied().chain([class]));
        }
        let point = program.solve(tolerance, effort)?;
        let own = segments + classes.len();
        self.relaxed.left_out = point.values[..segments].to_vec();
        self.relaxed.values = point.values[own..].to_vec();
        let cost = program.costs.iter().zip(&point.values).map(|(cost, value)| cost * value).sum::<f64>() * self.unit;
        self.duals = point.duals;
        Some(cost)
    }
}

impl Reduced {
    /// By segment: the cheapest vehicle that works nothing else. They keep the first prices within reason.
    fn singles(&self) -> Vec<Column> {
        let mut cheapest: Vec<Option<Column>> = vec![None; self.segments.len()];
        for (class, workable) in self.classes.iter().enumerate() {
            for here in &workable.workable {
                let cost = here.pull_out.saturating_add(here.pull_in).saturating_add(here.inner);
                let single = &mut cheapest[here.segment];
                if cost < IMPOSSIBLE / 2 && single.as_ref().is_none_or(|known| cost < known.cost) {
                    *single = Some(Column { class, segments: vec![here.segment as u32], cost });
                }
            }
        }
        cheapest.into_iter().flatten().collect()
    }
}

/// Of the linear program at first: nothing is known of its prices yet.
const LOOSEST: f64 = 1e-2;
/// Beyond this rounding takes over.
const FINEST: f64 = 1e-6;
