//! Random days on which nothing may ever break.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::tests::*;
use super::*;
use crate::demand::{ConsignmentRequest, Party, Request, WantedTime};
use crate::ids::BookingId;
use crate::scenario::sample::{hourly_timetable, market_day, place};
use crate::time::{ServiceTime, TimeWindow};

pub(super) fn random_request(random: &mut ChaCha8Rng) -> Request {
    let places = ["V1", "V2", "V3", "V4", "STA", "HOS", "S3"];
    let from = places[random.random_range(0..4)];
    let to = places[random.random_range(0..places.len())];
    let time = ServiceTime::from_seconds(random.random_range(6 * 60..20 * 60) * 60);
    let party = Party {
        seated: random.random_range(0..4),
        wheelchairs: i32::from(random.random_ratio(1, 8)),
        luggage: random.random_range(0..3),
    };
    match random.random_range(0..10) {
        0 | 1 => {
            let Request::MarketTrip(trip) = market_trip(from, party) else { unreachable!() };
            Request::MarketTrip(trip)
        }
        2 => Request::Consignment(ConsignmentRequest {
            date: market_day(),
            from: place(from),
            to: place(to),
            kilograms: random.random_range(1..300),
            litres: random.random_range(0..900),
            window: TimeWindow::new(time, time + crate::time::Duration::from_minutes(120)),
        }),
        3 => enrolment(from),
        _ => {
            let wanted = if random.random_bool(0.5) { WantedTime::ArriveBy(time) } else { WantedTime::DepartAt(time) };
            ride(from, to, wanted, party)
        }
    }
}

/// What the vehicles have done or are doing at a moment can't be changed afterwards. A visit may begin at that very moment
/// where the vehicle stands.
fn assert_past_stays(before: &Area, after: &Area, now: ServiceTime) {
    let visits = |area: &Area, until: ServiceTime| {
        let schedules = area.plan(market_day()).map_or(&[][..], |plan| &plan.schedules);
        let all = schedules.iter().flat_map(|schedule| {
            let visits = schedule.visits.iter().filter(|visit| visit.begin <= until);
            visits.map(|visit| (schedule.vehicle, visit.place, visit.begin, visit.boardings.clone()))
        });
        all.collect::<Vec<_>>()
    };
    let (kept, known) = (visits(after, now), visits(before, now));
    assert!(known.iter().all(|visit| kept.contains(visit)), "{known:?} {kept:?}");
    assert!(visits(after, now - crate::time::Duration::from_seconds(1)).iter().all(|visit| known.contains(visit)));
}

/// A retry gets the same answer, another body none, and neither changes anything.
fn assert_remembered(area: &Area, command: &Command, answer: Option<Answer>, now: crate::time::Instant) {
    let again = area.decide(command, now);
    assert_eq!((again.answer(), again.is_journaled()), (answer, false));
    let mut other = command.clone();
    if let Command::Book { body_digest, .. } | Command::Cancel { body_digest, .. } = &mut other {
        *body_digest = "other".to_owned();
    }
    assert_eq!(area.decide(&other, now).outcome, Outcome::KeyReused);
}

/// What a cancelled booking held is free again.
fn assert_given_back(area: &Area, booking: BookingId) {
    let plan = area.plan(market_day()).expect("the day has a timetable");
    assert!(plan.legs.keys().chain(plan.reservations.keys()).all(|leg| leg.booking != booking));
}

/// After every decision the plan is right, promises stay as told, and the journal leads to the same state.
#[test]
fn on_random_days_no_promise_is_ever_broken_and_the_journal_tells_all() {
    for seed in 0..6 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut area = area();
        let first = activate(hourly_timetable(area.scenario()));
        let mut journal = vec![serde_json::to_string(&empty_area().decide(&first, at(4, 0))).unwrap()];
        let mut cancelled = 0;
        for id in 0..300 {
            let minutes = 4 * 60 + id as i32 * 3;
            let (now, time) = (at(0, minutes), ServiceTime::hm(0, minutes));
            let command = if random.random_ratio(1, 3) {
                let next = area.bookings().count() as u64 + 2;
                cancel_command(id, BookingId(random.random_range(next.saturating_sub(12)..next)))
            } else {
                let quote = area.quote(&random_request(&mut random), now);
                assert_eq!(quote.is_offered(), quote.refusal.is_none(), "{quote:?}");
                let Some(offer) = quote.offers.last() else { continue };
                book_command(id, offer)
            };
            let before = area.clone();
            let decision = area.decide(&command, now);
            if let (Command::Book { offer, .. }, Outcome::BookingRefused { refusal }) = (&command, &decision.outcome) {
                panic!("seed {seed}: just offered, then {refusal}: {offer:?}");
            }
            area.apply(&decision).unwrap();
            assert_plan_is_right(&area);
            assert_past_stays(&before, &area, time);
            assert_remembered(&area, &command, decision.answer(), now);
            if let Outcome::Cancelled { booking, .. } = decision.outcome {
                cancelled += 1;
                assert_given_back(&area, booking);
            }
            journal.push(serde_json::to_string(&decision).unwrap());
            for old in before.bookings().filter(|booking| booking.state == BookingState::Confirmed) {
                assert_eq!(area.booking(old.id).unwrap().legs, old.legs, "seed {seed}: a promise was changed");
            }
        }
        assert!(cancelled > 10 && area.bookings().count() > 30, "seed {seed}: {cancelled} cancelled");
        let mut replayed = empty_area();
        for line in &journal {
            replayed.apply(&serde_json::from_str(line).unwrap()).unwrap();
        }
        let bytes = |area: &Area| {
            let plans: Vec<_> = area.dates().map(|date| area.plan(date).unwrap().clone()).collect();
            serde_json::to_string(&(plans, area.bookings().collect::<Vec<_>>())).unwrap()
        };
        assert_eq!(bytes(&replayed), bytes(&area), "seed {seed}");
        let next = random_request(&mut random);
        assert_eq!(replayed.quote(&next, at(14, 0)), area.quote(&next, at(14, 0)), "seed {seed}");
    }
}
