//! New routes from those that are nearly worth their price.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::program::{Program, Relaxed};
use super::{Column, WORTH_IT, served_by};
use crate::ondemand::insertion::{Insertion, Place, Scratch};
use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::route::Route;

/// Routes are made from so many that are nearly worth their price.
const MOST_BASES: usize = 100;

/// Makes routes of negative reduced cost from those that are nearly worth their price: one request more, one less, one
/// exchanged. Not all there are, so that the relaxation's cost is no bound.
pub(super) struct Pricer<'a> {
    problem: &'a Problem,
    scratch: Scratch,
    shorter: Route,
}

impl<'a> Pricer<'a> {
    pub fn new(problem: &'a Problem) -> Self {
        Self { problem, scratch: Scratch::default(), shorter: Route::default() }
    }

    pub fn price(
        &mut self,
        program: &Program,
        columns: &[Column],
        relaxed: &Relaxed,
        seen: &mut BTreeSet<u64>,
    ) -> Vec<Column> {
        let mut bases: Vec<(f64, usize)> =
            relaxed.reduced_costs.iter().enumerate().map(|(column, &reduced)| (reduced, column)).collect();
        bases.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        bases.truncate(MOST_BASES);
        let mut fresh = Vec::new();
        for (reduced, column) in bases {
            self.price_around(program, (&columns[column], reduced), relaxed, seen, &mut fresh);
        }
        fresh
    }

    fn price_around(
        &mut self,
        program: &Program,
        (base, reduced): (&Column, f64),
        relaxed: &Relaxed,
        seen: &mut BTreeSet<u64>,
        fresh: &mut Vec<Column>,
    ) {
        self.extend(program, base, (&base.route, reduced), relaxed, seen, fresh);
        let mut shorter = std::mem::take(&mut self.shorter);
        for &left_out in &base.served {
            if base.route.has_begun(self.problem, base.vehicle, left_out) {
                continue;
            }
            shorter.stops.clear();
            shorter.stops.extend(base.route.stops.iter().filter(|stop| stop.request != left_out));
            if shorter.stops.is_empty() {
                continue;
            }
            shorter.refresh(self.problem, base.vehicle);
            if !shorter.has_schedule {
                continue;
            }
            let row = program.row_of[left_out.index()];
            let prize = if program.requests[row].1 { 0.0 } else { program.prize };
            let cheaper = (base.route.cost - shorter.cost) as f64 / program.unit;
            let reduced = reduced - cheaper + prize + relaxed.duals[row];
            if reduced < -WORTH_IT && seen.insert(shorter.fingerprint) {
                fresh.push(column_of(base, shorter.clone()));
            }
            self.extend(program, base, (&shorter, reduced), relaxed, seen, fresh);
        }
        self.shorter = shorter;
    }

    /// The request more that pays most.
    fn extend(
        &mut self,
        program: &Program,
        base: &Column,
        (route, reduced): (&Route, f64),
        relaxed: &Relaxed,
        seen: &mut BTreeSet<u64>,
        fresh: &mut Vec<Column>,
    ) {
        let mut best: Option<(f64, RequestIndex, Insertion)> = None;
        for (row, &(request, is_served)) in program.requests.iter().enumerate() {
            let prize = if is_served { 0.0 } else { program.prize };
            let pays = relaxed.duals[row] + prize - reduced - WORTH_IT;
            let pays = pays + best.map_or(0.0, |(best, ..)| best);
            if pays <= 0.0 || base.served.binary_search(&request).is_ok() {
                continue;
            }
            let place =
                Place { problem: self.problem, route, vehicle: base.vehicle, wanted: self.problem.wanted(request) };
            let below = (pays * program.unit).min(1e17) as i64;
            place.each_insertion(below, &mut self.scratch, |insertion| {
                let after = reduced + insertion.cost as f64 / program.unit - relaxed.duals[row] - prize;
                best = Some((after, request, insertion));
                insertion.cost
            });
        }
        if let Some((_, request, insertion)) = best {
            let mut stops = route.stops.clone();
            insertion.put_into(&mut stops, request);
            let longer = Route::new(self.problem, base.vehicle, stops);
            if seen.insert(longer.fingerprint) {
                fresh.push(column_of(base, longer));
            }
        }
    }
}

fn column_of(base: &Column, route: Route) -> Column {
    Column { kind: base.kind, served: served_by(&route), vehicle: base.vehicle, route: Arc::new(route) }
}
