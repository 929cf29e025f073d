//! `sanban import osm` and `sanban import gtfs`: turn public data into tables of a scenario folder.

mod gtfs;

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use sanban_engine::ids::RoadNodeId;
use sanban_engine::network::many_to_many::{travel_times, travel_times_by_dijkstra};
use serde::Serialize;

use crate::import_osm::{self, Options, RoadMap, Summary, Tracks};
use crate::output::{error_line, print_line};

/// What to import.
#[derive(clap::Subcommand)]
pub enum Source {
    /// Roads from an OpenStreetMap extract: writes roads/nodes.csv and roads/edges.csv.
    Osm(OsmArgs),
    /// Lines from a GTFS feed: writes gtfs/, and line_vehicle_types.csv if the folder has vehicle types only.
    Gtfs(gtfs::Args),
}

/// Which extract, and how to read it.
#[derive(clap::Args)]
pub struct OsmArgs {
    /// The extract, in PBF.
    file: PathBuf,
    /// The folder in which a new folder `roads` is made.
    #[arg(long)]
    out: PathBuf,
    /// Whether vehicles drive on tractor tracks.
    #[arg(long, value_enum, default_value_t = Tracks::Exclude)]
    tracks: Tracks,
    /// Put junctions into roads longer than this, so that places beside them are matched more closely.
    #[arg(long, value_name = "METRES", value_parser = clap::value_parser!(u32).range(1..))]
    longest_piece: Option<u32>,
    /// Also measure: compute all driving times between this many random junctions, by hierarchy and by Dijkstra.
    #[arg(long, value_name = "PLACES", value_parser = clap::value_parser!(u32).range(1..))]
    matrix_of: Option<u32>,
    /// Which random junctions.
    #[arg(long, default_value_t = 1, requires = "matrix_of")]
    seed: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What was done; timings are for people, the rest is the same every time.
#[derive(Serialize)]
struct Report {
    out: PathBuf,
    #[serde(flatten)]
    summary: Summary,
    import_seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    matrix: Option<Matrix>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_memory_mb: Option<f64>,
}

#[derive(Serialize)]
struct Matrix {
    places: usize,
    seed: u64,
    seconds: f64,
    dijkstra_seconds: f64,
    mean_minutes: f64,
    mean_km: f64,
}

/// Imports; a failure says which file, where in it, why and what to do, and leaves nothing behind.
pub fn run(source: Source) -> ExitCode {
    match source {
        Source::Osm(args) => tell(import_roads(&args), args.json, print_for_people),
        Source::Gtfs(args) => gtfs::run(&args),
    }
}

/// Prints what was imported, or why nothing was.
fn tell<R: Serialize, E: Display>(outcome: Result<R, E>, as_json: bool, print_for_people: fn(&R)) -> ExitCode {
    match outcome {
        Ok(report) if as_json => {
            print_line!("{}", serde_json::to_string_pretty(&report).expect("a report is plain data"));
            ExitCode::SUCCESS
        }
        Ok(report) => {
            print_for_people(&report);
            ExitCode::SUCCESS
        }
        Err(error) => {
            error_line!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn import_roads(args: &OsmArgs) -> Result<Report, Box<dyn std::error::Error>> {
    let started = Instant::now();
    let options = Options { tracks: args.tracks, longest_piece_metres: args.longest_piece };
    let map = import_osm::read_roads(&args.file, options)?;
    let out = import_osm::write::write(&map, &args.out)?;
    let import_seconds = started.elapsed().as_secs_f64();
    let matrix = args.matrix_of.map(|places| measure_matrix(&map, places as usize, args.seed));
    Ok(Report { out, summary: map.summary, import_seconds, matrix, peak_memory_mb: peak_memory_mb() })
}

fn measure_matrix(map: &RoadMap, places: usize, seed: u64) -> Matrix {
    let roads = map.to_road_graph();
    let mut junctions: Vec<RoadNodeId> = roads.driven_nodes();
    let (nodes, _) = junctions.partial_shuffle(&mut ChaCha8Rng::seed_from_u64(seed), places);

    let started = Instant::now();
    let travel = travel_times(&roads, nodes).expect("every junction of an import reaches every other");
    let seconds = started.elapsed().as_secs_f64();
    let started = Instant::now();
    assert_eq!(travel_times_by_dijkstra(&roads, nodes).as_ref(), Ok(&travel), "two ways to the same times");
    let dijkstra_seconds = started.elapsed().as_secs_f64();

    let ids = || (0..nodes.len()).map(sanban_engine::ids::PlaceId::from_index);
    let pairs = || ids().flat_map(move |from| ids().map(move |to| (from, to)));
    let count = (nodes.len() * nodes.len()) as f64;
    let total_seconds: i64 = pairs().map(|(from, to)| i64::from(travel.duration(from, to).seconds())).sum();
    let total_metres: i64 = pairs().map(|(from, to)| travel.distance(from, to).0).sum();
    Matrix {
        places: nodes.len(),
        seed,
        seconds,
        dijkstra_seconds,
        mean_minutes: total_seconds as f64 / count / 60.0,
        mean_km: total_metres as f64 / count / 1_000.0,
    }
}

/// The most memory this process has held so far, where the system tells.
fn peak_memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string(Path::new("/proc/self/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1_024.0)
}

fn print_for_people(report: &Report) {
    let Summary { junctions, pieces, barriers, kept, left_out } = &report.summary;
    print_line!("{}: {junctions} junctions, {pieces} pieces; {barriers} barriers stop vehicles", report.out.display());
    for (class, extent) in kept {
        print_line!("  kept      {:>9.1} km in {:>6} ways  {class:?}", extent.km, extent.ways);
    }
    for (reason, extent) in left_out {
        print_line!("  left out  {:>9.1} km in {:>6} ways  {}", extent.km, extent.ways, reason.why());
    }
    print_line!("imported in {:.2} s", report.import_seconds);
    if let Some(matrix) = &report.matrix {
        print_line!(
            "driving times between {} junctions (seed {}) in {:.3} s, by Dijkstra the same in {:.3} s; mean {:.1} min, {:.1} km",
            matrix.places,
            matrix.seed,
            matrix.seconds,
            matrix.dijkstra_seconds,
            matrix.mean_minutes,
            matrix.mean_km
        );
    }
    if let Some(megabytes) = report.peak_memory_mb {
        print_line!("peak memory {megabytes:.0} MB");
    }
}
