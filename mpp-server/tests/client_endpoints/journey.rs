//! From the application's question to the purge, over HTTP, with a real central.

use mpp_api::client::{ApplicationNotificationType as Kind, StaffClient};
use mpp_api::{ApiError, Problem};
use mpp_core::{Clock, DataItemId, Span};
use mpp_crypto::envelope::SenderStatement;
use mpp_crypto::webhook::{self, WebhookHeaders, WebhookVerifier};
use mpp_crypto::{SigningKey, VerifyingKey, jws};
use mpp_server::runtime::SystemEntropy;

use crate::privacy;
use crate::town::{APPROVER_KEY, AUTHOR_KEY, Phone, Push, Town, asking, bearer};

pub(crate) const DEPOSIT: &str = r#"<?xml version="1.0"?>
<Account xmlns="http://api.rebit.org.in/FISchema/deposit" type="deposit" version="2.0.0" maskedAccNumber="XXXXXXXX4020">
 <Profile><Holders type="SINGLE"><Holder name="Canary-Holder-Asha" pan="ABCPK1234D"/></Holders></Profile>
 <Transactions><Transaction txnId="S1" amount="62000.00"/></Transactions>
</Account>"#;

pub(crate) fn problem(error: ApiError) -> Problem {
    match error {
        ApiError::Refused(problem) => problem,
        other => panic!("{other}"),
    }
}

pub(crate) fn is_signed(push: &Push, key: &mpp_core::PublicJwk, town: &Town) {
    let header = |name: &str| push.0[name].to_str().unwrap().to_owned();
    let headers = WebhookHeaders {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
    };
    let key = VerifyingKey::from_jwk(key).unwrap();
    webhook::verify(&headers, &push.1, &[WebhookVerifier::Ed25519(&key)], town.clock.now()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_document_goes_from_the_phone_to_the_application_and_is_purged_on_withdrawal() {
    privacy::watch_logs();
    let mut town = Town::start().await;
    let partner = town.onboard().await;
    let started = town.ask(&partner, "LOAN/1?x").await;
    let again = partner.application.start("same", &asking(partner.product, "LOAN/1?x")).await.unwrap();
    assert_eq!(started, again);
    let phone = town.approve(&started).await;
    let (push, approved) = town.next_push().await;
    is_signed(&push, &partner.webhook_key, &town);
    assert_eq!((approved.kind, approved.sequence), (Kind::ConsentApproved, 1));

    let document = DEPOSIT.repeat(3000);
    let parcel = town.upload(&partner, &phone, document.as_bytes()).await;
    let (push, available) = town.next_push().await;
    is_signed(&push, &partner.webhook_key, &town);
    assert_eq!(available.kind, Kind::DataAvailable);
    let item = available.data.item_id.unwrap();

    let case = partner.application.items(&"LOAN/1?x".parse().unwrap()).await.unwrap();
    assert_eq!(case.items[0].item_id, item);
    assert_eq!(case.items[0].label.as_deref(), Some("deposit XXXXXXXX4020"));
    let sealed_by = case.items[0].sealed_by.clone().unwrap();
    assert_eq!((sealed_by.who.as_str(), sealed_by.kid.as_ref()), ("device", Some(phone.key.kid())));
    let content = partner.application.content(item).await.unwrap();
    assert_eq!(content.headers["content-type"], "application/xml");
    assert_eq!(content.headers["cache-control"], "no-store");
    let bytes = content.body.collect(64 * 1024 * 1024).await.unwrap();
    assert!(bytes == document.as_bytes(), "the exact bytes");
    assert_eq!(mpp_crypto::sha256(&bytes).to_string(), case.items[0].sha256);
    let standing = partner.application.consent_request(started.consent_request_id).await.unwrap();
    assert_eq!(standing.state, "decided");

    privacy::search(&town.data());
    let staff = town.staff(AUTHOR_KEY);
    assert_eq!(staff.accesses().await.unwrap().items[0].form, "raw");
    // the acknowledgement runs beside the notification; the receipt follows
    let receipt = loop {
        let parcels = staff.parcels(None).await.unwrap().items;
        assert_eq!(parcels[0].parcel_id, parcel);
        match &parcels[0].erasure_receipt {
            Some(receipt) => break receipt.clone(),
            None => tokio::task::yield_now().await,
        }
    };
    assert_eq!(receipt.split('.').count(), 3);
    proven_to_come_from(&phone, &staff, item).await;

    phone.client.withdraw(phone.consent).await.unwrap();
    assert_eq!(town.next_push().await.1.kind, Kind::ConsentRevoked);
    let deleted = town.next_push().await.1;
    assert_eq!((deleted.kind, deleted.data.item_id), (Kind::DataDeleted, Some(item)));
    let gone = problem(partner.application.content(item).await.unwrap_err());
    assert_eq!((gone.status, gone.code.as_str()), (410, "data_gone"));
    proven_to_come_from(&phone, &staff, item).await;
    let data = town.data();
    town.client.stop().await;
    town.central.stop().await;
    privacy::search(&data);
    privacy::search_logs();
}

/// By the device's own signature, whether or not the document is still here.
async fn proven_to_come_from(phone: &Phone, staff: &StaffClient, item: DataItemId) {
    let proof = staff.document_proof(item).await.unwrap();
    assert_eq!(proof.sealed_by.unwrap().who, "device");
    let statement = proof.statement.unwrap().parse().unwrap();
    let said = SenderStatement::read(phone.key.public(), &statement);
    assert!(said.is_ok(), "{said:?}");
    let approval = proof.approval.unwrap().parse().unwrap();
    let approval: serde_json::Value = jws::verify(phone.key.public(), "mpp-approval+jwt", &approval).unwrap();
    assert_eq!(approval["decisions"][0]["decision"], "approved");
    assert_eq!(proof.artefact.unwrap().split('.').count(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn what_another_device_vouches_for_goes_nowhere_and_proves_nothing() {
    let mut town = Town::start().await;
    let partner = town.onboard().await;
    let phone = town.approve(&town.ask(&partner, "LOAN-1").await).await;
    town.next_push().await;
    let stranger = SigningKey::generate_p256(&SystemEntropy);
    let (announcement, _) = town.sealed(&partner, &phone, &stranger, DEPOSIT.as_bytes(), |_| {});
    let refused = problem(phone.client.announce(&announcement).await.unwrap_err());
    assert_eq!((refused.status, refused.code.as_str()), (422, "sender_statement_invalid"));
    let staff = town.staff(AUTHOR_KEY);
    let missing = problem(staff.document_proof(DataItemId::from_random([1; 16])).await.unwrap_err());
    assert_eq!((missing.status, missing.code.as_str()), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn normalised_json_is_wrapped_with_its_origin() {
    let mut town = Town::start().await;
    let partner = town.onboard().await;
    let started = town.ask(&partner, "LOAN-1").await;
    let phone = town.approve(&started).await;
    town.next_push().await;
    town.upload(&partner, &phone, DEPOSIT.as_bytes()).await;
    let item = town.next_push().await.1.data.item_id.unwrap();
    let read = partner.application.normalised(item).await.unwrap();
    assert_eq!(read["itemId"], item.to_string());
    assert_eq!(read["source"], "account-aggregator");
    assert_eq!(read["sha256"], mpp_crypto::sha256(DEPOSIT.as_bytes()).to_string());
    assert_eq!(read["document"]["account"]["transactions"]["transaction"][0]["amount"], "62000.00");

    // the data life ends
    town.clock.advance(Span::from_days(32));
    while town.next_push().await.1.kind != Kind::DataDeleted {}
    let gone = problem(partner.application.normalised(item).await.unwrap_err());
    assert_eq!(gone.code, "data_gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn refusals_have_stable_codes() {
    let town = Town::start().await;
    let author = town.staff(AUTHOR_KEY);
    let early = problem(author.define_product("early", &crate::town::definition()).await.unwrap_err());
    assert_eq!((early.status, early.code.as_str()), (409, "not_enrolled"));
    let wrong = mpp_api::client::EnrolServer { enrolment_token: "guess".into() };
    let wrong = problem(author.enrol("guess", &wrong).await.unwrap_err());
    assert_eq!(wrong.code, "central_refused");
    let partner = town.onboard().await;

    let drafted = author.define_product("second", &crate::town::definition()).await.unwrap();
    let own = author.approve_product("own", drafted.product_id, drafted.version).await.unwrap_err();
    assert_eq!(problem(own).code, "same_person");
    let mut wide = crate::town::definition();
    wide.items[0]["terms"]["dataLife"]["value"] = 600.into();
    let wide = problem(author.define_product("wide", &wide).await.unwrap_err());
    assert_eq!((wide.status, wide.code.starts_with("fair_use")), (422, true), "{}", wide.code);
    let inside = mpp_api::client::SetWebhook { url: "https://169.254.169.254/".parse().unwrap() };
    let inside = problem(author.set_webhook("inside", &inside).await.unwrap_err());
    assert_eq!((inside.status, inside.code.as_str()), (400, "address_forbidden"));

    town.ask(&partner, "LOAN-1").await;
    let mut other = asking(partner.product, "LOAN-1");
    other.customer.mobile = "9000000002".parse().unwrap();
    let taken = problem(partner.application.start("other", &other).await.unwrap_err());
    assert_eq!((taken.status, taken.code.as_str()), (409, "case_ref_taken"));
    let reused = partner.application.start("one-key", &asking(partner.product, "LOAN-2")).await.unwrap();
    let other_body =
        partner.application.start("one-key", &asking(partner.product, "LOAN-3")).await.unwrap_err();
    assert_eq!(problem(other_body).code, "idempotency_key_reused");
    assert_eq!(
        partner.application.start("one-key", &asking(partner.product, "LOAN-2")).await.unwrap(),
        reused
    );
    let unknown = problem(partner.application.items(&"LOAN-404".parse().unwrap()).await.unwrap_err());
    assert_eq!((unknown.status, unknown.code.as_str()), (404, "not_found"));
    let cursor = town.at_client(bearer(APPROVER_KEY));
    let cursor: Result<serde_json::Value, _> =
        cursor.get("/v1/staff/accesses?after=%20", std::time::Duration::ZERO).await;
    assert_eq!(problem(cursor.unwrap_err()).code, "invalid_request");
}
