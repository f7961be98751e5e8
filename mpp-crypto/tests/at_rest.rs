//! Stored fields, item keys and parcel parts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "support/seeded.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod seeded;

use mpp_core::ParcelId;
use mpp_crypto::at_rest::{
    AtRestError, EpochKey, EpochKeys, FieldPlace, ItemKey, PART_OVERHEAD, PartCipher, SealedField,
    WrappedItemKey, open_field, seal_field,
};
use mpp_crypto::{CustomerRefKey, customer_ref};
use proptest::prelude::*;
use seeded::SeededEntropy;

const PLACE: FieldPlace<'static> = FieldPlace { table: "consent_requests", row: "r-1", column: "customer" };
const TEXT: &[u8] = b"Asha Kulkarni";

fn epochs(seed: u64) -> EpochKeys {
    EpochKeys::new(EpochKey::generate(&SeededEntropy::new(seed)), vec![])
}

#[test]
fn a_field_opens_at_its_place_and_nowhere_else() {
    let epochs = epochs(1);
    let sealed = seal_field(&epochs, &PLACE, TEXT, &SeededEntropy::new(9)).unwrap();
    assert_eq!(open_field(&epochs, &PLACE, &sealed).unwrap().as_slice(), TEXT);
    for place in [
        FieldPlace { table: "consents", ..PLACE },
        FieldPlace { row: "r-2", ..PLACE },
        FieldPlace { column: "mobile", ..PLACE },
        FieldPlace { table: "consent_requestsr", row: "-1", ..PLACE },
    ] {
        assert_eq!(open_field(&epochs, &place, &sealed), Err(AtRestError::Authentication), "{place:?}");
    }
}

#[test]
fn a_field_survives_its_stored_forms() {
    let epochs = epochs(1);
    let sealed = seal_field(&epochs, &PLACE, TEXT, &SeededEntropy::new(9)).unwrap();
    let again: SealedField = serde_json::from_str(&serde_json::to_string(&sealed).unwrap()).unwrap();
    assert_eq!(again, sealed);
    assert_eq!(SealedField::from_bytes(&sealed.to_bytes()).unwrap(), sealed);
    assert_eq!(sealed.to_bytes().len(), 1 + 8 + 16 + TEXT.len() + 16);
    for bad in [&[][..], &[3], &[1, 2, 3]] {
        assert_eq!(SealedField::from_bytes(bad), Err(AtRestError::Authentication));
    }
}

#[test]
fn any_altered_bit_of_a_field_is_noticed() {
    let epochs = epochs(1);
    let sealed = seal_field(&epochs, &PLACE, TEXT, &SeededEntropy::new(9)).unwrap().to_bytes();
    for bit in 0..sealed.len() * 8 {
        let mut altered = sealed.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let opened = SealedField::from_bytes(&altered).and_then(|field| open_field(&epochs, &PLACE, &field));
        assert!(opened.is_err(), "{bit}");
    }
    for length in 0..sealed.len() {
        let opened =
            SealedField::from_bytes(&sealed[..length]).and_then(|field| open_field(&epochs, &PLACE, &field));
        assert!(opened.is_err(), "{length}");
    }
}

#[test]
fn older_epochs_open_and_unknown_ones_are_named() {
    let old = EpochKey::generate(&SeededEntropy::new(1));
    let old_id = old.id();
    let bytes = old.to_bytes();
    let sealed = seal_field(&EpochKeys::new(old, vec![]), &PLACE, TEXT, &SeededEntropy::new(9)).unwrap();
    let rotated =
        EpochKeys::new(EpochKey::generate(&SeededEntropy::new(2)), vec![EpochKey::from_bytes(bytes)]);
    assert!(open_field(&rotated, &PLACE, &sealed).is_ok());
    let fresh = seal_field(&rotated, &PLACE, TEXT, &SeededEntropy::new(9)).unwrap();
    assert_eq!(fresh.epoch(), Some(rotated.current().id()));
    assert_eq!(open_field(&epochs(3), &PLACE, &sealed), Err(AtRestError::UnknownEpoch { epoch: old_id }));
}

#[test]
fn an_item_key_unwraps_for_its_item_only() {
    let epochs = epochs(1);
    let entropy = SeededEntropy::new(9);
    let key = ItemKey::generate(&entropy);
    let field = key.seal_field(&PLACE, TEXT, &entropy).unwrap();
    let wrapped = key.wrap(&epochs, "parcel-1", &entropy).unwrap();
    let stored: WrappedItemKey = serde_json::from_str(&serde_json::to_string(&wrapped).unwrap()).unwrap();
    assert_eq!(stored.to_bytes().len(), 1 + 8 + 16 + 32 + 16);
    assert_eq!(stored.epoch(), epochs.current().id());
    let unwrapped = ItemKey::unwrap_from(&epochs, "parcel-1", &stored).unwrap();
    assert_eq!(unwrapped.open_field(&PLACE, &field).unwrap().as_slice(), TEXT);
    let elsewhere = ItemKey::unwrap_from(&epochs, "parcel-2", &stored).unwrap_err();
    assert_eq!(elsewhere, AtRestError::Authentication);
    let mut altered = stored.to_bytes();
    altered[30] ^= 1;
    let altered = WrappedItemKey::from_bytes(&altered).unwrap();
    assert!(ItemKey::unwrap_from(&epochs, "parcel-1", &altered).is_err());
    assert!(WrappedItemKey::from_bytes(&[2; 73]).is_err());
}

#[test]
fn epoch_and_item_fields_are_not_interchangeable() {
    let entropy = SeededEntropy::new(9);
    let epochs = epochs(1);
    let key = ItemKey::generate(&entropy);
    let by_item = key.seal_field(&PLACE, TEXT, &entropy).unwrap();
    let by_epoch = seal_field(&epochs, &PLACE, TEXT, &entropy).unwrap();
    assert_eq!(open_field(&epochs, &PLACE, &by_item), Err(AtRestError::Authentication));
    assert_eq!(key.open_field(&PLACE, &by_epoch), Err(AtRestError::Authentication));
}

#[test]
fn parts_open_under_their_parcel_and_number_only() {
    let entropy = SeededEntropy::new(9);
    let key = ItemKey::generate(&entropy);
    let parcel = ParcelId::from_random([1; 16]);
    let cipher = PartCipher::new(&key, parcel);
    let sealed = cipher.seal(0, &[7; 1000], &entropy).unwrap();
    assert_eq!(sealed.len(), 1000 + PART_OVERHEAD);
    assert_eq!(cipher.open(0, &sealed).unwrap().as_slice(), &[7; 1000]);
    assert_eq!(cipher.open(1, &sealed), Err(AtRestError::Authentication));
    let other = PartCipher::new(&key, ParcelId::from_random([2; 16]));
    assert_eq!(other.open(0, &sealed), Err(AtRestError::Authentication));
    let foreign = ItemKey::generate(&entropy);
    assert_eq!(PartCipher::new(&foreign, parcel).open(0, &sealed), Err(AtRestError::Authentication));
    assert_ne!(cipher.seal(0, &[7; 1000], &entropy).unwrap(), sealed, "writing again uses another key");
    assert_eq!(cipher.open(0, &sealed[..15]), Err(AtRestError::Authentication));
}

#[test]
fn a_customer_has_one_name_per_role() {
    let roles = [1, 2].map(|seed| CustomerRefKey::generate(&SeededEntropy::new(seed)));
    let mobile = "9000000001".parse().unwrap();
    let name = customer_ref(&roles[0], &mobile);
    assert_eq!(name, customer_ref(&CustomerRefKey::from_bytes(roles[0].to_bytes()), &mobile));
    assert_ne!(name, customer_ref(&roles[1], &mobile));
    assert_ne!(name, customer_ref(&roles[0], &"9000000002".parse().unwrap()));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sealed_opens(
        text in prop::collection::vec(any::<u8>(), 0..500),
        table in ".{0,20}", row in ".{0,20}", column in ".{0,20}",
        seed: u64,
    ) {
        let place = FieldPlace { table: &table, row: &row, column: &column };
        let epochs = epochs(1);
        let sealed = seal_field(&epochs, &place, &text, &SeededEntropy::new(seed)).unwrap();
        prop_assert_eq!(open_field(&epochs, &place, &sealed).unwrap().to_vec(), text);
    }

    #[test]
    fn random_bytes_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let epochs = epochs(1);
        let opened = SealedField::from_bytes(&bytes).and_then(|field| open_field(&epochs, &PLACE, &field));
        prop_assert!(opened.is_err());
        let unwrapped =
            WrappedItemKey::from_bytes(&bytes).and_then(|key| ItemKey::unwrap_from(&epochs, "x", &key));
        prop_assert!(unwrapped.is_err());
    }
}
