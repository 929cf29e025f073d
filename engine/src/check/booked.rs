//! Rules of booked schedules: who is collected and brought, by whom, when, with what promise.

use std::collections::{BTreeMap, BTreeSet};

use super::duties::is_in_night;
use super::{Findings, Rule, Violation};
use crate::fleet::{Product, ShiftPiece};
use crate::ids::{BookingId, LegId, TripId, VehicleId};
use crate::plan::{BookedLeg, Plan, Timetable, Trip, VehicleSchedule};
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Load;

/// All rules that a plan breaks; empty when it is right.
///
/// `timetable` is the active one of the plan's date, if there is one: reservations, blocks and freight runs are held against it.
pub fn check_plan(scenario: &Scenario, timetable: Option<&Timetable>, plan: &Plan) -> Vec<Violation> {
    let mut checker = Checker { scenario, timetable, plan, findings: Findings::default() };
    let mut actions: BTreeMap<LegId, Vec<Action>> = BTreeMap::new();
    for (index, schedule) in plan.schedules.iter().enumerate() {
        if checker.references_hold(schedule) {
            checker.times_of(schedule);
            checker.load_of(schedule);
            checker.driving_without_rest(schedule);
            for (leg, action) in actions_of(plan, index, schedule) {
                actions.entry(leg).or_default().push(action);
            }
        }
    }
    for (&id, leg) in &plan.legs {
        checker.leg(id, leg, actions.get(&id).map_or(&[], Vec::as_slice));
    }
    checker.vehicles_do_one_thing_at_a_time();
    checker.drivers_hours();
    checker.reservations();
    checker.round_trips();
    checker.findings.sorted()
}

/// Boarding or alighting of one leg.
#[derive(Clone, Copy)]
struct Action {
    schedule: usize,
    visit: usize,
    boards: bool,
    begin: ServiceTime,
    end: ServiceTime,
}

/// What happens at the visits of a schedule, in order: see [`crate::plan::Visit`].
fn actions_of(plan: &Plan, index: usize, schedule: &VehicleSchedule) -> Vec<(LegId, Action)> {
    let mut actions = Vec::new();
    for (visit_index, visit) in schedule.visits.iter().enumerate() {
        let mut begin = visit.begin;
        let alight = visit.alightings.iter().map(|&leg| (leg, false));
        let board = visit.boardings.iter().map(|&leg| (leg, true));
        for (leg, boards) in alight.chain(board) {
            let duration = plan
                .legs
                .get(&leg)
                .map_or(Duration::ZERO, |found| if boards { found.boarding } else { found.alighting });
            let end = begin + duration;
            actions.push((leg, Action { schedule: index, visit: visit_index, boards, begin, end }));
            begin = end;
        }
    }
    actions
}

struct Checker<'a> {
    scenario: &'a Scenario,
    timetable: Option<&'a Timetable>,
    plan: &'a Plan,
    findings: Findings,
}

impl<'a> Checker<'a> {
    fn vehicle_code(&self, id: VehicleId) -> String {
        match self.scenario.fleet.vehicles.get(id.index()) {
            Some(vehicle) => vehicle.code.clone(),
            None => format!("vehicle {}", id.0),
        }
    }

    /// Says what does not exist; the other rules judge only schedules whose references hold.
    fn references_hold(&mut self, schedule: &VehicleSchedule) -> bool {
        let label = self.vehicle_code(schedule.vehicle);
        let before = self.findings.0.len();
        if schedule.vehicle.index() >= self.scenario.fleet.vehicles.len() {
            self.findings.add(Rule::Reference, &label, "does not exist");
        }
        if schedule.visits.is_empty() {
            self.findings.add(Rule::Service, &label, "has a schedule without visits");
        }
        for visit in &schedule.visits {
            if visit.place.index() >= self.scenario.network.places.len() {
                self.findings.add(Rule::Reference, &label, format!("visits place {}", visit.place.0));
            }
            for leg in visit.alightings.iter().chain(&visit.boardings) {
                if !self.plan.legs.contains_key(leg) {
                    self.findings.add(Rule::Reference, &label, format!("serves unknown leg {leg}"));
                }
            }
        }
        self.findings.0.len() == before
    }

    fn times_of(&mut self, schedule: &VehicleSchedule) {
        let label = self.vehicle_code(schedule.vehicle);
        let pieces = &self.scenario.fleet.shift_pieces;
        let holds =
            |piece: &&ShiftPiece| piece.vehicle == schedule.vehicle && piece.window.contains_window(schedule.piece);
        if !pieces.iter().any(|piece| holds(&piece)) {
            self.findings.add(Rule::Shift, &label, format!("no driver's shift piece is {}", schedule.piece));
        }
        let worked = TimeWindow::new(schedule.leaves_depot, schedule.returns);
        if !schedule.piece.contains_window(worked) {
            let detail = format!("works {worked}, outside the shift piece {}", schedule.piece);
            self.findings.add(Rule::Shift, &label, detail);
        }
        let travel = &self.scenario.network.travel;
        let depot = self.scenario.fleet.depot_place(schedule.vehicle);
        let (mut place, mut left) = (depot, schedule.leaves_depot);
        for visit in &schedule.visits {
            let name = &self.scenario.network.place(visit.place).code;
            let there = left + travel.duration(place, visit.place);
            if there > visit.arrival {
                let detail = format!("is at {name} at {there} at the earliest, not at {}", visit.arrival);
                self.findings.add(Rule::Time, &label, detail);
            }
            let legs = |ids: &[LegId]| ids.iter().map(|id| &self.plan.legs[id]).collect::<Vec<_>>();
            let dwell: Duration = legs(&visit.alightings).iter().map(|leg| leg.alighting).sum::<Duration>()
                + legs(&visit.boardings).iter().map(|leg| leg.boarding).sum();
            if visit.begin < visit.arrival || visit.departure < visit.begin + dwell {
                let detail = format!(
                    "at {name} arrives {}, begins {}, needs {dwell}, leaves {}",
                    visit.arrival, visit.begin, visit.departure
                );
                self.findings.add(Rule::Time, &label, detail);
            }
            (place, left) = (visit.place, visit.departure);
        }
        let back = left + travel.duration(place, depot);
        if back > schedule.returns {
            self.findings.add(Rule::Time, label, format!("is back at {back}, not at {}", schedule.returns));
        }
    }

    fn load_of(&mut self, schedule: &VehicleSchedule) {
        let label = self.vehicle_code(schedule.vehicle);
        let vehicle = self.scenario.fleet.vehicle(schedule.vehicle);
        let capacity = self.scenario.fleet.type_of(schedule.vehicle).capacity;
        let mut on_board: BTreeSet<LegId> = BTreeSet::new();
        for visit in &schedule.visits {
            for leg in &visit.alightings {
                on_board.remove(leg);
            }
            on_board.extend(&visit.boardings);
            let legs = || on_board.iter().map(|id| &self.plan.legs[id]);
            let load = legs().fold(Load::ZERO, |load, leg| load + leg.load);
            if !load.fits_in(capacity) {
                let code = &self.scenario.network.place(visit.place).code;
                let detail = format!("carries {load} after {code}, has room for {capacity}");
                self.findings.add(Rule::Capacity, &label, detail);
            }
            let pupils = legs().filter(|leg| leg.product == Product::Student).count();
            if pupils > 0 && pupils < on_board.len() {
                self.findings.add(Rule::Product, &label, "carries pupils together with others");
            }
            for leg in legs() {
                if !vehicle.products.contains(leg.product) {
                    let detail = format!("is not permitted to carry {}", leg.product.word());
                    self.findings.add(Rule::Product, &label, detail);
                }
            }
        }
        if let Some(left_over) = on_board.first() {
            self.findings.add(Rule::Service, left_over, format!("never leaves {label}"));
        }
    }

    fn leg(&mut self, id: LegId, leg: &BookedLeg, actions: &[Action]) {
        let [board, alight] = match actions {
            [first, second] if first.boards && !second.boards && first.schedule == second.schedule => [*first, *second],
            _ => {
                let detail = format!("{} boardings and alightings, wanted one of each", actions.len());
                return self.findings.add(Rule::Service, id, detail);
            }
        };
        let visits = &self.plan.schedules[board.schedule].visits;
        if visits[board.visit].place != leg.from || visits[alight.visit].place != leg.to {
            self.findings.add(Rule::Service, id, "boards or alights somewhere else than booked");
        }
        for (what, window, begin) in
            [("collected", leg.promise.pickup, board.begin), ("there", leg.promise.dropoff, alight.begin)]
        {
            if !window.contains(begin) {
                self.findings.add(Rule::Promise, id, format!("is {what} at {begin}, promised {window}"));
            }
        }
        let ride = alight.begin - board.end;
        if ride > leg.ride_time_limit {
            self.findings.add(Rule::RideTime, id, format!("rides {ride}, limit {}", leg.ride_time_limit));
        }
        let is_goods = leg.product == Product::Freight;
        let takes_places = leg.load.seats != 0 || leg.load.wheelchairs != 0 || leg.load.luggage != 0;
        let takes_hold = leg.load.freight_kilograms != 0 || leg.load.freight_litres != 0;
        if (is_goods && takes_places) || (!is_goods && takes_hold) {
            self.findings.add(Rule::Product, id, format!("{} carries {}", leg.product.word(), leg.load));
        }
        if leg.load.dimensions().into_iter().any(|value| value < 0) || leg.load == Load::ZERO {
            self.findings.add(Rule::Capacity, id, format!("takes {}", leg.load));
        }
    }

    fn vehicles_do_one_thing_at_a_time(&mut self) {
        let mut busy: BTreeMap<VehicleId, Vec<TimeWindow>> = BTreeMap::new();
        for schedule in &self.plan.schedules {
            let worked = TimeWindow::new(schedule.leaves_depot, schedule.returns);
            busy.entry(schedule.vehicle).or_default().push(worked);
        }
        let blocks = self.timetable.iter().flat_map(|timetable| &timetable.blocks);
        let blocks = blocks.map(|block| (block.vehicle, block.leaves_depot, block.returns));
        let runs = self.timetable.iter().flat_map(|timetable| &timetable.freight.runs);
        let runs = runs.map(|run| (run.vehicle, run.leaves_depot, run.returns));
        for (vehicle, leaves_depot, returns) in blocks.chain(runs) {
            if let Some(windows) = busy.get_mut(&vehicle) {
                windows.push(TimeWindow::new(leaves_depot, returns));
            }
        }
        for (vehicle, mut windows) in busy {
            windows.sort_by_key(|window| (window.earliest, window.latest));
            for pair in windows.windows(2) {
                if pair[0].overlaps(pair[1]) {
                    let detail = format!("works {} and {} at once", pair[0], pair[1]);
                    self.findings.add(Rule::Shift, self.vehicle_code(vehicle), detail);
                }
            }
        }
    }

    /// Driving between two rests, at night if any of it is; standing at a visit counts as rest once it is long enough.
    fn driving_without_rest(&mut self, schedule: &VehicleSchedule) {
        let rules = &self.scenario.policy.driving;
        let travel = &self.scenario.network.travel;
        let depot = self.scenario.fleet.depot_place(schedule.vehicle);
        let (mut place, mut driven, mut rested_until) = (depot, Duration::ZERO, schedule.leaves_depot);
        let stands = schedule.visits.iter().map(|visit| (visit.place, visit.arrival, visit.departure));
        for (next, arrival, departure) in stands.chain([(depot, schedule.returns, schedule.returns)]) {
            driven += travel.duration(place, next);
            let at_night = is_in_night(&rules.night, TimeWindow::new(rested_until, arrival));
            let limit = if at_night { rules.continuous_by_night } else { rules.continuous_by_day };
            if driven > limit {
                let label = self.vehicle_code(schedule.vehicle);
                self.findings.add(Rule::DrivingHours, label, format!("{driven} without a rest, limit {limit}"));
                return;
            }
            if departure - arrival >= rules.rest {
                (driven, rested_until) = (Duration::ZERO, departure);
            }
            place = next;
        }
    }

    fn drivers_hours(&mut self) {
        let fleet = &self.scenario.fleet;
        let travel = &self.scenario.network.travel;
        let mut driven = vec![Duration::ZERO; fleet.drivers.len()];
        for schedule in &self.plan.schedules {
            let piece = fleet
                .shift_pieces
                .iter()
                .find(|piece| piece.vehicle == schedule.vehicle && piece.window.contains_window(schedule.piece));
            let places_exist = schedule.visits.iter().all(|visit| visit.place.index() < travel.places());
            let Some(piece) = piece.filter(|_| places_exist) else { continue };
            let depot = fleet.depot_place(schedule.vehicle);
            let mut place = depot;
            for next in schedule.visits.iter().map(|visit| visit.place).chain([depot]) {
                driven[piece.driver.index()] += travel.duration(place, next);
                place = next;
            }
        }
        let limit = self.scenario.policy.driving.per_day;
        for (driver, driven) in fleet.drivers.iter().zip(driven) {
            if driven > limit {
                self.findings.add(Rule::DrivingHours, &driver.code, format!("drives {driven}, limit {limit}"));
            }
        }
    }

    fn reservations(&mut self) {
        let mut on_segment: BTreeMap<(u32, usize), Load> = BTreeMap::new();
        for (id, reservations) in &self.plan.reservations {
            if self.plan.legs.contains_key(id) {
                self.findings.add(Rule::Service, id, "has both a booked vehicle and seats on a line");
            }
            for reservation in reservations {
                let Some(trip) = self.running_trip(reservation.trip) else {
                    let detail = format!("holds seats on trip {}, which does not run", reservation.trip.0);
                    self.findings.add(Rule::Reference, id, detail);
                    continue;
                };
                let stops = self.scenario.pattern(trip.pattern).stops.len();
                if reservation.from_stop >= reservation.to_stop || reservation.to_stop >= stops {
                    let detail = format!("from stop {} to {}", reservation.from_stop, reservation.to_stop);
                    self.findings.add(Rule::Reference, id, detail);
                    continue;
                }
                for segment in reservation.from_stop..reservation.to_stop {
                    *on_segment.entry((reservation.trip.0, segment)).or_default() += reservation.load;
                }
            }
            self.connections(*id);
        }
        for ((trip, segment), load) in on_segment {
            let vehicle_type = self.timetable.expect("checked above").trips[trip as usize].vehicle_type;
            let capacity = self.scenario.fleet.vehicle_types[vehicle_type.index()].capacity;
            if !load.fits_in(capacity) {
                let detail = format!("{load} reserved after stop {segment}, room for {capacity}");
                self.findings.add(Rule::Capacity, format!("trip {trip}"), detail);
            }
        }
    }

    /// A trip of the timetable whose pattern and vehicle type exist.
    fn running_trip(&self, id: TripId) -> Option<&'a Trip> {
        let trip = self.timetable?.trips.get(id.index())?;
        let (patterns, types) = (&self.scenario.patterns, &self.scenario.fleet.vehicle_types);
        (trip.pattern.index() < patterns.len() && trip.vehicle_type.index() < types.len()).then_some(trip)
    }

    /// Who changes buses reaches the second after leaving the first.
    fn connections(&mut self, id: LegId) {
        for pair in self.plan.reservations[&id].windows(2) {
            let (Some(first), Some(second)) = (self.running_trip(pair[0].trip), self.running_trip(pair[1].trip)) else {
                continue;
            };
            let (from, to) = (self.scenario.pattern(first.pattern), self.scenario.pattern(second.pattern));
            let times = (from.arrivals.get(pair[0].to_stop), to.departures.get(pair[1].from_stop));
            let (Some(&arrival), Some(&departure)) = times else { continue };
            let change = self.scenario.policy.bus_first.transfer_time;
            if first.departure + arrival + change > second.departure + departure {
                self.findings.add(Rule::Time, id, "the second bus leaves before the first is there");
            }
        }
    }

    fn round_trips(&mut self) {
        let market_goers: BTreeSet<BookingId> =
            self.plan.legs.iter().filter(|(_, leg)| leg.product == Product::Market).map(|(id, _)| id.booking).collect();
        for booking in market_goers {
            for leg in 0..2 {
                let id = LegId { booking, leg };
                if !self.plan.legs.contains_key(&id) && !self.plan.reservations.contains_key(&id) {
                    let which = if leg == 0 { "way to market" } else { "seat home" };
                    self.findings.add(Rule::RoundTrip, booking, format!("a market goer has no {which}"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{PatternId, PlaceId, VehicleTypeId};
    use crate::network::TravelTimes;
    use crate::plan::{Block, FreightRun, LineReservation, Promise, Visit};
    use crate::scenario::sample::{self, place};

    fn leg_id(booking: u64) -> LegId {
        LegId { booking: BookingId(booking), leg: 0 }
    }

    /// Two people from village V3 to the hospital: 26 min of driving, collected at 08:00 by MINI-1.
    fn plan() -> Plan {
        let mut plan = Plan::empty(sample::market_day());
        let window = |hour, from, until| TimeWindow::new(ServiceTime::hm(hour, from), ServiceTime::hm(hour, until));
        let leg = BookedLeg {
            product: Product::Ride,
            from: place("V3"),
            to: place("HOS"),
            load: Load::seats(2),
            promise: Promise { pickup: window(8, 0, 20), dropoff: window(8, 20, 59) },
            ride_time_limit: Duration::from_minutes(40),
            boarding: Duration::from_minutes(1),
            alighting: Duration::from_minutes(1),
        };
        plan.legs.insert(leg_id(1), leg);
        let visit = |at: PlaceId, begin: ServiceTime, boards: bool| Visit {
            place: at,
            arrival: begin,
            begin,
            departure: begin + Duration::from_minutes(1),
            alightings: if boards { vec![] } else { vec![leg_id(1)] },
            boardings: if boards { vec![leg_id(1)] } else { vec![] },
        };
        plan.schedules.push(VehicleSchedule {
            vehicle: VehicleId(2),
            piece: TimeWindow::new(ServiceTime::hm(6, 0), ServiceTime::hm(9, 50)),
            leaves_depot: ServiceTime::hm(7, 30),
            returns: ServiceTime::hm(8, 40),
            visits: vec![
                visit(place("V3"), ServiceTime::hm(8, 0), true),
                visit(place("HOS"), ServiceTime::hm(8, 30), false),
            ],
        });
        plan
    }

    fn violations(plan: &Plan) -> Vec<Violation> {
        let town = sample::small_town();
        check_plan(&town, Some(&sample::hourly_timetable(&town)), plan)
    }

    /// Breaks a right plan and expects this rule to notice.
    fn check(expected: Rule, harm: impl FnOnce(&mut Plan)) {
        let mut plan = plan();
        harm(&mut plan);
        let found = violations(&plan);
        assert!(found.iter().any(|violation| violation.rule == expected), "{expected:?}: {found:?}");
    }

    fn leg(plan: &mut Plan) -> &mut BookedLeg {
        plan.legs.get_mut(&leg_id(1)).expect("the leg of the plan")
    }

    fn reservation(trip: u32, seats: i32) -> LineReservation {
        LineReservation { trip: TripId(trip), from_stop: 0, to_stop: 2, load: Load::seats(seats) }
    }

    #[test]
    fn a_ride_to_hospital_is_right() {
        assert_eq!(violations(&plan()), []);
    }

    #[test]
    fn every_broken_rule_is_noticed() {
        check(Rule::Reference, |plan| plan.schedules[0].vehicle = VehicleId(99));
        check(Rule::Reference, |plan| plan.schedules[0].visits[0].boardings.push(leg_id(7)));
        check(Rule::Reference, |plan| drop(plan.reservations.insert(leg_id(2), vec![reservation(99, 1)])));
        check(Rule::Service, |plan| drop(plan.schedules[0].visits.pop()));
        check(Rule::Service, |plan| plan.schedules.clear());
        check(Rule::Service, |plan| leg(plan).to = place("STA"));
        check(Rule::Time, |plan| plan.schedules[0].leaves_depot = ServiceTime::hm(7, 50));
        check(Rule::Time, |plan| plan.schedules[0].visits[0].departure = ServiceTime::hm(8, 0));
        check(Rule::Time, |plan| plan.schedules[0].returns = ServiceTime::hm(8, 32));
        check(Rule::Shift, |plan| plan.schedules[0].piece.latest = ServiceTime::hm(9, 51));
        check(Rule::Shift, |plan| plan.schedules[0].leaves_depot = ServiceTime::hm(5, 59));
        check(Rule::Promise, |plan| leg(plan).promise.pickup.earliest = ServiceTime::hm(8, 1));
        check(Rule::Promise, |plan| leg(plan).promise.dropoff.latest = ServiceTime::hm(8, 29));
        check(Rule::RideTime, |plan| leg(plan).ride_time_limit = Duration::from_minutes(28));
        check(Rule::Capacity, |plan| leg(plan).load.seats = 7);
        check(Rule::Capacity, |plan| leg(plan).load.wheelchairs = 2);
        check(Rule::Capacity, |plan| leg(plan).load.seats = -1);
        check(Rule::Capacity, |plan| drop(plan.reservations.insert(leg_id(2), vec![reservation(0, 29)])));
        check(Rule::Product, |plan| leg(plan).product = Product::Freight);
        check(Rule::Product, |plan| leg(plan).load.freight_kilograms = 5);
        check(Rule::RoundTrip, |plan| leg(plan).product = Product::Market);
    }

    /// Breaks a right plan and expects somebody to say this.
    fn check_says(expected: &str, harm: impl FnOnce(&mut Plan)) {
        let mut plan = plan();
        harm(&mut plan);
        let found = violations(&plan);
        assert!(found.iter().any(|violation| violation.detail.contains(expected)), "{expected}: {found:?}");
    }

    #[test]
    fn pupils_ride_with_nobody_else() {
        check_says("carries pupils together with others", |plan| {
            let pupil = BookedLeg { product: Product::Student, ..leg(plan).clone() };
            plan.legs.insert(leg_id(2), pupil);
            plan.schedules[0].visits[0].boardings.push(leg_id(2));
            plan.schedules[0].visits[1].alightings.push(leg_id(2));
        });
    }

    #[test]
    fn nobody_has_a_vehicle_and_a_seat_on_a_line_for_one_way() {
        check_says("has both a booked vehicle and seats on a line", |plan| {
            plan.reservations.insert(leg_id(1), vec![reservation(0, 1)]);
        });
    }

    #[test]
    fn the_second_bus_waits_for_nobody() {
        check_says("the second bus leaves before the first is there", |plan| {
            plan.reservations.insert(leg_id(2), vec![reservation(1, 1), reservation(0, 1)]);
        });
    }

    #[test]
    fn a_driver_drives_no_longer_a_day_than_the_rules_allow() {
        let mut town = sample::small_town();
        let is_tired = |town: &Scenario| {
            let found = check_plan(town, None, &plan());
            found.iter().any(|violation| violation.rule == Rule::DrivingHours && violation.detail.starts_with("drives"))
        };
        assert!(!is_tired(&town));
        town.policy.driving.per_day = Duration::from_minutes(26);
        assert!(is_tired(&town), "the way from and to the depot counts too");
    }

    #[test]
    fn seats_on_a_trip_that_cannot_run_are_noticed() {
        let town = sample::small_town();
        let mut plan = plan();
        plan.reservations.insert(leg_id(2), vec![reservation(0, 1), reservation(14, 1)]);
        for harm in [
            |timetable: &mut Timetable| timetable.trips[0].pattern = PatternId(99),
            |timetable: &mut Timetable| timetable.trips[0].vehicle_type = VehicleTypeId(99),
        ] {
            let mut timetable = sample::hourly_timetable(&town);
            harm(&mut timetable);
            let found = check_plan(&town, Some(&timetable), &plan);
            assert!(found.iter().any(|violation| violation.rule == Rule::Reference), "{found:?}");
        }
    }

    #[test]
    fn a_limit_that_is_just_met_is_kept() {
        let mut plan = plan();
        let leg = leg(&mut plan);
        leg.ride_time_limit = Duration::from_minutes(29);
        leg.promise.dropoff = TimeWindow::new(ServiceTime::hm(8, 30), ServiceTime::hm(8, 30));
        leg.load = Load { seats: 6, wheelchairs: 1, luggage: 6, ..Load::ZERO };
        plan.reservations.insert(leg_id(2), vec![reservation(0, 28)]);
        assert_eq!(violations(&plan), []);
    }

    /// The same ride on slower roads, so that it takes 135 minutes of driving, begun at this hour: is that too long?
    fn long_ride_at(hour: i32) -> bool {
        let mut town = sample::small_town();
        let all = town.network.places.len();
        let drive = |from: usize, to: usize| if from == to { 0 } else { 45 * 60 };
        let seconds: Vec<i32> = (0..all * all).map(|pair| drive(pair / all, pair % all)).collect();
        town.network.travel =
            TravelTimes::new(all, &seconds, &vec![1_000; all * all]).expect("all places are connected");
        let mut plan = plan();
        let at = |minutes: i32| ServiceTime::hm(hour, minutes);
        let schedule = &mut plan.schedules[0];
        (schedule.leaves_depot, schedule.returns) = (at(0), at(140));
        schedule.piece = TimeWindow::new(at(0), at(200));
        for (visit, minutes) in schedule.visits.iter_mut().zip([45, 91]) {
            (visit.arrival, visit.begin, visit.departure) = (at(minutes), at(minutes), at(minutes + 1));
        }
        check_plan(&town, None, &plan).iter().any(|violation| violation.rule == Rule::DrivingHours)
    }

    #[test]
    fn the_night_allows_two_hours_of_driving_whenever_it_is_touched() {
        assert!(!long_ride_at(8) && !long_ride_at(6) && !long_ride_at(30));
        assert!(long_ride_at(21), "ends at night");
        assert!(long_ride_at(2), "the night that began the day before");
        assert!(long_ride_at(5), "begins at night");
        assert!(long_ride_at(24));
    }

    #[test]
    fn one_vehicle_cannot_work_two_schedules_at_once() {
        check(Rule::Shift, |plan| {
            let again = plan.schedules[0].clone();
            plan.schedules.push(again);
        });
    }

    #[test]
    fn a_vehicle_on_fixed_work_carries_nobody_who_has_booked_it() {
        let town = sample::small_town();
        let plan = plan();
        // The ride takes MINI-1 from 07:30 to 08:40.
        let check = |vehicle: u32, (from, until): (ServiceTime, ServiceTime), expected: &[Rule]| {
            let (vehicle, leaves_depot, returns) = (VehicleId(vehicle), from, until);
            let mut with_block = sample::hourly_timetable(&town);
            let mut with_freight = with_block.clone();
            let (trips, runs) = (Vec::new(), Vec::new());
            with_block.blocks.push(Block { vehicle, leaves_depot, returns, trips, runs });
            let (window, visits) = (TimeWindow::new(from, until), Vec::new());
            with_freight.freight.runs.push(FreightRun { vehicle, window, leaves_depot, visits, returns });
            for timetable in [with_block, with_freight] {
                let found = check_plan(&town, Some(&timetable), &plan);
                let found: Vec<Rule> = found.into_iter().map(|violation| violation.rule).collect();
                assert_eq!(found, expected, "vehicle {} from {from} to {until}", vehicle.0);
            }
        };
        let hm = ServiceTime::hm;
        check(2, (hm(8, 39), hm(9, 0)), &[Rule::Shift]);
        check(2, (hm(6, 0), hm(7, 31)), &[Rule::Shift]);
        check(2, (hm(6, 0), hm(7, 30)), &[]);
        check(2, (hm(8, 40), hm(9, 0)), &[]);
        check(3, (hm(7, 0), hm(9, 0)), &[]);
    }
}
