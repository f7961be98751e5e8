//! Checking ES256 signatures (FIPS 186-5 §6.4.2 over P-256 and SHA-256): with the feature `accelerated` by `aws-lc-rs`,
//! which takes a fifth of the time, else in pure Rust. Both give the same answers. Signing stays in pure Rust, because
//! it must be deterministic (RFC 6979).

#[cfg(feature = "accelerated")]
pub(crate) use accelerated::verify;
#[cfg(not(feature = "accelerated"))]
pub(crate) use pure::verify;

#[cfg(any(test, not(feature = "accelerated")))]
mod pure {
    use p256::ecdsa::signature::Verifier;
    use p256::ecdsa::{Signature, VerifyingKey};

    /// Whether `signature`, the 64 bytes `r || s`, stands over `message`.
    pub(crate) fn verify(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
    }
}

#[cfg(feature = "accelerated")]
mod accelerated {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use p256::ecdsa::VerifyingKey;

    use crate::primitives::p256_keys;

    /// Whether `signature`, the 64 bytes `r || s`, stands over `message`.
    pub(crate) fn verify(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
        let point = p256_keys::to_uncompressed(&key.into());
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
    }
}

#[cfg(test)]
#[cfg(feature = "accelerated")]
mod tests {
    use p256::ecdsa::signature::Signer;
    use p256::ecdsa::{Signature, SigningKey};
    use proptest::prelude::*;

    use super::{accelerated, pure};

    /// The answers of both, which must be the same.
    fn agreed(key: &SigningKey, message: &[u8], signature: &[u8]) -> bool {
        let answer = pure::verify(key.verifying_key(), message, signature);
        assert_eq!(accelerated::verify(key.verifying_key(), message, signature), answer);
        answer
    }

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_slice(&[seed; 32]).expect("a scalar below the order")
    }

    #[test]
    fn both_refuse_what_is_no_pair_of_scalars() {
        let key = key(7);
        let good: Signature = key.sign(b"message");
        let good = good.to_bytes();
        assert!(agreed(&key, b"message", &good));
        for length in 0..good.len() {
            assert!(!agreed(&key, b"message", &good[..length]));
        }
        assert!(!agreed(&key, b"message", &[&good[..], &[0]].concat()));
        for (r, s) in [(0, 1), (1, 0), (0, 0), (255, 1), (1, 255), (255, 255)] {
            let scalars = [[r; 32], [s; 32]].concat();
            assert!(!agreed(&key, b"message", &scalars));
        }
    }

    #[test]
    fn both_take_the_other_of_the_two_signatures_with_the_same_r() {
        let key = key(9);
        let low: Signature = key.sign(b"message");
        let (r, s) = low.split_scalars();
        let high = Signature::from_scalars(r, -s).expect("not zero");
        assert!(agreed(&key, b"message", &high.to_bytes()));
    }

    proptest! {
        #[test]
        fn both_answer_the_same(seed in 1_u8..255, message: Vec<u8>, bit in 0_usize..512, flip: bool) {
            let key = key(seed);
            let signature: Signature = key.sign(&message);
            let mut signature: [u8; 64] = signature.to_bytes().into();
            if flip {
                signature[bit / 8] ^= 1 << (bit % 8);
            }
            prop_assert_eq!(agreed(&key, &message, &signature), !flip);
        }
    }
}
