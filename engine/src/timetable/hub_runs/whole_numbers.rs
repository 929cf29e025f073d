//! A plan in whole numbers from the columns of the master.
//!
//! Columns that cost more than the gap by their reduced cost are in no better plan and stay away.

use super::instance::{Instance, Origin, UNITS_PER_FEN};
use super::pace::Pace;
use super::relaxation::Relaxation;
use super::routes::Visit;
use crate::timetable::mip::{Limits, Mip};

const MOST_COLUMNS: usize = 2_500;
const NODES: u32 = 400;
const WORK: f64 = 2_000.0;

/// The runs of the best plan found among the columns, if it costs less than `cost`; some may take people whom others take too.
pub(super) fn best_of_pool(
    instance: &Instance,
    relaxation: &Relaxation<'_>,
    cost: i64,
    pace: &Pace<'_>,
    share: f64,
) -> Option<Vec<(Origin, usize, Vec<Visit>)>> {
    let room = cost - relaxation.bound;
    let columns = &relaxation.master.columns;
    let mut priced: Vec<(i64, usize)> =
        (0..columns.len()).map(|index| (relaxation.reduced_cost(&columns[index], &relaxation.duals), index)).collect();
    priced.retain(|&(reduced_cost, index)| reduced_cost < room && columns[index].is_elementary(instance));
    priced.sort_unstable();
    priced.truncate(MOST_COLUMNS);
    if priced.is_empty() || pace.share() + share >= 1.0 {
        return None;
    }
    let fen = |units: i64| units / UNITS_PER_FEN;
    let mut mip = Mip::default();
    let mut rows: Vec<Vec<_>> = vec![Vec::new(); instance.groups.len()];
    let mut of_kind: Vec<Vec<_>> = vec![Vec::new(); instance.kinds.len()];
    let runs: Vec<_> = priced
        .iter()
        .map(|&(_, index)| {
            let column = &columns[index];
            let run = mip.column(fen(column.units) + 1, 0.0, 1e3, true);
            column.people.iter().for_each(|&(group, people)| rows[group].push((run, f64::from(people))));
            of_kind[column.kind].push((run, 1.0));
            run
        })
        .collect();
    for (group, mut row) in instance.groups.iter().zip(rows) {
        row.push((mip.column(fen(group.line.0), 0.0, f64::from(group.line.1), false), 1.0));
        row.push((mip.column(fen(group.left_behind), 0.0, f64::from(group.people), false), 1.0));
        mip.row(f64::from(group.people), f64::INFINITY, row);
    }
    for (kind, terms) in instance.kinds.iter().zip(of_kind) {
        if let Some(most) = kind.most_runs {
            mip.row(f64::NEG_INFINITY, f64::from(most), terms);
        }
    }
    let seconds = pace.seconds.map(|seconds| share * seconds);
    let limits = Limits { seconds, nodes: pace.work_limit.map(|_| NODES), ..Limits::NONE };
    pace.count(WORK.min(share * pace.work_limit.unwrap_or(WORK)));
    let values = mip.solve(limits, None).values?;
    let mut chosen = Vec::new();
    for (&(_, index), run) in priced.iter().zip(runs) {
        let column = &columns[index];
        for _ in 0..run.value(&values) {
            chosen.push((column.origin, column.kind, column.visits.clone()));
        }
    }
    Some(chosen)
}
