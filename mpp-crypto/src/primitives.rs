//! Formulas and byte work that nothing outside this crate may reach: every safe type above is made of these.

pub(crate) mod aead;
pub(crate) mod base64;
pub(crate) mod der;
pub(crate) mod ecdsa_p256;
pub(crate) mod field25519;
pub(crate) mod hpke;
pub(crate) mod jws_header;
pub(crate) mod kdf;
pub(crate) mod p256_keys;
pub(crate) mod pem;
pub(crate) mod providers;
pub(crate) mod rs256;
pub(crate) mod salted_box;
pub(crate) mod stack;
pub(crate) mod wei25519;

/// Whether two byte strings are equal, in time that depends on their lengths only.
pub(crate) fn equal_in_constant_time(left: &[u8], right: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    bool::from(left.ct_eq(right))
}

#[cfg(test)]
pub(crate) mod wycheproof;
