//! What the records say about stored bytes. Only the few members of them that tell it are read, so that this holds for later
//! forms too.

use std::collections::BTreeMap;

use mpp_core::ParcelId;
use mpp_store::{Inconsistency, JsonFault, ListQuery, RecordKind, Store, StoreError, StoredRecord};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::StoreFailure;

/// Central's record of a parcel, under the parcel's id.
const PARCEL: RecordKind = RecordKind::new("parcel");
/// The client server's records of a document and of its collection.
const ITEM: RecordKind = RecordKind::new("client-item");
const COLLECTION: RecordKind = RecordKind::new("client-collection");
/// A file that staff have made of a list.
const EXPORT: RecordKind = RecordKind::new("staff-export");

/// What a record says of the bytes of a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// All of them are here.
    Whole,
    /// Some may be here: they are coming in, or going.
    Partial,
    /// None are here, nor their key.
    Erased,
}

#[derive(Deserialize)]
struct CentralParcel {
    parcel: Described,
    receipt: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Described {
    id: ParcelId,
    description: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct ClientItem {
    storage: ParcelId,
    state: ItemState,
}

#[derive(Deserialize)]
struct ItemState {
    state: String,
}

#[derive(Deserialize)]
struct Collection {
    #[serde(default)]
    attempts: Vec<ParcelId>,
}

#[derive(Deserialize)]
struct StaffExport {
    id: ParcelId,
    standing: ExportStanding,
}

#[derive(Deserialize)]
struct ExportStanding {
    standing: String,
}

/// Every parcel that any record speaks of.
pub(super) async fn standings(store: &dyn Store) -> Result<BTreeMap<ParcelId, Standing>, StoreFailure> {
    let mut standings = BTreeMap::new();
    each::<Collection>(store, COLLECTION, |collection| {
        standings.extend(collection.attempts.iter().map(|storage| (*storage, Standing::Partial)));
    })
    .await?;
    each::<CentralParcel>(store, PARCEL, |parcel| {
        let standing = match (&parcel.receipt, &parcel.parcel.description) {
            (Some(_), _) => Standing::Erased,
            (None, Some(_)) => Standing::Whole,
            (None, None) => Standing::Partial,
        };
        standings.insert(parcel.parcel.id, standing);
    })
    .await?;
    each::<ClientItem>(store, ITEM, |item| {
        let standing = match item.state.state.as_str() {
            "held" => Standing::Whole,
            "purged" => Standing::Erased,
            _ => Standing::Partial,
        };
        standings.insert(item.storage, standing);
    })
    .await?;
    each::<StaffExport>(store, EXPORT, |export| {
        let standing = match export.standing.standing.as_str() {
            "ready" => Standing::Whole,
            "ended" => Standing::Erased,
            _ => Standing::Partial,
        };
        standings.insert(export.id, standing);
    })
    .await?;
    Ok(standings)
}

/// Does something with every record of a kind, page by page.
async fn each<T: DeserializeOwned>(
    store: &dyn Store,
    kind: RecordKind,
    mut with: impl FnMut(T),
) -> Result<(), StoreFailure> {
    let mut after = None;
    loop {
        let page = store.list(ListQuery::of(kind).after(after).limit(mpp_store::MAX_PAGE)).await?;
        for stored in page.items {
            with(read(kind, &stored)?);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

fn read<T: DeserializeOwned>(kind: RecordKind, stored: &StoredRecord) -> Result<T, StoreFailure> {
    serde_json::from_str(&stored.data).map_err(|error| {
        let cause = Inconsistency::Unreadable(JsonFault::from(&error));
        StoreError::Inconsistent { kind, key: stored.key.clone(), cause }.into()
    })
}
