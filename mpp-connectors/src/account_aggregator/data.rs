//! Data: what is asked of a session and what comes back, still encrypted.

use std::fmt;

use mpp_core::{AaConsentId, DataRange, FipId, LinkRefNumber};
use mpp_crypto::rebit::KeyMaterialForm;

/// What an Account Aggregator says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AaHealth {
    /// It serves.
    Up,
    /// It answers, but says that it does not serve.
    Down,
}

/// A data session to be opened.
#[derive(Clone)]
pub struct FiRequest {
    /// Under which consent.
    pub consent: AaConsentId,
    /// The third part of the signed consent, unchanged.
    pub digital_signature: String,
    /// From when to when the data is wanted.
    pub range: DataRange,
    /// The public half of the receiver's key material, fresh for this session.
    pub key_material: KeyMaterialForm,
}

impl fmt::Debug for FiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FiRequest")
            .field("consent", &self.consent)
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}

/// Which part of a session's data is fetched; by default all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FiFilter {
    /// Only from this FIP.
    pub fip: Option<FipId>,
    /// Only these accounts; none named means all.
    pub accounts: Vec<LinkRefNumber>,
}

/// One FIP's share of a session, under one key material.
#[derive(Clone)]
pub struct FiFromFip {
    /// The FIP.
    pub fip: FipId,
    /// The FIP's half of the key exchange.
    pub key_material: KeyMaterialForm,
    /// Its accounts.
    pub accounts: Vec<EncryptedAccount>,
}

impl fmt::Debug for FiFromFip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FiFromFip")
            .field("fip", &self.fip)
            .field("accounts", &self.accounts)
            .finish_non_exhaustive()
    }
}

/// One account's document, encrypted to whoever holds the session's private key.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptedAccount {
    /// The account's name at the Account Aggregator.
    pub link_ref: LinkRefNumber,
    /// The account's number with most digits hidden.
    pub masked_number: String,
    /// The document: standard base64 of ciphertext and tag. Empty when it could not be delivered.
    pub encrypted: String,
}

impl fmt::Debug for EncryptedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptedAccount({} characters)", self.encrypted.len())
    }
}
