//! `sanban today`: what runs and what is booked on a date.

use std::process::ExitCode;

use super::{Clients, Desk, DeskError, finish, words};
use crate::proto;

/// Which date.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    desk: Desk,
    /// Service date, YYYY-MM-DD; the server's today when not given.
    #[arg(long, default_value = "")]
    date: String,
}

/// Prints the day.
pub fn run(args: Args) -> ExitCode {
    finish(today(args))
}

async fn today(args: Args) -> Result<(), DeskError> {
    let mut clients = args.desk.connect().await?;
    let request = proto::GetPlanRequest { date: args.date.clone() };
    let plan = clients.dispatch.get_plan(request).await?.into_inner().plan.unwrap_or_default();
    if args.desk.print_json(&plan) {
        return Ok(());
    }
    let bookings = bookings_of(&mut clients, &plan.date).await?;
    let timetable = clients.timetable.get_timetable(proto::GetTimetableRequest { date: plan.date.clone() }).await;
    println!("{}  计划版本 plan version {}", plan.date, plan.version);
    match timetable {
        Ok(answer) => {
            let timetable = answer.into_inner().timetable.unwrap_or_default();
            println!("班线 lines: {} 班次 trips, {} 车 vehicles", timetable.trips.len(), timetable.blocks.len());
        }
        Err(status) if status.code() == tonic::Code::NotFound => println!("班线 lines: 无时刻表 no timetable"),
        Err(status) => return Err(status.into()),
    }
    let vehicles = plan.schedules.len();
    println!("预约 booked: {} 预订 bookings, {vehicles} 车次 vehicle runs", bookings.len());
    for booking in &bookings {
        println!("{}  {}  {}", booking.booking_id, words::tier(booking.tier()), words::state(booking.state()));
        for leg in &booking.legs {
            for section in words::sections(leg) {
                println!("    {section}");
            }
        }
    }
    Ok(())
}

/// All bookings of a date, page by page.
async fn bookings_of(clients: &mut Clients, date: &str) -> Result<Vec<proto::Booking>, DeskError> {
    let mut bookings = Vec::new();
    let mut request = proto::ListBookingsRequest { page_size: 500, date: date.to_owned(), ..Default::default() };
    loop {
        let page = clients.booking.list_bookings(request.clone()).await?.into_inner();
        bookings.extend(page.bookings);
        if page.next_page_token.is_empty() {
            return Ok(bookings);
        }
        request.page_token = page.next_page_token;
    }
}
