//! The sums that the calendar is shown by are what counting the documents themselves gives, whatever happened to them.

use std::collections::BTreeMap;

use mpp_core::{Clock, ConsentRequestId, Span, Timestamp};
use mpp_services::client::{CentralNotificationKind, RetentionClass};
use mpp_store::{Record, RecordKey, RecordKind, RecordReaderExt, WriteBatch};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fake_central::About;
use crate::world::{BUREAU, DEPOSIT, Ready, World, settle, work_all};

/// What can happen.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A document comes under one of the consents.
    Arrives(usize),
    /// The customer withdraws one of them.
    Withdrawn(usize),
    /// Time passes, and nobody works.
    Days(i64),
    /// All that is due is worked on.
    Work,
    /// Evidence has been kept long enough.
    Forgotten,
    /// A program of before wrote everything anew, without sums.
    OlderProgram,
    /// Some of it comes into the sums.
    Indexed,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..CONSENTS).prop_map(Step::Arrives),
        2 => (0..CONSENTS).prop_map(Step::Withdrawn),
        3 => (1..40_i64).prop_map(Step::Days),
        3 => Just(Step::Work),
        1 => Just(Step::Forgotten),
        1 => Just(Step::OlderProgram),
        1 => Just(Step::Indexed),
    ]
}

/// Two of banks, one of a bureau, and one without a case of ours, whose documents have no end.
const CONSENTS: usize = 4;

/// A record as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
struct Stored<const KIND: usize>(Value);

const ITEMS: usize = 0;
const SUMS: usize = 1;
const INDEXED: usize = 2;
const KINDS: [&str; 3] = ["client-item", "client-life-day", "client-indexed"];

impl<const KIND: usize> Record for Stored<KIND> {
    const KIND: RecordKind = RecordKind::new(KINDS[KIND]);
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        match KIND {
            ITEMS => RecordKey::from(self.0["item"].as_str().unwrap()),
            INDEXED => RecordKey::from(self.0["kind"].as_str().unwrap()),
            _ => {
                let day = self.0["of"]["on"].as_str().unwrap_or("none");
                RecordKey::new(format_args!("{day}.{}", self.0["part"]))
            }
        }
    }
}

async fn stored<const KIND: usize>(world: &World) -> Vec<mpp_store::Versioned<Stored<KIND>>> {
    world.store.all::<Stored<KIND>>(Default::default(), None, 1000).await.unwrap().items
}

/// A day (or none), product and source, with how many are held and how many were purged.
type Counted = BTreeMap<(String, String, String), (u64, u64)>;

/// The documents, counted one by one; and how many are being destroyed, and how many have no end.
async fn one_by_one(world: &World) -> (Counted, u64, u64) {
    let (mut counted, mut purging, mut never) = (Counted::new(), 0, 0);
    for read in stored::<ITEMS>(world).await {
        let item = read.record.0;
        let day =
            |text: &Value| text.as_str().unwrap().parse::<Timestamp>().unwrap().day_in_india().to_string();
        let product = item["product"].as_str().unwrap_or("none").to_owned();
        let key = |day| (day, product.clone(), item["source"].as_str().unwrap().to_owned());
        match (item["state"]["state"].as_str().unwrap(), &item["purgeBy"]) {
            ("held", Value::Null) => never += 1,
            ("held", end) => counted.entry(key(day(end))).or_default().0 += 1,
            ("purging", _) => purging += 1,
            _ => counted.entry(key(day(&item["state"]["at"]))).or_default().1 += 1,
        }
    }
    (counted, purging, never)
}

/// The same as the calendar says it, with every day looked at by product and source and as a whole.
async fn as_shown(world: &World, ready: &Ready, days: &Counted) -> (Counted, u64, u64) {
    let server = &ready.server;
    let mut counted = Counted::new();
    for (day, ..) in days.keys() {
        let day: jiff::civil::Date = day.parse().unwrap();
        let of_day = server.documents_of_day(day).await.unwrap();
        let (mut ends, mut purged) = (0, 0);
        for of in of_day.slices {
            let product = of.slice.product.map_or("none".to_owned(), |product| product.to_string());
            let alone = server.life_calendar(Some(day), Some(&of.slice)).await.unwrap();
            let alone = alone.days.iter().find(|of| of.day == day).unwrap();
            assert_eq!((alone.ends, alone.purged), (of.ends, of.purged));
            (ends, purged) = (ends + of.ends, purged + of.purged);
            counted.insert((day.to_string(), product, of.slice.source.to_string()), (of.ends, of.purged));
        }
        let calendar = server.life_calendar(Some(day), None).await.unwrap();
        let whole = calendar.days.iter().find(|of| of.day == day).unwrap();
        assert_eq!((whole, *whole), (&of_day.whole, mpp_services::client::CalendarDay { day, ends, purged }));
    }
    let calendar = server.life_calendar(None, None).await.unwrap();
    assert!(calendar.is_complete);
    let today = world.clock.now().day_in_india();
    let late = calendar.overdue.iter().filter(|(day, _)| *day < today).map(|(_, count)| count).sum::<u64>();
    let wanted = days.iter().filter(|((day, ..), _)| *day < today.to_string());
    assert_eq!(late, wanted.map(|(_, (held, _))| held).sum::<u64>(), "overdue");
    (counted, calendar.purging, calendar.never)
}

async fn index_all(ready: &Ready) {
    while ready.server.index_some().await.unwrap() {}
}

/// Everything as a program of before left it.
async fn go_back(world: &World) {
    let mut batch = WriteBatch::new();
    for mut read in stored::<ITEMS>(world).await {
        read.record.0.as_object_mut().unwrap().remove("isCounted");
        // a store keeps the entries a record was written with: these are written anew with all of them by `index_some`
        batch.update(read.version, &read.record);
    }
    for read in stored::<SUMS>(world).await {
        batch.delete::<Stored<SUMS>>(&read.record.key(), read.version);
    }
    for read in stored::<INDEXED>(world).await {
        batch.delete::<Stored<INDEXED>>(&read.record.key(), read.version);
    }
    world.store.commit(batch).await.unwrap();
}

async fn consents(world: &World, ready: &Ready) -> Vec<About> {
    let request = ConsentRequestId::from_random([3; 16]);
    vec![
        world.consented(ready, "LOAN-1", "account-aggregator").await,
        world.consented(ready, "LOAN-2", "account-aggregator").await,
        world.consented(ready, "LOAN-3", BUREAU).await,
        About { case_ref: "ELSEWHERE".into(), ..world.about(request, "account-aggregator".parse().unwrap()) },
    ]
}

async fn happens(world: &World, ready: &Ready, consents: &[About], step: Step) {
    match step {
        Step::Arrives(which) => {
            let about = &consents[which];
            let parcel = world.central.keep_parcel(about, "application/xml", DEPOSIT.as_bytes());
            world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
            settle(&ready.server).await;
        }
        Step::Withdrawn(which) => {
            let told = world.central.announce(CentralNotificationKind::ConsentRevoked, &consents[which]);
            // what is to be destroyed waits until somebody works
            ready.server.take(&told).await.unwrap();
        }
        Step::Days(days) => world.wait(Span::from_days(days)),
        Step::Work => drop(work_all(&ready.server).await),
        Step::Forgotten => {
            world.wait(Span::from_days(7 * 366 + 5));
            ready.server.forget_over(RetentionClass::Consents).await.unwrap();
        }
        Step::OlderProgram => {
            go_back(world).await;
            index_all(ready).await;
        }
        Step::Indexed => drop(ready.server.index_some().await.unwrap()),
    }
}

async fn holds(steps: Vec<Step>) {
    let world = World::new();
    let ready = world.ready().await;
    index_all(&ready).await;
    let consents = consents(&world, &ready).await;
    for step in steps {
        happens(&world, &ready, &consents, step).await;
        let counted = one_by_one(&world).await;
        assert_eq!(as_shown(&world, &ready, &counted.0).await, counted, "{step:?}");
        let sums = stored::<SUMS>(&world).await;
        assert!(
            sums.iter().all(|read| read.record.0["sums"] != Value::Array(Vec::new())),
            "an empty sum is kept"
        );
        let held: u64 = counted.0.values().map(|(held, purged)| held + purged).sum();
        let summed = sums.iter().flat_map(|read| read.record.0["sums"].as_array().cloned().unwrap());
        let count = |sum: &Value, name: &str| sum[name].as_u64().unwrap_or(0);
        let summed: u64 =
            summed.map(|sum| count(&sum, "held") + count(&sum, "purging") + count(&sum, "purged")).sum();
        assert_eq!(summed, held + counted.1 + counted.2, "a document stands on one day only");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_the_calendar_says_is_what_counting_gives(steps in proptest::collection::vec(step(), 1..18)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(holds(steps));
    }
}

/// Documents under many consents are destroyed at the same moment, by several workers of two servers.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn workers_that_meet_lose_no_count() {
    let world = World::new();
    let ready = world.ready().await;
    index_all(&ready).await;
    let consents = consents(&world, &ready).await;
    for number in 0..60 {
        happens(&world, &ready, &consents, Step::Arrives(number % 3)).await;
    }
    world.wait(Span::from_days(40));
    let other = world.server().await;
    tokio::join!(work_all(&ready.server), work_all(&other), work_all(&ready.server), work_all(&other));
    work_all(&ready.server).await;
    let counted = one_by_one(&world).await;
    let purged: u64 = counted.0.values().map(|(_, purged)| purged).sum();
    assert_eq!((purged, counted.1, counted.2), (60, 0, 0));
    assert_eq!(as_shown(&world, &ready, &counted.0).await, counted);
}
