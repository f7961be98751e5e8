//! The official vectors of RFC 9180, and the `DeriveKeyPair` they contain.

use serde::Deserialize;

use super::*;
#[cfg(feature = "accelerated")]
use crate::primitives::providers::accelerated;
#[cfg(feature = "graviola")]
use crate::primitives::providers::on_graviola;
use crate::primitives::providers::pure;

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
    pkRm: String,
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
    let (enc, mut sender) = set_up_sender::<P, A>(&point, &ephemeral_secret, &info).unwrap();
    assert_eq!(hex::encode(enc), vector.enc);
    let dh = P::agree(&secret, &enc).unwrap();
    assert_eq!(hex::encode(shared_secret(&dh, &enc, &point)), vector.shared_secret);
    let mut receiver = set_up_recipient::<A>(&enc, &dh, &point, &info);
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

#[test]
fn gives_the_bytes_of_the_official_vectors() {
    let Some(text) = crate::shared_files::read_shared("crypto/vectors/hpke-rfc9180.json") else { return };
    let file: File = serde_json::from_str(&text).unwrap();
    let ours = |vector: &&Vector| {
        (vector.mode, vector.kem_id, vector.kdf_id, vector.aead_id) == (0, 0x0010, 0x0001, 0x0002)
    };
    let vectors: Vec<&Vector> = file.vectors.iter().filter(ours).collect();
    assert!(!vectors.is_empty());
    let count = |name: &str, run: fn(&Vector) -> usize| {
        let messages: usize = vectors.iter().map(|vector| run(vector)).sum();
        println!("RFC 9180 on {name}: {} vectors, {messages} messages", vectors.len());
    };
    count("pure Rust", run::<pure::P256, pure::Aes256GcmKey>);
    #[cfg(feature = "accelerated")]
    count("aws-lc-rs and ring", run::<accelerated::P256, accelerated::Aes256GcmKey>);
    #[cfg(feature = "graviola")]
    count("graviola", run::<on_graviola::P256, on_graviola::Aes256GcmKey>);
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
