//! The private share role: what stands between the customer's phone and the Account Aggregator.
//!
//! The phone logs in with a code from an SMS and gets a session bound to its device key. Under the session it
//! raises self consents (the customer himself is the recipient), opens data sessions with key material made **on
//! the phone**, and fetches the encrypted data. This service keeps consents and sessions, asks the Account
//! Aggregator, hears its notices, and passes the data on; it has no key to open any of it.
//!
//! | what | when it is refused here, before the Account Aggregator is asked |
//! | --- | --- |
//! | a data session | consent not approved, paused, withdrawn, run out, used up, or the range is wider |
//! | fetching | session not ready or over; consent paused or withdrawn meanwhile |
//! | everything | another customer's: `not_found` |
//!
//! Personal fields of records (mobile number, address, accounts, the signed artefact) are sealed; login codes and
//! session keys are stored as keyed hashes only.

mod audit;
mod consent_record;
mod consents;
mod data_session_record;
mod data_sessions;
mod error;
mod fip_health;
mod keyed_hash;
mod login;
mod login_records;
mod notices;
mod retention;
mod sealing;
mod service;
mod settings;
mod sms;
mod wakes;
mod work;

pub use consent_record::ChosenAccount;
pub use consents::AaConsentStatus;
pub use data_session_record::AccountDataStatus;
pub use data_sessions::{DataSessionRequest, DataSessionStatus, UndeliveredAccount};
pub use error::PrivateShareError;
pub use fip_health::{FEWEST, FipHealth, FipReport, LONGEST_DAYS};
pub use login::{CustomerSession, OpenedSession, StartedLogin};
pub use notices::{ConsentNotice, FiNotice, NoticeError, ToldAccount, ToldSessionStatus};
pub use retention::RetentionClass;
pub use sealing::{KINDS, SEALED_KINDS};
pub use service::{PrivateSharePorts, PrivateShareService};
pub use settings::{LoginSecret, PrivateShareSecrets, PrivateShareSettings};
pub use sms::{SmsError, SmsSender, SmsText};
