//! Writing `gtfs/` and `line_vehicle_types.csv` of a scenario, whole or not at all.

use std::fs;
use std::io;
use std::path::Path;

use sanban_engine::scenario::resolve::{At, Problems, SETTINGS_FILE};
use sanban_engine::scenario::tables::{
    LineVehicleTypeRow, Numbered, Row, TableVisitor, Tables, Unreadable, VehicleTypeRow,
};

use super::ImportError;
use crate::scenario::OPTIONAL_FILES;
use crate::scenario::table_file::{read_rows, utf8};
use crate::scenario::write::files;
use crate::unfinished;

/// A row for every line and vehicle type, if the folder has vehicle types and doesn't say yet who may work the lines.
pub fn every_type_for_every_line(
    tables: &Tables,
    folder: &Path,
) -> Result<Option<Vec<Numbered<LineVehicleTypeRow>>>, ImportError> {
    let types = rows_of::<VehicleTypeRow>(folder)?;
    if types.is_empty() || !rows_of::<LineVehicleTypeRow>(folder)?.is_empty() {
        return Ok(None);
    }
    let lines = tables.gtfs_routes.iter();
    let rows = lines.flat_map(|line| {
        types.iter().map(|of_vehicle| LineVehicleTypeRow {
            route_id: line.row.route_id.clone(),
            vehicle_type_id: of_vehicle.row.vehicle_type_id.clone(),
        })
    });
    Ok(Some(rows.map(|row| Numbered { line: 0, row }).collect()))
}

/// The rows of a file of the folder; none if it is not there.
fn rows_of<R: Row>(folder: &Path) -> Result<Vec<Numbered<R>>, ImportError> {
    let mut problems = Problems::default();
    let mut rows = Vec::new();
    match fs::read(folder.join(R::FILE)).as_deref().map(utf8) {
        Ok(Ok(text)) => rows = read_rows(text, &mut problems, &mut Unreadable::default()),
        Ok(Err(wrong)) => problems.add(At { file: R::FILE, line: wrong.line }, "", "is not UTF-8", "save it as UTF-8"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            let why = format!("cannot be read: {error}");
            problems.add(At { file: R::FILE, line: 0 }, "", why, "check that it is a readable file");
        }
    }
    if problems.is_empty() {
        Ok(rows)
    } else {
        Err(ImportError::Problems { path: folder.to_owned(), problems: problems.into_sorted() })
    }
}

/// Puts `gtfs/` in the place of what was there.
pub fn write(
    tables: &Tables,
    line_vehicle_types: Option<&[Numbered<LineVehicleTypeRow>]>,
    folder: &Path,
) -> Result<(), ImportError> {
    let refused = |source| ImportError::Refused { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(refused)?;
    let unfinished = unfinished::folder_in(folder).map_err(refused)?;
    let tables = Tables { line_vehicle_types: line_vehicle_types.unwrap_or_default().to_vec(), ..tables.clone() };
    for (file, text) in files(&tables) {
        let path = unfinished.path().join(file);
        if file.starts_with("gtfs/") || file == LineVehicleTypeRow::FILE && line_vehicle_types.is_some() {
            fs::create_dir_all(path.parent().unwrap_or(folder))
                .and_then(|()| fs::write(&path, text))
                .map_err(refused)?;
        }
    }
    swap_in(unfinished.path(), folder).map_err(refused)
}

/// Renames only: a failure in between puts the old folder back.
fn swap_in(unfinished: &Path, folder: &Path) -> io::Result<()> {
    let (gtfs, old) = (folder.join("gtfs"), unfinished.join("old"));
    let had_one = gtfs.exists();
    if had_one {
        fs::rename(&gtfs, &old)?;
    }
    let mut done = fs::rename(unfinished.join("gtfs"), &gtfs);
    let types = unfinished.join(LineVehicleTypeRow::FILE);
    if done.is_ok() && types.exists() {
        done = fs::rename(types, folder.join(LineVehicleTypeRow::FILE));
        if done.is_err() {
            fs::rename(&gtfs, unfinished.join("gtfs"))?;
        }
    }
    if done.is_err() && had_one {
        fs::rename(&old, &gtfs)?;
    }
    done
}

/// The files without which the folder can't be loaded.
pub fn missing_files(folder: &Path) -> Vec<&'static str> {
    let mut missing = Missing { folder, files: Vec::new() };
    if !folder.join(SETTINGS_FILE).exists() {
        missing.files.push(SETTINGS_FILE);
    }
    Tables::default().visit_all(&mut missing);
    missing.files
}

struct Missing<'a> {
    folder: &'a Path,
    files: Vec<&'static str>,
}

impl TableVisitor for Missing<'_> {
    fn visit<R: Row>(&mut self, _: &mut Vec<Numbered<R>>) {
        if !OPTIONAL_FILES.contains(&R::FILE) && !self.folder.join(R::FILE).exists() {
            self.files.push(R::FILE);
        }
    }
}
