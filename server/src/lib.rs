//! What surrounds the engine: command line, gRPC, store, import and export.
//!
//! Everything impure lives here: files, sockets, the clock. The binary is a thin shell over this library so that
//! the end-to-end tests can use the generated clients.

#![cfg_attr(not(test), warn(clippy::print_stdout, clippy::print_stderr, reason = "`output` prints"))]

pub mod benchmark_formats;
pub mod clock;
pub mod commands;
pub mod diagrams;
pub mod grpc;
pub mod gtfs_out;
pub mod import_gtfs;
pub mod import_osm;
pub mod output;
pub mod plan_files;
pub mod planned_day;
pub mod printed;
pub mod proto;
pub mod ride_problems;
pub mod scenario;
pub mod secrets;
pub mod service_area;
pub mod solution_files;
pub mod store;
pub mod vehicle_schedules;
pub mod village_changes;
pub mod writer;

mod advice;
mod file_names;
mod todays_timetable;
mod unfinished;
