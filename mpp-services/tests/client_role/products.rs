use mpp_core::{ProductId, ProductVersion};
use mpp_services::client::{ClientError, ClientService, GatewayError, Revised};

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
        .define_product(&staff(APPROVER), Some(after(ready.product, None)), content("STORE", 1))
        .await
        .unwrap();
    assert_eq!(revised.product.version, ProductVersion(2));
    ready.server.start_case(&ready.application, &call(ready.product, "LOAN-1")).await.unwrap();
    assert_eq!(ready.server.products(None, 10).await.unwrap().items.len(), 2);
    let unknown =
        ready.server.approve_product(&staff(AUTHOR), ready.product, ProductVersion(3)).await.unwrap_err();
    assert!(matches!(unknown, ClientError::NotFound));
}

#[tokio::test]
async fn a_version_central_does_not_know_yet_is_not_what_customers_are_asked_for() {
    let world = World::new();
    let ready = world.ready().await;
    let (server, product) = (&ready.server, ready.product);
    let next = Some(after(product, Some(1)));
    server.define_product(&staff(AUTHOR), next, content("STORE", 1)).await.unwrap();
    world.central.fail_next("publish_product", GatewayError::Unavailable);
    let approved = server.approve_product(&staff(APPROVER), product, ProductVersion(2)).await.unwrap();
    assert!(approved.product.state.is_approved() && !approved.is_published);
    server.start_case(&ready.application, &call(product, "LOAN-1")).await.unwrap();
    work_all(server).await;
    server.start_case(&ready.application, &call(product, "LOAN-2")).await.unwrap();
    for (case_ref, version) in [("LOAN-1", 1), ("LOAN-2", 2)] {
        let file = server.case_file(&case_ref.parse().unwrap()).await.unwrap();
        assert_eq!(file.row.product_version, ProductVersion(version), "{case_ref}");
    }
}

#[tokio::test]
async fn a_case_is_of_the_version_that_central_says_it_asks_for() {
    let world = World::new();
    let ready = world.ready().await;
    world.central.state().asks_for = Some(ProductVersion(2));
    ready.server.start_case(&ready.application, &call(ready.product, "LOAN-1")).await.unwrap();
    let file = ready.server.case_file(&"LOAN-1".parse().unwrap()).await.unwrap();
    assert_eq!(file.row.product_version, ProductVersion(2));
}

#[tokio::test]
async fn nobody_is_asked_for_a_product_of_which_central_knows_no_version() {
    let world = World::new();
    let ready = world.ready().await;
    world.central.fail_next("publish_product", GatewayError::Unavailable);
    let unknown = approve(&ready.server, content("STORE", 1)).await;
    let refused = ready.server.start_case(&ready.application, &call(unknown, "LOAN-1")).await.unwrap_err();
    assert_eq!(refused.code(), "product_not_approved");
}

/// Drafts the second and the third version of a product.
async fn draft_two(server: &ClientService, product: ProductId) {
    for known in [1, 2] {
        let next = Some(after(product, Some(known)));
        server.define_product(&staff(AUTHOR), next, content("STORE", 1)).await.unwrap();
    }
}

#[tokio::test]
async fn a_draft_behind_an_approved_version_is_not_approved() {
    let world = World::new();
    let ready = world.ready().await;
    let (server, product) = (&ready.server, ready.product);
    draft_two(server, product).await;
    server.approve_product(&staff(APPROVER), product, ProductVersion(3)).await.unwrap();
    let refused = server.approve_product(&staff(APPROVER), product, ProductVersion(2)).await.unwrap_err();
    assert_eq!(refused.code(), "product_superseded");
    let second = server.product_version(product, ProductVersion(2)).await.unwrap();
    assert_eq!(second.product.state.state_name(), "draft");
}

#[tokio::test]
async fn a_version_that_a_newer_one_has_overtaken_at_central_is_not_sent_there() {
    let world = World::new();
    let ready = world.ready().await;
    let (server, product) = (&ready.server, ready.product);
    draft_two(server, product).await;
    world.central.fail_next("publish_product", GatewayError::Unavailable);
    for version in [2, 3] {
        server.approve_product(&staff(APPROVER), product, ProductVersion(version)).await.unwrap();
    }
    work_all(server).await;
    let sent: Vec<_> = world.central.state().products.values().map(|sent| sent.version.0).collect();
    assert!(sent.contains(&3) && !sent.contains(&2), "{sent:?}");
    assert!(server.parked(None, 10).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn of_two_versions_approved_at_the_same_moment_the_newer_is_offered() {
    let world = World::new();
    let ready = world.ready().await;
    let (server, product) = (&ready.server, ready.product);
    draft_two(server, product).await;
    let approver = staff(APPROVER);
    let (older, newer) = tokio::join!(
        server.approve_product(&approver, product, ProductVersion(2)),
        server.approve_product(&approver, product, ProductVersion(3)),
    );
    assert!(newer.unwrap().is_published);
    let older = older.map(|view| view.product.state.state_name()).map_err(|error| error.code());
    assert!(matches!(older, Ok("approved") | Err("product_superseded")), "{older:?}");
    work_all(server).await;
    let second = server.product_version(product, ProductVersion(2)).await.unwrap();
    let told = if older.is_ok() { "approved" } else { "draft" };
    assert_eq!(second.product.state.state_name(), told);
    assert!(server.parked(None, 10).await.unwrap().items.is_empty());
    server.start_case(&ready.application, &call(product, "LOAN-1")).await.unwrap();
    let file = server.case_file(&"LOAN-1".parse().unwrap()).await.unwrap();
    assert_eq!(file.row.product_version, ProductVersion(3));
}

const fn after(product: ProductId, version: Option<u32>) -> Revised {
    let based_on = match version {
        Some(number) => Some(ProductVersion(number)),
        None => None,
    };
    Revised { product, based_on }
}

#[tokio::test]
async fn a_draft_that_began_from_an_older_version_is_refused() {
    let world = World::new();
    let ready = world.ready().await;
    let first = after(ready.product, Some(1));
    ready.server.define_product(&staff(AUTHOR), Some(first), content("STORE", 1)).await.unwrap();
    let stale = ready.server.define_product(&staff(APPROVER), Some(first), content("STORE", 1)).await;
    assert_eq!(stale.unwrap_err().code(), "product_moved_on");
    let second = after(ready.product, Some(2));
    ready.server.define_product(&staff(APPROVER), Some(second), content("STORE", 1)).await.unwrap();
    let versions = ready.server.product_versions(ready.product).await.unwrap();
    let told: Vec<_> = versions
        .iter()
        .map(|view| (view.product.version.0, view.product.state.author().as_str().to_owned()))
        .collect();
    assert_eq!(told, [(1, AUTHOR.to_owned()), (2, AUTHOR.to_owned()), (3, APPROVER.to_owned())]);
}

#[tokio::test]
async fn of_two_who_save_at_the_same_moment_one_is_told() {
    let world = World::new();
    let ready = world.ready().await;
    let first = after(ready.product, Some(1));
    let (author, approver) = (staff(AUTHOR), staff(APPROVER));
    let (one, other) = tokio::join!(
        ready.server.define_product(&author, Some(first), content("STORE", 1)),
        ready.server.define_product(&approver, Some(first), content("STORE", 1)),
    );
    let refused =
        [one, other].into_iter().filter_map(Result::err).map(|error| error.code()).collect::<Vec<_>>();
    assert_eq!(refused, ["product_moved_on"]);
}
