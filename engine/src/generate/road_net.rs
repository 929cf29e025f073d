//! Junctions and road pieces as the scenario's files hold them, in metres east and north of the middle of the area.
//!
//! Invariants: every drivable node reaches every other; a piece is longer than the straight line between its ends;
//! no two nodes lie closer than [`LEAST_GAP_M`], so that a place snaps to the node it was put at.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::dice::Dice;
use super::relief::Relief;
use super::road_building::RoadPlan;
use super::settlements::Settlements;
use crate::network::roads::RoadClass;

/// Nodes are at least this far apart.
pub(super) const LEAST_GAP_M: f64 = 110.0;

/// Longest piece between two nodes, in cells.
const LONGEST_PIECE_CELLS: usize = 2;

/// A two-way road piece.
pub(super) struct RoadPiece {
    pub(super) ends: [usize; 2],
    pub(super) length_m: i64,
    pub(super) speed_km_h: i64,
    pub(super) class: RoadClass,
    pub(super) unfit_at_night: bool,
}

/// The roads of the area.
pub(super) struct RoadNet {
    /// Metres east, north.
    pub(super) nodes: Vec<(f64, f64)>,
    pub(super) pieces: Vec<RoadPiece>,
    /// The node of each seat.
    pub(super) seats: Vec<usize>,
    /// The nodes of each seat's streets, the seat's own first.
    pub(super) streets: Vec<Vec<usize>>,
    /// The node of each village.
    pub(super) villages: Vec<usize>,
    /// Drivable pieces at each node.
    around: Vec<Vec<usize>>,
}

/// Fastest ways from one node.
pub(super) struct Ways {
    pub(super) seconds: Vec<i64>,
    pub(super) metres: Vec<i64>,
    previous: Vec<usize>,
}

impl Ways {
    /// The nodes from the origin to this one.
    pub(super) fn path_to(&self, node: usize) -> Vec<usize> {
        let mut path = vec![node];
        while self.previous[path[path.len() - 1]] != usize::MAX {
            path.push(self.previous[path[path.len() - 1]]);
        }
        path.reverse();
        path
    }
}

/// Nobody is sent on foot farther than this; some metres are left for the ways from and to the junctions.
const FARTHEST_WALK_M: f64 = 1_950.0;

impl RoadPiece {
    /// How long a car takes.
    pub(super) fn seconds(&self) -> i64 {
        (self.length_m * 36 + self.speed_km_h * 10 - 1) / (self.speed_km_h * 10)
    }
}

impl RoadNet {
    /// A net from nodes and pieces alone; the town's streets are the seat's node.
    pub(super) fn from_parts(
        nodes: Vec<(f64, f64)>,
        pieces: Vec<RoadPiece>,
        seats: Vec<usize>,
        villages: Vec<usize>,
    ) -> Self {
        let streets = seats.iter().map(|&seat| vec![seat]).collect();
        let mut net = Self { nodes, pieces, seats, streets, villages, around: Vec::new() };
        net.index_pieces();
        net
    }

    /// Junctions and pieces of the planned roads and town streets.
    pub(super) fn new(
        plan: &RoadPlan,
        relief: &Relief,
        settlements: &Settlements,
        corners: &[usize],
        dice: &mut Dice,
    ) -> Self {
        let mut net = Self::from_parts(Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let node_of = net.lay_roads(plan, relief, settlements, dice);
        net.seats = settlements.seats.iter().map(|seat| node_of[&seat.cell]).collect();
        net.villages = settlements.villages.iter().map(|village| node_of[&village.cell]).collect();
        net.streets = (0..net.seats.len()).map(|seat| net.lay_streets(net.seats[seat], corners[seat], dice)).collect();
        net.index_pieces();
        net
    }

    /// A footpath over the hill for every village from which it is the only way on foot to a stop: the shortest there can be.
    pub(super) fn add_footpaths(&mut self, stops: &[usize], dice: &mut Dice) {
        let by_road: Vec<Ways> = stops.iter().map(|&stop| self.ways_from(stop)).collect();
        for village in self.villages.clone() {
            let nearest = |distance: &dyn Fn(usize) -> f64| {
                (0..stops.len()).map(|stop| (distance(stop), stop)).min_by(|one, other| one.0.total_cmp(&other.0))
            };
            let walk_on_road = nearest(&|stop| by_road[stop].metres[village] as f64);
            let straight = nearest(&|stop| self.straight(village, stops[stop]));
            let (Some((road_m, _)), Some((straight_m, stop))) = (walk_on_road, straight) else { continue };
            let length_m = (straight_m * dice.between(1.2, 1.45)) as i64 + 1;
            if road_m > FARTHEST_WALK_M && length_m as f64 <= FARTHEST_WALK_M {
                self.pieces.push(RoadPiece {
                    ends: [village, stops[stop]],
                    length_m,
                    speed_km_h: 4,
                    class: RoadClass::Footpath,
                    unfit_at_night: false,
                });
            }
        }
    }

    fn index_pieces(&mut self) {
        self.around = vec![Vec::new(); self.nodes.len()];
        for (index, piece) in self.pieces.iter().enumerate() {
            if piece.class != RoadClass::Footpath {
                for end in piece.ends {
                    self.around[end].push(index);
                }
            }
        }
    }

    /// Straight distance between two nodes.
    pub(super) fn straight(&self, a: usize, b: usize) -> f64 {
        let ((ax, ay), (bx, by)) = (self.nodes[a], self.nodes[b]);
        ((ax - bx) * (ax - bx) + (ay - by) * (ay - by)).sqrt()
    }

    /// Fastest drivable ways from a node to all others.
    pub(super) fn ways_from(&self, origin: usize) -> Ways {
        let count = self.nodes.len();
        let mut ways =
            Ways { seconds: vec![i64::MAX; count], metres: vec![i64::MAX; count], previous: vec![usize::MAX; count] };
        (ways.seconds[origin], ways.metres[origin]) = (0, 0);
        let mut heap = BinaryHeap::from([Reverse((0, 0, origin))]);
        while let Some(Reverse((seconds, metres, node))) = heap.pop() {
            if (seconds, metres) > (ways.seconds[node], ways.metres[node]) {
                continue;
            }
            for &index in &self.around[node] {
                let piece = &self.pieces[index];
                let next = piece.ends[usize::from(piece.ends[0] == node)];
                let reached = (seconds + piece.seconds(), metres + piece.length_m);
                if reached < (ways.seconds[next], ways.metres[next]) {
                    (ways.seconds[next], ways.metres[next]) = reached;
                    ways.previous[next] = node;
                    heap.push(Reverse((reached.0, reached.1, next)));
                }
            }
        }
        ways
    }

    /// Cuts the cell roads into pieces between junctions, settlements and bends.
    fn lay_roads(
        &mut self,
        plan: &RoadPlan,
        relief: &Relief,
        settlements: &Settlements,
        dice: &mut Dice,
    ) -> BTreeMap<usize, usize> {
        let mut around: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &(a, b) in plan.roads.keys() {
            around.entry(a).or_default().push(b);
            around.entry(b).or_default().push(a);
        }
        let class_between = |a: usize, b: usize| plan.roads[&(a.min(b), a.max(b))];
        let mut joints: BTreeSet<usize> = settlements.seats.iter().map(|seat| seat.cell).collect();
        joints.extend(settlements.villages.iter().map(|village| village.cell));
        for (&cell, ends) in &around {
            if ends.len() != 2 || class_between(cell, ends[0]) != class_between(cell, ends[1]) {
                joints.insert(cell);
            }
        }
        let mut node_of = BTreeMap::new();
        let mut driven: BTreeSet<(usize, usize)> = BTreeSet::new();
        for &joint in &joints {
            for &first in &around[&joint] {
                if driven.contains(&(joint, first)) {
                    continue;
                }
                let mut chain = vec![joint, first];
                while !joints.contains(&chain[chain.len() - 1]) {
                    let (before, here) = (chain[chain.len() - 2], chain[chain.len() - 1]);
                    chain.push(*around[&here].iter().find(|&&next| next != before).expect("a road goes on"));
                }
                driven.extend(chain.windows(2).flat_map(|step| [(step[0], step[1]), (step[1], step[0])]));
                self.lay_chain(&chain, class_between(joint, first), relief, &mut node_of, dice);
            }
        }
        node_of
    }

    fn lay_chain(
        &mut self,
        chain: &[usize],
        class: RoadClass,
        relief: &Relief,
        node_of: &mut BTreeMap<usize, usize>,
        dice: &mut Dice,
    ) {
        let climb: f64 =
            chain.windows(2).map(|step| (relief.elevation[step[0]] - relief.elevation[step[1]]).abs()).sum();
        let length: f64 = chain.windows(2).map(|step| relief.distance(step[0], step[1])).sum();
        let gradient = climb / length;
        // Class by class: bends that the grid doesn't show, and speeds.
        let (winding, slowest, fastest) = match class {
            RoadClass::Expressway | RoadClass::National => (1.10, 52.0, 60.0),
            RoadClass::Provincial => (1.14, 50.0, 56.0),
            RoadClass::County => (1.20, 40.0, 48.0),
            RoadClass::Township => (1.28, 30.0, 39.0),
            _ => (1.34, 17.0, 30.0),
        };
        let winding = winding + 1.1 * gradient;
        let steep = (gradient / 0.15).min(1.0);
        let speed = fastest - (fastest - slowest) * (0.75 * steep + 0.25 * dice.unit());
        let unfit_at_night = class >= RoadClass::Township && gradient > 0.075 && dice.chance(0.7);
        let mut start = 0;
        while start + 1 < chain.len() {
            let rest = chain.len() - 1 - start;
            let pieces = rest.div_ceil(LONGEST_PIECE_CELLS);
            let end = start + rest.div_ceil(pieces);
            let ends = [start, end].map(|index| self.node_at(chain[index], relief, node_of, dice));
            let cells: f64 = chain[start..=end].windows(2).map(|step| relief.distance(step[0], step[1])).sum();
            let length = (cells * winding * dice.between(0.95, 1.05)).max(self.straight(ends[0], ends[1]) * 1.04 + 3.0);
            self.pieces.push(RoadPiece {
                ends,
                length_m: length as i64,
                speed_km_h: speed as i64,
                class,
                unfit_at_night,
            });
            start = end;
        }
    }

    /// The node of a cell; new ones lie somewhere near the middle of the cell.
    fn node_at(
        &mut self,
        cell: usize,
        relief: &Relief,
        node_of: &mut BTreeMap<usize, usize>,
        dice: &mut Dice,
    ) -> usize {
        *node_of.entry(cell).or_insert_with(|| {
            let (x, y) = relief.centre_of(cell);
            self.nodes.push((x + dice.between(-60.0, 60.0), y + dice.between(-60.0, 60.0)));
            self.nodes.len() - 1
        })
    }

    /// Street corners around a seat, each joined to the two nearest of the town; the seat's node comes first.
    fn lay_streets(&mut self, seat: usize, corners: usize, dice: &mut Dice) -> Vec<usize> {
        let (x, y) = self.nodes[seat];
        let mut town = vec![seat];
        // Squares around the seat, growing; corners that lie on a road already are left out.
        for ring in 1_i32..10 {
            for (east, north) in (-ring..=ring).flat_map(|east| (-ring..=ring).map(move |north| (east, north))) {
                if east.abs().max(north.abs()) < ring || town.len() > corners {
                    continue;
                }
                let corner = (
                    x + f64::from(east) * 260.0 + dice.between(-35.0, 35.0),
                    y + f64::from(north) * 260.0 + dice.between(-35.0, 35.0),
                );
                let gap = |node: &(f64, f64)| {
                    let (east, north) = (node.0 - corner.0, node.1 - corner.1);
                    east * east + north * north
                };
                if self.nodes.iter().any(|node| gap(node) < LEAST_GAP_M * LEAST_GAP_M) {
                    continue;
                }
                self.nodes.push(corner);
                let new = self.nodes.len() - 1;
                let mut nearest = town.clone();
                nearest.sort_by(|&a, &b| self.straight(new, a).total_cmp(&self.straight(new, b)).then(a.cmp(&b)));
                for &other in nearest.iter().take(2) {
                    let length_m = (self.straight(new, other) * 1.08) as i64 + 2;
                    let ends = [other, new];
                    let class = RoadClass::Township;
                    self.pieces.push(RoadPiece { ends, length_m, speed_km_h: 30, class, unfit_at_night: false });
                }
                town.push(new);
            }
        }
        town
    }
}
