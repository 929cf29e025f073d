//! Looking up the codes that people write.

use std::collections::BTreeMap;

use super::{At, Problems};
use crate::scenario::tables::{
    DepotRow, FacilityRow, GtfsStopRow, MarketRow, Numbered, Row, SchoolRow, Tables, Unreadable, VillageRow,
};

/// The codes of one table, in the order of its rows.
pub struct Codes {
    what: &'static str,
    /// Said in remedies.
    source: &'static str,
    files: &'static [&'static str],
    index_of: BTreeMap<String, usize>,
    unreadable: Unreadable,
}

impl Codes {
    /// Of a table; a code that occurs twice is a problem.
    fn of<R: Row>(
        what: &'static str,
        tables: &Tables,
        rows: &[Numbered<R>],
        code: impl Fn(&R) -> &str,
        problems: &mut Problems,
    ) -> Self {
        let (files, unreadable): (&'static [&'static str], _) = (&[R::FILE], tables.unreadable.clone());
        let mut codes = Self { what, source: R::FILE, files, index_of: BTreeMap::new(), unreadable };
        for (index, numbered) in rows.iter().enumerate() {
            let at = At { file: R::FILE, line: numbered.line };
            let text = code(&numbered.row);
            let is_plain = |character: char| character.is_alphanumeric() || "-_.:".contains(character);
            if !R::ALLOWS_OTHER_COLUMNS && !text.chars().all(is_plain) {
                let remedy = "use letters, digits, - _ . : only";
                problems.add(at, R::COLUMNS[0], format!("\"{text}\" is not a plain code"), remedy);
            }
            if let Some(first) = codes.index_of.get(text) {
                let why = format!("{what} \"{text}\" occurs twice, first on line {}", rows[*first].line);
                problems.add(at, R::COLUMNS[0], why, "give every row a code of its own");
            } else {
                codes.index_of.insert(text.to_owned(), index);
            }
        }
        codes
    }

    /// The position of a code in its table; an unknown code is a problem.
    pub fn find(&self, code: &str, at: At, field: &str, problems: &mut Problems) -> Option<usize> {
        let found = self.get(code);
        let was_unreadable = || self.files.iter().any(|file| self.unreadable.may_have(file, code));
        if found.is_none() && !was_unreadable() {
            let why = format!("there is no {} \"{code}\"", self.what);
            problems.add(at, field, why, format!("use a code of {}{}", self.source, self.suggestion(code)));
        }
        found
    }

    /// The position of a code in its table.
    pub fn get(&self, code: &str) -> Option<usize> {
        self.index_of.get(code).copied()
    }

    fn suggestion(&self, code: &str) -> String {
        let same_letters = |known: &&String| known.eq_ignore_ascii_case(code);
        match self.index_of.keys().find(same_letters) {
            Some(known) => format!("; did you mean \"{known}\"?"),
            None => String::new(),
        }
    }
}

/// The codes of every table that others refer to.
pub struct AllCodes {
    pub townships: Codes,
    pub villages: Codes,
    pub road_nodes: Codes,
    pub schools: Codes,
    pub student_runs: Codes,
    pub markets: Codes,
    pub vehicle_types: Codes,
    pub vehicles: Codes,
    pub depots: Codes,
    pub drivers: Codes,
    pub stops: Codes,
    pub routes: Codes,
    pub trips: Codes,
    /// All places, in the order of their ids.
    pub places: Codes,
    first_village: usize,
    first_school: usize,
    first_market: usize,
    first_facility: usize,
    first_depot: usize,
}

impl AllCodes {
    pub fn of(tables: &Tables, problems: &mut Problems) -> Self {
        // Nobody refers to these, but their codes are unique all the same.
        Codes::of("facility", tables, &tables.facilities, |row| &row.facility_id, problems);
        Codes::of("consignment", tables, &tables.consignments, |row| &row.consignment_id, problems);
        Codes::of("transfer", tables, &tables.line_transfers, |row| &row.transfer_id, problems);
        let first_village = tables.gtfs_stops.len();
        let first_school = first_village + tables.villages.len();
        let first_market = first_school + tables.schools.len();
        let first_facility = first_market + tables.markets.len();
        let first_depot = first_facility + tables.facilities.len();
        Self {
            townships: Codes::of("township", tables, &tables.townships, |row| &row.township_id, problems),
            villages: Codes::of("village", tables, &tables.villages, |row| &row.village_id, problems),
            road_nodes: Codes::of("road node", tables, &tables.road_nodes, |row| &row.node_id, problems),
            schools: Codes::of("school", tables, &tables.schools, |row| &row.school_id, problems),
            student_runs: Codes::of("student run", tables, &tables.student_runs, |row| &row.student_run_id, problems),
            markets: Codes::of("market", tables, &tables.markets, |row| &row.market_id, problems),
            vehicle_types: Codes::of(
                "vehicle type",
                tables,
                &tables.vehicle_types,
                |row| &row.vehicle_type_id,
                problems,
            ),
            vehicles: Codes::of("vehicle", tables, &tables.vehicles, |row| &row.vehicle_id, problems),
            depots: Codes::of("depot", tables, &tables.depots, |row| &row.depot_id, problems),
            drivers: Codes::of("driver", tables, &tables.drivers, |row| &row.driver_id, problems),
            stops: Codes::of("stop", tables, &tables.gtfs_stops, |row| &row.stop_id, problems),
            routes: Codes::of("line", tables, &tables.gtfs_routes, |row| &row.route_id, problems),
            trips: Codes::of("trip", tables, &tables.gtfs_trips, |row| &row.trip_id, problems),
            places: all_places(tables, problems),
            first_village,
            first_school,
            first_market,
            first_facility,
            first_depot,
        }
    }

    pub const fn stop_place(&self, stop: usize) -> usize {
        stop
    }

    pub const fn village_place(&self, village: usize) -> usize {
        self.first_village + village
    }

    pub const fn school_place(&self, school: usize) -> usize {
        self.first_school + school
    }

    pub const fn market_place(&self, market: usize) -> usize {
        self.first_market + market
    }

    pub const fn facility_place(&self, facility: usize) -> usize {
        self.first_facility + facility
    }

    pub const fn depot_place(&self, depot: usize) -> usize {
        self.first_depot + depot
    }
}

/// Stops, villages, schools, markets, facilities and depots share one name space.
fn all_places(tables: &Tables, problems: &mut Problems) -> Codes {
    let mut codes = Codes {
        what: "place",
        source: "gtfs/stops.txt or of villages, schools, markets, facilities or depots",
        files: &[
            GtfsStopRow::FILE,
            VillageRow::FILE,
            SchoolRow::FILE,
            MarketRow::FILE,
            FacilityRow::FILE,
            DepotRow::FILE,
        ],
        index_of: BTreeMap::new(),
        unreadable: tables.unreadable.clone(),
    };
    let mut owners: Vec<(&'static str, u64)> = Vec::new();
    let mut take = |code: &str, file: &'static str, column: &'static str, line: u64| {
        if let Some(&other) = codes.index_of.get(code) {
            let (other_file, other_line) = owners[other];
            // Twice in one file is said already.
            if other_file != file {
                let why = format!("\"{code}\" is the code of a place in {other_file} line {other_line} already");
                problems.add(At { file, line }, column, why, "places share one name space: rename one of them");
            }
        } else {
            codes.index_of.insert(code.to_owned(), owners.len());
        }
        owners.push((file, line));
    };
    fn each<R: Row>(
        rows: &[Numbered<R>],
        code: impl Fn(&R) -> &str,
        take: &mut impl FnMut(&str, &'static str, &'static str, u64),
    ) {
        for numbered in rows {
            take(code(&numbered.row), R::FILE, R::COLUMNS[0], numbered.line);
        }
    }
    each(&tables.gtfs_stops, |row| &row.stop_id, &mut take);
    each(&tables.villages, |row| &row.village_id, &mut take);
    each(&tables.schools, |row| &row.school_id, &mut take);
    each(&tables.markets, |row| &row.market_id, &mut take);
    each(&tables.facilities, |row| &row.facility_id, &mut take);
    each(&tables.depots, |row| &row.depot_id, &mut take);
    codes
}
