//! Fields of a form with several parts, each with what is wrong with it.

use super::sheet::Choice;
use crate::templates::Tick;

/// How a field is filled in.
#[derive(Debug, Clone)]
pub(crate) enum Control {
    /// A line of text.
    Line { value: String, longest: u32 },
    /// Several lines.
    Lines { value: String, rows: u8 },
    /// One of several.
    Choice(Vec<Choice>),
    /// Any of several.
    Ticks(Vec<Tick>),
    /// Small parts that belong together, such as months and days.
    Parts(Vec<Part>),
}

/// A small part of a field.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) filled: PartFilled,
}

/// How a part is filled in.
#[derive(Debug, Clone)]
pub(crate) enum PartFilled {
    /// A whole number.
    Number(String),
    /// A short text.
    Short(String),
    /// One of several.
    Choice(Vec<Choice>),
}

/// A field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// The name it is sent under, which is its anchor on the page as well.
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) hint: Option<String>,
    /// What is wrong with it, in words.
    pub(crate) faults: Vec<String>,
    /// Whether it takes the whole width.
    pub(crate) wide: bool,
    /// The language of what is written, where it may be another than the page's.
    pub(crate) language: Option<String>,
    pub(crate) control: Control,
}

impl Field {
    /// What describes the field beside its label.
    pub(crate) fn described_by(&self) -> String {
        let parts = [(self.hint.is_some(), "hint"), (!self.faults.is_empty(), "fault")];
        let named = parts.into_iter().filter(|(there, _)| *there);
        named.map(|(_, part)| format!("{}.{part}", self.name)).collect::<Vec<_>>().join(" ")
    }
}

/// A button that changes the draft and shows the form again.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// What is to be done, as it is sent.
    pub(crate) value: String,
    pub(crate) label: String,
    /// The place on the page to go to afterwards.
    pub(crate) anchor: String,
}
