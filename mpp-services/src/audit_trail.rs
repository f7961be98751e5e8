//! The audit log, the newest leaves first, as staff of central and of a client server read it and look for leaves in it.

mod days;
mod search;

use mpp_store::{LeafIndex, NumberedLeaf, Store, StoreError};

use crate::log::{LogError, NewestCheckpoint, newest_checkpoint};

pub(crate) use days::MARGIN;
pub use search::{AuditSearch, InvalidLeafWord, LeafWord};

/// How many leaves one call looks at before it answers with what it has: so many that a page stays within its time on a slow machine.
const MOST_LOOKED_AT: u64 = 2_500;

/// How many leaves are read at once while they are looked at.
const READ_AT_ONCE: u64 = 500;

/// Some leaves of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The leaves, the newest first.
    pub leaves: Vec<NumberedLeaf>,
    /// The number to go on before; absent at the beginning of what is kept of the log, or of what can hold what is looked for.
    pub before: Option<u64>,
    /// How many leaves are kept.
    pub size: u64,
    /// The newest checkpoint; what has a number below its size is covered by it.
    pub checkpoint: Option<NewestCheckpoint>,
}

/// Up to `limit` leaves before number `before`, or the newest, that are as they are wanted. Days are found by bisection over the
/// numbers. Everything else is looked for among the leaves between, [`MOST_LOOKED_AT`] a call: a page may have few leaves or none
/// and still have a next one.
pub(crate) async fn page(
    store: &dyn Store,
    search: &AuditSearch,
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
    let (leaves, before) = if search.is_everything() {
        newest(store, (first, end), limit).await?
    } else {
        let (begin, after) = days::bounds(store, (first, next), search.instants()).await?;
        looked_for(store, search, (begin, end.min(after)), limit).await?
    };
    Ok(AuditPage { leaves, before, size, checkpoint })
}

type Part = (Vec<NumberedLeaf>, Option<u64>);

/// The newest leaves within these numbers.
async fn newest(store: &dyn Store, (first, end): (u64, u64), limit: u32) -> Result<Part, StoreError> {
    let begin = end.saturating_sub(u64::from(limit)).max(first);
    let leaves = between(store, begin, end).await?;
    Ok((leaves, Some(begin).filter(|begin| *begin > first)))
}

/// The newest of the wanted leaves within these numbers, as far as one call looks.
async fn looked_for(
    store: &dyn Store,
    search: &AuditSearch,
    (begin, mut end): (u64, u64),
    limit: u32,
) -> Result<Part, StoreError> {
    let (mut found, wanted) = (Vec::new(), usize::try_from(limit.max(1)).unwrap_or(usize::MAX));
    let lowest = end.saturating_sub(MOST_LOOKED_AT).max(begin);
    while end > lowest {
        let from = end.saturating_sub(READ_AT_ONCE).max(lowest);
        for leaf in between(store, from, end).await? {
            if search.holds(&leaf) {
                let index = leaf.index.0;
                found.push(leaf);
                if found.len() >= wanted {
                    return Ok((found, Some(index).filter(|index| *index > begin)));
                }
            }
        }
        end = from;
    }
    Ok((found, Some(end).filter(|end| *end > begin)))
}

/// The leaves from `begin` to before `end` that are kept, the newest first.
async fn between(store: &dyn Store, begin: u64, end: u64) -> Result<Vec<NumberedLeaf>, StoreError> {
    let count = u32::try_from(end.saturating_sub(begin)).unwrap_or(u32::MAX);
    if count == 0 {
        return Ok(Vec::new());
    }
    let mut leaves = store.leaves(LeafIndex(begin), count).await?;
    // where the first of them were forgotten meanwhile, others come in their place
    leaves.retain(|leaf| leaf.index.0 < end);
    leaves.reverse();
    Ok(leaves)
}

#[cfg(test)]
mod tests;
