//! What several commands read from the server.

use std::collections::BTreeMap;

use super::connection::Server;
use super::failure::Failure;
use crate::proto;

const PAGE_SIZE: i32 = 500;

/// The plan of a date; of the server's today when the date is empty.
pub(super) async fn plan(server: &Server, date: &str) -> Result<proto::Plan, Failure> {
    let request = proto::GetPlanRequest { date: date.to_owned() };
    let answer = server.ask(|mut clients| {
        let request = request.clone();
        async move { clients.dispatch.get_plan(request).await }
    });
    Ok(answer.await?.plan.unwrap_or_default())
}

/// The timetable in service on a date, if it has one.
pub(super) async fn timetable(server: &Server, date: &str) -> Result<Option<proto::Timetable>, Failure> {
    let request = proto::GetTimetableRequest { date: date.to_owned() };
    let answer = server.ask(|mut clients| {
        let request = request.clone();
        async move { clients.timetable.get_timetable(request).await }
    });
    match answer.await {
        Ok(answer) => Ok(answer.timetable),
        Err(Failure::Status(status)) if status.code() == tonic::Code::NotFound => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// All bookings of a date, in the order of confirmation.
pub(super) async fn bookings(server: &Server, date: &str) -> Result<Vec<proto::Booking>, Failure> {
    let mut bookings = Vec::new();
    let mut request = proto::ListBookingsRequest { page_size: PAGE_SIZE, date: date.to_owned(), ..Default::default() };
    loop {
        let page = server.ask(|mut clients| {
            let request = request.clone();
            async move { clients.booking.list_bookings(request).await }
        });
        let page = page.await?;
        bookings.extend(page.bookings);
        if page.next_page_token.is_empty() {
            return Ok(bookings);
        }
        request.page_token = page.next_page_token;
    }
}

/// The legs of a plan by booking and way.
pub(super) fn legs(plan: &proto::Plan) -> BTreeMap<(&str, i32), &proto::Leg> {
    let keyed = |leg| -> Option<((&str, i32), &proto::Leg)> {
        let leg: &proto::Leg = leg;
        Some((key(leg.reference.as_ref()?), leg))
    };
    plan.legs.iter().filter_map(keyed).collect()
}

/// Booking and way of a reference.
pub(super) fn key(reference: &proto::LegReference) -> (&str, i32) {
    (&reference.booking_id, reference.leg)
}

/// The code of a schedule's vehicle.
pub(super) fn vehicle(schedule: &proto::VehicleSchedule) -> &str {
    schedule.piece.as_ref().map_or("", |piece| &piece.vehicle)
}
