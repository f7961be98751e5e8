//! Which leaves of the audit log are wanted.

use std::str::FromStr;

use jiff::civil::Date;
use mpp_core::Timestamp;
use mpp_store::NumberedLeaf;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::looking::Days;

/// Which leaves are wanted; every part that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditSearch {
    /// What was done, by its word in the log.
    pub action: Option<&'static str>,
    /// On this day in India or later.
    pub from: Option<Date>,
    /// On this day in India or earlier.
    pub to: Option<Date>,
    /// What kind of actor did it.
    pub actor: Option<&'static str>,
    /// Who did it: the whole of the identifier that the log has, such as the name of an account.
    pub actor_id: Option<LeafWord>,
    /// What it is about: the whole of an identifier, reference or digest that the log has. Any of several.
    pub about: Vec<LeafWord>,
}

/// An identifier as it can stand in a leaf: printable, without spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafWord(String);

/// The text cannot be an identifier in a leaf.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier as the audit log has them")]
pub struct InvalidLeafWord;

impl LeafWord {
    /// The longest that stands in a leaf.
    const LONGEST: usize = 128;

    /// As text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether JSON that was written by a server can have it: quotation marks and backslashes stand there differently.
    fn may_stand_in(&self, text: &str) -> bool {
        self.0.contains(['"', '\\']) || text.contains(&self.0)
    }
}

impl FromStr for LeafWord {
    type Err = InvalidLeafWord;

    fn from_str(text: &str) -> Result<Self, InvalidLeafWord> {
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.is_empty() || text.len() > Self::LONGEST || !printable {
            return Err(InvalidLeafWord);
        }
        Ok(Self(text.to_owned()))
    }
}

/// What every leaf says, whoever wrote it.
#[derive(Deserialize)]
struct Entry {
    at: Option<Timestamp>,
    action: Option<String>,
    actor: Option<Doer>,
    #[serde(flatten)]
    subject: Map<String, Value>,
}

#[derive(Deserialize)]
struct Doer {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
}

impl AuditSearch {
    /// Whether every leaf is wanted.
    pub(super) fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// The instants of the wanted days: from the first on, and before the second.
    pub(super) fn instants(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        Days { from: self.from, to: self.to }.instants()
    }

    /// Whether a leaf is wanted. One that does not say what it is asked for is not.
    pub(super) fn holds(&self, leaf: &NumberedLeaf) -> bool {
        let Ok(text) = std::str::from_utf8(leaf.leaf.bytes()) else { return false };
        if !self.may_hold(text) {
            return false;
        }
        let Ok(entry) = serde_json::from_str::<Entry>(text) else { return false };
        let (from, before) = self.instants();
        let doer = entry.actor.as_ref();
        let is_by = |id: &LeafWord| doer.and_then(|doer| doer.id.as_deref()) == Some(id.as_str());
        self.action.is_none_or(|action| entry.action.as_deref() == Some(action))
            && from.is_none_or(|from| entry.at.is_some_and(|at| at >= from))
            && before.is_none_or(|before| entry.at.is_some_and(|at| at < before))
            && self.actor.is_none_or(|kind| doer.is_some_and(|doer| doer.kind == kind))
            && self.actor_id.as_ref().is_none_or(is_by)
            && (self.about.is_empty() || entry.subject.values().any(|value| self.is_about(value)))
    }

    /// Whether every word that is wanted stands somewhere in the leaf: most do not have it, and reading them takes most of the time.
    fn may_hold(&self, text: &str) -> bool {
        self.action.is_none_or(|action| text.contains(action))
            && self.actor_id.as_ref().is_none_or(|id| id.may_stand_in(text))
            && (self.about.is_empty() || self.about.iter().any(|word| word.may_stand_in(text)))
    }

    fn is_about(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.about.iter().any(|word| word.as_str() == text),
            Value::Array(values) => values.iter().any(|value| self.is_about(value)),
            Value::Object(members) => members.values().any(|value| self.is_about(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
}
