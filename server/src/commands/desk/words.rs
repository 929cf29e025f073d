//! How the desk says things: Chinese first, English second.

use chrono::NaiveDate;
use sanban_engine::time::{Instant, ServiceClock, ServiceTime};

use super::DeskError;
use crate::proto;

/// The desk stands in China: one time zone, no daylight saving time.
const CLOCK: ServiceClock = ServiceClock::SHANGHAI;

/// A moment of a service date, for the wire.
pub(super) fn instant(date: &str, time: ServiceTime) -> Result<prost_types::Timestamp, DeskError> {
    let date = date
        .parse::<NaiveDate>()
        .map_err(|_| DeskError::Local(format!("日期写作 YYYY-MM-DD\n--date {date}: write YYYY-MM-DD")))?;
    Ok(prost_types::Timestamp { seconds: CLOCK.instant(date, time).unix_seconds(), nanos: 0 })
}

/// `07:35` on its service date; past midnight `25:10`.
pub(super) fn hm(moment: &Option<prost_types::Timestamp>) -> String {
    moment.as_ref().map_or_else(
        || "--:--".to_owned(),
        |moment| CLOCK.service_time(Instant::from_unix_seconds(moment.seconds)).1.to_hm_string(),
    )
}

/// `07:35–07:55`.
pub(super) fn window(window: &Option<proto::Window>) -> String {
    window.as_ref().map_or_else(String::new, |window| format!("{}–{}", hm(&window.earliest), hm(&window.latest)))
}

/// The Chinese name where there is one, and the code.
pub(super) fn place(place: &Option<proto::Place>) -> String {
    let Some(place) = place else { return "?".to_owned() };
    let name = place.name.as_ref().map_or("", |name| if name.zh.is_empty() { &name.en } else { &name.zh });
    if name.is_empty() { place.code.clone() } else { format!("{name}({})", place.code) }
}

/// 2人 1轮椅 3件.
pub(super) fn load(load: &Option<proto::Load>) -> String {
    let Some(load) = load else { return String::new() };
    let parts = [
        (load.seats, "人"),
        (load.wheelchairs, "轮椅"),
        (load.luggage_units, "件行李"),
        (load.freight_kilograms, "kg"),
        (load.freight_litres, "L"),
    ];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count != 0).map(|(count, unit)| format!("{count}{unit}")).collect();
    said.join(" ")
}

/// Which kind of carriage.
pub(super) fn tier(tier: proto::Tier) -> &'static str {
    match tier {
        proto::Tier::Unspecified => "?",
        proto::Tier::Line => "班线 line",
        proto::Tier::FeederLine => "接驳+班线 feeder and line",
        proto::Tier::Direct => "预约直达 direct",
        proto::Tier::StudentRun => "学生班 student run",
    }
}

/// Where a booking stands.
pub(super) fn state(state: proto::BookingState) -> &'static str {
    match state {
        proto::BookingState::Unspecified => "?",
        proto::BookingState::Confirmed => "已确认 confirmed",
        proto::BookingState::Cancelled => "已取消 cancelled",
    }
}

/// One line per part of a way.
pub(super) fn sections(leg: &proto::OfferedLeg) -> Vec<String> {
    use proto::section::By;
    let section = |section: &proto::Section| match &section.by {
        Some(By::Walk(walk)) => format!(
            "步行 walk        {} → {}  {} m, {} min",
            place(&walk.from),
            place(&walk.to),
            walk.metres,
            (walk.seconds + 59) / 60
        ),
        Some(By::Line(ride)) => line_ride(ride),
        Some(By::Booked(ride)) => booked_ride(ride),
        Some(By::StudentRun(ride)) => format!(
            "学生班 student run {}  {} {}  from {}",
            ride.student_run,
            place(&ride.stop),
            ride.time,
            ride.from_date
        ),
        None => "?".to_owned(),
    };
    leg.sections.iter().map(section).collect()
}

/// A ride on a line.
pub(super) fn line_ride(ride: &proto::LineRide) -> String {
    format!(
        "班线 line {:<6} {} {} → {} {}  [{}]",
        ride.line_short_name,
        hm(&ride.departure),
        place(&ride.from),
        hm(&ride.arrival),
        place(&ride.to),
        ride.trip
    )
}

/// A ride on a booked vehicle.
pub(super) fn booked_ride(ride: &proto::BookedRide) -> String {
    format!(
        "预约车 booked    {} {} → {} {}{}",
        window(&ride.promised_pickup),
        place(&ride.from),
        window(&ride.promised_dropoff),
        place(&ride.to),
        if ride.vehicle.is_empty() { String::new() } else { format!("  [{}]", ride.vehicle) }
    )
}

/// A sentence in both languages.
pub(super) fn text(text: &Option<proto::Text>) -> String {
    text.as_ref().map_or_else(String::new, |text| match (text.zh_cn.as_str(), text.en.as_str()) {
        ("", en) => en.to_owned(),
        (zh, "") => zh.to_owned(),
        (zh, en) => format!("{zh} / {en}"),
    })
}

/// What a status code means to a dispatcher.
pub(super) fn code(code: tonic::Code) -> &'static str {
    use tonic::Code;
    match code {
        Code::InvalidArgument => "输入有误 / the input is not understood",
        Code::NotFound => "找不到 / not found",
        Code::AlreadyExists => "请求编号已用过 / the request id was used before",
        Code::FailedPrecondition => "情况已变，请重新询价 / things have changed, ask anew",
        Code::ResourceExhausted => "太忙 / too busy",
        Code::Unavailable => "暂时不可用，没有改动 / not available now, nothing was changed",
        Code::Unauthenticated => "令牌无效 / the token is not valid",
        Code::PermissionDenied => "无权限 / not allowed",
        Code::DeadlineExceeded => "超时 / too late",
        _ => "错误 / error",
    }
}
