//! Records: what is stored, under which key, in which form, found by which indexes.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Inconsistency, Unencodable};
use crate::{StoreError, Version};

/// The longest key and the longest index value, in bytes; neither may be empty.
pub const MAX_KEY_BYTES: usize = 512;

/// The name of a kind of record, for example `consent`. Lower case with hyphens; it is written to disk and
/// never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKind(&'static str);

impl RecordKind {
    /// The kind of this name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The kind of a name that was read from somewhere: for backends, and for what looks through whole stores. The name stays in
    /// memory as long as the program runs, once however often it is asked for.
    #[must_use]
    pub fn from_text(name: &str) -> Self {
        Self(kept(name))
    }

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// A name for as long as the program runs. There are a few dozen of them.
fn kept(name: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = names.get(name) {
        return kept;
    }
    let kept: &'static str = name.to_owned().leak();
    names.insert(kept);
    kept
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The key of a record within its kind. Keys appear in errors and logs, so they never hold personal data:
/// use an identifier or a keyed hash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey(String);

impl RecordKey {
    /// The key written as this text, usually an identifier.
    #[must_use]
    pub fn new(text: impl fmt::Display) -> Self {
        Self(text.to_string())
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for RecordKey {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for RecordKey {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// The name of an index of a kind of record, for example `partner`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexName(&'static str);

impl IndexName {
    /// The index of this name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The index of a name that was read from somewhere, like [`RecordKind::from_text`].
    #[must_use]
    pub fn from_text(name: &str) -> Self {
        Self(kept(name))
    }

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// A value a record is found by. It is stored in the clear, so it never holds personal data: use an
/// identifier, a state name or a keyed hash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexValue(String);

impl IndexValue {
    /// The value written as this text.
    #[must_use]
    pub fn new(text: impl fmt::Display) -> Self {
        Self(text.to_string())
    }

    /// The value as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for IndexValue {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for IndexValue {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// How many records of a kind may share an index value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Uniqueness {
    /// Any number.
    Shared,
    /// One: writing a second one is a [`StoreError::Conflict`].
    Unique,
}

/// One value a record is found by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexEntry {
    /// The index.
    pub name: IndexName,
    /// The value.
    pub value: IndexValue,
    /// Whether another record may have the same value.
    pub uniqueness: Uniqueness,
}

impl IndexEntry {
    /// An entry any number of records may share.
    #[must_use]
    pub fn shared(name: IndexName, value: impl fmt::Display) -> Self {
        Self { name, value: IndexValue::new(value), uniqueness: Uniqueness::Shared }
    }

    /// An entry that at most one record of the kind may have.
    #[must_use]
    pub fn unique(name: IndexName, value: impl fmt::Display) -> Self {
        Self { name, value: IndexValue::new(value), uniqueness: Uniqueness::Unique }
    }
}

/// A stored form older (or newer) than a program reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this form of the record is not readable here")]
pub struct UnknownForm;

/// Something the store keeps: implemented by the services for their domain types or for a form beside them.
///
/// The JSON form is a promise to every later program version. When it changes, raise [`Record::FORM`], read the
/// earlier ones in [`Record::from_older_form`], and keep a fixture file of every form ever released.
pub trait Record: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The kind; two record types never share one.
    const KIND: RecordKind;
    /// The number of the JSON form this type is written in, from 1.
    const FORM: u16;

    /// The key; it must not change while the record lives.
    fn key(&self) -> RecordKey;

    /// What the record is found by. Entries move with every write: the store drops the old ones.
    fn index_entries(&self) -> Vec<IndexEntry> {
        Vec::new()
    }

    /// Reads an earlier form.
    ///
    /// # Errors
    /// When this program does not read that form (the default), or the data does not have its shape.
    fn from_older_form(form: u16, data: serde_json::Value) -> Result<Self, UnknownForm> {
        let _ = (form, data);
        Err(UnknownForm)
    }
}

/// A record as a backend keeps it: JSON in a numbered form, with the version a writer has to name.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// The kind.
    pub kind: RecordKind,
    /// The key.
    pub key: RecordKey,
    /// Changes with every write.
    pub version: Version,
    /// The number of the form `data` is in.
    pub form: u16,
    /// JSON text.
    pub data: String,
}

impl StoredRecord {
    /// The record as its type.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when the form is unknown, the JSON does not have its shape, or the content
    /// belongs to another key.
    pub fn decode<R: Record>(&self) -> Result<Versioned<R>, StoreError> {
        let record = self.parse::<R>().map_err(|cause| self.inconsistent(cause))?;
        if self.kind != R::KIND || record.key() != self.key {
            return Err(self.inconsistent(Inconsistency::WrongKey));
        }
        Ok(Versioned { version: self.version, record })
    }

    fn parse<R: Record>(&self) -> Result<R, Inconsistency> {
        let unreadable = |error: serde_json::Error| Inconsistency::Unreadable((&error).into());
        if self.form == R::FORM {
            return serde_json::from_str(&self.data).map_err(unreadable);
        }
        let unknown = Inconsistency::UnknownForm { found: self.form, newest: R::FORM };
        if self.form > R::FORM {
            return Err(unknown);
        }
        let data = serde_json::from_str(&self.data).map_err(unreadable)?;
        R::from_older_form(self.form, data).map_err(|UnknownForm| unknown)
    }

    fn inconsistent(&self, cause: Inconsistency) -> StoreError {
        StoreError::Inconsistent { kind: self.kind, key: self.key.clone(), cause }
    }
}

impl fmt::Debug for StoredRecord {
    /// Leaves the content out: it may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("StoredRecord");
        debug.field("kind", &self.kind).field("key", &self.key).field("version", &self.version);
        debug.field("form", &self.form).finish_non_exhaustive()
    }
}

/// A record with the version a writer has to name to change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<R> {
    /// The version that was read.
    pub version: Version,
    /// The record.
    pub record: R,
}

/// The parts of a record as a batch carries them.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedRecord {
    /// The kind.
    pub kind: RecordKind,
    /// The key.
    pub key: RecordKey,
    /// The number of the form.
    pub form: u16,
    /// JSON text.
    pub data: String,
    /// What it is found by, without repetitions.
    pub index: Vec<IndexEntry>,
}

impl EncodedRecord {
    /// Brings a record into its stored form.
    ///
    /// # Errors
    /// [`StoreError::Unencodable`] when it cannot be written as JSON or a key has no proper length.
    pub fn of<R: Record>(record: &R) -> Result<Self, StoreError> {
        let refuse = |cause| StoreError::Unencodable { kind: R::KIND, cause };
        let data =
            serde_json::to_string(record).map_err(|error| refuse(Unencodable::NotJson((&error).into())))?;
        let key = record.key();
        let index = index_of(record);
        let lengths = index.iter().map(|entry| entry.value.0.len()).chain([key.0.len()]);
        if lengths.into_iter().any(|length| length == 0 || length > MAX_KEY_BYTES) {
            return Err(refuse(Unencodable::KeyLength));
        }
        Ok(Self { kind: R::KIND, key, form: R::FORM, data, index })
    }
}

#[cfg(any(feature = "postgres", feature = "sqlite"))]
impl EncodedRecord {
    /// Tells one set of index entries from another, whatever their order. A backend keeps it beside the record: as long as it stays the
    /// same, the entries need not be read to know that they do.
    ///
    /// The first 16 bytes of SHA-256 over, for each entry in order, name and value, each behind its length in bytes (`u64`, big
    /// endian), and 1 if it is unique, else 0.
    pub(crate) fn entries_digest(&self) -> [u8; 16] {
        let mut entries: Vec<&IndexEntry> = self.index.iter().collect();
        entries.sort_unstable();
        let mut hasher = mpp_crypto::Sha256::new();
        for entry in entries {
            for text in [entry.name.as_str(), entry.value.as_str()] {
                hasher.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
                hasher.update(text.as_bytes());
            }
            hasher.update(&[u8::from(entry.uniqueness == Uniqueness::Unique)]);
        }
        let digest = hasher.finish();
        digest.as_bytes().first_chunk().copied().unwrap_or_default()
    }
}

/// What a record is found by, as it is kept: in order, without repetitions.
pub(crate) fn index_of<R: Record>(record: &R) -> Vec<IndexEntry> {
    let mut index = record.index_entries();
    index.sort();
    index.dedup_by(|a, b| a.name == b.name && a.value == b.value);
    index
}

impl fmt::Debug for EncodedRecord {
    /// Leaves the content out: it may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("EncodedRecord");
        debug.field("kind", &self.kind).field("key", &self.key).field("form", &self.form);
        debug.finish_non_exhaustive()
    }
}
