//! What is left to decide: segments (tasks that stay together in one vehicle), and vehicles that are not settled yet.
//!
//! The whole problem is the case in which every task is a segment of its own.

use super::problem::{Chain, VehicleSchedulingProblem};

/// No way. Small enough that sums of several of them stay whole numbers.
pub(super) const IMPOSSIBLE: i64 = i64::MAX / 8;

/// Prices are whole numbers of this part of a cost.
pub(super) const SCALE: i64 = 1 << 10;

/// The problem between segments. All costs are multiplied by [`SCALE`].
pub(super) struct Reduced {
    /// Ascending by first task; every link leads to a later segment.
    pub segments: Vec<Vec<usize>>,
    /// By segment: what leaving out all of it costs.
    pub prices: Vec<i64>,
    pub kinds: Vec<SegmentLinks>,
    /// Only classes with a vehicle to spare and a segment that they can work.
    pub classes: Vec<ReducedClass>,
}

/// Links of a kind between segments.
pub(super) struct SegmentLinks {
    starts: Vec<usize>,
    incoming: Vec<(u32, i64)>,
}

/// A class of vehicles in the reduced problem.
pub(super) struct ReducedClass {
    /// Its index in the problem.
    pub class: usize,
    pub kind: usize,
    pub vehicles: u32,
    /// Ascending.
    pub workable: Vec<WorkableSegment>,
}

#[derive(Clone, Copy)]
pub(super) struct WorkableSegment {
    pub segment: usize,
    /// Or [`IMPOSSIBLE`].
    pub pull_out: i64,
    /// Or [`IMPOSSIBLE`].
    pub pull_in: i64,
    /// Of the links within.
    pub inner: i64,
}

impl SegmentLinks {
    /// (Segment before, cost), ascending.
    pub fn incoming(&self, segment: usize) -> &[(u32, i64)] {
        &self.incoming[self.starts[segment]..self.starts[segment + 1]]
    }
}

impl Reduced {
    /// `segments`: of which no two share a task; `vehicles`: by class of the problem; `compulsion`: the price of tasks that
    /// must be worked.
    pub fn new(
        problem: &VehicleSchedulingProblem,
        mut segments: Vec<Vec<usize>>,
        vehicles: &[u32],
        compulsion: i64,
    ) -> Self {
        segments.sort_unstable();
        let price = |task: usize| SCALE * problem.prices()[task].unwrap_or(compulsion);
        let prices = segments.iter().map(|segment| segment.iter().map(|&task| price(task)).sum()).collect();
        let mut ending = vec![u32::MAX; problem.prices().len()];
        for (index, segment) in segments.iter().enumerate() {
            ending[segment[segment.len() - 1]] = index as u32;
        }
        let kinds = problem.kinds().iter().map(|links| {
            let (mut starts, mut incoming) = (vec![0], Vec::new());
            for segment in &segments {
                let known = links.incoming(segment[0]).iter();
                let between = known.map(|&(task, cost)| (ending[task as usize], SCALE * cost));
                incoming.extend(between.filter(|&(before, _)| before != u32::MAX));
                starts.push(incoming.len());
            }
            SegmentLinks { starts, incoming }
        });
        let kinds: Vec<SegmentLinks> = kinds.collect();
        let mut classes = Vec::new();
        let mut costs = vec![None; problem.prices().len()];
        for (index, class) in problem.classes().iter().enumerate().filter(|&(index, _)| vehicles[index] > 0) {
            class.workable.iter().for_each(|workable| costs[workable.task] = Some(*workable));
            let links = &problem.kinds()[class.kind];
            let workable = |(index, segment): (usize, &Vec<usize>)| {
                let all: Option<Vec<_>> = segment.iter().map(|&task| costs[task]).collect();
                let all = all?;
                let inner: Option<i64> = segment.windows(2).map(|pair| links.cost(pair[0], pair[1])).sum();
                Some(WorkableSegment {
                    segment: index,
                    pull_out: all[0].pull_out.map_or(IMPOSSIBLE, |cost| SCALE * cost),
                    pull_in: all[all.len() - 1].pull_in.map_or(IMPOSSIBLE, |cost| SCALE * cost),
                    inner: SCALE * inner?,
                })
            };
            let workable: Vec<WorkableSegment> = segments.iter().enumerate().filter_map(workable).collect();
            class.workable.iter().for_each(|workable| costs[workable.task] = None);
            if !workable.is_empty() {
                classes.push(ReducedClass { class: index, kind: class.kind, vehicles: vehicles[index], workable });
            }
        }
        Self { segments, prices, kinds, classes }
    }

    /// The chain of tasks that a column stands for.
    pub fn chain(&self, column: &Column) -> Chain {
        let tasks = column.segments.iter().flat_map(|&segment| self.segments[segment as usize].iter().copied());
        Chain { class: self.classes[column.class].class, tasks: tasks.collect() }
    }
}

/// A vehicle's day in a reduced problem.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Column {
    /// Index into the reduced classes.
    pub class: usize,
    /// Ascending.
    pub segments: Vec<u32>,
    /// Multiplied by [`SCALE`].
    pub cost: i64,
}
