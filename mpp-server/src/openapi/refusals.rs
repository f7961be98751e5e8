//! The stable codes of refusals, by status: what the maps from errors to HTTP can give. A test reads the codes' own sources
//! and misses none; every refusal that the endpoint tests see is held against these lists.

#[cfg(feature = "central")]
pub(super) mod central;
#[cfg(feature = "client")]
pub(super) mod client;
#[cfg(any(feature = "central", feature = "client"))]
pub(super) mod desk;
#[cfg(feature = "private-share")]
pub(super) mod private_share;

use std::collections::{BTreeMap, BTreeSet};

/// Codes by status.
pub(super) type Codes = &'static [(u16, &'static [&'static str])];

/// What every server may say whatever it is asked.
pub(super) const EVERYWHERE: Codes = &[
    (400, &["invalid_request"]),
    (401, &["unauthenticated"]),
    (404, &["not_found"]),
    (405, &["method_not_allowed"]),
    (409, &["idempotency_key_reused"]),
    (429, &["too_many_requests"]),
    (500, &["internal"]),
    (503, &["not_ready"]),
];

/// The lists as one, by status.
pub(super) fn by_status(lists: &[Codes]) -> BTreeMap<u16, BTreeSet<&'static str>> {
    let mut all: BTreeMap<u16, BTreeSet<&'static str>> = BTreeMap::new();
    for (status, codes) in lists.iter().flat_map(|list| list.iter()) {
        all.entry(*status).or_default().extend(codes.iter());
    }
    all
}

#[cfg(test)]
mod tests;
