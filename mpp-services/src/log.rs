//! The audit log as a log that proves itself (`docs/formats/log-v1.md`, decision 0057): a Merkle tree over its leaves, kept as tiles
//! beside them, and a signed checkpoint of it.
//!
//! Leaves are committed first and come into the tree a moment later, by a pass that any number of nodes may run
//! ([`LogKeeper::grow`]). What a pass adds and the checkpoint of it are one commit on the version of the one before, so there is one
//! tree of every size. The newest checkpoint is also written down outside the store, before it is committed ([`LogMark`]): a store
//! that was set back, or whose log was rewritten, does not have what it says.

mod checking;
mod error;
mod growing;
mod keeper;
mod keeping;
mod mark;
mod reading;
mod records;

use mpp_store::KnownKind;

pub use checking::{LogFinding, LogReport, check_log};
pub use error::LogError;
pub use growing::{Grown, SetBack};
pub use keeper::LogKeeper;
pub use keeping::{LogKeeping, LogRole};
pub use mark::{LogMark, MarkFault, MemoryMark};
pub use reading::{NewestCheckpoint, newest_checkpoint, tile_bytes};

pub(crate) use growing::tree_size;
#[cfg(feature = "client")]
pub(crate) use keeping::open_note_of;
pub(crate) use records::{LogHeadRecord, LogTileRecord};

/// The `typ` of central's statement which key signs the checkpoints of its log, signed with the key partners know.
pub const LOG_KEY_TYP: &str = "mpp-log-key+jwt";

/// The kinds of the records a log is kept in, in every role.
pub const LOG_KINDS: [KnownKind; 2] = [KnownKind::of::<LogHeadRecord>(), KnownKind::of::<LogTileRecord>()];
