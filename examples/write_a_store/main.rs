//! Somebody's own storage backend: an append-only journal of JSON lines, replayed into memory when it is opened.
//!
//! ```console
//! cargo run --example write_a_store --features store
//! ```
//!
//! | file | holds |
//! | --- | --- |
//! | `journal.rs` | the file: one line for each commit, synced before the commit returns |
//! | `rows.rs` | what a line says: rows as they are after the commit |
//! | `state.rs` | what the lines add up to, in memory |
//! | `snapshot.rs` | all of it at once, for backups |
//! | `transaction.rs` | changes that can be taken back, and the checks of a batch |
//! | `outbox.rs` | handing out jobs |
//! | `store.rs` | the type behind the ports |
//!
//! `tests/examples.rs` runs the ports' whole conformance suite on it, and what is its alone: reopening, a torn line, a
//! damaged one, a second process.

mod journal;
mod outbox;
mod rows;
mod snapshot;
mod state;
mod store;
mod transaction;

use std::error::Error;

use mpp::core::{Clock, ConsentId, JobId, Span};
use mpp::store::{
    AuditLeaf, AuditLog, Claim, Commit, NewJob, Outbox, QueueName, Record, RecordKey, RecordKind,
    RecordReaderExt, WorkerName, WriteBatch,
};
use mpp_testkit::{HandClock, SeededEntropy};
use serde::{Deserialize, Serialize};

pub(crate) use store::JournalStore;

const QUEUE: QueueName = QueueName::new("reminders");

/// Something to keep.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Reminder {
    pub(crate) consent: ConsentId,
    pub(crate) sent: u32,
}

impl Record for Reminder {
    const KIND: RecordKind = RecordKind::new("reminder");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.consent)
    }
}

/// Runs the example.
///
/// # Errors
/// When a step fails, which it should not.
#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let (clock, entropy) = (HandClock::new(), SeededEntropy::new(2026));
    let folder = tempfile::tempdir()?;
    let reminder = Reminder { consent: ConsentId::generate(&entropy), sent: 0 };

    // Everything one decision causes goes into one batch: the record, the work, the evidence.
    let store = JournalStore::open(folder.path())?;
    let mut batch = WriteBatch::new();
    batch.insert(&reminder).audit(AuditLeaf::new("reminder planned"));
    batch.enqueue(NewJob::new(JobId::generate(&entropy), QUEUE, &reminder.consent, clock.now())?);
    store.commit(batch).await?;
    drop(store);

    // Another run of the program finds it all again.
    let store = JournalStore::open(folder.path())?;
    let claim = Claim {
        queues: vec![QUEUE],
        worker: WorkerName::new("example"),
        limit: 1,
        now: clock.now(),
        lease_for: Span::from_minutes(1),
    };
    let job = store.lease(claim).await?.pop().ok_or("the job is gone")?;
    let found =
        store.get::<Reminder>(&RecordKey::new(job.payload::<ConsentId>()?)).await?.ok_or("no record")?;
    let mut batch = WriteBatch::new();
    batch
        .update(found.version, &Reminder { sent: found.record.sent + 1, ..found.record.clone() })
        .complete(&job);
    store.commit(batch).await?;
    println!("{} leaf in the audit log, one job done", store.size().await?);

    // Whoever decided on what was read before has to read again.
    let mut late = WriteBatch::new();
    late.update(found.version, &found.record);
    println!("a late writer: {}", store.commit(late).await.err().ok_or("a late writer won")?);
    Ok(())
}
