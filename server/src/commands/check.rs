//! `sanban check PATH`: verifies a scenario, a planned or exported day, or a benchmark solution.
//!
//! The judgement is the engine's independent checker; here the path is recognized, read and reported on. Exit code 1
//! on any violation or unreadable file, one line each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sanban_engine::check::{check_plan, check_timetable};
use sanban_engine::plan::Timetable;
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
    /// A scenario folder, an output folder of `plan` or `export`, or a solution file of `solve`.
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
    } else if args.path.exists() {
        let instance = args.instance.as_deref();
        let (kind, violations) = match stated_format(&args.path).as_deref() {
            Some("json") => {
                let found = ride_problems::check_solution_file(&args.path, instance);
                ("a solution of a ride problem", found.map_err(|error| error.to_string()))
            }
            Some("mdvsp") => {
                let found = vehicle_schedules::check_solution_file(&args.path, instance);
                ("vehicle schedules of a benchmark", found.map_err(|error| error.to_string()))
            }
            _ => {
                let found = check_solution_file(&args.path, instance);
                ("a benchmark solution", found.map_err(|error| error.to_string()))
            }
        };
        findings.violations.extend(violations.unwrap_or_else(|error| vec![error]));
        findings.checked.push(format!("{}: {kind}", args.path.display()));
    } else {
        let remedy = "name a scenario folder, an output folder of plan or export, or a solution file";
        findings.violations.push(format!("{}: does not exist; {remedy}", args.path.display()));
    }
    findings.print(args.json)
}

impl Findings {
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

/// The folder itself, or its folders, one per date.
fn check_days(args: &Args, findings: &mut Findings) {
    let holds_day = |folder: &Path| folder.join("plan.json").exists() || folder.join("plan-booked.json").exists();
    let mut folders = vec![args.path.clone()];
    if !holds_day(&args.path) {
        let entries = fs::read_dir(&args.path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => return findings.violations.push(format!("{}: {error}", args.path.display())),
        };
        folders = entries.iter().map(fs::DirEntry::path).filter(|path| holds_day(path)).collect();
        folders.sort();
    }
    if folders.is_empty() {
        let why = "holds no scenario.toml, plan.json or plan-booked.json";
        return findings.violations.push(format!("{}: {why}; name another folder", args.path.display()));
    }
    let mut loaded: Option<LoadedScenario> = None;
    for folder in folders {
        if let Err(why) = check_day(&folder, args, &mut loaded, findings) {
            findings.violations.push(why);
        }
    }
}

fn check_day(
    folder: &Path,
    args: &Args,
    loaded: &mut Option<LoadedScenario>,
    findings: &mut Findings,
) -> Result<(), String> {
    let plan: Option<PlanFile> = read(&folder.join("plan.json"))?;
    let booked: Option<BookedPlanFile> = read(&folder.join("plan-booked.json"))?;
    let named = plan.as_ref().map(|plan| (&plan.scenario, &plan.scenario_digest));
    let named = named.or(booked.as_ref().map(|booked| (&booked.scenario, &booked.scenario_digest)));
    let (scenario_folder, digest) = named.ok_or_else(|| format!("{}: its files are gone", folder.display()))?;
    let scenario_folder = args.scenario.clone().unwrap_or_else(|| PathBuf::from(scenario_folder));
    if loaded.as_ref().is_none_or(|loaded| loaded.folder != scenario_folder) {
        let found = scenario::load(&scenario_folder);
        *loaded = Some(found.map_err(|error| format!("{error}; name its folder with --scenario"))?);
    }
    let loaded = loaded.as_ref().expect("loaded just now");
    for (name, digest) in [
        ("plan.json", plan.as_ref().map(|_| digest)),
        ("plan-booked.json", booked.as_ref().map(|booked| &booked.scenario_digest)),
    ] {
        if digest.is_some_and(|digest| *digest != loaded.digest) {
            let why = format!("was made from other inputs than {} holds now", scenario_folder.display());
            return Err(format!("{}: {why}; name the right folder with --scenario", folder.join(name).display()));
        }
    }
    let timetable: Option<Timetable> = plan
        .map(|plan| plan.timetable(&loaded.scenario))
        .transpose()
        .map_err(|error| format!("{}: {error}", folder.join("plan.json").display()))?;
    let mut violations = Vec::new();
    if let Some(timetable) = &timetable {
        violations.extend(check_timetable(&loaded.scenario, timetable));
        let (trips, blocks) = (timetable.trips.len(), timetable.blocks.len());
        findings.checked.push(format!("{}: {trips} trips, {blocks} blocks", folder.join("plan.json").display()));
    }
    if let Some(booked) = &booked {
        let file = folder.join("plan-booked.json");
        let plan = booked.checked().map_err(|error| format!("{}: {error}", file.display()))?;
        violations.extend(check_plan(&loaded.scenario, timetable.as_ref(), plan));
        let (legs, held) = (plan.legs.len(), plan.reservations.len());
        findings.checked.push(format!("{}: {legs} booked legs, {held} legs on lines", file.display()));
    }
    findings.violations.extend(violations.iter().map(|violation| format!("{}: {violation}", folder.display())));
    Ok(())
}

/// What the file says it solves. What can't be read is left to whoever says why.
fn stated_format(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let file: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    file["format"].as_str().map(str::to_owned)
}

/// Nothing if there is no such file.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, String> {
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let parsed = serde_json::from_str(&text);
    parsed.map(Some).map_err(|error| format!("{}: {error}; write it again with this version", path.display()))
}
