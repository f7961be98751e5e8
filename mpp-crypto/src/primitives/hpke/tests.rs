//! The official vectors of RFC 9180, and the `DeriveKeyPair` they contain.

use serde::Deserialize;

use super::*;
#[cfg(feature = "accelerated")]
use crate::primitives::providers::accelerated;
#[cfg(feature = "graviola")]
use crate::primitives::providers::on_graviola;
use crate::primitives::providers::{X25519Agreement, pure};

#[derive(Deserialize)]
struct File {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
#[expect(non_snake_case, reason = "the names of the file")]
struct Vector {
    mode: u8,
    kem_id: u16,
    kdf_id: u16,
    aead_id: u16,
    info: String,
    ikmR: String,
    ikmE: String,
    skRm: String,
    skEm: String,
    skSm: Option<String>,
    pkRm: String,
    pkSm: Option<String>,
    enc: String,
    shared_secret: String,
    encryptions: Vec<Encryption>,
}

#[derive(Deserialize)]
struct Encryption {
    aad: String,
    ct: String,
    pt: String,
}

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn array<const N: usize>(text: &str) -> [u8; N] {
    bytes(text).try_into().unwrap()
}

/// Runs one vector on one implementation and gives the number of messages.
fn run<P: P256Agreement, A: Aead>(vector: &Vector) -> usize {
    let (recipient, secret) = derive_key_pair::<P>(&bytes(&vector.ikmR)).unwrap();
    let (ephemeral, ephemeral_secret) = derive_key_pair::<P>(&bytes(&vector.ikmE)).unwrap();
    assert_eq!(hex::encode(recipient), vector.skRm);
    assert_eq!(hex::encode(ephemeral), vector.skEm);
    let point: [u8; ENC_LEN] = array(&vector.pkRm);
    assert_eq!(P::public(&secret), Some(point));
    let info = bytes(&vector.info);
    let (enc, sender) = set_up_sender::<P, A>(&point, &ephemeral_secret, &info).unwrap();
    assert_eq!(hex::encode(enc), vector.enc);
    let dh = P::agree(&secret, &enc).unwrap();
    let shared = extract_and_expand(&P256_SUITE, dh.as_slice(), &[&enc, &point]);
    assert_eq!(hex::encode(shared), vector.shared_secret);
    let receiver = set_up_recipient::<A>(&enc, &dh, &point, &info);
    exchange(vector, sender, receiver)
}

/// Seals and opens every message of a vector and gives their number.
fn exchange<A: Aead>(vector: &Vector, mut sender: Context<A>, mut receiver: Context<A>) -> usize {
    for encryption in &vector.encryptions {
        let mut buffer = bytes(&encryption.pt);
        let tag = sender.seal(&bytes(&encryption.aad), &mut buffer).unwrap();
        buffer.extend_from_slice(&tag);
        assert_eq!(hex::encode(&buffer), encryption.ct);
        let plaintext_len = receiver.open(&bytes(&encryption.aad), &mut buffer).unwrap();
        assert_eq!(hex::encode(&buffer[..plaintext_len]), encryption.pt);
    }
    vector.encryptions.len()
}

/// DHKEM(X25519, HKDF-SHA256) 0x0020 with the same KDF and AEAD.
const X25519_SUITE: Suite = Suite { kem: b"KEM\x00\x20", hpke: b"HPKE\x00\x20\x00\x01\x00\x02" };
const MODE_AUTH: u8 = 2;

/// The other mode and the other KEM of the file, on the same derivations and key schedule: envelopes use neither.
fn run_other<A: Aead, const N: usize>(
    vector: &Vector,
    suite: &Suite,
    agree: impl Fn(&[u8; 32], &[u8; N]) -> Zeroizing<[u8; 32]>,
) -> usize {
    let (recipient, ephemeral): ([u8; 32], [u8; 32]) = (array(&vector.skRm), array(&vector.skEm));
    let (point, enc): ([u8; N], [u8; N]) = (array(&vector.pkRm), array(&vector.enc));
    let sender = vector.skSm.as_deref().map(array::<32>).zip(vector.pkSm.as_deref().map(array::<N>));
    let kem_context = [enc.as_slice(), &point].concat();
    let kem_context = [kem_context, sender.map_or_else(Vec::new, |(_, point)| point.to_vec())].concat();
    let both = |one: Zeroizing<[u8; 32]>, other: Option<Zeroizing<[u8; 32]>>| {
        [one.to_vec(), other.map_or_else(Vec::new, |other| other.to_vec())].concat()
    };
    let sending = both(agree(&ephemeral, &point), sender.map(|(secret, _)| agree(&secret, &point)));
    let receiving = both(agree(&recipient, &enc), sender.map(|(_, point)| agree(&recipient, &point)));
    let [sending, receiving] = [sending, receiving].map(|dh| {
        let shared = extract_and_expand(suite, &dh, &[&kem_context]);
        assert_eq!(hex::encode(shared.as_slice()), vector.shared_secret);
        Context::<A>::schedule(suite, vector.mode, &shared, &bytes(&vector.info))
    });
    exchange(vector, sending, receiving)
}

fn run_any<P: P256Agreement, X: X25519Agreement, A: Aead>(vector: &Vector) -> usize {
    match (vector.mode, vector.kem_id) {
        (MODE_BASE, 0x0010) => run::<P, A>(vector),
        (MODE_AUTH, 0x0010) => run_other::<A, ENC_LEN>(vector, &P256_SUITE, |secret, point| {
            P::agree(&P::secret(secret).unwrap(), point).unwrap()
        }),
        (MODE_BASE | MODE_AUTH, 0x0020) => {
            run_other::<A, 32>(vector, &X25519_SUITE, |secret, u| X::agree(secret, u).unwrap())
        }
        other => panic!("a vector of another kind: {other:?}"),
    }
}

#[test]
fn gives_the_bytes_of_the_official_vectors() {
    let Some(text) = crate::shared_files::read_shared("crypto/vectors/hpke-rfc9180.json") else { return };
    let file: File = serde_json::from_str(&text).unwrap();
    assert_eq!(file.vectors.len(), 4, "both modes, both KEMs");
    assert!(file.vectors.iter().all(|vector| (vector.kdf_id, vector.aead_id) == (1, 2)));
    let count = |name: &str, run: fn(&Vector) -> usize| {
        let messages: Vec<usize> = file.vectors.iter().map(run).collect();
        println!("RFC 9180 on {name}: {} vectors of {messages:?} messages", messages.len());
    };
    count("pure Rust", run_any::<pure::P256, pure::X25519, pure::Aes256GcmKey>);
    #[cfg(feature = "accelerated")]
    count("aws-lc-rs and ring", run_any::<accelerated::P256, accelerated::X25519, accelerated::Aes256GcmKey>);
    #[cfg(feature = "graviola")]
    count("graviola", run_any::<on_graviola::P256, on_graviola::X25519, on_graviola::Aes256GcmKey>);
}

fn sender() -> ([u8; ENC_LEN], Context) {
    let (_, recipient) = derive_key_pair::<pure::P256>(&[1; 32]).unwrap();
    let (_, ephemeral) = derive_key_pair::<pure::P256>(&[2; 32]).unwrap();
    set_up_sender::<pure::P256, _>(&pure::P256::public(&recipient).unwrap(), &ephemeral, b"").unwrap()
}

#[test]
fn the_counter_never_wraps() {
    let (_, mut context) = sender();
    context.sequence = u64::MAX;
    assert_eq!(context.seal(b"", &mut [1]), Err(AeadFailure));
    assert_eq!(context.sequence(), u64::MAX);
}

#[test]
fn a_recipient_off_the_curve_is_refused() {
    let (mut off_curve, _) = sender();
    off_curve[64] ^= 1;
    let (_, ephemeral) = derive_key_pair::<pure::P256>(&[2; 32]).unwrap();
    for bad in [off_curve, [0; ENC_LEN]] {
        assert!(set_up_sender::<pure::P256, ChosenAead>(&bad, &ephemeral, b"").is_none());
    }
}
