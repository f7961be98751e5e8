//! Changing the epochs at once.

use std::sync::Arc;

use mpp_store::{Rotated, SealedKind};
use serde::Serialize;

use super::StoreFailure;
use super::place::Place;
use crate::operator::Surroundings;
use crate::operator::output::Output;
use crate::runtime::open_storage_at;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    records: u64,
    item_keys: u64,
    unreadable_item_keys: u64,
    epochs_ended: u32,
}

pub(super) async fn run(
    place: &Place,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), StoreFailure> {
    // refuses what is damaged or of another version
    place.records().await?.close().await;
    let (clock, entropy) = (Arc::clone(&surroundings.clock), Arc::clone(&surroundings.entropy));
    let storage = open_storage_at(place.storage(), clock.as_ref(), Arc::clone(&entropy)).await?;
    let rotated = storage.epochs.rotation(all_kinds(), clock, entropy).now().await?;
    let Some(Rotated { item_keys, records, unreadable, ended }) = rotated else {
        return Err(StoreFailure::Rotating { path: place.data().path().to_owned() });
    };
    let lines = [
        ("records sealed anew", records.to_string()),
        ("item keys wrapped anew", item_keys.to_string()),
        ("item keys nobody can read", unreadable.to_string()),
        ("epochs ended", ended.to_string()),
    ];
    let answer = Answer { records, item_keys, unreadable_item_keys: unreadable, epochs_ended: ended };
    output.one(&answer, &lines).map_err(StoreFailure::output)
}

/// The kinds of every role: no two roles share a name, so this is right whosever folder it is.
fn all_kinds() -> Vec<SealedKind> {
    let roles =
        [crate::central::sealed_kinds(), crate::client::sealed_kinds(), crate::private_share::sealed_kinds()];
    let mut kinds = roles.concat();
    kinds.sort_by_key(SealedKind::kind);
    kinds.dedup_by_key(|kind| kind.kind());
    kinds
}
