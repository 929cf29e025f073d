//! Scenario files that can be read and say what can't be: unknown codes, buses that go back in time, pupils without a
//! seat. Every mistake is named with file, line, field, why and remedy.

use sanban_tests::mistakes::Mistake::{Holds, Lost, Typed};
use sanban_tests::mistakes::{check, check_all};

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
        ("villages.csv", 3, "latitude", "from the nearest road junction", "correct the coordinates"),
    );
    check(
        Typed("gtfs/stops.txt", "S2,近村,31.000", "S2,近村,31.100"),
        ("gtfs/stops.txt", 3, "stop_lat", "from the nearest road junction", "correct the coordinates"),
    );
    check(
        Holds("roads/edges.csv", b"from_node,to_node,length_m,speed_km_h,class,oneway,unfit_at_night\n"),
        ("roads/edges.csv", 0, "", "there are no roads", "sanban import osm"),
    );
    let everything =
        b"from_node,to_node,length_m,speed_km_h,class,oneway,unfit_at_night\nN1,N2,1000,90,expressway,false,false\n";
    check(Holds("roads/edges.csv", everything), ("roads/edges.csv", 0, "class", "vehicles stop", "add roads"));
    // Behind the footpath vehicles come as far as its beginning.
    check_all(&[Typed("roads/edges.csv", "20,village", "4,footpath")], &[]);
    let oneway = Typed("roads/edges.csv", "village,false,true", "village,true,true");
    let remedy = "in both directions";
    let stop = ("gtfs/stops.txt", 4, "stop_lat", "S3", remedy);
    let village = ("villages.csv", 3, "latitude", "V2", remedy);
    check_all(&[oneway], &[stop, village]);
    for length in ["-1000", "0", "2000000"] {
        check(
            Typed("roads/edges.csv", "N2,N3,1000", &format!("N2,N3,{length}")),
            ("roads/edges.csv", 3, "length_m", &format!("{length} is no length"), "metres from 1 to 1000000"),
        );
    }
    check(
        Typed("roads/edges.csv", "N2,N3,1000", "N2,N3,900"),
        ("roads/edges.csv", 3, "length_m", "900 m is shorter than the straight line, 953 m", "along the road"),
    );
    check(
        Typed("roads/edges.csv", "N2,N3,1000", "N2,N2,1000"),
        ("roads/edges.csv", 3, "to_node", "from N2 to itself", "put a junction into the loop"),
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
fn what_is_wrong_with_places_on_roads_does_not_wait_for_the_rest_to_be_right() {
    let mistakes = [
        Typed("gtfs/stops.txt", "S2,近村,31.000", "S2,近村,31.100"),
        Typed("roads/edges.csv", "village,false,true", "village,true,true"),
        Typed("villages.csv", "108.010,800", "108.010,-800"),
        Typed("scenario.toml", "limit_m = 1500", "metres_per_hour = 0"),
        Lost("drivers.csv"),
    ];
    let expected = [
        ("drivers.csv", 0, "", "is missing", ""),
        ("gtfs/stops.txt", 3, "stop_lat", "from the nearest road junction", ""),
        ("gtfs/stops.txt", 4, "stop_lat", "S3", "in both directions"),
        ("scenario.toml", 11, "policy.walking.metres_per_hour", "nobody would ever arrive", ""),
        ("villages.csv", 2, "population", "-800 is negative", ""),
        ("villages.csv", 3, "latitude", "V2", "in both directions"),
    ];
    check_all(&mistakes, &expected);
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
        ("vehicles.csv", 2, "products", "works fixed runs alone", "no product but line, student and market"),
    );
    check(
        Typed("vehicles.csv", "X1,SCH,D1,student", "X1,SCH,D1,student ride"),
        ("vehicles.csv", 4, "products", "carries pupils alone", "the product student and no other"),
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
        Typed(shifts, "P1,K1,10:30,13:30", "P1,K1,20:00,22:30"),
        (shifts, 3, "ends", "may be driven at a stretch", "split the shift"),
    );
    check_all(
        &[Typed(shifts, "P1,K1,10:30,13:30", "P1,K1,23:30,25:30\nP1,K1,01:00,02:30")],
        &[
            (shifts, 4, "starts", "driver P1 drives 23:30", "end before the next"),
            (shifts, 4, "starts", "vehicle K1 is driven 23:30", "end before the next"),
        ],
    );
    check(
        Typed(shifts, "P1,K1,10:30,13:30", "P1,K1,23:30,25:30\nP1,K1,01:40,02:30"),
        (shifts, 4, "starts", "driver P1 rests only", "leave the rest"),
    );
    check_all(&[Typed(shifts, "P1,K1,10:30,13:30", "P1,K1,23:30,25:30\nP1,K1,02:00,02:30")], &[]);
    check_all(
        &[
            Typed(
                "depots.csv",
                "D1,Depot,车场,31.000,108.000",
                "D1,Depot,车场,31.000,108.000\nD2,Yard,,31.000,108.020",
            ),
            Typed("drivers.csv", "P2,D1", "P2,D2"),
        ],
        &[(shifts, 4, "driver_id", "driver P2 begins at depot D2, vehicle K1 sleeps at D1", "of the vehicle's depot")],
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
        Typed("school_terms.csv", "2026-12-31\n", "2026-12-31\nwinter,2026-12-31,2027-01-20\n"),
        ("school_terms.csv", 3, "from", "2026-12-31 lies in the term \"autumn\"", "end before the next"),
    );
    check(
        Typed("scenario.toml", "[2026]", "[2026, 2027]"),
        ("scenario.toml", 5, "holiday_years", "holidays.csv has no row of 2027", "write its notice"),
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
    let twice = "daily,1,1,1,1,1,1,1,20000101,20991231";
    check(
        Typed("gtfs/calendar.txt", twice, &format!("{twice}\n{twice}")),
        ("gtfs/calendar.txt", 3, "service_id", "\"daily\" occurs twice, first on line 2", "of its own"),
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
    let remedy = "add student to its products";
    check_all(
        &[Typed("vehicles.csv", "X1,SCH,D1,student", "X1,SCH,D1,ride")],
        &[2, 3].map(|line| (runs, line, "vehicle_id", "vehicle X1 may not carry students", remedy)),
    );
    check(
        Typed("shifts.csv", "P3,X1,16:00,18:00", "P3,X1,16:00,17:00"),
        (
            runs,
            3,
            "vehicle_id",
            "bus X1 is out from 16:40:00 to 17:06:18 and nobody drives it",
            "ways from and to the depot",
        ),
    );
    check(
        Typed(calls, "R1,2,V1,07:40", "R1,2,V1,07:34"),
        (calls, 3, "time", "4 min after the call before, from where the drive takes 4 min 48 s", "the road takes"),
    );
    check(
        Typed("students.csv", "V2,SC1,false", "V1,SC1,false"),
        ("students.csv", 3, "village_id", "pupils of V1 at SC1 stand on line 2 already", "one row with their sum"),
    );
    check(
        Typed("students.csv", "V2,SC1,false", "V2,SC1,true"),
        ("students.csv", 3, "boards", "has no boarders", "has_boarders"),
    );
    check(
        Typed("market_goers.csv", "M1,V2,6,3,5", "M1,V2,6,3,5\nM1,V2,1,0,0"),
        ("market_goers.csv", 3, "village_id", "V2 at M1 stands on line 2 already", "one row with their sum"),
    );
    check(
        Typed("market_goers.csv", "M1,V2,6,3,5", "M1,V2,6,-3,5"),
        ("market_goers.csv", 2, "luggage_in", "-3 is negative", "0 or more"),
    );
    check(
        Typed("schools.csv", "false,true,10", "false,true,-10"),
        ("schools.csv", 2, "bell_shift_min", "-10 minutes are beyond belief", "0 to 120"),
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
fn people_change_between_lines_that_are_near_each_other() {
    let header = "transfer_id,from_route_id,from_direction_id,from_stop_id,to_route_id,to_direction_id,to_stop_id,days,\
                  wanted_arrival,passengers\n";
    let second_line = || {
        vec![
            Typed("gtfs/routes.txt", "L1,A1,1,谷镇—远村,3\n", "L1,A1,1,谷镇—远村,3\nL2,A1,2,近村—远村,3\n"),
            Typed("gtfs/trips.txt", "T-in,L1,daily,1\n", "T-in,L1,daily,1\nT-2,L2,daily,0\n"),
            Typed(
                "gtfs/stop_times.txt",
                "T-in,07:40:00,07:40:00,S1,3\n",
                "T-in,07:40:00,07:40:00,S1,3\nT-2,08:00:00,08:00:00,S2,1\nT-2,08:06:00,08:06:00,S3,2\n",
            ),
            Typed("line_vehicle_types.csv", "L1,BUS\n", "L1,BUS\nL2,BUS\n"),
        ]
    };
    let check_row = |row: &str, expected: Option<(&str, &str, &str)>| {
        let text = format!("{header}{row}\n");
        let mut mistakes = second_line();
        mistakes.push(Holds("line_transfers.csv", text.as_bytes()));
        let expected = expected.map(|(field, why, remedy)| ("line_transfers.csv", 2, field, why, remedy));
        check_all(&mistakes, expected.as_slice());
    };
    check_row("X1,L1,0,S2,L2,0,S2,every,08:03,4", None);
    check_row("X1,L1,1,S1,L2,0,S2,every,07:40,4", None);
    check_row("X1,L3,0,S2,L2,0,S2,every,08:03,4", Some(("from_route_id", "no line \"L3\"", "gtfs/routes.txt")));
    check_row("X1,L1,0,S9,L2,0,S2,every,08:03,4", Some(("from_stop_id", "no stop \"S9\"", "gtfs/stops.txt")));
    check_row("X1,L1,0,S2,L1,1,S2,every,08:03,4", Some(("to_route_id", "is line L1", "another line")));
    check_row("X1,L1,0,S1,L2,0,S2,every,08:03,4", Some(("from_stop_id", "nobody can alight here", "after the first")));
    check_row("X1,L1,0,S2,L2,0,S3,every,08:03,4", Some(("to_stop_id", "nobody can board line L2", "before the last")));
    check_row("X1,L1,0,S2,L2,1,S2,every,08:03,4", Some(("to_stop_id", "nobody can board line L2", "direction_id")));
    check_row("X1,L1,0,S3,L2,0,S2,every,08:09,4", Some(("to_stop_id", "no stop within a walk", "total_walk_m")));
    check_row("X1,L1,0,S2,L2,0,S2,daily,08:03,4", Some(("days", "\"daily\" names no days", "every, workday")));
    check_row("X1,L1,0,S2,L2,0,S2,every,08:03,0", Some(("passengers", "nobody is expected", "leave the row out")));
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
    check(
        Typed(routes, "L1,A1,1", "L1,A2,1"),
        (routes, 2, "agency_id", "there is no agency \"A2\"", "agency_id of gtfs/agency.txt"),
    );
    let agency = "A1,Valley Bus,https://example.org/,Asia/Shanghai";
    let two = format!("{agency}\nA2,Hill Bus,https://example.org/,Asia/Chongqing");
    check_all(
        &[Typed("gtfs/agency.txt", agency, &two), Typed(routes, "L1,A1,1", "L1,,1")],
        &[(routes, 2, "agency_id", "is empty, and there are 2 agencies", "agency_id of gtfs/agency.txt")],
    );
    check(
        Typed("gtfs/agency.txt", "Asia/Shanghai", "Asia/Tokyo"),
        ("gtfs/agency.txt", 2, "agency_timezone", "\"Asia/Tokyo\" is not where", "write Asia/Shanghai"),
    );
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
    let by_night = |key: &str, time: &str| format!("[policy.booked]\n{key} = \"{time}\"");
    let remedy = "mark no road unfit_at_night";
    for (key, time) in [("closes", "22:30"), ("opens", "05:30")] {
        check(
            Typed(file, "[policy.walking]\nlimit_m = 1500", &by_night(key, time)),
            (file, 11, &format!("policy.booked.{key}"), "reaches into the night", remedy),
        );
    }
    let fit = Typed("roads/edges.csv", "village,false,true", "village,false,false");
    let late = by_night("closes", "22:30");
    check_all(&[fit, Typed(file, "[policy.walking]\nlimit_m = 1500", &late)], &[]);
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
        (file, 4, "demonstration_date", "outside the years covered", "holiday_years"),
    );
    check_all(&[Typed(file, "\"2026-11-25\"", "2026-11-25")], &[]);
    check(Typed(file, "[2026]", "2026"), (file, 5, "holiday_years", "not a list of years", "[2026]"));
    check(Typed(file, "[2026]", "[]"), (file, 5, "holiday_years", "is empty", "list the years"));
    for year in ["1999", "2051", "20260"] {
        let why = format!("{year} is not among 2000–2050");
        check(Typed(file, "[2026]", &format!("[2026, {year}]")), (file, 5, "holiday_years", &why, "[2026]"));
    }
}
