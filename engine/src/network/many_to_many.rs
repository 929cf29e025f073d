//! Many-to-many travel times over the road graph by contraction hierarchies.
//!
//! Every target first leaves its weight in a bucket at each node of its backward search; the forward search of a
//! source then looks only into the buckets it meets (Knopp et al., *Computing Many-to-Many Shortest Paths Using Highway
//! Hierarchies*, ALENEX 2007). A weight holds seconds above metres, so the least weight is unique and no way has to be
//! unpacked: results depend on neither the hierarchy nor the order of edges.

use super::contraction::{Direction, Hierarchy};
use super::roads::{RoadGraph, split_driving_weight};
use super::shortest_ways::{Adjacency, NO_WAY, Search};
use super::{TravelTimes, Unreachable};
use crate::ids::{PlaceId, RoadNodeId};

/// Driving times and distances between all of these junctions, by the position in `nodes`.
///
/// The distance is that of the fastest way; among equally fast ways, of the shortest. Junctions may repeat.
pub fn travel_times(roads: &RoadGraph, nodes: &[RoadNodeId]) -> Result<TravelTimes, Unreachable> {
    between_all(nodes, |distinct| least_weights(roads, distinct))
}

/// The same by a search from every junction: the slow reference for tests and measurements.
pub fn travel_times_by_dijkstra(roads: &RoadGraph, nodes: &[RoadNodeId]) -> Result<TravelTimes, Unreachable> {
    between_all(nodes, |distinct| least_weights_by_dijkstra(roads, distinct))
}

fn between_all(
    nodes: &[RoadNodeId],
    least_weights: impl Fn(&[RoadNodeId]) -> Vec<u64>,
) -> Result<TravelTimes, Unreachable> {
    let mut distinct = nodes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let weights = least_weights(&distinct);

    let rows: Vec<usize> =
        nodes.iter().map(|node| distinct.binary_search(node).expect("every junction is among them")).collect();
    let mut seconds = Vec::with_capacity(nodes.len() * nodes.len());
    let mut metres = Vec::with_capacity(nodes.len() * nodes.len());
    for (from, &row) in rows.iter().enumerate() {
        for (to, &column) in rows.iter().enumerate() {
            let weight = weights[row * distinct.len() + column];
            if weight == NO_WAY {
                return Err(Unreachable { from: PlaceId::from_index(from), to: PlaceId::from_index(to) });
            }
            let (duration, distance) = split_driving_weight(weight);
            seconds.push(duration.seconds());
            metres.push(i32::try_from(distance.0).expect("no way is longer than two million kilometres"));
        }
    }
    TravelTimes::of_fastest_ways(nodes.len(), &seconds, &metres)
}

/// The least driving weight between all of these junctions, row-major.
fn least_weights(roads: &RoadGraph, nodes: &[RoadNodeId]) -> Vec<u64> {
    let hierarchy = Hierarchy::new(roads.nodes.len(), driven_arcs(roads));
    let mut search = Search::new(hierarchy.nodes());

    let mut buckets: Vec<Vec<(usize, u64)>> = vec![Vec::new(); hierarchy.nodes()];
    for (column, target) in nodes.iter().enumerate() {
        hierarchy.climb(&mut search, Direction::Backward, target.0, |rank, weight| {
            buckets[rank as usize].push((column, weight));
        });
    }
    let mut weights = vec![NO_WAY; nodes.len() * nodes.len()];
    for (row, source) in weights.chunks_exact_mut(nodes.len().max(1)).zip(nodes) {
        hierarchy.climb(&mut search, Direction::Forward, source.0, |rank, weight| {
            for &(column, rest) in &buckets[rank as usize] {
                row[column] = row[column].min(weight + rest);
            }
        });
    }
    weights
}

fn least_weights_by_dijkstra(roads: &RoadGraph, nodes: &[RoadNodeId]) -> Vec<u64> {
    let graph = Adjacency::new(roads.nodes.len(), driven_arcs(roads).collect());
    let mut search = Search::new(roads.nodes.len());
    let mut weights = Vec::with_capacity(nodes.len() * nodes.len());
    for source in nodes {
        search.run(&graph, source.0, NO_WAY - 1, |_, _, _| true);
        weights.extend(nodes.iter().map(|target| search.weight(target.0)));
    }
    weights
}

fn driven_arcs(roads: &RoadGraph) -> impl Iterator<Item = (u32, u32, u64)> {
    let driven = roads.edges.iter().filter(|edge| edge.class.is_driven());
    driven.map(|edge| (edge.from.0, edge.to.0, edge.driving_weight()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::Position;
    use crate::network::roads::{RoadClass, RoadEdge};
    use crate::time::Duration;
    use crate::units::Metres;

    fn roads(nodes: usize, edges: &[(u32, u32, i32, i64)]) -> RoadGraph {
        let edge = |&(from, to, seconds, metres): &(u32, u32, i32, i64)| RoadEdge {
            from: RoadNodeId(from),
            to: RoadNodeId(to),
            length: Metres(metres),
            duration: Duration::from_seconds(seconds),
            class: RoadClass::Village,
            unfit_at_night: false,
        };
        RoadGraph {
            nodes: vec![Position { latitude: 31.0, longitude: 105.0 }; nodes],
            edges: edges.iter().map(edge).collect(),
        }
    }

    fn all_nodes(roads: &RoadGraph) -> Vec<RoadNodeId> {
        (0..roads.nodes.len()).map(RoadNodeId::from_index).collect()
    }

    fn check(roads: &RoadGraph, from: u32, to: u32, expected: Option<(i32, i64)>) {
        let found = travel_times(roads, &[RoadNodeId(from), RoadNodeId(to)]).map(|travel| {
            let (from, to) = (PlaceId(0), PlaceId(1));
            (travel.duration(from, to).seconds(), travel.distance(from, to).0)
        });
        assert_eq!(found.ok(), expected, "{from} to {to}");
    }

    #[test]
    fn a_long_fast_road_beats_a_short_slow_one_and_its_length_counts() {
        let map = roads(3, &[(0, 1, 100, 500), (0, 2, 30, 900), (2, 1, 30, 900), (1, 0, 100, 500)]);
        check(&map, 0, 1, Some((60, 1_800)));
        check(&map, 1, 0, Some((100, 500)));
    }

    #[test]
    fn whoever_is_quicker_by_way_of_a_third_place_goes_that_way() {
        let (seconds, metres) = ([0, 100, 30, 100, 0, 30, 30, 30, 0], [0, 500, 900, 500, 0, 900, 900, 900, 0]);
        let travel = TravelTimes::new(3, &seconds, &metres).unwrap();
        let (from, to) = (PlaceId(0), PlaceId(1));
        assert_eq!((travel.duration(from, to).seconds(), travel.distance(from, to).0), (60, 1_800));
        let shortest: Vec<i32> = [60, 30, 60].to_vec();
        let found = [(0, 1), (0, 2), (1, 0)].map(|(from, to)| travel.duration(PlaceId(from), PlaceId(to)).seconds());
        assert_eq!(found[..], shortest[..]);
    }

    #[test]
    fn of_equally_fast_ways_the_shortest_counts() {
        let map = roads(4, &[(0, 1, 5, 80), (1, 3, 5, 80), (0, 2, 5, 70), (2, 3, 5, 85), (3, 0, 1, 1)]);
        check(&map, 0, 3, Some((10, 155)));
    }

    #[test]
    fn a_oneway_is_not_driven_backwards() {
        let map = roads(2, &[(0, 1, 5, 80)]);
        let unreachable = travel_times(&map, &[RoadNodeId(0), RoadNodeId(1)]).unwrap_err();
        assert_eq!(unreachable, Unreachable { from: PlaceId(1), to: PlaceId(0) });
    }

    #[test]
    fn tracks_and_footpaths_are_not_driven() {
        for (class, expected) in
            [(RoadClass::Village, Some((5, 80))), (RoadClass::Track, None), (RoadClass::Footpath, None)]
        {
            let mut map = roads(2, &[(0, 1, 5, 80), (1, 0, 5, 80)]);
            map.edges[0].class = class;
            check(&map, 0, 1, expected);
        }
    }

    #[test]
    fn two_places_at_one_junction_are_no_way_apart() {
        let map = roads(2, &[(0, 1, 5, 80), (1, 0, 5, 80)]);
        check(&map, 1, 1, Some((0, 0)));
        check(&roads(1, &[]), 0, 0, Some((0, 0)));
        assert_eq!(travel_times(&map, &[]).unwrap().places(), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Few distinct times and lengths, so that ties abound; parallel edges, loops, oneways and gaps occur.
        #[test]
        fn the_hierarchy_finds_what_dijkstra_finds(
            nodes in 1..40_u32,
            edges in prop::collection::vec((0..40_u32, 0..40_u32, 0..4_i32, 0..4_i64), 0..150),
        ) {
            let edges: Vec<_> = edges.into_iter().map(|(from, to, s, m)| (from % nodes, to % nodes, s, m)).collect();
            let map = roads(nodes as usize, &edges);
            prop_assert_eq!(least_weights(&map, &all_nodes(&map)), least_weights_by_dijkstra(&map, &all_nodes(&map)));
        }

        /// A hilly grid with oneways, of the size at which hierarchies get many levels.
        #[test]
        fn the_hierarchy_agrees_on_street_grids(slowness in prop::collection::vec(1..9_i32, 2 * 12 * 12)) {
            let mut edges = Vec::new();
            for (street, &slow) in slowness.iter().enumerate() {
                let (crossing, is_eastward) = (street as u32 / 2, street % 2 == 0);
                let to = if is_eastward { crossing + 1 } else { crossing + 12 };
                if to < 144 && (!is_eastward || crossing % 12 < 11) {
                    edges.push((crossing, to, slow, i64::from(10 - slow)));
                    if slow < 7 {
                        edges.push((to, crossing, slow, i64::from(slow)));
                    }
                }
            }
            let map = roads(144, &edges);
            prop_assert_eq!(least_weights(&map, &all_nodes(&map)), least_weights_by_dijkstra(&map, &all_nodes(&map)));
        }

        #[test]
        fn the_order_of_edges_changes_nothing(
            edges in prop::collection::vec((0..20_u32, 0..20_u32, 1..4_i32, 1..4_i64), 0..80),
        ) {
            let mut backwards = edges.clone();
            backwards.reverse();
            let (map, same_map) = (roads(20, &edges), roads(20, &backwards));
            prop_assert_eq!(least_weights(&map, &all_nodes(&map)), least_weights(&same_map, &all_nodes(&map)));
        }
    }
}
