//! The handlers: decode, ask the phone's SDKs, show or lead on.

mod consents;
mod journeys;
mod starting;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use mpp_core::LanguageTag;

use super::fleet::{Phone, PhoneFleet};
use super::templates::Screenful;
use super::view::{Frame, Language, Problem};
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
    /// The language the phone is set to, as its browser asks for it.
    set_to: LanguageTag,
}

impl OnPhone {
    /// A frame for a screen of this phone, with the message from the step before.
    fn frame(&self, title: &str) -> Frame {
        let language = self.language();
        let frame =
            Frame::new(language.either(title, in_hindi(title)), Some(self.phone.head()), self.fleet.now());
        frame.speaking(language).with_flash(self.phone.take_flash())
    }

    /// The language the customer reads: the one that was chosen last, or the phone's own.
    pub(super) fn reads(&self) -> LanguageTag {
        let chosen = self.phone.with_memory(|memory| memory.language.clone());
        chosen.unwrap_or_else(|| self.set_to.clone())
    }

    /// The language the app speaks to the customer.
    pub(super) fn language(&self) -> Language {
        Language::of(&self.reads())
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

/// The title of a screen in Hindi.
fn in_hindi(title: &str) -> &str {
    match title {
        "Home" => "मुख्य",
        "Messages" => "संदेश",
        "Consents" => "सहमतियाँ",
        "Consent" | "Your consent" => "सहमति",
        "Sharing" => "साझा करना",
        "Receipt" => "रसीद",
        "Problem" => "समस्या",
        "Not found" => "नहीं मिला",
        other => other,
    }
}

impl FromRequestParts<Fleet> for OnPhone {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, fleet: &Fleet) -> Result<Self, Response> {
        let named = parts.uri.path().split('/').nth(1).and_then(|number| number.parse().ok());
        match named.and_then(|number| fleet.phone(number)) {
            Some(phone) => {
                let set_to = set_to(&parts.headers);
                Ok(Self { fleet: Arc::clone(fleet), phone: Arc::clone(phone), set_to })
            }
            None => Err(lost(fleet, Language::of(&set_to(&parts.headers)))),
        }
    }
}

async fn nowhere(State(fleet): State<Fleet>, headers: HeaderMap) -> Response {
    lost(&fleet, Language::of(&set_to(&headers)))
}

/// The language a phone is set to, as its browser asks for it.
fn set_to(headers: &HeaderMap) -> LanguageTag {
    let wanted = mpp_portal::Language::wanted(headers).tag();
    wanted.parse().unwrap_or_else(|_| LanguageTag::english())
}

fn lost(fleet: &PhoneFleet, language: Language) -> Response {
    let title = "Not found";
    let frame = Frame::new(language.either(title, in_hindi(title)), None, fleet.now()).speaking(language);
    Screenful::Trouble(frame, not_found()).into_response()
}

fn not_found() -> Problem {
    Problem::lasting(
        ("There is nothing here", "The address may be mistyped, or the demo was started anew."),
        ("यहाँ कुछ नहीं है", "शायद पता ग़लत लिखा गया है, या डेमो फिर से शुरू किया गया।"),
        "not_found",
    )
}
