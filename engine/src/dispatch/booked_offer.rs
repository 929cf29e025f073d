//! Rides on booked vehicles: insertion into the present plan, and the promise that follows from it.
//!
//! Where the vehicles already work (today), what has begun stays: a new stop comes only behind stops that the vehicle
//! has yet to leave, and nobody drives in the past.

use super::area::Area;
use super::day::{Day, spec_of};
use super::decision::{PlannedStop, VehicleChange};
use super::refusal::{NearestMiss, Reason, RuleBroken};
use crate::demand::WantedTime;
use crate::fleet::Product;
use crate::ids::{LegId, PlaceId};
use crate::ondemand::{
    self, Insertion, Problem, RequestIndex, RequestSpec, Solution, StopKind, best_insertion, insertions,
};
use crate::plan::{BookedLeg, Promise, VehicleSchedule, Visit};
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Load;

/// One leg as it is wished from a booked vehicle.
#[derive(Clone, Copy, Debug)]
pub(super) struct BookedWish {
    pub product: Product,
    pub from: PlaceId,
    pub to: PlaceId,
    pub load: Load,
    pub when: When,
    pub not_before: ServiceTime,
}

/// When the leg is wished.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Person(WantedTime),
    /// Goods: collected and brought within.
    Goods(TimeWindow),
}

/// A plan that grows leg by leg while an offer or decision is made.
#[derive(Clone)]
pub(super) struct Draft<'a> {
    area: &'a Area,
    day: &'a Day,
    problem: Problem,
    solution: Solution,
    new_legs: Vec<(RequestIndex, LegId)>,
    touched: Vec<usize>,
    now: ServiceTime,
}

impl<'a> Draft<'a> {
    pub fn of(area: &'a Area, day: &'a Day, now: ServiceTime) -> Self {
        let (problem, solution) = (day.problem().clone(), day.solution().clone());
        Self { area, day, problem, solution, new_legs: Vec::new(), touched: Vec::new(), now }
    }

    /// Finds the best place for a wish and settles its promise; the leg is then part of the draft.
    pub fn promise(&mut self, id: LegId, wish: &BookedWish) -> Result<BookedLeg, Reason> {
        let scenario = &self.area.scenario;
        let mut refused = None;
        for (pickup, dropoff) in attempts(scenario, wish, self.now)? {
            let open = open_leg(scenario, wish, Promise { pickup, dropoff });
            match self.insertion(&spec_of(&open)) {
                Ok(insertion) => return Ok(self.settle(id, open, insertion)),
                Err(reason) => refused = Some(reason),
            }
        }
        Err(refused.expect("there is at least one attempt"))
    }

    /// Adds a leg whose windows are promised.
    pub fn add(&mut self, id: LegId, leg: &BookedLeg) -> Result<(), Reason> {
        let insertion = self.insertion(&spec_of(leg))?;
        self.insert(id, leg, insertion);
        Ok(())
    }

    /// Takes a leg out; false if its vehicle could not keep the others' promises without it (only where driving
    /// times are not shortest).
    pub fn remove(&mut self, leg: LegId) -> bool {
        let Some(request) = self.day.request_of(leg) else { return false };
        let Some(vehicle) = self.solution.vehicle_of(request) else { return false };
        self.touched.push(vehicle);
        self.solution.remove(&self.problem, request)
    }

    /// The vehicles whose order has changed, ascending.
    pub fn vehicle_changes(mut self) -> Vec<VehicleChange> {
        self.touched.sort_unstable();
        self.touched.dedup();
        self.touched.iter().map(|&piece| self.vehicle_change(piece)).collect()
    }

    fn settle(&mut self, id: LegId, open: BookedLeg, insertion: Insertion) -> BookedLeg {
        let booked = &self.area.scenario.policy.booked;
        let mut trial = self.clone();
        let request = trial.insert(id, &open, insertion);
        let times = trial.solution.schedule(&trial.problem, insertion.vehicle);
        let begin = |kind| {
            let stop = times.stops.iter().find(|stop| stop.request == request && stop.kind == kind);
            stop.expect("it has just been inserted").begin
        };
        let pickup = window_around(begin(StopKind::Pickup), booked.pickup_window, open.promise.pickup);
        let direct = self.area.scenario.network.travel.duration(open.from, open.to);
        let soonest = pickup.earliest + open.boarding + direct;
        let reachable = TimeWindow::new(open.promise.dropoff.earliest.max(soonest), open.promise.dropoff.latest);
        let promise =
            Promise { pickup, dropoff: window_around(begin(StopKind::Dropoff), booked.dropoff_window, reachable) };
        let leg = BookedLeg { promise, ..open };
        self.insert(id, &leg, insertion);
        leg
    }

    fn insert(&mut self, id: LegId, leg: &BookedLeg, insertion: Insertion) -> RequestIndex {
        let request = self.problem.push_request(spec_of(leg));
        self.solution.insert(&self.problem, request, insertion);
        self.new_legs.push((request, id));
        self.touched.push(insertion.vehicle);
        request
    }

    /// The cheapest insertion that leaves alone what has begun.
    fn insertion(&self, spec: &RequestSpec) -> Result<Insertion, Reason> {
        let best = best_insertion(&self.problem, &self.solution, spec);
        match best {
            Err(refusal) => Err(self.reason(refusal)),
            Ok(insertion) if self.is_ahead(spec, insertion) => Ok(insertion),
            Ok(_) => {
                let all = insertions(&self.problem, &self.solution, spec, self.problem.vehicles().len());
                let tried = all.len() as u32;
                let ahead = all.into_iter().find(|&insertion| self.is_ahead(spec, insertion));
                let what = "the vehicles that could come would have had to leave before now".to_owned();
                ahead.ok_or(Reason::NotFound { tried, miss: NearestMiss { vehicle: None, what } })
            }
        }
    }

    fn is_ahead(&self, spec: &RequestSpec, insertion: Insertion) -> bool {
        let piece = &self.problem.vehicles()[insertion.vehicle];
        if self.now < piece.window.earliest {
            return true;
        }
        let times = self.solution.schedule(&self.problem, insertion.vehicle);
        let begun = times.stops.iter().take_while(|stop| stop.begin <= self.now).count();
        if insertion.pickup_after < begun {
            return false;
        }
        let is_last = insertion.pickup_after == times.stops.len();
        let (place, can_leave) = match insertion.pickup_after.checked_sub(1).map(|index| times.stops[index]) {
            None if times.stops.is_empty() || times.leaves >= self.now => {
                (piece.start, self.now.max(piece.window.earliest))
            }
            None => return false,
            Some(before) if before.departure >= self.now || is_last => {
                let request = self.problem.request(before.request);
                let stop = if before.kind == StopKind::Pickup { request.pickup } else { request.dropoff };
                (stop.place, before.departure.max(self.now))
            }
            Some(_) => return false,
        };
        let mut with_it = self.solution.clone();
        let mut problem = self.problem.clone();
        let request = problem.push_request(*spec);
        with_it.insert(&problem, request, insertion);
        let schedule = with_it.schedule(&problem, insertion.vehicle);
        let pickup = schedule.stops[insertion.pickup_after].begin;
        can_leave + problem.travel().duration(place, spec.pickup.place) <= pickup
    }

    fn reason(&self, refusal: ondemand::Refusal) -> Reason {
        match refusal {
            ondemand::Refusal::ImpossibleAlone(miss) => Reason::ImpossibleAlone(self.miss(miss)),
            ondemand::Refusal::NoInsertion(miss) => Reason::NoInsertion(self.miss(miss)),
        }
    }

    fn miss(&self, nearest: ondemand::NearestMiss) -> NearestMiss {
        use ondemand::{LateAt, Miss, RiderOf};
        let what = match nearest.miss {
            Miss::NoVehicle => "no vehicle is on duty".to_owned(),
            Miss::NotPermitted => "no vehicle on duty is permitted for it".to_owned(),
            Miss::Mixed => "pupils don't share a vehicle with others".to_owned(),
            Miss::Capacity { dimension, short_by } => {
                format!("{short_by} too few: {}", Load::DIMENSION_NAMES[dimension])
            }
            Miss::Late { at: LateAt::Pickup, by } => format!("would come {by} too late"),
            Miss::Late { at: LateAt::Dropoff, by } => format!("would arrive {by} too late"),
            Miss::Late { at: LateAt::Other, by } => format!("would be {by} late for somebody it has promised to serve"),
            Miss::Late { at: LateAt::Return, by } => format!("would be back {by} after the end of its shift"),
            Miss::RideTime { of: RiderOf::Request, by } => format!("the ride would take {by} too long"),
            Miss::RideTime { of: RiderOf::Other, by } => {
                format!("the ride of somebody it has promised to serve would take {by} too long")
            }
            Miss::RouteDuration { by } => format!("would be on the road {by} too long"),
            Miss::Limits { by } => format!("ride times would be {by} over their limits"),
        };
        let piece = self.area.fleet.pieces.get(nearest.vehicle);
        let known = piece.filter(|_| !matches!(nearest.miss, Miss::NoVehicle | Miss::NotPermitted));
        let vehicle = known.map(|(vehicle, _)| self.area.scenario.fleet.vehicle(*vehicle).code.clone());
        NearestMiss { vehicle, what }
    }

    fn leg_of(&self, request: RequestIndex) -> LegId {
        let new = self.new_legs.iter().find(|(index, _)| *index == request);
        new.map_or_else(|| self.day.leg_of(request), |(_, leg)| *leg)
    }

    fn vehicle_change(&self, piece: usize) -> VehicleChange {
        let (vehicle, window) = self.area.fleet.pieces[piece];
        let times = self.solution.schedule(&self.problem, piece);
        let mut visits: Vec<Visit> = Vec::new();
        let mut stops = Vec::new();
        for stop in &times.stops {
            let (leg, boards) = (self.leg_of(stop.request), stop.kind == StopKind::Pickup);
            let request = self.problem.request(stop.request);
            let place = if boards { request.pickup.place } else { request.dropoff.place };
            stops.push(PlannedStop { leg, boards });
            // One visit while nothing lies between: same place, no waiting, alightings first.
            let joins = visits.last().is_some_and(|last| {
                last.place == place && last.departure == stop.begin && (boards || last.boardings.is_empty())
            });
            if !joins {
                let (alightings, boardings) = (Vec::new(), Vec::new());
                let (arrival, begin) = (stop.arrival, stop.begin);
                visits.push(Visit { place, arrival, begin, departure: stop.departure, alightings, boardings });
            }
            let visit = visits.last_mut().expect("there is one now");
            visit.departure = stop.departure;
            if boards { visit.boardings.push(leg) } else { visit.alightings.push(leg) }
        }
        let schedule = (!visits.is_empty()).then_some(VehicleSchedule {
            vehicle,
            piece: window,
            leaves_depot: times.leaves,
            returns: times.returns,
            visits,
        });
        VehicleChange { piece: piece as u32, vehicle, window, stops, schedule }
    }
}

/// A window of this width that holds `time` and stays within `bounds`.
fn window_around(time: ServiceTime, width: Duration, bounds: TimeWindow) -> TimeWindow {
    let earliest = time.min(bounds.latest - width).max(bounds.earliest);
    TimeWindow::new(earliest, (earliest + width).min(bounds.latest))
}

fn open_leg(scenario: &Scenario, wish: &BookedWish, promise: Promise) -> BookedLeg {
    let dwell = scenario.policy.dwell.of(wish.load);
    BookedLeg {
        product: wish.product,
        from: wish.from,
        to: wish.to,
        load: wish.load,
        promise,
        ride_time_limit: ride_time_limit(scenario, wish),
        boarding: dwell,
        alighting: dwell,
    }
}

/// A share of the direct driving time and some more; goods may ride as long as their window.
fn ride_time_limit(scenario: &Scenario, wish: &BookedWish) -> Duration {
    let booked = &scenario.policy.booked;
    match wish.when {
        When::Goods(window) => window.length(),
        When::Person(_) => {
            let direct = i64::from(scenario.network.travel.duration(wish.from, wish.to).seconds());
            let share = crate::units::rounded_quotient(direct * i64::from(booked.ride_time_percent), 100);
            Duration::from_seconds(share as i32) + booked.ride_time_extra
        }
    }
}

/// The windows to try in turn, (pickup, drop-off): near the wanted time first, then all that policy permits.
fn attempts(scenario: &Scenario, wish: &BookedWish, now: ServiceTime) -> Result<Vec<(TimeWindow, TimeWindow)>, Reason> {
    let booked = &scenario.policy.booked;
    let direct = scenario.network.travel.duration(wish.from, wish.to);
    let boarding = scenario.policy.dwell.of(wish.load);
    let limit = ride_time_limit(scenario, wish);
    let not_before = wish.not_before.max(now + booked.notice);
    let bounds = TimeWindow::new(booked.hours.earliest.max(not_before), booked.hours.latest);
    let by_pickup = |pickup: TimeWindow| {
        let dropoff = TimeWindow::new(pickup.earliest + boarding + direct, pickup.latest + boarding + limit);
        (pickup.intersection(bounds), dropoff.intersection(booked.hours))
    };
    let by_dropoff = |dropoff: TimeWindow| {
        // Nobody is collected so early that they would have to wait on board for the destination's window.
        let pickup = TimeWindow::new(dropoff.earliest - direct - boarding, dropoff.latest - direct - boarding);
        (pickup.intersection(bounds), dropoff.intersection(booked.hours))
    };
    let (wanted, windows) = match wish.when {
        When::Goods(window) => {
            let pickup = TimeWindow::new(window.earliest, window.latest - direct - boarding);
            (window.latest, vec![(pickup.intersection(bounds), window.intersection(booked.hours))])
        }
        When::Person(WantedTime::DepartAt(time)) => {
            let within = |width| by_pickup(TimeWindow::new(time, time + width));
            (time, vec![within(booked.pickup_window.min(booked.max_wait)), within(booked.max_wait)])
        }
        When::Person(WantedTime::ArriveBy(time)) => {
            let within = |width| by_dropoff(TimeWindow::new(time - width, time));
            (time, vec![within(booked.dropoff_window.min(booked.max_wait)), within(booked.max_wait)])
        }
    };
    let (widest_pickup, widest_dropoff) = windows[windows.len() - 1];
    let possible = windows.into_iter().filter(|(pickup, dropoff)| !pickup.is_empty() && !dropoff.is_empty());
    let possible: Vec<_> = possible.collect();
    if !possible.is_empty() {
        return Ok(possible);
    }
    let outside_hours = !booked.hours.contains(wanted) || widest_dropoff.is_empty();
    Err(Reason::Rule(if outside_hours {
        RuleBroken::OutsideHours { hours: booked.hours, wanted }
    } else {
        let latest = widest_pickup.latest;
        RuleBroken::NoticeTooShort { latest, notice: booked.notice, now }
    }))
}
