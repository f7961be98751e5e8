//! Notifications an Account Aggregator sends, and the signed answers to them (account-aggregator.md §6.3 to §6.6).
//!
//! A notification passes these steps in this order; the first that fails decides the answer:
//!
//! | Step | Who | Refusal |
//! | --- | --- | --- |
//! | the API key names a caller | [`Gate`] | 401 Unauthorized |
//! | the signature over the exact bytes is the caller's | [`Gate`] | 400 SignatureDoesNotMatch |
//! | JSON and mandatory members | [`Gate`] | 400 InvalidRequest |
//! | version | [`Gate`] | 404 NoSuchVersion |
//! | timestamp within 15 minutes, `txnid` a UUID | [`Gate`] | 400 InvalidRequest |
//! | the notifier is the caller, status words are known | [`Gate`] | 400 InvalidNotifier and others |
//! | `txnid` not used before for other bytes | [`decide_replay`] | 409 IdempotencyError |
//! | consent, handle, session and accounts are known | the service | [`Rejection::unknown_consent`] and others |
//!
//! Notifications come at least once and in any order: take them as a reason to look (`/Consent/handle`,
//! `/Consent/fetch`, `/FI/fetch`), not as news.

mod answer;
mod gate;
mod notification;
mod rejection;
mod replay;
mod tokens;

pub use answer::{Responder, SignedAnswer};
pub use gate::{Accepted, Gate, InboundMessage, KnownAa};
pub use notification::{
    AccountStatus, ConsentNotification, FiNotification, FiStatus, FipStatus, NotifiedConsent, SessionStatus,
};
pub use rejection::Rejection;
pub use replay::{REPLAY_MEMORY, ReplayDecision, ReplayLedger, SeenExchange, decide_replay};
pub use tokens::{CallerTokens, RegistryTokens, SharedTokens};
