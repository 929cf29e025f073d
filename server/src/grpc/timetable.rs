//! TimetableService.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::Datelike;
use sanban_engine::dispatch::{Area, Command, Offer, RequestKey};
use sanban_engine::plan::Timetable;
use sanban_engine::stop_signal::StopSignal;
use sanban_engine::timetable::{self, PlanOptions};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::auth::{Action, authorize};
use super::decisions::{Activation, body_digest};
use super::operations::{Operation, Outcome, Started};
use super::paging::Page;
use super::status::{self, Failure, FieldProblem};
use super::translate::Reoffers;
use super::watching::Answers;
use super::{Services, booking, decisions, translate};
use crate::proto::timetable_service_server::TimetableService;
use crate::proto::{self, WatchOperationResponse};

const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(120);
const LONGEST_TIME_LIMIT: Duration = Duration::from_secs(3_600);
const LARGEST_WORK_LIMIT: u32 = 1_000_000;

#[tonic::async_trait]
impl TimetableService for Services {
    async fn plan_timetable(
        &self,
        request: Request<proto::PlanTimetableRequest>,
    ) -> Result<Response<proto::PlanTimetableResponse>, Status> {
        let principal = authorize(&request, Action::PlanTimetable)?;
        let request = request.into_inner();
        booking::check_request_id(&request.request_id).map_err(status::of)?;
        let date = translate::required_date("date", &request.date).map_err(status::of)?;
        let effort = Effort::read(&request).map_err(status::of)?;
        let day_type = self.scenario.day_type(date);
        day_type.map_err(|error| status::of(Failure::field("date", error.to_string())))?;
        let asked = format!("{date} {effort:?}");
        let now = self.clock.now();
        let operation = match self.operations.start(&principal.name, &request.request_id, asked, date, now) {
            Started::Known(operation) => operation,
            Started::New(operation) => {
                self.run(Arc::clone(&operation), effort);
                operation
            }
            Started::IdReused => {
                return Err(status::of(Failure::RequestIdReused { request_id: request.request_id }));
            }
            Started::Busy => {
                return Err(status::of(Failure::Busy {
                    reason: "PLANNING_IN_PROGRESS",
                    description: "another timetable is being planned; watch or cancel that one".to_owned(),
                    retry_after: Duration::from_secs(10),
                }));
            }
        };
        Ok(Response::new(proto::PlanTimetableResponse { operation: Some(self.wire(&operation)) }))
    }

    async fn get_operation(
        &self,
        request: Request<proto::GetOperationRequest>,
    ) -> Result<Response<proto::GetOperationResponse>, Status> {
        authorize(&request, Action::ReadTimetable)?;
        let operation = self.operation(&request.into_inner().name)?;
        Ok(Response::new(proto::GetOperationResponse { operation: Some(self.wire(&operation)) }))
    }

    type WatchOperationStream = Answers<WatchOperationResponse>;

    async fn watch_operation(
        &self,
        request: Request<proto::WatchOperationRequest>,
    ) -> Result<Response<Self::WatchOperationStream>, Status> {
        authorize(&request, Action::ReadTimetable)?;
        let operation = self.operation(&request.into_inner().name)?;
        let (scenario, mut states, mut stopping) =
            (Arc::clone(&self.scenario), operation.watch(), self.stopping.clone());
        let (sender, answers) = mpsc::channel(1);
        tokio::spawn(async move {
            loop {
                let state = states.borrow_and_update().clone();
                let answer = WatchOperationResponse { operation: Some(translate::operation(&scenario, &state)) };
                if sender.send(Ok(answer)).await.is_err() || state.outcome.is_some() {
                    return;
                }
                tokio::select! {
                    changed = states.changed() => if changed.is_err() { return },
                    _ = stopping.wait_for(|&stopping| stopping) => return,
                    () = sender.closed() => return,
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }

    async fn cancel_operation(
        &self,
        request: Request<proto::CancelOperationRequest>,
    ) -> Result<Response<proto::CancelOperationResponse>, Status> {
        authorize(&request, Action::PlanTimetable)?;
        let operation = self.operation(&request.into_inner().name)?;
        operation.cancel();
        Ok(Response::new(proto::CancelOperationResponse { operation: Some(self.wire(&operation)) }))
    }

    async fn get_timetable(
        &self,
        request: Request<proto::GetTimetableRequest>,
    ) -> Result<Response<proto::GetTimetableResponse>, Status> {
        authorize(&request, Action::ReadTimetable)?;
        let date = request.into_inner().date;
        let parsed = translate::required_date("date", &date).map_err(status::of)?;
        let area = self.snapshot();
        let timetable = area.timetable(parsed);
        let timetable = timetable.ok_or_else(|| status::of(Failure::NotFound { kind: "timetable", name: date }))?;
        let timetable = translate::timetable(&self.scenario, timetable);
        Ok(Response::new(proto::GetTimetableResponse { timetable: Some(timetable) }))
    }

    async fn list_timetables(
        &self,
        request: Request<proto::ListTimetablesRequest>,
    ) -> Result<Response<proto::ListTimetablesResponse>, Status> {
        authorize(&request, Action::ReadTimetable)?;
        let request = request.into_inner();
        let page = Page::read(request.page_size, &request.page_token, "timetables").map_err(status::of)?;
        let area = self.snapshot();
        let timetables = area.timetables().map(|timetable| {
            // Days since the year 1: ascending for every date there is.
            let day = timetable.date.num_days_from_ce().unsigned_abs();
            (day.into(), translate::timetable_summary(&self.scenario, timetable))
        });
        let (timetables, next_page_token) = page.of(timetables);
        Ok(Response::new(proto::ListTimetablesResponse { timetables, next_page_token }))
    }

    async fn activate_timetable(
        &self,
        request: Request<proto::ActivateTimetableRequest>,
    ) -> Result<Response<proto::ActivateTimetableResponse>, Status> {
        let principal = authorize(&request, Action::PlanTimetable)?;
        let request = request.into_inner();
        booking::check_request_id(&request.request_id).map_err(status::of)?;
        let body_digest = body_digest("activate", &activation_body(&request));
        let key = RequestKey { principal: principal.name, request_id: request.request_id };
        let answer = match self.answered_before(&key, &body_digest, None).await? {
            Some(answer) => answer,
            None => {
                let accepted = self.accepted(&request.accepted_reoffers).map_err(status::of)?;
                let timetable = Box::new(Timetable::clone(&*self.draft(&request.operation)?));
                let request = Some((key.clone(), body_digest));
                self.decide(&key, Command::ActivateTimetable { request, timetable, accepted }, None).await?
            }
        };
        let area = self.snapshot();
        Ok(Response::new(match decisions::activation_of(answer)? {
            Activation::Done(date) => {
                let timetable = area.timetable(date);
                let timetable = timetable.map(|timetable| translate::timetable_summary(&self.scenario, timetable));
                proto::ActivateTimetableResponse { timetable, refused: None }
            }
            Activation::Refused(date, displaced) => {
                let draft = self.draft(&request.operation).ok();
                let reoffers = Reoffers { area: &area, timetable: draft.as_deref(), signer: &self.signer };
                let refused = Some(translate::activation_refused(&reoffers, date, &displaced));
                proto::ActivateTimetableResponse { timetable: None, refused }
            }
        }))
    }

    async fn diff_timetables(
        &self,
        request: Request<proto::DiffTimetablesRequest>,
    ) -> Result<Response<proto::DiffTimetablesResponse>, Status> {
        authorize(&request, Action::ReadTimetable)?;
        let request = request.into_inner();
        let area = self.snapshot();
        let before = self.referenced(&area, "before", request.before)?;
        let after = self.referenced(&area, "after", request.after)?;
        let scenario = Arc::clone(&self.scenario);
        let diff = self.search(move || translate::timetable_diff(&scenario, &before, &after));
        Ok(Response::new(proto::DiffTimetablesResponse { diff: Some(diff.await?) }))
    }
}

impl Services {
    fn operation(&self, name: &str) -> Result<Arc<Operation>, Status> {
        let unknown = || status::of(Failure::NotFound { kind: "operation", name: name.to_owned() });
        self.operations.find(name).ok_or_else(unknown)
    }

    /// A timetable by operation or date.
    fn referenced(
        &self,
        area: &Area,
        field: &str,
        reference: Option<proto::TimetableReference>,
    ) -> Result<Arc<Timetable>, Status> {
        use proto::timetable_reference::At;
        match reference.and_then(|reference| reference.at) {
            Some(At::Operation(name)) => self.draft(&name),
            Some(At::Date(date)) => {
                let parsed = translate::required_date(&format!("{field}.date"), &date).map_err(status::of)?;
                let timetable = area.timetable(parsed).cloned().map(Arc::new);
                timetable.ok_or_else(|| status::of(Failure::NotFound { kind: "timetable", name: date }))
            }
            None => Err(status::of(Failure::field(field, "name an operation or a date"))),
        }
    }

    /// The re-offers that were handed in; all that is wrong with them at once.
    fn accepted(&self, accepted: &[proto::AcceptedReoffer]) -> Result<Vec<Offer>, Failure> {
        let (mut offers, mut problems, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (index, reoffer) in accepted.iter().enumerate() {
            let booking = booking::parse_booking_id(&reoffer.booking_id);
            if booking.is_none_or(|booking| !seen.insert(booking)) {
                let why = "is no booking, or names one for the second time";
                problems.push(FieldProblem::new(format!("accepted_reoffers[{index}].booking_id"), why));
                continue;
            }
            let field = format!("accepted_reoffers[{index}].offer_token");
            match self.signer.open(&reoffer.offer_token) {
                Ok(offer) if offer.replaces.map(|replaced| replaced.booking) == booking => offers.push(offer),
                Ok(_) => problems.push(FieldProblem::new(field, "is no re-offer for this booking")),
                Err(Failure::InvalidFields(_)) => {
                    let why = "is no offer of this server: send it as ActivateTimetable returned it";
                    problems.push(FieldProblem::new(field, why));
                }
                Err(failure) => return Err(failure),
            }
        }
        if problems.is_empty() { Ok(offers) } else { Err(Failure::InvalidFields(problems)) }
    }

    /// What a finished operation found.
    fn draft(&self, operation: &str) -> Result<Arc<Timetable>, Status> {
        let (description, zh) = match self.operation(operation)?.state().outcome {
            Some(Outcome::Found(timetable)) => return Ok(timetable),
            Some(Outcome::Failed { .. }) => ("the operation has failed: it has no timetable", "任务已失败，没有时刻表"),
            None => ("the operation is still running: it has no timetable yet", "任务仍在运行，还没有时刻表"),
        };
        Err(status::of(Failure::Precondition {
            reason: "OPERATION_WITHOUT_RESULT",
            subject: operation.to_owned(),
            description: description.to_owned(),
            zh: zh.to_owned(),
        }))
    }

    fn wire(&self, operation: &Operation) -> proto::Operation {
        translate::operation(&self.scenario, &operation.state())
    }

    /// Plans on a thread of its own until done, stopped or out of time.
    fn run(&self, operation: Arc<Operation>, effort: Effort) {
        let date = operation.state().date;
        let area = self.snapshot();
        let planned = Arc::clone(&operation);
        let planning = tokio::task::spawn_blocking(move || {
            let begun = std::time::Instant::now();
            let is_over = || effort.time_limit.is_some_and(|limit| begun.elapsed() >= limit);
            let should_stop = || planned.is_cancelled() || is_over();
            let report = |progress| planned.report(progress);
            let stop = StopSignal::new(&should_stop);
            let options = PlanOptions {
                time_limit_seconds: effort.time_limit.map(|limit| limit.as_secs_f64()),
                node_limit: effort.work_limit,
                clock: crate::clock::stopwatch,
                ..PlanOptions::default()
            };
            timetable::plan(&area.scenario_beside_bookings(date), date, &options, &report, stop)
        });
        // Whatever happens it ends: one that never did would turn every later one away.
        tokio::spawn(async move {
            operation.finish(match planning.await {
                Ok(Ok(timetable)) => Outcome::Found(Arc::new(timetable)),
                Ok(Err(error)) => Outcome::Failed { reason: "NO_TIMETABLE", message: error.to_string() },
                Err(error) => {
                    tracing::error!(%error, %date, "planning failed");
                    let message = "the planning failed; the server's log says why".to_owned();
                    Outcome::Failed { reason: "INTERNAL", message }
                }
            });
        });
    }
}

/// What a retry repeats: the operation alone in journals of the first weeks.
fn activation_body(request: &proto::ActivateTimetableRequest) -> String {
    let accepted = request.accepted_reoffers.iter();
    let accepted = accepted.map(|reoffer| format!(" {} {}", reoffer.booking_id, reoffer.offer_token));
    std::iter::once(request.operation.clone()).chain(accepted).collect()
}

/// When a search ends by itself.
#[derive(Clone, Copy, Debug)]
struct Effort {
    time_limit: Option<Duration>,
    work_limit: Option<u32>,
}

impl Effort {
    fn read(request: &proto::PlanTimetableRequest) -> Result<Self, Failure> {
        let mut problems = Vec::new();
        let time_limit = request.time_limit.and_then(|limit| Duration::try_from(limit).ok());
        let is_possible = |limit: &Duration| (Duration::from_secs(1)..=LONGEST_TIME_LIMIT).contains(limit);
        if request.time_limit.is_some() && !time_limit.as_ref().is_some_and(is_possible) {
            problems.push(FieldProblem::new("time_limit", "must be between 1 s and 1 h"));
        }
        let work_limit = request.work_limit.and_then(|limit| u32::try_from(limit).ok());
        let is_possible = |limit: u32| (1..=LARGEST_WORK_LIMIT).contains(&limit);
        if request.work_limit.is_some() && !work_limit.is_some_and(is_possible) {
            problems.push(FieldProblem::new("work_limit", "must be between 1 and 1,000,000"));
        }
        if !problems.is_empty() {
            return Err(Failure::InvalidFields(problems));
        }
        let time_limit = time_limit.or_else(|| work_limit.is_none().then_some(DEFAULT_TIME_LIMIT));
        Ok(Self { time_limit, work_limit })
    }
}
