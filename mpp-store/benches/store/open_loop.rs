//! How long a commit takes when 1,000 arrive each second whatever became of those before. Each is timed from the instant at which
//! it was to begin, so that one that is held up by others counts in full.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mpp_store::{SqliteStore, Store};
use tokio::task::JoinSet;

use crate::journey::Journey;
use crate::numbers::percentile;
use crate::places::Places;
use crate::table::{Goal, Table};
use crate::{Failure, clock, journey};

const APART: Duration = Duration::from_millis(1);
const COMMITS: u32 = 5_000;
const ROUNDS: u32 = 3;

pub(crate) async fn measure(places: &Places, table: &mut Table) -> Result<(), Failure> {
    let database = places.fresh_database().await?;
    let folder = places.fresh_folder()?;
    let postgres: Arc<dyn Store> = Arc::new(database.open().await?);
    let sqlite: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.path().join("store.sqlite")).await?);
    // statements prepared, pages at hand
    for store in [&postgres, &sqlite] {
        journey::rate(store, 16, Duration::from_secs(1)).await?;
    }
    let (mut of_postgres, mut of_sqlite) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_postgres.push(round(&postgres).await?);
        of_sqlite.push(round(&sqlite).await?);
    }
    for (name, goal, rounds) in [("PostgreSQL", 20.0, of_postgres), ("SQLite", 10.0, of_sqlite)] {
        let all = rounds.concat();
        let of_rounds: Vec<_> = rounds.iter().map(|round| format!("{:.1}", percentile(round, 99))).collect();
        let (median, p99, most) = (percentile(&all, 50), percentile(&all, 99), percentile(&all, 100));
        let ours = format!(
            "p99 {p99:.1} ms (of rounds {}), median {median:.1} ms, longest {most:.1} ms",
            of_rounds.join(", ")
        );
        let what = format!("p99 commit at 1,000 commits/s open loop: {name}");
        table.alone(&what, Goal::AtMost(goal, " ms"), &ours, p99);
    }
    drop(postgres);
    database.drop().await
}

/// The milliseconds of every commit of a round.
async fn round(store: &Arc<dyn Store>) -> Result<Vec<f64>, Failure> {
    let mut journeys = Vec::new();
    for _ in 0..64 {
        journeys.push(Journey::begin(store).await?);
    }
    let idle = Arc::new(Mutex::new(journeys));
    let begun = clock::now() + Duration::from_millis(50);
    let mut running = JoinSet::new();
    for number in 0..COMMITS {
        let intended = begun + APART * number;
        tokio::time::sleep_until(intended.into()).await;
        let (store, idle) = (Arc::clone(store), Arc::clone(&idle));
        running.spawn(async move {
            let journey = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut journey = match journey {
                Some(journey) => journey,
                None => Journey::begin(&store).await?,
            };
            journey.step().await?;
            let took = intended.elapsed();
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(journey);
            Ok::<_, Failure>(took.as_secs_f64() * 1000.0)
        });
    }
    let mut took = Vec::new();
    while let Some(done) = running.join_next().await {
        took.push(done??);
    }
    Ok(took)
}
