//! Planning's progress on a terminal; nothing when the output goes elsewhere.

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressStyle};
use sanban_engine::timetable::PlanProgress;

/// A line that tells what is being planned.
pub(super) struct ProgressDisplay(ProgressBar);

impl ProgressDisplay {
    /// Shows the line.
    pub fn start(date: NaiveDate) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {msg}  {elapsed}") {
            bar.set_style(style);
        }
        bar.set_prefix(format!("{date} 规划时刻表 planning the timetable"));
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
        Self(bar)
    }

    /// How far it is.
    pub fn show(&self, progress: &PlanProgress) {
        let PlanProgress { stage, part, done, total, cost, lower_bound } = progress;
        self.0.set_message(format!("{stage} {done}/{total} {part}  cost {cost}, lower bound {lower_bound}"));
    }

    /// Clears the line.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
