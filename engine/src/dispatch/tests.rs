//! Facts about transport in the sample town, and random days on which nothing may ever break.

use std::sync::Arc;

use super::*;
use crate::check::check_plan;
use crate::demand::{ConsignmentRequest, EnrolmentRequest, MarketTripRequest, Party, Request, RideRequest, WantedTime};
use crate::fleet::Product;
use crate::ids::{BookingId, MarketId, SchoolId, VehicleId};
use crate::plan::{Block, BookedLeg, FreightRun, Promise, Timetable};
use crate::scenario::sample::{hourly_timetable, market_day, place, small_town};
use crate::time::{Duration, Instant, ServiceTime, TimeWindow};
use crate::units::Load;

pub(super) const ONE: Party = Party { seated: 1, wheelchairs: 0, luggage: 0 };

/// A time on the market day.
pub(super) fn at(hours: i32, minutes: i32) -> Instant {
    small_town().policy.clock.instant(market_day(), ServiceTime::hm(hours, minutes))
}

pub(super) fn empty_area() -> Area {
    Area::new(Arc::new(small_town()))
}

/// With the hourly timetable in service.
pub(super) fn area() -> Area {
    let mut area = empty_area();
    let timetable = hourly_timetable(area.scenario());
    assert!(matches!(carry_out(&mut area, &activate(timetable)), Outcome::TimetableActivated { .. }));
    area
}

/// Nobody has accepted anything.
pub(super) fn activate(timetable: Timetable) -> Command {
    Command::ActivateTimetable { request: None, timetable: Box::new(timetable), accepted: Vec::new() }
}

pub(super) fn carry_out(area: &mut Area, command: &Command) -> Outcome {
    let decision = area.decide(command, at(4, 0));
    area.apply(&decision).expect("a decision fits the state it was made for");
    decision.outcome
}

pub(super) fn ride(from: &str, to: &str, wanted: WantedTime, party: Party) -> Request {
    Request::Ride(RideRequest { date: market_day(), from: place(from), to: place(to), wanted, party })
}

pub(super) fn arrive_by(hours: i32, minutes: i32) -> WantedTime {
    WantedTime::ArriveBy(ServiceTime::hm(hours, minutes))
}

pub(super) fn market_trip(from: &str, party: Party) -> Request {
    Request::MarketTrip(MarketTripRequest {
        date: market_day(),
        from: place(from),
        market: MarketId(0),
        arrive_by: ServiceTime::hm(9, 0),
        return_at: ServiceTime::hm(10, 30),
        party,
        luggage_home: party.luggage,
    })
}

pub(super) fn enrolment(from: &str) -> Request {
    Request::Enrolment(EnrolmentRequest { from: place(from), school: SchoolId(0), from_date: market_day() })
}

pub(super) fn book_command(id: usize, offer: &Offer) -> Command {
    let key = RequestKey { principal: "test".into(), request_id: id.to_string() };
    Command::Book { key, body_digest: "body".into(), offer: Box::new(offer.clone()) }
}

pub(super) fn cancel_command(id: usize, booking: BookingId) -> Command {
    let key = RequestKey { principal: "test".into(), request_id: format!("cancel {id}") };
    Command::Cancel { key, body_digest: "body".into(), booking }
}

/// Quotes and confirms the best offer.
pub(super) fn book(area: &mut Area, id: usize, request: &Request) -> Booking {
    let quote = area.quote(request, at(4, 0));
    let offer = quote.offers.first().unwrap_or_else(|| panic!("{}", quote.explanation));
    match carry_out(area, &book_command(id, offer)) {
        Outcome::Booked { booking, .. } => {
            assert_plan_is_right(area);
            *booking
        }
        other => panic!("{other:?}"),
    }
}

pub(super) fn assert_plan_is_right(area: &Area) {
    for date in area.dates().collect::<Vec<_>>() {
        let plan = area.plan(date).expect("a date with decisions has a plan");
        assert_eq!(check_plan(area.scenario(), area.timetable(date), plan), [], "{plan:#?}");
    }
}

fn check_tier(area: &Area, request: &Request, expected: Tier) {
    let quote = area.quote(request, at(4, 0));
    assert_eq!(quote.offers.first().map(|offer| offer.tier), Some(expected), "{}", quote.explanation);
}

fn check_refused(area: &Area, request: &Request, word: &str) {
    let quote = area.quote(request, at(4, 0));
    let found = quote.refusal.as_ref().map(|refusal| refusal.reason.word());
    assert_eq!(found, Some(word), "{}", quote.explanation);
}

#[test]
fn a_grandmother_by_the_line_takes_the_bus() {
    let request = ride("V1", "HOS", arrive_by(9, 0), ONE);
    check_tier(&area(), &request, Tier::Line);
}

#[test]
fn three_kilometres_from_the_stop_a_vehicle_comes_and_the_quote_says_why() {
    let request = ride("V4", "HOS", arrive_by(9, 0), ONE);
    let quote = area().quote(&request, at(4, 0));
    assert_eq!(quote.offers[0].tier, Tier::Booked);
    assert!(quote.explanation.contains("2.0 km on foot"), "{}", quote.explanation);
    let LegService::Booked(leg) = &quote.offers[0].legs[0].service else { panic!("{quote:?}") };
    assert!(leg.promise.dropoff.latest <= ServiceTime::hm(9, 0), "{:?}", leg.promise);
    let policy = &small_town().policy.booked;
    assert!(
        leg.promise.pickup.length() <= policy.pickup_window && leg.promise.dropoff.length() <= policy.dropoff_window
    );
}

#[test]
fn without_a_timetable_booked_service_steps_in_and_says_so() {
    let quote = empty_area().quote(&ride("V1", "HOS", arrive_by(9, 0), ONE), at(4, 0));
    assert_eq!(quote.offers[0].tier, Tier::Booked);
    assert!(quote.explanation.contains("plan and activate one"), "{}", quote.explanation);
}

#[test]
fn when_the_bus_is_full_the_next_one_or_a_vehicle_takes_over() {
    let mut area = area();
    let group = Party { seated: 6, ..ONE };
    let request = ride("V1", "HOS", arrive_by(9, 0), group);
    let tiers: Vec<Tier> = (0..12)
        .map_while(|id| {
            let quote = area.quote(&request, at(4, 0));
            let offer = quote.offers.first()?.clone();
            carry_out(&mut area, &book_command(id, &offer));
            assert_plan_is_right(&area);
            Some(offer.tier)
        })
        .collect();
    assert_eq!(tiers[0], Tier::Line);
    assert!(tiers.contains(&Tier::Booked), "{tiers:?}");
    assert!(tiers.is_sorted(), "bus first: {tiers:?}");
}

#[test]
fn a_market_trip_is_served_both_ways_or_not_at_all() {
    let mut area = area();
    let with_hens = Party { seated: 1, wheelchairs: 0, luggage: 2 };
    let by_line = book(&mut area, 0, &market_trip("V1", with_hens));
    assert_eq!((by_line.tier, by_line.legs.len()), (Tier::Line, 2));
    let by_van = book(&mut area, 1, &market_trip("V4", with_hens));
    assert_eq!((by_van.tier, by_van.legs.len()), (Tier::Booked, 2));
    let [there, home] = [0, 1].map(|leg: usize| match &by_van.legs[leg].service {
        LegService::Booked(booked) => booked.clone(),
        other => panic!("{other:?}"),
    });
    assert!(home.promise.pickup.earliest >= there.promise.dropoff.latest + small_town().policy.booked.market_stay);
}

#[test]
fn rules_refuse_with_their_figures() {
    let area = area();
    let tomorrow = market_day().succ_opt().unwrap();
    let Request::MarketTrip(trip) = market_trip("V1", ONE) else { unreachable!() };
    let no_market = Request::MarketTrip(MarketTripRequest { date: tomorrow, ..trip });
    check_refused(&area, &no_market, "RULE");
    assert!(area.quote(&no_market, at(4, 0)).explanation.contains("2026-11-27"));
    check_refused(&area, &ride("V1", "V1", arrive_by(9, 0), ONE), "RULE");
    check_refused(&area, &ride("V1", "V2", arrive_by(9, 0), Party { seated: 0, ..ONE }), "RULE");
    check_refused(&area, &ride("V1", "V2", arrive_by(9, 0), Party { luggage: -1, ..ONE }), "RULE");
    check_refused(&area, &ride("V3", "V4", arrive_by(5, 0), ONE), "RULE");
    let Request::Ride(request) = ride("V3", "V4", arrive_by(9, 0), ONE) else { unreachable!() };
    for date in ["2026-11-23", "2026-12-20", "2031-01-01"] {
        check_refused(&area, &Request::Ride(RideRequest { date: date.parse().unwrap(), ..request.clone() }), "RULE");
    }
    check_refused(&area, &goods(0), "RULE");
    check_refused(&area, &goods(-5), "RULE");
    check_refused(&area, &goods(5_000), "IMPOSSIBLE_ALONE");
    check_tier(&area, &goods(40), Tier::Booked);
}

#[test]
fn nobody_fits_seven_into_six_seats() {
    check_refused(&area(), &ride("V4", "HOS", arrive_by(9, 0), Party { seated: 7, ..ONE }), "IMPOSSIBLE_ALONE");
    check_refused(&area(), &ride("V4", "HOS", arrive_by(9, 0), Party { wheelchairs: 2, ..ONE }), "IMPOSSIBLE_ALONE");
}

#[test]
fn when_both_minibuses_are_busy_the_refusal_says_so_and_a_cancellation_frees_one() {
    let mut area = area();
    let request = ride("V4", "HOS", arrive_by(9, 0), Party { seated: 6, ..ONE });
    let mut booked = Vec::new();
    while let Some(offer) = area.quote(&request, at(4, 0)).offers.first() {
        let Outcome::Booked { booking, .. } = carry_out(&mut area, &book_command(booked.len(), offer)) else {
            panic!()
        };
        booked.push(booking.id);
        assert_plan_is_right(&area);
    }
    check_refused(&area, &request, "NO_INSERTION");
    let cancelled = carry_out(&mut area, &cancel_command(0, booked[0]));
    assert!(matches!(cancelled, Outcome::Cancelled { .. }));
    assert_plan_is_right(&area);
    check_tier(&area, &request, Tier::Booked);
    let again = carry_out(&mut area, &cancel_command(1, booked[0]));
    assert!(matches!(again, Outcome::CancelRefused { refusal: CancelRefusal::AlreadyCancelled, .. }));
    let unknown = carry_out(&mut area, &cancel_command(2, BookingId(99)));
    assert!(matches!(unknown, Outcome::CancelRefused { refusal: CancelRefusal::Unknown, .. }));
}

#[test]
fn a_search_that_gives_up_says_so_and_claims_no_proof() {
    let mut area = area();
    let group = ride("V4", "HOS", arrive_by(9, 0), Party { seated: 6, ..ONE });
    let (morning, mut both) =
        (area.quote(&group, at(4, 0)), area.quote(&market_trip("V4", ONE), at(4, 0)).offers.remove(0));
    let afternoon = TimeWindow::new(ServiceTime::hm(14, 5), ServiceTime::hm(17, 40));
    let to_station = BookedLeg {
        product: Product::Ride,
        from: place("V1"),
        to: place("STA"),
        load: Load::seats(1),
        promise: Promise { pickup: afternoon, dropoff: afternoon },
        ride_time_limit: Duration::from_minutes(180),
        boarding: Duration::from_seconds(30),
        alighting: Duration::from_seconds(30),
    };
    // All afternoon people go to the station whenever it suits: one more fits in at hundreds of pairs of places.
    let mut one_more = morning.offers[0].clone();
    one_more.legs[0].service = LegService::Booked(to_station.clone());
    for id in 0..30 {
        assert!(matches!(carry_out(&mut area, &book_command(id, &one_more)), Outcome::Booked { .. }));
    }
    both.legs[0].service = LegService::Booked(to_station);
    both.legs[1] = morning.offers[0].legs[0].clone();
    let could = area.decide(&book_command(100, &both), at(4, 0)).outcome;
    assert!(matches!(could, Outcome::Booked { .. }), "{could:?}");
    // In the morning there is no room for the other leg, whatever is done in the afternoon.
    let mut id = 200;
    while let Some(offer) = area.quote(&group, at(4, 0)).offers.first() {
        carry_out(&mut area, &book_command(id, offer));
        id += 1;
    }
    let Outcome::BookingRefused { refusal } = carry_out(&mut area, &book_command(101, &both)) else { panic!() };
    assert!(matches!(refusal.reason, Reason::NotFound { tried: 200, .. }), "{refusal:?}");
    assert_plan_is_right(&area);
}

#[test]
fn a_retry_gets_the_same_answer_and_another_body_none() {
    let mut area = area();
    let offer = area.quote(&ride("V4", "HOS", arrive_by(9, 0), ONE), at(4, 0)).offers.remove(0);
    let command = book_command(1, &offer);
    let Outcome::Booked { booking, .. } = carry_out(&mut area, &command) else { panic!() };
    let (sequence, count) = (area.sequence(), area.bookings().count());
    assert_eq!(carry_out(&mut area, &command), Outcome::Repeated { answer: Answer::Booked(booking.id) });
    let Command::Book { key, offer, .. } = command else { unreachable!() };
    let other = Command::Book { key, body_digest: "other".into(), offer };
    assert_eq!(carry_out(&mut area, &other), Outcome::KeyReused);
    assert_eq!((area.sequence(), area.bookings().count()), (sequence, count));
}

/// Is a retry of the command recognized 30 days after the market day, and no longer one day later?
fn check_remembered_for_thirty_days(area: &Area, command: &Command) {
    let on_day = |days| {
        let instant =
            area.scenario().policy.clock.instant(market_day() + chrono::Days::new(days), ServiceTime::hm(4, 0));
        area.decide(command, instant).outcome
    };
    assert!(matches!(on_day(30), Outcome::Repeated { .. }), "{command:?}");
    assert!(!matches!(on_day(31), Outcome::Repeated { .. }), "{command:?}");
}

#[test]
fn a_retry_is_recognized_until_thirty_days_after_the_service_whatever_the_answer_was() {
    let mut area = area();
    let offer = area.quote(&ride("V4", "HOS", arrive_by(9, 0), Party { seated: 6, ..ONE }), at(4, 0)).offers.remove(0);
    // Decided five days before the service.
    let before = |area: &mut Area, command: &Command| {
        let instant = Instant::from_unix_seconds(at(4, 0).unix_seconds() - 5 * 86_400);
        let decision = area.decide(command, instant);
        area.apply(&decision).unwrap();
        check_remembered_for_thirty_days(area, command);
        decision.outcome
    };
    let mut refused = 0;
    for id in 0..8 {
        let outcome = before(&mut area, &book_command(id, &offer));
        refused += i32::from(matches!(outcome, Outcome::BookingRefused { .. }));
    }
    assert!(refused > 0);
    let first = area.bookings().next().unwrap().id;
    assert!(matches!(before(&mut area, &cancel_command(0, first)), Outcome::Cancelled { .. }));
    assert!(matches!(before(&mut area, &cancel_command(1, first)), Outcome::CancelRefused { .. }));
}

#[test]
fn what_is_forgotten_leaves_memory() {
    let mut area = area();
    let offer = area.quote(&ride("V4", "HOS", arrive_by(9, 0), ONE), at(4, 0)).offers.remove(0);
    carry_out(&mut area, &book_command(0, &offer));
    let much_later = Instant::from_unix_seconds(at(4, 0).unix_seconds() + 31 * 86_400);
    let decision = area.decide(&cancel_command(0, BookingId(99)), much_later);
    area.apply(&decision).unwrap();
    assert_eq!(area.memory.len(), 1);
}

#[test]
fn an_offer_expires_and_goes_stale() {
    let mut area = area();
    let offer = area.quote(&ride("V4", "HOS", arrive_by(9, 0), Party { seated: 6, ..ONE }), at(4, 0)).offers.remove(0);
    let late = area.decide(&book_command(1, &offer), at(4, 11)).outcome;
    assert!(matches!(late, Outcome::BookingRefused { refusal: Refusal { reason: Reason::Expired { .. } } }));
    let outcomes: Vec<Outcome> = (1..10).map(|id| carry_out(&mut area, &book_command(id, &offer))).collect();
    assert!(matches!(outcomes[0], Outcome::Booked { .. }));
    let stale = |outcome: &Outcome| {
        matches!(outcome, Outcome::BookingRefused { refusal: Refusal { reason: Reason::StaleOffer(_) } })
    };
    assert!(outcomes.last().is_some_and(stale), "{outcomes:#?}");
}

/// The hourly timetable with other expectations: not the one in service.
fn other_timetable(area: &Area) -> crate::plan::Timetable {
    let mut timetable = hourly_timetable(area.scenario());
    timetable.trips[0].expected_load.push(1);
    timetable
}

#[test]
fn a_late_retry_of_an_activation_does_not_put_the_old_timetable_back() {
    let mut area = area();
    let activate = |id: &str, timetable: &Timetable| {
        let key = RequestKey { principal: "planner".into(), request_id: id.into() };
        Command::ActivateTimetable {
            request: Some((key, id.to_owned())),
            timetable: Box::new(timetable.clone()),
            accepted: Vec::new(),
        }
    };
    let first = hourly_timetable(area.scenario());
    let second = other_timetable(&area);
    let kept = carry_out(&mut area, &activate("first", &first));
    assert_eq!(kept, Outcome::TimetableKept { date: market_day() });
    assert!(matches!(carry_out(&mut area, &activate("second", &second)), Outcome::TimetableActivated { .. }));
    let again = carry_out(&mut area, &activate("first", &first));
    assert_eq!(again, Outcome::Repeated { answer: Answer::Activated(market_day()) });
    assert_eq!(area.timetable(market_day()), Some(&second));
}

#[test]
fn what_has_begun_stays_and_nobody_drives_in_the_past() {
    let mut area = area();
    let now = at(8, 0);
    for id in 0..6 {
        let request = ride("V4", "HOS", arrive_by(9 + (id as i32) / 3, 20), ONE);
        let Some(offer) = area.quote(&request, now).offers.first().cloned() else { break };
        let decision = area.decide(&book_command(id, &offer), now);
        area.apply(&decision).unwrap();
        assert_plan_is_right(&area);
        for schedule in &area.plan(market_day()).unwrap().schedules {
            assert!(schedule.leaves_depot >= ServiceTime::hm(8, 0), "{schedule:?}");
        }
    }
    assert!(area.bookings().count() > 0);
}

#[test]
fn a_bus_that_has_left_is_not_cancelled_and_neither_is_a_vehicle_on_its_way() {
    let mut area = area();
    let by_line = book(&mut area, 0, &ride("V1", "HOS", arrive_by(9, 0), ONE));
    let by_van = book(&mut area, 1, &ride("V4", "HOS", arrive_by(9, 0), ONE));
    for (id, booking) in [by_line.id, by_van.id].into_iter().enumerate() {
        let at_noon = area.decide(&cancel_command(id, booking), at(12, 0)).outcome;
        assert_eq!(at_noon, Outcome::CancelRefused { booking, refusal: CancelRefusal::Begun });
        let before = area.decide(&cancel_command(id, booking), at(5, 0)).outcome;
        assert!(matches!(before, Outcome::Cancelled { .. }));
    }
}

/// The hourly timetable, and both minibuses away on fixed runs between these times.
pub(super) fn with_minibuses_away(area: &Area, from: ServiceTime, until: ServiceTime) -> Timetable {
    let mut timetable = hourly_timetable(area.scenario());
    for minibus in [2, 3] {
        let (vehicle, trips, runs) = (VehicleId(minibus), Vec::new(), Vec::new());
        timetable.blocks.push(Block { vehicle, leaves_depot: from, returns: until, trips, runs });
    }
    timetable
}

#[test]
fn booked_rides_keep_to_the_gaps_that_fixed_runs_leave() {
    let mut area = empty_area();
    let timetable = with_minibuses_away(&area, ServiceTime::hm(10, 0), ServiceTime::hm(13, 0));
    assert!(matches!(carry_out(&mut area, &activate(timetable)), Outcome::TimetableActivated { .. }));
    check_refused(&area, &ride("V4", "HOS", arrive_by(12, 0), ONE), "IMPOSSIBLE_ALONE");
    let early = book(&mut area, 0, &ride("V4", "HOS", arrive_by(9, 0), ONE));
    let late = book(&mut area, 1, &ride("V4", "HOS", arrive_by(16, 30), ONE));
    assert_eq!([early.tier, late.tier], [Tier::Booked; 2]);
}

/// The hourly timetable, and the van away on dedicated freight runs between these times.
pub(super) fn with_van_away(area: &Area, times: &[(ServiceTime, ServiceTime)]) -> Timetable {
    let mut timetable = hourly_timetable(area.scenario());
    timetable.freight.runs.extend(times.iter().map(|&(leaves_depot, returns)| FreightRun {
        vehicle: VehicleId(5),
        window: TimeWindow::new(leaves_depot, returns),
        leaves_depot,
        visits: Vec::new(),
        returns,
    }));
    timetable
}

pub(super) fn goods(kilograms: i32) -> Request {
    let window = TimeWindow::new(ServiceTime::hm(7, 0), ServiceTime::hm(12, 0));
    let (from, to) = (place("V4"), place("STA"));
    Request::Consignment(ConsignmentRequest { date: market_day(), from, to, kilograms, litres: 0, window })
}

#[test]
fn a_van_on_a_dedicated_freight_run_is_not_booked() {
    let hm = ServiceTime::hm;
    let with_runs = |times: &[(ServiceTime, ServiceTime)]| {
        let mut area = empty_area();
        let timetable = with_van_away(&area, times);
        assert!(matches!(carry_out(&mut area, &activate(timetable)), Outcome::TimetableActivated { .. }));
        area
    };
    check_refused(&with_runs(&[(hm(6, 0), hm(9, 50)), (hm(10, 10), hm(14, 0))]), &goods(40), "IMPOSSIBLE_ALONE");
    let mut area = with_runs(&[(hm(6, 30), hm(9, 30))]);
    book(&mut area, 0, &goods(40));
    assert!(area.plan(market_day()).unwrap().schedules[0].leaves_depot >= hm(9, 30));
}

#[test]
fn a_vehicle_that_must_leave_for_its_fixed_run_says_so_and_nothing_of_its_shift() {
    let check = |(from, until): ((i32, i32), (i32, i32)), wanted: WantedTime, expected: &str, expected_zh: &str| {
        let hm = |(hours, minutes)| ServiceTime::hm(hours, minutes);
        let mut area = empty_area();
        let timetable = with_minibuses_away(&area, hm(from), hm(until));
        carry_out(&mut area, &activate(timetable));
        let quote = area.quote(&ride("V4", "HOS", wanted, ONE), at(4, 0));
        let Some(Reason::ImpossibleAlone(miss)) = quote.refusal.map(|refusal| refusal.reason) else { panic!() };
        assert!(miss.what.ends_with(expected), "{}", miss.what);
        assert!(miss.what_zh.starts_with(expected_zh), "{}", miss.what_zh);
    };
    let run = ((8, 0), (21, 50));
    check(
        run,
        arrive_by(9, 0),
        "too late to leave for its next fixed run at 08:00",
        "收车会晚于下一趟固定班次（08:00 出场）",
    );
    check(((10, 10), (21, 50)), arrive_by(10, 50), "after the end of its shift", "收车会晚于下班");
}

#[test]
fn fixed_runs_do_not_take_a_vehicle_from_those_who_booked_it() {
    let mut area = area();
    let booking = book(&mut area, 0, &ride("V4", "HOS", arrive_by(9, 0), ONE));
    let schedule = &area.plan(market_day()).unwrap().schedules[0];
    let (leaves, returns) = (schedule.leaves_depot, schedule.returns);
    let during = with_minibuses_away(&area, returns - Duration::from_minutes(1), ServiceTime::hm(9, 30));
    let refused = carry_out(&mut area, &activate(during));
    assert!(matches!(refused, Outcome::ActivationRefused { bookings, .. } if bookings == [booking.id]));
    let after = with_minibuses_away(&area, returns, ServiceTime::hm(9, 30));
    let activated = carry_out(&mut area, &activate(after));
    assert!(matches!(activated, Outcome::TimetableActivated { .. }));
    assert_plan_is_right(&area);
    let kept = &area.plan(market_day()).unwrap().schedules[0];
    assert_eq!((kept.leaves_depot, kept.returns), (leaves, returns));
    book(&mut area, 1, &ride("V3", "HOS", arrive_by(11, 0), ONE));
}
