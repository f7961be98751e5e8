//! Journey-shaped commits of 16 writers, in rounds that alternate with what they are held against.

use std::sync::Arc;
use std::time::Duration;

use mpp_store::{SledStore, SqliteStore, Store};

use crate::places::Places;
use crate::table::{Goal, Table, per_second};
use crate::yardsticks::{Manner, PgBench, fsync_rate};
use crate::{Failure, journey};

const WRITERS: usize = 16;
const ROUNDS: u32 = 5;
const LENGTH: Duration = Duration::from_secs(3);

pub(crate) async fn postgres(places: &Places, table: &mut Table) -> Result<(), Failure> {
    let database = places.fresh_database().await?;
    let store: Arc<dyn Store> = Arc::new(database.open().await?);
    let pgbench = PgBench::ready(places).await?;
    let (mut ours, mut plain, mut prepared) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        prepared.push(pgbench.rate(Manner::Prepared, LENGTH).await?);
        ours.push(journey::rate(&store, WRITERS, LENGTH).await?);
        plain.push(pgbench.rate(Manner::Plain, LENGTH).await?);
    }
    for (how, theirs) in [("as it starts by itself", &plain), ("prepared, two threads", &prepared)] {
        let what = format!("journey-shaped commit, 16 writers: PostgreSQL, beside pgbench {how}");
        let beside = format!("pgbench {}", per_second(theirs));
        let goal = Goal::AtLeast(0.7, " x pgbench");
        table.ratio(&what, goal, &per_second(&ours), &beside, &ratios(&ours, theirs));
    }
    drop(store);
    pgbench.drop().await?;
    database.drop().await
}

pub(crate) async fn sqlite(places: &Places, table: &mut Table) -> Result<(), Failure> {
    let folder = places.fresh_folder()?;
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.path().join("store.sqlite")).await?);
    let (mut ours, mut disk) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        disk.push(fsync_rate(folder.path(), Duration::from_secs(2)).await?);
        ours.push(journey::rate(&store, WRITERS, LENGTH).await?);
    }
    let what = "the same: SQLite";
    let beside = format!("fdatasync {}", per_second(&disk));
    table.ratio(what, Goal::AtLeast(2.0, " x fsync"), &per_second(&ours), &beside, &ratios(&ours, &disk));
    Ok(())
}

pub(crate) async fn sled(places: &Places, table: &mut Table) -> Result<(), Failure> {
    let folder = places.fresh_folder()?;
    let store: Arc<dyn Store> = Arc::new(SledStore::open(folder.path().join("store.sled")).await?);
    let (mut ours, mut disk) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        disk.push(fsync_rate(folder.path(), Duration::from_secs(1)).await?);
        ours.push(journey::rate(&store, WRITERS, LENGTH).await?);
    }
    let beside = format!("fdatasync {}", per_second(&disk));
    table.ratio("the same: sled", Goal::Stated, &per_second(&ours), &beside, &ratios(&ours, &disk));
    Ok(())
}

fn ratios(ours: &[f64], theirs: &[f64]) -> Vec<f64> {
    ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect()
}
