use mpp_core::Clock;
use mpp_crypto::keys::follow_successions;
use mpp_testkit::{HandClock, SeededEntropy};

use super::*;

struct Place {
    folder: tempfile::TempDir,
    entropy: SeededEntropy,
}

impl Place {
    /// A folder with a first key.
    fn new() -> (Self, SigningKey) {
        let place = Self { folder: tempfile::tempdir().unwrap(), entropy: SeededEntropy::new(1) };
        let first = OwnKey::Signing.load_or_create(place.folder.path(), &place.entropy).unwrap();
        assert!(first.earlier.is_empty());
        (place, first.present)
    }

    fn load(&self) -> Result<KeyStanding, OwnKeyError> {
        OwnKey::Signing.load(self.folder.path())
    }

    fn replace(&self) -> Result<KeyStanding, OwnKeyError> {
        OwnKey::Signing.replace(self.folder.path(), HandClock::new().now(), &self.entropy)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

#[test]
fn the_chain_leads_from_the_first_key_to_the_present_one() {
    let (place, first) = Place::new();
    place.replace().unwrap();
    let third = place.replace().unwrap();
    let again = place.load().unwrap();
    assert_eq!(again.present.kid(), third.present.kid());
    assert_eq!(again.older().len(), 2);
    assert_eq!(again.older()[1], first.public().to_jwk());
    let trusted = follow_successions(vec![first.public().clone()], &again.successions());
    let names: Vec<&Kid> = trusted.iter().map(mpp_crypto::VerifyingKey::kid).collect();
    assert_eq!(names, [first.kid(), &again.earlier[0].next, again.present.kid()]);
    assert!(!place.file("central-signing.next.pem").exists());
}

#[test]
fn the_other_key_stays() {
    let (place, _) = Place::new();
    let other = OwnKey::Notification.load_or_create(place.folder.path(), &place.entropy).unwrap();
    place.replace().unwrap();
    let still = OwnKey::Notification.load(place.folder.path()).unwrap();
    assert_eq!(still.present.kid(), other.present.kid());
    assert!(still.earlier.is_empty());
}

/// Cut off before it is on record, it has not begun; afterwards, whoever comes next finishes it.
#[test]
fn a_replacement_that_was_cut_off_is_whole_or_has_not_begun() {
    let (place, first) = Place::new();
    let (present, next) = (place.file("central-signing.pem"), place.file("central-signing.next.pem"));
    let before = std::fs::read(&present).unwrap();
    let done = place.replace().unwrap();
    let after = std::fs::read(&present).unwrap();
    let record = std::fs::read(place.file("central-signing.earlier.json")).unwrap();

    // the next key is written, and nothing else
    std::fs::write(&present, &before).unwrap();
    std::fs::write(&next, &after).unwrap();
    std::fs::remove_file(place.file("central-signing.earlier.json")).unwrap();
    assert_eq!(place.load().unwrap().present.kid(), first.kid());
    let taken_up = place.replace().unwrap();
    assert_eq!(taken_up.present.kid(), done.present.kid(), "the same next key");

    // on record, with the present key still whole, half destroyed, destroyed
    for left in [before.clone(), vec![0; 40], vec![0; before.len()]] {
        std::fs::write(&present, &left).unwrap();
        std::fs::write(&next, &after).unwrap();
        std::fs::write(place.file("central-signing.earlier.json"), &record).unwrap();
        let found = place.load().unwrap();
        assert_eq!(found.present.kid(), done.present.kid());
        assert_eq!(found.earlier.len(), 1);
        assert!(!next.exists());
    }
}

#[test]
fn a_key_that_does_not_fit_what_is_on_record_is_refused() {
    let (place, first) = Place::new();
    place.replace().unwrap();
    std::fs::write(place.file("central-signing.pem"), first.to_pkcs8_pem().as_bytes()).unwrap();
    assert!(matches!(place.load(), Err(OwnKeyError::Mismatch { .. })));
    std::fs::write(place.file("central-signing.earlier.json"), "[{}]").unwrap();
    let refused = place.load().unwrap_err();
    assert!(matches!(refused, OwnKeyError::Record { .. }), "{refused:?}");
}

#[test]
fn only_one_replaces_and_nobody_before_there_is_a_key() {
    let (place, _) = Place::new();
    let turn = files::wait_for_turn(&place.file("central-keys.lock")).unwrap();
    assert!(matches!(place.replace(), Err(OwnKeyError::Busy)));
    drop(turn);
    place.replace().unwrap();
    let none = OwnKey::Notification.replace(place.folder.path(), HandClock::new().now(), &place.entropy);
    assert!(matches!(none, Err(OwnKeyError::None)), "{none:?}");
}

/// Whoever finds the old file's place on the disk finds zeros.
#[test]
fn the_key_before_is_destroyed() {
    let (place, first) = Place::new();
    let present = place.file("central-signing.pem");
    let aside = place.file("the-same-bytes-on-the-disk");
    std::fs::hard_link(&present, &aside).unwrap();
    place.replace().unwrap();
    let left = std::fs::read(&aside).unwrap();
    assert!(left.iter().all(|byte| *byte == 0), "of {}", first.kid());
}
