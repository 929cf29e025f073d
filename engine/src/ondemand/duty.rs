//! Breaks, driving hours and waiting with passengers on board: the exact test of a sequence of stops.
//!
//! What is owed here takes choices that no system of differences between visits can express: *where* a break or a rest is taken.
//! Windows, rides and durations alone are therefore tested first (`separations`): without them there is no schedule with breaks
//! either. What survives comes here, where every choice of places is tried in a fixed order until a schedule exists:
//!
//! 1. every break is put before leaving, after the return, or on a leg without passengers, behind the stop before or in front of the
//!    stop after it, in the order of the rules;
//! 2. the driving between two rests is cut by further rests wherever it is too long, or could be too long at night;
//! 3. with all of them in place, `schedule` tells whether there is a least schedule.
//!
//! More standing never makes a schedule possible nor any begin earlier, so that what has none already, or is no earlier than the best
//! found, is not gone into any deeper.

use super::schedule::{Node, driving_time, least_schedule};
use super::specs::{ContinuousDriving, DutyRules};
use crate::ids::PlaceId;
use crate::network::TravelTimes;
use crate::time::{Duration, TimeWindow};

/// The driver stands without passengers and without boarding: a break or a rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    /// So many nodes of the route, depots included, come before.
    pub after_nodes: usize,
    /// Where the vehicle stands …
    pub place: PlaceId,
    /// … which is where it makes the next stop, if not the one before.
    pub is_behind_leg: bool,
    pub begin: i64,
    pub end: i64,
}

/// Which schedule is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// Any at all, to know whether there is one.
    Any,
    /// The one whose begins at stops add up to least; of equal ones the one that returns first, then the first found.
    Earliest,
}

/// The least schedule for its places of breaks and rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DutySchedule {
    /// By node of the route.
    pub begins: Vec<i64>,
    pub rests: Vec<Rest>,
}

/// A schedule that keeps the rules, if there is one. `riders` says for every node whether passengers are on board when the vehicle
/// leaves it.
pub(super) fn schedule(
    travel: &TravelTimes,
    rules: &DutyRules,
    nodes: &[Node],
    riders: &[bool],
    goal: Goal,
) -> Option<DutySchedule> {
    let driving: i64 = nodes.windows(2).map(|leg| driving_time(travel, &leg[0], &leg[1])).sum();
    if rules.max_driving.is_some_and(|limit| driving > i64::from(limit.seconds())) {
        return None;
    }
    let (steps, step_of, begin) = (Vec::new(), Vec::new(), Vec::new());
    let mut search = Search { travel, rules, goal, best: None, route: nodes, steps, nodes: Vec::new(), step_of, begin };
    for (index, (&node, &rider)) in nodes.iter().zip(riders).enumerate() {
        let waits = index > 0 && riders[index - 1];
        let max_wait = rules.max_waiting_aboard.filter(|_| waits).map(|wait| i64::from(wait.seconds()));
        search.steps.push(Step { node: Node { max_wait, ..node }, visit: Some(index), rider, is_rest: false });
    }
    if search.fits() {
        search.place_breaks(0, 0);
    }
    search.best.map(|(_, schedule)| schedule)
}

/// A node of the route, or a break or rest put between two of them.
#[derive(Clone, Copy)]
struct Step {
    /// Its limit names a node of the route, not a step.
    node: Node,
    /// Which node of the route it is; none where the driver stands.
    visit: Option<usize>,
    /// Passengers are on board on leaving it.
    rider: bool,
    /// The driver stands for the length of a rest.
    is_rest: bool,
}

struct Search<'a> {
    travel: &'a TravelTimes,
    rules: &'a DutyRules,
    goal: Goal,
    /// The best schedule so far, and how late it is.
    best: Option<((i64, i64), DutySchedule)>,
    route: &'a [Node],
    steps: Vec<Step>,
    /// Memory for the steps' nodes.
    nodes: Vec<Node>,
    /// By visit: its step.
    step_of: Vec<u32>,
    /// Of the steps, when they were last tested.
    begin: Vec<i64>,
}

impl Search<'_> {
    /// Is there a schedule of the present steps that could become the best?
    fn fits(&mut self) -> bool {
        self.nodes.clear();
        self.step_of.clear();
        for step in &self.steps {
            // Limits reach back to visits that are known by then.
            let limit = step.node.limit.map(|(visit, limit)| (self.step_of[visit as usize], limit));
            if step.visit.is_some() {
                self.step_of.push(self.nodes.len() as u32);
            }
            self.nodes.push(Node { limit, ..step.node });
        }
        least_schedule(self.travel, &self.nodes, &mut self.begin)
            && self.best.as_ref().is_none_or(|(best, _)| self.lateness() < *best)
    }

    /// How late the present schedule is: the begins at all stops, then the return.
    fn lateness(&self) -> (i64, i64) {
        let depots = [Some(0), Some(self.route.len() - 1)];
        let visits = self.steps.iter().zip(&self.begin).filter(|(step, _)| step.visit.is_some());
        let stops = visits.clone().filter(|(step, _)| !depots.contains(&step.visit));
        (stops.map(|(_, begin)| begin).sum(), visits.map(|(_, &begin)| begin).next_back().unwrap_or_default())
    }

    /// The steps have all that is owed, and a schedule that is the best so far; true if that is enough.
    fn found(&mut self) -> bool {
        self.best = Some((self.lateness(), self.result()));
        self.goal == Goal::Any
    }

    /// Puts this break and all behind it at or after a gap between steps, then divides the driving; true once the search is over.
    fn place_breaks(&mut self, next: usize, from: usize) -> bool {
        let Some(spec) = self.rules.breaks.get(next).copied() else { return self.divide(0) };
        let is_rest = self.rules.continuous_driving.is_some_and(|rule| spec.duration >= rule.rest);
        for gap in from..=self.steps.len() {
            for place in self.places_at(gap) {
                let stand = self.standing(place, Some(spec.window), spec.duration, is_rest);
                self.steps.insert(gap, stand);
                if self.fits() && self.place_breaks(next + 1, gap + 1) {
                    return true;
                }
                self.steps.remove(gap);
            }
        }
        false
    }

    /// Where the vehicle may stand between two steps, or before or behind all: not with passengers on board. To stand in a depot
    /// after leaving or before the return is never better than before or after that.
    fn places_at(&self, gap: usize) -> impl Iterator<Item = PlaceId> + use<> {
        let previous = gap.checked_sub(1).map(|previous| &self.steps[previous]);
        let next = self.steps.get(gap);
        let is_home = |step: &Step, depot: usize| step.visit == Some(depot);
        let (place_before, place_behind) = match (previous, next) {
            (Some(previous), Some(_)) if previous.rider => (None, None),
            (Some(previous), Some(next)) => {
                let before = (!is_home(previous, 0)).then_some(previous.node.place);
                (before, (!is_home(next, self.route.len() - 1)).then_some(next.node.place))
            }
            (previous, next) => (previous.map(|step| step.node.place), next.map(|step| step.node.place)),
        };
        let place_behind = place_behind.filter(|_| place_before != place_behind);
        place_before.into_iter().chain(place_behind)
    }

    fn standing(&self, place: PlaceId, window: Option<TimeWindow>, length: Duration, is_rest: bool) -> Step {
        let length = i64::from(length.seconds());
        let (mut earliest, mut latest) = (self.route[0].earliest, self.route[self.route.len() - 1].latest - length);
        if let Some(window) = window {
            earliest = earliest.max(i64::from(window.earliest.seconds()));
            latest = latest.min(i64::from(window.latest.seconds()));
        }
        let node = Node { place, earliest, latest, service: length, limit: None, max_wait: None };
        Step { node, visit: None, rider: false, is_rest }
    }

    /// Divides the driving behind this step (the start, or a rest) by rests until no stretch of it is too long; true once the search
    /// is over.
    fn divide(&mut self, from: usize) -> bool {
        // Whoever comes here has just found that the steps fit.
        let Some(rule) = self.rules.continuous_driving else { return self.found() };
        let (limit, night_limit) = (i64::from(rule.limit.seconds()), i64::from(rule.night_limit.seconds()));
        let last = self.steps.len() - 1;
        let end = (from + 1..last).find(|&step| self.steps[step].is_rest).unwrap_or(last);
        let driven = self.driven(from, end);
        let total = driven[end - from];
        if total <= limit && self.accept(rule, (from, end), total) {
            return true;
        }
        if total <= night_limit {
            return false;
        }
        for gap in (from + 1..=end).rev() {
            for place in self.places_at(gap) {
                // In front of the leg or behind it.
                let is_behind = place != self.steps[gap - 1].node.place;
                let before = driven[if is_behind { gap } else { gap - 1 } - from];
                if before == 0 || before > limit || before == total {
                    continue;
                }
                let stand = self.standing(place, None, rule.rest, true);
                self.steps.insert(gap, stand);
                if self.accept(rule, (from, gap), before) {
                    return true;
                }
                self.steps.remove(gap);
            }
        }
        false
    }

    /// Leaves a stretch as it is: by day, if it is too long for the night. Then goes on behind it.
    fn accept(&mut self, rule: ContinuousDriving, (from, end): (usize, usize), total: i64) -> bool {
        let is_long = total > i64::from(rule.night_limit.seconds());
        let mut legs = (from..end).filter(|&step| self.drive(step) > 0);
        let (first, last) = match (is_long, legs.clone().next(), legs.next_back()) {
            (true, Some(first), Some(last)) => (first, last),
            _ => return self.go_on(end),
        };
        let (by_day, to_first, to_last) = (rule.day, self.drive(first), self.drive(last));
        let (arrives, leaves) = (self.steps[first + 1].node, self.steps[last].node);
        let dawn = i64::from(by_day.earliest.seconds()) + to_first;
        let dusk = i64::from(by_day.latest.seconds()) - to_last - leaves.service;
        if i64::from(by_day.earliest.seconds()) + to_first > i64::from(by_day.latest.seconds()) {
            return false; // longer than any day
        }
        self.steps[first + 1].node.earliest = arrives.earliest.max(dawn);
        self.steps[last].node.latest = leaves.latest.min(dusk);
        if self.go_on(end) {
            return true;
        }
        self.steps[first + 1].node.earliest = arrives.earliest;
        self.steps[last].node.latest = leaves.latest;
        false
    }

    fn go_on(&mut self, end: usize) -> bool {
        self.fits() && if end + 1 == self.steps.len() { self.found() } else { self.divide(end) }
    }

    fn drive(&self, step: usize) -> i64 {
        driving_time(self.travel, &self.steps[step].node, &self.steps[step + 1].node)
    }

    /// Driving since `from`, step by step.
    fn driven(&self, from: usize, end: usize) -> Vec<i64> {
        let mut sum = 0;
        let legs = (from..end).map(|step| {
            sum += self.drive(step);
            sum
        });
        std::iter::once(0).chain(legs).collect()
    }

    fn result(&self) -> DutySchedule {
        let mut found = DutySchedule { begins: Vec::new(), rests: Vec::new() };
        for (step, &begin) in self.steps.iter().zip(&self.begin) {
            if step.visit.is_some() {
                found.begins.push(begin);
            } else {
                let (after_nodes, end) = (found.begins.len(), begin + step.node.service);
                let place = step.node.place;
                let before = after_nodes.checked_sub(1).map(|before| self.route[before].place);
                let is_behind_leg = before != Some(place);
                found.rests.push(Rest { after_nodes, place, is_behind_leg, begin, end });
            }
        }
        found
    }
}
