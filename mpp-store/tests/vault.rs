//! The vault: what is sealed opens at its place, and only there.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

use std::sync::Arc;

use mpp_core::{Entropy, Persistence};
use mpp_crypto::at_rest::{AtRestError, EpochKey, EpochKeys, FieldPlace, SealedField};
use mpp_store::conformance::entropy::CountingEntropy;
use mpp_store::{EpochKeyFolder, Vault, VaultError};

const PLACE: FieldPlace<'_> = FieldPlace { table: "customer", row: "1", column: "mobile" };

fn vault() -> Vault {
    let entropy: Arc<dyn Entropy> = Arc::new(CountingEntropy::default());
    Vault::new(Arc::new(EpochKeys::new(EpochKey::generate(&*entropy), Vec::new())), entropy)
}

#[test]
fn a_sealed_value_opens_at_its_place_only() {
    let vault = vault();
    let sealed = vault.seal(&PLACE, &("name", 7)).unwrap();
    assert_eq!(vault.open::<(String, u8)>(&PLACE, &sealed).unwrap(), ("name".to_owned(), 7));
    for place in [
        FieldPlace { table: "custome", row: "r1", ..PLACE },
        FieldPlace { row: "2", ..PLACE },
        FieldPlace { column: "name", ..PLACE },
    ] {
        let moved = vault.open::<(String, u8)>(&place, &sealed);
        assert_eq!(moved, Err(VaultError::AtRest(AtRestError::Authentication)));
    }
}

#[test]
fn a_sealed_value_is_a_json_string_that_shows_nothing() {
    let vault = vault();
    let sealed = vault.seal(&PLACE, &"9876501234").unwrap();
    let json = serde_json::to_string(&sealed).unwrap();
    assert!(json.starts_with('"') && !json.contains("9876501234"));
    let read: SealedField = serde_json::from_str(&json).unwrap();
    assert_eq!(vault.open::<String>(&PLACE, &read).unwrap(), "9876501234");
    assert_ne!(sealed, vault.seal(&PLACE, &"9876501234").unwrap(), "equal values do not look equal");
    assert!(!format!("{vault:?}").contains("secret"));
}

#[test]
fn a_value_of_another_shape_is_an_error_that_repeats_nothing() {
    let vault = vault();
    let sealed = vault.seal(&PLACE, &"9876501234").unwrap();
    let error = vault.open::<u8>(&PLACE, &sealed).unwrap_err();
    assert!(matches!(error, VaultError::NotJson(_)));
    assert!(!format!("{error} {error:?}").contains("9876501234"));
}

#[test]
fn later_epochs_open_what_earlier_ones_sealed_but_not_the_other_way() {
    let folder = tempfile::tempdir().unwrap();
    let entropy: Arc<dyn Entropy> = Arc::new(CountingEntropy::default());
    let keys = EpochKeyFolder::new(folder.path());
    let load = || Vault::new(Arc::new(keys.load_or_create(&*entropy).unwrap()), Arc::clone(&entropy));
    let before = load();
    let early = before.seal(&PLACE, &"early").unwrap();
    keys.begin_epoch(&*entropy).unwrap();
    let after = load();
    assert_eq!(after.open::<String>(&PLACE, &early).unwrap(), "early");
    let late = after.seal(&PLACE, &"late").unwrap();
    assert_ne!(early.epoch(), late.epoch());
    let unknown = before.open::<String>(&PLACE, &late).unwrap_err();
    assert!(matches!(unknown, VaultError::AtRest(AtRestError::UnknownEpoch { .. })));
    assert_eq!(unknown.persistence(), Persistence::Temporary);
}

#[test]
fn what_was_sealed_in_an_ended_epoch_never_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let entropy: Arc<dyn Entropy> = Arc::new(CountingEntropy::default());
    let keys = EpochKeyFolder::new(folder.path());
    let load = || Vault::new(Arc::new(keys.load_or_create(&*entropy).unwrap()), Arc::clone(&entropy));
    let early = load().seal(&PLACE, &"early").unwrap();
    keys.begin_epoch(&*entropy).unwrap();
    let late = load().seal(&PLACE, &"late").unwrap();
    assert_eq!(keys.end_older_epochs().unwrap(), 1);
    assert_eq!(keys.end_older_epochs().unwrap(), 0, "the current epoch goes on");
    let after = load();
    assert_eq!(after.open::<String>(&PLACE, &late).unwrap(), "late");
    let ended = after.open::<String>(&PLACE, &early).unwrap_err();
    assert!(matches!(ended, VaultError::AtRest(AtRestError::UnknownEpoch { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
