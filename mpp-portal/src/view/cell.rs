//! What stands in a cell of a table, or beside a label.

use mpp_core::Timestamp;

use crate::moment::{self, Moment};
use crate::words::Words;

/// How something is going, by colour; the word says it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Well.
    Good,
    /// Waiting for something.
    Waiting,
    /// Badly.
    Bad,
    /// Neither.
    Plain,
}

impl Tone {
    /// The class of the style sheet.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waiting => "wait",
            Self::Bad => "bad",
            Self::Plain => "plain",
        }
    }

    /// The tone of a state, by its name on the wire.
    pub(crate) fn of_status(status: &str) -> Self {
        match status {
            "decided" | "approved" | "active" | "sealed" | "delivered" | "available" | "notified"
            | "collected" | "erased" | "final" | "issued" | "ACTIVE" | "stored" | "acknowledged"
            | "closed" | "ready" | "received" => Self::Good,
            "placed" | "opened" | "open" | "scheduled" | "running" | "waiting" | "due" | "expected"
            | "uploading" | "invited" | "draft" | "proposed" | "pending" | "paused" | "working"
            | "collecting" => Self::Waiting,
            "failed" | "parked" | "revoked" | "refused" | "SUSPENDED" | "disabled" | "gone" | "faulty"
            | "interrupted" => Self::Bad,
            _ => Self::Plain,
        }
    }
}

/// A word with a tone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Badge {
    pub(crate) tone: Tone,
    pub(crate) text: String,
}

/// A button that posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PostButton {
    pub(crate) action: String,
    pub(crate) label: String,
    /// Under which the post is done once.
    pub(crate) once: String,
    /// Whether it takes something away.
    pub(crate) grave: bool,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Text.
    Text(String),
    /// Text that leads somewhere.
    Link { href: String, text: String },
    /// Text that leads to a file, which is kept and not shown.
    File { href: String, text: String },
    /// An identifier, cut short, with the whole of it on hover; leads somewhere where there is a place.
    Id { full: String, href: Option<String> },
    /// What something is called, with its identifier under it; leads somewhere where there is a place.
    Known { name: String, full: String, href: Option<String> },
    /// A word of a log's own, with what it means beside it; a file has the word alone, which is the same in every language.
    Coded { code: String, meaning: String },
    /// An instant.
    When(Moment),
    /// A day; exactly as `2026-01-15`.
    Day(Moment),
    /// A state.
    Badge(Badge),
    /// A number.
    Number(String),
    /// A number that leads to the rows behind it.
    NumberAt { number: String, href: String },
    /// Several words.
    Tags(Vec<String>),
    /// What was tried, each with its instant and what became of it.
    Attempts(Vec<(Moment, String)>),
    /// What things are called, and what they are; a long identifier is cut short, with the whole of it on hover.
    Named(Vec<(String, String)>),
    /// Something to do.
    Button(PostButton),
    /// Nothing.
    Nothing,
}

impl Cell {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn id(id: impl ToString) -> Self {
        Self::Id { full: id.to_string(), href: None }
    }

    pub(crate) fn id_at(id: impl ToString, href: String) -> Self {
        Self::Id { full: id.to_string(), href: Some(href) }
    }

    pub(crate) fn known(name: &str, id: impl ToString, href: Option<String>) -> Self {
        Self::Known { name: name.to_owned(), full: id.to_string(), href }
    }

    pub(crate) fn when(at: Timestamp, words: Words) -> Self {
        Self::When(Moment::of(at, words.0))
    }

    /// A day written as `2026-01-15`; what is none stays as it is.
    pub(crate) fn day(day: impl Into<String>, words: Words) -> Self {
        let exact = day.into();
        let shown = exact.parse().map_or_else(|_| exact.clone(), |day| moment::day(day, words.0));
        Self::Day(Moment { shown, exact })
    }

    pub(crate) fn status(status: &str, words: Words) -> Self {
        Self::Badge(Badge { tone: Tone::of_status(status), text: words.of("status", status) })
    }

    /// The state of a consent request.
    pub(crate) fn request_status(status: &str, words: Words) -> Self {
        Self::Badge(Badge { tone: Tone::of_status(status), text: words.request_state(status) })
    }

    pub(crate) fn number(number: u64) -> Self {
        Self::Number(moment::grouped(number))
    }

    /// An identifier, short enough to be read over the telephone.
    pub(crate) fn short(full: &str) -> String {
        let short: String = full.chars().take(8).collect();
        if short.len() < full.len() { format!("{short}…") } else { short }
    }

    /// A value beside its name: words as they are, an identifier or digest cut short.
    pub(crate) fn brief(value: &str) -> String {
        const LONGEST: usize = 24;
        if value.len() > LONGEST && !value.contains(' ') { Self::short(value) } else { value.to_owned() }
    }

    /// Whether numbers stand in it, which are set to the right.
    pub(crate) const fn is_number(&self) -> bool {
        matches!(self, Self::Number(_) | Self::NumberAt { .. })
    }
}
