//! `sanban diff A B`: what changes for the public from one planned day to another, villages that lose first.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sanban_engine::ids::{RunId, TripId};
use sanban_engine::plan::Timetable;
use sanban_engine::scenario::Scenario;
use sanban_engine::timetable::diff::{Pair, StageCost, TimetableDiff, compare};
use sanban_engine::units::Fen;
use serde_json::{Value, json};

use crate::output::{error_line, print_line};
use crate::plan_files::PlanFile;
use crate::planned_day::PlannedDay;
use crate::scenario::{self, LoadedScenario};
use crate::village_changes::{VillageCells, VillageRow, village_rows};

/// What to compare.
#[derive(clap::Args)]
pub struct Args {
    /// The plan as it is: a plan.json, or the folder that holds one.
    before: PathBuf,
    /// The plan as it would be, likewise.
    after: PathBuf,
    /// Folder of the scenario of both plans.
    #[arg(long)]
    scenario: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Compares two plans and prints what differs; no difference is no failure.
pub fn run(args: Args) -> ExitCode {
    match compared(&args) {
        Ok(lines) => {
            lines.iter().for_each(|line| print_line!("{line}"));
            ExitCode::SUCCESS
        }
        Err(why) => {
            error_line!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn compared(args: &Args) -> Result<Vec<String>, String> {
    let loaded = scenario::load(&args.scenario).map_err(|error| error.to_string())?;
    let (before, after) = (read(&loaded, &args.before)?, read(&loaded, &args.after)?);
    let diff = compare(&loaded.scenario, &before, &after);
    let day = |timetable| PlannedDay::new(&loaded.scenario, timetable);
    let report = Report { scenario: &loaded.scenario, before: day(&before), after: day(&after), diff: &diff };
    Ok(if args.json { vec![format!("{:#}", report.json())] } else { report.lines() })
}

fn read(loaded: &LoadedScenario, path: &Path) -> Result<Timetable, String> {
    let path = if path.is_dir() { path.join("plan.json") } else { path.to_owned() };
    let shown = path.display();
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{shown}: {error}; name a plan.json or the folder that holds one"))?;
    let file: PlanFile =
        serde_json::from_str(&text).map_err(|error| format!("{shown}: {error}; plan it again with this version"))?;
    if file.scenario_digest != loaded.digest {
        // A plan before and one after a change of the inputs may well be compared, as long as lines keep their stops.
        error_line!("{shown}: was made from other inputs than {} holds now", loaded.folder.display());
    }
    file.timetable(&loaded.scenario).map_err(|error| format!("{shown}: {error}"))
}

struct Report<'a> {
    scenario: &'a Scenario,
    before: PlannedDay<'a>,
    after: PlannedDay<'a>,
    diff: &'a TimetableDiff,
}

impl Report<'_> {
    fn lines(&self) -> Vec<String> {
        let diff = self.diff;
        let mut lines = vec![format!("{} → {}", self.before.timetable.date, self.after.timetable.date)];
        let mut section = |zh: &str, en: &str, rows: Vec<String>| {
            if !rows.is_empty() {
                lines.push(format!("{zh} {en}: {}", rows.len()));
                lines.extend(rows.into_iter().map(|row| format!("  {row}")));
            }
        };
        let [losers, winners, _] = village_rows(self.scenario, &diff.villages);
        section("受损村", "villages worse off", losers.iter().map(village_line).collect());
        section("受益村", "villages better off", winners.iter().map(village_line).collect());
        section("取消班次", "departures removed", trip_codes(&self.before, &diff.removed_trips));
        section("新增班次", "departures added", trip_codes(&self.after, &diff.added_trips));
        section("调整时刻", "departures retimed", self.pairs(&diff.retimed_trips));
        section("更换车型", "other vehicle type", self.type_changes());
        section("取消学生班、赶集班", "runs removed", run_codes(&self.before, &diff.removed_runs));
        section("新增学生班、赶集班", "runs added", run_codes(&self.after, &diff.added_runs));
        let changed = diff.changed_runs.iter();
        let changed =
            changed.map(|pair| format!("{} → {}", self.before.run_code(pair.before), self.after.run_code(pair.after)));
        section("调整学生班、赶集班", "runs changed", changed.collect());
        section("每日费用", "cost a day", diff.costs.iter().map(cost_line).collect());
        if diff.is_empty() {
            lines.push("对乘客没有变化 nothing changes for the public".to_owned());
        }
        lines
    }

    fn pairs(&self, pairs: &[Pair<TripId>]) -> Vec<String> {
        let pair = |pair: &Pair<TripId>| {
            let after = self.after.timetable.trip(pair.after).departure.to_hm_string();
            format!("{} → {after}", self.before.trip_code(pair.before))
        };
        pairs.iter().map(pair).collect()
    }

    fn type_changes(&self) -> Vec<String> {
        let kinds = &self.scenario.fleet.vehicle_types;
        let kind = |day: &PlannedDay, trip| kinds[day.timetable.trip(trip).vehicle_type.index()].code.clone();
        let change = |pair: &Pair<TripId>| {
            let trip = self.before.trip_code(pair.before);
            format!("{trip}: {} → {}", kind(&self.before, pair.before), kind(&self.after, pair.after))
        };
        self.diff.changed_types.iter().map(change).collect()
    }

    fn json(&self) -> Value {
        let diff = self.diff;
        let pairs = |pairs: &[Pair<TripId>]| {
            let pair = |pair: &Pair<TripId>| {
                let (before, after) = (self.before.trip_code(pair.before), self.after.trip_code(pair.after));
                json!({ "before": before, "after": after })
            };
            pairs.iter().map(pair).collect::<Vec<_>>()
        };
        let changed_runs = diff.changed_runs.iter().map(
            |pair| json!({ "before": self.before.run_code(pair.before), "after": self.after.run_code(pair.after) }),
        );
        let [losers, winners, other_villages] = village_rows(self.scenario, &diff.villages);
        let costs = diff
            .costs
            .iter()
            .map(|cost| json!({ "stage": cost.stage, "before_fen": cost.before, "after_fen": cost.after }));
        json!({
            "before": self.before.timetable.date,
            "after": self.after.timetable.date,
            "losers": losers,
            "winners": winners,
            "other_villages": other_villages,
            "removed_trips": trip_codes(&self.before, &diff.removed_trips),
            "added_trips": trip_codes(&self.after, &diff.added_trips),
            "retimed_trips": pairs(&diff.retimed_trips),
            "changed_vehicle_types": pairs(&diff.changed_types),
            "removed_runs": run_codes(&self.before, &diff.removed_runs),
            "added_runs": run_codes(&self.after, &diff.added_runs),
            "changed_runs": changed_runs.collect::<Vec<_>>(),
            "costs": costs.collect::<Vec<_>>(),
        })
    }
}

fn village_line(row: &VillageRow) -> String {
    let VillageRow { gained, lost, retimed, .. } = row;
    let VillageCells { village, departures, first, last, longest_gap } = row.cells();
    format!(
        "{village}: 班次 departures {departures} (+{gained} −{lost} ~{retimed}), 首班 first {first}, 末班 last {last}, 最大间隔 \
         longest gap {longest_gap}"
    )
}

fn trip_codes(day: &PlannedDay, trips: &[TripId]) -> Vec<String> {
    trips.iter().map(|&trip| day.trip_code(trip)).collect()
}

fn run_codes(day: &PlannedDay, runs: &[RunId]) -> Vec<String> {
    runs.iter().map(|&run| day.run_code(run).to_owned()).collect()
}

fn cost_line(cost: &StageCost) -> String {
    let yuan = |fen: Option<Fen>| fen.map_or("–".to_owned(), |fen| format!("{:.2}", fen.0 as f64 / 100.0));
    format!("{}: {} → {} 元 yuan", cost.stage, yuan(cost.before), yuan(cost.after))
}
