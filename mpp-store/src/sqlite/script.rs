//! Statements that go to SQLite's thread together, each with what must come of it. Every trip to that thread and back
//! costs more than most statements, so a batch makes one trip and not one for each statement.

use std::fmt;

use futures::TryStreamExt;
use sqlx::sqlite::{SqliteArguments, SqliteQueryResult, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Either, Encode, Executor, Row, Sqlite, SqliteConnection, Type};

use crate::StoreError;

use super::unavailable;

/// The most statements of one trip. A script within this bound is kept prepared; longer ones are rare and all different.
const MOST_STATEMENTS: usize = 64;

/// What must come of a statement.
enum Outcome {
    /// Anything but a failure.
    Any,
    /// A number, which the caller wants to know.
    Number,
    /// At least one changed row.
    Change,
    /// A row with this number, or no row.
    Row(Option<i64>),
}

struct Expectation {
    outcome: Outcome,
    /// What the caller is told when the outcome is another one, or the statement breaks a uniqueness.
    refusal: Option<StoreError>,
}

/// Statements of one trip.
#[derive(Default)]
struct Trip {
    sql: String,
    arguments: SqliteArguments,
    expectations: Vec<Expectation>,
}

/// A list of statements under construction. Placeholders are plain `?`, counted through all statements of a trip.
#[derive(Default)]
pub(super) struct Script {
    trips: Vec<Trip>,
    fault: Option<sqlx::Error>,
}

/// The statement added last, to which values are bound.
pub(super) struct Statement<'a>(&'a mut Script);

impl Script {
    /// A statement that only must not fail.
    pub(super) fn plain(&mut self, sql: &'static str) -> Statement<'_> {
        self.add(sql, Outcome::Any, None)
    }

    /// A statement whose only number [`Script::run`] gives back.
    pub(super) fn number(&mut self, sql: &'static str) -> Statement<'_> {
        self.add(sql, Outcome::Number, None)
    }

    /// A statement that must not break a uniqueness.
    pub(super) fn unique(&mut self, sql: &'static str, refusal: StoreError) -> Statement<'_> {
        self.add(sql, Outcome::Any, Some(refusal))
    }

    /// A statement that must change a row.
    pub(super) fn change(&mut self, sql: &'static str, refusal: StoreError) -> Statement<'_> {
        self.add(sql, Outcome::Change, Some(refusal))
    }

    /// A query that must find this number, or nothing.
    pub(super) fn find(
        &mut self,
        sql: &'static str,
        expected: Option<i64>,
        refusal: StoreError,
    ) -> Statement<'_> {
        self.add(sql, Outcome::Row(expected), Some(refusal))
    }

    fn add(&mut self, sql: &'static str, outcome: Outcome, refusal: Option<StoreError>) -> Statement<'_> {
        if self.trips.last().is_none_or(|trip| trip.expectations.len() >= MOST_STATEMENTS) {
            self.trips.push(Trip::default());
        }
        if let Some(trip) = self.trips.last_mut() {
            trip.sql.push_str(sql);
            trip.sql.push(';');
            trip.expectations.push(Expectation { outcome, refusal });
        }
        Statement(self)
    }

    /// Runs the statements in order up to the first that does not come out as it must; statements behind it may have run
    /// as well before that is seen. The caller undoes what was done.
    ///
    /// # Errors
    /// That statement's refusal, else [`StoreError::Unavailable`].
    pub(super) async fn run(self, connection: &mut SqliteConnection) -> Result<Option<i64>, StoreError> {
        if let Some(fault) = self.fault {
            return Err(unavailable(fault));
        }
        let keep = self.trips.len() == 1;
        let mut number = None;
        for trip in self.trips {
            number = number.or(trip.run(connection, keep).await?);
        }
        Ok(number)
    }
}

impl Statement<'_> {
    /// The value of the next `?`.
    pub(super) fn bind<'v, V: Encode<'v, Sqlite> + Type<Sqlite>>(self, value: V) -> Self {
        let Self(script) = self;
        if let Some(trip) = script.trips.last_mut()
            && let Err(error) = trip.arguments.add(value)
        {
            script.fault.get_or_insert(sqlx::Error::Encode(error));
        }
        Self(script)
    }
}

impl Trip {
    async fn run(self, connection: &mut SqliteConnection, keep: bool) -> Result<Option<i64>, StoreError> {
        let Self { sql, arguments, expectations } = self;
        // every piece of the text is a constant of this crate; values are bound
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments).persistent(keep);
        // the executor's method and not the query's: only SQLite runs several statements with values, as it does here
        let mut results = connection.fetch_many(query);
        let mut expectations = expectations.into_iter();
        let (mut found, mut number) = (None, None);
        loop {
            match results.try_next().await {
                Ok(Some(Either::Right(row))) => found = Some(first_number(&row)?),
                Ok(Some(Either::Left(done))) => {
                    let expectation = expectations.next().ok_or_else(|| unavailable(uncounted()))?;
                    number = number.or(expectation.met_by(found.take(), &done)?);
                }
                Ok(None) => return Ok(number),
                Err(error) => return Err(refusal_of(error, expectations.next())),
            }
        }
    }
}

impl Expectation {
    fn met_by(self, found: Option<i64>, done: &SqliteQueryResult) -> Result<Option<i64>, StoreError> {
        let (met, number) = match self.outcome {
            Outcome::Any => (true, None),
            Outcome::Number => (true, found),
            Outcome::Change => (done.rows_affected() > 0, None),
            Outcome::Row(expected) => (found == expected, None),
        };
        match self.refusal {
            Some(refusal) if !met => Err(refusal),
            _ => Ok(number),
        }
    }
}

impl fmt::Debug for Script {
    /// Leaves the values out: they may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statements: usize = self.trips.iter().map(|trip| trip.expectations.len()).sum();
        f.debug_struct("Script").field("statements", &statements).finish_non_exhaustive()
    }
}

fn first_number(row: &SqliteRow) -> Result<i64, StoreError> {
    row.try_get(0).map_err(unavailable)
}

fn refusal_of(error: sqlx::Error, failed: Option<Expectation>) -> StoreError {
    let broken = error.as_database_error().is_some_and(|error| error.is_unique_violation());
    match failed.and_then(|expectation| expectation.refusal) {
        Some(refusal) if broken => refusal,
        _ => unavailable(error),
    }
}

fn uncounted() -> sqlx::Error {
    sqlx::Error::Protocol("more results than statements".into())
}
