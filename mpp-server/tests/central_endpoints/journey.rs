use mpp_api::central::{
    Acknowledge, Last, NotificationType, PARCEL_SENDER, PARCEL_SHA256, PhoneEventType, UploadProgress,
};
use mpp_core::{Clock, CollectionAck, ConsentArtefact, ErasureReceipt, ParcelId};
use mpp_crypto::webhook::{self, WebhookHeaders, WebhookVerifier};
use mpp_crypto::{VerifyingKey, envelope, jws, sha256};

use crate::samples::{account_item, asking, bureau_item};
use crate::town::{AA, BUREAU, ClientServer, HOLD, REPORT, STAFF_KEY, Town, consent};

/// Collects a parcel, opens it, acknowledges it and checks the receipt.
async fn collect(town: &Town, partner: &ClientServer, parcel: ParcelId) -> Vec<u8> {
    let client = town.partner(partner);
    let response = client.parcel_content(parcel).await.unwrap();
    let announced = response.header(&PARCEL_SHA256).unwrap().to_owned();
    let bytes = response.body.collect(1024 * 1024).await.unwrap();
    assert_eq!(sha256(&bytes).to_string(), announced);
    let context = envelope::inspect(&bytes).unwrap().header.context;
    let opened = envelope::open_all(&bytes, &partner.ring, &context).unwrap().to_vec();
    let said = CollectionAck { parcel, sha256: sha256(&bytes), opened_at: town.clock.now() };
    let signed = jws::sign(&partner.signing, "mpp-collection-ack+jwt", &said).unwrap();
    let body = Acknowledge { acknowledgement: signed.as_str().to_owned() };
    let acknowledged = client.acknowledge(parcel, &body).await.unwrap();
    assert_eq!(client.acknowledge(parcel, &body).await.unwrap(), acknowledged);
    let keys = client.central_keys().await.unwrap();
    let pinned = VerifyingKey::from_jwk(&keys.signing[0]).unwrap();
    let receipt = acknowledged.erasure_receipt.parse().unwrap();
    let receipt: ErasureReceipt = jws::verify(&pinned, "mpp-erasure-receipt+jwt", &receipt).unwrap();
    assert_eq!((receipt.parcel, receipt.sha256), (parcel, Some(sha256(&bytes))));
    opened
}

#[tokio::test]
pub(crate) async fn a_whole_journey_over_http_survives_a_restart() {
    let mut town = Town::start().await;
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![account_item(), bureau_item()]).await;
    let placed = town.place(&partner, product, "LOAN-1").await;
    let phone = town.open(&placed).await;
    assert_eq!(phone.screen.partner_key_record, partner.key_record);
    let decided = town.approve_all(&phone).await;

    let parcel = town.await_parcel(&partner, BUREAU).await;
    assert_eq!(town.bureau_calls.lock().unwrap()[0]["pan"], "ABCPK1234D");
    town.restart().await;
    let head = town.partner(&partner).parcel_content(parcel).await.unwrap();
    assert!(head.header(&PARCEL_SENDER).is_some(), "central says what it sealed");
    assert_eq!(collect(&town, &partner, parcel).await, REPORT.as_bytes());

    town.clock.advance(mpp_core::Span::from_seconds(1));
    let (announcement, bytes) = town.sealed(&partner, &phone, consent(&decided, AA), b"<Account/>");
    let ticket = town.phone(&phone).announce(&announcement).await.unwrap();
    let sent = town.phone(&phone).append(ticket.upload_id, 0, bytes.into(), Last::Yes).await.unwrap();
    assert_eq!(sent, UploadProgress::Complete);
    let parcel = town.await_parcel(&partner, AA).await;
    let head = town.partner(&partner).parcel_content(parcel).await.unwrap();
    assert_eq!(head.header(&PARCEL_SENDER), announcement.sender.as_deref(), "the phone says what it sealed");
    let proof = town.partner(&partner).consent_proof(consent(&decided, AA)).await.unwrap();
    let artefact = proof.artefact.parse().unwrap();
    let pinned = town.partner(&partner).central_keys().await.unwrap().signing;
    let pinned = VerifyingKey::from_jwk(&pinned[0]).unwrap();
    let artefact: ConsentArtefact = jws::verify(&pinned, "mpp-consent-artefact+jwt", &artefact).unwrap();
    assert_eq!(artefact.device_key, Some(phone.key.public().to_jwk()));
    let other = town.onboard(None).await;
    let refused = town.partner(&other).consent_proof(consent(&decided, AA)).await.unwrap_err();
    assert_eq!(refused.code(), Some("not_found"));
    assert_eq!(collect(&town, &partner, parcel).await, b"<Account/>");

    let held = town.staff().holdings().await.unwrap();
    assert_eq!((held.parcels, held.parcel_keys, held.parked_jobs), (0, 0, 0));
    let usage = town.staff().usage(None).await.unwrap().items;
    let units: Vec<&str> = usage.iter().map(|one| one.unit.as_str()).collect();
    assert_eq!(units, ["BUREAU_REPORT", "DATA_FETCH"]);
    assert_eq!(town.partner(&partner).usage(None).await.unwrap().items, usage);
    let events = town.phone(&phone).events(0, HOLD).await.unwrap().items;
    let delivered = events.iter().filter(|event| event.kind == PhoneEventType::Delivered).count();
    assert_eq!(delivered, 2);
    let consents = town.phone(&phone).consents().await.unwrap().items;
    assert!(consents.iter().all(|one| one.state == "active" && one.uses.len() == 3));
}

#[tokio::test]
pub(crate) async fn withdrawing_over_http_is_told_by_poll_and_webhook() {
    let town = Town::start().await;
    let partner = town.onboard(Some(&town.hook)).await;
    let product = town.publish(&partner, vec![account_item()]).await;
    let phone = town.open(&town.place(&partner, product, "LOAN-1").await).await;
    let decided = town.approve_all(&phone).await;
    let id = consent(&decided, AA);
    let client = town.phone(&phone);
    assert_eq!(client.pause(id).await.unwrap().state, "paused");
    assert_eq!(client.resume(id).await.unwrap().state, "active");
    assert_eq!(client.withdraw(id).await.unwrap().state, "revoked");
    let polled = town.partner(&partner).notifications(3, HOLD).await.unwrap().items;
    assert_eq!(polled[0].kind, NotificationType::ConsentRevoked);
    let status = town.partner(&partner).consent_request(phone.screen.consent_request_id).await.unwrap();
    assert_eq!(status.items[0].consent_state.as_deref(), Some("revoked"));
    let pushed = async {
        while town.pushes.lock().unwrap().len() < 4 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(HOLD, pushed).await.expect("four pushes");
    let keys = town.partner(&partner).central_keys().await.unwrap();
    let key = VerifyingKey::from_jwk(&keys.notification[0]).unwrap();
    let pushes = town.pushes.lock().unwrap().clone();
    let text = |headers: &http::HeaderMap, name: &str| headers[name].to_str().unwrap().to_owned();
    for (headers, body) in pushes {
        let headers = WebhookHeaders {
            id: text(&headers, "webhook-id"),
            timestamp: text(&headers, "webhook-timestamp"),
            signature: text(&headers, "webhook-signature"),
        };
        webhook::verify(&headers, &body, &[WebhookVerifier::Ed25519(&key)], town.clock.now()).unwrap();
    }
}

#[tokio::test]
pub(crate) async fn a_repeated_post_gets_the_stored_answer_and_another_body_is_refused() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![account_item()]).await;
    let client = town.partner(&partner);
    let first = client.place_consent_request("key-1", &asking(product, "LOAN-1")).await.unwrap();
    let again = client.place_consent_request("key-1", &asking(product, "LOAN-1")).await.unwrap();
    assert_eq!(first, again);
    let other = client.place_consent_request("key-1", &asking(product, "LOAN-2")).await.unwrap_err();
    assert_eq!(other.code(), Some("idempotency_key_reused"));
    let taken = client.place_consent_request("key-2", &asking(product, "LOAN-1")).await.unwrap();
    assert_eq!(taken.consent_request_id, first.consent_request_id);
    assert_ne!(taken.link, first.link, "under another key it is a new asking, with a new link");
}

#[tokio::test]
pub(crate) async fn staff_suspend_and_reinstate_and_look_around() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![account_item()]).await;
    let staff = town.staff();
    staff.suspend("suspend-1", partner.id).await.unwrap();
    let listed = staff.partners(None).await.unwrap().items;
    assert_eq!((listed[0].standing.as_str(), listed[0].enrolled), ("SUSPENDED", true));
    let client = town.partner(&partner);
    let refused = client.place_consent_request("key-1", &asking(product, "LOAN-1")).await.unwrap_err();
    assert_eq!(refused.code(), Some("partner_suspended"));
    staff.reinstate("reinstate-1", partner.id).await.unwrap();
    client.place_consent_request("key-1", &asking(product, "LOAN-1")).await.unwrap();
    assert!(staff.parked_jobs(None).await.unwrap().items.is_empty());
    let again = staff.renew_enrolment("renew-1", partner.id).await.unwrap();
    assert_eq!(again.partner_id, partner.id);
    let nobody = mpp_core::PartnerId::from_random([1; 16]);
    assert_eq!(staff.suspend("suspend-2", nobody).await.unwrap_err().code(), Some("not_found"));
}

#[tokio::test]
pub(crate) async fn files_and_logs_of_the_server_name_nobody() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![bureau_item()]).await;
    let placed = town.place(&partner, product, "LOAN-1").await;
    let phone = town.open(&placed).await;
    town.approve_all(&phone).await;
    town.await_parcel(&partner, BUREAU).await;
    let secret = placed.link.fragment().unwrap().to_owned();
    let mut folders = vec![town.data()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            for canary in ["9000000001", "Asha Kulkarni", "ABCPK1234D", "BureauScore", secret.as_str()] {
                let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
                assert!(!found, "{canary} in {}", path.display());
            }
        }
    }
    assert!(files > 5);
    let logged = crate::town::logs().text();
    assert!(logged.contains("/v1/links/open"), "the route is logged");
    let request = phone.screen.consent_request_id.to_string();
    for canary in ["9000000001", "Asha", "ABCPK1234D", "BureauScore", secret.as_str(), STAFF_KEY, &request] {
        assert!(!logged.contains(canary), "{canary} in the log");
    }
}
