//! Timetables over a real connection: planning them again and again, comparing them, and replacing one on which people have
//! booked.

use sanban_server::proto as wire;
use sanban_tests::client::{Client, activation, at, date, reason, ride};
use sanban_tests::in_process::{Options, serve, served};
use tokio_stream::StreamExt;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use wire::operation::Outcome;

/// Plans the market day with a work limit: the same timetable every time.
fn planning(request_id: &str, work_limit: i32) -> wire::PlanTimetableRequest {
    let (request_id, date) = (request_id.to_owned(), date().to_string());
    wire::PlanTimetableRequest { request_id, date, time_limit: None, work_limit: Some(work_limit) }
}

/// All states of a new operation.
async fn planned(desk: &mut Client, request: wire::PlanTimetableRequest) -> Vec<wire::Operation> {
    let started = desk.timetable.plan_timetable(request).await.unwrap().into_inner().operation.unwrap();
    let watch = wire::WatchOperationRequest { name: started.name };
    let states = desk.timetable.watch_operation(watch).await.unwrap().into_inner();
    states.map(|state| state.unwrap().operation.unwrap()).collect().await
}

fn result(operation: &wire::Operation) -> wire::Timetable {
    match &operation.outcome {
        Some(Outcome::Result(timetable)) => timetable.clone(),
        other => panic!("{other:?}"),
    }
}

/// Stages in the order of planning; student and market runs are planned side by side.
const ORDER: [&[&str]; 6] =
    [&["students", "markets"], &["lines"], &["times"], &["vehicles"], &["freight"], &["duties"]];

/// What was told while an operation ran.
fn progress_of(states: &[wire::Operation]) -> Vec<wire::PlanningProgress> {
    let metadata = states.iter().filter_map(|state| state.metadata.clone());
    metadata.filter(|progress| !progress.stage.is_empty()).collect()
}

/// Told in the order of planning, with bounds that costs never fall below.
fn check_progress(told: &[wire::PlanningProgress]) {
    assert!(!told.is_empty());
    let rank = |stage: &str| {
        let found = ORDER.iter().position(|side_by_side| side_by_side.contains(&stage));
        found.unwrap_or_else(|| panic!("{stage}"))
    };
    assert!(told.is_sorted_by_key(|progress| rank(&progress.stage)), "{told:?}");
    for progress in told {
        assert!(progress.lower_bound_fen <= progress.cost_fen, "{progress:?}");
        assert_eq!(progress.gap.is_some(), progress.cost_fen > Some(0), "{progress:?}");
    }
}

/// All but the times that stages took.
fn without_seconds(mut timetable: wire::Timetable) -> wire::Timetable {
    timetable.stages.iter_mut().for_each(|stage| stage.seconds = 0.0);
    timetable
}

#[tokio::test]
async fn with_a_work_limit_the_same_timetable_is_planned_again() {
    let (_folder, served, mut desk) = served().await;
    let first = planned(&mut desk, planning("one", 20)).await;
    let second = planned(&mut desk, planning("two", 20)).await;
    let [first, second] = [first, second].map(|states| without_seconds(result(states.last().unwrap())));
    assert_eq!(first, second);
    let mut check = async |request: wire::PlanTimetableRequest, field: &str| {
        let status = desk.timetable.plan_timetable(request).await.unwrap_err();
        let violations = status.get_error_details().bad_request().unwrap().field_violations.clone();
        assert_eq!((status.code(), violations[0].field.as_str()), (Code::InvalidArgument, field));
    };
    check(planning("three", 0), "work_limit").await;
    check(planning("three", 1_000_001), "work_limit").await;
    let time_limit = Some(prost_types::Duration { seconds: 0, nanos: 1 });
    check(wire::PlanTimetableRequest { time_limit, ..planning("three", 1) }, "time_limit").await;
    served.stop().await;
}

#[tokio::test]
async fn progress_tells_stages_in_order_with_a_bound_that_costs_never_fall_below() {
    let (_folder, served, mut desk) = served().await;
    let states = planned(&mut desk, planning("one", 20)).await;
    check_progress(&progress_of(&states));
    let whole = result(states.last().unwrap()).stages;
    let stages: Vec<&str> = whole.iter().filter(|stage| stage.part.is_empty()).map(|stage| &*stage.stage).collect();
    assert!(stages.contains(&"lines") && stages.contains(&"vehicles"), "{stages:?}");
    served.stop().await;
}

#[tokio::test]
async fn planning_that_is_cancelled_at_once_still_gives_a_timetable_that_can_be_put_into_service() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path(), Options::default()).await;
    let mut desk = served.desk().await;
    let request = wire::PlanTimetableRequest { date: "2026-11-25".into(), ..planning("one", 1_000_000) };
    let started = desk.timetable.plan_timetable(request).await.unwrap().into_inner().operation.unwrap();
    let cancel = wire::CancelOperationRequest { name: started.name.clone() };
    desk.timetable.cancel_operation(cancel).await.unwrap();
    let watch = wire::WatchOperationRequest { name: started.name.clone() };
    let states = desk.timetable.watch_operation(watch).await.unwrap().into_inner();
    let last = states.map(|state| state.unwrap().operation.unwrap()).collect::<Vec<_>>().await.pop().unwrap();
    let found = result(&last);
    assert!(!found.trips.is_empty());
    // Every trip has its vehicle, and its block says so, too.
    let in_blocks: usize = found.blocks.iter().map(|block| block.trips.len()).sum();
    assert_eq!(in_blocks, found.trips.len());
    let activate = activation(&started.name, "activate", Vec::new());
    let activated = desk.timetable.activate_timetable(activate).await.unwrap().into_inner();
    assert_eq!(activated.timetable.unwrap().trips as usize, found.trips.len());
    served.stop().await;
}

/// Books the bus from the village by the line, to be at the hospital at each of these hours.
async fn book_buses(desk: &mut Client, hours: std::ops::Range<i32>) -> Vec<wire::Booking> {
    let mut booked = Vec::new();
    for hour in hours {
        let journey = ride("V1", "HOS", at(date(), hour, 0), 1);
        let booking = desk.book_first(&format!("bus {hour}"), journey).await.unwrap();
        assert_eq!(booking.tier(), wire::Tier::Line);
        booked.push(booking);
    }
    booked
}

async fn activate(
    desk: &mut Client,
    operation: &str,
    request_id: &str,
    accepted: Vec<wire::AcceptedReoffer>,
) -> Result<wire::ActivateTimetableResponse, Status> {
    let request = activation(operation, request_id, accepted);
    desk.timetable.activate_timetable(request).await.map(tonic::Response::into_inner)
}

fn accept(displaced: &wire::DisplacedBooking) -> wire::AcceptedReoffer {
    let offer_token = displaced.reoffer.as_ref().expect("a re-offer").offer_token.clone();
    wire::AcceptedReoffer { booking_id: displaced.booking_id.clone(), offer_token }
}

#[tokio::test]
async fn a_new_timetable_comes_with_re_offers_and_is_put_into_service_when_all_are_accepted() {
    let (folder, served, mut desk) = served().await;
    let booked = book_buses(&mut desk, 8..18).await;
    let before = desk.plan(date()).await.unwrap();
    let operation = planned(&mut desk, planning("one", 20)).await.pop().unwrap();
    let refused = activate(&mut desk, &operation.name, "first", Vec::new()).await.unwrap();
    assert_eq!(refused.timetable, None);
    let displaced = refused.refused.clone().unwrap().bookings;
    assert!(!displaced.is_empty() && displaced.len() <= booked.len());
    for one in &displaced {
        assert_eq!(one.acceptance(), wire::Acceptance::Missing);
        assert!(one.why.as_ref().is_some_and(|why| why.rule.starts_with("activation.")), "{one:?}");
        assert!(one.reoffer.as_ref().is_some_and(|offer| !offer.legs[0].sections.is_empty()), "{one:?}");
    }
    // Nothing has changed; a retry gets the same answer, and a re-offer isn't booked on its own.
    assert_eq!(desk.plan(date()).await.unwrap(), before);
    assert_eq!(activate(&mut desk, &operation.name, "first", Vec::new()).await.unwrap(), refused);
    let status = desk.book("alone", &accept(&displaced[0]).offer_token).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);

    // All but one: that one is named, the others stay good.
    let all: Vec<wire::AcceptedReoffer> = displaced.iter().map(accept).collect();
    let some = activate(&mut desk, &operation.name, "second", all[1..].to_vec()).await.unwrap().refused.unwrap();
    let acceptances: Vec<wire::Acceptance> = some.bookings.iter().map(wire::DisplacedBooking::acceptance).collect();
    assert_eq!(acceptances[0], wire::Acceptance::Missing);
    assert!(acceptances[1..].iter().all(|acceptance| *acceptance == wire::Acceptance::Good));
    assert_eq!(desk.plan(date()).await.unwrap(), before);

    let activated = activate(&mut desk, &operation.name, "third", all.clone()).await.unwrap();
    assert_eq!((activated.refused.clone(), activated.timetable.as_ref().unwrap().date.as_str()), (None, "2026-11-24"));
    assert_eq!(activate(&mut desk, &operation.name, "third", all).await.unwrap(), activated);
    for booking in &booked {
        let now = desk.get(&booking.booking_id).await.unwrap().booking.unwrap();
        let offered = displaced.iter().find(|one| one.booking_id == booking.booking_id);
        match offered {
            // As offered; the vehicle of a booked ride is known by now.
            Some(one) => assert_eq!(now.tier, one.reoffer.as_ref().unwrap().tier),
            None => assert_eq!(now, *booking),
        }
        assert!(!now.legs[0].sections.is_empty());
    }
    // The journal alone leads to the same state.
    let after = desk.plan(date()).await.unwrap();
    served.stop().await;
    let served = serve(folder.path(), Options::default()).await;
    let mut desk = served.desk().await;
    assert_eq!(desk.plan(date()).await.unwrap(), after);
    served.stop().await;
}

#[tokio::test]
async fn accepted_re_offers_that_are_none_are_refused_by_field() {
    let (_folder, served, mut desk) = served().await;
    book_buses(&mut desk, 8..18).await;
    let operation = planned(&mut desk, planning("one", 20)).await.pop().unwrap();
    let refused = activate(&mut desk, &operation.name, "first", Vec::new()).await.unwrap().refused.unwrap();
    let good = accept(&refused.bookings[0]);
    let quoted = desk.quote(ride("V1", "HOS", at(date(), 9, 0), 1)).await.unwrap().offers.remove(0).offer_token;
    let mut check = async |accepted: Vec<wire::AcceptedReoffer>, field: &str| {
        let status = activate(&mut desk, &operation.name, "bad", accepted).await.unwrap_err();
        let violations = status.get_error_details().bad_request().unwrap().field_violations.clone();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "INVALID_FIELDS"));
        assert_eq!(violations.iter().map(|violation| violation.field.as_str()).collect::<Vec<_>>(), [field]);
    };
    let token = |offer_token: &str| vec![wire::AcceptedReoffer { offer_token: offer_token.into(), ..good.clone() }];
    check(token("forged"), "accepted_reoffers[0].offer_token").await;
    // An offer, but no re-offer.
    check(token(&quoted), "accepted_reoffers[0].offer_token").await;
    check(vec![good.clone(), good.clone()], "accepted_reoffers[1].booking_id").await;
    let other = wire::AcceptedReoffer { booking_id: "B000099".into(), ..good.clone() };
    check(vec![other], "accepted_reoffers[0].offer_token").await;
    served.stop().await;
}

fn reference(at: wire::timetable_reference::At) -> Option<wire::TimetableReference> {
    Some(wire::TimetableReference { at: Some(at) })
}

#[tokio::test]
async fn a_draft_is_compared_with_what_is_in_service() {
    use wire::timetable_reference::At;
    let (_folder, served, mut desk) = served().await;
    let operation = planned(&mut desk, planning("one", 20)).await.pop().unwrap();
    let in_service = || reference(At::Date(date().to_string()));
    let draft = || reference(At::Operation(operation.name.clone()));
    let mut diff = async |before, after| {
        let request = wire::DiffTimetablesRequest { before, after };
        desk.timetable.diff_timetables(request).await.map(|answer| answer.into_inner().diff.unwrap())
    };
    let there = diff(in_service(), draft()).await.unwrap();
    let back = diff(draft(), in_service()).await.unwrap();
    assert!(there.added_trips.len() + there.removed_trips.len() + there.retimed_trips.len() > 0);
    assert_eq!((&there.added_trips, &there.removed_trips), (&back.removed_trips, &back.added_trips));
    let codes = |villages: &[wire::VillageDiff]| {
        let mut codes: Vec<String> = villages.iter().map(|diff| diff.village.as_ref().unwrap().code.clone()).collect();
        codes.sort();
        codes
    };
    // Whoever wins by the change loses by taking it back, and the other way round.
    let winners = [codes(&there.winners), codes(&back.winners)];
    assert!(winners.iter().any(|winners| !winners.is_empty()), "nobody wins either way: {there:?}");
    assert!(winners[0].iter().all(|code| codes(&back.losers).contains(code)));
    assert!(winners[1].iter().all(|code| codes(&there.losers).contains(code)));
    let same = diff(draft(), draft()).await.unwrap();
    assert_eq!(wire::TimetableDiff { costs: Vec::new(), ..same }, wire::TimetableDiff::default());
    let status = diff(None, draft()).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let status = diff(reference(At::Date("2026-12-24".into())), draft()).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    served.stop().await;
}
