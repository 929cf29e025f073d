//! Scenario files that can't be read as they stand: every mistake is named with file, line, field, why and remedy, all
//! mistakes at once and none that only follow from another; and nothing is loaded.

use std::fs;
use std::path::Path;
use std::process::Command;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sanban_server::scenario::load;
use sanban_tests::mistakes::Mistake::{Holds, Lost, Typed};
use sanban_tests::mistakes::{check, check_all, problems_after, small_folder};
use sanban_tests::{binary, small_folder};

#[test]
fn the_folder_that_the_others_break_loads() {
    let folder = small_folder();
    let loaded = load(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let scenario = &loaded.scenario;
    assert_eq!(scenario.area.code, "small");
    assert_eq!((scenario.routes.len(), scenario.patterns.len(), scenario.todays_trips.len()), (1, 2, 2));
    assert_eq!(scenario.policy.walking.limit.0, 1_500);
    // The service began long before the years covered and runs on all their days.
    assert_eq!(scenario.todays_trips[0].dates.len(), 365);
    assert_eq!(loaded.digest, load(folder.path()).unwrap().digest);
}

#[test]
fn files_are_named_that_are_no_utf_8_text_or_not_there() {
    let villages = "village_id,name,name_zh,township_id,latitude,longitude,population\n";
    let in_gb18030: Vec<u8> = [
        villages.as_bytes(),
        b"V1,Near,\xBD\xFC\xB4\xE5,T1,31.001,108.010,800\nV2,Far,\xD4\xB6\xB4\xE5,T1,31.001,108.03,5\n",
    ]
    .concat();
    let remedy = "iconv -f GB18030 -t UTF-8 villages.csv";
    check(Holds("villages.csv", &in_gb18030), ("villages.csv", 2, "", "byte 9 of the line is not UTF-8", remedy));
    let in_western: Vec<u8> = ["stop_id,stop_name,stop_lat,stop_lon\nS1,Ols".as_bytes(), b"\xF8ya,31,108\n"].concat();
    check(Holds("gtfs/stops.txt", &in_western), ("gtfs/stops.txt", 2, "", "not UTF-8", "iconv -f WINDOWS-1252"));
    let in_utf_16 = b"\xFF\xFEd\0r\0i\0";
    check(Holds("drivers.csv", in_utf_16), ("drivers.csv", 1, "", "not UTF-8", "iconv -f UTF-16LE"));
    let marked = "\u{feff}driver_id,depot_id\nP1,D1\nP2,D1\nP3,D1\n".as_bytes();
    check(Holds("drivers.csv", marked), ("drivers.csv", 1, "", "byte-order mark", "without BOM"));
    let marked = "\u{feff}route_id,agency_id,route_short_name,route_long_name,route_type\nL1,A1,1,,3\n".as_bytes();
    check_all(&[Holds("gtfs/routes.txt", marked)], &[]);
    check(Holds("drivers.csv", b""), ("drivers.csv", 1, "", "is empty", "begin with the header driver_id,depot_id"));
    for file in
        ["scenario.toml", "vehicles.csv", "roads/nodes.csv", "roads/edges.csv", "gtfs/stops.txt", "holidays.csv"]
    {
        check(Lost(file), (file, 0, "", "is missing", "docs/scenario-format.md"));
    }
    check(Lost("gtfs/calendar.txt"), ("gtfs/calendar.txt", 0, "", "no service dates at all", "calendar_dates.txt"));
    check_all(&[Lost("consignments.csv"), Lost("market_exceptions.csv")], &[]);
    let frequencies = b"trip_id,start_time,end_time,headway_secs\n";
    let remedy = "sanban import gtfs";
    check(Holds("gtfs/frequencies.txt", frequencies), ("gtfs/frequencies.txt", 0, "", "every trip of its own", remedy));
}

#[test]
fn a_folder_that_is_not_there_is_no_scenario() {
    let error = load(Path::new("/nowhere/county")).unwrap_err();
    assert!(error.to_string().contains("there is no folder /nowhere/county"), "{error}");
}

#[test]
fn headers_name_every_column_once() {
    let (file, header) = ("drivers.csv", "driver_id,depot_id");
    let missing = (file, 1, "depot_id", "column is missing", "add it to the header");
    let unknown = (file, 1, "depotid", "no such column", "did you mean depot_id?");
    check_all(&[Typed(file, header, "driver_id,depotid")], &[missing, unknown]);
    let unknown = (file, 1, "home", "no such column", "the columns are driver_id, depot_id");
    check_all(&[Typed(file, header, "driver_id,home")], &[missing, unknown]);
    let twice = (file, 1, "depot_id", "occurs twice", "keep one");
    check(Holds(file, b"driver_id,depot_id,depot_id\nP1,D1,D1\n"), twice);
    // Columns stand in any order.
    check_all(&[Holds(file, b"depot_id,driver_id\nD1,P1\nD1,P2\nD1,P3\n")], &[]);
    // GTFS files have columns of many makers.
    let header = "stop_id,stop_name,stop_lat,stop_lon";
    check_all(
        &[Typed("gtfs/stops.txt", header, "stop_id,platform_code,stop_lat,stop_lon")],
        &[("gtfs/stops.txt", 1, "stop_name", "column is missing", "add it")],
    );
}

#[test]
fn rows_have_as_many_fields_as_the_header() {
    let remedy = "commas in double quotes";
    check(
        Typed("vehicles.csv", "K1,VAN,D1,market ride freight", "K1,VAN,D1"),
        ("vehicles.csv", 3, "", "3 fields, the header has 4", remedy),
    );
    check(Typed("vehicles.csv", "market ride freight", "market,ride"), ("vehicles.csv", 3, "", "5 fields", remedy));
    let open_quote = ("villages.csv", 2, "name", "goes on over the end of the line", "close the quote");
    check(Typed("villages.csv", "Near Village", "\"Near Village"), open_quote);
}

#[test]
fn lines_are_counted_past_blank_lines_and_windows_line_ends() {
    let text = "driver_id,depot_id\r\n\r\nP1,D1\r\nP2,D1\r\n\r\nP3,D9\r\n";
    check(Holds("drivers.csv", text.as_bytes()), ("drivers.csv", 6, "depot_id", "no depot \"D9\"", "depots.csv"));
}

#[test]
fn cells_are_what_their_column_says() {
    check(
        Typed("villages.csv", "108.010,800", "108.010,many"),
        ("villages.csv", 2, "population", "\"many\" is not a whole number", "digits"),
    );
    check(
        Typed("villages.csv", "31.001,108.010", "\"31,001\",108.010"),
        ("villages.csv", 2, "latitude", "\"31,001\" is not a number", "point"),
    );
    check(
        Typed("schools.csv", "16:30,false", "16:30,no"),
        ("schools.csv", 2, "has_boarders", "\"no\" is not a truth value", "true or false"),
    );
    check(
        Typed("holidays.csv", "2026-01-01", "2026-02-30"),
        ("holidays.csv", 2, "date", "\"2026-02-30\" is not a date", "YYYY-MM-DD"),
    );
    check(
        Typed("shifts.csv", "P1,K1,10:30", "P1,K1,25:61:00"),
        ("shifts.csv", 3, "starts", "\"25:61:00\" is not a time", "below 60"),
    );
    check(
        Typed("gtfs/calendar.txt", "20000101", "2000-01-01"),
        ("gtfs/calendar.txt", 2, "start_date", "not a GTFS date", "YYYYMMDD"),
    );
    check(Typed("villages.csv", "Near Village", " "), ("villages.csv", 2, "name", "is empty", "needs a value"));
    check_all(&[Typed("markets.csv", "Valley Market,谷场", "Valley Market,")], &[]);
}

#[test]
fn a_bad_row_does_not_make_its_references_wrong_as_well() {
    // Stops, trips, vehicles, types, townships, nodes … are all referred to from elsewhere.
    check(
        Typed("gtfs/stops.txt", "S2,近村,31.000", "S2,近村,north"),
        ("gtfs/stops.txt", 3, "stop_lat", "not a number", ""),
    );
    check(
        Typed("gtfs/trips.txt", "L1,daily,0", "L1,daily,out"),
        ("gtfs/trips.txt", 2, "direction_id", "not a whole number", ""),
    );
    check(
        Typed("gtfs/routes.txt", "谷镇—远村,3", "谷镇—远村,bus"),
        ("gtfs/routes.txt", 2, "route_type", "not a whole number", ""),
    );
    check(
        Typed("gtfs/stop_times.txt", "08:03:00,S2,2", "08:03:00,S2,two"),
        ("gtfs/stop_times.txt", 3, "stop_sequence", "not a whole number", ""),
    );
    check(
        Typed("gtfs/calendar.txt", "daily,1", "daily,x"),
        ("gtfs/calendar.txt", 2, "monday", "not a whole number", ""),
    );
    check(
        Typed("vehicle_types.csv", "BUS,Bus,客车,19", "BUS,Bus,客车,19.5"),
        ("vehicle_types.csv", 2, "approved_seats", "not a whole number", ""),
    );
    check(Typed("vehicles.csv", "X1,SCH,D1,student", "X1,SCH,D1,"), ("vehicles.csv", 4, "products", "is empty", ""));
    check(
        Typed("townships.csv", "31.000,108.000,", "31.000,E108,"),
        ("townships.csv", 2, "longitude", "not a number", ""),
    );
    check(Typed("roads/nodes.csv", "N2,31.000", "N2,31°"), ("roads/nodes.csv", 3, "latitude", "not a number", ""));
    check(Typed("markets.csv", "06:30,13:00", "6.30,13:00"), ("markets.csv", 2, "opens", "not a time", ""));
    check(Typed("schools.csv", "08:10", "8h10"), ("schools.csv", 2, "bell_start", "not a time", ""));
    check(
        Typed("student_runs.csv", "R1,SC1,to_school,X1", "R1,SC1,,X1"),
        ("student_runs.csv", 2, "direction", "is empty", ""),
    );
    check(Typed("depots.csv", "31.000", "N31"), ("depots.csv", 2, "latitude", "not a number", ""));
}

#[test]
fn a_folder_broken_in_many_files_is_reported_in_one_go() {
    let expected = [
        ("consignments.csv", 2, "kg", "not a whole number", "digits"),
        ("drivers.csv", 1, "", "byte-order mark", "BOM"),
        ("gtfs/agency.txt", 0, "", "is missing", ""),
        ("gtfs/stop_times.txt", 3, "stop_id", "no stop \"S8\"", ""),
        ("markets.csv", 2, "cycle", "is no market cycle", ""),
        ("scenario.toml", 11, "policy.walking.limit", "no such setting", ""),
        ("vehicles.csv", 3, "vehicle_type_id", "no vehicle type \"CAR\"", ""),
        ("villages.csv", 2, "latitude", "91 is no latitude", ""),
        ("villages.csv", 3, "township_id", "no township \"T7\"", ""),
    ];
    let mistakes = [
        Typed("villages.csv", "31.001,108.010", "91,108.010"),
        Typed("villages.csv", "远村,T2", "远村,T7"),
        Typed("vehicles.csv", "K1,VAN", "K1,CAR"),
        Typed("scenario.toml", "limit_m", "limit"),
        Typed("markets.csv", "solar:1-4-7", "often"),
        Typed("gtfs/stop_times.txt", "08:03:00,S2", "08:03:00,S8"),
        Lost("gtfs/agency.txt"),
        Typed("drivers.csv", "driver_id", "\u{feff}driver_id"),
        Typed("consignments.csv", "C1,D1,V2,12", "C1,D1,V2,heavy"),
    ];
    check_all(&mistakes, &expected);
    let found: Vec<String> = problems_after(&mistakes).into_iter().map(|problem| problem.file).collect();
    assert!(found.is_sorted(), "{found:?}");
}

#[test]
fn the_binary_says_all_of_it_and_fails_and_makes_nothing() {
    let folder = small_folder();
    fs::remove_file(folder.path().join("drivers.csv")).unwrap();
    let villages = folder.path().join("villages.csv");
    let text = fs::read_to_string(&villages).unwrap();
    fs::write(&villages, text.replace("31.001,108.010", "91,108.010")).unwrap();
    let out = tempfile::tempdir().unwrap();
    let (plan, data) = (out.path().join("plan"), out.path().join("data"));
    let (folder, plan, data) = (folder.path().to_str().unwrap(), plan.to_str().unwrap(), data.to_str().unwrap());
    for arguments in [
        vec!["plan", "--scenario", folder, "--date", "2026-11-25", "--out", plan],
        vec!["serve", "--scenario", folder, "--data", data, "--listen", "127.0.0.1:0"],
        vec!["check", folder],
    ] {
        let output = Command::new(binary::path()).args(&arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        for expected in ["drivers.csv: is missing", "villages.csv:2: latitude: 91 is no latitude"] {
            assert!(said.contains(expected), "{arguments:?}: {expected:?} is not in\n{said}");
        }
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0, "{arguments:?} made something");
    }
}

#[test]
fn no_bytes_whatever_make_loading_panic() {
    let folder = small_folder();
    let mut random = ChaCha8Rng::seed_from_u64(20_261_125);
    for _ in 0..400 {
        let (file, text) = small_folder::FILES[random.random_range(0..small_folder::FILES.len())];
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..random.random_range(1..6) {
            let at = random.random_range(0..bytes.len());
            match random.random_range(0..4) {
                0 => bytes[at] = random.random(),
                1 => bytes[at] = b",\"\n\r-.:0919 "[random.random_range(0..12)],
                2 => drop(bytes.drain(at..(at + random.random_range(1..9)).min(bytes.len()))),
                _ => bytes.splice(at..at, *b"9999999").for_each(drop),
            }
            if bytes.is_empty() {
                break;
            }
        }
        fs::write(folder.path().join(file), &bytes).unwrap();
        if let Err(error) = load(folder.path()) {
            assert!(!error.problems.is_empty());
            for problem in &error.problems {
                assert!(!problem.why.is_empty() && !problem.remedy.is_empty(), "{problem}");
            }
        }
        fs::write(folder.path().join(file), text).unwrap();
    }
    assert!(load(folder.path()).is_ok());
}
