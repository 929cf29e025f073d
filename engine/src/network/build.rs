//! Putting a network together from places and roads, with every problem reported at once.

use std::collections::BTreeMap;

use super::many_to_many::travel_times;
use super::roads::{RoadGraph, SpeedLimits};
use super::snapping::NodeIndex;
use super::walking::{WalkingPolicy, walk_links};
use super::{Name, Network, Place, PlaceKind, Position};
use crate::ids::{PlaceId, RoadNodeId};
use crate::units::Metres;

/// A place that hasn't been matched to the roads yet.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceDraft {
    /// The code people write, unique among all places.
    pub code: String,
    /// What people call it.
    pub name: Name,
    /// What is there.
    pub kind: PlaceKind,
    /// Where it is.
    pub position: Position,
}

/// Places that have been matched to roads on which they reach each other: all that a network needs.
#[derive(Clone, Debug)]
pub struct MatchedPlaces {
    places: Vec<Place>,
    roads: RoadGraph,
}

/// Why places and roads make no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkProblem {
    /// There is no road on which vehicles stop at all.
    #[error("on no road can vehicles stop: all edges are expressways, tracks or footpaths, or there are none")]
    NoRoads,
    /// An edge can't be.
    #[error("road edge number {edge}: {flaw}")]
    ImpossibleEdge {
        /// Its position in the table.
        edge: usize,
        /// What is wrong with it.
        flaw: &'static str,
    },
    /// A place is so far from every road that its coordinates must be wrong.
    #[error("place {code} is {distance} from the nearest road junction (at most {})", NetworkProblem::FARTHEST_ROAD)]
    FarFromRoads {
        /// Which place.
        place: PlaceId,
        /// Its code.
        code: String,
        /// As the crow flies.
        distance: Metres,
    },
    /// Vehicles can't get from this place to most others and back.
    #[error("place {code}: vehicles cannot drive from there to the other places and back; check roads and oneways")]
    CutOff {
        /// Which place.
        place: PlaceId,
        /// Its code.
        code: String,
    },
}

impl NetworkProblem {
    /// Farther from a junction than this, no place is believed.
    pub const FARTHEST_ROAD: Metres = Metres(5_000);
}

impl MatchedPlaces {
    /// Matches places to the nearest junction at which vehicles can stop and checks that all reach each other. All problems are
    /// reported, not only the first. The way between place and junction takes a vehicle no time: it is there already.
    pub fn new(drafts: Vec<PlaceDraft>, roads: RoadGraph) -> Result<Self, Vec<NetworkProblem>> {
        if let Some((edge, flaw)) = roads.first_flaw() {
            return Err(vec![NetworkProblem::ImpossibleEdge { edge, flaw }]);
        }
        let index = NodeIndex::new(&roads.nodes, &roads.stopping_nodes());
        let mut places = Vec::with_capacity(drafts.len());
        let mut problems = Vec::new();
        let mut near = Vec::with_capacity(drafts.len());
        for (id, draft) in drafts.into_iter().enumerate() {
            let Some((road_node, distance)) = index.nearest(draft.position) else {
                return Err(vec![NetworkProblem::NoRoads]);
            };
            let (id, PlaceDraft { code, name, kind, position }) = (PlaceId::from_index(id), draft);
            if distance > NetworkProblem::FARTHEST_ROAD {
                problems.push(NetworkProblem::FarFromRoads { place: id, code: code.clone(), distance });
            } else {
                near.push(id);
            }
            places.push(Place { code, name, kind, position, road_node });
        }
        problems.extend(cut_off_places(&places, &near, &roads));
        if problems.is_empty() { Ok(Self { places, roads }) } else { Err(problems) }
    }

    /// Computes driving times between all places, with and without pupils on board, and walks to stops.
    pub fn into_network(self, walking: &WalkingPolicy, with_pupils: SpeedLimits) -> Network {
        let Self { places, roads } = self;
        let nodes: Vec<RoadNodeId> = places.iter().map(|place| place.road_node).collect();
        let travel = travel_times(&roads, &nodes).expect("junctions of one component reach each other");
        let travel_with_pupils =
            travel_times(&roads.limited(with_pupils), &nodes).expect("junctions of one component reach each other");
        let walks = walk_links(&places, &roads, walking);
        Network { places, roads, travel, travel_with_pupils, walks }
    }
}

/// Of the places near a road those outside the component that has most of them (ties: the one of the first place).
fn cut_off_places(places: &[Place], near: &[PlaceId], roads: &RoadGraph) -> Vec<NetworkProblem> {
    let component_of = roads.driven_components();
    let component = |&id: &PlaceId| component_of[places[id.index()].road_node.index()];
    let mut members: BTreeMap<usize, usize> = BTreeMap::new();
    for place in near {
        *members.entry(component(place)).or_default() += 1;
    }
    let most = members.values().max().copied().unwrap_or(0);
    let Some(main) = near.iter().map(component).find(|component| members[component] == most) else {
        return Vec::new();
    };
    let strays = near.iter().filter(|&place| component(place) != main);
    strays.map(|&place| NetworkProblem::CutOff { place, code: places[place.index()].code.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::roads::{RoadClass, RoadEdge};
    use crate::network::walking::WalkLink;
    use crate::time::Duration;

    /// ```text
    ///   A ===1000=== B ===1000=== C        village roads, 10 m/s, two-way
    ///   |            |            |
    ///  path 600   track 300    oneway C→D 400
    ///   |            |            |
    ///   E            F            D
    /// ```
    /// Junctions stand where the map shows them, 0.01° apart.
    const JUNCTIONS: [(&str, f64, f64); 6] =
        [("A", 0.01, 0.0), ("B", 0.01, 0.01), ("C", 0.01, 0.02), ("D", 0.0, 0.02), ("E", 0.0, 0.0), ("F", 0.0, 0.01)];

    fn junction(code: &str) -> RoadNodeId {
        RoadNodeId::from_index(JUNCTIONS.iter().position(|row| row.0 == code).unwrap())
    }

    fn position(code: &str) -> Position {
        let (_, north, east) = JUNCTIONS[junction(code).index()];
        Position { latitude: 31.0 + north, longitude: 105.0 + east }
    }

    fn edges(from: &str, to: &str, metres: i64, class: RoadClass, is_oneway: bool) -> Vec<RoadEdge> {
        let there = RoadEdge {
            from: junction(from),
            to: junction(to),
            length: Metres(metres),
            duration: Duration::from_seconds((metres / 10) as i32),
            class,
            unfit_at_night: false,
        };
        let back = RoadEdge { from: there.to, to: there.from, ..there.clone() };
        if is_oneway { vec![there] } else { vec![there, back] }
    }

    fn map() -> RoadGraph {
        RoadGraph {
            nodes: JUNCTIONS.iter().map(|row| position(row.0)).collect(),
            edges: [
                edges("A", "B", 1_000, RoadClass::Village, false),
                edges("B", "C", 1_000, RoadClass::Village, false),
                edges("C", "D", 400, RoadClass::Village, true),
                edges("A", "E", 600, RoadClass::Footpath, false),
                edges("B", "F", 300, RoadClass::Track, false),
            ]
            .concat(),
        }
    }

    fn draft(code: &str, kind: PlaceKind, position: Position) -> PlaceDraft {
        PlaceDraft { code: code.into(), name: Name::default(), kind, position }
    }

    fn stop(code: &str) -> PlaceDraft {
        draft(code, PlaceKind::Stop, position(code))
    }

    fn village(code: &str) -> PlaceDraft {
        draft(code, PlaceKind::Village, position(code))
    }

    const LIMITS: SpeedLimits = SpeedLimits { expressway: 80, other: 60 };
    const WALKING: WalkingPolicy = WalkingPolicy { metres_per_hour: 3_600, limit: Metres(1_700) };

    fn build_on(roads: RoadGraph, places: Vec<PlaceDraft>) -> Result<Network, Vec<NetworkProblem>> {
        MatchedPlaces::new(places, roads).map(|matched| matched.into_network(&WALKING, LIMITS))
    }

    fn build(places: Vec<PlaceDraft>) -> Result<Network, Vec<NetworkProblem>> {
        build_on(map(), places)
    }

    fn walks(network: &Network, from: usize) -> Vec<(u32, i64)> {
        let links = network.walks.from(PlaceId::from_index(from));
        let as_far_as_long = |link: &WalkLink| i64::from(link.duration.seconds()) == link.distance.0;
        assert!(links.iter().all(as_far_as_long), "one metre per second");
        links.iter().map(|link| (link.stop.0, link.distance.0)).collect()
    }

    #[test]
    fn driving_follows_the_roads_and_takes_their_time() {
        let network = build(vec![stop("A"), village("C")]).unwrap();
        let (stop, village) = (PlaceId(0), PlaceId(1));
        assert_eq!(network.travel.distance(stop, village), Metres(2_000));
        assert_eq!(network.travel.duration(village, stop), Duration::from_seconds(200));
        assert_eq!(network.travel.duration(stop, stop), Duration::ZERO);
    }

    #[test]
    fn vehicles_meet_a_village_on_a_footpath_at_the_next_road() {
        let network = build(vec![stop("C"), village("E")]).unwrap();
        assert_eq!(network.places[1].road_node, junction("A"));
    }

    #[test]
    fn vehicles_meet_nobody_on_an_expressway() {
        let mut roads = map();
        roads.edges.extend(edges("E", "F", 1_000, RoadClass::Expressway, false));
        roads.edges.extend(edges("F", "B", 1_000, RoadClass::Expressway, false));
        let network = build_on(roads, vec![stop("C"), village("E")]).unwrap();
        assert_eq!(network.places[1].road_node, junction("A"));
    }

    #[test]
    fn people_walk_along_footpaths_to_stops_only() {
        let network = build(vec![stop("A"), stop("B"), village("E")]).unwrap();
        assert_eq!(walks(&network, 2), [(0, 600), (1, 1_600)]);
        assert_eq!(walks(&network, 0), [(0, 0), (1, 1_000)], "the village is nobody's stop");
    }

    #[test]
    fn people_walk_along_tracks_and_against_a_oneway() {
        let network = build(vec![stop("B"), village("F"), village("D")]);
        assert_eq!(network.unwrap_err().len(), 1, "but nobody drives out of D");
        let mut roads = map();
        roads.edges.extend(edges("D", "C", 4_000, RoadClass::Expressway, true));
        let network = build_on(roads, vec![stop("B"), village("F"), village("D")]).unwrap();
        assert_eq!(walks(&network, 1), [(0, 300)]);
        assert_eq!(walks(&network, 2), [(0, 1_400)], "C→D is walked backwards, the expressway is not walked");
    }

    #[test]
    fn the_way_to_and_from_the_path_counts() {
        let beside = Position { latitude: 31.0, longitude: 104.999 };
        let leg = beside.distance_to(position("E"));
        let network = build(vec![stop("A"), draft("V", PlaceKind::Village, beside)]).unwrap();
        assert_eq!(walks(&network, 1), [(0, 600 + leg.0)]);
    }

    #[test]
    fn nobody_is_sent_farther_than_the_limit() {
        let policy = WalkingPolicy { limit: Metres(1_599), ..WALKING };
        let matched = MatchedPlaces::new(vec![stop("A"), stop("B"), village("E")], map()).unwrap();
        let network = matched.into_network(&policy, LIMITS);
        assert_eq!(walks(&network, 2), [(0, 600)]);
    }

    #[test]
    fn a_dead_end_of_a_oneway_is_cut_off_and_named() {
        let problems = build(vec![village("D"), stop("A"), stop("C")]).unwrap_err();
        assert_eq!(problems, [NetworkProblem::CutOff { place: PlaceId(0), code: "D".into() }]);
    }

    #[test]
    fn places_far_away_and_places_cut_off_are_reported_together() {
        let sea = Position { latitude: 20.0, longitude: 115.0 };
        let problems = build(vec![draft("X", PlaceKind::Stop, sea), village("D"), stop("A"), stop("C")]).unwrap_err();
        assert!(matches!(problems[..], [NetworkProblem::FarFromRoads { .. }, NetworkProblem::CutOff { .. }]));
    }

    #[test]
    fn every_place_far_from_all_roads_is_reported() {
        let sea = Position { latitude: 20.0, longitude: 115.0 };
        let problems = build(vec![draft("X", PlaceKind::Stop, sea), stop("A"), draft("Y", PlaceKind::Depot, sea)]);
        let codes = problems.unwrap_err().into_iter().map(|problem| match problem {
            NetworkProblem::FarFromRoads { code, .. } => code,
            other => panic!("{other}"),
        });
        assert_eq!(codes.collect::<Vec<_>>(), ["X", "Y"]);
    }

    #[test]
    fn footpaths_alone_are_no_roads() {
        let mut roads = map();
        roads.edges.retain(|edge| edge.class == RoadClass::Footpath);
        assert_eq!(build_on(roads, vec![stop("A")]).unwrap_err(), [NetworkProblem::NoRoads]);
    }

    #[test]
    fn an_edge_to_nowhere_is_refused() {
        let mut roads = map();
        roads.edges[1].to = RoadNodeId(99);
        let problems = build_on(roads, vec![stop("A")]).unwrap_err();
        assert!(matches!(problems[..], [NetworkProblem::ImpossibleEdge { edge: 1, .. }]));
    }
}
