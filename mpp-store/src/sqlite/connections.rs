//! Open connections to the file, lent to one caller at a time.
//!
//! Not sqlx's own pool: that one tries a connection after each use, which for a file costs as much as the use itself. Each
//! connection runs on a thread of its own that works off what it is sent in order, so one whose caller gave up is as good
//! as any: what the caller left behind is rolled back before the next one's first statement.

use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleResult};
use sqlx::query::QueryAs;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteRow};
use sqlx::{ConnectOptions, Connection, FromRow, Sqlite, SqliteConnection};

use crate::StoreError;

use super::unavailable;

/// Opens connections.
#[derive(Debug)]
pub(super) struct Opener(SqliteConnectOptions);

impl Manager for Opener {
    type Type = SqliteConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.0.connect().await
    }

    async fn recycle(&self, _: &mut SqliteConnection, _: &Metrics) -> RecycleResult<sqlx::Error> {
        Ok(())
    }
}

/// A connection that is given back when dropped.
pub(super) type Lent = Object<Opener>;

/// Up to so many connections.
#[derive(Debug, Clone)]
pub(super) struct Connections(Pool<Opener>);

impl Connections {
    /// Connections opened when first needed, at most so many. The one used last is lent first: it has its statements
    /// prepared and its pages at hand.
    pub(super) fn new(options: SqliteConnectOptions, at_most: usize) -> Result<Self, StoreError> {
        let pool = Pool::builder(Opener(options)).max_size(at_most).queue_mode(QueueMode::Lifo).build();
        pool.map(Self).map_err(StoreError::unavailable)
    }

    /// The next free connection.
    pub(super) async fn lend(&self) -> Result<Lent, sqlx::Error> {
        self.0.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error,
            // the others are about waiting for a limited time and hooks, of which there are none
            _ => sqlx::Error::PoolClosed,
        })
    }

    /// All rows of a query.
    pub(super) async fn rows<T>(
        &self,
        query: QueryAs<'_, Sqlite, T, SqliteArguments>,
    ) -> Result<Vec<T>, StoreError>
    where
        T: Send + Unpin + for<'r> FromRow<'r, SqliteRow>,
    {
        let mut connection = self.lend().await.map_err(unavailable)?;
        let rows = query.fetch_all(&mut *connection).await.map_err(unavailable);
        settle(connection, rows).await
    }

    /// The first row of a query.
    pub(super) async fn row<T>(
        &self,
        query: QueryAs<'_, Sqlite, T, SqliteArguments>,
    ) -> Result<Option<T>, StoreError>
    where
        T: Send + Unpin + for<'r> FromRow<'r, SqliteRow>,
    {
        let mut connection = self.lend().await.map_err(unavailable)?;
        let row = query.fetch_optional(&mut *connection).await.map_err(unavailable);
        settle(connection, row).await
    }

    /// The number a query always gives.
    pub(super) async fn number(
        &self,
        query: QueryAs<'_, Sqlite, (i64,), SqliteArguments>,
    ) -> Result<i64, StoreError> {
        let row = self.row(query).await?;
        row.map(|(number,)| number).ok_or_else(|| unavailable(sqlx::Error::RowNotFound))
    }

    /// Waits for work under way and closes.
    pub(super) async fn close(self) {
        let mut open = self.0.retain(|_, _| false).removed;
        while self.0.status().size > 0 {
            let Ok(connection) = self.0.get().await else { break };
            open.push(Object::take(connection));
        }
        self.0.close();
        for connection in open {
            // The store is given up; how a connection takes its leave does not matter.
            let _ = connection.close().await;
        }
    }
}

/// Ends work on a connection. After a failure of the database (a full disk, say) SQLite may have ended the transaction
/// by itself, and the driver would refuse to begin another one for ever: such a connection is closed and a new one
/// opened when it is needed.
async fn settle<T>(connection: Lent, result: Result<T, StoreError>) -> Result<T, StoreError> {
    if matches!(result, Err(StoreError::Unavailable { .. })) {
        // The connection is given up; how it takes its leave does not matter.
        let _ = Object::take(connection).close().await;
    }
    result
}
