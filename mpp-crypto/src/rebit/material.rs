//! The two sides' key materials.

use std::fmt;

use mpp_core::{Entropy, Timestamp, draw};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::form::{DhPublicKeyForm, KeyMaterialForm};
use super::keys::{PrivateKey, PublicKey};
use super::{RebitError, expiry};
use crate::primitives::base64;

/// Bytes of a nonce that count.
pub(super) const NONCE_LEN: usize = 32;
/// Characters of the longest nonce text that is read; 48 occur in the field.
const NONCE_TEXT_LIMIT: usize = 1024;
/// What ReBIT's example writes; readers must not look at it.
const PARAMS: &str = "cipher=AES/GCM/NoPadding;KeyPairGenerator=ECDH";

/// Which of the two incompatible key forms is in use. A responder answers in the flavour it was asked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Flavour {
    /// Curve25519 in short-Weierstrass form under `EC` keys: the ecosystem's default.
    Ecc,
    /// X25519 (RFC 7748).
    X25519,
}

/// Our side of one exchange: a fresh private key and nonce, good for one request. Wiped on drop, never cloned.
pub struct OurKeyMaterial {
    pub(super) key: PrivateKey,
    pub(super) nonce: [u8; NONCE_LEN],
    expiry: Timestamp,
}

impl OurKeyMaterial {
    /// Fresh key material, good until `expiry`.
    ///
    /// Some peers read the expiry in their own time zone (rahasya.md §6): let it lie at least 6 hours past the last
    /// moment of use; 24 hours is the custom.
    #[must_use]
    pub fn generate(flavour: Flavour, entropy: &dyn Entropy, expiry: Timestamp) -> Self {
        Self { key: PrivateKey::generate(flavour, entropy), nonce: draw(entropy), expiry }
    }

    /// Key material from a PKCS#8 private key text of either flavour and a base64 nonce, as the reference keeps them.
    ///
    /// # Errors
    /// [`RebitError::InvalidPrivateKey`] or [`RebitError::InvalidNonce`].
    pub fn from_private_key(private_key: &str, nonce: &str, expiry: Timestamp) -> Result<Self, RebitError> {
        Ok(Self { key: PrivateKey::parse(private_key)?, nonce: parse_nonce(nonce)?, expiry })
    }

    /// The private key as PKCS#8 text, as the reference writes it.
    #[must_use]
    pub fn private_key_text(&self) -> Zeroizing<String> {
        self.key.to_private_text()
    }

    /// What the other side gets to see. The labels are those ReBIT's schema allows (`ECDH`, and one of the two curves); the
    /// reference writes `X25519` and an empty curve in that flavour, which the schema refuses, and no reader may look.
    #[must_use]
    pub fn public_form(&self) -> KeyMaterialForm {
        let curve = match self.flavour() {
            Flavour::Ecc => "Curve25519",
            Flavour::X25519 => "X25519",
        };
        KeyMaterialForm {
            crypto_alg: "ECDH".to_owned(),
            curve: curve.to_owned(),
            params: PARAMS.to_owned(),
            dh_public_key: DhPublicKeyForm {
                expiry: self.expiry.to_string(),
                parameters: String::new(),
                key_value: self.key.to_public_text(),
            },
            nonce: base64::encode_standard(&self.nonce),
        }
    }

    /// The flavour of the key.
    #[must_use]
    pub const fn flavour(&self) -> Flavour {
        self.key.flavour()
    }

    /// Until when the other side may use the key.
    #[must_use]
    pub const fn expiry(&self) -> Timestamp {
        self.expiry
    }

    /// Everything needed to open later, as text for sealed storage only.
    #[must_use]
    #[expect(clippy::expect_used, reason = "three texts and an instant always have a JSON form")]
    pub fn export(&self) -> Zeroizing<String> {
        let mut stored = Stored {
            form: STORED_FORM,
            private_key: self.private_key_text().to_string(),
            nonce: base64::encode_standard(&self.nonce),
            expiry: self.expiry,
        };
        let text = serde_json::to_string(&stored).expect("texts have a JSON form");
        stored.private_key.zeroize();
        Zeroizing::new(text)
    }

    /// The inverse of [`OurKeyMaterial::export`].
    ///
    /// # Errors
    /// [`RebitError::InvalidPrivateKey`] when the text is anything else.
    pub fn import(text: &str) -> Result<Self, RebitError> {
        let mut stored: Stored = serde_json::from_str(text).map_err(|_| RebitError::InvalidPrivateKey)?;
        let read = Self::from_private_key(&stored.private_key, &stored.nonce, stored.expiry);
        stored.private_key.zeroize();
        if stored.form == STORED_FORM { read } else { Err(RebitError::InvalidPrivateKey) }
    }
}

impl fmt::Debug for OurKeyMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OurKeyMaterial")
            .field("flavour", &self.flavour())
            .field("expiry", &self.expiry)
            .finish_non_exhaustive()
    }
}

const STORED_FORM: u16 = 1;

/// The stored form of [`OurKeyMaterial`], version 1.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    form: u16,
    private_key: String,
    nonce: String,
    expiry: Timestamp,
}

/// The other side's key material, checked: its key is of full order, its nonce long enough, its expiry ahead.
#[derive(Clone)]
pub struct PeerKeyMaterial {
    pub(super) key: PublicKey,
    pub(super) nonce: [u8; NONCE_LEN],
    pub(super) expiry: Timestamp,
}

impl PeerKeyMaterial {
    /// Checks what the other side sent. The flavour is taken from the key itself: labels are unreliable.
    ///
    /// # Errors
    /// [`RebitError::InvalidExpiry`], [`RebitError::KeyExpired`], [`RebitError::InvalidPublicKey`],
    /// [`RebitError::LowOrderPoint`] or [`RebitError::InvalidNonce`].
    pub fn parse(form: &KeyMaterialForm, now: Timestamp) -> Result<Self, RebitError> {
        let expiry = expiry::parse(&form.dh_public_key.expiry)?;
        expiry::check(expiry, now)?;
        let key = PublicKey::parse(&form.dh_public_key.key_value)?;
        Ok(Self { key, nonce: parse_nonce(&form.nonce)?, expiry })
    }

    /// The flavour of the key: answer in the same.
    #[must_use]
    pub const fn flavour(&self) -> Flavour {
        self.key.flavour()
    }
}

impl fmt::Debug for PeerKeyMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerKeyMaterial")
            .field("flavour", &self.flavour())
            .field("expiry", &self.expiry)
            .finish_non_exhaustive()
    }
}

/// Standard base64 of at least 32 bytes, of which the first 32 count (rahasya.md §5.1).
fn parse_nonce(text: &str) -> Result<[u8; NONCE_LEN], RebitError> {
    if text.len() > NONCE_TEXT_LIMIT {
        return Err(RebitError::InvalidNonce);
    }
    let bytes = base64::decode_standard(text).ok_or(RebitError::InvalidNonce)?;
    bytes.first_chunk().copied().ok_or(RebitError::InvalidNonce)
}
