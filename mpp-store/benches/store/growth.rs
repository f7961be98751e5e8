//! What a commit and a page cost with 1,000,000 consents beside what they cost with 1,000, in rounds that alternate.

use std::sync::Arc;
use std::time::Duration;

use mpp_store::{
    Cursor, IndexValue, ListOrder, ListQuery, Record as _, RecordKey, RecordReaderExt as _, SqliteStore,
    Store, WriteBatch,
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
/// Steps of a journey behind the one that makes its consent.
const STEPS: u64 = 7;
/// Pages of one partner's list.
const WALK: u32 = 40;
/// Pages of all partners' lists in a round: each list once where it is long.
const WALKED: u32 = 800;
const GOAL: Goal = Goal::AtMost(1.3, " x");

/// Consents as the store writes them, made by the database itself, which is quicker; how numbers become keys is said again in
/// [`key_of`].
const POSTGRES_FILL: &str = "
    CREATE TABLE digest AS SELECT i.value::bigint AS partner, r.entries_digest AS digest
        FROM record r JOIN record_index i USING (kind, seq);
    DELETE FROM record_index;
    DELETE FROM record;
    INSERT INTO record (kind, seq, key, version, form, data, entries_digest)
        SELECT 'consent', n, k, 1, 1, format(
            '{\"id\":\"%s\",\"partner\":%s,\"steps\":0,\"sealed\":\"%s\"}', k, n % PARTNERS, repeat('s', 300)), d.digest
        FROM generate_series(1, COUNT::bigint) n JOIN digest d ON d.partner = n % PARTNERS,
             LATERAL (SELECT lpad(to_hex((n * 2654435761) % 4294967296), 16, '0') k) keys ORDER BY n;
    DROP TABLE digest;
    INSERT INTO record_index (kind, name, value, seq, is_unique)
        SELECT kind, 'partner', (seq % PARTNERS)::text, seq, false FROM record;
    SELECT setval('record_seq', COUNT);
    VACUUM ANALYZE;
    CHECKPOINT";

const SQLITE_FILL: &str = "
    CREATE TEMP TABLE digest AS SELECT CAST(i.value AS INTEGER) AS partner, r.entries_digest AS digest
        FROM record r JOIN record_index i USING (seq);
    DELETE FROM record_index;
    DELETE FROM record;
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < COUNT),
         keys (n, k) AS (SELECT n, printf('%016x', (n * 2654435761) % 4294967296) FROM numbers)
    INSERT INTO record (kind, seq, key, version, form, data, entries_digest)
        SELECT 'consent', n, k, 1, 1, printf(
            '{\"id\":\"%s\",\"partner\":%d,\"steps\":0,\"sealed\":\"%s\"}', k, n % PARTNERS, printf('%.*c', 300, 's')),
            (SELECT d.digest FROM digest d WHERE d.partner = n % PARTNERS)
        FROM keys;
    INSERT INTO record_index (kind, name, value, seq, is_unique)
        SELECT kind, 'partner', CAST(seq % PARTNERS AS TEXT), seq, 0 FROM record;
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
        one_of_each_partner(&*store).await?;
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
        let empty = SqliteStore::open(&path).await?;
        one_of_each_partner(&empty).await?;
        empty.close().await;
        let mut connection = SqliteConnectOptions::new().filename(&path).connect().await?;
        connection.execute(AssertSqlSafe(filling(SQLITE_FILL, count))).await?;
        drop(connection);
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await?);
        filled.push(checked(Filled { store, count }).await?);
    }
    compare("SQLite", &filled, table).await
}

/// What the filling makes all others of: only the store knows what it keeps beside a record of such entries.
async fn one_of_each_partner(store: &dyn Store) -> Result<(), Failure> {
    let mut batch = WriteBatch::new();
    for partner in 0..PARTNERS {
        batch.insert(&Consent { id: format!("first-{partner}"), partner, steps: 0, sealed: String::new() });
    }
    Ok(store.commit(batch).await.map(drop)?)
}

/// The store, if it has as many consents as it should and the last is found by its key and by its partner.
async fn checked(filled: Filled) -> Result<Filled, Failure> {
    let (store, count) = (&filled.store, filled.count);
    let last = store.get::<Consent>(&key_of(count)).await?.ok_or("the last consent is not found")?;
    let by_partner = Some((PARTNER, IndexValue::new(last.record.partner)));
    let found = (store.count(Consent::KIND, None).await?, store.count(Consent::KIND, by_partner).await?);
    if found == (count, count / PARTNERS) { Ok(filled) } else { Err(format!("found {found:?}").into()) }
}

/// What is measured in both stores.
#[derive(Debug, Clone, Copy)]
enum Cost {
    CommitOfChance,
    CommitUnderWay,
    PageOfChance,
    PageOfWalk,
}

impl Cost {
    /// Pages first: PostgreSQL has whoever reads a page for the first time tidy up after those who changed its records.
    const ALL: [(Self, &str); 4] = [
        (Self::PageOfChance, "keyset page behind a place of chance"),
        (Self::PageOfWalk, "keyset page, lists looked through from the newest on"),
        (Self::CommitOfChance, "commit to a consent of chance"),
        // last, for it makes consents
        (Self::CommitUnderWay, "commit of journeys under way"),
    ];

    /// In microseconds.
    async fn of(self, filled: &Filled) -> Result<f64, Failure> {
        match self {
            Self::CommitOfChance => commit_cost(filled).await,
            Self::CommitUnderWay => journey_cost(filled).await,
            Self::PageOfChance => page_cost(filled).await,
            Self::PageOfWalk => walk_cost(filled).await,
        }
    }
}

async fn compare(name: &str, filled: &[Filled], table: &mut Table) -> Result<(), Failure> {
    let [few, many] = filled else { return Err("two stores are compared".into()) };
    for (cost, what) in Cost::ALL {
        let (mut of_few, mut of_many) = (Vec::new(), Vec::new());
        // the first round is not counted
        for round in 0..=ROUNDS {
            let (small, large) = (cost.of(few).await?, cost.of(many).await?);
            if round > 0 {
                of_few.push(small);
                of_many.push(large);
            }
        }
        let what = format!("growth: {what}, at 10^6 consents beside 10^3: {name}");
        let ratios: Vec<_> = of_many.iter().zip(&of_few).map(|(many, few)| many / few).collect();
        let micros = |costs: &[f64]| format!("{:.0} us", Spread::of(costs).median);
        table.ratio(&what, GOAL, &micros(&of_many), &micros(&of_few), &ratios);
    }
    Ok(())
}

/// Microseconds of a commit of 16 writers, each of which begins a consent, takes its steps, and begins the next.
async fn journey_cost(filled: &Filled) -> Result<f64, Failure> {
    let begun = clock::now();
    let tasks = (0..WRITERS).map(|_| {
        let store = Arc::clone(&filled.store);
        tokio::spawn(async move {
            let mut commits = 0;
            while begun.elapsed() < LENGTH {
                let mut journey = Journey::begin(&store).await?;
                for _ in 0..STEPS {
                    journey.step().await?;
                }
                commits += 1 + STEPS;
            }
            Ok::<u64, Failure>(commits)
        })
    });
    let mut commits = 0;
    for task in tasks.collect::<Vec<_>>() {
        commits += task.await??;
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / figure(commits))
}

/// Microseconds of a page when the list of one partner after the other is looked through from its newest consent on, up to
/// [`WALK`] pages of each.
async fn walk_cost(filled: &Filled) -> Result<f64, Failure> {
    let (begun, mut pages) = (clock::now(), 0);
    for partner in (0..PARTNERS).cycle() {
        let mut after = None;
        for _ in 0..WALK {
            let query = ListQuery::of(Consent::KIND).by_index(PARTNER, IndexValue::new(partner));
            let query = query.in_order(ListOrder::NewestFirst).after(after).limit(PAGE);
            let page = filled.store.list(query).await?;
            pages += 1;
            after = page.next;
            if after.is_none() || pages == WALKED {
                break;
            }
        }
        if pages == WALKED {
            break;
        }
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(pages))
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
