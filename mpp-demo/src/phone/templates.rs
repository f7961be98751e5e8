//! The templates: each joins one view model with the HTML of the same name under `assets/phone`.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::view::{
    self, ConsentPage, ConsentsPage, Frame, HomePage, JourneyPage, MessagesPage, OneConsentPage, PhonesPage,
    Problem, ReceiptPage, SourcePicture, StaffPage, Stage,
};

/// Every screen there is, ready to be written as HTML.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each variant is the screen of the view model in it")]
pub enum Screenful {
    Phones(PhonesPage),
    Home(HomePage),
    Consent(ConsentPage),
    Journey(JourneyPage),
    Receipt(ReceiptPage),
    Consents(ConsentsPage),
    OneConsent(Box<OneConsentPage>),
    Messages(MessagesPage),
    Staff(StaffPage),
    Trouble(Frame, Problem),
}

macro_rules! templates {
    ($($name:ident($page:ty) = $path:literal;)+) => {$(
        #[derive(Template)]
        #[template(path = $path)]
        struct $name<'a> {
            frame: &'a Frame,
            page: &'a $page,
        }
    )+};
}

templates! {
    PhonesTemplate(PhonesPage) = "phones.html";
    HomeTemplate(HomePage) = "home.html";
    ConsentTemplate(ConsentPage) = "consent.html";
    JourneyTemplate(JourneyPage) = "journey.html";
    ReceiptTemplate(ReceiptPage) = "receipt.html";
    ConsentsTemplate(ConsentsPage) = "consents.html";
    OneConsentTemplate(OneConsentPage) = "one_consent.html";
    MessagesTemplate(MessagesPage) = "messages.html";
    StaffTemplate(StaffPage) = "staff.html";
    TroubleTemplate(Problem) = "trouble.html";
}

impl Screenful {
    /// The whole page as HTML; every variable text in it is escaped.
    ///
    /// # Errors
    /// When a template fails, which none of ours does.
    pub fn html(&self) -> Result<String, askama::Error> {
        match self {
            Self::Phones(page) => PhonesTemplate { frame: &page.frame, page }.render(),
            Self::Home(page) => HomeTemplate { frame: &page.frame, page }.render(),
            Self::Consent(page) => ConsentTemplate { frame: &page.frame, page }.render(),
            Self::Journey(page) => JourneyTemplate { frame: &page.frame, page }.render(),
            Self::Receipt(page) => ReceiptTemplate { frame: &page.frame, page }.render(),
            Self::Consents(page) => ConsentsTemplate { frame: &page.frame, page }.render(),
            Self::OneConsent(page) => OneConsentTemplate { frame: &page.frame, page }.render(),
            Self::Messages(page) => MessagesTemplate { frame: &page.frame, page }.render(),
            Self::Staff(page) => StaffTemplate { frame: &page.frame, page }.render(),
            Self::Trouble(frame, page) => TroubleTemplate { frame, page }.render(),
        }
    }
}

impl IntoResponse for Screenful {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Trouble(..) => StatusCode::NOT_FOUND,
            _ => StatusCode::OK,
        };
        match self.html() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => {
                tracing::error!("a page could not be written: {error}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}
