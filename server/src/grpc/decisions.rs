//! Hands commands to the writer and turns what was decided, or why nothing was, into answers.

use std::time::Duration;

use sanban_engine::dispatch::{Answer, CancelRefusal, Command, Outcome, Refusal};
use sanban_engine::ids::BookingId;
use sanban_engine::plan::Timetable;
use tonic::Status;

use super::status::{self, Failure};
use super::{Services, translate};
use crate::proto;
use crate::secrets;
use crate::store::{Person, StoreError};
use crate::writer::WriteError;

/// Names the body of a request: a retry has the same one. Persons are left out, so that it tells nothing of them.
pub(super) fn body_digest(call: &str, body: &str) -> String {
    secrets::to_hex(&secrets::digest(&format!("{call} {body}")))
}

impl Services {
    /// The booking that a command made or changed, durably.
    pub(super) async fn decide_booking(
        &self,
        request_id: String,
        command: Command,
        person: Option<Person>,
    ) -> Result<BookingId, Status> {
        let decision = self.writer.decide(command, person).await.map_err(not_written)?;
        let failure = match decision.answer() {
            Some(Answer::Booked(booking) | Answer::Cancelled(booking)) => return Ok(booking),
            Some(Answer::BookingRefused(refusal)) => not_booked(&refusal),
            Some(Answer::CancelRefused(booking, refusal)) => not_cancelled(booking, refusal),
            None => Failure::RequestIdReused { request_id },
        };
        Err(status::of(failure))
    }

    /// Puts a timetable into service, durably.
    pub(super) async fn activate(&self, timetable: &Timetable) -> Result<proto::TimetableSummary, Status> {
        if self.snapshot().timetable(timetable.date) != Some(timetable) {
            let command = Command::ActivateTimetable { timetable: timetable.clone() };
            let decision = self.writer.decide(command, None).await.map_err(not_written)?;
            if let Outcome::ActivationRefused { date, bookings } = &decision.outcome {
                return Err(status::of(Failure::Precondition {
                    reason: "TIMETABLE_IN_USE",
                    subject: date.to_string(),
                    description: format!(
                        "{} bookings hold seats on the present timetable of {date}; cancel them first",
                        bookings.len()
                    ),
                }));
            }
        }
        Ok(translate::timetable_summary(timetable))
    }
}

fn not_booked(refusal: &Refusal) -> Failure {
    Failure::Precondition {
        reason: refusal.reason.word(),
        subject: "offer_token".to_owned(),
        description: refusal.to_string(),
    }
}

fn not_cancelled(booking: BookingId, refusal: CancelRefusal) -> Failure {
    let reason = match refusal {
        CancelRefusal::Unknown => return Failure::NotFound { kind: "booking", name: booking.to_string() },
        CancelRefusal::AlreadyCancelled => "ALREADY_CANCELLED",
        CancelRefusal::Begun => "JOURNEY_BEGUN",
    };
    Failure::Precondition { reason, subject: booking.to_string(), description: refusal.to_string() }
}

/// The status of an order that was not carried out.
pub(super) fn not_written(error: WriteError) -> Status {
    let description = error.to_string();
    status::of(match error {
        WriteError::QueueFull => {
            Failure::Busy { reason: "QUEUE_FULL", description, retry_after: Duration::from_secs(1) }
        }
        WriteError::NotDurable(_) => Failure::Unavailable { reason: "NOT_DURABLE", description },
        WriteError::Stopping => Failure::Unavailable { reason: "STOPPING", description },
        WriteError::DoesNotFit(_) => Failure::Internal(description),
    })
}

/// The status of persons that can't be read.
pub(super) fn unreadable(error: StoreError) -> Status {
    tracing::error!(%error, "persons can't be read");
    status::of(Failure::Unavailable { reason: "STORE_UNREADABLE", description: error.to_string() })
}
