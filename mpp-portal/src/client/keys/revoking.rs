//! Revoking an application's key: what it means is said first, and only then can it be confirmed.

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use mpp_api::client::ApplicationKeyView;
use mpp_core::ApiKeyId;

use crate::portal::{OnceForm, PREFIX};
use crate::signed::Signed;
use crate::templates::{Answer, ConfirmPage, Fact};
use crate::trouble::Trouble;
use crate::view::Cell;

/// The way to the question, where the key is in use.
pub(super) fn way(signed: &Signed, key: &ApplicationKeyView) -> Cell {
    if key.revoked_at.is_some() {
        return Cell::Nothing;
    }
    let text = signed.words.get("act.revoke_key").to_owned();
    Cell::Link { href: place_of(key.api_key_id), text }
}

fn place_of(key: ApiKeyId) -> String {
    format!("{PREFIX}/keys/applications/{key}/revoke")
}

/// The question.
pub(in crate::client) async fn ask(signed: Signed, Path(id): Path<String>) -> Response {
    if !signed.person.may("manage_keys") {
        return Trouble::NotAllowed.answer(&signed);
    }
    let keys = match signed.staff().keys().await {
        Ok(keys) => keys,
        Err(error) => return signed.refused(&error),
    };
    let in_use = |key: &ApplicationKeyView| key.revoked_at.is_none() && key.api_key_id.to_string() == id;
    let Some(key) = keys.applications.into_iter().find(in_use) else {
        return Trouble::NotFound.answer(&signed);
    };
    let words = signed.words;
    let fact = |name: &str, value| Fact { label: words.get(name).to_owned(), value };
    let page = ConfirmPage {
        frame: signed.frame("/keys", words.get("act.revoke_key")),
        lead: words.get("lead.revoke_key").to_owned(),
        facts: vec![
            fact("col.application", Cell::text(&key.name)),
            fact("col.made_by", Cell::text(key.made_by.as_str())),
            fact("col.made", Cell::when(key.made_at, words)),
            fact("col.key", Cell::id(key.api_key_id)),
        ],
        action: place_of(key.api_key_id),
        once: signed.portal.once(),
        act: words.get("act.revoke_key").to_owned(),
        back: (format!("{PREFIX}/keys"), words.get("nav.keys").to_owned()),
    };
    page.show()
}

/// Revokes it.
pub(in crate::client) async fn revoke(
    signed: Signed,
    Path(id): Path<String>,
    Form(form): Form<OnceForm>,
) -> Response {
    let Ok(key) = id.parse::<ApiKeyId>() else { return Trouble::NotFound.answer(&signed) };
    match signed.staff().revoke_api_key(&form.once, key).await {
        Ok(()) => signed.lead_to("/keys", "key_revoked"),
        Err(error) => signed.refused(&error),
    }
}
