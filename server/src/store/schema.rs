//! The tables, and what `meta` says of them.

use std::path::Path;

use sqlx::{Connection, Row, SqliteConnection};

use super::StoreError;

const SCHEMA_VERSION: u32 = 1;

const TABLES: [&str; 5] = [
    "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS journal (sequence INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL, \
     version INTEGER NOT NULL, decision TEXT NOT NULL) STRICT",
    "CREATE TRIGGER IF NOT EXISTS journal_keeps_rows BEFORE DELETE ON journal \
     BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    "CREATE TRIGGER IF NOT EXISTS journal_keeps_decisions BEFORE UPDATE ON journal \
     BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    "CREATE TABLE IF NOT EXISTS persons (booking_id INTEGER PRIMARY KEY, name TEXT NOT NULL, \
     phone TEXT NOT NULL) STRICT",
];

/// What `meta` holds.
pub(super) struct Meta {
    /// Signs offers.
    pub signing_key: [u8; 32],
}

/// Creates the tables of a new store in one transaction, or checks those of an old one.
pub(super) async fn prepare(
    connection: &mut SqliteConnection,
    folder: &Path,
    scenario_digest: &str,
) -> Result<Meta, StoreError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for table in TABLES {
        sqlx::query(table).execute(&mut *transaction).await?;
    }
    let version = remembered(&mut transaction, "schema_version", &SCHEMA_VERSION.to_be_bytes()).await?;
    let found = version.try_into().map_or(u32::MAX, u32::from_be_bytes);
    if found > SCHEMA_VERSION {
        return Err(StoreError::NewerSchema { folder: folder.to_owned(), found, known: SCHEMA_VERSION });
    }
    let stored = remembered(&mut transaction, "scenario_digest", scenario_digest.as_bytes()).await?;
    if stored != scenario_digest.as_bytes() {
        return Err(StoreError::OtherScenario {
            folder: folder.to_owned(),
            stored: String::from_utf8_lossy(&stored).into_owned(),
            loaded: scenario_digest.to_owned(),
        });
    }
    let key = remembered(&mut transaction, "offer_signing_key", &crate::secrets::random_bytes()).await?;
    let signing_key = key.try_into().map_err(|_| sqlx::Error::Decode("offer_signing_key has not 32 bytes".into()))?;
    transaction.commit().await?;
    Ok(Meta { signing_key })
}

/// The value stored under a name; stores `initial` when there is none.
async fn remembered(connection: &mut SqliteConnection, name: &str, initial: &[u8]) -> Result<Vec<u8>, sqlx::Error> {
    sqlx::query("INSERT OR IGNORE INTO meta (name, value) VALUES ($1, $2)")
        .bind(name)
        .bind(initial)
        .execute(&mut *connection)
        .await?;
    let row = sqlx::query("SELECT value FROM meta WHERE name = $1").bind(name).fetch_one(connection).await?;
    row.try_get(0)
}
