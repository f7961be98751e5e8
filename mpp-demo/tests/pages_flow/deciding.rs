//! What the customer sees and decides before anything is shared.

use crate::visiting::{count, stage};

#[tokio::test]
async fn the_consent_screen_shows_everything_and_ticks_nothing() {
    let (stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    let shown = visitor.get(&place).await;
    assert_eq!((count(&shown.text, "type=\"radio\""), count(&shown.text, "required checked")), (6, 0));
    let fingerprint: String = stage.central.record().kid.as_str().chars().take(4).collect();
    for words in [
        "Kaveri Finance Ltd",
        "Bank accounts and investments",
        "Credit report",
        "Mobile number check",
        "To decide on your application for a personal loan",
        "15 Jan 2025 to 15 Jan 2026",
        "6 months",
        "Up to once a month",
        "amount ≥ ₹1,00,000",
        "Savings and current accounts, Fixed deposits, Mutual funds",
        "Data Protection Board of India",
        "grievance@kaveri.example",
        "18 Jan 2026, 2:55 pm IST",
        &fingerprint,
    ] {
        assert!(shown.text.contains(words), "{words}");
    }
    assert!(shown.policy.contains("script-src 'self'") && !shown.policy.contains("unsafe"));
}

#[tokio::test]
async fn choices_survive_a_change_of_language_and_missing_ones_are_marked() {
    let (_stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    let form = [("item-2", "refuse"), ("language", "hi")];
    let hindi = visitor.tap(&format!("{place}/language"), &form).await;
    assert!(hindi.text.contains("lang=\"hi\"") && hindi.text.contains("आपके अधिकार"));
    assert_eq!(count(&hindi.text, "required checked"), 1);
    let incomplete = visitor.tap(&format!("{place}/decide"), &[("item-2", "refuse")]).await;
    assert_eq!(count(&incomplete.text, "class=\"error\""), 2);
    assert_eq!(count(&incomplete.text, "required checked"), 1);
}

#[tokio::test]
async fn refusing_everything_shares_nothing_and_leaves_a_receipt() {
    let (_stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    let all = [("item-1", "refuse"), ("item-2", "refuse"), ("item-3", "refuse")];
    let done = visitor.tap(&format!("{place}/decide"), &all).await;
    assert!(done.text.contains("You refused everything"), "{}", done.text);
    let receipt = visitor.get(&format!("{place}/receipt")).await;
    assert_eq!(count(&receipt.text, ">Refused<"), 3);
    assert!(visitor.get("/phone/1/consents").await.text.contains("You have given no consents"));
}

#[tokio::test]
async fn the_language_that_was_chosen_is_kept_for_the_requests_that_follow() {
    let (stage, visitor) = stage().await;
    let visitor = visitor.reading("en-GB");
    let place = visitor.open_request().await;
    visitor.tap(&format!("{place}/language"), &[("language", "hi")]).await;
    visitor.approve_all(&place).await;
    visitor.tap("/phone/1/cases", &[]).await;
    let next = visitor.tap("/phone/1/open", &[("invitation", "1")]).await.text;
    assert!(next.contains("lang=\"hi\"") && next.contains("आपके अधिकार"), "{next}");
    visitor.tap("/phone/1/cases", &[]).await;
    stage.central.take_back();
    let shown = visitor.tap("/phone/1/open", &[("invitation", "2")]).await.text;
    assert!(shown.contains(crate::taken_back::IN_HINDI), "{shown}");
}
