//! The files of a scenario folder, row by row: the one definition of the format.
//!
//! Reader, writer, generator and documentation all work from these structs. A row holds what a line of a file
//! says, codes as people write them; whether it makes sense together with the others is decided in
//! [`super::resolve`]. Columns are described in `docs/scenario-format.md`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::cell::Cell;
pub use super::cell::GtfsDate;
use super::settings::Settings;
use crate::time::ServiceTime;

/// A row that remembers the line it came from, so that problems can name it.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbered<R> {
    /// 1 is the header; 0 when the row was not read from a file.
    pub line: u64,
    /// What the line says.
    pub row: R,
}

/// One kind of file.
pub trait Row: Sized {
    /// Path inside the scenario folder.
    const FILE: &'static str;
    /// Columns in the order in which they are written; where rows have a code of their own, it stands first.
    const COLUMNS: &'static [&'static str];
    /// May columns that Sanban doesn't use stand in the file? True for GTFS alone.
    const ALLOWS_OTHER_COLUMNS: bool;
    /// Columns that may be missing altogether.
    const OPTIONAL_COLUMNS: &'static [&'static str];

    /// From the cells of a line, in the order of `COLUMNS`; says of every bad cell (column, why, remedy).
    fn from_cells(cells: &[&str]) -> Result<Self, Vec<CellProblem>>;
    /// The cells of a line, in the order of `COLUMNS`.
    fn to_cells(&self) -> Vec<String>;
}

/// A cell that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellProblem {
    /// The column's name.
    pub column: &'static str,
    /// What is wrong.
    pub why: String,
    /// What to do.
    pub remedy: String,
}

macro_rules! rows {
    ($(
        $(#[$doc:meta])*
        $name:ident in $file:literal $(optional $optional:literal)* {
            $($field:ident: $type:ty),* $(,)?
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "columns are described in docs/scenario-format.md")]
        pub struct $name {
            $(pub $field: $type),*
        }

        impl Row for $name {
            const FILE: &'static str = $file;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];
            const ALLOWS_OTHER_COLUMNS: bool = is_gtfs($file);
            const OPTIONAL_COLUMNS: &'static [&'static str] = &[$($optional),*];

            fn from_cells(cells: &[&str]) -> Result<Self, Vec<CellProblem>> {
                let mut problems = Vec::new();
                let mut cells = cells.iter();
                $(
                    let $field = <$type as Cell>::parse(cells.next().copied().unwrap_or_default())
                        .map_err(|(why, remedy)| {
                            problems.push(CellProblem { column: stringify!($field), why, remedy });
                        });
                )*
                match ($($field,)*) {
                    ($(Ok($field),)*) => Ok(Self { $($field),* }),
                    _ => Err(problems),
                }
            }

            fn to_cells(&self) -> Vec<String> {
                if Self::ALLOWS_OTHER_COLUMNS {
                    vec![$(Cell::format_gtfs(&self.$field)),*]
                } else {
                    vec![$(Cell::format(&self.$field)),*]
                }
            }
        }
    )*};
}

const fn is_gtfs(file: &str) -> bool {
    let bytes = file.as_bytes();
    bytes.len() > 5 && bytes[0] == b'g' && bytes[1] == b't' && bytes[2] == b'f' && bytes[3] == b's' && bytes[4] == b'/'
}

rows! {
    /// A township or sub-centre.
    TownshipRow in "townships.csv" {
        township_id: String, name: String, name_zh: Option<String>, kind: String, latitude: f64, longitude: f64,
        part_of: Option<String>,
    }
    /// A village.
    VillageRow in "villages.csv" {
        village_id: String, name: String, name_zh: Option<String>, township_id: String, latitude: f64, longitude: f64,
        population: i32,
    }
    /// A hospital or elderly centre.
    FacilityRow in "facilities.csv" {
        facility_id: String, name: String, name_zh: Option<String>, kind: String, latitude: f64, longitude: f64,
    }
    /// A junction.
    RoadNodeRow in "roads/nodes.csv" { node_id: String, latitude: f64, longitude: f64 }
    /// A road between two junctions.
    RoadEdgeRow in "roads/edges.csv" {
        from_node: String, to_node: String, length_m: i64, speed_km_h: i32, class: String, oneway: bool,
        unfit_at_night: bool,
    }
    /// A school.
    SchoolRow in "schools.csv" {
        school_id: String, name: String, name_zh: Option<String>, latitude: f64, longitude: f64,
        bell_start: ServiceTime, bell_end: ServiceTime, has_boarders: bool, customized_runs: bool, bell_shift_min: i32,
    }
    /// Pupils of one village at one school.
    StudentGroupRow in "students.csv" { village_id: String, school_id: String, boards: bool, students: i32 }
    /// A licensed student run.
    StudentRunRow in "student_runs.csv" {
        student_run_id: String, school_id: String, direction: String, vehicle_id: String,
    }
    /// A call of a licensed student run.
    StudentRunCallRow in "student_run_calls.csv" {
        student_run_id: String, sequence: i32, place_id: String, time: ServiceTime, enrolled: i32,
    }
    /// A market.
    MarketRow in "markets.csv" {
        market_id: String, name: String, name_zh: Option<String>, latitude: f64, longitude: f64, cycle: String,
        opens: ServiceTime, closes: ServiceTime,
    }
    /// Dates on which a market departs from its cycle.
    MarketExceptionRow in "market_exceptions.csv" { market_id: String, from: NaiveDate, until: NaiveDate, held: bool }
    /// People of one village who go to one market.
    MarketGoersRow in "market_goers.csv" {
        market_id: String, village_id: String, people: i32, luggage_in: i32, luggage_home: i32,
    }
    /// A date named by a yearly notice.
    HolidayRow in "holidays.csv" { date: NaiveDate, kind: String, name: String }
    /// A school term.
    SchoolTermRow in "school_terms.csv" { name: String, from: NaiveDate, until: NaiveDate }
    /// A kind of vehicle.
    VehicleTypeRow in "vehicle_types.csv" {
        vehicle_type_id: String, name: String, name_zh: Option<String>, approved_seats: i32, passenger_seats: i32,
        wheelchair_places: i32, luggage_units: i32, freight_kg: i32, freight_litres: i32, cost_per_km_fen: i64,
        cost_per_day_fen: i64, cost_per_hour_fen: i64, licensed_school_bus: bool,
    }
    /// A vehicle.
    VehicleRow in "vehicles.csv" { vehicle_id: String, vehicle_type_id: String, depot_id: String, products: String }
    /// A depot.
    DepotRow in "depots.csv" {
        depot_id: String, name: String, name_zh: Option<String>, latitude: f64, longitude: f64,
    }
    /// A driver.
    DriverRow in "drivers.csv" { driver_id: String, depot_id: String }
    /// A shift piece.
    ShiftRow in "shifts.csv" { driver_id: String, vehicle_id: String, starts: ServiceTime, ends: ServiceTime }
    /// Goods expected.
    ConsignmentRow in "consignments.csv" {
        consignment_id: String, from_place_id: String, to_place_id: String, kg: i32, litres: i32, ready: ServiceTime,
        due: ServiceTime, perishable: bool, days: String,
    }
    /// Passengers expected on a line.
    LineDemandRow in "line_demand.csv" {
        route_id: String, direction_id: i32, from_stop_id: String, to_stop_id: String, days: String,
        wanted_boarding: ServiceTime, passengers: i32,
    }
    /// Passengers expected to change lines.
    LineTransferRow in "line_transfers.csv" {
        transfer_id: String, from_route_id: String, from_direction_id: i32, from_stop_id: String, to_route_id: String,
        to_direction_id: i32, to_stop_id: String, days: String, wanted_arrival: ServiceTime, passengers: i32,
    }
    /// A kind of vehicle that may work a line.
    LineVehicleTypeRow in "line_vehicle_types.csv" { route_id: String, vehicle_type_id: String }
    /// GTFS agency.
    AgencyRow in "gtfs/agency.txt" optional "agency_id" optional "agency_lang" {
        agency_id: Option<String>, agency_name: String, agency_url: String, agency_timezone: String,
        agency_lang: Option<String>,
    }
    /// GTFS stop.
    GtfsStopRow in "gtfs/stops.txt" optional "location_type" optional "parent_station" {
        stop_id: String, stop_name: Option<String>, stop_lat: Option<f64>, stop_lon: Option<f64>,
        location_type: Option<i32>, parent_station: Option<String>,
    }
    /// GTFS route.
    GtfsRouteRow in "gtfs/routes.txt"
        optional "agency_id" optional "route_short_name" optional "route_long_name" {
        route_id: String, agency_id: Option<String>, route_short_name: Option<String>,
        route_long_name: Option<String>, route_type: i32,
    }
    /// GTFS trip.
    GtfsTripRow in "gtfs/trips.txt" optional "direction_id" optional "trip_headsign" optional "block_id" {
        trip_id: String, route_id: String, service_id: String, trip_headsign: Option<String>,
        direction_id: Option<i32>, block_id: Option<String>,
    }
    /// GTFS stop time.
    GtfsStopTimeRow in "gtfs/stop_times.txt" {
        trip_id: String, arrival_time: Option<ServiceTime>, departure_time: Option<ServiceTime>, stop_id: String,
        stop_sequence: i32,
    }
    /// GTFS calendar.
    GtfsCalendarRow in "gtfs/calendar.txt" {
        service_id: String, monday: i32, tuesday: i32, wednesday: i32, thursday: i32, friday: i32, saturday: i32,
        sunday: i32, start_date: GtfsDate, end_date: GtfsDate,
    }
    /// GTFS calendar date.
    GtfsCalendarDateRow in "gtfs/calendar_dates.txt" { service_id: String, date: GtfsDate, exception_type: i32 }
    /// GTFS frequency: only feeds have it, scenarios have every trip.
    GtfsFrequencyRow in "gtfs/frequencies.txt" {
        trip_id: String, start_time: ServiceTime, end_time: ServiceTime, headway_secs: i32,
    }
}

/// What of the files could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unreadable {
    codes: BTreeMap<&'static str, BTreeSet<String>>,
    whole_files: BTreeSet<&'static str>,
}

impl Unreadable {
    /// A row of this file, and its first cell.
    pub fn add_row(&mut self, file: &'static str, code: &str) {
        self.codes.entry(file).or_default().insert(code.trim().to_owned());
    }

    /// The file as a whole: missing, or so broken that nobody knows what it says.
    pub fn add_file(&mut self, file: &'static str) {
        self.whole_files.insert(file);
    }

    /// May the file have a row with this code that could not be read?
    pub fn may_have(&self, file: &str, code: &str) -> bool {
        self.whole_files.contains(file) || self.codes.get(file).is_some_and(|codes| codes.contains(code))
    }

    /// Could everything be read?
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty() && self.whole_files.is_empty()
    }

    /// Is anything of the file unreadable?
    pub fn touches(&self, file: &str) -> bool {
        self.whole_files.contains(file) || self.codes.contains_key(file)
    }
}

macro_rules! tables {
    ($($(#[$doc:meta])* $field:ident: $row:ident),* $(,)?) => {
        /// A scenario folder as its files say it.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Tables {
            /// `scenario.toml`
            pub settings: Settings,
            /// Rows that could not be read, so that references to them are not called wrong as well.
            pub unreadable: Unreadable,
            $(#[doc = concat!("One [`", stringify!($row), "`] per line.")] pub $field: Vec<Numbered<$row>>),*
        }

        /// Does the same for every kind of file, in the fixed order of the format.
        pub trait TableVisitor {
            /// One file.
            fn visit<R: Row>(&mut self, rows: &mut Vec<Numbered<R>>);
        }

        impl Tables {
            /// Visits every file in the fixed order of the format.
            pub fn visit_all(&mut self, visitor: &mut impl TableVisitor) {
                $(visitor.visit(&mut self.$field);)*
            }
        }
    };
}

tables! {
    townships: TownshipRow,
    villages: VillageRow,
    facilities: FacilityRow,
    road_nodes: RoadNodeRow,
    road_edges: RoadEdgeRow,
    schools: SchoolRow,
    student_groups: StudentGroupRow,
    student_runs: StudentRunRow,
    student_run_calls: StudentRunCallRow,
    markets: MarketRow,
    market_exceptions: MarketExceptionRow,
    market_goers: MarketGoersRow,
    holidays: HolidayRow,
    school_terms: SchoolTermRow,
    vehicle_types: VehicleTypeRow,
    vehicles: VehicleRow,
    depots: DepotRow,
    drivers: DriverRow,
    shifts: ShiftRow,
    consignments: ConsignmentRow,
    line_demand: LineDemandRow,
    line_transfers: LineTransferRow,
    line_vehicle_types: LineVehicleTypeRow,
    gtfs_agency: AgencyRow,
    gtfs_stops: GtfsStopRow,
    gtfs_routes: GtfsRouteRow,
    gtfs_trips: GtfsTripRow,
    gtfs_stop_times: GtfsStopTimeRow,
    gtfs_calendar: GtfsCalendarRow,
    gtfs_calendar_dates: GtfsCalendarDateRow,
}
