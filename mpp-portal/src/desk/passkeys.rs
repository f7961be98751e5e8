//! Passkeys: signing in with one, one's own, and those of others. The browser's part is in `assets/passkeys.js`.

use axum::extract::{FromRequestParts, Path};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use mpp_api::ApiError;
use mpp_api::desk::{
    AddPasskey, BeginPasskey, DeskClient, PasskeyChallengeView, PasskeyView, SignInWithPasskey,
};
use mpp_core::StaffId;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{account, entrance};
use crate::portal::{PREFIX, Portal};
use crate::signed::{Signed, Visitor, cookie, keep_session};
use crate::templates::{Answer, FilePage, PasskeyCard};
use crate::trouble::Trouble;
use crate::view::{Cell, PostButton, Table};

/// As long as the challenge itself.
const ATTRIBUTES: &str = "Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=300";

/// What binds a challenge to this browser: no script reads it.
pub(super) struct Ceremony(Zeroizing<String>);

impl FromRequestParts<Portal> for Ceremony {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Self::Rejection> {
        // without one the server says that it is too late
        Ok(Self(cookie(&parts.headers, &ceremony_cookie(portal)).unwrap_or_default()))
    }
}

fn ceremony_cookie(portal: &Portal) -> String {
    format!("{}-passkey", portal.kind.cookie)
}

/// The host of passkeys, where the server has any. A sign-in page without it is as good.
pub(super) async fn host(visitor: &Visitor) -> Option<String> {
    let site = DeskClient::new(visitor.portal.anonymous()).passkey_site().await;
    site.inspect_err(|error| tracing::warn!(%error, "the site of passkeys is not known")).ok()?.host
}

/// Draws a challenge for signing in.
pub(super) async fn begin_sign_in(visitor: Visitor) -> Response {
    let begun = DeskClient::new(visitor.portal.anonymous()).begin_passkey_sign_in().await;
    challenge(&visitor, begun)
}

#[derive(Deserialize)]
pub(super) struct SignInForm {
    answer: String,
    #[serde(default)]
    next: String,
}

/// Opens a session and leads to where the person wanted to go.
pub(super) async fn sign_in(
    visitor: Visitor,
    Ceremony(ceremony): Ceremony,
    Form(form): Form<SignInForm>,
) -> Response {
    let body = SignInWithPasskey { ceremony: ceremony.as_str().to_owned(), answer: read(&form.answer) };
    match DeskClient::new(visitor.portal.anonymous()).sign_in_with_passkey(&body).await {
        Ok(opened) => {
            let onward = Redirect::to(&format!("{PREFIX}{}", entrance::inside(&form.next))).into_response();
            keep_session(&visitor.portal, &opened.session_key, onward)
        }
        Err(error) => entrance::refused(&visitor, &error, String::new(), form.next).await,
    }
}

/// One's own passkeys, for the page of the account; nothing where there are none.
pub(super) async fn card(signed: &Signed) -> Result<Option<PasskeyCard>, ApiError> {
    let site = signed.desk().passkey_site().await?;
    let (Some(host), Some(origin)) = (site.host, site.origin) else { return Ok(None) };
    let passkeys = signed.desk().passkeys().await?;
    let table = table(signed, passkeys, &format!("{PREFIX}/account/passkeys"));
    Ok(Some(PasskeyCard { host, origin, table }))
}

#[derive(Deserialize)]
pub(super) struct BeginForm {
    present: String,
}

/// Draws a challenge for a new passkey.
pub(super) async fn begin(signed: Signed, Form(form): Form<BeginForm>) -> Response {
    let begun = signed.desk().begin_passkey(&BeginPasskey { password: form.present }).await;
    challenge(&signed, begun)
}

#[derive(Deserialize)]
pub(super) struct AddForm {
    name: String,
    answer: String,
}

/// Adds a passkey.
pub(super) async fn add(signed: Signed, Ceremony(ceremony): Ceremony, Form(form): Form<AddForm>) -> Response {
    let ceremony = ceremony.as_str().to_owned();
    let body = AddPasskey { ceremony, name: form.name, answer: read(&form.answer) };
    match signed.desk().add_passkey(&body).await {
        Ok(_) => signed.lead_to("/account", "passkey_added"),
        Err(error) => account::page(&signed, Some(Trouble::of(&error).words(signed.words))).await,
    }
}

/// Removes a passkey of one's own.
pub(super) async fn remove(signed: Signed, Path(passkey): Path<String>) -> Response {
    let Ok(passkey) = passkey.parse() else { return Trouble::NotFound.answer(&signed) };
    match signed.desk().remove_passkey(passkey).await {
        Ok(()) => signed.lead_to("/account", "passkey_removed"),
        Err(error) => signed.refused(&error),
    }
}

/// The passkeys of somebody else.
pub(super) async fn show_of(signed: Signed, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse::<StaffId>() else { return Trouble::NotFound.answer(&signed) };
    let passkeys = match signed.desk().passkeys_of(&id).await {
        Ok(passkeys) => passkeys,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let page = FilePage {
        frame: signed.frame("/people", &words.with("title.passkeys_of", &id)),
        facts: Vec::new(),
        steps: Vec::new(),
        tables: vec![table(&signed, passkeys, &format!("{PREFIX}/people/{id}/passkeys"))],
        links: Vec::new(),
        buttons: Vec::new(),
        back: (format!("{PREFIX}/people"), words.get("nav.people").to_owned()),
    };
    page.show()
}

/// Removes a passkey of somebody else.
pub(super) async fn remove_of(signed: Signed, Path((id, passkey)): Path<(String, String)>) -> Response {
    let (Ok(id), Ok(passkey)) = (id.parse::<StaffId>(), passkey.parse()) else {
        return Trouble::NotFound.answer(&signed);
    };
    match signed.desk().remove_passkey_of(&id, passkey).await {
        Ok(()) => signed.lead_to(&format!("/people/{id}/passkeys"), "passkey_removed"),
        Err(error) => signed.refused(&error),
    }
}

fn table(signed: &Signed, passkeys: Vec<PasskeyView>, place: &str) -> Table {
    let words = signed.words;
    let row = |passkey: PasskeyView| {
        let button = PostButton {
            action: format!("{place}/{}/remove", passkey.passkey_id),
            label: words.get("act.remove_passkey").to_owned(),
            once: signed.portal.once(),
            grave: true,
        };
        vec![
            Cell::text(passkey.name),
            Cell::when(passkey.added_at, words),
            passkey.used_at.map_or(Cell::Nothing, |at| Cell::when(at, words)),
            Cell::Button(button),
        ]
    };
    let columns = ["col.name", "col.added", "col.seen", "col.act"];
    Table {
        caption: words.get("title.passkeys").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: passkeys.into_iter().map(row).collect(),
        empty: words.get("empty.passkeys").to_owned(),
    }
}

/// What the authenticator said; the server refuses what is nothing.
fn read(answer: &str) -> serde_json::Value {
    serde_json::from_str(answer).unwrap_or_default()
}

/// A challenge for the page's script, with the cookie that binds it; or what to say instead.
fn challenge(visitor: &Visitor, begun: Result<PasskeyChallengeView, ApiError>) -> Response {
    let PasskeyChallengeView { ceremony, options } = match begun {
        Ok(begun) => begun,
        Err(error) => {
            let said = Trouble::of(&error).words(visitor.words);
            return (entrance::status_of(&error), Json(serde_json::json!({ "said": said }))).into_response();
        }
    };
    let mut response = Json(options).into_response();
    let text = Zeroizing::new(format!("{}={ceremony}; {ATTRIBUTES}", ceremony_cookie(&visitor.portal)));
    let Ok(mut value) = HeaderValue::from_str(&text) else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    value.set_sensitive(true);
    response.headers_mut().append(SET_COOKIE, value);
    response
}
