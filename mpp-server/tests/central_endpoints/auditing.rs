//! Looking for entries of the audit log: over HTTP, on the page, and as a file.

use http::Method;
use mpp_api::ApiError;
use mpp_api::central::{AuditLeafView, OperatorClient};
use mpp_api::desk::AuditSearchQuery;
use mpp_core::{Clock, Span};
use serde_json::Value;

use crate::people::join;
use crate::portal::{COOKIE, session_of, sign_in, window};
use crate::proofs::status;
use crate::samples::bureau_item;
use crate::town::{BUREAU, Town};
use crate::window::Window;

fn asked(parts: &[(&str, &str)]) -> AuditSearchQuery {
    let pairs = parts.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
    serde_json::from_value(Value::Object(pairs.collect())).unwrap()
}

/// Every entry that is found, page after page, the newest first.
async fn found(staff: &OperatorClient, query: &AuditSearchQuery) -> Result<Vec<AuditLeafView>, ApiError> {
    let (mut query, mut leaves) = (query.clone(), Vec::new());
    loop {
        let page = staff.search_audit(&query).await?;
        leaves.extend(page.leaves);
        query.before = page.before;
        if query.before.is_none() {
            return Ok(leaves);
        }
    }
}

fn numbers(leaves: &[AuditLeafView], holds: impl Fn(&Value) -> bool) -> Vec<u64> {
    leaves.iter().filter(|leaf| holds(&leaf.entry)).map(|leaf| leaf.index).collect()
}

/// The session of somebody who may look at the log.
async fn auditor(town: &Town) -> String {
    let (_, secret) = join(town, "asha", "auditor").await;
    session_of(&sign_in(town, "", "asha", &secret).await).unwrap()
}

#[tokio::test]
pub(crate) async fn entries_are_found_by_everything_that_narrows_them() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![bureau_item()]).await;
    let placed = town.place(&partner, product, "LOAN-1").await;
    let phone = town.open(&placed).await;
    town.approve_all(&phone).await;
    let parcel = town.await_parcel(&partner, BUREAU).await.to_string();
    let first_day = town.clock.now().day_in_india().to_string();
    town.clock.advance(Span::from_days(1));
    town.place(&partner, product, "LOAN-2").await;
    let day = town.clock.now().day_in_india().to_string();
    let staff = town.staff();
    let all = found(&staff, &AuditSearchQuery::default()).await.unwrap();
    let request = placed.consent_request_id.to_string();
    let (partner, phone) = (partner.id.to_string(), phone.screen.device_id.to_string());
    let says = |name: &'static str, value: &str| {
        let value = Value::from(value);
        move |entry: &Value| entry[name] == value
    };
    let on_first_day = |entry: &Value| {
        let at: mpp_core::Timestamp = serde_json::from_value(entry["at"].clone()).unwrap();
        at.day_in_india().to_string() == first_day
    };
    for (parts, wanted) in [
        (
            &[("action", "consent_request.placed")][..],
            numbers(&all, says("action", "consent_request.placed")),
        ),
        (&[("actor", "device")], numbers(&all, |entry| entry["actor"]["type"] == "device")),
        (&[("actorId", &phone)], numbers(&all, |entry| entry["actor"]["id"] == *phone)),
        (&[("about", &request)], numbers(&all, says("request", &request))),
        (&[("about", "LOAN-1")], numbers(&all, says("request", &request))),
        (&[("about", &parcel)], numbers(&all, says("parcel", &parcel))),
        (&[("to", &first_day)], numbers(&all, on_first_day)),
        (&[("from", &first_day), ("to", &first_day)], numbers(&all, on_first_day)),
        (&[("from", &day)], numbers(&all, |entry| !on_first_day(entry))),
        (
            &[("from", &day), ("to", &day), ("actor", "partner"), ("about", &partner)],
            numbers(&all, |entry| !on_first_day(entry) && entry["actor"]["id"] == *partner),
        ),
    ] {
        assert!(!wanted.is_empty() && wanted.len() < all.len(), "{parts:?}: {wanted:?}");
        let leaves = found(&staff, &asked(parts)).await.unwrap();
        assert_eq!(numbers(&leaves, |_| true), wanted, "{parts:?}");
    }
    for parts in [
        &[("from", "2030-01-01")][..],
        &[("about", "LOAN-9")],
        &[("action", "bill.approved")],
        &[("actorId", "asha")],
        &[("from", &day), ("to", &first_day)],
    ] {
        let page = staff.search_audit(&asked(parts)).await.unwrap();
        assert_eq!((page.leaves.len(), page.before), (0, None), "{parts:?}");
        assert_eq!(page.size, u64::try_from(all.len()).unwrap(), "the log is as long as it is");
    }
}

#[tokio::test]
pub(crate) async fn what_no_entry_can_be_asked_for_is_refused() {
    let town = Town::start().await;
    let staff = town.staff();
    let long = "x".repeat(129);
    for (name, bad) in [
        ("action", "parcel.eaten"),
        ("action", ""),
        ("actor", "application"),
        ("from", "yesterday"),
        ("to", "2026-02-30"),
        ("actorId", "two words"),
        ("about", "नाम"),
        ("about", &long),
        ("about", ""),
    ] {
        let refused = staff.search_audit(&asked(&[(name, bad)])).await.unwrap_err();
        assert_eq!(status(&refused), (400, "invalid_request"), "{name}={bad}");
    }
    let kinds = staff.audit(None).await.unwrap().kinds;
    for word in ["parcel.erased", "session.opened"] {
        assert!(kinds.actions.iter().any(|action| action == word), "{kinds:?}");
    }
    for word in kinds.actions {
        staff.search_audit(&asked(&[("action", &word)])).await.unwrap();
    }
    for kind in kinds.actors {
        staff.search_audit(&asked(&[("actor", &kind)])).await.unwrap();
    }
}

/// The numbers in the first column of the page.
fn shown(page: &str) -> Vec<String> {
    let cells = page.split("<tr><td class=\"number\">").skip(1);
    cells.map(|rest| rest.split('<').next().unwrap().trim().to_owned()).collect()
}

#[tokio::test]
pub(crate) async fn a_filter_in_the_address_leaves_the_same_rows_on_the_page_and_in_the_file() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![bureau_item()]).await;
    for case in 0..60 {
        town.place(&partner, product, &format!("LOAN-{case}")).await;
    }
    let asha = window(&town, &auditor(&town).await);
    let day = town.clock.now().day_in_india();
    let query = format!("action=consent_request.placed&from={day}&to={day}&actor=partner");
    let query = format!("{query}&actorId={}", partner.id);
    let (mut place, mut rows) = (format!("/portal/audit?{query}"), Vec::new());
    loop {
        let (status, page) = asha.page(&place).await;
        assert_eq!(status, 200, "{page}");
        let about = page.matches(">consent_request.placed</small>").count();
        let of_page = shown(&page);
        assert!(about == of_page.len() && page.contains("Entries, the newest first: "), "{page}");
        assert!(page.contains("checkpoint"), "{page}");
        rows.extend(of_page);
        let next = page.split("href=\"/portal/audit?").find_map(|part| part.split_once("\" rel=\"next\""));
        let Some((next, _)) = next else { break };
        place = format!("/portal/audit?{}", next.replace("&#38;", "&"));
        assert!(place.contains("action=consent_request.placed") && place.contains("before="), "{place}");
    }
    assert_eq!(rows.len(), 60);
    let form = [("list", "/audit"), ("query", query.as_str()), ("format", "csv"), ("once", "once")];
    let led = asha.send(Method::POST, "/portal/exports", &form).await;
    let place = led.headers["location"].to_str().unwrap().to_owned();
    let file = asha.send(Method::GET, &place, &[]).await.body.collect(1_000_000).await.unwrap();
    let file = String::from_utf8(file.to_vec()).unwrap();
    let lines: Vec<&str> = file.lines().skip(1).collect();
    let in_file: Vec<&str> = lines.iter().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(in_file, rows);
    assert!(lines.iter().all(|line| line.contains(",consent_request.placed,")), "{file}");
    // the filter is kept as a view, and told with the file
    let (_, exports) = asha.page(place.strip_suffix("/file").unwrap()).await;
    assert!(exports.contains("What: Consent request: placed"), "{exports}");
    let form = [("page", "/audit"), ("query", query.as_str()), ("name", "Placed today")];
    let saved = asha.send(Method::POST, "/portal/views", &form).await;
    assert_eq!(saved.headers["location"], format!("/portal/audit?{query}&done=view_saved"));
    let (_, kept) = asha.page(&format!("/portal/audit?{query}&done=view_saved")).await;
    assert!(kept.contains("aria-current=\"true\">Placed today</a>"), "{kept}");
}

#[tokio::test]
pub(crate) async fn the_page_says_everything_in_words_and_the_overview_leads_to_what_was_erased() {
    let town = Town::start().await;
    let session = auditor(&town).await;
    let asha = window(&town, &session);
    let day = town.clock.now().day_in_india();
    let (_, overview) = asha.page("/portal").await;
    let erased = format!("href=\"/portal/activity?what=erased&#38;day={day}\"");
    assert!(overview.contains(&erased), "{overview}");
    let (_, page) = asha.page(&format!("/portal/audit?action=parcel.erased&from={day}&to={day}")).await;
    assert!(page.contains("No entry is like that."), "{page}");
    assert!(page.contains("<option value=\"parcel.erased\" selected>Parcel: erased</option>"), "{page}");
    let refused = asha.page("/portal/audit?action=parcel.eaten").await;
    assert_eq!(refused.0, 409, "{refused:?}");
    for (language, words) in [("en", "Staff"), ("hi", "कर्मचारी")] {
        let cookies = format!("{COOKIE}={session}; mpp-language={language}");
        let (_, page) = Window::with_cookies(town.base_url(), &cookies).page("/portal/audit").await;
        assert!(page.contains(&format!("<option value=\"staff\">{words}</option>")), "{page}");
        let options = page.split("<option value=\"").skip(1);
        let mut actions = 0;
        for (value, rest) in options.filter_map(|option| option.split_once("\">")) {
            let label = rest.split('<').next().unwrap();
            assert_ne!(value, label, "without words in {language}");
            actions += usize::from(value.contains('.'));
        }
        assert!(actions > 60, "{actions}");
    }
}
