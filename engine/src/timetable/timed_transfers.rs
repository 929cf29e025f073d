//! Departures move a little so that lines meet where people change.
//!
//! Lines are planned one by one; what they cost together with those who change is seen here. A departure, or two that one vehicle
//! works one after the other, moves by some steps of the grid where that saves those who change more than it costs the line. Moves
//! are looked at cheaply, those that promise most are priced exactly, and the best one that holds what it promises is made, until
//! none does. So the plans never become dearer, all counted, and stay on the grid for which bounds hold.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::PlanError;
use super::connections::{Departures, Transfers, departures_of};
use super::fleet_prices::SharedLines;
use super::line_model::Candidate;
use super::line_plan::{LinePlan, with_departures};
use super::overloads::{Plans, used};
use super::rough_cost::RoughLine;
use super::shared_fleet::{Moment, Usage, moments, overload};
use super::stage::on_threads;
use crate::ids::{PatternId, RouteId};
use crate::time::Duration;

/// Departures move by so many steps of the grid at once, at most; they may move again.
const MOST_STEPS: i32 = 2;

/// So many moves are priced before the next is chosen, whatever the number of threads.
const PRICED_AT_ONCE: usize = 4;

/// So many moves are priced at most; a clock may end it earlier.
const MOST_PRICED: usize = 240;

/// Moves departures until no move is worth it, or it is over.
pub(super) fn time_transfers(
    shared: &SharedLines,
    plans: &mut Plans,
    is_over: &(dyn Fn() -> bool + Sync),
) -> Result<(), PlanError> {
    let transfers = Transfers::of_day(shared.scenario, shared.day);
    if transfers.is_empty() || is_over() {
        return Ok(());
    }
    let lines = (0..plans.len()).map(|line| RoughLine::new(shared.scenario, shared.day, RouteId::from_index(line)));
    let mut search = Search { shared, transfers, lines: lines.collect(), plans, priced: BTreeMap::new(), work: 0 };
    while let Some((change, plan)) = search.best_move(is_over)? {
        search.plans[change.line] = Some(plan);
        // Moves of other lines cost what they did.
        search.priced.retain(|other, _| other.line != change.line);
    }
    Ok(())
}

/// Departures of a line that leave so many steps of the grid later (negative: earlier).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Move {
    line: usize,
    departures: Vec<Candidate>,
    steps: i32,
}

/// What a move is known to change, in fen: negative is cheaper.
struct Promise {
    change: Move,
    /// For those who change lines, and for vehicles beyond the fleet.
    around: i64,
    /// All together: exact once the line has been priced, else about.
    together: i64,
}

struct Search<'a> {
    shared: &'a SharedLines<'a>,
    transfers: Transfers<'a>,
    /// By route.
    lines: Vec<RoughLine<'a>>,
    plans: &'a mut Plans,
    /// Lines after moves that have been priced; nothing where their vehicles can't make them.
    priced: BTreeMap<Move, Option<LinePlan>>,
    /// Moves priced so far.
    work: usize,
}

impl Search<'_> {
    /// The move that saves most as far as looked at, with its line's plan after it. When it is over, no more moves are priced.
    fn best_move(&mut self, is_over: &(dyn Fn() -> bool + Sync)) -> Result<Option<(Move, LinePlan)>, PlanError> {
        let mut promises = self.promises();
        loop {
            promises.retain(|promise| promise.together < 0);
            promises.sort_by(|one, other| (one.together, &one.change).cmp(&(other.together, &other.change)));
            let known = |promise: &Promise| self.priced.get(&promise.change).cloned().flatten();
            let Some(first) = promises.first() else { return Ok(None) };
            if let Some(plan) = known(first) {
                return Ok(Some((first.change.clone(), plan)));
            }
            let is_new = |promise: &&Promise| !self.priced.contains_key(&promise.change);
            let next: Vec<Move> =
                promises.iter().filter(is_new).take(PRICED_AT_ONCE).map(|promise| promise.change.clone()).collect();
            if is_over() || self.work + next.len() > MOST_PRICED {
                return Ok(promises.iter().find_map(|promise| Some((promise.change.clone(), known(promise)?))));
            }
            self.work += next.len();
            self.price(next)?;
            for promise in &mut promises {
                if let Some(found) = self.priced.get(&promise.change) {
                    promise.together = self.with_line(promise.around, &promise.change, found.as_ref());
                }
            }
        }
    }

    /// What a priced move changes; far too much where it can't be made.
    fn with_line(&self, around: i64, change: &Move, found: Option<&LinePlan>) -> i64 {
        match (found, &self.plans[change.line]) {
            (Some(found), Some(before)) => around + found.cost.0 - before.cost.0,
            _ => i64::MAX,
        }
    }

    /// Prices moves exactly: whole passengers, every segment's seats, the line's own vehicles.
    fn price(&mut self, moves: Vec<Move>) -> Result<(), PlanError> {
        let SharedLines { scenario, day, options, .. } = *self.shared;
        let found: Vec<Mutex<Option<LinePlan>>> = moves.iter().map(|_| Mutex::new(None)).collect();
        let plans = &*self.plans;
        let price = |index: usize| -> Result<(), PlanError> {
            let change = &moves[index];
            if let Some(plan) = &plans[change.line]
                && let Some(departures) = self.after(plan, change)
            {
                // A departure that the line's grid doesn't have is none.
                let priced = with_departures((scenario, day), plan, &departures)
                    .filter(|priced| priced.trips.len() == departures.len());
                *found[index].lock().unwrap_or_else(PoisonError::into_inner) = priced;
            }
            Ok(())
        };
        let all: Vec<usize> = (0..moves.len()).collect();
        on_threads(options.threads, &all, &price)?;
        let found = found.into_iter().map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner));
        self.priced.extend(moves.into_iter().zip(found));
        Ok(())
    }

    /// All moves that save time of those who change lines.
    fn promises(&self) -> Vec<Promise> {
        let scenario = self.shared.scenario;
        let all = self.plans.iter().flatten().flat_map(|plan| &plan.trips).map(|trip| trip.candidate);
        let before = departures_of(scenario, all.clone());
        let used = used(self.shared.fleet, self.plans);
        let mut after = before.clone();
        let mut promises = Vec::new();
        for (line, plan) in self.plans.iter().enumerate() {
            let Some(plan) = plan else { continue };
            let departures: Vec<Candidate> = plan.trips.iter().map(|trip| trip.candidate).collect();
            let rough_before = self.lines[line].cost(&departures);
            for change in self.moves(line, &departures) {
                let Some(moved) = self.after(plan, &change) else { continue };
                let patterns: Vec<PatternId> = change.departures.iter().map(|departure| departure.pattern).collect();
                set_departures(&mut after, &patterns, &moved);
                let saved = -self.transfers.change_in_cost(&patterns, &before, &after);
                set_departures(&mut after, &patterns, &departures);
                if saved <= 0 {
                    continue;
                }
                let around = self.overload_change(&used, &change) - saved;
                let together = match self.priced.get(&change) {
                    Some(found) => self.with_line(around, &change, found.as_ref()),
                    None => around + self.lines[line].cost(&moved) - rough_before,
                };
                promises.push(Promise { change, around, together });
            }
        }
        promises
    }

    /// Of the lines where anybody changes: each departure by some steps, and with it the one before or after it that the same
    /// vehicle could otherwise not work.
    fn moves(&self, line: usize, departures: &[Candidate]) -> Vec<Move> {
        let scenario = self.shared.scenario;
        let ready = |trip: &Candidate| {
            trip.departure + scenario.pattern(trip.pattern).running_time() + scenario.policy.lines.layover
        };
        let first_stop = |trip: &Candidate| scenario.pattern(trip.pattern).first_stop();
        let last_stop = |trip: &Candidate| scenario.pattern(trip.pattern).last_stop();
        let mut moves = Vec::new();
        for &trip in departures.iter().filter(|trip| self.transfers.touches(trip.pattern)) {
            let of_type = || departures.iter().filter(|other| other.vehicle_type == trip.vehicle_type);
            let onward =
                of_type().filter(|next| first_stop(next) == last_stop(&trip) && next.departure >= ready(&trip));
            let next = onward.min_by_key(|next| (next.departure, next.pattern));
            let coming = of_type().filter(|last| last_stop(last) == first_stop(&trip) && ready(last) <= trip.departure);
            let last = coming.max_by_key(|last| (ready(last), last.pattern));
            for steps in (-MOST_STEPS..=MOST_STEPS).filter(|&steps| steps != 0) {
                let shift = self.shift(steps);
                let pushed = next.filter(|next| ready(&trip) + shift > next.departure);
                let pulled = last.filter(|last| ready(last) > trip.departure + shift);
                moves.push(Move { line, departures: vec![trip], steps });
                moves.extend(pushed.map(|&next| Move { line, departures: vec![trip, next], steps }));
                moves.extend(pulled.map(|&last| Move { line, departures: vec![trip, last], steps }));
            }
        }
        moves
    }

    fn shift(&self, steps: i32) -> Duration {
        Duration::from_seconds(steps * self.shared.scenario.policy.lines.departure_grid.seconds())
    }

    /// The departures of a line after a move; nothing where one is there already.
    fn after(&self, plan: &LinePlan, change: &Move) -> Option<Vec<Candidate>> {
        let shift = self.shift(change.steps);
        let moved = |departure: Candidate| Candidate { departure: departure.departure + shift, ..departure };
        let now = plan.trips.iter().map(|trip| trip.candidate);
        let mut departures: Vec<Candidate> = now.filter(|departure| !change.departures.contains(departure)).collect();
        for departure in change.departures.iter().copied().map(moved) {
            let is_it =
                |other: &Candidate| (other.pattern, other.departure) == (departure.pattern, departure.departure);
            if departures.iter().any(is_it) {
                return None;
            }
            departures.push(departure);
        }
        departures.sort_unstable();
        Some(departures)
    }

    /// What vehicles beyond the fleet cost more after a move, in fen.
    fn overload_change(&self, used: &Usage, change: &Move) -> i64 {
        let (scenario, shift) = (self.shared.scenario, self.shift(change.steps));
        let mut more: BTreeMap<Moment, i64> = BTreeMap::new();
        for &departure in &change.departures {
            let moved = Candidate { departure: departure.departure + shift, ..departure };
            moments(scenario, departure).for_each(|moment| *more.entry(moment).or_default() -= 1);
            moments(scenario, moved).for_each(|moment| *more.entry(moment).or_default() += 1);
        }
        let beyond = |(moment, more): (Moment, i64)| {
            let (used, vehicles) =
                (used.get(&moment).map_or(0, |used| *used as i64), self.shared.fleet.vehicles(moment));
            (used + more - vehicles).max(0) - (used - vehicles).max(0)
        };
        overload(scenario) * more.into_iter().map(beyond).sum::<i64>()
    }
}

/// Replaces the departures of these patterns by those of a line that has them.
fn set_departures(departures: &mut Departures, patterns: &[PatternId], line: &[Candidate]) {
    for pattern in patterns {
        let of_pattern = line.iter().filter(|candidate| candidate.pattern == *pattern);
        let times = &mut departures[pattern.index()];
        times.clear();
        times.extend(of_pattern.map(|candidate| candidate.departure));
        times.sort_unstable();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::{DemandDays, LineDemand};
    use crate::ids::VehicleTypeId;
    use crate::scenario::{Scenario, sample};
    use crate::stop_signal::StopSignal;
    use crate::time::ServiceTime;
    use crate::timetable::PlanOptions;
    use crate::timetable::shared_fleet::LineFleet;
    use crate::units::Fen;

    /// Two lines that share the station, and nobody but those of the test.
    fn town() -> Scenario {
        let mut town = sample::with_second_line();
        town.line_demand.clear();
        let lines = &mut town.policy.lines;
        (lines.least_departures, lines.largest_gap) = (1, Duration::from_minutes(24 * 60));
        (lines.first_departure_by, lines.last_departure_from) = (ServiceTime::hm(8, 0), ServiceTime::hm(8, 0));
        town
    }

    fn riders(pattern: u32, (hour, minute): (i32, i32), passengers: i32) -> LineDemand {
        LineDemand {
            pattern: PatternId(pattern),
            from_stop: 0,
            to_stop: 4,
            days: DemandDays::Every,
            wanted_boarding: ServiceTime::hm(hour, minute),
            passengers,
        }
    }

    fn departure(pattern: u32, (hour, minute): (i32, i32)) -> Candidate {
        let departure = ServiceTime::hm(hour, minute);
        Candidate { pattern: PatternId(pattern), departure, vehicle_type: VehicleTypeId(0) }
    }

    /// Plans with these departures before and after lines were timed, and what all of them cost together.
    fn timed(town: &Scenario, departures: &[Vec<Candidate>], is_over: bool) -> (Vec<Candidate>, [Fen; 2]) {
        let day = town.day_type(sample::market_day()).expect("a known date");
        let (taken, options) = (BTreeMap::new(), PlanOptions::default());
        let fleet = LineFleet { scenario: town, taken: &taken };
        let shared = SharedLines { scenario: town, fleet, day: &day, options: &options, stop: StopSignal::NEVER };
        let of_line = |(line, departures): (usize, &Vec<Candidate>)| {
            let (route, trips) = (RouteId::from_index(line), Vec::new());
            let none = LinePlan { route, trips, cost: Fen(0), lower_bound: Fen(0), relaxed: Vec::new() };
            with_departures((town, &day), &none, departures)
        };
        let mut plans: Vec<Option<LinePlan>> = departures.iter().enumerate().map(of_line).collect();
        let transfers = Transfers::of_day(town, &day);
        let cost = |plans: &Plans| {
            let made = plans.iter().flatten().flat_map(|plan| &plan.trips).map(|trip| trip.candidate);
            let of_lines: i64 = plans.iter().flatten().map(|plan| plan.cost.0).sum();
            let beyond = crate::timetable::overloads::overloads(fleet, plans).values().sum::<i64>();
            Fen(of_lines + beyond * overload(town) + transfers.cost(&departures_of(town, made)))
        };
        let before = cost(&plans);
        time_transfers(&shared, &mut plans, &|| is_over).expect("no defect");
        let made = plans.iter().flatten().flat_map(|plan| &plan.trips).map(|trip| trip.candidate).collect();
        (made, [before, cost(&plans)])
    }

    /// So many people come to the station at 07:30 and want to go on, beside those whose own the departures are: twenty of the
    /// first line, so many each of the second line's departures at 07:30 and 08:30. Departures then.
    fn check(changing: i32, own: i32, expected: [(i32, i32); 3]) {
        let mut town = town();
        town.line_transfers = vec![sample::changing((1, 4), (2, 0), ServiceTime::hm(7, 30), changing)];
        // A line has departures from the first to the last time that anybody wants: somebody is early.
        town.line_demand = vec![riders(1, (6, 30), 1), riders(1, (7, 0), 20)];
        town.line_demand.extend([riders(2, (7, 30), own), riders(2, (8, 30), own)]);
        let departures = [vec![departure(1, (7, 0))], vec![departure(2, (7, 30)), departure(2, (8, 30))]];
        let (made, [before, after]) = timed(&town, &departures, false);
        let expected = [departure(1, expected[0]), departure(2, expected[1]), departure(2, expected[2])];
        assert_eq!(made, expected, "{changing} change, {own} would be moved");
        assert!(if made == departures.concat() { after == before } else { after < before }, "{before} {after}");
    }

    #[test]
    fn two_lines_that_just_miss_each_other_meet() {
        check(6, 12, [(7, 0), (7, 40), (8, 30)]);
        // Those on the way to the station are fewer than those who leave it.
        check(8, 25, [(6, 50), (7, 30), (8, 30)]);
    }

    #[test]
    fn lines_stay_where_meeting_costs_more_than_it_saves() {
        check(3, 25, [(7, 0), (7, 30), (8, 30)]);
    }

    #[test]
    fn a_stop_leaves_everything_as_it_is() {
        let mut town = town();
        town.line_transfers = vec![sample::changing((1, 4), (2, 0), ServiceTime::hm(7, 30), 6)];
        town.line_demand = vec![riders(1, (7, 0), 20), riders(2, (7, 30), 1), riders(2, (8, 30), 1)];
        let departures = [vec![departure(1, (7, 0))], vec![departure(2, (7, 30)), departure(2, (8, 30))]];
        assert_eq!(timed(&town, &departures, true).0, departures.concat());
        assert_ne!(timed(&town, &departures, false).0, departures.concat());
    }

    #[test]
    fn a_vehicle_that_would_be_late_takes_its_next_departure_along() {
        let mut town = town();
        // A bus goes out at 07:30 and back at 08:10, for which it would be late.
        town.line_transfers = vec![sample::changing((1, 4), (2, 0), ServiceTime::hm(7, 30), 6)];
        town.line_demand = vec![riders(1, (7, 0), 20), riders(2, (7, 30), 6)];
        town.line_demand.extend([riders(3, (8, 10), 6), riders(3, (8, 30), 1)]);
        let departures = [vec![departure(1, (7, 0))], vec![departure(2, (7, 30)), departure(3, (8, 10))]];
        let (made, [before, after]) = timed(&town, &departures, false);
        assert_eq!(made, [departure(1, (7, 0)), departure(2, (7, 40)), departure(3, (8, 20))]);
        assert!(after < before);
    }

    #[test]
    fn departures_that_keep_the_rules_stay_within_them() {
        let mut town = town();
        // The first departure of the second line is as late as policy allows.
        town.policy.lines.first_departure_by = ServiceTime::hm(7, 30);
        town.line_transfers = vec![sample::changing((1, 4), (2, 0), ServiceTime::hm(7, 30), 6)];
        town.line_demand = vec![riders(1, (7, 0), 28), riders(2, (7, 0), 1), riders(2, (8, 30), 1)];
        let departures = [vec![departure(1, (7, 0))], vec![departure(2, (7, 30)), departure(2, (8, 30))]];
        let (made, _) = timed(&town, &departures, false);
        assert_eq!(made[1], departure(2, (7, 30)), "{made:?}");
    }
}
