//! One signed request and its verified answer.

use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use mpp_core::{Clock, Entropy, TxnId};
use mpp_crypto::detached;
use mpp_transport::{Request, Transport, TransportError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::wire::{AnswerHead, Envelope, ErrorBody, VERSION, is_of_now};
use super::{OurIdentity, PeerKeys, RebitAaConfig};
use crate::ApiKey;
use crate::account_aggregator::{AaError, AnswerDefect};

pub(super) const SIGNATURE: HeaderName = HeaderName::from_static("x-jws-signature");
const CLIENT_API_KEY: HeaderName = HeaderName::from_static("client_api_key");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// No answer without data comes near this.
const LARGEST_PLAIN_ANSWER_BYTES: usize = 1024 * 1024;

/// Everything needed to ask one Account Aggregator something.
#[derive(Debug)]
pub(super) struct Exchange {
    config: RebitAaConfig,
    ours: OurIdentity,
    api_key: RwLock<ApiKey>,
    keys: Arc<PeerKeys>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// How large an answer may be.
#[derive(Debug, Clone, Copy)]
pub(super) enum AnswerSize {
    /// A few fields.
    Plain,
    /// Documents.
    Data,
}

impl Exchange {
    pub(super) fn new(
        config: RebitAaConfig,
        ours: OurIdentity,
        keys: Arc<PeerKeys>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let api_key = RwLock::new(ours.api_key.clone());
        Self { config, ours, api_key, keys, transport, clock, entropy }
    }

    pub(super) const fn config(&self) -> &RebitAaConfig {
        &self.config
    }

    pub(super) const fn ours(&self) -> &OurIdentity {
        &self.ours
    }

    pub(super) fn keys(&self) -> &PeerKeys {
        &self.keys
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    pub(super) fn replace_api_key(&self, key: ApiKey) {
        *self.api_key.write().unwrap_or_else(PoisonError::into_inner) = key;
    }

    /// Sends `content` in an envelope of its own and reads the answer to it.
    pub(super) async fn post<Q, A>(&self, path: &str, content: Q, size: AnswerSize) -> Result<A, AaError>
    where
        Q: Serialize + Send,
        A: DeserializeOwned,
    {
        let txnid = TxnId::generate(self.entropy.as_ref());
        let envelope = Envelope::new(self.clock.now(), txnid, content);
        let body = serde_json::to_vec(&envelope).map_err(|_| unmade("not expressible as JSON"))?;
        let signature =
            detached::sign(&self.ours.signing_key, &body).map_err(|_| unmade("signing failed"))?;
        let signature = HeaderValue::from_str(&signature).map_err(|_| unmade("signing failed"))?;
        let request = self
            .request(Method::POST, path)?
            .with_header(header::CONTENT_TYPE, JSON)
            .with_header(SIGNATURE, signature)
            .with_body(body);
        let body = self.believe(request, Some(txnid), size).await?;
        serde_json::from_slice(&body).map_err(|_| AaError::Untrusted(AnswerDefect::Unreadable))
    }

    /// Asks without a body; such a request is not signed in version 2.
    pub(super) async fn get<A: DeserializeOwned>(&self, path: &str) -> Result<A, AaError> {
        let request = self.request(Method::GET, path)?;
        let body = self.believe(request, None, AnswerSize::Plain).await?;
        serde_json::from_slice(&body).map_err(|_| AaError::Untrusted(AnswerDefect::Unreadable))
    }

    fn request(&self, method: Method, path: &str) -> Result<Request, AaError> {
        let api_key = self.api_key.read().unwrap_or_else(PoisonError::into_inner).header();
        let api_key = api_key.map_err(|_| unmade("the API key is unusable"))?;
        let url = self.config.form().base_url.endpoint(path);
        Ok(Request::new(method, url)
            .with_header(header::ACCEPT, JSON)
            .with_header(CLIENT_API_KEY, api_key)
            .with_timeout(self.config.timeout().as_duration()))
    }

    /// The body of a successful answer that is provably the Account Aggregator's and the answer to `txnid`.
    async fn believe(
        &self,
        request: Request,
        txnid: Option<TxnId>,
        size: AnswerSize,
    ) -> Result<Bytes, AaError> {
        let answer = self.transport.send(request).await?;
        let status = answer.status;
        let signature = answer.header(&SIGNATURE).map(str::to_owned);
        let limit = match size {
            AnswerSize::Plain => LARGEST_PLAIN_ANSWER_BYTES,
            AnswerSize::Data => self.config.form().largest_answer_bytes,
        };
        let body = answer.collect(limit).await.map_err(|error| match error {
            TransportError::TooLarge { .. } => AaError::Untrusted(AnswerDefect::TooLarge),
            other => AaError::Transport(other),
        })?;
        let signed =
            signature.is_some_and(|value| detached::verify(&value, &body, |kid| self.keys.key(kid)).is_ok());
        match (signed, status) {
            (true, StatusCode::OK) => self.check_head(&body, txnid).map(|()| body),
            (true, _) => Err(self.refusal(status, &body, txnid)),
            // Gateways in front of an Account Aggregator cannot sign.
            (false, status) if status.is_server_error() => Err(AaError::Unavailable { status }),
            (false, _) => Err(AaError::Untrusted(AnswerDefect::Signature)),
        }
    }

    fn check_head(&self, body: &[u8], txnid: Option<TxnId>) -> Result<(), AaError> {
        let head: AnswerHead =
            serde_json::from_slice(body).map_err(|_| AaError::Untrusted(AnswerDefect::Unreadable))?;
        let defect = if head.ver != VERSION {
            AnswerDefect::Version
        } else if head.timestamp.is_some_and(|time| !is_of_now(time.0, self.clock.now())) {
            AnswerDefect::Timestamp
        } else if txnid.is_some_and(|txnid| head.txnid.as_deref() != Some(txnid.to_string().as_str())) {
            AnswerDefect::TxnId
        } else {
            return Ok(());
        };
        Err(AaError::Untrusted(defect))
    }

    /// A signed refusal, when it is one and is about this request. A request the peer could not parse has no
    /// `txnid` it could repeat.
    fn refusal(&self, status: StatusCode, body: &[u8], txnid: Option<TxnId>) -> AaError {
        let Ok(error) = serde_json::from_slice::<ErrorBody>(body) else {
            return if status.is_server_error() {
                AaError::Unavailable { status }
            } else {
                AaError::Untrusted(AnswerDefect::Unreadable)
            };
        };
        if error.timestamp.is_some_and(|time| !is_of_now(time.0, self.clock.now())) {
            return AaError::Untrusted(AnswerDefect::Timestamp);
        }
        let echoed = error.txnid.as_deref().filter(|echoed| !echoed.is_empty());
        match (txnid, echoed) {
            (Some(sent), Some(echoed)) if echoed != sent.to_string() => {
                AaError::Untrusted(AnswerDefect::TxnId)
            }
            _ => AaError::Refused { status, code: error.error_code },
        }
    }
}

fn unmade(reason: &'static str) -> AaError {
    AaError::Request { reason }
}
