//! Who sealed a parcel: what central asks of a device, and what it hands out.

use mpp_core::{Clock, ConsentArtefact, Decision, Kid};
use mpp_crypto::envelope::{Fingerprint, SENDER_STATEMENT, verify_sender};
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::{SigningKey, VerifyingKey};
use mpp_services::central::Progress;
use mpp_store::{Record, RecordKey, RecordKind, RecordReaderExt, WriteBatch};
use serde_json::{Value, json};

use crate::collecting::download;
use crate::parties::{Phone, SealedParcel, vouched};
use crate::samples::{account_item, bureau_item};
use crate::world::{Approved, World};

const AA: &str = "account-aggregator";
const DOCUMENT: &[u8] = b"<Account/>";

fn artefact(world: &World, signed: &CompactJws) -> ConsentArtefact {
    let pinned = VerifyingKey::from_jwk(&world.central.public_keys().signing[0]).unwrap();
    jws::verify(&pinned, "mpp-consent-artefact+jwt", signed).unwrap()
}

fn statement(key: &SigningKey, said: &Value) -> CompactJws {
    jws::sign(key, SENDER_STATEMENT, said).unwrap()
}

/// What is true of a parcel, as the device would say it.
fn truth(sealed: &SealedParcel) -> Value {
    let fingerprint = Fingerprint::of(&sealed.bytes).unwrap();
    json!({
        "envelope": fingerprint.header().id.to_string(),
        "kid": fingerprint.header().kid,
        "length": fingerprint.length(),
        "sha256": fingerprint.sha256(),
    })
}

#[tokio::test]
async fn what_a_phone_uploads_is_handed_out_with_its_statement_and_the_artefact_that_names_its_key() {
    let world = World::new();
    let approved = world.approved(vec![account_item(), bureau_item()]).await;
    let sealed = SealedParcel::new(&world, &approved, DOCUMENT);
    assert_eq!(world.upload(&approved.phone, &sealed).await.unwrap(), Progress::Complete);
    // repeated with a statement signed anew, as an app that was stopped does it: the first one stays
    let mut again = sealed.announcement.clone();
    again.sender = Some(vouched(&approved.phone.key, &sealed.bytes));
    world.central.announce(approved.phone.id, again).await.unwrap();

    let (content, bytes) = download(&world, &approved.partner, sealed.announcement.parcel).await;
    assert_eq!(content.sender, sealed.announcement.sender);
    let proof = world.central.consent_proof(approved.partner.id, approved.consent(AA)).await.unwrap();
    let named = artefact(&world, &proof.artefact).device_key.unwrap();
    assert_eq!(named, approved.phone.key.public().to_jwk());
    let key = VerifyingKey::from_jwk(&named).unwrap();
    let fingerprint = Fingerprint::of(&bytes).unwrap();
    assert_eq!(verify_sender(&key, &content.sender.unwrap(), &fingerprint), Ok(()));
    let approval: Value = jws::verify(&key, "mpp-approval+jwt", &proof.approval.unwrap()).unwrap();
    assert_eq!(approval["decisions"][0], json!({ "source": AA, "decision": "approved" }));

    let other = world.approved(vec![account_item()]).await;
    let refused = world.central.consent_proof(other.partner.id, approved.consent(AA)).await.unwrap_err();
    assert_eq!(refused.code(), "not_found", "a consent is proven to its recipient alone");
}

#[tokio::test]
async fn a_parcel_that_its_device_does_not_vouch_for_is_not_announced() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let sealed = SealedParcel::new(&world, &approved, DOCUMENT);
    let (key, true_of_it) = (&approved.phone.key, truth(&sealed));
    let stranger = SigningKey::generate_p256(world.entropy.as_ref());
    let with = |member: &str, value: Value| {
        let mut said = true_of_it.clone();
        said[member] = value;
        Some(statement(key, &said))
    };
    let another = SealedParcel::new(&world, &approved, b"another");
    for (what, sender) in [
        ("missing", None),
        ("a stranger's", Some(statement(&stranger, &true_of_it))),
        ("of another kind", Some(jws::sign(key, "mpp-approval+jwt", &true_of_it).unwrap())),
        ("about other bytes", another.announcement.sender.clone()),
        ("about another digest", with("sha256", json!(mpp_crypto::sha256(b"another")))),
        ("about another length", with("length", json!(7))),
        ("about another key", with("kid", json!(stranger.kid()))),
        ("with more in it", with("surplus", json!(true))),
    ] {
        let mut announcement = sealed.announcement.clone();
        announcement.sender = sender;
        let refused = world.central.announce(approved.phone.id, announcement).await.unwrap_err();
        assert_eq!(refused.code(), "sender_statement_invalid", "{what}");
    }
    assert_eq!(world.upload(&approved.phone, &sealed).await.unwrap(), Progress::Complete);
}

#[tokio::test]
async fn a_statement_about_another_envelope_is_seen_when_the_bytes_have_come() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let mut sealed = SealedParcel::new(&world, &approved, DOCUMENT);
    let mut said = truth(&sealed);
    said["envelope"] = json!("0".repeat(32));
    sealed.announcement.sender = Some(statement(&approved.phone.key, &said));
    let refused = world.upload(&approved.phone, &sealed).await.unwrap_err();
    assert_eq!(refused.code(), "sender_statement_invalid");
    assert!(world.objects.list().await.unwrap().is_empty(), "and nothing is left of it");
}

#[tokio::test]
async fn an_app_of_before_gets_artefacts_without_a_key_and_vouches_for_nothing() {
    let world = World::new();
    let approved = by_an_app_of_before(&world).await;
    let proof = world.central.consent_proof(approved.partner.id, approved.consent(AA)).await.unwrap();
    assert_eq!(artefact(&world, &proof.artefact).device_key, None);
    let mut sealed = SealedParcel::new(&world, &approved, DOCUMENT);
    sealed.announcement.sender = None;
    assert_eq!(world.upload(&approved.phone, &sealed).await.unwrap(), Progress::Complete);
    let (content, _) = download(&world, &approved.partner, sealed.announcement.parcel).await;
    assert_eq!(content.sender, None);
}

async fn by_an_app_of_before(world: &World) -> Approved {
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![account_item()]).await;
    let phone = world.open(&world.place(&partner, product, "LOAN-1").await).await;
    let approval = phone.approval(world.clock.now(), &[(AA, Decision::Approved)], |said| {
        said.as_object_mut().unwrap().remove("deviceKey");
    });
    let request = phone.screen.consent_request_id;
    let decided = world.central.decide(phone.id, request, approval).await.unwrap();
    Approved { partner, phone, decided }
}

#[tokio::test]
async fn an_approval_that_names_another_devices_key_is_refused() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![account_item()]).await;
    let phone: Phone = world.open(&world.place(&partner, product, "LOAN-1").await).await;
    let stranger = SigningKey::generate_p256(world.entropy.as_ref()).public().to_jwk();
    let approval = phone.approval(world.clock.now(), &[(AA, Decision::Approved)], |said| {
        said["deviceKey"] = json!(stranger);
    });
    let request = phone.screen.consent_request_id;
    let refused = world.central.decide(phone.id, request, approval).await.unwrap_err();
    assert_eq!(refused.code(), "approval_subject_differs");
}

/// A parcel's record with whatever is in it.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Parcel(Value);

impl Record for Parcel {
    const KIND: RecordKind = RecordKind::new("parcel");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.0["parcel"]["id"].as_str().unwrap())
    }
}

#[tokio::test]
async fn a_statement_of_the_kind_that_central_signed_before_is_not_handed_out() {
    let world = World::new();
    world.bureau.answers(Ok(crate::outside::document(b"{}")));
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    let parcel = world.available(&approved.partner).await;
    let key = RecordKey::new(parcel);
    let mut read = world.store.get::<Parcel>(&key).await.unwrap().unwrap();
    let kid: Kid = read.record.0["parcel"]["kid"].as_str().unwrap().parse().unwrap();
    let stranger = SigningKey::generate_p256(world.entropy.as_ref());
    let of_before = jws::sign(&stranger, "mpp-parcel-sender+jwt", &json!({ "kid": kid })).unwrap();
    read.record.0["sender"] = json!(of_before);
    let mut batch = WriteBatch::new();
    batch.update(read.version, &read.record);
    world.store.commit(batch).await.unwrap();
    let (content, _) = download(&world, &approved.partner, parcel).await;
    assert_eq!(content.sender, None);
}
