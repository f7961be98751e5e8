//! What the three roles' HTTP sides share: refusals, JSON, proof of the caller, repeats, health.

mod answers;
mod asked;
mod bearer;
mod caller_limits;
mod caller_name;
mod described;
mod description;
mod form;
mod health;
mod hold;
mod idempotency;
mod json;
mod refusal;
mod request_log;
mod route_group;
mod signed;

pub use answers::{AnyDocument, CompactJws, Created, Document, ExactJson, Kind, Octets, Pdf, PlainText};
pub use asked::{Asked, page_size};
pub use bearer::{BearerKey, bearer_key};
pub use caller_limits::{CallerLimits, within_limits};
pub use caller_name::CallerName;
pub use described::Described;
pub(crate) use description::description_group;
pub use form::FormBody;
pub(crate) use health::health_group;
pub use health::health_routes;
pub use hold::{Hold, HoldQuery};
pub use idempotency::{Idempotency, answer_repeats};
pub(crate) use idempotency::{KINDS, SEALED_KINDS};
pub use json::JsonBody;
pub use refusal::Refusal;
pub use request_log::{LogState, log_requests};
pub use route_group::{Route, RouteGroup};
pub use signed::{
    KnownSigner, LARGEST_SIGNED_BODY, SignedCaller, SignedCallers, SignerDirectory, require_signature,
};
