//! Nobody is brought to market without a seat home.
//!
//! The runs in and home are planned apart, and a run may find no vehicle. Whoever would then be brought in and find no seat home
//! is not brought in: a morning at home is better than a night on the road.

use std::collections::BTreeMap;

use super::blocks::{Work, WorkedBlock};
use crate::ids::MarketGoersId;
use crate::plan::{LeftBehind, Run, RunDemand, RunDirection, RunRiders};

/// Takes people off the runs in until everybody on them has a seat home; calls and runs without anybody go too. Says how many of
/// whom stay at home.
pub(super) fn leave_none_stranded(runs: &mut [Run], blocks: &mut Vec<WorkedBlock>) -> Vec<LeftBehind> {
    let worked: Vec<usize> = blocks.iter().flat_map(|block| &block.work).filter_map(run_of).collect();
    let mut stranded: BTreeMap<MarketGoersId, i32> = BTreeMap::new();
    for &run in &worked {
        let run = &runs[run];
        for riders in run.calls.iter().flat_map(|call| &call.boardings) {
            let RunDemand::Goers(goers) = riders.of else { continue };
            let sign = if run.direction == RunDirection::Inward { 1 } else { -1 };
            *stranded.entry(goers).or_default() += sign * riders.people;
        }
    }
    stranded.retain(|_, people| *people > 0);
    let at_home = |(&goers, &people): (&MarketGoersId, &i32)| LeftBehind {
        of: RunDemand::Goers(goers),
        direction: RunDirection::Inward,
        people,
        on_lines: 0,
    };
    let staying = stranded.iter().map(at_home).collect();
    for run in worked {
        if runs[run].direction == RunDirection::Inward {
            take_off(&mut runs[run], &mut stranded);
        }
    }
    for block in blocks.iter_mut() {
        block.work.retain(|work| run_of(work).is_none_or(|run| !runs[run].calls.is_empty()));
    }
    blocks.retain(|block| !block.work.is_empty());
    staying
}

fn run_of(work: &Work) -> Option<usize> {
    match work {
        Work::Run(run) => Some(*run),
        Work::Trip(_) => None,
    }
}

/// As many of each as are stranded; calls without anybody are left out, and all of them where nobody stays.
fn take_off(run: &mut Run, stranded: &mut BTreeMap<MarketGoersId, i32>) {
    // Who gets off stands in the same order as who gets on.
    let mut alighting = stranded.clone();
    for call in &mut run.calls {
        call.boardings.iter_mut().for_each(|riders| take_from(riders, stranded));
        call.alightings.iter_mut().for_each(|riders| take_from(riders, &mut alighting));
        call.boardings.retain(|riders| riders.people > 0);
        call.alightings.retain(|riders| riders.people > 0);
    }
    run.calls.retain(|call| !call.boardings.is_empty() || !call.alightings.is_empty());
}

fn take_from(riders: &mut RunRiders, stranded: &mut BTreeMap<MarketGoersId, i32>) {
    let RunDemand::Goers(goers) = riders.of else { return };
    let Some(waiting) = stranded.get_mut(&goers) else { return };
    let staying = riders.people.min(*waiting);
    riders.people -= staying;
    *waiting -= staying;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::Product;
    use crate::ids::{BlockId, MarketId, PlaceId, VehicleId, VehicleTypeId};
    use crate::plan::{Hub, RunCall};
    use crate::time::ServiceTime;

    /// People of two villages who are brought in, or home.
    fn run(direction: RunDirection, people: [i32; 2]) -> Run {
        let at = |minute: i32| ServiceTime::hm(7, minute);
        let riders = |village: usize| RunRiders {
            of: RunDemand::Goers(MarketGoersId::from_index(village)),
            people: people[village],
            luggage: 0,
        };
        let village = |village: usize, minute: i32| RunCall {
            place: PlaceId::from_index(1 + village),
            arrival: at(minute),
            departure: at(minute + 1),
            boardings: if direction == RunDirection::Inward { vec![riders(village)] } else { Vec::new() },
            alightings: if direction == RunDirection::Inward { Vec::new() } else { vec![riders(village)] },
        };
        let everybody = vec![riders(0), riders(1)];
        let market = |minute: i32| RunCall {
            place: PlaceId(0),
            arrival: at(minute),
            departure: at(minute + 1),
            boardings: if direction == RunDirection::Inward { Vec::new() } else { everybody.clone() },
            alightings: if direction == RunDirection::Inward { everybody.clone() } else { Vec::new() },
        };
        let calls = match direction {
            RunDirection::Inward => vec![village(0, 0), village(1, 10), market(20)],
            RunDirection::Outward => vec![market(0), village(1, 10), village(0, 20)],
        };
        let hubs = vec![Hub::Market(MarketId(0))];
        Run { product: Product::Market, hubs, direction, vehicle_type: VehicleTypeId(0), block: BlockId(0), calls }
    }

    /// Of both villages: brought in by two runs, home by one, and then how many stay at home, and how many calls the runs in have.
    fn check(brought: [[i32; 2]; 2], home: [i32; 2], staying: [i32; 2], calls: [usize; 2]) {
        let mut runs = vec![
            run(RunDirection::Inward, brought[0]),
            run(RunDirection::Inward, brought[1]),
            run(RunDirection::Outward, home),
        ];
        let block = |work: usize| WorkedBlock {
            vehicle: VehicleId::from_index(work),
            work: vec![Work::Run(work)],
            leaves_depot: ServiceTime::hm(6, 0),
            returns: ServiceTime::hm(8, 0),
        };
        let mut blocks: Vec<WorkedBlock> = (0..3).map(block).collect();
        let left = leave_none_stranded(&mut runs, &mut blocks);
        for (village, people) in staying.into_iter().enumerate() {
            let of = RunDemand::Goers(MarketGoersId::from_index(village));
            let stay: i32 = left.iter().filter(|left| left.of == of).map(|left| left.people).sum();
            assert_eq!(stay, people, "village {village}");
            let on = |run: &Run, lists: &dyn Fn(&RunCall) -> Vec<RunRiders>| -> i32 {
                run.calls.iter().flat_map(lists).filter(|riders| riders.of == of).map(|riders| riders.people).sum()
            };
            for run in &runs[..2] {
                assert_eq!(on(run, &|call| call.boardings.clone()), on(run, &|call| call.alightings.clone()));
            }
            let inward: i32 = runs[..2].iter().map(|run| on(run, &|call| call.boardings.clone())).sum();
            assert_eq!(inward, brought[0][village] + brought[1][village] - people);
        }
        assert_eq!([runs[0].calls.len(), runs[1].calls.len()], calls);
        assert_eq!(blocks.len(), 1 + calls.into_iter().filter(|&calls| calls > 0).count());
    }

    #[test]
    fn who_has_no_seat_home_is_not_brought_in() {
        check([[4, 3], [2, 2]], [6, 5], [0, 0], [3, 3]);
        check([[4, 3], [2, 2]], [6, 4], [0, 1], [3, 3]);
        check([[4, 3], [2, 2]], [2, 5], [4, 0], [2, 3]);
        check([[4, 3], [2, 2]], [2, 2], [4, 3], [0, 3]);
    }
}
