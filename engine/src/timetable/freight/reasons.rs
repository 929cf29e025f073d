//! Why holds leave a consignment over, and how near it came: each claim is the outcome of an exact search.

use super::loading::Loading;
use super::problem::{Goods, Hold, PER_FEN};
use super::relaxation::Question;
use super::ways::{Labels, Ways, Wish};
use crate::plan::{FreightEnd, LeftOver, WindowMiss};
use crate::time::ServiceTime;
use crate::units::Fen;

/// Before any service, and far enough from overflow to add durations to it.
const FAR_PAST: ServiceTime = ServiceTime::from_seconds(-1_000_000);

/// Why this consignment, which the loading leaves over, stays; the loading uses all room that pays.
pub(super) fn left_over(question: &Question<'_>, loading: &Loading<'_>, goods: usize) -> LeftOver {
    let left_over = question.left_over[goods];
    let cheapest = question.ways[goods].cheapest(|_| Some(0), &mut Labels::default());
    match cheapest {
        None => without_way(question, &question.problem.goods[goods]),
        Some((cost, _)) if cost >= left_over => LeftOver::Dearer { by: Fen((cost - left_over) / PER_FEN) },
        Some((_, way)) => {
            let load = question.problem.goods[goods].load;
            let short_of = |segment: usize| {
                let (room, hold) = (loading.room[segment], question.timeline.segments[segment].hold);
                let share = |short: i32, hold: i32| i64::from(short.max(0)) * 1_000_000 / i64::from(hold.max(1));
                share(load.kilograms - room.kilograms, hold.kilograms)
                    .max(share(load.litres - room.litres, hold.litres))
            };
            let segment = way.segments().max_by_key(|&segment| (short_of(segment), std::cmp::Reverse(segment)));
            let segment = segment.expect("a way has segments");
            LeftOver::HoldsFull {
                carrier: question.timeline.carrier(segment),
                after_call: question.timeline.segments[segment].call,
                kilograms_left: loading.room[segment].kilograms,
                litres_left: loading.room[segment].litres,
            }
        }
    }
}

/// Nothing leads there within the window in empty holds.
fn without_way(question: &Question<'_>, goods: &Goods) -> LeftOver {
    let ways = |load: Hold, ready: ServiceTime, due: ServiceTime| {
        Ways::new(question.problem, question.timeline, Wish { goods, load, ready, due })
    };
    let segments = &question.timeline.segments;
    if !segments.iter().any(|segment| goods.origins.iter().any(|access| access.place == segment.from)) {
        return LeftOver::NoService { end: FreightEnd::Origin };
    }
    if !segments.iter().any(|segment| goods.destinations.iter().any(|access| access.place == segment.to)) {
        return LeftOver::NoService { end: FreightEnd::Destination };
    }
    let leads_there = |load: Hold| !ways(load, goods.ready, goods.due).is_empty();
    if leads_there(Hold::ZERO) {
        let largest = |size: &dyn Fn(Hold) -> i32, load: &dyn Fn(i32) -> Hold| {
            let mut sizes: Vec<i32> = segments.iter().map(|segment| size(segment.hold)).collect();
            sizes.sort_unstable();
            sizes.dedup();
            let fitting = sizes.partition_point(|&size| leads_there(load(size)));
            if fitting == 0 { 0 } else { sizes[fitting - 1] }
        };
        return LeftOver::HoldsTooSmall {
            most_kilograms: largest(&|hold| hold.kilograms, &|kilograms| Hold { kilograms, litres: 0 }),
            most_litres: largest(&|hold| hold.litres, &|litres| Hold { kilograms: 0, litres }),
        };
    }
    let handling = question.problem.policy.handling_time;
    let later = ways(Hold::ZERO, goods.ready, ServiceTime::FAR_FUTURE);
    let late = later.ends().0.map(|segment| {
        let segment = &segments[segment];
        let access = goods.destinations.iter().find(|access| access.place == segment.to);
        let delivered = segment.arrival + handling + access.expect("an end at the destination").duration;
        WindowMiss::Late { delivered, by: delivered - goods.due }
    });
    let sooner = ways(Hold::ZERO, FAR_PAST, goods.due);
    let missed = sooner.ends().1.map(|segment| {
        let segment = &segments[segment];
        let access = goods.origins.iter().find(|access| access.place == segment.from);
        let ready = segment.departure - handling - access.expect("an end at the origin").duration;
        WindowMiss::Missed { from: segment.from, leaves: segment.departure, by: goods.ready - ready }
    });
    let amount = |miss: &WindowMiss| match miss {
        WindowMiss::Late { by, .. } | WindowMiss::Missed { by, .. } => by.seconds(),
        WindowMiss::Both => i32::MAX,
    };
    match late.chain(missed).min_by_key(amount) {
        Some(miss) => LeftOver::Window(miss),
        None if ways(Hold::ZERO, FAR_PAST, ServiceTime::FAR_FUTURE).is_empty() => LeftOver::NoConnection,
        None => LeftOver::Window(WindowMiss::Both),
    }
}
