//! Enrolment: keys are made here, only public halves and proofs of possession leave.

use mpp_core::{Kid, PartnerId, PartnerKeyRecord, PublicJwk, Sha256Digest, StaffId};
use mpp_crypto::envelope::{self, Purpose};
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::keys::{EnvelopeKeyRing, EnvelopePrivateKey, SigningKey};
use mpp_crypto::{Plaintext, sha256};
use mpp_store::{RecordReaderExt, Versioned};
use serde::Serialize;
use zeroize::Zeroizing;

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::gateway::{Enrolled, KeyOffer};
use super::keys::trusted_keys;
use super::records::{IdentityRecord, KeyEnrolment, KeyRecord, KeyUse, OfferRecord};
use super::{ClientError, ClientService, EnrolmentFault};

/// The `typ` of the proof with which the signing key vouches for the envelope key.
pub const ENROLMENT_TYP: &str = "mpp-enrolment+jwt";
/// The `typ` of a partner key record signed by central.
pub const KEY_RECORD_TYP: &str = "mpp-partner-key+jwt";

/// The identity in force after an enrolment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledServer {
    /// The partner this server works for.
    pub partner: PartnerId,
    /// The envelope key now in use.
    pub envelope_kid: Kid,
    /// The partner key record, signed by central.
    pub key_record: CompactJws,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Proof<'a> {
    envelope_kid: &'a Kid,
    token_sha256: Sha256Digest,
}

impl ClientService {
    /// Makes this server's first keys and enrols them under a one-time token. A repeat with the same token goes on where the
    /// first call stopped and gives the same answer.
    ///
    /// # Errors
    /// What central refuses, and [`ClientError::Enrolment`] when its challenge or key record does not hold.
    /// [`ClientError::KeysTakeTwo`] when there are keys already: see [`ClientService::propose_rotation`].
    pub async fn enrol(
        &self,
        staff: &StaffId,
        token: &Zeroizing<String>,
    ) -> Result<EnrolledServer, ClientError> {
        match self.present_identity().await? {
            Some(identity) if identity.record.token_sha256 != sha256(token.as_bytes()) => {
                Err(ClientError::KeysTakeTwo)
            }
            Some(_) | None => self.enrol_keys(staff, token).await,
        }
    }

    /// Makes keys and enrols them. The earlier envelope key still opens what was sealed to it.
    pub(super) async fn enrol_keys(
        &self,
        staff: &StaffId,
        token: &Zeroizing<String>,
    ) -> Result<EnrolledServer, ClientError> {
        let token_sha256 = sha256(token.as_bytes());
        if let Some(identity) = self.present_identity().await?
            && identity.record.token_sha256 == token_sha256
        {
            return Ok(answer(&identity.record));
        }
        let offer = self.until_settled(|| self.offer_for(staff, token_sha256)).await?;
        let (envelope, signing) = self.offered_keys(&offer.record).await?;
        let proof = Proof { envelope_kid: envelope.kid(), token_sha256 };
        let proof = jws::sign(&signing, ENROLMENT_TYP, &proof)?;
        let envelope_key = envelope.public().to_jwk();
        let key_offer = KeyOffer {
            token: token.clone(),
            envelope_key: envelope_key.clone(),
            signing_key: signing.public().to_jwk(),
            proof,
        };
        let name = token_sha256.to_string();
        let challenge = self.central().enrol(&name, &key_offer).await?;
        let opened = open_challenge(envelope, &challenge.sealed)?;
        let enrolled = self.central().confirm(&challenge.id, &challenge.id, &opened).await?;
        self.check_key_record(&enrolled, &offer.record.envelope_kid, &envelope_key)?;
        let identity = self.keep_identity(staff, token_sha256, offer, enrolled).await?;
        self.load_keys().await?;
        // central may have news already
        self.ring_gap();
        Ok(answer(&identity))
    }

    /// The keys offered under this token, made and stored before anything is said to central.
    async fn offer_for(
        &self,
        staff: &StaffId,
        token_sha256: Sha256Digest,
    ) -> Result<Versioned<OfferRecord>, ClientError> {
        let known = self.store().get::<OfferRecord>(&OfferRecord::the_only()).await?;
        let version = match known {
            Some(offer) if offer.record.token_sha256 == token_sha256 => return Ok(offer),
            Some(offer) => Some(offer.version),
            None => None,
        };
        let envelope = EnvelopePrivateKey::generate(self.entropy());
        let signing = SigningKey::generate_p256(self.entropy());
        let mut change = Change::new(self);
        let now = change.now();
        change.insert(&self.key_record(envelope.kid(), KeyUse::Envelope, &envelope.to_pkcs8_pem(), now)?);
        change.insert(&self.key_record(signing.kid(), KeyUse::Signing, &signing.to_pkcs8_pem(), now)?);
        change.write(
            version,
            &OfferRecord {
                token_sha256,
                envelope_kid: envelope.kid().clone(),
                signing_kid: signing.kid().clone(),
                offered_by: staff.clone(),
                offered_at: now,
            },
        );
        for kid in [envelope.kid(), signing.kid()] {
            let subject = Subject { kid: Some(kid.clone()), ..Subject::default() };
            change.audit(Action::KeysMade, &Actor::Staff(staff.clone()), &subject);
        }
        change.commit().await?;
        let stored = self.store().get::<OfferRecord>(&OfferRecord::the_only()).await?;
        stored.ok_or(ClientError::Inconsistent("the offered keys"))
    }

    async fn offered_keys(
        &self,
        offer: &OfferRecord,
    ) -> Result<(EnvelopePrivateKey, SigningKey), ClientError> {
        let envelope = self.envelope_key(&self.stored_key(&offer.envelope_kid).await?)?;
        let signing = self.signing_key(&self.stored_key(&offer.signing_kid).await?)?;
        Ok((envelope, signing))
    }

    /// The key record must be signed by a trusted key of central and be about this very key.
    fn check_key_record(&self, enrolled: &Enrolled, kid: &Kid, key: &PublicJwk) -> Result<(), ClientError> {
        let pinned = &self.settings().central_keys;
        let trusted = if pinned.is_empty() { &enrolled.central.signing } else { pinned };
        let trusted = trusted_keys(trusted, &enrolled.central.successions);
        let signer = |kid: &Kid| trusted.iter().find(|key| key.kid() == kid);
        let record: PartnerKeyRecord = jws::verify_with(signer, KEY_RECORD_TYP, &enrolled.key_record)
            .map_err(|_| EnrolmentFault::Signer)?;
        let now = self.now();
        let begun = record.valid_from <= now.plus(self.settings().clock_tolerance);
        let fits = record.partner == enrolled.partner && record.kid == *kid && record.key == *key;
        if fits && begun && now < record.valid_to { Ok(()) } else { Err(EnrolmentFault::KeyRecord.into()) }
    }

    async fn keep_identity(
        &self,
        staff: &StaffId,
        token_sha256: Sha256Digest,
        offer: Versioned<OfferRecord>,
        enrolled: Enrolled,
    ) -> Result<IdentityRecord, ClientError> {
        let before = self.store().get::<IdentityRecord>(&IdentityRecord::the_only()).await?;
        let mut change = Change::new(self);
        let identity = IdentityRecord {
            partner: enrolled.partner,
            envelope_kid: offer.record.envelope_kid.clone(),
            signing_kid: offer.record.signing_kid.clone(),
            key_record: enrolled.key_record,
            central_signing: enrolled.central.signing,
            central_successions: enrolled.central.successions,
            central_notification: enrolled.central.notification,
            token_sha256,
            enrolled_by: staff.clone(),
            enrolled_at: change.now(),
        };
        self.note_on_keys(&mut change, &identity, before.as_ref().map(|read| &read.record)).await?;
        change.write(before.map(|read| read.version), &identity);
        change.delete(&offer);
        let subject = Subject {
            kid: Some(identity.envelope_kid.clone()),
            evidence: Some(sha256(identity.key_record.as_str().as_bytes())),
            ..Subject::default()
        };
        change.audit(Action::Enrolled, &Actor::Staff(staff.clone()), &subject);
        change.commit().await?;
        Ok(identity)
    }
}

impl ClientService {
    /// The keys say since when they are in use, and those before them since when they are not.
    async fn note_on_keys(
        &self,
        change: &mut Change<'_>,
        identity: &IdentityRecord,
        before: Option<&IdentityRecord>,
    ) -> Result<(), ClientError> {
        let (at, by) = (identity.enrolled_at, identity.enrolled_by.clone());
        let key_records =
            [(&identity.envelope_kid, Some(&identity.key_record)), (&identity.signing_kid, None)];
        for (kid, key_record) in key_records {
            let read = self.store().get::<KeyRecord>(&KeyRecord::key_of(kid)).await?;
            let mut read = read.ok_or(ClientError::Inconsistent("this server's keys"))?;
            let key_record = key_record.cloned();
            read.record.enrolment = Some(KeyEnrolment { key_record, at, by: by.clone() });
            change.update(&read);
        }
        let Some(before) = before else { return Ok(()) };
        let earlier = [(&before.envelope_kid, Some(&before.key_record)), (&before.signing_kid, None)];
        for (kid, key_record) in earlier {
            let read = self.store().get::<KeyRecord>(&KeyRecord::key_of(kid)).await?;
            // one that was lost has nothing to say
            let Some(mut read) = read else { continue };
            read.record.replaced_at = Some(at);
            let enrolment = read.record.enrolment.take().unwrap_or_else(|| KeyEnrolment {
                key_record: key_record.cloned(),
                at: before.enrolled_at,
                by: before.enrolled_by.clone(),
            });
            read.record.enrolment = Some(enrolment);
            change.update(&read);
        }
        Ok(())
    }
}

/// Opens the challenge with the offered key alone: nobody else can.
fn open_challenge(key: EnvelopePrivateKey, sealed: &[u8]) -> Result<Plaintext, EnrolmentFault> {
    let header = envelope::inspect(sealed).map_err(|_| EnrolmentFault::Challenge)?.header;
    if header.context.purpose != Purpose::Enrolment {
        return Err(EnrolmentFault::Challenge);
    }
    envelope::open_all(sealed, &EnvelopeKeyRing::new(key), &header.context)
        .map_err(|_| EnrolmentFault::Challenge)
}

fn answer(identity: &IdentityRecord) -> EnrolledServer {
    EnrolledServer {
        partner: identity.partner,
        envelope_kid: identity.envelope_kid.clone(),
        key_record: identity.key_record.clone(),
    }
}
