//! Changing the epochs at once.

use std::path::PathBuf;
use std::sync::Arc;

use mpp_store::{Rotated, SealedKind};
use serde::{Deserialize, Serialize};

use super::StoreFailure;
use super::folder::DataFolder;
use super::stored::open_current;
use crate::operator::Surroundings;
use crate::operator::output::Output;
use crate::runtime::{RecordsSection, StoragePlace, load_config, open_storage_at};

/// Whose epochs. Of a configuration, only what says where things are is read: it is the same for every role.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    data: PathBuf,
    #[serde(default)]
    records: Option<RecordsSection>,
}

impl Place {
    pub(super) fn of(data: Option<PathBuf>, config: Option<PathBuf>) -> Result<Self, StoreFailure> {
        match (data, config) {
            (None, Some(config)) => Ok(load_config(&config)?),
            (data, _) => Ok(Self { data: data.unwrap_or_default(), records: None }),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    records: u64,
    item_keys: u64,
    unreadable_item_keys: u64,
    epochs_ended: u32,
}

pub(super) async fn run(
    place: Place,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), StoreFailure> {
    if place.records.is_none() {
        // refuses what is no data folder, damaged, or of another version
        open_current(&DataFolder::existing(place.data.clone())?).await?.close().await;
    }
    let at = StoragePlace { folder: &place.data, records: place.records.as_ref() };
    let (clock, entropy) = (Arc::clone(&surroundings.clock), Arc::clone(&surroundings.entropy));
    let storage = open_storage_at(at, clock.as_ref(), Arc::clone(&entropy)).await?;
    let rotated = storage.epochs.rotation(all_kinds(), clock, entropy).now().await?;
    let Some(Rotated { item_keys, records, unreadable, ended }) = rotated else {
        return Err(StoreFailure::Rotating { path: place.data });
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
