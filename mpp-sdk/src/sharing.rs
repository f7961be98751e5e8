//! Financial information: handed over to the private data share SDK, and its sealed parcels brought to central.

use async_trait::async_trait;
use mpp_api::central::{AnnounceParcel, ConsentView};
use mpp_core::{
    ConsentArtefact, ConsentId, ConsentRequestId, FetchId, ParcelId, PartnerKeyRecord, Persistence, Source,
};
use mpp_crypto::EnvelopePublicKey;
use mpp_private_share::{
    ApprovalUi, DeviceReference, PrivateShareSdk, SealedDocument, SealedDocuments, ShareReport, ShareRequest,
};

use crate::upload::{ParcelSource, SealedBytes, upload};
use crate::vouching::SealedParcel;
use crate::{DeviceIdentity, KeptRequest, MppSdk, Phase, SdkError, UploadStep, Uploaded};

/// What central says of a parcel that it takes never again.
const GONE_AT_CENTRAL: &str = "parcel_gone";

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
    /// also in a new process, it goes on where it was. Called again when everything was brought to central, it shares anew:
    /// under a periodic consent, when central says that it is time (`fetch_due`, or `data.due` to the partner). Parcels that
    /// waited from before and are no longer on this device are let go of: the new ones take their place.
    ///
    /// # Errors
    /// [`SdkError::NothingToShare`] when no financial information was consented; [`SdkError::Phase`] when the customer did not
    /// decide; see [`SdkError`] for the rest.
    pub async fn share(
        &self,
        request: ConsentRequestId,
        private_share: &PrivateShareSdk,
        ui: &dyn ApprovalUi,
        on_step: &(dyn Fn(UploadStep) + Send + Sync),
    ) -> Result<Shared, SdkError> {
        let kept = self.kept(request).await?;
        // before a fetch is used up for it
        kept.phase.takes_parcels()?;
        let share = self.share_request(&kept).await?;
        let report = private_share.share(&share, ui).await?;
        let fetch = FetchId::generate(self.entropy());
        let phase = without_lost(&kept.phase, private_share.documents()).await?;
        let phase = phase.hand_over(share.consent, report.parcels(), fetch)?;
        let mut kept = KeptRequest { phase, ..kept };
        self.journal().keep(&kept).await?;
        let uploaded = self.upload_waiting(&mut kept, private_share.documents(), on_step).await?;
        Ok(Shared { report, uploaded })
    }

    /// Uploads what waits on this device for a request, for an app that was stopped in the middle.
    ///
    /// # Errors
    /// [`SdkError::ParcelGone`], or `parcel_gone` from central, when a parcel is gone: it is said once, and all others were
    /// brought to central. See [`SdkError`] for the rest.
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
        let vouching = may_vouch.then(|| self.device());
        let way = Way { documents, consent, fetch, vouching, on_step };
        let (mut uploaded, mut refused) = (Vec::new(), None);
        for parcel in waiting {
            match self.bring(&kept.recipient, parcel, &way).await {
                Ok(done) => uploaded.push(done),
                // a parcel that is gone for good waits no longer
                Err(error) if is_gone(&error) => {
                    refused.get_or_insert(error);
                }
                Err(error) if holds_up_nothing_else(&error) => {
                    refused.get_or_insert(error);
                    continue;
                }
                Err(error) => return Err(error),
            }
            kept.phase = kept.phase.clone().uploaded(parcel)?;
            self.journal().keep(kept).await?;
            discard(documents, consent, parcel).await?;
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
        recipient: &PartnerKeyRecord,
        parcel: ParcelId,
        way: &Way<'_>,
    ) -> Result<Uploaded, SdkError> {
        let (documents, consent) = (way.documents, way.consent);
        let (reference, document) = find(documents, consent, parcel).await?.ok_or(SdkError::ParcelGone)?;
        let source = FromDocuments { documents, reference, parcel };
        let sealed = SealedParcel { recipient, consent, parcel, document: &document };
        let sender = match way.vouching {
            Some(device) => Some(sealed.vouch(device, &source).await?),
            None => None,
        };
        let announcement = AnnounceParcel {
            parcel_id: sealed.parcel,
            consent_id: sealed.consent,
            fetch_id: way.fetch,
            kid: sealed.recipient.kid.clone(),
            size: sealed.document.size,
            sha256: sealed.document.sha256.to_string(),
            sender,
        };
        upload(self.client(), &announcement, &source, way.on_step).await
    }
}

/// The phase without the parcels that wait and are no longer on this device.
async fn without_lost(phase: &Phase, documents: &SealedDocuments) -> Result<Phase, SdkError> {
    let mut left = phase.clone();
    if let Phase::Uploading { consent, waiting, .. } = phase {
        for parcel in waiting {
            // what cannot be read may be there
            if matches!(find(documents, *consent, *parcel).await, Ok(None)) {
                left = left.uploaded(*parcel)?;
            }
        }
    }
    Ok(left)
}

/// How the parcels of a request get to central.
struct Way<'a> {
    documents: &'a SealedDocuments,
    consent: ConsentId,
    fetch: FetchId,
    /// This device, where it may vouch for parcels.
    vouching: Option<&'a DeviceIdentity>,
    on_step: &'a (dyn Fn(UploadStep) + Send + Sync),
}

/// Whether a parcel is gone for good: from this device, where sealed documents are swept after a day, or from central, which
/// takes a parcel that was withdrawn or has run out there never again.
fn is_gone(error: &SdkError) -> bool {
    matches!(error, SdkError::ParcelGone) || error.code() == Some(GONE_AT_CENTRAL)
}

/// Whether only this parcel stays where it is: central does not take it, or this device cannot read it.
fn holds_up_nothing_else(error: &SdkError) -> bool {
    error.persistence() == Persistence::Permanent
        || matches!(error, SdkError::Folder(_) | SdkError::Documents(_))
}

/// Removes what is left of a parcel that waits no longer.
async fn discard(documents: &SealedDocuments, consent: ConsentId, parcel: ParcelId) -> Result<(), SdkError> {
    if let Some((reference, _)) = find(documents, consent, parcel).await? {
        documents.remove(reference, parcel).await?;
    }
    Ok(())
}

async fn find(
    documents: &SealedDocuments,
    consent: ConsentId,
    parcel: ParcelId,
) -> Result<Option<(DeviceReference, SealedDocument)>, SdkError> {
    let manifests = documents.of_consent(consent).await?;
    Ok(manifests.into_iter().find_map(|manifest| {
        let reference = manifest.reference;
        let mut documents = manifest.documents.into_iter();
        documents.find(|document| document.parcel == parcel).map(|document| (reference, document))
    }))
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

#[cfg(test)]
mod tests {
    use mpp_api::{ApiError, Problem};

    use super::*;

    #[test]
    fn only_what_never_comes_back_waits_no_longer() {
        let central = |status: u16, code: &str| {
            SdkError::Central(ApiError::Refused(Problem::new(status, code, "a refusal")))
        };
        for gone in [SdkError::ParcelGone, central(410, "parcel_gone")] {
            assert!(is_gone(&gone), "{gone:?}");
        }
        for waits in [SdkError::ParcelAltered, SdkError::Evidence, central(409, "consent_paused")] {
            assert!(!is_gone(&waits), "{waits:?}");
        }
    }
}
