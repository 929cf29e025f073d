//! `sanban cancel`: gives a booking up.

use std::process::ExitCode;

use super::{Desk, DeskError, finish, words};
use crate::{proto, secrets};

/// Which booking.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    desk: Desk,
    /// `B000001`.
    booking: String,
}

/// Cancels and tells what became of it.
pub fn run(args: Args) -> ExitCode {
    finish(cancel(args))
}

async fn cancel(args: Args) -> Result<(), DeskError> {
    let request = proto::CancelBookingRequest {
        request_id: secrets::to_hex(&secrets::random_bytes()[..16]),
        booking_id: args.booking.clone(),
    };
    let mut clients = args.desk.connect().await?;
    let booking = clients.booking.cancel_booking(request).await?.into_inner().booking.unwrap_or_default();
    if !args.desk.print_json(&booking) {
        println!("{}  {}", booking.booking_id, words::state(booking.state()));
    }
    Ok(())
}
