//! The run sheet of a driver: signing on, the vehicles taken over, what is driven with them, rests, signing off.

use maud::{Markup, html};
use sanban_engine::plan::{Duty, DutyPiece};

use super::activity_table::ActivityTables;
use super::page::{Page, Sheet};
use super::vehicle_sheets::signatures;
use super::words::{both, date, hm, minutes, name, seats};
use crate::plan_files::codes::duty_code;
use crate::planned_day::PlannedDay;

/// All duties.
pub(super) fn all(day: &PlannedDay<'_>) -> Vec<Sheet> {
    let tables = ActivityTables::new(day);
    let sheet = |(index, duty): (usize, &Duty)| {
        let code = duty_code(index);
        let html = Page { title: &code, is_landscape: false, body: body(day, &tables, (&code, duty)) }.html();
        Sheet { code, html }
    };
    day.timetable.duties.iter().enumerate().map(sheet).collect()
}

fn body(day: &PlannedDay<'_>, tables: &ActivityTables<'_>, (code, duty): (&str, &Duty)) -> Markup {
    let depot = &day.scenario.fleet.depots[duty.depot.index()];
    html! {
        h1 { (both("驾驶员路单", "Driver's run sheet")) " " span.number { (code) } }
        p {
            (date(day.timetable.date)) " · " (name(&depot.name))
            @if let Some(driver) = &duty.driver { " · " (both("驾驶员", "driver")) " " (driver) }
        }
        p {
            (both("签到", "sign on")) " " b { (hm(duty.sign_on)) } " · " (both("签退", "sign off")) " "
            b { (hm(duty.sign_off)) } " · " (both("驾驶", "driving")) " " (minutes(duty.driving)) " · "
            (both("计酬", "paid")) " " (minutes(duty.paid))
        }
        @if !duty.rests.is_empty() {
            p {
                (both("休息", "rests"))
                @for rest in &duty.rests { " " b { (hm(rest.earliest)) "–" (hm(rest.latest)) } }
            }
        }
        @for piece in &duty.pieces { (piece_section(day, tables, piece)) }
        (signatures(day))
    }
}

fn piece_section(day: &PlannedDay<'_>, tables: &ActivityTables<'_>, piece: &DutyPiece) -> Markup {
    let vehicle = day.timetable.blocks[piece.block.index()].vehicle;
    let kind = day.scenario.fleet.type_of(vehicle);
    html! {
        section {
            h2 {
                span.number { (day.scenario.fleet.vehicle(vehicle).code) }
                (both("接车", "takes over")) " " (hm(piece.begin)) " " (name(&day.place(piece.from).name)) " · "
                (both("交车", "hands over")) " " (hm(piece.end)) " " (name(&day.place(piece.to).name))
            }
            p.note { (name(&kind.name)) " · " (seats(kind)) " · " (day.block_code(piece.block.index())) }
            (tables.table(&day.activities_of(piece)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planned_day::sample::ToyDay;

    #[test]
    fn drivers_share_a_vehicle_day_without_losing_a_trip_of_it() {
        let toy = ToyDay::new();
        let day = toy.day();
        let sheets = all(&day);
        assert_eq!(sheets.iter().map(|sheet| sheet.code.as_str()).collect::<Vec<_>>(), ["DU-001", "DU-002", "DU-003"]);
        for (id, trip) in toy.timetable.trips_with_ids() {
            let holders = sheets.iter().filter(|sheet| sheet.html.contains(&day.trip_code(id))).count();
            assert_eq!(holders, 1, "the trip at {}", trip.departure);
        }
        let [before, after] = [0, 1].map(|index| day.activities_of(&toy.timetable.duties[index].pieces[0]));
        assert_eq!(before[before.len() - 1].end, after[0].begin);
    }

    #[test]
    fn a_sheet_says_when_to_sign_on_and_to_rest() {
        let toy = ToyDay::new();
        let html = &all(&toy.day())[0].html;
        for expected in ["06:10", "07:20–07:40", "11:10"] {
            assert!(html.contains(expected), "{expected}");
        }
    }
}
