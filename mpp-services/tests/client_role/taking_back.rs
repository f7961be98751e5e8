//! The enterprise takes a request back: central decides, and this server writes down what followed.

use std::sync::Arc;

use mpp_core::{CaseRef, ConsentRequestId, Span};
use mpp_services::client::{
    CaseRow, CaseSearch, CaseStanding, CentralNotificationKind, ClientError, ClientService, GatewayError,
    NewsKind, Scope, StartedCase,
};

use crate::fake_central::About;
use crate::fused_store::Fuse;
use crate::world::{APPROVER, AUTHOR, Ready, World, call, settle, staff};

const CASE: &str = "LOAN-1";

fn case() -> CaseRef {
    CASE.parse().unwrap()
}

async fn asked(ready: &Ready) -> StartedCase {
    ready.server.start_case(&ready.application, &call(ready.product, CASE)).await.unwrap()
}

async fn row(server: &ClientService) -> CaseRow {
    server.case_file(&case()).await.unwrap().row
}

async fn leaves(server: &ClientService) -> Vec<String> {
    let leaves = server.audit_trail(None, 1000).await.unwrap().leaves;
    let texts = leaves.into_iter().map(|leaf| String::from_utf8_lossy(leaf.leaf.bytes()).into_owned());
    texts.filter(|text| text.contains("case.taken_back")).collect()
}

/// Central tells that a request was taken back.
fn tell(world: &World, request: ConsentRequestId) {
    let about = About {
        request,
        case_ref: CASE.to_owned(),
        ..world.about(request, "account-aggregator".parse().unwrap())
    };
    world.central.announce(CentralNotificationKind::ConsentCancelled, &about);
}

fn refusal(code: &str) -> GatewayError {
    GatewayError::Refused { status: 409, code: code.to_owned() }
}

#[tokio::test]
async fn an_application_takes_its_request_back_and_again_with_the_same_answer() {
    let world = World::new();
    let ready = world.ready().await;
    let started = asked(&ready).await;
    let first = ready.server.take_back(&ready.application, started.request).await.unwrap();
    world.wait(Span::from_minutes(1));
    let again = ready.server.take_back(&ready.application, started.request).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(first.state, "cancelled");
    let taken = row(&ready.server).await.taken_back.unwrap();
    assert_eq!((taken.application, taken.staff), (Some(ready.application.key()), None));
    assert_eq!(leaves(&ready.server).await.len(), 1);
    // its link opens nowhere, so it is not given out again, and the reference is not free
    let refused = ready.server.start_case(&ready.application, &call(ready.product, CASE)).await.unwrap_err();
    assert!(matches!(refused, ClientError::CaseRefTaken));
}

#[tokio::test]
async fn a_member_of_staff_takes_a_request_back_and_the_list_says_so() {
    let world = World::new();
    let ready = world.ready().await;
    asked(&ready).await;
    let kept = call(ready.product, "LOAN-2");
    ready.server.start_case(&ready.application, &kept).await.unwrap();
    ready.server.take_back_by_staff(&staff(APPROVER), &case()).await.unwrap();
    let taken = row(&ready.server).await.taken_back.unwrap();
    assert_eq!((taken.application, taken.staff), (None, Some(staff(APPROVER))));
    assert!(leaves(&ready.server).await[0].contains(APPROVER));
    for product in [None, Some(ready.product)] {
        let search = CaseSearch { product, standing: Some(CaseStanding::TakenBack) };
        let found = ready.server.cases(search, None, 10).await.unwrap().items;
        assert_eq!(found.iter().map(|row| row.case_ref.as_str()).collect::<Vec<_>>(), [CASE]);
    }
    let other = CaseSearch {
        product: Some(mpp_core::ProductId::from_random([8; 16])),
        standing: Some(CaseStanding::TakenBack),
    };
    assert!(ready.server.cases(other, None, 10).await.unwrap().items.is_empty());
    assert_eq!(ready.server.cases(CaseSearch::default(), None, 10).await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn what_central_refuses_has_a_meaning_and_writes_nothing() {
    let world = World::new();
    let ready = world.ready().await;
    let started = asked(&ready).await;
    for (error, code) in [
        (refusal("request_decided"), "request_decided"),
        (refusal("request_expired"), "request_expired"),
        (refusal("something_else"), "central_refused"),
        (GatewayError::Unavailable, "central_unavailable"),
    ] {
        world.central.fail_next("take_back", error);
        let refused = ready.server.take_back(&ready.application, started.request).await.unwrap_err();
        assert_eq!(refused.code(), code);
    }
    assert_eq!(row(&ready.server).await.taken_back, None);
    assert!(leaves(&ready.server).await.is_empty());
    assert_eq!(asked(&ready).await, started, "the link is still given out");
}

#[tokio::test]
async fn only_own_requests_and_only_with_the_scope() {
    let world = World::new();
    let ready = world.ready().await;
    let started = asked(&ready).await;
    let unknown = ready.server.take_back(&ready.application, ConsentRequestId::from_random([9; 16])).await;
    assert!(matches!(unknown.unwrap_err(), ClientError::NotFound));
    let unknown = ready.server.take_back_by_staff(&staff(AUTHOR), &"LOAN-404".parse().unwrap()).await;
    assert!(matches!(unknown.unwrap_err(), ClientError::NotFound));
    let reader = ready.server.make_api_key(&staff(AUTHOR), "reader", vec![Scope::Data]).await.unwrap();
    let reader = ready.server.application(&reader.key).await.unwrap();
    let refused = ready.server.take_back(&reader, started.request).await.unwrap_err();
    assert_eq!(refused.code(), "scope_missing");
    assert!(world.central.state().taken_back.is_empty());
}

#[tokio::test]
async fn the_application_is_told_once_by_centrals_notification() {
    let world = World::new();
    let ready = world.ready().await;
    let started = asked(&ready).await;
    ready.server.take_back_by_staff(&staff(AUTHOR), &case()).await.unwrap();
    tell(&world, started.request);
    settle(&ready.server).await;
    let told: Vec<NewsKind> = world.application.news().iter().map(|news| news.kind).collect();
    assert_eq!(told, [NewsKind::ConsentCancelled]);
    assert_eq!(row(&ready.server).await.taken_back.unwrap().staff, Some(staff(AUTHOR)));
    assert_eq!(leaves(&ready.server).await.len(), 1);
}

#[tokio::test]
async fn a_notification_that_is_faster_than_the_answer_leaves_who_asked_to_the_answer() {
    let world = World::new();
    let ready = world.ready().await;
    let started = asked(&ready).await;
    tell(&world, started.request);
    settle(&ready.server).await;
    let told = row(&ready.server).await.taken_back.unwrap();
    assert_eq!((told.application, told.staff), (None, None));
    world.wait(Span::from_minutes(1));
    ready.server.take_back(&ready.application, started.request).await.unwrap();
    let taken = row(&ready.server).await.taken_back.unwrap();
    assert_eq!((taken.at, taken.application), (told.at, Some(ready.application.key())));
}

#[tokio::test]
async fn a_server_that_dies_after_central_agreed_writes_it_down_when_central_tells() {
    for dies_after in [false, true] {
        let world = World::new();
        let ready = world.ready().await;
        let started = asked(&ready).await;
        let dying = world.server_with_fuse(Arc::new(Fuse::after_steps(0, dies_after))).await;
        dying.take_back_by_staff(&staff(AUTHOR), &case()).await.unwrap_err();
        assert_eq!(world.central.state().taken_back, [started.request], "central has taken it back");
        let next = world.server().await;
        tell(&world, started.request);
        settle(&next).await;
        assert!(row(&next).await.taken_back.is_some());
        let search = CaseSearch { product: None, standing: Some(CaseStanding::TakenBack) };
        assert_eq!(next.cases(search, None, 10).await.unwrap().items.len(), 1);
        assert_eq!(leaves(&next).await.len(), 1);
    }
}
