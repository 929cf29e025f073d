//! `sanban check PATH`: verifies a scenario, a planned or exported day, or a benchmark solution.
//!
//! The judgement is the engine's independent checker; here the path is recognized, read and reported on. Exit code 1
//! on any violation or unreadable file, one line each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sanban_engine::check::{Violation, check_plan, check_rota, check_timetable};
use sanban_engine::plan::Timetable;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::benchmark_formats::check_solution_file;
use crate::output::{error_line, print_line};
use crate::plan_files::{BookedPlanFile, PlanFile};
use crate::ride_problems;
use crate::scenario::{self, LoadedScenario};
use crate::vehicle_schedules;

/// What to check.
#[derive(clap::Args)]
pub struct Args {
    /// A scenario folder, an output folder of `plan` or `export` or a plan file in one, or a solution file of `solve`.
    path: PathBuf,
    /// Scenario of a plan; by default the folder that the plan names.
    #[arg(long)]
    scenario: Option<PathBuf>,
    /// Instance file of a solution; by default looked for beside the solution.
    #[arg(long)]
    instance: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What was found: what was looked at, and what is wrong with it.
#[derive(Default)]
struct Findings {
    checked: Vec<String>,
    violations: Vec<String>,
}

/// Prints one line per violation.
pub fn run(args: Args) -> ExitCode {
    let mut findings = Findings::default();
    if args.path.join("scenario.toml").exists() {
        check_scenario(&args.path, &mut findings);
    } else if args.path.is_dir() {
        check_days(&args, &mut findings);
    } else if let Some(files) = stated_format(&args.path).and_then(|format| DayFiles::of_file(&args.path, &format)) {
        if let Err(why) = check_day(&files, &args, &mut None, &mut findings) {
            findings.violations.push(why);
        }
    } else if args.path.exists() {
        let instance = args.instance.as_deref();
        let (kind, found) = match stated_format(&args.path).as_deref() {
            Some("json") => ("a solution of a ride problem", ride_problems::check_solution_file(&args.path, instance)),
            Some("mdvsp") => {
                ("vehicle schedules of a benchmark", vehicle_schedules::check_solution_file(&args.path, instance))
            }
            _ => ("a benchmark solution", check_solution_file(&args.path, instance)),
        };
        findings.violations.extend(found.unwrap_or_else(|error| vec![error.to_string()]));
        findings.checked.push(format!("{}: {kind}", args.path.display()));
    } else {
        let remedy = "name a scenario folder, an output folder of plan or export, or a solution file";
        findings.violations.push(format!("{}: does not exist; {remedy}", args.path.display()));
    }
    findings.print(args.json)
}

impl Findings {
    fn add(&mut self, path: &Path, violations: &[Violation]) {
        self.violations.extend(violations.iter().map(|violation| format!("{}: {violation}", path.display())));
    }

    fn print(self, as_json: bool) -> ExitCode {
        let is_right = self.violations.is_empty();
        if as_json {
            print_line!("{:#}", json!({ "checked": self.checked, "violations": self.violations }));
        } else {
            for violation in &self.violations {
                print_line!("{violation}");
            }
            for checked in &self.checked {
                error_line!("{checked}");
            }
            error_line!("{} violations", self.violations.len());
        }
        if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn check_scenario(folder: &Path, findings: &mut Findings) {
    match scenario::load(folder) {
        Ok(loaded) => {
            let places = loaded.scenario.network.places.len();
            findings.checked.push(format!("{}: a valid scenario with {places} places", folder.display()));
        }
        Err(error) => findings.violations.extend(error.problems.iter().map(ToString::to_string)),
    }
}

/// The files of a date.
#[derive(Default)]
struct DayFiles {
    plan: Option<PathBuf>,
    booked: Option<PathBuf>,
}

impl DayFiles {
    /// Those of a folder, if it has any.
    fn of_folder(folder: &Path) -> Option<Self> {
        let file = |name: &str| Some(folder.join(name)).filter(|path| path.exists());
        let found = Self { plan: file("plan.json"), booked: file("plan-booked.json") };
        (found.plan.is_some() || found.booked.is_some()).then_some(found)
    }

    /// A file by itself; what is booked is held against the timetable beside it. Of whichever version: that is looked at later.
    fn of_file(path: &Path, format: &str) -> Option<Self> {
        let without_version = |format: &str| format.trim_end_matches(|sign: char| sign.is_ascii_digit()).to_owned();
        let is_like = |known: &str| without_version(format) == without_version(known);
        if is_like(PlanFile::FORMAT) {
            return Some(Self { plan: Some(path.to_owned()), booked: None });
        }
        let plan = Some(path.with_file_name("plan.json")).filter(|plan| plan.exists());
        is_like(BookedPlanFile::FORMAT).then(|| Self { plan, booked: Some(path.to_owned()) })
    }
}

/// The folder itself, or its folders, one per date.
fn check_days(args: &Args, findings: &mut Findings) {
    let mut days: Vec<DayFiles> = DayFiles::of_folder(&args.path).into_iter().collect();
    if days.is_empty() {
        let entries = fs::read_dir(&args.path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => return findings.violations.push(format!("{}: {error}", args.path.display())),
        };
        let mut folders: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
        folders.sort();
        days = folders.iter().filter_map(|folder| DayFiles::of_folder(folder)).collect();
    }
    if days.is_empty() {
        let why = "holds no scenario.toml, plan.json or plan-booked.json";
        return findings.violations.push(format!("{}: {why}; name another folder", args.path.display()));
    }
    let mut loaded: Option<LoadedScenario> = None;
    let mut timetables = Vec::new();
    for files in days {
        match check_day(&files, args, &mut loaded, findings) {
            Ok(timetable) => timetables.extend(timetable),
            Err(why) => findings.violations.push(why),
        }
    }
    if let Some(loaded) = loaded.filter(|_| timetables.len() > 1) {
        let days: Vec<_> = timetables.iter().map(|timetable| (timetable, &timetable.duties[..])).collect();
        findings.add(&args.path, &check_rota(&loaded.scenario, &days));
    }
}

/// Gives back the timetable, if there is one.
fn check_day(
    files: &DayFiles,
    args: &Args,
    loaded: &mut Option<LoadedScenario>,
    findings: &mut Findings,
) -> Result<Option<Timetable>, String> {
    let plan: Option<(&Path, PlanFile)> =
        files.plan.as_deref().map(|path| Ok::<_, String>((path, read(path, PlanFile::FORMAT)?))).transpose()?;
    let booked: Option<(&Path, BookedPlanFile)> =
        files.booked.as_deref().map(|path| Ok::<_, String>((path, read(path, BookedPlanFile::FORMAT)?))).transpose()?;
    let named = [
        plan.as_ref().map(|(path, file)| (*path, &file.scenario, &file.scenario_digest)),
        booked.as_ref().map(|(path, file)| (*path, &file.scenario, &file.scenario_digest)),
    ];
    let mut named = named.into_iter().flatten().peekable();
    let Some((_, scenario_folder, _)) = named.peek() else { return Ok(None) };
    let scenario_folder = args.scenario.clone().unwrap_or_else(|| PathBuf::from(scenario_folder));
    if loaded.as_ref().is_none_or(|loaded| loaded.folder != scenario_folder) {
        let found = scenario::load(&scenario_folder);
        *loaded = Some(found.map_err(|error| format!("{error}; name its folder with --scenario"))?);
    }
    let loaded = loaded.as_ref().expect("loaded just now");
    if let Some((path, ..)) = named.find(|(.., digest)| **digest != loaded.digest) {
        let why = format!("was made from other inputs than {} holds now", scenario_folder.display());
        return Err(format!("{}: {why}; name the right folder with --scenario", path.display()));
    }
    let mut timetable: Option<Timetable> = None;
    if let Some((path, plan)) = &plan {
        let planned = plan.timetable(&loaded.scenario).map_err(|error| format!("{}: {error}", path.display()))?;
        findings.add(path, &check_timetable(&loaded.scenario, &planned));
        let (trips, blocks) = (planned.trips.len(), planned.blocks.len());
        findings.checked.push(format!("{}: {trips} trips, {blocks} blocks", path.display()));
        timetable = Some(planned);
    }
    if let Some((path, booked)) = &booked {
        let date = timetable.as_ref().map(|timetable| timetable.date);
        let plan = booked.checked(date).map_err(|error| format!("{}: {error}", path.display()))?;
        findings.add(path, &check_plan(&loaded.scenario, timetable.as_ref(), plan));
        let (legs, held) = (plan.legs.len(), plan.reservations.len());
        findings.checked.push(format!("{}: {legs} booked legs, {held} legs on lines", path.display()));
    }
    Ok(timetable)
}

/// What the file says it solves. What can't be read is left to whoever says why.
fn stated_format(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).ok().and_then(|stated: Stated| stated.format)
}

/// The one field that all files have in common.
#[derive(Deserialize)]
struct Stated {
    format: Option<String>,
}

/// A file that must have this format: of another one its fields would be told as unknown, one by one.
fn read<T: DeserializeOwned>(path: &Path, format: &str) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let stated: Option<Stated> = serde_json::from_str(&text).ok();
    if let Some(stated) = stated.and_then(|stated| stated.format).filter(|stated| stated != format) {
        let remedy = "write it again with this version";
        return Err(format!("{}: its format is {stated}, not {format}; {remedy}", path.display()));
    }
    let parsed = serde_json::from_str(&text);
    parsed.map_err(|error| format!("{}: {error}; write it again with this version", path.display()))
}
