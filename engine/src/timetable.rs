//! Fixed schedules by linear and mixed-integer programming: lines, student and market runs, vehicles, goods, drivers' duties.
//!
//! | module | one idea |
//! |---|---|
//! | `plan_day` | the whole day, stage after stage, and which part of the time each has |
//! | `stage` | what stages share: reports, threads |
//! | **lines** | |
//! | [`demand_groups`] | who wants to ride a line on the date, grouped |
//! | [`line_model`] | one line as a mixed-integer program: departures, passengers, coverage, its own vehicles |
//! | `first_plan` | departures that follow the load, and a bound that needs no solver |
//! | [`line_plan`] | solving that model from the first plan: HiGHS, exact recount, bound |
//! | [`coverage`] | what the chosen departures still owe to the policy, in words |
//! | `shared_fleet` | what a line sees of the fleet: prices, or what other lines leave |
//! | `fleet_prices` | prices for that fleet, and the one bound of all lines together |
//! | `overloads` | lines that want more vehicles than there are give way |
//! | `connections` | who changes lines by which departures, and what that costs them |
//! | `rough_cost` | what moving a departure costs a line, about and quickly |
//! | `timed_transfers` | departures move a little so that lines meet where people change |
//! | `line_stage` | all lines: prices, first plans, plans that make room for each other, lines that meet, a better bound |
//! | **runs** | |
//! | `hub_days` | which runs to and from schools and markets a date needs, and in which windows |
//! | `seats_on_lines` | seats on lines that pupils may take instead |
//! | [`hub_runs`] | villages to a hub, and home: a search, and a bound by column generation |
//! | `run_times` | when each run is at its hub, and which bells move |
//! | `hub_stage` | all runs of a date |
//! | `luggage` | what market goers carry, shared out among runs |
//! | `round_trips` | nobody is brought to market without a seat home |
//! | **vehicles, goods, drivers** | |
//! | [`vehicle_scheduling`] | tasks of all kinds shared out among vehicles of many depots, by column generation |
//! | `blocks` | trips and runs as such tasks, and their vehicle days cut into blocks |
//! | `vehicle_stage` | the timetable that comes of it, and what found no vehicle |
//! | [`freight`] | consignments over the holds of trips, the rest on dedicated runs |
//! | [`duties`] | blocks cut into the days of drivers, and these into weeks |
//! | `driver_stage` | duties of a date, depot by depot |
//! | [`diff`] | what changes for the public from one timetable to another |
//! | `mip` | mixed-integer programs as plain data; linear programs that grow have masters of their own beside their models |
//!
//! Invariants: the result does not depend on the number of threads, and with a node limit instead of a time limit it
//! is the same on every run (all but `seconds`). Every cost is counted in whole fen from the plan, never read off the
//! solver. Every lower bound is evaluated in whole numbers at the prices of a linear program, or is the solver's dual bound rounded
//! down; it is a bound of the stage, given what the stages before it have decided.

mod blocks;
mod connections;
pub mod coverage;
pub mod demand_groups;
pub mod diff;
mod driver_stage;
pub mod duties;
mod first_plan;
mod fleet_prices;
pub mod freight;
mod hub_days;
pub mod hub_runs;
mod hub_stage;
mod joint_windows;
pub mod line_model;
pub mod line_plan;
mod line_stage;
mod luggage;
mod mip;
mod overloads;
mod plan_day;
mod retiming;
mod rough_cost;
mod round_trips;
mod run_times;
mod seats_on_lines;
mod shared_fleet;
mod stage;
mod timed_transfers;
pub mod vehicle_scheduling;
mod vehicle_stage;

#[cfg(test)]
mod tests;

use chrono::NaiveDate;

use crate::calendar::CalendarError;
use crate::plan::Timetable;
use crate::scenario::Scenario;
use crate::stop_signal::StopSignal;
use crate::units::Fen;

/// How long and on how many cores to plan.
#[derive(Clone, Copy, Debug)]
pub struct PlanOptions {
    /// Be done after about this long, for people; `None` leaves it to the other limits.
    pub time_limit_seconds: Option<f64>,
    /// Search at most this many branch-and-bound nodes per line, rounds or units of work in other stages: the deterministic stop.
    pub node_limit: Option<u32>,
    /// Lines planned at the same time; never changes the result of a run without a time limit.
    pub threads: usize,
    /// Seconds since any fixed moment, read from the caller's clock: the engine has none. It fills the reports'
    /// `seconds` and hands time that easy lines leave over to the hard ones.
    pub clock: fn() -> f64,
}

/// How far planning is.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanProgress {
    /// `students`, `markets`, `lines`, `times`, `vehicles`, `freight` or `duties`; lines come first where pupils may ride them.
    pub stage: String,
    /// The part just finished, such as a line's code; empty at the start of a stage and in stages without parts.
    pub part: String,
    /// Parts finished.
    pub done: usize,
    /// Parts of the stage; 0 where they are not counted.
    pub total: usize,
    /// Cost of the finished parts together, or of the best found in a stage without parts.
    pub cost: Fen,
    /// Their lower bounds together.
    pub lower_bound: Fen,
}

/// Why a date cannot be planned at all. What is merely short of fleet or seats is planned and says so instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The calendar does not know the date.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// The solver failed on a model that always has a solution.
    #[error("the solver failed on {part}: {status}; this is a defect of Sanban, please report it with the scenario")]
    Solver {
        /// Which model.
        part: String,
        /// What the solver said.
        status: String,
    },
}

impl Default for PlanOptions {
    fn default() -> Self {
        // A time limit needs a clock.
        Self { time_limit_seconds: None, node_limit: None, threads: 2, clock: || 0.0 }
    }
}

/// The whole timetable of a date: trips, runs, the vehicles and drivers that work them, and what travels in their holds.
///
/// `progress` is called from several threads, once per finished part. When `stop` is raised the rest of the lines get
/// their first plan and a weak bound, and every later stage what can be had without a search: what comes back is always complete.
pub fn plan(
    scenario: &Scenario,
    date: NaiveDate,
    options: &PlanOptions,
    progress: &(dyn Fn(PlanProgress) + Sync),
    stop: StopSignal,
) -> Result<Timetable, PlanError> {
    plan_day::plan_day(scenario, date, options, progress, stop)
}
