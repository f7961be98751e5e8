//! What went wrong, in words that say what the customer can do, in every language of the app.

mod sharing;

use mpp_core::Persistence;
use mpp_sdk::{ScreenFault, SdkError};

use super::Language;

/// What went wrong, and what can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    english: ProblemWords,
    hindi: ProblemWords,
    /// Whether the same step may succeed later.
    pub may_pass: bool,
    /// Whether it is about the customer's safety: then it is shown as a warning that nothing can be done past.
    pub warning: bool,
    /// The stable code, for a helpdesk.
    pub code: String,
}

/// A problem in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemWords {
    /// In a few words.
    pub title: String,
    /// What it means and what to do.
    pub advice: String,
}

impl From<(&str, &str)> for ProblemWords {
    fn from((title, advice): (&str, &str)) -> Self {
        Self { title: title.to_owned(), advice: advice.to_owned() }
    }
}

/// The same in English and in Hindi, each a title and the advice.
pub(super) type Both<'a> = ((&'a str, &'a str), (&'a str, &'a str));

impl Problem {
    /// A problem that calls for another try, in English and in Hindi.
    #[must_use]
    pub fn try_again(english: (&str, &str), hindi: (&str, &str), code: &str) -> Self {
        Self::new((english, hindi), code, true)
    }

    /// A problem for which another try is of no use, in English and in Hindi.
    #[must_use]
    pub fn lasting(english: (&str, &str), hindi: (&str, &str), code: &str) -> Self {
        Self::new((english, hindi), code, false)
    }

    fn new((english, hindi): Both<'_>, code: &str, may_pass: bool) -> Self {
        let (english, hindi) = (english.into(), hindi.into());
        Self { english, hindi, may_pass, warning: false, code: code.to_owned() }
    }

    /// As a warning: it is about the customer's safety.
    #[must_use]
    pub fn as_warning(self) -> Self {
        Self { warning: true, ..self }
    }

    /// The company took the request back.
    #[must_use]
    pub fn taken_back() -> Self {
        let in_words = |language: Language| {
            let words = language.labels();
            (words.taken_back, words.taken_back_text)
        };
        Self::lasting(in_words(Language::English), in_words(Language::Hindi), "request_cancelled")
    }

    /// It in the customer's language.
    #[must_use]
    pub const fn words(&self, language: &Language) -> &ProblemWords {
        match language {
            Language::English => &self.english,
            Language::Hindi => &self.hindi,
        }
    }
}

impl From<&SdkError> for Problem {
    fn from(error: &SdkError) -> Self {
        match error {
            SdkError::Untrusted(fault) => untrusted(fault),
            SdkError::Share(error) => Self::from(error),
            SdkError::Undecided(_) => Self::try_again(
                (
                    "Every item needs a decision",
                    "Please approve or refuse the marked items. Nothing has been sent.",
                ),
                ("हर मद पर निर्णय ज़रूरी है", "कृपया चिह्नित मदों को स्वीकार या अस्वीकार करें। कुछ भी भेजा नहीं गया है।"),
                "undecided",
            ),
            other => of_this_phone(other).unwrap_or_else(|| central(other)),
        }
    }
}

/// Problems that are found on the phone, and that another try does not help.
fn of_this_phone(error: &SdkError) -> Option<Problem> {
    let (english, hindi, code) = match error {
        SdkError::Link(_) => (
            (
                "This is not a consent link",
                "Copy the whole link from the message, with everything after the # sign.",
            ),
            ("यह सहमति का लिंक नहीं है", "संदेश से पूरा लिंक कॉपी करें, # चिह्न के बाद का सब कुछ भी।"),
            "link_invalid",
        ),
        SdkError::Evidence => (
            (
                "The answer does not match what you decided",
                "This app does not accept it. Nothing was shared. Please contact the company.",
            ),
            (
                "उत्तर आपके निर्णय से मेल नहीं खाता",
                "यह ऐप इसे स्वीकार नहीं करता। कुछ भी साझा नहीं किया गया। कृपया कंपनी से संपर्क करें।",
            ),
            "evidence",
        ),
        SdkError::NothingToShare => (
            (
                "There is nothing to share from this phone",
                "You did not approve sharing accounts, so this phone fetches none.",
            ),
            (
                "इस फ़ोन से साझा करने को कुछ नहीं है",
                "आपने खाते साझा करना स्वीकार नहीं किया, इसलिए यह फ़ोन कोई खाता नहीं लाता।",
            ),
            "nothing_to_share",
        ),
        SdkError::ParcelGone => (
            (
                "The sealed data is no longer on this phone",
                "Sealed data is kept for 24 hours only. Please ask for a new request.",
            ),
            ("सीलबंद डेटा अब इस फ़ोन पर नहीं है", "सीलबंद डेटा केवल 24 घंटे रखा जाता है। कृपया नया अनुरोध माँगें।"),
            "parcel_gone",
        ),
        SdkError::ParcelAltered => (
            ("The sealed data on this phone was altered", "It is not sent. Please ask for a new request."),
            ("इस फ़ोन पर सीलबंद डेटा बदल दिया गया है", "यह भेजा नहीं जाता। कृपया नया अनुरोध माँगें।"),
            "parcel_altered",
        ),
        SdkError::UnknownRequest => (
            ("This phone does not know the request", "Open the link from the message again."),
            ("यह फ़ोन इस अनुरोध को नहीं जानता", "संदेश का लिंक फिर से खोलें।"),
            "unknown_request",
        ),
        _ => return None,
    };
    let problem = Problem::lasting(english, hindi, code);
    let warns = matches!(error, SdkError::Evidence | SdkError::ParcelAltered);
    Some(if warns { problem.as_warning() } else { problem })
}

/// Problems told by central, or in reaching it.
fn central(error: &SdkError) -> Problem {
    let (english, hindi) = match error.code() {
        Some("request_cancelled") => return Problem::taken_back(),
        Some("link_unknown") => (
            ("This link is not known", "It may be mistyped. Open it from the message again."),
            ("यह लिंक ज्ञात नहीं है", "शायद यह ग़लत लिखा गया है। इसे संदेश से फिर खोलें।"),
        ),
        Some("link_used") => (
            (
                "This link was opened on another phone",
                "A link works on one phone only. If that was not you, contact the company at once.",
            ),
            (
                "यह लिंक किसी और फ़ोन पर खोला गया",
                "लिंक केवल एक फ़ोन पर चलता है। यदि वह आप नहीं थे, तो तुरंत कंपनी से संपर्क करें।",
            ),
        ),
        Some("link_expired" | "expired") => (
            ("This link has expired", "Ask the company to send a new request. Nothing was shared."),
            ("इस लिंक की अवधि समाप्त हो गई है", "कंपनी से नया अनुरोध भेजने को कहें। कुछ भी साझा नहीं किया गया।"),
        ),
        Some("already_decided") => (
            ("You have already decided", "Your receipt is in the list of consents."),
            ("आप पहले ही निर्णय कर चुके हैं", "आपकी रसीद सहमतियों की सूची में है।"),
        ),
        Some("partner_suspended" | "partner_key_expired") => (
            (
                "The company may not ask at the moment",
                "Nothing was shared. Try again later or ask the company.",
            ),
            ("कंपनी अभी अनुरोध नहीं कर सकती", "कुछ भी साझा नहीं किया गया। बाद में फिर कोशिश करें या कंपनी से पूछें।"),
        ),
        _ => return unspecific(error),
    };
    Problem::lasting(english, hindi, error.code().unwrap_or_default())
}

fn unspecific(error: &SdkError) -> Problem {
    let code = error.code().unwrap_or("no_answer");
    match error.persistence() {
        Persistence::Temporary => Problem::try_again(
            ("No connection to MPP at the moment", "Nothing is lost. Check the network and try again."),
            ("अभी MPP से संपर्क नहीं है", "कुछ खोया नहीं है। नेटवर्क जाँचें और फिर कोशिश करें।"),
            code,
        ),
        // what the error says of itself is in English: in Hindi the code is what a helpdesk needs
        Persistence::Permanent => Problem::lasting(
            ("This did not work", &format!("{}.", sentence(&error.to_string()))),
            ("यह नहीं हो सका", "कृपया कंपनी से संपर्क करें और नीचे का कोड बताएँ।"),
            code,
        ),
    }
}

fn untrusted(fault: &ScreenFault) -> Problem {
    let in_hindi = match fault {
        ScreenFault::Form => "सहमति अनुरोध पढ़ा नहीं जा सका",
        ScreenFault::NotVouchedFor => "प्राप्तकर्ता की कुंजी की पुष्टि किसी ने नहीं की है",
        ScreenFault::KeyNotValid => "प्राप्तकर्ता की कुंजी इस समय मान्य नहीं है",
        ScreenFault::KeyNotItself => "प्राप्तकर्ता की कुंजी वह नहीं है जो वह होने का दावा करती है",
        ScreenFault::OtherRecipient => "प्राप्तकर्ता का नाम वह नहीं है जिसके लिए उसकी कुंजी जारी हुई",
        ScreenFault::Items => "सहमति अनुरोध की मदें आपस में मेल नहीं खातीं",
    };
    let english = format!(
        "{}. Somebody may be pretending to be the recipient, so nothing is shown.",
        sentence(&fault.to_string())
    );
    let hindi =
        format!("{in_hindi}। हो सकता है कोई प्राप्तकर्ता होने का ढोंग कर रहा हो, इसलिए कुछ नहीं दिखाया जाता।");
    let (english, hindi) = (
        ("This request cannot be trusted", english.as_str()),
        ("इस अनुरोध पर भरोसा नहीं किया जा सकता", hindi.as_str()),
    );
    Problem::lasting(english, hindi, "untrusted_recipient").as_warning()
}

/// The text with a capital at its beginning and no full stop at its end.
fn sentence(text: &str) -> String {
    let mut signs = text.trim_end_matches('.').chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

#[cfg(test)]
mod tests;
