//! The settled land with its roads and names: what every topic of the generator builds on.

use super::blueprint::Blueprint;
use super::dice::Dice;
use super::names::Namer;
use super::relief::Relief;
use super::road_building;
use super::road_net::RoadNet;
use super::settlements::Settlements;
use crate::network::{Name, Position};
use crate::scenario::TownshipKind;

/// The middle of the area: hills of north-east Sichuan.
const ORIGIN: Position = Position { latitude: 31.52, longitude: 107.18 };
/// A degree of latitude, and of longitude at [`ORIGIN`].
const METRES_PER_DEGREE: (f64, f64) = (111_195.0, 94_790.0);

/// Land, settlements, roads, names.
pub(super) struct Area {
    pub(super) blueprint: &'static Blueprint,
    pub(super) seed: u64,
    pub(super) settlements: Settlements,
    pub(super) net: RoadNet,
    /// By seat.
    pub(super) seat_names: Vec<Name>,
    /// By village.
    pub(super) village_names: Vec<Name>,
    pub(super) namer: Namer,
    /// How many places each seat's streets hold already.
    used_corners: Vec<usize>,
}

/// Topics with dice of their own.
#[derive(Clone, Copy)]
pub(super) enum Topic {
    Relief = 1,
    Settlements,
    Roads,
    Names,
    Markets,
    Schools,
    Lines,
    LineDemand,
    Fleet,
    Freight,
    Footpaths,
    MarketGoers,
    LineTransfers,
}

impl Area {
    /// Raises, settles and connects an area.
    pub(super) fn new(blueprint: &'static Blueprint, seed: u64) -> Self {
        let dice = |topic: Topic| Dice::new(seed, topic as u64);
        let (half_width_m, half_height_m) = blueprint.half_axes_m;
        let relief = Relief::new(half_width_m, half_height_m, &mut dice(Topic::Relief));
        let settlements = Settlements::new(blueprint, &relief, &mut dice(Topic::Settlements));
        let plan = road_building::build(blueprint, &relief, &settlements);
        let corners: Vec<usize> =
            settlements.seats.iter().map(|seat| blueprint.street_corners[seat.kind as usize]).collect();
        let net = RoadNet::new(&plan, &relief, &settlements, &corners, &mut dice(Topic::Roads));
        let mut namer = Namer::new(dice(Topic::Names));
        let seat_names: Vec<Name> = settlements.seats.iter().map(|_| namer.name()).collect();
        let village_names = settlements.villages.iter().map(|_| namer.name()).collect();
        let used_corners = vec![0; seat_names.len()];
        Self { blueprint, seed, settlements, net, seat_names, village_names, namer, used_corners }
    }

    /// Dice for one topic.
    pub(super) fn dice(&self, topic: Topic) -> Dice {
        Dice::new(self.seed, topic as u64)
    }

    /// The next free street corner of a seat.
    pub(super) fn corner(&mut self, seat: usize) -> usize {
        let streets = &self.net.streets[seat];
        self.used_corners[seat] += 1;
        streets[self.used_corners[seat] % streets.len()]
    }

    /// A point a few metres off a node; `side` tells the places of one node apart.
    pub(super) fn beside(&self, node: usize, side: usize) -> Position {
        const OFFSETS: [(f64, f64); 5] = [(0.0, 0.0), (12.0, 9.0), (-14.0, 11.0), (17.0, -15.0), (-20.0, -18.0)];
        let (x, y) = self.net.nodes[node];
        let (east, north) = OFFSETS[side % OFFSETS.len()];
        position(x + east, y + north)
    }

    /// The township that becomes the pilot town: the most populous ordinary one.
    pub(super) fn pilot_township(&self) -> usize {
        let residents = |seat: usize| -> i64 {
            self.settlements
                .villages
                .iter()
                .filter(|village| village.township == seat)
                .map(|village| village.residents)
                .sum()
        };
        (0..self.blueprint.townships)
            .filter(|&seat| self.settlements.seats[seat].kind == TownshipKind::Township)
            .max_by_key(|&seat| (residents(seat), usize::MAX - seat))
            .expect("every area has an ordinary township")
    }
}

/// The position of a point in metres east and north of the middle, to five decimals (about a metre).
pub(super) fn position(x: f64, y: f64) -> Position {
    let five_decimals = |degrees: f64| (degrees * 100_000.0).round() / 100_000.0;
    Position {
        latitude: five_decimals(ORIGIN.latitude + y / METRES_PER_DEGREE.0),
        longitude: five_decimals(ORIGIN.longitude + x / METRES_PER_DEGREE.1),
    }
}
