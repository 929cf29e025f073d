//! What clients of the service may rely on, call by call, over a real connection.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use sanban_engine::fleet::Products;
use sanban_engine::scenario::sample;
use sanban_server::proto::{self as wire, BookingState};
use sanban_tests::client::{
    Client, activation, at, book_request, code, date, desk_token, people, reason, ride, to_hospital,
};
use sanban_tests::in_process::{Options, Served, serve, serve_scenario, served};
use tokio_stream::StreamExt;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Legs without the vehicle, which is no promise.
fn promised(legs: &[wire::OfferedLeg]) -> Vec<wire::OfferedLeg> {
    let mut legs = legs.to_vec();
    for section in legs.iter_mut().flat_map(|leg| &mut leg.sections) {
        if let Some(wire::section::By::Booked(ride)) = &mut section.by {
            ride.vehicle.clear();
        }
    }
    legs
}

fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}

#[tokio::test]
async fn a_ride_is_quoted_booked_found_and_cancelled() {
    let (_folder, served, mut desk) = served().await;
    let quote = desk.quote(to_hospital(10, 1)).await.unwrap();
    assert!(!quote.offers.is_empty() && quote.refusal.is_none());
    assert!(quote.decided_by.is_some() && !quote.policy_version.is_empty());
    let places: Vec<&str> = quote.places.iter().map(|place| place.code.as_str()).collect();
    assert_eq!(places, ["V3", "HOS"]);

    let booked = desk.book("ride-1", &quote.offers[0].offer_token).await.unwrap();
    assert_eq!((booked.state(), booked.date.as_str()), (BookingState::Confirmed, "2026-11-24"));
    // What was offered is what was booked; now the vehicle is known too.
    assert_eq!(promised(&booked.legs), promised(&quote.offers[0].legs));
    assert_eq!(desk.get(&booked.booking_id).await.unwrap().booking, Some(booked.clone()));
    let plan = desk.plan(date()).await.unwrap();
    assert_eq!((plan.version, plan.legs.len()), (1, 1));

    let cancelled = desk.cancel("cancel-1", &booked.booking_id).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
    assert_eq!(desk.plan(date()).await.unwrap().schedules, []);
    // A retry of either finds its own answer.
    assert_eq!(desk.cancel("cancel-1", &booked.booking_id).await.unwrap(), cancelled);
    served.stop().await;
}

#[tokio::test]
async fn every_product_is_offered_or_refused_with_a_reason() {
    let (_folder, served, mut desk) = served().await;
    use wire::journey::Product;
    let journeys = [
        Product::Ride(wire::Ride {
            from: code("V1"),
            to: code("MKT"),
            wanted: Some(wire::ride::Wanted::DepartAt(at(date(), 8, 0))),
            party: people(2),
        }),
        Product::MarketTrip(wire::MarketTrip {
            from: code("V4"),
            market: "M1".into(),
            arrive_by: Some(at(date(), 9, 0)),
            return_at: Some(at(date(), 11, 30)),
            party: people(1),
            luggage_units_home: 2,
        }),
        Product::Consignment(wire::Consignment {
            from: code("V4"),
            to: code("STA"),
            kilograms: 40,
            litres: 120,
            ready: Some(at(date(), 7, 0)),
            due: Some(at(date(), 12, 0)),
        }),
        Product::Enrolment(wire::Enrolment {
            from: code("V3"),
            school: "SCHOOL".into(),
            from_date: "2026-11-24".into(),
        }),
    ];
    for product in journeys {
        let quote = desk.quote(wire::Journey { product: Some(product.clone()) }).await.unwrap();
        assert_ne!(quote.offers.is_empty(), quote.refusal.is_none(), "{product:?}: {quote:?}");
        for offer in &quote.offers {
            assert!(!offer.legs.is_empty() && offer.expires.is_some() && !offer.offer_token.is_empty());
            assert!(offer.tier() != wire::Tier::Unspecified);
        }
        if let Some(refusal) = &quote.refusal {
            assert!(refusal.reason() != wire::RefusalReason::Unspecified);
            let text = refusal.explanation.clone().unwrap().text.unwrap();
            assert!(!text.zh_cn.is_empty() && !text.en.is_empty());
        }
    }
    served.stop().await;
}

#[tokio::test]
async fn a_retry_gives_the_same_booking_and_another_body_is_refused() {
    let (_folder, served, mut desk) = served().await;
    let offer = desk.quote(to_hospital(10, 1)).await.unwrap().offers.remove(0);
    let other = desk.quote(to_hospital(15, 1)).await.unwrap().offers.remove(0);
    let booked = desk.book("same", &offer.offer_token).await.unwrap();
    assert_eq!(desk.book("same", &offer.offer_token).await.unwrap(), booked);
    let status = desk.book("same", &other.offer_token).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    // Whatever the other body is: a booking, an offer that can't be read, a booking that doesn't exist.
    assert_eq!(desk.cancel("same", &booked.booking_id).await.unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(desk.book("same", "unreadable").await.unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(desk.cancel("same", "B000999").await.unwrap_err().code(), Code::AlreadyExists);
    let all = desk.booking.list_bookings(wire::ListBookingsRequest::default()).await.unwrap().into_inner();
    assert_eq!(all.bookings, [booked]);
    served.stop().await;
}

#[tokio::test]
async fn bad_fields_are_named_all_at_once() {
    let (_folder, served, mut desk) = served().await;
    let mut check = async |journey: Option<wire::Journey>, expected: &[&str]| {
        let status = desk.booking.quote(wire::QuoteRequest { journey }).await.unwrap_err();
        assert_eq!(
            (status.code(), fields(&status)),
            (Code::InvalidArgument, expected.iter().map(|field| (*field).to_owned()).collect())
        );
    };
    check(None, &["journey"]).await;
    check(
        Some(ride("NOWHERE", "DEP", at(date(), 10, 0), 0)),
        &["journey.ride.from.code", "journey.ride.to.code", "journey.ride.party"],
    )
    .await;
    check(Some(ride("V1", "V1", at(date(), 10, 0), 1)), &["journey.ride.to"]).await;
    check(Some(ride("V1", "HOS", at(date(), 10, 0), -1)), &["journey.ride.party.seated"]).await;
    let status = desk.book("", "x").await.unwrap_err();
    assert_eq!((status.code(), fields(&status)), (Code::InvalidArgument, vec!["request_id".to_owned()]));
    let status = desk.plan_of("24.11.2026").await.unwrap_err();
    assert_eq!(fields(&status), ["date"]);
    served.stop().await;
}

#[tokio::test]
async fn coordinates_need_a_datum_and_a_place_within_walking_reach() {
    let (_folder, served, mut desk) = served().await;
    let near_v1 = |datum, north: f64| {
        let coordinates =
            wire::Coordinates { latitude: 31.0 + north / 111_000.0, longitude: 106.0 + 2_000.0 / 95_000.0, datum };
        let from = wire::PlaceReference { at: Some(wire::place_reference::At::Coordinates(coordinates)) };
        let mut journey = ride("V1", "HOS", at(date(), 10, 0), 1);
        if let Some(wire::journey::Product::Ride(ride)) = &mut journey.product {
            ride.from = Some(from);
        }
        journey
    };
    let status = desk.quote(near_v1(wire::Datum::Unspecified.into(), 410.0)).await.unwrap_err();
    assert_eq!(fields(&status), ["journey.ride.from.coordinates.datum"]);
    let status = desk.quote(near_v1(wire::Datum::Wgs84.into(), 30_000.0)).await.unwrap_err();
    assert_eq!(fields(&status), ["journey.ride.from.coordinates"]);
    let quote = desk.quote(near_v1(wire::Datum::Wgs84.into(), 410.0)).await.unwrap();
    assert_eq!(quote.places[0].code, "V1");
    served.stop().await;
}

#[tokio::test]
async fn offers_are_signed_and_expire() {
    let (_folder, served, mut desk) = served().await;
    let token = desk.quote(to_hospital(10, 1)).await.unwrap().offers.remove(0).offer_token;
    let tampered = format!("{}{}", if token.starts_with('A') { "B" } else { "A" }, &token[1..]);
    for wrong in [tampered.as_str(), "", "nonsense", "a.b"] {
        let status = desk.book("tampered", wrong).await.unwrap_err();
        assert_eq!((status.code(), fields(&status)), (Code::InvalidArgument, vec!["offer_token".to_owned()]));
    }
    let Served { data, .. } = &served;
    let data = data.clone();
    served.stop().await;
    // Half an hour later the offer has expired; the key that signed it is still the store's.
    let later = sanban_tests::in_process::evening_before();
    let later = sanban_engine::time::Instant::from_unix_seconds(later.unix_seconds() + 1_800);
    let served = serve(&data, Options { now: Some(later), ..Options::default() }).await;
    let status = served.desk().await.book("late", &token).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    let details = status.get_error_details();
    assert!(details.precondition_failure().is_some());
    let said = details.localized_message().unwrap();
    assert_eq!((said.locale.as_str(), said.message.as_str()), ("zh-CN", "报价已过期，请重新询价"));
    served.stop().await;
}

#[tokio::test]
async fn of_two_who_want_the_last_seats_exactly_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let mut town = sample::small_town();
    // One minibus with six seats is left for rides.
    town.fleet.vehicles[3].products = Products::NONE;
    let served = serve_scenario(town, folder.path(), Options::default()).await;
    let mut desk = served.desk().await;
    let token = |quote: wire::QuoteResponse| quote.offers[0].offer_token.clone();
    let first = token(desk.quote(to_hospital(9, 4)).await.unwrap());
    let second = token(desk.quote(to_hospital(9, 4)).await.unwrap());
    let (mut one, mut other) = (desk.clone(), desk.clone());
    let outcomes = tokio::join!(one.book("one", &first), other.book("other", &second));
    let (won, lost) = match outcomes {
        (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
        outcomes => panic!("{outcomes:?}"),
    };
    assert_eq!(lost.code(), Code::FailedPrecondition);
    assert!(lost.get_error_details().precondition_failure().is_some());
    assert_eq!(desk.plan(date()).await.unwrap().legs.len(), 1);
    assert_eq!(desk.get(&won.booking_id).await.unwrap().booking, Some(won));
    served.stop().await;
}

#[tokio::test]
async fn bookings_come_in_pages_and_by_date_and_state() {
    let (_folder, served, mut desk) = served().await;
    let mut booked = Vec::new();
    for (number, hour) in [8, 9, 10, 14, 16].into_iter().enumerate() {
        booked.push(desk.book_first(&format!("page-{number}"), to_hospital(hour, 1)).await.unwrap());
    }
    booked[1] = desk.cancel("cancel", &booked[1].booking_id).await.unwrap();
    let mut request = wire::ListBookingsRequest { page_size: 2, date: date().to_string(), ..Default::default() };
    let mut listed = Vec::new();
    loop {
        let page = desk.booking.list_bookings(request.clone()).await.unwrap().into_inner();
        assert!(page.bookings.len() <= 2);
        listed.extend(page.bookings);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(listed, booked);
    request.state = BookingState::Cancelled.into();
    let status = desk.booking.list_bookings(request.clone()).await.unwrap_err();
    assert_eq!(fields(&status), ["page_token"]);
    request.page_token.clear();
    let cancelled = desk.booking.list_bookings(request.clone()).await.unwrap().into_inner();
    assert_eq!(cancelled.bookings, booked[1..2]);
    request.date = "2026-11-25".to_owned();
    assert_eq!(desk.booking.list_bookings(request).await.unwrap().into_inner().bookings, []);
    served.stop().await;
}

#[tokio::test]
async fn watchers_get_a_snapshot_and_then_every_change_without_a_gap() {
    let (_folder, served, mut desk) = served().await;
    let before = desk.book_first("before", to_hospital(8, 1)).await.unwrap();
    let request = wire::WatchPlanRequest { date: date().to_string() };
    let mut plans = desk.dispatch.watch_plan(request).await.unwrap().into_inner();
    let request = wire::WatchBookingsRequest { date: date().to_string() };
    let mut bookings = desk.booking.watch_bookings(request).await.unwrap().into_inner();

    use wire::watch_bookings_response::Event as BookingEvent;
    use wire::watch_plan_response::Event as PlanEvent;
    let Some(PlanEvent::Snapshot(mut plan)) = plans.next().await.unwrap().unwrap().event else { panic!() };
    let Some(BookingEvent::Snapshot(snapshot)) = bookings.next().await.unwrap().unwrap().event else { panic!() };
    assert_eq!(snapshot.bookings, std::slice::from_ref(&before));

    for number in 0..12 {
        let booked = desk.book_first(&format!("watch-{number}"), to_hospital(7 + number, 1)).await;
        if number % 3 == 0
            && let Ok(booked) = booked
        {
            desk.cancel(&format!("watch-cancel-{number}"), &booked.booking_id).await.unwrap();
        }
    }
    // The reader comes late, and still arrives at the present state by changes that follow each other.
    let now = desk.plan(date()).await.unwrap();
    while plan.version < now.version {
        match plans.next().await.unwrap().unwrap().event.unwrap() {
            PlanEvent::Snapshot(snapshot) => plan = snapshot,
            PlanEvent::Change(change) => apply(&mut plan, change),
        }
    }
    assert_eq!(plan, now);
    let list = wire::ListBookingsRequest { date: date().to_string(), ..Default::default() };
    let now = desk.booking.list_bookings(list).await.unwrap().into_inner().bookings;
    assert!(now.len() > 5 && now.iter().any(|booking| booking.state() == BookingState::Cancelled));
    let mut known: BTreeMap<String, wire::Booking> = BTreeMap::from([(before.booking_id.clone(), before)]);
    while !now
        .iter()
        .all(|booking| known.get(&booking.booking_id).is_some_and(|known| without_vehicles(known, booking)))
    {
        let Some(BookingEvent::Changed(booking)) = bookings.next().await.unwrap().unwrap().event else { panic!() };
        known.insert(booking.booking_id.clone(), booking);
    }
    served.stop().await;
    // The server's end ends the stream.
    while let Some(Ok(_)) = bookings.next().await {}
}

/// The same but for the vehicles, whose change is no change of a booking?
fn without_vehicles(one: &wire::Booking, other: &wire::Booking) -> bool {
    one.state() == other.state() && promised(&one.legs) == promised(&other.legs)
}

fn apply(plan: &mut wire::Plan, change: wire::PlanChange) {
    assert_eq!(plan.version, change.from_version);
    plan.version = change.to_version;
    for piece in &change.removed_schedules {
        plan.schedules.retain(|schedule| schedule.piece.as_ref() != Some(piece));
    }
    for changed in change.changed_schedules {
        plan.schedules.retain(|schedule| schedule.piece != changed.piece);
        plan.schedules.push(changed);
    }
    for leg in &change.removed_legs {
        plan.legs.retain(|known| known.reference.as_ref() != Some(leg));
    }
    for changed in change.changed_legs {
        plan.legs.retain(|leg| leg.reference != changed.reference);
        plan.legs.push(changed);
    }
    let by_piece = |schedule: &wire::VehicleSchedule| {
        let piece = schedule.piece.clone().unwrap();
        (piece.vehicle, piece.piece.unwrap().earliest.unwrap().seconds)
    };
    plan.schedules.sort_by_key(by_piece);
    plan.legs.sort_by_key(|leg| leg.reference.clone().map(|leg| (leg.booking_id, leg.leg)));
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let (_folder, served, mut desk) = served().await;
    for id in ["B000999", "nonsense", ""] {
        let status = desk.get(id).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
        assert_eq!(status.get_error_details().resource_info().unwrap().resource_name, id);
        assert_eq!(desk.cancel(&format!("c{id}"), id).await.unwrap_err().code(), Code::NotFound);
    }
    let request = wire::GetTimetableRequest { date: "2026-11-30".into() };
    assert_eq!(desk.timetable.get_timetable(request).await.unwrap_err().code(), Code::NotFound);
    let request = wire::GetOperationRequest { name: "operations/99".into() };
    assert_eq!(desk.timetable.get_operation(request).await.unwrap_err().code(), Code::NotFound);
    served.stop().await;
}

#[tokio::test]
async fn a_timetable_is_planned_watched_and_activated() {
    let (_folder, served, mut desk) = served().await;
    let request = wire::PlanTimetableRequest {
        request_id: "plan-1".into(),
        date: "2026-11-25".into(),
        time_limit: Some(prost_types::Duration { seconds: 20, nanos: 0 }),
        work_limit: None,
    };
    let started = desk.timetable.plan_timetable(request.clone()).await.unwrap().into_inner().operation.unwrap();
    let again = desk.timetable.plan_timetable(request).await.unwrap().into_inner().operation.unwrap();
    assert_eq!(started.name, again.name);
    let request = wire::WatchOperationRequest { name: started.name.clone() };
    let mut states = desk.timetable.watch_operation(request).await.unwrap().into_inner();
    let mut last = None;
    while let Some(state) = states.next().await {
        last = state.unwrap().operation;
    }
    let last = last.unwrap();
    assert!(last.done);
    let Some(wire::operation::Outcome::Result(draft)) = last.outcome else { panic!("{last:?}") };
    assert!(!draft.trips.is_empty());
    // A draft is not in service until it is activated.
    let get = wire::GetTimetableRequest { date: "2026-11-25".into() };
    assert_eq!(desk.timetable.get_timetable(get.clone()).await.unwrap_err().code(), Code::NotFound);
    let activate = activation(&started.name, "activate", Vec::new());
    let activated = desk.timetable.activate_timetable(activate.clone()).await.unwrap().into_inner();
    assert_eq!(desk.timetable.activate_timetable(activate.clone()).await.unwrap().into_inner(), activated);
    let other = wire::ActivateTimetableRequest { operation: "operations/7".into(), ..activate.clone() };
    assert_eq!(desk.timetable.activate_timetable(other).await.unwrap_err().code(), Code::AlreadyExists);
    let nameless = wire::ActivateTimetableRequest { request_id: String::new(), ..activate };
    assert_eq!(fields(&desk.timetable.activate_timetable(nameless).await.unwrap_err()), ["request_id"]);
    let active = desk.timetable.get_timetable(get).await.unwrap().into_inner().timetable.unwrap();
    assert_eq!(active.trips, draft.trips);
    // A trip has the same name wherever it is written.
    let export = wire::ExportDayRequest { date: "2026-11-25".into() };
    let exported = desk.dispatch.export_day(export).await.unwrap().into_inner().timetable_json;
    let exported: serde_json::Value = serde_json::from_str(&exported).unwrap();
    let in_file: BTreeSet<&str> =
        exported["trips"].as_array().unwrap().iter().map(|trip| trip["trip_id"].as_str().unwrap()).collect();
    assert_eq!(in_file, active.trips.iter().map(|trip| trip.code.as_str()).collect());
    let list = wire::ListTimetablesRequest { page_size: 1, page_token: String::new() };
    let first = desk.timetable.list_timetables(list).await.unwrap().into_inner();
    assert_eq!(first.timetables[0].date, "2026-11-24");
    let list = wire::ListTimetablesRequest { page_size: 1, page_token: first.next_page_token };
    let second = desk.timetable.list_timetables(list).await.unwrap().into_inner();
    assert_eq!((second.timetables[0].date.as_str(), second.next_page_token.as_str()), ("2026-11-25", ""));
    served.stop().await;
}

fn planning(request_id: &str, date: &str) -> wire::PlanTimetableRequest {
    let time_limit = Some(prost_types::Duration { seconds: 600, nanos: 0 });
    wire::PlanTimetableRequest { request_id: request_id.into(), date: date.into(), time_limit, work_limit: None }
}

/// The last state of an operation.
async fn end_of(desk: &mut Client, name: &str) -> wire::Operation {
    let request = wire::WatchOperationRequest { name: name.to_owned() };
    let mut states = desk.timetable.watch_operation(request).await.unwrap().into_inner();
    let mut last = None;
    while let Some(state) = states.next().await {
        last = state.unwrap().operation;
    }
    last.unwrap()
}

#[tokio::test]
async fn one_date_is_planned_at_a_time_and_planning_stops_when_told() {
    let (_folder, served, mut desk) = served().await;
    let mut plan = async |request_id: &str, date: &str| {
        let answer = desk.timetable.plan_timetable(planning(request_id, date)).await;
        answer.map(|answer| answer.into_inner().operation.unwrap())
    };
    let started = plan("one", "2026-11-25").await.unwrap();
    let busy = plan("two", "2026-11-26").await.unwrap_err();
    assert_eq!((busy.code(), reason(&busy).as_str()), (Code::ResourceExhausted, "PLANNING_IN_PROGRESS"));
    assert!(busy.get_error_details().retry_info().is_some());
    let reused = plan("one", "2026-11-26").await.unwrap_err();
    assert_eq!((reused.code(), reason(&reused).as_str()), (Code::AlreadyExists, "REQUEST_ID_REUSED"));

    let cancel = wire::CancelOperationRequest { name: started.name.clone() };
    let cancelled = desk.timetable.cancel_operation(cancel).await.unwrap().into_inner().operation.unwrap();
    assert!(cancelled.done || cancelled.metadata.unwrap().cancelling);
    let stopped = end_of(&mut desk, &started.name).await;
    // With the best found so far, however little that is.
    assert!(matches!(stopped.outcome, Some(wire::operation::Outcome::Result(_))), "{stopped:?}");
    // Then another date has its turn.
    desk.timetable.plan_timetable(planning("three", "2026-11-26")).await.unwrap();
    served.stop().await;
}

#[tokio::test]
async fn a_cancelled_journey_names_no_trips_of_another_timetable() {
    let (_folder, served, mut desk) = served().await;
    let booked = desk.book_first("line", ride("V1", "HOS", at(date(), 9, 0), 1)).await.unwrap();
    assert_eq!(booked.tier(), wire::Tier::Line);
    let sections = |booking: &wire::Booking| booking.legs[0].sections.len();
    let cancelled = desk.cancel("cancel", &booked.booking_id).await.unwrap();
    assert_eq!(sections(&cancelled), sections(&booked));
    let request = planning("replan", &date().to_string());
    let started = desk.timetable.plan_timetable(request).await.unwrap().into_inner().operation.unwrap();
    end_of(&mut desk, &started.name).await;
    let activate = activation(&started.name, "activate", Vec::new());
    desk.timetable.activate_timetable(activate).await.unwrap();
    assert_eq!(sections(&desk.get(&booked.booking_id).await.unwrap().booking.unwrap()), 0);
    served.stop().await;
}

fn enrolment(from: &str, from_date: &str) -> wire::Journey {
    let (from, school, from_date) = (code(from), "SCHOOL".into(), from_date.into());
    wire::Journey { product: Some(wire::journey::Product::Enrolment(wire::Enrolment { from, school, from_date })) }
}

#[tokio::test]
async fn a_pupil_waits_for_the_last_seat_and_is_told_why_where_waiting_is_in_vain() {
    let (_folder, served, mut desk) = served().await;
    let seated = desk.book_first("first", enrolment("V2", "2026-11-24")).await.unwrap();
    let rides: Vec<(String, String, wire::StudentRunDirection)> = seated.legs[0]
        .sections
        .iter()
        .map(|section| match &section.by {
            Some(wire::section::By::StudentRun(ride)) => {
                (ride.student_run.clone(), ride.until_date.clone(), ride.direction())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let ride = |run: &str, direction| (run.to_owned(), "2026-12-31".to_owned(), direction);
    use wire::StudentRunDirection::{FromSchool, ToSchool};
    assert_eq!(rides, [ride("SR1-AM", ToSchool), ride("SR1-PM", FromSchool)]);

    let quote = desk.quote(enrolment("V2", "2026-12-01")).await.unwrap();
    assert_eq!(quote.decided_by.unwrap().rule, "student_run.waiting_list");
    assert_eq!((quote.offers[0].tier(), quote.offers[0].legs.len()), (wire::Tier::WaitingList, 0));
    let waiting = desk.book("second", &quote.offers[0].offer_token).await.unwrap();
    assert_eq!((waiting.state(), waiting.legs.len()), (BookingState::Waiting, 0));
    // Who has a seat travels every day to the end of the term.
    let mut ids_of = async |date: &str| {
        let list = wire::ListBookingsRequest { date: date.into(), ..Default::default() };
        let listed = desk.booking.list_bookings(list).await.unwrap().into_inner().bookings;
        listed.into_iter().map(|booking| booking.booking_id).collect::<Vec<_>>()
    };
    assert_eq!(ids_of("2026-11-23").await, Vec::<String>::new());
    assert_eq!(ids_of("2026-11-30").await, std::slice::from_ref(&seated.booking_id));
    assert_eq!(ids_of("2026-12-31").await, [seated.booking_id.clone(), waiting.booking_id.clone()]);

    desk.cancel("gives-up", &seated.booking_id).await.unwrap();
    let promoted = desk.get(&waiting.booking_id).await.unwrap().booking.unwrap();
    assert_eq!((promoted.state(), promoted.tier()), (BookingState::Confirmed, wire::Tier::StudentRun));
    assert_eq!(promoted.legs, {
        let mut legs = seated.legs;
        for section in &mut legs[0].sections {
            if let Some(wire::section::By::StudentRun(ride)) = &mut section.by {
                ride.from_date = "2026-12-01".into();
            }
        }
        legs
    });

    let quote = desk.quote(enrolment("V4", "2026-11-24")).await.unwrap();
    let refusal = quote.refusal.expect("V4 is too far from any call");
    let explanation = refusal.explanation.clone().unwrap();
    assert_eq!((refusal.reason(), explanation.rule.as_str()), (wire::RefusalReason::Rule, "student_run.too_far"));
    assert!(explanation.figures["walk_m"].parse::<u32>().unwrap() > explanation.figures["limit_m"].parse().unwrap());
    served.stop().await;
}

/// The status of a call whose `grpc-timeout` the server alone looks at.
async fn status_within(served: &Served, method: &str, message: &impl Message, timeout: &str) -> Status {
    let socket = tokio::net::TcpStream::connect(&served.address).await.unwrap();
    let (sender, connection) = h2::client::handshake(socket).await.unwrap();
    tokio::spawn(connection);
    let request = tonic::codegen::http::Request::post(format!("http://{}/sanban.v1.{method}", served.address))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("authorization", format!("Bearer {}", desk_token(&served.data)))
        .header("grpc-timeout", timeout);
    let (answer, mut body) = sender.ready().await.unwrap().send_request(request.body(()).unwrap(), false).unwrap();
    let message = message.encode_to_vec();
    let frame = [&[0][..], &(message.len() as u32).to_be_bytes(), &message].concat();
    // The server may have answered already.
    let _ = body.send_data(frame.into(), true);
    Status::from_header_map(answer.await.unwrap().headers()).expect("an answer of headers alone")
}

#[tokio::test]
async fn a_call_whose_deadline_has_passed_is_told_so_and_a_retry_books_once() {
    let (_folder, served, mut desk) = served().await;
    let offer = desk.quote(to_hospital(10, 1)).await.unwrap().offers.remove(0);
    let status = status_within(&served, "BookingService/Book", &book_request("hasty", &offer.offer_token), "1n").await;
    assert_eq!((status.code(), reason(&status).as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
    let list = async |desk: &mut Client| {
        desk.booking.list_bookings(wire::ListBookingsRequest::default()).await.unwrap().into_inner().bookings
    };
    assert_eq!(list(&mut desk).await, []);
    let booked = desk.book("hasty", &offer.offer_token).await.unwrap();
    assert_eq!(list(&mut desk).await, [booked]);
    served.stop().await;
}
