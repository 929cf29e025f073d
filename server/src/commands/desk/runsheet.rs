//! `sanban runsheet`: what a vehicle does on a date, to print and hand to its driver.
//!
//! Nothing personal is on it: passengers are known by the number of their booking.

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde_json::json;

use super::failure::Failure;
use super::table::Table;
use super::{Connection, finish, json, reading, words};
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
    /// Print schedules, legs and blocks as JSON.
    #[arg(long)]
    json: bool,
}

/// Everything that one vehicle does.
#[derive(Default)]
struct Work<'a> {
    blocks: Vec<&'a proto::Block>,
    schedules: Vec<&'a proto::VehicleSchedule>,
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
        let trips: Vec<_> = work.blocks.iter().flat_map(|block| trips_of(block, timetable)).map(json::of).collect();
        let legs: Vec<_> = plan.legs.iter().filter(|leg| rides_with(leg, work)).map(json::of).collect();
        json!({
            "vehicle": vehicle,
            "blocks": work.blocks.iter().map(|block| json::of(*block)).collect::<Vec<_>>(),
            "trips": trips,
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

/// The trips of a block in order of time.
fn trips_of<'a>(block: &'a proto::Block, timetable: &'a proto::Timetable) -> impl Iterator<Item = &'a proto::Trip> {
    block.trips.iter().filter_map(|code| timetable.trips.iter().find(|trip| trip.code == *code))
}

fn sheet(vehicle: &str, work: &Work, plan: &proto::Plan, timetable: &proto::Timetable) -> String {
    let (day, version) = (words::day(&plan.date), plan.version);
    let mut text = format!("行车单 Run sheet   车 vehicle {vehicle}   {day}   计划版本 plan version {version}\n");
    for block in &work.blocks {
        let (leaves, returns) = (words::hm(&block.leaves_depot), words::hm(&block.returns));
        text.push_str(&format!("\n班线 lines   出场 leaves depot {leaves}   回场 back {returns}\n"));
        text.push_str(&trips_table(block, timetable).to_string());
    }
    for schedule in &work.schedules {
        let piece = schedule.piece.as_ref().map(|piece| words::window(&piece.piece)).unwrap_or_default();
        let (leaves, returns) = (words::hm(&schedule.leaves_depot), words::hm(&schedule.returns));
        text.push_str(&format!(
            "\n预约 booked   班段 shift {piece}   出场 leaves depot {leaves}   回场 back {returns}\n"
        ));
        text.push_str(&visits_table(schedule, plan).to_string());
    }
    if !work.schedules.is_empty() {
        text.push_str(&format!("\n{}\n", words::LOAD_LEGEND));
    }
    text
}

fn trips_table(block: &proto::Block, timetable: &proto::Timetable) -> Table<6> {
    let mut table = Table::new([
        ("发车", "Dep."),
        ("到达", "Arr."),
        ("线路", "Line"),
        ("从", "From"),
        ("到", "To"),
        ("班次", "Trip"),
    ]);
    for trip in trips_of(block, timetable) {
        let (Some(first), Some(last)) = (trip.stop_times.first(), trip.stop_times.last()) else { continue };
        table.push([
            words::hm(&first.departure),
            words::hm(&last.arrival),
            trip.line.clone(),
            first.stop.clone(),
            last.stop.clone(),
            trip.code.clone(),
        ]);
    }
    table
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
