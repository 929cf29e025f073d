//! A planned day on paper: timetables for the public, run sheets for drivers. HTML that prints on A4, Chinese first.
//!
//! Every page stands alone: no scripts, fonts or pictures from elsewhere. Names come from the scenario and are escaped.
//! Nobody's name is on any page: riders are counted by village.

mod activity_table;
mod board_index;
mod duty_sheets;
mod line_boards;
mod page;
mod stop_boards;
mod vehicle_sheets;
mod words;

use std::io;
use std::path::Path;

use crate::planned_day::PlannedDay;

/// Writes `index.html`, a page per line and one per stop into a folder, which is created.
pub fn write_timetables(day: &PlannedDay<'_>, folder: &Path) -> io::Result<()> {
    let (lines, stops) = (folder.join("lines"), folder.join("stops"));
    std::fs::create_dir_all(&lines)?;
    std::fs::create_dir_all(&stops)?;
    for board in line_boards::all(day) {
        std::fs::write(lines.join(page::file_name(board.code)), board.html)?;
    }
    let boards = stop_boards::all(day);
    for board in &boards {
        std::fs::write(stops.join(page::file_name(&day.place(board.stop).code)), board.html(day))?;
    }
    std::fs::write(folder.join("index.html"), board_index::html(day, &boards))
}

/// Writes `index.html`, a sheet per vehicle and one per duty into a folder, which is created.
pub fn write_run_sheets(day: &PlannedDay<'_>, folder: &Path) -> io::Result<()> {
    let (vehicles, duties) = (folder.join("vehicles"), folder.join("duties"));
    std::fs::create_dir_all(&vehicles)?;
    let sheets = vehicle_sheets::all(day);
    for sheet in &sheets {
        std::fs::write(vehicles.join(page::file_name(&sheet.code)), &sheet.html)?;
    }
    let of_drivers = duty_sheets::all(day);
    if !of_drivers.is_empty() {
        std::fs::create_dir_all(&duties)?;
    }
    for sheet in &of_drivers {
        std::fs::write(duties.join(page::file_name(&sheet.code)), &sheet.html)?;
    }
    std::fs::write(folder.join("index.html"), vehicle_sheets::index(day, &sheets, &of_drivers))
}
