//! Requests that the company takes back.

use crate::visiting::stage;

const TAKEN_BACK: &str = "The company took the request back";
pub const IN_HINDI: &str = "कंपनी ने अनुरोध वापस ले लिया";

#[tokio::test]
async fn a_request_that_was_taken_back_says_so_at_once_in_the_language_that_was_chosen() {
    let (stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    visitor.tap(&format!("{place}/language"), &[("language", "hi")]).await;
    assert!(visitor.get(&place).await.text.contains("type=\"radio\""));
    stage.central.take_back();
    // the list knows before the page was looked at again
    let home = visitor.get("/phone/1").await.text;
    assert!(home.contains("कंपनी ने वापस लिया") && !home.contains("आपके निर्णय की प्रतीक्षा में"), "{home}");
    let shown = visitor.get(&place).await.text;
    assert!(shown.contains(IN_HINDI) && shown.contains("lang=\"hi\""), "{shown}");
    assert!(!shown.contains("type=\"radio\"") && !shown.contains(TAKEN_BACK), "{shown}");
    assert!(visitor.get("/phone").await.text.contains("1 request completed"));
}

#[tokio::test]
async fn a_decision_that_comes_too_late_shares_nothing_and_leads_to_the_page_that_says_why() {
    let (stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    stage.central.take_back();
    let shown = visitor.approve_all(&place).await.text;
    assert!(shown.contains(TAKEN_BACK) && !shown.contains("Your decisions are signed"), "{shown}");
    // it is kept: without central the phone knows it still
    stage.central.set_down(true);
    assert!(visitor.get(&place).await.text.contains(TAKEN_BACK));
}

#[tokio::test]
async fn a_message_whose_request_was_taken_back_goes_when_it_is_opened() {
    let (stage, visitor) = stage().await;
    visitor.tap("/phone/1/cases", &[]).await;
    stage.central.take_back();
    let shown = visitor.tap("/phone/1/open", &[("invitation", "0")]).await.text;
    assert!(shown.contains(TAKEN_BACK) && !shown.contains("Open the request"), "{shown}");
}

#[tokio::test]
async fn a_phone_that_never_opened_the_link_says_so_in_the_language_it_is_set_to() {
    let (stage, visitor) = stage().await;
    let visitor = visitor.reading("hi-IN,hi;q=0.9,en;q=0.8");
    visitor.tap("/phone/1/cases", &[]).await;
    stage.central.take_back();
    let shown = visitor.tap("/phone/1/open", &[("invitation", "0")]).await.text;
    assert!(shown.contains(IN_HINDI) && !shown.contains(TAKEN_BACK), "{shown}");
    assert!(
        shown.contains("role=\"alert\" lang=\"hi\"") && shown.contains("कोड: request_cancelled"),
        "{shown}"
    );
}

#[tokio::test]
async fn the_app_goes_on_in_the_language_that_was_chosen() {
    let (stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    visitor.tap(&format!("{place}/language"), &[("language", "hi")]).await;
    let decided = visitor.approve_all(&place).await.text;
    assert!(
        decided.contains("<html lang=\"hi\">") && decided.contains("अपने खाते लेने के लिए साइन इन करें"),
        "{decided}"
    );
    stage.central.deliver_all(crate::terms::at("2026-01-15T09:26:00Z"));
    for (path, words) in [
        ("/phone/1", "स्वीकार किया, अभी साझा नहीं"),
        ("/phone/1/consents", "आपकी सहमतियाँ"),
        ("/phone/1/messages", "संदेश"),
        (&format!("{place}/receipt"), "आपने निर्णय लिया"),
    ] {
        let shown = visitor.get(path).await.text;
        assert!(shown.contains(words), "{path}: {shown}");
        for english in ["Your consents", "Your receipt", "Your requests", ">Home<", "Withdraw<"] {
            assert!(!shown.contains(english), "{path} says {english}: {shown}");
        }
    }
}
