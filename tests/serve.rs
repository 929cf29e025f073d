//! The real binary on the toy scenario: killed in the middle of work, stopped, started twice.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use sanban_server::proto;
use sanban_tests::binary::{self, Server, checkout};
use sanban_tests::client::{Client, at, desk_token, ride};

fn toy() -> PathBuf {
    checkout().join("scenarios/toy")
}

/// Codes in the first column of a file of the toy scenario.
fn codes(file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(toy().join(file)).unwrap();
    text.lines().skip(1).filter_map(|line| line.split(',').next()).map(str::to_owned).collect()
}

async fn connect(server: &Server, data: &Path) -> Client {
    Client::connect(&server.address, &desk_token(data)).await
}

async fn export(client: &mut Client) -> proto::ExportDayResponse {
    client.dispatch.export_day(proto::ExportDayRequest::default()).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed_under_load() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&toy(), folder.path(), &["--demonstration"]);
    let mut desk = connect(&server, folder.path()).await;
    let day = export(&mut desk).await;
    assert!(!day.timetable_json.is_empty());
    let date: chrono::NaiveDate = day.date.parse().unwrap();

    let (villages, targets) = (codes("villages.csv"), [codes("facilities.csv"), codes("schools.csv")].concat());
    let acknowledged = Arc::new(Mutex::new(BTreeMap::new()));
    let answered = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..4)
        .map(|caller| {
            let (mut desk, villages, targets) = (desk.clone(), villages.clone(), targets.clone());
            let (acknowledged, answered) = (Arc::clone(&acknowledged), Arc::clone(&answered));
            tokio::spawn(async move {
                for number in (caller..).step_by(4) {
                    let (from, to) = (&villages[number % villages.len()], &targets[number % targets.len()]);
                    let minutes = 7 * 60 + (number * 7 % (12 * 60)) as i32;
                    let journey = ride(from, to, at(date, minutes / 60, minutes % 60), 1);
                    let Ok(quote) = desk.quote(journey).await else { return };
                    if let Some(offer) = quote.offers.first() {
                        match desk.book(&format!("load-{number}"), &offer.offer_token).await {
                            Ok(booking) => {
                                acknowledged.lock().unwrap().insert(booking.booking_id.clone(), booking);
                            }
                            Err(status) if status.code() == tonic::Code::FailedPrecondition => {}
                            Err(_) => return,
                        }
                    }
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    while answered.load(Ordering::Relaxed) < 150 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    server.kill();
    for caller in callers {
        caller.await.unwrap();
    }
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() > 5, "only {} bookings before the kill", acknowledged.len());

    let server = Server::start(&toy(), folder.path(), &["--demonstration"]);
    let mut desk = connect(&server, folder.path()).await;
    for (id, booking) in &acknowledged {
        assert_eq!(desk.get(id).await.unwrap().booking.as_ref(), Some(booking));
    }
    let after = export(&mut desk).await;
    assert_eq!(after.timetable_json, day.timetable_json, "a stored date is never planned again");

    // A second restart leads to the same plan, byte for byte.
    assert!(server.terminate().success());
    let server = Server::start(&toy(), folder.path(), &["--demonstration"]);
    assert_eq!(export(&mut connect(&server, folder.path()).await).await, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_serves_one_server_and_one_scenario_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&toy(), folder.path(), &["--demonstration"]);
    let second = |scenario: &Path| {
        let mut command = Command::new(binary::path());
        command.args(["serve", "--demonstration", "--listen", "127.0.0.1:0", "--scenario"]).arg(scenario);
        let output = command.arg("--data").arg(folder.path()).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let refusal = second(&toy());
    assert!(refusal.contains("in use") && refusal.contains("--data"), "{refusal}");
    assert!(server.terminate().success());

    let changed = tempfile::tempdir().unwrap();
    copy(&toy(), changed.path());
    let settings = changed.path().join("scenario.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text.replacen("name = \"", "name = \"Another ", 1)).unwrap();
    let refusal = second(changed.path());
    assert!(refusal.contains("another scenario") && refusal.contains("--data"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dates_that_can_be_booked_get_their_timetables_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (scenario, data) = (folder.path().join("toy"), folder.path().join("data"));
    std::fs::create_dir(&scenario).unwrap();
    copy(&toy(), &scenario);
    let settings = scenario.join("scenario.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text + "\n[policy.booked]\nbook_ahead_days = 3\n").unwrap();
    let more = ["--now", "2026-11-24T20:00:00+08:00", "--plan-time-limit", "2s"];
    let server = Server::start(&scenario, &data, &more);
    assert_eq!(server.greeting.iter().filter(|line| line.contains("planned: ")).count(), 2, "{:?}", server.greeting);
    let mut desk = connect(&server, &data).await;
    let mut dates = Vec::new();
    let begun = std::time::Instant::now();
    while dates.len() < 4 {
        assert!(begun.elapsed().as_secs() < 120, "only {dates:?} have a timetable");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let listed = desk.timetable.list_timetables(proto::ListTimetablesRequest::default()).await.unwrap();
        dates = listed.into_inner().timetables.into_iter().map(|timetable| timetable.date).collect();
    }
    assert_eq!(dates, ["2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"]);
    assert!(server.terminate().success());
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
