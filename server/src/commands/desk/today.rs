//! `sanban today`: the day at a glance.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::process::ExitCode;

use serde_json::json;

use super::failure::Failure;
use super::travel::Glance;
use super::{Connection, finish, json, reading, words};
use crate::commands::table::Table;
use crate::proto;

/// Which date.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    connection: Connection,
    /// Service date, YYYY-MM-DD; the server's today when not given.
    #[arg(long)]
    date: Option<String>,
    /// Print plan, timetable figures and bookings as JSON.
    #[arg(long)]
    json: bool,
}

/// Everything known of a date.
struct Day {
    plan: proto::Plan,
    timetable: Option<proto::Timetable>,
    bookings: Vec<proto::Booking>,
}

/// Prints bookings in order of time, counts, and the vehicles in use.
pub fn run(args: Args) -> ExitCode {
    finish(today(args))
}

async fn today(args: Args) -> Result<(), Failure> {
    if let Some(date) = &args.date {
        words::date("--date", date)?;
    }
    let server = args.connection.open().await?;
    let plan = reading::plan(&server, args.date.as_deref().unwrap_or_default()).await?;
    let timetable = reading::timetable(&server, &plan.date).await?;
    let bookings = reading::bookings(&server, &plan.date).await?;
    let day = Day { plan, timetable, bookings };
    if args.json {
        json::print(&as_json(&day));
    } else {
        super::print(&as_text(&day));
    }
    Ok(())
}

fn as_json(day: &Day) -> serde_json::Value {
    let timetable = day.timetable.as_ref();
    json!({
        "date": day.plan.date,
        "plan": json::of(&day.plan),
        "lines": timetable.map(|timetable| json!({
            "trips": timetable.trips.len(),
            "vehicles": timetable.blocks.iter().map(|block| &block.vehicle).collect::<BTreeSet<_>>().len(),
        })),
        "bookings": json::list(&day.bookings),
    })
}

fn as_text(day: &Day) -> String {
    let mut text = format!("{}   计划版本 plan version {}\n", words::day(&day.plan.date), day.plan.version);
    let mut say = |heading: &str, what: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{heading}  {what}");
    };
    match &day.timetable {
        Some(timetable) => {
            let vehicles: BTreeSet<_> = timetable.blocks.iter().map(|block| &block.vehicle).collect();
            let (trips, vehicles) = (timetable.trips.len(), vehicles.len());
            say("班线 lines   ", &format!("{trips} 班次 trips · {vehicles} 车 vehicles"));
        }
        None => say("班线 lines   ", "当日没有时刻表 no timetable in service on this date"),
    }
    let vehicles: BTreeSet<_> = day.plan.schedules.iter().map(reading::vehicle).collect();
    match vehicles.len() {
        0 => say("预约车 booked", "没有车辆出场 no vehicle leaves its depot"),
        count => {
            let codes = vehicles.into_iter().collect::<Vec<_>>().join(" ");
            say("预约车 booked", &format!("{count} 车 vehicles: {codes}"));
        }
    }
    if day.bookings.is_empty() {
        say("订单 bookings", "没有 none");
        return text;
    }
    let is_confirmed = |booking: &&proto::Booking| booking.state() == proto::BookingState::Confirmed;
    say("订单 bookings", &counts(day.bookings.iter().map(|booking| words::state(booking.state()))));
    let confirmed = || day.bookings.iter().filter(is_confirmed);
    if confirmed().next().is_some() {
        say("方式 by tier ", &counts(confirmed().map(|booking| words::tier(booking.tier()))));
        say("业务 products", &counts(confirmed().map(|booking| words::product(&booking.journey))));
    }
    text.push('\n');
    text.push_str(&bookings_in_order_of_time(day).to_string());
    text.push_str(&format!("\n{}\n", words::LOAD_LEGEND));
    text
}

/// `已确认 confirmed 3 · 已取消 cancelled 1`, the most frequent first.
fn counts(words: impl Iterator<Item = &'static str>) -> String {
    let mut counts = BTreeMap::<&str, usize>::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(word, count)| (std::cmp::Reverse(count), word));
    counts.iter().map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(" · ")
}

/// One row per way of a booking.
fn bookings_in_order_of_time(day: &Day) -> Table<9> {
    let legs = reading::legs(&day.plan);
    let mut rows = Vec::new();
    for booking in &day.bookings {
        if booking.legs.is_empty() {
            rows.push(((i64::MAX, &booking.booking_id, 0), booking, Glance::waiting(booking)));
        }
        for (way, leg) in booking.legs.iter().enumerate() {
            let planned = legs.get(&(booking.booking_id.as_str(), way as i32));
            let vehicle = planned.and_then(|leg| leg.booked.as_ref()).map(|ride| ride.vehicle.as_str());
            let glance = Glance::of(&booking.date, leg, vehicle);
            rows.push(((glance.begins.unwrap_or(i64::MAX), &booking.booking_id, way), booking, glance));
        }
    }
    rows.sort_by_key(|(order, ..)| *order);
    let mut table = Table::new([
        ("上车", "Board"),
        ("到达", "Arrive"),
        ("订单", "Booking"),
        ("状态", "State"),
        ("方式", "Tier"),
        ("人/货", "Load"),
        ("从", "From"),
        ("到", "To"),
        ("车/线", "By"),
    ]);
    for ((_, id, way), booking, glance) in rows {
        let load = booking.journey.as_ref().map(|journey| words::load(&words::load_of(journey, way)));
        let id = if booking.legs.len() > 1 { format!("{id} {}", words::way(way)) } else { id.clone() };
        table.push([
            glance.boards,
            glance.arrives,
            id,
            words::state(booking.state()).to_owned(),
            words::tier(booking.tier()).to_owned(),
            load.unwrap_or_default(),
            glance.from,
            glance.to,
            glance.by,
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_without_anything_says_so() {
        let plan = proto::Plan { date: "2026-11-25".to_owned(), ..Default::default() };
        let day = Day { plan, timetable: None, bookings: Vec::new() };
        let expected = "2026-11-25 星期三 Wed   计划版本 plan version 0\n\
                        班线 lines     当日没有时刻表 no timetable in service on this date\n\
                        预约车 booked  没有车辆出场 no vehicle leaves its depot\n\
                        订单 bookings  没有 none\n";
        assert_eq!(as_text(&day), expected);
    }

    #[test]
    fn the_most_frequent_comes_first() {
        assert_eq!(counts(["b", "a", "b", "c"].into_iter()), "b 2 · a 1 · c 1");
    }
}
