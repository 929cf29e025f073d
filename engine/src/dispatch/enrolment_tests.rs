//! Facts about seats on the licensed student runs: one free seat in the sample town, each way.

use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::tests::*;
use super::*;
use crate::calendar::{DateRange, SchoolTerm};
use crate::demand::{EnrolmentRequest, Request, StudentRunDirection};
use crate::ids::SchoolId;
use crate::scenario::Scenario;
use crate::scenario::sample::{market_day, place, small_town};

fn area_of(change: impl FnOnce(&mut Scenario)) -> Area {
    let mut town = small_town();
    change(&mut town);
    Area::new(Arc::new(town))
}

fn enrolment_from(date: NaiveDate) -> Request {
    Request::Enrolment(EnrolmentRequest { from: place("V2"), school: SchoolId(0), from_date: date })
}

fn spring() -> NaiveDate {
    NaiveDate::from_ymd_opt(2027, 3, 1).unwrap()
}

fn check_rule(area: &Area, request: &Request, is_expected: impl Fn(&RuleBroken) -> bool) {
    let quote = area.quote(request, at(4, 0));
    let Some(Refusal { reason: Reason::Rule(rule) }) = &quote.refusal else { panic!("{quote:?}") };
    assert!(is_expected(rule) && quote.offers.is_empty(), "{rule:?}");
}

#[test]
fn a_pupil_waits_for_a_seat_and_gets_the_one_that_is_given_back() {
    let mut area = area();
    let first = book(&mut area, 0, &enrolment("V2"));
    assert_eq!((first.tier, first.state), (Tier::StudentRun, BookingState::Confirmed));
    let waiting = book(&mut area, 1, &enrolment("V2"));
    assert_eq!((waiting.tier, waiting.state), (Tier::WaitingList, BookingState::Waiting));
    let Outcome::Cancelled { promoted, .. } = carry_out(&mut area, &cancel_command(0, first.id)) else { panic!() };
    assert_eq!(promoted.map(|booking| booking.id), Some(waiting.id));
    assert_eq!(area.booking(waiting.id).map(|booking| booking.state), Some(BookingState::Confirmed));
}

#[test]
fn nobody_waits_for_a_seat_that_can_never_come_free() {
    let without_runs = area_of(|town| town.student_runs.clear());
    check_rule(&without_runs, &enrolment("V2"), |rule| matches!(rule, RuleBroken::NoStudentRun { .. }));
    let is_too_far = |rule: &RuleBroken| {
        matches!(rule, RuleBroken::StudentStopTooFar { walk, limit, direction: StudentRunDirection::ToSchool, .. }
            if walk > limit)
    };
    check_rule(&area(), &enrolment("V4"), is_too_far);
}

#[test]
fn who_finds_a_seat_one_way_only_waits_for_both() {
    let mut area = area_of(|town| town.student_runs[1].pupil_seats = 16);
    let quote = area.quote(&enrolment("V2"), at(4, 0));
    assert_eq!(quote.offers[0].tier, Tier::WaitingList);
    assert_eq!(quote.explanation, "waiting list: all 16 seats of SR1-PM are taken");
    // Who waits holds no seat, so that nobody is kept out by half a journey.
    book(&mut area, 0, &enrolment("V2"));
    assert!(area.bookings().all(|booking| booking.legs.is_empty()));
}

#[test]
fn a_school_whose_runs_go_one_way_only_says_so() {
    let area = area_of(|town| drop(town.student_runs.remove(1)));
    let quote = area.quote(&enrolment("V2"), at(4, 0));
    assert_eq!(quote.offers[0].tier, Tier::StudentRun);
    assert!(quote.explanation.contains("none goes the other way"), "{}", quote.explanation);
}

#[test]
fn yesterday_and_the_holidays_are_refused() {
    let yesterday = market_day().pred_opt().unwrap();
    check_rule(&area(), &enrolment_from(yesterday), |rule| matches!(rule, RuleBroken::DateOver { .. }));
    let in_summer = area_of(|town| town.calendar.years_covered.push(2027));
    check_rule(&in_summer, &enrolment_from(spring()), |rule| matches!(rule, RuleBroken::NoSchoolTerm { .. }));
}

#[test]
fn a_seat_is_held_to_the_end_of_the_term_and_no_longer() {
    let term = DateRange { from: spring(), until: NaiveDate::from_ymd_opt(2027, 7, 10).unwrap() };
    let mut area = area_of(|town| {
        town.calendar.years_covered.push(2027);
        town.calendar.school_terms.push(SchoolTerm { name: "2027 spring".into(), dates: term });
    });
    let last_day = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
    let autumn = book(&mut area, 0, &enrolment("V2"));
    assert_eq!(area.service_dates(&autumn.request).until, last_day);
    let tier = |area: &Area, date| area.quote(&enrolment_from(date), at(4, 0)).offers[0].tier;
    assert_eq!((tier(&area, last_day), tier(&area, spring())), (Tier::WaitingList, Tier::StudentRun));
    // Whoever waits for the autumn gains nothing from a seat of the spring.
    book(&mut area, 1, &enrolment("V2"));
    let next = book(&mut area, 2, &enrolment_from(spring()));
    let Outcome::Cancelled { promoted, .. } = carry_out(&mut area, &cancel_command(0, next.id)) else { panic!() };
    assert_eq!(promoted, None);
    // The answer is remembered from the end of the term, not from its first day.
    let known = |days| area.remembered(&autumn.key, later(last_day, days)).is_some();
    assert_eq!((known(30), known(31)), (true, false));
}

/// 04:00 so many days after a date.
fn later(date: NaiveDate, days: u64) -> crate::time::Instant {
    small_town().policy.clock.instant(date + Days::new(days), crate::time::ServiceTime::hm(4, 0))
}
