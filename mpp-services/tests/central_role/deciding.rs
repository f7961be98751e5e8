use mpp_core::{ConsentArtefact, ConsentState, Decision, Recipient, Span};
use mpp_crypto::{SigningKey, VerifyingKey, jws};
use mpp_services::central::{DecisionReceipt, NotificationKind};
use serde_json::json;

use crate::samples::{account_item, bureau_item};
use crate::world::World;

const AA: &str = "account-aggregator";
const BUREAU: &str = "provider:bureau";

#[tokio::test]
async fn every_approved_item_gets_an_artefact_that_binds_its_terms() {
    let world = World::new();
    let approved = world.approved(vec![account_item(), bureau_item()]).await;
    let pinned = VerifyingKey::from_jwk(&world.central.public_keys().signing[0]).unwrap();
    assert_eq!(approved.decided.artefacts.len(), 2);
    for (issued, item) in approved.decided.artefacts.iter().zip(&approved.phone.screen.items) {
        let artefact: ConsentArtefact =
            jws::verify(&pinned, "mpp-consent-artefact+jwt", &issued.signed).unwrap();
        assert_eq!(artefact.id, issued.artefact);
        assert_eq!(artefact.source, item.source);
        assert_eq!(artefact.parameters, item.terms);
        assert_eq!(artefact.device, Some(approved.phone.id));
        assert_eq!(artefact.notice_version, 3);
        let key = approved.partner.keys.ring.current().kid().clone();
        assert_eq!(artefact.recipient, Recipient::Partner { id: approved.partner.id, envelope_kid: key });
    }
    let receipt: DecisionReceipt =
        jws::verify(&pinned, "mpp-consent-receipt+jwt", &approved.decided.receipt).unwrap();
    assert_eq!(receipt.consents.len(), 2);
    assert_eq!(receipt.consents[0].parties.len(), 2);
    assert!(receipt.refused.is_empty());
    assert_eq!(world.kinds(&approved.partner).await, [NotificationKind::ConsentApproved]);
}

#[tokio::test]
async fn a_refused_bureau_is_never_asked() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![account_item(), bureau_item()]).await;
    let phone = world.open(&world.place(&partner, product, "LOAN-1").await).await;
    let decided =
        world.decide(&phone, &[(AA, Decision::Approved), (BUREAU, Decision::Refused)]).await.unwrap();
    assert_eq!(decided.artefacts.len(), 1);
    world.work().await;
    world.advance(Span::from_days(20));
    world.work().await;
    assert!(world.bureau.asked().is_empty());
    let view = world.central.request_view(partner.id, phone.screen.consent_request_id).await.unwrap();
    assert_eq!(view.items[0].consent.unwrap().1, ConsentState::Active);
    assert_eq!((view.items[1].decision, view.items[1].consent), (Some(Decision::Refused), None));
}

#[tokio::test]
async fn refusing_everything_tells_the_partner_and_forgets_the_customer() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    let phone = world.open(&world.place(&partner, product, "LOAN-1").await).await;
    world.decide(&phone, &[(BUREAU, Decision::Refused)]).await.unwrap();
    assert_eq!(world.kinds(&partner).await, [NotificationKind::ConsentRejected]);
    assert!(!world.dump().await.contains("\"particulars\":\""));
}

#[tokio::test]
async fn every_item_is_decided_exactly_once() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![account_item(), bureau_item()]).await;
    let phone = world.open(&world.place(&partner, product, "LOAN-1").await).await;
    let yes = Decision::Approved;
    for (decisions, code) in [
        (&[(AA, yes)][..], "item_undecided"),
        (&[(AA, yes), (BUREAU, yes), (BUREAU, Decision::Refused)], "item_decided_twice"),
        (&[(AA, yes), (BUREAU, yes), ("provider:other", yes)], "item_not_requested"),
    ] {
        assert_eq!(world.decide(&phone, decisions).await.unwrap_err().code(), code);
    }
    assert!(world.notified(&partner).await.is_empty());
}

#[tokio::test]
async fn tampered_approvals_are_refused() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    let phone = world.open(&world.place(&partner, product, "LOAN-1").await).await;
    let other = world.open(&world.place(&partner, product, "LOAN-2").await).await;
    let request = phone.screen.consent_request_id;
    let decisions = &[(BUREAU, Decision::Approved)];
    let now = mpp_core::Clock::now(world.clock.as_ref());
    for (member, value, code) in [
        ("screenSha256", json!("0".repeat(64)), "approval_screen_differs"),
        ("noticeVersion", json!(2), "approval_notice_differs"),
        ("deviceId", json!(other.id), "approval_subject_differs"),
        ("consentRequestId", json!(other.screen.consent_request_id), "approval_subject_differs"),
        ("decidedAt", json!("2026-01-14T09:25:00.000Z"), "approval_time_differs"),
        ("surplus", json!(true), "approval_signature_invalid"),
    ] {
        let tampered = phone.approval(now, decisions, |said| said[member] = value);
        let refused = world.central.decide(phone.id, request, tampered).await.unwrap_err();
        assert_eq!(refused.code(), code, "{member}");
    }
    let honest = phone.approval(now, decisions, |_| {});
    let mut parts: Vec<String> = honest.as_str().split('.').map(ToOwned::to_owned).collect();
    let forged = other.approval(now, decisions, |_| {});
    parts[1] = forged.as_str().split('.').nth(1).unwrap().to_owned();
    let spliced = parts.join(".").parse().unwrap();
    let refused = world.central.decide(phone.id, request, spliced).await.unwrap_err();
    assert_eq!(refused.code(), "approval_signature_invalid");
    let foreign =
        jws::sign(&SigningKey::generate_p256(world.entropy.as_ref()), "mpp-approval+jwt", &json!({}))
            .unwrap();
    let refused = world.central.decide(phone.id, request, foreign).await.unwrap_err();
    assert_eq!(refused.code(), "approval_signature_invalid");
    let stolen = other.approval(now, decisions, |said| said["consentRequestId"] = json!(request));
    let refused = world.central.decide(other.id, request, stolen).await.unwrap_err();
    assert_eq!(refused.code(), "not_found", "another device cannot decide");
}

#[tokio::test]
async fn deciding_again_gives_the_same_answer_and_otherwise_is_refused() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![account_item(), bureau_item()]).await;
    let phone = world.open(&world.place(&partner, product, "LOAN-1").await).await;
    let first =
        world.decide(&phone, &[(AA, Decision::Approved), (BUREAU, Decision::Approved)]).await.unwrap();
    world.advance(Span::from_minutes(1));
    let again =
        world.decide(&phone, &[(BUREAU, Decision::Approved), (AA, Decision::Approved)]).await.unwrap();
    assert_eq!(first, again);
    let otherwise =
        world.decide(&phone, &[(AA, Decision::Approved), (BUREAU, Decision::Refused)]).await.unwrap_err();
    assert_eq!(otherwise.code(), "already_decided");
    let shown = world.central.screen(phone.id, phone.screen.consent_request_id).await.unwrap();
    assert!(shown.into_json().contains("\"state\":\"decided\""));
    world.work().await;
    assert_eq!(world.bureau.asked().len(), 1, "one fetch, however often the decision was sent");
}
