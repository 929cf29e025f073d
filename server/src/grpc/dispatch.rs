//! DispatchService.

use std::sync::Arc;

use chrono::NaiveDate;
use sanban_engine::dispatch::Area;
use sanban_engine::plan::Plan;
use sanban_engine::scenario::Scenario;
use tonic::{Request, Response, Status};

use super::auth::{Action, authorize};
use super::status::Failure;
use super::watching::{Answers, follow};
use super::{Services, status, translate};
use crate::plan_files::{BookedPlanFile, PlanFile};
use crate::planned_day::PlannedDay;
use crate::proto::dispatch_service_server::DispatchService;
use crate::proto::watch_plan_response::Event;
use crate::proto::{self, WatchPlanResponse};

/// A reader this many versions behind is sent the whole plan instead of one large change.
const FAR_BEHIND: u64 = 200;

#[tonic::async_trait]
impl DispatchService for Services {
    async fn get_plan(
        &self,
        request: Request<proto::GetPlanRequest>,
    ) -> Result<Response<proto::GetPlanResponse>, Status> {
        authorize(&request, Action::ReadPlan)?;
        let date = self.date_or_today(&request.into_inner().date)?;
        let plan = snapshot_of(&self.scenario, &self.snapshot(), date);
        Ok(Response::new(proto::GetPlanResponse { plan: Some(plan) }))
    }

    async fn export_day(
        &self,
        request: Request<proto::ExportDayRequest>,
    ) -> Result<Response<proto::ExportDayResponse>, Status> {
        authorize(&request, Action::ExportPlan)?;
        let date = self.date_or_today(&request.into_inner().date)?;
        let area = self.snapshot();
        let unwritable = |error: serde_json::Error| status::of(Failure::Internal(error.to_string()));
        let plan = area.plan(date).cloned().unwrap_or_else(|| Plan::empty(date));
        let booked_plan_json = serde_json::to_string_pretty(&BookedPlanFile::new(&self.source, plan));
        let day = area.timetable(date).map(|timetable| PlannedDay::new(&self.scenario, timetable));
        let timetable = day.map(|day| PlanFile::new(&day, &self.source));
        let timetable_json = timetable.as_ref().map(serde_json::to_string_pretty).transpose().map_err(unwritable)?;
        Ok(Response::new(proto::ExportDayResponse {
            date: date.to_string(),
            booked_plan_json: booked_plan_json.map_err(unwritable)?,
            timetable_json: timetable_json.unwrap_or_default(),
        }))
    }

    type WatchPlanStream = Answers<WatchPlanResponse>;

    async fn watch_plan(
        &self,
        request: Request<proto::WatchPlanRequest>,
    ) -> Result<Response<Self::WatchPlanStream>, Status> {
        authorize(&request, Action::ReadPlan)?;
        let date = self.date_or_today(&request.into_inner().date)?;
        let scenario = Arc::clone(&self.scenario);
        let mut sent: Option<Arc<Area>> = None;
        let answers = follow(self.writer.watch(), self.stopping.clone(), move |area| {
            let event = match &sent {
                None => Some(Event::Snapshot(snapshot_of(&scenario, area, date))),
                Some(before) => change(&scenario, before, area, date),
            };
            sent = Some(Arc::clone(area));
            event.into_iter().map(|event| WatchPlanResponse { event: Some(event) }).collect()
        });
        Ok(Response::new(answers))
    }
}

impl Services {
    /// The date of a request, or the service date that the server's clock shows.
    pub(super) fn date_or_today(&self, date: &str) -> Result<NaiveDate, Status> {
        let date = translate::optional_date("date", date).map_err(status::of)?;
        Ok(date.unwrap_or_else(|| self.scenario.policy.clock.service_time(self.clock.now()).0))
    }
}

fn snapshot_of(scenario: &Scenario, area: &Area, date: NaiveDate) -> proto::Plan {
    let timetable = area.timetable(date);
    match area.plan(date) {
        Some(plan) => translate::plan(scenario, timetable, plan),
        None => translate::plan(scenario, timetable, &Plan::empty(date)),
    }
}

/// Nothing when the plan of the date is the same in both states.
fn change(scenario: &Scenario, before: &Area, after: &Area, date: NaiveDate) -> Option<Event> {
    let (empty, timetable) = (Plan::empty(date), after.timetable(date));
    let old = before.plan(date).unwrap_or(&empty);
    let new = after.plan(date).unwrap_or(&empty);
    if old.version == new.version && before.timetable(date) == timetable {
        return None;
    }
    let is_far = new.version.abs_diff(old.version) > FAR_BEHIND;
    Some(if is_far || before.timetable(date) != timetable {
        Event::Snapshot(translate::plan(scenario, timetable, new))
    } else {
        Event::Change(translate::plan_change(scenario, timetable, old, new))
    })
}
