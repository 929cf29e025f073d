//! The timetables of the dates to serve: planned once, journaled, never planned again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::NaiveDate;
use sanban_engine::dispatch::Command;
use sanban_engine::scenario::Scenario;
use sanban_engine::stop_signal::StopSignal;
use sanban_engine::timetable::{self, PlanOptions};

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
pub(super) async fn ensure(
    scenario: &Arc<Scenario>,
    writer: &Writer,
    date: NaiveDate,
    time_limit: Duration,
) -> Result<(), Failure> {
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
    let planning = tokio::task::spawn_blocking({
        let (scenario, is_interrupted) = (Arc::clone(scenario), Arc::clone(&is_interrupted));
        move || {
            let begun = std::time::Instant::now();
            let display = ProgressDisplay::start(date);
            let should_stop = || is_interrupted.load(Ordering::Relaxed) || begun.elapsed() >= time_limit;
            let report = |progress| display.show(&progress);
            let stop = StopSignal::new(&should_stop);
            let options = PlanOptions {
                time_limit_seconds: Some(time_limit.as_secs_f64()),
                clock: crate::clock::stopwatch,
                ..PlanOptions::default()
            };
            let planned = timetable::plan(&scenario, date, &options, &report, stop);
            display.finish();
            (planned, begun.elapsed())
        }
    });
    let (planned, taken) = planning.await?;
    interrupt.abort();
    if is_interrupted.load(Ordering::Relaxed) {
        return Err("规划被中断，没有保存 / planning was interrupted, nothing was stored".into());
    }
    let timetable = planned.map_err(|error| format!("{date}: {error}"))?;
    greeting::planned(&timetable, taken);
    let command = Command::ActivateTimetable { request: None, timetable };
    writer.decide(command, None).await?;
    Ok(())
}
