//! The sample town, served by the server's own code inside the test's process.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sanban_engine::dispatch::Command;
use sanban_engine::scenario::{Scenario, sample};
use sanban_engine::time::{Instant, ServiceClock, ServiceTime};
use sanban_server::clock::Clock;
use sanban_server::grpc::{self, auth::Tokens};
use sanban_server::plan_files::ScenarioSource;
use sanban_server::service_area::{self, Opened, open};
use sanban_server::writer::WriterThread;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::{Client, desk_token};

/// A running server; the independent checker looks at every decision.
pub struct Served {
    /// HOST:PORT.
    pub address: String,
    /// Its data folder.
    pub data: PathBuf,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    thread: WriterThread,
}

/// What differs from the usual start.
#[derive(Default)]
pub struct Options {
    /// As `--tokens`.
    pub tokens: Option<PathBuf>,
    /// As `--store-limit-mb`.
    pub store_limit_mb: Option<u32>,
    /// When the server's clock starts; the evening before the market day when not given.
    pub now: Option<Instant>,
}

/// 20:00 on the evening before the sample's market day.
pub fn evening_before() -> Instant {
    ServiceClock::SHANGHAI.instant(sample::market_day().pred_opt().unwrap(), ServiceTime::hm(20, 0))
}

/// Serves the sample town with its hourly timetable in service.
pub async fn serve(data: &Path, options: Options) -> Served {
    serve_scenario(sample::small_town(), data, options).await
}

/// Serves the sample town from a new data folder, with a client for the desk.
pub async fn served() -> (TempDir, Served, Client) {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path(), Options::default()).await;
    let desk = served.desk().await;
    (folder, served, desk)
}

/// Serves a variant of the sample town.
pub async fn serve_scenario(scenario: Scenario, data: &Path, options: Options) -> Served {
    let scenario = Arc::new(scenario);
    let source = ScenarioSource { folder: "sample".to_owned(), digest: "sample".to_owned() };
    let clock = Clock::starting_at(options.now.unwrap_or_else(evening_before));
    let options_of_area =
        service_area::Options { store_limit_megabytes: options.store_limit_mb, checks_decisions: true };
    let opened = open(Arc::clone(&scenario), "sample", data, clock, options_of_area).await;
    let Opened { writer, thread, persons, signing_key, .. } = opened.unwrap_or_else(|error| panic!("{error}"));
    if writer.snapshot().timetable(sample::market_day()).is_none() {
        let timetable = sample::hourly_timetable(&scenario);
        writer
            .decide(
                Command::ActivateTimetable { request: None, timetable: Box::new(timetable), accepted: Vec::new() },
                None,
            )
            .await
            .unwrap();
    }
    let tokens = Tokens::load(data, options.tokens.as_deref(), &scenario.area.code).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let services = grpc::Services::new(scenario, source, writer, persons, &signing_key, clock);
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        let stopped = async {
            let _ = stopped.await;
        };
        grpc::serve(listener, services, tokens, stopped).await.unwrap();
    });
    Served { address, data: data.to_owned(), stop, serving, thread }
}

impl Served {
    /// A client with the desk's token.
    pub async fn desk(&self) -> Client {
        self.client(&desk_token(&self.data)).await
    }

    /// A client with any token.
    pub async fn client(&self, token: &str) -> Client {
        Client::connect(&self.address, token).await
    }

    /// Stops as SIGTERM does: running calls finish, the store is closed.
    pub async fn stop(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
        tokio::task::spawn_blocking(|| self.thread.stop()).await.unwrap().unwrap();
    }
}
