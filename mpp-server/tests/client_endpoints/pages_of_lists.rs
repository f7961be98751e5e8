//! Lists give as many entries as are asked for.

use std::time::Duration;

use mpp_api::client::{CaseQuery, DocumentQuery, NewsSearchQuery, ParcelView, ToldFetchQuery};
use mpp_api::desk::AuditSearchQuery;
use mpp_api::{ApiError, Page, Place};
use mpp_core::Clock;

use crate::town::{AUTHOR_KEY, Town};

/// How many entries a page has, and whether there are more.
fn size<T>(page: Result<Page<T>, ApiError>) -> (usize, bool) {
    let page = page.unwrap();
    (page.items.len(), page.next.is_some())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_give_as_many_entries_as_are_asked_for() {
    let mut town = Town::start().await;
    let partner = town.onboard().await;
    for case in ["LOAN-1", "LOAN-2"] {
        let started = town.ask(&partner, case).await;
        let phone = town.approve(&started).await;
        town.upload(&partner, &phone, b"<Account/>").await;
        while town.next_push().await.1.data.item_id.is_none() {}
    }
    let staff = town.staff(AUTHOR_KEY);
    let limit = Some(1);
    assert_eq!(size(staff.cases(&CaseQuery::default()).await), (2, false));
    assert_eq!(size(staff.cases(&CaseQuery { limit, ..CaseQuery::default() }).await), (1, true));
    assert_eq!(size(staff.items(&DocumentQuery { limit, ..DocumentQuery::default() }).await), (1, true));
    assert_eq!(size(staff.news(&NewsSearchQuery { limit, ..NewsSearchQuery::default() }).await), (1, true));
    assert_eq!(size(staff.fetches(&ToldFetchQuery { limit, ..ToldFetchQuery::default() }).await), (1, true));
    assert_eq!(size(staff.parcels(Place { after: None, limit }).await), (1, true));
    // a use is written down with the receipt, which may come after the application was told
    let acknowledged = async {
        let is_open = |parcel: &ParcelView| parcel.state != "acknowledged";
        while staff.parcels(None).await.unwrap().items.iter().any(is_open) {}
    };
    tokio::time::timeout(Duration::from_secs(100), acknowledged).await.unwrap();
    let month = town.clock.now().day_in_india().to_string()[..7].parse().unwrap();
    assert_eq!(size(staff.own_uses(month, None).await), (2, false));
    let first = staff.own_uses(month, Place { after: None, limit }).await.unwrap();
    assert_eq!(first.items.len(), 1);
    assert_eq!(size(staff.own_uses(month, Place { after: first.next.as_deref(), limit }).await), (1, false));
    let leaves =
        staff.search_audit(&AuditSearchQuery { limit, ..AuditSearchQuery::default() }).await.unwrap();
    assert_eq!((leaves.leaves.len(), leaves.before.is_some()), (1, true));
}
