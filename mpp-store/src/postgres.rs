//! The store in a PostgreSQL database, for any number of server nodes at once.
//!
//! - **Durability.** What the server promises: a commit that returned is in its write-ahead log. `synchronous_commit` is
//!   turned on where the database has it off; `fsync` is the operator's to leave on.
//! - **Writes** lock one counter row first, so commits have one order over all nodes and nothing can deadlock with another
//!   commit (decision 0031). Batches that arrive meanwhile are written together, in one round trip and one
//!   transaction: those that touch nothing in common list by list (decision 0035), others in a second one, each under a
//!   savepoint of its own. The statements are functions in the database, which the migrations
//!   bring; every value travels as a parameter.
//! - **Reads and leases** run beside them on connections of their own.
//! - **Failures.** Serialisation failures and deadlocks are tried again a few times. Reads are tried again on a new
//!   connection when theirs was cut. A commit whose connection was cut answers [`StoreError::Unavailable`]: whether it took
//!   effect is found out by reading. After a restart of the server the next call has a new connection.
//! - **Jobs** of this process ring [`crate::Outbox::arrivals`] as soon as they are committed, those of other nodes by `LISTEN` and
//!   `NOTIFY`: the first commit of a burst at once, what follows together within some ten milliseconds. A pooler between node and server must
//!   keep a connection for its session.
//! - **Transport.** Over TCP to another machine TLS with a checked certificate is the rule; only an `sslmode` in the address
//!   other than `prefer` says otherwise.
//! - **Erasure.** Deleted rows stay in the files until vacuum, and in the write-ahead log and its archive as long as those
//!   are kept. Personal fields are sealed before they get here ([`crate::Vault`]), so destroying their key is what erases
//!   them.
//! - The character U+0000 has no form in PostgreSQL's texts: a batch with one is [`StoreError::Unencodable`], a search for one
//!   finds nothing.

mod address;
mod announcements;
mod arrivals;
mod batch_text;
mod commit;
mod connections;
mod inspect;
mod logs;
mod open;
mod outbox;
mod read;
mod snapshot;
#[cfg(test)]
mod tests;
mod together;

use std::sync::Arc;

use async_trait::async_trait;

use crate::{Commit, StoreError, Version, WriteBatch, rows};

pub use address::PostgresAddress;

use arrivals::Arrivals;
use commit::CommitQueue;
use connections::Connections;

/// The store in a PostgreSQL database.
#[derive(Debug)]
pub struct PostgresStore {
    connections: Connections,
    queue: Arc<CommitQueue>,
    arrivals: Arrivals,
}

impl PostgresStore {
    /// The least major version of the server.
    pub const LEAST_POSTGRES: &'static str = "13";

    /// Connects, and makes or brings up to date the tables in the first schema of the user's search path.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] and [`StoreError::ChangedMigration`] when the tables belong to another program version,
    /// [`StoreError::PostgresTooOld`], [`StoreError::Unavailable`] when the server cannot be reached, does not let this
    /// user in, or the database is not in UTF-8.
    pub async fn open(address: &PostgresAddress) -> Result<Self, StoreError> {
        let opened = open::open(address).await?;
        let queue = Arc::new(CommitQueue::new(opened.writers, opened.arrivals.bell()));
        Ok(Self { connections: opened.connections, queue, arrivals: opened.arrivals })
    }

    /// The last migration this program knows.
    #[must_use]
    pub fn known_schema() -> i64 {
        open::MIGRATIONS.iter().map(|(version, _, _)| *version).max().unwrap_or(0)
    }

    /// The last migration the tables carry; `None` when there are none yet. Nothing is made or brought up to date.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the server cannot be reached or does not let this user in.
    pub async fn schema(address: &PostgresAddress) -> Result<Option<i64>, StoreError> {
        open::schema(address).await
    }
}

#[async_trait]
impl Commit for PostgresStore {
    async fn commit(&self, batch: WriteBatch) -> Result<Version, StoreError> {
        CommitQueue::commit(&self.queue, batch.into_parts()?).await
    }
}

/// Wraps a database error. The server's texts can repeat values in their details, which are not part of this error's own
/// text.
fn unavailable(error: sqlx::Error) -> StoreError {
    StoreError::unavailable(error)
}

/// Whether PostgreSQL has a form for the text.
fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}
