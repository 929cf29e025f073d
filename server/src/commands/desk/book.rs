//! `sanban book`: asks for a journey, shows what is offered and why, books an offer once confirmed.

use std::process::ExitCode;

use chrono::NaiveDate;
use sanban_engine::time::ServiceTime;
use serde_json::json;

use super::connection::{self, Server};
use super::failure::Failure;
use super::{Connection, finish, json, prompt, reading, travel, words};
use crate::proto::{self, journey::Product, place_reference::At, ride::Wanted};

/// A ride; with --market a trip to market and home; with --consignment goods; with --enrol a pupil's seat.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  sanban book --from V001 --to H03 --arrive-by 09:30
  sanban book --from V001 --market M01 --arrive-by 08:30 --return-at 11:00 --luggage-home 3
  sanban book --from V001 --to S001 --consignment --kg 40 --litres 200 --ready 08:00 --due 16:00
  sanban book --from V001 --enrol --school SCH001 --from-date 2026-12-01")]
pub struct Args {
    #[command(flatten)]
    connection: Connection,
    /// Where from: code of a stop, village, school, market or facility.
    #[arg(long)]
    from: String,
    /// Where to: the same kinds of codes.
    #[arg(long, required_unless_present_any = ["market", "enrol"], conflicts_with_all = ["market", "enrol"])]
    to: Option<String>,
    /// Service date, YYYY-MM-DD; the server's today when not given.
    #[arg(long, conflicts_with = "enrol")]
    date: Option<String>,
    /// Be there by then, HH:MM; past midnight 24:30.
    #[arg(long, required_unless_present_any = ["depart_at", "consignment", "enrol"], conflicts_with = "depart_at")]
    arrive_by: Option<ServiceTime>,
    /// Leave then or soon after, HH:MM.
    #[arg(long, conflicts_with_all = ["market", "consignment", "enrol"])]
    depart_at: Option<ServiceTime>,
    /// People who need a seat; one when neither seats nor wheelchairs are given.
    #[arg(long, conflicts_with_all = ["consignment", "enrol"])]
    seats: Option<i32>,
    /// People who travel in their wheelchair.
    #[arg(long, default_value_t = 0, conflicts_with_all = ["consignment", "enrol"])]
    wheelchairs: i32,
    /// Luggage units: a basket, a suitcase, two hens.
    #[arg(long, default_value_t = 0, conflicts_with_all = ["consignment", "enrol"])]
    luggage: i32,
    /// Code of a market: a trip there (by --arrive-by) and home (from --return-at).
    #[arg(long, requires = "return_at", conflicts_with_all = ["consignment", "enrol"])]
    market: Option<String>,
    /// Leave the market for home then or soon after, HH:MM.
    #[arg(long, requires = "market")]
    return_at: Option<ServiceTime>,
    /// Luggage units on the way home; as on the way there when not given.
    #[arg(long, requires = "market")]
    luggage_home: Option<i32>,
    /// Goods instead of people.
    #[arg(long, requires = "ready", requires = "due", conflicts_with_all = ["arrive_by", "enrol"])]
    consignment: bool,
    /// Weight of the goods in kilograms.
    #[arg(long, default_value_t = 0, requires = "consignment")]
    kg: i32,
    /// Volume of the goods in litres.
    #[arg(long, default_value_t = 0, requires = "consignment")]
    litres: i32,
    /// The goods can be collected from then on, HH:MM.
    #[arg(long, requires = "consignment")]
    ready: Option<ServiceTime>,
    /// The goods must be there by then, HH:MM.
    #[arg(long, requires = "consignment")]
    due: Option<ServiceTime>,
    /// A pupil joins the student runs.
    #[arg(long, requires = "school", requires = "from_date", conflicts_with = "arrive_by")]
    enrol: bool,
    /// Code of the school.
    #[arg(long, requires = "enrol")]
    school: Option<String>,
    /// First school day wanted, YYYY-MM-DD.
    #[arg(long, requires = "enrol")]
    from_date: Option<String>,
    /// Whom to ask for; kept apart from the booking and erasable.
    #[arg(long, default_value = "")]
    name: String,
    /// Whom to call.
    #[arg(long, default_value = "")]
    phone: String,
    /// Book the first offer without asking.
    #[arg(long, short)]
    yes: bool,
    /// Print the server's answers as JSON.
    #[arg(long)]
    json: bool,
}

/// Shows what is offered and books it.
pub fn run(args: Args) -> ExitCode {
    finish(book(args))
}

async fn book(args: Args) -> Result<(), Failure> {
    let server = args.connection.open().await?;
    let quote = quote(&server, &args).await?;
    let show = |text: String| if args.json { super::print_aside(&text) } else { super::print(&text) };
    if quote.offers.is_empty() {
        if args.json {
            json::print(&json!({ "quote": json::of(&quote), "booking": null }));
        }
        return Err(Failure::NothingOffered(nothing_offered(&quote)));
    }
    if !(args.json && args.yes) {
        show(offered(&quote));
    }
    let Some(chosen) = choose(&args, quote.offers.len())? else {
        if args.json {
            json::print(&json!({ "quote": json::of(&quote), "booking": null }));
        }
        return Err(Failure::local("没有预订", "nothing was booked"));
    };
    let booking = confirm(&server, &args, &quote.offers[chosen]).await?;
    if args.json {
        json::print(&json!({ "quote": json::of(&quote), "booking": json::of(&booking) }));
    } else {
        let number = &booking.booking_id;
        super::print(&format!("\n✓ 预订成功 booked\n{}", travel::booking(&booking)));
        super::print(&format!("  取消请用 to cancel: sanban cancel {number}\n"));
    }
    Ok(())
}

async fn quote(server: &Server, args: &Args) -> Result<proto::QuoteResponse, Failure> {
    let request = proto::QuoteRequest { journey: Some(journey(server, args).await?) };
    let answer = server.ask(|mut clients| {
        let request = request.clone();
        async move { clients.booking.quote(request).await }
    });
    answer.await
}

/// Which offer to book, by position; none when the person says so.
fn choose(args: &Args, offers: usize) -> Result<Option<usize>, Failure> {
    if args.yes {
        return Ok(Some(0));
    }
    let numbers = if offers == 1 { "1".to_owned() } else { format!("1–{offers}") };
    let question =
        format!("\n预订哪个方案？输入 {numbers}，回车放弃 / Book which offer? {numbers}, or Enter for none: ");
    loop {
        let answer = prompt::ask(&question)?;
        if answer.is_empty() {
            return Ok(None);
        }
        if let Some(number) = answer.parse::<usize>().ok().filter(|number| (1..=offers).contains(number)) {
            return Ok(Some(number - 1));
        }
    }
}

async fn confirm(server: &Server, args: &Args, offer: &proto::Offer) -> Result<proto::Booking, Failure> {
    let has_person = !args.name.is_empty() || !args.phone.is_empty();
    let request = proto::BookRequest {
        request_id: connection::new_request_id(),
        offer_token: offer.offer_token.clone(),
        person: has_person.then(|| proto::Person { name: args.name.clone(), phone: args.phone.clone() }),
    };
    let answer = server.ask(|mut clients| {
        let request = request.clone();
        async move { clients.booking.book(request).await }
    });
    Ok(answer.await?.booking.unwrap_or_default())
}

async fn journey(server: &Server, args: &Args) -> Result<proto::Journey, Failure> {
    let place = |code: &str| Some(proto::PlaceReference { at: Some(At::Code(code.to_owned())) });
    let from = place(&args.from);
    if let (Some(school), Some(from_date)) = (&args.school, &args.from_date) {
        let from_date = words::date("--from-date", from_date)?.to_string();
        let enrolment = proto::Enrolment { from, school: school.clone(), from_date };
        return Ok(proto::Journey { product: Some(Product::Enrolment(enrolment)) });
    }
    let date = service_date(server, args).await?;
    let moment = |time: Option<ServiceTime>| time.map(|time| words::moment(date, time));
    let to = place(args.to.as_deref().unwrap_or_default());
    let party = Some(proto::Party {
        seated: args.seats.unwrap_or(if args.wheelchairs == 0 { 1 } else { 0 }),
        wheelchairs: args.wheelchairs,
        luggage_units: args.luggage,
    });
    let product = if args.consignment {
        Product::Consignment(proto::Consignment {
            from,
            to,
            kilograms: args.kg,
            litres: args.litres,
            ready: moment(args.ready),
            due: moment(args.due),
        })
    } else if let Some(market) = &args.market {
        Product::MarketTrip(proto::MarketTrip {
            from,
            market: market.clone(),
            arrive_by: moment(args.arrive_by),
            return_at: moment(args.return_at),
            party,
            luggage_units_home: args.luggage_home.unwrap_or(args.luggage),
        })
    } else {
        let wanted = moment(args.arrive_by).map(Wanted::ArriveBy).or(moment(args.depart_at).map(Wanted::DepartAt));
        Product::Ride(proto::Ride { from, to, wanted, party })
    };
    Ok(proto::Journey { product: Some(product) })
}

/// The date that was typed, or the server's today.
async fn service_date(server: &Server, args: &Args) -> Result<NaiveDate, Failure> {
    match &args.date {
        Some(date) => words::date("--date", date),
        None => words::date("today", &reading::plan(server, "").await?.date),
    }
}

/// The offers with their promises, and the rules behind them.
fn offered(quote: &proto::QuoteResponse) -> String {
    let places: Vec<String> = quote.places.iter().map(|place| words::place(&Some(place.clone()))).collect();
    let mut text = format!("{}\n", places.join(" → "));
    for (position, offer) in quote.offers.iter().enumerate() {
        let (number, tier, until) = (position + 1, words::tier(offer.tier()), words::hm(&offer.expires));
        let day = travel::begins(&offer.legs).map(words::day_of).unwrap_or_default();
        text.push_str(&format!("方案 offer {number}  {tier}  {day}   （有效至 valid until {until}）\n"));
        text.push_str(&travel::ways(&offer.legs));
    }
    if let Some(rule) = &quote.decided_by {
        text.push_str(&format!("依据 decided by  {} [{}]\n", words::text(&rule.text), rule.rule));
    }
    text.push_str(&passed_over(quote));
    text
}

/// What is refused, what came closest, and what else was tried.
fn nothing_offered(quote: &proto::QuoteResponse) -> String {
    let refusal = quote.refusal.clone().unwrap_or_default();
    let mut text = format!("没有可预订的方案 / nothing can be offered: {}\n", words::refusal_reason(refusal.reason()));
    if let Some(explanation) = &refusal.explanation {
        text.push_str(&format!("  原因 reason   {} [{}]\n", words::text(&explanation.text), explanation.rule));
    }
    if let Some(miss) = &refusal.nearest_miss {
        text.push_str(&format!("  最接近 nearest  {}\n", words::text(&miss.text)));
    }
    text.push_str(&passed_over(quote));
    text
}

fn passed_over(quote: &proto::QuoteResponse) -> String {
    let lines = quote.passed_over.iter();
    lines.map(|other| format!("  · {} [{}]\n", words::text(&other.text), other.rule)).collect()
}
