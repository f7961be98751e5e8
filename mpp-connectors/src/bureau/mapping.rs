//! Between the bureau's words and ours.

use jiff::civil::{Date, Time};
use mpp_core::{CustomerParticulars, QualityFlag, QualityFlags, Span, Timestamp};
use mpp_transport::{Reach, StatusCode};

use super::wire::{ConsentBlock, InProcess, ProfileHead, ReportHead, ReportRequest};
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

/// What the answer to either call means, when it came at `now`.
pub(super) fn outcome(answer: Answer, now: Timestamp) -> Result<ProviderOutcome, ProviderError> {
    match answer.status {
        StatusCode::OK => report(answer, now),
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
fn report(answer: Answer, now: Timestamp) -> Result<ProviderOutcome, ProviderError> {
    const NOT_A_REPORT: ProviderError = ProviderError::Unreadable { reason: "not an INProfileResponse" };
    let head = answer.read::<ReportHead>().ok_or(NOT_A_REPORT)?.response;
    let code = head.header.system_code.trim();
    if code == "0" {
        return Ok(answer.into_document(quality(&head, now)));
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

/// What is noticeable about a report.
fn quality(head: &ProfileHead, now: Timestamp) -> QualityFlags {
    let inexact = head.match_result.exact_match().is_some_and(|word| word != "Y");
    let missing = head.score.is_none() || head.accounts.is_none();
    let flags = [
        QualityFlag::of_time(made_at(&head.header.report_date.text(), &head.header.report_time.text()), now),
        inexact.then_some(QualityFlag::InexactMatch),
        missing.then_some(QualityFlag::PartsMissing),
    ];
    flags.into_iter().flatten().collect()
}

/// `yyyyMMdd` and `HHmmss`, in India; without a time that can be read, the end of the day.
fn made_at(date: &str, time: &str) -> Option<Timestamp> {
    const DAY: Span = Span::from_days(1);
    let day = Timestamp::start_of_day_in_india(Date::strptime("%Y%m%d", date).ok()?);
    let passed = Time::strptime("%H%M%S", time).ok().map(|time| {
        let hours = i64::from(time.hour());
        Span::from_seconds((hours * 60 + i64::from(time.minute())) * 60 + i64::from(time.second()))
    });
    Some(day.plus(passed.unwrap_or(DAY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_was_made_when_it_says_in_india() {
        let made = |date, time| made_at(date, time).map(|at| at.to_string());
        assert_eq!(made("20260115", "153205").unwrap(), "2026-01-15T10:02:05.000Z");
        assert_eq!(made("20260115", "").unwrap(), "2026-01-15T18:30:00.000Z", "the end of the day");
        assert_eq!(made("20260115", "996060").unwrap(), "2026-01-15T18:30:00.000Z");
        assert_eq!(made("15-01-2026", "153205"), None);
        assert_eq!(made("20260230", "153205"), None);
        assert_eq!(made("", ""), None);
    }

    #[test]
    fn the_last_word_is_the_last_name() {
        assert_eq!(split_name("Asha Kulkarni"), ("Asha", "Kulkarni"));
        assert_eq!(split_name(" Asha  M.  Kulkarni "), ("Asha  M.", "Kulkarni"));
        assert_eq!(split_name("Asha"), ("Asha", ""));
    }
}
