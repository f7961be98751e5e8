//! A PostgreSQL server to test on: a real part that cargo cannot bring. `cargo xtask test` starts one.

use std::sync::atomic::{AtomicU32, Ordering};

use mpp_store::{PostgresAddress, PostgresStore};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// A database of its own, dropped at the end.
#[derive(Debug)]
pub struct FreshDatabase {
    server: String,
    name: String,
}

impl FreshDatabase {
    /// A database on the server named by `MPP_POSTGRES`.
    pub async fn new() -> Self {
        let server = std::env::var("MPP_POSTGRES").unwrap_or_else(|_| {
            panic!(
                "these tests use PostgreSQL, and MPP_POSTGRES names none: run `cargo xtask test`, which starts one (Debian \
                 package `postgresql`), or set it to an address such as postgres://user:password@127.0.0.1/postgres \
                 of a user who may create databases"
            )
        });
        Self::on(server).await
    }

    /// A database on this server.
    pub async fn on(server: String) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("mpp_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        // left behind by an earlier process of the same number
        run(&server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        run(&server, format!("CREATE DATABASE {name} TEMPLATE template0")).await;
        Self { server, name }
    }

    pub fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    pub fn address(&self) -> PostgresAddress {
        self.url().parse().unwrap()
    }

    pub async fn open(&self) -> PostgresStore {
        PostgresStore::open(&self.address()).await.unwrap()
    }

    /// Runs something behind the store's back.
    pub async fn run(&self, sql: &str) {
        run(&self.url(), sql.to_owned()).await;
    }
}

impl Drop for FreshDatabase {
    fn drop(&mut self) {
        let (server, sql) =
            (self.server.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                // the server may be gone; then so is the database
                if let Ok(mut connection) = PgConnection::connect(&server).await {
                    connection.execute(AssertSqlSafe(sql)).await.unwrap();
                }
            });
        });
        dropped.join().unwrap();
    }
}

async fn run(url: &str, sql: String) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

impl FreshDatabase {
    /// A transaction of somebody else's that holds what this statement locks.
    pub async fn lock(&self, sql: &'static str) -> Lock {
        let mut lock = Lock(PgConnection::connect(&self.url()).await.unwrap());
        lock.run("BEGIN").await;
        lock.run(sql).await;
        lock
    }

    /// Returns when a session of this database waits for a lock.
    pub async fn until_somebody_waits(&self) {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                   AND wait_event_type = 'Lock'";
        loop {
            let (waiting,): (i64,) = sqlx::query_as(sql).fetch_one(&mut connection).await.unwrap();
            if waiting > 0 {
                return;
            }
        }
    }

    /// Returns when a session of this database waits for a lock that has a number only.
    pub async fn until_somebody_waits_for_advice(&self) {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                   AND wait_event = 'advisory'";
        loop {
            let (waiting,): (i64,) = sqlx::query_as(sql).fetch_one(&mut connection).await.unwrap();
            if waiting > 0 {
                return;
            }
        }
    }

    /// Ends the server's end of every session of this database that waits for such a lock.
    pub async fn terminate_who_waits_for_advice(&self) {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event = 'advisory'";
        self.run(sql).await;
    }

    /// Ends the server's end of every session of this database that waits for a lock.
    pub async fn terminate_who_waits(&self) {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        self.run(sql).await;
    }
}

/// A transaction under way.
#[derive(Debug)]
pub struct Lock(PgConnection);

impl Lock {
    /// Runs something in the transaction.
    pub async fn run(&mut self, sql: &'static str) {
        self.0.execute(sql).await.unwrap();
    }

    /// Ends the transaction.
    pub async fn release(mut self) {
        self.run("COMMIT").await;
        self.0.close().await.unwrap();
    }
}
