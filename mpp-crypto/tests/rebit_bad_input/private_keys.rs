//! Our own stored keys: what is read, and what is not.

use mpp_crypto::rebit::{Flavour, OurKeyMaterial, RebitError, shared_secret};

use crate::rebit_keys::{NONCE, judge_private, material, now, private_der, public_der};

const ORDER: &str = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";
/// Where the scalar stands in the ECC form.
const SCALAR: std::ops::Range<usize> = 257..289;

fn with_scalar(scalar: &str) -> Vec<u8> {
    let mut der = private_der(&material(Flavour::Ecc, 1));
    der[SCALAR].copy_from_slice(&hex::decode(scalar).unwrap());
    der
}

fn refusal(der: &[u8]) -> Option<RebitError> {
    judge_private(der).err()
}

#[test]
fn scalars_outside_1_to_n_are_refused() {
    let one = format!("{:0>64}", "1");
    let largest = ORDER.replace("d3ed", "d3ec");
    for scalar in [one, largest] {
        assert_eq!(refusal(&with_scalar(&scalar)), None, "{scalar}");
    }
    let next = ORDER.replace("d3ed", "d3ee");
    for scalar in ["00".repeat(32), ORDER.to_owned(), next, "ff".repeat(32)] {
        assert_eq!(refusal(&with_scalar(&scalar)), Some(RebitError::InvalidPrivateKey), "{scalar}");
    }
}

/// The parts of RFC 5915 that may be missing, and a public key inside that is another's.
#[test]
fn parameters_and_public_key_inside_are_optional_and_not_compared() {
    let der = private_der(&material(Flavour::Ecc, 1));
    let expected = public_der(&material(Flavour::Ecc, 1));
    let (algorithm, key) = (&der[7..244], &der[252..289]);
    let (parameters, public) = (&der[289..517], &der[517..]);
    for optional in [vec![parameters, public], vec![parameters], vec![public], vec![]] {
        let inner = tagged(0x30, &[key, &optional.concat()].concat());
        let outer = tagged(0x30, &[&[2, 1, 0][..], algorithm, &tagged(4, &inner)].concat());
        assert_eq!(public_der(&judge_private(&outer).unwrap()), expected);
    }
    let mut foreign = der.clone();
    foreign[522..].copy_from_slice(&public_der(&material(Flavour::Ecc, 2))[244..]);
    assert_eq!(public_der(&judge_private(&foreign).unwrap()), expected);
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let [high, low] = length.to_be_bytes();
    let head: &[u8] = match length {
        0..=0x7f => &[tag, low],
        0x80..=0xff => &[tag, 0x81, low],
        _ => &[tag, 0x82, high, low],
    };
    [head, content].concat()
}

#[test]
fn both_versions_of_an_x25519_key_are_read() {
    let new = private_der(&material(Flavour::X25519, 1));
    assert_eq!(new.len(), 83);
    let old = [&hex::decode("302e020100300506032b656e04220420").unwrap(), &new[16..48]].concat();
    let expected = public_der(&material(Flavour::X25519, 1));
    assert_eq!(public_der(&judge_private(&old).unwrap()), expected);
    assert_eq!(public_der(&judge_private(&new).unwrap()), expected);
    let mut other_version = old.clone();
    other_version[4] = 2;
    assert_eq!(refusal(&other_version), Some(RebitError::InvalidPrivateKey));
    let mut short = old;
    (short[1], short[13], short[15]) = (0x2d, 0x21, 0x1f);
    short.pop();
    assert_eq!(refusal(&short), Some(RebitError::InvalidPrivateKey));
}

#[test]
fn every_truncation_and_every_byte_behind_is_refused() {
    for flavour in [Flavour::Ecc, Flavour::X25519] {
        let der = private_der(&material(flavour, 3));
        for length in 0..der.len() {
            assert_eq!(refusal(&der[..length]), Some(RebitError::InvalidPrivateKey), "{length}");
        }
        assert_eq!(refusal(&[&der[..], &[0]].concat()), Some(RebitError::InvalidPrivateKey));
    }
}

#[test]
fn changed_bits_before_the_scalar_are_refused() {
    let der = private_der(&material(Flavour::Ecc, 4));
    for bit in 0..SCALAR.start * 8 {
        let mut changed = der.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(refusal(&changed), Some(RebitError::InvalidPrivateKey), "bit {bit}");
    }
}

#[test]
fn public_keys_other_curves_junk_and_huge_texts_are_no_private_keys() {
    let ed25519 = format!("302e020100300506032b657004220420{}", "42".repeat(32));
    for der in
        [public_der(&material(Flavour::Ecc, 1)), hex::decode(ed25519).unwrap(), vec![], vec![0x30; 600]]
    {
        assert_eq!(refusal(&der), Some(RebitError::InvalidPrivateKey));
    }
    let text = material(Flavour::Ecc, 1).private_key_text();
    let body = text.split("-----").nth(2).unwrap();
    for junk in [
        format!("{}junk", text.as_str()),
        text.replace("PRIVATE", "PUBLIC"),
        format!("{}{}", text.as_str(), " ".repeat(8192)),
        format!("-----BEGIN EC PRIVATE KEY-----{body}-----END EC PRIVATE KEY-----"),
        "42".repeat(32),
        "A".repeat(16 << 20),
    ] {
        let error = OurKeyMaterial::from_private_key(&junk, NONCE, now()).unwrap_err();
        assert_eq!(error, RebitError::InvalidPrivateKey);
    }
}

/// Only the call for a bare shared secret takes our key as 64 hex digits, and X25519 keys only.
#[test]
fn hex_digits_are_a_private_key_for_a_bare_secret_only() {
    let peer = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
    let ours = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
    let secret = shared_secret(ours, peer).unwrap();
    assert_eq!(
        hex::encode(secret.as_slice()),
        "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
    );
    assert_eq!(shared_secret(&ours[2..], peer).unwrap_err(), RebitError::InvalidPrivateKey);
    let ecc = material(Flavour::Ecc, 1).public_form().dh_public_key.key_value;
    assert_eq!(shared_secret(ours, &ecc).unwrap_err(), RebitError::InvalidPublicKey);
}
