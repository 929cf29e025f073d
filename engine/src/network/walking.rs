//! Which stops people can walk to, and how long it takes.
//!
//! People walk along roads (expressways excepted), tracks and footpaths, in both directions of each, from the
//! junction nearest to where they are to the junction nearest to the stop; the straight legs at both ends count.

use super::roads::RoadGraph;
use super::shortest_ways::{Adjacency, Search};
use super::snapping::NodeIndex;
use super::{Place, PlaceKind};
use crate::ids::{PlaceId, RoadNodeId};
use crate::time::Duration;
use crate::units::{Metres, rounded_quotient};

/// How people walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalkingPolicy {
    /// Metres per hour, so that it stays an integer.
    pub metres_per_hour: i64,
    /// Nobody is sent on foot farther than this.
    pub limit: Metres,
}

/// A stop that can be reached on foot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalkLink {
    /// The stop.
    pub stop: PlaceId,
    /// How long the walk takes.
    pub duration: Duration,
    /// How far it is.
    pub distance: Metres,
}

/// For every place the stops within walking reach, nearest first (ties by id); a stop reaches itself at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WalkLinks {
    /// By [`PlaceId`].
    pub from_place: Vec<Vec<WalkLink>>,
}

impl WalkLinks {
    /// The stops within walking reach of a place.
    pub fn from(&self, place: PlaceId) -> &[WalkLink] {
        &self.from_place[place.index()]
    }
}

impl WalkingPolicy {
    /// How long people take for this distance.
    pub fn duration(&self, distance: Metres) -> Duration {
        let seconds = rounded_quotient(distance.0 * 3_600, self.metres_per_hour);
        Duration::from_seconds(i32::try_from(seconds).expect("nobody walks for 68 years"))
    }
}

/// The walk from every place to each stop within the limit of the policy.
pub fn walk_links(places: &[Place], roads: &RoadGraph, policy: &WalkingPolicy) -> WalkLinks {
    let paths = paths(roads);
    let index = NodeIndex::new(&roads.nodes, &roads.walked_nodes());
    let snapped: Vec<Option<(RoadNodeId, Metres)>> = places.iter().map(|place| index.nearest(place.position)).collect();

    let mut stops_at: Vec<Vec<(PlaceId, Metres)>> = vec![Vec::new(); roads.nodes.len()];
    for (stop, _) in places.iter().enumerate().filter(|(_, place)| place.kind == PlaceKind::Stop) {
        if let Some((node, leg)) = snapped[stop] {
            stops_at[node.index()].push((PlaceId::from_index(stop), leg));
        }
    }

    let mut search = Search::new(roads.nodes.len());
    let mut links_from = |place: PlaceId| {
        let mut links = Vec::new();
        if places[place.index()].kind == PlaceKind::Stop {
            links.push(WalkLink { stop: place, duration: Duration::ZERO, distance: Metres(0) });
        }
        if let Some((node, first_leg)) = snapped[place.index()].filter(|(_, leg)| *leg <= policy.limit) {
            let reach = (policy.limit - first_leg).0 as u64;
            search.run(&paths, node.0, reach, |_, node, metres| {
                for &(stop, last_leg) in &stops_at[node as usize] {
                    let distance = first_leg + Metres(metres as i64) + last_leg;
                    if stop != place && distance <= policy.limit {
                        links.push(WalkLink { stop, duration: policy.duration(distance), distance });
                    }
                }
                true
            });
        }
        links.sort_unstable_by_key(|link| (link.distance, link.stop));
        links
    };
    WalkLinks { from_place: (0..places.len()).map(|place| links_from(PlaceId::from_index(place))).collect() }
}

fn paths(roads: &RoadGraph) -> Adjacency {
    let walked = roads.edges.iter().filter(|edge| edge.class.is_walked());
    let both_ways = walked.flat_map(|edge| {
        let metres = edge.length.0 as u64;
        [(edge.from.0, edge.to.0, metres), (edge.to.0, edge.from.0, metres)]
    });
    Adjacency::new(roads.nodes.len(), both_ways.collect())
}
