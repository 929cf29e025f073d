//! A plan that grows leg by leg while an offer or a decision is made: insertion, and the promise that follows from it.

use std::collections::BTreeMap;

use super::area::Area;
use super::begun::{Begun, keep_what_has_begun, leave_from, rebuild};
use super::booked_offer::{BookedWish, attempts, open_leg, window_around};
use super::day::{BookedFleet, Day, spec_of};
use super::decision::{PlannedStop, VehicleChange};
use super::journeys::boards;
use super::offer::LegService;
use super::refusal::{NearestMiss, Reason};
use crate::ids::LegId;
use crate::ondemand::{
    self, Insertion, Problem, RequestIndex, RequestSpec, ScheduledStop, Solution, StopKind, best_insertion,
    cheapest_insertion, every_insertion,
};
use crate::plan::{BookedLeg, Promise, VehicleSchedule, Visit};
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Load;

/// For two legs that share vehicles, so many ways of one are tried at most before a search gives up.
pub(super) const TRIED_AT_MOST: u32 = 200;

/// A day's plan with changes that nobody has decided yet.
#[derive(Clone)]
pub(super) struct Draft<'a> {
    area: &'a Area,
    day: &'a Day,
    problem: Problem,
    solution: Solution,
    begun: BTreeMap<usize, Begun>,
    new_legs: Vec<(RequestIndex, LegId)>,
    touched: Vec<usize>,
    now: ServiceTime,
}

impl<'a> Draft<'a> {
    pub fn of(area: &'a Area, day: &'a Day, now: ServiceTime) -> Self {
        let (mut problem, mut solution) = (day.problem().clone(), day.solution().clone());
        let begun = keep_what_has_begun(day, now, (&mut problem, &mut solution));
        Self { area, day, problem, solution, begun, new_legs: Vec::new(), touched: Vec::new(), now }
    }

    /// Finds the best place for a wish and settles its promise; the leg is then part of the draft. Only when no attempt finds a
    /// place is the last one explained: that takes a thousand times longer than to find one.
    pub fn promise(&mut self, id: LegId, wish: &BookedWish) -> Result<BookedLeg, Reason> {
        let mut last = None;
        for open in self.open_legs(wish)? {
            let spec = spec_of(&open);
            match cheapest_insertion(&self.problem, &self.solution, &spec) {
                Some(insertion) => return Ok(self.settle(id, open, insertion)),
                None => last = Some(spec),
            }
        }
        Err(self.reason(&last.expect("there is at least one attempt")))
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

    /// Why there is no way to serve both wishes, whatever is promised within the windows that policy permits: all position pairs
    /// of the first were tried for the best of the second. None if there is a way, or if there are too many pairs to try.
    pub fn why_not_both(&self, first: &BookedWish, second: &BookedWish) -> Option<Reason> {
        let widest = |wish: &BookedWish| {
            let open = self.open_legs(wish)?.pop().expect("there is at least one attempt");
            Ok(spec_of(&open))
        };
        let (first, second) = match widest(first).and_then(|first| Ok((first, widest(second)?))) {
            Ok(specs) => specs,
            Err(reason) => return Some(reason),
        };
        if cheapest_insertion(&self.problem, &self.solution, &second).is_none() {
            return Some(self.reason(&second));
        }
        let ways = every_insertion(&self.problem, &self.solution, &first);
        if ways.len() > TRIED_AT_MOST as usize {
            return None;
        }
        // Routes are shared until one of them changes: to copy a solution costs little, to copy a draft much.
        let mut draft = self.clone();
        let request = draft.problem.push_request(first);
        let mut with_best = None;
        for insertion in ways {
            draft.solution.clone_from(&self.solution);
            draft.solution.insert(&draft.problem, request, insertion);
            if cheapest_insertion(&draft.problem, &draft.solution, &second).is_some() {
                return None;
            }
            with_best.get_or_insert_with(|| draft.solution.clone());
        }
        Some(match with_best {
            Some(solution) => Self { solution, ..draft }.reason(&second),
            None => self.reason(&first),
        })
    }

    /// Adds legs whose windows are promised: all or none. Exhaustive over all position pairs of all but the last leg, unless there
    /// are too many.
    pub fn add(&mut self, legs: &[(LegId, &BookedLeg)]) -> Result<(), (u8, Reason)> {
        let (mut trial, mut tries_left) = (self.clone(), TRIED_AT_MOST);
        if trial.try_add(legs, &mut tries_left) {
            *self = trial;
            return Ok(());
        }
        let (leg, reason) = self.clone().why_not_add(legs);
        Err(match reason {
            Reason::NoInsertion(miss) if tries_left == 0 => (leg, Reason::NotFound { tried: TRIED_AT_MOST, miss }),
            proved => (leg, proved),
        })
    }

    /// False, and nobody else in the routes, if no way was found.
    fn try_add(&mut self, legs: &[(LegId, &BookedLeg)], tries_left: &mut u32) -> bool {
        let Some((&(id, leg), others)) = legs.split_first() else { return true };
        let spec = spec_of(leg);
        if others.is_empty() {
            let best = cheapest_insertion(&self.problem, &self.solution, &spec);
            return best.map(|insertion| self.insert(id, leg, insertion)).is_some();
        }
        let ways = every_insertion(&self.problem, &self.solution, &spec);
        let request = self.problem.push_request(spec);
        let before = self.solution.clone();
        self.new_legs.push((request, id));
        for insertion in ways {
            if *tries_left == 0 {
                break;
            }
            *tries_left -= 1;
            self.solution.insert(&self.problem, request, insertion);
            self.touched.push(insertion.vehicle);
            if self.try_add(others, tries_left) {
                return true;
            }
            self.touched.pop();
            self.solution.clone_from(&before);
        }
        self.new_legs.pop();
        self.problem.retire_request(request);
        false
    }

    /// The first leg without a place once those before it have their best ones.
    fn why_not_add(mut self, legs: &[(LegId, &BookedLeg)]) -> (u8, Reason) {
        for &(id, leg) in legs {
            let spec = spec_of(leg);
            match cheapest_insertion(&self.problem, &self.solution, &spec) {
                Some(insertion) => drop(self.insert(id, leg, insertion)),
                None => return (id.leg, self.reason(&spec)),
            }
        }
        unreachable!("the best way of all was tried")
    }

    /// Takes out what a booked vehicle does for a leg; false if the leg has begun, by vehicle or by bus.
    pub fn give_back(&mut self, leg: LegId, service: &LegService) -> bool {
        match service {
            LegService::Booked(_) => self.remove(leg),
            LegService::Lines(journey) => self.day.timetable().is_some_and(|timetable| {
                journey.reservations.iter().all(|ride| boards(&self.area.scenario, timetable, ride) > self.now)
            }),
            LegService::StudentRuns(_) => true,
        }
    }

    /// Takes a leg out; false if it has begun, or its vehicle could not keep the others' promises without it (only where
    /// driving times are not shortest).
    fn remove(&mut self, leg: LegId) -> bool {
        let Some(request) = self.day.request_of(leg) else { return false };
        let Some(vehicle) = self.solution.vehicle_of(request) else { return false };
        if self.begun.get(&vehicle).is_some_and(|begun| begun.holds(leg)) {
            return false;
        }
        self.touched.push(vehicle);
        self.solution.remove(&self.problem, request)
    }

    /// From now on vehicles keep within the gaps of another timetable where all they do lies in one of them: who is taken out
    /// leaves time to begin sooner, but not before the gap does.
    pub fn keep_within(&mut self, gaps: &BookedFleet) {
        for schedule in &self.day.plan().schedules {
            let (Some(piece), Some(gap)) = (self.day.fleet().gap_of(schedule), gaps.gap_of(schedule)) else { continue };
            let mut spec = self.problem.vehicles()[piece].clone();
            spec.window = spec.window.intersection(gaps.pieces[gap].1);
            self.problem.set_vehicle(piece, spec);
            let stops = self.solution.stops(piece).to_vec();
            rebuild(&self.problem, &mut self.solution, piece, stops);
        }
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
        let request = self.insert(id, &open, insertion);
        let times = self.solution.schedule(&self.problem, insertion.vehicle);
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
        self.problem.set_request(request, spec_of(&leg));
        let stops = self.solution.stops(insertion.vehicle).to_vec();
        rebuild(&self.problem, &mut self.solution, insertion.vehicle, stops);
        leg
    }

    fn insert(&mut self, id: LegId, leg: &BookedLeg, insertion: Insertion) -> RequestIndex {
        let request = self.problem.push_request(spec_of(leg));
        self.solution.insert(&self.problem, request, insertion);
        self.new_legs.push((request, id));
        self.touched.push(insertion.vehicle);
        request
    }

    /// Why a request has no place in the draft. "Alone" means: all vehicles at their depots now, nothing begun.
    fn reason(&self, spec: &RequestSpec) -> Reason {
        let mut alone = self.day.fleet().empty.clone();
        for piece in 0..alone.vehicles().len() {
            leave_from(&mut alone, piece, self.now);
        }
        let miss_of = |refusal| match refusal {
            ondemand::Refusal::ImpossibleAlone(miss) | ondemand::Refusal::NoInsertion(miss) => self.miss(miss),
        };
        match best_insertion(&alone, &Solution::empty(&alone), spec) {
            Err(alone) => Reason::ImpossibleAlone(miss_of(alone)),
            Ok(_) => {
                let refused = best_insertion(&self.problem, &self.solution, spec);
                Reason::NoInsertion(miss_of(refused.expect_err("asked only for what has no place")))
            }
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
            Miss::Late { at: LateAt::Return, by } => self.late_home(nearest.vehicle, by),
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
        let piece = self.day.fleet().pieces.get(nearest.vehicle);
        let known = piece.filter(|_| !matches!(nearest.miss, Miss::NoVehicle | Miss::Pinned | Miss::NotPermitted));
        let vehicle = known.map(|(vehicle, _)| self.area.scenario.fleet.vehicle(*vehicle).code.clone());
        NearestMiss { vehicle, what, what_zh }
    }

    /// A vehicle is back in time for its fixed work, and else for its driver to go home.
    fn late_home(&self, piece: usize, by: Duration) -> (String, String) {
        let (vehicle, gap) = self.day.fleet().pieces[piece];
        let shifts = &self.area.fleet.pieces;
        if shifts.iter().any(|(of, shift)| *of == vehicle && shift.latest == gap.latest) {
            return (format!("would be back {by} after the end of its shift"), format!("收车会晚于下班 {by}"));
        }
        let leaves = gap.latest.to_hm_string();
        (
            format!("would be back {by} too late to leave for its next fixed run at {leaves}"),
            format!("收车会晚于下一趟固定班次（{leaves} 出场）{by}"),
        )
    }

    fn leg_of(&self, request: RequestIndex) -> LegId {
        let new = self.new_legs.iter().find(|(index, _)| *index == request);
        new.map_or_else(|| self.day.leg_of(request), |(_, leg)| *leg)
    }

    fn vehicle_change(&self, piece: usize) -> VehicleChange {
        let (vehicle, window) = self.day.fleet().pieces[piece];
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
