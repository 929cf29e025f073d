//! Builds the roads: cheapest ways over the relief, so that main roads follow the valleys and cross at passes.
//!
//! Roads are built on the cells of the relief (a link joins two neighbouring cells), the seats' roads first, then links over passes,
//! then village roads that end at the first road they meet. [`super::road_net`] turns the result into junctions and edges.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::blueprint::Blueprint;
use super::relief::Relief;
use super::settlements::Settlements;
use crate::network::roads::RoadClass;
use crate::scenario::TownshipKind;

/// Roads between neighbouring cells, keyed by (smaller cell, larger cell).
pub(super) type CellRoads = BTreeMap<(usize, usize), RoadClass>;

/// Where roads run.
pub(super) struct RoadPlan {
    pub(super) roads: CellRoads,
}

/// Roads for all settlements.
pub(super) fn build(blueprint: &Blueprint, relief: &Relief, settlements: &Settlements) -> RoadPlan {
    let mut builder = Builder { relief, roads: BTreeMap::new(), around: BTreeMap::new() };
    builder.connect_seats(settlements);
    builder.classify(settlements);
    let [passes, loops] = blueprint.links;
    let seats: Vec<usize> = settlements.seats.iter().map(|seat| seat.cell).collect();
    for (a, b) in builder.detours(&seats, 12_500.0, 1.7, passes) {
        builder.join(seats[a], seats[b], RoadClass::Township);
    }
    let villages: Vec<usize> = settlements.villages.iter().map(|village| village.cell).collect();
    builder.connect_villages(&seats, &villages);
    for (a, b) in builder.detours(&villages, 3_600.0, 2.6, loops) {
        builder.join(villages[a], villages[b], RoadClass::Village);
    }
    RoadPlan { roads: builder.roads }
}

struct Builder<'a> {
    relief: &'a Relief,
    roads: CellRoads,
    /// The road neighbours of every cell on a road.
    around: BTreeMap<usize, Vec<usize>>,
}

fn link(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}

impl Builder<'_> {
    fn connect_seats(&mut self, settlements: &Settlements) {
        let capital = settlements.seats[0].cell;
        self.around.insert(capital, Vec::new());
        // The national road leaves the county with the river.
        let exit = self.cheapest(&[(capital, 0)], |cell| cell == self.relief.outlet);
        self.add(&exit, RoadClass::National);
        let mut waiting: Vec<usize> = settlements.seats[1..].iter().map(|seat| seat.cell).collect();
        while !waiting.is_empty() {
            let from_capital = self.along_roads(&[capital], usize::MAX);
            let sources: Vec<(usize, u64)> =
                from_capital.iter().map(|(&cell, &metres)| (cell, metres as u64 * 550)).collect();
            let (costs, previous) = self.costs(&sources, |_| false);
            let next = (0..waiting.len()).min_by_key(|&index| (costs[waiting[index]], index)).expect("some seat waits");
            let seat = waiting.remove(next);
            let mut path = vec![seat];
            while !self.around.contains_key(&path[path.len() - 1]) {
                path.push(previous[path[path.len() - 1]]);
            }
            self.add(&path, RoadClass::Township);
        }
    }

    /// Village by village to the road from which a seat is near: a new metre counts three times one driven on a road.
    fn connect_villages(&mut self, seats: &[usize], villages: &[usize]) {
        let mut to_seat: BTreeMap<usize, usize> = self.along_roads(seats, usize::MAX);
        for &village in villages {
            if to_seat.contains_key(&village) {
                continue;
            }
            let path = self.spur(village, &to_seat);
            let mut metres = to_seat[&path[path.len() - 1]];
            for step in path.windows(2).rev() {
                metres += self.relief.distance(step[0], step[1]) as usize;
                let known = to_seat.entry(step[0]).or_insert(metres);
                *known = metres.min(*known);
            }
            self.add(&path, RoadClass::Village);
        }
    }

    /// The cells from a village to where its road meets another.
    fn spur(&self, village: usize, to_seat: &BTreeMap<usize, usize>) -> Vec<usize> {
        let mut reached: BTreeMap<usize, (u64, usize)> = BTreeMap::from([(village, (0, village))]);
        let mut heap = BinaryHeap::from([Reverse((0, village))]);
        let mut best = (u64::MAX, village);
        while let Some(Reverse((cost, cell))) = heap.pop() {
            if cost >= best.0 {
                break;
            }
            if let Some(&metres) = to_seat.get(&cell) {
                best = best.min((cost + metres as u64 * 400, cell));
                continue;
            }
            for (next, distance) in self.relief.neighbours(cell) {
                let longer = cost + self.step_cost(cell, next, distance);
                if reached.get(&next).is_none_or(|&(known, _)| longer < known) {
                    reached.insert(next, (longer, cell));
                    heap.push(Reverse((longer, next)));
                }
            }
        }
        let mut path = vec![best.1];
        while path[path.len() - 1] != village {
            path.push(reached[&path[path.len() - 1]].1);
        }
        path.reverse();
        path
    }

    /// Better classes for what many seats share on their way to the county town.
    fn classify(&mut self, settlements: &Settlements) {
        let previous = self.road_tree(settlements.seats[0].cell);
        let mut uses: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for seat in &settlements.seats[1..] {
            let weight = match seat.kind {
                TownshipKind::SubCentreTown => 8,
                TownshipKind::Township => 2,
                _ => 1,
            };
            let mut cell = seat.cell;
            while let Some(&next) = previous.get(&cell) {
                *uses.entry(link(cell, next)).or_default() += weight;
                cell = next;
            }
        }
        for (key, count) in uses {
            let class = match count {
                20.. => RoadClass::National,
                8.. => RoadClass::Provincial,
                4.. => RoadClass::County,
                _ => RoadClass::Township,
            };
            let road = self.roads.get_mut(&key).expect("the tree runs on roads");
            *road = class.min(*road);
        }
    }

    fn road_tree(&self, root: usize) -> BTreeMap<usize, usize> {
        let mut previous = BTreeMap::new();
        let mut queue = std::collections::VecDeque::from([root]);
        while let Some(cell) = queue.pop_front() {
            for &next in &self.around[&cell] {
                if next != root && !previous.contains_key(&next) {
                    previous.insert(next, cell);
                    queue.push_back(next);
                }
            }
        }
        previous
    }

    /// Pairs within reach whose way by road is that many times the straight one, the worst first, each place at most twice.
    fn detours(&self, cells: &[usize], reach: f64, ratio: f64, most: usize) -> Vec<(usize, usize)> {
        let mut found: Vec<(i64, usize, usize)> = Vec::new();
        for (a, &cell) in cells.iter().enumerate() {
            let by_road = self.along_roads(&[cell], (reach * 8.0) as usize);
            for (b, &other) in cells.iter().enumerate().skip(a + 1) {
                let straight = self.relief.distance(cell, other);
                if straight > reach {
                    continue;
                }
                let metres = by_road.get(&other).copied().unwrap_or((reach * 8.0) as usize) as f64;
                if metres > ratio * straight {
                    found.push((-(metres / straight * 1_000.0) as i64, a, b));
                }
            }
        }
        found.sort_unstable();
        let mut times = vec![0; cells.len()];
        let mut chosen = Vec::new();
        for (_, a, b) in found {
            if chosen.len() < most && times[a] < 2 && times[b] < 2 {
                times[a] += 1;
                times[b] += 1;
                chosen.push((a, b));
            }
        }
        chosen
    }

    fn join(&mut self, a: usize, b: usize, class: RoadClass) {
        let path = self.cheapest(&[(a, 0)], |cell| cell == b);
        self.add(&path, class);
    }

    fn add(&mut self, path: &[usize], class: RoadClass) {
        for step in path.windows(2) {
            let key = link(step[0], step[1]);
            if self.roads.contains_key(&key) {
                continue;
            }
            self.roads.insert(key, class);
            self.around.entry(step[0]).or_default().push(step[1]);
            self.around.entry(step[1]).or_default().push(step[0]);
        }
    }

    fn along_roads(&self, from: &[usize], most: usize) -> BTreeMap<usize, usize> {
        let mut metres: BTreeMap<usize, usize> = from.iter().map(|&cell| (cell, 0)).collect();
        let mut heap: BinaryHeap<_> = from.iter().map(|&cell| Reverse((0, cell))).collect();
        while let Some(Reverse((distance, cell))) = heap.pop() {
            if distance > metres[&cell] || distance > most {
                continue;
            }
            for &next in &self.around[&cell] {
                let longer = distance + self.relief.distance(cell, next) as usize;
                if metres.get(&next).is_none_or(|&known| longer < known) {
                    metres.insert(next, longer);
                    heap.push(Reverse((longer, next)));
                }
            }
        }
        metres
    }

    fn cheapest(&self, sources: &[(usize, u64)], is_goal: impl Fn(usize) -> bool) -> Vec<usize> {
        let (costs, previous) = self.costs(sources, &is_goal);
        let goal =
            (0..costs.len()).filter(|&cell| costs[cell] < u64::MAX && is_goal(cell)).min_by_key(|&cell| costs[cell]);
        let mut path = vec![goal.expect("all land hangs together")];
        while previous[path[path.len() - 1]] != usize::MAX {
            path.push(previous[path[path.len() - 1]]);
        }
        path
    }

    /// Dijkstra over the land in thousandths of a flat metre, until the first goal.
    fn costs(&self, sources: &[(usize, u64)], is_goal: impl Fn(usize) -> bool) -> (Vec<u64>, Vec<usize>) {
        let cells = self.relief.inside.len();
        let (mut costs, mut previous) = (vec![u64::MAX; cells], vec![usize::MAX; cells]);
        let mut heap = BinaryHeap::new();
        for &(cell, cost) in sources {
            costs[cell] = cost;
            heap.push(Reverse((cost, cell)));
        }
        while let Some(Reverse((cost, cell))) = heap.pop() {
            if cost > costs[cell] {
                continue;
            }
            if is_goal(cell) {
                break;
            }
            for (next, distance) in self.relief.neighbours(cell) {
                let longer = cost + self.step_cost(cell, next, distance);
                if longer < costs[next] {
                    costs[next] = longer;
                    previous[next] = cell;
                    heap.push(Reverse((longer, next)));
                }
            }
        }
        (costs, previous)
    }

    /// Steep steps cost many times a flat one, a river's bed a little more than its bank, a road that is there much less.
    fn step_cost(&self, from: usize, to: usize, distance: f64) -> u64 {
        let slope = (self.relief.elevation[from] - self.relief.elevation[to]).abs() / distance;
        let wet = if self.relief.drainage[to] > 500.0 { 0.8 } else { 0.0 };
        let built = if self.roads.contains_key(&link(from, to)) { 0.45 } else { 1.0 };
        let steep = slope * 9.0;
        (distance * (1.0 + steep * steep + wet) * built * 1_000.0) as u64
    }
}
