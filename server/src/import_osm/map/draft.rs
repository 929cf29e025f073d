//! From ways to segments: split, and cut off what can't be reached.
//!
//! 1. Every two neighbouring nodes of a usable way are a segment. At a barrier the segments that vehicles use end before
//!    it, and a step of one metre for people leads on.
//! 2. Of the segments that vehicles use, the largest strongly connected part stays; of the others, what is attached to it.

use std::collections::{BTreeMap, BTreeSet};

use sanban_engine::ids::RoadNodeId;
use sanban_engine::network::Position;
use sanban_engine::network::roads::{RoadClass, RoadEdge, RoadGraph, driving_time};
use sanban_engine::units::Metres;

use super::Extent;
use crate::import_osm::pbf::Extract;
use crate::import_osm::tags::{Driving, LeftOut, WayUse};

/// Two neighbouring nodes of a way. Oneways go from → to.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) ends: [usize; 2],
    pub(super) metres: f64,
    pub(super) kind: Kind,
    pub(super) way: usize,
}

/// Segments of one kind can be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) class: RoadClass,
    pub(super) speed_km_h: u32,
    pub(super) is_oneway: bool,
}

/// A node of the map before joining: an OSM node, or one side of a barrier (numbered from 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Vertex {
    pub(super) osm_id: i64,
    pub(super) side: u32,
}

/// What was kept and what was not, as it is found out.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) kept: BTreeMap<RoadClass, Counted>,
    pub(super) left_out: BTreeMap<LeftOut, Counted>,
}

/// The ways that something concerns, and how far.
#[derive(Default)]
pub(super) struct Counted {
    ways: BTreeSet<usize>,
    metres: f64,
}

impl Counted {
    fn add(&mut self, way: usize, metres: f64) {
        self.ways.insert(way);
        self.metres += metres;
    }

    pub(super) fn extent(self) -> Extent {
        Extent { ways: self.ways.len(), km: (self.metres / 10.0).round() / 100.0 }
    }
}

/// The map before joining.
pub(super) struct Draft<'a> {
    extract: &'a Extract,
    /// Ascending up to the sides of barriers, which follow.
    pub(super) vertices: Vec<Vertex>,
    pub(super) segments: Vec<Segment>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(extract: &'a Extract, tally: &mut Tally) -> Self {
        let vertices = extract.positions.keys().map(|&osm_id| Vertex { osm_id, side: 0 }).collect();
        let mut draft = Self { extract, vertices, segments: Vec::new() };
        for (way, read) in extract.ways.iter().enumerate() {
            for pair in read.nodes.windows(2) {
                let (Some(&from), Some(&to)) = (extract.positions.get(&pair[0]), extract.positions.get(&pair[1]))
                else {
                    tally.left_out.entry(LeftOut::NodesMissing).or_default().add(way, 0.0);
                    continue;
                };
                let metres = from.exact_distance_to(to);
                match read.verdict {
                    Err(reason) => tally.left_out.entry(reason).or_default().add(way, metres),
                    Ok(_) if pair[0] == pair[1] => {}
                    Ok(usage) => draft.add_segment(way, [pair[0], pair[1]], metres, usage),
                }
            }
        }
        draft
    }

    fn add_segment(&mut self, way: usize, mut nodes: [i64; 2], metres: f64, usage: WayUse) {
        if usage.driving == Driving::Backward {
            nodes.reverse();
        }
        let is_oneway = usage.driving != Driving::Both;
        let kind = Kind { class: usage.class, speed_km_h: usage.speed_km_h, is_oneway };
        let ends =
            nodes.map(|osm_id| if kind.class.is_driven() { self.side(way, osm_id) } else { self.vertex(osm_id) });
        self.segments.push(Segment { ends, metres, kind, way });
    }

    fn vertex(&self, osm_id: i64) -> usize {
        let plain = &self.vertices[..self.extract.positions.len()];
        plain.binary_search(&Vertex { osm_id, side: 0 }).expect("the node has a position")
    }

    /// Where a vehicle stands that has come to this node: at a barrier, on its own side of it.
    fn side(&mut self, way: usize, osm_id: i64) -> usize {
        let barrier = self.vertex(osm_id);
        if self.extract.barriers.binary_search(&osm_id).is_err() {
            return barrier;
        }
        let sides = self.vertices[self.extract.positions.len()..].iter().filter(|vertex| vertex.osm_id == osm_id);
        let side = self.vertices.len();
        self.vertices.push(Vertex { osm_id, side: sides.count() as u32 + 1 });
        let on_foot = Kind { class: RoadClass::Footpath, speed_km_h: 4, is_oneway: false };
        self.segments.push(Segment { ends: [side, barrier], metres: 1.0, kind: on_foot, way });
        side
    }

    pub(super) fn position(&self, vertex: usize) -> Position {
        self.extract.positions[&self.vertices[vertex].osm_id]
    }

    pub(super) fn keep_main_network(&mut self, tally: &mut Tally) {
        let component_of = self.components();
        let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
        for &component in &component_of {
            *sizes.entry(component).or_default() += 1;
        }
        let largest = sizes.values().max().copied().unwrap_or(0);
        let main = component_of.iter().find(|component| sizes[component] == largest).copied();

        let is_main = |segment: &Segment| segment.ends.iter().all(|&end| Some(component_of[end]) == main);
        let mut is_attached = vec![false; self.vertices.len()];
        let mut to_visit = Vec::new();
        for segment in self.segments.iter().filter(|segment| segment.kind.class.is_driven() && is_main(segment)) {
            for end in segment.ends {
                if !std::mem::replace(&mut is_attached[end], true) {
                    to_visit.push(end);
                }
            }
        }
        let mut paths_at: Vec<Vec<usize>> = vec![Vec::new(); self.vertices.len()];
        for segment in self.segments.iter().filter(|segment| !segment.kind.class.is_driven()) {
            let [from, to] = segment.ends;
            paths_at[from].push(to);
            paths_at[to].push(from);
        }
        while let Some(vertex) = to_visit.pop() {
            for &next in &paths_at[vertex] {
                if !std::mem::replace(&mut is_attached[next], true) {
                    to_visit.push(next);
                }
            }
        }
        self.segments.retain(|segment| {
            let class = segment.kind.class;
            let verdict = match class.is_driven() {
                true if !is_main(segment) => Err(LeftOut::CutOff),
                false if !is_attached[segment.ends[0]] => Err(LeftOut::LoosePath),
                _ => Ok(()),
            };
            match verdict {
                Ok(()) => tally.kept.entry(class).or_default().add(segment.way, segment.metres),
                Err(reason) => tally.left_out.entry(reason).or_default().add(segment.way, segment.metres),
            }
            verdict.is_ok()
        });
    }

    fn components(&self) -> Vec<usize> {
        let edge = |[from, to]: [usize; 2], kind: Kind| RoadEdge {
            from: RoadNodeId::from_index(from),
            to: RoadNodeId::from_index(to),
            length: Metres(1),
            duration: driving_time(Metres(1), i64::from(kind.speed_km_h)),
            class: kind.class,
            unfit_at_night: false,
        };
        let edges = self.segments.iter().flat_map(|segment| {
            let [from, to] = segment.ends;
            let back = (!segment.kind.is_oneway).then(|| edge([to, from], segment.kind));
            std::iter::once(edge(segment.ends, segment.kind)).chain(back)
        });
        let nodes = (0..self.vertices.len()).map(|vertex| self.position(vertex)).collect();
        RoadGraph { nodes, edges: edges.collect() }.driven_components()
    }
}
