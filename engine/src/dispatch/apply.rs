//! From a decision to the next state. No solver, no clock: a replayed journal gives the identical state.

use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::area::{Area, Remembered};
use super::booking::{Booking, BookingState};
use super::day::Day;
use super::decision::{ApplyError, DayChange, Decision, Outcome, REMEMBERED_DAYS};
use super::offer::LegService;
use crate::plan::Timetable;

impl Area {
    /// Carries out a decision that was made for this state. Decisions that are not journaled change nothing.
    ///
    /// On an error the state is as before.
    pub fn apply(&mut self, decision: &Decision) -> Result<(), ApplyError> {
        if !decision.is_journaled() {
            return Ok(());
        }
        if !(Decision::OLDEST_FORMAT..=Decision::FORMAT).contains(&decision.version) {
            return Err(ApplyError::Format { found: decision.version, known: Decision::FORMAT });
        }
        if decision.sequence != self.sequence + 1 {
            return Err(ApplyError::OutOfSequence { found: decision.sequence, last: self.sequence });
        }
        let mut next = self.clone();
        next.carry_out(decision).map_err(|why| ApplyError::DoesNotFit { sequence: decision.sequence, why })?;
        *self = next;
        Ok(())
    }

    fn carry_out(&mut self, decision: &Decision) -> Result<(), String> {
        self.sequence = decision.sequence;
        match &decision.outcome {
            Outcome::Booked { booking, changes } => {
                self.change_days(changes)?;
                self.put(Booking::clone(booking));
            }
            Outcome::Cancelled { booking, changes, promoted } => {
                let known = self.booking(*booking).ok_or_else(|| format!("booking {booking} is unknown"))?;
                let cancelled = Booking { state: BookingState::Cancelled, ..known.clone() };
                self.change_days(changes)?;
                self.put(cancelled);
                if let Some(promoted) = promoted {
                    self.put(Booking::clone(promoted));
                }
            }
            Outcome::TimetableActivated { timetable, rebooking } => {
                let released = rebooking.as_ref().map(|rebooking| &rebooking.released);
                self.put_into_service(timetable, released, (decision.sequence, decision.version))?;
                if let Some(rebooking) = rebooking {
                    self.change_days(&rebooking.taken)?;
                    rebooking.bookings.iter().for_each(|booking| self.put(booking.clone()));
                }
            }
            Outcome::BookingRefused { .. }
            | Outcome::CancelRefused { .. }
            | Outcome::ActivationRefused { .. }
            | Outcome::TimetableKept { .. }
            | Outcome::Repeated { .. }
            | Outcome::KeyReused => {}
        }
        self.remember(decision);
        Ok(())
    }

    /// Gives back what is released, changes the timetable, and carries over the seats that are held on trips of both; as the
    /// decision of this number and format says.
    ///
    /// On an error the state is half-changed: the caller drops it.
    pub(super) fn put_into_service(
        &mut self,
        timetable: &Timetable,
        released: Option<&DayChange>,
        (version, format): (u64, u32),
    ) -> Result<(), String> {
        if let Some(released) = released {
            self.day_mut(released.date).change(released)?;
        }
        let gaps = self.fleet.between_fixed_work(&self.scenario, timetable, format);
        self.day_mut(timetable.date).activate(timetable, gaps, version)?;
        // Bookings name their trips by position: those are others now.
        let day = self.day(timetable.date);
        for (leg, reservations) in &day.plan().reservations {
            let known = self.booking(leg.booking).ok_or_else(|| format!("booking {} is unknown", leg.booking))?;
            let mut booking = known.clone();
            let service = booking.legs.get_mut(usize::from(leg.leg)).map(|offered| &mut offered.service);
            let Some(LegService::Lines(journey)) = service else { return Err(format!("leg {leg} is on no line")) };
            journey.reservations.clone_from(reservations);
            journey.timetable_version = version;
            self.put(booking);
        }
        Ok(())
    }

    fn put(&mut self, booking: Booking) {
        Arc::make_mut(&mut self.bookings).insert(booking.id, Arc::new(booking));
    }

    fn change_days(&mut self, changes: &[DayChange]) -> Result<(), String> {
        changes.iter().try_for_each(|change| self.day_mut(change.date).change(change))
    }

    pub(super) fn day_mut(&mut self, date: NaiveDate) -> &mut Day {
        let fleet = &self.fleet;
        let day = self.days.entry(date).or_insert_with(|| Arc::new(Day::empty(date, fleet)));
        Arc::make_mut(day)
    }

    fn remember(&mut self, decision: &Decision) {
        let (today, _) = self.scenario.policy.clock.service_time(decision.decided_at);
        if self.today.is_none_or(|last| last < today) {
            self.today = Some(today);
            Arc::make_mut(&mut self.memory).retain(|_, known| known.until >= today);
        }
        let (Some((key, digest)), Some(answer)) = (&decision.request, decision.answer()) else { return };
        let until = decision.remembered_until.unwrap_or_else(|| today + Days::new(REMEMBERED_DAYS));
        let remembered = Remembered { digest: digest.clone(), answer, until };
        Arc::make_mut(&mut self.memory).insert(key.clone(), remembered);
    }
}
