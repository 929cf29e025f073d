//! Why something is or isn't offered, outwards: a rule's name, its figures, a sentence in both languages.

use std::collections::BTreeMap;

use sanban_engine::demand::StudentRunDirection;
use sanban_engine::dispatch::{LineShortfall, NearestMiss, Quote, Reason, Refusal, RuleBroken, StaleCause, Tier};
use sanban_engine::units::Load;

use crate::proto;

pub(super) type Figures = Vec<(&'static str, String)>;

/// The rule that decided which kind of carriage is offered.
pub(super) fn decided_by(quote: &Quote) -> proto::Explanation {
    let (rule, zh) = match (quote.offers.first().map(|offer| offer.tier), &quote.refusal) {
        (Some(Tier::Line), _) => ("bus_first.line", "公交优先：班线满足出行需求"),
        (Some(Tier::LineAndBooked), _) => ("bus_first.line_and_booked", "公交优先：一程乘班线，另一程由预约车承担"),
        (Some(Tier::Booked), _) => ("bus_first.booked", "班线不能满足，由预约车兜底"),
        (Some(Tier::StudentRun), _) => ("student_run.free_seat", "学生班有空位"),
        (Some(Tier::WaitingList), _) => ("student_run.waiting_list", "学生班已满，可候补"),
        (None, Some(refusal)) => return explain_refusal(refusal),
        (None, None) => ("none", "没有可提供的方案"),
    };
    explanation(rule, Vec::new(), zh.to_owned(), quote.explanation.clone())
}

/// A refusal in Chinese, for the details of an error.
pub fn refusal_zh(refusal: &Refusal) -> String {
    explain_refusal(refusal).text.map(|text| text.zh_cn).unwrap_or_default()
}

/// Why lines don't suffice for a leg.
pub(super) fn shortfall(shortfall: &LineShortfall) -> proto::Explanation {
    let en = shortfall.to_string();
    let (rule, figures, zh): (_, Figures, String) = match shortfall {
        LineShortfall::Freight => ("line.freight", vec![], "货件预约暂不使用班线货舱".into()),
        LineShortfall::NoTimetable { date } => {
            ("line.no_timetable", vec![("date", date.to_string())], format!("{date} 没有启用的时刻表"))
        }
        LineShortfall::NoStopNear { at_origin, nearest, limit } => {
            let end = if *at_origin { "起点" } else { "终点" };
            let mut figures = vec![("limit_m", limit.0.to_string()), ("at_origin", at_origin.to_string())];
            figures.extend(nearest.map(|nearest| ("nearest_m", nearest.0.to_string())));
            ("line.no_stop_near", figures, format!("{end}步行 {limit} 内没有站点"))
        }
        LineShortfall::NoJourney { transfers } => (
            "line.no_journey",
            vec![("transfers", transfers.to_string())],
            format!("该时段没有换乘不超过 {transfers} 次的班线行程"),
        ),
        LineShortfall::Walk { walk, limit } => (
            "line.walk",
            vec![("walk_m", walk.0.to_string()), ("limit_m", limit.0.to_string())],
            format!("需步行 {walk}，上限 {limit}"),
        ),
        LineShortfall::Wait { wait, limit } => (
            "line.wait",
            vec![("wait_s", wait.seconds().to_string()), ("limit_s", limit.seconds().to_string())],
            format!("最近的行程与所需时间相差 {wait}，上限 {limit}"),
        ),
        LineShortfall::Ride { ride, limit } => (
            "line.ride",
            vec![("ride_s", ride.seconds().to_string()), ("limit_s", limit.seconds().to_string())],
            format!("乘车 {ride}，上限 {limit}"),
        ),
        LineShortfall::NoSeats { departure, free, wanted } => {
            let mut figures = seats(*free, *wanted);
            figures.push(("departure", departure.to_hm_string()));
            let (at, free, wanted) = (departure.to_hm_string(), free.seats, wanted.seats);
            ("line.no_seats", figures, format!("{at} 的班车余座 {free}，需要 {wanted}"))
        }
    };
    explanation(rule, figures, zh, en)
}

/// Why nothing is offered.
pub(super) fn refusal(refusal: &Refusal) -> proto::Refusal {
    let (reason, miss) = match &refusal.reason {
        Reason::Rule(_) | Reason::Expired { .. } | Reason::StaleOffer(_) => (proto::RefusalReason::Rule, None),
        Reason::ImpossibleAlone(miss) => (proto::RefusalReason::ImpossibleAlone, Some(miss)),
        Reason::NoInsertion(miss) => (proto::RefusalReason::NoInsertion, Some(miss)),
        Reason::NotFound { miss, .. } => (proto::RefusalReason::NotFound, Some(miss)),
    };
    proto::Refusal {
        reason: reason.into(),
        explanation: Some(explain_refusal(refusal)),
        nearest_miss: miss.map(nearest_miss),
    }
}

fn nearest_miss(miss: &NearestMiss) -> proto::NearestMiss {
    let vehicle = miss.vehicle.clone().unwrap_or_default();
    let zh = if vehicle.is_empty() {
        format!("最接近的方案：{}", miss.what_zh)
    } else {
        format!("最接近的是车辆 {vehicle}：{}", miss.what_zh)
    };
    proto::NearestMiss { vehicle, text: Some(proto::Text { zh_cn: zh, en: miss.to_string() }) }
}

pub(super) fn explain_refusal(refusal: &Refusal) -> proto::Explanation {
    let en = refusal.to_string();
    let (rule, figures, zh): (_, Figures, String) = match &refusal.reason {
        Reason::Rule(rule) => return rule_broken(rule, en),
        Reason::ImpossibleAlone(_) => ("search.impossible_alone", vec![], "即使没有其他预订也无法满足".into()),
        Reason::NoInsertion(_) => ("search.no_insertion", vec![], "在保证已有承诺的前提下，没有车辆可以安排".into()),
        Reason::NotFound { tried, .. } => {
            ("search.not_found", vec![("tried", tried.to_string())], format!("尝试 {tried} 种组合后没有找到方案"))
        }
        Reason::Expired { at } => (
            "offer.expired",
            vec![("expired_unix_seconds", at.unix_seconds().to_string())],
            "报价已过期，请重新询价".into(),
        ),
        Reason::StaleOffer(cause) => ("offer.stale", vec![], stale(cause)),
    };
    explanation(rule, figures, zh, en)
}

fn stale(cause: &StaleCause) -> String {
    match cause {
        StaleCause::TimetableChanged => "时刻表已变更，请重新询价".into(),
        StaleCause::SeatsTaken { departure, free, wanted } => {
            format!("{} 的班车余座 {}，需要 {}", departure.to_hm_string(), free.seats, wanted.seats)
        }
        StaleCause::BusGone { departure } => format!("{} 的班车已开出", departure.to_hm_string()),
        StaleCause::NoVehicleLeft { .. } => "已没有车辆能按报价时间承运，请重新询价".into(),
        StaleCause::StudentSeatTaken => "学生班座位已被占用，请重新询价".into(),
        StaleCause::SeatFreed => "已有空位，无需候补，请重新询价".into(),
        StaleCause::ReplacesBooking { booking } => format!("该方案用于改签订单 {booking}，请随时刻表启用一并接受"),
    }
}

fn rule_broken(rule: &RuleBroken, en: String) -> proto::Explanation {
    let (name, figures, zh): (_, Figures, String) = match rule {
        RuleBroken::CalendarUnknown { .. } => ("calendar.unknown", vec![], "日历数据没有覆盖该日期".into()),
        RuleBroken::DateOver { date, today } => (
            "booking.date_over",
            vec![("date", date.to_string()), ("today", today.to_string())],
            format!("{date} 已过，今天是 {today}"),
        ),
        RuleBroken::TooEarly { date, opens, days } => (
            "booking.too_early",
            vec![("date", date.to_string()), ("opens", opens.to_string()), ("days", days.to_string())],
            format!("{date} 自 {opens} 起可预订（提前 {days} 天）"),
        ),
        RuleBroken::NoticeTooShort { latest, notice, now } => (
            "booking.notice",
            vec![
                ("latest_pickup", latest.to_hm_string()),
                ("notice_s", notice.seconds().to_string()),
                ("now", now.to_hm_string()),
            ],
            format!("最晚上车 {}，须提前 {notice} 预订，现在 {}", latest.to_hm_string(), now.to_hm_string()),
        ),
        RuleBroken::OutsideHours { hours, wanted } => (
            "booked.hours",
            vec![
                ("from", hours.earliest.to_hm_string()),
                ("until", hours.latest.to_hm_string()),
                ("wanted", wanted.to_hm_string()),
            ],
            format!("预约服务时间 {hours}，所需 {} 不在其内", wanted.to_hm_string()),
        ),
        RuleBroken::MarketNotHeld { market, date, next } => (
            "market.not_held",
            [("market", market.clone()), ("date", date.to_string())]
                .into_iter()
                .chain(next.map(|next| ("next", next.to_string())))
                .collect(),
            next.map_or_else(
                || format!("{date} 不逢场（{market}）"),
                |next| format!("{date} 不逢场（{market}），下一场 {next}"),
            ),
        ),
        RuleBroken::InvalidParty { .. } => ("party.invalid", vec![], "至少一人，数量不得为负".into()),
        RuleBroken::InvalidConsignment { .. } => {
            ("consignment.invalid", vec![], "重量或体积须为正，数量不得为负".into())
        }
        RuleBroken::SamePlace => ("place.same", vec![], "起点与终点相同".into()),
        RuleBroken::EmptyWindow { .. } => ("window.empty", vec![], "时间窗为空".into()),
        RuleBroken::NoSchoolTerm { date } => {
            ("school.no_term", vec![("date", date.to_string())], format!("{date} 不在任何学期内"))
        }
        RuleBroken::NoStudentRun { school } => {
            ("student_run.none", vec![("school", school.clone())], format!("{school} 没有持牌学生班"))
        }
        RuleBroken::StudentStopTooFar { school, direction, walk, limit } => {
            let (word, way) = match direction {
                StudentRunDirection::ToSchool => ("to_school", "上学"),
                StudentRunDirection::FromSchool => ("from_school", "放学"),
            };
            let figures = vec![
                ("school", school.clone()),
                ("direction", word.to_owned()),
                ("walk_m", walk.0.to_string()),
                ("limit_m", limit.0.to_string()),
            ];
            ("student_run.too_far", figures, format!("{school} {way}学生班最近的站点步行 {walk}，上限 {limit}"))
        }
    };
    explanation(name, figures, zh, en)
}

fn seats(free: Load, wanted: Load) -> Figures {
    vec![("free_seats", free.seats.to_string()), ("wanted_seats", wanted.seats.to_string())]
}

pub(super) fn explanation(rule: &str, figures: Figures, zh: String, en: String) -> proto::Explanation {
    let figures: BTreeMap<String, String> =
        figures.into_iter().map(|(name, figure)| (name.to_owned(), figure)).collect();
    proto::Explanation { rule: rule.to_owned(), figures, text: Some(proto::Text { zh_cn: zh, en }) }
}
