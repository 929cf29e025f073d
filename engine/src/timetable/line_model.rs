//! One line as a mixed-integer program.
//!
//! - *Departures*: a binary per pattern, grid point and permitted vehicle type.
//! - *Passengers*: each demand group is spread over the departures within the accepted deviation, or stays behind at the
//!   price of the policy. Links per group and departure make the relaxation strong; so do capacity rows whose
//!   coefficients are cut to min(seats, demand in reach), on the segments no other segment dominates.
//! - *Coverage*: rows over departures and *missing departures*, which cost their price and carry nobody, so that no rule
//!   of the policy can make the model infeasible.
//! - *Vehicles*: per type and end of the line, vehicles come from the nearest depot of the type, wait, and go home; what
//!   comes in goes out. A vehicle pays its day, its kilometres and every hour between leaving and returning.
//!
//! All costs are whole fen per unit, so the cost of a whole-numbered solution is exact.

use std::collections::BTreeMap;

use super::coverage;
use super::demand_groups::DemandGroup;
use super::mip::{Column, Mip};
use super::shared_fleet::{Moment, SharedFleet, moments, overload};
use crate::fleet::Product;
use crate::ids::{PatternId, PlaceId, RouteId, VehicleTypeId};
use crate::policy::LinePolicy;
use crate::scenario::Scenario;
use crate::time::ServiceTime;
use crate::units::Fen;

/// A departure that the model may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Line, direction, stops.
    pub pattern: PatternId,
    /// From the first stop.
    pub departure: ServiceTime,
    /// What would work it.
    pub vehicle_type: VehicleTypeId,
}

/// The model of one line, with the meaning of its columns.
pub(super) struct LineModel<'a> {
    scenario: &'a Scenario,
    pub(super) mip: Mip,
    /// Binary: is the departure made?
    pub(super) departures: Vec<(Candidate, Column)>,
    /// Passengers of a group on the departure of a pattern at a time, whatever works it.
    pub(super) assignments: Vec<Assignment>,
    types: Vec<VehicleTypeId>,
    pinned: Option<&'a [Candidate]>,
}

/// What happens at one end of the line, by time.
#[derive(Default)]
struct Terminal {
    /// Trips that end here.
    arrivals: BTreeMap<ServiceTime, Vec<(Column, f64)>>,
    /// Vehicles that are ready (+) and that leave on a trip (−).
    events: BTreeMap<ServiceTime, Vec<(Column, f64)>>,
}

/// Passengers of a group on a departure.
pub(super) struct Assignment {
    pub(super) pattern: PatternId,
    pub(super) group: DemandGroup,
    pub(super) departure: ServiceTime,
    pub(super) column: Column,
}

/// A pattern of the line with its demand.
pub(super) struct PatternDemand {
    pub(super) pattern: PatternId,
    pub(super) groups: Vec<DemandGroup>,
    /// Schools and markets that a departure has to reach.
    pub(super) arrivals: Vec<coverage::Arrival>,
    /// Departures of today's timetable on the date, ascending; others cost what the policy says.
    pub(super) todays: Vec<ServiceTime>,
}

impl PatternDemand {
    /// What a departure costs for being new to the public: nothing within half a step of the grid from one of today's.
    pub(super) fn change_cost(&self, policy: &LinePolicy, departure: ServiceTime) -> Fen {
        let is_near = |today: &ServiceTime| 2 * (*today - departure).seconds().abs() <= policy.departure_grid.seconds();
        if self.todays.iter().any(is_near) { Fen(0) } else { policy.new_departure }
    }
}

impl<'a> LineModel<'a> {
    /// The model of a line with the demand of its patterns; with the departures pinned, if they are known; with what the line
    /// sees of the shared fleet.
    pub(super) fn new(
        scenario: &'a Scenario,
        route: RouteId,
        demand: &[PatternDemand],
        (pinned, fleet): (Option<&'a [Candidate]>, &SharedFleet),
    ) -> Self {
        let available = |kind: &VehicleTypeId| scenario.fleet.of_type_for(*kind, Product::Line).next().is_some();
        let types = scenario.route(route).vehicle_types.iter().copied().filter(available).collect();
        let mut model =
            Self { scenario, mip: Mip::default(), departures: Vec::new(), assignments: Vec::new(), types, pinned };
        for pattern in demand {
            model.add_pattern(pattern);
        }
        for vehicle_type in model.types.clone() {
            model.add_vehicles(vehicle_type);
        }
        model.share(fleet);
        model
    }

    /// Prices of departures, and rows for the vehicles that other lines leave.
    fn share(&mut self, fleet: &SharedFleet) {
        let mut at_moment: BTreeMap<Moment, Vec<(Column, f64)>> = BTreeMap::new();
        for (candidate, column) in self.departures.clone() {
            self.mip.add_cost(column, fleet.price(self.scenario, candidate));
            for moment in moments(self.scenario, candidate).filter(|moment| fleet.left.contains_key(moment)) {
                at_moment.entry(moment).or_default().push((column, 1.0));
            }
        }
        for (moment, mut terms) in at_moment {
            terms.push((self.mip.column(overload(self.scenario), 0.0, f64::INFINITY, false), -1.0));
            self.mip.row(f64::NEG_INFINITY, fleet.left[&moment] as f64, terms);
        }
    }

    fn add_pattern(&mut self, demand: &PatternDemand) {
        let grid = candidate_times(self.scenario, &demand.groups);
        let mut made: Vec<Vec<(Column, VehicleTypeId)>> = Vec::new();
        for &departure in &grid {
            let change = demand.change_cost(&self.scenario.policy.lines, departure).0;
            let at_time: Vec<_> =
                self.types.iter().map(|&kind| (self.mip.column(change, 0.0, 1.0, true), kind)).collect();
            // One departure at a time: a second one would be a duplicate on the timetable.
            self.mip.row(0.0, 1.0, at_time.iter().map(|&(column, _)| (column, 1.0)).collect());
            for &(column, vehicle_type) in &at_time {
                let candidate = Candidate { pattern: demand.pattern, departure, vehicle_type };
                if let Some(pinned) = self.pinned {
                    self.mip.fix(column, if pinned.contains(&candidate) { 1.0 } else { 0.0 });
                }
                self.departures.push((candidate, column));
            }
            made.push(at_time);
        }
        self.add_passengers(demand, &grid, &made);
        self.add_coverage(demand, &grid, &made);
    }

    fn add_passengers(&mut self, demand: &PatternDemand, grid: &[ServiceTime], made: &[Vec<(Column, VehicleTypeId)>]) {
        let unserved = self.scenario.policy.lines.unserved_passenger.0;
        let mut on_departure: Vec<Vec<(Column, DemandGroup)>> = vec![Vec::new(); grid.len()];
        for &group in &demand.groups {
            let size = f64::from(group.passengers);
            let mut everybody = vec![(self.mip.column(unserved, 0.0, size, false), 1.0)];
            for (index, &departure) in grid.iter().enumerate() {
                let Some(cost) = group.deviation_cost(self.scenario, departure) else { continue };
                let runs = |&(_, vehicle_type): &(Column, VehicleTypeId)| {
                    let candidate = Candidate { pattern: demand.pattern, departure, vehicle_type };
                    self.pinned.is_none_or(|pinned| pinned.contains(&candidate))
                };
                if cost.0 >= unserved || !made[index].iter().any(runs) {
                    continue;
                }
                let column = self.mip.column(cost.0, 0.0, size, false);
                everybody.push((column, 1.0));
                let mut link: Vec<_> = made[index].iter().map(|&(made, _)| (made, -size)).collect();
                link.push((column, 1.0));
                self.mip.row(f64::NEG_INFINITY, 0.0, link);
                on_departure[index].push((column, group));
                self.assignments.push(Assignment { pattern: demand.pattern, group, departure, column });
            }
            self.mip.row(size, size, everybody);
        }
        let segments = self.scenario.pattern(demand.pattern).stops.len() - 1;
        for (reach, made) in on_departure.iter().zip(made) {
            self.add_capacity(segments, reach, made);
        }
    }

    fn add_capacity(&mut self, segments: usize, reach: &[(Column, DemandGroup)], made: &[(Column, VehicleTypeId)]) {
        let riders = |segment: usize| -> Vec<usize> {
            (0..reach.len()).filter(|&index| reach[index].1.rides(segment)).collect()
        };
        let on_board: Vec<Vec<usize>> = (0..segments).map(riders).collect();
        for segment in 0..segments {
            let here = &on_board[segment];
            let is_dominated = (0..segments).any(|other| {
                let there = &on_board[other];
                let is_larger = there.len() > here.len() || (there.len() == here.len() && other < segment);
                is_larger && here.iter().all(|index| there.binary_search(index).is_ok())
            });
            let wanted: i32 = here.iter().map(|&index| reach[index].1.passengers).sum();
            let seats = |kind: VehicleTypeId| self.scenario.fleet.vehicle_types[kind.index()].capacity.seats;
            if is_dominated || made.iter().all(|&(_, kind)| seats(kind) >= wanted) {
                continue;
            }
            let mut terms: Vec<_> =
                made.iter().map(|&(column, kind)| (column, -f64::from(seats(kind).min(wanted)))).collect();
            terms.extend(here.iter().map(|&index| (reach[index].0, 1.0)));
            self.mip.row(f64::NEG_INFINITY, 0.0, terms);
        }
    }

    fn add_coverage(&mut self, demand: &PatternDemand, grid: &[ServiceTime], made: &[Vec<(Column, VehicleTypeId)>]) {
        let policy = &self.scenario.policy.lines;
        let made_or_missing: Vec<Vec<(Column, f64)>> = made
            .iter()
            .map(|made| {
                let missing = self.mip.column(policy.missing_departure.0, 0.0, 1.0, true);
                made.iter().map(|&(column, _)| (column, 1.0)).chain([(missing, 1.0)]).collect()
            })
            .collect();
        let of_arrivals = coverage::arrival_windows(&demand.arrivals, grid);
        for window in coverage::windows(policy, grid).into_iter().chain(of_arrivals) {
            let mut terms = made_or_missing[window.first..window.end].concat();
            if let Some(condition) = window.condition {
                terms.extend(made_or_missing[condition].iter().map(|&(column, weight)| (column, -weight)));
            }
            let needed = if window.condition.is_some() { 0.0 } else { 1.0 };
            self.mip.row(needed, f64::INFINITY, terms);
        }
        // A grid shorter than the least number of departures cannot hold them: what is owed is reported all the same.
        let least = f64::from(policy.least_departures).min(grid.len() as f64);
        self.mip.row(least, f64::INFINITY, made_or_missing.concat());
    }

    /// The time-space network of one vehicle type: at each end of the line, in order of time, vehicles come, wait, go.
    fn add_vehicles(&mut self, vehicle_type: VehicleTypeId) {
        let scenario = self.scenario;
        let kind = &scenario.fleet.vehicle_types[vehicle_type.index()];
        let layover = scenario.policy.lines.layover;
        let mut places: BTreeMap<PlaceId, Terminal> = BTreeMap::new();
        for (candidate, column) in self.departures.clone() {
            if candidate.vehicle_type != vehicle_type {
                continue;
            }
            let pattern = scenario.pattern(candidate.pattern);
            let end = candidate.departure + pattern.running_time();
            places
                .entry(pattern.first_stop())
                .or_default()
                .events
                .entry(candidate.departure)
                .or_default()
                .push((column, -1.0));
            places.entry(pattern.last_stop()).or_default().arrivals.entry(end).or_default().push((column, 1.0));
            self.mip.add_cost(column, kind.driving_cost(pattern.length(), pattern.running_time()).0);
        }
        let mut leaving = Vec::new();
        for (place, Terminal { arrivals, mut events }) in places {
            let (out, home) = depot_drives(scenario, vehicle_type, place);
            for departures in events.values_mut() {
                let comes = self.mip.column((kind.cost_per_day + out).0, 0.0, f64::INFINITY, true);
                leaving.push((comes, 1.0));
                departures.push((comes, 1.0));
            }
            // Who goes home does so at once: waiting first would only cost more.
            for (time, mut balance) in arrivals {
                let goes = self.mip.column(home.0, 0.0, f64::INFINITY, false);
                let stays = self.mip.column(kind.cost_per_hour.per_hour(layover).0, 0.0, f64::INFINITY, false);
                balance.extend([(goes, -1.0), (stays, -1.0)]);
                self.mip.row(0.0, 0.0, balance);
                events.entry(time + layover).or_default().push((stays, 1.0));
            }
            let mut waiting: Option<(Column, ServiceTime)> = None;
            for (time, mut balance) in events {
                if let Some((waits, since)) = waiting {
                    self.mip.add_cost(waits, kind.cost_per_hour.per_hour(time - since).0);
                    balance.push((waits, 1.0));
                }
                let waits = self.mip.column(0, 0.0, f64::INFINITY, false);
                balance.push((waits, -1.0));
                self.mip.row(0.0, 0.0, balance);
                waiting = Some((waits, time));
            }
            if let Some((waits, _)) = waiting {
                self.mip.fix(waits, 0.0); // nobody stays overnight
            }
        }
        let vehicles = scenario.fleet.of_type_for(vehicle_type, Product::Line).count();
        self.mip.row(0.0, vehicles as f64, leaving);
    }
}

/// Cost of driving out of and back to the nearest depot where vehicles of the type for lines sleep.
pub(super) fn depot_drives(scenario: &Scenario, vehicle_type: VehicleTypeId, place: PlaceId) -> (Fen, Fen) {
    let kind = &scenario.fleet.vehicle_types[vehicle_type.index()];
    let travel = &scenario.network.travel;
    let drive = |from, to| kind.driving_cost(travel.distance(from, to), travel.duration(from, to));
    let vehicles = || scenario.fleet.of_type_for(vehicle_type, Product::Line);
    let out = vehicles().map(|vehicle| drive(scenario.fleet.depot_place(vehicle), place)).min();
    let home = vehicles().map(|vehicle| drive(place, scenario.fleet.depot_place(vehicle))).min();
    (out.unwrap_or(Fen(0)), home.unwrap_or(Fen(0)))
}

/// Grid points from the earliest to the latest time that coverage or any passenger asks for.
pub(super) fn candidate_times(scenario: &Scenario, groups: &[DemandGroup]) -> Vec<ServiceTime> {
    let policy = &scenario.policy.lines;
    let grid = policy.departure_grid.seconds();
    let wanted = || groups.iter().map(|group| group.wanted_departure);
    let earliest = wanted().fold(policy.first_departure_by.min(policy.last_departure_from), Ord::min);
    let latest = wanted().fold(policy.last_departure_from.max(policy.first_departure_by), Ord::max);
    let first = earliest.seconds().div_euclid(grid);
    let last = (latest.seconds() + grid - 1).div_euclid(grid);
    (first..=last).map(|point| ServiceTime::from_seconds(point * grid)).collect()
}
