//! Feeds as agencies publish them: with more than is needed, in other encodings, zipped, or broken.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use encoding_rs::{GB18030, WINDOWS_1252};
use tempfile::TempDir;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::{Dropped, Expanded, ImportError, Options, Report, Taken, import};

const FEED: [(&str, &str); 8] = [
    (
        "agency.txt",
        "agency_id,agency_name,agency_url,agency_timezone\nA,Valley Bus,https://example.org/,Asia/Shanghai\n",
    ),
    (
        "stops.txt",
        "\u{feff}stop_id,stop_name,stop_desc,stop_lat,stop_lon,location_type,parent_station\n\
         S1,谷镇,by the bridge,31.0,108.0,,ST\nS2,近村,,31.0,108.01,0,\nS3,远村,,31.0,108.03\n\
         S4,渡口,,31.1,108.1,0,\nST,车站,,31.0,108.0,1,\n",
    ),
    ("routes.txt", "route_id,route_short_name,route_type\nL1,1,3\nL2,2,704\nF1,ferry,4\nL3,3,3\n"),
    (
        "trips.txt",
        "route_id,service_id,trip_id,block_id\nL1,daily,T1,B7\nL2,daily,T2,\nF1,daily,T3,\nL1,never,T4,\nL1,daily,T5,\n",
    ),
    (
        "stop_times.txt",
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type\n\
         T1,8:00:00,8:00:00,S1,1,0\nT1,,,S2,2\nT1,8:10:00,8:10:00,S3,3,0\n\
         T2,0:00:00,0:01:00,S3,1,0\nT2,0:09:00,0:09:00,S1,2,0\n\
         T3,9:00:00,9:00:00,S1,1,0\nT3,9:10:00,9:10:00,S4,2,0\n\
         T4,9:00:00,9:00:00,S1,1,0\nT4,9:10:00,9:10:00,S2,2,0\n",
    ),
    (
        "calendar.txt",
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n\
         daily,1,1,1,1,1,1,1,20260101,20261231\n",
    ),
    ("calendar_dates.txt", "service_id,date,exception_type\ndaily,20260101,2\nnever,20260101,2\n"),
    (
        "frequencies.txt",
        "trip_id,start_time,end_time,headway_secs,exact_times\nT2,6:00:00,7:00:00,1800,\nT2,7:00:00,8:00:00,1200,\n",
    ),
];

fn feed() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FEED {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn zipped(feed: &Path, inner: &str) -> PathBuf {
    let path = feed.join("feed.zip");
    let mut archive = ZipWriter::new(File::create(&path).unwrap());
    for entry in fs::read_dir(feed).unwrap().map(Result::unwrap).filter(|entry| entry.path() != path) {
        let name = format!("{inner}{}", entry.file_name().display());
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(&fs::read(entry.path()).unwrap()).unwrap();
    }
    archive.finish().unwrap();
    path
}

/// Every file under the folder with its contents.
fn contents(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            files.extend(contents(&entry.path()));
        } else {
            files.push((entry.path(), fs::read_to_string(entry.path()).unwrap()));
        }
    }
    files.sort();
    files
}

fn imported(feed: &Path, options: Options) -> (TempDir, Report) {
    let out = tempfile::tempdir().unwrap();
    let report = import(feed, out.path(), options).unwrap_or_else(|error| panic!("{error}"));
    (out, report)
}

/// What is wrong with the feed once this file holds that text; nothing is written then.
fn error_after(file: &str, text: &[u8], options: Options) -> String {
    let feed = feed();
    fs::write(feed.path().join(file), text).unwrap();
    let out = tempfile::tempdir().unwrap();
    fs::create_dir(out.path().join("gtfs")).unwrap();
    fs::write(out.path().join("gtfs/stops.txt"), "as it was").unwrap();
    let error = import(feed.path(), out.path(), options).expect_err("the feed is no good");
    let left = contents(out.path());
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0].1, "as it was");
    error.to_string()
}

fn text_of(file: &str) -> &'static str {
    FEED.iter().find(|(name, _)| *name == file).unwrap().1
}

#[test]
fn buses_that_run_are_taken_and_all_else_is_counted() {
    let feed = feed();
    let (out, report) = imported(feed.path(), Options::default());
    assert_eq!(report.taken, Taken { lines: 2, trips: 6, stops: 3, stop_times: 13, services: 1 });
    assert_eq!(report.expanded, Some(Expanded { templates: 1, trips: 5 }));
    let dropped: Vec<_> = report.dropped.iter().map(|Dropped { count, what, .. }| (*count, *what)).collect();
    let expected = [
        (1, "lines"),
        (1, "trips"),
        (1, "trips"),
        (1, "trips"),
        (4, "stop times"),
        (1, "lines"),
        (1, "services"),
        (1, "stations, entrances and the like"),
        (1, "stops"),
    ];
    assert_eq!(dropped, expected);
    let dates = report.dates.map(|(first, last)| (first.to_string(), last.to_string()));
    assert_eq!(dates, Some(("2026-01-02".to_owned(), "2026-12-31".to_owned())));
    assert!(report.missing_files.contains(&"villages.csv") && !report.missing_files.contains(&"gtfs/stops.txt"));
    let trips = fs::read_to_string(out.path().join("gtfs/trips.txt")).unwrap();
    assert!(trips.contains("\nT1,L1,daily,,,B7\n") && trips.contains("\nT2-072000,L2,daily,,,\n"), "{trips}");
    let times = fs::read_to_string(out.path().join("gtfs/stop_times.txt")).unwrap();
    assert!(times.contains("\nT2-072000,07:19:00,07:20:00,S3,1\nT2-072000,07:28:00,07:28:00,S1,2\n"), "{times}");
    assert!(!out.path().join("gtfs/frequencies.txt").exists());
}

#[test]
fn a_feed_of_another_time_zone_keeps_its_times_and_says_so() {
    let feed = feed();
    let agency = text_of("agency.txt").replace("Asia/Shanghai", "America/Los_Angeles");
    fs::write(feed.path().join("agency.txt"), agency).unwrap();
    let (out, report) = imported(feed.path(), Options::default());
    assert!(report.dropped.iter().any(|dropped| (dropped.count, dropped.what) == (1, "time zones of agencies")));
    assert!(fs::read_to_string(out.path().join("gtfs/agency.txt")).unwrap().contains("Asia/Shanghai"));
}

#[test]
fn ferries_are_taken_as_buses_on_demand() {
    let (_, report) = imported(feed().path(), Options { all_modes_as_bus: true, ..Options::default() });
    assert_eq!((report.taken.lines, report.taken.trips, report.taken.stops), (3, 7, 4));
}

#[test]
fn a_zip_says_the_same_as_its_folder() {
    let feed = feed();
    let (from_folder, _) = imported(feed.path(), Options::default());
    for inner in ["", "valley/2026/"] {
        let (from_zip, _) = imported(&zipped(feed.path(), inner), Options::default());
        let texts = |folder: &Path| contents(folder).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts(from_zip.path()), texts(from_folder.path()));
    }
    let error = import(&feed.path().join("agency.txt"), feed.path(), Options::default()).unwrap_err().to_string();
    assert!(error.contains("neither a folder nor a readable zip"), "{error}");
    let error = import(Path::new("/nowhere.zip"), feed.path(), Options::default()).unwrap_err();
    assert!(matches!(error, ImportError::Problems { .. }), "{error}");
}

#[test]
fn another_encoding_is_named_and_can_be_told() {
    for (encoding, name) in [(GB18030, "渡口"), (WINDOWS_1252, "Olsøya")] {
        let text = text_of("stops.txt").trim_start_matches('\u{feff}');
        let text: String = text.chars().filter(char::is_ascii).collect();
        let bytes = encoding.encode(&text.replace("S2,,", &format!("S2,{name},"))).0.into_owned();
        let error = error_after("stops.txt", &bytes, Options::default());
        let remedy = format!("such as --encoding {}", encoding.name().to_lowercase());
        assert!(error.starts_with("stops.txt:3: byte ") && error.contains(&remedy), "{error}");
        let feed = feed();
        fs::write(feed.path().join("stops.txt"), bytes).unwrap();
        for file in ["agency.txt", "routes.txt"] {
            assert!(text_of(file).is_ascii());
        }
        let (out, _) = imported(feed.path(), Options { encoding: Some(encoding), ..Options::default() });
        let stops = fs::read_to_string(out.path().join("gtfs/stops.txt")).unwrap();
        assert!(stops.contains(&format!("\nS2,{name},31,108.01")), "{stops}");
    }
}

#[test]
fn broken_feeds_are_refused_by_file_line_and_field() {
    let check = |file: &str, right: &str, wrong: &str, expected: &str| {
        let text = text_of(file);
        assert!(text.contains(right), "{right} in {file}");
        let error = error_after(file, text.replacen(right, wrong, 1).as_bytes(), Options::default());
        assert!(error.starts_with(expected), "{expected} is not\n{error}");
        assert!(error.ends_with(" problem, nothing was imported") && !error.contains("gtfs/"), "{error}");
    };
    check("stop_times.txt", "8:10:00,8:10:00", "8:70:00,8:10:00", "stop_times.txt:4: arrival_time: \"8:70:00\" is not");
    check(
        "stop_times.txt",
        ",S2,2",
        ",S9,2",
        "stop_times.txt:3: stop_id: there is no stop \"S9\"; use a code of stops.txt",
    );
    check("stop_times.txt", "8:10:00,8:10:00", "7:10:00,7:10:00", "stop_times.txt:4: arrival_time: the bus would");
    check("stop_times.txt", ",S1,1,0", ",ST,1,0", "stops.txt:6: location_type: trips call at what is no stop");
    check(
        "stops.txt",
        "S1,谷镇,by the bridge,31.0",
        "S1,谷镇,by the bridge,91.0",
        "stops.txt:2: stop_lat: 91 is no latitude",
    );
    check("trips.txt", "L1,daily,T1", "L9,daily,T1", "trips.txt:2: route_id: there is no line \"L9\"");
    check("routes.txt", "route_type", "type", "routes.txt:1: route_type: the column is missing");
    check("frequencies.txt", "1800", "0", "frequencies.txt:2: headway_secs: 0 is no time");
    check(
        "frequencies.txt",
        "8:00:00,1200",
        "47:59:00,147300",
        "frequencies.txt:3: end_time: the trip that leaves at 47:55",
    );
}

#[test]
fn a_feed_without_buses_or_files_says_what_to_do() {
    let routes = text_of("routes.txt").replace(",3\n", ",2\n").replace(",704\n", ",0\n");
    let error = error_after("routes.txt", routes.as_bytes(), Options::default());
    assert!(
        error.contains("no trip of a bus is left (4 lines: no buses") && error.contains("--all-modes-as-bus"),
        "{error}"
    );
    let empty = tempfile::tempdir().unwrap();
    let error = import(empty.path(), &empty.path().join("out"), Options::default()).unwrap_err().to_string();
    for expected in ["agency.txt: is missing", "stop_times.txt: is missing", "calendar.txt: there are no service dates"]
    {
        assert!(error.contains(expected), "{error}");
    }
    assert!(!empty.path().join("out").exists());
}

#[test]
fn every_vehicle_type_may_work_every_line_until_somebody_says_otherwise() {
    let (feed, out) = (feed(), tempfile::tempdir().unwrap());
    let types = "vehicle_type_id,name,name_zh,approved_seats,passenger_seats,wheelchair_places,luggage_units,freight_kg,\
                 freight_litres,cost_per_km_fen,cost_per_day_fen,cost_per_hour_fen,licensed_school_bus\n\
                 BUS,Bus,客车,19,18,0,10,200,1000,250,20000,3000,false\nVAN,Van,,7,6,1,6,300,1500,120,8000,3000,false\n";
    fs::write(out.path().join("vehicle_types.csv"), types).unwrap();
    let report = import(feed.path(), out.path(), Options::default()).unwrap();
    assert_eq!(report.line_vehicle_types, Some(4));
    let path = out.path().join("line_vehicle_types.csv");
    assert_eq!(fs::read_to_string(&path).unwrap(), "route_id,vehicle_type_id\nL1,BUS\nL1,VAN\nL2,BUS\nL2,VAN\n");
    fs::write(&path, "route_id,vehicle_type_id\nL1,BUS\n").unwrap();
    let before = contents(&out.path().join("gtfs"));
    let report = import(feed.path(), out.path(), Options::default()).unwrap();
    assert_eq!(report.line_vehicle_types, None);
    assert_eq!(fs::read_to_string(&path).unwrap(), "route_id,vehicle_type_id\nL1,BUS\n");
    assert_eq!(contents(&out.path().join("gtfs")), before, "the same feed gives the same bytes");
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 3, "nothing unfinished is left behind");
}

/// A feed of the shared public data; says so where it is absent.
fn shared(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("SANBAN_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let feed = folder.join("data/gtfs").join(name);
    let exists = feed.exists();
    if !exists {
        eprintln!("SKIPPED, NOT TESTED: {} is not there (set SANBAN_SHARED)", feed.display());
    }
    exists.then_some(feed)
}

#[test]
fn the_sample_feed_is_taken_with_its_headways() {
    let Some(feed) = shared("beatty-sample-feed") else { return };
    let (_, report) = imported(&feed, Options::default());
    assert_eq!((report.taken.lines, report.taken.trips), (9, 149));
    assert_eq!(report.expanded, Some(Expanded { templates: 3, trips: 136 }));
    let (_, report) = imported(&feed, Options { all_modes_as_bus: true, ..Options::default() });
    assert_eq!((report.taken.lines, report.taken.trips), (10, 152));
}

#[test]
fn a_real_feed_is_taken_once_its_encoding_is_told() {
    let Some(feed) = shared("region-nord-v2") else { return };
    let out = tempfile::tempdir().unwrap();
    let error = import(&feed, out.path(), Options::default()).unwrap_err().to_string();
    assert!(error.starts_with("stops.txt:2: ") && error.contains("--encoding windows-1252"), "{error}");
    let (out, report) = imported(&feed, Options { encoding: Some(WINDOWS_1252), ..Options::default() });
    assert_eq!(report.taken, Taken { lines: 181, trips: 1_098, stops: 3_693, stop_times: 26_890, services: 29 });
    assert!(fs::read_to_string(out.path().join("gtfs/stops.txt")).unwrap().contains("Olsøya"));
}
