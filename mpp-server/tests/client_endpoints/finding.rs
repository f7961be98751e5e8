//! A case is found by whatever people have in hand, over HTTP and in the portal.

use http::Method;
use mpp_api::client::DocumentQuery;

use crate::people::join_with_key;
use crate::town::{AUTHOR_KEY, Town};
use crate::window::Window;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_case_is_found_by_its_reference_and_by_whatever_belongs_to_it() {
    let mut town = Town::start().await;
    let partner = town.onboard().await;
    let started = town.ask(&partner, "LOAN/1?x").await;
    let phone = town.approve(&started).await;
    let parcel = town.upload(&partner, &phone, b"<Account/>").await;
    while town.next_push().await.1.data.item_id.is_none() {}
    town.ask(&partner, "LOAN-2").await;
    let staff = town.staff(AUTHOR_KEY);
    let item = staff.items(&DocumentQuery::default()).await.unwrap().items[0].item_id;
    let named = [
        ("case", "LOAN/1?x".to_owned()),
        ("request", started.consent_request_id.to_string()),
        ("consent", phone.consent.to_string()),
        ("document", item.to_string()),
        ("parcel", parcel.to_string()),
    ];
    let session = join_with_key(&town, "asha", &["caseworker"]).await;
    let asha = Window::signed_in(town.client_url(), "__Host-mpp-client", &session);
    for (kind, text) in &named {
        let found = staff.find_case(&format!("  {text} ")).await.unwrap().items;
        assert_eq!((found.len(), found[0].kind.as_str()), (1, *kind), "{text}");
        assert_eq!(found[0].case.case_ref.as_str(), "LOAN/1?x", "{text}");
        let answer = asha.send(Method::POST, "/portal/find", &[("text", text)]).await;
        assert_eq!(answer.headers["location"], "/portal/cases/LOAN%2F1%3Fx", "{text}");
    }
    for text in
        ["", "LOAN-3", "7d444840-9dc0-41d1-b245-5ffdce74fad2", "<script>alert(1)</script>", "9000000001"]
    {
        assert!(staff.find_case(text).await.unwrap().items.is_empty(), "{text}");
    }
    let nothing = asha.send(Method::POST, "/portal/find", &[("text", "LOAN-3")]).await;
    let page = String::from_utf8(nothing.body.collect(1_000_000).await.unwrap().to_vec()).unwrap();
    assert!(page.contains("Nothing is called that") && page.contains("id=\"find\""), "{page}");
    let finance = join_with_key(&town, "ravi", &["finance"]).await;
    let ravi = Window::signed_in(town.client_url(), "__Host-mpp-client", &finance);
    assert!(
        !ravi.page("/portal/usage").await.1.contains("id=\"find\""),
        "who may not see cases looks for none"
    );
}
