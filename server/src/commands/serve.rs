//! `sanban serve`: loads a scenario, replays the journal, plans today and tomorrow if they have no timetable yet, serves,
//! and plans the other dates that can be booked in the background.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, NaiveDate};
use sanban_engine::scenario::Scenario;
use sanban_engine::time::{Instant, ServiceTime};

mod first_plans;
mod greeting;
mod horizon;
mod progress;

use crate::clock::Clock;
use crate::grpc;
use crate::grpc::auth::Tokens;
use crate::output::{error_line, print_line};
use crate::plan_files::ScenarioSource;
use crate::service_area::{Opened, Options, open};
use horizon::Horizon;

/// What to serve, and where.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of the scenario.
    #[arg(long, default_value = "scenarios/county")]
    scenario: PathBuf,
    /// Folder of bookings, timetables and tokens; made at the first start.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Address and port; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:50051")]
    listen: SocketAddr,
    /// Service date to plan if it has no timetable yet, and no other; when not given, today and tomorrow before serving and
    /// all dates that can be booked in the background. Repeatable.
    #[arg(long)]
    date: Vec<NaiveDate>,
    /// Start the server's clock at this moment (RFC 3339), for demonstrations and tests.
    #[arg(long, value_parser = moment)]
    now: Option<Instant>,
    /// Start the clock at 05:30 on the scenario's demonstration date and plan that date only.
    #[arg(long, conflicts_with_all = ["now", "date"])]
    demonstration: bool,
    /// Planning a date stops after this long with the best found: 90s, 2m, 500ms.
    #[arg(long, default_value = "120s", value_parser = super::time_limit::time_limit)]
    plan_time_limit: Duration,
    /// Principals and digests of their tokens; `tokens.toml` of the data folder when not given.
    #[arg(long)]
    tokens: Option<PathBuf>,
    /// Have the independent checker look at every decision before it is journaled, and refuse what it objects to.
    #[arg(long)]
    check_decisions: bool,
    /// Refuse bookings rather than let the store grow beyond this many megabytes.
    #[arg(long)]
    store_limit_mb: Option<u32>,
}

/// Why the server could not start or go on; says what to do.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Serves until SIGTERM or Ctrl-C.
pub fn run(args: Args) -> ExitCode {
    start_logging();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let served = runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(serve(args)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error_line!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: Args) -> Result<(), Failure> {
    let loaded = crate::scenario::load(&args.scenario)?;
    let source = ScenarioSource::of(&loaded);
    let scenario = Arc::new(loaded.scenario);
    let clock = args.now.map_or(Clock::MACHINE, Clock::starting_at);
    let (clock, asked) = if args.demonstration { demonstration(&scenario) } else { (clock, args.date.clone()) };
    let options = Options { store_limit_megabytes: args.store_limit_mb, checks_decisions: args.check_decisions };
    let Opened { writer, thread, persons, signing_key, replayed } =
        open(Arc::clone(&scenario), &loaded.digest, &args.data, clock, options).await?;
    let tokens = Tokens::load(&args.data, args.tokens.as_deref(), &scenario.area.code)?;
    greeting::scenario(&scenario, replayed);

    // Taken before planning: an address in use should not cost a minute to notice.
    let listener = tokio::net::TcpListener::bind(args.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}; name another address with --listen", args.listen))?;
    let address = listener.local_addr()?;

    let dates = first_plans::dates(&scenario, &asked, clock)?;
    for &date in &dates {
        first_plans::ensure(&writer, date, args.plan_time_limit).await?;
    }
    greeting::address(&scenario, &writer.snapshot(), address, &args.data, &dates, clock.now());

    let is_stopped = Arc::new(AtomicBool::new(false));
    let horizon = Horizon {
        scenario: Arc::clone(&scenario),
        writer: writer.clone(),
        clock,
        time_limit: args.plan_time_limit,
        is_stopped: Arc::clone(&is_stopped),
    };
    let background = asked.is_empty().then(|| tokio::spawn(horizon.keep_planned()));
    let writer_ended = writer.ended();
    let stopped = async {
        tokio::select! {
            () = stop_signal() => {}
            () = writer_ended => tracing::error!("the writer has ended; nothing can be booked, so the server stops"),
        }
    };
    let services = grpc::Services::new(scenario, source, writer, persons, &signing_key, clock);
    let served = grpc::serve(listener, services, tokens, stopped).await;
    is_stopped.store(true, Ordering::Relaxed);
    if let Some(background) = background {
        background.abort();
    }
    served?;
    // Everything that was accepted is answered, and the store closed.
    tokio::task::spawn_blocking(|| thread.stop()).await??;
    print_line!("已停止，数据已落盘 / stopped, everything is on disk");
    Ok(())
}

/// Early in the morning of a school and market day, whatever today is.
fn demonstration(scenario: &Scenario) -> (Clock, Vec<NaiveDate>) {
    let (date, early) = (scenario.demonstration_date, ServiceTime::hm(5, 30));
    (Clock::starting_at(scenario.policy.clock.instant(date, early)), vec![date])
}

/// Ends with the first SIGTERM or Ctrl-C.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
}

fn start_logging() {
    use tracing_subscriber::EnvFilter;
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,sanban_server=info,highs=error"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process (tests) keeps the first subscriber.
    let _ = subscriber.try_init();
}

fn moment(text: &str) -> Result<Instant, String> {
    let moment = DateTime::parse_from_rfc3339(text);
    let moment = moment.map_err(|error| format!("{error}; write 2026-11-25T06:00:00+08:00"))?;
    Ok(Instant::from_unix_seconds(moment.timestamp()))
}
