use mpp_core::{Decision, ProductId};
use mpp_services::central::NewRequest;

use crate::samples::{bureau_item, case_ref, customer, product};
use crate::world::World;

fn asking(product: ProductId, case: &str) -> NewRequest {
    NewRequest { product, case_ref: case_ref(case), customer: customer() }
}

#[tokio::test]
async fn nobody_is_asked_for_a_retired_product_and_what_was_asked_goes_on() {
    let world = World::new();
    let partner = world.onboard().await;
    let id = world.publish(&partner, vec![bureau_item()]).await;
    let unopened = world.place(&partner, id, "LOAN-1").await;
    let phone = world.open(&world.place(&partner, id, "LOAN-2").await).await;
    for _ in 0..2 {
        world.central.retire_product(partner.id, id).await.unwrap();
    }
    let refused = world.central.place_request(partner.id, asking(id, "LOAN-3")).await.unwrap_err();
    assert_eq!(refused.code(), "product_retired");
    world.decide(&phone, &[("provider:bureau", Decision::Approved)]).await.unwrap();
    // the answer to placing may have been lost: the link is still renewed
    let renewed = world.place(&partner, id, "LOAN-1").await;
    assert_eq!(renewed.request, unopened.request);
    world.open(&renewed).await;
    assert_eq!(world.dump().await.matches("product.retired").count(), 1);
    let listed = world.central.published_products(None, 10).await.unwrap().items;
    assert!(listed[0].retired_at.is_some());
}

#[tokio::test]
async fn a_retired_product_gets_no_version_more() {
    let world = World::new();
    let partner = world.onboard().await;
    let now = mpp_core::Clock::now(world.clock.as_ref());
    let first = product(partner.id, vec![bureau_item()], now, world.entropy.as_ref());
    world.central.publish_product(partner.id, first.clone()).await.unwrap();
    world.central.retire_product(partner.id, first.id).await.unwrap();
    let mut second = first.clone();
    second.version = second.version.next();
    let refused = world.central.publish_product(partner.id, second).await.unwrap_err();
    assert_eq!(refused.code(), "product_retired");
    // publishing may be repeated by a job that began before
    world.central.publish_product(partner.id, first).await.unwrap();
}

#[tokio::test]
async fn nobody_retires_what_another_partner_offers() {
    let world = World::new();
    let partner = world.onboard().await;
    let stranger = world.onboard().await;
    let id = world.publish(&partner, vec![bureau_item()]).await;
    for (asking, product) in [(stranger.id, id), (partner.id, ProductId::from_random([3; 16]))] {
        let refused = world.central.retire_product(asking, product).await.unwrap_err();
        assert_eq!(refused.code(), "product_unknown");
    }
    world.place(&partner, id, "LOAN-1").await;
}

#[tokio::test]
async fn a_request_on_its_way_is_refused_when_the_product_is_retired_before_it_is_written() {
    let (world, fuse) = World::that_dies();
    let partner = world.onboard().await;
    let id = world.publish(&partner, vec![bureau_item()]).await;
    let (has_come, go_on) = fuse.hold_next_commit();
    let (placed, retired) =
        tokio::join!(world.central.place_request(partner.id, asking(id, "LOAN-1")), async {
            has_come.await.unwrap();
            let retired = world.central.retire_product(partner.id, id).await;
            go_on.send(()).unwrap();
            retired
        });
    retired.unwrap();
    assert_eq!(placed.unwrap_err().code(), "product_retired");
}
