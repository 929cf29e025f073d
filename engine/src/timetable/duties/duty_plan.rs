//! What planning duties gives back.

use crate::ids::{BlockId, DepotId};
use crate::plan::Duty;
use crate::time::ServiceTime;
use crate::units::Fen;

/// Duties for all blocks that can be driven lawfully, and what is known of their quality.
#[derive(Clone, Debug, PartialEq)]
pub struct DutyPlan {
    /// By depot, then sign-on.
    pub duties: Vec<Duty>,
    /// Of all duties: each its price, and the hours paid together. Drivers that are short are not in it.
    pub cost: Fen,
    /// No duties that keep the rules cost less.
    pub lower_bound: Fen,
    /// Blocks that nobody can drive lawfully; they are in no duty.
    pub unlawful: Vec<UnlawfulBlock>,
    /// Depots that have fewer drivers than the plan needs.
    pub shortages: Vec<DriverShortage>,
    /// What each part of every block's day adds to the cost, by block, then time: where duties are made necessary.
    pub prices: Vec<WorkPrice>,
    /// Seconds it took; the only figure that may differ between two runs of the same inputs.
    pub seconds: f64,
}

/// A block that nobody can drive lawfully.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlawfulBlock {
    /// Which.
    pub block: BlockId,
    /// Its name, and why.
    pub why: String,
}

/// A depot that has fewer drivers than the plan needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DriverShortage {
    /// Which.
    pub depot: DepotId,
    /// So many are missing.
    pub missing: u32,
}

/// The price of the work on a vehicle between two chances to change its driver: the dual value of the relaxation. They add
/// up to the lower bound, but for what is lost to rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkPrice {
    /// Whose work.
    pub block: BlockId,
    /// From this chance …
    pub begin: ServiceTime,
    /// … to the next.
    pub end: ServiceTime,
    /// What it adds to the cost; negative where it comes cheaper with the work around it.
    pub price: Fen,
}

/// How far planning is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DutyProgress {
    /// Of the best plan so far.
    pub cost: Fen,
    /// Proved so far.
    pub lower_bound: Fen,
    /// Duties of the best plan so far.
    pub duties: usize,
    /// Attempts to improve it so far.
    pub work: u32,
}
