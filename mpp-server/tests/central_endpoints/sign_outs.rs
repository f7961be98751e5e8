//! People sign out at the provider, which tells central; and people who sign out here are shown the way to do so there.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method, header};
use mpp_api::desk::{DeskClient, SignOnCode, SignOnFinished, SignedIn};
use mpp_api::{ApiError, Bearer};
use mpp_core::{Clock, Span};
use mpp_crypto::SigningKey;
use mpp_testkit::SeededEntropy;
use openidconnect::PrivateSigningKey;
use openidconnect::core::{CoreHmacKey, CoreJwsSigningAlgorithm};
use serde_json::{Value, json};

use crate::login::{ADDRESS, CLIENT, ISSUER, SECRET};
use crate::people::join;
use crate::proofs::status;
use crate::single_sign_on::{answer, code_of, cookies, door, linked, page, sign_on, signed_in};
use crate::town::{Town, logs};

const PATH: &str = "/v1/desk/single-sign-on/back-channel";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const INVALID: (u16, &str) = (400, "sign_out_notice_invalid");

/// What a logout token says when nothing is wrong with it, with claims in place of or beside the usual ones; `null` takes one away.
fn claims(town: &Town, name: &str, changed: Value) -> Value {
    let now = town.clock.now().as_unix_seconds();
    let mut claims = json!({
        "iss": ISSUER, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": name, "sub": "subject-1",
        "sid": "provider-session-1", "events": { EVENT: {} },
    });
    for (name, value) in changed.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

/// The two parts of a token that are signed.
fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| base64_simd::URL_SAFE_NO_PAD.encode_to_string(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

fn with_signature(signed: &str, signature: &[u8]) -> String {
    format!("{signed}.{}", base64_simd::URL_SAFE_NO_PAD.encode_to_string(signature))
}

/// Signed by the provider as it signs now, under a head with these changes.
fn signed(town: &Town, head: Value, claims: &Value) -> String {
    let plan = town.login.plan.lock().unwrap();
    let mut header = json!({ "alg": "ES256", "typ": "logout+jwt", "kid": plan.key.kid().to_string() });
    for (name, value) in head.as_object().unwrap() {
        match value {
            Value::Null => drop(header.as_object_mut().unwrap().remove(name)),
            value => header[name] = value.clone(),
        }
    }
    let text = unsigned(&header, claims);
    with_signature(&text, plan.key.sign(text.as_bytes()).as_bytes())
}

fn notice(town: &Town, name: &str, changed: Value) -> String {
    signed(town, json!({}), &claims(town, name, changed))
}

async fn send_form(town: &Town, kind: &'static str, form: &[(&str, &str)]) -> Result<HeaderMap, ApiError> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
    let sent = town.anonymous().send_raw(Method::POST, PATH, headers, body.into()).await;
    sent.map(|answer| {
        assert_eq!(answer.status, 200);
        answer.headers
    })
}

async fn send(town: &Town, token: &str) -> Result<HeaderMap, ApiError> {
    let form = [("logout_token", token), ("of_later_standards", "let be")];
    send_form(town, "application/x-www-form-urlencoded", &form).await
}

async fn refused(town: &Town, token: &str) -> (u16, String) {
    let error = send(town, token).await.unwrap_err();
    let (status, code) = status(&error);
    (status, code.to_owned())
}

/// Signs in through the provider in a session of its own there.
async fn came_in(town: &Town, provider_session: &str) -> SignedIn {
    let claims = json!({ "sid": provider_session });
    town.login.change(|plan| plan.claims = claims);
    signed_in(town).await
}

async fn holds(town: &Town, opened: &SignedIn) -> bool {
    let session = town.caller(Arc::new(Bearer::new(&opened.session_key).unwrap()));
    match DeskClient::new(session).me().await {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(status(&error), (401, "unauthenticated"));
            false
        }
    }
}

#[tokio::test]
pub(crate) async fn who_signs_out_at_the_provider_is_signed_out_here() {
    let town = Town::start().await;
    linked(&town, "asha", ADDRESS).await;
    let (laptop, telephone) =
        (came_in(&town, "provider-session-1").await, came_in(&town, "provider-session-2").await);
    let only_session = notice(&town, "name-of-the-notice", json!({ "sub": null }));
    let headers = send(&town, &only_session).await.unwrap();
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    assert!(!holds(&town, &laptop).await && holds(&town, &telephone).await);
    assert_eq!(refused(&town, &only_session).await, (400, "sign_out_notice_repeated".to_owned()));
    // signed out already, or never there: nothing is left to do
    send(&town, &notice(&town, "notice-2", json!({}))).await.unwrap();
    send(&town, &notice(&town, "notice-3", json!({ "sid": "unknown" }))).await.unwrap();
    let of_another = json!({ "sub": "subject-2", "sid": "provider-session-2" });
    send(&town, &notice(&town, "notice-4", of_another)).await.unwrap();
    assert!(holds(&town, &telephone).await);
    // one of a draft of the standard: no `exp`, another type, several to whom it is addressed of whom all are us
    let draft =
        claims(&town, "notice-5", json!({ "exp": null, "sid": "provider-session-2", "aud": [CLIENT] }));
    send(&town, &signed(&town, json!({ "typ": "JWT" }), &draft)).await.unwrap();
    assert!(!holds(&town, &telephone).await);

    let both = [came_in(&town, "provider-session-3").await, came_in(&town, "provider-session-4").await];
    let untyped = claims(&town, "notice-6", json!({ "sid": null }));
    send(&town, &signed(&town, json!({ "typ": null, "kid": null }), &untyped)).await.unwrap();
    for opened in &both {
        assert!(!holds(&town, opened).await);
    }
    let audit = serde_json::to_string(&town.staff().audit(None).await.unwrap().leaves).unwrap();
    assert_eq!(audit.matches("session.signed_out_at_provider").count(), 4, "{audit}");
    let said = logs().text();
    for canary in ["subject-1", "provider-session-1", "name-of-the-notice", only_session.as_str()] {
        assert!(!said.contains(canary) && !audit.contains(canary), "{canary}");
    }
}

#[tokio::test]
pub(crate) async fn what_is_no_notice_of_the_provider_ends_nothing() {
    let town = Town::start().await;
    linked(&town, "asha", ADDRESS).await;
    let opened = came_in(&town, "provider-session-1").await;
    let now = town.clock.now().as_unix_seconds();
    let lies = [
        ("issuer", json!({ "iss": "http://evil.localhost" })),
        ("no issuer", json!({ "iss": null })),
        ("audience", json!({ "aud": "another-server" })),
        ("two audiences", json!({ "aud": [CLIENT, "another-server"] })),
        ("for nobody", json!({ "aud": [] })),
        ("no audience", json!({ "aud": null })),
        ("expired", json!({ "exp": now })),
        ("old", json!({ "iat": now - 601, "exp": now + 120 })),
        ("of tomorrow", json!({ "iat": now + 301, "exp": now + 900 })),
        ("undated", json!({ "iat": null })),
        ("a date in words", json!({ "iat": "today" })),
        ("beyond all time", json!({ "exp": i64::MAX })),
        ("an identity token", json!({ "nonce": "n" })),
        ("no events", json!({ "events": null })),
        ("another event", json!({ "events": { "http://schemas.openid.net/event/other": {} } })),
        ("an event of no form", json!({ "events": { EVENT: true } })),
        ("nameless", json!({ "jti": null })),
        ("an empty name", json!({ "jti": "" })),
        ("nobody", json!({ "sub": null, "sid": null })),
        ("a number for a session", json!({ "sid": 1, "sub": null })),
    ];
    for (what, changed) in lies {
        let found = refused(&town, &notice(&town, what, changed)).await;
        assert_eq!(found, (INVALID.0, INVALID.1.to_owned()), "{what}");
    }
    let good = claims(&town, "unchanged", json!({}));
    for (what, head) in [
        ("an access token", json!({ "typ": "at+jwt" })),
        ("an extension nobody knows", json!({ "crit": ["b64"], "b64": true })),
        ("another algorithm", json!({ "alg": "ES384" })),
        ("no algorithm at all", json!({ "alg": "none" })),
    ] {
        let found = refused(&town, &signed(&town, head, &good)).await;
        assert_eq!(found, (INVALID.0, INVALID.1.to_owned()), "{what}");
    }
    assert!(holds(&town, &opened).await);
    send(&town, &notice(&town, "unchanged", json!({}))).await.unwrap();
    assert!(!holds(&town, &opened).await, "what was refused did not use its name up");
}

#[tokio::test]
pub(crate) async fn forged_notices_end_nothing() {
    let town = Town::start().await;
    linked(&town, "asha", ADDRESS).await;
    let opened = came_in(&town, "provider-session-1").await;
    let good = claims(&town, "notice-1", json!({}));
    let (shown, jwk) = {
        let plan = town.login.plan.lock().unwrap();
        (plan.shown.kid().to_string(), serde_json::to_value(plan.shown.public().to_jwk()).unwrap())
    };
    let whole = notice(&town, "notice-1", json!({}));
    let (text, signature) = whole.rsplit_once('.').unwrap();
    let other = SigningKey::generate_p256(&SeededEntropy::new(42));
    let foreign = unsigned(&json!({ "alg": "ES256", "kid": shown }), &good);
    let mut forged = vec![
        ("nothing", String::new()),
        ("no token", "a.b".to_owned()),
        ("no base64", format!("{text}.!")),
        ("a cut signature", format!("{text}.{}", &signature[2..])),
        ("no signature", format!("{text}.")),
        ("too long", notice(&town, "notice-1", json!({ "padding": "a".repeat(16 * 1024) }))),
        ("none", format!("{}.", unsigned(&json!({ "alg": "none" }), &good))),
        ("another key by the same name", with_signature(&foreign, other.sign(foreign.as_bytes()).as_bytes())),
    ];
    // the public key, and the secret of the registration, taken for a secret that is shared
    let x = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(jwk["x"].as_str().unwrap()).unwrap();
    for secret in [x, jwk.to_string().into_bytes(), SECRET.as_bytes().to_vec()] {
        let text = unsigned(&json!({ "alg": "HS256", "kid": shown, "typ": "logout+jwt" }), &good);
        let signature = CoreHmacKey::new(secret).sign(&CoreJwsSigningAlgorithm::HmacSha256, text.as_bytes());
        forged.push(("a shared secret", with_signature(&text, &signature.unwrap())));
    }
    let swapped = unsigned(&json!({ "alg": "ES256", "kid": shown }), &claims(&town, "notice-2", json!({})));
    forged.push(("another's signature", format!("{swapped}.{signature}")));
    for (what, token) in &forged {
        assert_eq!(refused(&town, token).await, (INVALID.0, INVALID.1.to_owned()), "{what}");
    }
    for (kind, form) in [
        ("application/x-www-form-urlencoded", [("token", whole.as_str())]),
        ("application/json", [("logout_token", whole.as_str())]),
    ] {
        let error = send_form(&town, kind, &form).await.unwrap_err();
        assert_eq!(status(&error), (400, "invalid_request"), "{kind}");
    }
    assert!(holds(&town, &opened).await);
    send(&town, &whole).await.unwrap();
    assert!(!holds(&town, &opened).await);
}

#[tokio::test]
pub(crate) async fn strangers_cannot_have_the_provider_asked_again_and_again() {
    let town = Town::start().await;
    linked(&town, "asha", ADDRESS).await;
    let asked = || town.login.plan.lock().unwrap().asked_for_keys;
    // nobody has signed in yet: its keys are asked for, once
    send(&town, &notice(&town, "notice-1", json!({}))).await.unwrap();
    assert_eq!(asked(), 1);
    town.login.change(|plan| plan.key = SigningKey::generate_p256(&SeededEntropy::new(42)));
    for _ in 0..3 {
        let found = refused(&town, &notice(&town, "notice-2", json!({}))).await;
        assert_eq!(found, (INVALID.0, INVALID.1.to_owned()), "a key it does not show");
    }
    assert_eq!(asked(), 1);
    town.login.change(|plan| plan.shown = SigningKey::generate_p256(&SeededEntropy::new(42)));
    town.clock.advance(Span::from_minutes(1));
    send(&town, &notice(&town, "notice-2", json!({}))).await.unwrap();
    assert_eq!(asked(), 2, "it has new keys");
    // a provider that does not answer is asked once a minute too
    town.clock.advance(Span::from_hours(1));
    town.login.change(|plan| plan.broken = true);
    let unchecked = (400, "sign_out_notice_unchecked".to_owned());
    assert_eq!(refused(&town, &notice(&town, "notice-3", json!({}))).await, unchecked);
    town.login.change(|plan| plan.broken = false);
    assert_eq!(refused(&town, &notice(&town, "notice-3", json!({}))).await, unchecked);
    town.clock.advance(Span::from_minutes(1));
    send(&town, &notice(&town, "notice-3", json!({}))).await.unwrap();
    assert_eq!(asked(), 3);
}

#[tokio::test]
pub(crate) async fn signing_out_here_shows_the_way_to_sign_out_there() {
    let town = Town::start().await;
    linked(&town, "asha", ADDRESS).await;
    let desk =
        |opened: &SignedIn| DeskClient::new(town.caller(Arc::new(Bearer::new(&opened.session_key).unwrap())));
    let opened = came_in(&town, "provider-session-1").await;
    assert_eq!(desk(&opened).sign_out().await.unwrap().at_provider, None, "it has no such place");

    town.login.change(|plan| plan.ends_sessions = true);
    town.clock.advance(Span::from_hours(1));
    let opened = came_in(&town, "provider-session-1").await;
    let elsewhere = desk(&opened).sign_out().await.unwrap().at_provider.unwrap();
    assert!(!holds(&town, &opened).await);
    assert_eq!(elsewhere.provider, "Kaveri account");
    let asked: Vec<_> = elsewhere.address.query_pairs().collect();
    let wanted = [
        ("client_id".into(), CLIENT.into()),
        ("post_logout_redirect_uri".into(), "https://central.example/portal/sign-in".into()),
    ];
    assert_eq!(asked, wanted);
    assert_eq!(&elsewhere.address[..url::Position::AfterPath], "http://login.localhost/end");

    // what it said long ago will do; nobody who leaves waits for it
    let opened = came_in(&town, "provider-session-1").await;
    town.login.change(|plan| plan.broken = true);
    let cookie = format!("__Host-mpp-central={}", opened.session_key);
    let (status, headers, text) = page(&town, Method::POST, "/portal/sign-out", &cookie, &[]).await;
    assert!(status == 200 && text.contains("You are signed out here."), "{text}");
    assert!(text.contains("Sign out at Kaveri account as well"), "{text}");
    assert!(text.contains("href=\"http://login.localhost/end?client_id=mpp-central"), "{text}");
    assert!(!text.contains("/portal/sign-out"), "nobody is signed in on this page: {text}");
    assert_eq!(cookies(&headers)[0].1, "", "the browser forgets the session");
    assert!(!holds(&town, &opened).await);
    town.login.change(|plan| plan.broken = false);
    let hindi = format!("__Host-mpp-central={}; mpp-language=hi", signed_in(&town).await.session_key);
    let (_, _, text) = page(&town, Method::POST, "/portal/sign-out", &hindi, &[]).await;
    assert!(text.contains("Kaveri account पर भी साइन आउट करें"), "{text}");
}

#[tokio::test]
pub(crate) async fn who_did_not_come_through_the_provider_is_not_sent_there() {
    let town = Town::start().await;
    town.login.change(|plan| plan.ends_sessions = true);
    let (ravi, _) = join(&town, "ravi", "auditor").await;
    assert_eq!(DeskClient::new(ravi).sign_out().await.unwrap().at_provider, None);
    // an attempt that waits for its code ends with the sign-out
    linked(&town, "asha", ADDRESS).await;
    town.login.change(|plan| plan.claims = json!({ "sid": "provider-session-1", "amr": ["pwd"] }));
    let SignOnFinished::CodeNeeded { attempt } = sign_on(&town).await.unwrap() else {
        panic!("no code asked")
    };
    send(&town, &notice(&town, "notice-1", json!({}))).await.unwrap();
    let hand_in = SignOnCode { attempt, code: "000000".into() };
    let late = DeskClient::new(town.anonymous()).sign_on_with_code(&hand_in).await;
    assert_eq!(code_of(late).await, (401, "sign_on_stale".to_owned()));
}

#[tokio::test]
pub(crate) async fn who_signs_out_while_the_provider_sends_them_back_does_not_come_in() {
    let town = Town::start().await;
    linked(&town, "asha", ADDRESS).await;
    for (name, changed) in
        [("notice-1", json!({})), ("notice-2", json!({ "sid": null })), ("notice-3", json!({ "sub": null }))]
    {
        town.login.change(|plan| plan.claims = json!({ "sid": "provider-session-1" }));
        let begun = door(&town).begin_sign_on().await.unwrap();
        let code = town.login.signs_in(&begun.address);
        send(&town, &notice(&town, name, changed)).await.unwrap();
        let late = door(&town).finish_sign_on(&answer(&begun, &code)).await;
        assert_eq!(code_of(late).await, (401, "sign_on_stale".to_owned()), "{name}");
        // whoever begins again comes in, and a notice about somebody else changes nothing
        let begun = door(&town).begin_sign_on().await.unwrap();
        let code = town.login.signs_in(&begun.address);
        send(&town, &notice(&town, &format!("{name}-of-another"), json!({ "sub": "subject-2" })))
            .await
            .unwrap();
        let SignOnFinished::SignedIn(opened) =
            door(&town).finish_sign_on(&answer(&begun, &code)).await.unwrap()
        else {
            panic!("a code was asked for")
        };
        assert!(holds(&town, &opened).await);
    }
}
