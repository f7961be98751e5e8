use mpp_crypto::rebit::RebitError;
use mpp_private_share::document::DocumentFault;
use mpp_private_share::{AccountOutcome, ShareError};

use crate::fake_fips::{Delivery, document};
use crate::phone::{Customer, Habit, Phone};

async fn outcome_of(delivery: Delivery) -> AccountOutcome {
    let phone = Phone::logged_in().await;
    phone.service.world.lock().unwrap().accounts[0].delivery = delivery;
    let report = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap();
    assert!(matches!(report.accounts[1].outcome, AccountOutcome::Sealed { .. }), "the other is unharmed");
    report.accounts[0].outcome
}

#[tokio::test(start_paused = true)]
async fn every_misbehaviour_of_a_fip_has_its_outcome() {
    use AccountOutcome::{Denied, NotDelivered, Unfit, Unopenable};
    for (delivery, expected) in [
        (Delivery::Denied, Denied),
        (Delivery::Empty, NotDelivered),
        (Delivery::WrongAccount, Unfit(DocumentFault::WrongAccount)),
        (Delivery::WrongSession, Unopenable(RebitError::Authentication)),
        (Delivery::Garbage, Unopenable(RebitError::InvalidEncoding)),
        (Delivery::BadKey, Unopenable(RebitError::InvalidPublicKey)),
    ] {
        let outcome = outcome_of(delivery).await;
        assert_eq!(outcome, expected);
        assert!(outcome.to_string().is_ascii(), "words for a person: {outcome}");
    }
}

#[tokio::test(start_paused = true)]
async fn documents_nobody_asked_for_are_thrown_away() {
    let phone = Phone::logged_in().await;
    phone.service.world.lock().unwrap().extra = true;
    let report = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap();
    assert_eq!((report.parcels().count(), report.unexpected), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_document_beyond_the_agreed_period_is_not_shared() {
    let phone = Phone::logged_in().await;
    {
        let account = &mut phone.service.world.lock().unwrap().accounts[0];
        account.document = document(account.link, account.masked, "x").replace("2025-12-31", "2020-01-01");
    }
    let report = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap();
    assert_eq!(report.accounts[0].outcome, AccountOutcome::Unfit(DocumentFault::OutsideRange));
    assert_eq!(phone.sdk.documents().list(report.reference).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn sessions_that_bring_nothing_say_so() {
    for (state, code) in [("failed", "no_data"), ("expired", "no_data"), ("never", "no_data_in_time")] {
        let phone = Phone::logged_in().await;
        phone.service.world.lock().unwrap().session_state = state;
        let error =
            phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap_err();
        assert_eq!(error.code(), code);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_there_when_patience_ends_is_shared() {
    let phone = Phone::logged_in().await;
    {
        let mut world = phone.service.world.lock().unwrap();
        world.session_state = "partial";
        world.accounts[1].delivery = Delivery::Denied;
    }
    let report = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap();
    assert_eq!(report.parcels().count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_stumbles_is_asked_again() {
    let phone = Phone::logged_in().await;
    phone.service.world.lock().unwrap().failures = 3;
    let report = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap();
    assert_eq!(report.parcels().count(), 2);
    phone.service.world.lock().unwrap().failures = 1000;
    let error = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap_err();
    assert!(matches!(error, ShareError::NoConnection(_)));
    assert_eq!(error.persistence(), mpp_core::Persistence::Temporary);
}
