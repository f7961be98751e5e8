//! What goes wrong, as pages people understand.

use axum::http::StatusCode;
use axum::response::Response;
use mpp_api::ApiError;

use crate::signed::{Signed, Visitor, forget_session};
use crate::templates::{Answer, TroublePage};
use crate::view::Frame;
use crate::words::Words;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// There is no such thing.
    NotFound,
    /// The roles do not allow it.
    NotAllowed,
    /// The session has ended.
    SignedOut,
    /// The session could not be ended on the server.
    SessionLeft,
    /// The interface refused, and said why.
    Refused {
        /// The stable code.
        code: String,
        /// What it said, in English.
        said: String,
    },
    /// The interface does not answer.
    Silent,
}

impl Trouble {
    pub(crate) fn of(error: &ApiError) -> Self {
        match error {
            ApiError::Refused(problem) => match (problem.status, problem.code.as_str()) {
                (_, "unauthenticated") => Self::SignedOut,
                (_, "role_missing") => Self::NotAllowed,
                (404, "not_found") => Self::NotFound,
                (500.., _) => Self::Silent,
                _ => Self::Refused {
                    code: problem.code.clone(),
                    said: problem.detail.as_ref().map_or_else(
                        || problem.title.clone(),
                        |detail| format!("{}: {detail}", problem.title),
                    ),
                },
            },
            _ => Self::Silent,
        }
    }

    /// What to say to the person.
    pub(crate) fn words(&self, words: Words) -> String {
        match self {
            Self::NotFound => words.get("trouble.not_found").to_owned(),
            Self::NotAllowed => words.get("trouble.not_allowed").to_owned(),
            Self::SignedOut => words.get("trouble.signed_out").to_owned(),
            Self::SessionLeft => words.get("trouble.session_left").to_owned(),
            Self::Silent => words.get("trouble.silent").to_owned(),
            Self::Refused { code, said } => words
                .find(&format!("problem.{code}"))
                .map_or_else(|| words.with("trouble.refused", said), str::to_owned),
        }
    }

    /// The page for a visitor.
    pub(crate) fn page(&self, visitor: &Visitor, status: StatusCode) -> Response {
        let frame = visitor.frame(visitor.words.get("title.trouble"));
        TroublePage { frame, what: self.words(visitor.words) }.answer(status)
    }

    /// The page for somebody who is signed in.
    pub(crate) fn answer(&self, signed: &Signed) -> Response {
        let frame: Frame = signed.frame("", signed.words.get("title.trouble"));
        let response = TroublePage { frame, what: self.words(signed.words) }.answer(self.status());
        if *self == Self::SignedOut { forget_session(&signed.portal, response) } else { response }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotAllowed => StatusCode::FORBIDDEN,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Refused { .. } => StatusCode::CONFLICT,
            Self::SessionLeft | Self::Silent => StatusCode::BAD_GATEWAY,
        }
    }
}
