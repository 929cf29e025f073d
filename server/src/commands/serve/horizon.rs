//! The dates beyond tomorrow: planned in the background, the nearest first, so that bus first holds on every date that can
//! be booked. When a day passes the next date comes into reach and is planned too.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{Days, NaiveDate};
use sanban_engine::dispatch::{Area, Command, Outcome};
use sanban_engine::scenario::Scenario;

use super::first_plans;
use crate::clock::Clock;
use crate::writer::Writer;

/// Between two looks for a date without a timetable, when all have one.
const PAUSE: Duration = Duration::from_secs(60);

/// What the background planner works with.
pub(super) struct Horizon {
    pub scenario: Arc<Scenario>,
    pub writer: Writer,
    pub clock: Clock,
    /// Per date.
    pub time_limit: Duration,
    /// Ends it, and the planning under way.
    pub is_stopped: Arc<AtomicBool>,
}

impl Horizon {
    /// Plans one date after the other. Never ends by itself: its task is aborted.
    pub async fn keep_planned(self) {
        // Nothing can be planned for these, or nothing that fits what is booked: a person has to look.
        let mut given_up = BTreeSet::new();
        loop {
            let (today, _) = self.scenario.policy.clock.service_time(self.clock.now());
            match next_date(&self.scenario, &self.writer.snapshot(), today, &given_up) {
                None => tokio::time::sleep(PAUSE).await,
                Some(date) => match self.plan(date).await {
                    Ok(()) => {}
                    Err(Unplanned::ForGood(why)) => {
                        tracing::error!(%date, why, "this date has no timetable; plan and activate one");
                        given_up.insert(date);
                    }
                    Err(Unplanned::ForNow(why)) => {
                        tracing::warn!(%date, why, "a timetable could not be stored; it is tried again");
                        tokio::time::sleep(PAUSE).await;
                    }
                },
            }
        }
    }

    async fn plan(&self, date: NaiveDate) -> Result<(), Unplanned> {
        let (is_stopped, begun, time_limit) =
            (Arc::clone(&self.is_stopped), std::time::Instant::now(), self.time_limit);
        let should_stop = move || is_stopped.load(Ordering::Relaxed) || begun.elapsed() >= time_limit;
        let beside = Arc::new(self.writer.snapshot().scenario_beside_bookings(date));
        let planned = first_plans::plan(&beside, date, time_limit, should_stop, |_| {}).await;
        let timetable = planned.map_err(|error| Unplanned::ForGood(error.to_string()))?;
        let (trips, vehicles) = (timetable.trips.len(), timetable.vehicles());
        // Somebody may have activated another one meanwhile, or the server stops: then this one is not needed.
        if self.writer.snapshot().timetable(date).is_none() && !self.is_stopped.load(Ordering::Relaxed) {
            let activation =
                Command::ActivateTimetable { request: None, timetable: Box::new(timetable), accepted: Vec::new() };
            let decision = self.writer.decide(activation, None).await;
            let decision = decision.map_err(|error| Unplanned::ForNow(error.to_string()))?;
            if let Outcome::ActivationRefused { bookings, .. } = &decision.outcome {
                let why = format!("{} rides were booked meanwhile on vehicles that it needs", bookings.len());
                return Err(Unplanned::ForNow(why));
            }
            tracing::info!(%date, trips, vehicles, "planned in the background");
        }
        Ok(())
    }
}

/// Why a date has no timetable.
enum Unplanned {
    /// Trying again would end the same way.
    ForGood(String),
    /// The writer is busy or its disk full, or somebody has booked what the timetable needs.
    ForNow(String),
}

/// The nearest date that can be booked, is known to the calendar and has no timetable.
fn next_date(scenario: &Scenario, area: &Area, today: NaiveDate, given_up: &BTreeSet<NaiveDate>) -> Option<NaiveDate> {
    let ahead = 0..=u64::from(scenario.policy.booked.book_ahead_days);
    let mut dates = ahead.filter_map(|days| today.checked_add_days(Days::new(days)));
    dates.find(|&date| area.timetable(date).is_none() && !given_up.contains(&date) && scenario.day_type(date).is_ok())
}

#[cfg(test)]
mod tests {
    use sanban_engine::scenario::sample;
    use sanban_engine::time::ServiceTime;

    use super::*;

    #[test]
    fn the_nearest_date_without_a_timetable_is_planned_next() {
        let scenario = Arc::new(sample::small_town());
        let mut area = Area::new(Arc::clone(&scenario));
        let today = sample::market_day();
        let next = |area: &Area, given_up: &[NaiveDate]| {
            next_date(&scenario, area, today, &given_up.iter().copied().collect())
        };
        assert_eq!(next(&area, &[]), Some(today));
        let timetable = sample::hourly_timetable(&scenario);
        let now = scenario.policy.clock.instant(today, ServiceTime::hm(4, 0));
        let decision = area.decide(
            &Command::ActivateTimetable { request: None, timetable: Box::new(timetable), accepted: Vec::new() },
            now,
        );
        area.apply(&decision).unwrap();
        let tomorrow = today.succ_opt().unwrap();
        assert_eq!(next(&area, &[]), Some(tomorrow));
        assert_eq!(next(&area, &[tomorrow]), tomorrow.succ_opt());
        // As far as one can book, and no farther.
        let ahead = u64::from(scenario.policy.booked.book_ahead_days);
        let bookable: Vec<NaiveDate> = today.iter_days().take(ahead as usize + 1).collect();
        assert_eq!(next(&area, &bookable), None);
    }
}
