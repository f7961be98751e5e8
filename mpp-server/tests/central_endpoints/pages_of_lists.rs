//! Lists give as many entries as are asked for, and the portal asks for no more than a page shows.

use mpp_api::Place;
use mpp_api::central::RequestSearchQuery;
use mpp_api::desk::AuditSearchQuery;

use crate::people::join;
use crate::portal::{session_of, sign_in, window};
use crate::samples::account_item;
use crate::town::Town;

#[tokio::test]
async fn lists_give_as_many_entries_as_are_asked_for() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    town.onboard(None).await;
    let product = town.publish(&partner, vec![account_item()]).await;
    for case in 0..31 {
        town.place(&partner, product, &format!("LOAN-{case}")).await;
    }
    let staff = town.staff();
    let requests = async |limit| {
        let query = RequestSearchQuery { limit, ..Default::default() };
        let page = staff.requests(&query).await.unwrap();
        (page.items.len(), page.next.is_some())
    };
    assert_eq!(requests(None).await, (31, false));
    assert_eq!(requests(Some(2)).await, (2, true));
    assert_eq!(requests(Some(0)).await, (1, true), "one at least");
    assert_eq!(requests(Some(u32::MAX)).await, (31, false));
    let partners = async |limit| {
        let page = staff.partners(Place { after: None, limit }).await.unwrap();
        (page.items.len(), page.next.is_some())
    };
    assert_eq!((partners(None).await, partners(Some(1)).await), ((2, false), (1, true)));
    let leaves = async |limit| {
        let page = staff.search_audit(&AuditSearchQuery { limit, ..Default::default() }).await.unwrap();
        (page.leaves.len(), page.before.is_some())
    };
    assert_eq!(leaves(Some(3)).await, (3, true));

    let mut query = RequestSearchQuery { limit: Some(7), ..Default::default() };
    let mut seen = Vec::new();
    loop {
        let page = staff.requests(&query).await.unwrap();
        seen.extend(page.items.into_iter().map(|row| row.consent_request_id));
        let Some(next) = page.next else { break };
        query.after = Some(next);
    }
    let all = staff.requests(&RequestSearchQuery::default()).await.unwrap().items;
    assert_eq!(seen, all.into_iter().map(|row| row.consent_request_id).collect::<Vec<_>>());

    let (_, secret) = join(&town, "ravi", "operations").await;
    let session = session_of(&sign_in(&town, "", "ravi", &secret).await).unwrap();
    let (status, page) = window(&town, &session).page("/portal/requests?status=placed&limit=3").await;
    assert_eq!((status, page.matches("<tr>").count()), (200, 1 + 25), "the head and twenty-five rows");
    let next = page.split("href=\"").find(|rest| rest.contains("rel=\"next\"")).unwrap();
    assert!(next.starts_with("/portal/requests?status=placed&#38;after="), "{next}");
}
