//! Client servers and phones, with their own keys.

use mpp_core::{Clock, Decision, DeviceId, Entropy, ItemDecision, ParcelId, PartnerId, Sha256Digest, Source};
use mpp_crypto::envelope::{self, Context, Fingerprint, sign_as_sender};
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::{EnvelopeKeyRing, EnvelopePrivateKey, SigningKey, sha256};
use mpp_services::central::{Announcement, KeyOffer, Screen};
use serde_json::json;

use crate::world::{Approved, World};

/// The keys a client server makes at home.
pub(crate) struct Keys {
    pub(crate) ring: EnvelopeKeyRing,
    pub(crate) signing: SigningKey,
}

impl Keys {
    pub(crate) fn new(entropy: &dyn Entropy) -> Self {
        Self {
            ring: EnvelopeKeyRing::new(EnvelopePrivateKey::generate(entropy)),
            signing: SigningKey::generate_p256(entropy),
        }
    }

    pub(crate) fn offer(&self, token: &str) -> KeyOffer {
        let public = self.ring.current().public();
        let said = json!({ "envelopeKid": public.kid(), "tokenSha256": sha256(token.as_bytes()) });
        KeyOffer {
            token: KeyOffer::token_digest(token),
            envelope_key: public.to_jwk(),
            signing_key: self.signing.public().to_jwk(),
            proof: jws::sign(&self.signing, "mpp-enrolment+jwt", &said).unwrap(),
        }
    }

    pub(crate) fn read_back(&self, sealed: &[u8]) -> Vec<u8> {
        let context = envelope::inspect(sealed).unwrap().header.context;
        assert_eq!(context.purpose, envelope::Purpose::Enrolment);
        envelope::open_all(sealed, &self.ring, &context).unwrap().to_vec()
    }
}

pub(crate) struct ClientServer {
    pub(crate) id: PartnerId,
    pub(crate) keys: Keys,
    pub(crate) key_record: CompactJws,
}

impl ClientServer {
    pub(crate) fn open(&self, sealed: &[u8], parcel: ParcelId) -> Vec<u8> {
        let context = envelope::inspect(sealed).unwrap().header.context;
        assert_eq!((context.parcel, context.partner), (parcel, self.id));
        envelope::open_all(sealed, &self.keys.ring, &context).unwrap().to_vec()
    }

    pub(crate) fn acknowledgement(&self, parcel: ParcelId, sealed: &[u8], world: &World) -> CompactJws {
        let said = json!({ "parcel": parcel, "sha256": sha256(sealed), "openedAt": world.clock.now() });
        jws::sign(&self.keys.signing, "mpp-collection-ack+jwt", &said).unwrap()
    }
}

pub(crate) struct Phone {
    pub(crate) id: DeviceId,
    pub(crate) key: SigningKey,
    pub(crate) screen: Screen,
    pub screen_sha256: Sha256Digest,
}

impl Phone {
    pub(crate) fn approval(
        &self,
        at: mpp_core::Timestamp,
        decisions: &[(&str, Decision)],
        tamper: impl FnOnce(&mut serde_json::Value),
    ) -> CompactJws {
        let decisions: Vec<ItemDecision> = decisions
            .iter()
            .map(|(source, decision)| ItemDecision { source: source.parse().unwrap(), decision: *decision })
            .collect();
        let mut said = json!({
            "consentRequestId": self.screen.consent_request_id,
            "deviceId": self.id,
            "decidedAt": at,
            "noticeVersion": self.screen.notice_version,
            "language": "en",
            "screenSha256": self.screen_sha256,
            "decisions": decisions,
            "deviceKey": self.key.public().to_jwk(),
        });
        tamper(&mut said);
        jws::sign(&self.key, "mpp-approval+jwt", &said).unwrap()
    }
}

/// What a device says of bytes it sealed.
pub(crate) fn vouched(key: &SigningKey, sealed: &[u8]) -> CompactJws {
    sign_as_sender(key, &Fingerprint::of(sealed).unwrap()).unwrap()
}

pub(crate) struct SealedParcel {
    pub(crate) announcement: Announcement,
    pub(crate) bytes: Vec<u8>,
}

impl SealedParcel {
    /// What the phone seals under an Account Aggregator consent.
    pub(crate) fn new(world: &World, approved: &Approved, document: &[u8]) -> Self {
        Self::with(world, approved, document, |_| {})
    }

    pub(crate) fn with(
        world: &World,
        approved: &Approved,
        document: &[u8],
        change: impl FnOnce(&mut Context),
    ) -> Self {
        let parcel = ParcelId::generate(world.entropy.as_ref());
        let consent = approved.consent("account-aggregator");
        let mut context = Context {
            purpose: envelope::Purpose::Parcel,
            partner: approved.partner.id,
            consent,
            parcel,
            source: Source::AccountAggregator,
            content_type: "application/zip".parse().unwrap(),
        };
        change(&mut context);
        let key = approved.partner.keys.ring.current().public();
        let bytes = envelope::seal_all(document, key, &context, world.entropy.as_ref()).unwrap();
        let announcement = Announcement {
            parcel,
            consent,
            fetch: mpp_core::FetchId::generate(world.entropy.as_ref()),
            kid: key.kid().clone(),
            size_bytes: u64::try_from(bytes.len()).unwrap(),
            sha256: sha256(&bytes),
            sender: Some(vouched(&approved.phone.key, &bytes)),
        };
        Self { announcement, bytes }
    }
}
