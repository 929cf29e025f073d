//! From a command to a decision: everything is worked out here, nothing is changed.

use chrono::{Days, NaiveDate};

use super::area::Area;
use super::booking::{Booking, BookingState, RequestKey};
use super::day::Day;
use super::decision::{CancelRefusal, Command, DayChange, Decision, Outcome, REMEMBERED_DAYS};
use super::draft::Draft;
use super::enrolment::{self, Competition};
use super::journeys::boards;
use super::offer::{LegService, LineJourney, Offer, Tier};
use super::refusal::{NearestMiss, Reason, Refusal, StaleCause};
use super::rules;
use crate::demand::Request;
use crate::ids::BookingId;
use crate::time::Instant;

impl Area {
    /// Decides a command on the present state. Pure: the state changes when the decision is applied.
    pub fn decide(&self, command: &Command, now: Instant) -> Decision {
        let request = match command {
            Command::Book { key, body_digest, .. } | Command::Cancel { key, body_digest, .. } => {
                Some((key.clone(), body_digest.clone()))
            }
            Command::ActivateTimetable { request, .. } => request.clone(),
        };
        let repeated = request.as_ref().and_then(|(key, digest)| self.repeated(key, digest, now));
        let outcome = repeated.unwrap_or_else(|| match command {
            Command::Book { key, offer, .. } => self.book(key, offer, now),
            Command::Cancel { booking, .. } => self.cancel(*booking, now),
            Command::ActivateTimetable { timetable, accepted, .. } => self.activate(timetable, accepted, now),
        });
        let remembered_until = request.as_ref().map(|_| self.remembered_until(command, now));
        let version = Decision::FORMAT;
        Decision { version, sequence: self.sequence + 1, decided_at: now, request, remembered_until, outcome }
    }

    fn repeated(&self, key: &RequestKey, digest: &str, now: Instant) -> Option<Outcome> {
        let (known, answer) = self.remembered(key, now)?;
        Some(if known == digest { Outcome::Repeated { answer: answer.clone() } } else { Outcome::KeyReused })
    }

    /// From the last date of the service that the command is about, whatever is decided.
    fn remembered_until(&self, command: &Command, now: Instant) -> NaiveDate {
        let (today, _) = self.scenario.policy.clock.service_time(now);
        let last = match command {
            Command::Book { offer, .. } => Some(self.service_dates(&offer.request).until),
            Command::Cancel { booking, .. } => {
                self.booking(*booking).map(|booking| self.service_dates(&booking.request).until)
            }
            Command::ActivateTimetable { timetable, .. } => Some(timetable.date),
        };
        last.map_or(today, |date| date.max(today))
            .checked_add_days(Days::new(REMEMBERED_DAYS))
            .unwrap_or(NaiveDate::MAX)
    }

    fn book(&self, key: &RequestKey, offer: &Offer, now: Instant) -> Outcome {
        let refused = |reason| Outcome::BookingRefused { refusal: Refusal { reason } };
        if now > offer.expires_at {
            return refused(Reason::Expired { at: offer.expires_at });
        }
        if let Some(replaced) = offer.replaces {
            return refused(Reason::StaleOffer(StaleCause::ReplacesBooking { booking: replaced.booking }));
        }
        let booking = Booking {
            id: self.next_booking(),
            key: key.clone(),
            request: offer.request.clone(),
            state: if offer.tier == Tier::WaitingList { BookingState::Waiting } else { BookingState::Confirmed },
            tier: offer.tier,
            legs: offer.legs.clone(),
            booked_at: now,
        };
        let change = if let Request::Enrolment(_) = offer.request {
            self.enrolment_is_fresh(offer).map(|()| Vec::new()).map_err(Reason::StaleOffer)
        } else {
            self.day_change(&booking, now).map(|change| vec![change])
        };
        match change {
            Ok(changes) => Outcome::Booked { booking: Box::new(booking), changes },
            Err(reason) => refused(reason),
        }
    }

    fn enrolment_is_fresh(&self, offer: &Offer) -> Result<(), StaleCause> {
        match (&offer.request, offer.legs.first().map(|leg| &leg.service)) {
            (_, Some(LegService::StudentRuns(seats))) => {
                let competition = Competition::of(self, &offer.request, None);
                let free = seats.iter().all(|&seat| enrolment::has_room(self, seat, competition));
                if free { Ok(()) } else { Err(StaleCause::StudentSeatTaken) }
            }
            (Request::Enrolment(request), _) if enrolment::free_seats(self, request, None).is_ok() => {
                Err(StaleCause::SeatFreed)
            }
            _ => Ok(()),
        }
    }

    /// What a booking changes on its date, if all its legs still fit. Why not is told of a search that gave up by what it was,
    /// of all others by what has changed since the offer.
    pub(super) fn day_change(&self, booking: &Booking, now: Instant) -> Result<DayChange, Reason> {
        let date = booking.request.date();
        let day = self.day(date);
        let mut draft = Draft::of(self, &day, rules::time_on(self, date, now));
        let mut change = DayChange::none(date);
        let booked = booking.legs_with_ids().filter_map(|(id, leg)| match &leg.service {
            LegService::Booked(booked) => Some((id, booked)),
            _ => None,
        });
        draft.add(&booked.collect::<Vec<_>>()).map_err(|(leg, reason)| match reason {
            Reason::NotFound { .. } => reason,
            _ => Reason::StaleOffer(StaleCause::NoVehicleLeft { leg, miss: miss_of(reason) }),
        })?;
        for (id, leg) in booking.legs_with_ids() {
            match &leg.service {
                LegService::Lines(journey) => {
                    let time = rules::time_on(self, date, now);
                    self.seats_are_free(&day, journey, time).map_err(Reason::StaleOffer)?;
                    change.added_reservations.push((id, journey.reservations.clone()));
                }
                LegService::Booked(booked) => change.added_legs.push((id, booked.clone())),
                LegService::StudentRuns(_) => {}
            }
        }
        change.vehicles = draft.vehicle_changes();
        Ok(change)
    }

    fn seats_are_free(
        &self,
        day: &Day,
        journey: &LineJourney,
        now: crate::time::ServiceTime,
    ) -> Result<(), StaleCause> {
        let timetable = day.timetable().filter(|_| day.timetable_version() == journey.timetable_version);
        let timetable = timetable.ok_or(StaleCause::TimetableChanged)?;
        for ride in &journey.reservations {
            let free = day.seats().free(&self.scenario, timetable, ride.trip, ride.from_stop..ride.to_stop);
            let departure = boards(&self.scenario, timetable, ride);
            if departure < now {
                return Err(StaleCause::BusGone { departure });
            }
            if !ride.load.fits_in(free) {
                return Err(StaleCause::SeatsTaken { departure, free, wanted: ride.load });
            }
        }
        Ok(())
    }

    fn cancel(&self, id: BookingId, now: Instant) -> Outcome {
        let refused = |refusal| Outcome::CancelRefused { booking: id, refusal };
        let Some(booking) = self.booking(id) else { return refused(CancelRefusal::Unknown) };
        let date = booking.request.date();
        if booking.state == BookingState::Cancelled {
            return refused(CancelRefusal::AlreadyCancelled);
        }
        if let Request::Enrolment(_) = booking.request {
            let freed = booking.state == BookingState::Confirmed;
            let (today, _) = self.scenario.policy.clock.service_time(now);
            let promoted = if freed { enrolment::promoted(self, id, today) } else { None };
            return Outcome::Cancelled { booking: id, changes: Vec::new(), promoted: promoted.map(Box::new) };
        }
        let day = self.day(date);
        let time = rules::time_on(self, date, now);
        let mut draft = Draft::of(self, &day, time);
        let mut change = DayChange::none(date);
        for (leg, offered) in booking.legs_with_ids() {
            if !draft.give_back(leg, &offered.service) {
                return refused(CancelRefusal::Begun);
            }
            change.removed_legs.push(leg);
        }
        change.vehicles = draft.vehicle_changes();
        Outcome::Cancelled { booking: id, changes: vec![change], promoted: None }
    }
}

fn miss_of(reason: Reason) -> NearestMiss {
    match reason {
        Reason::ImpossibleAlone(miss) | Reason::NoInsertion(miss) | Reason::NotFound { miss, .. } => miss,
        other => {
            let what = Refusal { reason: other }.to_string();
            NearestMiss { vehicle: None, what_zh: "按规定不能承运".to_owned(), what }
        }
    }
}
