//! Open connections to the server, lent to one caller at a time.
//!
//! Not sqlx's own pool: that one asks the server whether a connection still stands before each use, which doubles the trips.
//! Here only one that lay idle is asked. The driver finishes what a caller that gave up left behind before the next
//! one's first statement.

use std::fmt;
use std::io;
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleResult};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgRow};
use sqlx::query::QueryAs;
use sqlx::{ConnectOptions, Connection, FromRow, PgConnection, Postgres};

use crate::StoreError;

use super::unavailable;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest a statement may take, waiting for locks included.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// A connection that lay idle for longer is tried before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// Opens connections.
pub(super) struct Opener(PgConnectOptions);

impl fmt::Debug for Opener {
    /// Leaves the options out: they hold the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").finish_non_exhaustive()
    }
}

impl Manager for Opener {
    type Type = PgConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<PgConnection, sqlx::Error> {
        within(CONNECT_TIMEOUT, self.0.connect()).await
    }

    async fn recycle(&self, connection: &mut PgConnection, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if metrics.last_used() > TRUSTED_IDLE {
            within(CONNECT_TIMEOUT, connection.ping()).await?;
        }
        Ok(())
    }
}

/// A connection that is given back when dropped.
pub(super) type Lent = Object<Opener>;

/// Up to so many connections.
#[derive(Debug, Clone)]
pub(super) struct Connections(Pool<Opener>);

impl Connections {
    /// Connections opened when first needed, at most so many. The one used last is lent first.
    pub(super) fn new(options: PgConnectOptions, at_most: usize) -> Result<Self, StoreError> {
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

    /// All rows of a query that changes nothing, or whose repetition does no harm: it is asked again on a new connection
    /// when the first was cut.
    pub(super) async fn rows<'q, T>(
        &self,
        query: impl Fn() -> QueryAs<'q, Postgres, T, PgArguments> + Send + Sync,
    ) -> Result<Vec<T>, StoreError>
    where
        T: Send + Unpin + for<'r> FromRow<'r, PgRow>,
    {
        match self.rows_once(query()).await {
            Err(error) if is_cut(&error) => self.rows_once(query()).await.map_err(unavailable),
            settled => settled.map_err(unavailable),
        }
    }

    /// All rows of a query.
    pub(super) async fn rows_once<T>(
        &self,
        query: QueryAs<'_, Postgres, T, PgArguments>,
    ) -> Result<Vec<T>, sqlx::Error>
    where
        T: Send + Unpin + for<'r> FromRow<'r, PgRow>,
    {
        let mut lent = self.lend().await?;
        let rows = rows(&mut lent, query).await;
        self.settle(lent, rows)
    }

    /// The number a query always gives.
    pub(super) async fn number<'q>(
        &self,
        query: impl Fn() -> QueryAs<'q, Postgres, (i64,), PgArguments> + Send + Sync,
    ) -> Result<i64, StoreError> {
        let row = self.rows(query).await?.into_iter().next();
        row.map(|(number,)| number).ok_or_else(|| unavailable(sqlx::Error::RowNotFound))
    }

    /// Ends work on a connection. One that was cut is given up, and with it those that lie idle: what cut one, a
    /// restart of the server say, cut them all.
    pub(super) fn settle<T>(&self, lent: Lent, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if result.as_ref().is_err_and(is_cut) {
            drop(Object::take(lent));
            self.0.retain(|_, _| false);
        }
        result
    }
}

/// All rows of a query on this connection, in time.
pub(super) async fn rows<T>(
    connection: &mut PgConnection,
    query: QueryAs<'_, Postgres, T, PgArguments>,
) -> Result<Vec<T>, sqlx::Error>
where
    T: Send + Unpin + for<'r> FromRow<'r, PgRow>,
{
    within(ANSWER_TIMEOUT, query.fetch_all(connection)).await
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let timely = tokio::time::timeout(limit, work).await;
    timely.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
}

/// Whether the connection is of no use any more. What was under way on it may have taken effect or not.
pub(super) fn is_cut(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(_) => {
            code(error).is_some_and(|code| code.starts_with("08") || code.starts_with("57P"))
        }
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        _ => false,
    }
}

/// Whether the server undid the transaction because of others, so that the same again can succeed: a serialisation
/// failure or a deadlock.
pub(super) fn is_in_the_way(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| code == "40001" || code == "40P01")
}

fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(|error| error.code()).map(std::borrow::Cow::into_owned)
}
