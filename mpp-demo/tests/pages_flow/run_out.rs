//! Requests on which nobody decides in time.

use mpp_core::{Decision, LanguageTag};
use mpp_sdk::Phase;

use crate::visiting::stage;

const RUN_OUT: &str = "This request has run out";
const IN_HINDI: &str = "इस अनुरोध की अवधि समाप्त हो गई है";

#[tokio::test]
async fn a_request_that_ran_out_says_so_in_the_language_that_was_chosen() {
    let (stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    visitor.tap(&format!("{place}/language"), &[("language", "hi")]).await;
    stage.central.run_out();
    let home = visitor.get("/phone/1").await.text;
    assert!(home.contains("बिना निर्णय के समय समाप्त") && !home.contains("आपके निर्णय की प्रतीक्षा में"), "{home}");
    let shown = visitor.get(&place).await.text;
    assert!(shown.contains(IN_HINDI) && shown.contains("lang=\"hi\""), "{shown}");
    assert!(!shown.contains("type=\"radio\"") && !shown.contains(RUN_OUT), "{shown}");
    assert!(visitor.get("/phone").await.text.contains("1 request completed"));
}

#[tokio::test]
async fn a_decision_after_the_time_shares_nothing_and_leads_to_the_page_that_says_why() {
    let (stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    stage.central.run_out();
    let shown = visitor.approve_all(&place).await.text;
    assert!(shown.contains(RUN_OUT) && !shown.contains("Your decisions are signed"), "{shown}");
    // it is kept: without central the phone knows it still
    stage.central.set_down(true);
    assert!(visitor.get(&place).await.text.contains(RUN_OUT));
}

#[tokio::test]
async fn the_sdk_keeps_that_a_request_ran_out_and_clears_it_away_when_asked() {
    let (stage, _visitor) = stage().await;
    for decides in [false, true] {
        let screen = stage.mpp.open_link(&stage.central.place()).await.unwrap();
        let request = screen.content().consent_request_id;
        assert_eq!(stage.mpp.look_again(request).await.unwrap().phase, Phase::Open);
        assert_eq!(stage.mpp.clear_ended().await.unwrap(), [], "it may still be decided on");
        stage.central.run_out();
        if decides {
            let all = screen.decisions().all(Decision::Approved);
            let late = stage.mpp.decide(&screen, &all, &LanguageTag::english()).await.unwrap_err();
            assert_eq!(late.code(), Some("link_expired"));
        }
        assert_eq!(stage.mpp.look_again(request).await.unwrap().phase, Phase::Expired);
        assert_eq!(stage.mpp.clear_ended().await.unwrap(), [request]);
        stage.central.go_on();
    }
}
