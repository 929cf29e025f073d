//! A client with a token, and requests about the sample town.

use std::path::Path;

use chrono::NaiveDate;
use sanban_engine::scenario::sample;
use sanban_engine::time::{ServiceClock, ServiceTime};
use sanban_server::proto;
use sanban_server::proto::booking_service_client::BookingServiceClient;
use sanban_server::proto::dispatch_service_client::DispatchServiceClient;
use sanban_server::proto::place_reference::At;
use sanban_server::proto::timetable_service_client::TimetableServiceClient;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_types::StatusExt;

/// Adds a token to every call; an empty one adds nothing.
#[derive(Clone)]
pub struct Bearer(String);

impl tonic::service::Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if !self.0.is_empty() {
            request.metadata_mut().insert("authorization", format!("Bearer {}", self.0).parse().unwrap());
        }
        Ok(request)
    }
}

/// A channel whose calls carry a token.
pub type Authorized = InterceptedService<Channel, Bearer>;

/// The three services as one caller sees them.
#[derive(Clone)]
pub struct Client {
    /// Bookings.
    pub booking: BookingServiceClient<Authorized>,
    /// Plans.
    pub dispatch: DispatchServiceClient<Authorized>,
    /// Timetables.
    pub timetable: TimetableServiceClient<Authorized>,
}

impl Client {
    /// Connects with a token; an empty one sends none.
    pub async fn connect(address: &str, token: &str) -> Self {
        let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        let bearer = Bearer(token.to_owned());
        Self {
            booking: BookingServiceClient::with_interceptor(channel.clone(), bearer.clone()),
            dispatch: DispatchServiceClient::with_interceptor(channel.clone(), bearer.clone()),
            timetable: TimetableServiceClient::with_interceptor(channel, bearer).max_decoding_message_size(64 << 20),
        }
    }

    /// The answer to a journey.
    pub async fn quote(&mut self, journey: proto::Journey) -> Result<proto::QuoteResponse, Status> {
        let request = proto::QuoteRequest { journey: Some(journey) };
        Ok(self.booking.quote(request).await?.into_inner())
    }

    /// Confirms an offer.
    pub async fn book(&mut self, request_id: &str, offer_token: &str) -> Result<proto::Booking, Status> {
        let request = book_request(request_id, offer_token);
        Ok(self.booking.book(request).await?.into_inner().booking.unwrap())
    }

    /// Takes the first offer for a journey.
    pub async fn book_first(&mut self, request_id: &str, journey: proto::Journey) -> Result<proto::Booking, Status> {
        let quote = self.quote(journey).await?;
        let offer = quote.offers.first().unwrap_or_else(|| panic!("nothing offered: {:?}", quote.refusal));
        self.book(request_id, &offer.offer_token).await
    }

    /// Gives a booking up.
    pub async fn cancel(&mut self, request_id: &str, booking_id: &str) -> Result<proto::Booking, Status> {
        let request =
            proto::CancelBookingRequest { request_id: request_id.to_owned(), booking_id: booking_id.to_owned() };
        Ok(self.booking.cancel_booking(request).await?.into_inner().booking.unwrap())
    }

    /// One booking.
    pub async fn get(&mut self, booking_id: &str) -> Result<proto::GetBookingResponse, Status> {
        let request = proto::GetBookingRequest { booking_id: booking_id.to_owned() };
        Ok(self.booking.get_booking(request).await?.into_inner())
    }

    /// The plan of a date.
    pub async fn plan(&mut self, date: NaiveDate) -> Result<proto::Plan, Status> {
        self.plan_of(&date.to_string()).await
    }

    /// The plan of a date as somebody writes it.
    pub async fn plan_of(&mut self, date: &str) -> Result<proto::Plan, Status> {
        let request = proto::GetPlanRequest { date: date.to_owned() };
        Ok(self.dispatch.get_plan(request).await?.into_inner().plan.unwrap())
    }
}

/// A confirmation without a person.
pub fn book_request(request_id: &str, offer_token: &str) -> proto::BookRequest {
    proto::BookRequest { request_id: request_id.to_owned(), offer_token: offer_token.to_owned(), person: None }
}

/// Puts what an operation found into service.
pub fn activation(
    operation: &str,
    request_id: &str,
    accepted_reoffers: Vec<proto::AcceptedReoffer>,
) -> proto::ActivateTimetableRequest {
    let (operation, request_id) = (operation.to_owned(), request_id.to_owned());
    proto::ActivateTimetableRequest { operation, request_id, accepted_reoffers }
}

/// A moment of a service date in the county.
pub fn at(date: NaiveDate, hour: i32, minute: i32) -> prost_types::Timestamp {
    let instant = ServiceClock::SHANGHAI.instant(date, ServiceTime::hm(hour, minute));
    prost_types::Timestamp { seconds: instant.unix_seconds(), nanos: 0 }
}

/// A place by its code.
pub fn code(code: &str) -> Option<proto::PlaceReference> {
    Some(proto::PlaceReference { at: Some(At::Code(code.to_owned())) })
}

/// That many people with nothing to carry.
pub fn people(seated: i32) -> Option<proto::Party> {
    Some(proto::Party { seated, wheelchairs: 0, luggage_units: 0 })
}

/// A ride for that many people, to be there by then.
pub fn ride(from: &str, to: &str, arrive_by: prost_types::Timestamp, seated: i32) -> proto::Journey {
    let wanted = Some(proto::ride::Wanted::ArriveBy(arrive_by));
    let ride = proto::Ride { from: code(from), to: code(to), wanted, party: people(seated) };
    proto::Journey { product: Some(proto::journey::Product::Ride(ride)) }
}

/// The sample's market day.
pub fn date() -> NaiveDate {
    sample::market_day()
}

/// A ride on that day from the village up the slope to the hospital: too far to walk to a stop.
pub fn to_hospital(hour: i32, seated: i32) -> proto::Journey {
    ride("V3", "HOS", at(date(), hour, 0), seated)
}

/// The reason in capitals that a refused call gives.
pub fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

/// The token that a server made for the desk.
pub fn desk_token(data: &Path) -> String {
    std::fs::read_to_string(data.join("dispatcher.token")).unwrap().trim().to_owned()
}
