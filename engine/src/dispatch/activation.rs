//! A new timetable on a date for which people have booked: who keeps what, who can't, and what they could have instead.
//!
//! Seats on a trip that is in both timetables are kept, and so are rides on booked vehicles that the new blocks and
//! freight runs leave alone.
//! Everybody else is *displaced*: named with the reason and with a re-offer. All re-offers of one answer fit together. Nothing is
//! changed before every displaced booking has accepted one; then the timetable and all of them change in a single decision.
//!
//! The dry run uses the code that carries decisions out, so that what is decided here is what happens when it is applied.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::area::Area;
use super::booking::{Booking, BookingState};
use super::day::{BookedFleet, Day};
use super::decision::{DayChange, Decision, Outcome, Rebooking};
use super::draft::Draft;
use super::journeys::boards;
use super::offer::{LegService, Offer, Replacement};
use super::refusal::{Reason, Refusal, StaleCause};
use super::rules;
use super::seats::{SameTrips, SeatsTaken};
use crate::ids::BookingId;
use crate::plan::{LineReservation, Timetable};
use crate::time::{Duration, Instant, ServiceTime};
use crate::units::Load;

/// Passengers have to be called: re-offers stay good for longer than other offers, and are looked at again when they are
/// accepted.
const REOFFER_VALIDITY: Duration = Duration::from_minutes(24 * 60);

/// Why a booking can't stay as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Displacement {
    /// It holds seats on a trip that the new timetable doesn't have at that time.
    #[error("the bus at {departure} doesn't run at that time any more{}", .nearest.map_or(String::new(), |time| format!("; the nearest one of its kind leaves its first stop at {time}")))]
    TripGone {
        /// From its boarding stop.
        departure: ServiceTime,
        /// When the same stops are served nearest to it in the new timetable: departure from the first stop.
        nearest: Option<ServiceTime>,
    },
    /// A smaller vehicle works the trip, and those who booked before take all places.
    #[error("the bus at {departure} has too few places now")]
    SeatsShort {
        /// From its boarding stop.
        departure: ServiceTime,
        /// It holds so much.
        wanted: Load,
    },
    /// The new timetable needs the booked vehicle at that time.
    #[error("the timetable needs the booked vehicle at that time")]
    VehicleNeeded,
}

/// What became of the re-offer that a booking was said to have accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acceptance {
    /// None was handed in.
    Missing,
    /// It is no good any more.
    Stale(Reason),
    /// It is still good: hand it in again with the others.
    Good,
}

/// Why there is no re-offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoReoffer {
    /// The journey has begun: with this timetable it can't be brought to its end.
    Begun,
    /// Not looked for, because the timetable can't be put into service anyway.
    NotSearched,
    /// Nothing can be offered.
    Refused(Refusal),
}

/// A booking that can't stay as it is under a new timetable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisplacedBooking {
    /// Which.
    pub booking: BookingId,
    /// Why.
    pub why: Displacement,
    /// What became of the re-offer that was handed in.
    pub acceptance: Acceptance,
    /// What it could have instead: the accepted re-offer while it is good, else a fresh one.
    pub reoffer: Result<Box<Offer>, NoReoffer>,
}

/// The state as it would be with the new timetable, while re-offers are fitted in.
struct DryRun {
    area: Area,
    trips_fingerprint: u64,
    now: Instant,
    bookings: Vec<Booking>,
    taken: Vec<DayChange>,
}

impl Area {
    /// Decides whether a timetable can be put into service, given which re-offers are accepted.
    pub(super) fn activate(&self, timetable: &Timetable, accepted: &[Offer], now: Instant) -> Outcome {
        let date = timetable.date;
        let day = self.day(date);
        let gaps = self.fleet.between_fixed_work(&self.scenario, timetable, Decision::FORMAT);
        // A journal of an older format may have left vehicles more time than the same timetable does today.
        if day.timetable() == Some(timetable) && day.fleet().pieces == gaps.pieces {
            return Outcome::TimetableKept { date };
        }
        let displaced = self.displaced_by(&day, timetable, &gaps);
        if displaced.is_empty() {
            return Outcome::TimetableActivated { timetable: Box::new(timetable.clone()), rebooking: None };
        }
        let refused = |displaced: Vec<DisplacedBooking>| {
            let bookings = displaced.iter().map(|displaced| displaced.booking).collect();
            Outcome::ActivationRefused { date, bookings, displaced }
        };
        let released = match self.release(&day, &gaps, &displaced, now) {
            Ok(released) => released,
            Err(begun) => {
                let reason = |booking| if begun.contains(&booking) { NoReoffer::Begun } else { NoReoffer::NotSearched };
                return refused(without_reoffers(&displaced, reason));
            }
        };
        let mut area = self.clone();
        let decision = (self.sequence + 1, Decision::FORMAT);
        if area.put_into_service(timetable, Some(&released), decision).is_err() {
            return refused(without_reoffers(&displaced, |_| NoReoffer::NotSearched));
        }
        let (trips_fingerprint, bookings, taken) = (timetable.trips_fingerprint(), Vec::new(), Vec::new());
        let mut dry_run = DryRun { area, trips_fingerprint, now, bookings, taken };
        let found = dry_run.rebook_all(&displaced, accepted);
        if found.iter().any(|displaced| displaced.acceptance != Acceptance::Good) {
            return refused(found);
        }
        let DryRun { bookings, taken, .. } = dry_run;
        let rebooking = Some(Box::new(Rebooking { released, bookings, taken }));
        Outcome::TimetableActivated { timetable: Box::new(timetable.clone()), rebooking }
    }

    /// Who can't stay as they are. Where places are short, those who booked first keep theirs.
    fn displaced_by(&self, day: &Day, timetable: &Timetable, gaps: &BookedFleet) -> BTreeMap<BookingId, Displacement> {
        let outside = day.legs_outside(gaps).into_iter();
        let mut displaced: BTreeMap<BookingId, Displacement> =
            outside.map(|leg| (leg.booking, Displacement::VehicleNeeded)).collect();
        let Some(before) = day.timetable() else { return displaced };
        let mut held: BTreeMap<BookingId, Vec<&LineReservation>> = BTreeMap::new();
        for (leg, reservations) in &day.plan().reservations {
            held.entry(leg.booking).or_default().extend(reservations);
        }
        let same_trips = SameTrips::in_timetable(timetable);
        let mut seats = SeatsTaken::default();
        for (booking, reservations) in held {
            if displaced.contains_key(&booking) {
                continue;
            }
            let carried = reservations.iter().map(|&reservation| {
                let trip = before.trip(reservation.trip);
                same_trips.of(before, reservation).ok_or_else(|| Displacement::TripGone {
                    departure: boards(&self.scenario, before, reservation),
                    nearest: same_trips.nearest(trip.pattern, trip.departure),
                })
            });
            match carried.collect::<Result<Vec<_>, _>>() {
                Err(gone) => drop(displaced.insert(booking, gone)),
                Ok(carried) => {
                    seats.take(&carried);
                    let too_full =
                        |ride: &&LineReservation| !seats.all_fit(&self.scenario, timetable, std::slice::from_ref(ride));
                    if let Some(full) = carried.iter().find(too_full) {
                        let departure = boards(&self.scenario, timetable, full);
                        displaced.insert(booking, Displacement::SeatsShort { departure, wanted: full.load });
                        seats.release(&carried);
                    }
                }
            }
        }
        displaced
    }

    /// Gives back all that displaced bookings hold; or names those that have begun. Whoever stays on a vehicle is served within
    /// the gap that the new timetable leaves it.
    fn release(
        &self,
        day: &Day,
        gaps: &BookedFleet,
        displaced: &BTreeMap<BookingId, Displacement>,
        now: Instant,
    ) -> Result<DayChange, Vec<BookingId>> {
        let date = day.plan().date;
        let time = rules::time_on(self, date, now);
        let mut draft = Draft::of(self, day, time);
        draft.keep_within(gaps);
        let mut change = DayChange::none(date);
        let mut begun = Vec::new();
        for booking in displaced.keys().filter_map(|&id| self.booking(id)) {
            let mut is_ahead = true;
            for (leg, offered) in booking.legs_with_ids() {
                is_ahead &= draft.give_back(leg, &offered.service);
                change.removed_legs.push(leg);
            }
            if !is_ahead {
                begun.push(booking.id);
            }
        }
        change.vehicles = draft.vehicle_changes();
        if begun.is_empty() { Ok(change) } else { Err(begun) }
    }
}

impl DryRun {
    /// Accepted re-offers first, then fresh ones for everybody else; both in the order of booking.
    fn rebook_all(
        &mut self,
        displaced: &BTreeMap<BookingId, Displacement>,
        accepted: &[Offer],
    ) -> Vec<DisplacedBooking> {
        let handed_in =
            |id: BookingId| accepted.iter().find(|offer| offer.replaces.is_some_and(|replaced| replaced.booking == id));
        let mut acceptances = BTreeMap::new();
        for &id in displaced.keys() {
            let acceptance = match handed_in(id) {
                None => Acceptance::Missing,
                Some(offer) => self.rebook(id, offer).map_or_else(Acceptance::Stale, |()| Acceptance::Good),
            };
            acceptances.insert(id, acceptance);
        }
        let found = acceptances.into_iter().map(|(booking, acceptance)| {
            let reoffer = match (&acceptance, handed_in(booking)) {
                (Acceptance::Good, Some(offer)) => Ok(Box::new(offer.clone())),
                _ => self.fresh(booking).map(Box::new),
            };
            DisplacedBooking { booking, why: displaced[&booking], acceptance, reoffer }
        });
        found.collect()
    }

    /// The best that can be offered beside what is fitted in already; it is fitted in, too.
    fn fresh(&mut self, id: BookingId) -> Result<Offer, NoReoffer> {
        let known = self.area.booking(id).ok_or(NoReoffer::NotSearched)?;
        let mut quote = self.area.quote(&known.request, self.now);
        if quote.offers.is_empty() {
            return Err(quote.refusal.map_or(NoReoffer::NotSearched, NoReoffer::Refused));
        }
        let mut offer = quote.offers.remove(0);
        offer.replaces = Some(Replacement { booking: id, trips_fingerprint: self.trips_fingerprint });
        let good_until = self.now.unix_seconds() + i64::from(REOFFER_VALIDITY.seconds());
        offer.expires_at = offer.expires_at.max(Instant::from_unix_seconds(good_until));
        self.rebook(id, &offer).map_err(|reason| NoReoffer::Refused(Refusal { reason }))?;
        Ok(offer)
    }

    /// Fits a re-offer in, if it is good.
    fn rebook(&mut self, id: BookingId, offer: &Offer) -> Result<(), Reason> {
        let stale = Reason::StaleOffer;
        if self.now > offer.expires_at {
            return Err(Reason::Expired { at: offer.expires_at });
        }
        let is_for_this = offer.replaces.is_some_and(|replaced| replaced.trips_fingerprint == self.trips_fingerprint);
        let known = self.area.booking(id).filter(|known| is_for_this && known.request == offer.request);
        let known = known.ok_or(stale(StaleCause::TimetableChanged))?;
        let mut legs = offer.legs.clone();
        let date = offer.request.date();
        let version = self.area.timetable_version(date);
        for leg in &mut legs {
            if let LegService::Lines(journey) = &mut leg.service {
                journey.timetable_version = version;
            }
        }
        let state = BookingState::Confirmed;
        let booking = Booking { state, tier: offer.tier, legs, ..known.clone() };
        let change = self.area.day_change(&booking, self.now)?;
        let applied = self.area.day_mut(date).change(&change);
        applied.map_err(|_| stale(StaleCause::TimetableChanged))?;
        self.bookings.push(booking);
        self.taken.push(change);
        Ok(())
    }
}

fn without_reoffers(
    displaced: &BTreeMap<BookingId, Displacement>,
    reason: impl Fn(BookingId) -> NoReoffer,
) -> Vec<DisplacedBooking> {
    let each = displaced.iter().map(|(&booking, &why)| {
        let reoffer = Err(reason(booking));
        DisplacedBooking { booking, why, acceptance: Acceptance::Missing, reoffer }
    });
    each.collect()
}
