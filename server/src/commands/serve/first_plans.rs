//! The timetables of the dates to serve: planned once, journaled, never planned again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::NaiveDate;
use sanban_engine::dispatch::{Command, Outcome};
use sanban_engine::plan::Timetable;
use sanban_engine::scenario::Scenario;
use sanban_engine::stop_signal::StopSignal;
use sanban_engine::timetable::{self, PlanOptions, PlanProgress};

use super::progress::ProgressDisplay;
use super::{Failure, greeting};
use crate::clock::Clock;
use crate::writer::Writer;

/// The dates asked for; else today, and tomorrow if the calendar covers it.
pub(super) fn dates(scenario: &Scenario, asked: &[NaiveDate], clock: Clock) -> Result<Vec<NaiveDate>, Failure> {
    if !asked.is_empty() {
        let mut dates = asked.to_vec();
        dates.sort_unstable();
        dates.dedup();
        return Ok(dates);
    }
    let (today, _) = scenario.policy.clock.service_time(clock.now());
    if let Err(error) = scenario.day_type(today) {
        return Err(
            format!("{error}; or serve another day: --date YYYY-MM-DD, with --now to set the server's clock").into()
        );
    }
    let tomorrow = today.succ_opt().filter(|&tomorrow| scenario.day_type(tomorrow).is_ok());
    Ok(std::iter::once(today).chain(tomorrow).collect())
}

/// Plans a date and journals the timetable, unless it has one.
pub(super) async fn ensure(writer: &Writer, date: NaiveDate, time_limit: Duration) -> Result<(), Failure> {
    if let Some(stored) = writer.snapshot().timetable(date) {
        greeting::stored(stored);
        return Ok(());
    }
    let is_interrupted = Arc::new(AtomicBool::new(false));
    let interrupt = tokio::spawn({
        let is_interrupted = Arc::clone(&is_interrupted);
        async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                is_interrupted.store(true, Ordering::Relaxed);
            }
        }
    });
    let begun = std::time::Instant::now();
    let should_stop = {
        let is_interrupted = Arc::clone(&is_interrupted);
        move || is_interrupted.load(Ordering::Relaxed) || begun.elapsed() >= time_limit
    };
    let display = Arc::new(ProgressDisplay::start(date));
    let shown = Arc::clone(&display);
    let beside = Arc::new(writer.snapshot().scenario_beside_bookings(date));
    let planned = plan(&beside, date, time_limit, should_stop, move |progress| shown.show(&progress)).await;
    display.finish();
    interrupt.abort();
    if is_interrupted.load(Ordering::Relaxed) {
        return Err("规划被中断，没有保存 / planning was interrupted, nothing was stored".into());
    }
    let timetable = planned?;
    let activation =
        Command::ActivateTimetable { request: None, timetable: Box::new(timetable.clone()), accepted: Vec::new() };
    let decision = writer.decide(activation, None).await?;
    if let Outcome::ActivationRefused { bookings, .. } = &decision.outcome {
        // Rather booked service alone on this date than no service on any.
        let bookings = bookings.len();
        tracing::error!(%date, bookings, "these bookings can't be kept under the new timetable; plan and activate one with re-offers");
        return Ok(());
    }
    greeting::planned(&timetable, begun.elapsed());
    Ok(())
}

/// Plans a date on a thread of its own until done, told to stop or out of time.
pub(super) async fn plan(
    scenario: &Arc<Scenario>,
    date: NaiveDate,
    time_limit: Duration,
    should_stop: impl Fn() -> bool + Send + Sync + 'static,
    report: impl Fn(PlanProgress) + Send + Sync + 'static,
) -> Result<Timetable, Failure> {
    let scenario = Arc::clone(scenario);
    let planning = tokio::task::spawn_blocking(move || {
        let options = PlanOptions {
            time_limit_seconds: Some(time_limit.as_secs_f64()),
            clock: crate::clock::stopwatch,
            ..PlanOptions::default()
        };
        timetable::plan(&scenario, date, &options, &report, StopSignal::new(&should_stop))
    });
    planning.await?.map_err(|error| format!("{date}: {error}").into())
}
