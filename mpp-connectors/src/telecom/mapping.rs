//! Between the operator's words and ours.

use mpp_core::{FetchPermit, MobileNumber, QualityFlag, QualityFlags, Timestamp};
use mpp_transport::StatusCode;

use super::wire::{ConsentBlock, ProfileHead, ProfileRequest};
use crate::provider::{Answer, ProviderError, ProviderOutcome, ProviderRequest};

/// The request in the operator's words.
pub(super) fn profile_request<'a>(
    permit: &'a FetchPermit,
    request: &'a ProviderRequest,
) -> ProfileRequest<'a> {
    ProfileRequest {
        msisdn: request.customer.mobile.digits(),
        client_ref: request.client_ref.to_string(),
        consent: ConsentBlock {
            artefact_id: request.evidence.artefact.to_string(),
            purpose: &permit.parameters().form().purpose.text,
        },
    }
}

/// What the answer means, when `asked` was asked about and it came at `now`.
pub(super) fn outcome(
    answer: Answer,
    asked: &MobileNumber,
    now: Timestamp,
) -> Result<ProviderOutcome, ProviderError> {
    const UNREADABLE: ProviderError = ProviderError::Unreadable { reason: "not a telecom profile" };
    match answer.status {
        StatusCode::OK => {
            let head = answer.read::<ProfileHead>().ok_or(UNREADABLE)?;
            if head.source != "telecom" {
                return Err(UNREADABLE);
            }
            if head.msisdn != asked.digits() {
                return Err(ProviderError::Unreadable { reason: "a profile of another number" });
            }
            Ok(answer.into_document(quality(&head, now)))
        }
        StatusCode::NOT_FOUND if answer.refusal_code().as_deref() == Some("NOT_A_SUBSCRIBER") => {
            Ok(ProviderOutcome::NoRecord)
        }
        _ => Err(answer.refusal()),
    }
}

/// What is noticeable about a profile.
fn quality(head: &ProfileHead, now: Timestamp) -> QualityFlags {
    let made_at = head.as_of.as_str().and_then(|text| text.parse().ok());
    let missing = head.unavailable.as_array().is_some_and(|parts| !parts.is_empty());
    let flags = [QualityFlag::of_time(made_at, now), missing.then_some(QualityFlag::PartsMissing)];
    flags.into_iter().flatten().collect()
}
