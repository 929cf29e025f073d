//! Writing the `roads/` tables of a scenario, whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use super::RoadMap;

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
    let unfinished = unfinished_folder().tempdir_in(folder).map_err(refused)?;
    write_tables(map, unfinished.path()).map_err(|error| refused(error.into()))?;
    fs::rename(unfinished.path(), &roads).map_err(refused)?;
    Ok(roads)
}

/// As readable as any new folder: temporary ones are private by default.
fn unfinished_folder() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".roads-").permissions(fs::Permissions::from_mode(0o777));
    builder
}

fn write_tables(map: &RoadMap, folder: &Path) -> Result<(), csv::Error> {
    let mut nodes = csv::Writer::from_path(folder.join("nodes.csv"))?;
    nodes.write_record(["node_id", "latitude", "longitude"])?;
    for junction in &map.junctions {
        let degrees = |value: f64| format!("{value:.7}");
        nodes.write_record([
            &junction.code,
            &degrees(junction.position.latitude),
            &degrees(junction.position.longitude),
        ])?;
    }
    nodes.flush()?;

    let mut edges = csv::Writer::from_path(folder.join("edges.csv"))?;
    edges.write_record(["from_node", "to_node", "length_m", "speed_km_h", "class", "oneway", "unfit_at_night"])?;
    for piece in &map.pieces {
        let code = |junction: usize| map.junctions[junction].code.clone();
        edges.write_record([
            code(piece.from),
            code(piece.to),
            piece.length_m.to_string(),
            piece.speed_km_h.to_string(),
            serde_json::to_value(piece.class).expect("a class has a name").as_str().expect("a text").to_owned(),
            piece.is_oneway.to_string(),
            "false".to_owned(),
        ])?;
    }
    edges.flush()?;
    Ok(())
}
