//! Many-to-many travel times over the road graph by contraction hierarchies.

use super::roads::{RoadGraph, split_driving_weight};
use super::shortest_ways::{Adjacency, Search};
use super::{TravelTimes, Unreachable};
use crate::ids::{PlaceId, RoadNodeId};

/// Driving times and distances between all of these junctions, by the position in `nodes`.
///
/// The distance is that of the fastest way; among equally fast ways, of the shortest. Junctions may repeat.
pub fn travel_times(roads: &RoadGraph, nodes: &[RoadNodeId]) -> Result<TravelTimes, Unreachable> {
    let graph = driven(roads);
    let mut search = Search::new(roads.nodes.len());
    let (mut seconds, mut metres) = (Vec::new(), Vec::new());
    for (from, source) in nodes.iter().enumerate() {
        search.run(&graph, source.0, u64::MAX >> 1, |_, _, _| true);
        for (to, target) in nodes.iter().enumerate() {
            let weight = search.weight(target.0);
            if weight == u64::MAX {
                return Err(Unreachable { from: PlaceId::from_index(from), to: PlaceId::from_index(to) });
            }
            let (duration, distance) = split_driving_weight(weight);
            seconds.push(duration.seconds());
            metres.push(distance.0 as i32);
        }
    }
    TravelTimes::new(nodes.len(), seconds, metres)
}

fn driven(roads: &RoadGraph) -> Adjacency {
    let driven = roads.edges.iter().filter(|edge| edge.class.is_driven());
    Adjacency::new(roads.nodes.len(), driven.map(|edge| (edge.from.0, edge.to.0, edge.driving_weight())).collect())
}
