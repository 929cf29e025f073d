//! Every rule of a ride problem is shown to fire.

use super::*;

/// Three villages 60 s and 1,000 m apart along a road; one bus from A; a rider from A to C and a parcel from B to C.
const PROBLEM: &str = r#"{
  "name": "road", "places": ["A", "B", "C"],
  "driving_seconds": [[0, 60, 120], [60, 0, 60], [120, 60, 0]],
  "driving_metres": [[0, 1000, 2000], [1000, 0, 1000], [2000, 1000, 0]],
  "vehicles": [{"name": "bus", "start": "A", "end": "A", "window_s": [0, 1000], "products": ["ride", "freight"],
    "configurations": [{"seats": 1, "freight_kilograms": 5}]}],
  "requests": [
    {"name": "rider", "product": "ride", "load": {"seats": 1},
      "pickup": {"place": "A", "window_s": [100, 200], "service_s": 10}, "dropoff": {"place": "C", "window_s": [0, 500]}},
    {"name": "parcel", "product": "freight", "load": {"freight_kilograms": 5},
      "pickup": {"place": "B", "window_s": [0, 500]}, "dropoff": {"place": "C", "window_s": [0, 500]}}]
}"#;

const SOLUTION: &str = r#"{
  "instance": "road", "format": "json", "objective": 4000, "vehicles": 1, "seconds": 0, "seed": 1, "unserved": [],
  "routes": [{"vehicle": "bus", "leaves_s": 100, "returns_s": 350, "stops": [
    {"request": "rider", "end": "pickup", "arrive_s": 100, "begin_s": 100}, {"request": "parcel", "end": "pickup", "arrive_s": 170, "begin_s": 170},
    {"request": "rider", "end": "dropoff", "arrive_s": 230, "begin_s": 230}, {"request": "parcel", "end": "dropoff", "arrive_s": 230, "begin_s": 230}]}]
}"#;

fn changed((text, from, to): (&str, &str, &str)) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

/// What is wrong once `from` stands for `to` in the problem and in the solution.
fn check(in_problem: (&str, &str), in_solution: (&str, &str), expected: &[&str]) {
    let problem = serde_json::from_str(&changed((PROBLEM, in_problem.0, in_problem.1))).unwrap();
    let solution = serde_json::from_str(&changed((SOLUTION, in_solution.0, in_solution.1))).unwrap();
    assert_eq!(violations(&problem, &solution), expected, "{in_problem:?} {in_solution:?}");
}

const AS_IT_IS: (&str, &str) = ("", "");

#[test]
fn a_right_solution_is_right() {
    check(AS_IT_IS, AS_IT_IS, &[]);
}

#[test]
fn times_are_judged() {
    check(AS_IT_IS, ("\"arrive_s\": 170", "\"arrive_s\": 169"), &["bus: cannot be there at 170: free at 110"]);
    check(("[100, 200]", "[101, 200]"), AS_IT_IS, &["rider: Pickup begins at 100, outside its window"]);
    check(("[0, 1000]", "[0, 349]"), AS_IT_IS, &["bus: returns at 350, outside its shift"]);
    let slower = ("\"window_s\": [0, 1000]", "\"window_s\": [0, 1000], \"driving_time_percent\": 101");
    check(
        slower,
        ("350", "352"),
        &["bus: cannot be there at 170: free at 110", "bus: cannot be there at 230: free at 170"],
    );
    check(("[0, 1000]", "[0, 1000], \"max_duration_s\": 249"), AS_IT_IS, &["bus: is on the road for 250 s"]);
    check(("{\"seats\": 1},", "{\"seats\": 1}, \"max_ride_s\": 119,"), AS_IT_IS, &["rider: rides for 120 s"]);
    check(
        ("[0, 1000]", "[0, 1000], \"max_waiting_aboard_s\": 0"),
        ("230, \"begin_s\": 230}, {", "230, \"begin_s\": 231}, {"),
        &["bus: passengers wait on board for 1 s before 231", "bus: cannot be there at 230: free at 231"],
    );
}

#[test]
fn loads_and_products_are_judged() {
    check(
        ("\"seats\": 1, ", ""),
        AS_IT_IS,
        &[
            "bus: no configuration holds [1, 0, 0, 0, 0] when rider boards",
            "bus: no configuration holds [1, 0, 0, 5, 0] when parcel boards",
        ],
    );
    check(("\"ride\", \"freight\"", "\"ride\""), AS_IT_IS, &["bus: is not permitted to carry parcel"]);
    check(
        ("\"product\": \"ride\"", "\"product\": \"student\""),
        AS_IT_IS,
        &["bus: is not permitted to carry rider", "bus: pupils share it with others when parcel boards"],
    );
}

#[test]
fn service_is_judged() {
    check(AS_IT_IS, ("\"unserved\": []", "\"unserved\": [\"rider\"]"), &["rider: is served and left out"]);
    check(
        AS_IT_IS,
        ("\"request\": \"rider\", \"end\": \"pickup\"", "\"request\": \"rider\", \"end\": \"dropoff\""),
        &["rider: does not board once, then alight once, on one vehicle"],
    );
    let begun = "[0, 1000], \"begun_stops\": 1, \"route\": [{\"request\": \"parcel\", \"end\": \"pickup\"}]";
    check(("[0, 1000]", begun), AS_IT_IS, &["bus: does not go on with the stops it has begun"]);
    let order = "\"name\": \"road\", \"orders\": [{\"first\": {\"request\": \"parcel\", \"end\": \"dropoff\"},
        \"then\": {\"request\": \"rider\", \"end\": \"dropoff\"}}]";
    check(("\"name\": \"road\"", order), AS_IT_IS, &["bus: the stop of parcel was to come before that of rider"]);
}

#[test]
fn of_a_group_all_ride_or_nobody() {
    // The parcel is two pieces. In one solution both are mentioned, in the other only the first is served.
    let group = (
        "\"load\": {\"freight_kilograms\": 5}",
        "\"load\": {\"freight_kilograms\": 5}, \"parts\": [{\"freight_kilograms\": 2}, {\"freight_kilograms\": 3}]",
    );
    let ends = [("pickup", 170), ("dropoff", 230)];
    let call = |name: &str, (end, at): (&str, i32)| {
        format!("{{\"request\": \"{name}\", \"end\": \"{end}\", \"arrive_s\": {at}, \"begin_s\": {at}}}")
    };
    let [board, alight] = ends.map(|end| call("parcel", end));
    let split = |names: &[&str]| {
        let calls = |end| names.iter().map(|name| call(name, end)).collect::<Vec<_>>().join(", ");
        let solution = SOLUTION.replace(&board, &calls(ends[0])).replace(&alight, &calls(ends[1]));
        let problem = serde_json::from_str(&PROBLEM.replace(group.0, group.1)).unwrap();
        violations(&problem, &serde_json::from_str(&solution).unwrap())
    };
    assert_eq!(split(&["parcel"]), [] as [&str; 0]);
    assert_eq!(split(&["parcel/1", "parcel/2"]), [] as [&str; 0]);
    assert_eq!(split(&["parcel/1"]), ["parcel/2: is neither served nor left out"]);
    assert_eq!(
        split(&["parcel/1", "parcel"]),
        ["bus: parcel/1 is no request of the problem", "bus: parcel/1 is no request of the problem"]
    );
    let left_out = ("\"unserved\": []", "\"unserved\": [\"parcel/2\"]");
    let lost = SOLUTION.replace(left_out.0, left_out.1).replace("\"parcel\"", "\"parcel/1\"");
    let problem = serde_json::from_str(&PROBLEM.replace(group.0, group.1)).unwrap();
    let expected = ["parcel/2: is left out, but others of the group are not; all ride or nobody"];
    assert_eq!(violations(&problem, &serde_json::from_str(&lost).unwrap()), expected);
    // Kept together, it has no parts to be called by.
    check(
        AS_IT_IS,
        (&board, &call("parcel/1", ends[0])),
        &[
            "bus: parcel/1 is no request of the problem",
            "parcel: does not board once, then alight once, on one vehicle",
        ],
    );
}

#[test]
fn breaks_and_driving_are_judged() {
    let lunch = |from: i32| format!("[0, 1000], \"breaks\": [{{\"window_s\": [{from}, {from}], \"duration_s\": 30}}]");
    let rest = |after: usize, place: &str, begin: i32| {
        let rest = format!("\"rests\": [{{\"after_stops\": {after}, \"place\": \"{place}\"");
        format!("\"bus\", {rest}, \"begin_s\": {begin}, \"end_s\": {}}}]", begin + 30)
    };
    check(("[0, 1000]", &lunch(50)), AS_IT_IS, &["bus: break 1 is not taken"]);
    check(("[0, 1000]", &lunch(50)), ("\"bus\"", &rest(0, "A", 50)), &[]);
    check(("[0, 1000]", &lunch(51)), ("\"bus\"", &rest(0, "A", 50)), &["bus: break 1 is not taken"]);
    check(("[0, 1000]", &lunch(180)), ("\"bus\"", &rest(2, "B", 180)), &["bus: cannot rest from 180 to 210"]);
    check(("[0, 1000]", "[0, 1000], \"max_driving_s\": 239"), AS_IT_IS, &["bus: is driven for 240 s"]);
    let driving = |limit: i32, night: i32, dawn: i32| {
        let limits =
            format!("\"limit_s\": {limit}, \"night_limit_s\": {night}, \"day_s\": [{dawn}, 900], \"rest_s\": 30");
        format!("[0, 1000], \"continuous_driving\": {{{limits}}}")
    };
    check(("[0, 1000]", &driving(240, 60, 110)), AS_IT_IS, &[]);
    check(("[0, 1000]", &driving(239, 60, 110)), AS_IT_IS, &["bus: is driven for 240 s without a rest until 350"]);
    check(("[0, 1000]", &driving(240, 180, 111)), AS_IT_IS, &["bus: is driven for 240 s without a rest until 350"]);
}

#[test]
fn what_makes_no_sense_is_told_before_anything_is_added_up() {
    check(
        AS_IT_IS,
        ("\"returns_s\": 350", "\"returns_s\": 2147483647"),
        &["bus: 2147483647 is no time of a service day"],
    );
    check(
        AS_IT_IS,
        ("\"instance\": \"road\"", "\"instance\": \"rail\""),
        &["instance: it solves \"rail\" (json), not \"road\""],
    );
    let nobody = &["ghost: is left out, but no request of the problem or left out before"];
    check(AS_IT_IS, ("\"unserved\": []", "\"unserved\": [\"ghost\"]"), nobody);
}

#[test]
fn stated_figures_are_recomputed() {
    check(AS_IT_IS, ("4000", "4001"), &["objective: 4001 stated, 4000 recomputed"]);
    check(AS_IT_IS, ("\"vehicles\": 1", "\"vehicles\": 2"), &["vehicles: 2 stated, 1 routes"]);
    let told = "{\"seats\": 1}, \"told\": {\"vehicle\": \"other\", \"pickup_s\": 90, \"dropoff_s\": 230},";
    let prices = "\"name\": \"road\", \"objective\": {\"per_changed_vehicle\": 500, \"per_shifted_second\": 2}";
    let problem = PROBLEM.replacen("{\"seats\": 1},", told, 1).replacen("\"name\": \"road\"", prices, 1);
    let (problem, solution) = (serde_json::from_str(&problem).unwrap(), serde_json::from_str(SOLUTION).unwrap());
    assert_eq!(violations(&problem, &solution), ["objective: 4000 stated, 4520 recomputed"]);
}
