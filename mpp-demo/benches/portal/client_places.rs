//! The pages of a client server's portal.

use anyhow::Context;
use http::StatusCode;
use jiff::ToSpan;
use mpp_core::Clock;
use mpp_server::runtime::SystemClock;

use crate::visiting::Visitor;

const PLACES: [&str; 31] = [
    "/portal/",
    "/portal/cases",
    "/portal/cases/new",
    "/portal/products",
    "/portal/fetches",
    "/portal/fetches?status=received",
    "/portal/fetches?status=failed",
    "/portal/fetches?status=faulty",
    "/portal/fetches?source=provider:sandbox-bureau",
    "/portal/data",
    "/portal/data?status=held",
    "/portal/data?status=purging",
    "/portal/data?status=purged",
    "/portal/data?ends=never",
    "/portal/data?product=none",
    "/portal/data?source=provider:sandbox-bureau",
    "/portal/data?source=provider:nobody",
    "/portal/data?status=purged&source=provider:sandbox-bureau",
    "/portal/data/calendar",
    "/portal/news",
    "/portal/news?status=parked",
    "/portal/news?status=delivered",
    "/portal/news?status=kept",
    "/portal/parked",
    "/portal/keys",
    "/portal/bills",
    "/portal/usage",
    "/portal/usage/own",
    "/portal/usage/entries",
    "/portal/reads",
    "/portal/audit",
];

/// What is said of a document that is not there.
const GONE: &str = "This document is no longer here";

/// Lists whose second page is asked for.
const GOES_ON: [&str; 9] = [
    "/portal/cases",
    "/portal/fetches",
    "/portal/data",
    "/portal/data?status=held",
    "/portal/data?source=provider:sandbox-bureau",
    "/portal/news",
    "/portal/usage/own",
    "/portal/reads",
    "/portal/audit",
];

/// Every page without a form, with the filters people use, and the pages of one case: `case` is the real one.
///
/// # Errors
/// When the lists are empty.
pub(crate) async fn places(visitor: &Visitor, case: &str) -> anyhow::Result<Vec<String>> {
    let mut places: Vec<String> = PLACES.map(str::to_owned).to_vec();
    places.extend(on_days()?);
    places.extend(of_product(visitor).await?);
    for list in GOES_ON {
        places.extend(visitor.onward(list).await?);
    }
    let copy = visitor.links("/portal/cases", "/portal/cases/COPY-").await?.into_iter().next();
    places.push(copy.context("no copy is listed")?);
    let real = format!("/portal/cases/{case}");
    let document = visitor.links(&real, "/portal/data/").await?.into_iter().next();
    places.extend([real, document.context("the case has no document")?]);
    places.extend(["people", "account", "settings", "exports"].map(|page| format!("/portal/{page}")));
    places.extend(visitor.links("/portal/", "/portal/assets/").await?);
    Ok(places)
}

/// Pages of days: of the calendar, of documents, of notifications, of a month's uses.
fn on_days() -> anyhow::Result<Vec<String>> {
    let today = SystemClock.now().day_in_india();
    let (tomorrow, yesterday) = (today.tomorrow()?, today.yesterday()?);
    let (next, before) = (today.checked_add(1.month())?, today.checked_sub(1.month())?);
    let month = before.strftime("%Y-%m").to_string();
    Ok(vec![
        format!("/portal/data/calendar?from={next}"),
        format!("/portal/data/calendar?from={before}"),
        format!("/portal/data/calendar?day={tomorrow}"),
        format!("/portal/data/calendar?day={yesterday}"),
        format!("/portal/data?ends={today}"),
        format!("/portal/data?ends={tomorrow}"),
        format!("/portal/data?purged={yesterday}"),
        format!("/portal/fetches?from={today}&to={today}"),
        format!("/portal/news?from={today}&to={today}"),
        format!("/portal/news?from={before}&to={before}"),
        format!("/portal/news?to={before}"),
        format!("/portal/audit?action=item.stored&from={today}&to={today}"),
        format!("/portal/audit?action=item.stored&to={before}"),
        "/portal/audit?about=nobody-is-called-that".to_owned(),
        format!("/portal/usage?month={month}"),
        format!("/portal/usage/own?month={month}"),
    ])
}

/// Pages that have to do with the newest product.
async fn of_product(visitor: &Visitor) -> anyhow::Result<Vec<String>> {
    let products = visitor.links("/portal/products", "/portal/products/").await?;
    let named = products.into_iter().find_map(|link| {
        let id = link.split('/').nth(3).filter(|id| id.len() == 36)?.to_owned();
        Some((link, id))
    });
    let (link, product) = named.context("no product is listed")?;
    Ok(vec![
        link,
        format!("/portal/cases?product={product}"),
        format!("/portal/data?product={product}"),
        format!("/portal/data?status=held&product={product}&source=provider:sandbox-bureau"),
    ])
}

/// Whoever opens a copied document is told that it is not there.
///
/// # Errors
/// When the answer is another.
pub(crate) async fn copies_have_no_bytes(visitor: &Visitor) -> anyhow::Result<()> {
    let copy = visitor.links("/portal/data?status=held", "/portal/data/").await?;
    let copy = copy.into_iter().find(|link| link.len() > "/portal/data/calendar".len());
    let answered = visitor.get(&copy.context("no document is listed")?).await?;
    let is_told = answered.status == StatusCode::CONFLICT && answered.text.contains(GONE);
    anyhow::ensure!(is_told, "a copied document: {}", answered.status);
    Ok(())
}
