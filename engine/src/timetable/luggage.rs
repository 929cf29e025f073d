//! What market goers carry, shared out among the runs that bring them.

use std::collections::{BTreeMap, VecDeque};

use crate::plan::{Run, RunDemand, RunDirection};
use crate::scenario::Scenario;
use crate::units::quotient_rounded_up;

/// Gives everybody on the runs their share, in whole units: all who are brought together carry their part of the luggage, rounded
/// up, and nobody more than a fair share rounded up. Who gets off first is who boarded first.
pub(super) fn share_luggage(scenario: &Scenario, runs: &mut [Run]) {
    let mut brought: BTreeMap<(RunDemand, RunDirection), i32> = BTreeMap::new();
    for run in runs {
        let mut aboard: BTreeMap<RunDemand, VecDeque<i32>> = BTreeMap::new();
        for riders in run.calls.iter_mut().flat_map(|call| &mut call.boardings) {
            let RunDemand::Goers(goers) = riders.of else { continue };
            let goers = &scenario.market_goers[goers.index()];
            let all = match run.direction {
                RunDirection::Inward => goers.luggage_in,
                RunDirection::Outward => goers.luggage_home,
            };
            let luggage_of = |people: i32| {
                quotient_rounded_up(i64::from(all) * i64::from(people), i64::from(goers.people.max(1))) as i32
            };
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
