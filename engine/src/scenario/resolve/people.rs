//! Schools, pupils, licensed student runs, consignments: expected demand other than that of lines.

use std::collections::BTreeMap;

use super::codes::AllCodes;
use super::places::{amount, name, word};
use super::{At, Problems};
use crate::calendar::DayKind;
use crate::demand::{
    Consignment, DemandDays, MarketGoers, School, StudentGroup, StudentRun, StudentRunCall, StudentRunDirection,
};
use crate::fleet::Product;
use crate::ids::{MarketId, PlaceId, SchoolId, VehicleId, VillageId};
use crate::network::Network;
use crate::policy::Policy;
use crate::scenario::tables::{
    ConsignmentRow, MarketGoersRow, Numbered, Row, SchoolRow, ShiftRow, StudentGroupRow, StudentRunCallRow,
    StudentRunRow, Tables,
};
use crate::time::{Duration, TimeWindow};
use crate::units::Load;

/// No school moves its bells farther than this for a bus.
const LARGEST_BELL_SHIFT_MIN: i32 = 120;

/// `every`, `workday` … `market:M-03`.
pub fn demand_days(text: &str, codes: &AllCodes, at: At, problems: &mut Problems) -> Option<DemandDays> {
    if let Some(market) = text.strip_prefix("market:") {
        let market = codes.markets.find(market, at, "days", problems)?;
        return Some(DemandDays::Market(MarketId::from_index(market)));
    }
    let words = [
        ("every", DemandDays::Every),
        ("workday", DemandDays::Kind(DayKind::Workday)),
        ("weekend", DemandDays::Kind(DayKind::Weekend)),
        ("holiday", DemandDays::Kind(DayKind::Holiday)),
        ("school", DemandDays::School),
    ];
    let found = words.iter().find(|(word, _)| *word == text).map(|&(_, days)| days);
    if found.is_none() {
        let remedy = "write every, workday, weekend, holiday, school or market:MARKET_ID";
        problems.add(at, "days", format!("\"{text}\" names no days"), remedy);
    }
    found
}

pub fn schools(tables: &Tables, codes: &AllCodes, problems: &mut Problems) -> Vec<School> {
    let mut schools = Vec::new();
    for (index, numbered) in tables.schools.iter().enumerate() {
        let (at, row) = (At { file: SchoolRow::FILE, line: numbered.line }, &numbered.row);
        if row.bell_end <= row.bell_start {
            let why = format!("{} is not after {}", row.bell_end, row.bell_start);
            problems.add(at, "bell_end", why, "write the time of the last bell");
        }
        if !(0..=LARGEST_BELL_SHIFT_MIN).contains(&row.bell_shift_min) {
            let why = format!("{} minutes are beyond belief", row.bell_shift_min);
            problems.add(at, "bell_shift_min", why, format!("write 0 to {LARGEST_BELL_SHIFT_MIN}"));
        }
        schools.push(School {
            code: row.school_id.clone(),
            name: name(&row.name, row.name_zh.as_deref()),
            place: PlaceId::from_index(codes.school_place(index)),
            bell_start: row.bell_start,
            bell_end: row.bell_end,
            has_boarders: row.has_boarders,
            has_customized_runs: row.customized_runs,
            bell_shift: Duration::from_minutes(row.bell_shift_min.clamp(0, LARGEST_BELL_SHIFT_MIN)),
        });
    }
    schools
}

pub fn student_groups(tables: &Tables, codes: &AllCodes, problems: &mut Problems) -> Vec<StudentGroup> {
    let mut groups = Vec::new();
    let mut line_of: BTreeMap<(usize, usize, bool), u64> = BTreeMap::new();
    for numbered in &tables.student_groups {
        let (at, row) = (At { file: StudentGroupRow::FILE, line: numbered.line }, &numbered.row);
        amount(i64::from(row.students), at, "students", problems);
        let village = codes.villages.find(&row.village_id, at, "village_id", problems);
        let school = codes.schools.find(&row.school_id, at, "school_id", problems);
        let (Some(village), Some(school)) = (village, school) else { continue };
        if row.boards && !tables.schools[school].row.has_boarders {
            let why = format!("school {} has no boarders", row.school_id);
            problems.add(at, "boards", why, "write false here, or has_boarders true in schools.csv");
        }
        if let Some(first) = line_of.insert((village, school, row.boards), numbered.line) {
            let why = format!("these pupils of {} at {} stand on line {first} already", row.village_id, row.school_id);
            problems.add(at, "village_id", why, "write one row with their sum");
        }
        groups.push(StudentGroup {
            village: VillageId::from_index(village),
            school: SchoolId::from_index(school),
            boards: row.boards,
            students: row.students,
        });
    }
    groups
}

pub fn market_goers(tables: &Tables, codes: &AllCodes, problems: &mut Problems) -> Vec<MarketGoers> {
    let mut goers = Vec::new();
    let mut line_of: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for numbered in &tables.market_goers {
        let (at, row) = (At { file: MarketGoersRow::FILE, line: numbered.line }, &numbered.row);
        amount(i64::from(row.people), at, "people", problems);
        amount(i64::from(row.luggage_in), at, "luggage_in", problems);
        amount(i64::from(row.luggage_home), at, "luggage_home", problems);
        let market = codes.markets.find(&row.market_id, at, "market_id", problems);
        let village = codes.villages.find(&row.village_id, at, "village_id", problems);
        let (Some(market), Some(village)) = (market, village) else { continue };
        if let Some(first) = line_of.insert((market, village), numbered.line) {
            let why = format!("{} at {} stands on line {first} already", row.village_id, row.market_id);
            problems.add(at, "village_id", why, "write one row with their sum");
        }
        goers.push(MarketGoers {
            market: MarketId::from_index(market),
            village: VillageId::from_index(village),
            people: row.people,
            luggage_in: row.luggage_in,
            luggage_home: row.luggage_home,
        });
    }
    goers
}

/// Where there is a network, it is also asked whether the bus can keep its times.
pub fn student_runs(
    tables: &Tables,
    codes: &AllCodes,
    policy: &Policy,
    network: Option<&Network>,
    problems: &mut Problems,
) -> Vec<StudentRun> {
    let mut calls: Vec<Vec<&Numbered<StudentRunCallRow>>> = vec![Vec::new(); tables.student_runs.len()];
    for numbered in &tables.student_run_calls {
        let at = At { file: StudentRunCallRow::FILE, line: numbered.line };
        amount(i64::from(numbered.row.enrolled), at, "enrolled", problems);
        if let Some(run) = codes.student_runs.find(&numbered.row.student_run_id, at, "student_run_id", problems) {
            calls[run].push(numbered);
        }
    }
    let words = [("to_school", StudentRunDirection::ToSchool), ("from_school", StudentRunDirection::FromSchool)];
    let mut runs = Vec::new();
    for (numbered, mut calls) in tables.student_runs.iter().zip(calls) {
        let (at, row) = (At { file: StudentRunRow::FILE, line: numbered.line }, &numbered.row);
        calls.sort_by_key(|call| call.row.sequence);
        let direction = word(&row.direction, &words, at, "direction", problems);
        let school = codes.schools.find(&row.school_id, at, "school_id", problems);
        let vehicle = codes.vehicles.find(&row.vehicle_id, at, "vehicle_id", problems);
        let (Some(direction), Some(school), Some(vehicle)) = (direction, school, vehicle) else { continue };
        let vehicle_row = &tables.vehicles[vehicle].row;
        let Some(vehicle_type) = codes.vehicle_types.get(&vehicle_row.vehicle_type_id) else { continue };
        let vehicle_type = &tables.vehicle_types[vehicle_type].row;
        if !vehicle_type.licensed_school_bus {
            let why = format!("vehicle {} is no licensed school bus", row.vehicle_id);
            problems.add(at, "vehicle_id", why, "use a vehicle whose type has licensed_school_bus true");
        } else if !vehicle_row.products.split_whitespace().any(|word| word == Product::Student.word()) {
            let why = format!("vehicle {} may not carry students", row.vehicle_id);
            problems.add(at, "vehicle_id", why, "add student to its products in vehicles.csv");
        }
        let run = StudentRun {
            code: row.student_run_id.clone(),
            school: SchoolId::from_index(school),
            direction,
            vehicle: VehicleId::from_index(vehicle),
            pupil_seats: vehicle_type.passenger_seats.saturating_sub(policy.students.attendants),
            calls: run_calls(&calls, codes, problems),
        };
        if tables.unreadable.touches(StudentRunCallRow::FILE) || run.calls.len() < calls.len() {
            continue; // judged once all its calls are understood
        }
        check_run(&run, at, &tables.schools[school].row, codes.school_place(school), problems);
        if let Some(network) = network {
            check_driving(&run, &calls, network, problems);
        }
        check_shift(&run, at, tables, codes, network, problems);
        runs.push(run);
    }
    runs
}

fn run_calls(calls: &[&Numbered<StudentRunCallRow>], codes: &AllCodes, problems: &mut Problems) -> Vec<StudentRunCall> {
    let mut found: Vec<StudentRunCall> = Vec::new();
    for (index, numbered) in calls.iter().enumerate() {
        let (at, row) = (At { file: StudentRunCallRow::FILE, line: numbered.line }, &numbered.row);
        if index > 0 && calls[index - 1].row.sequence == row.sequence {
            let why = format!("{} occurs twice in run {}", row.sequence, row.student_run_id);
            problems.add(at, "sequence", why, "number the calls of a run 1, 2, 3 …");
        }
        if found.last().is_some_and(|before| before.time >= row.time) {
            let why = format!("{} is not after the call before", row.time);
            problems.add(at, "time", why, "let times ascend with the sequence");
        }
        if let Some(place) = codes.places.find(&row.place_id, at, "place_id", problems) {
            found.push(StudentRunCall { place: PlaceId::from_index(place), time: row.time, enrolled: row.enrolled });
        }
    }
    found
}

fn check_run(run: &StudentRun, at: At, school: &SchoolRow, gate: usize, problems: &mut Problems) {
    let (Some(first), Some(last)) = (run.calls.first(), run.calls.last()) else {
        return problems.add(at, "student_run_id", "the run has no calls", "add them to student_run_calls.csv");
    };
    let (at_school, in_time, rule) = match run.direction {
        StudentRunDirection::ToSchool => (last, last.time <= school.bell_start, "before the first bell"),
        StudentRunDirection::FromSchool => (first, first.time >= school.bell_end, "after the last bell"),
    };
    if at_school.place.index() != gate || at_school.enrolled != 0 {
        let why = format!("the run does not end or begin at school {}", school.school_id);
        let remedy = "the last call to school, or the first from it, is the school's code with enrolled 0";
        problems.add(at, "school_id", why, remedy);
    }
    if !in_time {
        let why = format!("is at the school at {}", at_school.time);
        problems.add(at, "school_id", why, format!("let it be there {rule}"));
    }
    let enrolled: i64 = run.calls.iter().map(|call| i64::from(call.enrolled.max(0))).sum();
    if enrolled > i64::from(run.pupil_seats) {
        let why = format!("{enrolled} pupils enrolled, {} seats for them", run.pupil_seats);
        problems.add(at, "vehicle_id", why, "every pupil needs a seat besides driver and attendant: use a larger bus");
    }
}

/// Is there time enough from every call to the next?
fn check_driving(run: &StudentRun, rows: &[&Numbered<StudentRunCallRow>], network: &Network, problems: &mut Problems) {
    for (hop, row) in run.calls.windows(2).zip(rows.iter().skip(1)) {
        let [from, to] = [hop[0], hop[1]];
        let (time, drive) = (to.time - from.time, network.travel.duration(from.place, to.place));
        if Duration::ZERO < time && time < drive {
            let at = At { file: StudentRunCallRow::FILE, line: row.line };
            let why = format!("{time} after the call before, from where the drive takes {drive}");
            problems.add(at, "time", why, "leave the bus the time that the road takes");
        }
    }
}

/// Does a shift of the bus cover the run, and the ways from and to its depot?
fn check_shift(
    run: &StudentRun,
    at: At,
    tables: &Tables,
    codes: &AllCodes,
    network: Option<&Network>,
    problems: &mut Problems,
) {
    let (Some(first), Some(last)) = (run.calls.first(), run.calls.last()) else { return };
    let vehicle = &tables.vehicles[run.vehicle.index()].row;
    let depot = codes.depots.get(&vehicle.depot_id).map(|depot| PlaceId::from_index(codes.depot_place(depot)));
    let drive = |from, to| network.map_or(Duration::ZERO, |network| network.travel.duration(from, to));
    let (out, back) =
        depot.map_or_else(Default::default, |depot| (drive(depot, first.place), drive(last.place, depot)));
    let (leaves, returns) = (first.time - out, last.time + back);
    let shifts = || tables.shifts.iter().filter(|shift| shift.row.vehicle_id == vehicle.vehicle_id);
    let is_covered = shifts().any(|shift| shift.row.starts <= leaves && returns <= shift.row.ends);
    let is_understood =
        !tables.unreadable.touches(ShiftRow::FILE) && shifts().all(|shift| shift.row.starts < shift.row.ends);
    if !is_covered && is_understood {
        let code = &vehicle.vehicle_id;
        let why = format!("bus {code} is out from {leaves} to {returns} and nobody drives it all that time");
        problems.add(
            at,
            "vehicle_id",
            why,
            "write a shift in shifts.csv that covers the run and the ways from and to the depot",
        );
    }
}

pub fn consignments(tables: &Tables, codes: &AllCodes, problems: &mut Problems) -> Vec<Consignment> {
    let mut consignments = Vec::new();
    for numbered in &tables.consignments {
        let (at, row) = (At { file: ConsignmentRow::FILE, line: numbered.line }, &numbered.row);
        amount(i64::from(row.kg), at, "kg", problems);
        amount(i64::from(row.litres), at, "litres", problems);
        if row.due <= row.ready {
            problems.add(at, "due", format!("{} is not after {}", row.due, row.ready), "write the later time");
        }
        let from = codes.places.find(&row.from_place_id, at, "from_place_id", problems);
        let to = codes.places.find(&row.to_place_id, at, "to_place_id", problems);
        let days = demand_days(&row.days, codes, at, problems);
        if let (Some(from), Some(to), Some(days)) = (from, to, days) {
            consignments.push(Consignment {
                code: row.consignment_id.clone(),
                from: PlaceId::from_index(from),
                to: PlaceId::from_index(to),
                load: Load { freight_kilograms: row.kg, freight_litres: row.litres, ..Load::ZERO },
                window: TimeWindow::new(row.ready, row.due),
                is_perishable: row.perishable,
                days,
            });
        }
    }
    consignments
}
