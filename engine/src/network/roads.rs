//! The road graph: junctions, and directed road pieces with class, speed and length.
//!
//! Who uses what is decided here and nowhere else: vehicles drive everything but tracks and footpaths, in the
//! direction of the edge; people walk everything but expressways, in both directions.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use serde::{Deserialize, Serialize};

use super::Position;
use crate::ids::RoadNodeId;
use crate::time::Duration;
use crate::units::{Metres, rounded_quotient};

/// Classes of roads as a county bureau speaks of them, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoadClass {
    /// 高速公路
    Expressway,
    /// 国道
    National,
    /// 省道
    Provincial,
    /// 县道
    County,
    /// 乡道
    Township,
    /// 村道
    Village,
    /// 机耕道: a tractor track, for people on foot. Where a county drives one, its data call it a village road.
    Track,
    /// 人行道: people only.
    Footpath,
}

/// One direction of a road between two junctions.
#[derive(Clone, Debug, PartialEq)]
pub struct RoadEdge {
    /// Where it begins.
    pub from: RoadNodeId,
    /// Where it ends.
    pub to: RoadNodeId,
    /// Its length.
    pub length: Metres,
    /// How long a vehicle takes.
    pub duration: Duration,
    /// Its class.
    pub class: RoadClass,
    /// A mountain road that policy closes to passengers from 22:00 to 06:00.
    pub unfit_at_night: bool,
}

/// How fast a vehicle may drive at most, in km/h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeedLimits {
    /// On expressways.
    pub expressway: u8,
    /// On all other roads.
    pub other: u8,
}

/// Junctions and the directed road pieces between them. A two-way road is two edges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoadGraph {
    /// By [`RoadNodeId`].
    pub nodes: Vec<Position>,
    /// In no particular order.
    pub edges: Vec<RoadEdge>,
}

/// How long a vehicle takes for a road of this length at this speed, to the nearest second.
pub fn driving_time(length: Metres, speed_km_h: i64) -> Duration {
    let seconds = rounded_quotient(length.0 * 36, speed_km_h * 10);
    Duration::from_seconds(i32::try_from(seconds).expect("no road takes 68 years"))
}

impl RoadClass {
    /// Do vehicles use it?
    pub fn is_driven(self) -> bool {
        !matches!(self, Self::Track | Self::Footpath)
    }

    /// May people walk along it?
    pub fn is_walked(self) -> bool {
        self != Self::Expressway
    }
}

impl RoadEdge {
    /// Seconds above metres in one number, so that the smallest sum along a way is the fastest way and, among
    /// equally fast ones, the shortest. An edge never weighs nothing: one without time and length counts a metre.
    pub(crate) fn driving_weight(&self) -> u64 {
        (((self.duration.seconds() as u64) << METRES_BITS) | self.length.0 as u64).max(1)
    }
}

/// Sums of metres stay below 2^32 and sums of seconds below 2^31: more than any way through a county.
const METRES_BITS: u32 = 32;

/// Time and length of a way from the sum of its [`RoadEdge::driving_weight`]s.
pub(crate) fn split_driving_weight(weight: u64) -> (Duration, Metres) {
    let seconds = i32::try_from(weight >> METRES_BITS).expect("no way takes 68 years");
    (Duration::from_seconds(seconds), Metres((weight & ((1 << METRES_BITS) - 1)) as i64))
}

impl RoadGraph {
    /// The same roads for a vehicle that is nowhere faster than these limits.
    #[must_use]
    pub fn limited(&self, limits: SpeedLimits) -> Self {
        let limited = |edge: &RoadEdge| {
            let limit = if edge.class == RoadClass::Expressway { limits.expressway } else { limits.other };
            let duration = edge.duration.max(driving_time(edge.length, i64::from(limit.max(1))));
            RoadEdge { duration, ..edge.clone() }
        };
        Self { nodes: self.nodes.clone(), edges: self.edges.iter().map(limited).collect() }
    }

    /// Where an edge is impossible: its index, and what is wrong with it.
    pub fn first_flaw(&self) -> Option<(usize, &'static str)> {
        self.edges.iter().enumerate().find_map(|(index, edge)| {
            let is_node = |node: RoadNodeId| node.index() < self.nodes.len();
            let flaw = if !is_node(edge.from) || !is_node(edge.to) {
                "it begins or ends at a node that does not exist"
            } else if !(0..=i64::from(i32::MAX)).contains(&edge.length.0) {
                "its length is negative or above 2^31 metres"
            } else if edge.duration < Duration::ZERO {
                "its driving time is negative"
            } else {
                return None;
            };
            Some((index, flaw))
        })
    }

    /// Junctions at which a vehicle can be, ascending.
    pub fn driven_nodes(&self) -> Vec<RoadNodeId> {
        self.nodes_of(RoadClass::is_driven)
    }

    /// Junctions at which a vehicle can stop for people, ascending: on a road that is driven and walked, so on no expressway.
    pub fn stopping_nodes(&self) -> Vec<RoadNodeId> {
        self.nodes_of(|class| class.is_driven() && class.is_walked())
    }

    /// Junctions at which a person on foot can be, ascending.
    pub fn walked_nodes(&self) -> Vec<RoadNodeId> {
        self.nodes_of(RoadClass::is_walked)
    }

    fn nodes_of(&self, is_used: fn(RoadClass) -> bool) -> Vec<RoadNodeId> {
        let mut occurs = vec![false; self.nodes.len()];
        for edge in self.edges.iter().filter(|edge| is_used(edge.class)) {
            occurs[edge.from.index()] = true;
            occurs[edge.to.index()] = true;
        }
        (0..self.nodes.len()).filter(|&node| occurs[node]).map(RoadNodeId::from_index).collect()
    }

    /// For every junction the number of its strongly connected component by driven edges: two junctions with the
    /// same number reach each other. Junctions that vehicles never see are components of their own.
    pub fn driven_components(&self) -> Vec<usize> {
        let mut graph = DiGraph::<(), ()>::with_capacity(self.nodes.len(), self.edges.len());
        for _ in &self.nodes {
            graph.add_node(());
        }
        for edge in self.edges.iter().filter(|edge| edge.class.is_driven()) {
            graph.add_edge(NodeIndex::new(edge.from.index()), NodeIndex::new(edge.to.index()), ());
        }
        let mut component_of = vec![0; self.nodes.len()];
        for (component, nodes) in kosaraju_scc(&graph).into_iter().enumerate() {
            for node in nodes {
                component_of[node.index()] = component;
            }
        }
        component_of
    }
}
