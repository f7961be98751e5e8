//! The languages of the portals: one row each.

use std::sync::LazyLock;

use super::{Texts, parse};

/// A language the portals can speak. One is offered as soon as its file in `assets/words` has every text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Hindi.
    Hindi,
    /// Bengali.
    Bengali,
    /// Gujarati.
    Gujarati,
    /// Kannada.
    Kannada,
    /// Malayalam.
    Malayalam,
    /// Marathi.
    Marathi,
    /// Punjabi.
    Punjabi,
    /// Tamil.
    Tamil,
    /// Telugu.
    Telugu,
}

/// What is known of a language.
struct About {
    language: Language,
    /// The tag of BCP 47.
    tag: &'static str,
    own_name: &'static str,
    /// Short names of the months, as they stand between day and year.
    months: [&'static str; 12],
    words: &'static str,
}

const ABOUT: [About; 10] = [
    About {
        language: Language::English,
        tag: "en",
        own_name: "English",
        months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
        words: include_str!("../../assets/words/en.txt"),
    },
    About {
        language: Language::Hindi,
        tag: "hi",
        own_name: "हिन्दी",
        months: ["जन॰", "फ़र॰", "मार्च", "अप्रैल", "मई", "जून", "जुल॰", "अग॰", "सित॰", "अक्टू॰", "नव॰", "दिस॰"],
        words: include_str!("../../assets/words/hi.txt"),
    },
    About {
        language: Language::Bengali,
        tag: "bn",
        own_name: "বাংলা",
        months: ["জানু", "ফেব", "মার্চ", "এপ্রিল", "মে", "জুন", "জুলাই", "আগস্ট", "সেপ্ট", "অক্টো", "নভে", "ডিসে"],
        words: include_str!("../../assets/words/bn.txt"),
    },
    About {
        language: Language::Gujarati,
        tag: "gu",
        own_name: "ગુજરાતી",
        months: ["જાન્યુ", "ફેબ્રુ", "માર્ચ", "એપ્રિલ", "મે", "જૂન", "જુલાઈ", "ઑગસ્ટ", "સપ્ટે", "ઑક્ટો", "નવે", "ડિસે"],
        words: include_str!("../../assets/words/gu.txt"),
    },
    About {
        language: Language::Kannada,
        tag: "kn",
        own_name: "ಕನ್ನಡ",
        months: ["ಜನ", "ಫೆಬ್ರ", "ಮಾರ್ಚ್", "ಏಪ್ರಿ", "ಮೇ", "ಜೂನ್", "ಜುಲೈ", "ಆಗ", "ಸೆಪ್ಟೆಂ", "ಅಕ್ಟೋ", "ನವೆಂ", "ಡಿಸೆಂ"],
        words: include_str!("../../assets/words/kn.txt"),
    },
    About {
        language: Language::Malayalam,
        tag: "ml",
        own_name: "മലയാളം",
        months: ["ജനു", "ഫെബ്രു", "മാർ", "ഏപ്രി", "മേയ്", "ജൂൺ", "ജൂലൈ", "ഓഗ", "സെപ്റ്റം", "ഒക്ടോ", "നവം", "ഡിസം"],
        words: include_str!("../../assets/words/ml.txt"),
    },
    About {
        language: Language::Marathi,
        tag: "mr",
        own_name: "मराठी",
        months: ["जाने", "फेब्रु", "मार्च", "एप्रि", "मे", "जून", "जुलै", "ऑग", "सप्टें", "ऑक्टो", "नोव्हें", "डिसें"],
        words: include_str!("../../assets/words/mr.txt"),
    },
    About {
        language: Language::Punjabi,
        tag: "pa",
        own_name: "ਪੰਜਾਬੀ",
        months: ["ਜਨ", "ਫ਼ਰ", "ਮਾਰਚ", "ਅਪ੍ਰੈ", "ਮਈ", "ਜੂਨ", "ਜੁਲਾ", "ਅਗ", "ਸਤੰ", "ਅਕਤੂ", "ਨਵੰ", "ਦਸੰ"],
        words: include_str!("../../assets/words/pa.txt"),
    },
    About {
        language: Language::Tamil,
        tag: "ta",
        own_name: "தமிழ்",
        months: ["ஜன.", "பிப்.", "மார்.", "ஏப்.", "மே", "ஜூன்", "ஜூலை", "ஆக.", "செப்.", "அக்.", "நவ.", "டிச."],
        words: include_str!("../../assets/words/ta.txt"),
    },
    About {
        language: Language::Telugu,
        tag: "te",
        own_name: "తెలుగు",
        months: ["జన", "ఫిబ్ర", "మార్చి", "ఏప్రి", "మే", "జూన్", "జులై", "ఆగ", "సెప్టెం", "అక్టో", "నవం", "డిసెం"],
        words: include_str!("../../assets/words/te.txt"),
    },
];

static TEXTS: LazyLock<[Texts; 10]> = LazyLock::new(|| ABOUT.map(|about| parse(about.words)));

/// The languages that lack no text of English, in the order of the menu.
static OFFERED: LazyLock<Vec<Language>> = LazyLock::new(|| {
    let [english, ..] = &*TEXTS;
    let complete = |texts: &Texts| english.keys().all(|name| texts.contains_key(name));
    let offered = ABOUT.iter().zip(TEXTS.iter()).filter(|(_, texts)| complete(texts));
    offered.map(|(about, _)| about.language).collect()
});

impl Language {
    /// The languages people can choose, in the order of the menu: English, and every other that lacks no text.
    #[must_use]
    pub fn offered() -> &'static [Self] {
        &OFFERED
    }

    /// The tag of BCP 47.
    #[must_use]
    pub fn tag(self) -> &'static str {
        self.about().tag
    }

    /// The language's own name.
    #[must_use]
    pub fn own_name(self) -> &'static str {
        self.about().own_name
    }

    /// The language of this tag, if it is offered.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        Self::offered().iter().copied().find(|language| language.tag() == tag)
    }

    /// The short name of a month, which is counted from 1.
    pub(crate) fn month(self, month: i8) -> &'static str {
        let at = usize::try_from(month.saturating_sub(1)).unwrap_or(0);
        self.about().months.get(at).copied().unwrap_or("")
    }

    /// Its texts, of which it may lack some when it is not offered.
    pub(super) fn texts(self) -> &'static Texts {
        let [english, ..] = &*TEXTS;
        let own = ABOUT.iter().zip(TEXTS.iter()).find(|(about, _)| about.language == self);
        own.map_or(english, |(_, texts)| texts)
    }

    fn about(self) -> &'static About {
        const ENGLISH: &About = &ABOUT[0];
        ABOUT.iter().find(|about| about.language == self).unwrap_or(ENGLISH)
    }
}
