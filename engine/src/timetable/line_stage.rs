//! The lines of a date, with the vehicles that runs leave them: prices for the
//! fleet they share, a first plan of each at these prices, then plans that make room for each
//! other, and at last a better bound.
//!
//! Lines are searched in pairs, whatever the number of threads, and a pair sees the plans of the others as they were before it, so
//! that threads have no influence on the result.

use std::sync::{Mutex, PoisonError};

use super::connections::{Transfers, departures_of};
use super::fleet_prices::{FleetPrices, SharedLines};
use super::joint_windows::trade;
use super::line_plan::{LinePlan, SearchLimits, improve_line, plan_line, replan_line};
use super::overloads::{Plans, give_way, overloads};
use super::shared_fleet::{LineFleet, SharedFleet, Usage, add_usage, overload};
use super::stage::{StageFigures, on_threads};
use super::timed_transfers::time_transfers;
use super::{PlanError, PlanOptions, PlanProgress};
use crate::calendar::DayType;
use crate::ids::RouteId;
use crate::plan::StageReport;
use crate::stop_signal::StopSignal;
use crate::units::Fen;

/// A search of one line takes at most this long, so that a stop is obeyed soon. Much shorter searches, which begin anew
/// each time, find less: in slices of 3 s, a minute's plan of the county was a third farther from its bound.
const LONGEST_SEARCH_SECONDS: f64 = 15.0;

/// Lines that are searched at the same time.
const LINES_AT_ONCE: usize = 2;

/// Rounds of the search for prices at most.
const PRICE_ROUNDS: usize = 12;

/// Rounds of making room at most: lines may hand an overload to each other for ever.
const MOST_ROUNDS: usize = 50;

/// A search of some lines together takes this part of the time for all of them, within these limits.
const PART_OF_A_TRADE: f64 = 0.03;
const SHORTEST_TRADE_SECONDS: f64 = 0.6;
const LONGEST_TRADE_SECONDS: f64 = 4.0;

/// Parts of the stage's time after which prices, first plans, better plans, plans that fit together, better ones of these and lines
/// that meet must be there; the rest is for the bound.
const PRICES_BY: f64 = 0.17;
const FIRST_PLANS_BY: f64 = 0.5;
const BETTER_PLANS_BY: f64 = 0.68;
const FITTING_PLANS_BY: f64 = 0.83;
const BEST_PLANS_BY: f64 = 0.84;
const TIMED_BY: f64 = 0.86;

/// The plans by route, and the reports: the whole stage, a part per line, and what those who change lines lose.
pub(super) fn plan_lines(
    fleet: LineFleet,
    day: &DayType,
    (options, seconds_limit): (&PlanOptions, Option<f64>),
    progress: &(dyn Fn(PlanProgress) + Sync),
    stop: StopSignal,
) -> Result<(Vec<LinePlan>, Vec<StageReport>), PlanError> {
    let begun = (options.clock)();
    let until = |part: f64| seconds_limit.map(|limit| begun + limit * part);
    let scenario = fleet.scenario;
    let shared = SharedLines { scenario, fleet, day, options, stop };
    let rounds = if seconds_limit.is_some() { PRICE_ROUNDS } else { PRICE_ROUNDS / 3 };
    let mut prices = shared.prices(rounds, until(PRICES_BY))?;
    let plans = vec![None; scenario.routes.len()];
    let mut search = LineSearch { shared, progress, plans, bound: prices.bound, transfers_seconds: 0.0 };
    search.first_plans(&prices, until(FIRST_PLANS_BY))?;
    search.make_room(until(BETTER_PLANS_BY))?;
    if !prices.fleet.is_free() {
        search.trade(&prices, until(FITTING_PLANS_BY))?;
    }
    search.give_way(until(BEST_PLANS_BY))?;
    search.make_room(until(BEST_PLANS_BY))?;
    // Plans may have taken longer: those who change lines have their part of the time all the same.
    let part = TIMED_BY - BEST_PLANS_BY;
    let end = until(TIMED_BY).map(|end| end.max((options.clock)() + part * seconds_limit.unwrap_or(0.0)));
    search.time_transfers(end)?;
    if !prices.fleet.is_free() && !stop.is_raised() {
        let lines = scenario.routes.len().div_ceil(options.threads.max(1)) as f64;
        let seconds = until(1.0).map(|end| ((end - (options.clock)()) / lines).clamp(0.0, LONGEST_SEARCH_SECONDS));
        if seconds.is_none_or(|seconds| seconds >= 0.5) {
            search.shared.lift(&mut prices, SearchLimits { seconds, nodes: options.node_limit })?;
        }
    }
    let seconds = (options.clock)() - begun;
    Ok(search.results(&prices, seconds))
}

/// Changes plans of several lines for the sake of all of them, until it is over.
type ChangePlans<'a> = dyn Fn(&SharedLines, &mut Plans, &(dyn Fn() -> bool + Sync)) -> Result<(), PlanError> + 'a;

/// A line's plan, and the seconds spent on it.
type Searched = Option<(LinePlan, f64)>;

/// The plans as far as they are.
struct LineSearch<'a> {
    shared: SharedLines<'a>,
    progress: &'a (dyn Fn(PlanProgress) + Sync),
    /// By route.
    plans: Vec<Searched>,
    /// For all lines together.
    bound: i64,
    /// Spent on those who change lines.
    transfers_seconds: f64,
}

impl LineSearch<'_> {
    /// Plans every line at the prices.
    fn first_plans(&mut self, prices: &FleetPrices, end: Option<f64>) -> Result<(), PlanError> {
        let all: Vec<usize> = (0..self.plans.len()).collect();
        let fleet_of = |_: &Self, _: usize| prices.fleet.clone();
        self.search(&all, end, &fleet_of)
    }

    /// Searches lines again, those first that take vehicles the others need or are farthest from their bounds, each beside the plans
    /// of the others. Without a clock one round is all.
    fn make_room(&mut self, end: Option<f64>) -> Result<(), PlanError> {
        let options = self.shared.options;
        for _ in 0..MOST_ROUNDS {
            let order = self.lines_to_search();
            let before = self.plans.iter().map(cost_and_bound).collect::<Vec<_>>();
            let is_over = self.shared.stop.is_raised() || end.is_some_and(|end| (options.clock)() + 1.0 > end);
            if order.is_empty() || is_over {
                return Ok(());
            }
            self.search(&order, end, &|search, line| search.fleet_beside(line))?;
            let is_done = self.plans.iter().map(cost_and_bound).eq(before);
            if end.is_none() || is_done {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The plans without the seconds spent on them.
    fn found(&self) -> Vec<Option<LinePlan>> {
        self.plans.iter().map(|searched| searched.as_ref().map(|(plan, _)| plan.clone())).collect()
    }

    /// Searches some lines together wherever vehicles are short.
    fn trade(&mut self, prices: &FleetPrices, end: Option<f64>) -> Result<(), PlanError> {
        let nodes = self.shared.options.node_limit;
        let seconds = end.map(|end| end - (self.shared.options.clock)());
        let seconds =
            seconds.map(|seconds| (seconds * PART_OF_A_TRADE).clamp(SHORTEST_TRADE_SECONDS, LONGEST_TRADE_SECONDS));
        self.change_together(end, &|shared, plans, is_over| {
            trade(shared, plans, (&prices.wanted, SearchLimits { seconds, nodes }), is_over)
        })
    }

    /// Changes departures until lines have all the vehicles they want, as far as that can be.
    fn give_way(&mut self, end: Option<f64>) -> Result<(), PlanError> {
        self.change_together(end, &give_way)
    }

    /// Moves departures so that lines meet where people change.
    fn time_transfers(&mut self, end: Option<f64>) -> Result<(), PlanError> {
        let clock = self.shared.options.clock;
        let begun = clock();
        self.change_together(end, &time_transfers)?;
        self.transfers_seconds = clock() - begun;
        Ok(())
    }

    fn change_together(&mut self, end: Option<f64>, change: &ChangePlans) -> Result<(), PlanError> {
        let SharedLines { options, stop, .. } = self.shared;
        let mut plans = self.found();
        let is_over = || stop.is_raised() || end.is_some_and(|end| (options.clock)() > end);
        change(&self.shared, &mut plans, &is_over)?;
        for (searched, plan) in self.plans.iter_mut().zip(plans) {
            if let (Some((searched, _)), Some(plan)) = (searched, plan) {
                *searched = plan;
            }
        }
        Ok(())
    }

    /// Searches lines pair by pair, each line with what it sees of the fleet.
    fn search(
        &mut self,
        order: &[usize],
        end: Option<f64>,
        fleet_of: &dyn Fn(&Self, usize) -> SharedFleet,
    ) -> Result<(), PlanError> {
        for (position, pair) in order.chunks(LINES_AT_ONCE).enumerate() {
            let SharedLines { scenario, day, options, stop, .. } = self.shared;
            let fleets: Vec<SharedFleet> = pair.iter().map(|&line| fleet_of(self, line)).collect();
            let pairs_left = (order.len() - position * LINES_AT_ONCE).div_ceil(LINES_AT_ONCE) as f64;
            let one_after_the_other = LINES_AT_ONCE.div_ceil(options.threads.max(1)) as f64;
            let found: Vec<Mutex<Searched>> = pair.iter().map(|&line| Mutex::new(self.plans[line].clone())).collect();
            let positions: Vec<usize> = (0..pair.len()).collect();
            let search_begun = (options.clock)();
            let seconds = end.map(|end| {
                ((end - search_begun) / pairs_left / one_after_the_other).clamp(0.0, LONGEST_SEARCH_SECONDS)
            });
            let work = |position: usize| -> Result<(), PlanError> {
                let begun = (options.clock)();
                let limits = SearchLimits { seconds, nodes: options.node_limit };
                let (route, fleet) = (RouteId::from_index(pair[position]), &fleets[position]);
                let mut slot = found[position].lock().unwrap_or_else(PoisonError::into_inner);
                let plan = match slot.as_ref() {
                    None => plan_line(scenario, day, (route, fleet), limits, stop)?,
                    Some((plan, _)) if stop.is_raised() || seconds.is_some_and(|seconds| seconds < 0.5) => plan.clone(),
                    Some((plan, _)) if plan.charge(scenario, fleet) > 0 => {
                        replan_line(scenario, day, (plan, fleet), limits, stop)?
                    }
                    Some((plan, _)) => improve_line(scenario, day, (plan, fleet), limits)?,
                };
                let before = slot.as_ref().map_or(0.0, |(_, seconds)| *seconds);
                *slot = Some((plan, before + (options.clock)() - begun));
                Ok(())
            };
            on_threads(options.threads, &positions, &work)?;
            for (&line, slot) in pair.iter().zip(found) {
                self.plans[line] = slot.into_inner().unwrap_or_else(PoisonError::into_inner);
                self.tell(&scenario.routes[line].code);
            }
        }
        Ok(())
    }

    fn tell(&self, part: &str) {
        let done = self.plans.iter().flatten().count();
        let cost = self.plans.iter().flatten().map(|(plan, _)| plan.cost).sum();
        let (stage, part, total) = ("lines".to_owned(), part.to_owned(), self.plans.len());
        (self.progress)(PlanProgress { stage, part, done, total, cost, lower_bound: Fen(self.bound) });
    }

    /// Vehicles on trips of these lines.
    fn usage(&self, is_counted: impl Fn(usize) -> bool) -> Usage {
        let mut usage = Usage::new();
        let plans = self.plans.iter().enumerate().filter(|&(line, _)| is_counted(line));
        for (plan, _) in plans.filter_map(|(_, plan)| plan.as_ref()) {
            add_usage(&mut usage, self.shared.scenario, plan.trips.iter().map(|trip| (trip.candidate, 1.0)));
        }
        usage
    }

    /// What is left to a line; all of the fleet where that is enough. Where all lines together take too much, each may keep its
    /// part of what there is.
    fn fleet_beside(&self, line: usize) -> SharedFleet {
        let fleet = self.shared.fleet;
        let (others, own) = (self.usage(|other| other != line), self.usage(|other| other == line));
        let mut left = fleet.left_by(&others);
        for (&moment, &used) in &own {
            let (vehicles, all) = (fleet.vehicles(moment) as f64, used + others.get(&moment).unwrap_or(&0.0));
            if all > vehicles {
                left.insert(moment, (used * vehicles / all).round() as i64);
            }
        }
        let is_short = left.iter().any(|(moment, &left)| own.get(moment).copied().unwrap_or(0.0) + 1.0 > left as f64);
        if is_short { SharedFleet { left, ..SharedFleet::default() } } else { SharedFleet::default() }
    }

    /// Lines whose plans take too much of the fleet or are far from their bounds, the worst first.
    fn lines_to_search(&self) -> Vec<usize> {
        let scenario = self.shared.scenario;
        let mut worst: Vec<(i64, usize)> = Vec::new();
        for (line, searched) in self.plans.iter().enumerate() {
            let Some((plan, _)) = searched else { continue };
            let beside = self.fleet_beside(line);
            let charge = plan.charge(scenario, &beside);
            if charge > 0 || !plan.is_good_enough() {
                worst.push((charge + plan.cost.0 - plan.lower_bound.0, line));
            }
        }
        worst.sort_by_key(|&(worth, line)| (std::cmp::Reverse(worth), line));
        worst.into_iter().map(|(_, line)| line).collect()
    }

    fn results(self, prices: &FleetPrices, seconds: f64) -> (Vec<LinePlan>, Vec<StageReport>) {
        let scenario = self.shared.scenario;
        let beyond = overloads(self.shared.fleet, &self.found());
        let (missing, most_missing) = (beyond.values().sum::<i64>(), beyond.values().copied().max().unwrap_or(0));
        let (mut found, mut parts) = (Vec::new(), Vec::new());
        let (mut cost, mut alone) = (Fen(0), Fen(0));
        for (line, searched) in self.plans.into_iter().enumerate() {
            let Some((plan, seconds)) = searched else { continue };
            let part = scenario.routes[line].code.clone();
            let known = Fen(prices.bound_alone.get(line).copied().unwrap_or(0));
            let figures = StageFigures { cost: plan.cost, lower_bound: plan.lower_bound.max(known), seconds };
            parts.push(figures.report("lines", part, plan.relaxed.clone()));
            cost += plan.cost;
            alone += figures.lower_bound.min(plan.cost);
            found.push(plan);
        }
        let of_parts = parts.iter().flat_map(|part| {
            let of_line = move |text: &String| format!("line {}, {text}", part.part);
            part.relaxed.iter().map(of_line)
        });
        let mut relaxed: Vec<String> = of_parts.collect();
        if most_missing > 0 {
            relaxed.push(format!("at some time {most_missing} vehicles more would be needed than there are"));
        }
        let lower_bound = alone.max(Fen(prices.bound));
        let cost = cost + Fen(overload(scenario) * missing);
        let whole = StageFigures { cost, lower_bound, seconds }.report("lines", String::new(), relaxed);
        let transfers = of_transfers(&self.shared, &found, self.transfers_seconds);
        (found, std::iter::once(whole).chain(parts).chain(transfers).collect())
    }
}

/// What those who change lines lose, a stage of its own in reports: its bound is far weaker than that of lines. Nothing where nobody
/// changes.
fn of_transfers(shared: &SharedLines, plans: &[LinePlan], seconds: f64) -> Option<StageReport> {
    let transfers = Transfers::of_day(shared.scenario, shared.day);
    if transfers.is_empty() {
        return None;
    }
    let trips = plans.iter().flat_map(|plan| &plan.trips).map(|trip| trip.candidate);
    let departures = departures_of(shared.scenario, trips);
    let (changing, missing) = transfers.passengers(&departures);
    let wait = shared.scenario.policy.lines.longest_transfer_wait;
    let said = format!("{missing} of {changing} passengers who change lines find no bus within {wait}");
    let relaxed = if missing > 0 { vec![said] } else { Vec::new() };
    let cost = Fen(transfers.cost(&departures));
    let figures = StageFigures { cost, lower_bound: Fen(transfers.least_cost()), seconds };
    Some(figures.report("transfers", String::new(), relaxed))
}

fn cost_and_bound(searched: &Searched) -> (Fen, Fen) {
    searched.as_ref().map_or((Fen(0), Fen(0)), |(plan, _)| (plan.cost, plan.lower_bound))
}
