//! From files to a trusted [`Scenario`], or to a list of everything that is wrong with them.
//!
//! Codes become dense ids here, in the order of the rows; places in the order stops, villages, schools, markets,
//! facilities, depots. Nothing is repaired and nothing is left out silently: one problem anywhere and there is no
//! scenario. Each topic has a file; they share only [`Problems`] and [`Codes`].

mod calendars;
mod codes;
mod fleets;
mod lines;
mod people;
mod places;
mod transfers;

use std::fmt;

use chrono::Datelike;

use crate::policy::Policy;
use crate::scenario::settings::POLICY_FIELDS;
use crate::scenario::tables::{CellProblem, Tables};
use crate::scenario::{Scenario, ServiceArea};
use crate::time::{Duration, TimeWindow};

use codes::AllCodes;
pub use lines::{TIME_ZONE_OF_SCENARIOS, is_time_zone_of_scenarios};

/// Something wrong with a file of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Path inside the scenario folder.
    pub file: String,
    /// 1 is the header; nothing when the file as a whole is meant.
    pub line: Option<u64>,
    /// The column or key; empty when the line or file as a whole is meant.
    pub field: String,
    /// What is wrong.
    pub why: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(formatter, ":{line}")?;
        }
        if !self.field.is_empty() {
            write!(formatter, ": {}", self.field)?;
        }
        write!(formatter, ": {}; {}", self.why, self.remedy)
    }
}

/// Collects problems.
#[derive(Default)]
pub struct Problems(Vec<Problem>);

/// Where a problem is.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// Path inside the scenario folder.
    pub file: &'static str,
    /// 0 when the whole file is meant.
    pub line: u64,
}

impl Problems {
    /// One more.
    pub fn add(&mut self, at: At, field: &str, why: impl Into<String>, remedy: impl Into<String>) {
        self.0.push(Problem {
            file: at.file.to_owned(),
            line: (at.line > 0).then_some(at.line),
            field: field.to_owned(),
            why: why.into(),
            remedy: remedy.into(),
        });
    }

    /// Problems of single cells.
    pub fn add_cells(&mut self, at: At, cells: Vec<CellProblem>) {
        for CellProblem { column, why, remedy } in cells {
            self.add(at, column, why, remedy);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is one of them in one of these files?
    pub fn touch(&self, files: &[&str]) -> bool {
        self.0.iter().any(|problem| files.contains(&problem.file.as_str()))
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In order of file and line.
    pub fn into_sorted(mut self) -> Vec<Problem> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}

/// Turns the files of a folder into a scenario.
///
/// Errors: everything that is wrong with what could be read, in order of file and line.
pub fn resolve(tables: &Tables) -> Result<Scenario, Vec<Problem>> {
    let mut problems = Problems::default();
    let policy = policy(tables, &mut problems);
    let codes = AllCodes::of(tables, &mut problems);
    let townships = places::townships(tables, &codes, &mut problems);
    let villages = places::villages(tables, &codes, &mut problems);
    let facilities = places::facilities(tables, &codes, &mut problems);
    let network = places::network(tables, &codes, &policy, &mut problems);
    let calendar = calendars::calendar(tables, &mut problems);
    let markets = calendars::markets(tables, &codes, &mut problems);
    let fleet = fleets::fleet(tables, &codes, &policy, &mut problems);
    let schools = people::schools(tables, &codes, &mut problems);
    let student_groups = people::student_groups(tables, &codes, &mut problems);
    let student_runs = people::student_runs(tables, &codes, &policy, network.as_ref(), &mut problems);
    let market_goers = people::market_goers(tables, &codes, &mut problems);
    let consignments = people::consignments(tables, &codes, &mut problems);
    lines::time_zones(tables, &mut problems);
    let mut lines = lines::lines(tables, &codes, &mut problems);
    let line_demand = lines::line_demand(tables, &codes, &lines, &mut problems);
    let line_transfers =
        transfers::line_transfers(tables, (&codes, &lines), (&policy, network.as_ref()), &mut problems);
    if !tables.unreadable.may_have(SETTINGS_FILE, "demonstration_date")
        && !calendar.years_covered.is_empty()
        && !calendar.years_covered.contains(&tables.settings.demonstration_date.year())
    {
        let at = At { file: SETTINGS_FILE, line: tables.settings.demonstration_date_line };
        let remedy = "choose a date of a year in holiday_years";
        problems.add(at, "demonstration_date", "lies outside the years covered", remedy);
    }
    let network = match network {
        Some(network) if problems.is_empty() && tables.unreadable.is_empty() => network,
        _ => return Err(problems.into_sorted()),
    };
    lines.measure(&network);
    let settings = &tables.settings;
    Ok(Scenario {
        area: ServiceArea {
            code: settings.area_id.clone(),
            name: places::name(&settings.name, Some(&settings.name_zh)),
        },
        demonstration_date: settings.demonstration_date,
        townships,
        villages,
        facilities,
        network,
        calendar,
        markets,
        schools,
        fleet,
        routes: lines.routes,
        patterns: lines.patterns,
        todays_trips: lines.trips,
        line_demand,
        line_transfers,
        student_groups,
        market_goers,
        student_runs,
        consignments,
        policy,
    })
}

/// What is wrong with the lines as such: for a feed that is taken before the rest of the folder is there.
///
/// In order of file and line.
pub fn problems_of_lines(tables: &Tables) -> Vec<Problem> {
    let mut problems = Problems::default();
    let codes = AllCodes::of(tables, &mut problems);
    places::drafts(tables, &mut problems);
    lines::lines(tables, &codes, &mut problems);
    problems.into_sorted()
}

/// Name of the settings file.
pub const SETTINGS_FILE: &str = "scenario.toml";

/// Values that are numbers all right, but with which nothing can be planned.
fn check_policy(policy: &Policy, tables: &Tables, problems: &mut Problems) {
    let settings = &tables.settings;
    let mut demand = |holds: bool, table: &str, key: &str, why: &str, remedy: &str| {
        if !holds {
            let set = settings.policy.iter().find(|setting| setting.table == table && setting.key == key);
            let at = At { file: SETTINGS_FILE, line: set.map_or(0, |setting| setting.line) };
            problems.add(at, &format!("policy.{table}.{key}"), why, remedy);
        }
    };
    let (hours, night) = (policy.booked.hours, policy.driving.night);
    let at_least_one = "write 1 or more";
    demand(policy.walking.metres_per_hour > 0, "walking", "metres_per_hour", "nobody would ever arrive", at_least_one);
    demand(policy.lines.departure_grid > Duration::ZERO, "lines", "departure_grid_min", "is no grid", at_least_one);
    demand(policy.lines.largest_gap > Duration::ZERO, "lines", "largest_gap_min", "is no gap", at_least_one);
    let remedy = "write a later time than opens";
    demand(hours.earliest < hours.latest, "booked", "closes", "is not after opens", remedy);
    let are_roads_fit = !tables.road_edges.iter().any(|edge| edge.row.unfit_at_night);
    let are_hours_by_day = hours.earliest >= hours.latest || !policy.driving.is_at_night(hours);
    let opening = TimeWindow::new(hours.earliest, hours.earliest + Duration::from_seconds(1));
    let key = if policy.driving.is_at_night(opening) { "opens" } else { "closes" };
    let why = "reaches into the night, when no passengers may be on the roads marked unfit_at_night";
    let remedy = "keep it between night_until and night_from, or mark no road unfit_at_night";
    demand(are_roads_fit || are_hours_by_day, "booked", key, why, remedy);
    let remedy = "write a later time than night_from, past 24:00 if need be";
    demand(night.earliest < night.latest, "driving", "night_until", "is not after night_from", remedy);
    demand(policy.duties.most_pieces > 0, "duties", "most_pieces", "lets nobody work", at_least_one);
    let (pupils, back) = (policy.students, policy.students.boarders_return);
    demand(pupils.speed_limits.other > 0, "students", "speed_limit_km_h", "nobody would ever arrive", at_least_one);
    let key = "expressway_speed_limit_km_h";
    demand(pupils.speed_limits.expressway > 0, "students", key, "nobody would ever arrive", at_least_one);
    let remedy = "write a later time than boarders_return_from";
    demand(back.earliest < back.latest, "students", "boarders_return_by", "is not after boarders_return_from", remedy);
    let (arrive, latest) = (policy.students.arrive_before_bell, policy.students.earliest_before_bell);
    let remedy = "write more minutes than arrive_before_bell_min";
    demand(arrive < latest, "students", "earliest_before_bell_min", "leaves no time to arrive in", remedy);
    let (from, within) = (policy.markets.arrive_after_opening, policy.markets.arrive_within);
    let remedy = "write more minutes than arrive_after_opening_min";
    demand(from < within, "markets", "arrive_within_min", "leaves no time to arrive in", remedy);
    let (least, most) = (policy.markets.stay_least, policy.markets.stay_most);
    demand(least < most, "markets", "stay_most_min", "is not above stay_least_min", "write more minutes");
    let (first, last) = (policy.lines.first_departure_by, policy.lines.last_departure_from);
    let remedy = "write a later time than first_departure_by";
    demand(first <= last, "lines", "last_departure_from", "lies before first_departure_by", remedy);
}

fn policy(tables: &Tables, problems: &mut Problems) -> Policy {
    let settings = &tables.settings;
    let mut policy = Policy::default();
    if !settings.policy_version.is_empty() {
        policy.version = settings.policy_version.clone();
    }
    for setting in &settings.policy {
        let at = At { file: SETTINGS_FILE, line: setting.line };
        let name = format!("policy.{}.{}", setting.table, setting.key);
        let known = POLICY_FIELDS.iter().find(|field| field.table == setting.table && field.key == setting.key);
        match known.map(|field| field.set(&mut policy, &setting.value)) {
            Some(Ok(())) => {}
            Some(Err((why, remedy))) => problems.add(at, &name, why, remedy),
            None => problems.add(at, &name, "there is no such setting", "see docs/scenario-format.md for all of them"),
        }
    }
    check_policy(&policy, tables, problems);
    policy
}
