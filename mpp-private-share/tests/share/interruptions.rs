use std::sync::atomic::Ordering;

use mpp_private_share::ShareError;

use crate::phone::{Customer, Habit, Phone};

#[tokio::test(start_paused = true)]
async fn a_late_session_is_waited_for_again_after_a_restart() {
    let phone = Phone::logged_in().await;
    phone.service.world.lock().unwrap().session_state = "never";
    let late = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await;
    assert!(matches!(late, Err(ShareError::NoDataInTime)));
    phone.service.world.lock().unwrap().session_state = "ready";
    let phone = phone.restarted().await;
    let customer = Customer::who(Habit::Closes, &phone);
    let report = phone.sdk.share(&phone.request(), &customer).await.unwrap();
    assert_eq!(report.parcels().count(), 2);
    let world = phone.service.world.lock().unwrap();
    assert_eq!((world.raised.len(), world.sessions.len()), (1, 1), "the same consent and session");
    assert_eq!(customer.shown.load(Ordering::SeqCst), 0, "the customer is not asked twice");
}

/// Every write of a share fails once, as if the app were killed there: before anything is kept, between opening and
/// sealing, between sealing and the manifest.
#[tokio::test(start_paused = true)]
async fn wherever_the_device_stops_nothing_lies_open_and_a_restart_goes_on() {
    let mut failed = 0;
    for writes in 0.. {
        let phone = Phone::logged_in().await;
        let folder = phone.folder.clone();
        folder.set_full_after(writes);
        let first = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await;
        let bytes = folder.all_bytes();
        assert!(!bytes.windows(6).any(|window| window == b"canary"), "nothing in the clear after {writes}");
        let Err(error) = first else { break };
        assert!(matches!(error, ShareError::Device(_)), "{error:?}");
        failed += 1;
        folder.set_full(false);
        let phone = phone.restarted().await;
        let report = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap();
        assert_eq!(report.parcels().count(), 2, "after {writes}");
        let documents = phone.sdk.documents().list(report.reference).await.unwrap();
        assert_eq!(documents.len(), 2, "what was sealed before is not sealed again, after {writes}");
        for document in &documents {
            phone.opened(&report, document).await;
        }
    }
    assert!(failed > 15, "only {failed} points were tried");
}

#[tokio::test(start_paused = true)]
async fn a_finished_session_leaves_no_private_key() {
    let phone = Phone::logged_in().await;
    phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap();
    let again = phone.sdk.share(&phone.request(), &Customer::who(Habit::Closes, &phone)).await.unwrap();
    assert_eq!(again.parcels().count(), 2);
    let world = phone.service.world.lock().unwrap();
    assert_eq!(world.sessions.len(), 2, "a further fetch has key material of its own");
    assert_ne!(world.sessions[0].1.nonce, world.sessions[1].1.nonce);
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_installation_left_is_cleared_away() {
    let phone = Phone::logged_in().await;
    phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap();
    let phone = phone.reinstalled().await;
    assert_eq!(phone.sdk.logged_in().await, None);
    assert!(phone.sdk.documents().manifests().await.unwrap().is_empty());
    let error = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap_err();
    assert!(matches!(error, ShareError::LogInFirst));
}
