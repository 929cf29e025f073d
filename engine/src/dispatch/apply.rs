//! From a decision to the next state. No solver, no clock: a replayed journal gives the identical state.

use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::area::{Area, Remembered};
use super::booking::{Booking, BookingState};
use super::day::Day;
use super::decision::{ApplyError, DayChange, Decision, Outcome, REMEMBERED_DAYS};

impl Area {
    /// Carries out a decision that was made for this state. Decisions that are not journaled change nothing.
    ///
    /// On an error the state is as before.
    pub fn apply(&mut self, decision: &Decision) -> Result<(), ApplyError> {
        if !decision.is_journaled() {
            return Ok(());
        }
        if decision.version != Decision::FORMAT {
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
            Outcome::TimetableActivated { timetable } => {
                let version = decision.sequence;
                let gaps = self.fleet.between_blocks(&self.scenario, timetable);
                self.day_mut(timetable.date).activate(timetable, gaps, version)?;
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

    fn put(&mut self, booking: Booking) {
        Arc::make_mut(&mut self.bookings).insert(booking.id, Arc::new(booking));
    }

    fn change_days(&mut self, changes: &[DayChange]) -> Result<(), String> {
        changes.iter().try_for_each(|change| self.day_mut(change.date).change(change))
    }

    fn day_mut(&mut self, date: NaiveDate) -> &mut Day {
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
