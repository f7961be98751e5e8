//! Retiring a product takes two persons, holds for every version, and is told to central.

use mpp_core::{ProductId, ProductVersion, Span};
use mpp_services::client::{ClientError, ClientService, GatewayError, Revised};

use crate::world::{APPROVER, AUTHOR, Ready, World, call, content, staff, token, work_all};

async fn states(server: &ClientService, product: ProductId) -> Vec<&'static str> {
    let versions = server.product_versions(product).await.unwrap();
    versions.iter().map(|view| view.product.state.state_name()).collect()
}

async fn leaves(server: &ClientService) -> Vec<String> {
    let leaves = server.audit_trail(None, 1000).await.unwrap().leaves;
    let texts = leaves.into_iter().rev().map(|leaf| String::from_utf8_lossy(leaf.leaf.bytes()).into_owned());
    let action = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap()["action"].clone();
    let actions = texts.map(action).filter_map(|action| action.as_str().map(str::to_owned));
    actions.filter(|action| action.starts_with("product.retire")).collect()
}

async fn retire(ready: &Ready) -> Result<(), ClientError> {
    ready.server.propose_retirement(&staff(AUTHOR), ready.product).await?;
    ready.server.approve_retirement(&staff(APPROVER), ready.product).await
}

#[tokio::test]
async fn one_person_proposes_and_another_retires_every_version() {
    let world = World::new();
    let ready = world.ready().await;
    let (server, product) = (&ready.server, ready.product);
    let revised = Revised { product, based_on: None };
    server.define_product(&staff(AUTHOR), Some(revised), content("STORE", 1)).await.unwrap();
    let nothing = server.approve_retirement(&staff(APPROVER), product).await.unwrap_err();
    assert_eq!(nothing.code(), "not_found");
    let proposed = server.propose_retirement(&staff(AUTHOR), product).await.unwrap();
    world.wait(Span::from_minutes(1));
    let again = server.propose_retirement(&staff(APPROVER), product).await.unwrap();
    assert_eq!(proposed, again, "the first proposal stands");
    assert_eq!(server.proposed_retirement(product).await.unwrap(), Some(proposed));
    let own_work = server.approve_retirement(&staff(AUTHOR), product).await.unwrap_err();
    assert_eq!(own_work.code(), "same_person");
    assert_eq!(states(server, product).await, ["approved", "draft"]);
    assert!(world.central.state().retired.is_empty());

    server.approve_retirement(&staff(APPROVER), product).await.unwrap();
    server.approve_retirement(&staff(AUTHOR), product).await.unwrap();
    assert_eq!(states(server, product).await, ["retired", "retired"]);
    assert_eq!(server.proposed_retirement(product).await.unwrap(), None);
    work_all(server).await;
    assert!(world.central.state().retired.iter().all(|retired| *retired == product));
    assert!(server.parked(None, 10).await.unwrap().items.is_empty());
    assert_eq!(leaves(server).await, ["product.retirement_proposed", "product.retired"]);
}

#[tokio::test]
async fn a_retired_product_is_not_asked_for_drafted_approved_or_retired_again() {
    let world = World::new();
    let ready = world.ready().await;
    let (server, product) = (&ready.server, ready.product);
    let revised = Revised { product, based_on: None };
    let draft = server.define_product(&staff(AUTHOR), Some(revised), content("STORE", 1)).await.unwrap();
    let known = call(product, "LOAN-1");
    let started = server.start_case(&ready.application, &known).await.unwrap();
    retire(&ready).await.unwrap();
    let refused = server.start_case(&ready.application, &call(product, "LOAN-2")).await.unwrap_err();
    assert_eq!(refused.code(), "product_retired");
    // what was placed goes on
    assert_eq!(server.start_case(&ready.application, &known).await.unwrap(), started);
    let refused = server.define_product(&staff(AUTHOR), Some(revised), content("STORE", 1)).await;
    assert_eq!(refused.unwrap_err().code(), "product_retired");
    let refused = server.approve_product(&staff(APPROVER), product, draft.product.version).await;
    assert_eq!(refused.unwrap_err().code(), "invalid_transition");
    let refused = server.propose_retirement(&staff(AUTHOR), product).await.unwrap_err();
    assert_eq!(refused.code(), "product_retired");
}

#[tokio::test]
async fn a_proposal_that_is_taken_back_leaves_the_product_as_it_was() {
    let world = World::new();
    let ready = world.ready().await;
    let (server, product) = (&ready.server, ready.product);
    assert_eq!(server.withdraw_retirement(&staff(AUTHOR), product).await.unwrap_err().code(), "not_found");
    server.propose_retirement(&staff(AUTHOR), product).await.unwrap();
    server.withdraw_retirement(&staff(APPROVER), product).await.unwrap();
    assert_eq!(server.proposed_retirement(product).await.unwrap(), None);
    assert_eq!(states(server, product).await, ["approved"]);
    server.start_case(&ready.application, &call(product, "LOAN-1")).await.unwrap();
    assert_eq!(leaves(server).await, ["product.retirement_proposed", "product.retirement_withdrawn"]);
}

#[tokio::test]
async fn only_what_was_published_can_be_retired() {
    let world = World::new();
    let server = world.server().await;
    server.enrol(&staff(AUTHOR), &token()).await.unwrap();
    let draft = server.define_product(&staff(AUTHOR), None, content("STORE", 1)).await.unwrap().product;
    let refused = server.propose_retirement(&staff(AUTHOR), draft.id).await.unwrap_err();
    assert_eq!(refused.code(), "product_not_approved");
    let unknown = ProductId::from_random([3; 16]);
    let refused = server.propose_retirement(&staff(AUTHOR), unknown).await.unwrap_err();
    assert_eq!(refused.code(), "not_found");
}

#[tokio::test]
async fn central_that_is_away_is_told_later() {
    let world = World::new();
    let ready = world.ready().await;
    world.central.fail_next("retire_product", GatewayError::Unavailable);
    retire(&ready).await.unwrap();
    assert!(world.central.state().retired.is_empty());
    work_all(&ready.server).await;
    assert_eq!(world.central.state().retired, [ready.product]);
}

#[tokio::test]
async fn a_version_drafted_while_the_product_is_retired_is_not_left_over() {
    let world = World::new();
    let ready = world.ready().await;
    let (server, product) = (&ready.server, ready.product);
    server.propose_retirement(&staff(AUTHOR), product).await.unwrap();
    let (author, approver) = (staff(AUTHOR), staff(APPROVER));
    let revised = Revised { product, based_on: Some(ProductVersion(1)) };
    let (drafted, retired) = tokio::join!(
        server.define_product(&author, Some(revised), content("STORE", 1)),
        server.approve_retirement(&approver, product),
    );
    retired.unwrap();
    drop(drafted);
    assert!(states(server, product).await.iter().all(|state| *state == "retired"));
}
