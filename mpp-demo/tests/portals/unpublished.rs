//! A product that is approved while central is away: customers are not asked for it until central knows it.

use mpp_demo::product::personal_loan;
use mpp_demo::world::Role;
use serde_json::json;

use crate::looking::{Portal, Visitor, invite, world};

/// Keeps a draft; gives its place.
fn draft(author: &mut Visitor, portal: &Portal) -> String {
    let content = personal_loan().unwrap();
    author.browser.visit(&portal.at("/products/new"));
    author.fill("name", "Two-wheeler loan");
    author.fill("json", &json!({ "items": content.items, "notice": content.notice }).to_string());
    author.browser.click("button[value=json]");
    author.browser.click("main form button.primary");
    assert!(author.text().contains("The draft is kept"), "{}", author.text());
    let place = author.browser.run("location.pathname");
    portal.of(place.as_str().unwrap())
}

/// Approves it while central does not answer, and is told so.
fn approve_alone(second: &mut Visitor, place: &str) {
    second.browser.visit(place);
    second.browser.click("form[action$='/approve'] button");
    let text = second.text();
    for words in ["Central does not know it yet", "central does not know this version yet"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    second.check("product-unpublished", false);
}

/// Nobody can be asked for it: a choice that cannot be made is not offered.
fn is_offered(visitor: &mut Visitor, portal: &Portal) -> bool {
    visitor.browser.visit(&portal.at("/cases/new"));
    assert!(visitor.text().contains("Personal loan"), "{}", visitor.text());
    visitor.text().contains("Two-wheeler loan")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_waits_for_central() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(folder.path()).await;
    let client = Portal(world.places().client.clone());
    let author = invite(world.client_desk(), &client.0, "leela", &["product_manager", "caseworker"]).await;
    let second = invite(world.client_desk(), &client.0, "arjun", &["product_manager"]).await;
    let drafted = tokio::task::spawn_blocking(move || {
        let mut leela = Visitor::joined("client-unpublished", &author);
        let mut arjun = Visitor::joined("client-unpublished", &second);
        let place = draft(&mut leela, &client);
        arjun.browser.visit(&place);
        (client, leela, arjun, place)
    });
    let (client, mut leela, mut arjun, place) = drafted.await.unwrap();
    world.stop_role(Role::Central).await.unwrap();
    let approved = tokio::task::spawn_blocking(move || {
        approve_alone(&mut arjun, &place);
        assert!(!is_offered(&mut leela, &client));
        leela.check("case-form-without-it", true);
    });
    approved.await.unwrap();
    world.start_again(Role::Central).await.unwrap();
    world.stop().await;
}
