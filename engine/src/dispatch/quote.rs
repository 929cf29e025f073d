//! What to offer for a request: rules first, then lines, then booked vehicles.

use super::area::Area;
use super::booked_offer::{BookedWish, When};
use super::bus_first::{WantedLeg, suitable_journeys};
use super::day::Day;
use super::draft::Draft;
use super::enrolment::{self, NoSeat};
use super::offer::{LegService, LineJourney, Offer, OfferedLeg, Quote, Tier};
use super::refusal::{LineShortfall, Reason, Refusal};
use super::rules;
use crate::demand::{ConsignmentRequest, EnrolmentRequest, Request, RideRequest};
use crate::fleet::Product;
use crate::ids::LegId;
use crate::time::{Instant, ServiceTime};
use crate::units::Load;

/// What is known while a quote is made.
pub(super) struct Desk<'a> {
    pub(super) area: &'a Area,
    pub(super) day: &'a Day,
    request: &'a Request,
    made_at: Instant,
    pub(super) now: ServiceTime,
}

impl Area {
    /// What can be offered for a request now. Changes nothing.
    pub fn quote(&self, request: &Request, now: Instant) -> Quote {
        if let Err(rule) = rules::check(self, request, now) {
            return Quote::refused(Refusal::rule(rule));
        }
        let day = self.day(request.date());
        let time = rules::time_on(self, request.date(), now);
        let desk = Desk { area: self, day: &day, request, made_at: now, now: time };
        match request {
            Request::Enrolment(enrolment) => desk.enrolment(enrolment),
            Request::Ride(ride) => desk.ride(ride),
            Request::MarketTrip(trip) => desk.market_trip(trip),
            Request::Consignment(consignment) => desk.consignment(consignment),
        }
    }
}

impl Desk<'_> {
    fn ride(&self, ride: &RideRequest) -> Quote {
        let load = ride.party.load();
        let leg = WantedLeg { from: ride.from, to: ride.to, wanted: ride.wanted, load, not_before: self.now };
        match suitable_journeys(&self.area.scenario, self.day, &leg) {
            Ok(journeys) => {
                let offers = journeys.into_iter().map(|journey| self.offer(vec![by_line(journey)]));
                self.quoted(offers.collect(), vec![None])
            }
            Err(shortfall) => {
                let mut draft = Draft::of(self.area, self.day, self.now);
                match draft.promise(self.next_leg(0), &wish(Product::Ride, &leg)) {
                    Ok(booked) => {
                        let no_line = Some(shortfall.clone());
                        let leg = OfferedLeg { service: LegService::Booked(booked), no_line };
                        self.quoted(vec![self.offer(vec![leg])], vec![Some(shortfall)])
                    }
                    Err(reason) => refused(reason, vec![Some(shortfall)]),
                }
            }
        }
    }

    fn consignment(&self, consignment: &ConsignmentRequest) -> Quote {
        let wish = BookedWish {
            product: Product::Freight,
            from: consignment.from,
            to: consignment.to,
            load: Load { freight_kilograms: consignment.kilograms, freight_litres: consignment.litres, ..Load::ZERO },
            when: When::Goods(consignment.window),
            not_before: self.now,
        };
        let shortfall = Some(LineShortfall::Freight);
        match Draft::of(self.area, self.day, self.now).promise(self.next_leg(0), &wish) {
            Ok(booked) => {
                let leg = OfferedLeg { service: LegService::Booked(booked), no_line: shortfall.clone() };
                self.quoted(vec![self.offer(vec![leg])], vec![shortfall])
            }
            Err(reason) => refused(reason, vec![shortfall]),
        }
    }

    fn enrolment(&self, enrolment: &EnrolmentRequest) -> Quote {
        let offer = match enrolment::free_seats(self.area, enrolment, None) {
            Ok(seats) => self.offer(vec![OfferedLeg { service: LegService::StudentRuns(seats), no_line: None }]),
            Err(NoSeat::Full(why)) => Offer { explanation: format!("waiting list: {why}"), ..self.offer(Vec::new()) },
            Err(NoSeat::Never(rule)) => return Quote::refused(Refusal::rule(rule)),
        };
        self.quoted(vec![offer], Vec::new())
    }

    pub(super) fn offer(&self, legs: Vec<OfferedLeg>) -> Offer {
        let scenario = &self.area.scenario;
        let is_line = |leg: &OfferedLeg| matches!(leg.service, LegService::Lines(_));
        let tier = if legs.is_empty() {
            Tier::WaitingList
        } else if matches!(legs[0].service, LegService::StudentRuns(_)) {
            Tier::StudentRun
        } else if legs.iter().all(is_line) {
            Tier::Line
        } else if legs.iter().any(is_line) {
            Tier::LineAndBooked
        } else {
            Tier::Booked
        };
        let validity = i64::from(scenario.policy.booked.offer_validity.seconds());
        let expires_at = Instant::from_unix_seconds(self.made_at.unix_seconds() + validity);
        let explanation = self.explain(tier, &legs);
        Offer {
            request: self.request.clone(),
            tier,
            legs,
            made_at: self.made_at,
            expires_at,
            explanation,
            replaces: None,
        }
    }

    fn explain(&self, tier: Tier, legs: &[OfferedLeg]) -> String {
        let limits = &self.area.scenario.policy.bus_first;
        match tier {
            Tier::Line => {
                let figures = legs.iter().filter_map(|leg| match &leg.service {
                    LegService::Lines(journey) => Some(format!(
                        "{} on foot, {} from the wanted time, {} on the bus",
                        journey.walk, journey.wait, journey.ride
                    )),
                    _ => None,
                });
                let figures = figures.collect::<Vec<_>>().join("; ");
                format!("bus first: {figures} (limits {}, {}, {})", limits.total_walk, limits.wait, limits.ride)
            }
            Tier::LineAndBooked | Tier::Booked => {
                let why = legs.iter().filter_map(|leg| leg.no_line.as_ref().map(ToString::to_string));
                format!("booked service, because lines don't suffice: {}", why.collect::<Vec<_>>().join("; "))
            }
            Tier::StudentRun => match legs.first().map(|leg| &leg.service) {
                Some(LegService::StudentRuns(seats)) if seats.len() == 1 => {
                    let run = &self.area.scenario.student_runs[seats[0].run.index()];
                    format!("a seat is free on the licensed run {}; none goes the other way", run.code)
                }
                _ => "a seat is free on the licensed runs both ways".to_owned(),
            },
            Tier::WaitingList => String::new(),
        }
    }

    pub(super) fn quoted(&self, offers: Vec<Offer>, no_line: Vec<Option<LineShortfall>>) -> Quote {
        let explanation = offers[0].explanation.clone();
        Quote { offers, explanation, refusal: None, no_line }
    }

    /// The leg of a booking that does not exist yet.
    pub(super) fn next_leg(&self, leg: u8) -> LegId {
        LegId { booking: self.area.next_booking(), leg }
    }
}

pub(super) fn wish(product: Product, leg: &WantedLeg) -> BookedWish {
    BookedWish {
        product,
        from: leg.from,
        to: leg.to,
        load: leg.load,
        when: When::Person(leg.wanted),
        not_before: leg.not_before,
    }
}

pub(super) fn by_line(journey: LineJourney) -> OfferedLeg {
    OfferedLeg { service: LegService::Lines(journey), no_line: None }
}

pub(super) fn refused(reason: Reason, no_line: Vec<Option<LineShortfall>>) -> Quote {
    let refusal = Refusal { reason };
    let lines: Vec<String> = no_line.iter().flatten().map(ToString::to_string).collect();
    let explanation = format!("{refusal}; lines: {}", lines.join("; "));
    Quote { offers: Vec::new(), explanation, refusal: Some(refusal), no_line }
}
