//! A PostgreSQL server that is searched: its dump, its data directory with the write-ahead log, and its log.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Connection, Executor, PgConnection};

use crate::postgres_server::{PostgresServer, programs};

/// A server of our own that logs every statement with its parameters: what the most talkative operator would keep.
pub(crate) struct SearchedServer {
    server: PostgresServer,
    programs: PathBuf,
}

impl SearchedServer {
    pub(crate) async fn start() -> Self {
        let programs = programs().expect("PostgreSQL's programs (Debian package `postgresql`) are there");
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("mpp-forensics-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        let server = PostgresServer::start(&programs, &folder).unwrap();
        let started = Self { server, programs };
        started.run(&["ALTER SYSTEM SET log_statement = 'all'", "SELECT pg_reload_conf()"]).await;
        started
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Everything the server has on the disk: cluster, write-ahead log, its own log.
    pub(crate) fn folder(&self) -> &Path {
        self.server.folder()
    }

    /// What vacuum frees is given back and overwritten where PostgreSQL does so, and the write-ahead log goes on to its next
    /// file.
    pub(crate) async fn settle(&self) {
        self.run(&["VACUUM FULL", "CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT"]).await;
    }

    async fn run(&self, statements: &[&'static str]) {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        for statement in statements {
            connection.execute(*statement).await.unwrap();
        }
        connection.close().await.unwrap();
    }

    /// Writes a dump into this folder.
    pub(crate) fn dump(&self, to: &Path) {
        let mut command = Command::new(self.programs.join("pg_dump"));
        let url = self.url();
        let (before, rest) = url.split_once('@').unwrap();
        let (user, password) = before.trim_start_matches("postgres://").split_once(':').unwrap();
        command.env("PGPASSWORD", password).arg("--inserts").arg("--file").arg(to.join("dump.sql"));
        let ended = command.arg(format!("postgres://{user}@{rest}")).output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
}
