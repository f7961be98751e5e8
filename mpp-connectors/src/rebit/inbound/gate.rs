//! The checks a notification must pass before anything is done about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use mpp_core::{EntityId, Sha256Digest, Timestamp, TxnId};
use mpp_crypto::{detached, sha256};
use serde::de::DeserializeOwned;

use super::notification::{ConsentMembers, FiMembers, Notifier};
use super::{CallerTokens, ConsentNotification, FiNotification, Rejection};
use crate::account_aggregator::AaErrorCode;
use crate::rebit::PeerKeys;
use crate::rebit::wire::{InboundHead, VERSION, is_of_now};

/// A message as it came in: header values and the exact bytes of the body.
#[derive(Debug, Clone, Copy)]
pub struct InboundMessage<'a> {
    /// The value of `aa_api_key`.
    pub api_key: Option<&'a str>,
    /// The value of `x-jws-signature`.
    pub signature: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// An Account Aggregator we deal with.
#[derive(Debug, Clone)]
pub struct KnownAa {
    /// Its id in the Central Registry.
    pub entity: EntityId,
    /// The keys it signs with.
    pub keys: Arc<PeerKeys>,
}

/// A message that passed every check that needs no memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted<T> {
    /// Whose message it is.
    pub aa: EntityId,
    /// Its transaction id.
    pub txnid: TxnId,
    /// The digest of its body, for [`super::decide_replay`].
    pub body_digest: Sha256Digest,
    /// What it says.
    pub content: T,
}

/// The checks, with what they need to know.
#[derive(Debug, Clone)]
pub struct Gate {
    tokens: Arc<dyn CallerTokens>,
    known: BTreeMap<EntityId, Arc<PeerKeys>>,
}

/// Past the signature: whose bytes they are.
struct Authentic<'a> {
    aa: EntityId,
    body: &'a [u8],
}

/// Past the envelope.
struct Enveloped<B> {
    txnid: TxnId,
    members: B,
}

impl Gate {
    /// A gate for the messages of these Account Aggregators.
    #[must_use]
    pub fn new(tokens: Arc<dyn CallerTokens>, known: impl IntoIterator<Item = KnownAa>) -> Self {
        let known = known.into_iter().map(|aa| (aa.entity, aa.keys)).collect();
        Self { tokens, known }
    }

    /// Checks a `/Consent/Notification`.
    ///
    /// # Errors
    /// The first check that fails, as the answer to send.
    pub fn consent_notification(
        &self,
        message: InboundMessage<'_>,
        now: Timestamp,
    ) -> Result<Accepted<ConsentNotification>, Rejection> {
        let authentic = self.authenticate(message, now)?;
        let Enveloped { txnid, members } = open(&authentic, ConsentMembers::new, now)?;
        if !is_caller(&members.notifier, &authentic.aa) {
            let code = AaErrorCode::InvalidNotifier;
            return Err(Rejection::bad(Some(txnid), code, "The notifier is not the caller"));
        }
        Ok(authentic.accept(txnid, members.content(txnid)?))
    }

    /// Checks an `/FI/Notification`.
    ///
    /// # Errors
    /// The first check that fails, as the answer to send.
    pub fn fi_notification(
        &self,
        message: InboundMessage<'_>,
        now: Timestamp,
    ) -> Result<Accepted<FiNotification>, Rejection> {
        let authentic = self.authenticate(message, now)?;
        let Enveloped { txnid, members } = open(&authentic, FiMembers::new, now)?;
        if !is_caller(&members.notifier, &authentic.aa) {
            return Err(Rejection::invalid_request(Some(txnid), "The notifier is not the caller"));
        }
        Ok(authentic.accept(txnid, members.content(txnid)?))
    }

    fn authenticate<'a>(
        &self,
        message: InboundMessage<'a>,
        now: Timestamp,
    ) -> Result<Authentic<'a>, Rejection> {
        let aa = message.api_key.and_then(|token| self.tokens.caller(token, now));
        let aa = aa.ok_or_else(Rejection::unauthorized)?;
        let keys = self.known.get(&aa).ok_or_else(Rejection::unauthorized)?;
        let holds = message
            .signature
            .is_some_and(|value| detached::verify(value, message.body, |kid| keys.key(kid)).is_ok());
        if holds {
            Ok(Authentic { aa, body: message.body })
        } else {
            // The body is nobody's: its txnid is not repeated.
            let code = AaErrorCode::SignatureDoesNotMatch;
            Err(Rejection::bad(None, code, "The signature does not hold"))
        }
    }
}

impl Authentic<'_> {
    fn accept<T>(self, txnid: TxnId, content: T) -> Accepted<T> {
        Accepted { aa: self.aa, txnid, body_digest: sha256(self.body), content }
    }
}

/// JSON, mandatory members, version, timestamp and transaction id, in this order.
fn open<B: DeserializeOwned, M>(
    authentic: &Authentic<'_>,
    members: impl Fn(B) -> Option<M>,
    now: Timestamp,
) -> Result<Enveloped<M>, Rejection> {
    let head: InboundHead = serde_json::from_slice(authentic.body)
        .map_err(|_| Rejection::invalid_request(None, "Not a JSON object of the specification"))?;
    let txnid: Option<TxnId> = head.txnid.as_deref().and_then(|text| text.parse().ok());
    let invalid = |message| Rejection::invalid_request(txnid, message);
    let body: B = serde_json::from_slice(authentic.body)
        .map_err(|_| invalid("Not a JSON object of the specification"))?;
    let members = members(body).ok_or_else(|| invalid("A mandatory member is missing"))?;
    let present = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    if !(present(&head.ver) && present(&head.timestamp) && present(&head.txnid)) {
        return Err(invalid("ver, timestamp and txnid are mandatory"));
    }
    if head.ver.as_deref() != Some(VERSION) {
        return Err(Rejection::no_such_version(txnid));
    }
    let timestamp = head.timestamp.and_then(|text| text.parse::<Timestamp>().ok());
    if !timestamp.is_some_and(|timestamp| is_of_now(timestamp, now)) {
        return Err(invalid("timestamp is not within 15 minutes of now"));
    }
    let txnid = txnid.ok_or_else(|| invalid("txnid is not a UUID"))?;
    Ok(Enveloped { txnid, members })
}

fn is_caller(notifier: &Notifier, caller: &EntityId) -> bool {
    notifier.kind == "AA" && notifier.id == caller.as_str()
}
