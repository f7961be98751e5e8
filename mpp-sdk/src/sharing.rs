//! Financial information: handed over to the private data share SDK, and its sealed parcels brought to central.

use async_trait::async_trait;
use mpp_api::central::{AnnounceParcel, ConsentView};
use mpp_core::{ConsentArtefact, ConsentId, ConsentRequestId, FetchId, ParcelId, Persistence, Source};
use mpp_crypto::EnvelopePublicKey;
use mpp_private_share::{
    ApprovalUi, DeviceReference, PrivateShareSdk, SealedDocument, SealedDocuments, ShareReport, ShareRequest,
};

use crate::upload::{ParcelSource, SealedBytes, upload};
use crate::vouching::SealedParcel;
use crate::{DeviceIdentity, KeptRequest, MppSdk, Phase, SdkError, UploadStep, Uploaded};

/// What became of a share.
#[derive(Debug, Clone)]
pub struct Shared {
    /// Every account of the approval with its outcome.
    pub report: ShareReport,
    /// The parcels central now has.
    pub uploaded: Vec<Uploaded>,
}

impl MppSdk {
    /// Fetches, seals and uploads the financial information of a decided request. Called again after an interruption,
    /// also in a new process, it goes on where it was.
    ///
    /// # Errors
    /// [`SdkError::NothingToShare`] when no financial information was consented; see [`SdkError`] for the rest.
    pub async fn share(
        &self,
        request: ConsentRequestId,
        private_share: &PrivateShareSdk,
        ui: &dyn ApprovalUi,
        on_step: &(dyn Fn(UploadStep) + Send + Sync),
    ) -> Result<Shared, SdkError> {
        let kept = self.kept(request).await?;
        let share = self.share_request(&kept).await?;
        let report = private_share.share(&share, ui).await?;
        let fetch = FetchId::generate(self.entropy());
        let mut kept = KeptRequest { phase: kept.phase.clone().hand_over(report.parcels(), fetch)?, ..kept };
        self.journal().keep(&kept).await?;
        let uploaded = self.upload_waiting(&mut kept, private_share.documents(), on_step).await?;
        Ok(Shared { report, uploaded })
    }

    /// Uploads what waits on this device for a request, for an app that was stopped in the middle.
    ///
    /// # Errors
    /// See [`SdkError`].
    pub async fn resume_uploads(
        &self,
        request: ConsentRequestId,
        documents: &SealedDocuments,
        on_step: &(dyn Fn(UploadStep) + Send + Sync),
    ) -> Result<Vec<Uploaded>, SdkError> {
        let mut kept = self.kept(request).await?;
        self.upload_waiting(&mut kept, documents, on_step).await
    }

    /// Withdraws a consent for financial information on both sides, for good: at central, so that nothing more reaches the
    /// partner, and at the Account Aggregator, so that nothing more can be fetched. Repeating it changes nothing.
    ///
    /// # Errors
    /// When one of them refuses or cannot be reached; central is asked first, and what it did stays done.
    pub async fn withdraw_everywhere(
        &self,
        consent: ConsentId,
        private_share: &PrivateShareSdk,
    ) -> Result<ConsentView, SdkError> {
        let view = self.withdraw(consent).await?;
        private_share.revoke(consent).await?;
        Ok(view)
    }

    /// What the private data share SDK is asked: the terms of the signed artefact, never those of a screen.
    async fn share_request(&self, kept: &KeptRequest) -> Result<ShareRequest, SdkError> {
        let financial = kept.artefacts.iter().find(|artefact| artefact.source == Source::AccountAggregator);
        let signed = &financial.ok_or(SdkError::NothingToShare)?.signed;
        let artefact: ConsentArtefact = self.verify(signed, "mpp-consent-artefact+jwt").await?;
        let partner_key = EnvelopePublicKey::from_jwk(&kept.recipient.key).map_err(|_| SdkError::Evidence)?;
        Ok(ShareRequest {
            consent: artefact.consent,
            partner: kept.recipient.partner,
            partner_key,
            parameters: artefact.parameters,
            range: None,
        })
    }

    /// Whether the artefact of the financial information names this device's key, so that it may vouch for parcels.
    async fn may_vouch(&self, kept: &KeptRequest, consent: ConsentId) -> Result<bool, SdkError> {
        let kept = kept.artefacts.iter().find(|artefact| artefact.consent == consent);
        let signed = &kept.ok_or(SdkError::NothingToShare)?.signed;
        let artefact: ConsentArtefact = self.verify(signed, "mpp-consent-artefact+jwt").await?;
        match artefact.device_key {
            None => Ok(false),
            Some(key) if key == self.device().public_key() => Ok(true),
            Some(_) => Err(SdkError::Evidence),
        }
    }

    async fn upload_waiting(
        &self,
        kept: &mut KeptRequest,
        documents: &SealedDocuments,
        on_step: &(dyn Fn(UploadStep) + Send + Sync),
    ) -> Result<Vec<Uploaded>, SdkError> {
        let Phase::Uploading { consent, fetch, waiting } = kept.phase.clone() else { return Ok(Vec::new()) };
        let may_vouch = self.may_vouch(kept, consent).await?;
        let (mut uploaded, mut refused) = (Vec::new(), None);
        for parcel in waiting {
            let (reference, document) = find(documents, consent, parcel).await?;
            let source = FromDocuments { documents, reference, parcel };
            let sealed = SealedParcel { recipient: &kept.recipient, consent, parcel, document: &document };
            let vouching = may_vouch.then(|| self.device());
            match self.bring(&sealed, fetch, vouching, &source, on_step).await {
                Ok(done) => uploaded.push(done),
                // a parcel central does not take holds up none of the others
                Err(error) if error.persistence() == Persistence::Permanent => {
                    refused.get_or_insert(error);
                    continue;
                }
                Err(error) => return Err(error),
            }
            kept.phase = kept.phase.clone().uploaded(parcel)?;
            self.journal().keep(kept).await?;
            documents.remove(reference, parcel).await?;
        }
        if let Some(error) = refused {
            return Err(error);
        }
        kept.phase = kept.phase.clone().finish()?;
        self.journal().keep(kept).await?;
        Ok(uploaded)
    }

    /// Brings a parcel to central, which this device vouches for where its key is named for that.
    async fn bring(
        &self,
        sealed: &SealedParcel<'_>,
        fetch: FetchId,
        vouching: Option<&DeviceIdentity>,
        source: &dyn ParcelSource,
        on_step: &(dyn Fn(UploadStep) + Send + Sync),
    ) -> Result<Uploaded, SdkError> {
        let sender = match vouching {
            Some(device) => Some(sealed.vouch(device, source).await?),
            None => None,
        };
        let announcement = AnnounceParcel {
            parcel_id: sealed.parcel,
            consent_id: sealed.consent,
            fetch_id: fetch,
            kid: sealed.recipient.kid.clone(),
            size: sealed.document.size,
            sha256: sealed.document.sha256.to_string(),
            sender,
        };
        upload(self.client(), &announcement, source, on_step).await
    }
}

async fn find(
    documents: &SealedDocuments,
    consent: ConsentId,
    parcel: ParcelId,
) -> Result<(DeviceReference, SealedDocument), SdkError> {
    let manifests = documents.of_consent(consent).await?;
    let found = manifests.into_iter().find_map(|manifest| {
        let reference = manifest.reference;
        let mut documents = manifest.documents.into_iter();
        documents.find(|document| document.parcel == parcel).map(|document| (reference, document))
    });
    found.ok_or(SdkError::ParcelGone)
}

/// A parcel among the sealed documents of this device.
struct FromDocuments<'a> {
    documents: &'a SealedDocuments,
    reference: DeviceReference,
    parcel: ParcelId,
}

#[async_trait]
impl ParcelSource for FromDocuments<'_> {
    async fn open(&self) -> Result<SealedBytes, SdkError> {
        let reader = self.documents.open(self.reference, self.parcel).await?.ok_or(SdkError::ParcelGone)?;
        Ok(reader)
    }
}
