//! Encrypting one document to the receiver's key: a fresh key pair and nonce for every document.

use mpp_core::{Entropy, Span, Timestamp};
use mpp_crypto::rebit::{Flavour, KeyMaterialForm, OurKeyMaterial, PeerKeyMaterial, RebitError, Sender};

use crate::config::FlavourSupport;
use crate::rebit::{EncryptedAccount, FiEntry, Refusal};

const KEY_LIFETIME: Span = Span::from_hours(24);

/// Reads the receiver's key material.
pub(super) fn receiver(
    form: &KeyMaterialForm,
    support: FlavourSupport,
    now: Timestamp,
) -> Result<PeerKeyMaterial, Refusal> {
    let invalid = || Refusal::bad("InvalidKey", "The key material is not usable");
    let peer = PeerKeyMaterial::parse(form, now).map_err(|error| match error {
        RebitError::KeyExpired => Refusal::not_found("ExpiredKeyMaterial", "The key has expired"),
        RebitError::Authentication
        | RebitError::CiphertextTooShort
        | RebitError::InvalidEncoding
        | RebitError::InvalidNonce
        | RebitError::InvalidPublicKey
        | RebitError::LowOrderPoint
        | RebitError::InvalidPrivateKey
        | RebitError::InvalidExpiry => invalid(),
    })?;
    match (support, peer.flavour()) {
        (FlavourSupport::Both, _)
        | (FlavourSupport::Ecc, Flavour::Ecc)
        | (FlavourSupport::X25519, Flavour::X25519) => Ok(peer),
        (FlavourSupport::Ecc, Flavour::X25519) | (FlavourSupport::X25519, Flavour::Ecc) => Err(invalid()),
    }
}

/// Encrypts `document` of one account to `peer`.
pub(super) fn seal(
    document: &[u8],
    fip_id: &str,
    mut account: EncryptedAccount,
    peer: &PeerKeyMaterial,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<FiEntry, Refusal> {
    let ours = OurKeyMaterial::generate(peer.flavour(), entropy, now.plus(KEY_LIFETIME));
    let sealed = Sender::new(ours, peer, now)
        .and_then(|sender| sender.seal(document))
        .map_err(|_| Refusal::internal())?;
    account.encrypted = sealed.encrypted;
    let key_material =
        serde_json::value::to_raw_value(&sealed.key_material).map_err(|_| Refusal::internal())?;
    Ok(FiEntry { fip_id: fip_id.to_owned(), data: vec![account], key_material })
}
