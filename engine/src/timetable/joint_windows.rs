//! Some lines together, in a part of the day: so that one gives way where it costs least and another gains by it.
//!
//! Where every vehicle is taken, a line by itself can only make better use of its own. Here a program has the departures of two lines
//! within a window, and what the other lines leave; departures outside are pinned, and within the window only those are open that are
//! made, that lie beside one that is made, or that the relaxation makes at the prices of the fleet. Which lines and which windows
//! changes from one program to the next.
//!
//! Two groups of lines are searched at the same time, whatever the number of threads, and each may use half of what is free, so that
//! what both find fits together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::PlanError;
use super::fleet_prices::SharedLines;
use super::line_model::{Candidate, LineModel};
use super::line_plan::{Line, LinePlan, SearchLimits, chosen, pin};
use super::mip::{Column, Limits, Mip};
use super::overloads::{Plans, used};
use super::shared_fleet::{Moment, SharedFleet, Usage, add_usage, moment_time, moments, overload};
use super::stage::on_threads;
use crate::ids::RouteId;
use crate::time::{Duration, ServiceTime, TimeWindow};

/// Lines that are searched together.
const LINES_TOGETHER: usize = 2;

/// Groups of lines that are searched at the same time.
const GROUPS_AT_ONCE: usize = 2;

/// A program is done when at most so much of its lines' cost could be saved.
const GOOD_ENOUGH_GAP: f64 = 0.0005;

/// In each round every line is in one group; at most so many with a clock, and so many without.
const MOST_ROUNDS: usize = 200;
const ROUNDS_BY_WORK: usize = 2;

/// The windows of a round begin within this part of the day …
const FIRST_WINDOW: ServiceTime = ServiceTime::hm(4, 30);
const LAST_WINDOW: ServiceTime = ServiceTime::hm(20, 0);

/// … and those of the next rounds so much later, in turn.
const ROUNDS_APART: Duration = Duration::from_minutes(30);
const TURNS: usize = 3;

/// Searches lines together until it is over; plans never become dearer all together, with what vehicles beyond the fleet cost.
///
/// `wanted` are each line's departures that the relaxation makes; `limits` are those of one program.
pub(super) fn trade(
    shared: &SharedLines,
    plans: &mut Plans,
    (wanted, limits): (&[BTreeSet<Candidate>], SearchLimits),
    is_over: &(dyn Fn() -> bool + Sync),
) -> Result<(), PlanError> {
    let free = SharedFleet::default();
    let line = |(index, plan): (usize, &Option<LinePlan>)| {
        let wanted = wanted.get(index).cloned().unwrap_or_default();
        SearchedLine::new(shared, &free, RouteId::from_index(index), (plan.as_ref()?, wanted))
    };
    let mut lines: Vec<Option<SearchedLine>> = plans.iter().enumerate().map(line).collect();
    let mut dice = ChaCha8Rng::seed_from_u64(1);
    let mut lengths = WindowLengths::default();
    let rounds = if limits.seconds.is_some() { MOST_ROUNDS } else { ROUNDS_BY_WORK };
    for round in 0..rounds {
        let mut order: Vec<usize> = (0..plans.len()).filter(|&line| lines[line].is_some()).collect();
        order.shuffle(&mut dice);
        let groups: Vec<&[usize]> = order.chunks(LINES_TOGETHER).collect();
        let later = Duration::from_seconds((round % TURNS) as i32 * ROUNDS_APART.seconds());
        let windows = windows(shared, plans, lengths.of_day(FIRST_WINDOW + later), round);
        for at_once in groups.chunks(GROUPS_AT_ONCE) {
            for &window in &windows {
                if is_over() {
                    return Ok(());
                }
                let is_done = search(shared, (plans, &mut lines), (at_once, window), limits)?;
                lengths.learn(window, is_done);
            }
        }
    }
    Ok(())
}

/// Those in which all vehicles of a type are under way at some time come first; the first round has no others, if there are any.
fn windows(shared: &SharedLines, plans: &Plans, of_day: Vec<TimeWindow>, round: usize) -> Vec<TimeWindow> {
    let usage = used(shared.fleet, plans);
    let is_short = |window: &TimeWindow| {
        let is_taken = |(&moment, &used): (&Moment, &f64)| {
            window.contains(moment_time(moment)) && used >= shared.fleet.vehicles(moment) as f64
        };
        usage.iter().any(is_taken)
    };
    let (short, rest): (Vec<TimeWindow>, Vec<TimeWindow>) = of_day.into_iter().partition(is_short);
    if round == 0 && !short.is_empty() { short } else { [short, rest].concat() }
}

/// How long a window is, by the hour in which it begins: as long as programs are done in their time.
struct WindowLengths {
    minutes: BTreeMap<i32, f64>,
}

impl Default for WindowLengths {
    fn default() -> Self {
        Self { minutes: (0..=LAST_WINDOW.seconds() / 3_600).map(|hour| (hour, Self::FIRST)).collect() }
    }
}

impl WindowLengths {
    const FIRST: f64 = 90.0;
    const SHORTEST: f64 = 45.0;
    const LONGEST: f64 = 480.0;
    const STEP: f64 = 1.1;

    /// Windows from then on, each beginning in the middle of the one before.
    fn of_day(&self, first: ServiceTime) -> Vec<TimeWindow> {
        let window = |begin: ServiceTime| {
            let minutes = self.minutes.get(&(begin.seconds() / 3_600)).copied().unwrap_or(Self::FIRST);
            TimeWindow::new(begin, begin + Duration::from_minutes(minutes as i32))
        };
        let next = |last: &TimeWindow| {
            let half = Duration::from_seconds((last.latest - last.earliest).seconds() / 2);
            (last.earliest + half <= LAST_WINDOW).then(|| window(last.earliest + half))
        };
        std::iter::successors(Some(window(first)), next).collect()
    }

    fn learn(&mut self, window: TimeWindow, is_done: bool) {
        if let Some(minutes) = self.minutes.get_mut(&(window.earliest.seconds() / 3_600)) {
            let factor = if is_done { Self::STEP } else { 1.0 / Self::STEP };
            *minutes = (*minutes * factor).clamp(Self::SHORTEST, Self::LONGEST);
        }
    }
}

/// A line with its plan as a solution of its model.
struct SearchedLine<'a> {
    line: Line<'a>,
    model: LineModel<'a>,
    /// What the relaxation makes at the prices of the fleet.
    wanted: BTreeSet<Candidate>,
    values: Vec<f64>,
    plan: LinePlan,
}

impl<'a> SearchedLine<'a> {
    /// `None` if the model can't make the plan.
    fn new(
        shared: &SharedLines<'a>,
        free: &'a SharedFleet,
        route: RouteId,
        (plan, wanted): (&LinePlan, BTreeSet<Candidate>),
    ) -> Option<Self> {
        let line = Line::new(shared.scenario, shared.day, route, free);
        let model = line.search_model();
        let departures: Vec<Candidate> = plan.trips.iter().map(|trip| trip.candidate).collect();
        let values = pin(&model, &departures).values?;
        Some(Self { line, model, wanted, values, plan: plan.clone() })
    }

    /// Departures that are made now.
    fn made(&self) -> Vec<Candidate> {
        chosen(&self.model, &self.values)
    }
}

/// A line with better departures.
struct Better {
    line: usize,
    values: Vec<f64>,
    plan: LinePlan,
}

/// Searches some groups in the same window, and keeps what is better. Is nothing left to be found there?
fn search(
    shared: &SharedLines,
    (plans, lines): (&mut Plans, &mut [Option<SearchedLine>]),
    (groups, window): (&[&[usize]], TimeWindow),
    limits: SearchLimits,
) -> Result<bool, PlanError> {
    let usage = used(shared.fleet, plans);
    let found: Vec<Mutex<(bool, Vec<Better>)>> = groups.iter().map(|_| Mutex::default()).collect();
    let all: Vec<usize> = (0..groups.len()).collect();
    let known = &*lines;
    let search = |index: usize| -> Result<(), PlanError> {
        let of_group = groups[index].iter().filter_map(|&line| Some((line, known[line].as_ref()?)));
        let group = Group { shared, lines: of_group.collect(), usage: &usage, part: (index, groups.len()) };
        *found[index].lock().unwrap_or_else(PoisonError::into_inner) = group.search(window, limits)?;
        Ok(())
    };
    on_threads(shared.options.threads, &all, &search)?;
    let mut all_done = true;
    for slot in found {
        let (is_done, better) = slot.into_inner().unwrap_or_else(PoisonError::into_inner);
        all_done &= is_done;
        for Better { line, values, plan } in better {
            if let Some(searched) = &mut lines[line] {
                (searched.values, searched.plan) = (values, plan.clone());
            }
            plans[line] = Some(plan);
        }
    }
    Ok(all_done)
}

/// Lines that are searched together, with what they see of the fleet.
struct Group<'a> {
    shared: &'a SharedLines<'a>,
    lines: Vec<(usize, &'a SearchedLine<'a>)>,
    /// Of all lines, as they are.
    usage: &'a Usage,
    /// Which of how many groups it is that share what is free.
    part: (usize, usize),
}

impl Group<'_> {
    /// Vehicles that the group may use, when it uses so many now: of what is free, or too much, it has its part.
    fn left(&self, moment: Moment, own: f64) -> f64 {
        let free = self.shared.fleet.vehicles(moment) as f64 - self.usage.get(&moment).copied().unwrap_or(0.0);
        let (index, groups) = self.part;
        own + ((free + (groups - 1 - index) as f64) / groups as f64).floor()
    }

    fn usage(&self, departures: impl Iterator<Item = Candidate>) -> Usage {
        let mut usage = Usage::new();
        add_usage(&mut usage, self.shared.scenario, departures.map(|candidate| (candidate, 1.0)));
        usage
    }

    /// Whether the program is done, and the lines with better departures.
    fn search(&self, window: TimeWindow, limits: SearchLimits) -> Result<(bool, Vec<Better>), PlanError> {
        let own = self.usage(self.lines.iter().flat_map(|(_, line)| line.made()));
        let (mip, offsets, start) = self.program(window, &own);
        let limits = Limits { seconds: limits.seconds, nodes: limits.nodes, gap: GOOD_ENOUGH_GAP, target: None };
        let outcome = mip.solve(limits, Some(&start));
        let values = outcome.values.filter(|values| mip.worth(values) + 0.5 < mip.worth(&start));
        let Some(values) = values else { return Ok((outcome.is_done, Vec::new())) };
        let mut better = Vec::new();
        for (&(index, searched), offset) in self.lines.iter().zip(offsets) {
            let values = values[offset..offset + searched.values.len()].to_vec();
            let priced = searched.line.priced(&chosen(&searched.model, &values))?;
            better.push(Better { line: index, values, plan: searched.line.plan(priced, searched.plan.lower_bound.0) });
        }
        Ok((outcome.is_done, if self.saved(&own, &better) > 0 { better } else { Vec::new() }))
    }

    /// What is saved, when whole passengers and all seats are counted.
    fn saved(&self, own: &Usage, better: &[Better]) -> i64 {
        let of_line = |((_, line), better): (&(usize, &SearchedLine), &Better)| line.plan.cost.0 - better.plan.cost.0;
        let saved: i64 = self.lines.iter().zip(better).map(of_line).sum();
        let trips = better.iter().flat_map(|better| &better.plan.trips).map(|trip| trip.candidate);
        let now = self.usage(trips);
        let beyond = |usage: &Usage| -> i64 {
            let more = |(&moment, &used): (&Moment, &f64)| {
                (used - self.left(moment, own.get(&moment).copied().unwrap_or(0.0))).max(0.0) as i64
            };
            usage.iter().map(more).sum()
        };
        saved + overload(self.shared.scenario) * (beyond(own) - beyond(&now))
    }

    /// The lines' programs side by side, where the columns of each begin, and the departures as they are.
    fn program(&self, window: TimeWindow, own: &Usage) -> (Mip, Vec<usize>, Vec<f64>) {
        let scenario = self.shared.scenario;
        let (mut mip, mut offsets, mut start) = (Mip::default(), Vec::new(), Vec::new());
        let mut at_moment: BTreeMap<Moment, Vec<(Column, f64)>> = BTreeMap::new();
        for (_, line) in &self.lines {
            let offset = mip.append(&line.model.mip);
            let made: BTreeSet<Candidate> = line.made().into_iter().collect();
            let step = scenario.policy.lines.departure_grid;
            let is_near = |candidate: Candidate| {
                made.iter().any(|other| {
                    let apart = (other.departure - candidate.departure).seconds().abs();
                    other.pattern == candidate.pattern && apart <= step.seconds()
                })
            };
            for &(candidate, column) in &line.model.departures {
                let is_made = made.contains(&candidate);
                let is_open =
                    window.contains(candidate.departure) && (line.wanted.contains(&candidate) || is_near(candidate));
                let column = column.later(offset);
                if !is_open {
                    mip.fix(column, if is_made { 1.0 } else { 0.0 });
                }
                if is_open || is_made {
                    for moment in moments(scenario, candidate) {
                        at_moment.entry(moment).or_default().push((column, 1.0));
                    }
                }
            }
            offsets.push(offset);
            start.extend(&line.values);
        }
        for (moment, mut terms) in at_moment {
            let used = own.get(&moment).copied().unwrap_or(0.0);
            let left = self.left(moment, used);
            terms.push((mip.column(overload(scenario), 0.0, f64::INFINITY, false), -1.0));
            start.push((used - left).max(0.0));
            mip.row(f64::NEG_INFINITY, left, terms);
        }
        (mip, offsets, start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Scenario, sample};
    use crate::stop_signal::StopSignal;
    use crate::timetable::line_plan::{plan_line, with_departures};
    use crate::timetable::overloads::overloads;
    use crate::timetable::shared_fleet::LineFleet;
    use crate::timetable::{PlanOptions, line_plan};
    use rand::Rng;

    /// Two lines that share two buses, with random demand.
    fn town(seed: u64) -> Scenario {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let mut town = sample::with_second_line();
        for demand in &mut town.line_demand {
            demand.passengers = dice.random_range(0..20);
            demand.wanted_boarding = ServiceTime::hm(dice.random_range(6..19), dice.random_range(0..60));
        }
        town
    }

    /// Both lines planned as if each had the fleet for itself, then together: what all costs before and after, and the plans.
    fn traded(town: &Scenario, threads: usize) -> ([i64; 2], Vec<Option<LinePlan>>) {
        let day = town.day_type(sample::market_day()).expect("a known date");
        let (taken, options) = (BTreeMap::new(), PlanOptions { threads, ..PlanOptions::default() });
        let fleet = LineFleet { scenario: town, taken: &taken };
        let shared = SharedLines { scenario: town, fleet, day: &day, options: &options, stop: StopSignal::NEVER };
        let limits = SearchLimits { seconds: None, nodes: Some(60) };
        let alone = |index: usize| {
            let line = (RouteId::from_index(index), &SharedFleet::default());
            Some(plan_line(town, &day, line, limits, StopSignal::NEVER).expect("a plan"))
        };
        let mut plans: Vec<Option<LinePlan>> = (0..town.routes.len()).map(alone).collect();
        let cost = |plans: &Plans| {
            let of_lines: i64 = plans.iter().flatten().map(|plan| plan.cost.0).sum();
            of_lines + overload(town) * overloads(fleet, plans).values().sum::<i64>()
        };
        let before = cost(&plans);
        let wanted = vec![BTreeSet::new(); plans.len()];
        trade(&shared, &mut plans, (&wanted, limits), &|| false).expect("no defect");
        for plan in plans.iter().flatten() {
            let departures: Vec<Candidate> = plan.trips.iter().map(|trip| trip.candidate).collect();
            let recounted = with_departures((town, &day), plan, &departures).expect("it can be made");
            assert_eq!(recounted.cost, plan.cost, "{plan:?}");
            assert!(plan.lower_bound <= plan.cost, "{plan:?}");
        }
        ([before, cost(&plans)], plans)
    }

    #[test]
    fn lines_that_want_more_buses_than_there_are_give_way_and_cost_less_all_together() {
        let mut relieved = 0;
        for seed in 0..12 {
            let ([before, after], plans) = traded(&town(seed), 2);
            assert!(after <= before, "seed {seed}: {before} became {after}");
            relieved += i32::from(after < before);
            let trips: usize = plans.iter().flatten().map(|plan: &line_plan::LinePlan| plan.trips.len()).sum();
            assert!(trips >= 12, "seed {seed}: {trips} trips");
        }
        assert!(relieved >= 4, "{relieved} of 12");
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        for seed in 0..3 {
            assert_eq!(traded(&town(seed), 1), traded(&town(seed), 2), "seed {seed}");
        }
    }

    /// Windows of the day when those that begin in these hours were so often done, or not done, in their time.
    fn check(done: &[(i32, bool)], expected: &[(i32, i32)]) {
        let mut lengths = WindowLengths::default();
        let window = |hour: i32| TimeWindow::new(ServiceTime::hm(hour, 0), ServiceTime::hm(hour + 1, 30));
        done.iter().for_each(|&(hour, is_done)| lengths.learn(window(hour), is_done));
        let first: Vec<(i32, i32)> = lengths
            .of_day(ServiceTime::hm(18, 0))
            .iter()
            .map(|window| (window.earliest.seconds() / 60 - 18 * 60, window.length().seconds() / 60))
            .collect();
        assert_eq!(first, expected, "{done:?}");
    }

    #[test]
    fn windows_overlap_by_half_and_grow_where_programs_are_done_in_time() {
        check(&[], &[(0, 90), (45, 90), (90, 90)]);
        check(&[(18, true)], &[(0, 99), (49, 99), (99, 90)]);
        check(&[(19, false)], &[(0, 90), (45, 90), (90, 81)]);
    }
}
