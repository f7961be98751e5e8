//! Signing in through a provider: over the interface and over the portal's pages, with a provider that lies when told to.

use std::sync::Arc;

use http::{HeaderMap, Method, header};
use mpp_api::desk::{
    DeskClient, FinishSignOn, LinkSignOn, SignOnBegun, SignOnCode, SignOnFinished, SignedIn,
};
use mpp_api::{ApiError, Bearer};
use mpp_core::Span;
use mpp_crypto::SigningKey;
use mpp_testkit::SeededEntropy;
use serde_json::json;

use crate::login::{ADDRESS, ISSUER, Plan};
use crate::people::{code, join};
use crate::proofs::status;
use crate::town::{STAFF_KEY, Town, logs};
use crate::window::Window;

fn root(town: &Town) -> DeskClient {
    DeskClient::new(town.caller(Arc::new(Bearer::new(STAFF_KEY).unwrap())))
}

pub(crate) fn door(town: &Town) -> DeskClient {
    DeskClient::new(town.anonymous())
}

/// An account that is linked to an address; gives the secret of its second factor.
pub(crate) async fn linked(town: &Town, id: &str, address: &str) -> String {
    let (_, secret) = join(town, id, "auditor").await;
    root(town).link_sign_on(&id.parse().unwrap(), &LinkSignOn { name: address.into() }).await.unwrap();
    town.clock.advance(Span::from_minutes(1));
    secret
}

pub(crate) fn answer(begun: &SignOnBegun, code: &str) -> FinishSignOn {
    let state = begun.address.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let issuer = Some(ISSUER.to_owned());
    FinishSignOn { attempt: begun.attempt.clone(), state, code: Some(code.to_owned()), error: None, issuer }
}

/// Goes to the provider and comes back.
pub(crate) async fn sign_on(town: &Town) -> Result<SignOnFinished, ApiError> {
    let begun = door(town).begin_sign_on().await?;
    let code = town.login.signs_in(&begun.address);
    door(town).finish_sign_on(&answer(&begun, &code)).await
}

pub(crate) async fn signed_in(town: &Town) -> SignedIn {
    match sign_on(town).await.unwrap() {
        SignOnFinished::SignedIn(opened) => opened,
        other @ SignOnFinished::CodeNeeded { .. } => panic!("{other:?}"),
    }
}

pub(crate) async fn code_of<T: std::fmt::Debug>(result: Result<T, ApiError>) -> (u16, String) {
    let error = result.unwrap_err();
    let (status, code) = status(&error);
    (status, code.to_owned())
}

#[tokio::test]
pub(crate) async fn staff_sign_in_through_the_provider() {
    let town = Town::start().await;
    linked(&town, "asha", ADDRESS).await;
    assert_eq!(door(&town).sign_on_provider().await.unwrap().name.as_deref(), Some("Kaveri account"));
    let (first, second) = (signed_in(&town).await, signed_in(&town).await);
    assert_ne!(first.session_key, second.session_key);
    assert_eq!(first.person.id.as_str(), "asha");
    let session = town.caller(Arc::new(Bearer::new(&second.session_key).unwrap()));
    assert_eq!(DeskClient::new(session).me().await.unwrap().roles, ["auditor"]);
    assert!(root(&town).sign_on_links().await.unwrap()[0].bound);
    let audit = town.staff().audit(None).await.unwrap();
    let audit = serde_json::to_string(&audit.leaves).unwrap();
    assert!(audit.contains("session.signed_on") && audit.contains("sign_on.bound"), "{audit}");
    // the keys are asked for once an hour, not for every person
    assert_eq!(town.login.plan.lock().unwrap().asked_for_keys, 1);
    town.clock.advance(Span::from_hours(1));
    signed_in(&town).await;
    assert_eq!(town.login.plan.lock().unwrap().asked_for_keys, 2);
    let said = logs().text();
    for canary in [ADDRESS, "subject-1", first.session_key.as_str(), crate::login::SECRET] {
        assert!(!said.contains(canary) && !audit.contains(canary), "{canary}");
    }
}

#[tokio::test]
pub(crate) async fn what_the_provider_says_must_be_true_of_this_sign_in() {
    let town = Town::start().await;
    linked(&town, "asha", ADDRESS).await;
    let now = mpp_core::Clock::now(town.clock.as_ref()).as_unix_seconds();
    let lies = [
        ("nonce", json!({ "nonce": "of another sign-in" }), "sign_on_proof_invalid"),
        ("no nonce", json!({ "nonce": null }), "sign_on_proof_invalid"),
        ("issuer", json!({ "iss": "http://evil.localhost" }), "sign_on_proof_invalid"),
        ("audience", json!({ "aud": "another-server" }), "sign_on_proof_invalid"),
        ("two audiences", json!({ "aud": ["mpp-central", "another-server"] }), "sign_on_proof_invalid"),
        ("expired", json!({ "exp": now }), "sign_on_expired"),
        ("old", json!({ "iat": now - 601 }), "sign_on_expired"),
        ("of tomorrow", json!({ "iat": now + 301, "exp": now + 900 }), "sign_on_expired"),
        ("unverified", json!({ "email_verified": false }), "sign_on_unverified"),
        ("somebody else", json!({ "email": "ravi@kaveri.example" }), "sign_on_unknown"),
    ];
    for (name, claims, expected) in lies {
        town.login.change(|plan| plan.claims = claims);
        assert_eq!(code_of(sign_on(&town).await).await, (401, expected.to_owned()), "{name}");
    }
    town.login.change(|plan| plan.claims = json!({}));
    town.login.change(|plan| plan.key = SigningKey::generate_p256(&SeededEntropy::new(42)));
    let forged = code_of(sign_on(&town).await).await;
    assert_eq!(forged, (401, "sign_on_proof_invalid".to_owned()), "a key it does not show");
    // once it shows its new key, that is found without waiting an hour
    town.login.change(|plan| plan.shown = SigningKey::generate_p256(&SeededEntropy::new(42)));
    signed_in(&town).await;
    // bound from now on: another person of the same address is not let in
    town.login.change(|plan| plan.claims = json!({ "sub": "subject-2" }));
    assert_eq!(code_of(sign_on(&town).await).await, (401, "sign_on_other_subject".to_owned()));
}

#[tokio::test]
pub(crate) async fn an_answer_is_taken_once_where_it_was_asked_for() {
    let town = Town::start().await;
    linked(&town, "asha", ADDRESS).await;
    let door = door(&town);
    let (one, other) = (door.begin_sign_on().await.unwrap(), door.begin_sign_on().await.unwrap());
    let given = town.login.signs_in(&one.address);
    let mixed = FinishSignOn { attempt: other.attempt.clone(), ..answer(&one, &given) };
    let refused = code_of(door.finish_sign_on(&mixed).await).await;
    assert_eq!(refused, (401, "sign_on_other_state".to_owned()), "another browser's answer");
    let elsewhere = FinishSignOn { issuer: Some("https://evil.example".into()), ..answer(&other, "code") };
    let refused = code_of(door.finish_sign_on(&elsewhere).await).await;
    assert_eq!(refused, (401, "sign_on_other_issuer".to_owned()));
    door.finish_sign_on(&answer(&one, &given)).await.unwrap();
    let refused = code_of(door.finish_sign_on(&answer(&one, &given)).await).await;
    assert_eq!(refused, (401, "sign_on_stale".to_owned()), "the same answer again");

    // a stolen code in an attempt of one's own: the provider knows the code, but not the verifier
    let (victim, thief) = (door.begin_sign_on().await.unwrap(), door.begin_sign_on().await.unwrap());
    let stolen = town.login.signs_in(&victim.address);
    let refused = code_of(door.finish_sign_on(&answer(&thief, &stolen)).await).await;
    assert_eq!(refused, (401, "sign_on_code_refused".to_owned()));

    let late = door.begin_sign_on().await.unwrap();
    let given = town.login.signs_in(&late.address);
    town.clock.advance(Span::from_minutes(10));
    let refused = code_of(door.finish_sign_on(&answer(&late, &given)).await).await;
    assert_eq!(refused, (401, "sign_on_stale".to_owned()), "too late");

    let begun = door.begin_sign_on().await.unwrap();
    for (error, expected) in
        [("access_denied", "sign_on_cancelled"), ("server_error", "sign_on_provider_refused")]
    {
        let begun =
            if error == "access_denied" { begun.clone() } else { door.begin_sign_on().await.unwrap() };
        let ended = FinishSignOn { code: None, error: Some(error.into()), ..answer(&begun, "") };
        assert_eq!(code_of(door.finish_sign_on(&ended).await).await, (401, expected.to_owned()));
    }
}

#[tokio::test]
pub(crate) async fn the_own_second_factor_is_asked_for_where_the_provider_asked_for_none() {
    let town = Town::start().await;
    let secret = linked(&town, "asha", ADDRESS).await;
    town.login.change(|plan| plan.claims = json!({ "amr": ["pwd"] }));
    let SignOnFinished::CodeNeeded { attempt } = sign_on(&town).await.unwrap() else {
        panic!("no code asked")
    };
    let hand_in = |attempt: &str, code: &str| SignOnCode { attempt: attempt.into(), code: code.into() };
    let wrong = door(&town).sign_on_with_code(&hand_in(&attempt, "000000")).await;
    assert_eq!(code_of(wrong).await, (422, "code_wrong".to_owned()));
    let right = hand_in(&attempt, &code(&secret, &town));
    let opened = door(&town).sign_on_with_code(&right).await.unwrap();
    assert_eq!(opened.person.id.as_str(), "asha");
    let again = door(&town).sign_on_with_code(&right).await;
    assert_eq!(code_of(again).await, (401, "sign_on_stale".to_owned()));
}

#[tokio::test]
pub(crate) async fn an_address_that_is_not_in_the_token_is_asked_for() {
    let town = Town::start().await;
    linked(&town, "asha", ADDRESS).await;
    let without = |plan: &mut Plan| plan.claims = json!({ "email": null, "email_verified": null });
    town.login.change(without);
    let silent = code_of(sign_on(&town).await).await;
    assert_eq!(silent, (424, "sign_on_provider_unusable".to_owned()), "it refuses to say");
    town.login.change(|plan| plan.about = json!({ "sub": "subject-1" }));
    assert_eq!(code_of(sign_on(&town).await).await, (401, "sign_on_unnamed".to_owned()));
    let about = json!({ "sub": "subject-2", "email": ADDRESS, "email_verified": true });
    town.login.change(|plan| plan.about = about);
    let other = code_of(sign_on(&town).await).await;
    assert_eq!(other, (401, "sign_on_proof_invalid".to_owned()), "about somebody else");
    let about = json!({ "sub": "subject-1", "email": ADDRESS, "email_verified": true });
    town.login.change(|plan| plan.about = about);
    assert_eq!(signed_in(&town).await.person.id.as_str(), "asha");
}

#[tokio::test]
pub(crate) async fn a_provider_that_fails_is_told_from_this_server() {
    let town = Town::start().await;
    linked(&town, "asha", ADDRESS).await;
    town.login.change(|plan| plan.broken = true);
    let broken = code_of(door(&town).begin_sign_on().await).await;
    assert_eq!(broken, (424, "sign_on_provider_silent".to_owned()));
    town.login.change(|plan| (plan.broken, plan.issuer) = (false, "http://evil.localhost".into()));
    let other = code_of(door(&town).begin_sign_on().await).await;
    assert_eq!(other, (424, "sign_on_provider_unusable".to_owned()), "another name than the configured one");
    town.login.change(|plan| plan.issuer = ISSUER.into());
    signed_in(&town).await;
    root(&town).disable("shut", &"asha".parse().unwrap()).await.unwrap();
    assert_eq!(code_of(sign_on(&town).await).await, (401, "sign_on_unknown".to_owned()), "a shut account");
}

/// The cookies that an answer sets: name, value, attributes.
pub(crate) fn cookies(headers: &HeaderMap) -> Vec<(String, String, String)> {
    let lines = headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap());
    let pair = |line: &str| {
        let (pair, attributes) = line.split_once("; ").unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.to_owned(), attributes.to_owned())
    };
    lines.map(pair).collect()
}

pub(crate) async fn page(
    town: &Town,
    method: Method,
    path: &str,
    cookie: &str,
    form: &[(&str, &str)],
) -> (u16, HeaderMap, String) {
    let answer = Window::with_cookies(town.base_url(), cookie).send(method, path, form).await;
    let (status, headers) = (answer.status.as_u16(), answer.headers.clone());
    let body = answer.collect(1_000_000).await.unwrap();
    (status, headers, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
pub(crate) async fn the_pages_lead_there_and_back() {
    let town = Town::start().await;
    linked(&town, "asha", ADDRESS).await;
    let (_, _, door) = page(&town, Method::GET, "/portal/sign-in?next=/audit", "", &[]).await;
    assert!(door.contains("Sign in with Kaveri account"), "{door}");
    let (status, headers, leaving) =
        page(&town, Method::POST, "/portal/single-sign-on/begin", "", &[("next", "/audit")]).await;
    assert_eq!(status, 200, "a redirect of a form may not lead to another site");
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("form-action 'self'") && policy.contains("script-src 'self'"), "{policy}");
    let (_, after) = leaving.split_once("content=\"0;url=").unwrap();
    let address = after.split_once('"').unwrap().0.replace("&#38;", "&").replace("&amp;", "&");
    let address = url::Url::parse(&address).unwrap();
    let kept = cookies(&headers).remove(0);
    assert_eq!(kept.0, "__Host-mpp-central-sign-on");
    assert_eq!(kept.2, "Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=600");
    let attempt = format!("{}={}", kept.0, kept.1);

    let given = town.login.signs_in(&address);
    let state = address.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let back = |state: &str| format!("/portal/single-sign-on?code={given}&state={state}&iss={ISSUER}");
    let (status, headers, text) = page(&town, Method::GET, &back("of-another"), &attempt, &[]).await;
    assert!(status == 401 && text.contains("This answer belongs to another sign-in"), "{text}");
    assert!(cookies(&headers).is_empty(), "the attempt is still good");
    let (status, _, text) = page(&town, Method::GET, &back(&state), "", &[]).await;
    assert!(status == 401 && text.contains("was not begun in this browser"), "{text}");
    // a session that somebody put into the browser before is not the one that is opened
    let planted = format!("{attempt}; __Host-mpp-central=mpps_planted");
    let (status, headers, text) = page(&town, Method::GET, &back(&state), &planted, &[]).await;
    assert!(status == 200 && text.contains("0;url=/portal/audit"), "{text}");
    let set = cookies(&headers);
    assert_eq!((set[0].0.as_str(), set[0].1.as_str()), ("__Host-mpp-central-sign-on", ""));
    assert_eq!(set[1].0, "__Host-mpp-central");
    assert!(set[1].1.starts_with("mpps_") && set[1].1 != "mpps_planted");
    assert_eq!(set[1].2, "Path=/; HttpOnly; Secure; SameSite=Strict");
    let session = format!("{}={}", set[1].0, set[1].1);
    let (status, ..) = page(&town, Method::GET, "/portal/audit", &session, &[]).await;
    assert_eq!(status, 200);
    let (_, _, text) = page(&town, Method::GET, &back(&state), &attempt, &[]).await;
    assert!(text.contains("was used already"), "{text}");
    let hindi = format!("{attempt}; mpp-language=hi");
    let (_, _, text) =
        page(&town, Method::GET, "/portal/single-sign-on?error=access_denied", &hindi, &[]).await;
    assert!(text.contains("कृपया फिर से शुरू करें"), "{text}");
    assert!(!logs().text().contains(&given), "no address with a code is in the log");
}
