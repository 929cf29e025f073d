//! Brings a service area to life: locks its data folder, replays its journal, starts its writer.

use std::path::Path;
use std::sync::Arc;

use sanban_engine::dispatch::{Area, Decision};
use sanban_engine::scenario::Scenario;

use crate::clock::Clock;
use crate::store::{JournalRow, LockedFolder, PersonReader, Store, StoreError};
use crate::writer::{Writer, WriterThread};

const ROWS_AT_ONCE: u32 = 1_000;

/// How a service area is served.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Refuse to let the store grow beyond this many megabytes.
    pub store_limit_megabytes: Option<u32>,
    /// Have the independent checker look at every plan before it is journaled.
    pub checks_decisions: bool,
}

/// A service area that can be served.
pub struct Opened {
    /// The way to change it, and its durable state.
    pub writer: Writer,
    /// To wait for at the end.
    pub thread: WriterThread,
    /// Whom to call about bookings.
    pub persons: PersonReader,
    /// Signs offers.
    pub signing_key: [u8; 32],
    /// How many decisions the journal held.
    pub replayed: u64,
}

/// Why a service area can't be brought to life.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A decision that this program can't read or apply.
    #[error(
        "row {sequence} of the journal cannot be replayed: {why}; use the version of sanban that wrote it, or restore \
         the data folder from a backup"
    )]
    Replay {
        /// Which row.
        sequence: u64,
        /// What is wrong with it.
        why: String,
    },
    /// No thread for the writer.
    #[error("cannot start the writer: {0}")]
    Thread(#[from] std::io::Error),
}

/// Opens the data folder of a scenario and replays what was decided, without a solver.
pub async fn open(
    scenario: Arc<Scenario>,
    digest: &str,
    data: &Path,
    clock: Clock,
    options: Options,
) -> Result<Opened, OpenError> {
    let mut store = Store::open(LockedFolder::lock(data)?, digest).await?;
    if let Some(megabytes) = options.store_limit_megabytes {
        store.limit_megabytes(megabytes).await?;
    }
    let signing_key = store.signing_key();
    let replayed = store.last_sequence();
    let area = replay(scenario, &mut store).await?;
    let persons = PersonReader::open(data).await?;
    let (writer, thread) = Writer::start(area, store, clock, options.checks_decisions)?;
    Ok(Opened { writer, thread, persons, signing_key, replayed })
}

/// The state that the journal of a store leads to.
pub async fn replay(scenario: Arc<Scenario>, store: &mut Store) -> Result<Area, OpenError> {
    let mut area = Area::new(scenario);
    let mut last = 0;
    loop {
        let rows = store.rows_after(last, ROWS_AT_ONCE).await?;
        let Some(newest) = rows.last() else { return Ok(area) };
        last = newest.sequence;
        for row in &rows {
            apply(&mut area, row).map_err(|why| OpenError::Replay { sequence: row.sequence, why })?;
        }
    }
}

fn apply(area: &mut Area, row: &JournalRow) -> Result<(), String> {
    let decision: Decision = serde_json::from_str(&row.decision).map_err(|error| error.to_string())?;
    area.apply(&decision).map_err(|error| error.to_string())
}
