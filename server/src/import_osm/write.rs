//! Writing the `roads/` tables of a scenario, whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use sanban_engine::scenario::tables::{RoadEdgeRow, RoadNodeRow, Row};

use super::RoadMap;
use crate::unfinished;

/// Why the tables could not be written; nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Something is there already.
    #[error("{}: exists already; remove it or name another --out folder", .0.display())]
    Exists(PathBuf),
    /// The system refused.
    #[error("{}: cannot write roads there: {source}; check permissions and free space", folder.display())]
    Refused {
        /// Where.
        folder: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Writes `nodes.csv` and `edges.csv` into a new folder `roads` in `folder`, which is made if need be.
pub fn write(map: &RoadMap, folder: &Path) -> Result<PathBuf, WriteError> {
    let roads = folder.join("roads");
    if roads.exists() {
        return Err(WriteError::Exists(roads));
    }
    let refused = |source| WriteError::Refused { folder: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(refused)?;
    let unfinished = unfinished::folder_in(folder).map_err(refused)?;
    write_tables(map, unfinished.path()).map_err(|error| refused(error.into()))?;
    fs::rename(unfinished.path(), &roads).map_err(refused)?;
    Ok(roads)
}

fn write_tables(map: &RoadMap, folder: &Path) -> Result<(), csv::Error> {
    // OpenStreetMap has seven decimals; what is more comes from computing with them.
    let degrees = |value: f64| (value * 1e7).round() / 1e7;
    let nodes = map.junctions.iter().map(|junction| RoadNodeRow {
        node_id: junction.code.clone(),
        latitude: degrees(junction.position.latitude),
        longitude: degrees(junction.position.longitude),
    });
    write_table(folder.join("nodes.csv"), nodes)?;

    let edges = map.pieces.iter().map(|piece| RoadEdgeRow {
        from_node: map.junctions[piece.from].code.clone(),
        to_node: map.junctions[piece.to].code.clone(),
        length_m: i64::from(piece.length_m),
        speed_km_h: i32::try_from(piece.speed_km_h).expect("a sane speed"),
        class: serde_json::to_value(piece.class).expect("a class has a name").as_str().expect("a text").to_owned(),
        oneway: piece.is_oneway,
        unfit_at_night: false,
    });
    write_table(folder.join("edges.csv"), edges)
}

fn write_table<R: Row>(file: PathBuf, rows: impl Iterator<Item = R>) -> Result<(), csv::Error> {
    let mut table = csv::Writer::from_path(file)?;
    table.write_record(R::COLUMNS)?;
    for row in rows {
        table.write_record(row.to_cells())?;
    }
    Ok(table.flush()?)
}
