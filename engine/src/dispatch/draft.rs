//! A plan that grows leg by leg while an offer or a decision is made: insertion, and the promise that follows from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::area::Area;
use super::begun::{Begun, keep_what_has_begun, leave_from};
use super::booked_offer::{BookedWish, attempts, open_leg, window_around};
use super::day::{Day, spec_of};
use super::decision::{PlannedStop, VehicleChange};
use super::refusal::{NearestMiss, Reason};
use crate::ids::LegId;
use crate::ondemand::{
    self, Insertion, InsertionIndex, Problem, RequestIndex, RequestSpec, ScheduledStop, Solution, StopKind,
    best_insertion, every_insertion,
};
use crate::plan::{BookedLeg, Promise, VehicleSchedule, Visit};
use crate::time::{ServiceTime, TimeWindow};
use crate::units::Load;

/// A day's plan with changes that nobody has decided yet.
#[derive(Clone)]
pub(super) struct Draft<'a> {
    area: &'a Area,
    day: &'a Day,
    problem: Problem,
    solution: Solution,
    /// While nothing has begun or been changed.
    index: Option<Arc<InsertionIndex>>,
    begun: BTreeMap<usize, Begun>,
    new_legs: Vec<(RequestIndex, LegId)>,
    touched: Vec<usize>,
    now: ServiceTime,
}

impl<'a> Draft<'a> {
    pub fn of(area: &'a Area, day: &'a Day, now: ServiceTime) -> Self {
        let (mut problem, mut solution) = (day.problem().clone(), day.solution().clone());
        let begun = keep_what_has_begun(area, day, now, (&mut problem, &mut solution));
        let is_ahead = area.fleet.pieces.iter().all(|(_, window)| now <= window.earliest);
        let index = is_ahead.then(|| Arc::clone(day.index()));
        Self { area, day, problem, solution, index, begun, new_legs: Vec::new(), touched: Vec::new(), now }
    }

    /// Finds the best place for a wish and settles its promise; the leg is then part of the draft.
    pub fn promise(&mut self, id: LegId, wish: &BookedWish) -> Result<BookedLeg, Reason> {
        let mut refused = None;
        for open in self.open_legs(wish)? {
            let spec = spec_of(&open);
            let best = match &self.index {
                Some(index) => index.best(&self.problem, &self.solution, &spec),
                None => best_insertion(&self.problem, &self.solution, &spec),
            };
            match best {
                Ok(insertion) => return Ok(self.settle(id, open, insertion)),
                Err(refusal) => refused = Some(self.reason(&spec, refusal)),
            }
        }
        Err(refused.expect("there is at least one attempt"))
    }

    /// All ways to promise a wish, best first: every position pair in the windows near the wanted time, then in all
    /// that policy permits.
    pub fn every_promise(&self, id: LegId, wish: &BookedWish) -> impl Iterator<Item = (Self, BookedLeg)> {
        let open_legs = self.open_legs(wish).unwrap_or_default();
        let pairs = open_legs.into_iter().flat_map(|open| {
            let found = every_insertion(&self.problem, &self.solution, &spec_of(&open));
            found.into_iter().map(move |insertion| (open.clone(), insertion))
        });
        pairs.map(move |(open, insertion)| {
            let mut draft = self.clone();
            let leg = draft.settle(id, open, insertion);
            (draft, leg)
        })
    }

    /// Is there any way to serve both wishes, whatever is promised within the windows that policy permits? Exhaustive
    /// over all position pairs of the first for the best of the second. Else, why not.
    pub fn could_serve_both(&self, first: (LegId, &BookedWish), second: &BookedWish) -> Result<(), Reason> {
        let widest = |wish: &BookedWish| Ok(self.open_legs(wish)?.pop().expect("there is at least one attempt"));
        let (open, spec) = (widest(first.1)?, spec_of(&widest(second)?));
        let mut refused = match best_insertion(&self.problem, &self.solution, &spec) {
            Err(refusal) => return Err(self.reason(&spec, refusal)),
            Ok(_) => None,
        };
        let alone = spec_of(&open);
        for insertion in every_insertion(&self.problem, &self.solution, &alone) {
            let mut draft = self.clone();
            draft.insert(first.0, &open, insertion);
            match best_insertion(&draft.problem, &draft.solution, &spec) {
                Ok(_) => return Ok(()),
                Err(refusal) => refused = refused.or(Some(draft.reason(&spec, refusal))),
            }
        }
        Err(refused.unwrap_or_else(|| match best_insertion(&self.problem, &self.solution, &alone) {
            Err(refusal) => self.reason(&alone, refusal),
            Ok(_) => unreachable!("an insertion that exists is tried"),
        }))
    }

    /// Adds legs whose windows are promised: all or none. Exhaustive over all position pairs of all but the last leg.
    pub fn add(&mut self, legs: &[(LegId, &BookedLeg)]) -> Result<(), (u8, Reason)> {
        let Some((&(id, leg), others)) = legs.split_first() else { return Ok(()) };
        let spec = spec_of(leg);
        let best = best_insertion(&self.problem, &self.solution, &spec);
        let best = best.map_err(|refusal| (id.leg, self.reason(&spec, refusal)))?;
        let mut first_refusal = None;
        let rest = || every_insertion(&self.problem, &self.solution, &spec);
        let candidates = if others.is_empty() { vec![best] } else { rest() };
        for insertion in candidates {
            let mut draft = self.clone();
            draft.insert(id, leg, insertion);
            match draft.add(others) {
                Ok(()) => {
                    *self = draft;
                    return Ok(());
                }
                Err(refusal) => first_refusal = first_refusal.or(Some(refusal)),
            }
        }
        Err(first_refusal.expect("the best insertion was tried"))
    }

    /// Takes a leg out; false if it has begun, or its vehicle could not keep the others' promises without it (only where
    /// driving times are not shortest).
    pub fn remove(&mut self, leg: LegId) -> bool {
        let Some(request) = self.day.request_of(leg) else { return false };
        let Some(vehicle) = self.solution.vehicle_of(request) else { return false };
        if self.begun.get(&vehicle).is_some_and(|begun| begun.holds(leg)) {
            return false;
        }
        self.touched.push(vehicle);
        self.index = None;
        self.solution.remove(&self.problem, request)
    }

    /// The vehicles whose order has changed, ascending.
    pub fn vehicle_changes(mut self) -> Vec<VehicleChange> {
        self.touched.sort_unstable();
        self.touched.dedup();
        self.touched.iter().map(|&piece| self.vehicle_change(piece)).collect()
    }

    fn open_legs(&self, wish: &BookedWish) -> Result<Vec<BookedLeg>, Reason> {
        let scenario = &self.area.scenario;
        let windows = attempts(scenario, wish, self.now)?.into_iter();
        Ok(windows.map(|(pickup, dropoff)| open_leg(scenario, wish, Promise { pickup, dropoff })).collect())
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
        self.index = None;
        self.solution.insert(&self.problem, request, insertion);
        self.new_legs.push((request, id));
        self.touched.push(insertion.vehicle);
        request
    }

    /// "Alone" means: all vehicles at their depots now, nothing begun.
    fn reason(&self, spec: &RequestSpec, refusal: ondemand::Refusal) -> Reason {
        let mut alone = self.area.fleet.empty.clone();
        for piece in 0..alone.vehicles().len() {
            leave_from(&mut alone, piece, self.now);
        }
        let miss_of = |refusal| match refusal {
            ondemand::Refusal::ImpossibleAlone(miss) | ondemand::Refusal::NoInsertion(miss) => self.miss(miss),
        };
        match best_insertion(&alone, &Solution::empty(&alone), spec) {
            Err(alone) => Reason::ImpossibleAlone(miss_of(alone)),
            Ok(_) => Reason::NoInsertion(miss_of(refusal)),
        }
    }

    fn miss(&self, nearest: ondemand::NearestMiss) -> NearestMiss {
        use ondemand::{DutyRule, LateAt, Miss, RiderOf};
        let (what, what_zh) = match nearest.miss {
            Miss::NoVehicle => ("no vehicle is on duty".to_owned(), "没有当班车辆".to_owned()),
            Miss::Pinned => {
                ("what is pinned or begun leaves it no place".to_owned(), "已锁定或已开始的行程不留空位".to_owned())
            }
            Miss::NotPermitted => {
                ("no vehicle on duty is permitted for it".to_owned(), "当班车辆均无此项承运许可".to_owned())
            }
            Miss::Mixed => ("pupils don't share a vehicle with others".to_owned(), "学生不与其他乘客同车".to_owned()),
            Miss::Capacity { dimension, short_by } => (
                format!("{short_by} too few: {}", Load::DIMENSION_NAMES[dimension]),
                format!("{}少 {short_by}", DIMENSIONS_ZH[dimension]),
            ),
            Miss::Late { at: LateAt::Pickup, by } => {
                (format!("would come {by} too late"), format!("到达上车点晚 {by}"))
            }
            Miss::Late { at: LateAt::Dropoff, by } => {
                (format!("would arrive {by} too late"), format!("到达目的地晚 {by}"))
            }
            Miss::Late { at: LateAt::Other, by } => (
                format!("would be {by} late for somebody it has promised to serve"),
                format!("会使已承诺的乘客晚 {by}"),
            ),
            Miss::Late { at: LateAt::Return, by } => {
                (format!("would be back {by} after the end of its shift"), format!("收车会晚于下班 {by}"))
            }
            Miss::RideTime { of: RiderOf::Request, by } => {
                (format!("the ride would take {by} too long"), format!("乘车时间会超出 {by}"))
            }
            Miss::RideTime { of: RiderOf::Other, by } => (
                format!("the ride of somebody it has promised to serve would take {by} too long"),
                format!("会使已承诺乘客的乘车时间超出 {by}"),
            ),
            Miss::RouteDuration { by } => {
                (format!("would be on the road {by} too long"), format!("行车总时间会超出 {by}"))
            }
            Miss::Duty { rule: DutyRule::Break, by } => {
                (format!("the driver's break would begin {by} too late"), format!("驾驶员休息会晚 {by}"))
            }
            Miss::Duty { rule: DutyRule::ContinuousDriving, by } => {
                (format!("would be driven {by} too long without a rest"), format!("连续驾驶会超出 {by}"))
            }
            Miss::Duty { rule: DutyRule::Driving, by } => {
                (format!("would be driven {by} too long in all"), format!("当日驾驶时间会超出 {by}"))
            }
            Miss::Duty { rule: DutyRule::WaitingAboard, by } => {
                (format!("passengers would wait on board {by} too long"), format!("乘客车上等候会超出 {by}"))
            }
            Miss::Duties => ("the driver's hours leave it no place".to_owned(), "驾驶员工时不允许".to_owned()),
            Miss::Limits { by } => {
                (format!("ride times would be {by} over their limits"), format!("乘车时间超出上限 {by}"))
            }
        };
        let piece = self.area.fleet.pieces.get(nearest.vehicle);
        let known = piece.filter(|_| !matches!(nearest.miss, Miss::NoVehicle | Miss::Pinned | Miss::NotPermitted));
        let vehicle = known.map(|(vehicle, _)| self.area.scenario.fleet.vehicle(*vehicle).code.clone());
        NearestMiss { vehicle, what, what_zh }
    }

    fn leg_of(&self, request: RequestIndex) -> LegId {
        let new = self.new_legs.iter().find(|(index, _)| *index == request);
        new.map_or_else(|| self.day.leg_of(request), |(_, leg)| *leg)
    }

    fn vehicle_change(&self, piece: usize) -> VehicleChange {
        let (vehicle, window) = self.area.fleet.pieces[piece];
        let times = self.solution.schedule(&self.problem, piece);
        let begun = self.begun.get(&piece);
        let mut visits: Vec<Visit> = begun.map_or(Vec::new(), |begun| begun.visits.clone());
        let (kept, pinned) = (visits.len(), begun.map_or(0, |begun| begun.pinned_stops));
        if let (Some(last), Some(stop)) = (visits.last_mut(), pinned.checked_sub(1)) {
            last.departure = times.stops[stop].departure;
        }
        let is_at_depot = pinned == 0;
        for stop in &times.stops[pinned..] {
            let from_depot = is_at_depot && visits.len() == kept;
            self.append(&mut visits, kept, from_depot, stop);
        }
        let mut stops = Vec::new();
        for visit in &visits {
            let alight = visit.alightings.iter().map(|&leg| PlannedStop { leg, boards: false });
            stops.extend(alight.chain(visit.boardings.iter().map(|&leg| PlannedStop { leg, boards: true })));
        }
        let schedule = visits.last().map(|last| {
            let returns = last.departure + self.problem.travel().duration(last.place, self.depot(piece));
            let leaves_depot = begun.map_or(times.leaves, |begun| begun.leaves_depot);
            VehicleSchedule { vehicle, piece: window, leaves_depot, returns, visits: visits.clone() }
        });
        VehicleChange { piece: piece as u32, vehicle, window, stops, schedule }
    }

    /// Adds a stop behind the visits. The vehicle waits before it drives, not after: it leaves just in time.
    fn append(&self, visits: &mut Vec<Visit>, kept: usize, from_depot: bool, stop: &ScheduledStop) {
        let (leg, boards) = (self.leg_of(stop.request), stop.kind == StopKind::Pickup);
        let request = self.problem.request(stop.request);
        let place = if boards { request.pickup.place } else { request.dropoff.place };
        // One visit while nothing lies between: same place, no waiting, alightings first.
        let is_new = visits.len() > kept;
        let joins = visits.last().is_some_and(|last| {
            is_new && last.place == place && last.departure == stop.begin && (boards || last.boardings.is_empty())
        });
        if !joins {
            if let Some(last) = visits.last_mut().filter(|_| !from_depot) {
                last.departure = stop.begin - self.problem.travel().duration(last.place, place);
            }
            let (alightings, boardings) = (Vec::new(), Vec::new());
            let (arrival, begin, departure) = (stop.begin, stop.begin, stop.departure);
            visits.push(Visit { place, arrival, begin, departure, alightings, boardings });
        }
        let visit = visits.last_mut().expect("there is one now");
        visit.departure = stop.departure;
        if boards { visit.boardings.push(leg) } else { visit.alightings.push(leg) }
    }

    fn depot(&self, piece: usize) -> crate::ids::PlaceId {
        self.problem.vehicles()[piece].end
    }
}

/// As [`Load::DIMENSION_NAMES`].
const DIMENSIONS_ZH: [&str; Load::DIMENSION_NAMES.len()] = ["座位", "轮椅位", "行李位", "货物千克数", "货物升数"];
