//! Where things are and how long it takes to get from one to another.
//!
//! Everything a solver needs of geography is a [`PlaceId`] and the [`TravelTimes`] between places, computed once
//! per scenario from the road graph. Coordinates are WGS-84; other datums are translated at the edge.
//!
//! Invariant: in a [`Network`] every place reaches every other by road.

mod build;
mod contraction;
pub mod datum;
pub mod many_to_many;
pub mod roads;
mod shortest_ways;
pub mod snapping;
pub mod walking;

use geo::{Distance, Haversine, Point};
use serde::{Deserialize, Serialize};

pub use build::{MatchedPlaces, NetworkProblem, PlaceDraft};
pub use roads::SpeedLimits;

use crate::ids::{PlaceId, RoadNodeId};
use crate::time::Duration;
use crate::units::Metres;

use roads::RoadGraph;
use walking::WalkLinks;

/// A point on the earth in WGS-84 degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// What people call a thing, in both languages of the console.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// English, or pinyin.
    pub en: String,
    /// Chinese; empty when the source has none.
    pub zh: String,
}

impl Name {
    /// What people there call it: the Chinese name where there is one.
    pub fn local(&self) -> &str {
        Self::local_of(&self.zh, &self.en)
    }

    /// The same of two names that are not kept together.
    pub fn local_of<'a>(zh: &'a str, en: &'a str) -> &'a str {
        if zh.is_empty() { en } else { zh }
    }
}

/// What is at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// A stop of a line (a GTFS stop).
    Stop,
    /// A village committee and its service room.
    Village,
    /// A school gate.
    School,
    /// A market place.
    Market,
    /// A hospital, an elderly centre …
    Facility,
    /// A depot.
    Depot,
}

/// Somewhere a vehicle or a person can be.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The code people write in files and over the API, unique among all places.
    pub code: String,
    /// What people call it.
    pub name: Name,
    /// What is there.
    pub kind: PlaceKind,
    /// Where it is.
    pub position: Position,
    /// The road junction at which vehicles reach it.
    pub road_node: RoadNodeId,
}

/// Driving time and distance from every place to every other.
///
/// Invariants: the diagonal is zero; times obey the triangle inequality, because whoever is quicker by way of a third place goes
/// that way. Solvers rely on it: a stop more never makes a vehicle earlier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TravelTimes {
    places: usize,
    /// Row-major: entry `from * places + to`.
    ways: Vec<Way>,
}

/// The fastest way between two places; side by side in memory, because they are read together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Way {
    seconds: i32,
    metres: i32,
}

/// Two places of a matrix that has no way from the first to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreachable {
    /// From here …
    pub from: PlaceId,
    /// … no road leads there.
    pub to: PlaceId,
}

/// All geography of a scenario.
#[derive(Clone, Debug)]
pub struct Network {
    /// By [`PlaceId`].
    pub places: Vec<Place>,
    /// The roads that vehicles use.
    pub roads: RoadGraph,
    /// Between all places.
    pub travel: TravelTimes,
    /// The same for a bus with pupils on board, which keeps to lower speed limits.
    pub travel_with_pupils: TravelTimes,
    /// The stops near each place on foot.
    pub walks: WalkLinks,
}

impl Position {
    /// Along the surface of the earth (a sphere: at most 0.6 % from the ellipsoid), rounded to the metre.
    pub fn distance_to(self, other: Self) -> Metres {
        Metres::rounded(self.exact_distance_to(other))
    }

    /// The same in metres with fractions, for summing up the many short pieces of a road before rounding once.
    pub fn exact_distance_to(self, other: Self) -> f64 {
        let point = |position: Self| Point::new(position.longitude, position.latitude);
        Haversine.distance(point(self), point(other))
    }
}

impl TravelTimes {
    /// From complete row-major matrices in seconds and metres; negative entries mean "no way" and are refused. A way that is
    /// quicker by way of a third place is replaced by that, time and distance (Floyd and Warshall's algorithm).
    pub fn new(places: usize, seconds: &[i32], metres: &[i32]) -> Result<Self, Unreachable> {
        let mut travel = Self::of_fastest_ways(places, seconds, metres)?;
        let ways = &mut travel.ways;
        for via in 0..places {
            for from in 0..places {
                let first = ways[from * places + via];
                for to in 0..places {
                    let second = ways[via * places + to];
                    let way = &mut ways[from * places + to];
                    if first.seconds + second.seconds < way.seconds {
                        *way = Way { seconds: first.seconds + second.seconds, metres: first.metres + second.metres };
                    }
                }
            }
        }
        Ok(travel)
    }

    /// The same from ways that are known to be the fastest: shortest ways in a road graph, straight lines rounded up.
    pub fn of_fastest_ways(places: usize, seconds: &[i32], metres: &[i32]) -> Result<Self, Unreachable> {
        assert!(seconds.len() == places * places && metres.len() == seconds.len(), "the matrices are square");
        match seconds.iter().zip(metres).position(|(&time, &distance)| time < 0 || distance < 0) {
            None => {
                let ways = seconds.iter().zip(metres).map(|(&seconds, &metres)| Way { seconds, metres });
                Ok(Self { places, ways: ways.collect() })
            }
            Some(entry) => {
                Err(Unreachable { from: PlaceId::from_index(entry / places), to: PlaceId::from_index(entry % places) })
            }
        }
    }

    /// The same for a vehicle that takes this percentage of the times, rounded up to the second: three places still obey the
    /// triangle inequality, because rounding up a sum gives no more than the sum of what was rounded up.
    #[must_use]
    pub fn scaled(&self, percent: u16) -> Self {
        let scaled = |seconds: i32| (i64::from(seconds) * i64::from(percent) + 99) / 100;
        let seconds = |way: &Way| i32::try_from(scaled(way.seconds)).expect("a way takes less than 68 years");
        let ways = self.ways.iter().map(|way| Way { seconds: seconds(way), ..*way });
        Self { places: self.places, ways: ways.collect() }
    }

    /// How many places there are.
    pub fn places(&self) -> usize {
        self.places
    }

    /// Driving time.
    #[inline]
    pub fn duration(&self, from: PlaceId, to: PlaceId) -> Duration {
        self.way(from, to).0
    }

    /// Driving distance along the fastest way.
    #[inline]
    pub fn distance(&self, from: PlaceId, to: PlaceId) -> Metres {
        self.way(from, to).1
    }

    /// Time and distance of the fastest way.
    #[inline]
    pub fn way(&self, from: PlaceId, to: PlaceId) -> (Duration, Metres) {
        let way = self.ways[from.index() * self.places + to.index()];
        (Duration::from_seconds(way.seconds), Metres(i64::from(way.metres)))
    }
}

impl Network {
    /// The place with this id.
    pub fn place(&self, id: PlaceId) -> &Place {
        &self.places[id.index()]
    }

    /// All places with their ids.
    pub fn places_with_ids(&self) -> impl Iterator<Item = (PlaceId, &Place)> {
        self.places.iter().enumerate().map(|(index, place)| (PlaceId::from_index(index), place))
    }

    /// The place with this code.
    pub fn place_by_code(&self, code: &str) -> Option<PlaceId> {
        self.places.iter().position(|place| place.code == code).map(PlaceId::from_index)
    }
}
