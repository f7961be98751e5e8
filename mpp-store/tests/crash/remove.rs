//! The task of the child that removes what earlier rounds left in the logs.

use std::sync::Arc;

use mpp_store::LeafIndex;

use super::child::Desk;
use super::traces::now;

/// So many in one commit, that a round is killed between two.
const AT_ONCE: u32 = 20;

/// Removes the leaves and uses of earlier rounds, from the oldest on, beside those who write. `size` is that of the log when
/// the round began.
pub async fn remove(desk: Arc<Desk>, size: u64) {
    loop {
        let leaves = desk.store.remove_leaves_before(LeafIndex(size), AT_ONCE).await;
        let Some(leaves) = desk.settle(leaves).await else { continue };
        let uses = desk.store.remove_usage_before(now(desk.round), AT_ONCE).await;
        let Some(uses) = desk.settle(uses).await else { continue };
        if leaves == 0 && uses == 0 {
            return;
        }
    }
}
