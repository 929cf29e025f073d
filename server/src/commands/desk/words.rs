//! How the desk says things: Chinese first, English second.

use chrono::{Datelike, NaiveDate};
use prost_types::Timestamp;
use sanban_engine::network::Name;
use sanban_engine::time::{Instant, ServiceClock, ServiceTime};

use super::failure::Failure;
use crate::proto::{self, journey::Product};

/// The desk stands in China: one time zone without daylight saving time, the service day changing at 03:00.
const CLOCK: ServiceClock = ServiceClock::SHANGHAI;

/// A date that was typed.
pub(super) fn date(option: &str, text: &str) -> Result<NaiveDate, Failure> {
    text.parse().map_err(|_| {
        Failure::local(
            format!("{option} {text}：日期请写作 YYYY-MM-DD"),
            format!("{option} {text}: write a date as YYYY-MM-DD"),
        )
    })
}

/// A moment of a service date, for the wire.
pub(super) fn moment(date: NaiveDate, time: ServiceTime) -> Timestamp {
    Timestamp { seconds: CLOCK.instant(date, time).unix_seconds(), nanos: 0 }
}

/// The moment of a date and time that the server wrote as text.
pub(super) fn typed_moment(date: &str, time: &str) -> Option<Timestamp> {
    Some(moment(date.parse().ok()?, time.parse().ok()?))
}

/// `07:35` on its service date; past midnight `25:10`.
pub(super) fn hm(moment: &Option<Timestamp>) -> String {
    match moment {
        Some(moment) => CLOCK.service_time(Instant::from_unix_seconds(moment.seconds)).1.to_hm_string(),
        None => "--:--".to_owned(),
    }
}

/// `07:35–07:55`.
pub(super) fn window(window: &Option<proto::Window>) -> String {
    match window {
        Some(window) => format!("{}–{}", hm(&window.earliest), hm(&window.latest)),
        None => hm(&None),
    }
}

/// `2026-11-25 星期三 Wed`.
pub(super) fn day(text: &str) -> String {
    let Ok(date) = text.parse::<NaiveDate>() else { return text.to_owned() };
    let zh = ["一", "二", "三", "四", "五", "六", "日"][date.weekday().num_days_from_monday() as usize];
    format!("{text} 星期{zh} {}", date.weekday())
}

/// The service date of a moment, as [`day`].
pub(super) fn day_of(unix_seconds: i64) -> String {
    day(&CLOCK.service_time(Instant::from_unix_seconds(unix_seconds)).0.to_string())
}

/// The name, Chinese where there is one, and the code.
pub(super) fn place(place: &Option<proto::Place>) -> String {
    let Some(place) = place else { return "?".to_owned() };
    let name = place.name.as_ref().map_or("", |name| Name::local_of(&name.zh, &name.en));
    if name.is_empty() { place.code.clone() } else { format!("{name} {}", place.code) }
}

/// What the units of [`load`] mean.
pub(super) const LOAD_LEGEND: &str = "人 seats · 轮椅 wheelchairs · 行李 luggage units · kg, L 货 freight";

/// `2人 1轮椅 3行李`.
pub(super) fn load(load: &proto::Load) -> String {
    let parts = [
        (load.seats, "人"),
        (load.wheelchairs, "轮椅"),
        (load.luggage_units, "行李"),
        (load.freight_kilograms, "kg"),
        (load.freight_litres, "L"),
    ];
    let said = parts.iter().filter(|(count, _)| *count != 0).map(|(count, unit)| format!("{count}{unit}"));
    said.collect::<Vec<_>>().join(" ")
}

/// What a journey takes of a vehicle, on the way there or home.
pub(super) fn load_of(journey: &proto::Journey, leg: usize) -> proto::Load {
    let of_party = |party: &Option<proto::Party>, luggage_home: Option<i32>| {
        let party = party.unwrap_or_default();
        proto::Load {
            seats: party.seated,
            wheelchairs: party.wheelchairs,
            luggage_units: luggage_home.unwrap_or(party.luggage_units),
            ..Default::default()
        }
    };
    match &journey.product {
        Some(Product::Ride(ride)) => of_party(&ride.party, None),
        Some(Product::MarketTrip(trip)) => of_party(&trip.party, (leg > 0).then_some(trip.luggage_units_home)),
        Some(Product::Consignment(goods)) => {
            proto::Load { freight_kilograms: goods.kilograms, freight_litres: goods.litres, ..Default::default() }
        }
        Some(Product::Enrolment(_)) => proto::Load { seats: 1, ..Default::default() },
        None => proto::Load::default(),
    }
}

/// Which product a journey is.
pub(super) fn product(journey: &Option<proto::Journey>) -> &'static str {
    match journey.as_ref().and_then(|journey| journey.product.as_ref()) {
        Some(Product::Ride(_)) => "乘车 ride",
        Some(Product::MarketTrip(_)) => "赶集 market trip",
        Some(Product::Consignment(_)) => "托运 consignment",
        Some(Product::Enrolment(_)) => "学生 enrolment",
        None => "?",
    }
}

/// From and to, by code, as a journey was asked for.
pub(super) fn ends(journey: &proto::Journey) -> (String, String) {
    let code = |place: &Option<proto::PlaceReference>| match place.as_ref().and_then(|place| place.at.as_ref()) {
        Some(proto::place_reference::At::Code(code)) => code.clone(),
        _ => "?".to_owned(),
    };
    match &journey.product {
        Some(Product::Ride(ride)) => (code(&ride.from), code(&ride.to)),
        Some(Product::MarketTrip(trip)) => (code(&trip.from), trip.market.clone()),
        Some(Product::Consignment(goods)) => (code(&goods.from), code(&goods.to)),
        Some(Product::Enrolment(enrolment)) => (code(&enrolment.from), enrolment.school.clone()),
        None => ("?".to_owned(), "?".to_owned()),
    }
}

/// Which way of a journey.
pub(super) fn way(leg: usize) -> &'static str {
    if leg == 0 { "去 there" } else { "回 home" }
}

/// Which kind of carriage.
pub(super) fn tier(tier: proto::Tier) -> &'static str {
    match tier {
        proto::Tier::Unspecified => "?",
        proto::Tier::Line => "班线 line",
        proto::Tier::LineAndBooked => "班线+预约 line+booked",
        proto::Tier::Direct => "预约直达 direct",
        proto::Tier::StudentRun => "学生班 student run",
        proto::Tier::WaitingList => "候补 waiting list",
    }
}

/// Where a booking stands.
pub(super) fn state(state: proto::BookingState) -> &'static str {
    match state {
        proto::BookingState::Unspecified => "?",
        proto::BookingState::Confirmed => "已确认 confirmed",
        proto::BookingState::Cancelled => "已取消 cancelled",
        proto::BookingState::Waiting => "候补 waiting",
    }
}

/// What a refusal claims.
pub(super) fn refusal_reason(reason: proto::RefusalReason) -> &'static str {
    use proto::RefusalReason;
    match reason {
        RefusalReason::Unspecified => "未说明原因 / no reason given",
        RefusalReason::Rule => "规定不允许 / a rule forbids it",
        RefusalReason::ImpossibleAlone => "即使没有其他订单也做不到 / impossible even without any other booking",
        RefusalReason::NoInsertion => "现有计划不变时车辆都排不进 / no vehicle has room with today's plan kept",
        RefusalReason::NotFound => "没有找到（未搜尽）/ nothing was found (the search was not exhaustive)",
    }
}

/// A sentence in both languages.
pub(super) fn text(text: &Option<proto::Text>) -> String {
    match text.as_ref().map(|text| (text.zh_cn.as_str(), text.en.as_str())) {
        None => String::new(),
        Some(("", text) | (text, "")) => text.to_owned(),
        Some((zh, en)) => format!("{zh} / {en}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_after_midnight_still_belongs_to_the_evening() {
        let date = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
        assert_eq!(hm(&Some(moment(date, ServiceTime::hm(25, 10)))), "25:10");
        assert_eq!(day("2026-11-25"), "2026-11-25 星期三 Wed");
    }

    #[test]
    fn baskets_on_the_way_home_from_market_are_counted_on_the_way_home() {
        let party = Some(proto::Party { seated: 2, wheelchairs: 1, luggage_units: 0 });
        let trip = proto::MarketTrip { party, luggage_units_home: 3, ..Default::default() };
        let journey = proto::Journey { product: Some(Product::MarketTrip(trip)) };
        assert_eq!(load(&load_of(&journey, 0)), "2人 1轮椅");
        assert_eq!(load(&load_of(&journey, 1)), "2人 1轮椅 3行李");
    }
}
