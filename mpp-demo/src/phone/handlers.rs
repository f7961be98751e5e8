//! The handlers: decode, ask the phone's SDKs, show or lead on.

mod consents;
mod journeys;
mod starting;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use super::fleet::{Phone, PhoneFleet};
use super::templates::Screenful;
use super::view::{Frame, Problem};
use super::{PREFIX, assets};

pub(super) type Fleet = Arc<PhoneFleet>;

pub(super) fn router(fleet: Fleet) -> Router {
    Router::new()
        .route("/", get(starting::phones))
        .route("/assets/phone.css", get(assets::style))
        .route("/assets/phone.js", get(assets::script))
        .route("/assets/icon.svg", get(assets::icon))
        .route("/{phone}", get(starting::home))
        .route("/{phone}/cases", post(starting::start_case))
        .route("/{phone}/open", post(starting::open))
        .route("/{phone}/messages", get(starting::messages))
        .route("/{phone}/requests/{request}", get(journeys::show))
        .route("/{phone}/requests/{request}/language", post(journeys::choose_language))
        .route("/{phone}/requests/{request}/decide", post(journeys::decide))
        .route("/{phone}/requests/{request}/code", post(journeys::send_code))
        .route("/{phone}/requests/{request}/sign-in", post(journeys::sign_in))
        .route("/{phone}/requests/{request}/share", post(journeys::share))
        .route("/{phone}/requests/{request}/close", post(journeys::close))
        .route("/{phone}/requests/{request}/receipt", get(journeys::receipt))
        .route("/{phone}/consents", get(consents::list))
        .route("/{phone}/consents/{consent}", get(consents::one))
        .route("/{phone}/consents/{consent}/pause", post(consents::pause))
        .route("/{phone}/consents/{consent}/resume", post(consents::resume))
        .route("/{phone}/consents/{consent}/withdraw", post(consents::withdraw))
        .fallback(nowhere)
        .layer(axum::middleware::from_fn(mpp_portal::protect))
        .with_state(fleet)
}

/// The phone an address names.
#[derive(Debug)]
pub(super) struct OnPhone {
    pub(super) fleet: Fleet,
    pub(super) phone: Arc<Phone>,
}

impl OnPhone {
    /// A frame for a screen of this phone, with the message from the step before.
    fn frame(&self, title: &str) -> Frame {
        Frame::new(title, Some(self.phone.head()), self.fleet.now()).with_flash(self.phone.take_flash())
    }

    /// Leads on to another screen of this phone.
    fn lead_to(&self, place: &str) -> Response {
        Redirect::to(&format!("{PREFIX}/{}{place}", self.phone.number())).into_response()
    }

    /// Says that there is no such thing.
    fn nothing_here(&self) -> Response {
        Screenful::Trouble(self.frame("Not found"), not_found()).into_response()
    }
}

impl FromRequestParts<Fleet> for OnPhone {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, fleet: &Fleet) -> Result<Self, Response> {
        let named = parts.uri.path().split('/').nth(1).and_then(|number| number.parse().ok());
        match named.and_then(|number| fleet.phone(number)) {
            Some(phone) => Ok(Self { fleet: Arc::clone(fleet), phone: Arc::clone(phone) }),
            None => Err(lost(fleet)),
        }
    }
}

async fn nowhere(axum::extract::State(fleet): axum::extract::State<Fleet>) -> Response {
    lost(&fleet)
}

fn lost(fleet: &PhoneFleet) -> Response {
    Screenful::Trouble(Frame::new("Not found", None, fleet.now()), not_found()).into_response()
}

fn not_found() -> Problem {
    Problem::lasting(
        "There is nothing here",
        "The address may be mistyped, or the demo was started anew.",
        "not_found",
    )
}
