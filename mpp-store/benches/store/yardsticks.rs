//! What the store is held against: the server's own benchmark, and the disk.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use crate::numbers::figure;
use crate::places::{Database, Places};
use crate::{Failure, clock};

/// A table for `pgbench`, and its script: one row, one commit.
const TABLE: &str = "CREATE TABLE single_row (id bigserial PRIMARY KEY, body text NOT NULL)";
const SCRIPT: &str = "INSERT INTO single_row (body) VALUES (repeat('s', 100));\n";

/// How `pgbench` is started.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    /// As it starts by itself: a thread, and statements parsed each time.
    Plain,
    /// As fast as it goes here: a thread for each processor, statements prepared.
    Prepared,
}

impl Manner {
    const fn arguments(self) -> [&'static str; 4] {
        match self {
            Self::Plain => ["-M", "simple", "-j", "1"],
            Self::Prepared => ["-M", "prepared", "-j", "2"],
        }
    }
}

/// `pgbench` on a database of its own.
#[derive(Debug)]
pub(crate) struct PgBench<'p> {
    places: &'p Places,
    database: Database,
    folder: tempfile::TempDir,
}

impl<'p> PgBench<'p> {
    pub(crate) async fn ready(places: &'p Places) -> Result<Self, Failure> {
        let (database, folder) = (places.fresh_database().await?, places.fresh_folder()?);
        database.run(TABLE).await?;
        std::fs::write(folder.path().join("insert.sql"), SCRIPT)?;
        Ok(Self { places, database, folder })
    }

    /// Commits per second of 16 clients, time to connect left out.
    pub(crate) async fn rate(&self, manner: Manner, length: Duration) -> Result<f64, Failure> {
        let mut command = Command::new(self.places.programs.join("pgbench"));
        command.args(manner.arguments());
        command.args(["-n", "-c", "16", "-T", &length.as_secs().to_string(), "-f"]);
        command.arg(self.folder.path().join("insert.sql")).envs(self.database.libpq()?);
        let output = command.output().await?;
        let said = String::from_utf8_lossy(&output.stdout);
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        Ok(rate.ok_or_else(|| format!("pgbench: {}", String::from_utf8_lossy(&output.stderr)))?)
    }

    pub(crate) async fn drop(self) -> Result<(), Failure> {
        self.database.drop().await
    }
}

/// How often per second the disk settles: one writer that appends 4 KiB and waits for it, again and again.
pub(crate) async fn fsync_rate(folder: &Path, length: Duration) -> Result<f64, Failure> {
    let path = folder.join("appended");
    let measured = tokio::task::spawn_blocking(move || {
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        let (begun, mut times) = (clock::now(), 0);
        while begun.elapsed() < length {
            file.write_all(&[b's'; 4096])?;
            file.sync_data()?;
            times += 1;
        }
        let rate = figure(times) / begun.elapsed().as_secs_f64();
        std::fs::remove_file(path)?;
        Ok::<_, std::io::Error>(rate)
    });
    Ok(measured.await??)
}
