//! The official vectors of RFC 9180, and the `DeriveKeyPair` they contain.

use p256::SecretKey;
use serde::Deserialize;

use super::*;

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

fn secret(text: &str) -> SecretKey {
    SecretKey::from_slice(&bytes(text)).unwrap()
}

fn run(vector: &Vector) {
    let (recipient, ephemeral) = (secret(&vector.skRm), secret(&vector.skEm));
    assert!(derive_key_pair(&bytes(&vector.ikmR)).unwrap() == recipient);
    assert!(derive_key_pair(&bytes(&vector.ikmE)).unwrap() == ephemeral);
    assert_eq!(hex::encode(p256_keys::to_uncompressed(&recipient.public_key())), vector.pkRm);
    let info = bytes(&vector.info);
    let (enc, mut sender) = set_up_sender(&recipient.public_key(), &ephemeral, &info);
    assert_eq!(hex::encode(enc), vector.enc);
    let shared = shared_secret(&recipient, &ephemeral.public_key(), &enc, &bytes(&vector.pkRm));
    assert_eq!(hex::encode(shared.as_slice()), vector.shared_secret);
    let mut receiver = set_up_recipient(&enc, &recipient, &info).unwrap();
    for encryption in &vector.encryptions {
        let mut buffer = bytes(&encryption.pt);
        sender.seal(&bytes(&encryption.aad), &mut buffer).unwrap();
        assert_eq!(hex::encode(&buffer), encryption.ct);
        receiver.open(&bytes(&encryption.aad), &mut buffer).unwrap();
        assert_eq!(hex::encode(&buffer), encryption.pt);
    }
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
    vectors.into_iter().for_each(run);
}

#[test]
fn the_counter_never_wraps() {
    let recipient = derive_key_pair(&[1; 32]).unwrap();
    let (_, mut context) = set_up_sender(&recipient.public_key(), &derive_key_pair(&[2; 32]).unwrap(), b"");
    context.sequence = u64::MAX;
    assert_eq!(context.seal(b"", &mut vec![1]), Err(AeadFailure));
    assert_eq!(context.sequence(), u64::MAX);
}

#[test]
fn an_encapsulated_key_off_the_curve_is_refused() {
    let recipient = derive_key_pair(&[1; 32]).unwrap();
    let (mut enc, _) = set_up_sender(&recipient.public_key(), &derive_key_pair(&[2; 32]).unwrap(), b"");
    enc[64] ^= 1;
    assert!(set_up_recipient(&enc, &recipient, b"").is_none());
    assert!(set_up_recipient(&[0; ENC_LEN], &recipient, b"").is_none());
}
