//! The phone page's handlers, with the real MPP SDK against a central that signs like the real one.
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

#[path = "pages/central.rs"]
mod central;
#[path = "pages/phones.rs"]
mod phones;
#[path = "pages/terms.rs"]
mod terms;

use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use mpp_core::Span;
use tower::ServiceExt;

use phones::Stage;

const AGGREGATOR: &str = "http://127.0.0.1:1/aa/web?handle=h1";

struct Visitor {
    router: Router,
    /// What the browser asks for, as `Accept-Language`.
    reads: Option<&'static str>,
}

struct Shown {
    status: StatusCode,
    location: String,
    policy: String,
    text: String,
}

impl Visitor {
    fn reading(self, languages: &'static str) -> Self {
        Self { reads: Some(languages), ..self }
    }

    async fn send(&self, mut request: Request<Body>) -> Shown {
        if let Some(languages) = self.reads {
            request.headers_mut().insert(header::ACCEPT_LANGUAGE, languages.parse().unwrap());
        }
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let header = |name| {
            let value = response.headers().get(name);
            value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
        };
        let (location, policy) = (header(header::LOCATION), header(header::CONTENT_SECURITY_POLICY));
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Shown { status, location, policy, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    async fn get(&self, path: &str) -> Shown {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Shown {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    /// Posts, and looks at the page it leads to.
    async fn tap(&self, path: &str, form: &[(&str, &str)]) -> Shown {
        let answer = self.post(path, form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let shown = self.get(&answer.location).await;
        Shown { location: answer.location, ..shown }
    }

    /// Looks again and again until the page says `words`.
    async fn until(&self, path: &str, words: &str) -> Shown {
        for _ in 0..10_000 {
            let shown = self.get(path).await;
            if shown.text.contains(words) {
                return shown;
            }
            tokio::task::yield_now().await;
        }
        panic!("{path} never said {words:?}: {}", self.get(path).await.text);
    }

    /// Begins a case and opens its message; where the consent screen is.
    async fn open_request(&self) -> String {
        self.tap("/phone/1/cases", &[]).await;
        let shown = self.tap("/phone/1/open", &[("invitation", "0")]).await;
        assert!(shown.location.starts_with("/phone/1/requests/"), "{}", shown.location);
        shown.location
    }

    async fn approve_all(&self, place: &str) -> Shown {
        let all = [("item-1", "approve"), ("item-2", "approve"), ("item-3", "approve")];
        self.tap(&format!("{place}/decide"), &all).await
    }
}

async fn stage() -> (Stage, Visitor) {
    let stage = Stage::new("Asha Rao", AGGREGATOR).await;
    let visitor = Visitor { router: stage.router(), reads: None };
    (stage, visitor)
}

fn count(text: &str, words: &str) -> usize {
    text.matches(words).count()
}

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

const TAKEN_BACK: &str = "The company took the request back";
const TAKEN_BACK_IN_HINDI: &str = "कंपनी ने अनुरोध वापस ले लिया";

#[tokio::test]
async fn a_request_that_was_taken_back_says_so_at_once_in_the_language_that_was_chosen() {
    let (stage, visitor) = stage().await;
    let place = visitor.open_request().await;
    visitor.tap(&format!("{place}/language"), &[("language", "hi")]).await;
    assert!(visitor.get(&place).await.text.contains("type=\"radio\""));
    stage.central.take_back();
    // the list knows before the page was looked at again
    let home = visitor.get("/phone/1").await.text;
    assert!(
        home.contains("Taken back by the company") && !home.contains("Waits for your decision"),
        "{home}"
    );
    let shown = visitor.get(&place).await.text;
    assert!(shown.contains(TAKEN_BACK_IN_HINDI) && shown.contains("lang=\"hi\""), "{shown}");
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
    assert!(shown.contains(TAKEN_BACK_IN_HINDI) && !shown.contains(TAKEN_BACK), "{shown}");
    assert!(shown.contains("role=\"alert\" lang=\"hi\"") && shown.contains("कोड: request_cancelled"), "{shown}");
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
    assert!(shown.contains(TAKEN_BACK_IN_HINDI), "{shown}");
}
