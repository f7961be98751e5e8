//! One's own account.

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use mpp_api::ApiError;
use mpp_api::desk::{ChangePassword, SessionView, SignOutAtProvider, SignedOutView};
use mpp_core::{StaffId, StaffSessionId};
use serde::Deserialize;

use super::{passkeys, single_sign_on};
use crate::portal::PREFIX;
use crate::signed::{Signed, forget_session};
use crate::templates::{AccountPage, Answer, Fact, FilePage};
use crate::trouble::Trouble;
use crate::view::{Cell, PostButton, Table};

/// The page.
pub(super) async fn show(signed: Signed) -> Response {
    page(&signed, None).await
}

/// The page, with what went wrong.
pub(super) async fn page(signed: &Signed, problem: Option<String>) -> Response {
    let sessions = match signed.desk().sessions().await {
        Ok(sessions) => sessions,
        Err(error) => return signed.refused(&error),
    };
    let passkeys = match passkeys::card(signed).await {
        Ok(passkeys) => passkeys,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let roles = signed.person.roles.iter().map(|role| words.of("role", role)).collect();
    let facts = vec![
        Fact { label: words.get("label.account").to_owned(), value: Cell::text(signed.person.id.as_str()) },
        Fact { label: words.get("label.roles").to_owned(), value: Cell::Tags(roles) },
    ];
    let table = table(signed, &sessions, "/account/sessions");
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut frame = signed.frame("/account", words.get("title.account"));
    frame.problem = problem;
    AccountPage { frame, facts, sessions: table, passkeys }.answer(status)
}

/// The sessions, each with the button that ends it.
fn table(signed: &Signed, sessions: &[SessionView], place: &str) -> Table {
    let words = signed.words;
    let columns = ["col.since", "col.seen", "col.until", "col.act"].map(|name| words.get(name).to_owned());
    Table {
        caption: words.get("label.sessions").to_owned(),
        columns: columns.to_vec(),
        rows: sessions.iter().map(|session| row(signed, session, place)).collect(),
        empty: words.get("empty.sessions").to_owned(),
    }
}

fn row(signed: &Signed, session: &SessionView, place: &str) -> Vec<Cell> {
    let words = signed.words;
    let present = signed.person.session_id == Some(session.session_id);
    let button = PostButton {
        action: format!("{PREFIX}{place}/{}/end", session.session_id),
        label: words.get("act.end_session").to_owned(),
        once: signed.portal.once(),
        grave: true,
    };
    let last = if present { Cell::text(words.get("label.this_session")) } else { Cell::Button(button) };
    vec![
        Cell::when(session.since, words),
        Cell::when(session.seen, words),
        Cell::when(session.until, words),
        last,
    ]
}

/// The sessions of somebody else.
pub(super) async fn sessions_of(signed: Signed, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse::<StaffId>() else { return Trouble::NotFound.answer(&signed) };
    let sessions = match signed.desk().sessions_of(&id).await {
        Ok(sessions) => sessions,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let page = FilePage {
        frame: signed.frame("/people", &words.with("title.sessions_of", &id)),
        facts: Vec::new(),
        steps: Vec::new(),
        tables: vec![table(&signed, &sessions, &format!("/people/{id}/sessions"))],
        links: Vec::new(),
        buttons: Vec::new(),
        back: (format!("{PREFIX}/people"), words.get("nav.people").to_owned()),
    };
    page.show()
}

/// Ends a session of somebody else.
pub(super) async fn end_session_of(signed: Signed, Path((id, session)): Path<(String, String)>) -> Response {
    let (Ok(id), Ok(session)) = (id.parse::<StaffId>(), session.parse::<StaffSessionId>()) else {
        return Trouble::NotFound.answer(&signed);
    };
    match signed.desk().end_session_of(&id, session).await {
        Ok(()) => signed.lead_to(&format!("/people/{id}/sessions"), "session_ended"),
        Err(error) => signed.refused(&error),
    }
}

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    present: String,
    fresh: String,
    again: String,
}

/// Sets a new password.
pub(super) async fn change_password(signed: Signed, Form(form): Form<PasswordForm>) -> Response {
    let PasswordForm { present, fresh, again } = form;
    if fresh != again {
        let said = signed.words.get("problem.passwords_differ").to_owned();
        return page(&signed, Some(said)).await;
    }
    match signed.desk().change_password(&ChangePassword { present, fresh }).await {
        Ok(()) => signed.lead_to("/account", "password_set"),
        Err(error) => page(&signed, Some(Trouble::of(&error).words(signed.words))).await,
    }
}

/// Ends another session of one's own.
pub(super) async fn end_session(signed: Signed, Path(session): Path<String>) -> Response {
    let Ok(session) = session.parse() else { return Trouble::NotFound.answer(&signed) };
    match signed.desk().end_session(session).await {
        Ok(()) => signed.lead_to("/account", "session_ended"),
        Err(error) => signed.refused(&error),
    }
}

/// Ends the session. The browser forgets it whatever the server says; what the server could not end is told. Who came through a
/// provider is shown the way to sign out there too.
pub(super) async fn sign_out(signed: Signed) -> Response {
    let onward = match Left::of(signed.desk().sign_out().await) {
        Left::AtProvider(elsewhere) => single_sign_on::signed_out(&signed, elsewhere),
        Left::Nothing => Redirect::to(&format!("{PREFIX}/sign-in?done=signed_out")).into_response(),
        Left::Session => Trouble::SessionLeft.page(&signed, StatusCode::BAD_GATEWAY),
    };
    forget_session(&signed.portal, onward)
}

/// What is left after signing out.
#[derive(Debug, PartialEq, Eq)]
enum Left {
    /// The session at the provider.
    AtProvider(SignOutAtProvider),
    /// Nothing.
    Nothing,
    /// The session here.
    Session,
}

impl Left {
    fn of(ended: Result<SignedOutView, ApiError>) -> Self {
        match ended {
            Ok(SignedOutView { at_provider: Some(elsewhere) }) => Self::AtProvider(elsewhere),
            Ok(SignedOutView { at_provider: None }) => Self::Nothing,
            // it was ended elsewhere at the same moment
            Err(error) if matches!(error.code(), Some("unauthenticated" | "not_found")) => Self::Nothing,
            Err(error) => {
                tracing::warn!(%error, "a session could not be ended");
                Self::Session
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use mpp_api::Problem;

    use super::*;

    #[test]
    fn nobody_is_told_to_be_signed_out_whose_session_could_not_be_ended() {
        let refused = |status, code| Err(ApiError::Refused(Problem::new(status, code, "no")));
        assert_eq!(Left::of(Ok(SignedOutView::default())), Left::Nothing);
        for (status, code, left) in [
            (401, "unauthenticated", Left::Nothing),
            (404, "not_found", Left::Nothing),
            (409, "changed_meanwhile", Left::Session),
            (500, "internal", Left::Session),
        ] {
            assert_eq!(Left::of(refused(status, code)), left, "{code}");
        }
        let silent = ApiError::Answer { path: "/v1/desk/sign-out".to_owned() };
        assert_eq!(Left::of(Err(silent)), Left::Session);
    }
}
