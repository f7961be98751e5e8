//! Signing in and joining.

use axum::Form;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use fast_qr::convert::svg::SvgBuilder;
use mpp_api::ApiError;
use mpp_api::desk::{DeskClient, Join, OpenInvitation, SignIn};
use serde::Deserialize;

use super::{passkeys, single_sign_on};
use crate::portal::PREFIX;
use crate::signed::{Visitor, keep_language, keep_session, sign_in_before};
use crate::templates::{Answer, JoinPage, SignInPage, WelcomePage};
use crate::trouble::Trouble;
use crate::words::Language;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    next: String,
}

/// The page with the form. Where one came from matters less than the form: what cannot be read is left out.
pub(super) async fn sign_in_page(visitor: Visitor, back: Result<Query<Back>, QueryRejection>) -> Response {
    let back = back.map(|Query(back)| back).unwrap_or_default();
    let frame = visitor.frame(visitor.words.get("title.sign_in"));
    let passkeys = passkeys::host(&visitor).await;
    let provider = single_sign_on::provider(&visitor).await;
    SignInPage { frame, name: String::new(), next: back.next, passkeys, provider }.show()
}

#[derive(Deserialize)]
pub(super) struct SignInForm {
    name: String,
    password: String,
    code: String,
    #[serde(default)]
    next: String,
}

/// Opens a session and leads to where the person wanted to go.
pub(super) async fn sign_in(visitor: Visitor, Form(form): Form<SignInForm>) -> Response {
    let SignInForm { name, password, code, next } = form;
    let body = SignIn { name: name.clone(), password, code };
    match DeskClient::new(visitor.portal.anonymous()).sign_in(&body).await {
        Ok(opened) => {
            let onward = Redirect::to(&format!("{PREFIX}{}", inside(&next))).into_response();
            keep_session(&visitor.portal, &opened.session_key, onward)
        }
        Err(error) => refused(&visitor, &error, name, next).await,
    }
}

/// The page with the form, and why it did not go well.
pub(super) async fn refused(visitor: &Visitor, error: &ApiError, name: String, next: String) -> Response {
    let mut frame = visitor.frame(visitor.words.get("title.sign_in"));
    frame.problem = Some(Trouble::of(error).words(visitor.words));
    frame.place = sign_in_before(&next);
    let passkeys = passkeys::host(visitor).await;
    let provider = single_sign_on::provider(visitor).await;
    SignInPage { frame, name, next, passkeys, provider }.answer(status_of(error))
}

/// A place of this portal: nothing an address brings along leads anywhere else.
pub(super) fn inside(next: &str) -> &str {
    let plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let here = plain && next.starts_with('/') && !next.starts_with("//") && !next.contains("/sign-");
    if here { next } else { "/" }
}

/// A place of this portal that can be read without being led on: the entrance, too, with the place behind it.
fn readable(place: &str) -> &str {
    match place.strip_prefix("/sign-in?next=") {
        Some(next)
            if next.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.*+%=&".contains(&byte)) =>
        {
            place
        }
        _ if place == "/sign-in" => place,
        _ => inside(place),
    }
}

/// Where an invitation is handed in. It stands behind the `#` of its link, which browsers send to nobody.
pub(super) async fn welcome(visitor: Visitor) -> Response {
    WelcomePage { frame: visitor.frame(visitor.words.get("title.welcome")) }.show()
}

#[derive(Deserialize)]
pub(super) struct InvitationForm {
    invitation: String,
}

/// Shows what the second factor needs.
pub(super) async fn open(visitor: Visitor, Form(form): Form<InvitationForm>) -> Response {
    let invitation = form.invitation.trim().to_owned();
    join_page(&visitor, OpenInvitation { invitation, shown: None }, None).await
}

#[derive(Deserialize)]
pub(super) struct JoinForm {
    invitation: String,
    /// The secret of the page that was sent.
    #[serde(default)]
    shown: String,
    password: String,
    again: String,
    code: String,
}

/// Makes the account and signs in.
pub(super) async fn join(visitor: Visitor, Form(form): Form<JoinForm>) -> Response {
    let JoinForm { invitation, shown, password, again, code } = form;
    // whoever made a mistake has set up the second factor all the same
    let opening = OpenInvitation { invitation: invitation.clone(), shown: Some(shown) };
    if password != again {
        let said = visitor.words.get("problem.passwords_differ").to_owned();
        return join_page(&visitor, opening, Some(said)).await;
    }
    let body = Join { invitation, password, code };
    match DeskClient::new(visitor.portal.anonymous()).join(&body).await {
        Ok(opened) => {
            let onward = Redirect::to(&format!("{PREFIX}/?done=joined")).into_response();
            keep_session(&visitor.portal, &opened.session_key, onward)
        }
        Err(error) => join_page(&visitor, opening, Some(Trouble::of(&error).words(visitor.words))).await,
    }
}

async fn join_page(visitor: &Visitor, opening: OpenInvitation, problem: Option<String>) -> Response {
    let opened = match DeskClient::new(visitor.portal.anonymous()).open_invitation(&opening).await {
        Ok(opened) => opened,
        Err(error) => {
            let mut frame = visitor.frame(visitor.words.get("title.welcome"));
            frame.problem = Some(Trouble::of(&error).words(visitor.words));
            frame.place = "/welcome".to_owned();
            return WelcomePage { frame }.answer(status_of(&error));
        }
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut frame = visitor.frame(visitor.words.get("title.join"));
    frame.problem = problem;
    frame.place = "/welcome".to_owned();
    let page = JoinPage {
        frame,
        id: opened.id.to_string(),
        name: opened.name,
        invitation: opening.invitation,
        picture: qr(&opened.setup_uri),
        secret: spaced(&opened.secret),
        shown: opened.secret,
    };
    page.answer(status)
}

/// The picture an authenticator app reads: always dark on light, whatever the colours of the page.
fn qr(text: &str) -> String {
    let code = fast_qr::QRBuilder::new(text).build();
    code.map(|code| SvgBuilder::default().to_str(&code)).unwrap_or_default()
}

/// In fours, to be typed.
fn spaced(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

#[derive(Debug, Deserialize)]
pub(super) struct LanguageForm {
    language: String,
    #[serde(default)]
    next: String,
}

/// Chooses a language.
pub(super) async fn choose_language(Form(form): Form<LanguageForm>) -> Response {
    let onward = Redirect::to(&format!("{PREFIX}{}", readable(&form.next))).into_response();
    match Language::of_tag(&form.language) {
        Some(language) => keep_language(language, onward),
        None => onward,
    }
}

pub(super) fn status_of(error: &ApiError) -> StatusCode {
    match error {
        ApiError::Refused(problem) => StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_GATEWAY),
        _ => StatusCode::BAD_GATEWAY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_out_of_the_portal() {
        assert_eq!(inside("/requests?status=placed"), "/requests?status=placed");
        for bad in ["", "//evil.example", "https://evil.example", "/\\evil", "/a b", "/sign-out", "/x\r\ny"] {
            assert_eq!(inside(bad), "/", "{bad}");
        }
    }

    #[test]
    fn a_language_is_chosen_where_one_is_also_at_the_entrance() {
        for place in ["/sign-in", "/sign-in?next=%2Fcases%3Fstatus%3Dopen", "/cases?status=open"] {
            assert_eq!(readable(place), place);
        }
        for bad in
            ["/sign-in?next=/\\evil", "/sign-in?next=\r\n", "/sign-out", "/sign-in/passkey", "//evil.example"]
        {
            assert_eq!(readable(bad), "/", "{bad}");
        }
    }

    #[test]
    fn secrets_are_easy_to_type() {
        assert_eq!(spaced("ABCDEFGHIJ"), "ABCD EFGH IJ");
        assert!(qr("otpauth://totp/x?secret=ABCD").starts_with("<svg"));
    }
}
