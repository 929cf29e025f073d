//! `sanban plan`: the fixed timetable of one or more dates, written as plan.json and GTFS, with the villages that lose or gain by it.

mod probed;
mod rota;
mod stages;
mod villages;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressStyle};
use sanban_engine::plan::Timetable;
use sanban_engine::scenario::Scenario;
use sanban_engine::stop_signal::StopSignal;
use sanban_engine::timetable::duties::rota::give_to_drivers;
use sanban_engine::timetable::{self, PlanOptions, PlanProgress};

use self::probed::{Probed, probed};
use self::rota::print_rota;
use self::stages::stages_table;
use self::villages::VillageList;
use crate::diagrams;
use crate::gtfs_out;
use crate::output::{error_line, print_line};
use crate::plan_files::{PlanFile, ScenarioSource};
use crate::planned_day::PlannedDay;
use crate::printed;
use crate::scenario::{self, LoadedScenario};
use crate::village_changes::VillagesFile;
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
    /// buses where they were; villages that lose or gain are told in comparison with it instead of the scenario's gtfs/.
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
    let (mut timetables, mut villages_of) = (Vec::new(), Vec::new());
    for date in dates {
        let timetable = plan_one(args, &loaded, date)?;
        let villages = compared_with_today(args, &loaded, &timetable);
        // At once: a later date may fail.
        write(&loaded, (&timetable, &villages), &out_of(date))?;
        let should_stop = || INTERRUPTED.load(Ordering::Relaxed);
        let probe = |requests| probed(&loaded.scenario, &timetable, requests, StopSignal::new(&should_stop));
        let probed = args.probe.map(probe).transpose()?;
        print(args, &loaded.scenario, (&timetable, &villages), probed.as_ref())?;
        timetables.push(timetable);
        villages_of.push(villages);
        if INTERRUPTED.load(Ordering::Relaxed) {
            break;
        }
    }
    if timetables.len() > 1 {
        let rota = give_to_drivers(&loaded.scenario, &mut timetables);
        for (timetable, villages) in timetables.iter().zip(&villages_of) {
            write(&loaded, (timetable, villages), &out_of(timetable.date))?;
        }
        print_rota(&loaded.scenario, (&timetables, &rota), args.json);
    }
    Ok(())
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

/// With the feed that the plan is kept close to, else with what the scenario calls today's timetable: a planner is asked by those
/// who lose, whether new departures have a price or not.
fn compared_with_today(args: &Args, loaded: &LoadedScenario, timetable: &Timetable) -> VillagesFile {
    let feed = args.keep_close_to.as_deref().unwrap_or(Path::new("gtfs/"));
    VillagesFile::new(&loaded.scenario, timetable, feed.display().to_string())
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
fn write(
    loaded: &LoadedScenario,
    (timetable, villages): (&Timetable, &VillagesFile),
    out: &Path,
) -> Result<(), Box<dyn std::error::Error>> {
    let named = |error: std::io::Error| format!("{}: {error}", out.display());
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(named)?;
    let unfinished = unfinished::folder_in(parent).map_err(named)?;
    let (new, old) = (unfinished.path().join("new"), unfinished.path().join("old"));
    std::fs::create_dir(&new).map_err(named)?;
    let day = PlannedDay::new(&loaded.scenario, timetable);
    let file = PlanFile::new(&day, &ScenarioSource::of(loaded));
    std::fs::write(new.join("plan.json"), serde_json::to_string_pretty(&file)? + "\n").map_err(named)?;
    std::fs::write(new.join("villages.json"), serde_json::to_string_pretty(villages)? + "\n").map_err(named)?;
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
    (timetable, villages): (&Timetable, &VillagesFile),
    probed: Option<&Probed>,
) -> Result<(), serde_json::Error> {
    if args.json {
        let probed = probed.map(Probed::json);
        let (date, stages) = (timetable.date, &timetable.stages);
        let all = serde_json::json!({ "date": date, "stages": stages, "villages": villages, "probe": probed });
        print_line!("{all}");
        return Ok(());
    }
    let (trips, runs, vehicles) = (timetable.trips.len(), timetable.runs.len(), timetable.vehicles());
    print_line!("{}  {trips} 班次 trips, {runs} 学生班、赶集班 runs, {vehicles} 车 vehicles", timetable.date);
    crate::output::to_standard_output(format_args!("{}", stages_table(scenario, timetable)));
    crate::output::to_standard_output(format_args!("{}", VillageList(villages)));
    if let Some(probed) = probed {
        crate::output::to_standard_output(format_args!("{}", probed.table()));
    }
    Ok(())
}
