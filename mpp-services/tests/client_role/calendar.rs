//! The calendar of data lives, and the lists behind its numbers.

use mpp_core::{Clock, ParcelId, Span};
use mpp_services::client::{
    CaseSearch, CentralNotificationKind, ClientService, DocumentSearch, ItemSlice, LifeCalendar,
    WantedProduct,
};
use mpp_store::{IndexEntry, IndexName, Record, RecordKey, RecordKind, RecordReaderExt, WriteBatch};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fake_central::About;
use crate::world::{BUREAU, DEPOSIT, Ready, World, approve, call, content, settle, work_all};

/// Brings everything into the indexes, as a server does by itself at its start.
async fn index_all(server: &ClientService) {
    while server.index_some().await.unwrap() {}
}

fn put_parcel(world: &World, about: &About) -> ParcelId {
    let parcel = world.central.keep_parcel(about, "application/xml", DEPOSIT.as_bytes());
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    parcel
}

/// The days with something, as how many end and how many were purged.
fn busy(calendar: &LifeCalendar) -> Vec<(String, u64, u64)> {
    let busy = calendar.days.iter().filter(|day| day.ends + day.purged > 0);
    busy.map(|day| (day.day.to_string(), day.ends, day.purged)).collect()
}

async fn rows(server: &ClientService, search: &DocumentSearch) -> usize {
    server.documents_received(search, None, 100).await.unwrap().items.len()
}

async fn received(world: &World, case: &str) -> (Ready, About) {
    let ready = world.ready().await;
    index_all(&ready.server).await;
    let about = world.consented(&ready, case, "account-aggregator").await;
    put_parcel(world, &about);
    settle(&ready.server).await;
    (ready, about)
}

#[tokio::test]
async fn a_row_moves_from_the_day_it_ends_to_overdue_to_the_day_it_was_purged() {
    let world = World::new();
    let (ready, _) = received(&world, "LOAN-1").await;
    let server = &ready.server;
    let end = world.clock.now().plus_calendar(1, 0);
    let day = end.day_in_india();
    let calendar = server.life_calendar(None, None).await.unwrap();
    assert!(calendar.is_complete && calendar.overdue.is_empty());
    assert_eq!(busy(&calendar), [(day.to_string(), 1, 0)]);
    let ending = DocumentSearch { ends: Some(day), ..DocumentSearch::default() };
    assert_eq!(rows(server, &ending).await, 1);

    // the moment passes, and nobody works on the purge
    world.wait(Span::from_millis(end.since(world.clock.now()).as_millis() - 1));
    assert_eq!(server.life_calendar(None, None).await.unwrap().overdue_today, 0, "it may be here yet");
    world.wait(Span::from_millis(1));
    let calendar = server.life_calendar(None, None).await.unwrap();
    assert_eq!((calendar.today, calendar.overdue.as_slice()), (day, [(day, 1)].as_slice()), "the same day");
    assert_eq!(calendar.overdue_today, 1);
    for (source, late) in [("account-aggregator", 1), (BUREAU, 0)] {
        let slice = ItemSlice { product: Some(ready.product), source: source.parse().unwrap() };
        let calendar = server.life_calendar(None, Some(&slice)).await.unwrap();
        assert_eq!(calendar.overdue_today, late, "{source}");
    }
    world.wait(Span::from_minutes(25));
    let calendar = server.life_calendar(None, None).await.unwrap();
    assert_eq!((calendar.today, calendar.overdue_today), (day, 1), "later that day");
    world.wait(Span::from_days(70));
    let calendar = server.life_calendar(None, None).await.unwrap();
    assert_eq!(calendar.overdue, [(day, 1)], "it is told of long after the days that are shown");
    assert_eq!(busy(&calendar), []);
    assert_eq!(busy(&server.life_calendar(Some(day), None).await.unwrap()), [(day.to_string(), 1, 0)]);
    assert_eq!(rows(server, &ending).await, 1);

    work_all(server).await;
    let today = world.clock.now().day_in_india();
    let calendar = server.life_calendar(None, None).await.unwrap();
    assert_eq!((calendar.overdue.len(), busy(&calendar)), (0, vec![(today.to_string(), 0, 1)]));
    assert_eq!(rows(server, &ending).await, 0);
    let purged = DocumentSearch { purged: Some(today), ..DocumentSearch::default() };
    assert_eq!(rows(server, &purged).await, 1);
}

#[tokio::test]
async fn every_document_of_a_periodic_consent_has_its_own_end() {
    let world = World::new();
    let (ready, about) = received(&world, "LOAN-1").await;
    let first = world.clock.now().plus_calendar(1, 0).day_in_india();
    world.wait(Span::from_days(7));
    put_parcel(&world, &about);
    settle(&ready.server).await;
    let second = world.clock.now().plus_calendar(1, 0).day_in_india();
    let slice = |product, source: &str| ItemSlice { product, source: source.parse().unwrap() };
    let banks = slice(Some(ready.product), "account-aggregator");
    for wanted in [None, Some(&banks)] {
        let calendar = ready.server.life_calendar(None, wanted).await.unwrap();
        assert_eq!(busy(&calendar), [(first.to_string(), 1, 0), (second.to_string(), 1, 0)]);
        assert_eq!(calendar.slices.len(), 4, "each source with the product and without one");
    }
    for other in [slice(Some(ready.product), BUREAU), slice(None, "account-aggregator")] {
        let calendar = ready.server.life_calendar(None, Some(&other)).await.unwrap();
        assert_eq!(busy(&calendar), [], "{other:?}");
    }
    let day = ready.server.documents_of_day(second).await.unwrap();
    let slices: Vec<_> = day.slices.iter().map(|of| (&of.slice, of.ends, of.purged)).collect();
    assert_eq!((day.whole.ends, slices), (1, vec![(&banks, 1, 0)]));
    for (product, source, found) in [
        (Some(WantedProduct::Known(ready.product)), Some("account-aggregator"), 1),
        (Some(WantedProduct::Known(ready.product)), None, 1),
        (Some(WantedProduct::None), None, 0),
        (Some(WantedProduct::None), Some("account-aggregator"), 0),
        (None, Some(BUREAU), 0),
    ] {
        let source = source.map(|source| source.parse().unwrap());
        let search = DocumentSearch { ends: Some(second), product, source, ..DocumentSearch::default() };
        assert_eq!(rows(&ready.server, &search).await, found, "{search:?}");
    }
}

#[tokio::test]
async fn withdrawn_documents_leave_the_day_they_would_have_ended_on() {
    let world = World::new();
    let (ready, about) = received(&world, "LOAN-1").await;
    world.central.announce(CentralNotificationKind::ConsentRevoked, &about);
    settle(&ready.server).await;
    let today = world.clock.now().day_in_india();
    let calendar = ready.server.life_calendar(None, None).await.unwrap();
    assert_eq!(busy(&calendar), [(today.to_string(), 0, 1)]);
    assert_eq!((calendar.purging, calendar.never), (0, 0));
}

#[tokio::test]
async fn what_has_no_end_is_held_until_withdrawal_and_stands_on_no_day() {
    let world = World::new();
    let ready = world.ready().await;
    index_all(&ready.server).await;
    // no case of ours, so that nothing says how long the data may stay
    let request = mpp_core::ConsentRequestId::from_random([3; 16]);
    let about = world.about(request, "account-aggregator".parse().unwrap());
    put_parcel(&world, &about);
    settle(&ready.server).await;
    let calendar = ready.server.life_calendar(None, None).await.unwrap();
    assert_eq!((calendar.never, busy(&calendar)), (1, Vec::new()));
    let never = DocumentSearch { never_ends: true, ..DocumentSearch::default() };
    assert_eq!(rows(&ready.server, &never).await, 1);
    let nobodys = DocumentSearch { product: Some(WantedProduct::None), ..DocumentSearch::default() };
    assert_eq!(rows(&ready.server, &nobodys).await, 1);
}

/// A document or a case as a program of before wrote it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct Before<const CASE: bool>(Value);

impl<const CASE: bool> Before<CASE> {
    fn text(&self, member: &str) -> String {
        self.0[member].as_str().unwrap().to_owned()
    }
}

impl<const CASE: bool> Record for Before<CASE> {
    const KIND: RecordKind = RecordKind::new(if CASE { "client-case" } else { "client-item" });
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::from(self.text(if CASE { "caseRef" } else { "item" }))
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        if CASE {
            return vec![IndexEntry::unique(IndexName::new("request"), self.text("request"))];
        }
        vec![
            IndexEntry::shared(IndexName::new("case"), self.text("caseRef")),
            IndexEntry::shared(IndexName::new("consent"), self.text("consent")),
            IndexEntry::unique(IndexName::new("storage"), self.text("storage")),
            IndexEntry::shared(IndexName::new("status"), self.0["state"]["state"].as_str().unwrap()),
        ]
    }
}

/// Which indexes are full, so that a test can empty them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct Indexed(Value);

impl Record for Indexed {
    const KIND: RecordKind = RecordKind::new("client-indexed");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::from(self.0["kind"].as_str().unwrap())
    }
}

/// A part of the sums of a day, so that a test can remove it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct Summed(Value);

impl Record for Summed {
    const KIND: RecordKind = RecordKind::new("client-life-day");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        let day = self.0["of"]["on"].as_str().unwrap_or("none");
        RecordKey::new(format_args!("{day}.{}", self.0["part"]))
    }
}

/// Everything as a program of before left it.
async fn go_back(world: &World) {
    let mut batch = WriteBatch::new();
    for mut read in world.store.all::<Before<false>>(Default::default(), None, 1000).await.unwrap().items {
        let members = read.record.0.as_object_mut().unwrap();
        members.remove("product");
        members.remove("isCounted");
        batch.update(read.version, &read.record);
    }
    for read in world.store.all::<Before<true>>(Default::default(), None, 1000).await.unwrap().items {
        batch.update(read.version, &read.record);
    }
    for read in world.store.all::<Summed>(Default::default(), None, 1000).await.unwrap().items {
        batch.delete::<Summed>(&read.record.key(), read.version);
    }
    for read in world.store.all::<Indexed>(Default::default(), None, 10).await.unwrap().items {
        batch.delete::<Indexed>(&read.record.key(), read.version);
    }
    world.store.commit(batch).await.unwrap();
}

#[tokio::test]
async fn documents_and_cases_of_before_come_into_the_calendar_and_the_filters() {
    let world = World::new();
    let (ready, about) = received(&world, "LOAN-1").await;
    for _ in 0..120 {
        put_parcel(&world, &about);
    }
    settle(&ready.server).await;
    let other = approve(&ready.server, content("STORE", 1)).await;
    ready.server.start_case(&ready.application, &call(other, "LOAN-2")).await.unwrap();
    go_back(&world).await;

    let server = &ready.server;
    let day = world.clock.now().plus_calendar(1, 0).day_in_india();
    let before = server.life_calendar(None, None).await.unwrap();
    assert_eq!((before.is_complete, busy(&before)), (false, Vec::new()), "and says that it is not whole");
    let ending = DocumentSearch { ends: Some(day), ..DocumentSearch::default() };
    assert_eq!(rows(server, &ending).await, 100, "lists look for what is not in the index yet, page by page");
    assert_eq!(server.cases(of(Some(other)), None, 100).await.unwrap().items.len(), 1);

    assert!(server.index_some().await.unwrap(), "a hundred at a time");
    assert!(!server.life_calendar(None, None).await.unwrap().is_complete);
    // another server goes on where this one was
    index_all(&world.server().await).await;
    let after = server.life_calendar(None, None).await.unwrap();
    assert_eq!((after.is_complete, busy(&after)), (true, vec![(day.to_string(), 121, 0)]));
    let banks = ItemSlice { product: Some(ready.product), source: "account-aggregator".parse().unwrap() };
    assert_eq!(
        busy(&server.life_calendar(None, Some(&banks)).await.unwrap())[0].1,
        121,
        "by their cases' product"
    );
    assert!(!server.index_some().await.unwrap(), "and that was all");
    for (product, case) in [(other, "LOAN-2"), (ready.product, "LOAN-1")] {
        let found = server.cases(of(Some(product)), None, 100).await.unwrap().items;
        assert_eq!(found.iter().map(|row| row.case_ref.as_str()).collect::<Vec<_>>(), [case]);
    }
    assert_eq!(server.cases(of(None), None, 100).await.unwrap().items.len(), 2);
}

fn of(product: Option<mpp_core::ProductId>) -> CaseSearch {
    CaseSearch { product, standing: None }
}
