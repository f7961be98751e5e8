//! The keyed hash that names a customer without saying who.

use std::fmt;

use mpp_core::{CustomerRef, Entropy, MobileNumber, draw};
use zeroize::Zeroizing;

use crate::primitives::kdf;

/// The secret of one role under which it names its customers; another role's names do not match. Wiped on drop.
pub struct CustomerRefKey(Zeroizing<[u8; 32]>);

impl CustomerRefKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(draw(entropy)))
    }

    /// The key with these bytes, from sealed storage.
    #[must_use]
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The key's bytes, for sealed storage only.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.clone()
    }
}

impl fmt::Debug for CustomerRefKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomerRefKey(..)")
    }
}

/// The customer's name at this role: 64 hex digits of
/// `HMAC-SHA256(key, "mpp customer ref v1" || 0x00 || ten digits)`.
///
/// Mobile numbers can be enumerated, so an unkeyed hash would hide nothing: the key must stay secret.
#[must_use]
#[expect(clippy::expect_used, reason = "proven by the form of the text")]
pub fn customer_ref(key: &CustomerRefKey, mobile: &MobileNumber) -> CustomerRef {
    let hash = kdf::hmac_sha256(key.0.as_slice(), &[b"mpp customer ref v1\0", mobile.digits().as_bytes()]);
    hex::encode(hash).parse().expect("64 lower-case hex digits are a customer reference")
}
