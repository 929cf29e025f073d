//! What drivers do in a day on the blocks of a timetable.
//!
//! Duties of booked vehicles are not here: those are the scenario's shift pieces, the same every day.

use serde::{Deserialize, Serialize};

use crate::ids::{BlockId, DepotId, PlaceId};
use crate::time::{Duration, ServiceTime, TimeWindow};

/// A driver's day: from signing on at a depot to signing off there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// Where the driver signs on and off: the depot of the block that is driven first.
    pub depot: DepotId,
    /// Signs on.
    pub sign_on: ServiceTime,
    /// Signs off.
    pub sign_off: ServiceTime,
    /// In order of time, with a rest between any two; never empty.
    pub pieces: Vec<DutyPiece>,
    /// In order of time: the driver neither drives nor rides; between two pieces, or while the vehicle stands at a relief
    /// place.
    pub rests: Vec<TimeWindow>,
    /// At the wheel.
    pub driving: Duration,
    /// What is paid: from signing on to signing off without the breaks that are the driver's own time.
    pub paid: Duration,
    /// Who works it; nobody before a rota says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
}

/// A stretch of work on one vehicle without a change of drivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DutyPiece {
    /// What the vehicle does.
    pub block: BlockId,
    /// Takes over the vehicle: when it leaves the depot, or at a relief place.
    pub begin: ServiceTime,
    /// Leaves it, likewise.
    pub end: ServiceTime,
    /// Where it is taken over.
    pub from: PlaceId,
    /// Where it is left.
    pub to: PlaceId,
}
