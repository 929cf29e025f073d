//! Finding the road junction or the place nearest to a position.
//!
//! Positions are indexed as points of the unit sphere: there the straight line between two points orders them
//! exactly as the way along the surface does, at every latitude. Ties go to the smaller id.

use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::{Place, Position};
use crate::ids::{PlaceId, RoadNodeId};
use crate::units::Metres;

const EARTH_RADIUS_METRES: f64 = 6_371_008.8;

/// Road junctions by position.
#[derive(Clone, Debug)]
pub struct NodeIndex(SphereIndex);

/// Places by position.
#[derive(Clone, Debug)]
pub struct PlaceIndex(SphereIndex);

impl NodeIndex {
    /// Of these junctions, whose positions are in `positions` by [`RoadNodeId`].
    pub fn new(positions: &[Position], nodes: &[RoadNodeId]) -> Self {
        Self(SphereIndex::new(nodes.iter().map(|node| (positions[node.index()], node.0))))
    }

    /// The nearest junction and how far it is as the crow flies; none in an empty index.
    pub fn nearest(&self, position: Position) -> Option<(RoadNodeId, Metres)> {
        self.0.nearest(position).map(|(node, distance)| (RoadNodeId(node), distance))
    }
}

impl PlaceIndex {
    /// Of these places; the ids are their positions in the table.
    pub fn new(places: &[Place]) -> Self {
        Self::of(places, |_| true)
    }

    /// Of those places that `is_wanted`.
    pub fn of(places: &[Place], is_wanted: impl Fn(&Place) -> bool) -> Self {
        let with_ids = places.iter().enumerate().filter(|(_, place)| is_wanted(place));
        Self(SphereIndex::new(with_ids.map(|(index, place)| (place.position, PlaceId::from_index(index).0))))
    }

    /// The nearest place and how far it is as the crow flies; none in an empty index.
    pub fn nearest(&self, position: Position) -> Option<(PlaceId, Metres)> {
        self.0.nearest(position).map(|(place, distance)| (PlaceId(place), distance))
    }

    /// All places at most this far as the crow flies, nearest first.
    pub fn within(&self, position: Position, limit: Metres) -> Vec<(PlaceId, Metres)> {
        self.0.within(position, limit).into_iter().map(|(place, distance)| (PlaceId(place), distance)).collect()
    }
}

#[derive(Clone, Debug)]
struct SphereIndex(RTree<GeomWithData<[f64; 3], (u32, OnEarth)>>);

/// The position that was indexed, kept so that distances are computed from it and not from the sphere point.
type OnEarth = (f64, f64);

impl SphereIndex {
    fn new(points: impl Iterator<Item = (Position, u32)>) -> Self {
        let on_sphere =
            |(at, id): (Position, u32)| GeomWithData::new(sphere_point(at), (id, (at.latitude, at.longitude)));
        Self(RTree::bulk_load(points.map(on_sphere).collect()))
    }

    fn nearest(&self, position: Position) -> Option<(u32, Metres)> {
        let ties = self.0.nearest_neighbors(&sphere_point(position));
        let (id, at) = ties.into_iter().map(|found| found.data).min_by_key(|&(id, _)| id)?;
        Some((id, distance(position, at)))
    }

    fn within(&self, position: Position, limit: Metres) -> Vec<(u32, Metres)> {
        // A metre more than asked for: the exact test is on the rounded distance below.
        let chord = (limit.0 as f64 + 1.0) / EARTH_RADIUS_METRES;
        let near = self.0.locate_within_distance(sphere_point(position), chord * chord);
        let mut found: Vec<_> = near.map(|point| (point.data.0, distance(position, point.data.1))).collect();
        found.retain(|&(_, distance)| distance <= limit);
        found.sort_unstable_by_key(|&(id, distance)| (distance, id));
        found
    }
}

fn distance(from: Position, (latitude, longitude): OnEarth) -> Metres {
    from.distance_to(Position { latitude, longitude })
}

fn sphere_point(position: Position) -> [f64; 3] {
    let (sin_latitude, cos_latitude) = position.latitude.to_radians().sin_cos();
    let (sin_longitude, cos_longitude) = position.longitude.to_radians().sin_cos();
    [cos_latitude * cos_longitude, cos_latitude * sin_longitude, sin_latitude]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Name, PlaceKind};

    fn at(latitude: f64, longitude: f64) -> Position {
        Position { latitude, longitude }
    }

    fn index(positions: &[Position]) -> PlaceIndex {
        let place = |&position: &Position| Place {
            code: String::new(),
            name: Name::default(),
            kind: PlaceKind::Stop,
            position,
            road_node: RoadNodeId(0),
        };
        PlaceIndex::new(&positions.iter().map(place).collect::<Vec<_>>())
    }

    #[test]
    fn a_degree_of_longitude_is_shorter_in_the_north() {
        // 0.010° east is nearer than 0.009° north at 31° N.
        let places = index(&[at(31.009, 105.0), at(31.0, 105.010)]);
        assert_eq!(places.nearest(at(31.0, 105.0)), Some((PlaceId(1), Metres(953))));
    }

    #[test]
    fn of_two_places_at_one_spot_the_first_is_found() {
        let spot = at(31.0, 105.0);
        assert_eq!(index(&[at(31.1, 105.0), spot, spot]).nearest(spot), Some((PlaceId(1), Metres(0))));
    }

    #[test]
    fn within_counts_the_limit_itself_and_sorts_by_distance() {
        let places = index(&[at(31.009, 105.0), at(31.001, 105.0), at(31.02, 105.0)]);
        let near = places.within(at(31.0, 105.0), Metres(1_001));
        assert_eq!(near, [(PlaceId(1), Metres(111)), (PlaceId(0), Metres(1_001))]);
        assert_eq!(places.within(at(31.0, 105.0), Metres(1_000)).len(), 1);
    }

    #[test]
    fn nothing_is_near_where_nothing_is() {
        assert_eq!(index(&[]).nearest(at(31.0, 105.0)), None);
    }
}
