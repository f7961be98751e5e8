//! An address for notifications is tried out, over HTTP and in the portal; and every attempt at a notification is told.

use http::Method;
use mpp_api::client::{NewsSearchQuery, SetWebhook};
use serde_json::{Value, json};

use crate::journey::{is_signed, problem};
use crate::people::join_with_key;
use crate::town::{AUTHOR_KEY, Town};
use crate::window::Window;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn an_address_is_tried_out_before_anything_happens() {
    let mut town = Town::start().await;
    let author = town.staff(AUTHOR_KEY);
    let nowhere = problem(author.test_webhook(&town.call()).await.unwrap_err());
    assert_eq!((nowhere.status, nowhere.code.as_str()), (404, "not_found"));
    let partner = town.onboard().await;
    let tested = author.test_webhook(&town.call()).await.unwrap();
    assert_eq!((tested.attempt.outcome.as_str(), tested.attempt.http_status), ("delivered", None));
    let push = town.next_sent().await;
    is_signed(&push, &partner.webhook_key, &town);
    let said: Value = serde_json::from_slice(&push.1).unwrap();
    assert_eq!(said["id"], tested.notification_id.to_string());
    assert_eq!((&said["type"], &said["sequence"], &said["data"]), (&json!("test"), &json!(0), &json!({})));

    let session = join_with_key(&town, "asha", &["administrator"]).await;
    let asha = Window::signed_in(town.client_url(), "__Host-mpp-client", &session);
    let pressed = asha.send(Method::POST, "/portal/keys/webhook/test", &[("once", "once-1")]).await;
    let page = String::from_utf8(pressed.body.collect(1_000_000).await.unwrap().to_vec()).unwrap();
    assert!(page.contains("Your application took the test notification."), "{page}");
    town.next_sent().await;

    let dead = town.hook.join("/nothing-here").unwrap();
    author.set_webhook(&town.call(), &SetWebhook { url: dead }).await.unwrap();
    let tested = author.test_webhook(&town.call()).await.unwrap();
    assert_eq!((tested.attempt.outcome.as_str(), tested.attempt.http_status), ("refused", Some(404)));
    let pressed = asha.send(Method::POST, "/portal/keys/webhook/test", &[("once", "once-2")]).await;
    let page = String::from_utf8(pressed.body.collect(1_000_000).await.unwrap().to_vec()).unwrap();
    assert!(page.contains("did not take the test notification: refused with 404"), "{page}");

    // what is told in earnest begins with 1, and its attempts are told too
    town.approve(&town.ask(&partner, "LOAN-1").await).await;
    let row = loop {
        let rows = author.news(&NewsSearchQuery::default()).await.unwrap().items;
        match rows.into_iter().next().filter(|row| !row.attempts.is_empty()) {
            Some(row) => break row,
            None => tokio::task::yield_now().await,
        }
    };
    assert_eq!((row.status.as_str(), row.case_ref.as_str()), ("due", "LOAN-1"));
    assert_eq!((row.attempts[0].outcome.as_str(), row.attempts[0].http_status), ("refused", Some(404)));
    let of = async |kind: &str| {
        let query = NewsSearchQuery { kind: Some(kind.to_owned()), ..NewsSearchQuery::default() };
        author.news(&query).await
    };
    assert_eq!(of("consent.approved").await.unwrap().items.len(), 1);
    assert!(of("data.failed").await.unwrap().items.is_empty());
    assert_eq!(problem(of("data.unheard_of").await.unwrap_err()).code, "invalid_request");
    let seen = asha.page("/portal/news?type=consent.approved").await.1;
    assert!(seen.contains("refused with 404"), "{seen}");
    let log = serde_json::to_string(&author.audit(None).await.unwrap().leaves).unwrap();
    assert_eq!(log.matches("webhook.tested").count(), 4, "{log}");
}
