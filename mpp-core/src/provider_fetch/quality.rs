//! What is noticeable about a provider's document without saying what stands in it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Span, Timestamp};

/// Something noticeable about a document a provider gave (other-sources.md §1, §2). It is about the document, never about
/// the customer: what a report says of somebody is nobody's business but the recipient's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum QualityFlag {
    /// The provider made it more than a day before it was asked.
    Outdated,
    /// It does not say when it was made, or not so that it can be read or believed.
    Undated,
    /// The provider does not call it an exact match of the particulars.
    InexactMatch,
    /// Parts that the provider's description has are missing, or the provider says that it does not offer them.
    PartsMissing,
}

/// How much older than the moment of asking a document may be.
const RECENT: Span = Span::from_days(1);

/// What is noticeable about one document; empty when nothing is.
pub type QualityFlags = BTreeSet<QualityFlag>;

impl QualityFlag {
    /// Every flag.
    pub const ALL: [Self; 4] = [Self::Outdated, Self::Undated, Self::InexactMatch, Self::PartsMissing];

    /// What the time at which a document was made says of it, as far as the document tells, when it came at `now`. One from a
    /// later day than this tells nothing that could be believed.
    #[must_use]
    pub fn of_time(made_at: Option<Timestamp>, now: Timestamp) -> Option<Self> {
        match made_at {
            Some(at) if at < now.minus(RECENT) => Some(Self::Outdated),
            Some(at) if at <= now.plus(RECENT) => None,
            Some(_) | None => Some(Self::Undated),
        }
    }

    /// The stable code for clients.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Outdated => "outdated",
            Self::Undated => "undated",
            Self::InexactMatch => "inexact_match",
            Self::PartsMissing => "parts_missing",
        }
    }

    /// The flag with this code.
    #[must_use]
    pub fn with_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flag| flag.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_stored_form() {
        for flag in QualityFlag::ALL {
            assert_eq!(serde_json::to_value(flag).unwrap(), flag.code());
            assert_eq!(QualityFlag::with_code(flag.code()), Some(flag));
        }
        assert_eq!(QualityFlag::with_code("splendid"), None);
    }

    #[test]
    fn a_document_is_outdated_when_it_is_older_than_a_day() {
        let now: Timestamp = "2026-01-15T09:30:00Z".parse().unwrap();
        let of = |made_at: &str| QualityFlag::of_time(Some(made_at.parse().unwrap()), now);
        assert_eq!(of("2026-01-15T09:29:59Z"), None);
        assert_eq!(of("2026-01-14T09:30:00Z"), None, "a day to the millisecond");
        assert_eq!(of("2026-01-14T09:29:59.999Z"), Some(QualityFlag::Outdated));
        assert_eq!(of("2026-01-16T09:30:00Z"), None, "clocks differ");
        assert_eq!(of("2026-01-16T09:30:00.001Z"), Some(QualityFlag::Undated), "from the future");
        assert_eq!(QualityFlag::of_time(None, now), Some(QualityFlag::Undated));
    }
}
