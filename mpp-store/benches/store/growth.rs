//! What a commit and a page cost with 1,000,000 consents beside what they cost with 1,000, in rounds that alternate.

use std::sync::Arc;
use std::time::Duration;

use mpp_store::{
    Cursor, IndexValue, ListQuery, Record as _, RecordKey, RecordReaderExt as _, SqliteStore, Store,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};

use crate::journey::{Consent, Journey, PARTNER, PARTNERS};
use crate::numbers::{Spread, draw, figure};
use crate::places::Places;
use crate::table::{Goal, Table};
use crate::{Failure, clock};

const FEW: u64 = 1_000;
const MANY: u64 = 1_000_000;
const WRITERS: u64 = 16;
const ROUNDS: u32 = 5;
const LENGTH: Duration = Duration::from_secs(2);
const PAGES: u32 = 400;
const PAGE: u32 = 25;
const GOAL: Goal = Goal::AtMost(1.3, " x");

/// Consents as the store writes them, made by the database itself, which is quicker; how numbers become keys is said again in
/// [`key_of`].
const POSTGRES_FILL: &str = "
    INSERT INTO record (kind, seq, key, version, form, data)
        SELECT 'consent', n, k, 1, 1, format(
            '{\"id\":\"%s\",\"partner\":%s,\"steps\":0,\"sealed\":\"%s\"}', k, n % PARTNERS, repeat('s', 300))
        FROM generate_series(1, COUNT::bigint) n,
             LATERAL (SELECT lpad(to_hex((n * 2654435761) % 4294967296), 16, '0') k) keys;
    INSERT INTO record_index (kind, name, value, seq, is_unique)
        SELECT kind, 'partner', (seq % PARTNERS)::text, seq, false FROM record;
    SELECT setval('record_seq', COUNT);
    UPDATE commit_counter SET value = 1;
    VACUUM ANALYZE;
    CHECKPOINT";

const SQLITE_FILL: &str = "
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < COUNT),
         keys (n, k) AS (SELECT n, printf('%016x', (n * 2654435761) % 4294967296) FROM numbers)
    INSERT INTO record (kind, seq, key, version, form, data)
        SELECT 'consent', n, k, 1, 1, printf(
            '{\"id\":\"%s\",\"partner\":%d,\"steps\":0,\"sealed\":\"%s\"}', k, n % PARTNERS, printf('%.*c', 300, 's'))
        FROM keys;
    INSERT INTO record_index (kind, name, value, seq, is_unique)
        SELECT kind, 'partner', CAST(seq % PARTNERS AS TEXT), seq, 0 FROM record;
    UPDATE commit_counter SET value = 1;
    PRAGMA wal_checkpoint(TRUNCATE)";

fn key_of(number: u64) -> RecordKey {
    RecordKey::new(format_args!("{:016x}", (number * 2_654_435_761) % 4_294_967_296))
}

fn filling(sql: &str, count: u64) -> String {
    sql.replace("COUNT", &count.to_string()).replace("PARTNERS", &PARTNERS.to_string())
}

/// A store with so many consents.
struct Filled {
    store: Arc<dyn Store>,
    count: u64,
}

pub(crate) async fn measure(places: &Places, table: &mut Table) -> Result<(), Failure> {
    let (few, many) = (places.fresh_database().await?, places.fresh_database().await?);
    let mut filled = Vec::new();
    for (database, count) in [(&few, FEW), (&many, MANY)] {
        let store: Arc<dyn Store> = Arc::new(database.open().await?);
        database.run(&filling(POSTGRES_FILL, count)).await?;
        filled.push(checked(Filled { store, count }).await?);
    }
    compare("PostgreSQL", &filled, table).await?;
    drop(filled);
    few.drop().await?;
    many.drop().await?;
    let folder = places.fresh_folder()?;
    let mut filled = Vec::new();
    for count in [FEW, MANY] {
        let path = folder.path().join(format!("{count}.sqlite"));
        SqliteStore::open(&path).await?.close().await;
        let mut connection = SqliteConnectOptions::new().filename(&path).connect().await?;
        connection.execute(AssertSqlSafe(filling(SQLITE_FILL, count))).await?;
        drop(connection);
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await?);
        filled.push(checked(Filled { store, count }).await?);
    }
    compare("SQLite", &filled, table).await
}

/// The store, if it has as many consents as it should and the last is found by its key and by its partner.
async fn checked(filled: Filled) -> Result<Filled, Failure> {
    let (store, count) = (&filled.store, filled.count);
    let last = store.get::<Consent>(&key_of(count)).await?.ok_or("the last consent is not found")?;
    let by_partner = Some((PARTNER, IndexValue::new(last.record.partner)));
    let found = (store.count(Consent::KIND, None).await?, store.count(Consent::KIND, by_partner).await?);
    if found == (count, count / PARTNERS) { Ok(filled) } else { Err(format!("found {found:?}").into()) }
}

async fn compare(name: &str, filled: &[Filled], table: &mut Table) -> Result<(), Failure> {
    let [few, many] = filled else { return Err("two stores are compared".into()) };
    for store in filled {
        commit_cost(store).await?;
        page_cost(store).await?;
    }
    let (mut commits, mut pages) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for _ in 0..ROUNDS {
        commits.0.push(commit_cost(few).await?);
        commits.1.push(commit_cost(many).await?);
        pages.0.push(page_cost(few).await?);
        pages.1.push(page_cost(many).await?);
    }
    for (what, (few, many)) in [("commit", commits), ("keyset page", pages)] {
        let what = format!("growth: {what} at 10^6 consents beside 10^3: {name}");
        let ratios: Vec<_> = many.iter().zip(&few).map(|(many, few)| many / few).collect();
        let micros = |costs: &[f64]| format!("{:.0} us", Spread::of(costs).median);
        table.ratio(&what, GOAL, &micros(&many), &micros(&few), &ratios);
    }
    Ok(())
}

/// Microseconds of a commit of 16 writers, each of which reads a consent of chance and makes its next step.
async fn commit_cost(filled: &Filled) -> Result<f64, Failure> {
    let begun = clock::now();
    let tasks = (0..WRITERS).map(|writer| {
        let (store, count) = (Arc::clone(&filled.store), filled.count);
        tokio::spawn(async move {
            let mut steps = 0;
            while begun.elapsed() < LENGTH {
                // each writer has consents of its own
                let number = draw() % (count / WRITERS) * WRITERS + writer + 1;
                let found = store.get::<Consent>(&key_of(number)).await?.ok_or("a consent is not found")?;
                Journey::of(Arc::clone(&store), found.record, found.version).step().await?;
                steps += 1;
            }
            Ok::<u64, Failure>(steps)
        })
    });
    let mut steps = 0;
    for task in tasks.collect::<Vec<_>>() {
        steps += task.await??;
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / figure(steps))
}

/// Microseconds of a page of a partner's consents behind a cursor of chance.
async fn page_cost(filled: &Filled) -> Result<f64, Failure> {
    let begun = clock::now();
    for _ in 0..PAGES {
        let query = ListQuery::of(Consent::KIND).by_index(PARTNER, IndexValue::new(draw() % PARTNERS));
        // in the first half, so that a whole page lies behind it
        let query = query.after(Some(Cursor::at_position(draw() % (filled.count / 2)))).limit(PAGE);
        let page = filled.store.list(query).await?;
        if page.items.len() != usize::try_from(PAGE)? {
            return Err("a page is not full".into());
        }
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(PAGES))
}
