//! Signing in through the enterprise's provider, and linking accounts to names there.
//!
//! Two things keep the ways of browsers in mind. A form may lead nowhere but here (`form-action`), so the way to the provider is
//! a page of ours that goes on by itself. And the session's cookie is not sent along a way that began on another site
//! (`SameSite=Strict`), so the way back ends on such a page too.

use axum::Form;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use mpp_api::ApiError;
use mpp_api::desk::{
    DeskClient, FinishSignOn, LinkSignOn, SignOnCode, SignOnFinished, SignOnLinkView, SignOutAtProvider,
};
use mpp_core::StaffId;
use serde::Deserialize;

use super::entrance::{inside, refused, status_of};
use super::people;
use crate::portal::{OnceForm, PREFIX};
use crate::signed::{Signed, Visitor, forget_attempt, keep_attempt, keep_session, sign_in_before};
use crate::templates::{Answer, OnwardPage, SignOnCodePage, SignOnRow, SignedOutPage};
use crate::trouble::Trouble;
use crate::view::Frame;

/// Through whom one can sign in, for the button. That it cannot be told keeps nobody from signing in with a password.
pub(super) async fn provider(visitor: &Visitor) -> Option<String> {
    let told = DeskClient::new(visitor.portal.anonymous()).sign_on_provider().await;
    told.ok().and_then(|provider| provider.name)
}

#[derive(Deserialize)]
pub(super) struct BeginForm {
    #[serde(default)]
    next: String,
}

/// Leaves for the provider.
pub(super) async fn begin(visitor: Visitor, Form(form): Form<BeginForm>) -> Response {
    let next = inside(&form.next).to_owned();
    let begun = match DeskClient::new(visitor.portal.anonymous()).begin_sign_on().await {
        Ok(begun) => begun,
        Err(error) => return refused(&visitor, &error, String::new(), next).await,
    };
    let words = visitor.words;
    let page = OnwardPage {
        frame: Frame { place: sign_in_before(&next), ..visitor.frame(words.get("title.sign_in")) },
        lead: words.with("lead.sign_on_leave", &begun.provider),
        href: begun.address.to_string(),
        label: words.with("act.sign_on_leave", &begun.provider),
    };
    keep_attempt(&visitor.portal, &begun.attempt, &next, page.show())
}

/// What a provider adds to the address.
#[derive(Default, Deserialize)]
pub(super) struct Returned {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Comes back from the provider.
pub(super) async fn finish(visitor: Visitor, returned: Result<Query<Returned>, QueryRejection>) -> Response {
    // what is no answer at all is told like one that belongs to nothing
    let returned = returned.map(|Query(returned)| returned).unwrap_or_default();
    let (attempt, next) = visitor.attempt.clone().unwrap_or_default();
    let next = inside(&next).to_owned();
    let Returned { state, code, error, iss } = returned;
    let body = FinishSignOn { attempt: attempt.to_string(), state, code, error, issuer: iss };
    match DeskClient::new(visitor.portal.anonymous()).finish_sign_on(&body).await {
        Ok(SignOnFinished::SignedIn(opened)) => signed_in(&visitor, &opened.session_key, &next),
        Ok(SignOnFinished::CodeNeeded { attempt }) => {
            keep_attempt(&visitor.portal, &attempt, &next, code_page(&visitor, None, StatusCode::OK))
        }
        Err(error) if error.code() == Some("sign_on_other_state") => {
            // the attempt is still good: somebody else may have sent the browser here
            refused(&visitor, &error, String::new(), next).await
        }
        Err(error) => forget_attempt(&visitor.portal, refused(&visitor, &error, String::new(), next).await),
    }
}

#[derive(Deserialize)]
pub(super) struct CodeForm {
    code: String,
}

/// Hands in the code of the second factor.
pub(super) async fn with_code(visitor: Visitor, Form(form): Form<CodeForm>) -> Response {
    let (attempt, next) = visitor.attempt.clone().unwrap_or_default();
    let next = inside(&next).to_owned();
    let body = SignOnCode { attempt: attempt.to_string(), code: form.code };
    match DeskClient::new(visitor.portal.anonymous()).sign_on_with_code(&body).await {
        Ok(opened) => signed_in(&visitor, &opened.session_key, &next),
        Err(error) if error.code() == Some("code_wrong") => {
            let said = Trouble::of(&error).words(visitor.words);
            code_page(&visitor, Some(said), status_of(&error))
        }
        Err(error) => forget_attempt(&visitor.portal, refused(&visitor, &error, String::new(), next).await),
    }
}

fn code_page(visitor: &Visitor, problem: Option<String>, status: StatusCode) -> Response {
    let mut frame = visitor.frame(visitor.words.get("title.sign_on_code"));
    frame.problem = problem;
    let next = visitor.attempt.as_ref().map_or("", |(_, next)| next.as_str());
    frame.place = sign_in_before(inside(next));
    SignOnCodePage { frame }.answer(status)
}

fn signed_in(visitor: &Visitor, session_key: &str, next: &str) -> Response {
    let words = visitor.words;
    let page = OnwardPage {
        frame: Frame { place: next.to_owned(), ..visitor.frame(words.get("title.sign_in")) },
        lead: words.get("lead.sign_on_done").to_owned(),
        href: format!("{PREFIX}{next}"),
        label: words.get("act.go_on").to_owned(),
    };
    let page = forget_attempt(&visitor.portal, page.show());
    keep_session(&visitor.portal, session_key, page)
}

/// The page for somebody who signed out here and is still signed in at the provider.
pub(super) fn signed_out(visitor: &Visitor, elsewhere: SignOutAtProvider) -> Response {
    let frame = visitor.frame(visitor.words.get("title.signed_out"));
    let SignOutAtProvider { provider, address } = elsewhere;
    SignedOutPage { frame, provider, href: address.to_string() }.show()
}

/// Every link, when there is a provider.
pub(super) async fn links(signed: &Signed) -> Result<Option<Vec<SignOnLinkView>>, ApiError> {
    if signed.desk().sign_on_provider().await?.name.is_none() {
        return Ok(None);
    }
    signed.desk().sign_on_links().await.map(Some)
}

/// A person's link, for the page of people.
pub(super) fn row(links: Option<&[SignOnLinkView]>, staff: &StaffId) -> Option<SignOnRow> {
    let own = links?.iter().find(|link| link.staff == *staff);
    Some(own.map_or_else(SignOnRow::default, |link| SignOnRow { name: link.name.clone(), bound: link.bound }))
}

#[derive(Deserialize)]
pub(super) struct LinkForm {
    name: String,
}

/// Links a person.
pub(super) async fn link(signed: Signed, Path(id): Path<String>, Form(form): Form<LinkForm>) -> Response {
    let Ok(id) = id.parse::<StaffId>() else { return Trouble::NotFound.answer(&signed) };
    match signed.desk().link_sign_on(&id, &LinkSignOn { name: form.name }).await {
        Ok(()) => signed.lead_to("/people", "sign_on_linked"),
        Err(error) => people::again(&signed, &error).await,
    }
}

/// Takes a person's link.
pub(super) async fn unlink(signed: Signed, Path(id): Path<String>, Form(_): Form<OnceForm>) -> Response {
    let Ok(id) = id.parse::<StaffId>() else { return Trouble::NotFound.answer(&signed) };
    match signed.desk().unlink_sign_on(&id).await {
        Ok(()) => signed.lead_to("/people", "sign_on_unlinked"),
        Err(error) => people::again(&signed, &error).await,
    }
}
