//! What every provider reached by JSON over HTTP has in common: a bounded, wiped exchange and the classes of
//! refusals.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderValue, Method, StatusCode, header};
use mpp_core::{QualityFlags, Span};
use mpp_transport::{BaseUrl, Body, Reach, Request, Response, Transport, TransportError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{InputField, ProviderError, ProviderOutcome};
use crate::ApiKey;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Longer waits than a day are a provider's mistake.
const LONGEST_WAIT_SECONDS: i64 = 86_400;

/// How to ask one provider something.
#[derive(Debug)]
pub(crate) struct ProviderExchange {
    pub(crate) base_url: BaseUrl,
    pub(crate) key: ApiKey,
    pub(crate) timeout: Span,
    pub(crate) largest_document_bytes: usize,
    pub(crate) transport: Arc<dyn Transport>,
}

/// An answer in memory; its body is wiped when dropped.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    content_type: String,
    retry_after: Option<Span>,
    body: Zeroizing<Vec<u8>>,
}

/// How providers word a refusal. Unknown members and words are ignored.
#[derive(Deserialize, Default)]
struct RefusalForm {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    field: Option<String>,
}

impl ProviderExchange {
    /// Posts `content`, which may name the customer: it goes into the body and nowhere else.
    pub(crate) async fn post(&self, path: &str, content: &impl Serialize) -> Result<Answer, ProviderError> {
        const UNMADE: ProviderError = ProviderError::InvalidInput { field: None };
        let body = Zeroizing::new(serde_json::to_vec(content).map_err(|_| UNMADE)?);
        let request = self
            .request(Method::POST, path)?
            .with_header(header::CONTENT_TYPE, JSON)
            .with_body(Bytes::from_owner(body));
        self.answer(self.transport.send(request).await?).await
    }

    /// Whether the provider can be reached and lets us in. That it has no page for it does not matter.
    pub(crate) async fn health(&self, path: &str) -> Result<(), ProviderError> {
        let answer = self.answer(self.transport.send(self.request(Method::GET, path)?).await?).await?;
        match answer.status {
            status if status.is_success() || status == StatusCode::NOT_FOUND => Ok(()),
            _ => Err(answer.refusal()),
        }
    }

    fn request(&self, method: Method, path: &str) -> Result<Request, ProviderError> {
        let bearer = self.key.bearer().map_err(|_| ProviderError::ContractSuspended)?;
        Ok(Request::new(method, self.base_url.endpoint(path))
            .with_header(header::ACCEPT, JSON)
            .with_header(header::AUTHORIZATION, bearer)
            .with_timeout(self.timeout.as_duration()))
    }

    async fn answer(&self, response: Response) -> Result<Answer, ProviderError> {
        let retry_after = response.header(&header::RETRY_AFTER).and_then(|text| text.parse().ok());
        let content_type = response.header(&header::CONTENT_TYPE).unwrap_or("application/json").to_owned();
        let status = response.status;
        let body = read_wiped(response.body, self.largest_document_bytes).await?;
        Ok(Answer { status, content_type, retry_after: retry_after.map(bounded_wait), body })
    }
}

impl Answer {
    /// The body as `T`; `None` when it is not one.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The provider's word for a refusal, when it has one.
    #[cfg(feature = "telecom")]
    pub(crate) fn refusal_code(&self) -> Option<String> {
        self.read::<RefusalForm>()?.code
    }

    /// The bytes as they came, and what is noticeable about them.
    pub(crate) fn into_document(self, quality: QualityFlags) -> ProviderOutcome {
        ProviderOutcome::Document {
            content_type: self.content_type,
            quality,
            body: Body::Bytes(Bytes::from_owner(self.body)),
        }
    }

    /// The class of a refusal, by the status and the provider's words.
    pub(crate) fn refusal(&self) -> ProviderError {
        let form: RefusalForm = self.read().unwrap_or_default();
        match (self.status, form.code.as_deref()) {
            (_, Some("CONSENT_REJECTED")) => ProviderError::ConsentRejected,
            (_, Some("MULTIPLE_MATCHES")) => ProviderError::Ambiguous,
            (_, Some("AUTH_QUESTIONS")) => ProviderError::NeedsCustomer,
            (StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY, _) => {
                ProviderError::InvalidInput { field: form.field.as_deref().and_then(input_field) }
            }
            (StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN, _) => {
                ProviderError::ContractSuspended
            }
            (StatusCode::TOO_MANY_REQUESTS, _) => ProviderError::Throttled { retry_after: self.retry_after },
            (StatusCode::REQUEST_TIMEOUT, _) => self.down(),
            (status, _) if status.is_server_error() => self.down(),
            _ => ProviderError::Unreadable { reason: "a status the provider's description does not know" },
        }
    }

    fn down(&self) -> ProviderError {
        ProviderError::Down { reach: Reach::PerhapsSent, source: None }
    }
}

/// A wait a provider asks for, in seconds: at least one, at most a day.
pub(crate) fn bounded_wait(seconds: i64) -> Span {
    Span::from_seconds(seconds.clamp(1, LONGEST_WAIT_SECONDS))
}

fn input_field(name: &str) -> Option<InputField> {
    Some(match name {
        "phoneNumber" | "msisdn" | "mobile" => InputField::Mobile,
        "firstName" | "lastName" | "name" => InputField::Name,
        "dateOfBirth" | "dob" => InputField::DateOfBirth,
        "pan" => InputField::Pan,
        "pincode" => InputField::Pincode,
        _ => return None,
    })
}

/// Reads a body into memory that is wiped, growing without leaving copies behind.
async fn read_wiped(body: Body, limit_bytes: usize) -> Result<Zeroizing<Vec<u8>>, TransportError> {
    let mut chunks = body.into_stream();
    let mut whole = Zeroizing::new(Vec::new());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        let needed = whole.len().saturating_add(chunk.len());
        if needed > limit_bytes {
            return Err(TransportError::TooLarge { limit_bytes });
        }
        if needed > whole.capacity() {
            let capacity = needed.max(whole.capacity().saturating_mul(2)).min(limit_bytes);
            let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
            larger.extend_from_slice(&whole);
            whole = larger;
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests;
