//! How data came or why it did not, over HTTP and in the portal.

use mpp_api::client::ToldFetchQuery;

use crate::journey::problem;
use crate::people::join_with_key;
use crate::town::{AUTHOR_KEY, Town};
use crate::window::Window;

/// What differs from asking for everything.
type Change = fn(&mut ToldFetchQuery);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_document_that_came_leads_to_the_data_for_who_may_see_it() {
    let mut town = Town::start().await;
    let partner = town.onboard().await;
    let started = town.ask(&partner, "LOAN-1").await;
    let phone = town.approve(&started).await;
    town.upload(&partner, &phone, b"<Account/>").await;
    while town.next_push().await.1.data.item_id.is_none() {}
    let staff = town.staff(AUTHOR_KEY);
    let of = async |change: Change| {
        let mut query = ToldFetchQuery::default();
        change(&mut query);
        staff.fetches(&query).await
    };
    let rows = of(|_| ()).await.unwrap().items;
    assert_eq!(rows.len(), 1, "{rows:?}");
    let row = &rows[0];
    assert_eq!((row.status.as_str(), row.case_ref.as_str()), ("received", "LOAN-1"));
    assert_eq!(row.source.as_deref(), Some("account-aggregator"));
    assert_eq!((row.product_id, &row.quality[..]), (Some(partner.product), &[][..]));
    let document = row.item_id.unwrap();
    let narrowed: [(Change, usize); 5] = [
        (|query| query.status = Some("received".into()), 1),
        (|query| query.status = Some("failed".into()), 0),
        (|query| query.source = Some("account-aggregator".into()), 1),
        (|query| query.source = Some("provider:sandbox-bureau".into()), 0),
        (|query| query.to = Some("2026-01-01".into()), 0),
    ];
    for (query, found) in narrowed {
        assert_eq!(of(query).await.unwrap().items.len(), found);
    }
    let refused: [Change; 4] = [
        |query| query.status = Some("splendid".into()),
        |query| query.source = Some("nowhere".into()),
        |query| query.from = Some("soon".into()),
        |query| query.after = Some("x".into()),
    ];
    for bad in refused {
        assert_eq!(problem(of(bad).await.unwrap_err()).code, "invalid_request");
    }

    let portal = async |id: &str, role: &str| {
        let session = join_with_key(&town, id, &[role]).await;
        Window::signed_in(town.client_url(), "__Host-mpp-client", &session)
    };
    let ravi = portal("ravi", "auditor").await;
    let (_, page) = ravi.page("/portal/fetches?status=received").await;
    let leads = format!("href=\"/portal/data/{document}\"");
    let suggestion = "<datalist id=\"known-source\"><option value=\"account-aggregator\">";
    for words in ["LOAN-1", "Received", &leads, suggestion] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let (_, page) = ravi.page("/portal/fetches?status=failed").await;
    assert!(page.contains("No fetch is like that"), "{page}");
    let manager = portal("maya", "product_manager").await;
    let (status, page) = manager.page("/portal/fetches").await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("LOAN-1"), "who may see cases sees how their data came: {page}");
    assert!(!page.contains(&leads), "who sees no data is not led to it: {page}");
    assert_eq!(portal("nina", "finance").await.page("/portal/fetches").await.0, 403);
}
