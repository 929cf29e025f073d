//! Roads from an OpenStreetMap extract (`.osm.pbf`) into the `roads/` tables of a scenario.
//!
//! [`pbf`] reads the file, [`tags`] says what a way is to vehicles and people, [`map`] turns ways into junctions and road
//! pieces, [`write`] writes the tables. Invariants of the result: vehicles drive from every junction of a driven piece to
//! every other; every piece for people on foot only is attached to those; same file and options, same bytes.
//!
//! Not used: turn restrictions (relations), exceptions by vehicle class or time of day, ferries.

pub mod map;
pub mod pbf;
pub mod tags;
pub mod write;

#[cfg(test)]
mod tests;

use std::path::Path;

pub use map::{RoadMap, Summary};
pub use pbf::OsmError;

/// Whether vehicles drive on tractor tracks (机耕道).
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Tracks {
    /// Tracks are for people on foot.
    Exclude,
    /// Tracks that aren't closed to vehicles become slow village roads.
    Include,
}

/// What to make of the file.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether vehicles drive on tracks.
    pub tracks: Tracks,
    /// Pieces longer than this get junctions in between, for places beside them to be matched to.
    pub longest_piece_metres: Option<u32>,
}

/// Reads the roads of a file.
pub fn read_roads(file: &Path, options: Options) -> Result<RoadMap, OsmError> {
    let extract = pbf::read(file, options.tracks)?;
    let map = map::build(&extract, options.longest_piece_metres);
    if map.junctions.is_empty() { Err(OsmError::NoRoads { file: file.to_owned() }) } else { Ok(map) }
}
