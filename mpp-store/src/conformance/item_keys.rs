//! Item keys: made once, found again, destroyed for good.

use std::sync::Arc;

use futures::future::join_all;
use mpp_core::{DataItemId, ParcelId};
use mpp_crypto::at_rest::{FieldPlace, ItemKey};

use super::entropy::CountingEntropy;
use crate::{ItemKeyError, ItemKeys, ItemName};

const PLACE: FieldPlace<'_> = FieldPlace { table: "conformance", row: "1", column: "text" };

fn item(number: u8) -> ItemName {
    ParcelId::from_random([number; 16]).into()
}

/// Whether both are the same key: the one opens what the other sealed.
fn same(one: &ItemKey, other: &ItemKey) -> bool {
    let sealed = one.seal_field(&PLACE, b"text", &CountingEntropy::default()).unwrap();
    other.open_field(&PLACE, &sealed).is_ok_and(|opened| opened.as_slice() == b"text")
}

/// An item nobody made a key for has none.
pub async fn absent_key_loads_as_none(keys: Arc<dyn ItemKeys>) {
    assert!(keys.load(&item(1)).await.unwrap().is_none());
}

/// The key that was made is the key that is found.
pub async fn created_key_loads_again(keys: Arc<dyn ItemKeys>) {
    let made = keys.create(&item(1)).await.unwrap();
    let found = keys.load(&item(1)).await.unwrap().unwrap();
    assert!(same(&made, &found) && same(&found, &made));
}

/// Every item has a key of its own, also where parcel and data item have the same number.
pub async fn items_have_different_keys(keys: Arc<dyn ItemKeys>) {
    let parcel = keys.create(&item(1)).await.unwrap();
    let other = keys.create(&item(2)).await.unwrap();
    let data_item = keys.create(&DataItemId::from_random([1; 16]).into()).await.unwrap();
    assert!(!same(&parcel, &other) && !same(&parcel, &data_item));
}

/// A key is not replaced.
pub async fn key_is_created_once(keys: Arc<dyn ItemKeys>) {
    let made = keys.create(&item(1)).await.unwrap();
    let again = keys.create(&item(1)).await;
    assert!(matches!(again, Err(ItemKeyError::AlreadyThere { item: found }) if found == item(1)));
    assert!(same(&made, &keys.load(&item(1)).await.unwrap().unwrap()));
}

/// Of many that make the key of one item, one does; the others find it.
pub async fn parallel_creations_have_one_winner(keys: Arc<dyn ItemKeys>) {
    let makers = (0..16).map(|_| {
        let keys = Arc::clone(&keys);
        tokio::spawn(async move { keys.create(&item(1)).await })
    });
    let made: Vec<_> = join_all(makers).await.into_iter().map(|done| done.unwrap()).collect();
    let winners: Vec<_> = made.into_iter().filter_map(Result::ok).collect();
    assert_eq!(winners.len(), 1);
    assert!(same(&winners[0], &keys.load(&item(1)).await.unwrap().unwrap()));
}

/// A destroyed key is gone, and destroying it again is no error.
pub async fn destroyed_key_is_gone(keys: Arc<dyn ItemKeys>) {
    let made = keys.create(&item(1)).await.unwrap();
    keys.create(&item(2)).await.unwrap();
    keys.destroy(&item(1)).await.unwrap();
    assert!(keys.load(&item(1)).await.unwrap().is_none());
    keys.destroy(&item(1)).await.unwrap();
    keys.destroy(&item(3)).await.unwrap();
    assert!(keys.load(&item(2)).await.unwrap().is_some());
    let next = keys.create(&item(1)).await.unwrap();
    assert!(!same(&made, &next), "a key made later has nothing to do with the destroyed one");
}
