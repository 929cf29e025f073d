//! The one place that turns what went wrong into a gRPC status with details.
//!
//! Every status carries an ErrorInfo (domain `sanban`, a reason in capitals). No text here or handed in here holds
//! personal data.

use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

const DOMAIN: &str = "sanban";

/// What can go wrong with a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No token, or an unknown one; what to do.
    Unauthenticated(&'static str),
    /// The role doesn't allow it; what and why.
    PermissionDenied(String),
    /// Fields that can't be understood, all at once.
    InvalidFields(Vec<FieldProblem>),
    /// Another request had the same id.
    RequestIdReused {
        /// As sent.
        request_id: String,
    },
    /// The world has moved on; ask anew.
    Precondition {
        /// A reason in capitals.
        reason: &'static str,
        /// What it is about.
        subject: String,
        /// What changed and what to do.
        description: String,
        /// The same in Chinese.
        zh: String,
    },
    /// There is no such thing, or it isn't the caller's to see.
    NotFound {
        /// `booking`, `timetable`, `operation`.
        kind: &'static str,
        /// As asked for.
        name: String,
    },
    /// Too much at once; try again.
    Busy {
        /// A reason in capitals.
        reason: &'static str,
        /// What is busy.
        description: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// Nothing was changed; try again with the same request id.
    Unavailable {
        /// A reason in capitals.
        reason: &'static str,
        /// What happened.
        description: String,
    },
    /// The caller's deadline has passed. Whether anything was changed a retry with the same request id tells.
    DeadlineExceeded,
    /// A mistake in the program.
    Internal(String),
}

/// A field that can't be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// Path from the request: `journey.ride.from`.
    pub field: String,
    /// Why, and what to send instead.
    pub why: String,
}

impl FieldProblem {
    /// A problem of a field.
    pub fn new(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self { field: field.into(), why: why.into() }
    }
}

impl Failure {
    /// One field that can't be understood.
    pub fn field(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self::InvalidFields(vec![FieldProblem::new(field, why)])
    }
}

/// The status of a failure.
pub fn of(failure: Failure) -> Status {
    let mut details = ErrorDetails::new();
    let mut metadata = HashMap::new();
    let (code, reason, message) = match failure {
        Failure::Unauthenticated(why) => (Code::Unauthenticated, "UNAUTHENTICATED", why.to_owned()),
        Failure::PermissionDenied(why) => (Code::PermissionDenied, "PERMISSION_DENIED", why),
        Failure::InvalidFields(problems) => {
            let lines: Vec<String> =
                problems.iter().map(|problem| format!("{}: {}", problem.field, problem.why)).collect();
            let violations: Vec<FieldViolation> =
                problems.into_iter().map(|problem| FieldViolation::new(problem.field, problem.why)).collect();
            details.set_bad_request(violations);
            (Code::InvalidArgument, "INVALID_FIELDS", lines.join("; "))
        }
        Failure::RequestIdReused { request_id } => {
            details.set_resource_info("request_id", request_id.clone(), "", "used before with another body");
            metadata.insert("request_id".to_owned(), request_id);
            let message = "this request_id was used before with another body; choose a new one for a new request";
            (Code::AlreadyExists, "REQUEST_ID_REUSED", message.to_owned())
        }
        Failure::Precondition { reason, subject, description, zh } => {
            details.add_precondition_failure_violation(reason, subject, description.clone());
            details.set_localized_message("zh-CN", zh);
            (Code::FailedPrecondition, reason, description)
        }
        Failure::NotFound { kind, name } => {
            let message = format!("there is no {kind} {name:?} here");
            details.set_resource_info(kind, name, "", message.clone());
            (Code::NotFound, "NOT_FOUND", message)
        }
        Failure::Busy { reason, description, retry_after } => {
            details.set_retry_info(Some(retry_after));
            (Code::ResourceExhausted, reason, description)
        }
        Failure::Unavailable { reason, description } => {
            details.set_retry_info(Some(Duration::from_secs(1)));
            (Code::Unavailable, reason, description)
        }
        Failure::DeadlineExceeded => {
            let message = "the deadline has passed; a retry with the same request id tells what was done";
            (Code::DeadlineExceeded, "DEADLINE_EXCEEDED", message.to_owned())
        }
        Failure::Internal(what) => (Code::Internal, "INTERNAL", what),
    };
    details.set_error_info(reason, DOMAIN, metadata);
    Status::with_error_details(code, message, details)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(failure: Failure, code: Code, reason: &str) -> ErrorDetails {
        let status = of(failure);
        let details = status.get_error_details();
        assert_eq!(status.code(), code);
        assert_eq!(details.error_info().map(|info| info.reason.as_str()), Some(reason));
        details
    }

    #[test]
    fn every_failure_names_its_reason_and_its_remedy() {
        let details = check(Failure::field("date", "write YYYY-MM-DD"), Code::InvalidArgument, "INVALID_FIELDS");
        assert_eq!(details.bad_request().unwrap().field_violations[0].field, "date");
        let busy =
            Failure::Busy { reason: "QUEUE_FULL", description: String::new(), retry_after: Duration::from_secs(2) };
        let details = check(busy, Code::ResourceExhausted, "QUEUE_FULL");
        assert_eq!(details.retry_info().unwrap().retry_delay, Some(Duration::from_secs(2)));
        let details =
            check(Failure::RequestIdReused { request_id: "r1".into() }, Code::AlreadyExists, "REQUEST_ID_REUSED");
        assert_eq!(details.error_info().unwrap().metadata["request_id"], "r1");
        let gone = Failure::Precondition {
            reason: "OFFER_EXPIRED",
            subject: "offer".into(),
            description: "x".into(),
            zh: "报价已过期".into(),
        };
        let details = check(gone, Code::FailedPrecondition, "OFFER_EXPIRED");
        let localized = details.localized_message().map(|said| (said.locale.as_str(), said.message.as_str()));
        assert_eq!(localized, Some(("zh-CN", "报价已过期")));
        assert_eq!(details.precondition_failure().unwrap().violations[0].r#type, "OFFER_EXPIRED");
        let details = check(Failure::NotFound { kind: "booking", name: "B1".into() }, Code::NotFound, "NOT_FOUND");
        assert_eq!(details.resource_info().unwrap().resource_name, "B1");
    }
}
