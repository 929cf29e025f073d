//! `sanban plan`: the fixed timetable of one or more dates, written as plan.json and GTFS.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressStyle};
use sanban_engine::dispatch::probe::{ProbeError, ProbeResult, probe, with_booked_vehicles_free};
use sanban_engine::fleet::Product;
use sanban_engine::ids::VehicleId;
use sanban_engine::plan::{Duty, StageReport, Timetable, Trip};
use sanban_engine::scenario::Scenario;
use sanban_engine::stop_signal::StopSignal;
use sanban_engine::timetable::duties::rota::{Rota, give_to_drivers};
use sanban_engine::timetable::{self, PlanOptions, PlanProgress};

use super::table::Table;
use crate::diagrams;
use crate::gtfs_out;
use crate::output::{error_line, print_line};
use crate::plan_files::{PlanFile, ScenarioSource};
use crate::planned_day::PlannedDay;
use crate::printed;
use crate::scenario::{self, LoadedScenario};
use crate::{todays_timetable, unfinished};

/// What to plan.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the scenario.
    #[arg(long)]
    scenario: PathBuf,
    /// The date; without any, the scenario's demonstration date.
    #[arg(long, conflicts_with_all = ["from", "to"])]
    date: Option<NaiveDate>,
    /// First date of a range; one folder per date below --out.
    #[arg(long, requires = "to")]
    from: Option<NaiveDate>,
    /// Last date of the range, inclusive.
    #[arg(long, requires = "from")]
    to: Option<NaiveDate>,
    /// Time for each date, such as 60s or 5m; 120s unless there is a work limit.
    #[arg(long, value_parser = super::time_limit::time_limit)]
    time_limit: Option<Duration>,
    /// Units of work per part of the search (branch-and-bound nodes per line, rounds elsewhere): the deterministic stop.
    #[arg(long)]
    work_limit: Option<u32>,
    /// Lines, runs to schools and markets, and depots planned at the same time.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Price departures that this GTFS feed of the same lines doesn't have (a folder or a zip), so that the public finds its
    /// buses where they were.
    #[arg(long, value_name = "GTFS")]
    keep_close_to: Option<PathBuf>,
    /// Then book so many random rides on the timetable, to see what it leaves to booked service.
    #[arg(long, value_name = "REQUESTS")]
    probe: Option<u32>,
    /// Folder for the results; must not exist or be an earlier result.
    #[arg(long)]
    out: PathBuf,
    /// Print the stages as JSON.
    #[arg(long)]
    json: bool,
}

/// Of the random rides of `--probe`.
const PROBE_SEED: u64 = 1;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Plans, writes, prints.
pub fn run(args: Args) -> ExitCode {
    match plan_all(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error_line!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn plan_all(args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let mut loaded = scenario::load(&args.scenario)?;
    let (from, to) = match (args.date, args.from, args.to) {
        (None, Some(from), Some(to)) if from <= to => (from, to),
        (None, Some(from), Some(to)) => return Err(format!("--from {from} is after --to {to}").into()),
        (date, ..) => {
            let date = date.unwrap_or(loaded.scenario.demonstration_date);
            (date, date)
        }
    };
    let dates: Vec<NaiveDate> = from.iter_days().take_while(|&date| date <= to).collect();
    for &date in &dates {
        loaded.scenario.day_type(date)?;
    }
    if let Some(feed) = &args.keep_close_to {
        let taken = todays_timetable::keep_close_to(&mut loaded.scenario, feed, &dates)?;
        let (feed, all) = (feed.display(), taken.trips + taken.left_out);
        if taken.left_out > 0 {
            error_line!("{feed}: {} of {all} trips match no line of the scenario, or never run", taken.left_out);
        }
        for date in taken.bare_dates {
            error_line!("{feed}: none of its trips runs on {date}, so that every departure is a new one there");
        }
    }
    let out_of = |date: NaiveDate| if args.from.is_some() { args.out.join(date.to_string()) } else { args.out.clone() };
    // Now, not after minutes of planning.
    for &date in &dates {
        check_target(&out_of(date))?;
    }
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed))?;
    let mut timetables = Vec::new();
    for date in dates {
        let timetable = plan_one(args, &loaded, date)?;
        // At once: a later date may fail.
        write(&loaded, &timetable, &out_of(date))?;
        let probed = probed(args, &loaded.scenario, &timetable)?;
        print(args, &loaded.scenario, &timetable, probed.as_ref())?;
        timetables.push(timetable);
        if INTERRUPTED.load(Ordering::Relaxed) {
            break;
        }
    }
    if timetables.len() > 1 {
        let rota = give_to_drivers(&loaded.scenario, &mut timetables);
        for timetable in &timetables {
            write(&loaded, timetable, &out_of(timetable.date))?;
        }
        print_rota(args, &loaded.scenario, (&timetables, &rota));
    }
    Ok(())
}

/// What becomes of random rides on the planned date, if that was asked.
fn probed(args: &Args, scenario: &Scenario, timetable: &Timetable) -> Result<Option<Probed>, ProbeError> {
    let Some(requests) = args.probe else { return Ok(None) };
    let should_stop = || INTERRUPTED.load(Ordering::Relaxed);
    let scenario = Arc::new(scenario.clone());
    let probe =
        |timetable: &Timetable| probe(&scenario, timetable, requests, PROBE_SEED, StopSignal::new(&should_stop));
    Ok(Some(Probed { found: probe(timetable)?, without_runs: probe(&with_booked_vehicles_free(timetable))? }))
}

/// What becomes of random rides.
struct Probed {
    /// On the planned date.
    found: ProbeResult,
    /// If no booked vehicle worked a run.
    without_runs: ProbeResult,
}

impl Probed {
    /// Of the rides that booked vehicles would serve without runs, the share that they still serve.
    fn still_served(&self) -> Option<f64> {
        let all = self.without_runs.by_booked;
        (all > 0).then(|| f64::from(self.found.by_booked) / f64::from(all))
    }

    fn json(&self) -> serde_json::Value {
        let of = |found: &ProbeResult| {
            serde_json::json!({
                "requests": found.requests, "by_lines": found.by_lines, "by_booked": found.by_booked, "refused": found.refused,
            })
        };
        serde_json::json!({
            "with_runs": of(&self.found), "without_runs": of(&self.without_runs), "still_served": self.still_served(),
        })
    }
}

/// Drivers of all dates together, depot by depot.
fn print_rota(args: &Args, scenario: &Scenario, (timetables, rota): (&[Timetable], &Rota)) {
    let duties = |depot: usize| -> usize {
        timetables.iter().flat_map(|timetable| &timetable.duties).filter(|duty| duty.depot.index() == depot).count()
    };
    let depots = scenario.fleet.depots.iter().zip(&rota.depots).enumerate();
    if args.json {
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

fn plan_one(args: &Args, loaded: &LoadedScenario, date: NaiveDate) -> Result<Timetable, timetable::PlanError> {
    let default_limit = if args.work_limit.is_some() { None } else { Some(Duration::from_secs(120)) };
    let options = PlanOptions {
        time_limit_seconds: args.time_limit.or(default_limit).map(|limit| limit.as_secs_f64()),
        node_limit: args.work_limit,
        threads: args.threads,
        clock: crate::clock::stopwatch,
    };
    // Draws nothing when the output is no terminal.
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_prefix(date.to_string());
    let show = |progress: PlanProgress| {
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
        bar.set_message(format!("{} {} {}", progress.stage, progress.part, progress.cost));
    };
    let should_stop = || INTERRUPTED.load(Ordering::Relaxed);
    let found = timetable::plan(&loaded.scenario, date, &options, &show, StopSignal::new(&should_stop));
    bar.finish_and_clear();
    found
}

/// May results be written there? Only earlier results are replaced.
fn check_target(out: &Path) -> Result<(), String> {
    if out.file_name().is_none() {
        return Err(format!("{}: no name for a folder; name another with --out", out.display()));
    }
    if !out.exists() || out.join("plan.json").exists() {
        return Ok(());
    }
    let mut entries = std::fs::read_dir(out).map_err(|error| format!("{}: {error}", out.display()))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(format!("{}: holds something else than a plan; name another folder with --out", out.display())),
    }
}

/// Never half a result; an older one stays until the new one is whole.
fn write(loaded: &LoadedScenario, timetable: &Timetable, out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let named = |error: std::io::Error| format!("{}: {error}", out.display());
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(named)?;
    let unfinished = unfinished::folder_in(parent).map_err(named)?;
    let (new, old) = (unfinished.path().join("new"), unfinished.path().join("old"));
    std::fs::create_dir(&new).map_err(named)?;
    let day = PlannedDay::new(&loaded.scenario, timetable);
    let file = PlanFile::new(&day, &ScenarioSource::of(loaded));
    std::fs::write(new.join("plan.json"), serde_json::to_string_pretty(&file)? + "\n").map_err(named)?;
    gtfs_out::write(&day, &new.join("gtfs")).map_err(named)?;
    printed::write_timetables(&day, &new.join("timetables")).map_err(named)?;
    printed::write_run_sheets(&day, &new.join("runsheets")).map_err(named)?;
    diagrams::write(&day, &new.join("diagrams")).map_err(|error| format!("{}: {error}", out.display()))?;
    // The old result steps aside first and comes back if the new one cannot take its place.
    if out.exists() {
        std::fs::rename(out, &old).map_err(named)?;
    }
    if let Err(error) = std::fs::rename(&new, out) {
        if old.exists() {
            std::fs::rename(&old, out).map_err(named)?;
        }
        return Err(named(error).into());
    }
    Ok(())
}

fn print(
    args: &Args,
    scenario: &Scenario,
    timetable: &Timetable,
    probed: Option<&Probed>,
) -> Result<(), serde_json::Error> {
    if args.json {
        let probed = probed.map(Probed::json);
        print_line!("{}", serde_json::json!({ "date": timetable.date, "stages": timetable.stages, "probe": probed }));
        return Ok(());
    }
    let (trips, runs, vehicles) = (timetable.trips.len(), timetable.runs.len(), timetable.vehicles());
    print_line!("{}  {trips} 班次 trips, {runs} 学生班、赶集班 runs, {vehicles} 车 vehicles", timetable.date);
    crate::output::to_standard_output(format_args!("{}", stages_table(scenario, timetable)));
    if let Some(probed) = probed {
        let rows = [("试探", "probe", &probed.found), ("无专班", "no runs", &probed.without_runs)];
        let mut table = Table::new([
            ("", ""),
            ("次", "requests"),
            ("班线", "by lines"),
            ("预约车", "by booked vehicles"),
            ("拒绝", "refused, and why"),
        ]);
        for (zh, en, found) in rows {
            let why = found.refused.iter().map(|(reason, count)| format!(" {reason} {count}")).collect::<String>();
            let refused = format!("{}{why}", found.requests - found.served());
            let [requests, by_lines, by_booked] =
                [found.requests, found.by_lines, found.by_booked].map(|count| count.to_string());
            table.push([format!("{zh} {en}"), requests, by_lines, by_booked, refused]);
        }
        if let Some(share) = probed.still_served() {
            table.note(format!("预约车仍可承运 booked vehicles still serve {:.1}%", 100.0 * share));
        }
        crate::output::to_standard_output(format_args!("{table}"));
    }
    Ok(())
}

/// What every stage and part found and what it costs; below it what was relaxed and what its prices tell.
fn stages_table(scenario: &Scenario, timetable: &Timetable) -> Table<7> {
    let mut table = Table::new([
        ("阶段", "stage"),
        ("部分", "part"),
        ("内容", "what"),
        ("          费用", "          cost"),
        ("          下界", "         bound"),
        (" 差距", "gap %"),
        ("     秒", "      s"),
    ]);
    for stage in &timetable.stages {
        table.push([
            stage.stage.clone(),
            stage.part.clone(),
            found_by(scenario, timetable, stage),
            format!("{:>14}", stage.cost.to_string()),
            format!("{:>14}", stage.lower_bound.to_string()),
            format!("{:>5.2}", stage.gap * 100.0),
            format!("{:>7.1}", stage.seconds),
        ]);
        if stage.part.is_empty() {
            stage.relaxed.iter().for_each(|relaxed| table.note(relaxed.clone()));
        }
        for advice in &stage.advice {
            let (zh, en) = crate::advice::words(advice);
            table.note(format!("{zh} / {en}"));
        }
    }
    table
}

/// How much of the timetable is the work of a stage, or of its part where the timetable tells parts apart.
fn found_by(scenario: &Scenario, timetable: &Timetable, stage: &StageReport) -> String {
    let (is_whole, part) = (stage.part.is_empty(), stage.part.as_str());
    let runs_of = |product: Product| timetable.runs.iter().filter(|run| run.product == product).count();
    match stage.stage.as_str() {
        "lines" => {
            let is_part = |trip: &&Trip| {
                let route = scenario.route(scenario.pattern(trip.pattern).route);
                is_whole || route.code == part
            };
            let of_part: Vec<&Trip> = timetable.trips.iter().filter(is_part).collect();
            // A vehicle that works several lines counts for each.
            let vehicles: BTreeSet<VehicleId> =
                of_part.iter().map(|trip| timetable.blocks[trip.block.index()].vehicle).collect();
            format!("{} 班次 trips, {} 车 vehicles", of_part.len(), vehicles.len())
        }
        "students" if is_whole => format!("{} 学生班 student runs", runs_of(Product::Student)),
        "markets" if is_whole => format!("{} 赶集班 market runs", runs_of(Product::Market)),
        "times" => format!("{} 调铃 bells moved", timetable.moved_bells.len()),
        "vehicles" => {
            format!("{} 车 vehicles, {} 出车 blocks", timetable.vehicles(), timetable.blocks.len())
        }
        "freight" => {
            let freight = &timetable.freight;
            format!("{} 货件 consignments, {} 物流班 freight runs", freight.itineraries.len(), freight.runs.len())
        }
        "duties" => {
            let depot = |duty: &&Duty| is_whole || scenario.fleet.depots[duty.depot.index()].code == part;
            format!("{} 驾驶员班次 duties", timetable.duties.iter().filter(depot).count())
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use sanban_engine::plan::Advice;
    use sanban_engine::time::{ServiceTime, TimeWindow};
    use sanban_engine::units::Fen;

    use super::*;
    use crate::planned_day::sample::ToyDay;

    #[test]
    fn every_stage_says_what_it_found_and_its_advice_stands_below_it() {
        let mut toy = ToyDay::new();
        let stage = |stage: &str, part: &str| StageReport {
            stage: stage.to_owned(),
            part: part.to_owned(),
            cost: Fen(123_456),
            lower_bound: Fen(120_000),
            gap: 0.028,
            seconds: 1.25,
            relaxed: Vec::new(),
            advice: Vec::new(),
        };
        let stages = ["lines", "students", "markets", "times", "vehicles", "freight", "duties"];
        toy.timetable.stages = stages.map(|name| stage(name, "")).into_iter().collect();
        toy.timetable.stages.insert(1, stage("lines", "L1"));
        toy.timetable.stages.push(stage("duties", "D1"));
        toy.timetable.stages[5].advice.push(Advice::OneMoreVehicle {
            vehicle_type: "BUS33".to_owned(),
            depot: "D1".to_owned(),
            busiest: TimeWindow::new(ServiceTime::hm(7, 0), ServiceTime::hm(8, 0)),
            saves: Fen(4_200),
        });
        let text = stages_table(&toy.scenario, &toy.timetable).to_string();
        let lines: Vec<&str> = text.lines().skip(2).collect();
        let check = |line: usize, stage: &str, expected: &str| {
            assert!(lines[line].starts_with(stage) && lines[line].contains(expected), "{expected}: {text}");
        };
        check(0, "lines", " 10 班次 trips, 2 车 vehicles ");
        check(1, "lines", " 10 班次 trips, 2 车 vehicles ");
        check(2, "students", " 2 学生班 student runs ");
        check(3, "markets", " 2 赶集班 market runs ");
        check(4, "times", " 1 调铃 bells moved ");
        check(5, "vehicles", " 2 车 vehicles, 2 出车 blocks ");
        check(6, "    ", "one more BUS33 at D1 would save at most 42.00 yuan a day; busiest 07:00–08:00");
        check(7, "freight", " 4 货件 consignments, 1 物流班 freight runs ");
        check(8, "duties", " 3 驾驶员班次 duties ");
        check(9, "duties", " 3 驾驶员班次 duties ");
    }
}
