//! `sanban book`: asks for a journey, shows the offer, books it once confirmed.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use sanban_engine::time::ServiceTime;

use super::{Clients, Desk, DeskError, finish, words};
use crate::proto::{self, place_reference::At};
use crate::secrets;

/// A ride, or with `--market` a trip to the market and home.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    desk: Desk,
    /// Where from: code of a stop, village, school or facility.
    #[arg(long)]
    from: String,
    /// Where to.
    #[arg(long, required_unless_present = "market", conflicts_with = "market")]
    to: Option<String>,
    /// Be there by then, HH:MM.
    #[arg(long, required_unless_present = "depart_at", conflicts_with = "depart_at")]
    arrive_by: Option<ServiceTime>,
    /// Leave then or soon after, HH:MM.
    #[arg(long, conflicts_with = "market")]
    depart_at: Option<ServiceTime>,
    /// Code of a market: a trip there (by --arrive-by) and home.
    #[arg(long, requires = "return_at")]
    market: Option<String>,
    /// Leave the market for home then, HH:MM.
    #[arg(long, requires = "market")]
    return_at: Option<ServiceTime>,
    /// Service date, YYYY-MM-DD; the server's today when not given.
    #[arg(long)]
    date: Option<String>,
    /// People who need a seat.
    #[arg(long, default_value_t = 1)]
    seats: i32,
    /// People who travel in their wheelchair.
    #[arg(long, default_value_t = 0)]
    wheelchairs: i32,
    /// Baskets, suitcases, hens.
    #[arg(long, default_value_t = 0)]
    luggage: i32,
    /// Luggage on the way home from the market; as on the way there when not given.
    #[arg(long, requires = "market")]
    luggage_home: Option<i32>,
    /// Whom to ask for; kept apart from the booking and erasable.
    #[arg(long, default_value = "")]
    name: String,
    /// Whom to call.
    #[arg(long, default_value = "")]
    phone: String,
    /// Book the first offer without asking.
    #[arg(long, short)]
    yes: bool,
}

/// Shows what is offered and books it.
pub fn run(args: Args) -> ExitCode {
    finish(book(args))
}

async fn book(args: Args) -> Result<(), DeskError> {
    let mut clients = args.desk.connect().await?;
    let date = match &args.date {
        Some(date) => date.clone(),
        None => servers_today(&mut clients).await?,
    };
    let request = proto::QuoteRequest { journey: Some(journey(&args, &date)?) };
    let quote = clients.booking.quote(request).await?.into_inner();
    let Some(offer) = quote.offers.first() else {
        args.desk.print_json(&quote);
        return Err(DeskError::Local(refusal(&quote)));
    };
    if !args.desk.json {
        show(&quote, &date);
    }
    if !args.yes && !is_confirmed()? {
        args.desk.print_json(&quote);
        println!("没有预订 / nothing was booked");
        return Ok(());
    }
    let has_person = !args.name.is_empty() || !args.phone.is_empty();
    let request = proto::BookRequest {
        request_id: secrets::to_hex(&secrets::random_bytes()[..16]),
        offer_token: offer.offer_token.clone(),
        person: has_person.then(|| proto::Person { name: args.name.clone(), phone: args.phone.clone() }),
    };
    let booking = clients.booking.book(request).await?.into_inner().booking.unwrap_or_default();
    if !args.desk.print_json(&booking) {
        println!("已预订 booked: {}", booking.booking_id);
    }
    Ok(())
}

async fn servers_today(clients: &mut Clients) -> Result<String, DeskError> {
    let answer = clients.dispatch.get_plan(proto::GetPlanRequest::default()).await?;
    Ok(answer.into_inner().plan.map(|plan| plan.date).unwrap_or_default())
}

fn journey(args: &Args, date: &str) -> Result<proto::Journey, DeskError> {
    use proto::journey::Product;
    use proto::ride::Wanted;
    let place = |code: &str| Some(proto::PlaceReference { at: Some(At::Code(code.to_owned())) });
    let party =
        Some(proto::Party { seated: args.seats, wheelchairs: args.wheelchairs, luggage_units: args.luggage });
    let moment = |time: Option<ServiceTime>| time.map(|time| words::instant(date, time)).transpose();
    let product = if let Some(market) = &args.market {
        Product::MarketTrip(proto::MarketTrip {
            from: place(&args.from),
            market: market.clone(),
            arrive_by: moment(args.arrive_by)?,
            return_at: moment(args.return_at)?,
            party,
            luggage_units_home: args.luggage_home.unwrap_or(args.luggage),
        })
    } else {
        let arrive_by = moment(args.arrive_by)?.map(Wanted::ArriveBy);
        let depart_at = moment(args.depart_at)?.map(Wanted::DepartAt);
        let to = args.to.as_deref().unwrap_or_default();
        Product::Ride(proto::Ride { from: place(&args.from), to: place(to), wanted: arrive_by.or(depart_at), party })
    };
    Ok(proto::Journey { product: Some(product) })
}

fn show(quote: &proto::QuoteResponse, date: &str) {
    for (number, offer) in quote.offers.iter().enumerate() {
        println!("{date}  方案 offer {}: {}", number + 1, words::tier(offer.tier()));
        for (leg, name) in offer.legs.iter().zip(["去程 there", "回程 home"]) {
            println!("  {name}");
            for section in words::sections(leg) {
                println!("    {section}");
            }
        }
    }
    if let Some(rule) = &quote.decided_by {
        println!("  {}", words::text(&rule.text));
    }
    for passed_over in &quote.passed_over {
        println!("  · {}", words::text(&passed_over.text));
    }
}

fn refusal(quote: &proto::QuoteResponse) -> String {
    let mut lines = vec!["没有可提供的方案 / nothing can be offered".to_owned()];
    if let Some(refusal) = &quote.refusal {
        if let Some(explanation) = &refusal.explanation {
            lines.push(format!("  {}", words::text(&explanation.text)));
        }
        if let Some(miss) = &refusal.nearest_miss {
            lines.push(format!("  最接近 nearest: {}", words::text(&miss.text)));
        }
        lines.push(format!("  ({})", refusal.reason().as_str_name()));
    }
    lines.extend(quote.passed_over.iter().map(|passed_over| format!("  · {}", words::text(&passed_over.text))));
    lines.join("\n")
}

fn is_confirmed() -> Result<bool, DeskError> {
    if !std::io::stdin().is_terminal() {
        let message = "不是终端：加 --yes 直接预订\nnot a terminal: add --yes to book without being asked";
        return Err(DeskError::Local(message.to_owned()));
    }
    print!("预订方案 1？book offer 1? [y/N] ");
    let mut answer = String::new();
    let read = std::io::stdout().flush().and_then(|()| std::io::stdin().read_line(&mut answer));
    read.map_err(|error| DeskError::Local(error.to_string()))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "是"))
}
