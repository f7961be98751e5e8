//! The purge calendar and the filters behind its numbers, over HTTP and in the portal.

use mpp_api::client::{CaseQuery, DocumentQuery, PurgeCalendarQuery};
use mpp_core::{Clock, Span};

use crate::journey::problem;
use crate::people::join_with_key;
use crate::town::{AUTHOR_KEY, Town};
use crate::window::Window;

async fn portal(town: &Town, id: &str, roles: &[&str]) -> Window {
    let session = join_with_key(town, id, roles).await;
    Window::signed_in(town.client_url(), "__Host-mpp-client", &session)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_purge_day_moves_a_row_and_the_page_shows_it() {
    let mut town = Town::start().await;
    let partner = town.onboard().await;
    let started = town.ask(&partner, "LOAN-1").await;
    let phone = town.approve(&started).await;
    town.upload(&partner, &phone, b"<Account/>").await;
    while town.next_push().await.1.data.item_id.is_none() {}
    let staff = town.staff(AUTHOR_KEY);
    let end = town.clock.now().plus_calendar(1, 0);
    let day = end.day_in_india();
    let calendar = staff.purge_calendar(&PurgeCalendarQuery::default()).await.unwrap();
    let of = |day| calendar.days.iter().find(|found| found.day == day).unwrap();
    assert_eq!((calendar.days.len(), of(day).ends, calendar.complete), (42, 1, true));
    let slices = staff.purges_of_day(day).await.unwrap().slices;
    assert_eq!((slices.len(), slices[0].product_id, slices[0].ends), (1, Some(partner.product), 1));

    let asha = portal(&town, "asha", &["auditor"]).await;
    let (status, page) = asha.page(&format!("/portal/data/calendar?day={day}")).await;
    assert_eq!(status, 200, "{page}");
    for words in [
        &format!("href=\"/portal/data?ends={day}\""),
        &format!(
            "href=\"/portal/data?ends={day}&#38;product={}&#38;source=account-aggregator\"",
            partner.product
        ),
        "Personal loan",
        "<th scope=\"col\">Mon</th>",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let of = format!("{}+account-aggregator", partner.product);
    let (_, page) = asha.page(&format!("/portal/data/calendar?of={of}")).await;
    assert!(page.contains(&format!("ends={day}&#38;product=")), "{page}");
    let (_, page) = asha.page(&format!("/portal/data?ends={day}")).await;
    assert!(page.contains("LOAN-1"), "{page}");
    let (_, page) = asha.page("/portal/data?ends=2026-01-01").await;
    assert!(page.contains("No document is like that"), "{page}");
    let bad = asha.page("/portal/data/calendar?from=soon").await;
    assert_ne!(bad.0, 200);
    let nobody = portal(&town, "nina", &["finance"]).await;
    assert_eq!(nobody.page("/portal/data/calendar").await.0, 403);

    town.clock.advance(Span::from_millis(end.since(town.clock.now()).as_millis()));
    while town.next_push().await.1.data.reason.as_deref() != Some("data_life_ended") {}
    let calendar = staff.purge_calendar(&PurgeCalendarQuery::default()).await.unwrap();
    let today = calendar.days.iter().find(|found| found.day == day).unwrap();
    assert_eq!((calendar.today, today.ends, today.purged, calendar.overdue.len()), (day, 0, 1, 0));
    let purged = DocumentQuery { purged: Some(day.to_string()), ..DocumentQuery::default() };
    assert_eq!(staff.items(&purged).await.unwrap().items[0].status, "purged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn what_is_no_day_product_or_source_is_refused_and_cases_are_found_by_product() {
    let town = Town::start().await;
    let partner = town.onboard().await;
    town.ask(&partner, "LOAN-1").await;
    let staff = town.staff(AUTHOR_KEY);
    let of = |from: &str, product: &str, source: &str| {
        let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        PurgeCalendarQuery { from: part(from), product: part(product), source: part(source) }
    };
    let product = partner.product.to_string();
    for query in [
        of("31-01-2026", "", ""),
        of("9999-12-31", "", ""),
        of("", &product, ""),
        of("", "", "account-aggregator"),
        of("", "<script>", "account-aggregator"),
        of("", &product, "a bank"),
    ] {
        let refused = problem(staff.purge_calendar(&query).await.unwrap_err());
        assert_eq!((refused.status, refused.code.as_str()), (400, "invalid_request"), "{query:?}");
    }
    staff.purge_calendar(&of("2026-03-01", "none", "account-aggregator")).await.unwrap();
    for bad in [
        DocumentQuery { ends: Some("tomorrow".into()), ..DocumentQuery::default() },
        DocumentQuery { purged: Some("never".into()), ..DocumentQuery::default() },
        DocumentQuery { product: Some("1".into()), ..DocumentQuery::default() },
        DocumentQuery { after: Some("'".into()), ..DocumentQuery::default() },
    ] {
        let refused = problem(staff.items(&bad).await.unwrap_err());
        assert_eq!((refused.status, refused.code.as_str()), (400, "invalid_request"), "{bad:?}");
    }

    let by = |product: &str| CaseQuery { product: Some(product.into()), ..CaseQuery::default() };
    assert_eq!(staff.cases(&by(&product)).await.unwrap().items.len(), 1);
    let other = staff.cases(&by("7d444840-9dc0-41d1-b245-5ffdce74fad2")).await.unwrap();
    assert!(
        other.items.is_empty() && other.next.is_none(),
        "a product of another enterprise has no cases here"
    );
    assert_eq!(problem(staff.cases(&by("x")).await.unwrap_err()).code, "invalid_request");
    let asha = portal(&town, "asha", &["auditor"]).await;
    let (_, page) = asha.page(&format!("/portal/cases?product={product}")).await;
    assert!(page.contains("LOAN-1") && page.contains("selected>Personal loan"), "{page}");
    let form = [("page", "/cases"), ("query", &format!("product={product}")), ("name", "Personal loans")];
    let saved = asha.send(http::Method::POST, "/portal/views", &form).await;
    assert_eq!(saved.headers["location"], format!("/portal/cases?product={product}&done=view_saved"));
    assert!(asha.page("/portal/cases").await.1.contains(">Personal loans</a>"));
}
