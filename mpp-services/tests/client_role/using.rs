//! This server's own log of what central bills.

use mpp_billing::{BillingMonth, USAGE_LOG_TYP, UsageLog, UsageLogForm, UsageLogLine};
use mpp_core::{Clock, FetchId, Span, UsageUnit};
use mpp_crypto::VerifyingKey;
use mpp_crypto::jws;
use mpp_services::client::{CentralNotificationKind, ClientService, RetentionClass};
use mpp_store::RecordKind;

use crate::fake_central::About;
use crate::world::{AUTHOR, BUREAU, DEPOSIT, Ready, World, settle, staff};

fn january() -> BillingMonth {
    "2026-01".parse().unwrap()
}

fn fetch(number: u8) -> Option<FetchId> {
    Some(FetchId::from_random([number; 16]))
}

async fn lines(server: &ClientService) -> Vec<UsageLogLine> {
    server.uses(january(), None, 100).await.unwrap().items
}

/// A document under the fetch arrives and is collected.
async fn collected(world: &World, ready: &Ready, about: &About, document: &[u8]) -> mpp_core::ParcelId {
    let parcel = world.central.keep_parcel(about, "application/xml", document);
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    settle(&ready.server).await;
    parcel
}

#[tokio::test]
async fn parcels_of_a_fetch_are_one_use_and_a_report_is_its_own() {
    let world = World::new();
    let ready = world.ready().await;
    let bank = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let bank = About { fetch: fetch(1), ..bank };
    let ready_at = world.clock.now();
    collected(&world, &ready, &bank, DEPOSIT.as_bytes()).await;
    world.wait(Span::from_minutes(1));
    collected(&world, &ready, &bank, b"another account").await;
    let consent = mpp_core::ConsentId::from_random([78; 16]);
    let bureau = About { source: BUREAU.parse().unwrap(), consent, fetch: None, ..bank.clone() };
    let report = collected(&world, &ready, &bureau, b"{}").await;

    let lines = lines(&ready.server).await;
    assert_eq!(lines.len(), 2);
    let bank = lines.iter().find(|line| line.reference.to_string() == fetch(1).unwrap().to_string());
    let bank = bank.unwrap();
    assert_eq!((bank.unit, bank.parcels, bank.product), (UsageUnit::DataFetch, 2, Some(ready.product)));
    assert_eq!(bank.at, ready_at, "the first parcel decides the billing day");
    assert_eq!(bank.received_at, Some(world.clock.now()));
    assert_eq!(bank.bytes, u64::try_from(DEPOSIT.len() + "another account".len()).unwrap());
    let report = lines.iter().find(|line| line.reference.to_string() == report.to_string()).unwrap();
    assert_eq!((report.unit, report.parcels), (UsageUnit::BureauReport, 1));
    let counts = ready.server.use_counts(january()).await.unwrap();
    assert_eq!(counts.iter().map(|count| count.quantity.get()).sum::<u64>(), 2);
}

#[tokio::test]
async fn the_first_parcel_decides_the_day_even_when_it_never_came() {
    let world = World::new();
    let ready = world.ready().await;
    let bank = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let bank = About { fetch: fetch(2), ..bank };
    let gone = mpp_core::ParcelId::from_random([77; 16]);
    world.central.announce(CentralNotificationKind::DataAvailable, &bank.with_parcel(gone));
    let ready_at = world.clock.now();
    settle(&ready.server).await;
    world.wait(Span::from_days(2));
    collected(&world, &ready, &bank, DEPOSIT.as_bytes()).await;
    let lines = lines(&ready.server).await;
    assert_eq!((lines[0].at, lines[0].parcels), (ready_at, 1));
}

#[tokio::test]
async fn what_never_came_is_no_use_and_nothing_found_is_one_where_it_is_charged() {
    let world = World::new();
    let ready = world.ready().await;
    let bank = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let gone = mpp_core::ParcelId::from_random([77; 16]);
    let announced = About { fetch: fetch(3), ..bank.clone() }.with_parcel(gone);
    world.central.announce(CentralNotificationKind::DataAvailable, &announced);
    let found_nothing = About { source: BUREAU.parse().unwrap(), fetch: fetch(4), ..bank.clone() };
    world.central.announce(CentralNotificationKind::DataNoRecord, &found_nothing);
    // an older central does not say which fetch it meters, and financial information is not charged then
    world.central.announce(CentralNotificationKind::DataNoRecord, &About { fetch: None, ..found_nothing });
    world.central.announce(CentralNotificationKind::DataNoRecord, &About { fetch: fetch(5), ..bank });
    settle(&ready.server).await;
    let lines = lines(&ready.server).await;
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].unit, lines[0].parcels), (UsageUnit::BureauNoRecord, 0));
    assert_eq!((lines[0].received_at, lines[0].sha256), (None, None));
}

#[tokio::test]
async fn the_log_of_a_month_is_signed_with_the_registered_key_and_sent() {
    let world = World::new();
    let ready = world.ready().await;
    let bank = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let bank = About { fetch: fetch(6), ..bank };
    collected(&world, &ready, &bank, DEPOSIT.as_bytes()).await;
    let early = ready.server.sign_usage_log(january(), &staff(AUTHOR)).await.unwrap_err();
    assert_eq!(early.code(), "month_not_over");
    world.wait(Span::from_days(20));
    let log = ready.server.sign_usage_log(january(), &staff(AUTHOR)).await.unwrap();
    let signing_key = world.central.state().enrolled.clone().unwrap().1;
    let key = VerifyingKey::from_jwk(&signing_key).unwrap();
    let form: UsageLogForm = jws::verify(&key, USAGE_LOG_TYP, &log).unwrap();
    let log = UsageLog::try_from(form).unwrap();
    assert_eq!(log.form().partner, ready.server.partner().unwrap());
    assert_eq!((log.form().signed_at, log.form().counts.lines), (world.clock.now(), 1));
    let sent = ready.server.send_usage_log(january(), &staff(AUTHOR)).await.unwrap();
    assert_eq!((sent.lines, sent.matched), (1, 1));
    let audit: Vec<String> = world
        .store
        .leaves(mpp_store::LeafIndex(0), 1000)
        .await
        .unwrap()
        .iter()
        .map(|leaf| String::from_utf8_lossy(leaf.leaf.bytes()).into_owned())
        .collect();
    let signed: Vec<_> = audit.iter().filter(|leaf| leaf.contains("usage_log.signed")).collect();
    assert_eq!(signed.len(), 2);
    assert!(signed[0].contains("2026-01") && signed[0].contains(AUTHOR), "{}", signed[0]);
    let other = ready.server.sign_usage_log("2025-12".parse().unwrap(), &staff(AUTHOR)).await.unwrap();
    let form: UsageLogForm = jws::verify(&key, USAGE_LOG_TYP, &other).unwrap();
    assert_eq!(form.counts.lines, 0, "a month without uses has a log, too");
}

#[tokio::test]
async fn the_own_log_names_nobody_and_stays_eight_financial_years() {
    let world = World::new();
    let ready = world.ready().await;
    let bank = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    collected(&world, &ready, &About { fetch: fetch(7), ..bank }, DEPOSIT.as_bytes()).await;
    let kind = RecordKind::new("client-use");
    let kept = world.store.list(mpp_store::ListQuery::of(kind)).await.unwrap().items;
    for word in ["Canary", "LOAN-1", "9000000001", "4020"] {
        assert!(!kept[0].data.contains(word), "{word}: {}", kept[0].data);
    }
    let forget = async |day: &str| {
        let day = mpp_core::Timestamp::start_of_day_in_india(day.parse().unwrap());
        world.wait(day.since(world.clock.now()));
        ready.server.forget_over(RetentionClass::OwnUses).await.unwrap()
    };
    assert_eq!(forget("2034-03-31").await, 0);
    assert_eq!(forget("2034-04-01").await, 1);
}

/// A use or an index as a program of before wrote it.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
struct Stored<const KIND: usize>(serde_json::Value);

const KINDS: [(&str, &str); 3] =
    [("client-use", "subject"), ("client-use-day", "day"), ("client-indexed", "kind")];

impl<const KIND: usize> mpp_store::Record for Stored<KIND> {
    const KIND: RecordKind = RecordKind::new(KINDS[KIND].0);
    const FORM: u16 = 1;

    fn key(&self) -> mpp_store::RecordKey {
        let member = &self.0[KINDS[KIND].1];
        let text = member.as_str().or_else(|| member["id"].as_str());
        mpp_store::RecordKey::from(text.unwrap())
    }

    fn index_entries(&self) -> Vec<mpp_store::IndexEntry> {
        let month = mpp_store::IndexEntry::shared(mpp_store::IndexName::new("month"), january());
        (KIND == 0).then_some(month).into_iter().collect()
    }
}

#[tokio::test]
async fn uses_of_before_are_summed_little_by_little_and_count_meanwhile() {
    use mpp_store::{Record, RecordReaderExt};
    let world = World::new();
    let ready = world.ready().await;
    for number in 1..=3 {
        let bank = world.consented(&ready, &format!("LOAN-{number}"), "account-aggregator").await;
        collected(&world, &ready, &About { fetch: fetch(number), ..bank }, DEPOSIT.as_bytes()).await;
    }
    let server = &ready.server;
    let one_by_one = server.use_counts(january()).await.unwrap();
    assert_eq!(one_by_one[0].quantity.get(), 3);
    let mut batch = mpp_store::WriteBatch::new();
    for mut read in world.store.all::<Stored<0>>(Default::default(), None, 10).await.unwrap().items {
        read.record.0.as_object_mut().unwrap().remove("isSummed").unwrap();
        batch.update(read.version, &read.record);
    }
    for read in world.store.all::<Stored<1>>(Default::default(), None, 10).await.unwrap().items {
        batch.delete::<Stored<1>>(&read.record.key(), read.version);
    }
    world.store.commit(batch).await.unwrap();
    assert_eq!(server.use_counts(january()).await.unwrap(), one_by_one, "each is read");
    while server.index_some().await.unwrap() {}
    assert_eq!(server.use_counts(january()).await.unwrap(), one_by_one, "and summed now");
    let days = world.store.all::<Stored<1>>(Default::default(), None, 10).await.unwrap().items;
    assert_eq!((days.len(), days[0].record.0["sums"][0]["quantity"].as_u64()), (1, Some(3)));
    let more = world.consented(&ready, "LOAN-4", "account-aggregator").await;
    collected(&world, &ready, &About { fetch: fetch(4), ..more }, DEPOSIT.as_bytes()).await;
    assert_eq!(server.use_counts(january()).await.unwrap()[0].quantity.get(), 4);
}
