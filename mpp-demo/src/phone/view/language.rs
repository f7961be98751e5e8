//! The languages the phone's own words exist in, and those words.

use mpp_core::LanguageTag;

/// A language the app's own words exist in. Notices may exist in more; then the app's words are English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Hindi.
    Hindi,
}

impl Language {
    /// The language the app speaks to somebody who reads the notice in `tag`.
    #[must_use]
    pub fn of(tag: &LanguageTag) -> Self {
        if tag.as_str() == "hi" { Self::Hindi } else { Self::English }
    }

    /// The tag, for the page's `lang` attribute.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Hindi => "hi",
        }
    }

    /// Whether it is Hindi, for sentences of another order.
    pub(crate) const fn is_hindi(self) -> bool {
        matches!(self, Self::Hindi)
    }

    /// The English words or the Hindi ones.
    pub(crate) const fn either<T: Copy>(self, english: T, hindi: T) -> T {
        match self {
            Self::English => english,
            Self::Hindi => hindi,
        }
    }

    /// The labels of the consent screen.
    #[must_use]
    pub const fn labels(self) -> &'static Labels {
        match self {
            Self::English => &ENGLISH,
            Self::Hindi => &HINDI,
        }
    }
}

/// The name of a language in itself, as a choice shows it.
pub(super) fn own_name(tag: &LanguageTag) -> String {
    let known = match tag.as_str() {
        "en" => "English",
        "hi" => "हिन्दी",
        "bn" => "বাংলা",
        "gu" => "ગુજરાતી",
        "kn" => "ಕನ್ನಡ",
        "ml" => "മലയാളം",
        "mr" => "मराठी",
        "pa" => "ਪੰਜਾਬੀ",
        "ta" => "தமிழ்",
        "te" => "తెలుగు",
        "ur" => "اردو",
        other => other,
    };
    known.to_owned()
}

/// The labels of the consent screen in one language.
#[derive(Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the label of what it is named after")]
pub struct Labels {
    pub language: &'static str,
    pub heading: &'static str,
    pub asks: &'static str,
    pub intro: &'static str,
    pub recipient: &'static str,
    pub fingerprint: &'static str,
    pub vouched: &'static str,
    pub key_valid: &'static str,
    pub notice: &'static str,
    pub notice_version: &'static str,
    pub purpose: &'static str,
    pub rights: &'static str,
    pub withdrawal: &'static str,
    pub complaint: &'static str,
    pub grievance: &'static str,
    pub item: &'static str,
    pub of: &'static str,
    pub source: &'static str,
    pub shared: &'static str,
    pub accounts: &'static str,
    pub range: &'static str,
    pub life: &'static str,
    pub frequency: &'static str,
    pub use_mode: &'static str,
    pub validity: &'static str,
    pub filters: &'static str,
    pub your_decision: &'static str,
    pub approve: &'static str,
    pub refuse: &'static str,
    pub nothing_chosen: &'static str,
    pub decide_by: &'static str,
    pub confirm: &'static str,
    pub confirm_hint: &'static str,
    pub missing: &'static str,
    pub taken_back: &'static str,
    pub taken_back_text: &'static str,
    pub run_out: &'static str,
    pub run_out_text: &'static str,
    pub to_my_requests: &'static str,
    pub code: &'static str,
}

static ENGLISH: Labels = Labels {
    language: "Language",
    heading: "Decide what you share",
    asks: "asks for your consent",
    intro: "Nothing is chosen for you. You can approve some items and refuse others.",
    recipient: "Recipient",
    fingerprint: "Key fingerprint",
    vouched: "Identity checked: this key is vouched for by MPP central",
    key_valid: "Key valid until",
    notice: "Notice before you decide",
    notice_version: "Notice version",
    purpose: "Purpose",
    rights: "Your rights",
    withdrawal: "How to withdraw",
    complaint: "How to complain",
    grievance: "Grievance contact",
    item: "Item",
    of: "of",
    source: "Source",
    shared: "What is shared",
    accounts: "Kinds of account",
    range: "Data from",
    life: "Kept for",
    frequency: "How often",
    use_mode: "Use",
    validity: "Consent valid",
    filters: "Only transactions",
    your_decision: "Your decision",
    approve: "Approve",
    refuse: "Refuse",
    nothing_chosen: "Please decide on this item.",
    decide_by: "Decide by",
    confirm: "Confirm my decisions",
    confirm_hint: "Signed with this phone's key. You can withdraw any consent later with one tap.",
    missing: "Every item needs a decision. Please approve or refuse the marked items.",
    taken_back: "The company took the request back",
    taken_back_text: "There is nothing to decide any more. Nothing was shared, and nothing will be.",
    run_out: "This request has run out",
    run_out_text: "Nobody decided in time. Nothing was shared. Ask the company to send a new request.",
    to_my_requests: "To my requests",
    code: "Code",
};

static HINDI: Labels = Labels {
    language: "भाषा",
    heading: "तय करें कि आप क्या साझा करेंगे",
    asks: "आपकी सहमति चाहता है",
    intro: "आपके लिए पहले से कुछ नहीं चुना गया है। आप कुछ मदें स्वीकार और कुछ अस्वीकार कर सकते हैं।",
    recipient: "प्राप्तकर्ता",
    fingerprint: "कुंजी की पहचान",
    vouched: "पहचान जाँची गई: इस कुंजी की पुष्टि MPP सेंट्रल ने की है",
    key_valid: "कुंजी मान्य है",
    notice: "निर्णय से पहले की सूचना",
    notice_version: "सूचना संस्करण",
    purpose: "उद्देश्य",
    rights: "आपके अधिकार",
    withdrawal: "सहमति कैसे वापस लें",
    complaint: "शिकायत कैसे करें",
    grievance: "शिकायत संपर्क",
    item: "मद",
    of: "/",
    source: "स्रोत",
    shared: "क्या साझा होगा",
    accounts: "खातों के प्रकार",
    range: "डेटा की अवधि",
    life: "कितने समय रखा जाएगा",
    frequency: "कितनी बार",
    use_mode: "उपयोग",
    validity: "सहमति की अवधि",
    filters: "केवल ये लेन-देन",
    your_decision: "आपका निर्णय",
    approve: "स्वीकार",
    refuse: "अस्वीकार",
    nothing_chosen: "कृपया इस मद पर निर्णय लें।",
    decide_by: "निर्णय की अंतिम तिथि",
    confirm: "मेरे निर्णय की पुष्टि करें",
    confirm_hint: "इस फ़ोन की कुंजी से हस्ताक्षरित। आप कोई भी सहमति बाद में एक टैप से वापस ले सकते हैं।",
    missing: "हर मद पर निर्णय ज़रूरी है। कृपया चिह्नित मदों को स्वीकार या अस्वीकार करें।",
    taken_back: "कंपनी ने अनुरोध वापस ले लिया",
    taken_back_text: "अब तय करने को कुछ नहीं है। कुछ भी साझा नहीं किया गया, और न किया जाएगा।",
    run_out: "इस अनुरोध की अवधि समाप्त हो गई है",
    run_out_text: "समय रहते कोई निर्णय नहीं लिया गया। कुछ भी साझा नहीं किया गया। कंपनी से नया अनुरोध भेजने को कहें।",
    to_my_requests: "मेरे अनुरोध देखें",
    code: "कोड",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_in_a_language_the_app_does_not_speak_has_english_labels() {
        assert_eq!(Language::of(&"kn".parse().unwrap()), Language::English);
        assert_eq!(Language::of(&"hi".parse().unwrap()).labels().approve, "स्वीकार");
        assert_eq!(own_name(&"kn".parse().unwrap()), "ಕನ್ನಡ");
        assert_eq!(own_name(&"kok".parse().unwrap()), "kok");
    }
}
