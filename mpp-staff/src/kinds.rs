//! What the desk keeps.

use mpp_store::KnownKind;

use crate::account::StaffRecord;
use crate::attempts::AttemptsRecord;
use crate::exports::ExportRecord;
use crate::passkeys::{CeremonyRecord, PasskeyRecord};
use crate::saved_views::SavedViewsRecord;
use crate::session::SessionRecord;
use crate::single_sign_on::{AttemptRecord, LinkRecord, NoticeRecord, SignedOutRecord};

/// The kinds of all records of the desk.
pub const KINDS: [KnownKind; 11] = [
    KnownKind::of::<AttemptRecord>(),
    KnownKind::of::<AttemptsRecord>(),
    KnownKind::of::<CeremonyRecord>(),
    KnownKind::of::<ExportRecord>(),
    KnownKind::of::<LinkRecord>(),
    KnownKind::of::<NoticeRecord>(),
    KnownKind::of::<PasskeyRecord>(),
    KnownKind::of::<SavedViewsRecord>(),
    KnownKind::of::<SessionRecord>(),
    KnownKind::of::<SignedOutRecord>(),
    KnownKind::of::<StaffRecord>(),
];
