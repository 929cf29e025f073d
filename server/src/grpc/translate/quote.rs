//! Quotes, offers and bookings, outwards.

use sanban_engine::demand::{Party, Request, StudentRunDirection, StudentSeat, WantedTime};
use sanban_engine::dispatch::{Area, Booking, BookingState, LegService, LineJourney, Offer, OfferedLeg, Quote, Tier};
use sanban_engine::ids::{LegId, PlaceId};
use sanban_engine::plan::{BookedLeg, Timetable};
use sanban_engine::scenario::Scenario;

use super::outwards::{Day, instant};
use super::{plan, reasons};
use crate::grpc::offer_token::OfferSigner;
use crate::proto::{self, section::By};

/// The answer to a request.
pub fn quote(
    scenario: &Scenario,
    area: &Area,
    request: &Request,
    quote: &Quote,
    signer: &OfferSigner,
) -> proto::QuoteResponse {
    let day = Day { scenario, date: request.date() };
    let (from, to) = ends(scenario, request);
    proto::QuoteResponse {
        places: [from, to].into_iter().filter_map(|place| day.place(place)).collect(),
        offers: quote.offers.iter().map(|offered| offer(scenario, area, offered, signer)).collect(),
        refusal: quote.refusal.as_ref().filter(|_| quote.offers.is_empty()).map(reasons::refusal),
        decided_by: Some(reasons::decided_by(quote)),
        passed_over: quote.no_line.iter().flatten().map(reasons::shortfall).collect(),
        policy_version: scenario.policy.version.clone(),
    }
}

fn offer(scenario: &Scenario, area: &Area, offer: &Offer, signer: &OfferSigner) -> proto::Offer {
    signed(&Way::of(scenario, area, &offer.request), offer, signer)
}

/// A re-offer: its trips are those of a timetable that is not in service yet.
pub(super) fn reoffer(area: &Area, timetable: Option<&Timetable>, offer: &Offer, signer: &OfferSigner) -> proto::Offer {
    let way = Way::of(area.scenario(), area, &offer.request);
    signed(&Way { trips: Trips::Of(timetable), ..way }, offer, signer)
}

fn signed(way: &Way, offer: &Offer, signer: &OfferSigner) -> proto::Offer {
    proto::Offer {
        tier: tier(offer.tier).into(),
        legs: offer.legs.iter().enumerate().map(|(number, leg)| way.leg(number, leg, String::new())).collect(),
        expires: Some(instant(offer.expires_at)),
        offer_token: signer.sign(offer),
    }
}

/// A booking as it stands in this state of the area.
pub fn booking(scenario: &Scenario, area: &Area, booking: &Booking) -> proto::Booking {
    let way = Way::of(scenario, area, &booking.request);
    let vehicle = |leg: usize| {
        let leg = LegId { booking: booking.id, leg: leg as u8 };
        area.plan(way.day.date).map(|planned| plan::vehicle_of(way.day, planned, leg)).unwrap_or_default()
    };
    proto::Booking {
        booking_id: booking.id.to_string(),
        state: booking_state(booking).into(),
        date: booking.request.date().to_string(),
        journey: Some(journey(way.day, &booking.request)),
        tier: tier(booking.tier).into(),
        legs: booking.legs.iter().enumerate().map(|(number, leg)| way.leg(number, leg, vehicle(number))).collect(),
        booked_at: Some(instant(booking.booked_at)),
    }
}

/// Where a booking stands.
pub fn booking_state(booking: &Booking) -> proto::BookingState {
    match booking.state {
        BookingState::Confirmed => proto::BookingState::Confirmed,
        BookingState::Waiting => proto::BookingState::Waiting,
        BookingState::Cancelled => proto::BookingState::Cancelled,
    }
}

fn tier(tier: Tier) -> proto::Tier {
    match tier {
        Tier::Line => proto::Tier::Line,
        Tier::LineAndBooked => proto::Tier::LineAndBooked,
        Tier::Booked => proto::Tier::Direct,
        Tier::StudentRun => proto::Tier::StudentRun,
        Tier::WaitingList => proto::Tier::WaitingList,
    }
}

/// From where to where the first leg goes.
fn ends(scenario: &Scenario, request: &Request) -> (PlaceId, PlaceId) {
    match request {
        Request::Enrolment(enrolment) => (enrolment.from, scenario.school(enrolment.school).place),
        Request::MarketTrip(trip) => (trip.from, scenario.market(trip.market).place),
        Request::Consignment(consignment) => (consignment.from, consignment.to),
        Request::Ride(ride) => (ride.from, ride.to),
    }
}

/// What is needed to spell out the legs of a request.
struct Way<'a> {
    day: Day<'a>,
    area: &'a Area,
    request: &'a Request,
    ends: (PlaceId, PlaceId),
    trips: Trips<'a>,
}

/// Whose trips a journey names.
#[derive(Clone, Copy)]
enum Trips<'a> {
    /// Those of the timetable in service, if the journey was made for it.
    InService,
    /// Those of this timetable; nothing if it isn't known any more.
    Of(Option<&'a Timetable>),
}

impl<'a> Way<'a> {
    fn of(scenario: &'a Scenario, area: &'a Area, request: &'a Request) -> Self {
        let date = request.date();
        Self { day: Day { scenario, date }, area, request, ends: ends(scenario, request), trips: Trips::InService }
    }

    fn leg(&self, number: usize, leg: &OfferedLeg, vehicle: String) -> proto::OfferedLeg {
        let sections = match &leg.service {
            LegService::Lines(journey) => self.lines(number, journey),
            LegService::Booked(booked) => vec![By::Booked(self.booked(booked, vehicle))],
            LegService::StudentRuns(seats) => {
                seats.iter().map(|seat| By::StudentRun(self.student_run(*seat))).collect()
            }
        };
        proto::OfferedLeg { sections: sections.into_iter().map(|by| proto::Section { by: Some(by) }).collect() }
    }

    fn booked(&self, leg: &BookedLeg, vehicle: String) -> proto::BookedRide {
        proto::BookedRide {
            from: self.day.place(leg.from),
            to: self.day.place(leg.to),
            promised_pickup: self.day.window(leg.promise.pickup),
            promised_dropoff: self.day.window(leg.promise.dropoff),
            vehicle,
        }
    }

    /// The timetable of a journey's trips, while it is known.
    fn timetable_of(&self, journey: &LineJourney) -> Option<&Timetable> {
        let in_service = self.area.timetable_version(self.day.date);
        match self.trips {
            Trips::InService => self.area.timetable(self.day.date).filter(|_| journey.timetable_version == in_service),
            Trips::Of(timetable) => timetable,
        }
    }

    /// Walks and rides in order: to the first stop, between stops, from the last one. None for a cancelled booking whose
    /// timetable was replaced: the trips that it names are others now.
    fn lines(&self, number: usize, journey: &LineJourney) -> Vec<By> {
        let (from, to) = if number == 0 { self.ends } else { (self.ends.1, self.ends.0) };
        let Some(timetable) = self.timetable_of(journey) else { return Vec::new() };
        let mut sections = Vec::new();
        let mut at = from;
        for reservation in &journey.reservations {
            let stops = &self.day.scenario.pattern(timetable.trip(reservation.trip).pattern).stops;
            let (board, alight) = (stops[reservation.from_stop], stops[reservation.to_stop]);
            sections.extend(self.walk(at, board));
            sections.push(By::Line(self.day.reserved_ride(timetable, reservation)));
            at = alight;
        }
        sections.extend(self.walk(at, to));
        sections
    }

    fn walk(&self, from: PlaceId, to: PlaceId) -> Option<By> {
        if from == to {
            return None;
        }
        let walks = &self.day.scenario.network.walks;
        // Links lead to stops; the walk from a stop to somewhere is as long as the way back.
        let link = walks.from(from).iter().find(|link| link.stop == to);
        let link = link.or_else(|| walks.from(to).iter().find(|link| link.stop == from));
        Some(By::Walk(proto::Walk {
            from: self.day.place(from),
            to: self.day.place(to),
            metres: link.map_or(0, |link| link.distance.0 as i32),
            seconds: link.map_or(0, |link| link.duration.seconds()),
        }))
    }

    fn student_run(&self, seat: StudentSeat) -> proto::StudentRide {
        let run = &self.day.scenario.student_runs[seat.run.index()];
        let call = run.calls[seat.call];
        proto::StudentRide {
            student_run: run.code.clone(),
            stop: self.day.place(call.place),
            school: self.day.scenario.school(run.school).code.clone(),
            time: call.time.to_hm_string(),
            from_date: self.request.date().to_string(),
            until_date: self.area.service_dates(self.request).until.to_string(),
            direction: match run.direction {
                StudentRunDirection::ToSchool => proto::StudentRunDirection::ToSchool.into(),
                StudentRunDirection::FromSchool => proto::StudentRunDirection::FromSchool.into(),
            },
        }
    }
}

/// What was asked for, with places by code.
fn journey(day: Day, request: &Request) -> proto::Journey {
    use proto::journey::Product;
    use proto::ride::Wanted;
    let scenario = day.scenario;
    let place = |id: PlaceId| {
        let code = scenario.network.place(id).code.clone();
        Some(proto::PlaceReference { at: Some(proto::place_reference::At::Code(code)) })
    };
    let party = |party: Party| {
        Some(proto::Party { seated: party.seated, wheelchairs: party.wheelchairs, luggage_units: party.luggage })
    };
    let product = match request {
        Request::Enrolment(enrolment) => Product::Enrolment(proto::Enrolment {
            from: place(enrolment.from),
            school: scenario.school(enrolment.school).code.clone(),
            from_date: enrolment.from_date.to_string(),
        }),
        Request::MarketTrip(trip) => Product::MarketTrip(proto::MarketTrip {
            from: place(trip.from),
            market: scenario.market(trip.market).code.clone(),
            arrive_by: day.time(trip.arrive_by),
            return_at: day.time(trip.return_at),
            party: party(trip.party),
            luggage_units_home: trip.luggage_home,
        }),
        Request::Consignment(consignment) => Product::Consignment(proto::Consignment {
            from: place(consignment.from),
            to: place(consignment.to),
            kilograms: consignment.kilograms,
            litres: consignment.litres,
            ready: day.time(consignment.window.earliest),
            due: day.time(consignment.window.latest),
        }),
        Request::Ride(ride) => Product::Ride(proto::Ride {
            from: place(ride.from),
            to: place(ride.to),
            wanted: match ride.wanted {
                WantedTime::ArriveBy(time) => day.time(time).map(Wanted::ArriveBy),
                WantedTime::DepartAt(time) => day.time(time).map(Wanted::DepartAt),
            },
            party: party(ride.party),
        }),
    };
    proto::Journey { product: Some(product) }
}
