//! The list of sealed documents of one share.

use std::fmt;
use std::str::FromStr;

use mpp_core::{
    ConsentId, Entropy, FipId, InvalidId, Kid, LinkRefNumber, ParcelId, PartnerId, Sha256Digest, Timestamp,
};
use mpp_crypto::envelope::ContentType;
use serde::{Deserialize, Serialize};

use crate::folder::FileName;

/// Names the sealed documents of one share on this device. It says nothing about where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceReference([u8; 16]);

impl DeviceReference {
    pub(crate) fn generate(entropy: &dyn Entropy) -> Self {
        Self(mpp_core::draw(entropy))
    }
}

impl fmt::Display for DeviceReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for DeviceReference {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { kind: "DeviceReference" };
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if text.len() != 32 || !digits {
            return Err(invalid);
        }
        u128::from_str_radix(text, 16).map(|number| Self(number.to_be_bytes())).map_err(|_| invalid)
    }
}

impl TryFrom<String> for DeviceReference {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<DeviceReference> for String {
    fn from(reference: DeviceReference) -> Self {
        reference.to_string()
    }
}

/// A sealed document on the device: everything the upload needs to say about it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SealedDocument {
    /// The parcel it is.
    pub parcel: ParcelId,
    /// Who holds the account.
    pub fip_id: FipId,
    /// The account's name at the Account Aggregator.
    pub link_ref_number: LinkRefNumber,
    /// What the plaintext is, and of which account.
    pub content_type: ContentType,
    /// The size of the sealed bytes.
    pub size: u64,
    /// The SHA-256 of the sealed bytes.
    pub sha256: Sha256Digest,
    /// The SHA-256 of the document as the FIP wrote it.
    pub plaintext_sha256: Sha256Digest,
    /// When it was sealed.
    pub created_at: Timestamp,
}

impl fmt::Debug for SealedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedDocument")
            .field("parcel", &self.parcel)
            .field("size", &self.size)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}

/// The sealed documents of one share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The form of the manifest.
    pub(crate) form: u16,
    /// Its name.
    pub reference: DeviceReference,
    /// The consent the documents are sealed for.
    pub consent: ConsentId,
    /// Who can open them.
    pub partner: PartnerId,
    /// With which key.
    pub kid: Kid,
    /// The documents.
    pub documents: Vec<SealedDocument>,
}

pub(crate) const MANIFEST: &str = "manifest-";
pub(crate) const SEALED: &str = "sealed-";

impl Manifest {
    pub(crate) const FORM: u16 = 1;

    pub(crate) fn document_of(&self, account: &LinkRefNumber) -> Option<&SealedDocument> {
        self.documents.iter().find(|document| document.link_ref_number == *account)
    }
}

/// The file of a manifest.
pub(crate) fn manifest_file(reference: DeviceReference) -> Result<FileName, InvalidId> {
    format!("{MANIFEST}{reference}").parse()
}

/// The file of a sealed document.
pub(crate) fn sealed_file(parcel: ParcelId) -> Result<FileName, InvalidId> {
    format!("{SEALED}{parcel}").parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_thirty_two_hex_digits() {
        let reference = DeviceReference([7; 16]);
        assert_eq!(reference.to_string().parse(), Ok(reference));
        for bad in ["", "07", &"g".repeat(32), &"A".repeat(32), "+7070707070707070707070707070707"] {
            assert!(bad.parse::<DeviceReference>().is_err(), "{bad}");
        }
        assert!(manifest_file(reference).is_ok());
        assert!(sealed_file(ParcelId::from_random([1; 16])).is_ok());
    }
}
