//! One-time secrets: given out once, kept as a digest only.

use std::fmt;

use mpp_core::{Entropy, Sha256Digest, draw};
use zeroize::Zeroizing;

/// 256 unforeseeable bits in hexadecimal, for a link or an enrolment. Wiped on drop, never shown.
pub struct OneTimeSecret(Zeroizing<String>);

impl OneTimeSecret {
    pub(super) fn generate(entropy: &dyn Entropy) -> Self {
        let bytes = Zeroizing::new(draw::<32>(entropy));
        Self(Zeroizing::new(hex::encode(bytes.as_slice())))
    }

    /// The secret, to be handed to its one user.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(super) fn digest(&self) -> Sha256Digest {
        digest_of(&self.0)
    }
}

impl fmt::Debug for OneTimeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeSecret(..)")
    }
}

/// The digest a secret is kept as: SHA-256 of its text. 256 random bits need no slow hash.
pub(super) fn digest_of(secret: &str) -> Sha256Digest {
    mpp_crypto::sha256(secret.as_bytes())
}
