//! Typed ids: an index into one table of the scenario or of the state, never interchangeable with another.
//!
//! Inside the engine things are named by these dense indices; the codes that people write in files (`S-017`)
//! are looked up once, at the edge.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in its table.
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of the row at this position of its table.
            pub fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).expect("tables have fewer than 2^32 rows"))
            }
        }
    )*};
}

typed_ids! {
    /// Somewhere a vehicle or a person can be: a stop, a village, a school, a depot …
    PlaceId,
    /// A junction or end of the road graph.
    RoadNodeId,
    /// A township or one of its sub-centres.
    TownshipId,
    /// A village.
    VillageId,
    /// A school.
    SchoolId,
    /// A market place.
    MarketId,
    /// A hospital, elderly centre or the like.
    FacilityId,
    /// A line: what GTFS calls a route.
    RouteId,
    /// One direction and stop sequence of a line.
    PatternId,
    /// A kind of vehicle.
    VehicleTypeId,
    /// One vehicle.
    VehicleId,
    /// Where vehicles sleep.
    DepotId,
    /// One driver.
    DriverId,
    /// A licensed school run.
    StudentRunId,
    /// One departure of a planned timetable.
    TripId,
    /// What one vehicle does on the fixed schedule in one day.
    BlockId,
    /// A student or market run of a planned timetable.
    RunId,
    /// Pupils of one village at one school.
    StudentGroupId,
    /// People of one village who go to one market.
    MarketGoersId,
    /// Goods expected.
    ConsignmentId,
    /// Passengers expected to change from one line to another.
    LineTransferId,
}

/// A confirmed booking; numbered in the order of confirmation within a service area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BookingId(pub u64);

impl fmt::Display for BookingId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "B{:06}", self.0)
    }
}

/// One leg of a booking: 0 is the way there, 1 the way home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LegId {
    /// The booking.
    pub booking: BookingId,
    /// Which of its legs.
    pub leg: u8,
}

impl fmt::Display for LegId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.booking, self.leg)
    }
}
