//! Whether records are found by what their types say: index entries worked out again and held against those that are kept.
//!
//! A database keeps entries in a table beside the records. That one is lost, no count and no checksum of a file tells; the record's
//! own type does.

use std::collections::BTreeMap;
use std::fmt;

use crate::record::index_of;
use crate::snapshot::{SnapshotEntry, SnapshotReceiver, flow};
use crate::{IndexEntry, Record, RecordKey, RecordKind, SnapshotError, Snapshots, StoreError, StoredRecord};

/// How many records are named of those that something is wrong with.
const MOST_NAMED: usize = 20;

/// A kind of record whose type this program knows. The list of a server's kinds is all that is needed to work out again what its
/// records are found by.
#[derive(Debug, Clone, Copy)]
pub struct KnownKind {
    kind: RecordKind,
    entries: Entries,
}

/// The entries a record must have; `None` when it is in an earlier form.
type Entries = fn(&StoredRecord) -> Result<Option<Vec<IndexEntry>>, StoreError>;

impl KnownKind {
    /// The kind of this type.
    #[must_use]
    pub const fn of<R: Record>() -> Self {
        Self { kind: R::KIND, entries: entries_of::<R> }
    }

    /// The name of the kind.
    #[must_use]
    pub const fn kind(&self) -> RecordKind {
        self.kind
    }

    /// The index entries that this record of the kind must have; `None` when it is in an earlier form.
    ///
    /// # Errors
    /// When it is not what the kind says.
    pub fn entries(&self, stored: &StoredRecord) -> Result<Option<Vec<IndexEntry>>, StoreError> {
        (self.entries)(stored)
    }
}

fn entries_of<R: Record>(stored: &StoredRecord) -> Result<Option<Vec<IndexEntry>>, StoreError> {
    let decoded = stored.decode::<R>()?;
    // an earlier program had it found by what it knew then
    Ok((stored.form == R::FORM).then(|| index_of(&decoded.record)))
}

/// What came of the comparison. Nothing is wrong when all but `compared` and `of_earlier_forms` is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundBy {
    /// How many records were held against their types.
    pub compared: u64,
    /// How many are in a form of an earlier program. They can be read; by what they are found is not compared.
    pub of_earlier_forms: u64,
    /// Records that lack an index entry of theirs: a listing by it leaves them out.
    pub without_entry: Named,
    /// Records with an index entry that is not theirs.
    pub with_foreign_entry: Named,
    /// Records that are not what their kind says, or of a newer form.
    pub unreadable: Named,
    /// How many records there are of kinds that are not in the list.
    pub of_unknown_kinds: BTreeMap<RecordKind, u64>,
}

/// Records that something is wrong with. Keys are no personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    count: u64,
    first: Vec<(RecordKind, RecordKey)>,
}

impl Named {
    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    fn note(&mut self, record: &StoredRecord) {
        self.count = self.count.saturating_add(1);
        if self.first.len() < MOST_NAMED {
            self.first.push((record.kind, record.key.clone()));
        }
    }
}

impl fmt::Display for Named {
    /// The first of them by kind and key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, (kind, key)) in self.first.iter().enumerate() {
            let before = if nth == 0 { "" } else { ", " };
            write!(f, "{before}{kind} {key}")?;
        }
        let named = u64::try_from(self.first.len()).unwrap_or(u64::MAX);
        f.write_str(if named < self.count { ", ..." } else { "" })
    }
}

impl FoundBy {
    /// What is wrong, in words; empty when nothing is.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let named = [
            (&self.unreadable, "records that are not what their kind says"),
            (&self.without_entry, "records without an index entry of theirs"),
            (&self.with_foreign_entry, "records with an index entry that is not theirs"),
        ];
        let named = named.into_iter().filter(|(named, _)| named.count > 0);
        let mut faults: Vec<String> =
            named.map(|(named, what)| format!("{} {what}: {named}", named.count)).collect();
        let unknown = self.of_unknown_kinds.iter();
        faults
            .extend(unknown.map(|(kind, count)| {
                format!("{count} records of a kind this program does not know: {kind}")
            }));
        faults
    }

    fn note(&mut self, stored: &StoredRecord, kept: &[IndexEntry], kinds: &BTreeMap<RecordKind, Entries>) {
        let Some(entries) = kinds.get(&stored.kind) else {
            let count = self.of_unknown_kinds.entry(stored.kind).or_default();
            *count = count.saturating_add(1);
            return;
        };
        match entries(stored) {
            Err(_) => self.unreadable.note(stored),
            Ok(None) => self.of_earlier_forms = self.of_earlier_forms.saturating_add(1),
            Ok(Some(expected)) => {
                self.compared = self.compared.saturating_add(1);
                if expected.iter().any(|entry| !kept.contains(entry)) {
                    self.without_entry.note(stored);
                }
                if kept.iter().any(|entry| !expected.contains(entry)) {
                    self.with_foreign_entry.note(stored);
                }
            }
        }
    }
}

/// Works out for every record, as of one commit, what it must be found by, and holds it against what is kept. Nothing is decrypted:
/// records are found by what stands in them in the clear. No more than a few records are in memory at a time.
///
/// # Errors
/// [`SnapshotError::Store`] when the store does not answer or holds what cannot be understood.
pub async fn found_by(store: &dyn Snapshots, kinds: &[KnownKind]) -> Result<FoundBy, SnapshotError> {
    let (sender, receiver) = flow();
    let ends = sender.another();
    let taking = async {
        let taken = store.take_snapshot(sender).await;
        match &taken {
            Ok(()) => ends.end().await,
            Err(_) => drop(ends),
        }
        taken
    };
    let (taken, compared) = futures::join!(taking, compare(receiver, kinds));
    match (taken, compared) {
        // whoever gives is not heard out: records come before everything else
        (Ok(()) | Err(SnapshotError::BrokenOff), Ok(found)) => Ok(found),
        (Err(error), _) | (Ok(()), Err(error)) => Err(error),
    }
}

async fn compare(mut from: SnapshotReceiver, kinds: &[KnownKind]) -> Result<FoundBy, SnapshotError> {
    let kinds: BTreeMap<RecordKind, Entries> =
        kinds.iter().map(|known| (known.kind, known.entries)).collect();
    let mut found = FoundBy::default();
    while let Some(entry) = from.next().await? {
        match entry {
            SnapshotEntry::Counters(_) => {}
            SnapshotEntry::Record(snapshot) => {
                let (version, record) = (snapshot.version, snapshot.record);
                let (kind, key, form, data) = (record.kind, record.key, record.form, record.data);
                found.note(&StoredRecord { kind, key, version, form, data }, &record.index, &kinds);
            }
            SnapshotEntry::Job(_) | SnapshotEntry::Leaf(_) | SnapshotEntry::Usage(_) => break,
        }
    }
    Ok(found)
}
