//! Epochs that begin and end while servers run.
//!
//! An epoch key is of use for as long as something is sealed or wrapped under it; once it is destroyed, whatever copies
//! of records and key files are still about (free pages, write-ahead logs, backups) say nothing any more. So epochs end
//! regularly, and what must live longer is sealed anew first ([`Rotation`]).
//!
//! Nothing may be sealed under a key that is about to be destroyed. In the key folder, an epoch that is begun tells whoever
//! writes an item key to write it again. In the store, [`EpochFence`] rests every commit with sealed fields on one record,
//! which changes when an epoch is closed: who is behind meets a conflict, and decides again with the new key.

mod fence;
mod rotation;
mod sealed_record;
mod standing;

pub use fence::{EpochFence, FenceError};
pub use rotation::{Rotated, Rotation, RotationError, Stage};
pub use sealed_record::{SealedKind, SealedRecord};
pub use standing::EPOCH_KINDS;
