//! Who may call what.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method, header};
use mpp_api::{ApiError, Bearer};
use mpp_crypto::SigningKey;
use mpp_server::central::{Access, all_routes};

use crate::samples::account_item;
use crate::town::Town;

pub(crate) fn filled(path: &str) -> String {
    path.replace("{id}", "00000000-0000-4000-8000-000000000000")
        .replace("{number}", "7")
        .replace("{export}", "00000000-0000-4000-8000-000000000000")
        .replace("{part}", "0")
        .replace("{rows}", "1")
        .replace("{session}", "00000000-0000-4000-8000-000000000000")
        .replace("{plan}", "no-such-plan")
        .replace("{partner}", "00000000-0000-4000-8000-000000000000")
        .replace("{month}", "2026-01")
        .replace("{level}/{*tile}", "0/000.p/1")
}

pub(crate) fn status(error: &ApiError) -> (u16, &str) {
    match error {
        ApiError::Refused(problem) => (problem.status, problem.code.as_str()),
        other => panic!("{other}"),
    }
}

pub(crate) fn json() -> HeaderMap {
    HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))])
}

#[tokio::test]
pub(crate) async fn every_route_refuses_callers_without_the_right_proof() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![account_item()]).await;
    let phone = town.open(&town.place(&partner, product, "LOAN-1").await).await;
    let stranger = Arc::new(SigningKey::generate_p256(town.entropy.as_ref()));
    let nobody = [
        town.anonymous(),
        town.caller(Arc::new(Bearer::new("a-guess").unwrap())),
        town.caller(town.signer(&stranger)),
    ];
    let staff = town.caller(Arc::new(Bearer::new(crate::town::STAFF_KEY).unwrap()));
    let by_partner = town.caller(town.signer(&partner.signing));
    let by_phone = town.caller(town.signer(&phone.key));
    let mut proved = 0;
    for route in all_routes() {
        let others = match route.access {
            Access::Anybody => continue,
            Access::Operator(_) => [&by_partner, &by_phone],
            Access::Partner => [&staff, &by_phone],
            Access::Phone => [&staff, &by_partner],
        };
        for caller in nobody.iter().chain(others) {
            let method: Method = route.method.parse().unwrap();
            let refused =
                caller.send_raw(method, &filled(route.path), json(), "{}".into()).await.unwrap_err();
            let (status, code) = status(&refused);
            assert_eq!(status, 401, "{} {}", route.method, route.path);
            // the answer to HEAD has no body to say why
            assert!(route.method == "HEAD" || code == "unauthenticated", "{} {code}", route.path);
            proved += 1;
        }
    }
    assert_eq!(proved, 107 * 5, "a new route must be counted here");
}

#[test]
pub(crate) fn the_routes_are_those_of_the_interface() {
    let anybody: Vec<&str> =
        all_routes().iter().filter(|route| route.access == Access::Anybody).map(|route| route.path).collect();
    let expected = [
        "/v1/keys",
        "/v1/enrolment",
        "/v1/enrolment/confirm",
        "/v1/links/open",
        "/v1/openapi.json",
        "/v1/desk/sign-in",
        "/v1/desk/invitations/open",
        "/v1/desk/invitations/join",
        "/v1/desk/passkeys/site",
        "/v1/desk/passkeys/sign-in/begin",
        "/v1/desk/passkeys/sign-in",
        "/v1/desk/single-sign-on",
        "/v1/desk/single-sign-on/begin",
        "/v1/desk/single-sign-on/finish",
        "/v1/desk/single-sign-on/code",
        "/v1/desk/single-sign-on/back-channel",
        "/healthz",
        "/readyz",
    ];
    assert_eq!(anybody, expected);
    for route in all_routes() {
        let expected = if let Access::Operator(action) = route.access {
            let staffs = ["/v1/operator/", "/v1/desk/"];
            assert!(staffs.iter().any(|prefix| route.path.starts_with(prefix)), "{}", route.path);
            Access::Operator(action)
        } else if route.path.starts_with("/v1/phone/") || route.path.starts_with("/v1/uploads/") {
            Access::Phone
        } else if anybody.contains(&route.path) {
            Access::Anybody
        } else {
            Access::Partner
        };
        assert_eq!(route.access, expected, "{}", route.path);
    }
}

#[tokio::test]
pub(crate) async fn what_anybody_may_call_asks_for_the_proof_in_the_body() {
    let town = Town::start().await;
    let caller = town.anonymous();
    for (path, body) in [
        ("/v1/enrolment", "{}"),
        ("/v1/enrolment/confirm", "{}"),
        ("/v1/links/open", "{}"),
        ("/v1/enrolment/confirm", r#"{"challengeId":"x","opened":"!"}"#),
    ] {
        let refused = caller.send_raw(Method::POST, path, json(), body.into()).await.unwrap_err();
        assert_eq!(status(&refused), (400, "invalid_request"), "{path}");
    }
    let guess = r#"{"challengeId":"a/b ü","opened":"AAAA"}"#;
    let refused =
        caller.send_raw(Method::POST, "/v1/enrolment/confirm", json(), guess.into()).await.unwrap_err();
    assert_eq!(status(&refused), (401, "enrolment_challenge_failed"));
}

#[tokio::test]
pub(crate) async fn a_signature_serves_once_and_for_its_request_only() {
    use mpp_api::{Authorization, Caller, Outgoing};

    /// Sends the same headers with every request.
    #[derive(Debug)]
    struct Fixed(HeaderMap);
    impl Authorization for Fixed {
        fn headers(&self, _: Outgoing<'_>) -> Result<HeaderMap, mpp_api::AuthorizationError> {
            Ok(self.0.clone())
        }
    }

    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let honest = town.caller(town.signer(&partner.signing));
    let url = honest.base().join("/v1/usage").unwrap();
    let outgoing = Outgoing { method: &Method::GET, url: &url, body: &[] };
    let headers = town.signer(&partner.signing).headers(outgoing).unwrap();
    let replay: Caller = town.caller(Arc::new(Fixed(headers)));
    let get = |path: &'static str| replay.send_raw(Method::GET, path, HeaderMap::new(), Default::default());
    assert_eq!(status(&get("/v1/notifications").await.unwrap_err()).0, 401, "another path");
    assert_eq!(status(&get("/v1/usage?after=1").await.unwrap_err()).0, 401, "another query");
    get("/v1/usage").await.unwrap();
    assert_eq!(status(&get("/v1/usage").await.unwrap_err()).0, 401, "a repeat");
    town.clock.turn_back(mpp_core::Span::from_hours(1));
    let stale = honest.send_raw(Method::GET, "/v1/usage", HeaderMap::new(), Default::default());
    stale.await.unwrap();
}

#[tokio::test]
pub(crate) async fn unknown_paths_methods_and_queries_are_problems() {
    let town = Town::start().await;
    let caller = town.caller(Arc::new(Bearer::new(crate::town::STAFF_KEY).unwrap()));
    let send = |method, path: &'static str| caller.send_raw(method, path, json(), Default::default());
    assert_eq!(status(&send(Method::GET, "/v1/nowhere").await.unwrap_err()), (404, "not_found"));
    assert_eq!(status(&send(Method::DELETE, "/v1/keys").await.unwrap_err()), (405, "method_not_allowed"));
    let refused = send(Method::GET, "/v1/operator/usage?afer=1").await.unwrap_err();
    assert_eq!(status(&refused), (400, "invalid_request"));
    let refused = send(Method::GET, "/v1/operator/usage?after=nonsense").await.unwrap_err();
    assert_eq!(status(&refused), (400, "invalid_request"));
    for path in ["/healthz", "/readyz"] {
        send(Method::GET, path).await.unwrap();
    }
}
