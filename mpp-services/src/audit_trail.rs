//! The audit log, the newest leaves first, as staff of central and of a client server read it.

use mpp_store::{LeafIndex, NumberedLeaf, Store, StoreError};

use crate::log::{LogError, NewestCheckpoint, newest_checkpoint};

/// Some leaves of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The leaves, the newest first.
    pub leaves: Vec<NumberedLeaf>,
    /// The number to go on before; absent at the beginning of what is kept of the log.
    pub before: Option<u64>,
    /// How many leaves are kept.
    pub size: u64,
    /// The newest checkpoint; what has a number below its size is covered by it.
    pub checkpoint: Option<NewestCheckpoint>,
}

/// Up to `limit` leaves before number `before`, or the newest.
pub(crate) async fn page(
    store: &dyn Store,
    before: Option<u64>,
    limit: u32,
) -> Result<AuditPage, StoreError> {
    let checkpoint = newest_checkpoint(store).await.or_else(|error| match error {
        LogError::Store(error) => Err(error),
        _ => Ok(None),
    })?;
    let (first, next) = (store.first().await?.0, store.size().await?);
    let size = next.saturating_sub(first);
    let end = before.unwrap_or(next).min(next);
    let begin = end.saturating_sub(u64::from(limit)).max(first);
    let count = u32::try_from(end.saturating_sub(begin)).unwrap_or(limit);
    if count == 0 {
        return Ok(AuditPage { leaves: Vec::new(), before: None, size, checkpoint });
    }
    let mut leaves = store.leaves(LeafIndex(begin), count).await?;
    leaves.reverse();
    Ok(AuditPage { leaves, before: Some(begin).filter(|begin| *begin > first), size, checkpoint })
}
