//! Who sealed a parcel. Central vouches for what it fetched itself, the customer's device for what came through the phone, by
//! the key that the artefact of the consent names (decision 0056).

use mpp_core::{
    ConsentArtefact, ConsentId, DataItemId, Decision, Kid, ParcelId, Recipient, Source, Timestamp,
};
use mpp_crypto::envelope::{Fingerprint, verify_sender};
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::keys::VerifyingKey;
use mpp_store::RecordReaderExt;

use super::gateway::ConsentProof;
use super::keys::Identity;
use super::records::{CollectionRecord, ConsentProofRecord, ItemRecord, Origin, Sender};
use super::{ClientError, ClientService, UnprovenParcels};
use crate::consent_evidence::{APPROVAL_TYP, ARTEFACT_TYP, Approval};

/// Why it is not proven who sealed a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OriginFault {
    /// The consent it is said to come under is not proven.
    #[error("its consent is not proven: {0}")]
    Consent(&'static str),
    /// Nobody says who sealed it.
    #[error("nobody says who sealed it")]
    Missing,
    /// Nobody says who sealed it, and under its consent, which is from before, nobody has to; but this server asks for it.
    #[error("nobody says who sealed it, under a consent from before that was asked for")]
    NotAskedFor,
    /// Somebody else sealed it than who may under its consent.
    #[error("it is not sealed by who may under its consent")]
    OtherSender,
    /// What is said of who sealed it is not signed, or is about another envelope.
    #[error("the statement of who sealed it does not hold for these bytes")]
    Statement,
}

impl OriginFault {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Consent(_) => "parcel_consent_unproven",
            Self::Missing => "parcel_sender_missing",
            Self::NotAskedFor => "parcel_sender_unproven",
            Self::OtherSender => "parcel_sender_differs",
            Self::Statement => "parcel_sender_statement_invalid",
        }
    }
}

/// Who sealed a document, as far as this server has seen it proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealedBy {
    /// The customer's device.
    Device {
        /// The key that the artefact names.
        kid: Kid,
        /// When its statement was verified.
        verified_at: Timestamp,
    },
    /// Central.
    Central {
        /// Its signing key.
        kid: Kid,
        /// When its statement was verified.
        verified_at: Timestamp,
    },
    /// It came under an artefact of before, which does not name who could say so.
    Unproven,
}

impl SealedBy {
    /// `device`, `central` or `unproven`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Device { .. } => "device",
            Self::Central { .. } => "central",
            Self::Unproven => "unproven",
        }
    }

    /// The key, and when its statement was verified.
    #[must_use]
    pub const fn proof(&self) -> Option<(&Kid, Timestamp)> {
        match self {
            Self::Device { kid, verified_at } | Self::Central { kid, verified_at } => {
                Some((kid, *verified_at))
            }
            Self::Unproven => None,
        }
    }
}

impl From<&Origin> for SealedBy {
    fn from(origin: &Origin) -> Self {
        match origin {
            Origin::Proven { sender: Sender::Device, kid, verified_at, .. } => {
                Self::Device { kid: kid.clone(), verified_at: *verified_at }
            }
            Origin::Proven { sender: Sender::Central, kid, verified_at, .. } => {
                Self::Central { kid: kid.clone(), verified_at: *verified_at }
            }
            Origin::Unproven => Self::Unproven,
        }
    }
}

/// Everything that proves where a document comes from; it outlives the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentProof {
    /// The document.
    pub item: DataItemId,
    /// The parcel it came in.
    pub parcel: ParcelId,
    /// The consent it came under.
    pub consent: ConsentId,
    /// Who sealed it; absent where a program of before did not look.
    pub sealed_by: Option<SealedBy>,
    /// The sender's statement ([`mpp_crypto::envelope::SenderStatement`]).
    pub statement: Option<CompactJws>,
    /// The artefact of the consent, signed by central.
    pub artefact: Option<CompactJws>,
    /// The customer's decision, signed by the device.
    pub approval: Option<CompactJws>,
}

/// Who may vouch for a parcel, and what was said.
pub(super) enum Vouching {
    /// One of these keys, by this statement.
    By { sender: Sender, keys: Vec<VerifyingKey>, statement: CompactJws },
    /// Nobody, under an artefact of before.
    Nobody,
}

impl Vouching {
    /// Holds the statement against the bytes that came.
    pub(super) fn check(self, fingerprint: &Fingerprint, now: Timestamp) -> Result<Origin, OriginFault> {
        let Self::By { sender, keys, statement } = self else { return Ok(Origin::Unproven) };
        let key = keys.iter().find(|key| key.kid() == statement.kid()).ok_or(OriginFault::OtherSender)?;
        verify_sender(key, &statement, fingerprint).map_err(|_| OriginFault::Statement)?;
        Ok(Origin::Proven { sender, kid: key.kid().clone(), statement, verified_at: now })
    }
}

/// A consent that is proven.
pub(super) struct ProvenConsent {
    /// Vouches for what came through the phone; absent in an artefact of before.
    device_key: Option<VerifyingKey>,
    /// The proof, unless it is kept here already.
    pub(super) to_keep: Option<ConsentProofRecord>,
}

impl ClientService {
    /// What proves where a document comes from.
    ///
    /// # Errors
    /// [`ClientError::NotFound`].
    pub async fn document_proof(&self, item: DataItemId) -> Result<DocumentProof, ClientError> {
        let read = self.store().get::<ItemRecord>(&ItemRecord::key_of(item)).await?;
        let record = read.ok_or(ClientError::NotFound)?.record;
        let key = ConsentProofRecord::key_of(record.consent);
        let consent = self.store().get::<ConsentProofRecord>(&key).await?.map(|read| read.record);
        let sealed_by = record.origin.as_ref().map(SealedBy::from);
        let statement = record.origin.and_then(|origin| match origin {
            Origin::Proven { statement, .. } => Some(statement),
            Origin::Unproven => None,
        });
        let (artefact, approval) =
            consent.map_or((None, None), |proof| (Some(proof.artefact), proof.approval));
        Ok(DocumentProof {
            item,
            parcel: record.parcel,
            consent: record.consent,
            sealed_by,
            statement,
            artefact,
            approval,
        })
    }

    /// The proof of the consent that a parcel was announced under: kept from an earlier parcel, or asked of central.
    pub(super) async fn proven_consent(
        &self,
        identity: &Identity,
        record: &CollectionRecord,
    ) -> Result<ProvenConsent, ClientError> {
        let key = ConsentProofRecord::key_of(record.consent);
        if let Some(kept) = self.store().get::<ConsentProofRecord>(&key).await? {
            let device_key = self.prove(identity, record, &kept.record).await?;
            return Ok(ProvenConsent { device_key, to_keep: None });
        }
        let ConsentProof { artefact, approval } = match self.central().consent_proof(record.consent).await {
            Err(refusal) if refusal.is_gone() => {
                return Err(OriginFault::Consent("central has no such consent").into());
            }
            proof => proof?,
        };
        let proof =
            ConsentProofRecord { consent: record.consent, artefact, approval, received_at: self.now() };
        let device_key = self.prove(identity, record, &proof).await?;
        Ok(ProvenConsent { device_key, to_keep: Some(proof) })
    }

    /// Central signed the artefact, it gives this partner data of this source, and the device whose key it names has approved
    /// that. Gives that key.
    async fn prove(
        &self,
        identity: &Identity,
        record: &CollectionRecord,
        proof: &ConsentProofRecord,
    ) -> Result<Option<VerifyingKey>, ClientError> {
        let artefact: ConsentArtefact = self
            .said_by_central(ARTEFACT_TYP, &proof.artefact)
            .await?
            .map_err(|_| OriginFault::Consent("its artefact is not signed by a trusted key of central"))?;
        let to_us = match &artefact.recipient {
            Recipient::Partner { id, .. } => *id == identity.record.partner,
            Recipient::Customer => false,
        };
        if !to_us || artefact.consent != record.consent || artefact.source != record.source {
            return Err(OriginFault::Consent("its artefact is about something else").into());
        }
        let Some(named) = &artefact.device_key else { return Ok(None) };
        let key = VerifyingKey::from_jwk(named)
            .map_err(|_| OriginFault::Consent("its artefact names no usable key of a device"))?;
        approved(&key, &artefact, record, proof)?;
        Ok(Some(key))
    }

    /// Who may vouch for this parcel.
    pub(super) async fn vouching(
        &self,
        record: &CollectionRecord,
        consent: &ProvenConsent,
        statement: Option<&str>,
    ) -> Result<Vouching, ClientError> {
        let Some(statement) = statement else { return Ok(self.without_statement(consent)?) };
        let statement: CompactJws = statement.parse().map_err(|_| OriginFault::Statement)?;
        match (&record.source, &consent.device_key) {
            (Source::Provider(_), _) => {
                let keys = self.central_keys_for(statement.kid()).await?;
                Ok(Vouching::By { sender: Sender::Central, keys, statement })
            }
            (Source::AccountAggregator, Some(key)) => {
                Ok(Vouching::By { sender: Sender::Device, keys: vec![key.clone()], statement })
            }
            // whoever signed that, nobody has named the key
            (Source::AccountAggregator, None) => Ok(self.without_statement(consent)?),
        }
    }

    fn without_statement(&self, consent: &ProvenConsent) -> Result<Vouching, OriginFault> {
        match (&consent.device_key, self.settings().unproven_parcels) {
            (Some(_), _) => Err(OriginFault::Missing),
            (None, UnprovenParcels::Take) => Ok(Vouching::Nobody),
            (None, UnprovenParcels::Refuse) => Err(OriginFault::NotAskedFor),
        }
    }
}

/// The device whose key the artefact names has signed the customer's decision for it.
fn approved(
    key: &VerifyingKey,
    artefact: &ConsentArtefact,
    record: &CollectionRecord,
    proof: &ConsentProofRecord,
) -> Result<(), OriginFault> {
    let approval = proof.approval.as_ref();
    let approval = approval.ok_or(OriginFault::Consent("the customer's decision is missing"))?;
    let said: Approval = jws::verify(key, APPROVAL_TYP, approval)
        .map_err(|_| OriginFault::Consent("the customer's decision is not signed by that device"))?;
    let approves = said
        .decisions
        .iter()
        .any(|decision| decision.source == artefact.source && decision.decision == Decision::Approved);
    let about_it = said.consent_request_id == record.request
        && Some(said.device_id) == artefact.device
        && said.notice_version == artefact.notice_version;
    if approves && about_it {
        Ok(())
    } else {
        Err(OriginFault::Consent("the customer's decision is about something else"))
    }
}
