//! What `sanban serve` tells the one who started it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use chrono::NaiveDate;
use sanban_engine::dispatch::Area;
use sanban_engine::network::PlaceKind;
use sanban_engine::plan::{StageReport, Timetable};
use sanban_engine::scenario::Scenario;
use sanban_engine::time::Instant;

use crate::grpc::auth::DESK_TOKEN_FILE;
use crate::output::print_line;

/// The scenario and what the journal held.
pub(super) fn scenario(scenario: &Scenario, replayed: u64) {
    let name = &scenario.area.name;
    print_line!("三班 Sanban  {} {} ({})", name.zh, name.en, scenario.area.code);
    print_line!(
        "  {} 村 villages, {} 线路 lines, {} 车 vehicles, {} 市场 markets, {} 学校 schools",
        scenario.villages.len(),
        scenario.routes.len(),
        scenario.fleet.vehicles.len(),
        scenario.markets.len(),
        scenario.schools.len()
    );
    if replayed > 0 {
        print_line!("  {replayed} 条决定已重放 / decisions replayed from the journal");
    }
}

/// A timetable that was there already.
pub(super) fn stored(timetable: &Timetable) {
    print_line!("{}  时刻表已存 / timetable stored before: {}", timetable.date, size(timetable));
}

/// A timetable that was planned just now.
pub(super) fn planned(timetable: &Timetable, taken: Duration) {
    print_line!("{}  时刻表已规划 / planned: {}, {:.1} s", timetable.date, size(timetable), taken.as_secs_f64());
    for stage in timetable.stages.iter().filter(|stage| stage.part.is_empty()) {
        print_line!("  {}", figures(stage));
    }
}

fn size(timetable: &Timetable) -> String {
    let mut patterns: Vec<_> = timetable.trips.iter().map(|trip| trip.pattern).collect();
    patterns.dedup();
    format!(
        "{} 方向 line directions, {} 班次 trips, {} 车 vehicles",
        patterns.len(),
        timetable.trips.len(),
        timetable.vehicles()
    )
}

fn figures(stage: &StageReport) -> String {
    format!(
        "{:<10} cost {}, lower bound {}, gap {:.2} %, {:.1} s",
        stage.stage,
        stage.cost,
        stage.lower_bound,
        stage.gap * 100.0,
        stage.seconds
    )
}

/// Where the server listens, where the token is, and a call to paste.
pub(super) fn address(
    scenario: &Scenario,
    area: &Area,
    address: SocketAddr,
    data: &Path,
    dates: &[NaiveDate],
    now: Instant,
) {
    let token = data.join(DESK_TOKEN_FILE);
    print_line!("令牌 token: {}", token.display());
    if let Some((date, from, to)) = example_ride(scenario, area, dates, now) {
        let token = token.display();
        // As it was called, so that the line can be pasted.
        let program = std::env::args().next().unwrap_or_else(|| "sanban".to_owned());
        print_line!("试订一程 book a ride:");
        print_line!(
            "  {program} book --server {address} --token-file {token} --from {from} --to {to} --date {date} \
             --arrive-by 10:30 --yes"
        );
        let python = python();
        print_line!("  {python} tests/clients/python/book_one.py {address} {token} {from} {to} {date}T10:30:00+08:00");
    }
    print_line!("serving gRPC on {address}");
}

/// The one that `make test` made, with the client's packages in it; else any: the client says what it lacks.
fn python() -> &'static str {
    const WITH_PACKAGES: &str = ".tools/venv/bin/python";
    if Path::new(".tools/venv/.python-client").exists() { WITH_PACKAGES } else { "python3" }
}

/// A ride that is likely to be offered on the first date whose morning is still to come: from a village to a market,
/// or whatever else is far enough to ride.
fn example_ride<'a>(
    scenario: &'a Scenario,
    area: &Area,
    dates: &[NaiveDate],
    now: Instant,
) -> Option<(NaiveDate, &'a str, &'a str)> {
    use sanban_engine::demand::{Party, Request, RideRequest, WantedTime};
    use sanban_engine::time::ServiceTime;
    let wanted = WantedTime::ArriveBy(ServiceTime::hm(10, 30));
    let party = Party { seated: 1, wheelchairs: 0, luggage: 0 };
    let kind = |wanted: PlaceKind| scenario.network.places_with_ids().filter(move |(_, place)| place.kind == wanted);
    for &date in dates {
        for (to, target) in kind(PlaceKind::Market).chain(kind(PlaceKind::Facility)).take(3) {
            for (from, village) in kind(PlaceKind::Village).take(30) {
                let request = Request::Ride(RideRequest { date, from, to, wanted, party });
                if area.quote(&request, now).is_offered() {
                    return Some((date, &village.code, &target.code));
                }
            }
        }
    }
    None
}
