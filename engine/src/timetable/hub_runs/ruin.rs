//! The destroying half of the search: strings of visits that are near each other (Christiaens & Vanden Berghe 2020), whole runs, single
//! visits.

use std::collections::BTreeSet;
use std::rc::Rc;

use rand::Rng;

use super::instance::Instance;
use super::routes::{Route, Shape, Visit};
use super::search::Search;

const LONGEST_STRING: usize = 10;
const REMOVED_ON_AVERAGE: f64 = 10.0;

impl Search<'_> {
    /// Takes some people out of their runs.
    pub fn ruin(&mut self) {
        let routes = self.current.routes.len();
        if routes == 0 {
            return;
        }
        let stops = self.instance.stop_nodes();
        let seed = self.rng.random_range(stops);
        let dice = self.rng.random_range(0..100);
        let mut removed: Vec<(usize, BTreeSet<usize>)> = Vec::new();
        let visits: usize = self.current.routes.iter().map(|route| route.visits.len()).sum();
        if dice < 75 {
            let mean = visits as f64 / routes as f64;
            let longest = (LONGEST_STRING as f64).min(mean.max(1.0));
            let most_strings = 4.0 * REMOVED_ON_AVERAGE / (1.0 + longest) - 1.0;
            let strings = self.rng.random_range(1.0..most_strings.max(1.0) + 1.0) as usize;
            for &node in &self.near[seed] {
                if removed.len() >= strings {
                    break;
                }
                for (index, route) in self.current.routes.iter().enumerate() {
                    if removed.len() >= strings || removed.iter().any(|&(other, _)| other == index) {
                        continue;
                    }
                    let Some(at) = route.visits.iter().position(|visit| visit.node as usize == node) else { continue };
                    let most = longest.min(route.visits.len() as f64);
                    let length = self.rng.random_range(1.0..most + 1.0) as usize;
                    let earliest = (at + 1).saturating_sub(length);
                    let latest = at.min(route.visits.len() - length);
                    let start = self.rng.random_range(earliest..=latest);
                    removed.push((index, (start..start + length).collect()));
                }
            }
        } else if dice < 88 {
            // Whole runs that are near each other.
            let wanted = self.rng.random_range(1..=3).min(routes);
            for &node in &self.near[seed] {
                for (index, route) in self.current.routes.iter().enumerate() {
                    let visits_it = route.visits.iter().any(|visit| visit.node as usize == node);
                    if removed.len() < wanted && visits_it && removed.iter().all(|&(other, _)| other != index) {
                        removed.push((index, (0..route.visits.len()).collect()));
                    }
                }
            }
        } else {
            let wanted = self.rng.random_range(1..=(2.0 * REMOVED_ON_AVERAGE) as usize).min(visits);
            for _ in 0..wanted {
                let index = self.rng.random_range(0..routes);
                let at = self.rng.random_range(0..self.current.routes[index].visits.len());
                match removed.iter_mut().find(|(other, _)| *other == index) {
                    Some((_, positions)) => {
                        positions.insert(at);
                    }
                    None => removed.push((index, BTreeSet::from([at]))),
                }
            }
        }
        for (index, positions) in &removed {
            self.remove_visits(*index, positions);
        }
        self.drop_empty_routes();
    }

    /// Takes these visits out of a run; it stays even if it is empty.
    pub fn remove_visits(&mut self, index: usize, positions: &BTreeSet<usize>) {
        let instance = self.instance;
        let old = Rc::clone(&self.current.routes[index]);
        let stays = |&(position, _): &(usize, &Visit)| !positions.contains(&position);
        let kept: Vec<Visit> = old.visits.iter().enumerate().filter(stays).map(|(_, &visit)| visit).collect();
        let origin = old.origin.as_wanted(instance, &kept);
        let shape = Shape::of(instance, origin, &kept);
        let (runs, own) = (&self.runs_of_kind, old.kind);
        let is_allowed = |kind: usize| kind == own || is_free(instance, runs, kind);
        let Some((cost, kind)) = shape.best_kind(instance, is_allowed) else {
            // Where the direct way takes longer than the way round, fewer calls may fit worse: then nobody stays on it.
            return self.remove_visits(index, &(0..old.visits.len()).collect());
        };
        for &position in positions {
            let visit = old.visits[position];
            self.current.absent[visit.group as usize] += visit.people;
        }
        self.runs_of_kind[own] -= 1;
        self.runs_of_kind[kind] += 1;
        self.current.routes[index] = Rc::new(Route { origin, kind, visits: kept, shape, cost });
    }

    pub fn drop_empty_routes(&mut self) {
        let runs = &mut self.runs_of_kind;
        self.current.routes.retain(|route| {
            runs[route.kind] -= i32::from(route.visits.is_empty());
            !route.visits.is_empty()
        });
    }
}

/// May there be one more run of the kind?
pub(super) fn is_free(instance: &Instance, runs_of_kind: &[i32], kind: usize) -> bool {
    instance.kinds[kind].most_runs.is_none_or(|most| runs_of_kind[kind] < most)
}
