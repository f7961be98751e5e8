//! The notice a customer reads before deciding (obligations.md §3, DP-1): which parts it must have, and in
//! which languages it exists.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::InvalidId;

/// A language, as a short BCP 47 tag: two or three lower-case letters, with an optional script (`sat-Olck`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct LanguageTag(String);

impl LanguageTag {
    /// English, in which every notice exists.
    #[must_use]
    pub fn english() -> Self {
        Self("en".to_owned())
    }

    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LanguageTag {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (language, script) =
            text.split_once('-').map_or((text, None), |(left, right)| (left, Some(right)));
        let language_holds =
            (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
        let script_holds = script.is_none_or(|script| {
            script.len() == 4
                && script.starts_with(|first: char| first.is_ascii_uppercase())
                && script.bytes().skip(1).all(|byte| byte.is_ascii_lowercase())
        });
        if language_holds && script_holds {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId { kind: "LanguageTag" })
        }
    }
}

impl TryFrom<String> for LanguageTag {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<LanguageTag> for String {
    fn from(tag: LanguageTag) -> Self {
        tag.0
    }
}

/// The parts of the notice in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoticeText {
    /// What the data is for and which service it makes possible.
    pub purpose: String,
    /// Which rights the customer has, and how to use them.
    pub rights: String,
    /// How to withdraw.
    pub withdrawal: String,
    /// How to complain to the Data Protection Board.
    pub complaint: String,
    /// Whom to turn to with a grievance.
    pub grievance_contact: String,
}

impl NoticeText {
    /// Whether every part says something.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        [&self.purpose, &self.rights, &self.withdrawal, &self.complaint, &self.grievance_contact]
            .iter()
            .all(|part| !part.trim().is_empty())
    }
}

/// One version of a notice, in all its languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Notice {
    /// The version; stored with every consent.
    pub version: u32,
    /// The texts by language.
    pub texts: BTreeMap<LanguageTag, NoticeText>,
}

impl Notice {
    /// The text in `wanted`, else in English; with the language it is really in, which is recorded.
    #[must_use]
    pub fn text_in(&self, wanted: &LanguageTag) -> Option<(&LanguageTag, &NoticeText)> {
        self.texts.get_key_value(wanted).or_else(|| self.texts.get_key_value(&LanguageTag::english()))
    }

    /// Whether the notice exists in English and every text is complete.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.texts.contains_key(&LanguageTag::english()) && self.texts.values().all(NoticeText::is_complete)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(purpose: &str) -> NoticeText {
        NoticeText {
            purpose: purpose.into(),
            rights: "See, correct and erase your data.".into(),
            withdrawal: "One tap in the app.".into(),
            complaint: "Data Protection Board of India.".into(),
            grievance_contact: "grievance@kaveri.example".into(),
        }
    }

    #[test]
    fn a_language_that_is_missing_falls_back_to_english_and_says_so() {
        let english = LanguageTag::english();
        let notice = Notice { version: 3, texts: BTreeMap::from([(english.clone(), text("A loan."))]) };
        let (language, shown) = notice.text_in(&"mr".parse().unwrap()).unwrap();
        assert_eq!((language, shown.purpose.as_str()), (&english, "A loan."));
        assert!(notice.is_complete());
    }

    #[test]
    fn a_notice_without_english_or_with_an_empty_part_is_incomplete() {
        let hindi: LanguageTag = "hi".parse().unwrap();
        let only_hindi = Notice { version: 1, texts: BTreeMap::from([(hindi, text("ऋण"))]) };
        assert!(!only_hindi.is_complete());
        let empty_part = Notice { version: 1, texts: BTreeMap::from([(LanguageTag::english(), text("  "))]) };
        assert!(!empty_part.is_complete());
    }

    #[test]
    fn language_tags_are_short() {
        for good in ["en", "kok", "sat-Olck"] {
            assert!(good.parse::<LanguageTag>().is_ok(), "{good}");
        }
        for bad in ["", "e", "EN", "english", "en-IN", "en-latn", "hi_IN"] {
            assert!(bad.parse::<LanguageTag>().is_err(), "{bad}");
        }
    }
}
