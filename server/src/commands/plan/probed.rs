//! What a timetable leaves to booked service, in figures: random rides with the runs and without.

use std::sync::Arc;

use sanban_engine::dispatch::probe::{ProbeError, ProbeResult, probe, with_booked_vehicles_free};
use sanban_engine::plan::Timetable;
use sanban_engine::scenario::Scenario;
use sanban_engine::stop_signal::StopSignal;

use crate::commands::table::Table;

/// Of the random rides.
const PROBE_SEED: u64 = 1;

/// What becomes of so many random rides on the planned date.
pub(super) fn probed(
    scenario: &Scenario,
    timetable: &Timetable,
    requests: u32,
    stop: StopSignal,
) -> Result<Probed, ProbeError> {
    let scenario = Arc::new(scenario.clone());
    let probe = |timetable: &Timetable| probe(&scenario, timetable, requests, PROBE_SEED, stop);
    Ok(Probed { found: probe(timetable)?, without_runs: probe(&with_booked_vehicles_free(timetable))? })
}

/// What becomes of random rides.
pub(super) struct Probed {
    /// On the planned date.
    found: ProbeResult,
    /// If no booked vehicle worked a run.
    without_runs: ProbeResult,
}

impl Probed {
    /// Of the rides that booked vehicles would serve without runs, the share that they still serve.
    fn still_served(&self) -> Option<f64> {
        let all = self.without_runs.by_booked;
        (all > 0).then(|| f64::from(self.found.by_booked) / f64::from(all))
    }

    /// For programs.
    pub fn json(&self) -> serde_json::Value {
        let of = |found: &ProbeResult| {
            serde_json::json!({
                "requests": found.requests, "by_lines": found.by_lines, "by_booked": found.by_booked, "refused": found.refused,
            })
        };
        serde_json::json!({
            "with_runs": of(&self.found), "without_runs": of(&self.without_runs), "still_served": self.still_served(),
        })
    }

    /// For people.
    pub fn table(&self) -> Table<5> {
        let rows = [("试探", "probe", &self.found), ("无专班", "no runs", &self.without_runs)];
        let mut table = Table::new([
            ("", ""),
            ("次", "requests"),
            ("班线", "by lines"),
            ("预约车", "by booked vehicles"),
            ("拒绝", "refused, and why"),
        ]);
        for (zh, en, found) in rows {
            let why = found.refused.iter().map(|(reason, count)| format!(" {reason} {count}")).collect::<String>();
            let refused = format!("{}{why}", found.requests - found.served());
            let [requests, by_lines, by_booked] =
                [found.requests, found.by_lines, found.by_booked].map(|count| count.to_string());
            table.push([format!("{zh} {en}"), requests, by_lines, by_booked, refused]);
        }
        if let Some(share) = self.still_served() {
            table.note(format!("预约车仍可承运 booked vehicles still serve {:.1}%", 100.0 * share));
        }
        table
    }
}
