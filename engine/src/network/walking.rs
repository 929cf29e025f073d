//! Which stops people can walk to, and how long it takes.

use crate::ids::PlaceId;
use crate::time::Duration;
use crate::units::Metres;

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
