//! Looking for entries of the audit log: over HTTP, on the page, and as a file.

use http::Method;
use mpp_api::client::{LeafView, StaffClient};
use mpp_api::desk::AuditSearchQuery;
use mpp_core::{Clock, Span};
use serde_json::Value;

use crate::journey::problem;
use crate::people::{join, join_with_key};
use crate::town::Town;
use crate::window::Window;

fn asked(parts: &[(&str, &str)]) -> AuditSearchQuery {
    let pairs = parts.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
    serde_json::from_value(Value::Object(pairs.collect())).unwrap()
}

/// Every entry that is found, page after page, the newest first.
async fn found(staff: &StaffClient, query: &AuditSearchQuery) -> Vec<LeafView> {
    let (mut query, mut leaves) = (query.clone(), Vec::new());
    loop {
        let page = staff.search_audit(&query).await.unwrap();
        leaves.extend(page.leaves);
        query.before = page.before;
        if query.before.is_none() {
            return leaves;
        }
    }
}

fn numbers(leaves: &[LeafView], holds: impl Fn(&Value) -> bool) -> Vec<u64> {
    leaves.iter().filter(|leaf| holds(&leaf.entry)).map(|leaf| leaf.index).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn entries_are_found_by_everything_that_narrows_them() {
    let town = Town::start().await;
    let partner = town.onboard().await;
    let started = town.ask(&partner, "LOAN-1").await;
    let request = started.consent_request_id.to_string();
    let first_day = town.clock.now().day_in_india().to_string();
    town.clock.advance(Span::from_days(1));
    let auditor = StaffClient::new(join(&town, "ravi", &["auditor"]).await);
    let clerk = StaffClient::new(join(&town, "clerk", &["caseworker"]).await);
    town.ask(&partner, "LOAN-2").await;
    clerk.take_back(&town.call(), &"LOAN-2".parse().unwrap()).await.unwrap();
    let day = town.clock.now().day_in_india().to_string();
    let all = found(&auditor, &AuditSearchQuery::default()).await;
    let on_first_day = |entry: &Value| {
        let at: mpp_core::Timestamp = serde_json::from_value(entry["at"].clone()).unwrap();
        at.day_in_india().to_string() == first_day
    };
    for (parts, wanted) in [
        (&[("action", "case.started")][..], numbers(&all, |entry| entry["action"] == "case.started")),
        (&[("action", "session.opened")], numbers(&all, |entry| entry["action"] == "session.opened")),
        (&[("actor", "application")], numbers(&all, |entry| entry["actor"]["type"] == "application")),
        (&[("actor", "staff"), ("actorId", "clerk")], numbers(&all, |entry| entry["actor"]["id"] == "clerk")),
        (&[("about", "LOAN-1")], numbers(&all, |entry| entry["caseRef"] == "LOAN-1")),
        (&[("about", &request)], numbers(&all, |entry| entry["caseRef"] == "LOAN-1")),
        (&[("from", &first_day), ("to", &first_day)], numbers(&all, on_first_day)),
        (
            &[("from", &day), ("about", "LOAN-2"), ("action", "case.taken_back")],
            numbers(&all, |entry| entry["action"] == "case.taken_back"),
        ),
    ] {
        assert!(!wanted.is_empty() && wanted.len() < all.len(), "{parts:?}: {wanted:?}");
        assert_eq!(numbers(&found(&auditor, &asked(parts)).await, |_| true), wanted, "{parts:?}");
    }
    for (name, bad) in [
        ("action", "parcel.erased"),
        ("actor", "device"),
        ("from", "yesterday"),
        ("to", "x"),
        ("actorId", "two words"),
        ("about", ""),
    ] {
        let refused = problem(auditor.search_audit(&asked(&[(name, bad)])).await.unwrap_err());
        assert_eq!((refused.status, refused.code.as_str()), (400, "invalid_request"), "{name}={bad}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_filter_in_the_address_leaves_the_same_rows_on_the_page_and_in_the_file() {
    let town = Town::start().await;
    let partner = town.onboard().await;
    for case in 1..=3 {
        town.ask(&partner, &format!("LOAN-{case}")).await;
    }
    let cookie = join_with_key(&town, "asha", &["auditor"]).await;
    let asha = Window::signed_in(town.client_url(), "__Host-mpp-client", &cookie);
    for (query, rows) in [("action=case.started", 3), ("about=LOAN-2&actor=application", 1)] {
        let (_, page) = asha.page(&format!("/portal/audit?{query}")).await;
        assert_eq!(page.matches(">case.started</small>").count(), rows, "{page}");
        assert_eq!(page.matches("<tr><td class=\"number\">").count(), rows, "{page}");
        let form = [("list", "/audit"), ("query", query), ("format", "csv"), ("once", query)];
        let led = asha.send(Method::POST, "/portal/exports", &form).await;
        let place = led.headers["location"].to_str().unwrap().to_owned();
        let file = asha.send(Method::GET, &place, &[]).await.body.collect(1_000_000).await.unwrap();
        let file = String::from_utf8(file.to_vec()).unwrap();
        assert_eq!(file.lines().count(), 1 + rows, "{file}");
        assert_eq!(file.matches(",case.started,").count(), rows, "{file}");
        let form = [("page", "/audit"), ("query", query), ("name", query)];
        let saved = asha.send(Method::POST, "/portal/views", &form).await;
        assert_eq!(saved.headers["location"], format!("/portal/audit?{query}&done=view_saved"));
    }
    let (_, page) = asha.page("/portal/audit?about=LOAN-9").await;
    assert!(page.contains("No entry is like that.") && page.contains("checkpoint"), "{page}");
    for (value, rest) in page.split("<option value=\"").skip(1).filter_map(|part| part.split_once("\">")) {
        assert!(!rest.starts_with(value) || value.is_empty(), "without words: {value}");
    }
}
