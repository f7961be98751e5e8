//! Taking a request back and retiring a product over HTTP, with a phone that looks on.

use mpp_api::ApiError;
use mpp_api::central::{NotificationType, PhoneClient};

use crate::proofs::status;
use crate::samples::{account_item, asking};
use crate::town::Town;

fn refused<T: std::fmt::Debug>(answer: Result<T, ApiError>) -> (u16, String) {
    let error = answer.unwrap_err();
    let (status, code) = status(&error);
    (status, code.to_owned())
}

fn told(code: &str, status: u16) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
pub(crate) async fn a_request_is_taken_back_over_http_until_the_customer_decides() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![account_item()]).await;
    let client = town.partner(&partner);
    let placed = town.place(&partner, product, "LOAN-1").await;
    let phone = town.open(&placed).await;
    let id = placed.consent_request_id;
    town.phone(&phone).screen(id).await.unwrap();
    let first = client.take_back(id).await.unwrap();
    assert_eq!((first.state.as_str(), first.items[0].decision.as_str()), ("cancelled", "undecided"));
    assert_eq!(client.take_back(id).await.unwrap(), first);
    assert_eq!(client.consent_request(id).await.unwrap(), first);

    let seen = town.phone(&phone).screen(id).await;
    assert_eq!(refused(seen), told("request_cancelled", 410));
    let again = town.opening(&placed, &phone.key);
    let opened = PhoneClient::new(town.anonymous()).open_link(&again).await;
    assert_eq!(refused(opened), told("request_cancelled", 410));
    let news = client.notifications(0, std::time::Duration::ZERO).await.unwrap().items;
    assert_eq!(news.iter().map(|one| one.kind).collect::<Vec<_>>(), [NotificationType::ConsentCancelled]);

    let other = town.place(&partner, product, "LOAN-2").await;
    town.approve_all(&town.open(&other).await).await;
    let late = client.take_back(other.consent_request_id).await;
    assert_eq!(refused(late), told("request_decided", 409));

    let stranger = town.partner(&town.onboard(None).await);
    assert_eq!(refused(stranger.take_back(id).await), told("not_found", 404));
}

#[tokio::test]
pub(crate) async fn a_product_is_retired_over_http() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![account_item()]).await;
    let client = town.partner(&partner);
    let placed = town.place(&partner, product, "LOAN-1").await;
    client.retire_product(product).await.unwrap();
    client.retire_product(product).await.unwrap();
    let asked = client.place_consent_request("late", &asking(product, "LOAN-2")).await;
    assert_eq!(refused(asked), told("product_retired", 409));
    town.approve_all(&town.open(&placed).await).await;
    let listed = town.staff().products(None).await.unwrap().items;
    assert!(listed.iter().any(|one| one.product_id == product && one.retired_at.is_some()));
    let stranger = town.partner(&town.onboard(None).await);
    assert_eq!(refused(stranger.retire_product(product).await), told("product_unknown", 404));
}
