//! This server's keys, keys of applications, and where notifications go.

use axum::Form;
use axum::response::Response;
use mpp_api::client::{
    ApplicationKeyView, CreateApiKey, EnrolServer, OwnKeyView, OwnKeysView, Scope, SetWebhook,
};
use serde::Deserialize;

use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, Fact, KeysPage, SecretPage};
use crate::trouble::Trouble;
use crate::view::{Cell, Table};

/// The page.
pub(super) async fn show(signed: Signed) -> Response {
    page(&signed, None).await
}

async fn page(signed: &Signed, problem: Option<String>) -> Response {
    let keys = match signed.staff().keys().await {
        Ok(keys) => keys,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let mut frame = signed.frame("/keys", words.get("nav.keys"));
    frame.problem = problem;
    let page = KeysPage {
        frame,
        facts: facts(signed, &keys),
        own: own_table(signed, &keys.keys),
        applications: application_table(signed, &keys.applications),
        may_change: signed.person.may("manage_keys"),
        endpoint: keys.endpoint.map(|endpoint| endpoint.url).unwrap_or_default(),
        once: signed.portal.once(),
    };
    page.show()
}

fn facts(signed: &Signed, keys: &OwnKeysView) -> Vec<Fact> {
    let words = signed.words;
    let fact = |name: &str, value| Fact { label: words.get(name).to_owned(), value };
    let record = keys.key_record.as_ref();
    let mut facts = vec![fact(
        "label.key_record",
        record.map_or_else(|| Cell::text(words.get("label.not_enrolled")), Cell::id),
    )];
    if let Some(endpoint) = &keys.endpoint {
        facts.push(fact("label.endpoint", Cell::text(&endpoint.url)));
        facts.push(fact("label.set_by", Cell::text(endpoint.set_by.as_str())));
        facts.push(fact("col.since", Cell::when(endpoint.set_at, words)));
    }
    facts
}

fn own_table(signed: &Signed, keys: &[OwnKeyView]) -> Table {
    let words = signed.words;
    let row = |key: &OwnKeyView| {
        let in_use = if key.current { "label.in_use" } else { "label.opens_still" };
        let standing = if key.used_as == "envelope" { words.get(in_use) } else { "" };
        vec![
            Cell::text(words.of("key", &key.used_as)),
            Cell::id(&key.kid),
            Cell::when(key.made_at, words),
            Cell::text(standing),
        ]
    };
    Table {
        caption: words.get("caption.own_keys").to_owned(),
        columns: ["col.use", "col.key", "col.made", "col.status"]
            .map(|name| words.get(name).to_owned())
            .to_vec(),
        rows: keys.iter().map(row).collect(),
        empty: words.get("empty.keys").to_owned(),
    }
}

fn application_table(signed: &Signed, keys: &[ApplicationKeyView]) -> Table {
    let words = signed.words;
    let row = |key: &ApplicationKeyView| {
        let scopes = key.scopes.iter().map(|scope| words.of("scope", scope_name(*scope))).collect();
        vec![
            Cell::text(&key.name),
            Cell::Tags(scopes),
            Cell::text(key.made_by.as_str()),
            Cell::when(key.made_at, words),
            Cell::id(key.api_key_id),
        ]
    };
    let columns = ["col.application", "col.scopes", "col.made_by", "col.made", "col.key"];
    Table {
        caption: words.get("caption.applications").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: keys.iter().map(row).collect(),
        empty: words.get("empty.applications").to_owned(),
    }
}

const fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::Consents => "consents",
        Scope::Data => "data",
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct WebhookForm {
    once: String,
    url: String,
}

/// Sets where the application takes notifications.
pub(super) async fn set_webhook(signed: Signed, Form(form): Form<WebhookForm>) -> Response {
    let Ok(url) = form.url.trim().parse() else {
        return page(&signed, Some(signed.words.get("problem.address").to_owned())).await;
    };
    let set = match signed.staff().set_webhook(&form.once, &SetWebhook { url }).await {
        Ok(set) => set,
        Err(error) => return page(&signed, Some(Trouble::of(&error).words(signed.words))).await,
    };
    let words = signed.words;
    let page = SecretPage {
        frame: signed.frame("/keys", words.get("title.webhook")),
        lead: words.get("lead.webhook").to_owned(),
        label: words.get("label.webhook_key").to_owned(),
        secret: serde_json::to_string(&set.key).unwrap_or_default(),
        facts: Vec::new(),
        back: (format!("{PREFIX}/keys"), words.get("nav.keys").to_owned()),
    };
    page.show()
}

#[derive(Debug, Deserialize)]
pub(super) struct ApplicationForm {
    once: String,
    name: String,
    #[serde(default)]
    consents: Option<String>,
    #[serde(default)]
    data: Option<String>,
}

/// Makes a key for an application and shows it, once.
pub(super) async fn make_application_key(signed: Signed, Form(form): Form<ApplicationForm>) -> Response {
    let wanted = [(form.consents, Scope::Consents), (form.data, Scope::Data)];
    let scopes = wanted.into_iter().filter_map(|(ticked, scope)| ticked.map(|_| scope)).collect();
    let made = signed.staff().create_api_key(&form.once, &CreateApiKey { name: form.name, scopes }).await;
    let made = match made {
        Ok(made) => made,
        Err(error) => return page(&signed, Some(Trouble::of(&error).words(signed.words))).await,
    };
    let words = signed.words;
    let page = SecretPage {
        frame: signed.frame("/keys", words.get("title.application_key")),
        lead: words.get("lead.application_key").to_owned(),
        label: words.get("col.key").to_owned(),
        secret: made.key,
        facts: Vec::new(),
        back: (format!("{PREFIX}/keys"), words.get("nav.keys").to_owned()),
    };
    page.show()
}

#[derive(Deserialize)]
pub(super) struct EnrolmentForm {
    once: String,
    token: String,
}

/// Makes the server's keys and enrols them at central; with a new token, anew.
pub(super) async fn enrol(signed: Signed, Form(form): Form<EnrolmentForm>) -> Response {
    let body = EnrolServer { enrolment_token: form.token.trim().to_owned() };
    match signed.staff().enrol(&form.once, &body).await {
        Ok(_) => signed.lead_to("/keys", "enrolled"),
        Err(error) => page(&signed, Some(Trouble::of(&error).words(signed.words))).await,
    }
}
