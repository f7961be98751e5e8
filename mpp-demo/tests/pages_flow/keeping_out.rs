//! What opens nothing, shows nothing, and is told kindly.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::phones::Stage;
use crate::visiting::{AGGREGATOR, Visitor, count, stage};

#[tokio::test]
async fn links_that_are_expired_foreign_or_forged_open_nothing() {
    let (stage, visitor) = stage().await;
    let expired = format!("https://app.kaveri.example/c#{:0<43}", "expired");
    for (link, words) in [
        (expired.as_str(), "This link has expired"),
        ("https://app.kaveri.example/c", "This is not a consent link"),
        (&format!("https://app.kaveri.example/c#{}", "z".repeat(43)), "This link is not known"),
        (&stage.central.place_forged(), "This request cannot be trusted"),
    ] {
        let shown = visitor.tap("/phone/1/open", &[("link", link)]).await;
        assert!(shown.text.contains(words), "{words}");
        assert_eq!(shown.location, "/phone/1");
        assert!(visitor.get("/phone/1").await.text.contains("Nobody has asked for your data"));
    }
}

#[tokio::test]
async fn outages_are_told_kindly_and_pass() {
    let (stage, visitor) = stage().await;
    stage.desk.closed.store(true, Ordering::SeqCst);
    let failed = visitor.tap("/phone/1/cases", &[]).await;
    assert!(
        failed.text.contains("The partner could not begin a case")
            && !failed.text.contains("internal-reason")
    );
    assert!(visitor.get("/phone/1/messages").await.text.contains("cannot be read at the moment"));
    stage.desk.closed.store(false, Ordering::SeqCst);
    let place = visitor.open_request().await;
    stage.central.set_down(true);
    assert!(visitor.get("/phone/1/consents").await.text.contains("cannot be shown at the moment"));
    let kept = visitor.approve_all(&place).await;
    assert!(kept.text.contains("No connection to MPP") && count(&kept.text, "required checked") == 3);
    stage.central.set_down(false);
    assert!(visitor.approve_all(&place).await.text.contains("Sign in to fetch your accounts"));
}

#[tokio::test]
async fn what_goes_wrong_is_told_in_the_language_the_phone_is_set_to() {
    let (stage, visitor) = stage().await;
    let visitor = visitor.reading("hi-IN,hi;q=0.9,en;q=0.8");
    let expired = format!("https://app.kaveri.example/c#{:0<43}", "expired");
    for (link, words, english) in [
        (expired.as_str(), "इस लिंक की अवधि समाप्त हो गई है", "This link has expired"),
        ("https://app.kaveri.example/c", "यह सहमति का लिंक नहीं है", "This is not a consent link"),
        (&stage.central.place_forged(), "इस अनुरोध पर भरोसा नहीं किया जा सकता", "cannot be trusted"),
    ] {
        let shown = visitor.tap("/phone/1/open", &[("link", link)]).await.text;
        assert!(shown.contains(words) && !shown.contains(english), "{words}: {shown}");
        assert!(shown.contains("role=\"alert\" lang=\"hi\""), "{shown}");
    }
    stage.desk.closed.store(true, Ordering::SeqCst);
    let failed = visitor.tap("/phone/1/cases", &[]).await.text;
    assert!(failed.contains("कंपनी अनुरोध शुरू नहीं कर सकी"), "{failed}");
    for path in ["/phone/2", "/phone/1/requests/x", "/phone/1/requests/x/y/z"] {
        let shown = visitor.get(path).await.text;
        assert!(
            shown.contains("यहाँ कुछ नहीं है") && !shown.contains("There is nothing here"),
            "{path}: {shown}"
        );
        assert!(shown.contains("<html lang=\"hi\">"), "{path}: {shown}");
    }
}

#[tokio::test]
async fn a_problem_is_told_in_the_language_that_was_chosen_since() {
    let (stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    visitor.tap(&format!("{place}/language"), &[("language", "hi")]).await;
    stage.central.set_down(true);
    let kept = visitor.approve_all(&place).await.text;
    assert!(kept.contains("अभी MPP से संपर्क नहीं है") && !kept.contains("No connection"), "{kept}");
}

#[tokio::test]
async fn a_name_cannot_become_markup() {
    let nasty = "<script>alert(1)</script>\"'&";
    let stage = Stage::new(nasty, AGGREGATOR).await;
    let visitor = Visitor { router: stage.router(), reads: None };
    let mut screen = stage.central.screen();
    screen.items[0].title = nasty.to_owned();
    screen.items[0].data_items = vec![nasty.to_owned()];
    screen.notice["en"]["rights"] = nasty.into();
    let link = stage.central.place_screen(screen);
    let consent = visitor.tap("/phone/1/open", &[("link", &link)]).await;
    let place = consent.location.clone();
    let decided = visitor.approve_all(&place).await;
    let mut pages = vec![consent, decided, visitor.get(&format!("{place}/receipt")).await];
    for path in ["/phone", "/phone/1", "/phone/1/consents", "/phone/1/messages", "/phone/1/nowhere"] {
        pages.push(visitor.get(path).await);
    }
    for page in pages {
        assert!(!page.text.contains("<script>") && !page.text.contains("</script>\""), "{}", page.text);
    }
}

#[tokio::test]
async fn other_sites_cannot_post() {
    let (_stage, visitor) = stage().await;
    for site in ["cross-site", "same-site"] {
        let request = Request::post("/phone/1/cases").header("sec-fetch-site", site);
        let answer = visitor.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    assert!(visitor.get("/phone/1").await.text.contains("Nobody has asked for your data"));
}

#[tokio::test]
async fn unknown_addresses_lead_back() {
    let (_stage, visitor) = stage().await;
    let nobody = "00000000-0000-4000-8000-000000000000";
    for path in [
        "/phone/2".to_owned(),
        "/phone/x".to_owned(),
        "/phone/1/requests/x".to_owned(),
        format!("/phone/1/requests/{nobody}"),
        format!("/phone/1/requests/{nobody}/receipt"),
        format!("/phone/1/consents/{nobody}"),
        "/phone/1/requests/x/y/z".to_owned(),
    ] {
        let shown = visitor.get(&path).await;
        assert_eq!(shown.status, StatusCode::NOT_FOUND, "{path}");
        assert!(shown.text.contains("There is nothing here"), "{path}");
    }
    let style = visitor.get("/phone/assets/phone.css").await;
    assert!(style.status.is_success() && style.text.contains("--accent"));
}

#[tokio::test]
async fn addresses_hold_nothing_personal() {
    let (_stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    let mut pages = vec![visitor.get("/phone").await, visitor.get("/phone/1").await];
    pages.push(visitor.get(&place).await);
    pages.push(visitor.approve_all(&place).await);
    for page in pages {
        for link in page.text.split("href=\"").chain(page.text.split("action=\"")).skip(1) {
            let address = link.split('"').next().unwrap();
            assert!(
                !address.contains("9000000001") && !address.contains("Asha") && !address.contains('#')
                    || address == "#screen",
                "{address}"
            );
        }
    }
}
