use axum::http::StatusCode;
use mpp_core::Span;
use mpp_crypto::rebit::Flavour;
use mpp_transport::{HeaderName, HeaderValue, Method, Request, Transport, Url};
use serde_json::{Value, json};

use crate::party::{MOBILE, Party};

#[tokio::test]
async fn five_wrong_login_codes_lock_the_number_with_a_clear_message() {
    let party = Party::start().await;
    let (_, begun) = party.json(Method::POST, "/aa/app/login", None, &json!({ "mobile": MOBILE })).await;
    let right = party.newest_otp(MOBILE).await;
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let attempt = |otp: &str| json!({ "loginId": begun["loginId"], "otp": otp });
    for tries_left in [4, 3, 2, 1] {
        let (status, answer) = party.json(Method::POST, "/aa/app/login/verify", None, &attempt(wrong)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!((&answer["code"], &answer["triesLeft"]), (&json!("OTP_WRONG"), &json!(tries_left)));
    }
    for otp in [wrong, &right] {
        let (status, answer) = party.json(Method::POST, "/aa/app/login/verify", None, &attempt(otp)).await;
        assert_eq!((status, &answer["code"]), (StatusCode::LOCKED, &json!("OTP_LOCKED")));
        assert!(answer["message"].as_str().unwrap().contains("Try again after 2026-01-15T09:35:00"));
    }
    let (status, _) = party.json(Method::POST, "/aa/app/login", None, &json!({ "mobile": MOBILE })).await;
    assert_eq!(status, StatusCode::LOCKED);
    party.clock.advance(Span::from_minutes(10));
    party.login(MOBILE).await;
}

#[tokio::test]
async fn a_login_code_expires_after_three_minutes() {
    let party = Party::start().await;
    let (_, begun) = party.json(Method::POST, "/aa/app/login", None, &json!({ "mobile": MOBILE })).await;
    let form = json!({ "loginId": begun["loginId"], "otp": party.newest_otp(MOBILE).await });
    party.clock.advance(Span::from_minutes(3));
    let (status, answer) = party.json(Method::POST, "/aa/app/login/verify", None, &form).await;
    assert_eq!((status, &answer["code"]), (StatusCode::BAD_REQUEST, &json!("OTP_EXPIRED")));
}

#[tokio::test]
async fn a_lock_can_be_lifted_over_the_control_interface() {
    let party = Party::start().await;
    let (_, begun) = party.json(Method::POST, "/aa/app/login", None, &json!({ "mobile": MOBILE })).await;
    for _ in 0..5 {
        let form = json!({ "loginId": begun["loginId"], "otp": "abcdef" });
        party.json(Method::POST, "/aa/app/login/verify", None, &form).await;
    }
    party.json(Method::POST, "/control/otp/unlock", None, &json!({ "mobile": MOBILE })).await;
    party.login(MOBILE).await;
}

#[tokio::test]
async fn wrong_link_codes_lock_at_the_institution() {
    let party = Party::start().await;
    let session = party.login(MOBILE).await;
    let form = json!({ "fipId": "SAHYADRI_FIP", "fiTypes": ["DEPOSIT"] });
    let (_, found) = party.json(Method::POST, "/aa/app/discover", Some(&session), &form).await;
    let form = json!({ "fipId": "SAHYADRI_FIP", "accRefNumbers": [found["accounts"][0]["accRefNumber"]] });
    let (_, begun) = party.json(Method::POST, "/aa/app/link", Some(&session), &form).await;
    for _ in 0..5 {
        let form = json!({ "refNumber": begun["refNumber"], "otp": "abcdef" });
        let (status, answer) = party.json(Method::POST, "/aa/app/link/verify", Some(&session), &form).await;
        assert_eq!((status, &answer["code"]), (StatusCode::BAD_GATEWAY, &json!("InvalidLinkToken")));
    }
    let form = json!({ "refNumber": begun["refNumber"], "otp": party.newest_otp(MOBILE).await });
    let (_, answer) = party.json(Method::POST, "/aa/app/link/verify", Some(&session), &form).await;
    assert!(answer["message"].as_str().unwrap().contains("locked"));
}

#[tokio::test]
async fn nobody_sees_or_decides_another_customers_consent() {
    let party = Party::start().await;
    let handle = party.request_consent(json!({})).await;
    let stranger = party.login("9000000002").await;
    for path in [format!("/aa/app/consents/{handle}/otp"), format!("/aa/app/consents/{handle}/reject")] {
        let (status, _) = party.json(Method::POST, &path, Some(&stranger), &json!({})).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    let (_, listed) = party.json(Method::GET, "/aa/app/consents", Some(&stranger), &Value::Null).await;
    assert_eq!(listed["consents"], json!([]));
    let (status, _) = party.json(Method::GET, "/aa/app/consents", Some("made up"), &Value::Null).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_rejection_reaches_the_requester() {
    let mut party = Party::start().await;
    let handle = party.request_consent(json!({})).await;
    let session = party.login(MOBILE).await;
    party.json(Method::POST, &format!("/aa/app/consents/{handle}/reject"), Some(&session), &json!({})).await;
    let (_, told) = party.notice().await;
    assert_eq!(
        told["ConsentStatusNotification"],
        json!({ "consentHandle": handle, "consentStatus": "REJECTED" })
    );
    let (_, answer) = party.rebit("Consent/handle", json!({ "ConsentHandle": handle })).await;
    assert_eq!(answer["ConsentStatus"], json!({ "status": "REJECTED" }));
}

#[tokio::test]
async fn pausing_stops_requests_and_resuming_allows_them() {
    let mut party = Party::start().await;
    let consent = party.approved(&[("SAHYADRI_FIP", &["DEPOSIT"])], json!({})).await;
    let ours = party.key_material(Flavour::Ecc);
    for (step, status, code) in
        [("pause", "PAUSED", Some("InvalidConsentStatus")), ("resume", "ACTIVE", None)]
    {
        let path = format!("/aa/app/artefacts/{}/{step}", consent.id);
        party.json(Method::POST, &path, Some(&consent.session), &json!({})).await;
        let (_, told) = party.notice().await;
        assert_eq!(told["ConsentStatusNotification"]["consentStatus"], status);
        let (_, answer) = party.request_fi(&consent, &ours).await;
        assert_eq!(answer["errorCode"].as_str(), code);
    }
}

#[tokio::test]
async fn a_revoked_consent_stays_revoked() {
    let mut party = Party::start().await;
    let consent = party.approved(&[("SAHYADRI_FIP", &["DEPOSIT"])], json!({})).await;
    let path = |step: &str| format!("/aa/app/artefacts/{}/{step}", consent.id);
    party.json(Method::POST, &path("revoke"), Some(&consent.session), &json!({})).await;
    let (_, told) = party.notice().await;
    assert_eq!(told["ConsentStatusNotification"]["consentStatus"], "REVOKED");
    let (status, _) = party.json(Method::POST, &path("resume"), Some(&consent.session), &json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (_, handle) = party.rebit("Consent/handle", json!({ "ConsentHandle": consent.handle })).await;
    assert_eq!(handle["ConsentStatus"]["status"], "READY");
}

#[tokio::test]
async fn delinking_an_account_ends_its_consents() {
    let mut party = Party::start().await;
    let consent = party.approved(&[("SAHYADRI_FIP", &["DEPOSIT"])], json!({})).await;
    let path = format!("/aa/app/accounts/{}/delink", consent.links[0]);
    let (status, _) = party.json(Method::POST, &path, Some(&consent.session), &json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let (_, told) = party.notice().await;
    assert_eq!(told["ConsentStatusNotification"]["consentStatus"], "REVOKED");
    let (_, left) = party.json(Method::GET, "/aa/app/accounts", Some(&consent.session), &Value::Null).await;
    assert_eq!(left["accounts"], json!([]));
}

/// A browser without scripts: keeps one cookie, posts forms, follows no redirect by itself.
struct Browser<'a> {
    party: &'a Party,
    cookie: Option<String>,
}

impl Browser<'_> {
    async fn send(&mut self, mut request: Request) -> (StatusCode, Option<String>, String) {
        if let Some(cookie) = &self.cookie {
            request = request
                .with_header(HeaderName::from_static("cookie"), HeaderValue::from_str(cookie).unwrap());
        }
        let response = self.party.transport.send(request).await.unwrap();
        let text = |name: &'static str| response.header(&HeaderName::from_static(name)).map(str::to_owned);
        if let Some(cookie) = text("set-cookie") {
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        let (status, location) = (response.status, text("location"));
        let body = response.collect(1 << 20).await.unwrap();
        (status, location, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn open(&mut self, path: &str) -> String {
        let url = Url::parse(&format!("http://sandbox.test{path}")).unwrap();
        let (status, _, page) = self.send(Request::get(url)).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        page
    }

    /// Posts a form; follows the redirect if there is one.
    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let url = Url::parse(&format!("http://sandbox.test{path}")).unwrap();
        let body: String = fields.iter().map(|(name, value)| format!("{name}={value}&")).collect();
        let (status, location, page) = self.send(Request::post(url).with_body(body)).await;
        match location {
            Some(location) => {
                assert_eq!(status, StatusCode::SEE_OTHER);
                self.open(&location).await
            }
            None => page,
        }
    }
}

/// The values of all inputs of that name in a page.
fn values(page: &str, name: &str) -> Vec<String> {
    let marker = format!("name=\"{name}\" value=\"");
    page.split(&marker).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_person_can_do_everything_in_a_browser_without_scripts() {
    let mut party = Party::start().await;
    let handle = party.request_consent(json!({ "fiTypes": ["DEPOSIT"] })).await;
    let mut browser = Browser { party: &party, cookie: None };
    let page = browser.open(&format!("/aa/web?handle={handle}")).await;
    assert!(page.contains("prefers-color-scheme:dark") && page.contains("width=device-width"));
    assert!(!page.contains("<script"));
    let page = browser.post("/aa/web/login", &[("handle", &handle), ("mobile", MOBILE)]).await;
    let login = values(&page, "loginId").remove(0);
    let wrong =
        browser.post("/aa/web/login/verify", &[("loginId", &login), ("handle", &handle), ("otp", "x")]).await;
    assert!(wrong.contains("The code is wrong. 4 tries left."));
    let otp = party.newest_otp(MOBILE).await;
    let page = browser
        .post("/aa/web/login/verify", &[("loginId", &login), ("handle", &handle), ("otp", &otp)])
        .await;
    assert!(page.contains("To process your loan application") && page.contains("you yourself"));

    let page = browser.post("/aa/web/discover", &[("handle", &handle), ("fipId", "SAHYADRI_FIP")]).await;
    let account = values(&page, "account").remove(0);
    let fields = [("handle", handle.as_str()), ("fipId", "SAHYADRI_FIP"), ("account", &account)];
    let page = browser.post("/aa/web/link", &fields).await;
    let reference = values(&page, "refNumber").remove(0);
    let otp = party.newest_otp(MOBILE).await;
    let fields = [("handle", handle.as_str()), ("refNumber", &reference), ("otp", &otp)];
    let page = browser.post("/aa/web/link/verify", &fields).await;
    let link = values(&page, "link").remove(0);
    browser.post("/aa/web/approve/otp", &[("handle", &handle), ("link", &link)]).await;
    let otp = party.newest_otp(MOBILE).await;
    let fields = [("handle", handle.as_str()), ("link", &link), ("otp", &otp)];
    let page = browser.post("/aa/web/approve", &fields).await;
    assert!(page.contains("You approved"));
    let page = browser.open("/aa/web/consents").await;
    assert!(page.contains("ACTIVE") && page.contains("Pause"));
    let (_, told) = party.notice().await;
    assert_eq!(told["ConsentStatusNotification"]["consentStatus"], "ACTIVE");
}
