//! Keys in a PKCS#11 token: the contract, and what is special about tokens. Every test runs in a process of its own,
//! because the token is chosen by an environment variable and loaded once per process.
#![cfg(feature = "pkcs11")]
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

#[path = "support/envelopes.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod envelopes;

#[path = "support/key_ring_suite.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod suite;

#[path = "support/softhsm.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod softhsm;

use std::process::Command;
use std::sync::Arc;

use cryptoki::context::Pkcs11;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use cryptoki::session::UserType;
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use mpp_core::Timestamp;
use mpp_crypto::envelope::{open_all, seal_all};
use mpp_crypto::key_ring::{
    KeyAlgorithm, KeyRing, KeyRingError, KeyRingExt, KeyState, Pin, SigningKeys, TokenKeyRing,
};
use seeded::SeededEntropy;
use softhsm::{PIN, SoftToken, TOKEN, module};
use suite::{Case, key_ring_suite};
use zeroize::Zeroizing;

/// Set in the process that does the work.
const AT_WORK: &str = "MPP_TEST_TOKEN_AT_WORK";

mod contract {
    use super::*;

    fn run(name: &str, case: Case) {
        with_token(name, || {
            let ring: Arc<dyn KeyRing> = Arc::new(ring());
            case(&ring);
        });
    }

    key_ring_suite!(run);
}

/// Runs `work` in another process, the same test again, that has a fresh token.
fn with_token(name: &str, work: impl FnOnce()) {
    if std::env::var_os(AT_WORK).is_some() {
        return work();
    }
    let token = SoftToken::new();
    let (_, name) = name.split_once("::").unwrap();
    let done = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(AT_WORK, "1")
        .env("SOFTHSM2_CONF", token.configuration())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

macro_rules! here {
    ($name:ident) => {
        concat!(module_path!(), "::", stringify!($name))
    };
}

fn open(token: &str, pin: &str) -> Result<TokenKeyRing, KeyRingError> {
    TokenKeyRing::open(&module(), token, Pin::new(&Zeroizing::new(pin.to_owned())))
}

fn ring() -> TokenKeyRing {
    open(TOKEN, PIN).unwrap()
}

fn now() -> Timestamp {
    "2026-11-25T09:00:00Z".parse().unwrap()
}

#[test]
fn a_wrong_pin_is_refused_in_its_own_words() {
    with_token(here!(a_wrong_pin_is_refused_in_its_own_words), || {
        assert_eq!(open(TOKEN, "000000").unwrap_err(), KeyRingError::WrongPin);
        assert_eq!(open(TOKEN, "").unwrap_err(), KeyRingError::WrongPin);
        ring();
    });
}

#[test]
fn a_missing_token_or_module_is_named() {
    with_token(here!(a_missing_token_or_module_is_named), || {
        let missing = KeyRingError::Unavailable { reason: "no token is labelled \"other\"".to_owned() };
        assert_eq!(open("other", PIN).unwrap_err(), missing);
        let pin = Pin::new(&Zeroizing::new(PIN.to_owned()));
        let no_module = TokenKeyRing::open("/nonexistent.so".as_ref(), TOKEN, pin).unwrap_err();
        assert!(matches!(no_module, KeyRingError::Unavailable { .. }), "{no_module}");
    });
}

#[test]
fn keys_stay_in_the_token_when_the_process_reopens_it() {
    with_token(here!(keys_stay_in_the_token_when_the_process_reopens_it), || {
        let first = ring();
        let envelope_key = first.generate(KeyAlgorithm::EcdhP256, now()).unwrap();
        let signing_key = first.generate(KeyAlgorithm::Es256, now()).unwrap();
        let sealed = sealed(&first);
        let second = ring();
        assert_eq!(second.entries().unwrap(), first.entries().unwrap());
        second.generate(KeyAlgorithm::EcdhP256, now()).unwrap();
        second.retire(&envelope_key.kid).unwrap();
        // What one does the other sees at once: nothing is remembered outside the token.
        assert_eq!(first.entry(&envelope_key.kid).unwrap().state, KeyState::Retired);
        drop(first);
        second.reinstate(&envelope_key.kid).unwrap();
        assert_eq!(open_all(&sealed, &second, &envelopes::context()).unwrap().as_slice(), b"text");
        drop(second);
        let third = ring();
        let signature = third.sign(&signing_key.kid, b"message").unwrap();
        let verifying = third.verifying_key(&signing_key.kid).unwrap();
        assert_eq!(verifying.verify(b"message", signature.as_bytes()), Ok(()));
    });
}

/// One product in 256 begins with a zero byte, which a token must not lose.
#[test]
fn agreements_with_leading_zeros_are_right() {
    with_token(here!(agreements_with_leading_zeros_are_right), || {
        let ring = ring();
        ring.generate(KeyAlgorithm::EcdhP256, now()).unwrap();
        let recipient = ring.current_envelope_key().unwrap();
        for seed in 0..1_500 {
            let entropy = SeededEntropy::new(seed);
            let sealed = seal_all(b"text", &recipient, &envelopes::context(), &entropy).unwrap();
            assert_eq!(open_all(&sealed, &ring, &envelopes::context()).unwrap().as_slice(), b"text");
        }
    });
}

#[test]
fn a_token_that_forgot_its_sessions_is_logged_in_to_again() {
    with_token(here!(a_token_that_forgot_its_sessions_is_logged_in_to_again), || {
        let ring = ring();
        let key = ring.generate(KeyAlgorithm::Es256, now()).unwrap();
        let (first, slot) = library();
        // Logged out, a token shows no private keys: that must not look like an empty ring.
        first.open_rw_session(slot).unwrap().logout().unwrap();
        assert!(ring.sign(&key.kid, b"message").is_ok());
        first.open_rw_session(slot).unwrap().logout().unwrap();
        assert_eq!(ring.entries().unwrap(), std::slice::from_ref(&key));
        // As after a restart of what is behind the module.
        first.finalize().unwrap();
        assert!(ring.sign(&key.kid, b"message").is_ok());
    });
}

#[test]
fn a_refused_pin_is_not_tried_again() {
    with_token(here!(a_refused_pin_is_not_tried_again), || {
        let ring = ring();
        let (library, slot) = library();
        let (old, new) = (AuthPin::from(PIN), AuthPin::from("314159"));
        let session = library.open_rw_session(slot).unwrap();
        session.set_pin(&old, &new).unwrap();
        session.logout().unwrap();
        assert_eq!(ring.entries().unwrap_err(), KeyRingError::WrongPin);
        // It would be right now, but nobody asks the token.
        session.login(UserType::User, Some(&new)).unwrap();
        session.set_pin(&new, &old).unwrap();
        session.logout().unwrap();
        assert_eq!(ring.entries().unwrap_err(), KeyRingError::WrongPin);
        open(TOKEN, PIN).unwrap();
    });
}

#[test]
fn a_pin_shows_to_nobody() {
    let pin = Pin::new(&Zeroizing::new("271828".to_owned()));
    assert_eq!(format!("{pin:?}"), "Pin(..)");
}

#[test]
fn private_keys_cannot_be_taken_out() {
    with_token(here!(private_keys_cannot_be_taken_out), || {
        let ring = ring();
        ring.generate(KeyAlgorithm::EcdhP256, now()).unwrap();
        ring.generate(KeyAlgorithm::Es256, now()).unwrap();
        let (library, slot) = library();
        let session = library.open_rw_session(slot).unwrap();
        let _ = session.login(UserType::User, Some(&PIN.into()));
        let private = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).unwrap();
        assert_eq!(private.len(), 2);
        for object in private {
            let asked =
                [AttributeType::Sensitive, AttributeType::Extractable, AttributeType::NeverExtractable];
            let expected = [
                Attribute::Sensitive(true),
                Attribute::Extractable(false),
                Attribute::NeverExtractable(true),
            ];
            assert_eq!(session.get_attributes(object, &asked).unwrap(), expected);
            assert!(session.get_attributes(object, &[AttributeType::Value]).unwrap().is_empty());
        }
        // The products that were taken out are not left behind.
        open_all(&sealed(&ring), &ring, &envelopes::context()).unwrap();
        assert!(session.find_objects(&[Attribute::Class(ObjectClass::SECRET_KEY)]).unwrap().is_empty());
    });
}

#[test]
fn keys_of_others_in_the_token_are_left_alone() {
    with_token(here!(keys_of_others_in_the_token_are_left_alone), || {
        let ring = ring();
        let ours = ring.generate(KeyAlgorithm::EcdhP256, now()).unwrap();
        let (library, slot) = library();
        let session = library.open_rw_session(slot).unwrap();
        let _ = session.login(UserType::User, Some(&PIN.into()));
        let p256 = Attribute::EcParams(vec![0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
        // Also one that only claims our label: its name does not fit its point.
        for label in ["their key", "mpp1:envelope:99:0"] {
            let attributes =
                [Attribute::Token(true), Attribute::Label(label.into()), Attribute::Id(b"their id".to_vec())];
            let public = [&attributes[..], std::slice::from_ref(&p256)].concat();
            session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &attributes).unwrap();
        }
        let listed: Vec<_> = ring.entries().unwrap().into_iter().map(|entry| entry.kid).collect();
        assert_eq!(listed, [ours.kid]);
    });
}

/// The token without a ring around it.
fn library() -> (Pkcs11, Slot) {
    let library = Pkcs11::new(module()).unwrap();
    let slot = library.get_slots_with_initialized_token().unwrap()[0];
    (library, slot)
}

fn sealed(ring: &TokenKeyRing) -> Vec<u8> {
    let recipient = ring.current_envelope_key().unwrap();
    seal_all(b"text", &recipient, &envelopes::context(), &SeededEntropy::new(5)).unwrap()
}
