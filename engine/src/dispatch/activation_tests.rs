//! What a new timetable means for people who have booked.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::random_day_tests::random_request;
use super::tests::*;
use super::*;
use crate::demand::{Party, Request, WantedTime};
use crate::ids::{BlockId, BookingId, VehicleId, VehicleTypeId};
use crate::plan::{Block, FreightRun, Promise, Timetable, Trip, VehicleSchedule};
use crate::scenario::sample::{hourly_timetable, market_day};
use crate::time::{Duration, ServiceTime, TimeWindow};

/// The hourly timetable after a change of its trips, ordered as timetables are.
fn changed(area: &Area, change: impl Fn(&mut Vec<Trip>)) -> Timetable {
    let mut timetable = hourly_timetable(area.scenario());
    change(&mut timetable.trips);
    timetable.trips.sort_by_key(|trip| (trip.pattern, trip.departure));
    for (index, block) in timetable.blocks.iter_mut().enumerate() {
        let of_block = timetable.trips.iter().enumerate().filter(|(_, trip)| trip.block == BlockId::from_index(index));
        block.trips = of_block.map(|(trip, _)| crate::ids::TripId::from_index(trip)).collect();
    }
    timetable
}

/// From when to when a booking's first leg rides its line.
fn times_on_line(area: &Area, booking: BookingId) -> Vec<(ServiceTime, ServiceTime)> {
    let (scenario, timetable) = (area.scenario(), area.timetable(market_day()).unwrap());
    let legs = &area.booking(booking).unwrap().legs;
    let journeys = legs.iter().filter_map(|leg| match &leg.service {
        LegService::Lines(journey) => Some(journey),
        _ => None,
    });
    let rides = journeys.flat_map(|journey| {
        assert_eq!(journey.timetable_version, area.timetable_version(market_day()));
        &journey.reservations
    });
    let times = rides.map(|ride| {
        let trip = timetable.trip(ride.trip);
        let pattern = scenario.pattern(trip.pattern);
        (trip.departure + pattern.departures[ride.from_stop], trip.departure + pattern.arrivals[ride.to_stop])
    });
    times.collect()
}

fn displaced(outcome: Outcome) -> Vec<DisplacedBooking> {
    match outcome {
        Outcome::ActivationRefused { displaced, .. } => displaced,
        other => panic!("{other:?}"),
    }
}

fn reoffers(displaced: &[DisplacedBooking]) -> Vec<Offer> {
    displaced.iter().map(|displaced| Offer::clone(displaced.reoffer.as_ref().expect("a re-offer"))).collect()
}

fn accept(timetable: &Timetable, accepted: Vec<Offer>) -> Command {
    let key = RequestKey { principal: "planner".into(), request_id: format!("{} accepted", accepted.len()) };
    Command::ActivateTimetable { request: Some((key, "body".into())), timetable: Box::new(timetable.clone()), accepted }
}

/// Bytes of everything that is booked.
fn bytes(area: &Area) -> String {
    let plans: Vec<_> = area.dates().map(|date| area.plan(date).unwrap().clone()).collect();
    serde_json::to_string(&(plans, area.bookings().collect::<Vec<_>>())).unwrap()
}

fn is_activated(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::TimetableActivated { .. })
}

const TO_HOSPITAL: WantedTime = WantedTime::ArriveBy(ServiceTime::hm(9, 0));

#[test]
fn seats_on_trips_that_stay_are_kept_though_the_trips_have_other_numbers() {
    let mut area = area();
    let booking = book(&mut area, 0, &ride("V1", "HOS", TO_HOSPITAL, ONE)).id;
    let trip = book(&mut area, 1, &market_trip("V1", ONE)).id;
    let before = [booking, trip].map(|id| times_on_line(&area, id));
    // The first departures of both directions are given up: all others move up in the table.
    let timetable = changed(&area, |trips| trips.retain(|trip| trip.departure > ServiceTime::hm(6, 30)));
    let version = area.plan(market_day()).unwrap().version;
    assert!(is_activated(&carry_out(&mut area, &activate(timetable))));
    assert_plan_is_right(&area);
    assert_eq!([booking, trip].map(|id| times_on_line(&area, id)), before);
    assert!(area.plan(market_day()).unwrap().version > version, "watchers are told");
    // What was carried over can be given back.
    carry_out(&mut area, &cancel_command(0, booking));
    assert!(area.plan(market_day()).unwrap().reservations.keys().all(|leg| leg.booking == trip));
}

#[test]
fn who_booked_a_bus_that_is_given_up_is_offered_something_else_and_nothing_changes_before_it_is_accepted() {
    let mut area = area();
    let booking = book(&mut area, 0, &ride("V1", "HOS", TO_HOSPITAL, ONE)).id;
    let [(departure, _)] = times_on_line(&area, booking)[..] else { panic!() };
    let taken = area.plan(market_day()).unwrap().reservations.values().next().unwrap()[0].trip;
    let gone = area.timetable(market_day()).unwrap().trip(taken).departure;
    let timetable = changed(&area, |trips| {
        trips.retain(|trip| (trip.pattern.0, trip.departure) != (1, gone));
    });
    let before = bytes(&area);
    let refused = displaced(carry_out(&mut area, &activate(timetable.clone())));
    let nearest = Some(gone - Duration::from_minutes(60));
    assert_eq!((refused[0].booking, refused[0].why), (booking, Displacement::TripGone { departure, nearest }));
    assert_eq!(refused[0].acceptance, Acceptance::Missing);
    assert_eq!(bytes(&area), before);
    let offers = reoffers(&refused);
    // It is an offer of its own kind: not to be booked beside the booking.
    let Outcome::BookingRefused { refusal } = carry_out(&mut area, &book_command(7, &offers[0])) else { panic!() };
    assert_eq!(refusal.reason, Reason::StaleOffer(StaleCause::ReplacesBooking { booking }));

    let command = accept(&timetable, offers);
    let decision = area.decide(&command, at(4, 5));
    let mut replayed = area.clone();
    area.apply(&decision).unwrap();
    assert!(is_activated(&decision.outcome));
    assert_plan_is_right(&area);
    assert_eq!(area.timetable(market_day()), Some(&timetable));
    let rebooked = area.booking(booking).unwrap();
    assert_eq!((rebooked.id, rebooked.state, area.bookings().count()), (booking, BookingState::Confirmed, 1));
    assert!(times_on_line(&area, booking).iter().all(|times| times.0 != departure));
    // A retry is answered as before, and the journal alone leads to the same state.
    let again = area.decide(&command, at(5, 0)).outcome;
    assert_eq!(again, Outcome::Repeated { answer: Answer::Activated(market_day()) });
    replayed.apply(&serde_json::from_str(&serde_json::to_string(&decision).unwrap()).unwrap()).unwrap();
    assert_eq!(bytes(&replayed), bytes(&area));
}

#[test]
fn in_a_smaller_vehicle_those_who_booked_first_keep_their_places() {
    let mut area = area();
    let group = ride("V1", "HOS", TO_HOSPITAL, Party { seated: 4, ..ONE });
    let [first, second] = [0, 1].map(|id| book(&mut area, id, &group).id);
    assert_eq!(times_on_line(&area, first), times_on_line(&area, second));
    let timetable = changed(&area, |trips| {
        trips.iter_mut().for_each(|trip| {
            (trip.vehicle_type, trip.expected_load) = (VehicleTypeId(1), vec![0; 4]);
        });
    });
    let refused = displaced(carry_out(&mut area, &activate(timetable.clone())));
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].booking, second);
    assert!(matches!(refused[0].why, Displacement::SeatsShort { .. }), "{:?}", refused[0].why);
    let kept = times_on_line(&area, first);
    assert!(is_activated(&carry_out(&mut area, &accept(&timetable, reoffers(&refused)))));
    assert_plan_is_right(&area);
    assert_eq!(times_on_line(&area, first), kept);
}

#[test]
fn a_vehicle_that_a_block_needs_hands_its_ride_to_the_other_one() {
    let mut area = area();
    let booking = book(&mut area, 0, &ride("V4", "HOS", TO_HOSPITAL, ONE)).id;
    let schedule = area.plan(market_day()).unwrap().schedules[0].clone();
    let mut timetable = hourly_timetable(area.scenario());
    let (leaves_depot, returns) = (schedule.leaves_depot, schedule.returns);
    timetable.blocks.push(Block {
        vehicle: schedule.vehicle,
        leaves_depot,
        returns,
        trips: Vec::new(),
        runs: Vec::new(),
    });
    let refused = displaced(carry_out(&mut area, &activate(timetable.clone())));
    assert_eq!((refused[0].booking, refused[0].why), (booking, Displacement::VehicleNeeded));
    assert!(is_activated(&carry_out(&mut area, &accept(&timetable, reoffers(&refused)))));
    assert_plan_is_right(&area);
    let [other] = &area.plan(market_day()).unwrap().schedules[..] else { panic!() };
    assert_ne!(other.vehicle, schedule.vehicle);
    // With both away there is nothing to offer, and the timetable waits.
    for minibus in [2, 3] {
        let (vehicle, trips, runs) = (VehicleId(minibus), Vec::new(), Vec::new());
        let (leaves_depot, returns) = (ServiceTime::hm(6, 0), ServiceTime::hm(12, 0));
        timetable.blocks.retain(|block| block.vehicle != vehicle);
        timetable.blocks.push(Block { vehicle, leaves_depot, returns, trips, runs });
    }
    let refused = displaced(carry_out(&mut area, &activate(timetable)));
    assert!(matches!(refused[0].reoffer, Err(NoReoffer::Refused(_))), "{refused:?}");
}

#[test]
fn an_acceptance_that_is_missing_or_stale_is_named_and_the_others_stay_good() {
    let mut area = area();
    let [one, two] = [2, 3].map(|seated| ride("V1", "HOS", TO_HOSPITAL, Party { seated, ..ONE }));
    let [one, two] = [(0, one), (1, two)].map(|(id, request)| book(&mut area, id, &request).id);
    let timetable = changed(&area, |trips| {
        trips.retain(|trip| trip.pattern.0 == 0 || trip.departure >= ServiceTime::hm(12, 0));
    });
    let refused = displaced(carry_out(&mut area, &activate(timetable.clone())));
    assert_eq!(refused.iter().map(|displaced| displaced.booking).collect::<Vec<_>>(), [one, two]);
    let offers = reoffers(&refused);
    let only_one = displaced(carry_out(&mut area, &accept(&timetable, offers[..1].to_vec())));
    assert_eq!([&only_one[0].acceptance, &only_one[1].acceptance], [&Acceptance::Good, &Acceptance::Missing]);
    assert_eq!(only_one[0].reoffer.as_ref().map(|offer| &**offer), Ok(&offers[0]));

    // Too late, or for a timetable with other trips.
    let late = area.decide(&accept(&timetable, offers.clone()), at(29, 0));
    let mut spoilt = offers.clone();
    spoilt[1].expires_at = at(3, 0);
    let stale = displaced(carry_out(&mut area, &accept(&timetable, spoilt.clone())));
    assert_eq!(stale[1].acceptance, Acceptance::Stale(Reason::Expired { at: at(3, 0) }));
    assert!(!is_activated(&late.outcome));
    let other = changed(&area, |trips| trips.retain(|trip| trip.departure >= ServiceTime::hm(12, 0)));
    let command = Command::ActivateTimetable { request: None, timetable: Box::new(other), accepted: offers.clone() };
    let stale = displaced(carry_out(&mut area, &command));
    let changed = Acceptance::Stale(Reason::StaleOffer(StaleCause::TimetableChanged));
    assert!(stale.iter().all(|displaced| displaced.acceptance == changed), "{stale:?}");
    assert!(is_activated(&carry_out(&mut area, &activate_with(&timetable, offers))));
    assert_plan_is_right(&area);
}

fn activate_with(timetable: &Timetable, accepted: Vec<Offer>) -> Command {
    Command::ActivateTimetable { request: None, timetable: Box::new(timetable.clone()), accepted }
}

#[test]
fn a_timetable_does_not_strand_those_who_are_on_their_way() {
    let mut area = area();
    let begun = book(&mut area, 0, &ride("V1", "HOS", TO_HOSPITAL, ONE)).id;
    let later = book(&mut area, 1, &ride("V1", "HOS", WantedTime::ArriveBy(ServiceTime::hm(15, 0)), ONE)).id;
    let timetable = changed(&area, |trips| trips.retain(|trip| trip.pattern.0 == 0));
    let refused = displaced(area.decide(&activate(timetable), at(8, 55)).outcome);
    let found: Vec<_> = refused.iter().map(|displaced| (displaced.booking, &displaced.reoffer)).collect();
    assert_eq!(found, [(begun, &Err(NoReoffer::Begun)), (later, &Err(NoReoffer::NotSearched))]);
}

#[test]
fn a_refusal_in_a_journal_of_the_first_format_is_still_read() {
    let mut area = area();
    let sequence = area.sequence() + 1;
    let old = format!(
        r#"{{"version":1,"sequence":{sequence},"decided_at":1764000000,"request":null,
            "outcome":{{"activation_refused":{{"date":"2026-11-24","bookings":[1]}}}}}}"#
    );
    area.apply(&serde_json::from_str(&old).unwrap()).unwrap();
    assert_eq!(area.sequence(), sequence);
}

#[test]
fn a_vehicle_that_a_timetable_frees_keeps_all_its_passengers() {
    let (hm, mut area) = (ServiceTime::hm, empty_area());
    let apart = with_minibuses_away(&area, hm(8, 20), hm(8, 30));
    assert!(is_activated(&carry_out(&mut area, &activate(apart))));
    let [first, _] = [(7, 45), (9, 30)].map(|(hour, minute)| {
        let request = ride("V3", "HOS", arrive_by(hour, minute), ONE);
        book(&mut area, hour as usize, &request).id
    });
    let [early, late] = &area.plan(market_day()).unwrap().schedules.clone()[..] else { panic!() };
    assert_eq!(early.vehicle, late.vehicle);
    let (version, free) = (area.plan(market_day()).unwrap().version, hourly_timetable(area.scenario()));
    assert!(is_activated(&carry_out(&mut area, &activate(free))));
    assert_plan_is_right(&area);
    let plan = area.plan(market_day()).unwrap();
    let [joined] = &plan.schedules[..] else { panic!("{plan:?}") };
    assert_eq!((joined.leaves_depot, joined.returns), (early.leaves_depot, late.returns));
    assert_eq!(joined.visits, [early.visits.clone(), late.visits.clone()].concat());
    assert!(plan.version > version, "watchers are told");

    // Between the two it is at home, and may go out again for somebody else.
    let mut at_home = area.clone();
    let now = at(8, 12);
    let offer = at_home.quote(&ride("V3", "HOS", arrive_by(9, 35), ONE), now).offers.remove(0);
    let decision = at_home.decide(&book_command(1, &offer), now);
    at_home.apply(&decision).unwrap();
    assert_plan_is_right(&at_home);
    let [same] = &at_home.plan(market_day()).unwrap().schedules[..] else { panic!() };
    assert_eq!(same.visits[..early.visits.len()], early.visits[..]);
    // And before the day begins either may still be cancelled.
    carry_out(&mut area, &cancel_command(0, first));
    assert_plan_is_right(&area);
    assert_eq!(area.plan(market_day()).unwrap().schedules[0].visits.len(), late.visits.len());
}

/// Confirms the best offer with these windows for its first leg.
fn book_within(area: &mut Area, id: usize, request: &Request, pickup: TimeWindow, dropoff: TimeWindow) -> BookingId {
    let mut offer = area.quote(request, at(4, 0)).offers.remove(0);
    let LegService::Booked(leg) = &mut offer.legs[0].service else { panic!("{offer:?}") };
    (leg.promise, leg.ride_time_limit) = (Promise { pickup, dropoff }, Duration::from_minutes(20));
    let Outcome::Booked { booking, .. } = carry_out(area, &book_command(id, &offer)) else { panic!() };
    assert_plan_is_right(area);
    booking.id
}

#[test]
fn who_stays_on_a_vehicle_is_not_collected_before_it_is_free() {
    let (hm, mut area) = (ServiceTime::hm, empty_area());
    let window = |from: (i32, i32), until: (i32, i32)| TimeWindow::new(hm(from.0, from.1), hm(until.0, until.1));
    // To the station from half past seven on; on the way there the bus collects somebody for the market at twenty to eight.
    let to_station = ride("V1", "STA", arrive_by(8, 0), ONE);
    let stays = book_within(&mut area, 0, &to_station, window((7, 30), (8, 0)), window((7, 36), (8, 20)));
    let to_market = market_trip("V2", ONE);
    let leaves = book_within(&mut area, 1, &to_market, window((7, 40), (7, 45)), window((7, 50), (8, 30)));
    let schedules = area.plan(market_day()).unwrap().schedules.clone();
    let [morning, way_home] = &schedules[..] else { panic!("{schedules:?}") };
    let boards = |visit: usize| morning.visits[visit].boardings.iter().map(|leg| leg.booking).collect::<Vec<_>>();
    assert_eq!((morning.vehicle, boards(0), boards(1)), (way_home.vehicle, vec![leaves], vec![stays]));
    // Alone, whoever wants to the station would be collected at half past seven: the bus would have left by then.
    let mut timetable = Timetable::empty(market_day());
    for (leaves_depot, returns) in [(hm(6, 0), morning.leaves_depot), (hm(10, 10), hm(14, 0))] {
        let (trips, runs) = (Vec::new(), Vec::new());
        timetable.blocks.push(Block { vehicle: morning.vehicle, leaves_depot, returns, trips, runs });
    }
    let refused = displaced(carry_out(&mut area, &activate(timetable.clone())));
    assert_eq!(refused.iter().map(|displaced| displaced.booking).collect::<Vec<_>>(), [leaves]);
    assert!(is_activated(&carry_out(&mut area, &accept(&timetable, reoffers(&refused)))));
    assert_plan_is_right(&area);
}

#[test]
fn a_journal_from_before_vans_were_kept_off_their_freight_runs_is_read_as_it_was_meant() {
    let hm = ServiceTime::hm;
    let mut area = empty_area();
    // In the old format the van's whole shift pieces are free: the goods are collected while it is on its run.
    let timetable = with_van_away(&area, &[(hm(6, 30), hm(9, 30))]);
    let old_activation = Decision {
        version: 2,
        ..area.decide(&activate(Timetable { freight: Default::default(), ..timetable.clone() }), at(4, 0))
    };
    let mut before = area.clone();
    before.apply(&old_activation).unwrap();
    let offer = before.quote(&goods(40), at(4, 0)).offers.remove(0);
    let old_booking = Decision { version: 2, ..before.decide(&book_command(0, &offer), at(4, 0)) };
    before.apply(&old_booking).unwrap();
    let known = before.plan(market_day()).unwrap().schedules[0].clone();
    assert!(known.leaves_depot < hm(9, 30));

    let outcome = Outcome::TimetableActivated { timetable: Box::new(timetable.clone()), rebooking: None };
    for decision in [Decision { outcome, ..old_activation }, old_booking] {
        area.apply(&serde_json::from_str(&serde_json::to_string(&decision).unwrap()).unwrap()).unwrap();
    }
    assert_eq!(area.plan(market_day()).unwrap().schedules, [known]);
    // The same timetable again is no idle wish: who is booked on the van's run is offered something else.
    let refused = displaced(carry_out(&mut area, &activate(timetable.clone())));
    assert_eq!(refused[0].why, Displacement::VehicleNeeded);
    assert!(is_activated(&carry_out(&mut area, &accept(&timetable, reoffers(&refused)))));
    assert_plan_is_right(&area);
    assert_eq!(carry_out(&mut area, &activate(timetable)), Outcome::TimetableKept { date: market_day() });
}

/// Blocks of the minibuses and freight runs of the van, here and there over the day.
fn with_random_fixed_work(mut timetable: Timetable, random: &mut ChaCha8Rng) -> Timetable {
    for vehicle in [2, 3, 5].map(VehicleId) {
        let mut free_from = ServiceTime::hm(5, 0);
        for _ in 0..random.random_range(0..4) {
            let leaves_depot = free_from + Duration::from_minutes(random.random_range(0..240));
            let returns = leaves_depot + Duration::from_minutes(random.random_range(10..120));
            if vehicle == VehicleId(5) {
                let (window, visits) = (TimeWindow::new(leaves_depot, returns), Vec::new());
                timetable.freight.runs.push(FreightRun { vehicle, window, leaves_depot, visits, returns });
            } else {
                let (trips, runs) = (Vec::new(), Vec::new());
                timetable.blocks.push(Block { vehicle, leaves_depot, returns, trips, runs });
            }
            free_from = returns;
        }
    }
    timetable
}

/// How many schedules of the first day have become one with an earlier one of the same vehicle.
fn joined(before: &Area, after: &Area) -> usize {
    let schedules = |area: &Area| area.plan(market_day()).unwrap().schedules.clone();
    let (old, new) = (schedules(before), schedules(after));
    let lies_in = |new: &VehicleSchedule, old: &VehicleSchedule| {
        let worked = TimeWindow::new(old.leaves_depot, old.returns);
        old.vehicle == new.vehicle && new.piece.contains_window(worked)
    };
    new.iter().map(|new| old.iter().filter(|old| lies_in(new, old)).count().saturating_sub(1)).sum()
}

/// On full days, timetables lose, move and shrink trips at random and need booked vehicles at other times: whoever isn't displaced
/// keeps the very times on lines and every promise, whoever is gets what was accepted, and the journal tells all.
#[test]
fn on_random_days_a_new_timetable_breaks_no_promise() {
    let (mut rebooked, mut from_vehicles, mut joined_schedules) = (0, 0, 0);
    for seed in 0..24 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut area = empty_area();
        let first = with_random_fixed_work(hourly_timetable(area.scenario()), &mut random);
        assert!(is_activated(&carry_out(&mut area, &activate(first))));
        for id in 0..60 {
            let quote = area.quote(&random_request(&mut random), at(4, 0));
            if let Some(offer) = quote.offers.first() {
                carry_out(&mut area, &book_command(id, offer));
            }
        }
        let timetable = changed(&area, |trips| {
            let mut random = ChaCha8Rng::seed_from_u64(100 + seed);
            trips.retain(|_| !random.random_ratio(1, 5));
            for trip in trips.iter_mut().filter(|_| random.random_ratio(1, 6)) {
                trip.departure += Duration::from_minutes(10);
            }
        });
        // On some days it needs no booked vehicle any more, so that whole shift pieces are free.
        let timetable = if seed % 3 == 0 { timetable } else { with_random_fixed_work(timetable, &mut random) };
        let refuse = |area: &Area| match area.decide(&activate(timetable.clone()), at(4, 0)).outcome {
            Outcome::ActivationRefused { displaced, .. } => {
                let is_looked_for =
                    |displaced: &DisplacedBooking| matches!(displaced.reoffer, Ok(_) | Err(NoReoffer::Refused(_)));
                assert!(displaced.iter().all(is_looked_for), "seed {seed}: {displaced:?}");
                displaced
            }
            _ => Vec::new(),
        };
        // Whoever can't be offered anything gives up.
        for (id, lost) in refuse(&area).iter().filter(|displaced| displaced.reoffer.is_err()).enumerate() {
            carry_out(&mut area, &cancel_command(id, lost.booking));
        }
        let displaced = refuse(&area);
        if displaced.iter().any(|displaced| displaced.reoffer.is_err()) {
            continue;
        }
        let (before, mut replayed) = (area.clone(), area.clone());
        let outcome = area.decide(&activate_with(&timetable, reoffers(&displaced)), at(4, 1));
        assert!(is_activated(&outcome.outcome), "seed {seed}: {outcome:?}");
        area.apply(&outcome).unwrap();
        assert_plan_is_right(&area);
        rebooked += displaced.len();
        from_vehicles += displaced.iter().filter(|displaced| displaced.why == Displacement::VehicleNeeded).count();
        joined_schedules += joined(&before, &area);
        for old in before.bookings().filter(|booking| booking.state == BookingState::Confirmed) {
            let new = area.booking(old.id).unwrap();
            match displaced.iter().find(|displaced| displaced.booking == old.id) {
                Some(displaced) => assert_eq!(new.legs.len(), displaced.reoffer.as_ref().unwrap().legs.len()),
                None => {
                    assert_eq!(times_on_line(&area, old.id), times_on_line(&before, old.id), "seed {seed}");
                    let promises = |booking: &Booking| {
                        let booked = booking.legs.iter().filter_map(|leg| match &leg.service {
                            LegService::Booked(booked) => Some(booked.promise),
                            _ => None,
                        });
                        booked.collect::<Vec<_>>()
                    };
                    assert_eq!(promises(new), promises(old), "seed {seed}");
                }
            }
        }
        replayed.apply(&serde_json::from_str(&serde_json::to_string(&outcome).unwrap()).unwrap()).unwrap();
        assert_eq!(bytes(&replayed), bytes(&area), "seed {seed}");
    }
    assert!(
        rebooked > 40 && from_vehicles > 20 && joined_schedules > 4,
        "{rebooked} rebooked, {from_vehicles} from vehicles; {joined_schedules} schedules joined"
    );
}
