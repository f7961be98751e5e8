use mpp_core::Span;
use mpp_services::client::{ClientError, GatewayError, Scope};

use crate::world::{AUTHOR, World, call, staff};

#[tokio::test]
async fn the_same_call_for_the_same_case_gives_the_same_answer() {
    let world = World::new();
    let ready = world.ready().await;
    let first = ready.server.start_case(&ready.application, &call(ready.product, "LOAN-1")).await.unwrap();
    let again = ready.server.start_case(&ready.application, &call(ready.product, "LOAN-1")).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(world.central.state().requests.len(), 1);
    let mut other = call(ready.product, "LOAN-1");
    other.customer.mobile = "9000000002".parse().unwrap();
    let refused = ready.server.start_case(&ready.application, &other).await.unwrap_err();
    assert!(matches!(refused, ClientError::CaseRefTaken));
}

#[tokio::test]
async fn calls_at_the_same_time_agree() {
    let world = World::new();
    let ready = world.ready().await;
    let call = call(ready.product, "LOAN-1");
    let (one, two) = futures::join!(
        ready.server.start_case(&ready.application, &call),
        ready.server.start_case(&ready.application, &call)
    );
    assert_eq!(one.unwrap(), two.unwrap());
}

#[tokio::test]
async fn the_reference_of_a_case_whose_link_has_expired_stays_taken() {
    let world = World::new();
    let ready = world.ready().await;
    ready.server.start_case(&ready.application, &call(ready.product, "LOAN-1")).await.unwrap();
    world.wait(Span::from_hours(73));
    let again =
        ready.server.start_case(&ready.application, &call(ready.product, "LOAN-1")).await.unwrap_err();
    assert_eq!(again.code(), "case_ref_taken");
}

#[tokio::test]
async fn without_the_scope_nothing_is_asked_or_read() {
    let world = World::new();
    let ready = world.ready().await;
    let reader = ready.server.make_api_key(&staff(AUTHOR), "reader", vec![Scope::Data]).await.unwrap();
    let reader = ready.server.application(&reader.key).await.unwrap();
    let refused = ready.server.start_case(&reader, &call(ready.product, "LOAN-1")).await.unwrap_err();
    assert_eq!(refused.code(), "scope_missing");
    let asker = ready.server.make_api_key(&staff(AUTHOR), "asker", vec![Scope::Consents]).await.unwrap();
    let asker = ready.server.application(&asker.key).await.unwrap();
    let refused = ready.server.case_items(&asker, &"LOAN-1".parse().unwrap()).await.unwrap_err();
    assert_eq!(refused.code(), "scope_missing");
}

#[tokio::test]
async fn unknown_keys_and_cases_are_unknown() {
    let world = World::new();
    let ready = world.ready().await;
    for key in ["", "mppk_", "mppk_0000", "meera-key"] {
        assert!(matches!(ready.server.application(key).await, Err(ClientError::Unauthenticated)), "{key}");
    }
    assert_eq!(ready.server.staff("meera-key").unwrap(), staff(AUTHOR));
    assert!(matches!(ready.server.staff("mppk_0000"), Err(ClientError::Unauthenticated)));
    let case = "LOAN-404".parse().unwrap();
    assert!(matches!(ready.server.case_items(&ready.application, &case).await, Err(ClientError::NotFound)));
}

#[tokio::test]
async fn what_central_refuses_is_told_and_nothing_is_kept() {
    let world = World::new();
    let ready = world.ready().await;
    let refusal = GatewayError::Refused { status: 422, code: "particulars_missing".to_owned() };
    world.central.fail_next("place", refusal.clone());
    let refused =
        ready.server.start_case(&ready.application, &call(ready.product, "LOAN-1")).await.unwrap_err();
    assert!(matches!(refused, ClientError::Central(error) if error == refusal));
    ready.server.start_case(&ready.application, &call(ready.product, "LOAN-1")).await.unwrap();
}

#[tokio::test]
async fn how_a_request_stands_is_central_s_to_say() {
    let world = World::new();
    let ready = world.ready().await;
    let started = ready.server.start_case(&ready.application, &call(ready.product, "LOAN-1")).await.unwrap();
    let standing = ready.server.case_standing(&ready.application, started.request).await.unwrap();
    assert_eq!(standing.state, "decided");
    let other = mpp_core::ConsentRequestId::from_random([9; 16]);
    let unknown = ready.server.case_standing(&ready.application, other).await.unwrap_err();
    assert!(matches!(unknown, ClientError::NotFound));
}
