//! Signatures in other shapes than the one.

use mpp_crypto::AnySigningKey;

use crate::{encode, keys};

const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

fn refused(key: &AnySigningKey, message: &[u8], signature: &[u8], why: &str) {
    assert!(key.public().verify(message, signature).is_err(), "{}: {why}", key.algorithm());
}

#[test]
fn zeros_before_and_behind_are_refused() {
    for key in keys() {
        let good = key.sign(b"message").unwrap();
        assert!(key.public().verify(b"message", &good).is_ok());
        refused(&key, b"message", &[&[0], &good[..]].concat(), "a zero before it");
        refused(&key, b"message", &[&good[..], &[0]].concat(), "a zero behind it");
        refused(&key, b"message", &good[1..], "its first byte missing");
        refused(&key, b"message", &[], "nothing");
        refused(&key, b"message", &vec![0; good.len()], "zeros");
        refused(&key, b"message", &vec![0xff; good.len()], "ones");
        refused(&key, b"message", &[&good[..], &good[..]].concat(), "twice");
    }
}

/// One signature in 256 starts with a zero, which belongs to it.
#[test]
fn a_leading_zero_of_a_number_is_part_of_the_signature() {
    let [rsa, p256, _] = keys();
    for key in [rsa, p256] {
        let found = (0_u32..5000).map(u32::to_be_bytes).find_map(|message| {
            let signature = key.sign(&message).unwrap();
            (signature[0] == 0).then_some((message, signature))
        });
        let (message, signature) = found.unwrap();
        assert!(key.public().verify(&message, &signature).is_ok());
        refused(&key, &message, &signature[1..], "its leading zero missing");
    }
}

#[test]
fn scalars_out_of_range_are_refused() {
    let [_, p256, _] = keys();
    let good = p256.sign(b"message").unwrap();
    let (r, s) = good.split_at(32);
    let (zero, order) = ([0; 32], hex::decode(ORDER).unwrap());
    for (r, s, why) in [
        (&zero[..], s, "r = 0"),
        (r, &zero[..], "s = 0"),
        (&zero, &zero, "r = s = 0"),
        (&order, s, "r = n"),
        (r, &order, "s = n"),
        (&[0xff; 32], s, "r > n"),
        (s, r, "swapped"),
    ] {
        refused(&p256, b"message", &[r, s].concat(), why);
    }
}

/// RFC 7518 asks for no low `s`: both signatures with the same `r` stand, so that nothing may be named by a signature.
#[test]
fn both_values_of_s_stand() {
    let [_, p256, _] = keys();
    let good = p256.sign(b"message").unwrap();
    let order = hex::decode(ORDER).unwrap();
    let mut borrow = 0_i32;
    let mut other = [0_u8; 32];
    for at in (0..32).rev() {
        let difference = i32::from(order[at]) - i32::from(good[32 + at]) - borrow;
        borrow = i32::from(difference < 0);
        other[at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    assert!(p256.public().verify(b"message", &[&good[..32], &other].concat()).is_ok());
}

#[test]
fn der_is_refused() {
    let [_, p256, _] = keys();
    let good = p256.sign(b"message").unwrap();
    let number = |digits: &[u8]| {
        let sign: &[u8] = if digits[0] >= 0x80 { &[0] } else { &[] };
        let content = [sign, digits].concat();
        [&[2, u8::try_from(content.len()).unwrap()], &content[..]].concat()
    };
    let numbers = [number(&good[..32]), number(&good[32..])].concat();
    let der = [&[0x30, u8::try_from(numbers.len()).unwrap()], &numbers[..]].concat();
    refused(&p256, b"message", &der, "DER");
    refused(&p256, b"message", encode(&good).as_bytes(), "text");
    refused(&p256, b"message", hex::encode(&good).as_bytes(), "text");
}

#[test]
fn a_signature_of_another_key_or_algorithm_is_refused() {
    let keys = keys();
    for key in &keys {
        for other in &keys {
            let stands = key.public().verify(b"message", &other.sign(b"message").unwrap()).is_ok();
            assert_eq!(stands, std::ptr::eq(key, other));
        }
    }
}
