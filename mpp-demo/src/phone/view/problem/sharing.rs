//! What went wrong in sharing accounts.

use mpp_core::Persistence;
use mpp_private_share::ShareError;

use super::Problem;

impl From<&ShareError> for Problem {
    fn from(error: &ShareError) -> Self {
        // in English the error's own sentence says what to do
        let (title, hindi) = words(error);
        let may_pass =
            error.persistence() == Persistence::Temporary || matches!(error, ShareError::LogInFirst);
        let warning = matches!(error, ShareError::ConsentNotTrusted(_));
        Self { warning, ..Self::new(((title, &error.to_string()), hindi), error.code(), may_pass) }
    }
}

/// The title in English; title and advice in Hindi.
fn words(error: &ShareError) -> (&'static str, (&'static str, &'static str)) {
    match error {
        ShareError::LogInFirst => {
            ("Please sign in again", ("कृपया फिर साइन इन करें", "कृपया पहले अपने मोबाइल नंबर से साइन इन करें।"))
        }
        ShareError::WrongCode => {
            ("That code is not right", ("यह कोड सही नहीं है", "कृपया SMS देखें और फिर कोशिश करें।"))
        }
        ShareError::NewCodeNeeded => {
            ("A new code is needed", ("नया कोड चाहिए", "यह कोड अब नहीं चल सकता। कृपया नया कोड माँगें।"))
        }
        ShareError::Cancelled => {
            ("You closed the approval", ("आपने स्वीकृति बंद कर दी", "कुछ भी साझा नहीं किया गया।"))
        }
        ShareError::Refused => (
            "You refused at the Account Aggregator",
            ("आपने अकाउंट एग्रीगेटर पर मना किया", "आपने अनुरोध स्वीकार नहीं किया। कुछ भी साझा नहीं किया गया।"),
        ),
        ShareError::NotApprovedInTime => (
            "The approval was not given in time",
            ("स्वीकृति समय पर नहीं मिली", "कुछ भी साझा नहीं किया गया; आप फिर कोशिश कर सकते हैं।"),
        ),
        ShareError::ConsentPaused => {
            ("The consent is paused", ("सहमति रोकी हुई है", "डेटा साझा करने के लिए इसे फिर चालू करें।"))
        }
        ShareError::ConsentEnded => {
            ("The consent has ended", ("सहमति समाप्त हो गई है", "इसके अंतर्गत अब और कुछ साझा नहीं होता।"))
        }
        ShareError::AlreadyShared => (
            "Already shared as often as agreed",
            ("जितनी बार तय था, उतनी बार साझा हो चुका", "आपका डेटा उतनी बार साझा हो चुका है जितने पर आप सहमत हुए।"),
        ),
        ShareError::ConsentNotTrusted(_) => (
            "The approval is not what was asked for",
            (
                "स्वीकृति वह नहीं है जो माँगी गई थी",
                "लौटकर आई स्वीकृति माँगी हुई से अलग है, इसलिए कुछ भी साझा नहीं किया गया।",
            ),
        ),
        ShareError::NoDataInTime => (
            "Your bank did not deliver",
            ("आपके बैंक से डेटा नहीं आया", "आपके बैंक ने समय पर उत्तर नहीं दिया। आप फिर कोशिश कर सकते हैं।"),
        ),
        ShareError::NoData => (
            "Your bank did not deliver",
            ("आपके बैंक से डेटा नहीं आया", "आपके किसी खाते का डेटा नहीं मिल सका। आप फिर कोशिश कर सकते हैं।"),
        ),
        ShareError::NoConnection(_) => {
            ("No connection at the moment", ("अभी संपर्क नहीं है", "आप फिर कोशिश कर सकते हैं।"))
        }
        ShareError::Device(_) => (
            "This phone could not keep the data safely",
            ("यह फ़ोन डेटा सुरक्षित नहीं रख सका", "क्या फ़ोन में पर्याप्त जगह खाली है?"),
        ),
        other => ("Sharing did not work", ("साझा करना नहीं हो सका", unspecific(other))),
    }
}

/// What can be done where no word of the title says it, in Hindi.
fn unspecific(error: &ShareError) -> &'static str {
    match error {
        ShareError::ConsentFailed => "अकाउंट एग्रीगेटर आपकी स्वीकृति पूरी नहीं कर सका। कृपया फिर कोशिश करें।",
        ShareError::UnusableAnswer => "सेवा का उत्तर काम का नहीं है।",
        ShareError::Sealing(_) => "प्राप्तकर्ता के लिए डेटा सीलबंद नहीं किया जा सका।",
        _ => "अनुरोध स्वीकार नहीं हुआ। कृपया सहायता से संपर्क करें और नीचे का कोड बताएँ।",
    }
}
