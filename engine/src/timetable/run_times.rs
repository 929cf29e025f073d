//! When each run is at its hub, and when bells ring that may be moved: so that as few vehicles as possible are needed at once.
//!
//! Runs come without clock times, because how they go doesn't depend on when. Here a program chooses, for every run, one of the
//! times in the window of its hub and, for every school that allows it, how far its bells move. What it pays for is vehicles: at no
//! time may more be under way than there are of a type, trips of the lines included, and the most at any time is what the day
//! costs. A vehicle is under way from leaving the hub for the first call to being back at the hub. Empty drives between different
//! hubs are left to the vehicle schedules, which is why the bound holds for this stage alone.

use std::collections::BTreeMap;

use super::line_plan::PlannedTrip;
use super::mip::{Column, Limits, Mip};
use super::retiming::Leeway;
use super::shared_fleet::{Moment, moments_within};
use crate::fleet::{Product, Vehicle};
use crate::ids::{SchoolId, VehicleTypeId};
use crate::plan::MovedBell;
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Fen;

/// Runs are at their hubs, and bells move, in steps of this.
const STEP: Duration = Duration::from_minutes(5);

/// A vehicle more than there are of its type costs so many days of one: what it works is in danger of being dropped.
const DAYS_BEYOND_THE_FLEET: i64 = 5;

/// A run without clock times.
#[derive(Clone, Debug)]
pub(super) struct UntimedRun {
    /// What is expected to work it.
    pub vehicle_type: VehicleTypeId,
    /// It may be at its hub in this time: arriving (inward) or leaving (outward); before bells move.
    pub window: TimeWindow,
    /// The school whose bells move the window.
    pub school: Option<SchoolId>,
    /// The vehicle is under way this long before it is at the hub …
    pub before: Duration,
    /// … and this long after.
    pub after: Duration,
    /// Price of a minute that people wait at the hub: after arriving, or before leaving.
    pub waiting_minute: Fen,
    /// Do they wait for the end of the window (inward), or from its beginning on (outward)?
    pub waits_for_end: bool,
}

/// Clock times for runs and bells.
#[derive(Clone, Debug)]
pub(super) struct RunTimes {
    /// By run: when it is at the hub.
    pub at_hub: Vec<ServiceTime>,
    /// Schools whose bells move.
    pub moved_bells: Vec<MovedBell>,
    /// Vehicles at the busiest time, and waiting at hubs.
    pub cost: Fen,
    /// No choice of times on the grid of five minutes costs less.
    pub lower_bound: Fen,
}

/// Runs, schools that may move their bells, and what the lines need.
pub(super) struct TimingProblem<'a> {
    /// Vehicles and prices.
    pub scenario: &'a Scenario,
    /// In any order.
    pub runs: &'a [UntimedRun],
    /// By school: so far either way.
    pub bell_shifts: BTreeMap<SchoolId, Duration>,
    /// Trips of the lines, whose vehicles are of the same types.
    pub trips: &'a [PlannedTrip],
}

/// What the columns mean.
struct Choices {
    /// By run: time at the hub.
    times: Vec<Vec<(ServiceTime, Column)>>,
    /// By school: bells so much later.
    bells: BTreeMap<SchoolId, Vec<(Duration, Column)>>,
    /// By type with runs.
    peaks: Vec<Peak>,
}

/// The vehicles of a type that are paid for.
struct Peak {
    vehicle_type: VehicleTypeId,
    /// At most as many as there are.
    used: Column,
    most: i32,
    /// More than there are.
    beyond: Column,
    /// When any run of the type may be under way.
    steps: Vec<i32>,
}

impl TimingProblem<'_> {
    /// Chooses times within the limits, none of them worse than [`Self::staggered`].
    pub fn choose(&self, limits: Limits) -> RunTimes {
        self.times(Some(limits))
    }

    /// Times without a search: bells stay, and one run after the other is at its hub when fewest vehicles are under way.
    pub fn staggered(&self) -> RunTimes {
        self.times(None)
    }

    /// Vehicles that are under way to, on or back from these runs, at the moments of the shared fleet, as far as those that work no
    /// lines don't suffice.
    pub fn taken_from_lines(&self, times: &RunTimes) -> BTreeMap<Moment, i64> {
        let mut taken: BTreeMap<Moment, i64> = BTreeMap::new();
        for (run, &at_hub) in self.runs.iter().zip(&times.at_hub) {
            let worked = TimeWindow::new(at_hub - run.before, at_hub + run.after + self.scenario.policy.lines.layover);
            for moment in moments_within(worked) {
                *taken.entry((run.vehicle_type, moment)).or_default() += 1;
            }
        }
        let fleet = &self.scenario.fleet;
        for (&(vehicle_type, _), taken) in &mut taken {
            let of_type = fleet.vehicles.iter().filter(|vehicle| vehicle.vehicle_type == vehicle_type);
            let others = of_type.filter(|vehicle| works_runs(vehicle) && !vehicle.products.contains(Product::Line));
            *taken = (*taken - others.count() as i64).max(0);
        }
        taken
    }

    fn times(&self, limits: Option<Limits>) -> RunTimes {
        let mut mip = Mip::default();
        let choices = self.columns(&mut mip);
        let start = mip.point(&self.one_after_the_other(&choices));
        let outcome = limits.filter(|_| !self.runs.is_empty()).map(|limits| mip.solve(limits, Some(&start)));
        let lower_bound = outcome.as_ref().and_then(|outcome| outcome.lower_bound).unwrap_or(0);
        let found = outcome.and_then(|outcome| outcome.values).filter(|found| mip.cost(found) <= mip.cost(&start));
        let values = found.unwrap_or(start);
        let chosen = |(run, choices): (&UntimedRun, &Vec<(ServiceTime, Column)>)| {
            let found = choices.iter().find(|(_, column)| column.value(&values) == 1);
            found.map_or(run.window.earliest, |&(time, _)| time)
        };
        let at_hub = self.runs.iter().zip(&choices.times).map(chosen).collect();
        let moved = |(&school, bells): (&SchoolId, &Vec<(Duration, Column)>)| {
            let found = bells.iter().find(|(_, column)| column.value(&values) == 1);
            let minutes = found.map_or(0, |(later, _)| later.seconds() / 60);
            (minutes != 0).then_some(MovedBell { school, minutes })
        };
        let moved_bells = choices.bells.iter().filter_map(moved).collect();
        let cost = Fen(mip.cost(&values));
        RunTimes { at_hub, moved_bells, cost, lower_bound: Fen(lower_bound.max(0)).min(cost) }
    }

    /// The columns of [`Self::staggered`] that are not zero.
    fn one_after_the_other(&self, choices: &Choices) -> Vec<(Column, f64)> {
        let mut under_way = self.vehicles_on_lines();
        let mut point = Vec::new();
        for (run, times) in self.runs.iter().zip(&choices.times) {
            let busiest = |time: ServiceTime| {
                let worked = steps(TimeWindow::new(time - run.before, time + run.after));
                worked.map(|step| 1 + under_way.get(&(run.vehicle_type, step)).copied().unwrap_or(0)).max().unwrap_or(1)
            };
            // Before bells move.
            let possible = times.iter().filter(|(time, _)| run.window.contains(*time));
            let best = possible.min_by_key(|(time, _)| (busiest(*time), run.waits_at(*time), *time));
            let Some(&(time, column)) = best else { continue };
            point.push((column, 1.0));
            for step in steps(TimeWindow::new(time - run.before, time + run.after)) {
                *under_way.entry((run.vehicle_type, step)).or_default() += 1;
            }
        }
        for bells in choices.bells.values() {
            let unmoved = bells.iter().find(|(later, _)| *later == Duration::ZERO);
            point.extend(unmoved.map(|&(_, column)| (column, 1.0)));
        }
        for peak in &choices.peaks {
            let reached =
                peak.steps.iter().map(|&step| under_way.get(&(peak.vehicle_type, step)).copied().unwrap_or(0));
            let reached = reached.max().unwrap_or(0);
            point.push((peak.used, f64::from(reached.min(peak.most))));
            point.push((peak.beyond, f64::from((reached - peak.most).max(0))));
        }
        point
    }

    fn shift_of(&self, run: &UntimedRun) -> Duration {
        run.school.and_then(|school| self.bell_shifts.get(&school)).copied().unwrap_or(Duration::ZERO)
    }

    fn columns(&self, mip: &mut Mip) -> Choices {
        let mut bells = BTreeMap::new();
        for (&school, &shift) in self.bell_shifts.iter().filter(|(_, shift)| **shift >= STEP) {
            let steps = shift.seconds() / STEP.seconds();
            let columns: Vec<(Duration, Column)> = (-steps..=steps)
                .map(|step| (Duration::from_seconds(step * STEP.seconds()), step))
                // Nothing moves for nothing.
                .map(|(later, step)| (later, mip.column(i64::from(step.abs()), 0.0, 1.0, true)))
                .collect();
            mip.row(1.0, 1.0, columns.iter().map(|&(_, column)| (column, 1.0)).collect());
            bells.insert(school, columns);
        }
        let mut times = Vec::new();
        for run in self.runs {
            let shift = self.shift_of(run);
            let slots = slots(TimeWindow::new(run.window.earliest - shift, run.window.latest + shift));
            let bell = run.school.and_then(|school| bells.get(&school));
            let mut columns = Vec::new();
            for slot in slots {
                // Waiting is counted from the bell that the scenario knows: a bell that moves moves what people do, too.
                let column = mip.column(run.waits_at(slot).0, 0.0, 1.0, true);
                if let Some(bell) = bell {
                    let allows = |later: Duration| {
                        TimeWindow::new(run.window.earliest + later, run.window.latest + later).contains(slot)
                    };
                    let allowing = bell.iter().filter(|(later, _)| allows(*later));
                    let terms = allowing.map(|&(_, rings)| (rings, -1.0)).chain([(column, 1.0)]);
                    mip.row(f64::NEG_INFINITY, 0.0, terms.collect());
                }
                columns.push((slot, column));
            }
            mip.row(1.0, 1.0, columns.iter().map(|&(_, column)| (column, 1.0)).collect());
            times.push(columns);
        }
        let peaks = self.limit_vehicles(mip, &times);
        Choices { times, bells, peaks }
    }

    /// Of each type, at each step of the day, no more vehicles under way than are paid for.
    fn limit_vehicles(&self, mip: &mut Mip, times: &[Vec<(ServiceTime, Column)>]) -> Vec<Peak> {
        let mut peaks = Vec::new();
        let fleet = &self.scenario.fleet;
        let on_lines = self.vehicles_on_lines();
        for (index, kind) in fleet.vehicle_types.iter().enumerate() {
            let id = VehicleTypeId::from_index(index);
            let mut under_way: BTreeMap<i32, Vec<(Column, f64)>> = BTreeMap::new();
            for (run, times) in self.runs.iter().zip(times).filter(|(run, _)| run.vehicle_type == id) {
                for &(time, column) in times {
                    for step in steps(TimeWindow::new(time - run.before, time + run.after)) {
                        under_way.entry(step).or_default().push((column, 1.0));
                    }
                }
            }
            if under_way.is_empty() {
                continue;
            }
            let most =
                fleet.vehicles.iter().filter(|vehicle| vehicle.vehicle_type == id && works_runs(vehicle)).count();
            let most = most as i32;
            let used = mip.column(kind.cost_per_day.0, 0.0, f64::from(most), true);
            let beyond = mip.column(kind.cost_per_day.0 * DAYS_BEYOND_THE_FLEET, 0.0, f64::INFINITY, true);
            let steps = under_way.keys().copied().collect();
            for (step, mut terms) in under_way {
                let busy = on_lines.get(&(id, step)).copied().unwrap_or(0);
                terms.extend([(used, -1.0), (beyond, -1.0)]);
                mip.row(f64::NEG_INFINITY, -f64::from(busy), terms);
            }
            peaks.push(Peak { vehicle_type: id, used, most, beyond, steps });
        }
        peaks
    }

    /// By type and step: vehicles on trips of the lines, as far as those that work lines alone don't suffice.
    fn vehicles_on_lines(&self) -> BTreeMap<(VehicleTypeId, i32), i32> {
        let mut busy: BTreeMap<(VehicleTypeId, i32), i32> = BTreeMap::new();
        for trip in self.trips {
            let running = self.scenario.pattern(trip.candidate.pattern).running_time();
            let departure = trip.candidate.departure;
            let until = departure + running + self.scenario.policy.lines.layover;
            for step in steps(TimeWindow::new(departure, until)) {
                *busy.entry((trip.candidate.vehicle_type, step)).or_default() += 1;
            }
        }
        let fleet = &self.scenario.fleet;
        for (&(vehicle_type, _), busy) in &mut busy {
            let lines_alone =
                fleet.of_type_for(vehicle_type, Product::Line).filter(|&id| !works_runs(fleet.vehicle(id)));
            *busy = (*busy - lines_alone.count() as i32).max(0);
        }
        busy
    }
}

impl UntimedRun {
    /// What it costs that people wait at the hub.
    /// How far it may move from a time at its hub, once bells have moved.
    pub fn leeway(&self, at_hub: ServiceTime, moved_bells: &[MovedBell]) -> Leeway {
        let of_school = moved_bells.iter().find(|bell| Some(bell.school) == self.school);
        let later = of_school.map_or(Duration::ZERO, |bell| Duration::from_minutes(bell.minutes));
        let minute = if self.waits_for_end { -self.waiting_minute.0 } else { self.waiting_minute.0 };
        Leeway {
            earlier: at_hub - (self.window.earliest + later),
            later: self.window.latest + later - at_hub,
            minute_later: Fen(minute),
        }
    }

    fn waits_at(&self, time: ServiceTime) -> Fen {
        let waits = if self.waits_for_end { self.window.latest - time } else { time - self.window.earliest };
        Fen(self.waiting_minute.0 * i64::from(waits.seconds().max(0)) / 60)
    }
}

/// May it work student or market runs?
fn works_runs(vehicle: &Vehicle) -> bool {
    [Product::Student, Product::Market].iter().any(|&product| vehicle.products.contains(product))
}

/// The times at the hub in a window: whole steps of the clock, and both ends.
fn slots(window: TimeWindow) -> Vec<ServiceTime> {
    let step = STEP.seconds();
    let first = window.earliest.seconds().div_euclid(step) + 1;
    let whole = (first..).map(|index| ServiceTime::from_seconds(index * step)).take_while(|&time| time < window.latest);
    let mut slots: Vec<ServiceTime> = std::iter::once(window.earliest).chain(whole).chain([window.latest]).collect();
    slots.dedup();
    slots
}

/// The steps of the day that a time of work touches.
fn steps(worked: TimeWindow) -> std::ops::RangeInclusive<i32> {
    let step = STEP.seconds();
    worked.earliest.seconds().div_euclid(step)..=(worked.latest.seconds() - 1).div_euclid(step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::sample;

    fn run(window: ((i32, i32), (i32, i32)), minutes: (i32, i32)) -> UntimedRun {
        let at = |(hour, minute)| ServiceTime::hm(hour, minute);
        UntimedRun {
            vehicle_type: VehicleTypeId(1),
            window: TimeWindow::new(at(window.0), at(window.1)),
            school: Some(SchoolId(0)),
            before: Duration::from_minutes(minutes.0),
            after: Duration::from_minutes(minutes.1),
            waiting_minute: Fen(10),
            waits_for_end: true,
        }
    }

    /// How many vehicles two runs need that arrive before a bell that may move so far.
    fn check(windows: [((i32, i32), (i32, i32)); 2], bell_shift_minutes: i32, expected_vehicles: i64) {
        let mut town = sample::small_town();
        let students = |vehicle: &mut crate::fleet::Vehicle| vehicle.products = vehicle.products.with(Product::Student);
        town.fleet.vehicles.iter_mut().for_each(students);
        let mut runs: Vec<UntimedRun> = windows.into_iter().map(|window| run(window, (30, 5))).collect();
        runs[1].school = None;
        let shift = Duration::from_minutes(bell_shift_minutes);
        let bell_shifts = BTreeMap::from([(SchoolId(0), shift)]);
        let problem = TimingProblem { scenario: &town, runs: &runs, bell_shifts, trips: &[] };
        let times = problem.choose(Limits::NONE);
        let day = town.fleet.vehicle_types[1].cost_per_day.0;
        assert_eq!(times.cost.0 / day, expected_vehicles, "{times:?}");
        assert!(times.lower_bound <= times.cost, "{times:?}");
        for (index, run) in runs.iter().enumerate() {
            let moved = times.moved_bells.iter().find(|bell| Some(bell.school) == run.school);
            let later = Duration::from_minutes(moved.map_or(0, |bell| bell.minutes));
            let window = TimeWindow::new(run.window.earliest + later, run.window.latest + later);
            assert!(window.contains(times.at_hub[index]), "run {index}: {times:?}");
        }
    }

    #[test]
    fn staggered_arrivals_share_a_vehicle() {
        check([((7, 20), (7, 55)), ((7, 20), (7, 55))], 0, 1);
        check([((7, 20), (7, 40)), ((7, 20), (7, 40))], 0, 2);
        check([((7, 0), (7, 10)), ((7, 40), (7, 50))], 0, 1);
    }

    #[test]
    fn a_bell_that_may_move_saves_a_vehicle() {
        check([((7, 20), (7, 40)), ((7, 20), (7, 40))], 10, 2);
        check([((7, 20), (7, 40)), ((7, 20), (7, 40))], 15, 1);
    }
}
