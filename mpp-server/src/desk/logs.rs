//! Checkpoints of audit logs on the wire.

use mpp_api::desk::CheckpointView;
use mpp_services::log::NewestCheckpoint;

/// A checkpoint for the staff who look at a log.
pub(crate) fn checkpoint_view(newest: NewestCheckpoint) -> CheckpointView {
    CheckpointView { size: newest.size, root: newest.root, signed_at: newest.signed_at, note: newest.note }
}
