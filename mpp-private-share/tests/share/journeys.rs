use std::sync::atomic::Ordering;

use mpp_private_share::{AccountOutcome, ShareError};

use crate::fake_fips::{deposit, savings};
use crate::phone::{Customer, Habit, Phone};

#[tokio::test(start_paused = true)]
async fn documents_reach_the_partner_byte_for_byte() {
    let phone = Phone::logged_in().await;
    let customer = Customer::who(Habit::Decides, &phone);
    let report = phone.sdk.share(&phone.request(), &customer).await.unwrap();
    assert_eq!(report.parcels().count(), 2);
    assert_eq!(report.unexpected, 0);
    let documents = phone.sdk.documents().list(report.reference).await.unwrap();
    for (document, account) in documents.iter().zip([savings(), deposit()]) {
        assert_eq!(phone.opened(&report, document).await, account.document.as_bytes());
        assert_eq!(
            document.content_type.as_str(),
            "application/xml",
            "an envelope's header names no FIP or account"
        );
    }
    let manifests = phone.sdk.documents().of_consent(phone.request().consent).await.unwrap();
    assert_eq!(manifests.len(), 1);
    assert_eq!(manifests[0].kid, *phone.partner.public().kid());
    assert_eq!(customer.shown.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn the_page_need_not_be_left_once_the_decision_is_known() {
    let phone = Phone::logged_in().await;
    let report = phone.sdk.share(&phone.request(), &Customer::who(Habit::DecidesAndStays, &phone)).await;
    assert_eq!(report.unwrap().parcels().count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_large_document_passes() {
    let phone = Phone::logged_in().await;
    let mut large = savings();
    let line =
        "<Transaction valueDate=\"2025-12-31\" amount=\"1.00\" narration=\"a long narration of nothing\"/>";
    let many = line.repeat(1024 * 1024 / line.len());
    large.document = large.document.replace("<Transactions>", &format!("<Transactions>{many}"));
    phone.service.world.lock().unwrap().accounts = vec![large.clone()];
    let report = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap();
    let documents = phone.sdk.documents().list(report.reference).await.unwrap();
    assert!(phone.opened(&report, &documents[0]).await == large.document.as_bytes());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_ends_the_journey_and_the_next_one_asks_again() {
    let phone = Phone::logged_in().await;
    phone.service.world.lock().unwrap().decision = "rejected";
    let customer = Customer::who(Habit::Decides, &phone);
    let refused = phone.sdk.share(&phone.request(), &customer).await.unwrap_err();
    assert!(matches!(refused, ShareError::Refused), "{refused:?}");
    phone.service.world.lock().unwrap().decision = "active";
    let report = phone.sdk.share(&phone.request(), &customer).await.unwrap();
    assert_eq!(report.parcels().count(), 2);
    assert_eq!(phone.service.world.lock().unwrap().raised.len(), 2, "a consent of its own");
}

#[tokio::test(start_paused = true)]
async fn closing_the_page_shares_nothing_and_the_same_request_can_go_on() {
    let phone = Phone::logged_in().await;
    let closed = phone.sdk.share(&phone.request(), &Customer::who(Habit::Closes, &phone)).await;
    assert!(matches!(closed, Err(ShareError::Cancelled)));
    let report = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await;
    assert_eq!(report.unwrap().parcels().count(), 2);
    assert_eq!(phone.service.world.lock().unwrap().raised.len(), 1, "the same consent");
}

#[tokio::test(start_paused = true)]
async fn an_undecided_request_is_given_up_after_a_while() {
    let phone = Phone::logged_in().await;
    let late = phone.sdk.share(&phone.request(), &Customer::who(Habit::Dawdles, &phone)).await;
    assert!(matches!(late, Err(ShareError::NotApprovedInTime)));
}

#[tokio::test(start_paused = true)]
async fn an_artefact_that_is_wider_or_forged_is_not_used() {
    for forged in [false, true] {
        let phone = Phone::logged_in().await;
        {
            let mut world = phone.service.world.lock().unwrap();
            (world.widen, world.forge) = (!forged, forged);
        }
        let error =
            phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap_err();
        assert!(matches!(error, ShareError::ConsentNotTrusted(_)), "{error:?}");
        assert!(phone.service.world.lock().unwrap().sessions.is_empty(), "no data was asked for");
    }
}

#[tokio::test(start_paused = true)]
async fn a_paused_or_withdrawn_consent_says_so() {
    for (state, code) in [("paused", "consent_paused"), ("revoked", "consent_ended")] {
        let phone = Phone::logged_in().await;
        phone.service.world.lock().unwrap().decision = state;
        let error =
            phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap_err();
        assert_eq!(error.code(), code);
    }
}

#[tokio::test(start_paused = true)]
async fn revoking_tells_the_service() {
    let phone = Phone::logged_in().await;
    phone.sdk.revoke(phone.request().consent).await.unwrap();
    assert!(phone.service.world.lock().unwrap().revoked.is_empty(), "there was nothing to withdraw");
    phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap();
    phone.sdk.revoke(phone.request().consent).await.unwrap();
    let world = phone.service.world.lock().unwrap();
    assert_eq!(world.revoked, world.raised);
}

#[tokio::test(start_paused = true)]
async fn uploaded_documents_are_removed_and_old_ones_swept() {
    let phone = Phone::logged_in().await;
    let report = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap();
    let documents = phone.sdk.documents();
    let first = documents.list(report.reference).await.unwrap()[0].parcel;
    documents.remove(report.reference, first).await.unwrap();
    documents.remove(report.reference, first).await.unwrap();
    assert_eq!(documents.list(report.reference).await.unwrap().len(), 1);
    assert!(documents.open(report.reference, first).await.unwrap().is_none());
    phone.clock.advance(mpp_core::Span::from_hours(24));
    phone.sdk.tidy().await.unwrap();
    assert!(documents.list(report.reference).await.unwrap().is_empty());
    assert!(documents.manifests().await.unwrap().is_empty());
    let outcome = report.accounts[0].outcome;
    assert!(matches!(outcome, AccountOutcome::Sealed { .. }));
}
