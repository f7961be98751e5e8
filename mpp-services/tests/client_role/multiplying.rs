//! Copies of a case, as a server is filled with to be measured.

use jiff::ToSpan;
use mpp_core::{DeliveryFailure, FetchId, Span, UsageUnit};
use mpp_services::client::{
    CaseSearch, CentralNotificationKind, ClientError, DocumentSearch, NewsSearch, WantedProduct,
};

use crate::fake_central::About;
use crate::world::{AUTHOR, BUREAU, DEPOSIT, Ready, World, settle, staff, work_all};

/// A case whose document came and was looked at.
async fn finished(world: &World) -> Ready {
    let ready = world.ready().await;
    while ready.server.index_some().await.unwrap() {}
    complete(world, &ready).await;
    ready
}

async fn complete(world: &World, ready: &Ready) {
    let about = world.consented(ready, "LOAN-1", "account-aggregator").await;
    let about = About { fetch: Some(FetchId::from_random([1; 16])), ..about };
    let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.as_bytes());
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    settle(&ready.server).await;
    let held = DocumentSearch { status: Some("held".into()), ..DocumentSearch::default() };
    let item = ready.server.documents_received(&held, None, 1).await.unwrap().items.remove(0).item;
    ready.server.read_masked(&staff(AUTHOR), item).await.unwrap();
}

#[tokio::test]
async fn every_list_and_every_day_has_copies() {
    let world = World::new();
    let ready = finished(&world).await;
    let server = &ready.server;
    let mut heard = Vec::new();
    let done = server.multiply_newest_case(650, &mut |done| heard.push(done.consents)).await.unwrap();
    assert_eq!((done.requests, done.consents), (650, 650));
    assert!(done.events >= 650 * 8, "{done:?}");
    assert_eq!((heard.len(), heard.last()), (7, Some(&650)));

    let glance = server.at_a_glance().await.unwrap();
    assert_eq!((glance.cases, glance.held + glance.purged), (651, 651));
    assert!(glance.held > 300 && glance.purged > 300, "{glance:?}");
    let today = mpp_core::Clock::now(&*world.clock).day_in_india();
    for months in [-4, -2, 0, 2, 4_i32] {
        let from = today.checked_add(months.months()).unwrap();
        let calendar = server.life_calendar(Some(from), None).await.unwrap();
        let empty = calendar.days.iter().filter(|day| day.ends + day.purged == 0).count();
        let beyond = calendar.days.iter().filter(|day| (day.day - today).get_days().abs() > 149).count();
        assert!(calendar.is_complete && empty <= beyond, "{from}: {empty} days without anything");
        assert_eq!(calendar.overdue, []);
    }
    let mut uses = 0;
    for back in 0..11_i32 {
        let month = mpp_billing::BillingMonth::of(today.checked_sub(back.months()).unwrap());
        let counts = server.use_counts(month).await.unwrap();
        assert!(
            counts.iter().all(|row| row.unit == UsageUnit::DataFetch && row.product == Some(ready.product))
        );
        uses += counts.iter().map(|row| row.quantity.get()).sum::<u64>();
    }
    assert_eq!(uses, 651);
    let news = server.news(0, 2000).await.unwrap();
    assert_eq!(news.len(), 651, "numbered without gaps");
    assert_eq!(server.news_told(&NewsSearch::default(), None, 100).await.unwrap().items.len(), 100);
    assert_eq!(server.accesses(None, 1000).await.unwrap().items.len(), 651);
    assert_eq!(
        server
            .case_file(&server.cases(CaseSearch::default(), None, 1).await.unwrap().items[0].case_ref)
            .await
            .unwrap()
            .documents
            .len(),
        1
    );
}

#[tokio::test]
async fn a_copy_has_no_bytes_and_ends_like_any_document() {
    let world = World::new();
    let ready = finished(&world).await;
    let server = &ready.server;
    server.multiply_newest_case(20, &mut |_| ()).await.unwrap();
    let held = DocumentSearch { status: Some("held".into()), ..DocumentSearch::default() };
    let copy = server.documents_received(&held, None, 1).await.unwrap().items.remove(0);
    assert!(copy.case_ref.as_str().starts_with("COPY-") && copy.label.is_none());
    let opened = server.read_masked(&staff(AUTHOR), copy.item).await.unwrap_err();
    assert!(matches!(opened, ClientError::DataGone), "{opened:?}");

    world.wait(Span::from_days(151));
    work_all(server).await;
    let left = server.documents_received(&held, None, 10).await.unwrap().items;
    assert!(left.is_empty(), "{left:?}");
    // central's notifications go on where they were
    let about = world.consented(&ready, "LOAN-2", "account-aggregator").await;
    world.central.announce(CentralNotificationKind::ConsentApproved, &about);
    assert!(server.poll(Span::default()).await.unwrap() > 0);
}

#[tokio::test]
async fn without_a_finished_case_there_is_nothing_to_copy() {
    let world = World::new();
    let ready = world.ready().await;
    world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let refused = ready.server.multiply_newest_case(10, &mut |_| ()).await.unwrap_err();
    assert!(matches!(refused, ClientError::NotFound), "{refused:?}");
}

#[tokio::test]
async fn what_is_rare_is_found_at_once_among_very_many() {
    let world = World::new();
    let ready = world.ready().await;
    while ready.server.index_some().await.unwrap() {}
    // a case that was not placed here, and whose notification the application does not take
    let request = mpp_core::ConsentRequestId::from_random([3; 16]);
    let nobodys = About { case_ref: "ELSEWHERE".into(), ..world.about(request, BUREAU.parse().unwrap()) };
    world.application.failures.lock().unwrap().push_back(DeliveryFailure::ForbiddenAddress);
    world.central.announce(CentralNotificationKind::ConsentApproved, &nobodys);
    let parcel = world.central.keep_parcel(&nobodys, "application/json", b"{}");
    world.central.announce(CentralNotificationKind::DataAvailable, &nobodys.with_parcel(parcel));
    settle(&ready.server).await;
    complete(&world, &ready).await;
    let server = &ready.server;
    server.multiply_newest_case(1_200, &mut |_| ()).await.unwrap();

    let day = mpp_core::Clock::now(&*world.clock).day_in_india();
    let (source, none) = (BUREAU.parse().ok(), Some(WantedProduct::None));
    for search in [
        DocumentSearch { product: none, ..DocumentSearch::default() },
        DocumentSearch { source: source.clone(), ..DocumentSearch::default() },
        DocumentSearch { product: none, source, status: Some("held".into()), ..DocumentSearch::default() },
    ] {
        let found = server.documents_received(&search, None, 10).await.unwrap();
        let cases: Vec<&str> = found.items.iter().map(|row| row.case_ref.as_str()).collect();
        assert_eq!((cases, found.next), (vec!["ELSEWHERE"], None), "{search:?}");
    }
    let parked = NewsSearch { status: Some("parked".into()), ..NewsSearch::default() };
    let found = server.news_told(&parked, None, 10).await.unwrap();
    assert_eq!((found.items.len(), found.next), (1, None));
    let early = mpp_core::Clock::now(&*world.clock).minus(Span::from_days(290)).day_in_india();
    let of_day = NewsSearch { from: Some(early), to: Some(early), ..NewsSearch::default() };
    let found = server.news_told(&of_day, None, 100).await.unwrap();
    assert!((3..=5).contains(&found.items.len()) && found.next.is_none(), "{}", found.items.len());
    assert!(found.items.iter().all(|row| row.news.occurred_at.day_in_india() == early));
    let today =
        NewsSearch { status: Some("parked".into()), from: Some(day), to: Some(day), ..NewsSearch::default() };
    assert_eq!(server.news_told(&today, None, 10).await.unwrap().items.len(), 1);
}
