//! How many drivers the dates of a range take.

use sanban_engine::plan::Timetable;
use sanban_engine::scenario::Scenario;
use sanban_engine::timetable::duties::rota::Rota;

use crate::commands::table::Table;
use crate::output::print_line;

/// Drivers of all dates together, depot by depot.
pub(super) fn print_rota(scenario: &Scenario, (timetables, rota): (&[Timetable], &Rota), as_json: bool) {
    let duties = |depot: usize| -> usize {
        timetables.iter().flat_map(|timetable| &timetable.duties).filter(|duty| duty.depot.index() == depot).count()
    };
    let depots = scenario.fleet.depots.iter().zip(&rota.depots).enumerate();
    if as_json {
        let rows = depots.map(|(index, (depot, found))| {
            serde_json::json!({
                "depot": depot.code, "duties": duties(index), "drivers": found.drivers, "drivers_at_least": found.fewest,
                "duties_without_driver": found.unworked,
            })
        });
        return print_line!("{}", serde_json::json!({ "rota": rows.collect::<Vec<_>>() }));
    }
    let mut table = Table::new([
        ("场站", "depot"),
        ("班次", "duties"),
        ("驾驶员", "drivers"),
        ("至少", "at least"),
        ("无人", "without driver"),
    ]);
    for (index, (depot, found)) in depots {
        let [duties, drivers, fewest, unworked] =
            [duties(index) as u32, found.drivers, found.fewest, found.unworked].map(|count| count.to_string());
        table.push([depot.code.clone(), duties, drivers, fewest, unworked]);
    }
    crate::output::to_standard_output(format_args!("{table}"));
}
