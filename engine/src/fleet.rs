//! Vehicles, depots, drivers and their shifts.
//!
//! A vehicle is available while a driver's shift piece covers it. A driver's break is the gap between two pieces:
//! the vehicle stands at its depot. The loader keeps every piece within the continuous-driving limit, so that no
//! plan within the pieces can break it.

use serde::{Deserialize, Serialize};

use crate::ids::{DepotId, DriverId, PlaceId, VehicleId, VehicleTypeId};
use crate::network::Name;
use crate::time::{Duration, TimeWindow};
use crate::units::{Fen, Load, Metres};

/// What a vehicle may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Product {
    /// Trips of the lines.
    Line,
    /// Pupils to and from school.
    Student,
    /// Market goers on booked runs.
    Market,
    /// Consignments.
    Freight,
    /// Rides booked on demand.
    Ride,
}

/// A set of products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Products(u8);

/// A kind of vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VehicleType {
    /// The code people write.
    pub code: String,
    /// What people call it.
    pub name: Name,
    /// 核载: approved seats, the driver's included.
    pub approved_seats: i32,
    /// What it carries; `seats` leaves out the driver's.
    pub capacity: Load,
    /// Per kilometre driven.
    pub cost_per_kilometre: Fen,
    /// For a day on which it leaves the depot.
    pub cost_per_day: Fen,
    /// Per hour with a driver on it.
    pub cost_per_hour: Fen,
    /// Licensed as a school bus (校车标牌).
    pub is_licensed_school_bus: bool,
}

/// One vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vehicle {
    /// The code people write; not the number plate.
    pub code: String,
    /// Its kind.
    pub vehicle_type: VehicleTypeId,
    /// Where it sleeps.
    pub depot: DepotId,
    /// What it may be used for.
    pub products: Products,
}

/// Where vehicles sleep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depot {
    /// The code people write.
    pub code: String,
    /// What people call it.
    pub name: Name,
    /// Where it is.
    pub place: PlaceId,
}

/// A driver, known by a code alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Driver {
    /// The code people write.
    pub code: String,
    /// Where the driver signs on.
    pub depot: DepotId,
}

/// A stretch of work of one driver on one vehicle, without a break in it; the same every day of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShiftPiece {
    /// Who drives.
    pub driver: DriverId,
    /// What is driven.
    pub vehicle: VehicleId,
    /// From leaving the depot at the earliest to being back at the latest.
    pub window: TimeWindow,
}

/// All vehicles and drivers of a service area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fleet {
    /// By [`VehicleTypeId`].
    pub vehicle_types: Vec<VehicleType>,
    /// By [`VehicleId`].
    pub vehicles: Vec<Vehicle>,
    /// By [`DepotId`].
    pub depots: Vec<Depot>,
    /// By [`DriverId`].
    pub drivers: Vec<Driver>,
    /// By vehicle, then start; pieces of one vehicle or one driver never overlap.
    pub shift_pieces: Vec<ShiftPiece>,
}

impl Products {
    /// No product.
    pub const NONE: Self = Self(0);

    /// This set and one more.
    #[must_use]
    pub const fn with(self, product: Product) -> Self {
        Self(self.0 | 1 << product as u8)
    }

    /// Is the product in the set?
    pub const fn contains(self, product: Product) -> bool {
        self.0 & 1 << product as u8 != 0
    }

    /// The products of the set, in the order of [`Product`].
    pub fn iter(self) -> impl Iterator<Item = Product> {
        Product::ALL.into_iter().filter(move |&product| self.contains(product))
    }
}

impl From<Product> for Products {
    fn from(product: Product) -> Self {
        Self::NONE.with(product)
    }
}

impl FromIterator<Product> for Products {
    fn from_iter<I: IntoIterator<Item = Product>>(products: I) -> Self {
        products.into_iter().fold(Self::NONE, Self::with)
    }
}

impl Product {
    /// Every product.
    pub const ALL: [Self; 5] = [Self::Line, Self::Student, Self::Market, Self::Freight, Self::Ride];

    /// The word used in files and over the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Student => "student",
            Self::Market => "market",
            Self::Freight => "freight",
            Self::Ride => "ride",
        }
    }
}

impl VehicleType {
    /// What driving this far in this time costs.
    pub fn driving_cost(&self, distance: Metres, duration: Duration) -> Fen {
        self.cost_per_kilometre.per_kilometre(distance) + self.cost_per_hour.per_hour(duration)
    }
}

impl Fleet {
    /// The vehicle with this id.
    pub fn vehicle(&self, id: VehicleId) -> &Vehicle {
        &self.vehicles[id.index()]
    }

    /// The kind of a vehicle.
    pub fn type_of(&self, id: VehicleId) -> &VehicleType {
        &self.vehicle_types[self.vehicle(id).vehicle_type.index()]
    }

    /// Where a vehicle sleeps.
    pub fn depot_place(&self, id: VehicleId) -> PlaceId {
        self.depots[self.vehicle(id).depot.index()].place
    }

    /// The vehicles that may carry a product, ascending.
    pub fn vehicles_for(&self, product: Product) -> impl Iterator<Item = VehicleId> {
        let allowed = move |&index: &usize| self.vehicles[index].products.contains(product);
        (0..self.vehicles.len()).filter(allowed).map(VehicleId::from_index)
    }

    /// The vehicles of a type that may carry a product, ascending.
    pub fn of_type_for(&self, vehicle_type: VehicleTypeId, product: Product) -> impl Iterator<Item = VehicleId> {
        self.vehicles_for(product).filter(move |&vehicle| self.vehicle(vehicle).vehicle_type == vehicle_type)
    }
}
