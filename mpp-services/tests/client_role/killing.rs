//! A server may be killed at any instant: for every step at which one can die, before or after the step took effect, a
//! new server over the same storage brings the work to the same end.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use mpp_core::{JobId, Span, Timestamp};
use mpp_services::client::{CentralNotificationKind, NewsKind};
use mpp_store::{
    AuditLog, Claim, Commit, Cursor, IndexName, IndexValue, LeafIndex, LeasedJob, ListQuery, NumberedLeaf,
    Outbox, Page, ParkedJob, QueueBacklog, QueueName, RecordKey, RecordKind, RecordReader, Store, StoreError,
    StoredRecord, UsageEntry, UsageLog, UsageQuery, Version, WriteBatch,
};

use crate::world::{DEPOSIT, World, bytes_of, settle, work_all};

/// Burns down by one with every durable step, and then the server is dead.
#[derive(Debug)]
pub(crate) struct Fuse {
    steps: AtomicI64,
    /// Whether the last step still took effect.
    dies_after: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("the server is dead")]
pub(crate) struct Dead;

impl Fuse {
    pub(crate) fn never() -> Self {
        Self { steps: AtomicI64::new(i64::MAX), dies_after: false }
    }

    pub(crate) fn after_steps(steps: i64, dies_after: bool) -> Self {
        Self { steps: AtomicI64::new(steps), dies_after }
    }

    pub(crate) fn has_burnt(&self) -> bool {
        self.steps.load(Ordering::SeqCst) < 0
    }

    /// Before a step takes effect.
    pub(crate) fn before(&self) -> Result<(), Dead> {
        let left = self.steps.fetch_sub(1, Ordering::SeqCst);
        let lives = left > 0 || (left == 0 && self.dies_after);
        if lives { Ok(()) } else { Err(Dead) }
    }

    /// After it took effect.
    pub(crate) fn after(&self) -> Result<(), Dead> {
        if self.has_burnt() { Err(Dead) } else { Ok(()) }
    }
}

/// A store that dies with its server.
#[derive(Debug)]
pub(crate) struct FusedStore {
    pub(crate) below: Arc<dyn Store>,
    pub(crate) fuse: Arc<Fuse>,
}

fn dead(dead: Dead) -> StoreError {
    StoreError::unavailable(dead)
}

#[async_trait]
impl Commit for FusedStore {
    async fn commit(&self, batch: WriteBatch) -> Result<Version, StoreError> {
        self.fuse.before().map_err(dead)?;
        let version = self.below.commit(batch).await?;
        self.fuse.after().map_err(dead)?;
        Ok(version)
    }
}

#[async_trait]
impl RecordReader for FusedStore {
    async fn read(&self, kind: RecordKind, key: &RecordKey) -> Result<Option<StoredRecord>, StoreError> {
        self.fuse.after().map_err(dead)?;
        self.below.read(kind, key).await
    }

    async fn list(&self, query: ListQuery) -> Result<Page<StoredRecord>, StoreError> {
        self.fuse.after().map_err(dead)?;
        self.below.list(query).await
    }

    async fn count_up_to(
        &self,
        kind: RecordKind,
        index: Option<(IndexName, IndexValue)>,
        most: u64,
    ) -> Result<u64, StoreError> {
        self.below.count_up_to(kind, index, most).await
    }

    async fn mentions(&self, text: &str) -> Result<bool, StoreError> {
        self.below.mentions(text).await
    }
}

#[async_trait]
impl Outbox for FusedStore {
    async fn lease(&self, claim: Claim) -> Result<Vec<LeasedJob>, StoreError> {
        self.fuse.after().map_err(dead)?;
        self.below.lease(claim).await
    }

    async fn heartbeat(&self, job: &LeasedJob, now: Timestamp, lease_for: Span) -> Result<(), StoreError> {
        self.fuse.after().map_err(dead)?;
        self.below.heartbeat(job, now, lease_for).await
    }

    async fn parked(
        &self,
        queue: Option<&QueueName>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ParkedJob>, StoreError> {
        self.below.parked(queue, after, limit).await
    }

    async fn replay(&self, job: JobId, now: Timestamp) -> Result<(), StoreError> {
        self.below.replay(job, now).await
    }

    async fn discard(&self, job: JobId) -> Result<(), StoreError> {
        self.below.discard(job).await
    }

    async fn backlog(&self, now: Timestamp) -> Result<Vec<QueueBacklog>, StoreError> {
        self.below.backlog(now).await
    }
}

#[async_trait]
impl AuditLog for FusedStore {
    async fn leaves(&self, from: LeafIndex, limit: u32) -> Result<Vec<NumberedLeaf>, StoreError> {
        self.below.leaves(from, limit).await
    }

    async fn size(&self) -> Result<u64, StoreError> {
        self.below.size().await
    }
}

#[async_trait]
impl UsageLog for FusedStore {
    async fn usage_entries(&self, query: UsageQuery) -> Result<Page<UsageEntry>, StoreError> {
        self.below.usage_entries(query).await
    }
}

/// Takes a notification, collects, acknowledges, notifies; dies at `steps`. Says whether it got so far.
async fn collect_and_die(steps: i64, dies_after: bool) -> bool {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let document = DEPOSIT.repeat(200);
    let parcel = world.central.keep_parcel(&about, "application/xml", document.as_bytes());
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));

    let fuse = Arc::new(Fuse::after_steps(steps, dies_after));
    let mortal = world.server_with_fuse(Arc::clone(&fuse)).await;
    let _ = mortal.poll(Span::default()).await;
    work_all(&mortal).await;
    drop(mortal);

    world.wait(Span::from_hours(2));
    let heir = world.server().await;
    settle(&heir).await;
    heir.sweep().await.unwrap();

    let case = heir.case_items(&ready.application, &"LOAN-1".parse().unwrap()).await.unwrap();
    assert_eq!(case.items.len(), 1, "step {steps}: one document");
    let read = bytes_of(&heir, &ready.application, case.items[0].id).await;
    assert_eq!(read, document.as_bytes(), "step {steps}: the exact document");
    assert_eq!(world.stored_documents().await, 1, "step {steps}: nothing is left behind");
    let parcels = heir.parcels(None, 10).await.unwrap().items;
    assert_eq!(parcels.len(), 1);
    assert_eq!(parcels[0].state, "acknowledged", "step {steps}");
    assert_eq!(
        parcels[0].receipt,
        world.central.state().parcels[&parcel].receipt,
        "step {steps}: the same receipt"
    );
    let told: Vec<_> = heir.news(0, 100).await.unwrap().into_iter().map(|news| news.kind).collect();
    assert_eq!(told, [NewsKind::DataAvailable], "step {steps}: the application is told once");
    assert!(!world.application.news().is_empty(), "step {steps}: and the push arrived");
    assert!(heir.parked(None, 10).await.unwrap().items.is_empty(), "step {steps}: nothing is parked");
    fuse.has_burnt()
}

#[tokio::test]
async fn a_collection_survives_death_at_every_step() {
    for dies_after in [false, true] {
        let mut steps = 0;
        while collect_and_die(steps, dies_after).await {
            steps += 1;
            assert!(steps < 100, "the fuse never lasts");
        }
        assert!(steps > 5, "taking, parts, keeping, acknowledging, delivering: {steps}");
    }
}

#[tokio::test]
async fn a_purge_survives_death_at_every_step() {
    for steps in 0..12 {
        let world = World::new();
        let ready = world.ready().await;
        let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
        let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.as_bytes());
        world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
        settle(&ready.server).await;
        world.central.announce(CentralNotificationKind::ConsentRevoked, &about);

        let mortal = world.server_with_fuse(Arc::new(Fuse::after_steps(steps, steps % 2 == 0))).await;
        let _ = mortal.poll(Span::default()).await;
        work_all(&mortal).await;
        drop(mortal);
        world.wait(Span::from_hours(2));
        let heir = world.server().await;
        settle(&heir).await;

        assert_eq!(world.stored_documents().await, 0, "step {steps}");
        let told: Vec<_> = heir.news(0, 100).await.unwrap().into_iter().map(|news| news.kind).collect();
        assert_eq!(
            told,
            [NewsKind::DataAvailable, NewsKind::ConsentRevoked, NewsKind::DataDeleted],
            "step {steps}"
        );
    }
}

#[tokio::test]
async fn an_enrolment_survives_a_lost_answer() {
    use crate::world::{AUTHOR, staff, token};
    use mpp_services::client::GatewayError;
    for call in ["enrol", "confirm", "confirmed"] {
        let world = World::new();
        let first = world.server().await;
        world.central.fail_next(call, GatewayError::Unavailable);
        first.enrol(&staff(AUTHOR), &token()).await.unwrap_err();
        drop(first);
        let second = world.server().await;
        let enrolled = second.enrol(&staff(AUTHOR), &token()).await.unwrap();
        assert_eq!(enrolled.envelope_kid, *world.central.envelope_key().kid(), "{call}");
        assert_eq!(
            second.enrol(&staff(AUTHOR), &token()).await.unwrap(),
            enrolled,
            "{call}: a repeat is the same"
        );
    }
}
