use mpp_core::ProductVersion;
use mpp_services::client::{ClientError, GatewayError};

use crate::world::{APPROVER, AUTHOR, World, approve, call, content, staff, token, work_all};

#[tokio::test]
async fn a_product_takes_effect_when_a_second_person_approves_it() {
    let world = World::new();
    let server = world.server().await;
    server.enrol(&staff(AUTHOR), &token()).await.unwrap();
    let drafted = server.define_product(&staff(AUTHOR), None, content("STORE", 1)).await.unwrap().product;
    let own = server.approve_product(&staff(AUTHOR), drafted.id, drafted.version).await.unwrap_err();
    assert_eq!(own.code(), "same_person");
    assert!(world.central.state().products.is_empty());
    let approved = server.approve_product(&staff(APPROVER), drafted.id, drafted.version).await.unwrap();
    assert!(approved.is_published && approved.product.state.is_approved());
    assert_eq!(world.central.state().products.len(), 1);
    work_all(&server).await;
    assert!(server.parked(None, 10).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn what_goes_beyond_fair_use_is_refused() {
    let world = World::new();
    let server = world.server().await;
    server.enrol(&staff(AUTHOR), &token()).await.unwrap();
    let refused = server.define_product(&staff(AUTHOR), None, content("STORE", 2)).await.unwrap_err();
    assert!(matches!(refused, ClientError::Product(_)), "{refused}");
}

#[tokio::test]
async fn without_enrolment_there_are_no_products() {
    let world = World::new();
    let refused =
        world.server().await.define_product(&staff(AUTHOR), None, content("STORE", 1)).await.unwrap_err();
    assert_eq!(refused.code(), "not_enrolled");
}

#[tokio::test]
async fn a_version_central_does_not_hear_of_is_published_later() {
    let world = World::new();
    let server = world.server().await;
    server.enrol(&staff(AUTHOR), &token()).await.unwrap();
    world.central.fail_next("publish_product", GatewayError::Unavailable);
    let product = approve(&server, content("STORE", 1)).await;
    assert!(world.central.state().products.is_empty());
    work_all(&server).await;
    let published = world.central.state().products[&format!("product-{product}-1")].clone();
    assert_eq!(published.version, ProductVersion::FIRST);
}

#[tokio::test]
async fn the_newest_approved_version_counts_and_a_draft_does_not() {
    let world = World::new();
    let ready = world.ready().await;
    let revised = ready
        .server
        .define_product(&staff(APPROVER), Some(ready.product), content("STORE", 1))
        .await
        .unwrap();
    assert_eq!(revised.product.version, ProductVersion(2));
    ready.server.start_case(&ready.application, &call(ready.product, "LOAN-1")).await.unwrap();
    assert_eq!(ready.server.products(None, 10).await.unwrap().items.len(), 2);
    let unknown =
        ready.server.approve_product(&staff(AUTHOR), ready.product, ProductVersion(3)).await.unwrap_err();
    assert!(matches!(unknown, ClientError::NotFound));
}
