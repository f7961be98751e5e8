//! Between the register's words and ours.

use mpp::connectors::provider::InputField;
use mpp::connectors::{ProviderError, ProviderOutcome, ProviderRequest};
use mpp::core::{FetchPermit, MobileNumber, QualityFlags, Span};
use mpp::transport::{Body, Bytes, Reach, StatusCode};
use zeroize::Zeroizing;

use super::wire::{Holdings, OwnerQuery, Refusal};

/// An answer in memory; its body is wiped when dropped.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Span>,
    pub(super) body: Zeroizing<Vec<u8>>,
}

/// The request in the register's words.
pub(super) fn owner_query<'a>(permit: &'a FetchPermit, request: &'a ProviderRequest) -> OwnerQuery<'a> {
    OwnerQuery {
        owner_mobile: request.customer.mobile.digits(),
        owner_name: request.customer.name.as_deref().unwrap_or_default(),
        request_ref: request.client_ref.to_string(),
        consent_ref: request.evidence.artefact.to_string(),
        purpose: &permit.parameters().form().purpose.text,
    }
}

/// What the answer means when `asked` was asked about.
pub(super) fn outcome(answer: Answer, asked: &MobileNumber) -> Result<ProviderOutcome, ProviderError> {
    match answer.status {
        StatusCode::OK => {
            let holdings: Holdings = serde_json::from_slice(&answer.body)
                .map_err(|_| ProviderError::Unreadable { reason: "not a list of vehicles" })?;
            if holdings.register != "vehicles" || holdings.owner_mobile != asked.digits() {
                return Err(ProviderError::Unreadable { reason: "an answer about something else" });
            }
            Ok(ProviderOutcome::Document {
                content_type: "application/json".to_owned(),
                // the register's answers are whole, of the moment, and say nothing of how well the owner was matched
                quality: QualityFlags::new(),
                body: Body::Bytes(Bytes::from_owner(answer.body)),
            })
        }
        StatusCode::NOT_FOUND if answer.reason().as_deref() == Some("NO_VEHICLE") => {
            Ok(ProviderOutcome::NoRecord)
        }
        _ => Err(refusal(&answer)),
    }
}

/// The class of every answer that is not a document.
pub(super) fn refusal(answer: &Answer) -> ProviderError {
    match answer.status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            let named = answer.reason().filter(|reason| reason == "NAME_DIFFERS");
            ProviderError::InvalidInput { field: named.map(|_| InputField::Name) }
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ProviderError::ContractSuspended,
        StatusCode::TOO_MANY_REQUESTS => ProviderError::Throttled { retry_after: answer.retry_after },
        status if status.is_server_error() => ProviderError::Down { reach: Reach::PerhapsSent, source: None },
        _ => ProviderError::Unreadable { reason: "a status the register's description does not know" },
    }
}

impl Answer {
    fn reason(&self) -> Option<String> {
        serde_json::from_slice::<Refusal>(&self.body).unwrap_or_default().reason
    }
}
