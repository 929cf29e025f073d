//! Solving the model of one line: a first plan, the search, the recount in whole passengers, the bound.
//!
//! The search works on a relaxation that is many times smaller: only a few busy segments of each direction have seats to
//! count, so that passengers merge into groups ([`merged`]). Its bound is valid for the whole line. The departures it
//! chooses are then priced exactly, every segment and whole passengers: that cost is what is reported. The search starts
//! from the [first plan](super::first_plan), so there is always a plan.

use std::collections::BTreeSet;

use super::PlanError;
use super::coverage;
use super::demand_groups::{busiest_segments, demand_groups, merged};
use super::first_plan::{departures_by_load, least_cost};
use super::line_model::{Candidate, LineModel, PatternDemand};
use super::mip::{Limits, Outcome};
use super::shared_fleet::{SharedFleet, Usage, add_usage};
use crate::calendar::DayType;
use crate::ids::{PatternId, RouteId};
use crate::scenario::Scenario;
use crate::stop_signal::StopSignal;
use crate::time::ServiceTime;
use crate::units::Fen;

/// Plans closer to the bound than this are good enough: the forecast is not that precise.
const GOOD_ENOUGH_GAP: f64 = 0.015;

/// The dive pins departures that the relaxation makes at least to this part.
const NEARLY_MADE: f64 = 0.7;

/// The search counts the seats of this many segments of each direction, the busiest; the recount counts all.
const SEGMENTS_WITH_SEATS: usize = 4;

/// A departure of a line with the passengers expected on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlannedTrip {
    /// Pattern, time, vehicle type.
    pub candidate: Candidate,
    /// Passengers on board between each stop and the next.
    pub load: Vec<i32>,
    /// Passengers who board it.
    pub boardings: i32,
}

/// The plan of one line, as if it had vehicles of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct LinePlan {
    /// The line.
    pub route: RouteId,
    /// By pattern, then departure.
    pub trips: Vec<PlannedTrip>,
    /// Vehicles, passengers' time, and what is missing.
    pub cost: Fen,
    /// No plan of this line alone on the departure grid costs less.
    pub lower_bound: Fen,
    /// Rules that are not kept, and passengers left behind, in words.
    pub relaxed: Vec<String>,
}

/// How long to search for a line.
#[derive(Clone, Copy, Debug)]
pub struct SearchLimits {
    /// Seconds.
    pub seconds: Option<f64>,
    /// Branch-and-bound nodes.
    pub nodes: Option<u32>,
}

impl LinePlan {
    /// Is it so close to its bound that more search is not worth the time?
    pub fn is_good_enough(&self) -> bool {
        (self.cost.0 - self.lower_bound.0) as f64 <= GOOD_ENOUGH_GAP * self.cost.0 as f64
    }

    /// What it costs beside its own cost, in fen, with what it sees of the shared fleet.
    pub(super) fn charge(&self, scenario: &Scenario, fleet: &SharedFleet) -> i64 {
        let departures: Vec<Candidate> = self.trips.iter().map(|trip| trip.candidate).collect();
        fleet.charge(scenario, &departures)
    }
}

/// The first plan of a line, its bound, and what a search among the departures of the linear relaxation finds.
///
/// When `stop` is raised, what is known by then is returned: at least the first plan, with a bound that is weak but valid.
pub(super) fn plan_line(
    scenario: &Scenario,
    day: &DayType,
    (route, fleet): (RouteId, &SharedFleet),
    SearchLimits { seconds, nodes }: SearchLimits,
    stop: StopSignal,
) -> Result<LinePlan, PlanError> {
    let line = Line::new(scenario, day, route, fleet);
    let mut best = line.priced(&departures_by_load(scenario, route, &line.demand))?;
    let mut lower_bound = least_cost(scenario, route, &line.demand).0;
    if stop.is_raised() || seconds.is_some_and(|seconds| seconds <= 0.0) {
        return Ok(line.plan(best, lower_bound));
    }
    let model = line.search_model();
    let relaxation = model.mip.relaxation().solve(Limits::NONE, None);
    if fleet.is_free() {
        lower_bound = lower_bound.max(relaxation.lower_bound.unwrap_or(0));
    }
    if let Some(values) = &relaxation.values
        && !stop.is_raised()
    {
        // The dive may use more vehicles than there are; then it has no price.
        if let Ok(dived) = line.priced(&dive(&model, values, stop))
            && dived.worth() < best.worth()
        {
            best = dived;
        }
        let mut restricted = model.mip.clone();
        for (candidate, column) in &model.departures {
            if !column.is_positive(values) && !best.departures.contains(candidate) {
                restricted.fix(*column, 0.0);
            }
        }
        let target = Some(lower_bound + (lower_bound as f64 * GOOD_ENOUGH_GAP) as i64);
        let start = pin(&model, &best.departures);
        if !stop.is_raised() {
            let limits = Limits { seconds, nodes, gap: GOOD_ENOUGH_GAP, target };
            let found = restricted.solve(limits, start.values.as_deref());
            best = line.better(best, &model, &found)?;
        }
    }
    Ok(line.plan(best, lower_bound))
}

/// The plan after a search among all departures that starts from it: with what the line is charged for the shared fleet never
/// dearer, the bound never lower.
pub(super) fn improve_line(
    scenario: &Scenario,
    day: &DayType,
    (plan, fleet): (&LinePlan, &SharedFleet),
    SearchLimits { seconds, nodes }: SearchLimits,
) -> Result<LinePlan, PlanError> {
    let line = Line::new(scenario, day, plan.route, fleet);
    let departures: Vec<Candidate> = plan.trips.iter().map(|trip| trip.candidate).collect();
    let charge = fleet.charge(scenario, &departures);
    let best = Priced { departures, trips: plan.trips.clone(), cost: plan.cost.0, charge };
    let model = line.search_model();
    let start = pin(&model, &best.departures);
    let limits = Limits { seconds, nodes, gap: GOOD_ENOUGH_GAP / 2.0, target: None };
    let found = model.mip.solve(limits, start.values.as_deref());
    // A bound of the line among others is none of the line alone.
    let found_bound = if fleet.is_free() { found.lower_bound.unwrap_or(0) } else { 0 };
    Ok(line.plan(line.better(best, &model, &found)?, found_bound.max(plan.lower_bound.0)))
}

/// The plan of a line that takes vehicles which others need, made anew with what is left; the old one where that is still worth
/// more.
pub(super) fn replan_line(
    scenario: &Scenario,
    day: &DayType,
    (plan, fleet): (&LinePlan, &SharedFleet),
    limits: SearchLimits,
    stop: StopSignal,
) -> Result<LinePlan, PlanError> {
    let anew = plan_line(scenario, day, (plan.route, fleet), limits, stop)?;
    let worth = |plan: &LinePlan| plan.cost.0 + plan.charge(scenario, fleet);
    let best = if worth(&anew) < worth(plan) { anew } else { plan.clone() };
    Ok(LinePlan { lower_bound: plan.lower_bound, ..best })
}

/// The line with exactly these departures, its bound as it was; `None` if its vehicles can't make them.
pub(super) fn with_departures(
    (scenario, day): (&Scenario, &DayType),
    plan: &LinePlan,
    departures: &[Candidate],
) -> Option<LinePlan> {
    let free = SharedFleet::default();
    let line = Line::new(scenario, day, plan.route, &free);
    let priced = line.priced(departures).ok()?;
    Some(line.plan(priced, plan.lower_bound.0))
}

/// What a line costs with exactly these departures; `None` if its vehicles can't make them.
#[cfg(test)]
pub(super) fn price_departures(
    (scenario, day): (&Scenario, &DayType),
    route: RouteId,
    departures: &[Candidate],
) -> Option<i64> {
    let free = SharedFleet::default();
    let priced = Line::new(scenario, day, route, &free).priced(departures).ok()?;
    (priced.trips.len() == departures.len()).then_some(priced.cost)
}

/// The departures of today's timetable on a date, ascending.
fn todays_departures(scenario: &Scenario, day: &DayType, pattern: PatternId) -> Vec<ServiceTime> {
    let of_pattern = scenario.todays_trips_on(day.date).filter(|trip| trip.pattern == pattern);
    let mut departures: Vec<ServiceTime> = of_pattern.map(|trip| trip.departure).collect();
    departures.sort();
    departures
}

/// What a line costs at least when it pays these prices for the shared fleet, and the vehicles it then uses; by the linear
/// relaxation, or within limits by a search for whole departures.
pub(super) fn priced_bound(
    scenario: &Scenario,
    day: &DayType,
    (route, fleet): (RouteId, &SharedFleet),
    search: Option<SearchLimits>,
) -> PricedBound {
    let line = Line::new(scenario, day, route, fleet);
    let model = line.search_model();
    let mut bound = least_cost(scenario, route, &line.demand).0;
    let outcome = match search {
        None => model.mip.relaxation().solve(Limits::NONE, None),
        Some(SearchLimits { seconds, nodes }) => {
            model.mip.solve(Limits { seconds, nodes, gap: 0.002, target: None }, None)
        }
    };
    bound = bound.max(outcome.lower_bound.unwrap_or(0));
    let mut usage = Usage::new();
    let mut wanted = BTreeSet::new();
    if let Some(values) = &outcome.values {
        let shares = model.departures.iter().map(|&(candidate, column)| (candidate, column.share(values)));
        let shares: Vec<(Candidate, f64)> = shares.filter(|(_, share)| *share > 1e-6).collect();
        wanted.extend(shares.iter().map(|(candidate, _)| *candidate));
        add_usage(&mut usage, scenario, shares.into_iter());
    }
    PricedBound { bound, usage, wanted }
}

/// What a line costs at least at some prices, and the vehicles it then uses.
#[derive(Clone, Debug, Default)]
pub(super) struct PricedBound {
    /// In fen, prices included.
    pub bound: i64,
    /// By type and moment.
    pub usage: Usage,
    /// Departures that it makes, at least in part.
    pub wanted: BTreeSet<Candidate>,
}

/// What a line's directions are asked for on a day.
pub(super) fn demand_of_line(scenario: &Scenario, day: &DayType, route: RouteId) -> Vec<PatternDemand> {
    let of_pattern = |&pattern| PatternDemand {
        pattern,
        groups: demand_groups(scenario, day, pattern),
        arrivals: coverage::arrivals(scenario, day, pattern),
        todays: todays_departures(scenario, day, pattern),
    };
    scenario.route(route).patterns.iter().map(of_pattern).collect()
}

/// A line with its demand on a day, and what it sees of the fleet.
pub(super) struct Line<'a> {
    scenario: &'a Scenario,
    fleet: &'a SharedFleet,
    route: RouteId,
    demand: Vec<PatternDemand>,
}

impl<'a> Line<'a> {
    pub fn new(scenario: &'a Scenario, day: &DayType, route: RouteId, fleet: &'a SharedFleet) -> Self {
        Self { scenario, fleet, route, demand: demand_of_line(scenario, day, route) }
    }

    /// The relaxation that is searched.
    pub fn search_model(&self) -> LineModel<'a> {
        let merge = |of_pattern: &PatternDemand| {
            let segments = self.scenario.pattern(of_pattern.pattern).stops.len() - 1;
            let busiest = busiest_segments(&of_pattern.groups, segments, SEGMENTS_WITH_SEATS);
            let (pattern, todays) = (of_pattern.pattern, of_pattern.todays.clone());
            let (groups, arrivals) = (merged(&of_pattern.groups, &busiest), of_pattern.arrivals.clone());
            PatternDemand { pattern, groups, arrivals, todays }
        };
        let demand: Vec<PatternDemand> = self.demand.iter().map(merge).collect();
        LineModel::new(self.scenario, self.route, &demand, (None, self.fleet))
    }

    /// The best use of exactly these departures: whole passengers, every segment's seats counted.
    pub fn priced(&self, departures: &[Candidate]) -> Result<Priced, PlanError> {
        let free = SharedFleet::default();
        let mut model = LineModel::new(self.scenario, self.route, &self.demand, (Some(departures), &free));
        for assignment in &model.assignments {
            model.mip.make_integer(assignment.column);
        }
        let outcome = model.mip.solve(Limits::NONE, None);
        let failed = || PlanError::Solver {
            part: format!("line {}", self.scenario.route(self.route).code),
            status: outcome.status.clone(),
        };
        let values = outcome.values.as_ref().ok_or_else(failed)?;
        let cost = model.mip.cost(values);
        let charge = self.fleet.charge(self.scenario, departures);
        Ok(Priced { departures: departures.to_vec(), trips: trips(self.scenario, &model, values), cost, charge })
    }

    fn better(&self, best: Priced, model: &LineModel, found: &Outcome) -> Result<Priced, PlanError> {
        let Some(values) = &found.values else { return Ok(best) };
        let other = self.priced(&chosen(model, values))?;
        Ok(if other.worth() < best.worth() { other } else { best })
    }

    pub fn plan(&self, best: Priced, lower_bound: i64) -> LinePlan {
        LinePlan {
            route: self.route,
            relaxed: relaxed(self.scenario, &self.demand, &best.trips),
            trips: best.trips,
            cost: Fen(best.cost),
            lower_bound: Fen(lower_bound.min(best.cost)),
        }
    }
}

/// Departures with whole passengers and exact cost.
pub(super) struct Priced {
    departures: Vec<Candidate>,
    trips: Vec<PlannedTrip>,
    cost: i64,
    /// For the shared fleet.
    charge: i64,
}

impl Priced {
    fn worth(&self) -> i64 {
        self.cost + self.charge
    }
}

/// Departures from the linear relaxation: those that are nearly made are pinned, then the rest is solved again.
///
/// Only departures that the first relaxation uses take part, so that the programs are small and become smaller.
/// A raised stop ends it early.
fn dive(model: &LineModel, values: &[f64], stop: StopSignal) -> Vec<Candidate> {
    let mut relaxation = model.mip.relaxation();
    let mut open: Vec<(Candidate, super::mip::Column)> = Vec::new();
    for &(candidate, column) in &model.departures {
        if column.is_positive(values) {
            open.push((candidate, column));
        } else {
            relaxation.fix(column, 0.0);
        }
    }
    let mut made = Vec::new();
    let mut values = values.to_vec();
    loop {
        let most = open.iter().map(|(_, column)| column.share(&values)).fold(0.0, f64::max);
        if most < 1e-6 || stop.is_raised() {
            break;
        }
        let threshold = most.min(NEARLY_MADE) - 1e-9;
        let (nearly, rest): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|(_, column)| column.share(&values) >= threshold);
        for (candidate, column) in nearly {
            relaxation.fix(column, 1.0);
            made.push((candidate, column));
        }
        open = rest;
        match relaxation.solve(Limits::NONE, None).values {
            Some(next) => values = next,
            // Two types at one time, or too few vehicles: what was pinned before stands.
            None => break,
        }
    }
    let mut times = BTreeSet::new();
    made.retain(|(candidate, _)| times.insert((candidate.pattern, candidate.departure)));
    made.into_iter().map(|(candidate, _)| candidate).collect()
}

/// The best solution of the model with exactly these departures.
pub(super) fn pin(model: &LineModel, departures: &[Candidate]) -> Outcome {
    let mut pinned = model.mip.clone();
    for (candidate, column) in &model.departures {
        pinned.fix(*column, if departures.contains(candidate) { 1.0 } else { 0.0 });
    }
    pinned.solve(Limits::NONE, None)
}

pub(super) fn chosen(model: &LineModel, values: &[f64]) -> Vec<Candidate> {
    let is_made = |(_, column): &&(Candidate, _)| super::mip::Column::value(*column, values) == 1;
    model.departures.iter().filter(is_made).map(|&(candidate, _)| candidate).collect()
}

fn trips(scenario: &Scenario, model: &LineModel, values: &[f64]) -> Vec<PlannedTrip> {
    let mut trips: Vec<PlannedTrip> = chosen(model, values)
        .into_iter()
        .map(|candidate| {
            let segments = scenario.pattern(candidate.pattern).stops.len() - 1;
            PlannedTrip { candidate, load: vec![0; segments], boardings: 0 }
        })
        .collect();
    trips.sort();
    for assignment in &model.assignments {
        let passengers = assignment.column.value(values) as i32;
        let is_it = |trip: &&mut PlannedTrip| {
            trip.candidate.pattern == assignment.pattern && trip.candidate.departure == assignment.departure
        };
        if let Some(trip) = trips.iter_mut().find(is_it) {
            trip.boardings += passengers;
            trip.load[assignment.group.from_stop..assignment.group.to_stop]
                .iter_mut()
                .for_each(|load| *load += passengers);
        }
    }
    trips
}

fn relaxed(scenario: &Scenario, demand: &[PatternDemand], trips: &[PlannedTrip]) -> Vec<String> {
    let mut relaxed = Vec::new();
    for PatternDemand { pattern, groups, arrivals, .. } in demand {
        let of_pattern = || trips.iter().filter(|trip| trip.candidate.pattern == *pattern);
        let direction = scenario.pattern(*pattern).direction;
        let departures: Vec<ServiceTime> = of_pattern().map(|trip| trip.candidate.departure).collect();
        let owed = coverage::shortfalls(&scenario.policy.lines, arrivals, &departures);
        relaxed.extend(owed.into_iter().map(|owed| format!("direction {direction}: {owed}")));
        let wanted: i32 = groups.iter().map(|group| group.passengers).sum();
        let carried: i32 = of_pattern().map(|trip| trip.boardings).sum();
        if carried < wanted {
            relaxed.push(format!("direction {direction}: {} of {wanted} passengers not served", wanted - carried));
        }
    }
    relaxed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::RouteId;
    use crate::scenario::sample;
    use crate::time::Duration;

    /// The least cost over every set of departures of the sample line on a grid of three hours.
    #[test]
    fn the_search_finds_what_trying_all_departures_finds() {
        for (largest_gap, factor) in [(180, 1), (360, 1), (360, 4)] {
            let mut town = sample::small_town();
            town.policy.lines.departure_grid = Duration::from_minutes(180);
            town.policy.lines.largest_gap = Duration::from_minutes(largest_gap);
            town.policy.lines.max_deviation = Duration::from_minutes(180);
            town.policy.lines.unserved_passenger = Fen(15_000);
            town.policy.lines.least_departures = 2;
            town.line_demand.iter_mut().for_each(|demand| demand.passengers *= factor);
            let day = town.day_type(sample::market_day()).expect("a known date");
            let free = SharedFleet::default();
            let line = Line::new(&town, &day, RouteId(0), &free);
            let candidates: Vec<Candidate> =
                line.search_model().departures.iter().map(|&(candidate, _)| candidate).collect();
            assert!((6..=12).contains(&candidates.len()), "{} candidates", candidates.len());
            let of_set = |set: u32| -> Vec<Candidate> {
                (0..candidates.len()).filter(|index| set >> index & 1 == 1).map(|index| candidates[index]).collect()
            };
            // A set that needs more vehicles than there are has no price.
            let prices = (0..1_u32 << candidates.len()).filter_map(|set| line.priced(&of_set(set)).ok());
            let least = prices.map(|priced| priced.cost).min().expect("nothing at all has a price");
            let limits = SearchLimits { seconds: None, nodes: None };
            let first = plan_line(&town, &day, (RouteId(0), &free), limits, StopSignal::NEVER).expect("a plan");
            let plan = improve_line(&town, &day, (&first, &free), limits).expect("a plan");
            let stopped =
                plan_line(&town, &day, (RouteId(0), &free), limits, StopSignal::new(&|| true)).expect("a plan");
            assert!(0 < stopped.lower_bound.0 && stopped.lower_bound.0 <= least, "{stopped:?}, least {least}");
            assert!(stopped.cost.0 >= least && !stopped.trips.is_empty(), "{stopped:?}, least {least}");
            assert!(first.lower_bound.0 <= least && plan.lower_bound.0 <= least, "{plan:?}, least {least}");
            assert!(plan.cost.0 >= least, "cheaper than possible: {plan:?}, least {least}");
            assert!(plan.cost.0 - least <= least / 50, "{plan:?}, least {least}");
        }
    }
}
