//! This server's keys, keys of applications, and where notifications go.

mod revoking;

use axum::Form;
use axum::response::Response;
use mpp_api::client::{
    ApplicationKeyView, ApproveRotation, CreateApiKey, EnrolServer, OwnKeyView, OwnKeysView, RotationView,
    Scope, SetWebhook,
};
use mpp_core::Timestamp;
use serde::Deserialize;

use crate::attempts;
use crate::moment::counted;
use crate::portal::{OnceForm, PREFIX};
use crate::signed::Signed;
use crate::templates::{Answer, Fact, KeysPage, SecretPage};
use crate::trouble::Trouble;
use crate::view::{Badge, Cell, Frame, Table, Tone};

pub(super) use revoking::{ask as ask_to_revoke, revoke};

/// The page.
pub(super) async fn show(signed: Signed) -> Response {
    page(&signed, None).await
}

async fn page(signed: &Signed, problem: Option<String>) -> Response {
    let frame = signed.frame("/keys", signed.words.get("nav.keys"));
    page_in(signed, Frame { problem, ..frame }).await
}

async fn page_in(signed: &Signed, frame: Frame) -> Response {
    let keys = match signed.staff().keys().await {
        Ok(keys) => keys,
        Err(error) => return signed.refused(&error),
    };
    let page = KeysPage {
        frame,
        facts: facts(signed, &keys),
        is_enrolled: keys.key_record.is_some(),
        is_complete: keys.complete,
        proposed: keys.rotation.as_ref().map(|rotation| proposal(signed, rotation)).unwrap_or_default(),
        proposed_at: keys
            .rotation
            .as_ref()
            .map(|rotation| rotation.proposed_at.to_string())
            .unwrap_or_default(),
        proposed_by_oneself: keys
            .rotation
            .as_ref()
            .is_some_and(|rotation| rotation.proposed_by == signed.person.id),
        own: own_table(signed, &keys),
        needed_for: needed_for(signed, &keys.keys),
        unsafe_keys: not_backed_up(signed, &keys.keys),
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
    let backups = keys.keys.iter().filter_map(|key| key.backed_up_at);
    let mut facts = vec![
        fact(
            "label.key_record",
            record.map_or_else(|| Cell::text(words.get("label.not_enrolled")), Cell::id),
        ),
        fact("label.to_collect", Cell::text(counted(keys.to_collect, keys.counted_to))),
        fact(
            "label.last_backup",
            backups
                .max()
                .map_or_else(|| Cell::text(words.get("label.no_backup")), |at| Cell::when(at, words)),
        ),
    ];
    if keys.of_unknown_key > 0 {
        facts.push(fact("label.of_unknown_key", Cell::text(counted(keys.of_unknown_key, keys.counted_to))));
    }
    if let Some(endpoint) = &keys.endpoint {
        facts.push(fact("label.endpoint", Cell::text(&endpoint.url)));
        facts.push(fact("label.set_by", Cell::text(endpoint.set_by.as_str())));
        facts.push(fact("col.since", Cell::when(endpoint.set_at, words)));
    }
    facts
}

/// New keys that wait for a second person.
fn proposal(signed: &Signed, rotation: &RotationView) -> Vec<Fact> {
    let words = signed.words;
    let fact = |name: &str, value| Fact { label: words.get(name).to_owned(), value };
    vec![
        fact("label.proposed_by", Cell::text(rotation.proposed_by.as_str())),
        fact("col.since", Cell::when(rotation.proposed_at, words)),
    ]
}

fn own_table(signed: &Signed, keys: &OwnKeysView) -> Table {
    let words = signed.words;
    let when = |at: Option<Timestamp>| at.map_or(Cell::Nothing, |at| Cell::when(at, words));
    let row = |key: &OwnKeyView| {
        let count = |count| Cell::Number(counted(count, keys.counted_to));
        let enrolled_by = key.enrolled_by.as_ref().map_or(Cell::Nothing, |by| Cell::text(by.as_str()));
        vec![
            Cell::text(words.of("key", &key.used_as)),
            Cell::id(&key.kid),
            Cell::Badge(Badge {
                tone: tone_of(&key.standing),
                text: words.of("key_standing", &key.standing),
            }),
            key.documents.map_or(Cell::Nothing, count),
            when(key.newest_at),
            key.backed_up_at
                .map_or_else(|| Cell::text(words.get("label.no_backup")), |at| Cell::when(at, words)),
            Cell::when(key.made_at, words),
            when(key.enrolled_at),
            enrolled_by,
            key.key_record.as_ref().map_or(Cell::Nothing, Cell::id),
            when(key.replaced_at),
        ]
    };
    let columns = [
        "col.use",
        "col.key",
        "col.status",
        "col.documents_sealed",
        "col.newest_document",
        "label.last_backup",
        "col.made",
        "col.enrolled",
        "label.enrolled_by",
        "label.key_record",
        "col.replaced",
    ];
    Table {
        caption: words.get("caption.own_keys").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: keys.keys.iter().map(row).collect(),
        empty: words.get("empty.keys").to_owned(),
    }
}

fn tone_of(standing: &str) -> Tone {
    match standing {
        "current" => Tone::Good,
        "offered" => Tone::Waiting,
        _ => Tone::Plain,
    }
}

/// What keys of each sort that is there are needed for, and when no more.
fn needed_for(signed: &Signed, keys: &[OwnKeyView]) -> Vec<Fact> {
    let words = signed.words;
    let mut told: Vec<(&str, String)> = Vec::new();
    for key in keys {
        let name = advice(key);
        if told.iter().all(|(known, _)| *known != name) {
            let standing = words.of("key_standing", &key.standing);
            told.push((name, format!("{} ({standing})", words.of("key", &key.used_as))));
        }
    }
    told.into_iter().map(|(name, label)| Fact { label, value: Cell::text(words.get(name)) }).collect()
}

/// The name of the text that says so of a key.
fn advice(key: &OwnKeyView) -> &'static str {
    match (key.used_as.as_str(), key.standing.as_str()) {
        (_, "offered") => "advice.offered",
        ("envelope", "current") => "advice.envelope_current",
        ("envelope", _) => "advice.envelope_earlier",
        ("webhook", _) => "advice.webhook",
        (_, "current") => "advice.signing_current",
        (_, _) => "advice.signing_earlier",
    }
}

/// The keys that would be lost with this server.
fn not_backed_up(signed: &Signed, keys: &[OwnKeyView]) -> Vec<String> {
    let lost = keys.iter().filter(|key| key.backed_up_at.is_none());
    lost.map(|key| format!("{} ({})", signed.words.of("key", &key.used_as), Cell::short(&key.kid))).collect()
}

fn application_table(signed: &Signed, keys: &[ApplicationKeyView]) -> Table {
    let words = signed.words;
    let may_revoke = signed.person.may("manage_keys");
    let row = |key: &ApplicationKeyView| {
        let scopes = key.scopes.iter().map(|scope| words.of("scope", scope_name(*scope))).collect();
        let mut row = vec![
            Cell::text(&key.name),
            Cell::Tags(scopes),
            Cell::text(key.made_by.as_str()),
            Cell::when(key.made_at, words),
            Cell::id(key.api_key_id),
            key.revoked_at.map_or(Cell::Nothing, |at| Cell::when(at, words)),
        ];
        row.extend(may_revoke.then(|| revoking::way(signed, key)));
        row
    };
    let columns = ["col.application", "col.scopes", "col.made_by", "col.made", "col.key", "col.revoked"];
    let act = may_revoke.then_some("col.act");
    Table {
        caption: words.get("caption.applications").to_owned(),
        columns: columns.into_iter().chain(act).map(|name| words.get(name).to_owned()).collect(),
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

/// Pushes a notification that tells of nothing, and says what became of it.
pub(super) async fn test_webhook(signed: Signed, Form(form): Form<OnceForm>) -> Response {
    let tested = match signed.staff().test_webhook(&form.once).await {
        Ok(tested) => tested,
        Err(error) => return page(&signed, Some(Trouble::of(&error).words(signed.words))).await,
    };
    let words = signed.words;
    let frame = signed.frame("/keys", words.get("nav.keys"));
    let frame = if tested.attempt.outcome == "delivered" {
        Frame { done: Some(words.get("done.webhook_tested").to_owned()), ..frame }
    } else {
        let problem = words.with("problem.webhook_tested", attempts::said(words, &tested.attempt));
        Frame { problem: Some(problem), ..frame }
    };
    page_in(&signed, frame).await
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

/// Makes the server's first keys and enrols them at central.
pub(super) async fn enrol(signed: Signed, Form(form): Form<EnrolmentForm>) -> Response {
    let body = EnrolServer { enrolment_token: form.token.trim().to_owned() };
    match signed.staff().enrol(&form.once, &body).await {
        Ok(_) => signed.lead_to("/keys", "enrolled"),
        Err(error) => page(&signed, Some(Trouble::of(&error).words(signed.words))).await,
    }
}

/// Proposes new keys, which another person agrees to.
pub(super) async fn propose(signed: Signed, Form(form): Form<EnrolmentForm>) -> Response {
    let body = EnrolServer { enrolment_token: form.token.trim().to_owned() };
    match signed.staff().propose_rotation(&form.once, &body).await {
        Ok(_) => signed.lead_to("/keys", "rotation_proposed"),
        Err(error) => page(&signed, Some(Trouble::of(&error).words(signed.words))).await,
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ApprovalForm {
    once: String,
    /// When the proposal was made that the page showed.
    #[serde(default)]
    proposed_at: Option<Timestamp>,
}

/// Makes and enrols the keys somebody else proposed.
pub(super) async fn approve(signed: Signed, Form(form): Form<ApprovalForm>) -> Response {
    let body = ApproveRotation { proposed_at: form.proposed_at };
    match signed.staff().approve_rotation(&form.once, &body).await {
        Ok(_) => signed.lead_to("/keys", "rotated"),
        Err(error) => page(&signed, Some(Trouble::of(&error).words(signed.words))).await,
    }
}

/// Throws the proposal away.
pub(super) async fn withdraw(signed: Signed, Form(form): Form<OnceForm>) -> Response {
    match signed.staff().withdraw_rotation(&form.once).await {
        Ok(()) => signed.lead_to("/keys", "rotation_withdrawn"),
        Err(error) => page(&signed, Some(Trouble::of(&error).words(signed.words))).await,
    }
}
