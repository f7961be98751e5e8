//! Who may call what.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, header};
use mpp_api::client::{CreateApiKey, Scope};
use mpp_api::{Anonymous, Bearer};
use mpp_core::ApiKeyId;
use mpp_server::client::{Access, all_routes};
use serde_json::Value;

use crate::journey::problem;
use crate::town::{AUTHOR_KEY, OPERATOR_KEY, Town, bearer};

pub(crate) fn filled(path: &str) -> String {
    path.replace("{id}", "00000000-0000-4000-8000-000000000000")
        .replace("{bill}", "00000000-0000-4000-8000-000000000000")
        .replace("{job}", "00000000-0000-4000-8000-000000000000")
        .replace("{caseRef}", "LOAN-1")
        .replace("{version}", "1")
        .replace("{day}", "2026-01-15")
        .replace("{number}", "7")
        .replace("{export}", "00000000-0000-4000-8000-000000000000")
        .replace("{part}", "0")
        .replace("{rows}", "1")
        .replace("{session}", "00000000-0000-4000-8000-000000000000")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn every_route_refuses_callers_without_the_right_proof() {
    let town = Town::start().await;
    let partner = town.onboard().await;
    let nobody = [
        town.at_client(Arc::new(Anonymous)),
        town.at_client(bearer("a-guess")),
        town.at_client(bearer("mppk_0000")),
        town.at_client(bearer(OPERATOR_KEY)),
    ];
    let staff = town.at_client(bearer(AUTHOR_KEY));
    let application = town.at_client(Arc::new(Bearer::new(&partner.api_key).unwrap()));
    let mut proved = 0;
    for route in all_routes() {
        let other = match route.access {
            Access::Anybody => continue,
            Access::Application => &staff,
            Access::Staff(_) => &application,
            Access::Central => &staff,
        };
        for caller in nobody.iter().chain([other]) {
            let method: Method = route.method.parse().unwrap();
            let json =
                HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
            let refused = caller.send_raw(method, &filled(route.path), json, "{}".into()).await.unwrap_err();
            let refused = problem(refused);
            assert_eq!(
                (refused.status, refused.code.as_str()),
                (401, "unauthenticated"),
                "{} {}",
                route.method,
                route.path
            );
            proved += 1;
        }
    }
    assert_eq!(proved, 87 * 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_key_does_what_its_scopes_say() {
    let town = Town::start().await;
    town.onboard().await;
    for (scope, refused) in
        [(Scope::Consents, "/v1/cases/LOAN-1/items"), (Scope::Data, "/v1/consent-requests")]
    {
        let wanted = CreateApiKey { name: "narrow".into(), scopes: vec![scope] };
        let key = town.staff(AUTHOR_KEY).create_api_key(&town.call(), &wanted).await.unwrap();
        let caller = town.at_client(bearer(&key.key));
        let problem = match scope {
            Scope::Consents => {
                let read: Result<Value, _> = caller.get(refused, Duration::ZERO).await;
                problem(read.unwrap_err())
            }
            Scope::Data => {
                let body = crate::town::asking(mpp_core::ProductId::from_random([1; 16]), "LOAN-1");
                let asked: Result<Value, _> = caller.post(refused, "narrow", &body).await;
                problem(asked.unwrap_err())
            }
        };
        assert_eq!((problem.status, problem.code.as_str()), (403, "scope_missing"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_revoked_key_opens_nothing_and_others_go_on() {
    let town = Town::start().await;
    let partner = town.onboard().await;
    let author = town.staff(AUTHOR_KEY);
    let wanted = CreateApiKey { name: "leaked".into(), scopes: vec![Scope::Data] };
    let leaked = author.create_api_key(&town.call(), &wanted).await.unwrap();
    let ask = async |key: &str| {
        let caller = town.at_client(bearer(key));
        let read: Result<Value, _> = caller.get("/v1/cases/LOAN-1/items", Duration::ZERO).await;
        problem(read.unwrap_err()).code
    };
    assert_eq!(ask(&leaked.key).await, "not_found");
    author.revoke_api_key(&town.call(), leaked.api_key_id).await.unwrap();
    assert_eq!(ask(&leaked.key).await, "unauthenticated");
    assert_eq!(ask(&partner.api_key).await, "not_found");
    author.revoke_api_key(&town.call(), leaked.api_key_id).await.unwrap();
    let unknown = author.revoke_api_key(&town.call(), ApiKeyId::from_random([1; 16])).await.unwrap_err();
    assert_eq!(problem(unknown).status, 404);
    let listed = author.keys().await.unwrap().applications;
    let told: Vec<_> = listed.iter().map(|key| (key.name.as_str(), key.revoked_by.is_some())).collect();
    assert_eq!(told, [("loan desk", false), ("leaked", true)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_that_asks_too_often_waits_and_no_other_does() {
    let few = NonZeroU32::new(2);
    let town = Town::start_as(|config| config.limits.application_requests_per_minute = few).await;
    let partner = town.onboard().await;
    let wanted = CreateApiKey { name: "another".into(), scopes: vec![Scope::Data] };
    let other = town.staff(AUTHOR_KEY).create_api_key(&town.call(), &wanted).await.unwrap();
    let ask = async |key: &str| {
        let path = "/v1/cases/LOAN-1/items";
        let caller = town.at_client(bearer(key));
        let answer = caller.send_raw(Method::GET, path, HeaderMap::new(), Default::default());
        let refused = problem(answer.await.unwrap_err());
        (refused.status, refused.code)
    };
    let (unknown, too_often) = ((404, "not_found".to_owned()), (429, "too_many_requests".to_owned()));
    assert_eq!(ask(&partner.api_key).await, unknown);
    assert_eq!(ask(&partner.api_key).await, unknown);
    assert_eq!(ask(&partner.api_key).await, too_often);
    assert_eq!(ask(&other.key).await, unknown);
    town.clock.advance(mpp_core::Span::from_seconds(30));
    assert_eq!(ask(&partner.api_key).await, unknown);
}
