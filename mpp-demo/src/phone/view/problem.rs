//! What went wrong, in words that say what the customer can do.

use mpp_core::Persistence;
use mpp_private_share::ShareError;
use mpp_sdk::{ScreenFault, SdkError};

use super::Language;

/// What went wrong, and what can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// In a few words.
    pub title: String,
    /// What it means and what to do.
    pub advice: String,
    /// Whether the same step may succeed later.
    pub may_pass: bool,
    /// Whether it is about the customer's safety: then it is shown as a warning that nothing can be done past.
    pub warning: bool,
    /// The stable code, for a helpdesk.
    pub code: String,
    /// The language it is said in.
    pub language: Language,
}

impl Problem {
    /// A problem that calls for another try.
    #[must_use]
    pub fn try_again(title: &str, advice: &str, code: &str) -> Self {
        Self::new(title, advice, code, true)
    }

    /// A problem for which another try is of no use.
    #[must_use]
    pub fn lasting(title: &str, advice: &str, code: &str) -> Self {
        Self::new(title, advice, code, false)
    }

    fn new(title: &str, advice: &str, code: &str, may_pass: bool) -> Self {
        Self {
            title: title.to_owned(),
            advice: advice.to_owned(),
            may_pass,
            warning: false,
            code: code.to_owned(),
            language: Language::English,
        }
    }

    /// The company took the request back, in the customer's language.
    #[must_use]
    pub fn taken_back(language: Language) -> Self {
        let words = language.labels();
        Self { language, ..Self::lasting(words.taken_back, words.taken_back_text, "request_cancelled") }
    }
}

impl From<&SdkError> for Problem {
    fn from(error: &SdkError) -> Self {
        match error {
            SdkError::Untrusted(fault) => untrusted(fault),
            SdkError::Link(_) => Self::lasting(
                "This is not a consent link",
                "Copy the whole link from the message, with everything after the # sign.",
                "link_invalid",
            ),
            SdkError::Undecided(_) => Self::try_again(
                "Every item needs a decision",
                "Please approve or refuse the marked items. Nothing has been sent.",
                "undecided",
            ),
            SdkError::Evidence => Self {
                warning: true,
                ..Self::lasting(
                    "The answer does not match what you decided",
                    "This app does not accept it. Nothing was shared. Please contact the company.",
                    "evidence",
                )
            },
            SdkError::Share(error) => Self::from(error),
            SdkError::NothingToShare => Self::lasting(
                "There is nothing to share from this phone",
                "You did not approve sharing accounts, so this phone fetches none.",
                "nothing_to_share",
            ),
            SdkError::ParcelGone => Self::lasting(
                "The sealed data is no longer on this phone",
                "Sealed data is kept for 24 hours only. Please ask for a new request.",
                "parcel_gone",
            ),
            SdkError::ParcelAltered => Self {
                warning: true,
                ..Self::lasting(
                    "The sealed data on this phone was altered",
                    "It is not sent. Please ask for a new request.",
                    "parcel_altered",
                )
            },
            SdkError::UnknownRequest => Self::lasting(
                "This phone does not know the request",
                "Open the link from the message again.",
                "unknown_request",
            ),
            other => central(other),
        }
    }
}

/// Problems told by central, or in reaching it.
fn central(error: &SdkError) -> Problem {
    if error.code() == Some("request_cancelled") {
        return Problem::taken_back(Language::English);
    }
    let told = match error.code() {
        Some("link_unknown") => {
            ("This link is not known", "It may be mistyped. Open it from the message again.")
        }
        Some("link_used") => (
            "This link was opened on another phone",
            "A link works on one phone only. If that was not you, contact the company at once.",
        ),
        Some("link_expired" | "expired") => {
            ("This link has expired", "Ask the company to send a new request. Nothing was shared.")
        }
        Some("already_decided") => ("You have already decided", "Your receipt is in the list of consents."),
        Some("partner_suspended" | "partner_key_expired") => (
            "The company may not ask at the moment",
            "Nothing was shared. Try again later or ask the company.",
        ),
        _ => return unspecific(error),
    };
    Problem::lasting(told.0, told.1, error.code().unwrap_or_default())
}

fn unspecific(error: &SdkError) -> Problem {
    let code = error.code().unwrap_or("no_answer");
    match error.persistence() {
        Persistence::Temporary => Problem::try_again(
            "No connection to MPP at the moment",
            "Nothing is lost. Check the network and try again.",
            code,
        ),
        Persistence::Permanent => {
            Problem::lasting("This did not work", &format!("{}.", sentence(&error.to_string())), code)
        }
    }
}

fn untrusted(fault: &ScreenFault) -> Problem {
    Problem {
        warning: true,
        ..Problem::lasting(
            "This request cannot be trusted",
            &format!(
                "{}. Somebody may be pretending to be the recipient, so nothing is shown.",
                sentence(&fault.to_string())
            ),
            "untrusted_recipient",
        )
    }
}

impl From<&ShareError> for Problem {
    fn from(error: &ShareError) -> Self {
        let (title, warning) = match error {
            ShareError::LogInFirst => ("Please sign in again", false),
            ShareError::WrongCode => ("That code is not right", false),
            ShareError::NewCodeNeeded => ("A new code is needed", false),
            ShareError::Cancelled => ("You closed the approval", false),
            ShareError::Refused => ("You refused at the Account Aggregator", false),
            ShareError::NotApprovedInTime => ("The approval was not given in time", false),
            ShareError::ConsentPaused => ("The consent is paused", false),
            ShareError::ConsentEnded => ("The consent has ended", false),
            ShareError::AlreadyShared => ("Already shared as often as agreed", false),
            ShareError::ConsentNotTrusted(_) => ("The approval is not what was asked for", true),
            ShareError::NoDataInTime | ShareError::NoData => ("Your bank did not deliver", false),
            ShareError::NoConnection(_) => ("No connection at the moment", false),
            ShareError::Device(_) => ("This phone could not keep the data safely", false),
            _ => ("Sharing did not work", false),
        };
        let may_pass =
            error.persistence() == Persistence::Temporary || matches!(error, ShareError::LogInFirst);
        Self { warning, ..Self::new(title, &error.to_string(), error.code(), may_pass) }
    }
}

/// The text with a capital at its beginning and no full stop at its end.
fn sentence(text: &str) -> String {
    let mut signs = text.trim_end_matches('.').chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

#[cfg(test)]
mod tests {
    use mpp_api::ApiError;

    use super::*;

    fn refused(status: u16, code: &str) -> SdkError {
        SdkError::Central(ApiError::Refused(mpp_api::Problem::new(status, code, "internal words")))
    }

    #[test]
    fn an_expired_link_says_what_to_do_and_hides_internals() {
        let problem = Problem::from(&refused(410, "link_expired"));
        assert_eq!(problem.title, "This link has expired");
        assert!(!problem.may_pass && !problem.advice.contains("internal"));
    }

    #[test]
    fn an_untrusted_recipient_is_a_warning() {
        let problem = Problem::from(&SdkError::Untrusted(ScreenFault::NotVouchedFor));
        assert!(problem.warning && !problem.may_pass);
        assert!(problem.advice.starts_with("The recipient's key is not vouched for."));
    }

    #[test]
    fn an_outage_may_pass() {
        assert!(Problem::from(&refused(503, "storage_failed")).may_pass);
        assert!(!Problem::from(&refused(400, "invalid_request")).may_pass);
    }

    #[test]
    fn share_errors_keep_their_sentence() {
        let problem = Problem::from(&ShareError::Refused);
        assert_eq!(problem.title, "You refused at the Account Aggregator");
        assert!(problem.advice.contains("Nothing was shared"));
    }
}
