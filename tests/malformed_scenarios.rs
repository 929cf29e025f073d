//! Scenario folders as people break them: every mistake is named with file, line, field, why and remedy, all mistakes
//! at once and none that only follow from another; and nothing is loaded.

use std::fs;
use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sanban_engine::scenario::resolve::Problem;
use sanban_server::scenario::load;
use sanban_tests::small_folder;
use tempfile::TempDir;

/// A mistake, made in the folder that loads.
enum Mistake<'a> {
    /// In this file, this text (which occurs once) is that text.
    Typed(&'a str, &'a str, &'a str),
    /// This file holds these bytes.
    Holds(&'a str, &'a [u8]),
    /// This file is not there.
    Lost(&'a str),
}

use Mistake::{Holds, Lost, Typed};

/// File, line (0 for the file as a whole), field, and pieces of why and remedy.
type Expected<'a> = (&'a str, u64, &'a str, &'a str, &'a str);

fn make(mistake: &Mistake, folder: &Path) {
    match mistake {
        Typed(file, right, wrong) => {
            let path = folder.join(file);
            let text = fs::read_to_string(&path).unwrap();
            assert_eq!(text.matches(right).count(), 1, "{right:?} in {file}");
            fs::write(path, text.replace(right, wrong)).unwrap();
        }
        Holds(file, bytes) => fs::write(folder.join(file), bytes).unwrap(),
        Lost(file) => fs::remove_file(folder.join(file)).unwrap(),
    }
}

fn small_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    small_folder::write_to(folder.path());
    folder
}

fn problems_after(mistakes: &[Mistake]) -> Vec<Problem> {
    let folder = small_folder();
    for mistake in mistakes {
        make(mistake, folder.path());
    }
    load(folder.path()).err().map(|error| error.problems).unwrap_or_default()
}

fn is_as_expected(found: &Problem, (file, line, field, why, remedy): &Expected) -> bool {
    found.file == *file
        && found.line.unwrap_or(0) == *line
        && found.field == *field
        && found.why.contains(why)
        && found.remedy.contains(remedy)
}

/// These problems and no others.
fn check_all(mistakes: &[Mistake], expected: &[Expected]) {
    let found = problems_after(mistakes);
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    let lines = lines.join("\n");
    for expected in expected {
        assert!(found.iter().any(|problem| is_as_expected(problem, expected)), "{expected:?} is not among\n{lines}");
    }
    assert_eq!(found.len(), expected.len(), "expected {expected:?}, found\n{lines}");
}

/// One mistake, one problem.
fn check(mistake: Mistake, expected: Expected) {
    check_all(&[mistake], &[expected]);
}

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
fn codes_are_known_and_given_once() {
    check(
        Typed("villages.csv", "远村,T2", "远村,T9"),
        ("villages.csv", 3, "township_id", "no township \"T9\"", "townships.csv"),
    );
    check(
        Typed("villages.csv", "远村,T2", "远村,t2"),
        ("villages.csv", 3, "township_id", "no township \"t2\"", "did you mean \"T2\"?"),
    );
    check(
        Typed("vehicles.csv", "K1,VAN", "K1,VAM"),
        ("vehicles.csv", 3, "vehicle_type_id", "no vehicle type \"VAM\"", "vehicle_types.csv"),
    );
    check(
        Typed("gtfs/stop_times.txt", "08:03:00,S2", "08:03:00,S7"),
        ("gtfs/stop_times.txt", 3, "stop_id", "no stop \"S7\"", "gtfs/stops.txt"),
    );
    check(
        Typed("consignments.csv", "C1,D1,V2", "C1,D1,V3"),
        ("consignments.csv", 2, "to_place_id", "no place \"V3\"", "villages"),
    );
    check(
        Typed("line_vehicle_types.csv", "L1,BUS", "L1,BIS"),
        ("line_vehicle_types.csv", 2, "vehicle_type_id", "no vehicle type", ""),
    );
    check(
        Typed("line_demand.csv", "L1,0", "L2,0"),
        ("line_demand.csv", 2, "route_id", "no line \"L2\"", "gtfs/routes.txt"),
    );
    check(Typed("line_demand.csv", "market:M1", "market:M2"), ("line_demand.csv", 3, "days", "no market \"M2\"", ""));
    check(
        Typed("line_demand.csv", "S3,every", "S3,daily"),
        ("line_demand.csv", 2, "days", "\"daily\" names no days", "every, workday"),
    );
    let twice = ("drivers.csv", 3, "driver_id", "\"P1\" occurs twice, first on line 2", "of its own");
    let gone = ("shifts.csv", 4, "driver_id", "no driver \"P2\"", "drivers.csv");
    check_all(&[Typed("drivers.csv", "P2,D1", "P1,D1")], &[twice, gone]);
    let twice = ("gtfs/trips.txt", 4, "trip_id", "\"T-in\" occurs twice, first on line 3", "of its own");
    let no_calls = ("gtfs/trips.txt", 4, "trip_id", "calls at 0 stops", "two rows");
    check_all(&[Typed("gtfs/trips.txt", "T-in,L1,daily,1", "T-in,L1,daily,1\nT-in,L1,daily,1")], &[twice, no_calls]);
    let shared = ("facilities.csv", 2, "facility_id", "a place in villages.csv line 3", "share one name space");
    check(Typed("facilities.csv", "H1,", "V2,"), shared);
    check(
        Typed("facilities.csv", "H1,", "H 1,"),
        ("facilities.csv", 2, "facility_id", "not a plain code", "letters, digits"),
    );
}

#[test]
fn places_are_on_earth_and_vehicles_reach_them() {
    check(
        Typed("villages.csv", "31.001,108.010", "91,108.010"),
        ("villages.csv", 2, "latitude", "91 is no latitude", "-90 to 90"),
    );
    check(Typed("depots.csv", "108.000", "208"), ("depots.csv", 2, "longitude", "208 is no longitude", "-180 to 180"));
    check(
        Typed("gtfs/stops.txt", "S2,近村,31.000", "S2,近村,131.000"),
        ("gtfs/stops.txt", 3, "stop_lat", "131 is no latitude", "WGS-84"),
    );
    check(
        Typed("gtfs/stops.txt", "S2,近村,31.000,108.010", "S2,近村,31.000,"),
        ("gtfs/stops.txt", 3, "stop_lon", "no coordinates", "WGS-84"),
    );
    check(
        Typed("villages.csv", "31.001,108.030", "31.100,108.030"),
        ("villages.csv", 3, "", "from the nearest road junction", "correct the coordinates"),
    );
    check(
        Holds("roads/edges.csv", b"from_node,to_node,length_m,speed_km_h,class,oneway,unfit_at_night\n"),
        ("roads/edges.csv", 0, "", "there are no roads", "sanban import osm"),
    );
    let footpath = Typed("roads/edges.csv", "20,village", "4,footpath");
    let far = problems_after(&[footpath]);
    assert!(far.is_empty() || far.iter().all(|problem| problem.remedy.contains("road")), "{far:?}");
    let oneway = [Typed("roads/edges.csv", "village,false,true", "village,true,true")];
    let remedy = "in both directions";
    check_all(&oneway, &[("gtfs/stops.txt", 4, "", "S3", remedy), ("villages.csv", 3, "", "V2", remedy)]);
    check(
        Typed("roads/edges.csv", "N2,N3,1000", "N2,N3,-1000"),
        ("roads/edges.csv", 3, "length_m", "-1000 is no length", "metres"),
    );
    check(
        Typed("roads/edges.csv", "1100,20", "1100,0"),
        ("roads/edges.csv", 4, "speed_km_h", "0 is no speed", "1 to 130"),
    );
    check(
        Typed("roads/edges.csv", "20,village", "20,lane"),
        ("roads/edges.csv", 4, "class", "\"lane\" is not known", "expressway, national"),
    );
    check(
        Typed("roads/edges.csv", "N3,N4", "N3,N5"),
        ("roads/edges.csv", 4, "to_node", "no road node \"N5\"", "roads/nodes.csv"),
    );
    check(
        Typed("townships.csv", "108.030,T1", "108.030,"),
        ("townships.csv", 3, "part_of", "does not go with kind sub_centre", "name the township"),
    );
    check(
        Typed("townships.csv", "谷镇,township", "谷镇,town"),
        ("townships.csv", 2, "kind", "\"town\" is not known", "county_town, sub_centre_town"),
    );
    check(
        Typed("facilities.csv", "township_hospital", "clinic"),
        ("facilities.csv", 2, "kind", "\"clinic\" is not known", "elderly_centre"),
    );
    check(
        Typed("villages.csv", "108.010,800", "108.010,-800"),
        ("villages.csv", 2, "population", "-800 is negative", "0 or more"),
    );
}

#[test]
fn vehicles_drivers_and_shifts_keep_the_rules() {
    let types = "vehicle_types.csv";
    check(Typed(types, "7,6,1,6,300", "7,6,1,6,-300"), (types, 3, "freight_kg", "-300 is negative", "0 or more"));
    check(Typed(types, "7,6,1,6,300", "7,6,1,6,2000000000"), (types, 3, "freight_kg", "beyond belief", "10000000"));
    check(
        Typed(types, "7,6,1,6,300", "7,7,1,6,300"),
        (types, 3, "approved_seats", "7 approved seats for 7 passengers", "the driver's"),
    );
    check(
        Typed("vehicles.csv", "B1,BUS,D1,line", "B1,BUS,D1,line ride"),
        ("vehicles.csv", 2, "products", "carries nothing else", "no other product"),
    );
    check(
        Typed("vehicles.csv", "B1,BUS,D1,line", "B1,BUS,D1,bus"),
        ("vehicles.csv", 2, "products", "\"bus\" is no product", "line student market freight ride"),
    );
    let shifts = "shifts.csv";
    check_all(
        &[Typed(shifts, "P1,K1,10:30,13:30", "P1,K1,09:30,13:30")],
        &[
            (shifts, 3, "starts", "driver P1 drives", "end before the next"),
            (shifts, 3, "starts", "vehicle K1 is driven", "end before the next"),
        ],
    );
    check(
        Typed(shifts, "P1,K1,10:30,13:30", "P1,K1,10:10,13:30"),
        (shifts, 3, "starts", "driver P1 rests only", "leave the rest"),
    );
    check(
        Typed(shifts, "P2,K1,13:30,17:30", "P2,K1,13:20,17:20"),
        (shifts, 4, "starts", "vehicle K1 is driven", "end before the next"),
    );
    check(
        Typed(shifts, "P3,X1,16:00,18:00", "P3,X1,16:00,20:10"),
        (shifts, 6, "ends", "may be driven at a stretch", "split the shift"),
    );
    check(
        Typed(shifts, "P3,X1,16:00,18:00", "P3,X1,20:00,22:30"),
        (shifts, 6, "ends", "may be driven at a stretch", "split the shift"),
    );
    check(Typed(shifts, "P3,X1,16:00,18:00", "P3,X1,18:00,16:00"), (shifts, 6, "ends", "is not after", "later time"));
    let tired = ("drivers.csv", 2, "driver_id", "works", "shorten the shifts");
    check(Typed(shifts, "P2,K1,13:30,17:30", "P2,K1,13:30,17:30\nP1,B1,14:00,16:00"), tired);
}

#[test]
fn calendars_cover_their_years() {
    check(
        Typed("markets.csv", "solar:1-4-7", "solar:7-4-1"),
        ("markets.csv", 2, "cycle", "do not ascend", "solar:1-4-7"),
    );
    check(
        Typed("markets.csv", "solar:1-4-7", "every fifth day"),
        ("markets.csv", 2, "cycle", "is no market cycle", "lunar:2-5-8"),
    );
    check(
        Typed("markets.csv", "06:30,13:00", "13:00,06:30"),
        ("markets.csv", 2, "closes", "is not after", "later time"),
    );
    check(
        Typed("market_exceptions.csv", "2026-02-20", "2026-02-10"),
        ("market_exceptions.csv", 2, "until", "2026-02-10 lies before 2026-02-16", "later date"),
    );
    check(
        Typed("school_terms.csv", "2026-12-31", "2026-08-31"),
        ("school_terms.csv", 2, "until", "lies before", "later date"),
    );
    check(
        Typed("holidays.csv", "2026-01-01", "2027-01-01"),
        ("holidays.csv", 2, "date", "2027 is not among holiday_years", "scenario.toml"),
    );
    check(
        Typed("holidays.csv", "2026-01-04", "2026-01-05"),
        ("holidays.csv", 3, "kind", "2026-01-05 is no weekend day", "Saturdays and Sundays"),
    );
    check_all(
        &[Typed("holidays.csv", "2026-01-04", "2026-01-01")],
        &[
            ("holidays.csv", 3, "date", "occurs twice", "one row per date"),
            ("holidays.csv", 3, "kind", "2026-01-01 is no weekend day", "Saturdays"),
        ],
    );
    check(
        Typed("gtfs/calendar.txt", "20991231", "19991231"),
        ("gtfs/calendar.txt", 2, "end_date", "before start_date", "later date"),
    );
    check(
        Typed("gtfs/calendar.txt", "daily,1", "daily,yes"),
        ("gtfs/calendar.txt", 2, "monday", "not a whole number", ""),
    );
    check(
        Typed("gtfs/calendar.txt", "daily,1", "daily,2"),
        ("gtfs/calendar.txt", 2, "monday", "2 is not known", "write 1"),
    );
}

#[test]
fn pupils_arrive_before_the_bell_in_a_licensed_bus_with_a_seat_each() {
    let (runs, calls) = ("student_runs.csv", "student_run_calls.csv");
    check(Typed(calls, "R1,2,V1,07:40", "R1,2,V1,07:20"), (calls, 3, "time", "not after the call before", "ascend"));
    check(Typed(calls, "R1,2,V1", "R1,1,V1"), (calls, 3, "sequence", "1 occurs twice in run R1", "number the calls"));
    check(Typed(calls, "07:30,9", "07:30,14"), (runs, 2, "vehicle_id", "19 pupils enrolled, 18 seats", "larger bus"));
    check(Typed(calls, "07:30,9", "07:30,-9"), (calls, 2, "enrolled", "-9 is negative", "0 or more"));
    check(
        Typed(calls, "SC1,07:55", "SC1,08:20"),
        (runs, 2, "school_id", "at the school at 08:20", "before the first bell"),
    );
    check(
        Typed(calls, "R1,3,SC1", "R1,3,H1"),
        (runs, 2, "school_id", "does not end or begin at school SC1", "enrolled 0"),
    );
    check(Typed(calls, "R1,3,SC1", "R1,3,SC9"), (calls, 4, "place_id", "no place \"SC9\"", ""));
    check(Typed(calls, "07:55,0", "07:55,x"), (calls, 4, "enrolled", "not a whole number", ""));
    check_all(
        &[Typed(runs, "R1,SC1,to_school,X1", "R1,SC1,to_school,K1")],
        &[
            (runs, 2, "vehicle_id", "no licensed school bus", "licensed_school_bus true"),
            (runs, 2, "vehicle_id", "14 pupils enrolled, 5 seats", "larger bus"),
        ],
    );
    check(
        Typed(runs, "from_school", "home"),
        (runs, 3, "direction", "\"home\" is not known", "to_school, from_school"),
    );
    check(
        Typed(runs, "R2,SC1,from_school,X1", "R2,SC1,from_school,X1\nR3,SC1,to_school,X1"),
        (runs, 4, "student_run_id", "has no calls", "student_run_calls.csv"),
    );
    check(
        Typed("students.csv", "V2,SC1,false", "V2,SC1,true"),
        ("students.csv", 3, "boards", "has no boarders", "has_boarders"),
    );
    check(
        Typed("schools.csv", "08:10,16:30", "16:30,08:10"),
        ("schools.csv", 2, "bell_end", "is not after", "last bell"),
    );
    check(
        Typed("consignments.csv", "07:30,12:00", "12:00,07:30"),
        ("consignments.csv", 2, "due", "is not after", "later time"),
    );
}

#[test]
fn lines_run_forwards_with_vehicles_on_dates() {
    let (routes, trips, times) = ("gtfs/routes.txt", "gtfs/trips.txt", "gtfs/stop_times.txt");
    check(
        Typed("line_demand.csv", "S1,S3", "S3,S1"),
        ("line_demand.csv", 2, "from_stop_id", "line L1 does not go", "in its order"),
    );
    check(
        Typed("line_demand.csv", "08:00,4", "08:00,0"),
        ("line_demand.csv", 2, "passengers", "nobody", "leave the row out"),
    );
    check(
        Typed("line_vehicle_types.csv", "L1,BUS\n", ""),
        (routes, 2, "route_id", "no vehicle type may work the line", "line_vehicle_types.csv"),
    );
    check(
        Typed(times, "T-out,08:03:00,08:03:00,S2,2\nT-out,08:09:00,08:09:00,S3,3\n", ""),
        (trips, 2, "trip_id", "calls at 1 stops", "at least two"),
    );
    check(
        Typed(times, "T-out,08:09:00,08:09:00", "T-out,08:01:00,08:01:00"),
        (times, 4, "arrival_time", "back in time", "ascend"),
    );
    check(
        Typed(times, "T-out,08:09:00,08:09:00", "T-out,,"),
        (times, 4, "arrival_time", "empty at the first or last stop", "HH:MM:SS"),
    );
    check(
        Typed(times, "T-out,08:03:00,08:03:00,S2,2", "T-out,,,S2,1"),
        (times, 3, "stop_sequence", "1 occurs twice", "ascend"),
    );
    check_all(&[Typed(times, "T-out,08:03:00,08:03:00,S2,2", "T-out,,,S2,2")], &[]);
    check(
        Typed(trips, "L1,daily,0", "L1,summer,0"),
        (trips, 2, "service_id", "service \"summer\" has no dates", "gtfs/calendar.txt"),
    );
    check(Typed(trips, "L1,daily,0", "L1,daily,2"), (trips, 2, "direction_id", "2 is no direction", "0 or 1"));
    check(Typed(routes, "谷镇—远村,3", "谷镇—远村,2"), (routes, 2, "route_type", "2 is no bus", "sanban import gtfs"));
    check(Typed(routes, "L1,A1,1,谷镇—远村,3", "L1,A1,,,3"), (routes, 2, "route_short_name", "no name", "give it"));
    check_all(
        &[Typed(routes, "谷镇—远村,3\n", "谷镇—远村,3\nL2,A1,2,,3\n")],
        &[
            (routes, 3, "route_id", "has no trips", "remove the line"),
            (routes, 3, "route_id", "no vehicle type may work", "line_vehicle_types.csv"),
        ],
    );
    let exception = b"service_id,date,exception_type\ndaily,20260101,3\n";
    check(
        Holds("gtfs/calendar_dates.txt", exception),
        ("gtfs/calendar_dates.txt", 2, "exception_type", "3 is not known", "1 for added"),
    );
}

#[test]
fn settings_are_known_and_of_their_kind() {
    let file = "scenario.toml";
    check(
        Typed(file, "limit_m = 1500", "limit = 1500"),
        (file, 11, "policy.walking.limit", "no such setting", "docs/scenario-format.md"),
    );
    check(
        Typed(file, "limit_m = 1500", "limit_m = \"far\""),
        (file, 11, "policy.walking.limit_m", "not a whole number", "without quotes"),
    );
    check(
        Typed(file, "limit_m = 1500", "limit_m = 1.5"),
        (file, 11, "policy.walking.limit_m", "neither a whole number", "unit"),
    );
    check(
        Typed(file, "limit_m = 1500", "metres_per_hour = 0"),
        (file, 11, "policy.walking.metres_per_hour", "nobody would ever arrive", "1 or more"),
    );
    check(
        Typed(file, "[policy.walking]\nlimit_m = 1500", "[policy.booked]\ncloses = \"05:00\""),
        (file, 11, "policy.booked.closes", "not after opens", "later time"),
    );
    check(Typed(file, "limit_m = 1500", "limit_m = = 1500"), (file, 11, "", "", "TOML"));
    check_all(
        &[Typed(file, "area_id", "area")],
        &[
            (file, 0, "area_id", "is missing", "write area_id"),
            (file, 3, "area", "no such setting", "docs/scenario-format.md"),
        ],
    );
    check(Typed(file, "\"2026-11-25\"", "\"soon\""), (file, 4, "demonstration_date", "not a date", "YYYY-MM-DD"));
    check(
        Typed(file, "\"2026-11-25\"", "\"2027-11-25\""),
        (file, 0, "demonstration_date", "outside the years covered", "holiday_years"),
    );
    check_all(&[Typed(file, "\"2026-11-25\"", "2026-11-25")], &[]);
    check(Typed(file, "[2026]", "2026"), (file, 5, "holiday_years", "not a list of years", "[2026]"));
    check(Typed(file, "[2026]", "[]"), (file, 0, "holiday_years", "is empty", "list the years"));
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
