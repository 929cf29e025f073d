//! Which vehicles could make a stop at some place and time, without looking at every route.
//!
//! The legs of all routes are filed by the time in which their vehicle could make a detour. For a request only legs that are open
//! in its pickup window are looked at, side by side in memory; each tells in constant time whether the pickup alone fits in and what
//! it adds. Vehicles are then tried exactly (`insertion`) in the order of what they add at least, until the next one could only be
//! dearer: the answer is that of trying all of them. Of equal vehicles that stay at their depots only the first is tried.
//!
//! What an insertion adds is at least what its pickup alone adds only if detours never save anything. The fastest way may be longer
//! than a detour; the most that one saves is measured once, when the index is made ([`InsertionIndex::of`]), and allowed for.

use super::insertion::{Insertion, Scratch, Wanted, cheapest_on};
use super::problem::Problem;
use super::refusal::{self, Refusal};
use super::solution::Solution;
use crate::ids::PlaceId;

/// Legs are filed by quarters of an hour.
const SLOT_SECONDS: i64 = 900;
/// Legs further from the beginning of the service day than so many slots either way share the last slot.
const SLOTS: i64 = 160;

/// A drive from one stop or depot to the next, with what its vehicle has to spare.
#[derive(Clone, Copy, Debug)]
struct Leg {
    vehicle: u32,
    from: PlaceId,
    to: PlaceId,
    /// Service at its beginning ends at the earliest.
    departs: i64,
    /// Service at its end begins at the latest.
    arrives: i64,
    first_slot: u16,
}

/// The legs of all routes of a solution, by time. Kept in step with the solution by [`InsertionIndex::update`].
#[derive(Clone, Debug)]
pub struct InsertionIndex {
    /// By slot: legs whose vehicle could make a detour in it.
    slots: Vec<Vec<Leg>>,
    /// By vehicle: the slots in which it has legs; none while it stays at its depot.
    spans: Vec<Option<(u16, u16)>>,
    /// Of equal vehicles that stay at their depots the first.
    idle: Vec<u32>,
    most_saved: i64,
}

impl InsertionIndex {
    /// The index of a solution. Takes time in proportion to the third power of the number of places.
    pub fn of(problem: &Problem, solution: &Solution) -> Self {
        let count = problem.vehicles().len();
        let slots = vec![Vec::new(); 2 * SLOTS as usize + 1];
        let mut index = Self { slots, spans: vec![None; count], idle: Vec::new(), most_saved: most_saved(problem) };
        (0..count).for_each(|vehicle| index.file(problem, solution, vehicle));
        index.find_idle(problem, solution);
        index
    }

    /// Files a vehicle anew whose route or specification has changed.
    pub fn update(&mut self, problem: &Problem, solution: &Solution, vehicle: usize) {
        self.file(problem, solution, vehicle);
        self.find_idle(problem, solution);
    }

    fn find_idle(&mut self, problem: &Problem, solution: &Solution) {
        let firsts = problem.first_equals();
        let mut is_found = vec![false; firsts.len()];
        self.idle.clear();
        for (vehicle, &first) in firsts.iter().enumerate() {
            if solution.routes[vehicle].stops.is_empty() && !std::mem::replace(&mut is_found[first], true) {
                self.idle.push(vehicle as u32);
            }
        }
    }

    fn file(&mut self, problem: &Problem, solution: &Solution, vehicle: usize) {
        if let Some((first, last)) = self.spans[vehicle].take() {
            for slot in &mut self.slots[usize::from(first)..=usize::from(last)] {
                slot.retain(|leg| leg.vehicle as usize != vehicle);
            }
        }
        let route = &solution.routes[vehicle];
        if route.stops.is_empty() {
            return;
        }
        let begun = problem.vehicles()[vehicle].begun_stops.min(route.stops.len());
        let mut span: Option<(u16, u16)> = None;
        for node in begun..route.nodes.len() - 1 {
            let (departs, arrives) = (route.earliest[node] + route.nodes[node].service, route.latest[node + 1]);
            if departs > arrives {
                continue;
            }
            let (first_slot, last_slot) = (slot_of(departs), slot_of(arrives));
            let (from, to) = (route.nodes[node].place, route.nodes[node + 1].place);
            let leg = Leg { vehicle: vehicle as u32, from, to, departs, arrives, first_slot };
            for slot in &mut self.slots[usize::from(first_slot)..=usize::from(last_slot)] {
                slot.push(leg);
            }
            let (first, last) = span.unwrap_or((first_slot, last_slot));
            span = Some((first.min(first_slot), last.max(last_slot)));
        }
        self.spans[vehicle] = span;
    }

    /// The cheapest feasible insertion, as [`super::cheapest_insertion`] finds it.
    pub fn cheapest<'a>(
        &self,
        problem: &Problem,
        solution: &Solution,
        wanted: impl Into<Wanted<'a>>,
    ) -> Option<Insertion> {
        let wanted = wanted.into();
        let mut scratch = Scratch::default();
        if let Some(pinned) = wanted.spec.vehicle.map(|vehicle| vehicle as usize) {
            let exists = pinned < solution.routes.len();
            return exists.then(|| cheapest_on(problem, solution, wanted, pinned, None, &mut scratch)).flatten();
        }
        // What is told otherwise may be saved by coming at other times: nothing bounds what an insertion adds.
        if problem.prices_changes() {
            return super::cheapest_insertion(problem, solution, wanted);
        }
        let mut best: Option<Insertion> = None;
        let mut try_vehicle = |vehicle: u32, best: &mut Option<Insertion>| {
            // At an equal cost the vehicle that comes first is taken.
            let below = best.map(|best| best.cost + i64::from((vehicle as usize) < best.vehicle));
            let found = cheapest_on(problem, solution, wanted, vehicle as usize, below, &mut scratch);
            *best = [*best, found].into_iter().flatten().min();
        };
        self.idle.iter().for_each(|&idle| try_vehicle(idle, &mut best));
        for (at_least, vehicle) in self.candidates(problem, wanted) {
            if best.is_some_and(|best| at_least - self.most_saved > best.cost) {
                break;
            }
            try_vehicle(vehicle, &mut best);
        }
        best
    }

    /// The cheapest feasible insertion, or why there is none, as [`super::best_insertion`] says it.
    pub fn best<'a>(
        &self,
        problem: &Problem,
        solution: &Solution,
        wanted: impl Into<Wanted<'a>>,
    ) -> Result<Insertion, Refusal> {
        let wanted = wanted.into();
        self.cheapest(problem, solution, wanted).ok_or_else(|| refusal::explain(problem, solution, wanted))
    }

    /// Vehicles on the road that could make the pickup, with what it adds at least, cheapest first.
    fn candidates(&self, problem: &Problem, wanted: Wanted<'_>) -> Vec<(i64, u32)> {
        let pickup = &wanted.spec.pickup;
        let (earliest, latest) =
            (i64::from(pickup.window.earliest.seconds()), i64::from(pickup.window.latest.seconds()));
        let service = i64::from(pickup.service.seconds());
        let (first, last) = (slot_of(earliest), slot_of(latest));
        let mut found: Vec<(i64, u32)> = Vec::new();
        for slot in first..=last {
            for leg in &self.slots[usize::from(slot)] {
                // A leg of several slots is looked at in the first of them that is asked for.
                if leg.first_slot.max(first) != slot || leg.departs > latest || leg.arrives < earliest {
                    continue;
                }
                let vehicle = leg.vehicle as usize;
                let driving = problem.driving(vehicle);
                let (there, back) = (driving.leg(leg.from, pickup.place), driving.leg(pickup.place, leg.to));
                let begin = earliest.max(leg.departs + there.seconds);
                if begin <= latest && begin + service + back.seconds <= leg.arrives {
                    let added = there.cost + back.cost - driving.leg(leg.from, leg.to).cost;
                    found.push((added, leg.vehicle));
                }
            }
        }
        found.sort_unstable_by_key(|&(added, vehicle)| (vehicle, added));
        found.dedup_by_key(|&mut (_, vehicle)| vehicle);
        found.sort_unstable();
        found
    }
}

fn slot_of(time: i64) -> u16 {
    (time.div_euclid(SLOT_SECONDS).clamp(-SLOTS, SLOTS) + SLOTS) as u16
}

/// The most by which driving on to a third place is cheaper than driving directly, at any vehicle's speed.
fn most_saved(problem: &Problem) -> i64 {
    let places = problem.travel().places();
    let mut speeds: Vec<usize> = Vec::new();
    for vehicle in 0..problem.vehicles().len() {
        let percent = |vehicle: usize| problem.vehicles()[vehicle].driving_time_percent;
        if speeds.iter().all(|&other| percent(other) != percent(vehicle)) {
            speeds.push(vehicle);
        }
    }
    let mut most = 0;
    for vehicle in speeds {
        let cost =
            |from: usize, to: usize| problem.driving_cost(vehicle, PlaceId::from_index(from), PlaceId::from_index(to));
        let matrix: Vec<i64> = (0..places * places).map(|entry| cost(entry / places, entry % places)).collect();
        let rows: Vec<&[i64]> = matrix.chunks_exact(places.max(1)).collect();
        for from in &rows {
            for (via, onward) in rows.iter().enumerate() {
                let there = from[via];
                let saved = from.iter().zip(*onward).map(|(&directly, &on)| directly - there - on).max();
                most = most.max(saved.unwrap_or_default());
            }
        }
    }
    most
}
