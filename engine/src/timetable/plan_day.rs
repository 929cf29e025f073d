//! The whole day, stage after stage: student and market runs, lines beside them, times, vehicles for all of them, goods, drivers.
//!
//! Every stage takes what the one before has decided; what it can't keep it gives up at a price and says so. Which share of the
//! time each may use is fixed here and nowhere else.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::connections::connections;
use super::driver_stage::plan_drivers;
use super::freight::{FreightOptions, RunOptions, load_holds, plan_runs, problem_of_day, runs_of_day, with_runs};
use super::hub_stage::{HubLimits, plan_hub_waves};
use super::line_plan::PlannedTrip;
use super::line_stage::plan_lines;
use super::shared_fleet::{LineFleet, Moment};
use super::stage::StageFigures;
use super::vehicle_stage::plan_vehicles;
use super::{PlanError, PlanOptions, PlanProgress};
use crate::plan::{FreightPlan, FreightStatus, StageReport, Timetable};
use crate::scenario::Scenario;
use crate::stop_signal::StopSignal;
use crate::units::Fen;

/// Seconds of each stage.
struct Shares {
    lines: f64,
    hub_runs: f64,
    times: f64,
    vehicles: f64,
    duties: f64,
}

impl Shares {
    /// Of a time limit. Vehicles and duties that are left half made cost more than lines could save, and take their time whatever the
    /// limit; lines have the rest, but for what solvers take beyond theirs.
    fn of(limit: f64) -> Self {
        let hub_runs = 0.095 * limit.min(SHORT_LIMIT) + 0.17 * (limit - SHORT_LIMIT).max(0.0);
        let times = 0.035 * limit;
        let vehicles = (0.045 * limit).max(VEHICLES_SECONDS).min(0.2 * limit);
        let duties = (0.05 * limit).max(DUTIES_SECONDS).min(0.26 * limit);
        let lines = 0.97 * limit - hub_runs - times - vehicles - duties;
        Self { lines, hub_runs, times, vehicles, duties }
    }
}

/// Runs to hubs have a larger part of what there is beyond this: their bound goes on rising for minutes.
const SHORT_LIMIT: f64 = 120.0;

/// What the vehicles and the duties of a county take until they are worth having.
const VEHICLES_SECONDS: f64 = 24.0;
const DUTIES_SECONDS: f64 = 20.0;

pub(super) fn plan_day(
    scenario: &Scenario,
    date: NaiveDate,
    options: &PlanOptions,
    progress: &(dyn Fn(PlanProgress) + Sync),
    stop: StopSignal,
) -> Result<Timetable, PlanError> {
    let day = scenario.day_type(date)?;
    let shares = options.time_limit_seconds.map(Shares::of);
    let share = |of: fn(&Shares) -> f64| shares.as_ref().map(of);
    let tell = |stage: &str, part: &str, cost: Fen, lower_bound: Fen| {
        let (stage, part) = (stage.to_owned(), part.to_owned());
        progress(PlanProgress { stage, part, done: 0, total: 0, cost, lower_bound });
    };
    let mut timetable = Timetable::empty(date);
    let limits = HubLimits {
        waves_seconds: share(|shares| shares.hub_runs),
        times_seconds: share(|shares| shares.times),
        work: options.node_limit,
    };
    let lines_beside = |taken: &BTreeMap<Moment, i64>| -> Result<(Vec<PlannedTrip>, Vec<StageReport>), PlanError> {
        let fleet = LineFleet { scenario, taken };
        let (lines, reports) = plan_lines(fleet, &day, (options, share(|shares| shares.lines)), progress, stop)?;
        let mut trips: Vec<PlannedTrip> = lines.into_iter().flat_map(|line| line.trips).collect();
        trips.sort();
        Ok((trips, reports))
    };
    let hubs = if scenario.policy.students.line_seats_percent > 0 {
        // Pupils may ride lines, which therefore come first.
        let (trips, reports) = lines_beside(&BTreeMap::new())?;
        timetable.stages = reports;
        let (waves, trips) = plan_hub_waves((scenario, &day), &trips, limits, options, &tell, stop)?;
        waves.with_times(scenario, trips, (limits, options), stop)
    } else {
        // Lines leave the runs the vehicles that nobody else has.
        let (waves, _) = plan_hub_waves((scenario, &day), &[], limits, options, &tell, stop)?;
        let (trips, reports) = lines_beside(&waves.taken_from_lines(scenario, limits, stop))?;
        timetable.stages = reports;
        waves.with_times(scenario, trips, (limits, options), stop)
    };
    let of_vehicles = |progress: super::vehicle_scheduling::VehicleSchedulingProgress| {
        tell("vehicles", "", Fen(progress.cost), Fen(progress.lower_bound));
    };
    let limits = (options, share(|shares| shares.vehicles));
    plan_vehicles(scenario, hubs, limits, (&mut timetable, &of_vehicles), stop)?;
    timetable.connections = connections(scenario, &day, &timetable.trips);
    plan_freight(scenario, &mut timetable, options, &tell, stop)?;
    plan_drivers(scenario, &mut timetable, (options, share(|shares| shares.duties)), &tell, stop)?;
    whole_stages_first(&mut timetable);
    Ok(timetable)
}

/// Goods into the holds, the rest on runs of their own.
fn plan_freight(
    scenario: &Scenario,
    timetable: &mut Timetable,
    options: &PlanOptions,
    tell: &(dyn Fn(&str, &str, Fen, Fen) + Sync),
    stop: StopSignal,
) -> Result<(), PlanError> {
    let begun = (options.clock)();
    let problem = problem_of_day(scenario, timetable)?;
    if problem.goods.is_empty() {
        return Ok(());
    }
    let in_holds = load_holds(&problem, &FreightOptions::default(), stop);
    tell("freight", "", in_holds.cost, in_holds.lower_bound);
    let left_over =
        |itinerary: &&crate::plan::FreightItinerary| matches!(itinerary.status, FreightStatus::NotCarried { .. });
    let left: Vec<usize> =
        in_holds.itineraries.iter().filter(left_over).map(|itinerary| itinerary.consignment).collect();
    let runs = plan_runs(&runs_of_day(scenario, &left), &RunOptions::default(), stop);
    let plan: FreightPlan = with_runs(in_holds.itineraries, runs);
    let reasons = plan.reasons_not_carried().into_iter();
    let relaxed = reasons.map(|(why, count)| format!("{count} consignments are not carried: {why}")).collect();
    timetable.freight = plan;
    let figures =
        StageFigures { cost: in_holds.cost, lower_bound: in_holds.lower_bound, seconds: (options.clock)() - begun };
    timetable.stages.push(figures.report("freight", String::new(), relaxed));
    Ok(())
}

/// Whole stages before their parts, both in the order of planning.
fn whole_stages_first(timetable: &mut Timetable) {
    timetable.stages.sort_by_key(|stage| !stage.part.is_empty());
}
