//! How printed pages say things: Chinese first, English second.

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};
use sanban_engine::calendar::DayKind;
use sanban_engine::fleet::VehicleType;
use sanban_engine::network::Name;
use sanban_engine::plan::{Run, RunDemand, RunRiders};
use sanban_engine::scenario::Scenario;
use sanban_engine::time::{Duration, ServiceTime};

/// The same in both languages.
pub(super) fn both(zh: &str, en: &str) -> Markup {
    html! { span lang="zh-CN" { (zh) } " " span.en lang="en" { (en) } }
}

/// A name: Chinese where there is one, and English where that is another word.
pub(super) fn name(name: &Name) -> Markup {
    match (name.zh.as_str(), name.en.as_str()) {
        ("", en) => html! { (en) },
        (zh, en) if en.is_empty() || en == zh => html! { span lang="zh-CN" { (zh) } },
        (zh, en) => both(zh, en),
    }
}

/// `2026-11-25 星期三 Wed`.
pub(super) fn date(date: NaiveDate) -> Markup {
    let zh = ["一", "二", "三", "四", "五", "六", "日"][date.weekday().num_days_from_monday() as usize];
    html! { (date.to_string()) " " (both(&format!("星期{zh}"), &date.weekday().to_string())) }
}

/// Where more markets are held, none is named.
const MARKETS_NAMED: usize = 4;

/// What kind of day it is: workday, school day, markets.
pub(super) fn day_type(scenario: &Scenario, date: NaiveDate) -> Markup {
    let Ok(day) = scenario.day_type(date) else { return html! {} };
    let kind = match day.kind {
        DayKind::Workday => both("工作日", "workday"),
        DayKind::Weekend => both("周末", "weekend"),
        DayKind::Holiday => both("节假日", "holiday"),
    };
    html! {
        (kind)
        @if day.is_school_day { " · " (both("上学日", "school day")) }
        @if !day.markets.is_empty() {
            " · " (both("赶集日", "market day"))
            @if day.markets.len() <= MARKETS_NAMED {
                @for &market in &day.markets { " " (scenario.market(market).name.local()) }
            }
        }
    }
}

/// Hours and minutes.
pub(super) fn hm(time: ServiceTime) -> String {
    time.to_hm_string()
}

/// Whole minutes, rounded up.
pub(super) fn minutes(duration: Duration) -> Markup {
    html! { (duration.minutes_rounded_up()) " " (both("分钟", "min")) }
}

/// Seats for passengers, and what the vehicle licence says.
pub(super) fn seats(kind: &VehicleType) -> Markup {
    html! {
        (both("核载", "approved seats")) " " (kind.approved_seats) " · "
        (both("乘客座位", "passenger seats")) " " (kind.capacity.seats)
    }
}

/// How many people of which village.
pub(super) fn riders(scenario: &Scenario, riders: &RunRiders) -> Markup {
    let (village, kind) = match riders.of {
        RunDemand::Pupils(id) => {
            let group = &scenario.student_groups[id.index()];
            (group.village, if group.boards { both("住校生", "boarders") } else { both("学生", "pupils") })
        }
        RunDemand::Goers(id) => (scenario.market_goers[id.index()].village, both("赶集", "market goers")),
    };
    let village = &scenario.network.place(scenario.villages[village.index()].place).name;
    html! {
        (riders.people) " " (kind) " " (village.local())
        @if riders.luggage > 0 { " + " (riders.luggage) " " (both("件行李", "luggage")) }
    }
}

/// Schools or markets of a run.
pub(super) fn hubs(scenario: &Scenario, run: &Run) -> Vec<Name> {
    use sanban_engine::plan::Hub;
    let hub = |hub: &Hub| match *hub {
        Hub::School(school) => scenario.school(school).name.clone(),
        Hub::Market(market) => scenario.market(market).name.clone(),
    };
    run.hubs.iter().map(hub).collect()
}
