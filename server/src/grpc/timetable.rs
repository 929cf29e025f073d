//! TimetableService.

use std::sync::Arc;
use std::time::Duration;

use chrono::Datelike;
use sanban_engine::dispatch::{Command, RequestKey};
use sanban_engine::plan::Timetable;
use sanban_engine::stop_signal::StopSignal;
use sanban_engine::timetable::{self, PlanOptions};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::auth::{Action, authorize};
use super::decisions::body_digest;
use super::operations::{Operation, Outcome, Started};
use super::paging::Page;
use super::status::{self, Failure};
use super::watching::Answers;
use super::{Services, booking, decisions, translate};
use crate::proto::timetable_service_server::TimetableService;
use crate::proto::{self, WatchOperationResponse};

const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(60);
const LONGEST_TIME_LIMIT: Duration = Duration::from_secs(3_600);

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
        let time_limit = time_limit(request.time_limit).map_err(status::of)?;
        let day_type = self.scenario.day_type(date);
        day_type.map_err(|error| status::of(Failure::field("date", error.to_string())))?;
        let asked = format!("{date} {time_limit:?}");
        let now = self.clock.now();
        let operation = match self.operations.start(&principal.name, &request.request_id, asked, date, now) {
            Started::Known(operation) => operation,
            Started::New(operation) => {
                self.run(Arc::clone(&operation), time_limit);
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
            (day.into(), translate::timetable_summary(timetable))
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
        let key = RequestKey { principal: principal.name, request_id: request.request_id };
        let body_digest = body_digest("activate", &request.operation);
        let answer = match self.answered_before(&key, &body_digest, None).await? {
            Some(answer) => answer,
            None => {
                let timetable = self.draft(&request.operation)?;
                let timetable = Timetable::clone(&timetable);
                let command = Command::ActivateTimetable { request: Some((key.clone(), body_digest)), timetable };
                self.decide(&key, command, None).await?
            }
        };
        let date = decisions::activation_of(answer)?;
        let area = self.snapshot();
        let timetable = area.timetable(date).map(translate::timetable_summary);
        Ok(Response::new(proto::ActivateTimetableResponse { timetable }))
    }
}

impl Services {
    fn operation(&self, name: &str) -> Result<Arc<Operation>, Status> {
        let unknown = || status::of(Failure::NotFound { kind: "operation", name: name.to_owned() });
        self.operations.find(name).ok_or_else(unknown)
    }

    /// What a finished operation found.
    fn draft(&self, operation: &str) -> Result<Arc<Timetable>, Status> {
        let Some(Outcome::Found(timetable)) = self.operation(operation)?.state().outcome else {
            return Err(status::of(Failure::Precondition {
                reason: "OPERATION_WITHOUT_RESULT",
                subject: operation.to_owned(),
                description: "the operation is still running or has failed: there is nothing to activate".to_owned(),
                zh: "任务仍在运行或已失败，没有可启用的时刻表".to_owned(),
            }));
        };
        Ok(timetable)
    }

    fn wire(&self, operation: &Operation) -> proto::Operation {
        translate::operation(&self.scenario, &operation.state())
    }

    /// Plans on a thread of its own until done, stopped or out of time.
    fn run(&self, operation: Arc<Operation>, time_limit: Duration) {
        let scenario = Arc::clone(&self.scenario);
        let date = operation.state().date;
        let planned = Arc::clone(&operation);
        let planning = tokio::task::spawn_blocking(move || {
            let begun = std::time::Instant::now();
            let should_stop = || planned.is_cancelled() || begun.elapsed() >= time_limit;
            let report = |progress| planned.report(progress);
            let stop = StopSignal::new(&should_stop);
            let options = PlanOptions {
                time_limit_seconds: Some(time_limit.as_secs_f64()),
                clock: crate::clock::stopwatch,
                ..PlanOptions::default()
            };
            timetable::plan(&scenario, date, &options, &report, stop)
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

fn time_limit(limit: Option<prost_types::Duration>) -> Result<Duration, Failure> {
    let Some(limit) = limit else { return Ok(DEFAULT_TIME_LIMIT) };
    let limit = Duration::try_from(limit).ok();
    limit
        .filter(|limit| (Duration::from_secs(1)..=LONGEST_TIME_LIMIT).contains(limit))
        .ok_or_else(|| Failure::field("time_limit", "must be between 1 s and 1 h"))
}
