//! From one account's encrypted document to sealed bytes on the device. The plaintext exists in memory only, in
//! one buffer that is wiped.

use mpp_api::private_share::EncryptedAccount;
use mpp_core::{ConsentId, DataRange, Entropy, ParcelId, PartnerId, Source, Timestamp};
use mpp_crypto::envelope::{CHUNK_LEN, ContentType, Context, Purpose, Sealer};
use mpp_crypto::rebit::{self, OurKeyMaterial, PeerKeyMaterial, RebitError};
use mpp_crypto::{EnvelopePublicKey, Sha256, sha256};

use crate::artefact::{ApprovedAccount, ApprovedConsent};
use crate::document::{self, ExpectedDocument};
use crate::error::ShareError;

use crate::manifest::{Manifest, SealedDocument, sealed_file};
use crate::private_files::{PrivateFileError, PrivateFiles};
use crate::sealed_documents::SealedDocuments;
use crate::share::AccountOutcome;

/// Opens, checks and seals the documents of one session.
pub(crate) struct DocumentSealing<'a> {
    pub(crate) ours: &'a OurKeyMaterial,
    pub(crate) approved: &'a ApprovedConsent,
    pub(crate) range: DataRange,
    pub(crate) consent: ConsentId,
    pub(crate) partner: PartnerId,
    pub(crate) partner_key: &'a EnvelopePublicKey,
    pub(crate) files: &'a PrivateFiles,
    pub(crate) documents: &'a SealedDocuments,
    pub(crate) entropy: &'a dyn Entropy,
    pub(crate) now: Timestamp,
}

impl DocumentSealing<'_> {
    /// Brings one account's document onto the device, sealed. `came` is used up: the document is opened within the
    /// memory of its encrypted text.
    pub(crate) async fn seal(
        &self,
        account: &ApprovedAccount,
        came: EncryptedAccount,
        theirs: &Result<PeerKeyMaterial, RebitError>,
        manifest: &mut Manifest,
    ) -> Result<AccountOutcome, ShareError> {
        if let Some(document) = manifest.document_of(&account.link_ref_number) {
            return Ok(AccountOutcome::Sealed { parcel: document.parcel });
        }
        if came.encrypted_fi.is_empty() {
            return Ok(AccountOutcome::NotDelivered);
        }
        let theirs = match theirs {
            Ok(theirs) => theirs,
            Err(unusable) => return Ok(AccountOutcome::Unopenable(*unusable)),
        };
        let opened = rebit::open_in_place(self.ours, theirs, came.encrypted_fi.into_bytes(), self.now);
        let plaintext = match opened {
            Ok(plaintext) => plaintext,
            Err(fault) => return Ok(AccountOutcome::Unopenable(fault)),
        };
        let expected = ExpectedDocument {
            link_ref_number: &account.link_ref_number,
            masked_acc_number: &account.masked_acc_number,
            fi_type: account.fi_type,
            consent_types: &self.approved.consent_types,
            range: self.range,
        };
        if let Err(fault) = document::check(&plaintext, &expected) {
            return Ok(AccountOutcome::Unfit(fault));
        }
        let parcel = self.write(account, &plaintext, manifest).await?;
        Ok(AccountOutcome::Sealed { parcel })
    }

    async fn write(
        &self,
        account: &ApprovedAccount,
        plaintext: &[u8],
        manifest: &mut Manifest,
    ) -> Result<ParcelId, ShareError> {
        let parcel = ParcelId::generate(self.entropy);
        // which FIP and account it is of stands in the document alone: central reads an envelope's header
        let content_type = ContentType::xml();
        let context = Context {
            purpose: Purpose::Parcel,
            partner: self.partner,
            consent: self.consent,
            parcel,
            source: Source::AccountAggregator,
            content_type: content_type.clone(),
        };
        let name = sealed_file(parcel).map_err(|_| PrivateFileError::Altered)?;
        let mut file = self.files.folder().create(&name).await?;
        let (mut sealer, mut out) = Sealer::new(self.partner_key, &context, self.entropy);
        let (mut hasher, mut size) = (Sha256::new(), 0_u64);
        for chunk in plaintext.chunks(CHUNK_LEN) {
            sealer.push(chunk, &mut out)?;
            size = count(size, &out);
            hasher.update(&out);
            file.write(&out).await?;
            out.clear();
        }
        sealer.finish(&mut out)?;
        size = count(size, &out);
        hasher.update(&out);
        file.write(&out).await?;
        let document = SealedDocument {
            parcel,
            fip_id: account.fip_id.clone(),
            link_ref_number: account.link_ref_number.clone(),
            content_type,
            size,
            sha256: hasher.finish(),
            plaintext_sha256: sha256(plaintext),
            created_at: self.now,
        };
        self.documents.enter(manifest, document, file).await?;
        Ok(parcel)
    }
}

fn count(size: u64, bytes: &[u8]) -> u64 {
    size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
}
