//! Student and market runs of a date: waves planned side by side, then clock times and bells for all their runs together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::hub_days::{Wave, waves};
use super::hub_runs::{HubRun, HubRunOptions, HubRunPlan, plan_hub_runs};
use super::line_plan::PlannedTrip;
use super::luggage::share_luggage;
use super::mip::Limits;
use super::retiming::Leeway;
use super::run_times::{RunTimes, TimingProblem, UntimedRun};
use super::seats_on_lines::{PupilsOnTrip, SeatsOnLines};
use super::shared_fleet::Moment;
use super::stage::{StageFigures, on_threads};
use super::{PlanError, PlanOptions};
use crate::calendar::DayType;
use crate::fleet::Product;
use crate::ids::{BlockId, SchoolId};
use crate::plan::{Advice, Hub, LeftBehind, MovedBell, Run, RunCall, RunDemand, RunDirection, RunRiders, StageReport};
use crate::scenario::Scenario;
use crate::stop_signal::StopSignal;
use crate::time::{Duration, ServiceTime};
use crate::units::Fen;

/// Runs closer to the bound than this are good enough.
const GOOD_ENOUGH_GAP: f64 = 0.005;

/// Bells that could move at least so far are asked what they cost where they are.
const ASKED_BELL_SHIFT: Duration = Duration::from_minutes(30);

/// The part of the time for the choice of times that finding them gets; the rest asks what bells cost.
const SHARE_OF_CHOICE: f64 = 0.6;

/// The part of that time that a first choice gets, before lines are planned.
const SHARE_BEFORE_LINES: f64 = 0.4;

/// How long the stage may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct HubLimits {
    /// For all waves together, on all threads.
    pub waves_seconds: Option<f64>,
    /// For the choice of times.
    pub times_seconds: Option<f64>,
    /// Units of work per wave, and nodes of the choice of times: the deterministic stop.
    pub work: Option<u32>,
}

/// Runs with clock times, who rides lines instead, who is left behind.
pub(super) struct HubStage {
    /// Ordered by product, direction, hub, then time; in no block yet.
    pub runs: Vec<Run>,
    /// By run: how far it may move.
    pub leeways: Vec<Leeway>,
    /// The trips of the lines with the pupils who ride them.
    pub trips: Vec<PlannedTrip>,
    /// Who of them on which trip.
    pub on_lines: Vec<PupilsOnTrip>,
    /// Bells that are moved.
    pub moved_bells: Vec<MovedBell>,
    /// By wave, then group.
    pub left_behind: Vec<LeftBehind>,
    /// `students`, `markets`, `times`; each followed by its parts.
    pub reports: Vec<StageReport>,
}

/// A run of a wave.
type WaveRun<'a> = (&'a Wave<'a>, &'a HubRun);

/// Who rides together in a date's runs, before their times are chosen.
pub(super) struct HubWaves<'a> {
    waves: Vec<Wave<'a>>,
    /// By wave.
    plans: Vec<HubRunPlan>,
    on_lines: Vec<PupilsOnTrip>,
    left_behind: Vec<LeftBehind>,
}

/// Plans the waves of a date; pupils may ride these trips, which come back with those who do.
pub(super) fn plan_hub_waves<'a>(
    (scenario, day): (&'a Scenario, &DayType),
    trips: &[PlannedTrip],
    limits: HubLimits,
    options: &PlanOptions,
    progress: &(dyn Fn(&str, &str, Fen, Fen) + Sync),
    stop: StopSignal,
) -> Result<(HubWaves<'a>, Vec<PlannedTrip>), PlanError> {
    let mut lines = SeatsOnLines::of(scenario, trips);
    let waves = waves(scenario, day, &mut lines);
    let plans = plan_waves(scenario, &waves, limits, options, progress, stop)?;
    let mut left_behind = Vec::new();
    for (wave, plan) in waves.iter().zip(&plans) {
        for (index, group) in wave.groups.iter().enumerate() {
            let (people, on_lines) = (plan.left_behind[index], plan.line_riders[index]);
            if let RunDemand::Pupils(pupils) = group.of {
                lines.board(pupils, wave.direction, on_lines);
            }
            if people > 0 || on_lines > 0 {
                left_behind.push(LeftBehind { of: group.of, direction: wave.direction, people, on_lines });
            }
        }
    }
    let (trips, on_lines) = lines.into_trips();
    Ok((HubWaves { waves, plans, on_lines, left_behind }, trips))
}

impl HubWaves<'_> {
    fn runs(&self) -> Vec<WaveRun<'_>> {
        let of_wave = |(wave, plan)| {
            let (wave, plan): (&Wave, &HubRunPlan) = (wave, plan);
            plan.runs.iter().map(move |run| (wave, run))
        };
        self.waves.iter().zip(&self.plans).flat_map(of_wave).collect()
    }

    /// Vehicles that the runs take from the lines, if they are at their hubs when it is best without any lines.
    pub fn taken_from_lines(&self, scenario: &Scenario, limits: HubLimits, stop: StopSignal) -> BTreeMap<Moment, i64> {
        let runs = self.runs();
        let untimed: Vec<UntimedRun> = runs.iter().map(|run| untimed(scenario, run)).collect();
        let bell_shifts = bell_shifts(scenario, &self.waves, &self.plans);
        let problem = TimingProblem { scenario, runs: &untimed, bell_shifts, trips: &[] };
        let seconds = limits.times_seconds.map(|seconds| SHARE_BEFORE_LINES * seconds);
        let is_over = stop.is_raised() || seconds.is_some_and(|seconds| seconds <= 0.0);
        let times = match is_over {
            true => problem.staggered(),
            false => problem.choose(Limits { seconds, nodes: limits.work, gap: GOOD_ENOUGH_GAP, target: None }),
        };
        problem.taken_from_lines(&times)
    }

    /// The runs with times chosen beside the trips of the lines.
    pub fn with_times(
        self,
        scenario: &Scenario,
        trips: Vec<PlannedTrip>,
        (limits, options): (HubLimits, &PlanOptions),
        stop: StopSignal,
    ) -> HubStage {
        let mut reports = [(Product::Student, "students"), (Product::Market, "markets")]
            .into_iter()
            .flat_map(|(product, stage)| report_waves(scenario, stage, product, &self.waves, &self.plans))
            .collect::<Vec<_>>();
        let begun = (options.clock)();
        let shifts = bell_shifts(scenario, &self.waves, &self.plans);
        let of_waves = self.runs();
        let (times, advice) = choose_times(scenario, (&of_waves, shifts), &trips, (limits, options.clock), stop);
        let seconds = (options.clock)() - begun;
        let figures = StageFigures { cost: times.cost, lower_bound: times.lower_bound, seconds };
        reports.push(StageReport { advice, ..figures.report("times", String::new(), Vec::new()) });
        let with_leeway = |(wave_run, &at_hub): (&WaveRun, &ServiceTime)| {
            (timed(wave_run, at_hub), untimed(scenario, wave_run).leeway(at_hub, &times.moved_bells))
        };
        let mut timed: Vec<(Run, Leeway)> = of_waves.iter().zip(&times.at_hub).map(with_leeway).collect();
        timed.sort_by_key(|(run, _)| (run.product, run.direction, run.hubs.clone(), run.starts(), run.ends()));
        let (mut runs, leeways): (Vec<Run>, Vec<Leeway>) = timed.into_iter().unzip();
        share_luggage(scenario, &mut runs);
        let Self { on_lines, left_behind, .. } = self;
        HubStage { runs, leeways, trips, on_lines, moved_bells: times.moved_bells, left_behind, reports }
    }
}

fn plan_waves(
    scenario: &Scenario,
    waves: &[Wave],
    limits: HubLimits,
    options: &PlanOptions,
    progress: &(dyn Fn(&str, &str, Fen, Fen) + Sync),
    stop: StopSignal,
) -> Result<Vec<HubRunPlan>, PlanError> {
    let plans: Vec<Mutex<Option<HubRunPlan>>> = waves.iter().map(|_| Mutex::new(None)).collect();
    // Large waves first, with time in proportion to the people in them.
    let people = |wave: usize| -> i64 { waves[wave].problem.groups.iter().map(|group| i64::from(group.people)).sum() };
    let mut order: Vec<usize> = (0..waves.len()).collect();
    order.sort_by_key(|&wave| (std::cmp::Reverse(people(wave)), wave));
    let all: i64 = order.iter().map(|&wave| people(wave)).sum();
    let end = limits.waves_seconds.map(|seconds| (options.clock)() + seconds);
    let search = |index: usize| -> Result<(), PlanError> {
        let wave = &waves[index];
        let threads = options.threads.max(1) as f64;
        let share = people(index) as f64 / all.max(1) as f64;
        let seconds = limits
            .waves_seconds
            .zip(end)
            .map(|(seconds, end)| (seconds * threads * share).min(seconds).min((end - (options.clock)()).max(0.0)));
        let options = HubRunOptions {
            time_limit_seconds: seconds,
            work_limit: limits.work.map(u64::from),
            gap: GOOD_ENOUGH_GAP,
            seed: 1,
            clock: options.clock,
        };
        let plan = match wave.types.is_empty() {
            // There is no other plan.
            true => {
                let plan = HubRunPlan::without_runs(&wave.problem);
                HubRunPlan { lower_bound: plan.cost, ..plan }
            }
            false => plan_hub_runs(&wave.problem, &options, &|_| {}, stop),
        };
        progress(stage_of(wave.product), &part(scenario, wave), plan.cost, plan.lower_bound);
        *plans[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(plan);
        Ok(())
    };
    on_threads(options.threads, &order, &search)?;
    let plan = |(plan, wave): (Mutex<Option<HubRunPlan>>, &Wave)| {
        let plan = plan.into_inner().unwrap_or_else(PoisonError::into_inner);
        plan.unwrap_or_else(|| HubRunPlan::without_runs(&wave.problem))
    };
    Ok(plans.into_iter().zip(waves).map(plan).collect())
}

fn stage_of(product: Product) -> &'static str {
    if product == Product::Student { "students" } else { "markets" }
}

/// Names a wave in reports: `in`, `M01 home` …
fn part(scenario: &Scenario, wave: &Wave) -> String {
    let way = match wave.direction {
        RunDirection::Inward => "in",
        RunDirection::Outward => "home",
    };
    match wave.hubs.first().map(|hub| hub.hub) {
        Some(Hub::Market(market)) => format!("{} {way}", scenario.market(market).code),
        _ => way.to_owned(),
    }
}

/// The whole stage, then its waves; nothing where nobody travels.
fn report_waves(
    scenario: &Scenario,
    stage: &str,
    product: Product,
    waves: &[Wave],
    plans: &[HubRunPlan],
) -> Vec<StageReport> {
    let of_product = || waves.iter().zip(plans).filter(|(wave, _)| wave.product == product);
    let mut parts = Vec::new();
    for (wave, plan) in of_product() {
        let left: i32 = plan.left_behind.iter().sum();
        let relaxed = if left > 0 { vec![format!("{left} people left behind")] } else { Vec::new() };
        let figures = StageFigures { cost: plan.cost, lower_bound: plan.lower_bound, seconds: plan.seconds };
        parts.push(figures.report(stage, part(scenario, wave), relaxed));
    }
    if parts.is_empty() {
        return parts;
    }
    let whole = StageFigures {
        cost: parts.iter().map(|part| part.cost).sum(),
        lower_bound: parts.iter().map(|part| part.lower_bound).sum(),
        seconds: parts.iter().map(|part| part.seconds).sum(),
    };
    let relaxed = parts.iter().flat_map(|part| part.relaxed.iter().map(|said| format!("{}: {said}", part.part)));
    let whole = whole.report(stage, String::new(), relaxed.collect());
    std::iter::once(whole).chain(parts).collect()
}

/// How far the bells of the schools with runs may move: not at all where pupils depend on them otherwise, on lines, on runs
/// with licensed times, or on runs that serve another school too.
fn bell_shifts(scenario: &Scenario, waves: &[Wave], plans: &[HubRunPlan]) -> BTreeMap<SchoolId, Duration> {
    let mut shifts: BTreeMap<SchoolId, Duration> = BTreeMap::new();
    let mut pinned: BTreeSet<SchoolId> = scenario.student_runs.iter().map(|run| run.school).collect();
    for (wave, plan) in waves.iter().zip(plans).filter(|(wave, _)| wave.has_bells) {
        let school = |hub: usize| match wave.hubs[hub].hub {
            Hub::School(school) => Some(school),
            Hub::Market(_) => None,
        };
        for school in (0..wave.hubs.len()).filter_map(school) {
            shifts.insert(school, scenario.school(school).bell_shift);
        }
        let mixed = plan.runs.iter().filter(|run| run.hubs.len() > 1).flat_map(|run| &run.hubs);
        pinned.extend(mixed.filter_map(|&hub| school(hub)));
        let on_lines = wave.problem.groups.iter().zip(&plan.line_riders).filter(|(_, riders)| **riders > 0);
        pinned.extend(on_lines.filter_map(|(group, _)| school(group.hub)));
    }
    shifts.iter_mut().filter(|(school, _)| pinned.contains(school)).for_each(|(_, shift)| *shift = Duration::ZERO);
    shifts
}

/// Clock times for all runs, and what bells cost that may not move as far as they might.
fn choose_times(
    scenario: &Scenario,
    (runs, bell_shifts): (&[WaveRun], BTreeMap<SchoolId, Duration>),
    trips: &[PlannedTrip],
    (limits, clock): (HubLimits, fn() -> f64),
    stop: StopSignal,
) -> (RunTimes, Vec<Advice>) {
    let end = limits.times_seconds.map(|seconds| clock() + seconds);
    let untimed: Vec<UntimedRun> = runs.iter().map(|run| untimed(scenario, run)).collect();
    let search = |seconds: Option<f64>| Limits { seconds, nodes: limits.work, gap: GOOD_ENOUGH_GAP, target: None };
    let problem = TimingProblem { scenario, runs: &untimed, bell_shifts: bell_shifts.clone(), trips };
    let is_over = || stop.is_raised() || end.is_some_and(|end| clock() >= end);
    let times = match is_over() {
        true => problem.staggered(),
        // The rest is for the advice.
        false => problem.choose(search(limits.times_seconds.map(|seconds| SHARE_OF_CHOICE * seconds))),
    };
    let mut advice = Vec::new();
    let asked: Vec<_> = bell_shifts.iter().filter(|(_, shift)| **shift < ASKED_BELL_SHIFT).collect();
    for (index, &(&school, _)) in asked.iter().enumerate() {
        if is_over() {
            break;
        }
        let seconds = end.map(|end| (end - clock()) / (asked.len() - index) as f64);
        let mut freer = bell_shifts.clone();
        freer.insert(school, ASKED_BELL_SHIFT);
        let other = TimingProblem { scenario, runs: &untimed, bell_shifts: freer, trips }.choose(search(seconds));
        let vehicle = scenario.fleet.vehicle_types.iter().map(|kind| kind.cost_per_day).min().unwrap_or(Fen(0));
        let saves = times.cost - other.cost;
        if saves >= vehicle && saves > Fen(0) {
            advice.push(Advice::BellCosts {
                school: scenario.school(school).code.clone(),
                may_move: scenario.school(school).bell_shift,
                if_it_might_move: ASKED_BELL_SHIFT,
                saves,
            });
        }
    }
    (times, advice)
}

/// Everybody on a run.
fn people_on(run: &HubRun) -> i32 {
    run.calls.iter().flat_map(|call| &call.people).map(|some| some.people).sum()
}

/// How long the vehicle stands where so many get on or off.
fn dwell(wave: &Wave, people: i32) -> Duration {
    let policy = &wave.problem.dwell;
    policy.per_call + Duration::from_seconds(policy.per_person.seconds() * people)
}

fn people_at(call: &super::hub_runs::RunCall) -> i32 {
    call.people.iter().map(|some| some.people).sum()
}

/// The way between the hubs of a run with mixed loads, with the dwell at the first (inward) or last (outward) of them.
fn between_hubs(wave: &Wave, run: &HubRun) -> Duration {
    let [first, last] = run.hubs[..] else { return Duration::ZERO };
    let travel = wave.problem.travel.duration(wave.problem.hubs[first], wave.problem.hubs[last]);
    let at = if wave.direction == RunDirection::Inward { first } else { last };
    travel + dwell(wave, people_for(wave, run, at))
}

/// People of a run who belong to a hub.
fn people_for(wave: &Wave, run: &HubRun, hub: usize) -> i32 {
    let people = run.calls.iter().flat_map(|call| &call.people);
    people.filter(|some| wave.problem.groups[some.group].hub == hub).map(|some| some.people).sum()
}

/// A run as the choice of times sees it. Its *time at the hub* is the arrival at the last hub, or the departure from the first.
fn untimed(scenario: &Scenario, (wave, run): &WaveRun) -> UntimedRun {
    let travel = &scenario.network.travel;
    let (first, last) = (run.hubs[0], run.hubs[run.hubs.len() - 1]);
    let (hub, far) = match wave.direction {
        RunDirection::Inward => (wave.problem.hubs[last], &run.calls[0]),
        RunDirection::Outward => (wave.problem.hubs[first], &run.calls[run.calls.len() - 1]),
    };
    let on_the_way = far.ride + dwell(wave, people_at(far));
    let stands = (dwell(wave, people_for(wave, run, first)), dwell(wave, people_for(wave, run, last)));
    let (before, after) = match wave.direction {
        RunDirection::Inward => (on_the_way + travel.duration(hub, far.place), stands.1),
        RunDirection::Outward => (stands.0, on_the_way + travel.duration(far.place, hub)),
    };
    let window = wave.anchor_window((first, last), stands).expect("runs are planned to fit the windows of their hubs");
    let hour = match wave.product {
        Product::Student => scenario.policy.students.pupil_hour,
        _ => scenario.policy.markets.goer_hour,
    };
    // Runs of two schools, and of boarders on a day without bells, move with no bell.
    let school = match wave.hubs[last].hub {
        Hub::School(school) if first == last && wave.has_bells => Some(school),
        _ => None,
    };
    UntimedRun {
        vehicle_type: wave.types[run.kind],
        window,
        school,
        before,
        after,
        waiting_minute: Fen(hour.0 * i64::from(people_on(run)) / 60),
        waits_for_end: wave.direction == RunDirection::Inward,
    }
}

/// Gives a run its clock times; luggage comes later.
fn timed((wave, run): &WaveRun, at_hub: ServiceTime) -> Run {
    let is_inward = wave.direction == RunDirection::Inward;
    let mut of_hub: Vec<Vec<RunRiders>> = vec![Vec::new(); run.hubs.len()];
    let mut calls: Vec<RunCall> = Vec::new();
    for call in &run.calls {
        let mut riders = Vec::new();
        for some in &call.people {
            let riders_here = RunRiders { of: wave.groups[some.group].of, people: some.people, luggage: 0 };
            riders.push(riders_here);
            let hub = run.hubs.iter().position(|&hub| hub == wave.problem.groups[some.group].hub).unwrap_or(0);
            of_hub[hub].push(riders_here);
        }
        let stands = dwell(wave, people_at(call));
        let (arrival, departure) = if is_inward {
            (at_hub - call.ride - stands, at_hub - call.ride)
        } else {
            (at_hub + call.ride, at_hub + call.ride + stands)
        };
        let (boardings, alightings) = if is_inward { (riders, Vec::new()) } else { (Vec::new(), riders) };
        calls.push(RunCall { place: call.place, arrival, departure, boardings, alightings });
    }
    let mut at_hubs: Vec<RunCall> = Vec::new();
    for (position, (&hub, riders)) in run.hubs.iter().zip(of_hub).enumerate() {
        let stands = dwell(wave, people_for(wave, run, hub));
        let is_anchor = if is_inward { position + 1 == run.hubs.len() } else { position == 0 };
        let (arrival, departure) = match (is_inward, is_anchor) {
            (true, true) => (at_hub, at_hub + stands),
            (false, true) => (at_hub - stands, at_hub),
            (true, false) => (at_hub - between_hubs(wave, run), at_hub - between_hubs(wave, run) + stands),
            (false, false) => (at_hub + between_hubs(wave, run) - stands, at_hub + between_hubs(wave, run)),
        };
        let (boardings, alightings) = if is_inward { (Vec::new(), riders) } else { (riders, Vec::new()) };
        at_hubs.push(RunCall { place: wave.problem.hubs[hub], arrival, departure, boardings, alightings });
    }
    let calls =
        if is_inward { calls.into_iter().chain(at_hubs).collect() } else { at_hubs.into_iter().chain(calls).collect() };
    Run {
        product: wave.product,
        hubs: run.hubs.iter().map(|&hub| wave.hubs[hub].hub).collect(),
        direction: wave.direction,
        vehicle_type: wave.types[run.kind],
        block: BlockId(0),
        calls,
    }
}
