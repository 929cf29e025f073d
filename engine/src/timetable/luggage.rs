//! What market goers carry, shared out among the runs that bring them.

use std::collections::{BTreeMap, VecDeque};

use crate::demand::MarketGoers;
use crate::plan::{Run, RunDemand, RunDirection, RunRiders};
use crate::scenario::Scenario;
use crate::units::quotient_rounded_up;

/// How much the market goers on a run carry at most, however shares are rounded.
pub(super) fn most_luggage(scenario: &Scenario, run: &Run) -> i32 {
    let of = |riders: &RunRiders| match riders.of {
        RunDemand::Goers(goers) => luggage_of(&scenario.market_goers[goers.index()], run.direction, riders.people),
        RunDemand::Pupils(_) => riders.luggage,
    };
    run.calls.iter().flat_map(|call| &call.boardings).map(of).sum()
}

/// Of so many of them, rounded up.
fn luggage_of(goers: &MarketGoers, direction: RunDirection, people: i32) -> i32 {
    let all = match direction {
        RunDirection::Inward => goers.luggage_in,
        RunDirection::Outward => goers.luggage_home,
    };
    quotient_rounded_up(i64::from(all) * i64::from(people), i64::from(goers.people.max(1))) as i32
}

/// Gives everybody on the runs their share, in whole units: all who are brought together carry their part of the luggage, rounded
/// up, and nobody more than a fair share rounded up. Who gets off first is who boarded first.
pub(super) fn share_luggage(scenario: &Scenario, runs: &mut [Run]) {
    let mut brought: BTreeMap<(RunDemand, RunDirection), i32> = BTreeMap::new();
    for run in runs {
        let mut aboard: BTreeMap<RunDemand, VecDeque<i32>> = BTreeMap::new();
        for riders in run.calls.iter_mut().flat_map(|call| &mut call.boardings) {
            let RunDemand::Goers(goers) = riders.of else { continue };
            let goers = &scenario.market_goers[goers.index()];
            let luggage_of = |people: i32| luggage_of(goers, run.direction, people);
            let before = brought.entry((riders.of, run.direction)).or_default();
            riders.luggage = luggage_of(*before + riders.people) - luggage_of(*before);
            *before += riders.people;
            aboard.entry(riders.of).or_default().push_back(riders.luggage);
        }
        for riders in run.calls.iter_mut().flat_map(|call| &mut call.alightings) {
            if let Some(luggage) = aboard.get_mut(&riders.of).and_then(VecDeque::pop_front) {
                riders.luggage = luggage;
            }
        }
    }
}
