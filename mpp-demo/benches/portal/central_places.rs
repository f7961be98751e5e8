//! The pages of central's portal.

use anyhow::Context;
use mpp_core::Clock;
use mpp_server::runtime::SystemClock;

use crate::visiting::Visitor;

const PLACES: [&str; 26] = [
    "/portal/",
    "/portal/activity?what=delivered",
    "/portal/activity?what=held",
    "/portal/requests",
    "/portal/requests?status=decided",
    "/portal/requests?status=placed",
    "/portal/requests?source=provider:sandbox-bureau",
    "/portal/requests?caseRef=LOAN-NONE",
    "/portal/partners",
    "/portal/fetches",
    "/portal/fetches?status=failed",
    "/portal/fetches?quality=parts_missing",
    "/portal/fetches?quality=outdated",
    "/portal/deliveries",
    "/portal/parked",
    "/portal/sources",
    "/portal/usage",
    "/portal/usage/entries",
    "/portal/billing",
    "/portal/prices",
    "/portal/reconciliation",
    "/portal/audit",
    "/portal/exports",
    "/portal/people",
    "/portal/account",
    "/portal/settings",
];

/// Every page without a form, with the filters people use, and the pages of one case.
///
/// # Errors
/// When the lists are empty.
pub(crate) async fn places(visitor: &Visitor) -> anyhow::Result<Vec<String>> {
    let today = SystemClock.now().day_in_india();
    let case = visitor.links("/portal/requests", "/portal/requests/").await?.into_iter().next();
    let partners = visitor.links("/portal/partners", "/portal/partners/").await?;
    let partner = partners.iter().find_map(|link| link.rsplit('/').next().filter(|id| id.len() == 36));
    let partner = partner.context("no partner is listed")?;
    let mut places: Vec<String> = PLACES.map(str::to_owned).to_vec();
    places.push(format!("/portal/requests?from={today}&to={today}"));
    places.push(format!("/portal/requests?partner={partner}&status=decided"));
    // days long ago are looked for
    let long_ago = today.checked_sub(jiff::Span::new().days(150))?;
    let week = long_ago.checked_add(jiff::Span::new().days(6))?;
    places.extend(
        ["requests?source=provider:sandbox-bureau&", "deliveries?"]
            .map(|list| format!("/portal/{list}from={long_ago}&to={week}")),
    );
    places.push(case.context("no case is listed")?);
    places.push(format!("/portal/partners/{partner}"));
    // what most leaves are, what few are, and what none is
    places.push(format!("/portal/audit?action=parcel.erased&from={today}&to={today}"));
    places.extend(
        ["action=partner.registered", "about=nobody-is-called-that"]
            .map(|query| format!("/portal/audit?{query}")),
    );
    places.extend(visitor.onward("/portal/requests?status=decided").await?);
    places.extend(visitor.links("/portal/", "/portal/assets/").await?);
    Ok(places)
}
