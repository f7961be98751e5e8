//! Finding days in the audit log by the numbers of leaves.
//!
//! Leaves are numbered in the order of their commits, and say the time of the server that wrote them. That time is not always in
//! the order of the numbers: what took longer is committed later, several nodes have several clocks, and a clock can be set back. So
//! the place of an instant is looked for with [`MARGIN`] on its far side, and every leaf that is found is asked for its own time.
//!
//! What holds: **no leaf is missed as long as none says a time more than [`MARGIN`] earlier than any leaf before it.** A clock
//! that was set back by more may hide leaves of the days that it went through twice; without days as a filter they are seen.
//!
//! For let `k` be such that the leaf before it says a time before `t`, and that at it one of `t` or later, which bisection finds in
//! any order of times. Then no leaf before `k` is later than `t + MARGIN`, or that before `k` would be too much earlier than it; and
//! none from `k` on is earlier than `t - MARGIN`.

use mpp_core::{Span, Timestamp};
use mpp_store::{LeafIndex, Store, StoreError};

use crate::retention::written_at;

/// By how much a leaf may say an earlier time than one before it: a clock that jumped back an hour, and what was on its way.
pub(crate) const MARGIN: Span = Span::from_minutes(75);

/// How many leaves are read in search of one that says its time.
const NEIGHBOURS: u32 = 8;

/// Between which numbers all leaves from the first instant on and before the second are, and others.
pub(super) async fn bounds(
    store: &dyn Store,
    (first, next): (u64, u64),
    (from, before): (Option<Timestamp>, Option<Timestamp>),
) -> Result<(u64, u64), StoreError> {
    let begin = match from {
        Some(from) => place_of(store, (first, next), from.minus(MARGIN)).await?,
        None => first,
    };
    let end = match before {
        Some(before) => place_of(store, (begin, next), before.plus(MARGIN)).await?,
        None => next,
    };
    Ok((begin, end))
}

/// A number at which a leaf says this instant or a later one, and the one before it an earlier one.
async fn place_of(
    store: &dyn Store,
    (mut low, mut high): (u64, u64),
    instant: Timestamp,
) -> Result<u64, StoreError> {
    while low < high {
        let middle = low.midpoint(high);
        match first_dated(store, middle, high).await? {
            Some((index, at)) if at < instant => low = index.saturating_add(1),
            // what does not say its time is as old as what follows it
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The first leaf from `from` on and before `end` that says its time.
async fn first_dated(
    store: &dyn Store,
    mut from: u64,
    end: u64,
) -> Result<Option<(u64, Timestamp)>, StoreError> {
    while from < end {
        let leaves = store.leaves(LeafIndex(from), NEIGHBOURS).await?;
        let Some(last) = leaves.last().map(|leaf| leaf.index.0) else { return Ok(None) };
        let dated = leaves.iter().find_map(|leaf| Some((leaf.index.0, written_at(leaf)?)));
        if let Some(dated) = dated {
            return Ok(Some(dated).filter(|(index, _)| *index < end));
        }
        from = last.saturating_add(1);
    }
    Ok(None)
}
