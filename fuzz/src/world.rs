//! The keys and places that every input meets: always the same, so that a committed input means the same tomorrow.

use std::sync::{LazyLock, Mutex};

use mpp_core::{Entropy, PublicJwk, Timestamp};
use mpp_crypto::at_rest::{EpochKey, EpochKeys};
use mpp_crypto::envelope::Context;
use mpp_crypto::rebit::{Flavour, OurKeyMaterial};
use mpp_crypto::webhook::HmacSecret;
use mpp_crypto::{EnvelopeKeyRing, EnvelopePrivateKey, SigningKey, rs256, sha256};
use serde_json::Value;

const ENVELOPE_VECTORS: &str = include_str!("../../tests/vectors/envelope-v1/basic.json");
const ECC_VECTORS: &str = include_str!("../../tests/vectors/rebit/rahasya-ecc.json");
const X25519_VECTORS: &str = include_str!("../../tests/vectors/rebit/rahasya-x25519.json");

/// The RSA key of the documented `x-jws-signature`, and its name.
pub const RSA_KID: &str = "6b1f2a54-7c1e-4f0e-9d0b-2f5f0e6a9c11";
const RSA_MODULUS: &str = "rL7XDvJBpKoPnMl0DhPYkiRLTgWcww6yk0iuNis53ixlpP_4Yh6-2--6hcwLEdYD70lVhxfOkTL_id2pe_F9ggTHBzf_I2Tre6lfP6bqqjk-sBbVt8Q_w7xrmciWwEBCBnGed7pzKWIdaPotf3I2OcWQYN3-vaBercN1hrHF58KAlFA_ZZT9hZna-2ssdJOZpzM6h444jBVIWaSvXRy5xKYAmp8eqCO4PCyvIoNEGKgs4rct2y5eUEcyVpKcTS7TtBcX8mpBaq5uUAIB-3BcJVG-WcrHa-MZtSyMpTGa4zGI6ulh9EwL-6wJDXunfcr8E-Zbm0DYe5pvR3bQWYMXow";

/// SHA-256 in counter mode over a seed.
#[derive(Debug)]
pub struct Seeded {
    seed: u64,
    counter: Mutex<u64>,
}

impl Seeded {
    pub const fn new(seed: u64) -> Self {
        Self { seed, counter: Mutex::new(0) }
    }
}

impl Entropy for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let mut counter = self.counter.lock().expect("nobody panics while holding it");
            *counter += 1;
            let block = sha256(&[self.seed.to_be_bytes(), counter.to_be_bytes()].concat());
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
        }
    }
}

/// 2026-01-15T09:30:00Z.
pub fn now() -> Timestamp {
    Timestamp::from_unix_millis(1_768_469_400_000).expect("an instant")
}

/// The recipient of the envelope vectors, and another of whom nobody knows.
pub static RING: LazyLock<EnvelopeKeyRing> = LazyLock::new(|| {
    let pem = vectors(ENVELOPE_VECTORS)["private_key"].as_str().expect("a key").to_owned();
    EnvelopeKeyRing::new(EnvelopePrivateKey::from_pkcs8_pem(&pem).expect("a key"))
});

/// What the envelopes of the vectors are bound to.
pub(crate) static CONTEXT: LazyLock<Context> = LazyLock::new(|| {
    let file = vectors(ENVELOPE_VECTORS);
    let member = |name: &str| file["context"][name].as_str().expect("a text");
    Context {
        purpose: serde_json::from_value(file["context"]["purpose"].clone()).expect("a purpose"),
        partner: member("partner").parse().expect("an id"),
        consent: member("consent").parse().expect("an id"),
        parcel: member("parcel").parse().expect("an id"),
        source: member("source").parse().expect("a source"),
        content_type: member("content_type").parse().expect("a media type"),
    }
});

pub static ES256: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate_p256(&Seeded::new(1)));
pub static ED25519: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate_ed25519(&Seeded::new(2)));
pub static HMAC: LazyLock<HmacSecret> = LazyLock::new(|| HmacSecret::generate(&Seeded::new(3)));

pub static RS256: LazyLock<rs256::VerifyingKey> = LazyLock::new(|| {
    let jwk = PublicJwk::Rsa { e: "AQAB".to_owned(), n: RSA_MODULUS.to_owned() };
    rs256::VerifyingKey::from_jwk(&jwk).expect("a key")
});

pub static EPOCHS: LazyLock<EpochKeys> = LazyLock::new(|| {
    EpochKeys::new(EpochKey::generate(&Seeded::new(4)), vec![EpochKey::generate(&Seeded::new(5))])
});

/// Our own key material: the one under which the open cases of the vectors were refused or not.
pub(crate) fn our_material(flavour: Flavour) -> OurKeyMaterial {
    let input = baseline(flavour);
    let text = |name: &str| input[name].as_str().expect("a text");
    OurKeyMaterial::from_private_key(text("ourPrivateKey"), text("ourNonce"), now()).expect("key material")
}

/// The other side's public key, nonce and expiry in the same cases.
pub(crate) fn peer_texts(flavour: Flavour) -> [String; 3] {
    let input = baseline(flavour);
    ["remotePublicKey", "remoteNonce", "remoteExpiry"]
        .map(|name| input[name].as_str().expect("a text").to_owned())
}

fn baseline(flavour: Flavour) -> Value {
    static ECC: LazyLock<Value> = LazyLock::new(|| vectors(ECC_VECTORS)["negative"][0]["input"].clone());
    static X25519: LazyLock<Value> =
        LazyLock::new(|| vectors(X25519_VECTORS)["negative"][0]["input"].clone());
    match flavour {
        Flavour::Ecc => ECC.clone(),
        Flavour::X25519 => X25519.clone(),
    }
}

fn vectors(text: &str) -> Value {
    serde_json::from_str(text).expect("the vectors are JSON")
}
