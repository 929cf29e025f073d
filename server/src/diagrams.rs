//! A planned day as pictures: a string-line diagram per line, and what vehicles and drivers do as rows over the day.
//!
//! SVG documents, Chinese first, that need nothing from elsewhere. Same inputs, same bytes.

mod canvas;
mod duty_rows;
mod gantt;
mod line_axis;
mod string_lines;
mod vehicle_rows;

use std::error::Error;
use std::path::Path;

use sanban_engine::ids::RouteId;

use crate::file_names::stem;
use crate::planned_day::PlannedDay;

/// Writes `line-CODE.svg` for every line with departures, `vehicles.svg`, and `duties.svg` once there are any, into a folder,
/// which is created.
pub fn write(day: &PlannedDay<'_>, folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    for (index, route) in day.scenario.routes.iter().enumerate() {
        if let Some(svg) = string_lines::svg(day, RouteId::from_index(index))? {
            std::fs::write(folder.join(format!("line-{}.svg", stem(&route.code))), svg)?;
        }
    }
    std::fs::write(folder.join("vehicles.svg"), gantt::svg(&vehicle_rows::chart(day))?)?;
    if !day.timetable.duties.is_empty() {
        std::fs::write(folder.join("duties.svg"), gantt::svg(&duty_rows::chart(day))?)?;
    }
    Ok(())
}
