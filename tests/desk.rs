//! The telephone desk: the real binary, called as a dispatcher would, against a running server.

use std::process::Command;

use sanban_engine::check::check_plan;
use sanban_engine::scenario::sample;
use sanban_server::plan_files::{BookedPlanFile, PlanFile};
use sanban_tests::binary;
use sanban_tests::in_process::{Options, Served, serve_scenario};
use unicode_width::UnicodeWidthStr;

/// The sample town on the evening before its market day, and a dispatcher.
struct Desk {
    served: Served,
    _data: tempfile::TempDir,
}

/// What a command left behind.
struct Printed {
    succeeded: bool,
    out: String,
    error: String,
}

impl Desk {
    async fn open() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut town = sample::small_town();
        for (code, name) in [("V3", "高坪村"), ("V4", "观音岩村"), ("HOS", "镇卫生院"), ("STA", "车站")] {
            town.network.places[sample::place(code).index()].name.zh = name.to_owned();
        }
        Self { served: serve_scenario(town, data.path(), Options::default()).await, _data: data }
    }

    fn type_in(&self, line: &str) -> Printed {
        let token = self.served.data.join("dispatcher.token");
        type_in(&format!("{line} --server http://{} --token-file {}", self.served.address, token.display()))
    }
}

/// Runs `sanban` with these words; no terminal is there to ask on.
fn type_in(line: &str) -> Printed {
    let mut command = Command::new(binary::path());
    command.args(line.split_whitespace()).env_remove("SANBAN_SERVER").env_remove("SANBAN_TOKEN_FILE");
    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Printed { succeeded: output.status.success(), out: text(output.stdout), error: text(output.stderr) }
}

impl Printed {
    /// What was printed by a command that did what was asked for.
    fn done(self) -> String {
        assert!(self.succeeded, "{}\n{}", self.out, self.error);
        self.out
    }

    /// What was said by a command that did not.
    fn refused(self) -> String {
        assert!(!self.succeeded, "{}", self.out);
        self.error
    }
}

/// From the village up the slope to the hospital on market day, by a booked vehicle.
fn to_hospital() -> String {
    format!("book --from V3 --to HOS --arrive-by 10:00 --date {}", sample::market_day())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ride_is_booked_seen_driven_and_cancelled() {
    let desk = Desk::open().await;
    let date = sample::market_day();

    let booked = desk.type_in(&format!("{} --seats 2 --yes", to_hospital())).done();
    assert!(booked.contains("方案 offer 1") && booked.contains("B000001"), "{booked}");

    let today = desk.type_in(&format!("today --date {date}")).done();
    assert!(today.contains("已确认 confirmed 1") && today.contains("B000001"), "{today}");

    let sheets = desk.type_in(&format!("runsheet --all --date {date}")).done();
    assert!(sheets.contains("B000001") && sheets.contains("2人"), "{sheets}");

    // Nobody is asked without a terminal, so that nothing happens by accident.
    let error = desk.type_in("cancel B000001").refused();
    assert!(error.contains("--yes"), "{error}");
    let cancelled = desk.type_in("cancel B000001 --yes").done();
    assert!(cancelled.contains("已取消 cancelled"), "{cancelled}");
    assert!(desk.type_in("cancel B000001 --yes").refused().contains("cancelled already"));

    let today = desk.type_in(&format!("today --date {date}")).done();
    assert!(today.contains("已取消 cancelled 1"), "{today}");
    let sheets = desk.type_in(&format!("runsheet --all --date {date}")).done();
    assert!(!sheets.contains("B000001"), "{sheets}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_yes_offers_are_shown_and_nothing_is_booked() {
    let desk = Desk::open().await;
    let printed = desk.type_in(&to_hospital());
    assert!(printed.out.contains("方案 offer 1"), "{}", printed.out);
    assert!(printed.refused().contains("--yes"));
    let today = desk.type_in(&format!("today --date {}", sample::market_day())).done();
    assert!(today.contains("没有 none"), "{today}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_with_the_option_to_correct() {
    let desk = Desk::open().await;
    let check = |line: &str, expected: &str| {
        let error = desk.type_in(line).refused();
        assert!(error.contains(expected), "{line}: {error}");
    };
    let date = sample::market_day();
    check(&format!("book --from V3 --to NOWHERE --arrive-by 10:00 --date {date} --yes"), "--to: there is no place");
    check(&format!("book --from V3 --market NONE --arrive-by 8:00 --return-at 11:00 --date {date} --yes"), "--market:");
    check("book --from V3 --to HOS --arrive-by 10:00 --date tomorrow --yes", "YYYY-MM-DD");
    check("book --from V3 --to HOS --arrive-by 25:61 --yes", "25:61");
    check("book --from V3 --to HOS --yes", "--arrive-by");
    check("today --date 24.11.2026", "YYYY-MM-DD");
    check("cancel B000099 --yes", "B000099");
    check(&format!("runsheet NOBUS --date {date}"), "no such vehicle");
    check(&format!("{} --seats 90 --yes", to_hospital()), "没有可预订的方案");
}

#[test]
fn a_server_that_is_not_there_is_said_with_how_to_start_it() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("dispatcher.token");
    std::fs::write(&token, "token\n").unwrap();
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = type_in(&format!("today --server http://{free} --token-file {}", token.display())).refused();
    assert!(error.contains("连不上服务器") && error.contains("make run"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_wrong_token_is_said_with_where_the_right_one_is() {
    let desk = Desk::open().await;
    let other = desk.served.data.join("other.token");
    let call = format!("today --server {} --token-file {}", desk.served.address, other.display());
    assert!(type_in(&call).refused().contains("dispatcher.token"));
    std::fs::write(&other, "guess").unwrap();
    let error = type_in(&call).refused();
    assert!(error.contains("令牌无效") && error.contains("--token-file") && !error.contains("guess"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_get_json_and_nothing_else() {
    let desk = Desk::open().await;
    let date = sample::market_day();
    let json = |line: &str| serde_json::from_str::<serde_json::Value>(&desk.type_in(line).done()).unwrap();
    let booked = json(&format!("{} --yes --json", to_hospital()));
    assert_eq!(booked["booking"]["bookingId"], "B000001");
    assert!(booked["quote"]["decidedBy"]["rule"].is_string());
    let today = json(&format!("today --date {date} --json"));
    assert_eq!((&today["date"], &today["bookings"][0]["bookingId"]), (&date.to_string().into(), &"B000001".into()));
    let sheets = json(&format!("runsheet --all --date {date} --json"));
    assert!(sheets["runsheets"].as_array().is_some_and(|sheets| !sheets.is_empty()));
    assert_eq!(json("cancel B000001 --yes --json")["state"], "BOOKING_STATE_CANCELLED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_exported_as_files_that_the_engine_reads() {
    let desk = Desk::open().await;
    let date = sample::market_day();
    desk.type_in(&format!("{} --name 王小明 --phone 13800138000 --yes", to_hospital())).done();
    let out = tempfile::tempdir().unwrap();
    desk.type_in(&format!("export --out {} --date {date}", out.path().display())).done();
    let read = |name: &str| std::fs::read_to_string(out.path().join(date.to_string()).join(name)).unwrap();
    let booked: BookedPlanFile = serde_json::from_str(&read("plan-booked.json")).unwrap();
    let plan = booked.plan;
    assert_eq!(plan.date, date);
    let town = sample::small_town();
    let timetable: PlanFile = serde_json::from_str(&read("plan.json")).unwrap();
    let timetable = timetable.timetable(&town).unwrap();
    assert_eq!(check_plan(&town, Some(&timetable), &plan), []);
    assert_eq!(plan.legs.len() + plan.reservations.len(), 1);
    let bookings: serde_json::Value = serde_json::from_str(&read("bookings.json")).unwrap();
    assert_eq!(bookings[0]["bookingId"], "B000001");
    for name in ["plan-booked.json", "plan.json", "bookings.json"] {
        let text = read(name);
        assert!(!text.contains("王小明") && !text.contains("13800138000"), "a person in {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_stay_aligned_with_chinese_in_them() {
    let desk = Desk::open().await;
    let date = sample::market_day();
    desk.type_in(&format!("{} --yes", to_hospital())).done();
    desk.type_in(&format!("book --from V4 --to STA --arrive-by 12:00 --wheelchairs 1 --date {date} --yes")).done();
    let today = desk.type_in(&format!("today --date {date}")).done();
    let heading = today.lines().find(|line| line.starts_with("Board")).unwrap();
    let column = |line: &str, word: &str| line.find(word).map(|position| line[..position].width());
    for (booking, load, from, to) in
        [("B000001", "1人", "高坪村 V3", "镇卫生院 HOS"), ("B000002", "1轮椅", "观音岩村 V4", "车站 STA")]
    {
        let row = today.lines().find(|line| line.contains(booking)).unwrap();
        for (cell, title) in [(booking, "Booking"), ("已确认", "State"), (load, "Load"), (from, "From"), (to, "To")]
        {
            assert_eq!(column(row, cell), column(heading, title), "{cell} under {title}:\n{today}");
        }
    }
}
