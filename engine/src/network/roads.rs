//! The road graph: junctions, and directed road pieces with class, speed and length.

use serde::{Deserialize, Serialize};

use super::Position;
use crate::ids::RoadNodeId;
use crate::time::Duration;
use crate::units::Metres;

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
    /// 机耕道: a tractor track, driven only where policy says so.
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

/// Junctions and the directed road pieces between them. A two-way road is two edges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoadGraph {
    /// By [`RoadNodeId`].
    pub nodes: Vec<Position>,
    /// In no particular order.
    pub edges: Vec<RoadEdge>,
}
