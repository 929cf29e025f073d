//! One service date of an area: the active timetable, seats held on it, and the booked vehicles.
//!
//! Invariants: every leg of the plan is either carried by one vehicle of the solution or holds seats on lines; the plan's
//! schedules are those of the decisions that led here, never recomputed; a route request and its leg keep their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::decision::{DayChange, Decision, VehicleChange};
use super::seats::{SameTrips, SeatsTaken};
use crate::fleet::{Product, ShiftPiece};
use crate::ids::{LegId, VehicleId};
use crate::ondemand::{
    Objective, Problem, RequestIndex, RequestSpec, RouteStop, Solution, StopKind, StopSpec, VehicleSpec,
};
use crate::plan::{BookedLeg, LineReservation, Plan, Timetable, VehicleSchedule};
use crate::scenario::Scenario;
use crate::time::TimeWindow;

/// Driving counts by the metre; an hour's driving like 30 km, a vehicle more on the road like 10 km.
const OBJECTIVE: Objective =
    Objective { per_metre: 1, per_driving_second: 8, per_vehicle: 10_000, ..Objective::DISTANCE };

/// When booked service may use which vehicle, and the problem of a day without bookings.
///
/// Without a timetable those are whole shift pieces; with one, the gaps that its fixed work leaves free in them. In each gap
/// the vehicle goes out from its depot and comes back to it.
#[derive(Clone, Debug)]
pub struct BookedFleet {
    /// By position among the problem's vehicles: ordered by vehicle, then start.
    pub(super) pieces: Vec<(VehicleId, TimeWindow)>,
    pub(super) empty: Problem,
}

/// One service date.
#[derive(Clone, Debug)]
pub struct Day {
    fleet: Arc<BookedFleet>,
    timetable: Option<Arc<Timetable>>,
    timetable_version: u64,
    seats: SeatsTaken,
    plan: Plan,
    problem: Problem,
    solution: Solution,
    request_of: BTreeMap<LegId, RequestIndex>,
    leg_of: Vec<LegId>,
}

impl BookedFleet {
    /// All shift pieces of vehicles that carry rides, market goers or goods; those of vehicles on lines are the lines' own.
    pub(super) fn of(scenario: &Scenario) -> Self {
        let fleet = &scenario.fleet;
        let booked = [Product::Ride, Product::Market, Product::Freight];
        let is_booked = |piece: &&ShiftPiece| {
            let products = fleet.vehicle(piece.vehicle).products;
            booked.iter().any(|&product| products.contains(product)) && !products.contains(Product::Line)
        };
        let pieces = fleet.shift_pieces.iter().filter(is_booked).map(|piece| (piece.vehicle, piece.window));
        Self::of_pieces(scenario, pieces.collect())
    }

    /// The gaps that the blocks and dedicated freight runs of a timetable leave in these pieces.
    pub(super) fn between_fixed_work(&self, scenario: &Scenario, timetable: &Timetable, format: u32) -> Self {
        let blocks = timetable.blocks.iter();
        let blocks = blocks.map(|block| (block.vehicle, TimeWindow::new(block.leaves_depot, block.returns)));
        // Decisions name gaps by their positions: those of older journals were made for the gaps of their time.
        let is_known = format >= Decision::FIRST_FORMAT_WITH_FREIGHT_RUNS;
        let runs = timetable.freight.runs.iter().filter(|_| is_known);
        let runs = runs.map(|run| (run.vehicle, TimeWindow::new(run.leaves_depot, run.returns)));
        let mut pieces = self.pieces.clone();
        for (busy, away) in blocks.chain(runs) {
            let cut = |(vehicle, window): (VehicleId, TimeWindow)| match vehicle == busy {
                true => window.without(away).map(|gap| (vehicle, gap)).collect(),
                false => vec![(vehicle, window)],
            };
            pieces = pieces.into_iter().flat_map(cut).collect();
        }
        Self::of_pieces(scenario, pieces)
    }

    /// The piece in which a schedule lies.
    pub(super) fn gap_of(&self, schedule: &VehicleSchedule) -> Option<usize> {
        let worked = TimeWindow::new(schedule.leaves_depot, schedule.returns);
        self.pieces.iter().position(|(vehicle, gap)| *vehicle == schedule.vehicle && gap.contains_window(worked))
    }

    fn of_pieces(scenario: &Scenario, mut pieces: Vec<(VehicleId, TimeWindow)>) -> Self {
        let fleet = &scenario.fleet;
        pieces.sort_by_key(|(vehicle, window)| (*vehicle, window.earliest));
        let specs = pieces.iter().map(|&(vehicle, window)| {
            let (capacity, products) = (fleet.type_of(vehicle).capacity, fleet.vehicle(vehicle).products);
            VehicleSpec::at(fleet.depot_place(vehicle), window, capacity, products)
        });
        let empty = Problem::new(Arc::new(scenario.network.travel.clone()), specs.collect(), OBJECTIVE);
        Self { pieces, empty }
    }
}

/// What a booked leg asks of the solver: its promise as hard windows.
pub(super) fn spec_of(leg: &BookedLeg) -> RequestSpec {
    RequestSpec {
        pickup: StopSpec { place: leg.from, window: leg.promise.pickup, service: leg.boarding },
        dropoff: StopSpec { place: leg.to, window: leg.promise.dropoff, service: leg.alighting },
        load: leg.load,
        ride_time_limit: Some(leg.ride_time_limit),
        product: leg.product,
        vehicle: None,
    }
}

impl Day {
    pub(super) fn empty(date: NaiveDate, fleet: &Arc<BookedFleet>) -> Self {
        let problem = fleet.empty.clone();
        let solution = Solution::empty(&problem);
        Self {
            fleet: Arc::clone(fleet),
            timetable: None,
            timetable_version: 0,
            seats: SeatsTaken::default(),
            plan: Plan::empty(date),
            problem,
            solution,
            request_of: BTreeMap::new(),
            leg_of: Vec::new(),
        }
    }

    /// The active timetable.
    pub fn timetable(&self) -> Option<&Timetable> {
        self.timetable.as_deref()
    }

    /// The number of the decision that activated it; 0 without one.
    pub fn timetable_version(&self) -> u64 {
        self.timetable_version
    }

    /// Everything booked.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(super) fn seats(&self) -> &SeatsTaken {
        &self.seats
    }

    pub(super) fn problem(&self) -> &Problem {
        &self.problem
    }

    pub(super) fn solution(&self) -> &Solution {
        &self.solution
    }

    pub(super) fn request_of(&self, leg: LegId) -> Option<RequestIndex> {
        self.request_of.get(&leg).copied()
    }

    pub(super) fn leg_of(&self, request: RequestIndex) -> LegId {
        self.leg_of[request.index()]
    }

    /// The vehicles as far as booked service may use them on this date.
    pub(super) fn fleet(&self) -> &BookedFleet {
        &self.fleet
    }

    /// Legs on vehicles that would not be free where they are booked.
    pub(super) fn legs_outside(&self, fleet: &BookedFleet) -> Vec<LegId> {
        let outside = self.plan.schedules.iter().filter(|schedule| fleet.gap_of(schedule).is_none());
        let visits = outside.flat_map(|schedule| &schedule.visits);
        visits.flat_map(|visit| visit.boardings.iter().copied()).collect()
    }

    /// Puts a timetable into service, booked vehicles into the gaps it leaves them, and reservations on the same trips of it.
    /// Schedules of one vehicle that the old timetable kept apart and the new one doesn't become one.
    /// On an error (a schedule in no gap, a trip that is no more) the day is half-changed: the caller drops it.
    pub(super) fn activate(&mut self, timetable: &Timetable, fleet: BookedFleet, version: u64) -> Result<(), String> {
        let mut problem = fleet.empty.clone();
        for request in (0..self.leg_of.len() as u32).map(RequestIndex) {
            problem.push_request(*self.problem.request(request));
            if self.problem.is_retired(request) {
                problem.retire_request(request);
            }
        }
        let mut solution = Solution::empty(&problem);
        let mut schedules: Vec<VehicleSchedule> = Vec::new();
        for schedule in &self.plan.schedules {
            let outside = || format!("vehicle {} has no gap for what is booked", schedule.vehicle.0);
            let gap = fleet.gap_of(schedule).ok_or_else(outside)?;
            let before = self.fleet.gap_of(schedule).ok_or_else(outside)?;
            let stops = [solution.stops(gap), self.solution.stops(before)].concat();
            solution.set_route(&problem, gap, stops).map_err(|error| error.to_string())?;
            let piece = fleet.pieces[gap].1;
            match schedules.last_mut().filter(|last| (last.vehicle, last.piece) == (schedule.vehicle, piece)) {
                // Nobody's times change: the vehicle goes home in between, as it would have done.
                Some(last) => {
                    last.visits.extend(schedule.visits.iter().cloned());
                    last.returns = schedule.returns;
                }
                None => schedules.push(VehicleSchedule { piece, ..schedule.clone() }),
            }
        }
        let is_joined = schedules.len() < self.plan.schedules.len();
        self.plan.schedules = schedules;
        (self.problem, self.solution, self.fleet) = (problem, solution, Arc::new(fleet));
        self.seats = SeatsTaken::default();
        let same_trips = SameTrips::in_timetable(timetable);
        for (leg, reservations) in &mut self.plan.reservations {
            let gone = || format!("leg {leg} holds seats on a trip that is no more");
            let before = self.timetable.as_deref().ok_or_else(gone)?;
            let same = |reservation: &LineReservation| same_trips.of(before, reservation);
            *reservations = reservations.iter().map(same).collect::<Option<_>>().ok_or_else(gone)?;
            self.seats.take(reservations);
        }
        self.plan.version += u64::from(is_joined || !self.plan.reservations.is_empty());
        self.timetable = Some(Arc::new(timetable.clone()));
        self.timetable_version = version;
        Ok(())
    }

    /// Carries out a decision's change. On an error the day is half-changed: the caller drops it.
    pub(super) fn change(&mut self, change: &DayChange) -> Result<(), String> {
        for &leg in &change.removed_legs {
            if let Some(reservations) = self.plan.reservations.remove(&leg) {
                self.seats.release(&reservations);
            } else {
                self.plan.legs.remove(&leg).ok_or_else(|| format!("leg {leg} is not there to remove"))?;
                let request = self.request_of.remove(&leg).ok_or("a leg without a request")?;
                self.problem.retire_request(request);
            }
        }
        for (leg, booked) in &change.added_legs {
            let request = self.problem.push_request(spec_of(booked));
            self.request_of.insert(*leg, request);
            self.leg_of.push(*leg);
            if self.plan.legs.insert(*leg, booked.clone()).is_some() {
                return Err(format!("leg {leg} is there already"));
            }
        }
        for (leg, reservations) in &change.added_reservations {
            self.seats.take(reservations);
            if self.plan.reservations.insert(*leg, reservations.clone()).is_some() {
                return Err(format!("leg {leg} is there already"));
            }
        }
        // A leg that moves to another vehicle must leave the first before it joins the second.
        for vehicle in &change.vehicles {
            self.set_stops(vehicle.piece, Vec::new())?;
        }
        for vehicle in &change.vehicles {
            self.change_vehicle(vehicle)?;
        }
        self.plan.version += 1;
        Ok(())
    }

    fn change_vehicle(&mut self, change: &VehicleChange) -> Result<(), String> {
        let stops = change.stops.iter().map(|stop| {
            let request = self.request_of.get(&stop.leg).ok_or_else(|| format!("leg {} is unknown", stop.leg))?;
            let kind = if stop.boards { StopKind::Pickup } else { StopKind::Dropoff };
            Ok(RouteStop { request: *request, kind })
        });
        let stops = stops.collect::<Result<Vec<_>, String>>()?;
        self.set_stops(change.piece, stops)?;
        let (vehicle, piece) = (change.vehicle, change.window);
        let key = (vehicle, piece.earliest);
        let place =
            self.plan.schedules.binary_search_by_key(&key, |schedule| (schedule.vehicle, schedule.piece.earliest));
        match (place, &change.schedule) {
            (Ok(index), Some(schedule)) => self.plan.schedules[index] = schedule.clone(),
            (Ok(index), None) => drop(self.plan.schedules.remove(index)),
            (Err(index), Some(schedule)) => self.plan.schedules.insert(index, schedule.clone()),
            (Err(_), None) => {}
        }
        Ok(())
    }

    fn set_stops(&mut self, piece: u32, stops: Vec<RouteStop>) -> Result<(), String> {
        let piece = piece as usize;
        if piece >= self.problem.vehicles().len() {
            return Err(format!("there is no shift piece {piece}"));
        }
        self.solution.set_route(&self.problem, piece, stops).map_err(|error| error.to_string())
    }
}
