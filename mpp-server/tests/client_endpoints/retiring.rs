//! Retiring a product over HTTP and on the portal's pages without scripts.

use http::Method;
use mpp_api::ApiError;
use mpp_api::client::DefineProduct;

use crate::journey::problem;
use crate::people::join_with_key;
use crate::town::{APPROVER_KEY, AUTHOR_KEY, Town, asking, definition};
use crate::window::Window;

fn refused<T: std::fmt::Debug>(answer: Result<T, ApiError>) -> (u16, String) {
    let problem = problem(answer.unwrap_err());
    (problem.status, problem.code)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_product_is_retired_by_two_and_asked_for_no_more() {
    let town = Town::start().await;
    let partner = town.onboard().await;
    let (author, approver) = (town.staff(AUTHOR_KEY), town.staff(APPROVER_KEY));
    let started = town.ask(&partner, "LOAN-1").await;
    let nothing = approver.approve_retirement(&town.call(), partner.product).await;
    assert_eq!(refused(nothing), (404, "not_found".to_owned()));
    author.propose_retirement(&town.call(), partner.product).await.unwrap();
    approver.withdraw_retirement(&town.call(), partner.product).await.unwrap();
    let proposed = author.propose_retirement(&town.call(), partner.product).await.unwrap();
    assert_eq!(proposed.proposed_by.as_str(), "meera");
    assert_eq!(author.product(partner.product, 1).await.unwrap().retirement, Some(proposed));
    let own = author.approve_retirement(&town.call(), partner.product).await;
    assert_eq!(refused(own), (403, "same_person".to_owned()));
    approver.approve_retirement(&town.call(), partner.product).await.unwrap();
    approver.approve_retirement(&town.call(), partner.product).await.unwrap();

    let asked = partner.application.start(&town.call(), &asking(partner.product, "LOAN-2")).await;
    assert_eq!(refused(asked), (409, "product_retired".to_owned()));
    let next = DefineProduct { product_id: Some(partner.product), ..definition() };
    assert_eq!(
        refused(author.define_product(&town.call(), &next).await),
        (409, "product_retired".to_owned())
    );
    let again = author.propose_retirement(&town.call(), partner.product).await;
    assert_eq!(refused(again), (409, "product_retired".to_owned()));
    let listed = author.products(None).await.unwrap().items;
    assert!(listed.iter().all(|version| version.state == "retired"));
    // what was placed goes on
    town.approve(&started).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_lead_two_persons_through_it() {
    let town = Town::start().await;
    let partner = town.onboard().await;
    let window = async |name: &str, roles: &[&str]| {
        let key = join_with_key(&town, name, roles).await;
        Window::signed_in(town.client_url(), "__Host-mpp-client", &key)
    };
    let asha = window("asha", &["product_manager"]).await;
    let dev = window("dev", &["product_manager"]).await;
    let clerk = window("clerk", &["caseworker"]).await;
    let here = format!("/portal/products/{}/1", partner.product);
    let retire = format!("{here}/retire");
    assert!(asha.page(&here).await.1.contains(&format!("href=\"{retire}\"")));
    let (status, question) = asha.page(&retire).await;
    assert!(status == 200 && question.contains("it cannot be brought back"), "{question}");
    let forbidden = clerk.send(Method::POST, &retire, &[("once", "c")]).await;
    assert_eq!(forbidden.status.as_u16(), 403);
    let led = asha.send(Method::POST, &retire, &[("once", "a")]).await;
    assert_eq!(led.headers["location"], format!("{here}?done=retirement_proposed"));
    let own = asha.page(&here).await.1;
    assert!(own.contains("waits for a second person") && !own.contains("retire/approve"), "{own}");
    let own = asha.send(Method::POST, &format!("{retire}/approve"), &[("once", "b")]).await;
    assert_eq!(own.status.as_u16(), 409);

    let seen = dev.page(&here).await.1;
    assert!(seen.contains(&format!("action=\"{retire}/approve\"")), "{seen}");
    let kept = dev.send(Method::POST, &format!("{retire}/withdraw"), &[("once", "d")]).await;
    assert_eq!(kept.headers["location"], format!("{here}?done=retirement_withdrawn"));
    asha.send(Method::POST, &retire, &[("once", "e")]).await;
    let done = dev.send(Method::POST, &format!("{retire}/approve"), &[("once", "f")]).await;
    assert_eq!(done.headers["location"], format!("{here}?done=retired"));
    let page = dev.page(&here).await.1;
    assert!(page.contains("Retired") && !page.contains("/next") && !page.contains("/retire\""), "{page}");
    let list = dev.page("/portal/products").await.1;
    assert!(list.contains("Retired"), "{list}");
    let form = clerk.page("/portal/cases/new").await.1;
    assert!(!form.contains(&partner.product.to_string()), "it cannot be chosen any more");
}
