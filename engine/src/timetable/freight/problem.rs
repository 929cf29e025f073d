//! What is to be carried, by what, at which prices: plain data, nothing of a scenario in it.

use crate::ids::PlaceId;
use crate::plan::FreightCarrier;
use crate::policy::FreightPolicy;
use crate::time::{Duration, ServiceTime};
use crate::units::{Fen, Load, Metres};

/// Room for goods, or what goods take of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hold {
    /// Weight.
    pub kilograms: i32,
    /// Volume.
    pub litres: i32,
}

/// A service stops somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceCall {
    /// Where.
    pub place: PlaceId,
    /// It arrives; of no matter at the first call.
    pub arrival: ServiceTime,
    /// It leaves; of no matter at the last call.
    pub departure: ServiceTime,
}

/// A passenger trip or run with room in its hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// What itineraries call it.
    pub carrier: FreightCarrier,
    /// At least two, in order of time.
    pub calls: Vec<ServiceCall>,
    /// Room between each call and the next (one entry fewer than calls), for this problem's goods alone.
    pub holds: Vec<Hold>,
}

/// A place at whose calls goods can be loaded or unloaded, on foot from where they wait or are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Where services call.
    pub place: PlaceId,
    /// How long goods are carried.
    pub duration: Duration,
    /// What that costs.
    pub cost: Fen,
}

/// A consignment, never split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goods {
    /// Position among the consignments of whoever made the problem.
    pub consignment: usize,
    /// What it takes.
    pub load: Hold,
    /// It can be collected from then on.
    pub ready: ServiceTime,
    /// It must be handed over by then.
    pub due: ServiceTime,
    /// Spoils on the way.
    pub is_perishable: bool,
    /// Where it may be loaded; a place once at most.
    pub origins: Vec<Access>,
    /// Where it may be unloaded; a place once at most.
    pub destinations: Vec<Access>,
    /// From its origin to its destination by road.
    pub distance: Metres,
}

/// Consignments of one date and the services that may carry them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreightProblem {
    /// In any order.
    pub services: Vec<Service>,
    /// Township stations: the places of each, between which goods may change holds; a place belongs to one at most.
    pub stations: Vec<Vec<PlaceId>>,
    /// What is to be carried.
    pub goods: Vec<Goods>,
    /// Prices and handling.
    pub policy: FreightPolicy,
}

/// So many units of the solver's integer costs make a fen: then an hourly price times seconds is whole.
pub(super) const PER_FEN: i64 = 3_600;

impl Hold {
    /// Nothing.
    pub const ZERO: Self = Self { kilograms: 0, litres: 0 };

    /// Does this fit into that room?
    pub const fn fits_in(self, room: Self) -> bool {
        self.kilograms <= room.kilograms && self.litres <= room.litres
    }

    /// The freight dimensions of a load.
    pub const fn of(load: Load) -> Self {
        Self { kilograms: load.freight_kilograms, litres: load.freight_litres }
    }

    pub(super) const fn less(self, other: Self) -> Self {
        Self { kilograms: self.kilograms - other.kilograms, litres: self.litres - other.litres }
    }

    pub(super) const fn plus(self, other: Self) -> Self {
        Self { kilograms: self.kilograms + other.kilograms, litres: self.litres + other.litres }
    }
}

impl FreightProblem {
    /// What it costs that holds leave this over.
    pub fn price_left_over(&self, goods: &Goods) -> Fen {
        let policy = &self.policy;
        let perishable = if goods.is_perishable { policy.left_over_perishable } else { Fen(0) };
        policy.left_over + policy.left_over_kilometre.per_kilometre(goods.distance) + perishable
    }

    /// The price of an hour of transit.
    pub(super) fn transit_hour(&self, goods: &Goods) -> Fen {
        if goods.is_perishable { self.policy.perishable_transit_hour } else { self.policy.transit_hour }
    }

    /// From an arrival at a station to the first departure that goods from it may leave with.
    pub(super) fn transfer_time(&self) -> Duration {
        self.policy.transfer_time.max(Duration::from_seconds(1))
    }

    /// How many holds goods may travel in, one after the other.
    pub(super) fn most_legs(&self) -> usize {
        usize::from(self.policy.transfers.min(15)) + 1
    }
}
