//! `plan-booked.json`: what is booked on a date.

use sanban_engine::plan::Plan;
use serde::{Deserialize, Serialize};

use super::ScenarioSource;

/// The version of the format.
const FORMAT: &str = "sanban-booked-plan-1";

/// What is booked on a date, in the engine's own words. Its numbers are positions in the tables of the scenario with this
/// digest, and its trips those of the `plan.json` beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookedPlanFile {
    /// `sanban-booked-plan-1`.
    pub format: String,
    /// Folder of the scenario, as it was given.
    pub scenario: String,
    /// Digest of the scenario's files.
    pub scenario_digest: String,
    /// The plan.
    pub plan: Plan,
}

impl BookedPlanFile {
    /// A plan and where it belongs.
    pub fn new(source: &ScenarioSource, plan: Plan) -> Self {
        let ScenarioSource { folder, digest } = source.clone();
        Self { format: FORMAT.to_owned(), scenario: folder, scenario_digest: digest, plan }
    }
}
