//! What surrounds every page.

use crate::words::{Language, Words};

/// An entry of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NavEntry {
    /// Where it leads.
    pub(crate) href: &'static str,
    /// The name of its text.
    pub(crate) name: &'static str,
    /// The name of its picture.
    pub(crate) icon: &'static str,
}

/// What surrounds a page.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// The words.
    pub(crate) words: Words,
    /// Which portal, by the name of its text.
    pub(crate) portal: &'static str,
    /// Whose it is.
    pub(crate) owner: String,
    /// The page's title.
    pub(crate) title: String,
    /// The menu; empty for who is not signed in.
    pub(crate) nav: Vec<NavEntry>,
    /// The page one is on, as in the menu.
    pub(crate) here: &'static str,
    /// Where one is led when another language is chosen: a place that can be read.
    pub(crate) place: String,
    /// The account that is signed in.
    pub(crate) person: Option<String>,
    /// The name of the text that says what can be looked for; absent for who may not.
    pub(crate) find_hint: Option<&'static str>,
    /// What went well a moment ago.
    pub(crate) done: Option<String>,
    /// What did not.
    pub(crate) problem: Option<String>,
}

impl Frame {
    pub(crate) fn is_here(&self, entry: &NavEntry) -> bool {
        self.here == entry.href
    }

    pub(crate) fn languages(&self) -> &'static [Language] {
        Language::offered()
    }

    pub(crate) fn speaks(&self, language: &Language) -> bool {
        self.words.0 == *language
    }
}
