//! The phone page in a real browser: every screen in light and dark, narrow and wide, and the whole way through it,
//! with and without scripts. Pictures of everything go to `target/screenshots/phone`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "tests"
)]

#[path = "pages/browser.rs"]
mod browser;
#[path = "pages/central.rs"]
mod central;
#[path = "pages/phones.rs"]
mod phones;
#[path = "pages/screens.rs"]
mod screens;
#[path = "pages/terms.rs"]
mod terms;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use serde_json::json;

use browser::{Browser, Colours, Size};
use phones::Stage;

const PROBE: &str = include_str!("pages/probe.js");

const LOOKS: [(&str, Colours, Size); 4] = [
    ("narrow-light", Colours::Light, Size { width: 375, height: 812 }),
    ("narrow-dark", Colours::Dark, Size { width: 375, height: 812 }),
    ("wide-light", Colours::Light, Size { width: 1280, height: 900 }),
    ("wide-dark", Colours::Dark, Size { width: 1280, height: 900 }),
];

/// Whether the first item without a decision is in sight and has the focus.
const LED_TO_MISSING: &str = "(() => {
    const box = document.querySelector('.missing .choice')?.getBoundingClientRect();
    return !!box && box.top >= 0 && box.bottom <= innerHeight && document.activeElement.closest('.missing') !== null;
})()";

/// The narrowest a page must be readable at without scrolling sideways (WCAG 1.4.10).
const NARROWEST: Size = Size { width: 320, height: 900 };

fn pictures() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("screenshots").join("phone")
}

/// Serves `router` on a free port.
async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

fn check(browser: &mut Browser, place: &str) {
    let faults = browser.run(PROBE);
    assert_eq!(faults, json!([]), "{place}");
    assert_eq!(browser.take_complaints(), Vec::<String>::new(), "{place}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_looks_right() {
    let stage = Stage::new("Asha Rao", "http://127.0.0.1:1/").await;
    let mut router = stage.router();
    let mut names = Vec::new();
    for (name, screen) in screens::all() {
        let html = screen.html().unwrap();
        router = router.route(&format!("/screens/{name}"), get(move || async move { Html(html) }));
        names.push(name);
    }
    let address = serve(router).await;
    let looked = tokio::task::spawn_blocking(move || {
        let mut browser = Browser::start();
        for name in names {
            let page = format!("http://{address}/screens/{name}");
            for (look, colours, size) in LOOKS {
                browser.look(colours, size);
                browser.visit(&page);
                check(&mut browser, &format!("{name} {look}"));
                assert_eq!(browser.run(LED_TO_MISSING), json!(name == "consent-missing"), "{name} {look}");
                browser.picture(&pictures().join(format!("{name}-{look}.png")));
            }
            browser.look(Colours::Light, NARROWEST);
            browser.visit(&page);
            check(&mut browser, &format!("{name} at its narrowest"));
        }
    });
    looked.await.unwrap();
}

/// The Account Aggregator's page, of which only the address matters here.
async fn aggregator() -> Html<&'static str> {
    Html("<!doctype html><title>Onemoney</title><link rel=icon href=data:,><h1>Onemoney</h1>")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_clicks_through_with_scripts() {
    let aa = serve(Router::new().route("/aa/web", get(aggregator))).await;
    let stage = Stage::new("Asha Rao", &format!("http://{aa}/aa/web?handle=h1")).await;
    let address = serve(stage.router()).await;
    let walked = tokio::task::spawn_blocking(move || {
        let mut browser = Browser::start();
        browser.look(Colours::Light, Size { width: 1280, height: 900 });
        browser.visit(&format!("http://{address}/phone"));
        browser.click("a.row");
        browser.click("form[action$='/cases'] button");
        check(&mut browser, "an invitation");
        browser.click(".push button");
        check(&mut browser, "the consent screen");
        browser.run("document.querySelectorAll('input[value=approve]').forEach(choice => choice.click())");
        browser.click("button[value=hi]");
        assert_eq!(browser.run("document.querySelectorAll('input:checked').length"), json!(3));
        check(&mut browser, "the consent screen in Hindi");
        // the app goes on in the language that was chosen
        browser.click("button[value=en]");
        browser.click("form.consent > button.primary");
        browser.click("form[action$='/code'] button");
        browser.run("document.querySelector('[data-code-in] + button').click()");
        assert_eq!(browser.run("document.getElementById('code').value"), json!("482913"));
        check(&mut browser, "the code");
        browser.click("form[action$='/sign-in'] button");
        browser.await_words("Approve at your Account Aggregator");
        check(&mut browser, "the approval");
        let here = browser.run("location.href");
        browser.click("a.button.primary");
        assert_eq!(browser.run("document.title"), json!("Onemoney"));
        stage.sharing.approved.notify_one();
        browser.visit(here.as_str().unwrap());
        browser.await_words("Fetching and sealing on this phone");
        stage.sharing.fetched.notify_one();
        browser.await_words("40.0 KB of 120.6 KB");
        check(&mut browser, "the upload");
        stage.sharing.uploaded.notify_one();
        browser.await_words("sealed and handed over");
        stage.central.deliver_all(terms::at("2026-01-15T09:26:00Z"));
        browser.await_words("1 erasure receipt verified");
        check(&mut browser, "the end");
        browser.click("a[href$='/receipt']");
        check(&mut browser, "the receipt");
        browser.click(".tabs a[href$='/consents']");
        browser.click("form[action$='/withdraw'] button");
        browser.await_words("Withdrawn. What MPP central held is erased");
        check(&mut browser, "a withdrawn consent");
        browser.picture(&pictures().join("walked.png"));
    });
    walked.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_without_scripts_gets_through_as_well() {
    let stage = Stage::new("Asha Rao", "http://127.0.0.1:1/").await;
    let address = serve(stage.router()).await;
    let walked = tokio::task::spawn_blocking(move || {
        let mut browser = Browser::start();
        browser.look(Colours::Light, Size { width: 375, height: 900 });
        browser.visit(&format!("http://{address}/phone/1"));
        browser.allow_scripts(false);
        browser.visit(&format!("http://{address}/phone/1"));
        browser.click("form[action$='/cases'] button");
        browser.click(".push button");
        browser.run(
            "document.querySelectorAll('input[value=approve]').forEach(choice => choice.checked = true)",
        );
        browser.click("form.consent > button.primary");
        browser.click("form[action$='/code'] button");
        browser.run("document.getElementById('code').value = '482913'");
        browser.click("form[action$='/sign-in'] button");
        assert_eq!(
            browser.run("document.querySelectorAll('noscript, meta[http-equiv=refresh]').length > 0"),
            json!(true)
        );
        assert_eq!(browser.take_complaints(), Vec::<String>::new());
    });
    walked.await.unwrap();
}
