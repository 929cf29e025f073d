//! Hands commands to the writer and turns what was decided, or why nothing was, into answers.

use std::time::Duration;

use chrono::NaiveDate;
use sanban_engine::dispatch::{Answer, CancelRefusal, Command, DisplacedBooking, Refusal, RequestKey};
use sanban_engine::ids::BookingId;
use tonic::Status;

use super::status::{self, Failure};
use super::{Services, translate};
use crate::secrets;
use crate::store::{Person, StoreError};
use crate::writer::WriteError;

/// Names the body of a request: a retry has the same one. Persons are left out, so that it tells nothing of them; they are
/// compared with what the store keeps ([`Person::is_that_of`]): before a retry is answered, and by the writer.
pub(super) fn body_digest(call: &str, body: &str) -> String {
    secrets::to_hex(&secrets::digest(&format!("{call} {body}")))
}

impl Services {
    /// What this request id was answered before; nothing if it is new. A retry is so answered though the rest of its body
    /// means nothing any more: an offer of another version, an operation that is forgotten.
    pub(super) async fn answered_before(
        &self,
        key: &RequestKey,
        body_digest: &str,
        person: Option<&Person>,
    ) -> Result<Option<Answer>, Status> {
        let area = self.snapshot();
        let Some((digest, answer)) = area.remembered(key, self.clock.now()) else { return Ok(None) };
        let mut is_same = digest == body_digest;
        if let (Some(person), Answer::Booked(booking), true) = (person, answer, is_same) {
            // A durable booking's person is durable too; after its erasure nothing is left to compare.
            let stored = self.persons.person(booking.0).await.map_err(unreadable)?;
            is_same = person.is_that_of(stored.as_ref());
        }
        if is_same { Ok(Some(answer.clone())) } else { Err(id_reused(key)) }
    }

    /// What a command with a request id is answered, durably.
    pub(super) async fn decide(
        &self,
        key: &RequestKey,
        command: Command,
        person: Option<Person>,
    ) -> Result<Answer, Status> {
        let decision = self.writer.decide(command, person).await.map_err(not_written)?;
        decision.answer().ok_or_else(|| id_reused(key))
    }
}

fn id_reused(key: &RequestKey) -> Status {
    status::of(Failure::RequestIdReused { request_id: key.request_id.clone() })
}

/// The booking that was made or changed.
pub(super) fn booking_of(answer: Answer) -> Result<BookingId, Status> {
    Err(status::of(match answer {
        Answer::Booked(booking) | Answer::Cancelled(booking) => return Ok(booking),
        Answer::BookingRefused(refusal) => not_booked(&refusal),
        Answer::CancelRefused(booking, refusal) => not_cancelled(booking, refusal),
        Answer::Activated(_) | Answer::ActivationRefused { .. } => wrong_answer(),
    }))
}

/// What came of the wish to put a timetable into service.
pub(super) enum Activation {
    /// It is in service on this date, or was.
    Done(NaiveDate),
    /// These bookings stand in the way.
    Refused(NaiveDate, Vec<DisplacedBooking>),
}

/// What came of the wish to put a timetable into service.
pub(super) fn activation_of(answer: Answer) -> Result<Activation, Status> {
    match answer {
        Answer::Activated(date) => Ok(Activation::Done(date)),
        Answer::ActivationRefused { date, displaced } => Ok(Activation::Refused(date, displaced)),
        _ => Err(status::of(wrong_answer())),
    }
}

/// Digests name the call, so that no call is answered with another's answer.
fn wrong_answer() -> Failure {
    Failure::Internal("the answer belongs to another call".to_owned())
}

fn not_booked(refusal: &Refusal) -> Failure {
    Failure::Precondition {
        reason: refusal.reason.word(),
        subject: "offer_token".to_owned(),
        description: refusal.to_string(),
        zh: translate::refusal_zh(refusal),
    }
}

fn not_cancelled(booking: BookingId, refusal: CancelRefusal) -> Failure {
    let (reason, zh) = match refusal {
        CancelRefusal::Unknown => return Failure::NotFound { kind: "booking", name: booking.to_string() },
        CancelRefusal::AlreadyCancelled => ("ALREADY_CANCELLED", "订单早已取消"),
        CancelRefusal::Begun => ("JOURNEY_BEGUN", "行程已开始，或车辆已在途中"),
    };
    let (subject, description) = (booking.to_string(), refusal.to_string());
    Failure::Precondition { reason, subject, description, zh: zh.to_owned() }
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
