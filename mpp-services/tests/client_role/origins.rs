//! Who sealed a parcel: what is believed, what is refused, and what is kept of it.

use mpp_core::{Clock, ConsentId, Kid, Source};
use mpp_crypto::envelope::{Fingerprint, SENDER_STATEMENT, sign_as_sender};
use mpp_crypto::{EnvelopePublicKey, SigningKey, VerifyingKey, jws};
use mpp_services::client::{
    CentralNotificationKind, ConsentProof, DocumentSearch, GatewayError, SealedBy, UnprovenParcels,
};
use mpp_store::{Record, RecordKey, RecordKind, RecordReaderExt, WriteBatch};
use mpp_testkit::SeededEntropy;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fake_central::{About, vouched};
use crate::world::{AUTHOR, BUREAU, DEPOSIT, Ready, World, settle, staff};

const AA: &str = "account-aggregator";

/// A parcel that central has and has announced, and who it is sealed by.
struct Case {
    world: World,
    ready: Ready,
    about: About,
    parcel: mpp_core::ParcelId,
}

impl Case {
    async fn of(source: &str) -> Self {
        Self::in_world(World::new(), source).await
    }

    async fn in_world(world: World, source: &str) -> Self {
        let ready = world.ready().await;
        let about = world.consented(&ready, "LOAN-1", source).await;
        let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.as_bytes());
        world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
        Self { world, ready, about, parcel }
    }

    fn sealed(&self) -> Vec<u8> {
        self.world.central.state().parcels[&self.parcel].sealed.clone()
    }

    fn says(&self, statement: Option<String>) {
        self.world.central.state().parcels.get_mut(&self.parcel).unwrap().sender = statement;
    }

    fn proven_by(&self, proof: ConsentProof) {
        self.world.central.state().proofs.insert(self.about.consent, proof);
    }

    async fn log(&self) -> Vec<Value> {
        let leaves = self.ready.server.audit_trail(None, 50).await.unwrap().leaves;
        leaves.iter().map(|leaf| serde_json::from_slice(leaf.leaf.bytes()).unwrap()).collect()
    }

    async fn sealed_by(&self) -> Option<SealedBy> {
        settle(&self.ready.server).await;
        let case = "LOAN-1".parse().unwrap();
        let case = self.ready.server.case_items(&self.ready.application, &case).await.unwrap();
        case.items[0].sealed_by.clone()
    }

    /// Refused for this reason, shown to staff, not acknowledged, in the log, and nothing of it stored.
    async fn is_refused(&self, code: &str, what: &str) {
        settle(&self.ready.server).await;
        let server = &self.ready.server;
        let parked = server.parked(None, 10).await.unwrap().items;
        assert_eq!(parked.len(), 1, "{what}");
        assert!(parked[0].reason.starts_with(&format!("{code}: ")), "{what}: {}", parked[0].reason);
        let parcel = server.parcels(None, 10).await.unwrap().items.remove(0);
        assert_eq!((parcel.state, parcel.refusal.as_deref()), ("refused", Some(code)), "{what}");
        assert_eq!(self.world.central.state().acks, 0, "{what}");
        assert_eq!(self.world.stored_documents().await, 0, "{what}");
        let documents = server.documents_received(&DocumentSearch::default(), None, 10).await.unwrap();
        assert!(documents.items.is_empty(), "{what}");
        assert!(self.world.application.news().is_empty(), "{what}");
        let refused = |leaf: &Value| leaf["action"] == "parcel.refused" && leaf["reason"] == code;
        assert!(self.log().await.iter().any(refused), "{what}");
    }
}

fn device_key(case: &Case) -> Kid {
    case.world.central.device.kid().clone()
}

#[tokio::test]
async fn the_devices_statement_is_verified_and_kept_with_the_artefact_and_the_decision() {
    let case = Case::of(AA).await;
    let at = Clock::now(case.world.clock.as_ref());
    assert_eq!(case.sealed_by().await, Some(SealedBy::Device { kid: device_key(&case), verified_at: at }));
    let rows = case.ready.server.documents_received(&DocumentSearch::default(), None, 10).await.unwrap();
    let proof = case.ready.server.document_proof(rows.items[0].item).await.unwrap();
    assert_eq!((proof.parcel, proof.consent), (case.parcel, case.about.consent));
    assert_eq!(proof.sealed_by, rows.items[0].sealed_by);
    // whoever has central's key can check the rest
    let pinned = case.world.central.signing.public();
    let artefact: Value = jws::verify(pinned, "mpp-consent-artefact+jwt", &proof.artefact.unwrap()).unwrap();
    let key =
        VerifyingKey::from_jwk(&serde_json::from_value(artefact["deviceKey"].clone()).unwrap()).unwrap();
    let said: Value = jws::verify(&key, SENDER_STATEMENT, &proof.statement.unwrap()).unwrap();
    let acknowledged = case.world.central.state().parcels[&case.parcel].announced_sha256;
    assert_eq!(said["sha256"], json!(acknowledged));
    let approval: Value = jws::verify(&key, "mpp-approval+jwt", &proof.approval.unwrap()).unwrap();
    assert_eq!(approval["consentRequestId"], json!(case.about.request));
    let log = case.log().await;
    let stored = log.iter().find(|leaf| leaf["action"] == "item.stored").unwrap();
    assert_eq!((&stored["reason"], &stored["kid"]), (&json!("sealed_by_device"), &json!(device_key(&case))));
}

#[tokio::test]
async fn centrals_statement_about_what_it_fetched_is_verified() {
    let case = Case::of(BUREAU).await;
    let (kid, at) = (case.world.central.signing.kid().clone(), Clock::now(case.world.clock.as_ref()));
    assert_eq!(case.sealed_by().await, Some(SealedBy::Central { kid, verified_at: at }));
}

#[tokio::test]
async fn the_proof_of_a_consent_is_asked_for_once() {
    let case = Case::of(AA).await;
    settle(&case.ready.server).await;
    for _ in 0..3 {
        let parcel = case.world.central.keep_parcel(&case.about, "application/xml", DEPOSIT.as_bytes());
        case.world.central.announce(CentralNotificationKind::DataAvailable, &case.about.with_parcel(parcel));
    }
    settle(&case.ready.server).await;
    assert_eq!(case.world.central.state().acks, 4);
    assert_eq!(case.world.central.state().proofs_asked, 1);
}

#[tokio::test]
async fn nobody_but_who_may_under_the_consent_vouches_for_a_parcel() {
    for source in [AA, BUREAU] {
        for what in ["missing", "stranger", "other sender", "another envelope", "other kind", "garbage"] {
            let case = Case::of(source).await;
            let central = &case.world.central;
            let stranger = SigningKey::generate_p256(&SeededEntropy::new(99));
            let (own, other) = match source {
                AA => (&central.device, &central.signing),
                _ => (&central.signing, &central.device),
            };
            let sealed = case.sealed();
            let another = central.keep_parcel(&case.about, "application/xml", b"<Other/>");
            let statement = match what {
                "missing" => None,
                "stranger" => Some(vouched(&stranger, &sealed)),
                "other sender" => Some(vouched(other, &sealed)),
                "another envelope" => central.state().parcels[&another].sender.clone(),
                "other kind" => {
                    Some(jws::sign(own, "mpp-approval+jwt", &json!({})).unwrap().as_str().to_owned())
                }
                _ => Some("not.a.statement".to_owned()),
            };
            let code = match what {
                "missing" => "parcel_sender_missing",
                "stranger" | "other sender" => "parcel_sender_differs",
                _ => "parcel_sender_statement_invalid",
            };
            case.says(statement);
            case.is_refused(code, &format!("{source}: {what}")).await;
        }
    }
}

#[tokio::test]
async fn a_stranger_with_the_partners_public_key_seals_a_valid_envelope_in_vain() {
    let case = Case::of(AA).await;
    let key: EnvelopePublicKey = case.world.central.envelope_key();
    // the same context, another document, and the statement about the true one, as somebody would replay it
    let statement = case.world.central.state().parcels[&case.parcel].sender.clone();
    let context = mpp_crypto::envelope::inspect(&case.sealed()).unwrap().header.context;
    let forged =
        mpp_crypto::envelope::seal_all(b"<Forged/>", &key, &context, &SeededEntropy::new(5)).unwrap();
    {
        let mut state = case.world.central.state();
        let kept = state.parcels.get_mut(&case.parcel).unwrap();
        kept.announced_sha256 = mpp_crypto::sha256(&forged);
        kept.sealed = forged;
        kept.sender = statement;
    }
    case.is_refused("parcel_sender_statement_invalid", "forged").await;
}

#[tokio::test]
async fn a_refused_parcel_that_is_vouched_for_later_is_collected_on_replay() {
    let case = Case::of(AA).await;
    let statement = case.world.central.state().parcels[&case.parcel].sender.clone();
    case.says(None);
    case.is_refused("parcel_sender_missing", "missing").await;
    case.says(statement);
    let job = case.ready.server.parked(None, 10).await.unwrap().items[0].job;
    case.ready.server.replay(&staff(AUTHOR), job).await.unwrap();
    assert!(matches!(case.sealed_by().await, Some(SealedBy::Device { .. })));
}

#[tokio::test]
async fn a_consent_that_is_not_proven_brings_nothing() {
    for what in [
        "unknown",
        "signer",
        "consent",
        "source",
        "partner",
        "no approval",
        "other device",
        "other request",
        "refused",
        "key",
    ] {
        let case = Case::of(AA).await;
        let central = &case.world.central;
        let stranger = SigningKey::generate_p256(&SeededEntropy::new(98));
        let good = central.proof(&case.about);
        let proof = match what {
            "unknown" => {
                central.state().proofs.clear();
                None
            }
            "signer" => {
                let said: Value =
                    jws::verify(central.signing.public(), good.artefact.typ(), &good.artefact).unwrap();
                let artefact = jws::sign(&stranger, "mpp-consent-artefact+jwt", &said).unwrap();
                Some(ConsentProof { artefact, ..good })
            }
            "consent" => Some(central.proof_changed(&case.about, |artefact, _| {
                artefact.consent = ConsentId::from_random([1; 16]);
            })),
            "source" => Some(central.proof_changed(&case.about, |artefact, _| {
                artefact.source = BUREAU.parse().unwrap();
            })),
            "partner" => Some(central.proof_changed(&case.about, |artefact, _| {
                artefact.recipient = mpp_core::Recipient::Customer;
            })),
            "no approval" => Some(ConsentProof { approval: None, ..good }),
            "other device" => Some(central.proof_changed(&case.about, |_, approval| {
                approval["deviceId"] = json!(mpp_core::DeviceId::from_random([1; 16]));
            })),
            "other request" => Some(central.proof_changed(&case.about, |_, approval| {
                approval["consentRequestId"] = json!(mpp_core::ConsentRequestId::from_random([1; 16]));
            })),
            "refused" => Some(central.proof_changed(&case.about, |_, approval| {
                approval["decisions"][0]["decision"] = json!("refused");
            })),
            // central names a key of its own: it has no decision signed with it
            _ => Some(central.proof_changed(&case.about, |artefact, _| {
                artefact.device_key = Some(stranger.public().to_jwk());
            })),
        };
        if let Some(proof) = proof {
            case.proven_by(proof);
        }
        case.is_refused("parcel_consent_unproven", what).await;
    }
}

#[tokio::test]
async fn a_parcel_under_an_artefact_of_before_is_taken_and_marked_or_refused_as_set() {
    for source in [AA, BUREAU] {
        for (setting, refused) in [(UnprovenParcels::Take, false), (UnprovenParcels::Refuse, true)] {
            let mut world = World::new();
            world.settings.unproven_parcels = setting;
            let case = Case::in_world(world, source).await;
            let of_before = case.world.central.proof_changed(&case.about, |artefact, _| {
                artefact.device_key = None;
            });
            case.proven_by(of_before);
            case.says(None);
            if refused {
                case.is_refused("parcel_sender_unproven", source).await;
            } else {
                assert_eq!(case.sealed_by().await, Some(SealedBy::Unproven), "{source}");
            }
        }
    }
}

#[tokio::test]
async fn under_an_artefact_of_before_central_still_answers_for_what_it_says() {
    let case = Case::of(BUREAU).await;
    let of_before = case.world.central.proof_changed(&case.about, |artefact, _| artefact.device_key = None);
    case.proven_by(of_before.clone());
    assert!(matches!(case.sealed_by().await, Some(SealedBy::Central { .. })));
    let case = Case::of(BUREAU).await;
    case.proven_by(of_before);
    case.proven_by(case.world.central.proof_changed(&case.about, |artefact, _| artefact.device_key = None));
    case.says(Some(vouched(&SigningKey::generate_p256(&SeededEntropy::new(97)), &case.sealed())));
    case.is_refused("parcel_sender_differs", "a stranger").await;
}

#[tokio::test]
async fn nothing_is_lost_while_central_does_not_prove_the_consent() {
    let case = Case::of(AA).await;
    case.world.central.fail_next("consent_proof", GatewayError::Unavailable);
    settle(&case.ready.server).await;
    assert_eq!(case.ready.server.parcels(None, 10).await.unwrap().items[0].state, "due");
    case.world.wait(mpp_core::Span::from_minutes(1));
    assert!(matches!(case.sealed_by().await, Some(SealedBy::Device { .. })));
}

/// A document's record as a program of before wrote it.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Item(Value);

impl Record for Item {
    const KIND: RecordKind = RecordKind::new("client-item");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.0["item"].as_str().unwrap())
    }
}

#[tokio::test]
async fn a_document_of_before_says_nothing_of_who_sealed_it() {
    let case = Case::of(AA).await;
    settle(&case.ready.server).await;
    let mut read = case.world.store.all::<Item>(Default::default(), None, 10).await.unwrap().items.remove(0);
    read.record.0.as_object_mut().unwrap().remove("origin").unwrap();
    let mut batch = WriteBatch::new();
    batch.update(read.version, &read.record);
    case.world.store.commit(batch).await.unwrap();
    let rows = case.ready.server.documents_received(&DocumentSearch::default(), None, 10).await.unwrap();
    assert_eq!(rows.items[0].sealed_by, None);
    let proof = case.ready.server.document_proof(rows.items[0].item).await.unwrap();
    assert_eq!((proof.sealed_by, proof.statement), (None, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever central hands out as a statement: a parcel is taken by the true one alone.
    #[test]
    fn no_other_text_is_taken_for_the_statement(
        at in any::<prop::sample::Index>(),
        to in "[A-Za-z0-9._-]{0,3}",
        source in prop::sample::select(vec![AA, BUREAU]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let case = Case::of(source).await;
            let truth = case.world.central.state().parcels[&case.parcel].sender.clone().unwrap();
            let at = at.index(truth.len());
            let text = format!("{}{to}{}", &truth[..at], &truth[at + 1..]);
            case.says(Some(text.clone()));
            settle(&case.ready.server).await;
            let taken = case.world.central.state().acks == 1;
            assert_eq!(taken, text == truth, "{text}");
        });
    }
}

#[test]
fn a_statement_names_the_envelope_and_not_the_customer() {
    let entropy = SeededEntropy::new(3);
    let key = SigningKey::generate_p256(&entropy);
    let to = mpp_crypto::EnvelopePrivateKey::generate(&entropy);
    let context = mpp_crypto::envelope::Context {
        purpose: mpp_crypto::envelope::Purpose::Parcel,
        partner: mpp_core::PartnerId::from_random([1; 16]),
        consent: ConsentId::from_random([2; 16]),
        parcel: mpp_core::ParcelId::from_random([3; 16]),
        source: Source::AccountAggregator,
        content_type: "application/xml".parse().unwrap(),
    };
    let sealed = mpp_crypto::envelope::seal_all(b"x", to.public(), &context, &entropy).unwrap();
    let statement = sign_as_sender(&key, &Fingerprint::of(&sealed).unwrap()).unwrap();
    let said: Value = jws::verify(key.public(), SENDER_STATEMENT, &statement).unwrap();
    let members: Vec<&str> = said.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["envelope", "kid", "length", "sha256"]);
}
