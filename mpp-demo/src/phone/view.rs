//! What each screen shows, made from what the SDKs say. Pure: no clock, no calls, no HTML.

mod consent_screen;
mod delivery;
mod evidence;
mod figures;
mod frame;
mod history;
mod home;
mod journey;
mod language;
mod problem;
mod receipt;
mod terms;
mod when;

pub use consent_screen::{
    ConsentPage, Draft, ItemCard, LanguageChoice, NoticeView, Recipient, SourcePicture, consent_page,
    field_of,
};
pub use delivery::DeliveryRow;
pub use evidence::SignedText;
pub use frame::{Flash, Frame, Note, PhoneHead, Tab};
pub use history::{
    ConsentCard, ConsentsPage, OneConsentPage, ReceiptRow, Standing, UseRow, consent_card, consent_cards,
    has_all_receipts, kept_artefact, use_rows,
};
pub use home::{
    DemoLink, HomePage, InvitationCard, MessageCard, MessagesPage, PhoneCard, PhonesPage, RequestRow,
    StaffCard, StaffPage, request_rows,
};
pub use journey::{
    AccountRow, JourneyFacts, JourneyPage, ParcelRow, Progress, SignIn, Stage, StepView, journey_page,
};
pub use language::{Labels, Language};
pub use problem::{Problem, ProblemWords};
pub use receipt::{GivenRow, Receipt, ReceiptPage, readable, source_name, title_of};
pub use terms::{Terms, account_kind};
pub use when::{moment, moment_in_english, precise};
