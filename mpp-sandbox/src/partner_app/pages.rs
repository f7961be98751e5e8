//! The application's pages.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{Case, FetchedItem};
use crate::guard::hold;
use crate::html::{Page, text};
use crate::world::Shared;

/// All cases.
pub(super) async fn overview(State(world): State<Shared>) -> Response {
    let mut page = Page::new("Partner application");
    let book = hold(&world.partner_app);
    if book.settings.is_none() {
        page.problem("The client server is not configured yet.");
    }
    if book.cases.is_empty() {
        page.paragraph("No cases yet.");
    }
    for (case_ref, case) in &book.cases {
        page.raw(&format!(
            "<article class=\"card\"><a href=\"/partner-app/cases/{0}\">{0}</a><br><small>{1} notifications, {2} items</small></article>",
            text(case_ref),
            case.events.len(),
            case.items.len()
        ));
    }
    start_form(&mut page);
    page.respond()
}

const FIELDS: [(&str, &str); 7] = [
    ("productId", "Product"),
    ("caseRef", "Case reference"),
    ("mobile", "Customer's mobile number"),
    ("name", "Customer's name"),
    ("dateOfBirth", "Date of birth (yyyy-MM-dd)"),
    ("pan", "PAN"),
    ("pincode", "Pincode"),
];

fn start_form(page: &mut Page) {
    page.heading("Start a case");
    page.raw("<form method=\"post\" action=\"/partner-app/start\" class=\"card\">");
    for (name, label) in FIELDS {
        page.raw(&format!("<label>{}<input type=\"text\" name=\"{}\"></label>", text(label), text(name)));
    }
    page.raw("<button>Ask the customer</button></form>");
}

/// Starts a case from the form of the overview.
pub(super) async fn start(State(world): State<Shared>, body: Bytes) -> Response {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let value = |wanted: &str| {
        fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.trim().to_owned())
    };
    let customer: Map<String, Value> = FIELDS
        .iter()
        .skip(2)
        .filter_map(|(name, _)| {
            Some(((*name).to_owned(), Value::from(value(name).filter(|value| !value.is_empty())?)))
        })
        .collect();
    let case_ref = value("caseRef").unwrap_or_default();
    let form = json!({ "productId": value("productId"), "caseRef": case_ref, "customer": customer });
    let settings = hold(&world.partner_app).settings.clone();
    let Some(settings) = settings else { return problem("The client server is not configured yet.") };
    match super::begin(&world, &settings, &form).await {
        Ok((status, _)) if status.is_success() => {
            let segment: String = url::form_urlencoded::byte_serialize(case_ref.as_bytes()).collect();
            Redirect::to(&format!("/partner-app/cases/{segment}")).into_response()
        }
        Ok((status, answer)) => {
            let detail = answer
                .get("detail")
                .or_else(|| answer.get("title"))
                .and_then(Value::as_str)
                .unwrap_or_default();
            problem(&format!("The client server answered {status}. {detail}"))
        }
        Err(words) => problem(&words),
    }
}

fn problem(words: &str) -> Response {
    let mut page = Page::new("Partner application");
    page.problem(words);
    page.raw("<p><a href=\"/partner-app\">Back</a></p>");
    page.respond()
}

/// Who sealed it, and when the client server saw that proven.
fn sealed_by(item: &FetchedItem) -> String {
    let Some(by) = &item.sealed_by else { return "not looked at".to_owned() };
    match (by.who.as_str(), &by.verified_at) {
        ("device", Some(at)) => format!("the customer's device, verified {at}"),
        ("central", Some(at)) => format!("central, verified {at}"),
        _ => "not proven".to_owned(),
    }
}

/// One case.
pub(super) fn case(case_ref: &str, case: &Case) -> Response {
    let mut page = Page::new(&format!("Case {case_ref}"));
    for problem in &case.problems {
        page.problem(problem);
    }
    if let Some(link) = &case.link {
        page.facts(&[
            ("Link for the customer", link.clone()),
            ("Consent request", case.consent_request_id.clone().unwrap_or_default()),
        ]);
    }
    page.heading("Data received");
    if case.items.is_empty() {
        page.paragraph("Nothing yet.");
    }
    for item in case.items.values() {
        let matches = if item.as_announced { "as announced" } else { "DIFFERS from what was announced" };
        page.facts(&[
            ("Source", item.source.clone()),
            ("What", item.label.clone().unwrap_or_default()),
            ("Type", item.content_type.clone()),
            ("Size", format!("{} bytes", item.size_bytes)),
            ("SHA-256", item.sha256.clone()),
            ("Check", matches.to_owned()),
            ("Sealed by", sealed_by(item)),
            ("Fetched", item.fetched_at.to_string()),
        ]);
    }
    page.heading("Notifications");
    for event in &case.events {
        page.facts(&[
            ("Type", event.kind.clone()),
            ("Received", event.received_at.to_string()),
            ("Id", event.id.clone()),
        ]);
    }
    page.respond()
}
