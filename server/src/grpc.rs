//! The gRPC services: thin shells that check who calls, translate, and hand over to the engine or the writer.
//!
//! Reads run on the last durable snapshot and never wait for the writer. Health and reflection answer without a
//! token; everything else needs one.

pub mod auth;
mod booking;
mod deadline;
mod decisions;
mod dispatch;
mod offer_token;
mod operations;
mod paging;
pub mod status;
mod timetable;
pub(crate) mod translate;
mod watching;

use std::sync::Arc;
use std::time::Duration;

use sanban_engine::dispatch::Area;
use sanban_engine::scenario::Scenario;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tonic::Status;
use tonic::server::NamedService;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;

use crate::clock::Clock;
use crate::plan_files::ScenarioSource;
use crate::proto;
use crate::proto::booking_service_server::BookingServiceServer;
use crate::proto::dispatch_service_server::DispatchServiceServer;
use crate::proto::timetable_service_server::TimetableServiceServer;
use crate::store::PersonReader;
use crate::writer::Writer;
use auth::Tokens;
use deadline::DeadlineLayer;
use offer_token::OfferSigner;
use operations::Operations;
use status::Failure;

/// Other requests are small: nobody needs more than this.
const LARGEST_REQUEST: usize = 1 << 20;
/// Whoever puts a timetable into service may hand in the re-offers of thousands of bookings, each some kilobytes long.
const LARGEST_REQUEST_ABOUT_TIMETABLES: usize = 16 << 20;
/// A timetable of a county with every call.
const LARGEST_ANSWER: usize = 64 << 20;
/// A server that was told to stop waits no longer for calls that are still open.
const LONGEST_FAREWELL: Duration = Duration::from_secs(5);
/// Whose health is reported: the server as a whole, and each service.
const SERVICES: [&str; 4] = [
    "",
    BookingServiceServer::<Services>::NAME,
    DispatchServiceServer::<Services>::NAME,
    TimetableServiceServer::<Services>::NAME,
];

/// What all services work with.
#[derive(Clone)]
pub struct Services {
    scenario: Arc<Scenario>,
    /// Named in exported files, so that they are checked against the same inputs.
    source: Arc<ScenarioSource>,
    writer: Writer,
    persons: Arc<PersonReader>,
    signer: OfferSigner,
    clock: Clock,
    /// Quotes search; more at once than there are processors would only wait for each other.
    searches: Arc<Semaphore>,
    operations: Operations,
    /// Turns true when the server stops: streams end then.
    stopping: watch::Receiver<bool>,
    stop: Arc<watch::Sender<bool>>,
}

impl Services {
    /// For the area that this writer owns.
    pub fn new(
        scenario: Arc<Scenario>,
        source: ScenarioSource,
        writer: Writer,
        persons: PersonReader,
        signing_key: &[u8; 32],
        clock: Clock,
    ) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (stop, stopping) = watch::channel(false);
        Self {
            scenario,
            source: Arc::new(source),
            writer,
            persons: Arc::new(persons),
            signer: OfferSigner::new(signing_key),
            clock,
            searches: Arc::new(Semaphore::new(processors)),
            operations: Operations::default(),
            stopping,
            stop: Arc::new(stop),
        }
    }

    fn snapshot(&self) -> Arc<Area> {
        self.writer.snapshot()
    }

    /// Runs a search that reads a snapshot, on a thread where it may take its time. Not begun for a caller that has gone; one
    /// that has begun goes on to its end, some milliseconds later.
    async fn search<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Status> {
        let closed = |_| status::of(Failure::Internal("no more searches".to_owned()));
        let permit = Arc::clone(&self.searches).acquire_owned().await.map_err(closed)?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(|error| {
            tracing::error!(%error, "a search failed");
            status::of(Failure::Internal("the search failed; the server's log says why".to_owned()))
        })
    }
}

/// Serves on a listener until `stopped` ends, then lets running calls finish, for as long as [`LONGEST_FAREWELL`].
pub async fn serve(
    listener: TcpListener,
    services: Services,
    tokens: Tokens,
    stopped: impl Future<Output = ()>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (mut reporter, health) = tonic_health::server::health_reporter();
    for service in SERVICES {
        reporter.set_service_status(service, ServingStatus::Serving).await;
    }
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    let booking = BookingServiceServer::new(services.clone()).max_decoding_message_size(LARGEST_REQUEST);
    let dispatch = DispatchServiceServer::new(services.clone())
        .max_decoding_message_size(LARGEST_REQUEST)
        .max_encoding_message_size(LARGEST_ANSWER);
    let timetable = TimetableServiceServer::new(services.clone())
        .max_decoding_message_size(LARGEST_REQUEST_ABOUT_TIMETABLES)
        .max_encoding_message_size(LARGEST_ANSWER);
    let Services { stop, mut stopping, operations, .. } = services;
    // Small answers at once: Nagle's algorithm would hold each back for some 40 ms.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let serving = Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .layer(DeadlineLayer)
        .add_service(health)
        .add_service(reflection)
        .add_service(tonic::service::interceptor::InterceptedService::new(booking, tokens.clone()))
        .add_service(tonic::service::interceptor::InterceptedService::new(dispatch, tokens.clone()))
        .add_service(tonic::service::interceptor::InterceptedService::new(timetable, tokens))
        .serve_with_incoming_shutdown(incoming, async move {
            stopped.await;
            stop.send_replace(true);
            operations.stop_all();
            // Who watches the health hears of the end, and the stream ends.
            for service in SERVICES {
                reporter.set_service_status(service, ServingStatus::NotServing).await;
                reporter.clear_service_status(service).await;
            }
        });
    // Some streams end only when the client says so, such as those of reflection.
    let cut_off = async {
        let _ = stopping.wait_for(|&stopping| stopping).await;
        tokio::time::sleep(LONGEST_FAREWELL).await;
    };
    tokio::select! {
        served = serving => served?,
        () = cut_off => tracing::warn!("calls that were still open are cut off"),
    }
    Ok(())
}
