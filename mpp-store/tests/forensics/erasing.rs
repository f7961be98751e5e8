//! Data of which some is erased: parcels under keys of their own, fields under the epoch key and under item keys.

use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use mpp_core::{Clock, DataItemId, Entropy, ParcelId, Timestamp};
use mpp_crypto::at_rest::{FieldPlace, ItemKey, SealedField};
use mpp_store::{
    EncryptedParcels, EpochFence, EpochKeyFolder, FileItemKeys, IndexEntry, ItemKeys, ItemName, LiveEpochs,
    ObjectParcels, ParcelBytes, ParcelBytesExt, Record, RecordKey, RecordKind, RecordReaderExt, Rotation,
    SealedKind, SealedRecord, Store, Vault, WriteBatch,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::place::{Place, Records};
use crate::searching::Needle;

/// What the erased items hold.
const ERASED_FIELD: &str = "canary-field-8c1f: the erased name";
const ERASED_ITEM_FIELD: &str = "canary-item-field-51aa: the erased label";
const ERASED_PARCEL: &[u8] = b"canary-parcel-e77d: the erased statement";
/// What the kept item holds.
pub(crate) const KEPT: &str = "canary-kept-0b42: still there";

pub(crate) fn erased_content() -> Vec<Needle> {
    vec![
        Needle::new("the field", &b"canary-field-8c1f"[..]),
        Needle::new("the field of the item", &b"canary-item-field-51aa"[..]),
        Needle::new("the parcel", &b"canary-parcel-e77d"[..]),
    ]
}

/// A person: a field under the epoch key, and one under the key of the item.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Person {
    id: u32,
    name: SealedField,
    label: Option<SealedField>,
}

impl Record for Person {
    const KIND: RecordKind = RecordKind::new("forensic-person");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        Vec::new()
    }
}

/// A server's data folder.
pub(crate) struct Data {
    records: Records,
    fence: Arc<EpochFence>,
    parcels: Arc<EncryptedParcels>,
    item_keys: FileItemKeys,
    vault: Vault,
    entropy: Arc<dyn Entropy>,
}

impl Data {
    pub(crate) async fn open(place: &Place, entropy: Arc<dyn Entropy>) -> Self {
        let folder = &place.folder;
        let keys = folder.join("keys");
        let epochs = LiveEpochs::open(EpochKeyFolder::new(&keys), &*entropy).unwrap();
        let records = place.open_records().await;
        let fence = EpochFence::open(records.store(), epochs.clone(), &*entropy, NOW.now()).await.unwrap();
        let item_keys = FileItemKeys::open(keys.join("items"), epochs.clone(), Arc::clone(&entropy)).unwrap();
        let objects = Arc::new(ObjectParcels::in_folder(folder.join("parcels")).unwrap());
        let parcel_keys: Arc<dyn ItemKeys> = Arc::new(item_keys.clone());
        let parcels = EncryptedParcels::new(objects, parcel_keys, Arc::clone(&entropy));
        Self {
            records,
            fence: Arc::new(fence),
            parcels: Arc::new(parcels),
            item_keys,
            vault: Vault::new(epochs, Arc::clone(&entropy)),
            entropy,
        }
    }

    fn store(&self) -> &dyn Store {
        &*self.fence
    }

    /// Lets go of everything; SQLite's write-ahead log is written back and removed.
    pub(crate) async fn close(self) {
        drop(self.fence);
        self.records.close().await;
    }
}

fn parcel() -> ParcelId {
    ParcelId::from_random([1; 16])
}

fn item() -> ItemName {
    DataItemId::from_random([2; 16]).into()
}

fn field<'a>(key: &'a RecordKey, column: &'a str) -> FieldPlace<'a> {
    Vault::place::<Person>(key, column)
}

/// Two people, one to be erased and one to be kept, and a parcel of two parts.
pub(crate) async fn fill(data: &Data) {
    for (id, name) in [(1, ERASED_FIELD), (2, KEPT)] {
        let key = RecordKey::new(id);
        let name = data.vault.seal(&field(&key, "name"), &name).unwrap();
        let label = if id == 1 { Some(seal_label(data, &key).await) } else { None };
        let mut batch = WriteBatch::new();
        batch.insert(&Person { id, name, label });
        data.store().commit(batch).await.unwrap();
    }
    let content = [ERASED_PARCEL, &vec![b'.'; 1000], ERASED_PARCEL].concat();
    let content = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from(content))]);
    data.parcels.write(parcel(), content).await.unwrap();
}

async fn seal_label(data: &Data, key: &RecordKey) -> SealedField {
    let item_key: ItemKey = data.item_keys.create(&item()).await.unwrap();
    item_key.seal_field(&field(key, "label"), ERASED_ITEM_FIELD.as_bytes(), &*data.entropy).unwrap()
}

/// Everything there is, in the clear, wiped when it is let go of.
pub(crate) async fn read_everything(data: &Data) -> Vec<Zeroizing<Vec<u8>>> {
    let mut read = Vec::new();
    for id in [1, 2] {
        let key = RecordKey::new(id);
        let Some(person) = data.store().get::<Person>(&key).await.unwrap() else { continue };
        let name: String = data.vault.open(&field(&key, "name"), &person.record.name).unwrap();
        read.push(Zeroizing::new(name.into_bytes()));
        if let Some(label) = person.record.label {
            let item_key = data.item_keys.load(&item()).await.unwrap().unwrap();
            read.push(item_key.open_field(&field(&key, "label"), &label).unwrap());
        }
    }
    if !data.parcels.parts(parcel()).await.unwrap().is_empty() {
        let mut chunks = data.parcels.read(parcel(), 0).await.unwrap();
        while let Some(chunk) = chunks.try_next().await.unwrap() {
            read.push(Zeroizing::new(chunk.to_vec()));
        }
    }
    read
}

/// As the product erases: keys first, then bytes and records; then a rotation, which seals anew what is kept and ends the
/// epoch, and the write-ahead log written back.
pub(crate) async fn erase_and_end_the_epoch(place: &Place, entropy: Arc<dyn Entropy>) {
    let data = Data::open(place, Arc::clone(&entropy)).await;
    data.parcels.remove(parcel()).await.unwrap();
    data.item_keys.destroy(&item()).await.unwrap();
    let erased = data.store().get::<Person>(&RecordKey::new(1)).await.unwrap().unwrap();
    let mut batch = WriteBatch::new();
    batch.delete::<Person>(&RecordKey::new(1), erased.version);
    data.store().commit(batch).await.unwrap();

    let kinds = vec![SealedKind::of::<Person>()];
    let (fence, item_keys) = (Arc::clone(&data.fence), data.item_keys.clone());
    let rotated = Rotation::new(fence, item_keys, kinds, Arc::new(NOW), entropy).now().await.unwrap();
    assert_eq!(rotated.map(|rotated| (rotated.records, rotated.ended)), Some((1, 1)));
    data.close().await;
}

/// The time does not matter here.
#[derive(Debug, Clone, Copy)]
struct Now;

const NOW: Now = Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(1_790_000_000_000).unwrap()
    }
}

impl SealedRecord for Person {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        vec![("name", &mut self.name)]
    }
}

/// Every block of the parcel and of the sealed fields that are stored now: after erasure not even they are there.
pub(crate) async fn ciphertext(data: &Data, place: &Place) -> Vec<Needle> {
    let erased = data.store().get::<Person>(&RecordKey::new(1)).await.unwrap().unwrap().record;
    let mut needles = vec![
        Needle::new("the sealed field", String::from(erased.name).into_bytes()),
        Needle::new("the sealed label", String::from(erased.label.unwrap()).into_bytes()),
    ];
    let part = std::fs::read(place.folder.join(format!("parcels/{}/0000000000", parcel()))).unwrap();
    needles.extend(part.chunks_exact(64).map(|block| Needle::new("the sealed parcel", block)));
    needles
}
