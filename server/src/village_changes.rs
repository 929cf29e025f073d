//! Villages that lose or gain by a timetable, for people and for programs: `sanban diff`, and `villages.json` beside a plan.

use chrono::NaiveDate;
use sanban_engine::network::Place;
use sanban_engine::plan::Timetable;
use sanban_engine::scenario::Scenario;
use sanban_engine::time::{Duration, ServiceTime};
use sanban_engine::timetable::diff::{
    VillageChanges, VillageDiff, VillageService, compare_with_today, todays_departures,
};
use serde::{Deserialize, Serialize};

/// Version of `villages.json`, described in `docs/plan-files.md`.
const FORMAT: &str = "sanban-villages-1";

/// `villages.json`: a plan compared with today's timetable of its date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VillagesFile {
    /// `sanban-villages-1`.
    pub format: String,
    /// The service date.
    pub date: NaiveDate,
    /// Where today's timetable comes from: a feed as it was named, or `gtfs/` of the scenario.
    pub todays_timetable: String,
    /// Departures of today's timetable on the date.
    pub departures_before: usize,
    /// Departures of the plan.
    pub departures_after: usize,
    /// Worse off; those left without any departure, then who loses most, first.
    pub losers: Vec<VillageRow>,
    /// Better off in every respect, who gains most first.
    pub winners: Vec<VillageRow>,
    /// Those for which times change and that neither lose nor win.
    pub other_villages: Vec<VillageRow>,
}

/// What changes for one village.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VillageRow {
    /// Its code.
    pub village: String,
    /// What people there call it.
    pub name: String,
    /// New departures that it can board.
    pub gained: usize,
    /// Departures that it could board and that are given up.
    pub lost: usize,
    /// Departures that move a little.
    pub retimed: usize,
    /// As it was.
    pub before: ServiceRow,
    /// As it will be.
    pub after: ServiceRow,
}

/// What a village has of the lines within walking distance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceRow {
    /// Trips that can be boarded.
    pub departures: usize,
    /// The first of them.
    pub first: Option<ServiceTime>,
    /// The last of them.
    pub last: Option<ServiceTime>,
    /// The largest time between two in a row of the same line and direction; none where none has two.
    pub largest_gap_s: Option<Duration>,
}

/// Cells for people, each as it was → as it will be; what is not there is a dash.
pub(crate) struct VillageCells {
    /// Code and name.
    pub village: String,
    pub departures: String,
    pub first: String,
    pub last: String,
    /// In minutes.
    pub longest_gap: String,
}

impl VillagesFile {
    /// Compares a plan with today's timetable.
    pub fn new(scenario: &Scenario, timetable: &Timetable, todays_timetable: String) -> Self {
        let changes = compare_with_today(scenario, timetable);
        let [losers, winners, other_villages] = village_rows(scenario, &changes);
        Self {
            format: FORMAT.to_owned(),
            date: timetable.date,
            todays_timetable,
            departures_before: todays_departures(scenario, timetable.date).len(),
            departures_after: timetable.trips.len(),
            losers,
            winners,
            other_villages,
        }
    }
}

/// Losers, winners and others.
pub(crate) fn village_rows(scenario: &Scenario, changes: &VillageChanges) -> [Vec<VillageRow>; 3] {
    [changes.losers(), changes.winners(), changes.others()]
        .map(|villages| villages.into_iter().map(|village| VillageRow::new(scenario, village)).collect())
}

impl VillageRow {
    fn new(scenario: &Scenario, village: &VillageDiff) -> Self {
        let Place { code, name, .. } = scenario.network.place(scenario.villages[village.village.index()].place);
        Self {
            village: code.clone(),
            name: name.local().to_owned(),
            gained: village.gained,
            lost: village.lost,
            retimed: village.retimed,
            before: ServiceRow::new(&village.before),
            after: ServiceRow::new(&village.after),
        }
    }

    pub(crate) fn cells(&self) -> VillageCells {
        let (before, after) = (&self.before, &self.after);
        let time = |time: Option<ServiceTime>| time.map_or("–".to_owned(), ServiceTime::to_hm_string);
        let minutes = |gap: Option<Duration>| gap.map_or("–".to_owned(), |gap| gap.minutes_rounded_up().to_string());
        VillageCells {
            village: format!("{} {}", self.village, self.name),
            departures: format!("{} → {}", before.departures, after.departures),
            first: format!("{} → {}", time(before.first), time(after.first)),
            last: format!("{} → {}", time(before.last), time(after.last)),
            longest_gap: format!("{} → {} min", minutes(before.largest_gap_s), minutes(after.largest_gap_s)),
        }
    }
}

impl ServiceRow {
    fn new(service: &VillageService) -> Self {
        let &VillageService { departures, first, last, largest_gap } = service;
        Self { departures, first, last, largest_gap_s: largest_gap }
    }
}
