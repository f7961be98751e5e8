//! Step 0: partners and their keys.

use mpp_core::{
    ContractRef, Gstin, Kid, ParcelId, Partner, PartnerId, PartnerKeyRecord, PricePlanId, PublicJwk,
    Sha256Digest, Source, StaffId, Standing, draw,
};
use mpp_crypto::envelope::{self, Context, Purpose};
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::keys::{EnvelopePublicKey, VerifyingKey};
use mpp_store::{IndexValue, RecordReaderExt, Versioned};
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::partners::{contacts_of, of_partner};
use super::records::{ChallengeRecord, EnrolmentTokenRecord, PartnerKeysRecord, PartnerRecord, index};
use super::secret::{OneTimeSecret, digest_of};
use super::{CentralError, CentralService};

/// A partner to be taken on.
#[derive(Debug, Clone)]
pub struct NewPartner {
    /// The registered name of the enterprise, shown to customers.
    pub legal_name: String,
    /// Its tax registration.
    pub gstin: Gstin,
    /// The contract it works under.
    pub contract_ref: ContractRef,
    /// E-mail addresses of the people responsible.
    pub contacts: Vec<String>,
    /// The name of its price plan.
    pub price_plan: PricePlanId,
    /// Where its client server takes notifications; absent when it polls.
    pub notification_url: Option<Url>,
}

/// A partner that was taken on.
#[derive(Debug)]
pub struct RegisteredPartner {
    /// The partner.
    pub partner: PartnerId,
    /// With what its client server enrols its keys.
    pub enrolment_token: OneTimeSecret,
}

/// Keys a client server offers.
#[derive(Debug, Clone)]
pub struct KeyOffer {
    /// The digest of the enrolment token.
    pub token: Sha256Digest,
    /// The key to which everything is sealed.
    pub envelope_key: PublicJwk,
    /// The key that signs.
    pub signing_key: PublicJwk,
    /// `mpp-enrolment+jwt` by the signing key.
    pub proof: CompactJws,
}

impl KeyOffer {
    /// The digest an enrolment token is known by.
    #[must_use]
    pub fn token_digest(token: &str) -> Sha256Digest {
        digest_of(token)
    }
}

/// What a client server has to read back to prove that it holds the envelope key.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// Names the challenge.
    pub id: String,
    /// Random bytes, sealed to the offered envelope key for [`Purpose::Enrolment`].
    pub sealed: Vec<u8>,
}

/// Keys that were enrolled.
#[derive(Debug, Clone)]
pub struct EnrolledKeys {
    /// Whose.
    pub partner: PartnerId,
    /// The partner key record, signed by central.
    pub key_record: CompactJws,
}

/// What the signing key says about the envelope key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EnrolmentProof {
    envelope_kid: Kid,
    token_sha256: Sha256Digest,
}

impl CentralService {
    /// Takes a partner on and gives out its enrolment token.
    ///
    /// # Errors
    /// When a field is not valid or the notification address may not be called.
    pub async fn register_partner(
        &self,
        new: NewPartner,
        by: &StaffId,
    ) -> Result<RegisteredPartner, CentralError> {
        let mut change = Change::new(self);
        self.check_address(new.notification_url.as_ref())?;
        let name_holds = (1..=200).contains(&new.legal_name.trim().chars().count());
        if !name_holds {
            return Err(CentralError::Invalid("the legal name"));
        }
        let partner = Partner {
            id: PartnerId::generate(self.entropy()),
            legal_name: new.legal_name.trim().to_owned(),
            gstin: new.gstin,
            contract_ref: new.contract_ref,
            contacts: contacts_of(new.contacts)?,
            price_plan: new.price_plan,
            regulation: None,
            standing: Standing::Active,
            registered_at: change.now(),
        };
        let id = partner.id;
        change.insert(&PartnerRecord { partner, notification_url: new.notification_url, current_kid: None });
        change.audit(Action::PartnerRegistered, Actor::Staff(by.clone()), &of_partner(id));
        let enrolment_token = self.open_enrolment(&mut change, id, by);
        change.commit().await?;
        Ok(RegisteredPartner { partner: id, enrolment_token })
    }

    /// Gives out another enrolment token: the first was lost, or the keys are to be changed. Those given out before are void.
    ///
    /// # Errors
    /// When there is no such partner.
    pub async fn renew_enrolment(
        &self,
        partner: PartnerId,
        by: &StaffId,
    ) -> Result<RegisteredPartner, CentralError> {
        self.until_settled(|| async move {
            let read = self.partner_record(partner).await?;
            let mut change = Change::new(self);
            change.rests_on(&read);
            self.end_tokens(&mut change, partner, None).await?;
            let enrolment_token = self.open_enrolment(&mut change, partner, by);
            change.commit().await?;
            Ok(RegisteredPartner { partner, enrolment_token })
        })
        .await
    }

    /// Nobody enrols keys with the partner's tokens any more, but for the one that is used now.
    async fn end_tokens(
        &self,
        change: &mut Change<'_>,
        partner: PartnerId,
        in_use: Option<Sha256Digest>,
    ) -> Result<(), CentralError> {
        let value = IndexValue::new(partner);
        let tokens = self.store().every_by_index::<EnrolmentTokenRecord>(index::PARTNER, value).await?;
        for mut token in tokens {
            if token.record.usable(change.now()) && Some(token.record.sha256) != in_use {
                token.record.expires_at = change.now();
                change.update(&token);
            }
        }
        Ok(())
    }

    /// Takes offered keys and asks for proof that the envelope key is possessed.
    ///
    /// # Errors
    /// When the token or the keys' proof does not hold.
    pub async fn offer_keys(&self, offer: KeyOffer) -> Result<Challenge, CentralError> {
        let mut change = Change::new(self);
        let token = self.usable_token(&offer.token, &change).await?;
        let envelope_key =
            EnvelopePublicKey::from_jwk(&offer.envelope_key).map_err(|_| CentralError::EnrolmentProof)?;
        let signing_key = check_proof(&offer, &envelope_key)?;
        let id_bytes = draw::<16>(self.entropy());
        let answer = Zeroizing::new(draw::<32>(self.entropy()));
        let context = challenge_context(token.record.partner, id_bytes)?;
        let sealed = envelope::seal_all(answer.as_slice(), &envelope_key, &context, self.entropy())
            .map_err(|_| CentralError::Crypto("the challenge could not be sealed"))?;
        let id = hex::encode(id_bytes);
        change.rests_on(&token);
        change.insert(&ChallengeRecord {
            id: id.clone(),
            token: offer.token,
            partner: token.record.partner,
            envelope_key: envelope_key.to_jwk(),
            signing_key: signing_key.to_jwk(),
            answer: mpp_crypto::sha256(answer.as_slice()),
            expires_at: change.now().plus(self.settings().challenge_life),
            enrolled: None,
        });
        let subject = Subject { kid: Some(envelope_key.kid().clone()), ..of_partner(token.record.partner) };
        change.audit(Action::KeysOffered, Actor::Partner(token.record.partner), &subject);
        change.commit().await?;
        Ok(Challenge { id, sealed })
    }

    /// Enrols the keys of a challenge that was met. Repeating it gives the same record.
    ///
    /// # Errors
    /// When the challenge is unknown, too old or not met, or a key is enrolled already.
    pub async fn confirm_keys(&self, challenge: &str, opened: &[u8]) -> Result<EnrolledKeys, CentralError> {
        let digest = mpp_crypto::sha256(opened);
        self.until_settled(|| self.try_confirm_keys(challenge, digest)).await
    }

    async fn try_confirm_keys(
        &self,
        challenge: &str,
        digest: Sha256Digest,
    ) -> Result<EnrolledKeys, CentralError> {
        let mut change = Change::new(self);
        let found = self.store().get::<ChallengeRecord>(&ChallengeRecord::key_of(challenge)).await;
        // a name that could not be a key is as unknown as any other
        let mut offered = found?.ok_or(CentralError::EnrolmentChallenge)?;
        if offered.record.answer != digest {
            return Err(CentralError::EnrolmentChallenge);
        }
        if let Some(kid) = &offered.record.enrolled {
            let keys = self.keys_by_envelope(kid).await?;
            return Ok(EnrolledKeys { partner: keys.envelope.partner, key_record: keys.signed });
        }
        if change.now() >= offered.record.expires_at {
            return Err(CentralError::EnrolmentChallenge);
        }
        let mut token = self.usable_token(&offered.record.token, &change).await?;
        let mut partner = self.partner_record(offered.record.partner).await?;
        if partner.record.partner.standing != Standing::Active {
            return Err(CentralError::PartnerSuspended);
        }
        let keys = self.published(&offered.record, &partner.record, &change)?;
        self.refuse_taken(&keys).await?;
        token.record.used_at = Some(change.now());
        offered.record.enrolled = Some(keys.envelope.kid.clone());
        partner.record.current_kid = Some(keys.envelope.kid.clone());
        change.update(&token);
        self.end_tokens(&mut change, partner.record.id(), Some(token.record.sha256)).await?;
        change.update(&offered);
        change.update(&partner);
        change.insert(&keys);
        let id = partner.record.id();
        let subject = Subject {
            kid: Some(keys.envelope.kid.clone()),
            evidence: Some(mpp_crypto::sha256(keys.signed.as_str().as_bytes())),
            ..of_partner(id)
        };
        change.audit(Action::KeysEnrolled, Actor::Partner(id), &subject);
        change.commit().await?;
        Ok(EnrolledKeys { partner: id, key_record: keys.signed })
    }

    fn published(
        &self,
        offered: &ChallengeRecord,
        partner: &PartnerRecord,
        change: &Change<'_>,
    ) -> Result<PartnerKeysRecord, CentralError> {
        let stored = |_| CentralError::Inconsistent("an offered key");
        let key = EnvelopePublicKey::from_jwk(&offered.envelope_key).map_err(stored)?;
        let signing = VerifyingKey::from_jwk(&offered.signing_key).map_err(stored)?;
        let envelope = PartnerKeyRecord {
            partner: partner.id(),
            partner_name: partner.partner.legal_name.clone(),
            kid: key.kid().clone(),
            key: key.to_jwk(),
            valid_from: change.now(),
            valid_to: change.now().plus(self.settings().partner_key_life),
            issued_at: change.now(),
        };
        let signed = jws::sign(self.signing_key(), "mpp-partner-key+jwt", &envelope)?;
        Ok(PartnerKeysRecord {
            envelope,
            signed,
            signing_key: signing.to_jwk(),
            signing_kid: signing.kid().clone(),
            enrolled_at: change.now(),
        })
    }

    async fn refuse_taken(&self, keys: &PartnerKeysRecord) -> Result<(), CentralError> {
        let key = PartnerKeysRecord::key_of(&keys.envelope.kid);
        let envelope_taken = self.store().get::<PartnerKeysRecord>(&key).await?.is_some();
        if envelope_taken || self.keys_by_signer(&keys.signing_kid).await?.is_some() {
            return Err(CentralError::KeyTaken);
        }
        Ok(())
    }

    async fn usable_token(
        &self,
        sha256: &Sha256Digest,
        change: &Change<'_>,
    ) -> Result<Versioned<EnrolmentTokenRecord>, CentralError> {
        let found = self.store().get::<EnrolmentTokenRecord>(&EnrolmentTokenRecord::key_of(sha256)).await?;
        found.filter(|token| token.record.usable(change.now())).ok_or(CentralError::EnrolmentToken)
    }

    fn open_enrolment(&self, change: &mut Change<'_>, partner: PartnerId, by: &StaffId) -> OneTimeSecret {
        let token = OneTimeSecret::generate(self.entropy());
        change.insert(&EnrolmentTokenRecord {
            sha256: token.digest(),
            partner,
            expires_at: change.now().plus(self.settings().enrolment_token_life),
            used_at: None,
        });
        change.audit(Action::EnrolmentOpened, Actor::Staff(by.clone()), &of_partner(partner));
        token
    }
}

/// Two different keys, and the signing one vouches for the envelope one under this very token.
fn check_proof(offer: &KeyOffer, envelope_key: &EnvelopePublicKey) -> Result<VerifyingKey, CentralError> {
    let refused = CentralError::EnrolmentProof;
    let signing_key = VerifyingKey::from_jwk(&offer.signing_key).map_err(|_| CentralError::EnrolmentProof)?;
    let proof: EnrolmentProof = jws::verify(&signing_key, "mpp-enrolment+jwt", &offer.proof)
        .map_err(|_| CentralError::EnrolmentProof)?;
    let vouches = proof.envelope_kid == *envelope_key.kid() && proof.token_sha256 == offer.token;
    if vouches && signing_key.kid() != envelope_key.kid() { Ok(signing_key) } else { Err(refused) }
}

/// A challenge belongs to no consent or parcel: both identifiers are made of its own name.
fn challenge_context(partner: PartnerId, id: [u8; 16]) -> Result<Context, CentralError> {
    Ok(Context {
        purpose: Purpose::Enrolment,
        partner,
        consent: mpp_core::ConsentId::from_random(id),
        parcel: ParcelId::from_random(id),
        source: Source::AccountAggregator,
        content_type: "application/octet-stream"
            .parse()
            .map_err(|_| CentralError::Crypto("the challenge's media type"))?,
    })
}
