//! A file of a list as it is kept, and as its person sees it.

use std::fmt;

use mpp_core::{ExportId, ParcelId, Sha256Digest, Span, StaffId, StaffSessionId, Timestamp};
use mpp_crypto::at_rest::{FieldPlace, SealedField};
use mpp_store::{IndexEntry, IndexName, Record, RecordKey, RecordKind, SealedRecord, Vault};
use serde::{Deserialize, Serialize};

use crate::StaffError;

/// By account.
pub(super) const BY_STAFF: IndexName = IndexName::new("staff");
/// By account and slot: two that are begun at once never both count as the last there may be.
const BY_SLOT: IndexName = IndexName::new("slot");

/// The longest path of a list and the longest query, in bytes; the longest filter in words and the longest name of a file,
/// in characters.
const LONGEST_LIST: usize = 60;
const LONGEST_QUERY: usize = 1_000;
const LONGEST_FILTER: usize = 2_000;
const LONGEST_FILE: usize = 60;
const LONGEST_ONCE: usize = 100;

/// Which kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Comma-separated values.
    Csv,
    /// A workbook.
    Xlsx,
}

impl ExportFormat {
    /// The format's name on the wire and the ending of its files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// The format of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Csv, Self::Xlsx].into_iter().find(|format| format.name() == name)
    }
}

/// Why there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportEnd {
    /// Its person said so.
    Cancelled,
    /// The session it was begun under has ended.
    SessionEnded,
    /// Its person may not see the list any more, or lost a role.
    RoleMissing,
    /// Whoever made it is gone: a server that was stopped, or died.
    Interrupted,
    /// It has more bytes than a file may have.
    TooLarge,
    /// There are more rows than a workbook holds.
    SheetFull,
    /// A cell has more text than a workbook holds.
    CellFull,
    /// The workbook could not be written.
    SheetUnwritten,
    /// The list could not be read to its end.
    Unread,
}

impl ExportEnd {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::Cancelled,
        Self::SessionEnded,
        Self::RoleMissing,
        Self::Interrupted,
        Self::TooLarge,
        Self::SheetFull,
        Self::CellFull,
        Self::SheetUnwritten,
        Self::Unread,
    ];

    /// The reason's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::SessionEnded => "session_ended",
            Self::RoleMissing => "role_missing",
            Self::Interrupted => "interrupted",
            Self::TooLarge => "too_large",
            Self::SheetFull => "sheet_full",
            Self::CellFull => "cell_full",
            Self::SheetUnwritten => "sheet_unwritten",
            Self::Unread => "unread",
        }
    }

    /// The reason of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.name() == name)
    }

    /// What the file is called then: `stopped`, `interrupted` or `failed`.
    #[must_use]
    pub const fn state(self) -> &'static str {
        match self {
            Self::Cancelled | Self::SessionEnded | Self::RoleMissing => "stopped",
            Self::Interrupted => "interrupted",
            Self::TooLarge | Self::SheetFull | Self::CellFull | Self::SheetUnwritten | Self::Unread => {
                "failed"
            }
        }
    }
}

/// How a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum ExportStanding {
    /// It is being made.
    Working,
    /// It is whole.
    Ready {
        /// Since when.
        at: Timestamp,
    },
    /// There is none, and will not be.
    Ended {
        /// Since when.
        at: Timestamp,
        /// Why.
        why: ExportEnd,
    },
}

/// A file that is to be made.
#[derive(Clone, PartialEq, Eq)]
pub struct NewExport {
    /// The form it was asked for with: while it is made, the same form begins no other.
    pub once: String,
    /// The list, as a path within the portal: `/requests`.
    pub list: String,
    /// The filter as the query of the list's address.
    pub query: String,
    /// The filter in words.
    pub filter: String,
    /// The name of the file, without its ending.
    pub file: String,
    /// Which kind of file.
    pub format: ExportFormat,
    /// How many rows there will be, where that is known.
    pub of: Option<u64>,
    /// The person's own file in whose place it stands, if that one has ended.
    pub replaces: Option<ExportId>,
}

impl fmt::Debug for NewExport {
    /// Leaves out what is filtered by.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewExport")
            .field("list", &self.list)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

impl NewExport {
    /// A list is a path of our own portal, a query has no sign that ends it, and a file's name no sign that leads anywhere.
    pub(super) fn check(&self) -> Result<(), StaffError> {
        let of_list = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'/' | b'-');
        let list =
            self.list.starts_with('/') && !self.list.starts_with("//") && self.list.bytes().all(of_list);
        if !list || self.list.len() > LONGEST_LIST {
            return Err(StaffError::Invalid("the list"));
        }
        let of_query = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.*+%=&".contains(&byte);
        if self.query.len() > LONGEST_QUERY || !self.query.bytes().all(of_query) {
            return Err(StaffError::Invalid("the filter"));
        }
        if self.filter.chars().count() > LONGEST_FILTER || self.filter.chars().any(char::is_control) {
            return Err(StaffError::Invalid("the filter in words"));
        }
        let of_file = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !(1..=LONGEST_FILE).contains(&self.file.len()) || !self.file.bytes().all(of_file) {
            return Err(StaffError::Invalid("the name of the file"));
        }
        let once = (1..=LONGEST_ONCE).contains(&self.once.len()) && !self.once.chars().any(char::is_control);
        once.then_some(()).ok_or(StaffError::Invalid("the name of the form"))
    }
}

/// A file as its person sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct Export {
    /// The file.
    pub id: ExportId,
    /// The list, as a path within the portal.
    pub list: String,
    /// The filter as the query of the list's address.
    pub query: String,
    /// The filter in words.
    pub filter: String,
    /// The name of the file, without its ending.
    pub file: String,
    /// Which kind of file.
    pub format: ExportFormat,
    /// How many rows it has so far.
    pub rows: u64,
    /// How many it will have, where that is known.
    pub of: Option<u64>,
    /// How many bytes it has so far.
    pub bytes: u64,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When it is over.
    pub ends_at: Timestamp,
    /// How it stands.
    pub standing: ExportStanding,
}

impl fmt::Debug for Export {
    /// Leaves out what is filtered by.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export")
            .field("id", &self.id)
            .field("standing", &self.standing)
            .finish_non_exhaustive()
    }
}

/// What may be about a customer, sealed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct About {
    query: String,
    filter: String,
    file: String,
}

impl About {
    pub(super) fn of(new: &NewExport) -> Self {
        Self { query: new.query.clone(), filter: new.filter.clone(), file: new.file.clone() }
    }
}

/// A file as it is kept. Its bytes are a parcel of the same name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ExportRecord {
    pub(super) id: ExportId,
    pub(super) staff: StaffId,
    /// The session it is made under; absent for a bearer key of the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<StaffSessionId>,
    pub(super) list: String,
    pub(super) format: ExportFormat,
    /// What may be about a customer, sealed.
    pub(super) about: SealedField,
    /// A digest of the form it was asked for with.
    pub(super) once: Sha256Digest,
    /// Its place among those of its person.
    pub(super) slot: u32,
    pub(super) rows: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) of: Option<u64>,
    pub(super) bytes: u64,
    pub(super) parts: u32,
    pub(super) begun_at: Timestamp,
    /// When whoever makes it said something last.
    pub(super) touched_at: Timestamp,
    pub(super) standing: ExportStanding,
}

impl ExportRecord {
    const ABOUT: &'static str = "about";

    pub(crate) fn key_of(id: ExportId) -> RecordKey {
        RecordKey::new(id)
    }

    pub(super) fn shown(self, about: About, kept: Span) -> Export {
        Export {
            id: self.id,
            list: self.list,
            query: about.query,
            filter: about.filter,
            file: about.file,
            format: self.format,
            rows: self.rows,
            of: self.of,
            bytes: self.bytes,
            begun_at: self.begun_at,
            ends_at: self.begun_at.plus(kept),
            standing: self.standing,
        }
    }
}

/// The place of the sealed part.
pub(super) fn place(key: &RecordKey) -> FieldPlace<'_> {
    Vault::place::<ExportRecord>(key, ExportRecord::ABOUT)
}

/// Where the bytes of a file lie. Sweeps of parcels know them by the record of the same name.
pub(super) const fn storage(id: ExportId) -> ParcelId {
    ParcelId::from_random(*id.as_bytes())
}

impl Record for ExportRecord {
    const KIND: RecordKind = RecordKind::new("staff-export");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let slot = format!("{}/{}", self.staff, self.slot);
        vec![IndexEntry::shared(BY_STAFF, &self.staff), IndexEntry::unique(BY_SLOT, slot)]
    }
}

impl SealedRecord for ExportRecord {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        vec![(Self::ABOUT, &mut self.about)]
    }
}
