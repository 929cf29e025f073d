//! Public benchmark instances: read, turned into problems of the engine, and solutions written and checked.
//!
//! Solvers see integers: a tick is 1e-5 of the file's unit. Driving times are rounded *up*: every solution found holds in double
//! precision, and the triangle inequality that the engine relies on survives the rounding. Lost is only a solution with less than
//! 1e-5 to spare in a chain of irrational legs; whole-numbered ones are exact. Distances are rounded to nearest, and the
//! objective that is reported is recomputed from the coordinates.

mod dynamic_darp;
mod problem;
mod read;
mod search;
mod solution;

pub use dynamic_darp::{DynamicInstance, read_dynamic};
pub use problem::{problem, routes};
pub use read::{FormatError, read};
pub use search::{Effort, ROUNDS_PER_MINUTE, search, serve};
pub use solution::{SolutionFile, check_solution_file, served_part};

use problem::ticks;
use serde::{Deserialize, Serialize};

/// Which family a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Static dial-a-ride (Cordeau & Laporte 2003; Cordeau 2006; Ropke, Cordeau & Laporte 2007).
    Darp,
    /// Pickup and delivery with time windows (Li & Lim 2001).
    Pdptw,
    /// Dial-a-ride whose requests become known over the day (Berbeglia 2012).
    DynamicDarp,
}

/// Feasibility of reported solutions holds within this, in the file's unit.
pub const TOLERANCE: f64 = 1e-3;

/// Ticks of the solver per unit of the file.
pub const TICKS: f64 = 1e5;
