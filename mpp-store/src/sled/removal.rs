//! Drafts the removal of the oldest leaves and uses.

use ::sled::IVec;
use mpp_core::Timestamp;

use crate::port::LeafIndex;
use crate::{MAX_PAGE, StoreError};

use super::draft::{Draft, pointed_to};
use super::rows::read_usage;
use super::{from_sled, keys};

/// Removes leaves from the oldest on. The counters say where the log begins: by as many places further on as leaves went here, so
/// that a leaf that was lost otherwise stays missing.
pub(super) fn leaves(draft: &mut Draft<'_>, before: LeafIndex, most: u32) -> Result<u64, StoreError> {
    let first = draft.counters().first_leaf;
    let end = keys::leaves().number(before.0).into_bytes();
    let old = oldest(draft, keys::leaves().bytes().to_vec(), end, most)?;
    for (key, _) in &old {
        draft.remove_at(key.to_vec());
    }
    let gone = u64::try_from(old.len()).unwrap_or(u64::MAX);
    draft.counters().first_leaf = first.saturating_add(gone);
    Ok(gone)
}

/// Removes uses from the oldest on, with their places in both listings.
pub(super) fn usage(draft: &mut Draft<'_>, before: Timestamp, most: u32) -> Result<u64, StoreError> {
    let by_time = keys::usage_by_time(None);
    let end = by_time.clone().instant(before).into_bytes();
    let old = oldest(draft, by_time.into_bytes(), end, most)?;
    for (key, target) in &old {
        let entry = read_usage(target, &pointed_to(draft.stored(), target)?)?;
        draft.remove(keys::usage_at(Some(entry.partner), entry.at, entry.id));
        draft.remove(keys::usage(entry.id));
        draft.remove_at(key.to_vec());
    }
    Ok(u64::try_from(old.len()).unwrap_or(u64::MAX))
}

/// The first entries of a listing. A draft begins after what was written before it, so what is stored is all there is.
fn oldest(
    draft: &Draft<'_>,
    begin: Vec<u8>,
    end: Vec<u8>,
    most: u32,
) -> Result<Vec<(IVec, IVec)>, StoreError> {
    let most = usize::try_from(most.min(MAX_PAGE)).unwrap_or(usize::MAX);
    let entries = draft.stored().range(begin..end).take(most);
    entries.map(|entry| entry.map_err(from_sled)).collect()
}
