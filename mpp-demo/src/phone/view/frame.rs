//! What surrounds every screen: the phone's head, its tabs, messages, and the notes beside the phone.

use mpp_core::Timestamp;

use super::{Language, Problem, when};

/// Which phone a page belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneHead {
    /// Its number, from 1; stands in addresses in place of anything personal.
    pub number: usize,
    /// Whose it is.
    pub owner: String,
    /// The mobile number with most digits hidden.
    pub masked_mobile: String,
}

/// The tabs at the foot of the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// What is going on.
    Home,
    /// Consents given.
    Consents,
    /// Text messages.
    Messages,
}

/// A message above the screen's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flash {
    /// Something went well.
    Done(String),
    /// Something went wrong.
    Problem(Problem),
}

/// One note beside the phone, about what happens behind the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Who acts.
    pub who: &'static str,
    /// What it does.
    pub what: &'static str,
}

/// Everything around a screen's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The title of the page.
    pub title: String,
    /// The phone; `None` on the list of phones.
    pub phone: Option<PhoneHead>,
    /// The time on the phone.
    pub clock: String,
    /// Which tab is open, if any.
    pub tab: Option<Tab>,
    /// A message from the step before.
    pub flash: Option<Flash>,
    /// Whether the page changes by itself and is read again.
    pub live: bool,
    /// What happens behind the screen.
    pub notes: Vec<Note>,
    /// The language the app speaks.
    pub language: Language,
}

impl Frame {
    /// A frame with nothing special about it.
    #[must_use]
    pub fn new(title: impl Into<String>, phone: Option<PhoneHead>, now: Timestamp) -> Self {
        Self {
            title: title.into(),
            phone,
            clock: when::clock(now),
            tab: None,
            flash: None,
            live: false,
            notes: Vec::new(),
            language: Language::English,
        }
    }

    /// In this language.
    #[must_use]
    pub fn speaking(self, language: Language) -> Self {
        Self { language, ..self }
    }

    /// With this tab open.
    #[must_use]
    pub fn on_tab(self, tab: Tab) -> Self {
        Self { tab: Some(tab), ..self }
    }

    /// With a message from the step before.
    #[must_use]
    pub fn with_flash(self, flash: Option<Flash>) -> Self {
        Self { flash, ..self }
    }

    /// With notes on what happens behind the screen.
    #[must_use]
    pub fn with_notes(self, notes: &[(&'static str, &'static str)]) -> Self {
        Self { notes: notes.iter().map(|(who, what)| Note { who, what }).collect(), ..self }
    }

    /// Read again until it stands still.
    #[must_use]
    pub fn that_changes(self) -> Self {
        Self { live: true, ..self }
    }

    /// Whether a tab is the open one, for templates.
    #[must_use]
    pub fn is_on(&self, tab: Tab) -> bool {
        self.tab == Some(tab)
    }
}
