//! The repairing half of the search: everybody absent is put in where it costs least, split where a run has no room for all.

use std::rc::Rc;

use rand::Rng;
use rand::seq::SliceRandom;

use super::instance::{Instance, Origin};
use super::routes::{Route, Shape, Visit};
use super::ruin::is_free;
use super::search::{Search, absence, walking};

/// Where some of a group could go, and what that changes.
#[derive(Clone, Copy, Debug)]
struct Choice {
    /// `None`: a run of their own.
    route: Option<usize>,
    origin: Origin,
    kind: usize,
    position: usize,
    node: usize,
    people: i32,
    delta: i64,
}

/// A run is overlooked this often, so that the second best is tried too.
const BLINK: f64 = 0.01;
const SPLIT: f64 = 0.03;

impl Search<'_> {
    /// Puts everybody back where it costs least, then recounts.
    pub fn repair(&mut self) {
        let instance = self.instance;
        let mut waiting: Vec<usize> =
            (0..instance.groups.len()).filter(|&group| self.current.absent[group] > 0).collect();
        waiting.shuffle(&mut self.rng);
        let from_hub = |group: usize| {
            let data = &instance.groups[group];
            data.stops.iter().map(|stop| instance.metres(data.hub, stop.0)).min().unwrap_or(0)
        };
        match self.rng.random_range(0..11) {
            0..4 => {}
            4..8 => waiting.sort_by_key(|&group| -self.current.absent[group]),
            8..10 => waiting.sort_by_key(|&group| -from_hub(group)),
            _ => waiting.sort_by_key(|&group| from_hub(group)),
        }
        for group in waiting {
            let mut waiting = self.current.absent[group];
            while waiting > 0 {
                // Some of them alone now and then: to split may pay though there is room for all.
                let is_split = waiting > 1 && self.rng.random_bool(SPLIT);
                let together = if is_split { self.rng.random_range(1..waiting) } else { waiting };
                let Some(choice) = self.choose(group, together) else { break };
                waiting -= choice.people;
                self.apply(group, choice);
            }
        }
        self.drop_what_does_not_pay();
        self.current.cost = self.current.recounted(instance);
    }

    /// Runs whose people cost less on lines or left behind.
    fn drop_what_does_not_pay(&mut self) {
        let instance = self.instance;
        for index in 0..self.current.routes.len() {
            let route = &self.current.routes[index];
            let mut change = -route.cost - walking(instance, &route.visits);
            let mut absent = self.current.absent.clone();
            for visit in &route.visits {
                let group = visit.group as usize;
                change -= absence(instance, group, absent[group]);
                absent[group] += visit.people;
                change += absence(instance, group, absent[group]);
            }
            if change < 0 {
                let everything = (0..route.visits.len()).collect();
                self.remove_visits(index, &everything);
            }
        }
        self.drop_empty_routes();
    }

    /// The best place for so many of a group, or for some of them; `None` if they had better stay absent.
    fn choose(&mut self, group: usize, people: i32) -> Option<Choice> {
        let (mut whole, mut part): (Option<Choice>, Option<Choice>) = (None, None);
        for index in 0..self.current.routes.len() {
            if self.rng.random_bool(BLINK) {
                continue;
            }
            if let Some(choice) = self.best_in_route(index, group, people) {
                if choice.people == people {
                    whole = whole.filter(|other| other.delta <= choice.delta).or(Some(choice));
                } else {
                    part = part.filter(|other| unit(other) <= unit(&choice)).or(Some(choice));
                }
            }
        }
        let of_their_own = self.run_of_their_own(group, people);
        let eagerness: f64 = self.rng.random_range(0.3..1.0);
        let whole = match (whole, of_their_own) {
            (Some(one), Some(other)) => Some(if one.delta <= other.delta { one } else { other }),
            (one, other) => one.or(other),
        };
        let choice = match (whole, part) {
            (Some(whole), Some(part)) if unit(&part) < eagerness * unit(&whole) => part,
            (Some(whole), _) => whole,
            (None, part) => part?,
        };
        // A new run is worth more than its first passengers: others may join.
        let share = if choice.route.is_none() {
            let full = f64::from(choice.people) / f64::from(self.instance.kinds[choice.kind].seats.max(1));
            self.rng.random_range(full.min(1.0)..=1.0)
        } else {
            1.0
        };
        let absent = self.current.absent[group];
        let saved = absence(self.instance, group, absent) - absence(self.instance, group, absent - choice.people);
        (choice.delta as f64 * share < saved as f64).then_some(choice)
    }

    fn run_of_their_own(&self, group: usize, people: i32) -> Option<Choice> {
        let instance = self.instance;
        let data = &instance.groups[group];
        let origin = Origin { first: data.hub, second: None };
        let mut best: Option<Choice> = None;
        for kind in (0..instance.kinds.len()).filter(|&kind| is_free(instance, &self.runs_of_kind, kind)) {
            let room = room(instance, kind, &Shape::default(), data.luggage);
            if room <= 0 {
                continue;
            }
            for &(node, walk) in &data.stops {
                let people = people.min(room);
                let visit = Visit { node: node as u32, group: group as u32, people };
                let Some(cost) = Shape::of(instance, origin, &[visit]).cost(instance, kind) else { continue };
                let delta = cost + walk * i64::from(people);
                let choice = Choice { route: None, origin, kind, position: 0, node, people, delta };
                best = best.filter(|other| unit(other) <= unit(&choice)).or(Some(choice));
            }
        }
        best
    }

    fn best_in_route(&self, index: usize, group: usize, people: i32) -> Option<Choice> {
        let route = &self.current.routes[index];
        let hub = self.instance.groups[group].hub;
        if route.origin.serves(hub) {
            return self.best_from_origin(index, route.origin, route.shape, group, people);
        }
        if route.origin.second.is_some() {
            return None;
        }
        let first = route.origin.first;
        let origins = [Origin { first, second: Some(hub) }, Origin { first: hub, second: Some(first) }];
        let choices =
            origins.into_iter().filter(|origin| self.instance.origins.contains(origin)).filter_map(|origin| {
                let shape = Shape::of(self.instance, origin, &route.visits);
                self.best_from_origin(index, origin, shape, group, people)
            });
        choices.min_by_key(|choice| choice.delta)
    }

    fn best_from_origin(
        &self,
        index: usize,
        origin: Origin,
        shape: Shape,
        group: usize,
        people: i32,
    ) -> Option<Choice> {
        let instance = self.instance;
        let route = &self.current.routes[index];
        let data = &instance.groups[group];
        let is_allowed = |kind: usize| kind == route.kind || is_free(instance, &self.runs_of_kind, kind);
        let kinds = (0..instance.kinds.len()).filter(|&kind| is_allowed(kind));
        let people = people.min(kinds.map(|kind| room(instance, kind, &shape, data.luggage)).max()?);
        if people <= 0 {
            return None;
        }
        let length = route.visits.len();
        let own_speed = instance.speed_of(route.kind);
        // A run takes a group at one stop, and calls at a stop once.
        let taken_at = route.visits.iter().find(|visit| visit.group as usize == group).map(|visit| visit.node as usize);
        let calls_at = |node: usize| route.visits.iter().any(|visit| visit.node as usize == node);
        let of_second = if origin.second == Some(data.hub) { people } else { 0 };
        let mut best: Option<Choice> = None;
        for &(node, walk) in data.stops.iter().filter(|&&(node, _)| taken_at.is_none_or(|at| at == node)) {
            let walk = walk * i64::from(people);
            let must_join = calls_at(node);
            for position in 0..=length {
                let before = if position == 0 { origin.last() } else { route.visits[position - 1].node as usize };
                let after = route.visits.get(position).map(|visit| visit.node as usize);
                let joins_before = position > 0 && before == node;
                let is_inside = position > 0 && after == Some(before);
                if (must_join || is_inside) && !joins_before {
                    continue;
                }
                let mut shape = shape;
                shape.people += people;
                shape.luggage += people * data.luggage;
                shape.people_of_second += of_second;
                if !joins_before {
                    shape.calls += 1;
                    let removed = after.map_or(0, |after| instance.metres(before, after));
                    let onward = after.map_or(0, |after| instance.metres(node, after));
                    shape.metres += i64::from(instance.metres(before, node) + onward - removed);
                    for speed in 0..instance.speeds() {
                        let leg = |from, to| instance.seconds_at(speed, from, to);
                        let detour = after.map_or(0, |after| leg(node, after) - leg(before, after));
                        shape.driving[speed] += leg(before, node) + detour;
                    }
                    if after.is_none() {
                        shape.people_at_last = people;
                    }
                } else if route.visits[length - 1].node as usize == node
                    && route.visits[position.min(length - 1)..].iter().all(|visit| visit.node as usize == node)
                {
                    shape.people_at_last += people;
                }
                let longer = shape.driving[own_speed] - route.shape.driving[own_speed];
                let farther = shape.metres - route.shape.metres;
                let at_least = self.cheapest_rates[0] * farther + self.cheapest_rates[1] * i64::from(longer) + walk;
                if best.is_some_and(|best| best.delta <= at_least) {
                    continue;
                }
                let Some((cost, kind)) = shape.best_kind(instance, is_allowed) else { continue };
                let delta = cost - route.cost + walk;
                if best.is_none_or(|best| delta < best.delta) {
                    best = Some(Choice { route: Some(index), origin, kind, position, node, people, delta });
                }
                if joins_before {
                    break;
                }
            }
        }
        best
    }

    fn apply(&mut self, group: usize, choice: Choice) {
        let Choice { origin, kind, people, .. } = choice;
        let visit = Visit { node: choice.node as u32, group: group as u32, people };
        self.current.absent[group] -= people;
        self.runs_of_kind[kind] += 1;
        let mut visits = Vec::new();
        if let Some(index) = choice.route {
            self.runs_of_kind[self.current.routes[index].kind] -= 1;
            visits.clone_from(&self.current.routes[index].visits);
        }
        let at_node = |visit: &Visit| visit.node as usize == choice.node;
        let end = choice.position + visits[choice.position..].iter().take_while(|&visit| at_node(visit)).count();
        let start =
            choice.position - visits[..choice.position].iter().rev().take_while(|&visit| at_node(visit)).count();
        match visits[start..end].iter_mut().find(|other| other.group == visit.group) {
            Some(other) => other.people += people,
            None => visits.insert(choice.position, visit),
        }
        let route = Route::new(self.instance, origin, kind, visits).expect("the choice was checked");
        match choice.route {
            Some(index) => self.current.routes[index] = Rc::new(route),
            None => self.current.routes.push(Rc::new(route)),
        }
    }
}

/// Units per person of a choice.
fn unit(choice: &Choice) -> f64 {
    choice.delta as f64 / f64::from(choice.people)
}

/// How many more people of this much luggage each a run has room for.
fn room(instance: &Instance, kind: usize, shape: &Shape, luggage: i32) -> i32 {
    let data = &instance.kinds[kind];
    let seats = data.seats - shape.people;
    if luggage > 0 { seats.min((data.luggage - shape.luggage) / luggage) } else { seats }
}
