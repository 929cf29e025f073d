//! One part from beginning to end: a plan, columns, a bound, a better plan.
//!
//! The search comes first, because its runs are the best first columns; then the bound, whose columns may make a better plan
//! in whole numbers; then branching and the search by turns.

use super::branching;
use super::columns::Column;
use super::instance::Instance;
use super::pace::Pace;
use super::pricing::Duals;
use super::relaxation::{Known, Relaxation};
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

/// Of the budget: for a plan in whole numbers each time.
const WHOLE_NUMBERS_SHARE: f64 = 0.03;
/// Of the budget: what is left for a last search.
const BRANCHING_UNTIL: f64 = 0.92;

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
    first_columns(&mut relaxation, &search);
    let known = |search: &Search<'_>| {
        let cost = search.best.cost;
        Known { cost, target: cost - (gap * cost as f64) as i64 }
    };
    // The plan that costs no more than this is within the gap.
    let within_gap = |bound: i64| (bound as f64 / (1.0 - gap).max(1e-9)) as i64;
    for (root_until, search_share) in [(0.6, 0.08), (0.85, 0.03)] {
        let before = known(&search);
        if relaxation.is_finished {
            break;
        }
        relaxation.tighten(pace, root_until, before, &mut |bound| report(before.cost, bound));
        if relaxation.bound < before.target {
            let plan = whole_numbers::best_of_pool(&relaxation, before.cost, pace, WHOLE_NUMBERS_SHARE);
            plan.iter().for_each(|routes| search.combine(routes));
            search.improve(pace, (pace.share() + search_share).min(1.0), within_gap(relaxation.bound));
            report(search.best.cost, relaxation.bound);
        }
    }
    let (bound, duals) = (relaxation.bound, relaxation.duals.clone());
    let before = known(&search);
    if relaxation.is_finished && bound < before.target {
        let mut told = |bound| report(before.cost, bound);
        let plans = branching::branch(&mut relaxation, pace, BRANCHING_UNTIL, before, &mut told);
        plans.iter().for_each(|routes| search.combine(routes));
    }
    search.improve(pace, 1.0, within_gap(relaxation.bound));
    report(search.best.cost, relaxation.bound);
    Solved { solution: search.best, bound: relaxation.bound, duals }
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
