//! What those who run a server may rely on, over a real connection: who may call, where personal data is, what survives,
//! what monitors see, and that it stops when told to.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use prost::Message;
use sanban_engine::demand::{Party, Request, RideRequest, WantedTime};
use sanban_engine::dispatch::{Command, LegService, Offer, RequestKey};
use sanban_engine::scenario::sample;
use sanban_engine::time::ServiceTime;
use sanban_server::clock::Clock;
use sanban_server::service_area::{self, Opened, open};
use sanban_server::writer::WriteError;
use sanban_server::{proto as wire, secrets};
use sanban_tests::client::{book_request, date, reason, to_hospital};
use sanban_tests::in_process::{Options, Served, evening_before, serve, served};
use tokio_stream::StreamExt;
use tonic::transport::Channel;
use tonic::{Code, Streaming};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};
use tonic_types::StatusExt;

const SERVICES: [&str; 3] = ["sanban.v1.BookingService", "sanban.v1.DispatchService", "sanban.v1.TimetableService"];

fn write_tokens(folder: &Path, principals: &[(&str, &str, &str)]) -> std::path::PathBuf {
    let row = |&(name, role, token): &(&str, &str, &str)| {
        let digest = secrets::to_hex(&secrets::digest(token));
        format!("[[principal]]\nname = {name:?}\nrole = {role:?}\narea = \"small-town\"\nsha256 = \"{digest}\"\n")
    };
    let path = folder.join("principals.toml");
    std::fs::write(&path, principals.iter().map(row).collect::<String>()).unwrap();
    path
}

#[tokio::test]
async fn every_call_needs_a_principal_whose_role_may_do_it() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = write_tokens(
        folder.path(),
        &[("desk", "dispatcher", "d"), ("planning", "planner", "p"), ("app-1", "app", "a1"), ("app-2", "app", "a2")],
    );
    let served = serve(folder.path(), Options { tokens: Some(tokens), ..Options::default() }).await;
    for token in ["", "unknown"] {
        let status = served.client(token).await.quote(to_hospital(10, 1)).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::Unauthenticated, "UNAUTHENTICATED"));
    }
    let (mut app, mut other_app) = (served.client("a1").await, served.client("a2").await);
    let status = app.plan(date()).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "PERMISSION_DENIED"));
    let status = served.client("p").await.quote(to_hospital(10, 1)).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);

    // An app sees what it booked itself; to others it doesn't exist. Request ids are each principal's own.
    let booked = app.book_first("mine", to_hospital(10, 1)).await.unwrap();
    assert_eq!(other_app.get(&booked.booking_id).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(other_app.cancel("c", &booked.booking_id).await.unwrap_err().code(), Code::NotFound);
    let others = other_app.booking.list_bookings(wire::ListBookingsRequest::default()).await.unwrap().into_inner();
    assert_eq!(others.bookings, []);
    other_app.book_first("mine", to_hospital(15, 1)).await.unwrap();
    assert!(served.client("d").await.get(&booked.booking_id).await.is_ok());
    served.stop().await;
}

#[tokio::test]
async fn persons_are_kept_apart_shown_to_the_desk_and_erased_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = write_tokens(folder.path(), &[("desk", "dispatcher", "d"), ("app", "app", "a")]);
    let served = serve(folder.path(), Options { tokens: Some(tokens), ..Options::default() }).await;
    let (mut desk, mut app) = (served.client("d").await, served.client("a").await);
    let offer = app.quote(to_hospital(10, 1)).await.unwrap().offers.remove(0);
    let person = wire::Person { name: "诸葛无名".into(), phone: "13800138000".into() };
    let request = wire::BookRequest { person: Some(person.clone()), ..book_request("person", &offer.offer_token) };
    let booked = app.booking.book(request).await.unwrap().into_inner().booking.unwrap();
    assert_eq!(desk.get(&booked.booking_id).await.unwrap().person.as_ref(), Some(&person));
    assert_eq!(app.get(&booked.booking_id).await.unwrap().person, None);
    // A retry names the same person; with another phone it is another request, and the first phone stays.
    let mut retry = async |person: Option<wire::Person>| {
        let request = wire::BookRequest { person, ..book_request("person", &offer.offer_token) };
        app.booking.book(request).await.map(|answer| answer.into_inner().booking.unwrap())
    };
    let other = wire::Person { phone: "13900139000".into(), ..person.clone() };
    assert_eq!(retry(Some(person.clone())).await.unwrap(), booked);
    for wrong in [Some(other.clone()), None] {
        let status = retry(wrong).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    }
    assert_eq!(desk.get(&booked.booking_id).await.unwrap().person, Some(person));
    let erase = wire::ErasePersonRequest { booking_id: booked.booking_id.clone() };
    assert_eq!(app.booking.erase_person(erase.clone()).await.unwrap_err().code(), Code::PermissionDenied);
    desk.booking.erase_person(erase).await.unwrap();
    let kept = desk.get(&booked.booking_id).await.unwrap();
    assert_eq!((kept.booking.as_ref(), kept.person), (Some(&booked), None));
    // Nothing is left to compare, and nothing comes back.
    let request = wire::BookRequest { person: Some(other), ..book_request("person", &offer.offer_token) };
    assert_eq!(app.booking.book(request).await.unwrap().into_inner().booking.as_ref(), Some(&booked));
    assert_eq!(desk.get(&booked.booking_id).await.unwrap().person, None);
    let data = served.data.clone();
    served.stop().await;
    let bytes = std::fs::read(data.join("sanban.sqlite")).unwrap();
    assert!(!bytes.windows(11).any(|window| window == b"13800138000"));
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_restart_byte_for_byte() {
    let (folder, served, mut desk) = served().await;
    let mut booked = Vec::new();
    for hour in [8, 10, 15] {
        booked.push(desk.book_first(&format!("r{hour}"), to_hospital(hour, 2)).await.unwrap());
    }
    let plan = desk.plan(date()).await.unwrap();
    served.stop().await;
    let served = serve(folder.path(), Options::default()).await;
    let mut desk = served.desk().await;
    assert_eq!(desk.plan(date()).await.unwrap(), plan);
    for booking in booked {
        assert_eq!(desk.get(&booking.booking_id).await.unwrap().booking, Some(booking));
    }
    served.stop().await;
}

#[tokio::test]
async fn a_full_disk_is_answered_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path(), Options { store_limit_mb: Some(1), ..Options::default() }).await;
    let mut desk = served.desk().await;
    let mut acknowledged = 0;
    let refused = loop {
        assert!(acknowledged < 2_000, "the store was never full");
        let offer = desk.quote(to_hospital(10, 1)).await.unwrap().offers.remove(0);
        let booked = match desk.book(&format!("b{acknowledged}"), &offer.offer_token).await {
            Ok(booked) => booked,
            Err(status) => break status,
        };
        acknowledged += 1;
        if let Err(status) = desk.cancel(&format!("c{acknowledged}"), &booked.booking_id).await {
            break status;
        }
    };
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "NOT_DURABLE"));
    assert!(refused.get_error_details().retry_info().is_some());
    // Reading goes on; with room again the same state is there and bookings too.
    let plan = desk.plan(date()).await.unwrap();
    served.stop().await;
    let served = serve(folder.path(), Options::default()).await;
    let mut desk = served.desk().await;
    assert_eq!(desk.plan(date()).await.unwrap(), plan);
    desk.book_first("room-again", to_hospital(15, 1)).await.unwrap();
    served.stop().await;
}

/// A connection without a token.
async fn channel(served: &Served) -> Channel {
    Channel::from_shared(format!("http://{}", served.address)).unwrap().connect().await.unwrap()
}

#[tokio::test]
async fn the_server_and_each_service_report_that_they_serve() {
    let (_folder, served, _) = served().await;
    let mut health = HealthClient::new(channel(&served).await);
    let mut check = async |service: &str, expected: Result<ServingStatus, Code>| {
        let answer = health.check(HealthCheckRequest { service: service.to_owned() }).await;
        let status = answer.map(|answer| answer.into_inner().status()).map_err(|status| status.code());
        assert_eq!(status, expected, "{service:?}");
    };
    check("", Ok(ServingStatus::Serving)).await;
    for service in SERVICES {
        check(service, Ok(ServingStatus::Serving)).await;
    }
    check("sanban.v1.NoSuchService", Err(Code::NotFound)).await;
    served.stop().await;
}

fn asking(request: MessageRequest) -> ServerReflectionRequest {
    ServerReflectionRequest { host: String::new(), message_request: Some(request) }
}

async fn next(answers: &mut Streaming<ServerReflectionResponse>) -> MessageResponse {
    answers.next().await.unwrap().unwrap().message_response.unwrap()
}

#[tokio::test]
async fn reflection_lists_the_services_and_hands_out_their_descriptors() {
    let (_folder, served, _) = served().await;
    let symbols = SERVICES.iter().copied().chain(["sanban.v1.NoSuchService"]);
    let symbols = symbols.map(|symbol| MessageRequest::FileContainingSymbol(symbol.to_owned()));
    let requests = std::iter::once(MessageRequest::ListServices(String::new())).chain(symbols).map(asking);
    let requests: Vec<ServerReflectionRequest> = requests.collect();
    let mut reflection = ServerReflectionClient::new(channel(&served).await);
    let mut answers = reflection.server_reflection_info(tokio_stream::iter(requests)).await.unwrap().into_inner();

    let MessageResponse::ListServicesResponse(list) = next(&mut answers).await else { panic!("no list") };
    let mut listed: Vec<String> = list.service.into_iter().map(|service| service.name).collect();
    listed.retain(|name| name.starts_with("sanban."));
    listed.sort();
    assert_eq!(listed, SERVICES);
    for (service, method) in SERVICES.into_iter().zip(["Quote", "GetPlan", "PlanTimetable"]) {
        let MessageResponse::FileDescriptorResponse(files) = next(&mut answers).await else { panic!("no file") };
        let files = files.file_descriptor_proto.iter();
        let files = files.map(|bytes| prost_types::FileDescriptorProto::decode(bytes.as_slice()).unwrap());
        let described: Vec<String> = files
            .flat_map(|file| {
                let package = file.package().to_owned();
                let of = move |service: &prost_types::ServiceDescriptorProto| {
                    let name = service.name().to_owned();
                    let path = format!("{package}.{name}/");
                    service.method.iter().map(|method| format!("{path}{}", method.name())).collect::<Vec<_>>()
                };
                file.service.iter().flat_map(of).collect::<Vec<_>>()
            })
            .collect();
        assert!(described.contains(&format!("{service}/{method}")), "{described:?}");
    }
    assert_eq!(answers.next().await.unwrap().unwrap_err().code(), Code::NotFound);
    served.stop().await;
}

#[tokio::test]
async fn a_server_stops_though_clients_keep_their_streams_open() {
    let (_folder, served, mut desk) = served().await;
    let mut health = HealthClient::new(channel(&served).await);
    let mut watched: Vec<Streaming<HealthCheckResponse>> = Vec::new();
    for service in ["", SERVICES[0]] {
        let watch = health.watch(HealthCheckRequest { service: service.to_owned() });
        watched.push(watch.await.unwrap().into_inner());
    }
    // A client that never ends its side.
    let list = asking(MessageRequest::ListServices(String::new()));
    let endless = tokio_stream::once(list).chain(tokio_stream::pending());
    let mut reflection = ServerReflectionClient::new(channel(&served).await);
    let mut answers = reflection.server_reflection_info(endless).await.unwrap().into_inner();
    next(&mut answers).await;
    let booked = desk.book_first("before", to_hospital(10, 1)).await.unwrap();

    let data = served.data.clone();
    tokio::time::timeout(Duration::from_secs(60), served.stop()).await.expect("the server never stopped");
    for mut states in watched {
        let mut seen = Vec::new();
        while let Some(Ok(state)) = states.next().await {
            seen.push(state.status());
        }
        assert_eq!(seen, [ServingStatus::Serving, ServingStatus::NotServing]);
    }
    let served = serve(&data, Options::default()).await;
    assert_eq!(served.desk().await.get(&booked.booking_id).await.unwrap().booking, Some(booked));
    served.stop().await;
}

#[tokio::test]
async fn a_stopped_writer_says_so_and_takes_no_more_orders() {
    let folder = tempfile::tempdir().unwrap();
    let opened =
        open(Arc::new(sample::small_town()), "sample", folder.path(), Clock::MACHINE, service_area::Options::default())
            .await;
    let Opened { writer, thread, .. } = opened.unwrap_or_else(|error| panic!("{error}"));
    let ended = writer.ended();
    tokio::task::spawn_blocking(|| thread.stop()).await.unwrap().unwrap();
    tokio::time::timeout(Duration::from_secs(60), ended).await.expect("nobody was told");
    assert_eq!(writer.erase_person(1).await, Err(WriteError::Stopping));
}

#[tokio::test]
async fn two_retries_at_once_for_two_persons_make_one_booking() {
    let (_folder, served, mut desk) = served().await;
    let offer = desk.quote(to_hospital(10, 1)).await.unwrap().offers.remove(0);
    let request = |phone: &str| {
        let person = Some(wire::Person { name: String::new(), phone: phone.into() });
        wire::BookRequest { person, ..book_request("once", &offer.offer_token) }
    };
    let (mut one, mut other) = (desk.clone(), desk.clone());
    let outcomes = tokio::join!(one.booking.book(request("1")), other.booking.book(request("2")));
    let lost = match outcomes {
        (Ok(_), Err(lost)) | (Err(lost), Ok(_)) => lost,
        outcomes => panic!("{outcomes:?}"),
    };
    assert_eq!(lost.code(), Code::AlreadyExists);
    served.stop().await;
}

/// An offer that no quote would make: the same bus twice, as if one could board it again while sitting in it.
#[tokio::test]
async fn what_the_checker_objects_to_is_not_journaled() {
    let folder = tempfile::tempdir().unwrap();
    let options = service_area::Options { checks_decisions: true, ..Default::default() };
    let clock = Clock::starting_at(evening_before());
    let opened = open(Arc::new(sample::small_town()), "sample", folder.path(), clock, options).await;
    let Opened { writer, thread, .. } = opened.unwrap_or_else(|error| panic!("{error}"));
    let timetable = sample::hourly_timetable(writer.snapshot().scenario());
    writer
        .decide(
            Command::ActivateTimetable { request: None, timetable: Box::new(timetable), accepted: Vec::new() },
            None,
        )
        .await
        .unwrap();
    let ride = RideRequest {
        date: sample::market_day(),
        from: sample::place("V1"),
        to: sample::place("HOS"),
        wanted: WantedTime::ArriveBy(ServiceTime::hm(9, 0)),
        party: Party { seated: 1, wheelchairs: 0, luggage: 0 },
    };
    let mut quote = writer.snapshot().quote(&Request::Ride(ride), evening_before());
    let mut offer = quote.offers.remove(0);
    let book = |id: &str, offer: &Offer| {
        let key = RequestKey { principal: "desk".into(), request_id: id.into() };
        Command::Book { key, body_digest: id.into(), offer: Box::new(offer.clone()) }
    };
    let good = book("good", &offer);
    let LegService::Lines(journey) = &mut offer.legs[0].service else { panic!("{offer:?}") };
    journey.reservations.push(journey.reservations[0].clone());
    let refused = writer.decide(book("bad", &offer), None).await;
    assert!(matches!(&refused, Err(WriteError::DoesNotFit(why)) if why.contains("the checker finds")), "{refused:?}");
    // Nothing of it is left.
    writer.decide(good, None).await.unwrap();
    assert_eq!(writer.snapshot().bookings().count(), 1);
    tokio::task::spawn_blocking(|| thread.stop()).await.unwrap().unwrap();
}
