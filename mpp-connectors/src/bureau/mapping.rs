//! Between the bureau's words and ours.

use mpp_core::CustomerParticulars;
use mpp_transport::{Reach, StatusCode};

use super::wire::{ConsentBlock, InProcess, ReportHead, ReportRequest};
use crate::provider::{
    Answer, InputField, ProviderError, ProviderOutcome, ProviderRequest, ResumeToken, bounded_wait,
};

/// The request in the bureau's words.
pub(super) fn report_request(request: &ProviderRequest) -> Result<ReportRequest<'_>, ProviderError> {
    let CustomerParticulars { mobile, vua: _, name, date_of_birth, pan, pincode } = &request.customer;
    let missing = |field| ProviderError::InvalidInput { field: Some(field) };
    let (first_name, last_name) = split_name(name.as_deref().ok_or(missing(InputField::Name))?);
    let date_of_birth = date_of_birth.ok_or(missing(InputField::DateOfBirth))?;
    Ok(ReportRequest {
        client_ref: request.client_ref.to_string(),
        phone_number: mobile.digits(),
        pan: pan.as_ref().map(mpp_core::Pan::characters),
        first_name,
        last_name,
        date_of_birth: date_of_birth.to_string(),
        pincode: pincode.as_deref(),
        consent: ConsentBlock {
            consent_flag: true,
            consent_timestamp: request.evidence.approved_at.as_unix_seconds(),
            consent_ip_address: request.evidence.ip_address.map(|address| address.to_string()),
            consent_message_id: request.evidence.artefact.to_string(),
        },
    })
}

/// The last word is the last name; a single word is the first name.
fn split_name(name: &str) -> (&str, &str) {
    let name = name.trim();
    name.rsplit_once(char::is_whitespace).map_or((name, ""), |(first, last)| (first.trim_end(), last))
}

/// What the answer to either call means.
pub(super) fn outcome(answer: Answer) -> Result<ProviderOutcome, ProviderError> {
    match answer.status {
        StatusCode::OK => report(answer),
        StatusCode::ACCEPTED => {
            let pending = answer.read::<InProcess>();
            let pending = pending
                .and_then(|form| Some((ResumeToken::try_from(form.token).ok()?, form.retry_after_seconds)));
            let (token, seconds) = pending.ok_or(ProviderError::Unreadable { reason: "no token" })?;
            Ok(ProviderOutcome::Pending { token, retry_after: bounded_wait(seconds) })
        }
        _ => Err(answer.refusal()),
    }
}

/// By the system code, and where it says no more than "not a report", by the message beside it.
fn report(answer: Answer) -> Result<ProviderOutcome, ProviderError> {
    const NOT_A_REPORT: ProviderError = ProviderError::Unreadable { reason: "not an INProfileResponse" };
    let head = answer.read::<ReportHead>().ok_or(NOT_A_REPORT)?.response;
    let code = head.header.system_code.trim();
    if code == "0" {
        return Ok(answer.into_document());
    }
    let message =
        format!("{} {}", head.header.message_text, head.user_message.user_message_text).to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["no record", "not found", "no hit"]) {
        Ok(ProviderOutcome::NoRecord)
    } else if says(&["multiple", "several"]) {
        Err(ProviderError::Ambiguous)
    } else if says(&["consent"]) {
        Err(ProviderError::ConsentRejected)
    } else if matches!(code, "1" | "2") {
        Err(ProviderError::Down { reach: Reach::PerhapsSent, source: None })
    } else {
        Err(ProviderError::Unreadable { reason: "an unknown SystemCode" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_is_the_last_name() {
        assert_eq!(split_name("Asha Kulkarni"), ("Asha", "Kulkarni"));
        assert_eq!(split_name(" Asha  M.  Kulkarni "), ("Asha  M.", "Kulkarni"));
        assert_eq!(split_name("Asha"), ("Asha", ""));
    }
}
