//! `sanban runsheet`: what a driver does on a date, to print.

use std::collections::BTreeMap;
use std::process::ExitCode;

use super::{Desk, DeskError, finish, words};
use crate::proto;

/// Which vehicle, which date.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    desk: Desk,
    /// Code of the vehicle.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    vehicle: Option<String>,
    /// Every vehicle that leaves its depot.
    #[arg(long)]
    all: bool,
    /// Service date, YYYY-MM-DD; the server's today when not given.
    #[arg(long, default_value = "")]
    date: String,
}

/// Prints run sheets.
pub fn run(args: Args) -> ExitCode {
    finish(runsheet(args))
}

async fn runsheet(args: Args) -> Result<(), DeskError> {
    let mut clients = args.desk.connect().await?;
    let request = proto::GetPlanRequest { date: args.date.clone() };
    let mut plan = clients.dispatch.get_plan(request).await?.into_inner().plan.unwrap_or_default();
    let request = proto::GetTimetableRequest { date: plan.date.clone() };
    let timetable = match clients.timetable.get_timetable(request).await {
        Ok(answer) => answer.into_inner().timetable.unwrap_or_default(),
        Err(status) if status.code() == tonic::Code::NotFound => proto::Timetable::default(),
        Err(status) => return Err(status.into()),
    };
    let is_wanted = |vehicle: &str| args.vehicle.as_ref().is_none_or(|wanted| wanted == vehicle);
    plan.schedules.retain(|schedule| is_wanted(vehicle_of(schedule)));
    if args.desk.print_json(&plan) {
        return Ok(());
    }
    let loads: BTreeMap<(String, i32), &proto::Leg> =
        plan.legs.iter().filter_map(|leg| Some((key(leg.reference.as_ref()?), leg))).collect();
    let mut sheets = 0;
    for block in timetable.blocks.iter().filter(|block| is_wanted(&block.vehicle)) {
        sheets += 1;
        print_block(&plan.date, block, &timetable);
    }
    for schedule in &plan.schedules {
        sheets += 1;
        print_schedule(&plan.date, schedule, &loads);
    }
    if sheets == 0 {
        println!("{}  没有任务 / no work", plan.date);
    }
    Ok(())
}

fn vehicle_of(schedule: &proto::VehicleSchedule) -> &str {
    schedule.piece.as_ref().map_or("", |piece| &piece.vehicle)
}

fn key(leg: &proto::LegReference) -> (String, i32) {
    (leg.booking_id.clone(), leg.leg)
}

fn print_block(date: &str, block: &proto::Block, timetable: &proto::Timetable) {
    println!("{date}  车 vehicle {}  班线 lines", block.vehicle);
    println!("  {}  出场 leaves depot", words::hm(&block.leaves_depot));
    for trip in timetable.trips.iter().filter(|trip| block.trips.contains(&trip.code)) {
        if let (Some(first), Some(last)) = (trip.stop_times.first(), trip.stop_times.last()) {
            let (departs, arrives) = (words::hm(&first.departure), words::hm(&last.arrival));
            println!("  {departs}  {} → {arrives} {}  线路 line {}  [{}]", first.stop, last.stop, trip.line, trip.code);
        }
    }
    println!("  {}  回场 back at depot\n", words::hm(&block.returns));
}

fn print_schedule(
    date: &str,
    schedule: &proto::VehicleSchedule,
    legs: &BTreeMap<(String, i32), &proto::Leg>,
) {
    println!("{date}  车 vehicle {}  预约 booked", vehicle_of(schedule));
    println!("  {}  出场 leaves depot", words::hm(&schedule.leaves_depot));
    for visit in &schedule.visits {
        println!("  {}–{}  {}", words::hm(&visit.arrival), words::hm(&visit.departure), words::place(&visit.place));
        let names = [("上 board", &visit.boardings), ("下 alight", &visit.alightings)];
        for (name, references) in names {
            for reference in references {
                let load = legs.get(&key(reference)).map(|leg| words::load(&leg.load)).unwrap_or_default();
                println!("           {name}  {}/{}  {load}", reference.booking_id, reference.leg);
            }
        }
    }
    println!("  {}  回场 back at depot\n", words::hm(&schedule.returns));
}
