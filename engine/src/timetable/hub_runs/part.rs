//! One part from beginning to end: a plan, columns, a bound, a better plan.
//!
//! The search comes first, because its runs are the best first columns; then the bound, whose columns may make a better plan
//! in whole numbers; the search has what is left.

use super::columns::Column;
use super::instance::Instance;
use super::pace::Pace;
use super::pricing::Duals;
use super::relaxation::Relaxation;
use super::search::{Search, Solution};
use super::whole_numbers;

/// What is known of a part at the end.
pub(super) struct Solved {
    pub solution: Solution,
    /// Units.
    pub bound: i64,
    pub duals: Duals,
}

/// The columns that the search hands to the master.
const MOST_FIRST_COLUMNS: usize = 3_000;

/// Plans a part. `gap` ends it early; `report` is told cost and bound in units.
pub(super) fn solve(
    instance: &Instance,
    pace: &Pace<'_>,
    gap: f64,
    seed: u64,
    report: &mut dyn FnMut(i64, i64),
) -> Solved {
    let mut search = Search::new(instance, seed);
    search.improve(pace, 0.1, 0);
    report(search.best.cost, 0);
    let mut relaxation = Relaxation::new(instance);
    let best = search.best.routes.iter().map(|route| (route.origin, route.kind, route.visits.clone()));
    let first: Vec<_> = best.collect();
    let others = search.pool.iter().filter(|&route| !first.contains(route)).cloned();
    let step = (search.pool.len() / MOST_FIRST_COLUMNS).max(1);
    for (origin, kind, visits) in first.iter().cloned().chain(others.step_by(step)) {
        relaxation.add(Column::new(instance, origin, kind, visits));
    }
    let good_enough = |cost: i64| cost - (gap * cost as f64) as i64;
    for (bound_until, mip_share, search_until) in [(0.6, 0.03, 0.75), (0.95, 0.03, 1.0)] {
        let cost = search.best.cost;
        if !relaxation.is_finished {
            let mut told = |bound| report(cost, bound);
            relaxation.tighten(pace, bound_until, cost, good_enough(cost), &mut told);
        }
        if relaxation.bound < good_enough(search.best.cost) {
            if let Some(routes) = whole_numbers::best_of_pool(instance, &relaxation, search.best.cost, pace, mip_share) {
                search.combine(&routes);
            }
            // The plan that costs no more than this is within the gap.
            let target = (relaxation.bound as f64 / (1.0 - gap).max(1e-9)) as i64;
            search.improve(pace, search_until, target);
            report(search.best.cost, relaxation.bound);
        }
    }
    Solved { solution: search.best, bound: relaxation.bound, duals: relaxation.duals }
}
