//! Step 8: the client server collects a parcel and acknowledges it.

use mpp_core::{CollectionAck, ConsentId, ParcelDescription, ParcelId, ParcelState, PartnerId, Sha256Digest};
use mpp_crypto::envelope::SENDER_STATEMENT;
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::keys::VerifyingKey;
use mpp_store::{ByteStream, LeasedJob, ParcelBytesExt, RecordReaderExt, Versioned};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::erasure::of_parcel;
use super::jobs::Job;
use super::products::refuse_suspended;
use super::records::{ParcelRecord, RequestRecord, UseKind};
use super::{CentralError, CentralService};

/// The sealed bytes of a parcel on their way out.
pub struct ParcelContent {
    /// What they are.
    pub description: ParcelDescription,
    /// Who sealed them says so ([`mpp_crypto::envelope::SenderStatement`]): central itself, or the device whose key the
    /// artefact names. Absent under an artefact of before.
    pub sender: Option<CompactJws>,
    /// The bytes.
    pub bytes: ByteStream,
}

/// What proves a consent to its recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentProof {
    /// The artefact, signed by central.
    pub artefact: CompactJws,
    /// The customer's decision, signed by the device.
    pub approval: Option<CompactJws>,
}

impl std::fmt::Debug for ParcelContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParcelContent").field("description", &self.description).finish_non_exhaustive()
    }
}

impl CentralService {
    /// Hands out the sealed bytes of a parcel; as often as asked until it is acknowledged. Each time is on record.
    ///
    /// # Errors
    /// When the partner has no such parcel or is suspended, or the parcel is not complete yet or no longer here.
    pub async fn parcel_content(
        &self,
        partner: PartnerId,
        id: ParcelId,
    ) -> Result<ParcelContent, CentralError> {
        let mut change = Change::new(self);
        let read = self.own_parcel(partner, id).await?;
        refuse_suspended(&self.partner_record(partner).await?.record)?;
        match read.record.parcel.state {
            // what is over time waits for its erasure only
            ParcelState::Available { .. } | ParcelState::Notified { .. }
                if change.now() < read.record.parcel.expires_at => {}
            ParcelState::Expected | ParcelState::Uploading { .. } => {
                return Err(CentralError::ParcelNotReady);
            }
            ParcelState::Available { .. }
            | ParcelState::Notified { .. }
            | ParcelState::Collected { .. }
            | ParcelState::Expired { .. }
            | ParcelState::Revoked { .. }
            | ParcelState::Erased { .. } => return Err(CentralError::ParcelGone),
        }
        let description = read.record.parcel.description.clone();
        let description = description.ok_or(CentralError::Inconsistent("a parcel without description"))?;
        let bytes = self.parts.parcels.read(id, 0).await.map_err(CentralError::parcels)?;
        change.audit(Action::ParcelHandedOut, Actor::Partner(partner), &of_parcel(&read.record));
        change.commit().await?;
        let sender = read.record.sender.filter(|said| said.typ() == SENDER_STATEMENT);
        Ok(ParcelContent { description, sender, bytes })
    }

    /// What proves a consent to the partner it was given to, for as long as it is kept: the artefact, and the customer's
    /// decision.
    ///
    /// # Errors
    /// When the partner was given no such consent.
    pub async fn consent_proof(
        &self,
        partner: PartnerId,
        id: ConsentId,
    ) -> Result<ConsentProof, CentralError> {
        let record = self.consent_record(id).await?.record;
        if record.consent.partner != partner {
            return Err(CentralError::NotFound);
        }
        let key = RequestRecord::key_of(record.consent.request);
        let request = self.store().get::<RequestRecord>(&key).await?;
        let evidence = request.and_then(|read| read.record.evidence);
        Ok(ConsentProof { artefact: record.signed, approval: evidence.map(|evidence| evidence.approval) })
    }

    /// Takes the partner's acknowledgement, erases the parcel and gives the receipt: the same one however often.
    ///
    /// # Errors
    /// When the partner has no such parcel, the acknowledgement is not signed by one of the partner's keys or is for
    /// other bytes, or the parcel is not complete yet.
    pub async fn acknowledge(
        &self,
        partner: PartnerId,
        id: ParcelId,
        acknowledgement: CompactJws,
    ) -> Result<CompactJws, CentralError> {
        let said = self.check_acknowledgement(partner, &acknowledgement).await?;
        if said.parcel != id {
            return Err(CentralError::Acknowledgement);
        }
        let (acknowledgement, sha256) = (&acknowledgement, said.sha256);
        let begun = self.until_settled(|| self.try_collect(partner, id, sha256, acknowledgement)).await?;
        match begun {
            Some(job) => self.erase_in_hand(id, &job).await,
            None => self.erase(id).await,
        }
    }

    /// Notes the acknowledgement, and the erasure that follows from it: begun with this, unless it was before.
    async fn try_collect(
        &self,
        partner: PartnerId,
        id: ParcelId,
        sha256: Sha256Digest,
        acknowledgement: &CompactJws,
    ) -> Result<Option<LeasedJob>, CentralError> {
        let mut change = Change::new(self);
        let mut read = self.own_parcel(partner, id).await?;
        let description = read.record.parcel.description.as_ref();
        if description.is_some_and(|description| description.sha256 != sha256) {
            return Err(CentralError::Acknowledgement);
        }
        match read.record.parcel.state {
            ParcelState::Available { .. } | ParcelState::Notified { .. } => {}
            ParcelState::Expected | ParcelState::Uploading { .. } => {
                return Err(CentralError::ParcelNotReady);
            }
            // on its way out or gone already: the receipt says why
            ParcelState::Collected { .. }
            | ParcelState::Expired { .. }
            | ParcelState::Revoked { .. }
            | ParcelState::Erased { .. } => return Ok(None),
        }
        read.record.parcel = read.record.parcel.clone().collect(change.now())?;
        read.record.acknowledgement = Some(acknowledgement.clone());
        change.update(&read);
        let begun = change.begin(&Job::Erase { parcel: id })?;
        change.log_use(read.record.parcel.consent, UseKind::Delivered, Some(id));
        let evidence = Some(mpp_crypto::sha256(acknowledgement.as_str().as_bytes()));
        let subject = Subject { evidence, ..of_parcel(&read.record) };
        change.audit(Action::ParcelCollected, Actor::Partner(partner), &subject);
        change.commit().await?;
        Ok(Some(begun))
    }

    async fn check_acknowledgement(
        &self,
        partner: PartnerId,
        signed: &CompactJws,
    ) -> Result<CollectionAck, CentralError> {
        let refused = CentralError::Acknowledgement;
        let Some(keys) = self.signer(signed.kid()).await? else { return Err(refused) };
        if keys.envelope.partner != partner {
            return Err(refused);
        }
        let key = VerifyingKey::from_jwk(&keys.signing_key)
            .map_err(|_| CentralError::Inconsistent("an enrolled signing key"))?;
        jws::verify(&key, "mpp-collection-ack+jwt", signed).map_err(|_| refused)
    }

    async fn own_parcel(
        &self,
        partner: PartnerId,
        id: ParcelId,
    ) -> Result<Versioned<ParcelRecord>, CentralError> {
        let read = self.parcel_record(id).await?;
        if read.record.parcel.partner == partner { Ok(read) } else { Err(CentralError::NotFound) }
    }
}
