//! What the search finds by what people have in hand.

use mpp_core::ConsentRequestId;
use mpp_services::central::{Findings, FoundThing, NewRequest};

use crate::samples::{MOBILE, bureau_item, case_ref, customer};
use crate::world::World;

const LIKE_A_NUMBER: &str = "9100045678";

fn requests(findings: &Findings) -> Vec<ConsentRequestId> {
    let request = |thing: &FoundThing| match thing {
        FoundThing::Request(id) => *id,
        other => panic!("{other:?}"),
    };
    findings.found.iter().map(|found| request(&found.thing)).collect()
}

#[tokio::test]
async fn a_case_reference_that_looks_like_a_mobile_number_is_found_beside_the_number() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    let by_reference = world.place(&partner, product, LIKE_A_NUMBER).await;
    let found = world.central.find(LIKE_A_NUMBER).await.unwrap();
    assert_eq!((requests(&found), found.more), (vec![by_reference.request], false));

    let mut customer = customer();
    customer.mobile = LIKE_A_NUMBER.parse().unwrap();
    let new = NewRequest { product, case_ref: case_ref("LOAN-2"), customer };
    let by_number = world.central.place_request(partner.id, new).await.unwrap();
    let found = world.central.find(LIKE_A_NUMBER).await.unwrap();
    assert_eq!(requests(&found), [by_reference.request, by_number.request]);

    // the number of one customer is the reference of the same one's case
    let of_both = world.place(&partner, product, MOBILE).await;
    let found = world.central.find(MOBILE).await.unwrap();
    assert_eq!(requests(&found), [of_both.request, by_reference.request], "each once");
}

#[tokio::test]
async fn of_more_than_twenty_it_is_said_that_there_are_more() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    for number in 0..20 {
        world.place(&partner, product, &format!("LOAN-{number}")).await;
    }
    let all = world.central.find(MOBILE).await.unwrap();
    assert_eq!((all.found.len(), all.more), (20, false));
    let newest = world.place(&partner, product, "LOAN-20").await;
    let some = world.central.find(MOBILE).await.unwrap();
    assert_eq!((some.found.len(), some.more), (20, true));
    assert_eq!(requests(&some)[0], newest.request);
}
