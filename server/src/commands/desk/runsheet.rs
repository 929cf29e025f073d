//! `sanban runsheet`: what a vehicle does on a date, to print and hand to its driver.
//!
//! Nothing personal is on it: passengers are known by the number of their booking, riders of runs are counted by village.

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde_json::json;

use super::failure::Failure;
use super::{Connection, finish, json, reading, words};
use crate::commands::table::Table;
use crate::proto;

/// Between two sheets: a new page for a printer.
const PAGE_BREAK: &str = "\u{c}\n";

/// Which vehicle, which date.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    connection: Connection,
    /// Code of the vehicle.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    vehicle: Option<String>,
    /// Every vehicle that leaves its depot, each on a page of its own.
    #[arg(long)]
    all: bool,
    /// Service date, YYYY-MM-DD; the server's today when not given.
    #[arg(long)]
    date: Option<String>,
    /// Print blocks with their trips and runs, freight runs, schedules and legs as JSON.
    #[arg(long)]
    json: bool,
}

/// Everything that one vehicle does.
#[derive(Default)]
struct Work<'a> {
    blocks: Vec<&'a proto::Block>,
    freight_runs: Vec<&'a proto::FreightRun>,
    schedules: Vec<&'a proto::VehicleSchedule>,
}

/// Something that a vehicle does in a block.
enum Service<'a> {
    Trip(&'a proto::Trip),
    Run(&'a proto::Run),
}

impl Service<'_> {
    fn begins(&self) -> Option<i64> {
        let first = match self {
            Self::Trip(trip) => trip.stop_times.first().map(|call| call.departure),
            Self::Run(run) => run.calls.first().map(|call| call.arrival),
        };
        first.flatten().map(|time| time.seconds)
    }
}

/// Prints run sheets.
pub fn run(args: Args) -> ExitCode {
    finish(runsheet(args))
}

async fn runsheet(args: Args) -> Result<(), Failure> {
    if let Some(date) = &args.date {
        words::date("--date", date)?;
    }
    let server = args.connection.open().await?;
    let plan = reading::plan(&server, args.date.as_deref().unwrap_or_default()).await?;
    let timetable = reading::timetable(&server, &plan.date).await?.unwrap_or_default();
    let mut work = work_by_vehicle(&plan, &timetable);
    if let Some(wanted) = &args.vehicle {
        if !work.contains_key(wanted.as_str()) {
            return Err(no_work(wanted, &plan.date, &work));
        }
        work.retain(|vehicle, _| vehicle == wanted);
    }
    if args.json {
        json::print(&as_json(&plan, &timetable, &work));
        return Ok(());
    }
    if work.is_empty() {
        super::print(&format!("{}  没有车辆出场 / no vehicle leaves its depot\n", words::day(&plan.date)));
    }
    let sheets: Vec<String> = work.iter().map(|(vehicle, work)| sheet(vehicle, work, &plan, &timetable)).collect();
    super::print(&sheets.join(PAGE_BREAK));
    Ok(())
}

fn work_by_vehicle<'a>(plan: &'a proto::Plan, timetable: &'a proto::Timetable) -> BTreeMap<&'a str, Work<'a>> {
    let mut work = BTreeMap::<&str, Work>::new();
    for block in &timetable.blocks {
        work.entry(&block.vehicle).or_default().blocks.push(block);
    }
    for run in timetable.freight.iter().flat_map(|freight| &freight.runs) {
        work.entry(&run.vehicle).or_default().freight_runs.push(run);
    }
    for schedule in &plan.schedules {
        work.entry(reading::vehicle(schedule)).or_default().schedules.push(schedule);
    }
    work
}

fn no_work(wanted: &str, date: &str, work: &BTreeMap<&str, Work>) -> Failure {
    let others = if work.is_empty() { "–".to_owned() } else { work.keys().copied().collect::<Vec<_>>().join(" ") };
    Failure::local(
        format!("{wanted} 在 {date} 没有任务（或没有这辆车）。当日有任务的车辆：{others}"),
        format!("{wanted} has no work on {date} (or there is no such vehicle); with work that day: {others}"),
    )
}

fn as_json(plan: &proto::Plan, timetable: &proto::Timetable, work: &BTreeMap<&str, Work>) -> serde_json::Value {
    let sheet = |(vehicle, work): (&&str, &Work)| {
        let services = || work.blocks.iter().flat_map(|block| services_of(block, timetable));
        let trips = services().filter_map(|service| match service {
            Service::Trip(trip) => Some(json::of(trip)),
            Service::Run(_) => None,
        });
        let runs = services().filter_map(|service| match service {
            Service::Run(run) => Some(json::of(run)),
            Service::Trip(_) => None,
        });
        let legs: Vec<_> = plan.legs.iter().filter(|leg| rides_with(leg, work)).map(json::of).collect();
        json!({
            "vehicle": vehicle,
            "blocks": work.blocks.iter().map(|block| json::of(*block)).collect::<Vec<_>>(),
            "trips": trips.collect::<Vec<_>>(),
            "runs": runs.collect::<Vec<_>>(),
            "freightRuns": work.freight_runs.iter().map(|run| json::of(*run)).collect::<Vec<_>>(),
            "schedules": work.schedules.iter().map(|schedule| json::of(*schedule)).collect::<Vec<_>>(),
            "legs": legs,
        })
    };
    json!({
        "date": plan.date,
        "planVersion": plan.version.to_string(),
        "runsheets": work.iter().map(sheet).collect::<Vec<_>>(),
    })
}

fn rides_with(leg: &proto::Leg, work: &Work) -> bool {
    let boardings = work.schedules.iter().flat_map(|schedule| &schedule.visits).flat_map(|visit| &visit.boardings);
    boardings.map(Some).any(|boarding| boarding == leg.reference.as_ref())
}

/// Trips and runs of a block in order of time.
fn services_of<'a>(block: &'a proto::Block, timetable: &'a proto::Timetable) -> Vec<Service<'a>> {
    let trips = block.trips.iter().filter_map(|code| timetable.trips.iter().find(|trip| trip.code == *code));
    let runs = block.runs.iter().filter_map(|code| timetable.runs.iter().find(|run| run.code == *code));
    let mut services: Vec<Service> = trips.map(Service::Trip).chain(runs.map(Service::Run)).collect();
    services.sort_by_key(Service::begins);
    services
}

fn sheet(vehicle: &str, work: &Work, plan: &proto::Plan, timetable: &proto::Timetable) -> String {
    let (day, version) = (words::day(&plan.date), plan.version);
    let mut text = format!("行车路单 Run sheet   车 vehicle {vehicle}   {day}   计划版本 plan version {version}\n");
    let blocks = work.blocks.iter().map(|block| (block.leaves_depot, block_section(block, timetable)));
    let freight_runs = work.freight_runs.iter().map(|run| (run.leaves_depot, freight_section(run)));
    let schedules = work.schedules.iter().map(|schedule| (schedule.leaves_depot, booked_section(schedule, plan)));
    let mut sections: Vec<_> = blocks.chain(freight_runs).chain(schedules).collect();
    // A vehicle may work lines in the morning and goods or booked rides afterwards.
    sections.sort_by_key(|(leaves_depot, _)| leaves_depot.map(|time| time.seconds));
    sections.iter().for_each(|(_, section)| text.push_str(section));
    if !work.schedules.is_empty() {
        text.push_str(&format!("\n{}\n", words::LOAD_LEGEND));
    }
    text
}

/// What a block is made of, its trips and runs, and the calls of every run.
fn block_section(block: &proto::Block, timetable: &proto::Timetable) -> String {
    let services = services_of(block, timetable);
    let mut kinds: Vec<&str> = Vec::new();
    for service in &services {
        let kind = match service {
            Service::Trip(_) => "班线 lines",
            Service::Run(run) => run_kind(run),
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let (leaves, returns) = (words::hm(&block.leaves_depot), words::hm(&block.returns));
    let kinds = kinds.join(" · ");
    let mut text = format!("\n{kinds}   {}   出场 leaves depot {leaves}   回场 back {returns}\n", block.code);
    text.push_str(&services_table(&services).to_string());
    for service in &services {
        if let Service::Run(run) = service {
            let way = if run.direction() == proto::RunDirection::Inward { "去程 there" } else { "返程 home" };
            text.push_str(&format!("\n{} {}   {way}   {}\n", run_kind(run), run.code, hubs(run)));
            text.push_str(&calls_table(run).to_string());
        }
    }
    text
}

fn run_kind(run: &proto::Run) -> &'static str {
    match run.product() {
        proto::RunProduct::Student => "学生班 student run",
        proto::RunProduct::Market => "赶集班 market run",
        proto::RunProduct::Unspecified => "?",
    }
}

/// Codes of the schools or markets that a run serves.
fn hubs(run: &proto::Run) -> String {
    run.hubs.iter().map(hub).collect::<Vec<_>>().join(" ")
}

fn hub(hub: &proto::Hub) -> &str {
    use proto::hub::At;
    match &hub.at {
        Some(At::School(code) | At::Market(code)) => code,
        None => "?",
    }
}

fn services_table(services: &[Service]) -> Table<6> {
    let mut table = Table::new([
        ("发车", "Dep."),
        ("到达", "Arr."),
        ("线路/班", "Line/run"),
        ("从", "From"),
        ("到", "To"),
        ("班次", "Trip"),
    ]);
    for service in services {
        let row = match service {
            Service::Trip(trip) => {
                let (Some(first), Some(last)) = (trip.stop_times.first(), trip.stop_times.last()) else { continue };
                [
                    words::hm(&first.departure),
                    words::hm(&last.arrival),
                    trip.line.clone(),
                    first.stop.clone(),
                    last.stop.clone(),
                    trip.code.clone(),
                ]
            }
            Service::Run(run) => {
                let (Some(first), Some(last)) = (run.calls.first(), run.calls.last()) else { continue };
                [
                    words::hm(&first.departure),
                    words::hm(&last.arrival),
                    run_kind(run).to_owned(),
                    first.place.clone(),
                    last.place.clone(),
                    run.code.clone(),
                ]
            }
        };
        table.push(row);
    }
    table
}

/// Where a run calls, and who gets on and off, counted by village.
fn calls_table(run: &proto::Run) -> Table<6> {
    let mut table = Table::new([
        ("到", "Arr."),
        ("发", "Dep."),
        ("地点", "Place"),
        ("上车", "On"),
        ("下车", "Off"),
        ("车上", "On board"),
    ]);
    let people = |riders: &[proto::RunRiders]| riders.iter().map(|riders| i64::from(riders.people)).sum::<i64>();
    let mut on_board = 0;
    for call in &run.calls {
        on_board += people(&call.boardings) - people(&call.alightings);
        table.push([
            words::hm(&call.arrival),
            words::hm(&call.departure),
            call.place.clone(),
            riders(&call.boardings),
            riders(&call.alightings),
            format!("{on_board}人"),
        ]);
    }
    table
}

/// `18人 V6, 8人 V5 +3行李`.
fn riders(riders: &[proto::RunRiders]) -> String {
    let some = |riders: &proto::RunRiders| {
        let group = riders.group.clone().unwrap_or_default();
        let boarders = if group.boarders { " 住校 boarders" } else { "" };
        let luggage =
            if riders.luggage_units > 0 { format!(" +{}行李", riders.luggage_units) } else { String::new() };
        format!("{}人 {}{boarders}{luggage}", riders.people, group.village)
    };
    riders.iter().map(some).collect::<Vec<_>>().join(", ")
}

fn freight_section(run: &proto::FreightRun) -> String {
    let (leaves, returns) = (words::hm(&run.leaves_depot), words::hm(&run.returns));
    let mut table = Table::new([
        ("到", "Arr."),
        ("开始", "Begin"),
        ("离", "Dep."),
        ("地点", "Place"),
        ("装/卸", "Load/unload"),
        ("货件", "Consignment"),
    ]);
    for visit in &run.visits {
        table.push([
            words::hm(&visit.arrival),
            words::hm(&visit.begin),
            words::hm(&visit.departure),
            visit.place.clone(),
            if visit.loads { "装 load" } else { "卸 unload" }.to_owned(),
            visit.consignment.clone(),
        ]);
    }
    format!("\n物流班 freight run   {}   出场 leaves depot {leaves}   回场 back {returns}\n{table}", run.code)
}

fn booked_section(schedule: &proto::VehicleSchedule, plan: &proto::Plan) -> String {
    let piece = schedule.piece.as_ref().map(|piece| words::window(&piece.piece)).unwrap_or_default();
    let (leaves, returns) = (words::hm(&schedule.leaves_depot), words::hm(&schedule.returns));
    let table = visits_table(schedule, plan);
    format!("\n预约 booked   班段 shift {piece}   出场 leaves depot {leaves}   回场 back {returns}\n{table}")
}

/// A line per visit, and below it one per further boarding or alighting; alightings first, as they happen.
fn visits_table(schedule: &proto::VehicleSchedule, plan: &proto::Plan) -> Table<8> {
    let legs = reading::legs(plan);
    let mut on_board = proto::Load::default();
    let mut table = Table::new([
        ("到", "Arr."),
        ("开始", "Begin"),
        ("离", "Dep."),
        ("地点", "Place"),
        ("上/下", "On/off"),
        ("承诺", "Promised"),
        ("人/货", "Load"),
        ("车上", "On board"),
    ]);
    for visit in &schedule.visits {
        let off = visit.alightings.iter().map(|leg| (leg, "下 off", -1));
        let on = visit.boardings.iter().map(|leg| (leg, "上 on ", 1));
        let mut row = [&visit.arrival, &visit.begin, &visit.departure].map(words::hm).to_vec();
        row.push(words::place(&visit.place));
        for (reference, verb, sign) in off.chain(on) {
            let leg = legs.get(&reading::key(reference));
            let load = leg.and_then(|leg| leg.load).unwrap_or_default();
            on_board = sum(&on_board, &load, sign);
            let way = words::way(reference.leg as usize);
            let event = format!("{verb} {} {way}", reference.booking_id);
            let ride = leg.and_then(|leg| leg.booked.as_ref());
            let promised =
                ride.map(|ride| words::window(if sign > 0 { &ride.promised_pickup } else { &ride.promised_dropoff }));
            let aboard = Some(words::load(&on_board)).filter(|text| !text.is_empty());
            row.extend([
                event,
                promised.unwrap_or_default(),
                words::load(&load),
                aboard.unwrap_or_else(|| "空 empty".to_owned()),
            ]);
            table.push(row.try_into().expect("four columns and four"));
            row = vec![String::new(); 4];
        }
    }
    table
}

/// A load with another one added (1) or taken away (-1).
fn sum(load: &proto::Load, other: &proto::Load, sign: i32) -> proto::Load {
    proto::Load {
        seats: load.seats + sign * other.seats,
        wheelchairs: load.wheelchairs + sign * other.wheelchairs,
        luggage_units: load.luggage_units + sign * other.luggage_units,
        freight_kilograms: load.freight_kilograms + sign * other.freight_kilograms,
        freight_litres: load.freight_litres + sign * other.freight_litres,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::translate;
    use crate::planned_day::sample::ToyDay;

    /// What vehicles do on the toy's day.
    fn timetable() -> proto::Timetable {
        let toy = ToyDay::new();
        translate::timetable(&toy.scenario, &toy.timetable)
    }

    fn sheet_of(vehicle: &str) -> String {
        let (plan, timetable) = (proto::Plan { date: "2026-11-25".to_owned(), ..Default::default() }, timetable());
        sheet(vehicle, &work_by_vehicle(&plan, &timetable)[vehicle], &plan, &timetable)
    }

    #[test]
    fn trips_and_runs_of_a_vehicle_stand_in_order_of_time_under_what_they_are() {
        let text = sheet_of("B1");
        assert!(text.contains("学生班 student run · 班线 lines   B-B1   出场 leaves depot 06:20"), "{text}");
        let order = ["ST-SCH1-IN-01", "L1-0-083000", "L1-1-153000", "ST-SCH1-OUT-01"];
        let found = order.map(|code| text.find(code).unwrap_or_else(|| panic!("{code} is not in {text}")));
        assert!(found.is_sorted(), "{text}");
        // The pupils of two villages get on one after the other.
        for expected in ["18人 V6", "8人 V5", "26人", "去程 there   SCH1"] {
            assert!(text.contains(expected), "{expected} is not in {text}");
        }
        assert!(sheet_of("B2").contains("赶集班 market run MK-M1-OUT-01   返程 home   M1"));
    }

    #[test]
    fn a_van_has_its_freight_run_on_its_sheet() {
        let van = timetable().freight.unwrap().runs[0].vehicle.clone();
        let text = sheet_of(&van);
        assert!(text.contains("物流班 freight run   FR-01   出场 leaves depot 10:00   回场 back 11:30"), "{text}");
        assert!(text.contains("装 load") && text.contains("卸 unload") && text.contains("C3"), "{text}");
    }

    #[test]
    fn programs_get_runs_beside_trips() {
        let (plan, timetable) = (proto::Plan::default(), timetable());
        let json = as_json(&plan, &timetable, &work_by_vehicle(&plan, &timetable));
        let sheets = json["runsheets"].as_array().unwrap();
        let codes = |field: &str| -> Vec<&str> {
            let rows = sheets.iter().flat_map(|sheet| sheet[field].as_array().unwrap());
            rows.map(|row| row["code"].as_str().unwrap()).collect()
        };
        assert_eq!(codes("runs"), ["ST-SCH1-IN-01", "ST-SCH1-OUT-01", "MK-M1-IN-01", "MK-M1-OUT-01"]);
        assert_eq!(codes("freightRuns"), ["FR-01"]);
        assert_eq!(codes("trips").len(), timetable.trips.len());
    }
}
