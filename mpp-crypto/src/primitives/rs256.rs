//! Checking RS256 signatures (RSASSA-PKCS1-v1_5 with SHA-256, RFC 8017 §8.2.2): with the feature `accelerated` by
//! `aws-lc-rs`, which takes a third of the time, else in pure Rust. Both give the same answers.
//!
//! The message comes in parts, so that nobody copies a body behind a header only to have it hashed. The key is parsed
//! once, when it is made.

#[cfg(feature = "accelerated")]
pub(crate) use accelerated::Key;
#[cfg(not(feature = "accelerated"))]
pub(crate) use pure::Key;

/// Whether the numbers can be a modulus and an exponent: odd, the exponent from 3 to 33 bits (as both libraries say, one
/// of them only when the key is used).
fn are_sound(modulus: &[u8], exponent: &[u8]) -> bool {
    let odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    let in_range = match exponent {
        [] | [1] => false,
        [first, _, _, _, _] => *first <= 1,
        _ => exponent.len() < 5,
    };
    odd(modulus) && odd(exponent) && in_range
}

#[cfg(any(all(test, feature = "rs256-sign"), not(feature = "accelerated")))]
mod pure {
    use rsa::pkcs1v15::{Signature, VerifyingKey};
    use rsa::sha2::{Digest, Sha256};
    use rsa::signature::hazmat::PrehashVerifier;
    use rsa::traits::PublicKeyParts;
    use rsa::{BoxedUint, PublicKey};

    /// A public key of the `rsa` crate.
    #[derive(Clone)]
    pub(crate) struct Key(VerifyingKey<Sha256>);

    impl Key {
        /// The key of a modulus and an exponent, both big-endian; `None` when they are no RSA key.
        pub(crate) fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
            if !super::are_sound(modulus, exponent) {
                return None;
            }
            let number = BoxedUint::from_be_slice_vartime;
            PublicKey::new(number(modulus), number(exponent)).ok().map(|key| Self(VerifyingKey::new(key)))
        }

        /// Whether `signature`, as long as the modulus, stands over the parts one after the other.
        pub(crate) fn verify(&self, parts: &[&[u8]], signature: &[u8]) -> bool {
            if signature.len() != self.0.as_ref().size() {
                return false;
            }
            let mut digest = Sha256::new();
            parts.iter().for_each(|part| digest.update(part));
            Signature::try_from(signature)
                .is_ok_and(|signature| self.0.verify_prehash(&digest.finalize(), &signature).is_ok())
        }
    }
}

#[cfg(feature = "accelerated")]
mod accelerated {
    use aws_lc_rs::digest::{Context, SHA256};
    use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

    /// A public key of `aws-lc-rs`.
    #[derive(Clone)]
    pub(crate) struct Key(ParsedPublicKey);

    impl Key {
        /// The key of a modulus and an exponent, both big-endian; `None` when they are no RSA key.
        pub(crate) fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
            if !super::are_sound(modulus, exponent) {
                return None;
            }
            let components = RsaPublicKeyComponents { n: modulus, e: exponent };
            components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok().map(Self)
        }

        /// Whether `signature`, as long as the modulus, stands over the parts one after the other.
        pub(crate) fn verify(&self, parts: &[&[u8]], signature: &[u8]) -> bool {
            let mut digest = Context::new(&SHA256);
            parts.iter().for_each(|part| digest.update(part));
            self.0.verify_digest_sig(&digest.finish(), signature).is_ok()
        }
    }
}

#[cfg(test)]
#[cfg(all(feature = "accelerated", feature = "rs256-sign"))]
mod tests;
