//! `sanban cancel`: gives a booking up.

use std::process::ExitCode;

use super::connection::{self, Server};
use super::failure::Failure;
use super::{Connection, finish, json, prompt, travel};
use crate::proto;

/// Which booking.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    connection: Connection,
    /// The booking's number, as in B000001.
    booking: String,
    /// Cancel without asking.
    #[arg(long, short)]
    yes: bool,
    /// Print the booking as JSON.
    #[arg(long)]
    json: bool,
}

/// Shows the booking, asks, cancels it.
pub fn run(args: Args) -> ExitCode {
    finish(cancel(args))
}

async fn cancel(args: Args) -> Result<(), Failure> {
    let server = args.connection.open().await?;
    let booking = get(&server, &args.booking).await?;
    if booking.state() == proto::BookingState::Cancelled {
        return Err(Failure::local(
            format!("{} 早已取消，无需再取消", booking.booking_id),
            format!("{} is cancelled already: nothing is left to be done", booking.booking_id),
        ));
    }
    if !args.yes {
        // The question goes where people look, the answer in JSON where programs look.
        super::print_aside(&travel::booking(&booking));
        let answer = prompt::ask("取消这个订单？输入 y 取消，回车保留 / Cancel it? y, or Enter to keep it: ")?;
        if !matches!(answer.as_str(), "y" | "Y" | "yes" | "是") {
            return Err(Failure::local("没有取消", "nothing was cancelled"));
        }
    }
    let request = proto::CancelBookingRequest {
        request_id: connection::new_request_id(),
        booking_id: booking.booking_id.clone(),
    };
    let answer = server.ask(|mut clients| {
        let request = request.clone();
        async move { clients.booking.cancel_booking(request).await }
    });
    let booking = answer.await?.booking.unwrap_or_default();
    if args.json {
        json::print(&json::of(&booking));
    } else {
        super::print(&travel::booking(&booking));
    }
    Ok(())
}

async fn get(server: &Server, booking: &str) -> Result<proto::Booking, Failure> {
    let request = proto::GetBookingRequest { booking_id: booking.to_owned() };
    let answer = server.ask(|mut clients| {
        let request = request.clone();
        async move { clients.booking.get_booking(request).await }
    });
    Ok(answer.await?.booking.unwrap_or_default())
}
