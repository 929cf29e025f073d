//! BookingService.

use std::sync::Arc;

use chrono::NaiveDate;
use sanban_engine::dispatch::{Area, Booking, Command, RequestKey};
use sanban_engine::ids::BookingId;
use tonic::{Request, Response, Status};

use super::auth::{Action, Principal, Role, authorize};
use super::decisions::body_digest;
use super::paging::Page;
use super::status::{self, Failure};
use super::watching::{Answers, follow};
use super::{Services, decisions, translate};
use crate::proto::booking_service_server::BookingService;
use crate::proto::watch_bookings_response::Event;
use crate::proto::{self, WatchBookingsResponse};
use crate::store::Person;

const LONGEST_REQUEST_ID: usize = 100;
const LONGEST_NAME: usize = 100;
const LONGEST_PHONE: usize = 30;
/// Bookings in one message of a snapshot: some 1 MB, well below what clients accept (4 MB).
const SNAPSHOT_PART: usize = 500;

#[tonic::async_trait]
impl BookingService for Services {
    async fn quote(&self, request: Request<proto::QuoteRequest>) -> Result<Response<proto::QuoteResponse>, Status> {
        authorize(&request, Action::Book)?;
        let journey = request.into_inner().journey;
        let asked = translate::journey(journey, &self.scenario).map_err(status::of)?;
        let (services, area, now) = (self.clone(), self.snapshot(), self.clock.now());
        let answer = self.search(move || {
            let quote = area.quote(&asked, now);
            translate::quote(&services.scenario, &area, &asked, &quote, &services.signer)
        });
        Ok(Response::new(answer.await?))
    }

    async fn book(&self, request: Request<proto::BookRequest>) -> Result<Response<proto::BookResponse>, Status> {
        let principal = authorize(&request, Action::Book)?;
        let request = request.into_inner();
        check_request_id(&request.request_id).map_err(status::of)?;
        let person = person(request.person).map_err(status::of)?;
        let key = RequestKey { principal: principal.name, request_id: request.request_id };
        let body_digest = body_digest("book", &request.offer_token);
        let answer = match self.answered_before(&key, &body_digest, Some(&person)).await? {
            Some(answer) => answer,
            None => {
                let offer = Box::new(self.signer.open(&request.offer_token).map_err(status::of)?);
                let command = Command::Book { key: key.clone(), body_digest, offer };
                self.decide(&key, command, Some(person)).await?
            }
        };
        let id = decisions::booking_of(answer)?;
        Ok(Response::new(proto::BookResponse { booking: Some(self.booking_now(id)?) }))
    }

    async fn cancel_booking(
        &self,
        request: Request<proto::CancelBookingRequest>,
    ) -> Result<Response<proto::CancelBookingResponse>, Status> {
        let principal = authorize(&request, Action::Book)?;
        let request = request.into_inner();
        check_request_id(&request.request_id).map_err(status::of)?;
        let key = RequestKey { principal: principal.name.clone(), request_id: request.request_id };
        let body_digest = body_digest("cancel", &request.booking_id);
        let answer = match self.answered_before(&key, &body_digest, None).await? {
            Some(answer) => answer,
            None => {
                let area = self.snapshot();
                let booking = visible(&area, &principal, &request.booking_id).map_err(status::of)?.id;
                self.decide(&key, Command::Cancel { key: key.clone(), body_digest, booking }, None).await?
            }
        };
        let id = decisions::booking_of(answer)?;
        Ok(Response::new(proto::CancelBookingResponse { booking: Some(self.booking_now(id)?) }))
    }

    async fn get_booking(
        &self,
        request: Request<proto::GetBookingRequest>,
    ) -> Result<Response<proto::GetBookingResponse>, Status> {
        let principal = authorize(&request, Action::Book)?;
        let area = self.snapshot();
        let booking = visible(&area, &principal, &request.into_inner().booking_id).map_err(status::of)?;
        let person = match principal.role {
            Role::Dispatcher | Role::Clerk => self.persons.person(booking.id.0).await.map_err(decisions::unreadable)?,
            Role::Planner | Role::App => None,
        };
        Ok(Response::new(proto::GetBookingResponse {
            booking: Some(translate::booking(&self.scenario, &area, booking)),
            person: person
                .filter(|person| *person != Person::default())
                .map(|person| proto::Person { name: person.name, phone: person.phone }),
        }))
    }

    async fn list_bookings(
        &self,
        request: Request<proto::ListBookingsRequest>,
    ) -> Result<Response<proto::ListBookingsResponse>, Status> {
        let principal = authorize(&request, Action::Book)?;
        let request = request.into_inner();
        let date = translate::optional_date("date", &request.date).map_err(status::of)?;
        let wanted = proto::BookingState::try_from(request.state)
            .map_err(|_| status::of(Failure::field("state", "is no state of a booking")))?;
        let filters = format!("{} {date:?} {wanted:?}", principal.name);
        let page = Page::read(request.page_size, &request.page_token, &filters).map_err(status::of)?;
        let area = self.snapshot();
        let bookings = area
            .bookings()
            .filter(|booking| may_see(&principal, booking))
            .filter(|booking| date.is_none_or(|date| is_served_on(&area, booking, date)))
            .filter(|booking| {
                wanted == proto::BookingState::Unspecified || translate::booking_state(booking) == wanted
            });
        let (bookings, next_page_token) = page.of(bookings.map(|booking| (booking.id.0, booking)));
        let bookings = bookings.into_iter().map(|booking| translate::booking(&self.scenario, &area, booking));
        Ok(Response::new(proto::ListBookingsResponse { bookings: bookings.collect(), next_page_token }))
    }

    type WatchBookingsStream = Answers<WatchBookingsResponse>;

    async fn watch_bookings(
        &self,
        request: Request<proto::WatchBookingsRequest>,
    ) -> Result<Response<Self::WatchBookingsStream>, Status> {
        let principal = authorize(&request, Action::Book)?;
        let date = translate::optional_date("date", &request.into_inner().date).map_err(status::of)?;
        let scenario = Arc::clone(&self.scenario);
        let mut sent: Option<Arc<Area>> = None;
        let answers = follow(self.writer.watch(), self.stopping.clone(), move |area| {
            let matching = area
                .bookings()
                .filter(|booking| may_see(&principal, booking))
                .filter(|booking| date.is_none_or(|date| is_served_on(area, booking, date)));
            let wire = |booking: &Booking| translate::booking(&scenario, area, booking);
            let events: Vec<Event> = match &sent {
                None => snapshot(matching.map(wire).collect()),
                Some(before) => matching
                    .filter(|booking| before.booking(booking.id) != Some(booking))
                    .map(|booking| Event::Changed(wire(booking)))
                    .collect(),
            };
            sent = Some(Arc::clone(area));
            events.into_iter().map(|event| WatchBookingsResponse { event: Some(event) }).collect()
        });
        Ok(Response::new(answers))
    }

    async fn erase_person(
        &self,
        request: Request<proto::ErasePersonRequest>,
    ) -> Result<Response<proto::ErasePersonResponse>, Status> {
        let principal = authorize(&request, Action::ErasePerson)?;
        let area = self.snapshot();
        let booking = visible(&area, &principal, &request.into_inner().booking_id).map_err(status::of)?.id;
        self.writer.erase_person(booking.0).await.map_err(decisions::not_written)?;
        Ok(Response::new(proto::ErasePersonResponse {}))
    }
}

impl Services {
    /// The booking as the newest snapshot has it.
    fn booking_now(&self, id: BookingId) -> Result<proto::Booking, Status> {
        let area = self.snapshot();
        let missing = || status::of(Failure::Internal(format!("booking {id} was acknowledged and is not there")));
        let booking = area.booking(id).ok_or_else(missing)?;
        Ok(translate::booking(&self.scenario, &area, booking))
    }
}

/// Request ids make retries safe, so that every change needs one.
pub(super) fn check_request_id(request_id: &str) -> Result<(), Failure> {
    if request_id.is_empty() {
        return Err(Failure::field("request_id", "is missing: choose one (a UUID) and send it again with every retry"));
    }
    if request_id.chars().count() > LONGEST_REQUEST_ID {
        return Err(Failure::field("request_id", format!("is longer than {LONGEST_REQUEST_ID} characters")));
    }
    Ok(())
}

/// In as many parts as it takes; every one but the last says that more follows.
fn snapshot(bookings: Vec<proto::Booking>) -> Vec<Event> {
    let parts = bookings.len().div_ceil(SNAPSHOT_PART).max(1);
    let mut rest = bookings.into_iter();
    let part = |number| {
        let bookings = rest.by_ref().take(SNAPSHOT_PART).collect();
        Event::Snapshot(proto::BookingSnapshot { bookings, more_follows: number < parts })
    };
    (1..=parts).map(part).collect()
}

/// An enrolment on every date of its seats, so that a day's list has all who travel.
fn is_served_on(area: &Area, booking: &Booking, date: NaiveDate) -> bool {
    area.service_dates(&booking.request).contains(date)
}

/// Empty where nobody is to be called.
fn person(person: Option<proto::Person>) -> Result<Person, Failure> {
    let person = person.unwrap_or_default();
    if person.name.chars().count() > LONGEST_NAME {
        return Err(Failure::field("person.name", format!("is longer than {LONGEST_NAME} characters")));
    }
    if person.phone.chars().count() > LONGEST_PHONE {
        return Err(Failure::field("person.phone", format!("is longer than {LONGEST_PHONE} characters")));
    }
    Ok(Person { name: person.name, phone: person.phone })
}

fn may_see(principal: &Principal, booking: &Booking) -> bool {
    principal.role != Role::App || booking.key.principal == principal.name
}

/// The booking of an id, if there is one that the principal may see; the two cases look alike from outside.
fn visible<'a>(area: &'a Area, principal: &Principal, id: &str) -> Result<&'a Booking, Failure> {
    let booking = parse_booking_id(id).and_then(|id| area.booking(id));
    let booking = booking.filter(|booking| may_see(principal, booking));
    booking.ok_or_else(|| Failure::NotFound { kind: "booking", name: id.to_owned() })
}

/// `B000001`, exactly as it is written out.
pub(super) fn parse_booking_id(text: &str) -> Option<BookingId> {
    let id = BookingId(text.strip_prefix('B')?.parse().ok()?);
    (id.to_string() == text).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_of_many_bookings_comes_in_parts_with_an_end() {
        let check = |bookings: usize, expected: &[(usize, bool)]| {
            let parts = snapshot(vec![proto::Booking::default(); bookings]);
            let parts = parts.iter().map(|event| match event {
                Event::Snapshot(part) => (part.bookings.len(), part.more_follows),
                Event::Changed(_) => panic!("a change before the end of the snapshot"),
            });
            assert_eq!(parts.collect::<Vec<_>>(), expected);
        };
        check(0, &[(0, false)]);
        check(SNAPSHOT_PART, &[(SNAPSHOT_PART, false)]);
        check(2 * SNAPSHOT_PART + 1, &[(SNAPSHOT_PART, true), (SNAPSHOT_PART, true), (1, false)]);
    }
}
