//! Every word of the portals, in every language. The texts stand in `assets/words`, one line each; a test holds that each
//! is used and that no language lacks one.

use std::collections::HashMap;
use std::sync::LazyLock;

use http::{HeaderMap, header};

/// A language the portals speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Hindi.
    Hindi,
}

impl Language {
    /// Every language, in the order of the menu.
    pub const ALL: [Self; 2] = [Self::English, Self::Hindi];

    /// The tag of BCP 47.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Hindi => "hi",
        }
    }

    /// The language's own name.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Hindi => "हिन्दी",
        }
    }

    /// The language of this tag.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The first language a browser asks for that we have.
    pub(crate) fn wanted(headers: &HeaderMap) -> Self {
        let text = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let tags = text.split(',').filter_map(|part| part.split([';', '-']).next());
        tags.map(str::trim).find_map(Self::of_tag).unwrap_or_default()
    }
}

type Texts = HashMap<&'static str, &'static str>;

static ENGLISH: LazyLock<Texts> = LazyLock::new(|| parse(include_str!("../assets/words/en.txt")));
static HINDI: LazyLock<Texts> = LazyLock::new(|| parse(include_str!("../assets/words/hi.txt")));

fn parse(text: &'static str) -> Texts {
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(" = ")).map(|(name, words)| (name.trim(), words.trim())).collect()
}

/// The words of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Words(pub(crate) Language);

impl Words {
    /// The text of this name; in English where a language lacks it, and the name itself where none has it.
    pub(crate) fn get<'a>(&self, name: &'a str) -> &'a str {
        self.find(name).unwrap_or(name)
    }

    /// The text of this name, when there is one.
    pub(crate) fn find(&self, name: &str) -> Option<&'static str> {
        let own = match self.0 {
            Language::English => &ENGLISH,
            Language::Hindi => &HINDI,
        };
        own.get(name).or_else(|| ENGLISH.get(name)).copied()
    }

    /// The text of a code from the interface, such as a state, within a family of names.
    pub(crate) fn of(&self, family: &str, code: &str) -> String {
        self.find(&format!("{family}.{code}")).map_or_else(|| code.to_owned(), str::to_owned)
    }

    /// The text of this name with `{}` replaced.
    pub(crate) fn with(&self, name: &str, value: impl std::fmt::Display) -> String {
        self.get(name).replacen("{}", &value.to_string(), 1)
    }
}

#[cfg(test)]
mod tests;
