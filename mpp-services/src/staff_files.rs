//! Bytes that lie among parcels and belong to neither role: files that staff have made of lists. The people at a portal are a
//! crate of their own, which this one does not know; a sweep must leave what is theirs alone.

use mpp_core::ParcelId;
use mpp_store::{RecordKey, RecordKind, RecordReader, StoreError};

/// The kind of their records. The key of a record is the name of its bytes, and the record is there before them.
const EXPORT: RecordKind = RecordKind::new("staff-export");

/// Whether these bytes are a file of staff.
pub(crate) async fn is_of_staff<S: RecordReader + ?Sized>(
    store: &S,
    storage: ParcelId,
) -> Result<bool, StoreError> {
    Ok(store.read(EXPORT, &RecordKey::new(storage)).await?.is_some())
}
