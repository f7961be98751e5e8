//! Comparing parcels with their records: neither may be there without the other once a sweep has gone through.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use futures::TryStreamExt as _;
use mpp_core::{ParcelId, Timestamp};
use mpp_store::{
    ListQuery, ObjectParcels, ParcelBytes as _, ParcelBytesExt as _, Record as _, Store, StoreError,
    WriteBatch,
};

use super::traces::Held;

/// What was found over all rounds.
#[derive(Debug, Default)]
pub struct ParcelBooks {
    whole: usize,
    swept: usize,
}

/// What can fail while sweeping.
#[derive(Debug)]
#[expect(dead_code, reason = "shown when the sweep fails")]
enum SweepFailure {
    Bytes(mpp_store::ParcelBytesError),
    Records(StoreError),
}

impl From<mpp_store::ParcelBytesError> for SweepFailure {
    fn from(error: mpp_store::ParcelBytesError) -> Self {
        Self::Bytes(error)
    }
}

impl ParcelBooks {
    /// Sweeps, compares, and clears away what is left.
    pub async fn check_round(&mut self, store: &dyn Store, parcels: &Arc<ObjectParcels>, round: u32) {
        let later = Timestamp::from_unix_millis(4_000_000_000_000).unwrap();
        parcels.discard_unfinished(later).await.unwrap();
        let is_wanted = |parcel: ParcelId| async move {
            let found = store.read(Held::KIND, &mpp_store::RecordKey::new(parcel)).await;
            found.map(|found| found.is_some()).map_err(SweepFailure::Records)
        };
        self.swept += parcels.sweep(later, is_wanted).await.unwrap().len();
        let held = store.list(ListQuery::of(Held::KIND)).await.unwrap();
        assert_eq!(held.next, None, "round {round}: a few parcels at a time");
        let mut with_record = BTreeSet::new();
        let mut clearing = WriteBatch::new();
        for found in &held.items {
            let held = found.decode::<Held>().unwrap().record;
            let bytes = parcels.read(held.mark.parcel(), 0).await;
            let bytes =
                bytes.unwrap_or_else(|error| panic!("{:?} has a record and no bytes: {error}", held.mark));
            let content: Vec<_> = bytes.try_collect().await.unwrap();
            assert!(content.concat() == held.mark.content(), "{:?} is not whole", held.mark);
            with_record.insert(held.mark.parcel());
            clearing.delete::<Held>(&held.mark.parcel_key(), found.version);
        }
        let with_bytes: BTreeSet<_> = parcels.list().await.unwrap().into_iter().collect();
        assert_eq!(with_bytes, with_record, "round {round}: bytes and records are of the same parcels");
        self.whole += with_record.len();
        if !with_record.is_empty() {
            store.commit(clearing).await.unwrap();
        }
        for parcel in with_record {
            parcels.remove(parcel).await.unwrap();
        }
    }
}

impl fmt::Display for ParcelBooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} parcels whole beside their records, {} orphans swept", self.whole, self.swept)
    }
}
