//! Signed answers to notifications.

use std::sync::Arc;

use mpp_core::{Timestamp, TxnId};
use mpp_crypto::{detached, rs256};
use serde::{Deserialize, Serialize};

use super::Rejection;
use crate::account_aggregator::AaError;
use crate::rebit::exchange::SIGNATURE;
use crate::rebit::wire::{Envelope, OkAnswer, RefusalAnswer, VERSION};

/// An answer as it is sent, to be stored and sent again unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The value of the header field [`SignedAnswer::SIGNATURE_HEADER`].
    pub signature: String,
    /// The exact body, `application/json`.
    pub body: String,
}

impl SignedAnswer {
    /// The header field that carries the signature.
    pub const SIGNATURE_HEADER: http::HeaderName = SIGNATURE;
}

/// Makes answers and signs them with our key.
#[derive(Debug, Clone)]
pub struct Responder {
    key: Arc<rs256::SigningKey>,
}

impl Responder {
    /// Answers signed with `key`, whose public half is in the Central Registry.
    #[must_use]
    pub const fn new(key: Arc<rs256::SigningKey>) -> Self {
        Self { key }
    }

    /// The answer to a notification that was taken.
    ///
    /// # Errors
    /// [`AaError::Request`] when signing fails.
    pub fn taken(&self, txnid: TxnId, now: Timestamp) -> Result<SignedAnswer, AaError> {
        self.sign(200, &Envelope::new(now, txnid, OkAnswer { response: "OK" }))
    }

    /// The answer to a notification that was refused. Without a `txnid` to repeat it is left empty.
    ///
    /// # Errors
    /// [`AaError::Request`] when signing fails.
    pub fn refused(&self, rejection: &Rejection, now: Timestamp) -> Result<SignedAnswer, AaError> {
        let answer = RefusalAnswer {
            ver: VERSION,
            timestamp: now,
            txnid: rejection.txnid.map(|txnid| txnid.to_string()).unwrap_or_default(),
            error_code: rejection.code,
            error_msg: rejection.message,
        };
        self.sign(rejection.status.as_u16(), &answer)
    }

    fn sign(&self, status: u16, answer: &impl Serialize) -> Result<SignedAnswer, AaError> {
        const FAILED: AaError = AaError::Request { reason: "the answer could not be signed" };
        let body = serde_json::to_string(answer).map_err(|_| FAILED)?;
        let signature = detached::sign(&self.key, body.as_bytes()).map_err(|_| FAILED)?;
        Ok(SignedAnswer { status, signature, body })
    }
}
