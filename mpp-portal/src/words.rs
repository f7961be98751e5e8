//! Every word of the portals, in every language. The texts stand in `assets/words`, one line each; a test holds that each
//! is used and that no language lacks one.

use std::collections::HashMap;

use http::{HeaderMap, header};

mod language;

pub use language::Language;

impl Language {
    /// The first language a browser asks for that is offered; English where it asks for none.
    #[must_use]
    pub fn wanted(headers: &HeaderMap) -> Self {
        let text = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let tags = text.split(',').filter_map(|part| part.split([';', '-']).next());
        tags.map(str::trim).find_map(Self::of_tag).unwrap_or_default()
    }
}

type Texts = HashMap<&'static str, &'static str>;

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
        self.0.texts().get(name).or_else(|| Language::English.texts().get(name)).copied()
    }

    /// The text of a code from the interface, such as a state, within a family of names.
    pub(crate) fn of(&self, family: &str, code: &str) -> String {
        self.find(&format!("{family}.{code}")).map_or_else(|| code.to_owned(), str::to_owned)
    }

    /// What a state of a consent request is called: of requests, the interface's `cancelled` means that the partner
    /// took it back.
    pub(crate) fn request_state(&self, code: &str) -> String {
        self.of("status", if code == "cancelled" { "taken_back" } else { code })
    }

    /// The text of this name with `{}` replaced.
    pub(crate) fn with(&self, name: &str, value: impl std::fmt::Display) -> String {
        self.get(name).replacen("{}", &value.to_string(), 1)
    }

    /// A text with several values in its places, in their order.
    pub(crate) fn with_all(&self, name: &str, values: &[&str]) -> String {
        let mut values = values.iter();
        let mut pieces = self.get(name).split("{}");
        let mut text = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            text.push_str(values.next().copied().unwrap_or_default());
            text.push_str(piece);
        }
        text
    }
}

#[cfg(test)]
mod tests;
