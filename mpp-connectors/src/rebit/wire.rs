//! Messages as ReBIT 2.x writes them. Nothing here leaves the adapter.

mod consent;
mod consent_terms;
mod data;
mod envelope;
mod lenient;
mod notification;

pub(super) use consent::{
    ConsentChangeRequest, ConsentFetchAnswer, ConsentFetchRequest, ConsentRequest, ConsentRequestAnswer,
    HandleAnswer, HandleRequest,
};
pub(super) use consent_terms::{PartyForm, SignedDetail};
pub(super) use data::{FiFetchAnswer, FiFetchRequest, FiRequestAnswer, FiRequestBody, HeartbeatAnswer};
pub(super) use envelope::{
    AnswerHead, Envelope, ErrorBody, InboundHead, OkAnswer, RefusalAnswer, VERSION, is_of_now,
};
pub(super) use notification::{ConsentNotificationBody, FiNotificationBody};
