//! The contract of `KeyRing`: what every ring must do, whatever holds its keys. `key_ring_suite!` runs all of it.

use std::sync::Arc;

use mpp_core::{Kid, PublicJwk, Timestamp};
use mpp_crypto::envelope::{EnvelopeError, open_all, seal_all};
use mpp_crypto::key_ring::{
    KeyAlgorithm, KeyEntry, KeyRing, KeyRingError, KeyRingExt, KeyState, KeyUse, OpeningKeys,
};
use mpp_crypto::{EnvelopePublicKey, VerifyingKey, thumbprint};

use crate::envelopes::context;
use crate::seeded::SeededEntropy;

/// One case of the suite, given a ring without keys.
pub type Case = fn(&Arc<dyn KeyRing>);

/// Makes a test of every case. `$run` is called with the test's full name and the case, and brings the ring.
macro_rules! key_ring_suite {
    ($run:path) => {
        key_ring_suite! { @each $run:
            a_new_ring_has_no_keys
            what_is_supported_is_generated_and_all_else_refused
            keys_are_listed_newest_first_with_their_names
            public_halves_are_exported
            an_envelope_to_the_current_key_opens
            an_envelope_to_an_older_key_opens_after_rotation
            a_retired_key_does_nothing_until_it_is_reinstated
            a_destroyed_key_is_gone
            only_the_current_key_signs_and_older_ones_verify
            every_change_of_every_state_is_as_the_table_says
            a_key_has_one_use
            an_unknown_key_is_unknown_to_every_call
            threads_use_and_change_one_ring
        }
    };
    (@each $run:path: $($case:ident)*) => {
        $(
            #[test]
            fn $case() {
                $run(concat!(module_path!(), "::", stringify!($case)), crate::suite::$case);
            }
        )*
    };
}
pub(crate) use key_ring_suite;

pub fn a_new_ring_has_no_keys(ring: &Arc<dyn KeyRing>) {
    assert_eq!(ring.entries(), Ok(vec![]));
    let key_use = KeyUse::Envelope;
    assert_eq!(ring.current_envelope_key(), Err(KeyRingError::NoKey { key_use }));
    let key_use = KeyUse::Signing;
    assert_eq!(ring.sign_with_current(b"message"), Err(KeyRingError::NoKey { key_use }));
}

pub fn what_is_supported_is_generated_and_all_else_refused(ring: &Arc<dyn KeyRing>) {
    for algorithm in KeyAlgorithm::ALL {
        let generated = ring.generate(algorithm, at(1));
        if ring.supports(algorithm) {
            let entry = generated.unwrap();
            assert_eq!((entry.algorithm, entry.state, entry.created), (algorithm, KeyState::Current, at(1)));
        } else {
            assert_eq!(generated, Err(KeyRingError::Unsupported { algorithm }));
        }
    }
    assert!(ring.supports(KeyAlgorithm::EcdhP256) && ring.supports(KeyAlgorithm::Es256));
}

pub fn keys_are_listed_newest_first_with_their_names(ring: &Arc<dyn KeyRing>) {
    // A clock that went back changes nothing: the order is that of the calls.
    let made: Vec<KeyEntry> =
        [(KeyAlgorithm::EcdhP256, 9), (KeyAlgorithm::Es256, 5), (KeyAlgorithm::EcdhP256, 1)]
            .map(|(algorithm, millis)| ring.generate(algorithm, at(millis)).unwrap())
            .into();
    let listed = ring.entries().unwrap();
    let names = |entries: &[KeyEntry]| entries.iter().map(|entry| entry.kid.clone()).collect::<Vec<_>>();
    let newest_first: Vec<KeyEntry> = made.iter().rev().cloned().collect();
    assert_eq!(names(&listed), names(&newest_first));
    assert_eq!(states(ring), [KeyState::Current, KeyState::Current, KeyState::Older]);
    assert_eq!(listed.iter().map(|entry| entry.created).collect::<Vec<_>>(), [at(1), at(5), at(9)]);
    for entry in listed {
        assert_eq!(thumbprint(&entry.public), entry.kid);
        assert_eq!(ring.entry(&entry.kid), Ok(entry));
    }
}

pub fn public_halves_are_exported(ring: &Arc<dyn KeyRing>) {
    use p256::pkcs8::DecodePublicKey;
    let envelope = ring.generate(KeyAlgorithm::EcdhP256, at(1)).unwrap();
    let read = p256::PublicKey::from_public_key_pem(&envelope.public_pem().unwrap()).unwrap();
    let PublicJwk::Ec { x, .. } = &envelope.public else { panic!("not a P-256 key") };
    let coordinate = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(x).unwrap();
    assert_eq!(read.to_sec1_bytes()[1..33], coordinate);
    assert_eq!(
        EnvelopePublicKey::from_jwk(&envelope.public).unwrap(),
        ring.envelope_key(&envelope.kid).unwrap()
    );
    if ring.supports(KeyAlgorithm::Ed25519) {
        let signing = ring.generate(KeyAlgorithm::Ed25519, at(2)).unwrap();
        let pem = signing.public_pem().unwrap();
        assert!(ed25519_dalek::VerifyingKey::from_public_key_pem(&pem).is_ok());
    }
}

pub fn an_envelope_to_the_current_key_opens(ring: &Arc<dyn KeyRing>) {
    ring.generate(KeyAlgorithm::EcdhP256, at(1)).unwrap();
    for text in [&b""[..], b"<Account/>", &[7; 70_000]] {
        let sealed = sealed(text, ring);
        assert_eq!(opened(&sealed, ring).unwrap(), text);
        let mut altered = sealed;
        *altered.last_mut().unwrap() ^= 1;
        assert_eq!(opened(&altered, ring), Err(EnvelopeError::Authentication));
    }
}

pub fn an_envelope_to_an_older_key_opens_after_rotation(ring: &Arc<dyn KeyRing>) {
    let mut earlier = Vec::new();
    for text in [b"first", b"again", b"third"] {
        ring.generate(KeyAlgorithm::EcdhP256, at(1)).unwrap();
        earlier.push((text, sealed(text, ring)));
    }
    assert_eq!(states(ring), [KeyState::Current, KeyState::Older, KeyState::Older]);
    for (text, envelope) in earlier {
        assert_eq!(opened(&envelope, ring).unwrap(), text);
    }
}

pub fn a_retired_key_does_nothing_until_it_is_reinstated(ring: &Arc<dyn KeyRing>) {
    let (envelope_key, signing_key) = two_uses(ring);
    let envelope = sealed(b"text", ring);
    let signature = ring.sign(&signing_key, b"message").unwrap();
    two_uses(ring);
    for kid in [&envelope_key, &signing_key] {
        ring.retire(kid).unwrap();
        ring.retire(kid).unwrap();
        assert_eq!(ring.entry(kid).unwrap().state, KeyState::Retired);
    }
    let retired = |kid: &Kid| KeyRingError::Retired { kid: kid.clone() };
    assert_eq!(ring.envelope_key(&envelope_key), Err(retired(&envelope_key)));
    let refused = opened(&envelope, ring).unwrap_err();
    assert!(matches!(&refused, EnvelopeError::KeyUnavailable { reason } if reason.ends_with("is retired")));
    assert_eq!(ring.verifying_key(&signing_key), Err(retired(&signing_key)));
    assert_eq!(ring.sign(&signing_key, b"message"), Err(retired(&signing_key)));

    ring.reinstate(&envelope_key).unwrap();
    ring.reinstate(&signing_key).unwrap();
    assert_eq!(opened(&envelope, ring).unwrap(), b"text");
    let verifying = ring.verifying_key(&signing_key).unwrap();
    assert_eq!(verifying.verify(b"message", signature.as_bytes()), Ok(()));
}

pub fn a_destroyed_key_is_gone(ring: &Arc<dyn KeyRing>) {
    let (envelope_key, signing_key) = two_uses(ring);
    let envelope = sealed(b"text", ring);
    two_uses(ring);
    for kid in [&envelope_key, &signing_key] {
        ring.retire(kid).unwrap();
        ring.destroy(kid).unwrap();
        assert!(ring.entries().unwrap().iter().all(|entry| entry.kid != *kid));
        assert_eq!(ring.reinstate(kid), Err(unknown(kid)));
        assert_eq!(ring.destroy(kid), Err(unknown(kid)));
    }
    assert_eq!(opened(&envelope, ring), Err(EnvelopeError::UnknownKey { kid: envelope_key }));
    assert_eq!(states(ring), [KeyState::Current, KeyState::Current]);
}

pub fn only_the_current_key_signs_and_older_ones_verify(ring: &Arc<dyn KeyRing>) {
    for algorithm in [KeyAlgorithm::Es256, KeyAlgorithm::Ed25519] {
        if !ring.supports(algorithm) {
            continue;
        }
        let older = ring.generate(algorithm, at(1)).unwrap();
        let (named, signature) = ring.sign_with_current(b"message").unwrap();
        assert_eq!(named, older.kid);
        let newer = ring.generate(algorithm, at(2)).unwrap();
        assert_eq!(ring.sign_with_current(b"message").unwrap().0, newer.kid);
        let not_current = KeyRingError::NotCurrent { kid: older.kid.clone() };
        assert_eq!(ring.sign(&older.kid, b"message"), Err(not_current));
        let verifying = ring.verifying_key(&older.kid).unwrap();
        assert_eq!(verifying.verify(b"message", signature.as_bytes()), Ok(()));
        assert!(verifying.verify(b"massage", signature.as_bytes()).is_err());
        assert_eq!(verifying, VerifyingKey::from_jwk(&older.public).unwrap());
    }
}

pub fn every_change_of_every_state_is_as_the_table_says(ring: &Arc<dyn KeyRing>) {
    type Change = fn(&dyn KeyRing, &Kid) -> Result<(), KeyRingError>;
    let changes: [Change; 4] = [
        |ring, kid| {
            let algorithm = ring.entry(kid)?.algorithm;
            ring.generate(algorithm, at(7)).map(|_| ())
        },
        |ring, kid| ring.retire(kid),
        |ring, kid| ring.reinstate(kid),
        |ring, kid| ring.destroy(kid),
    ];
    use KeyState::{Current, Older, Retired};
    // The outcome of generating a successor, retiring, reinstating, destroying.
    let table: [(KeyState, [Option<Option<KeyState>>; 4]); 3] = [
        (Current, [Some(Some(Older)), None, None, None]),
        (Older, [Some(Some(Older)), Some(Some(Retired)), None, None]),
        (Retired, [Some(Some(Retired)), Some(Some(Retired)), Some(Some(Older)), Some(None)]),
    ];
    for (state, outcomes) in table {
        for algorithm in [KeyAlgorithm::EcdhP256, KeyAlgorithm::Es256] {
            for (change, outcome) in changes.iter().zip(outcomes) {
                let kid = in_state(ring, algorithm, state);
                let done = change(ring.as_ref(), &kid);
                let after = ring.entry(&kid).ok().map(|entry| entry.state);
                match outcome {
                    Some(outcome) => assert_eq!((done, after), (Ok(()), outcome), "{state} {algorithm}"),
                    None => {
                        let refusal = match done.unwrap_err() {
                            KeyRingError::StillCurrent { kid } => (Current, kid),
                            KeyRingError::NotRetired { kid } => (state, kid),
                            other => panic!("{other:?}"),
                        };
                        assert_eq!((refusal, after), ((state, kid), Some(state)));
                    }
                }
            }
        }
    }
}

pub fn a_key_has_one_use(ring: &Arc<dyn KeyRing>) {
    let (envelope_key, signing_key) = two_uses(ring);
    assert_eq!(ring.envelope_key(&signing_key), Err(unknown(&signing_key)));
    assert_eq!(ring.verifying_key(&envelope_key), Err(unknown(&envelope_key)));
    assert_eq!(ring.sign(&envelope_key, b"message"), Err(unknown(&envelope_key)));
    // Also for whoever seals to a signing key.
    let recipient = EnvelopePublicKey::from_jwk(&ring.entry(&signing_key).unwrap().public).unwrap();
    let envelope = seal_all(b"text", &recipient, &context(), &SeededEntropy::new(3)).unwrap();
    assert_eq!(opened(&envelope, ring), Err(EnvelopeError::UnknownKey { kid: signing_key }));
}

pub fn an_unknown_key_is_unknown_to_every_call(ring: &Arc<dyn KeyRing>) {
    two_uses(ring);
    for name in ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "short"] {
        let Ok(kid) = name.parse::<Kid>() else { continue };
        let unknown = unknown(&kid);
        assert_eq!(ring.entry(&kid), Err(unknown.clone()));
        assert_eq!(ring.envelope_key(&kid), Err(unknown.clone()));
        assert_eq!(ring.verifying_key(&kid), Err(unknown.clone()));
        assert_eq!(ring.sign(&kid, b""), Err(unknown.clone()));
        assert_eq!(ring.retire(&kid), Err(unknown.clone()));
        assert_eq!(ring.reinstate(&kid), Err(unknown.clone()));
        assert_eq!(ring.destroy(&kid), Err(unknown));
    }
}

pub fn threads_use_and_change_one_ring(ring: &Arc<dyn KeyRing>) {
    let (_, signing_key) = two_uses(ring);
    let envelope = sealed(b"text", ring);
    std::thread::scope(|scope| {
        for thread in 0_u8..4 {
            let (envelope, signing_key) = (&envelope, &signing_key);
            scope.spawn(move || {
                let verifying = ring.verifying_key(signing_key).unwrap();
                for round in 0_u8..5 {
                    assert_eq!(opened(envelope, ring).unwrap(), b"text");
                    let message = [thread, round];
                    let signature = ring.sign(signing_key, &message).unwrap();
                    assert_eq!(verifying.verify(&message, signature.as_bytes()), Ok(()));
                }
            });
        }
        scope.spawn(|| {
            for millis in 0..5 {
                ring.generate(KeyAlgorithm::EcdhP256, at(millis)).unwrap();
            }
        });
    });
    assert_eq!(ring.entries().unwrap().len(), 7);
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_unix_millis(1_764_000_000_000 + millis).unwrap()
}

fn unknown(kid: &Kid) -> KeyRingError {
    KeyRingError::UnknownKey { kid: kid.clone() }
}

fn states(ring: &Arc<dyn KeyRing>) -> Vec<KeyState> {
    ring.entries().unwrap().iter().map(|entry| entry.state).collect()
}

fn two_uses(ring: &Arc<dyn KeyRing>) -> (Kid, Kid) {
    let envelope = ring.generate(KeyAlgorithm::EcdhP256, at(1)).unwrap();
    (envelope.kid, ring.generate(KeyAlgorithm::Es256, at(1)).unwrap().kid)
}

/// A fresh key brought into `state`.
fn in_state(ring: &Arc<dyn KeyRing>, algorithm: KeyAlgorithm, state: KeyState) -> Kid {
    let kid = ring.generate(algorithm, at(1)).unwrap().kid;
    if state != KeyState::Current {
        ring.generate(algorithm, at(2)).unwrap();
    }
    if state == KeyState::Retired {
        ring.retire(&kid).unwrap();
    }
    assert_eq!(ring.entry(&kid).unwrap().state, state);
    kid
}

fn sealed(text: &[u8], ring: &Arc<dyn KeyRing>) -> Vec<u8> {
    let recipient = ring.current_envelope_key().unwrap();
    seal_all(text, &recipient, &context(), &SeededEntropy::new(2)).unwrap()
}

fn opened(envelope: &[u8], ring: &Arc<dyn KeyRing>) -> Result<Vec<u8>, EnvelopeError> {
    let keys: &dyn OpeningKeys = ring.as_ref();
    open_all(envelope, keys, &context()).map(|text| text.to_vec())
}
