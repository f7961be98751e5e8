//! Batches written together: each list of all of them in one statement, which the function `commit_together` does. That is sound
//! for batches that do not touch each other, whatever their order; others are written one after the other.

use std::collections::HashSet;

use mpp_core::{JobId, UsageEventId};
use sqlx::postgres::PgArguments;
use sqlx::query::QueryAs;
use sqlx::{PgConnection, Postgres};

use crate::batch::{BatchParts, Entries, Guard, JobWrite, RecordWrite};
use crate::record::{EncodedRecord, Uniqueness};
use crate::{AuditLeaf, InHand, NewJob, OrderKey, RecordKey, RecordKind, UsageEntry, Version, rows};

use super::connections;

/// A row for each parameter of the function, in its order.
const CALL: &str = "CALL commit_and_settle(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
    $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, NULL)";

/// Batches that do not touch each other, their lists column by column.
#[derive(Default)]
pub(super) struct Together<'b> {
    count: i64,
    touched: Touched<'b>,
    guards: Guards<'b>,
    new: Records<'b>,
    old: Records<'b>,
    done: (Vec<String>, Vec<i64>),
    jobs: Jobs<'b>,
    leaves: Vec<&'b [u8]>,
    uses: Uses<'b>,
    /// Whether other nodes are told that there may be work.
    rings: bool,
}

impl<'b> Together<'b> {
    /// Takes a batch in, unless it is of another sort or touches what an earlier one does.
    pub(super) fn take(&mut self, parts: &'b BatchParts) -> bool {
        if !is_of_this_sort(parts) || !self.touched.add(parts) {
            return false;
        }
        self.count = self.count.saturating_add(1);
        parts.guards.iter().for_each(|guard| self.guards.add(guard));
        for write in &parts.writes {
            match write {
                RecordWrite::Insert(record) => self.new.add(self.count, None, record),
                RecordWrite::Update { expected, record, .. } => {
                    self.old.add(self.count, Some(*expected), record);
                }
                RecordWrite::Delete { .. } => {}
            }
        }
        for job in &parts.jobs {
            match job {
                JobWrite::Enqueue(job) => self.jobs.add(job),
                JobWrite::Complete(lease) => {
                    self.done.0.push(lease.job.to_string());
                    self.done.1.push(rows::signed(lease.number));
                }
                JobWrite::Release { .. } | JobWrite::Park { .. } => {}
            }
        }
        self.leaves.extend(parts.leaves.iter().map(AuditLeaf::bytes).map(AsRef::<[u8]>::as_ref));
        parts.usage.iter().for_each(|entry| self.uses.add(entry));
        true
    }

    /// Whether there is work for somebody in them.
    pub(super) const fn has_jobs(&self) -> bool {
        !self.jobs.ids.is_empty()
    }

    /// Whether other nodes are told with them that there may be work.
    pub(super) const fn announce(&mut self, rings: bool) {
        self.rings = rings;
    }

    /// Writes them in one transaction: the number of the commit before the first.
    ///
    /// # Errors
    /// When something is not as a batch needs it, which then is to be found out by writing them one by one, or the server
    /// fails. Nothing was written, unless the connection was cut.
    pub(super) async fn write(&self, connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
        let rows: Vec<(i64,)> = connections::rows(connection, self.call()).await?;
        let row = rows.into_iter().next();
        row.map(|(number,)| number).ok_or_else(|| sqlx::Error::Protocol("no number of a commit".into()))
    }

    fn call(&self) -> QueryAs<'_, Postgres, (i64,), PgArguments> {
        let Self { guards, new, old, done, jobs, uses, .. } = self;
        let call = sqlx::query_as(CALL).bind(self.count);
        let call = call.bind(&guards.kinds[..]).bind(&guards.keys[..]).bind(&guards.versions[..]);
        let call = call.bind(&new.batches[..]).bind(&new.kinds[..]).bind(&new.keys[..]);
        let call = new.bind_content(call.bind(&new.forms[..]).bind(&new.data[..]));
        let call =
            call.bind(&old.batches[..]).bind(&old.kinds[..]).bind(&old.keys[..]).bind(&old.versions[..]);
        let call = old.bind_content(call.bind(&old.forms[..]).bind(&old.data[..]));
        let call = jobs.bind(call.bind(&done.0[..]).bind(&done.1[..])).bind(&self.leaves[..]);
        let call = call.bind(&uses.ids[..]).bind(&uses.partners[..]).bind(&uses.ats[..]).bind(&uses.data[..]);
        call.bind(self.rings)
    }
}

/// Rare changes are left to the other way of writing.
fn is_of_this_sort(parts: &BatchParts) -> bool {
    let rare_job = |job: &JobWrite| matches!(job, JobWrite::Release { .. } | JobWrite::Park { .. });
    let rare_write = |write: &RecordWrite| {
        matches!(write, RecordWrite::Delete { .. } | RecordWrite::Update { entries: Entries::Compared, .. })
    };
    !parts.jobs.iter().any(rare_job) && !parts.writes.iter().any(rare_write)
}

/// What the batches write, and what they only look at.
#[derive(Default)]
struct Touched<'b> {
    written: HashSet<(RecordKind, &'b RecordKey)>,
    guarded: HashSet<(RecordKind, &'b RecordKey)>,
    jobs: HashSet<JobId>,
    uses: HashSet<UsageEventId>,
}

impl<'b> Touched<'b> {
    /// Adds a batch, or nothing of it when it touches what another does, or a job or use twice.
    fn add(&mut self, parts: &'b BatchParts) -> bool {
        let guarded = || parts.guards.iter().map(|guard| (guard.kind, &guard.key));
        let written = || parts.writes.iter().map(RecordWrite::subject);
        let jobs: HashSet<JobId> = parts.jobs.iter().map(subject).collect();
        let uses: HashSet<UsageEventId> = parts.usage.iter().map(|entry| entry.id).collect();
        let free = jobs.len() == parts.jobs.len()
            && uses.len() == parts.usage.len()
            && jobs.is_disjoint(&self.jobs)
            && uses.is_disjoint(&self.uses)
            && !guarded().any(|record| self.written.contains(&record))
            && !written().any(|record| self.written.contains(&record) || self.guarded.contains(&record));
        if free {
            self.written.extend(written());
            self.guarded.extend(guarded());
            self.jobs.extend(jobs);
            self.uses.extend(uses);
        }
        free
    }
}

const fn subject(write: &JobWrite) -> JobId {
    match write {
        JobWrite::Enqueue(job) => job.id,
        JobWrite::Complete(lease) | JobWrite::Release { lease, .. } | JobWrite::Park { lease, .. } => {
            lease.job
        }
    }
}

#[derive(Default)]
struct Guards<'b> {
    kinds: Vec<&'static str>,
    keys: Vec<&'b str>,
    versions: Vec<Option<i64>>,
}

impl<'b> Guards<'b> {
    fn add(&mut self, guard: &'b Guard) {
        self.kinds.push(guard.kind.as_str());
        self.keys.push(guard.key.as_str());
        self.versions.push(guard.expected.map(version));
    }
}

/// Records and, by the number of theirs in this list from 1, their index entries.
#[derive(Default)]
struct Records<'b> {
    batches: Vec<i64>,
    kinds: Vec<&'static str>,
    keys: Vec<&'b str>,
    versions: Vec<i64>,
    forms: Vec<i32>,
    data: Vec<&'b str>,
    digests: Vec<[u8; 16]>,
    entry_records: Vec<i64>,
    entry_names: Vec<&'static str>,
    entry_values: Vec<&'b str>,
    entry_uniques: Vec<bool>,
}

impl<'b> Records<'b> {
    fn add(&mut self, batch: i64, expected: Option<Version>, record: &'b EncodedRecord) {
        self.batches.push(batch);
        self.kinds.push(record.kind.as_str());
        self.keys.push(record.key.as_str());
        self.versions.extend(expected.map(version));
        self.forms.push(record.form.into());
        self.data.push(&record.data);
        self.digests.push(record.entries_digest());
        let number = i64::try_from(self.batches.len()).unwrap_or(i64::MAX);
        for entry in &record.index {
            self.entry_records.push(number);
            self.entry_names.push(entry.name.as_str());
            self.entry_values.push(entry.value.as_str());
            self.entry_uniques.push(entry.uniqueness == Uniqueness::Unique);
        }
    }

    fn bind_content<'q, T>(
        &'q self,
        call: QueryAs<'q, Postgres, T, PgArguments>,
    ) -> QueryAs<'q, Postgres, T, PgArguments> {
        let call = call.bind(&self.digests[..]).bind(&self.entry_records[..]).bind(&self.entry_names[..]);
        call.bind(&self.entry_values[..]).bind(&self.entry_uniques[..])
    }
}

#[derive(Default)]
struct Jobs<'b> {
    ids: Vec<String>,
    queues: Vec<&'b str>,
    order_keys: Vec<Option<&'b str>>,
    payloads: Vec<&'b str>,
    due_ats: Vec<i64>,
    ready_ats: Vec<i64>,
    workers: Vec<Option<&'b str>>,
    leases: Vec<i64>,
    attempts: Vec<i64>,
}

impl<'b> Jobs<'b> {
    fn add(&mut self, job: &'b NewJob) {
        let (worker, ready_at, lease, attempt) = match &job.in_hand {
            Some(hand) => (Some(hand.worker.as_str()), hand.until, InHand::LEASE_NUMBER, 1),
            None => (None, job.due_at, 0, 0),
        };
        self.ids.push(job.id.to_string());
        self.queues.push(job.queue.as_str());
        self.order_keys.push(job.order_key.as_ref().map(OrderKey::as_str));
        self.payloads.push(job.payload.as_json_text());
        self.due_ats.push(job.due_at.as_unix_millis());
        self.ready_ats.push(ready_at.as_unix_millis());
        self.workers.push(worker);
        self.leases.push(rows::signed(lease));
        self.attempts.push(attempt);
    }

    fn bind<'q, T>(
        &'q self,
        call: QueryAs<'q, Postgres, T, PgArguments>,
    ) -> QueryAs<'q, Postgres, T, PgArguments> {
        let call = call.bind(&self.ids[..]).bind(&self.queues[..]).bind(&self.order_keys[..]);
        let call = call.bind(&self.payloads[..]).bind(&self.due_ats[..]).bind(&self.ready_ats[..]);
        call.bind(&self.workers[..]).bind(&self.leases[..]).bind(&self.attempts[..])
    }
}

#[derive(Default)]
struct Uses<'b> {
    ids: Vec<String>,
    partners: Vec<String>,
    ats: Vec<i64>,
    data: Vec<&'b str>,
}

impl<'b> Uses<'b> {
    fn add(&mut self, entry: &'b UsageEntry) {
        self.ids.push(entry.id.to_string());
        self.partners.push(entry.partner.to_string());
        self.ats.push(entry.at.as_unix_millis());
        self.data.push(&entry.data);
    }
}

fn version(version: Version) -> i64 {
    rows::signed(version.number())
}
