//! Secrets and plaintext planted as canaries never show.
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

use envelopes::{context, ring};
use mpp_crypto::at_rest::{EpochKey, EpochKeys, ItemKey, PartCipher};
use mpp_crypto::envelope::{Opener, Sealer};
use mpp_crypto::rebit::{Flavour, OurKeyMaterial, PeerKeyMaterial, Sender};
use mpp_crypto::webhook::HmacSecret;
use mpp_crypto::{CustomerRefKey, EnvelopePrivateKey, SigningKey, jws};
use seeded::SeededEntropy;
use zeroize::Zeroizing;

const CANARY: [u8; 32] = [0xc7; 32];

/// No run of the canary in any usual notation.
fn shows_nothing(what: &str, text: &str) {
    for trace in ["c7c7", "C7C7", "199, 199", "0xc7", "x8fHx8fH", "CANARY", "PRIVATE"] {
        assert!(!text.contains(trace), "{what} shows {trace}: {text}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let entropy = SeededEntropy::new(1);
    shows_nothing("EpochKey", &format!("{:?}", EpochKey::from_bytes(Zeroizing::new(CANARY))));
    let epochs = EpochKeys::new(EpochKey::from_bytes(Zeroizing::new(CANARY)), vec![]);
    shows_nothing("EpochKeys", &format!("{epochs:?}"));
    shows_nothing("CustomerRefKey", &format!("{:?}", CustomerRefKey::from_bytes(Zeroizing::new(CANARY))));
    let secret = format!("whsec_{}", base64_simd::STANDARD.encode_to_string(CANARY));
    shows_nothing("HmacSecret", &format!("{:?}", HmacSecret::from_text(&secret).unwrap()));
    let item = ItemKey::generate(&entropy);
    assert_eq!(format!("{item:?}"), "ItemKey(..)");
    let cipher = PartCipher::new(&item, context().parcel);
    assert!(!format!("{cipher:?}").contains("key"));
    for key in [SigningKey::generate_p256(&entropy), SigningKey::generate_ed25519(&entropy)] {
        let body: String = key.to_pkcs8_pem().lines().filter(|line| !line.starts_with('-')).collect();
        assert!(!format!("{key:?}").contains(&body[30..60]));
    }
    let envelope = EnvelopePrivateKey::generate(&entropy);
    let shown = format!("{envelope:?}");
    assert_eq!(shown, format!("EnvelopePrivateKey {{ kid: {:?}, .. }}", envelope.kid().as_str()));
}

#[test]
fn debug_of_rebit_material_shows_no_secret() {
    let mut der = hex::decode("302e020100300506032b656e04220420").unwrap();
    der.extend_from_slice(&CANARY);
    let private = base64_simd::STANDARD.encode_to_string(der);
    let expiry = "2099-01-01T00:00:00Z".parse().unwrap();
    let nonce = base64_simd::STANDARD.encode_to_string([1; 32]);
    let material = || OurKeyMaterial::from_private_key(&private, &nonce, expiry).unwrap();
    shows_nothing("OurKeyMaterial", &format!("{:?}", material()));
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let other = OurKeyMaterial::generate(Flavour::X25519, &SeededEntropy::new(1), expiry);
    let peer = PeerKeyMaterial::parse(&other.public_form(), now).unwrap();
    shows_nothing("Sender", &format!("{:?}", Sender::new(material(), &peer, now).unwrap()));
    let broken = private.replace('x', "*");
    shows_nothing(
        "RebitError",
        &OurKeyMaterial::from_private_key(&broken, &nonce, expiry).unwrap_err().to_string(),
    );
}

#[test]
fn debug_of_work_in_progress_shows_no_plaintext() {
    let ring = ring(1);
    let (mut sealer, mut envelope) = Sealer::new(ring.current().public(), &context(), &SeededEntropy::new(2));
    sealer.push(b"CANARY CANARY", &mut envelope).unwrap();
    shows_nothing("Sealer", &format!("{sealer:?}"));
    sealer.finish(&mut envelope).unwrap();
    let mut opener = Opener::new(&ring, context());
    let mut text = Vec::new();
    opener.push(&envelope, &mut text).unwrap();
    shows_nothing("Opener", &format!("{opener:?}"));
    let document = jws::sign(&SigningKey::generate_p256(&SeededEntropy::new(3)), "t", &"CANARY").unwrap();
    shows_nothing("CompactJws", &format!("{document:?}"));
    let payload = document.as_str().split('.').nth(1).unwrap();
    assert!(!format!("{document:?}").contains(payload));
}
