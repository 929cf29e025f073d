//! The embedded store: one SQLite file in the data folder, and nothing else that must not be lost.
//!
//! - `journal` is append-only: one versioned decision per row, replayed in order at every start without a solver.
//! - `persons` holds names and phones by booking, apart from the journal, so that they can be erased for good
//!   (`secure_delete` overwrites them). A booking without a person has an empty row until it is erased: a retry with
//!   another person is so told from one whose person is gone.
//! - `meta` holds the schema's version, the digest of the scenario, and the key that signs offers.
//!
//! Names, phones and the key are for the server's own user: nobody else on the machine can read the file.
//!
//! Invariants: rows of the journal are only ever added (triggers refuse anything else, `recursive_triggers` lets them see what a REPLACE
//! removes); a data folder belongs to one scenario and to one server at a time (a lock file that the operating system releases when the process ends, however it ends); [`Store::append`] returns only when the rows are on
//! disk (write-ahead log, `synchronous = FULL`), or has changed nothing.

mod folder;
mod schema;

use std::path::{Path, PathBuf};

use sanban_engine::time::Instant;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, Row, SqliteConnection};

pub use folder::LockedFolder;

/// Name of the database file in the data folder.
pub const FILE_NAME: &str = "sanban.sqlite";

/// A row of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// Counts from 1 without a gap.
    pub sequence: u64,
    /// The server's clock when it was decided; for people, replay doesn't look at it.
    pub recorded_at: Instant,
    /// Version of the decision's format.
    pub version: u32,
    /// The decision as JSON.
    pub decision: String,
}

/// Whom to call about a booking; nobody when both are empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// As given; may be empty.
    pub name: String,
    /// As given; may be empty.
    pub phone: String,
}

impl Person {
    /// Is this whom the store keeps for a booking? Where the person was erased nothing is left to tell.
    pub fn is_that_of(&self, stored: Option<&Self>) -> bool {
        stored.is_none_or(|known| known == self)
    }
}

/// Never shows what it holds: personal fields must not reach a log.
impl std::fmt::Debug for Person {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Person(…)")
    }
}

/// One durable change: rows for the journal, and what goes beside it.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Consecutive rows that follow the last durable one.
    pub rows: Vec<JournalRow>,
    /// Booking number and whom to call.
    pub persons: Vec<(u64, Person)>,
    /// Bookings whose person is to be erased.
    pub erased_persons: Vec<u64>,
}

/// Why the store refuses.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another server runs on the folder.
    #[error("{0} is in use by another server; stop that one, or name another folder with --data")]
    InUse(PathBuf),
    /// The folder can't be created or locked.
    #[error("cannot use the data folder {folder}: {source}; check that it exists and that you may write there")]
    Folder {
        /// Which folder.
        folder: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The data was made with other inputs.
    #[error(
        "{folder} holds the bookings of another scenario or of another state of its files (digest {stored}, the \
         scenario loaded now has {loaded}); start with the scenario it was made with, or name an empty folder with \
         --data"
    )]
    OtherScenario {
        /// Which folder.
        folder: PathBuf,
        /// In the store.
        stored: String,
        /// Of the scenario that was loaded.
        loaded: String,
    },
    /// Written by a newer program.
    #[error("{folder} was written by a newer sanban (schema {found}, this one knows {known}); use that version")]
    NewerSchema {
        /// Which folder.
        folder: PathBuf,
        /// In the store.
        found: u32,
        /// The newest this program knows.
        known: u32,
    },
    /// Rows are missing or out of order.
    #[error("the journal is damaged: after row {after} comes row {found}; restore the data folder from a backup")]
    Gap {
        /// The last row that is in order.
        after: u64,
        /// What follows.
        found: u64,
    },
    /// SQLite refuses: disk full, damaged file …
    #[error("the store refuses: {0}; check the disk's free space and health")]
    Database(#[from] sqlx::Error),
}

/// The writer's end of the store; there is exactly one per data folder.
pub struct Store {
    connection: SqliteConnection,
    last_sequence: u64,
    signing_key: [u8; 32],
    _lock: LockedFolder,
}

/// A second connection that only reads and erases persons.
pub struct PersonReader {
    connection: tokio::sync::Mutex<SqliteConnection>,
}

fn options(folder: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(folder.join(FILE_NAME))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("secure_delete", "ON")
        .pragma("recursive_triggers", "ON")
}

impl Store {
    /// Opens or creates the store of a locked data folder for the scenario with this digest.
    pub async fn open(folder: LockedFolder, scenario_digest: &str) -> Result<Self, StoreError> {
        folder.make_private_file(FILE_NAME)?;
        let mut connection = SqliteConnection::connect_with(&options(folder.path())).await?;
        let meta = schema::prepare(&mut connection, folder.path(), scenario_digest).await?;
        let last: i64 = sqlx::query("SELECT coalesce(max(sequence), 0) FROM journal")
            .fetch_one(&mut connection)
            .await?
            .try_get(0)?;
        Ok(Self { connection, last_sequence: last as u64, signing_key: meta.signing_key, _lock: folder })
    }

    /// The key that signs offers; made when the store was.
    pub fn signing_key(&self) -> [u8; 32] {
        self.signing_key
    }

    /// The last durable row.
    pub fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    /// Refuses to grow the database beyond this many megabytes: appends then fail as on a full disk.
    pub async fn limit_megabytes(&mut self, megabytes: u32) -> Result<(), StoreError> {
        let page_size: i64 = sqlx::query("PRAGMA page_size").fetch_one(&mut self.connection).await?.try_get(0)?;
        let pages = i64::from(megabytes) * 1_048_576 / page_size;
        self.limit_pages(pages).await
    }

    /// As [`Store::limit_megabytes`], in database pages.
    pub async fn limit_pages(&mut self, pages: i64) -> Result<(), StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}")))
            .fetch_all(&mut self.connection)
            .await?;
        Ok(())
    }

    /// At most `limit` rows after `sequence`, in order.
    pub async fn rows_after(&mut self, sequence: u64, limit: u32) -> Result<Vec<JournalRow>, StoreError> {
        let query = "SELECT sequence, recorded_at, version, decision FROM journal WHERE sequence > $1 \
                     ORDER BY sequence LIMIT $2";
        let rows =
            sqlx::query(query).bind(sequence as i64).bind(i64::from(limit)).fetch_all(&mut self.connection).await?;
        let rows = rows.iter().map(|row| {
            Ok(JournalRow {
                sequence: row.try_get::<i64, _>(0)? as u64,
                recorded_at: Instant::from_unix_seconds(row.try_get(1)?),
                version: row.try_get(2)?,
                decision: row.try_get(3)?,
            })
        });
        let rows = rows.collect::<Result<Vec<JournalRow>, sqlx::Error>>()?;
        for (expected, row) in (sequence + 1..).zip(&rows) {
            if row.sequence != expected {
                return Err(StoreError::Gap { after: expected - 1, found: row.sequence });
            }
        }
        Ok(rows)
    }

    /// Makes a batch durable in one transaction, or changes nothing.
    pub async fn append(&mut self, batch: &Batch) -> Result<(), StoreError> {
        // Not sqlx's own transaction: a full disk makes SQLite roll back by itself, which its bookkeeping doesn't know.
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await?;
        let written = match write(&mut self.connection, batch).await {
            Ok(()) => sqlx::query("COMMIT").execute(&mut self.connection).await.map(drop),
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            // Fails when SQLite has rolled back already; nothing is left to undo then.
            let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
            return Err(error.into());
        }
        self.last_sequence += batch.rows.len() as u64;
        if !batch.erased_persons.is_empty() {
            // What was erased must not live on in the write-ahead log. Durable either way, so that a reader in the
            // way only means that the next checkpoint does it.
            let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_all(&mut self.connection).await;
        }
        Ok(())
    }

    /// As [`PersonReader::person`].
    pub async fn person(&mut self, booking: u64) -> Result<Option<Person>, StoreError> {
        person(&mut self.connection, booking).await
    }

    /// Folds the write-ahead log back into the file and closes it.
    pub async fn close(self) -> Result<(), StoreError> {
        self.connection.close().await?;
        Ok(())
    }
}

async fn write(connection: &mut SqliteConnection, batch: &Batch) -> Result<(), sqlx::Error> {
    for row in &batch.rows {
        sqlx::query("INSERT INTO journal (sequence, recorded_at, version, decision) VALUES ($1, $2, $3, $4)")
            .bind(row.sequence as i64)
            .bind(row.recorded_at.unix_seconds())
            .bind(i64::from(row.version))
            .bind(&row.decision)
            .execute(&mut *connection)
            .await?;
    }
    for (booking, person) in &batch.persons {
        sqlx::query("INSERT OR REPLACE INTO persons (booking_id, name, phone) VALUES ($1, $2, $3)")
            .bind(*booking as i64)
            .bind(&person.name)
            .bind(&person.phone)
            .execute(&mut *connection)
            .await?;
    }
    for booking in &batch.erased_persons {
        sqlx::query("DELETE FROM persons WHERE booking_id = $1")
            .bind(*booking as i64)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

impl PersonReader {
    /// Opens the store of a folder whose [`Store`] is open.
    pub async fn open(folder: &Path) -> Result<Self, StoreError> {
        let connection = SqliteConnection::connect_with(&options(folder)).await?;
        Ok(Self { connection: tokio::sync::Mutex::new(connection) })
    }

    /// What is kept of a booking's person, which may be empty; nothing once it was erased.
    pub async fn person(&self, booking: u64) -> Result<Option<Person>, StoreError> {
        person(&mut *self.connection.lock().await, booking).await
    }
}

async fn person(connection: &mut SqliteConnection, booking: u64) -> Result<Option<Person>, StoreError> {
    let query = sqlx::query("SELECT name, phone FROM persons WHERE booking_id = $1");
    let Some(row) = query.bind(booking as i64).fetch_optional(connection).await? else { return Ok(None) };
    Ok(Some(Person { name: row.try_get(0)?, phone: row.try_get(1)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(sequence: u64, decision: &str) -> JournalRow {
        JournalRow { sequence, recorded_at: Instant::default(), version: 1, decision: decision.to_owned() }
    }

    async fn open(folder: &Path, digest: &str) -> Result<Store, StoreError> {
        Store::open(LockedFolder::lock(folder)?, digest).await
    }

    #[tokio::test]
    async fn what_was_appended_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path(), "digest").await.unwrap();
        let key = store.signing_key();
        let person = Person { name: "王".to_owned(), phone: "1".to_owned() };
        let batch =
            Batch { rows: vec![row(1, "a"), row(2, "b")], persons: vec![(7, person.clone())], ..Batch::default() };
        store.append(&batch).await.unwrap();
        drop(store);
        let mut store = open(folder.path(), "digest").await.unwrap();
        assert_eq!((store.signing_key(), store.last_sequence()), (key, 2));
        assert_eq!(store.rows_after(0, 10).await.unwrap(), batch.rows);
        assert_eq!(store.rows_after(1, 10).await.unwrap(), batch.rows[1..]);
        let persons = PersonReader::open(folder.path()).await.unwrap();
        assert!(persons.person(7).await.unwrap() == Some(person));
    }

    #[tokio::test]
    async fn what_the_journal_says_can_be_neither_changed_nor_removed() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path(), "digest").await.unwrap();
        store.append(&Batch { rows: vec![row(1, "a")], ..Batch::default() }).await.unwrap();
        let replace = "INSERT OR REPLACE INTO journal (sequence, recorded_at, version, decision) VALUES (1, 0, 1, 'b')";
        for statement in ["UPDATE journal SET decision = 'b'", "DELETE FROM journal", replace] {
            let error = sqlx::query(statement).execute(&mut store.connection).await.unwrap_err();
            assert!(error.to_string().contains("append-only"), "{statement}: {error}");
        }
        assert_eq!(store.rows_after(0, 10).await.unwrap(), [row(1, "a")]);
    }

    #[tokio::test]
    async fn an_erased_person_leaves_no_trace_and_the_journal_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path(), "digest").await.unwrap();
        let person = Person { name: "诸葛无名".to_owned(), phone: "13800138000".to_owned() };
        store.append(&Batch { rows: vec![row(1, "a")], persons: vec![(1, person)], ..Batch::default() }).await.unwrap();
        store.append(&Batch { erased_persons: vec![1], ..Batch::default() }).await.unwrap();
        assert_eq!(store.rows_after(0, 10).await.unwrap().len(), 1);
        store.close().await.unwrap();
        let bytes = std::fs::read(folder.path().join(FILE_NAME)).unwrap();
        let phone = b"13800138000";
        assert!(!bytes.windows(phone.len()).any(|window| window == phone));
    }

    #[tokio::test]
    async fn a_full_disk_changes_nothing_and_space_lets_it_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path(), "digest").await.unwrap();
        store.append(&Batch { rows: vec![row(1, "a")], ..Batch::default() }).await.unwrap();
        store.limit_pages(1).await.unwrap();
        let large = "x".repeat(1 << 20);
        let batch = Batch { rows: vec![row(2, "b"), row(3, &large)], ..Batch::default() };
        assert!(matches!(store.append(&batch).await, Err(StoreError::Database(_))));
        assert_eq!(store.last_sequence(), 1);
        assert_eq!(store.rows_after(0, 10).await.unwrap().len(), 1);
        store.limit_megabytes(100).await.unwrap();
        store.append(&batch).await.unwrap();
        assert_eq!(store.rows_after(0, 10).await.unwrap().len(), 3);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_on_the_machine_reads_persons_or_the_key() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path(), "digest").await.unwrap();
        store.append(&Batch { rows: vec![row(1, "a")], ..Batch::default() }).await.unwrap();
        for file in [FILE_NAME.to_owned(), format!("{FILE_NAME}-wal"), format!("{FILE_NAME}-shm")] {
            let mode = std::fs::metadata(folder.path().join(&file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }

    #[tokio::test]
    async fn what_is_no_store_is_refused_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        std::fs::write(&path, "minutes of a meeting, not a database\n".repeat(100)).unwrap();
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(open(folder.path(), "digest").await, Err(StoreError::Database(_))));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[tokio::test]
    async fn a_folder_serves_one_scenario_and_one_server() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path(), "one").await.unwrap();
        assert!(matches!(open(folder.path(), "one").await, Err(StoreError::InUse(_))));
        drop(store);
        assert!(matches!(open(folder.path(), "two").await, Err(StoreError::OtherScenario { .. })));
    }
}
