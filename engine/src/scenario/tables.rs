//! The rows of a scenario folder, one struct per file of `docs/scenario-format.md`; codes are still text here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(missing_docs, reason = "fields are the columns of the documented file format")]
        pub struct $name { $(pub $field: $kind),* }
    )*};
}

rows! {
    /// `townships.csv`
    TownshipRow { township_id: String, name: String, name_zh: String, kind: String, latitude: f64, longitude: f64, part_of: Option<String> }
    /// `villages.csv`
    VillageRow { village_id: String, name: String, name_zh: String, township_id: String, latitude: f64, longitude: f64, population: i32 }
    /// `facilities.csv`
    FacilityRow { facility_id: String, name: String, name_zh: String, kind: String, latitude: f64, longitude: f64 }
    /// `roads/nodes.csv`
    RoadNodeRow { node_id: String, latitude: f64, longitude: f64 }
    /// `roads/edges.csv`
    RoadEdgeRow { from_node: String, to_node: String, length_m: i64, speed_km_h: i64, class: String, oneway: bool, unfit_at_night: bool }
    /// `schools.csv`
    SchoolRow { school_id: String, name: String, name_zh: String, latitude: f64, longitude: f64, bell_start: String, bell_end: String, has_boarders: bool }
    /// `students.csv`
    StudentRow { village_id: String, school_id: String, boards: bool, students: i32 }
    /// `student_runs.csv`
    StudentRunRow { student_run_id: String, school_id: String, direction: String, vehicle_id: String }
    /// `student_run_calls.csv`
    StudentRunCallRow { student_run_id: String, sequence: u32, place_id: String, time: String, enrolled: i32 }
    /// `markets.csv`
    MarketRow { market_id: String, name: String, name_zh: String, latitude: f64, longitude: f64, cycle: String, opens: String, closes: String }
    /// `market_exceptions.csv`
    MarketExceptionRow { market_id: String, from: NaiveDate, until: NaiveDate, held: bool }
    /// `holidays.csv`
    HolidayRow { date: NaiveDate, kind: String, name: String }
    /// `school_terms.csv`
    SchoolTermRow { name: String, from: NaiveDate, until: NaiveDate }
    /// `vehicle_types.csv`
    VehicleTypeRow { vehicle_type_id: String, name: String, name_zh: String, approved_seats: i32, passenger_seats: i32, wheelchair_places: i32, luggage_units: i32, freight_kg: i32, freight_litres: i32, cost_per_km_fen: i64, cost_per_day_fen: i64, cost_per_hour_fen: i64, licensed_school_bus: bool }
    /// `vehicles.csv`
    VehicleRow { vehicle_id: String, vehicle_type_id: String, depot_id: String, products: String }
    /// `depots.csv`
    DepotRow { depot_id: String, name: String, name_zh: String, latitude: f64, longitude: f64 }
    /// `drivers.csv`
    DriverRow { driver_id: String, depot_id: String }
    /// `shifts.csv`
    ShiftRow { driver_id: String, vehicle_id: String, starts: String, ends: String }
    /// `consignments.csv`
    ConsignmentRow { consignment_id: String, from_place_id: String, to_place_id: String, kg: i32, litres: i32, ready: String, due: String, perishable: bool, days: String }
    /// `line_demand.csv`
    LineDemandRow { route_id: String, direction_id: u8, from_stop_id: String, to_stop_id: String, days: String, wanted_boarding: String, passengers: i32 }
    /// `line_vehicle_types.csv`
    LineVehicleTypeRow { route_id: String, vehicle_type_id: String }
    /// `gtfs/agency.txt`
    AgencyRow { agency_id: String, agency_name: String, agency_url: String, agency_timezone: String, agency_lang: String }
    /// `gtfs/stops.txt`
    StopRow { stop_id: String, stop_name: String, stop_lat: f64, stop_lon: f64 }
    /// `gtfs/routes.txt`
    RouteRow { route_id: String, agency_id: String, route_short_name: String, route_long_name: String, route_type: u16 }
    /// `gtfs/trips.txt`
    TripRow { route_id: String, service_id: String, trip_id: String, direction_id: u8 }
    /// `gtfs/stop_times.txt`
    StopTimeRow { trip_id: String, arrival_time: String, departure_time: String, stop_id: String, stop_sequence: u32 }
    /// `gtfs/calendar.txt`
    ServiceRow { service_id: String, monday: u8, tuesday: u8, wednesday: u8, thursday: u8, friday: u8, saturday: u8, sunday: u8, start_date: String, end_date: String }
}

/// `scenario.toml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Of the service area.
    pub name: String,
    /// Of the service area, in Chinese.
    pub name_zh: String,
    /// Code of the service area.
    pub area_id: String,
    /// Of the generator; absent for real data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Planned when nobody names a date.
    pub demonstration_date: NaiveDate,
    /// Whose yearly notice is in the data.
    pub holiday_years: Vec<i32>,
}

/// All files of a scenario folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    /// `scenario.toml`
    pub settings: Settings,
    /// `townships.csv`
    pub townships: Vec<TownshipRow>,
    /// `villages.csv`
    pub villages: Vec<VillageRow>,
    /// `facilities.csv`
    pub facilities: Vec<FacilityRow>,
    /// `roads/nodes.csv`
    pub road_nodes: Vec<RoadNodeRow>,
    /// `roads/edges.csv`
    pub road_edges: Vec<RoadEdgeRow>,
    /// `schools.csv`
    pub schools: Vec<SchoolRow>,
    /// `students.csv`
    pub students: Vec<StudentRow>,
    /// `student_runs.csv`
    pub student_runs: Vec<StudentRunRow>,
    /// `student_run_calls.csv`
    pub student_run_calls: Vec<StudentRunCallRow>,
    /// `markets.csv`
    pub markets: Vec<MarketRow>,
    /// `market_exceptions.csv`
    pub market_exceptions: Vec<MarketExceptionRow>,
    /// `holidays.csv`
    pub holidays: Vec<HolidayRow>,
    /// `school_terms.csv`
    pub school_terms: Vec<SchoolTermRow>,
    /// `vehicle_types.csv`
    pub vehicle_types: Vec<VehicleTypeRow>,
    /// `vehicles.csv`
    pub vehicles: Vec<VehicleRow>,
    /// `depots.csv`
    pub depots: Vec<DepotRow>,
    /// `drivers.csv`
    pub drivers: Vec<DriverRow>,
    /// `shifts.csv`
    pub shifts: Vec<ShiftRow>,
    /// `consignments.csv`
    pub consignments: Vec<ConsignmentRow>,
    /// `line_demand.csv`
    pub line_demand: Vec<LineDemandRow>,
    /// `line_vehicle_types.csv`
    pub line_vehicle_types: Vec<LineVehicleTypeRow>,
    /// `gtfs/agency.txt`
    pub gtfs_agency: Vec<AgencyRow>,
    /// `gtfs/stops.txt`
    pub gtfs_stops: Vec<StopRow>,
    /// `gtfs/routes.txt`
    pub gtfs_routes: Vec<RouteRow>,
    /// `gtfs/trips.txt`
    pub gtfs_trips: Vec<TripRow>,
    /// `gtfs/stop_times.txt`
    pub gtfs_stop_times: Vec<StopTimeRow>,
    /// `gtfs/calendar.txt`
    pub gtfs_calendar: Vec<ServiceRow>,
}
