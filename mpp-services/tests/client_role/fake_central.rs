//! A central that keeps its side of the interface with real keys: it checks proofs, seals parcels, signs receipts.

mod making;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream};
use mpp_core::{
    Clock, CollectionAck, ConsentId, ConsentRequestId, Entropy, ErasureCause, ErasureReceipt,
    ErasureReceiptId, ParcelId, PartnerId, PartnerKeyRecord, Product, ProductId, ProductVersion, PublicJwk,
    Source, Span, draw,
};
use mpp_crypto::envelope::{self, Context, Purpose};
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::{EnvelopePublicKey, SigningKey, VerifyingKey, sha256};
use mpp_services::client::{
    COLLECTION_ACK_TYP, CentralGateway, CentralNotification, CentralPublicKeys, Challenge, ConsentProof,
    ENROLMENT_TYP, ERASURE_RECEIPT_TYP, Enrolled, GatewayError, ItemStanding, KEY_RECORD_TYP, KeyOffer,
    ParcelContent, PlacedRequest, RequestStanding, RequestToPlace, SentUsageLog,
};
use tokio::sync::Notify;

pub(crate) use self::making::{About, vouched};

pub(crate) const TOKEN: &str = "one-time-enrolment-token";
pub(crate) const SECOND_TOKEN: &str = "another-enrolment-token";

#[derive(Debug)]
pub(crate) struct FakeCentral {
    pub(crate) signing: SigningKey,
    pub(crate) notification: SigningKey,
    /// The customer's device.
    pub(crate) device: SigningKey,
    pub(crate) partner: PartnerId,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) challenges: BTreeMap<String, (Vec<u8>, PublicJwk, PublicJwk)>,
    pub(crate) enrolled: Option<(PublicJwk, PublicJwk)>,
    pub(crate) products: BTreeMap<String, Product>,
    pub(crate) requests: Vec<(RequestToPlace, PlacedRequest)>,
    pub(crate) parcels: BTreeMap<ParcelId, FakeParcel>,
    pub(crate) feed: Vec<CentralNotification>,
    pub(crate) taken_back: Vec<ConsentRequestId>,
    pub(crate) retired: Vec<ProductId>,
    pub(crate) acks: u32,
    pub(crate) downloads: u32,
    /// Refusals to give before doing anything, by call name.
    pub(crate) trouble: BTreeMap<&'static str, VecDeque<GatewayError>>,
    /// Cut the next download after so many bytes.
    pub(crate) cut_after: Option<usize>,
    /// Sign with a key nobody has pinned.
    pub(crate) impostor: Option<SigningKey>,
    /// Sign with this key from now on.
    pub(crate) successor: Option<Arc<SigningKey>>,
    /// What earlier keys said of those after them.
    pub(crate) successions: Vec<CompactJws>,
    /// What proves each consent that was announced.
    pub(crate) proofs: BTreeMap<ConsentId, ConsentProof>,
    /// The version that customers are asked for, where central says it.
    pub(crate) asks_for: Option<ProductVersion>,
    /// Answer the next confirmation only when this is rung.
    pub(crate) holds_confirmation: Option<Arc<Notify>>,
    /// How often a proof was asked for.
    pub(crate) proofs_asked: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct FakeParcel {
    pub(crate) sealed: Vec<u8>,
    pub announced_sha256: mpp_core::Sha256Digest,
    pub(crate) consent: ConsentId,
    pub(crate) receipt: Option<CompactJws>,
    /// What whoever sealed it says.
    pub(crate) sender: Option<String>,
}

impl FakeCentral {
    pub(crate) fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            signing: SigningKey::generate_p256(&*entropy),
            notification: SigningKey::generate_ed25519(&*entropy),
            device: SigningKey::generate_p256(&*entropy),
            partner: PartnerId::generate(&*entropy),
            clock,
            entropy,
            state: Mutex::default(),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn fail_next(&self, call: &'static str, error: GatewayError) {
        self.state().trouble.entry(call).or_default().push_back(error);
    }

    fn trouble(&self, call: &str) -> Result<(), GatewayError> {
        match self.state().trouble.get_mut(call).and_then(VecDeque::pop_front) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn public_keys(&self) -> CentralPublicKeys {
        CentralPublicKeys {
            signing: vec![self.signing.public().to_jwk()],
            successions: self.state().successions.clone(),
            notification: vec![self.notification.public().to_jwk()],
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Proof {
    envelope_kid: mpp_core::Kid,
    token_sha256: mpp_core::Sha256Digest,
}

#[async_trait]
impl CentralGateway for FakeCentral {
    async fn enrol(&self, _key: &str, offer: &KeyOffer) -> Result<Challenge, GatewayError> {
        self.trouble("enrol")?;
        let refused = || GatewayError::Refused { status: 403, code: "enrolment_refused".to_owned() };
        let signing = VerifyingKey::from_jwk(&offer.signing_key).map_err(|_| refused())?;
        let envelope_key = EnvelopePublicKey::from_jwk(&offer.envelope_key).map_err(|_| refused())?;
        let proof: Proof = jws::verify(&signing, ENROLMENT_TYP, &offer.proof).map_err(|_| refused())?;
        if !matches!(offer.token.as_str(), TOKEN | SECOND_TOKEN)
            || proof.token_sha256 != sha256(offer.token.as_bytes())
            || proof.envelope_kid != *envelope_key.kid()
        {
            return Err(refused());
        }
        let secret = draw::<32>(&*self.entropy).to_vec();
        let context = Context {
            purpose: Purpose::Enrolment,
            partner: self.partner,
            consent: ConsentId::generate(&*self.entropy),
            parcel: ParcelId::generate(&*self.entropy),
            source: Source::AccountAggregator,
            content_type: "application/octet-stream".parse().unwrap(),
        };
        let sealed = envelope::seal_all(&secret, &envelope_key, &context, &*self.entropy).unwrap();
        let id = format!("challenge-{}", self.state().challenges.len());
        let keys = (secret, offer.envelope_key.clone(), offer.signing_key.clone());
        self.state().challenges.insert(id.clone(), keys);
        Ok(Challenge { id, sealed })
    }

    async fn confirm(&self, _key: &str, challenge: &str, opened: &[u8]) -> Result<Enrolled, GatewayError> {
        self.trouble("confirm")?;
        let held = self.state().holds_confirmation.take();
        if let Some(bell) = held {
            bell.notified().await;
        }
        let (secret, envelope_key, signing_key) = self.state().challenges[challenge].clone();
        if secret != opened {
            return Err(GatewayError::Refused { status: 403, code: "challenge_not_met".to_owned() });
        }
        self.state().enrolled = Some((envelope_key.clone(), signing_key));
        self.trouble("confirmed")?;
        let now = self.clock.now();
        let record = PartnerKeyRecord {
            partner: self.partner,
            partner_name: "Kaveri Finance Ltd".to_owned(),
            kid: EnvelopePublicKey::from_jwk(&envelope_key).unwrap().kid().clone(),
            key: envelope_key,
            valid_from: now,
            valid_to: now.plus(Span::from_days(365)),
            issued_at: now,
        };
        let impostor = self.state().impostor.take();
        let signer = impostor.as_ref().unwrap_or(&self.signing);
        let key_record = jws::sign(signer, KEY_RECORD_TYP, &record).unwrap();
        Ok(Enrolled { partner: self.partner, key_record, central: self.public_keys() })
    }

    async fn central_keys(&self) -> Result<CentralPublicKeys, GatewayError> {
        self.trouble("central_keys")?;
        Ok(self.public_keys())
    }

    async fn publish_product(&self, key: &str, product: &Product) -> Result<(), GatewayError> {
        self.trouble("publish_product")?;
        self.state().products.insert(key.to_owned(), product.clone());
        Ok(())
    }

    async fn place_consent_request(
        &self,
        _key: &str,
        request: &RequestToPlace,
    ) -> Result<PlacedRequest, GatewayError> {
        self.trouble("place")?;
        let now = self.clock.now();
        let mut state = self.state();
        let known = state.requests.iter().find(|(placed, _)| placed.case_ref == request.case_ref);
        if let Some((placed, answer)) = known {
            assert_eq!(placed, request, "the client server let another request of the case through");
            assert!(now < answer.expires_at, "central would refuse it: the reference is taken");
            return Ok(answer.clone());
        }
        let answer = PlacedRequest {
            request: ConsentRequestId::generate(&*self.entropy),
            link: "https://app.kaveri.example/c#link-secret-canary".parse().unwrap(),
            expires_at: now.plus(Span::from_hours(72)),
            product_version: state.asks_for,
        };
        state.requests.push((request.clone(), answer.clone()));
        Ok(answer)
    }

    async fn take_back(&self, id: ConsentRequestId) -> Result<RequestStanding, GatewayError> {
        self.trouble("take_back")?;
        self.state().taken_back.push(id);
        self.trouble("took_back")?;
        self.consent_request(id).await
    }

    async fn retire_product(&self, product: ProductId) -> Result<(), GatewayError> {
        self.trouble("retire_product")?;
        self.state().retired.push(product);
        Ok(())
    }

    async fn consent_request(&self, id: ConsentRequestId) -> Result<RequestStanding, GatewayError> {
        self.trouble("consent_request")?;
        let state = self.state();
        let state_name = if state.taken_back.contains(&id) { "cancelled" } else { "decided" };
        let found = state.requests.iter().find(|(_, answer)| answer.request == id);
        let (placed, _) = found.ok_or(GatewayError::Refused { status: 404, code: "not_found".to_owned() })?;
        Ok(RequestStanding {
            request: id,
            case_ref: placed.case_ref.clone(),
            state: state_name.to_owned(),
            items: vec![ItemStanding {
                source: "account-aggregator".to_owned(),
                decision: "approved".to_owned(),
                consent: None,
                consent_state: Some("active".to_owned()),
            }],
        })
    }

    async fn parcel_content(&self, parcel: ParcelId) -> Result<ParcelContent, GatewayError> {
        self.trouble("parcel_content")?;
        let mut state = self.state();
        state.downloads += 1;
        let kept = state.parcels.get(&parcel).filter(|kept| kept.receipt.is_none()).cloned();
        let kept = kept.ok_or(GatewayError::Refused { status: 410, code: "parcel_gone".to_owned() })?;
        let cut = state.cut_after.take();
        let bytes = Bytes::from(kept.sealed);
        let whole = cut.map_or_else(|| bytes.clone(), |cut| bytes.slice(..cut));
        // ragged pieces, as a network gives them
        let mut chunks: Vec<Result<Bytes, GatewayError>> =
            whole.chunks(10_007).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        if cut.is_some() {
            chunks.push(Err(GatewayError::Unavailable));
        }
        Ok(ParcelContent {
            sha256: Some(kept.announced_sha256),
            sender: kept.sender,
            bytes: stream::iter(chunks).boxed(),
        })
    }

    async fn consent_proof(&self, consent: ConsentId) -> Result<ConsentProof, GatewayError> {
        self.trouble("consent_proof")?;
        let mut state = self.state();
        state.proofs_asked += 1;
        let known = state.proofs.get(&consent).cloned();
        known.ok_or(GatewayError::Refused { status: 404, code: "not_found".to_owned() })
    }

    async fn acknowledge(&self, parcel: ParcelId, ack: &CompactJws) -> Result<CompactJws, GatewayError> {
        self.trouble("acknowledge")?;
        let refused = || GatewayError::Refused { status: 422, code: "acknowledgement_invalid".to_owned() };
        let signing_key = self.state().enrolled.clone().unwrap().1;
        let key = VerifyingKey::from_jwk(&signing_key).unwrap();
        let claim: CollectionAck = jws::verify(&key, COLLECTION_ACK_TYP, ack).map_err(|_| refused())?;
        let mut state = self.state();
        state.acks += 1;
        let impostor = state.impostor.take();
        let successor = state.successor.clone();
        let kept = state.parcels.get_mut(&parcel);
        let kept = kept.ok_or(GatewayError::Refused { status: 410, code: "parcel_gone".to_owned() })?;
        if claim.parcel != parcel || claim.sha256 != kept.announced_sha256 {
            return Err(refused());
        }
        if let Some(receipt) = &kept.receipt {
            return Ok(receipt.clone());
        }
        let receipt = ErasureReceipt {
            id: ErasureReceiptId::generate(&*self.entropy),
            parcel,
            partner: self.partner,
            consent: kept.consent,
            sha256: Some(claim.sha256),
            cause: ErasureCause::Acknowledged,
            erased_at: self.clock.now(),
        };
        if let Some(impostor) = impostor {
            return Ok(jws::sign(&impostor, ERASURE_RECEIPT_TYP, &receipt).unwrap());
        }
        let signer = successor.as_deref().unwrap_or(&self.signing);
        let receipt = jws::sign(signer, ERASURE_RECEIPT_TYP, &receipt).unwrap();
        kept.receipt = Some(receipt.clone());
        kept.sealed.clear();
        Ok(receipt)
    }

    async fn usage_log(&self, log: &CompactJws) -> Result<SentUsageLog, GatewayError> {
        self.trouble("usage_log")?;
        let signing_key = self.state().enrolled.clone().unwrap().1;
        let key = VerifyingKey::from_jwk(&signing_key).unwrap();
        let form: mpp_billing::UsageLogForm = jws::verify(&key, mpp_billing::USAGE_LOG_TYP, log).unwrap();
        let lines = form.counts.lines;
        Ok(SentUsageLog {
            sha256: sha256(log.as_str().as_bytes()),
            lines,
            matched: lines,
            missing_at_central: 0,
            missing_here: 0,
            differs: 0,
        })
    }

    async fn notifications(&self, after: u64, _hold: Span) -> Result<Vec<CentralNotification>, GatewayError> {
        self.trouble("notifications")?;
        let state = self.state();
        Ok(state.feed.iter().filter(|notification| notification.sequence > after).cloned().collect())
    }
}
