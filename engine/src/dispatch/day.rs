//! One service date of an area: the active timetable, seats held on it, and the booked vehicles.
//!
//! Invariants: every leg of the plan is either carried by one vehicle of the solution or holds seats on lines; the plan's
//! schedules are those of the decisions that led here, never recomputed; a route request and its leg keep their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::decision::{DayChange, VehicleChange};
use super::seats::SeatsTaken;
use crate::fleet::Product;
use crate::ids::{LegId, VehicleId};
use crate::ondemand::{
    Objective, Problem, RequestIndex, RequestSpec, RouteStop, Solution, StopKind, StopSpec, VehicleSpec,
};
use crate::plan::{BookedLeg, Plan, Timetable};
use crate::scenario::Scenario;
use crate::time::TimeWindow;

/// Driving counts by the metre; an hour's driving like 30 km, a vehicle more on the road like 10 km.
const OBJECTIVE: Objective =
    Objective { per_metre: 1, per_driving_second: 8, per_vehicle: 10_000, ..Objective::DISTANCE };

/// The shift pieces that booked service may use, and the problem of a day without bookings.
#[derive(Clone, Debug)]
pub struct BookedFleet {
    /// By position among the problem's vehicles: ordered by vehicle, then start.
    pub(super) pieces: Vec<(VehicleId, TimeWindow)>,
    pub(super) empty: Problem,
}

/// One service date.
#[derive(Clone, Debug)]
pub struct Day {
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
    /// All shift pieces of vehicles that carry rides, market goers or goods. Vehicles that may also work lines or student
    /// runs are left to those: their shift pieces don't tell which time is free.
    pub(super) fn of(scenario: &Scenario) -> Self {
        let fleet = &scenario.fleet;
        let booked = [Product::Ride, Product::Market, Product::Freight];
        let mut pieces: Vec<(VehicleId, TimeWindow)> = fleet
            .shift_pieces
            .iter()
            .filter(|piece| {
                let products = fleet.vehicle(piece.vehicle).products;
                booked.iter().any(|&product| products.contains(product))
                    && !products.contains(Product::Line)
                    && !products.contains(Product::Student)
            })
            .map(|piece| (piece.vehicle, piece.window))
            .collect();
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
    pub(super) fn empty(date: NaiveDate, fleet: &BookedFleet) -> Self {
        let problem = fleet.empty.clone();
        let solution = Solution::empty(&problem);
        Self {
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

    pub(super) fn activate(&mut self, timetable: &Timetable, version: u64) {
        self.timetable = Some(Arc::new(timetable.clone()));
        self.timetable_version = version;
        self.seats = SeatsTaken::default();
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
