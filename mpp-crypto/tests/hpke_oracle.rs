//! An independent HPKE opens our envelopes, from the format's documentation alone.
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
#[allow(unreachable_pub, reason = "shared by several tests")]
mod envelopes;

use envelopes::{ring, sealed};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, setup_receiver};
use mpp_crypto::EnvelopeKeyRing;
use mpp_crypto::envelope::CHUNK_LEN;
use p256::pkcs8::DecodePrivateKey;

/// Reads an envelope as `docs/formats/envelope-v1.md` says, with nothing of ours.
fn open_elsewhere(envelope: &[u8], ring: &EnvelopeKeyRing) -> Vec<u8> {
    let scalar = p256::SecretKey::from_pkcs8_pem(&ring.current().to_pkcs8_pem()).unwrap().to_bytes();
    let secret = <DhP256HkdfSha256 as Kem>::PrivateKey::from_bytes(&scalar).unwrap();
    let info_len = 8 + usize::from(u16::from_be_bytes([envelope[6], envelope[7]]));
    let (info, rest) = envelope.split_at(info_len);
    let (enc, chunks) = rest.split_at(65);
    let enc = <DhP256HkdfSha256 as Kem>::EncappedKey::from_bytes(enc).unwrap();
    let mut context =
        setup_receiver::<AesGcm256, HkdfSha256, DhP256HkdfSha256>(&OpModeR::Base, &secret, &enc, info)
            .unwrap();
    let chunks: Vec<&[u8]> = chunks.chunks(CHUNK_LEN + 16).collect();
    let last = chunks.len() - 1;
    let open = |(at, chunk): (usize, &&[u8])| {
        let aad: &[u8] = if at == last { b"final" } else { b"" };
        context.open(chunk, aad).unwrap()
    };
    chunks.iter().enumerate().flat_map(open).collect()
}

#[test]
fn another_implementation_opens_what_we_seal() {
    let ring = ring(1);
    for length in [0, 1, 1000, CHUNK_LEN, CHUNK_LEN + 1, 3 * CHUNK_LEN] {
        let text: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
        assert_eq!(open_elsewhere(&sealed(&text, &ring), &ring), text, "{length}");
    }
}
