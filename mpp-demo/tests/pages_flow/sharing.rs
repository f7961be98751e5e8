//! From the decision to delivery, and what breaks off on the way; then withdrawing.

use std::sync::atomic::Ordering;

use mpp_core::Span;

use crate::terms;
use crate::visiting::{AGGREGATOR, count, stage};

#[tokio::test]
async fn without_accounts_nothing_is_left_to_do_after_deciding() {
    let (stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    let choices = [("item-1", "refuse"), ("item-2", "approve"), ("item-3", "refuse")];
    let waiting = visitor.tap(&format!("{place}/decide"), &choices).await;
    assert!(waiting.text.contains("On its way") && waiting.text.contains("data-live"));
    stage.central.deliver_all(terms::at("2026-01-15T09:26:00Z"));
    let done = visitor.get(&place).await;
    assert!(done.text.contains("Delivered, and erased at MPP central"));
    assert!(done.text.contains("1 erasure receipt verified") && !done.text.contains("data-live"));
}

#[tokio::test]
async fn a_visitor_walks_the_whole_journey() {
    let (stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    let sign_in = visitor.approve_all(&place).await;
    assert!(sign_in.text.contains("Sign in to fetch your accounts"));
    let code = visitor.tap(&format!("{place}/code"), &[]).await;
    assert!(code.text.contains("482913 is your code") && code.text.contains("one-time-code"));
    let wrong = visitor.tap(&format!("{place}/sign-in"), &[("code", "111111")]).await;
    assert!(wrong.text.contains("That code is not right") && wrong.text.contains("Enter the code"));
    visitor.tap(&format!("{place}/sign-in"), &[("code", " 482913 ")]).await;
    let approve = visitor.until(&place, "Approve at your Account Aggregator").await;
    assert!(approve.text.contains(AGGREGATOR) && approve.text.contains("data-live"));
    stage.sharing.approved.notify_one();
    visitor.until(&place, "Fetching and sealing on this phone").await;
    stage.sharing.fetched.notify_one();
    let upload = visitor.until(&place, "40.0 KB of 120.6 KB").await;
    assert!(upload.text.contains("max=\"123456\" value=\"40960\""));
    stage.sharing.uploaded.notify_one();
    let done = visitor.until(&place, "sealed and handed over").await;
    assert!(done.text.contains("your bank did not answer in time for this account"));
    stage.central.deliver_all(terms::at("2026-01-15T09:26:00Z"));
    assert_eq!(count(&visitor.get(&place).await.text, "Delivered, and erased"), 3);
    let receipt = visitor.get(&format!("{place}/receipt")).await;
    assert_eq!(count(&receipt.text, ">Approved<"), 3);
    assert!(
        receipt.text.contains("ISO-IEC-TS-27560:2023") && receipt.text.contains("mpp-consent-receipt+jwt")
    );
}

#[tokio::test]
async fn a_locked_code_asks_for_a_new_one() {
    let (stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    visitor.approve_all(&place).await;
    visitor.tap(&format!("{place}/code"), &[]).await;
    let locked = visitor.tap(&format!("{place}/sign-in"), &[("code", "000000")]).await;
    assert!(locked.text.contains("A new code is needed") && locked.text.contains("Send me a code"));
    visitor.tap(&format!("{place}/code"), &[]).await;
    stage.clock.advance(Span::from_minutes(3));
    assert!(visitor.get(&place).await.text.contains("Send me a code"), "a code runs out");
}

#[tokio::test]
async fn refusing_or_closing_at_the_aggregator_is_told_apart() {
    let (stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    visitor.approve_all(&place).await;
    visitor.tap(&format!("{place}/sign-in"), &[("code", "482913")]).await;
    visitor.until(&place, "Go to Onemoney").await;
    visitor.tap(&format!("{place}/close"), &[]).await;
    let closed = visitor.until(&place, "You closed the approval").await;
    assert!(closed.text.contains("Try again"));
    visitor.tap(&format!("{place}/share"), &[]).await;
    visitor.until(&place, "Go to Onemoney").await;
    stage.sharing.refused.notify_one();
    let refused = visitor.until(&place, "You refused at the Account Aggregator").await;
    assert!(!refused.text.contains("Try again"));
}

#[tokio::test]
async fn a_share_that_broke_off_can_be_taken_up_again() {
    let (stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    visitor.approve_all(&place).await;
    stage.sharing.broken.store(true, Ordering::SeqCst);
    visitor.tap(&format!("{place}/sign-in"), &[("code", "482913")]).await;
    for ring in [&stage.sharing.approved, &stage.sharing.fetched, &stage.sharing.uploaded] {
        ring.notify_one();
    }
    visitor.until(&place, "Your bank did not deliver").await;
    visitor.tap(&format!("{place}/share"), &[]).await;
    for ring in [&stage.sharing.approved, &stage.sharing.fetched, &stage.sharing.uploaded] {
        ring.notify_one();
    }
    visitor.until(&place, "sealed and handed over").await;
}

#[tokio::test]
async fn one_tap_withdraws_and_pausing_can_be_undone() {
    let (stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    visitor.approve_all(&place).await;
    stage.central.deliver_all(terms::at("2026-01-15T09:26:00Z"));
    let list = visitor.get("/phone/1/consents").await;
    assert_eq!(count(&list.text, "/withdraw\""), 3, "one tap from the list");
    let consent = list.text.split("/phone/1/consents/").nth(1).unwrap()[..36].to_owned();
    let consent = format!("/phone/1/consents/{consent}");
    let one = visitor.get(&consent).await;
    assert!(one.text.contains("Erasure receipt verified on this phone"));
    assert!(one.text.contains("The recipient has it and acknowledged"));
    assert!(visitor.tap(&format!("{consent}/pause"), &[]).await.text.contains(">Paused<"));
    assert!(visitor.tap(&format!("{consent}/resume"), &[]).await.text.contains(">Active<"));
    let gone = visitor.tap(&format!("{consent}/withdraw"), &[]).await;
    assert!(gone.text.contains(">Withdrawn<") && !gone.text.contains("/pause\""));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.sharing.revoked.lock().unwrap().len(), 1, "withdrawn at the aggregator, too");
}

#[tokio::test]
async fn a_phone_that_never_opened_a_link_has_no_consents() {
    let (_stage, visitor) = stage().await;
    let shown = visitor.get("/phone/1/consents").await;
    assert!(shown.text.contains("You have given no consents") && !shown.text.contains("role=\"alert\""));
}

#[tokio::test]
async fn a_consent_with_a_long_history_is_paused_resumed_and_withdrawn() {
    let (stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    visitor.approve_all(&place).await;
    stage.central.use_often();
    let consent = stage.mpp.history().await.unwrap().remove(0).consent_id;
    assert_eq!(stage.mpp.pause(consent).await.unwrap().state, "paused");
    assert_eq!(stage.mpp.resume(consent).await.unwrap().state, "active");
    let withdrawn = stage.mpp.withdraw(consent).await.unwrap();
    assert_eq!((withdrawn.state.as_str(), withdrawn.uses.len()), ("revoked", 30_000));
}
