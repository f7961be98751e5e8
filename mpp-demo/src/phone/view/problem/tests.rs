use mpp_api::ApiError;
use mpp_private_share::ShareError;

use super::*;

const ENGLISH: &Language = &Language::English;
const HINDI: &Language = &Language::Hindi;

fn refused(status: u16, code: &str) -> SdkError {
    SdkError::Central(ApiError::Refused(mpp_api::Problem::new(status, code, "internal words")))
}

#[test]
fn an_expired_link_says_what_to_do_and_hides_internals() {
    let problem = Problem::from(&refused(410, "link_expired"));
    assert_eq!(problem.words(ENGLISH).title, "This link has expired");
    assert_eq!(problem.words(HINDI).title, "इस लिंक की अवधि समाप्त हो गई है");
    assert!(!problem.may_pass && !problem.words(ENGLISH).advice.contains("internal"));
}

#[test]
fn an_untrusted_recipient_is_a_warning() {
    let problem = Problem::from(&SdkError::Untrusted(ScreenFault::NotVouchedFor));
    assert!(problem.warning && !problem.may_pass);
    assert!(problem.words(ENGLISH).advice.starts_with("The recipient's key is not vouched for."));
    assert!(problem.words(HINDI).advice.starts_with("प्राप्तकर्ता की कुंजी की पुष्टि किसी ने नहीं की है।"));
}

#[test]
fn an_outage_may_pass() {
    assert!(Problem::from(&refused(503, "storage_failed")).may_pass);
    assert!(!Problem::from(&refused(400, "invalid_request")).may_pass);
}

#[test]
fn share_errors_keep_their_sentence() {
    let problem = Problem::from(&ShareError::Refused);
    assert_eq!(problem.words(ENGLISH).title, "You refused at the Account Aggregator");
    assert!(problem.words(ENGLISH).advice.contains("Nothing was shared"));
    assert!(problem.words(HINDI).advice.contains("कुछ भी साझा नहीं किया गया"));
}

/// Letters of Devanagari, and of Latin only what has no other name: MPP, SMS.
#[test]
fn no_problem_is_told_in_english_to_who_reads_hindi() {
    let shares = [
        ShareError::LogInFirst,
        ShareError::WrongCode,
        ShareError::NewCodeNeeded,
        ShareError::Cancelled,
        ShareError::NotApprovedInTime,
        ShareError::ConsentPaused,
        ShareError::ConsentEnded,
        ShareError::AlreadyShared,
        ShareError::ConsentFailed,
        ShareError::NoDataInTime,
        ShareError::NoData,
        ShareError::NotAccepted { code: "x".into(), said: "internal words".into() },
        ShareError::UnusableAnswer,
    ];
    let codes = ["link_unknown", "link_used", "expired", "already_decided", "partner_suspended", "other"];
    let faults =
        [ScreenFault::Form, ScreenFault::KeyNotValid, ScreenFault::OtherRecipient, ScreenFault::Items];
    let problems = shares.iter().map(Problem::from).chain(
        codes
            .map(|code| refused(409, code))
            .iter()
            .chain(&faults.map(SdkError::Untrusted))
            .chain(&[
                refused(503, "away"),
                SdkError::Evidence,
                SdkError::NothingToShare,
                SdkError::ParcelGone,
                SdkError::ParcelAltered,
                SdkError::UnknownRequest,
                SdkError::Journal,
                SdkError::DeviceKey,
            ])
            .map(Problem::from)
            .collect::<Vec<_>>(),
    );
    for problem in problems {
        let ProblemWords { title, advice } = problem.words(HINDI);
        let text = format!("{title} {advice}").replace("MPP", "").replace("SMS", "");
        assert!(text.chars().any(|sign| ('\u{900}'..='\u{97f}').contains(&sign)), "{text}");
        assert!(!text.chars().any(|sign| sign.is_ascii_alphabetic()), "{text}");
        assert_ne!(problem.words(ENGLISH), problem.words(HINDI));
    }
}
