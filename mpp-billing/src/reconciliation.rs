//! Reconciliation: our usage events against a partner's log and a source's statement.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use mpp_core::{ConsentId, InvalidId, ProductId, Source, UsageEvent, UsageSubject, UsageUnit};
use serde::{Deserialize, Serialize};

use crate::Paise;

/// By what two logs know the same use: the id of the parcel or fetch. 1 to 80 letters, digits, `-`, `_`, `:` and `.`,
/// beginning with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Reference(String);

impl Reference {
    /// The reference of one of our events.
    #[must_use]
    pub fn of(event: &UsageEvent) -> Self {
        Self::of_subject(event.subject)
    }

    /// The reference of what was used.
    #[must_use]
    pub fn of_subject(subject: UsageSubject) -> Self {
        Self(match subject {
            UsageSubject::Parcel(id) => id.to_string(),
            UsageSubject::Fetch(id) => id.to_string(),
        })
    }
}

impl FromStr for Reference {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'.');
        let form_holds = begins && text.len() <= 80 && text.bytes().all(allowed);
        form_holds.then(|| Self(text.to_owned())).ok_or(InvalidId { kind: "Reference" })
    }
}

impl TryFrom<String> for Reference {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One use as one side wrote it down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogEntry {
    /// The use.
    pub reference: Reference,
    /// Its billing day.
    #[cfg_attr(feature = "schema", schemars(with = "mpp_core::schema::Day"))]
    pub day: Date,
    /// As what it counts.
    pub unit: UsageUnit,
    /// Its price, where the side knows it.
    pub amount: Option<Paise>,
    /// The consent it rests on, where the side knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentId>,
    /// The product, where the side knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
    /// From where the data came, where the side knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

impl LogEntry {
    /// One of our events, at its price if that is known.
    #[must_use]
    pub fn of(event: &UsageEvent, amount: Option<Paise>) -> Self {
        Self {
            reference: Reference::of(event),
            day: event.day,
            unit: event.unit,
            amount,
            consent: Some(event.consent),
            product: Some(event.product),
            source: Some(event.source.clone()),
        }
    }
}

/// In what two entries differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The billing day.
    Day,
    /// The unit.
    Unit,
    /// The price; only where both sides know it.
    Amount,
    /// The consent; only where both sides know it.
    Consent,
    /// The product; only where both sides know it.
    Product,
    /// The source; only where both sides know it.
    Source,
}

/// Two entries on the same use that say different things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Differing {
    /// What stands here.
    pub here: LogEntry,
    /// What stands there.
    pub there: LogEntry,
    /// In what they differ.
    pub fields: Vec<Field>,
}

/// Two logs side by side. Every reference of either is in exactly one of the first four lists.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Comparison {
    /// The same on both sides.
    pub matched: Vec<LogEntry>,
    /// There only.
    pub missing_here: Vec<LogEntry>,
    /// Here only.
    pub missing_there: Vec<LogEntry>,
    /// On both sides, but not the same.
    pub differs: Vec<Differing>,
    /// References that one side has more than once; the first entry was compared.
    pub repeated: Vec<Reference>,
}

/// All three logs against each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ThreeWay {
    /// Ours (here) and the partner's (there).
    pub with_partner: Comparison,
    /// Ours (here) and the source's (there).
    pub with_source: Comparison,
    /// The partner's (here) and the source's (there).
    pub partner_with_source: Comparison,
}

/// Compares two logs. The order of the entries does not matter.
#[must_use]
pub fn compare(here: &[LogEntry], there: &[LogEntry]) -> Comparison {
    let mut found = Comparison::default();
    let ours = by_reference(here, &mut found.repeated);
    let mut theirs = by_reference(there, &mut found.repeated);
    for (reference, here) in ours {
        match theirs.remove(reference) {
            None => found.missing_there.push(here.clone()),
            Some(there) => match differing_fields(here, there) {
                fields if fields.is_empty() => found.matched.push(here.clone()),
                fields => found.differs.push(Differing { here: here.clone(), there: there.clone(), fields }),
            },
        }
    }
    found.missing_here.extend(theirs.into_values().cloned());
    found.repeated.sort();
    found.repeated.dedup();
    found
}

/// Compares our log, the partner's and the source's with each other.
#[must_use]
pub fn three_way(ours: &[LogEntry], partner: &[LogEntry], source: &[LogEntry]) -> ThreeWay {
    ThreeWay {
        with_partner: compare(ours, partner),
        with_source: compare(ours, source),
        partner_with_source: compare(partner, source),
    }
}

fn by_reference<'a>(
    entries: &'a [LogEntry],
    repeated: &mut Vec<Reference>,
) -> BTreeMap<&'a Reference, &'a LogEntry> {
    let mut map = BTreeMap::new();
    for entry in entries {
        if map.contains_key(&entry.reference) {
            repeated.push(entry.reference.clone());
        } else {
            map.insert(&entry.reference, entry);
        }
    }
    map
}

fn differing_fields(here: &LogEntry, there: &LogEntry) -> Vec<Field> {
    let all = [
        (here.day != there.day, Field::Day),
        (here.unit != there.unit, Field::Unit),
        (both_differ(here.amount.as_ref(), there.amount.as_ref()), Field::Amount),
        (both_differ(here.consent.as_ref(), there.consent.as_ref()), Field::Consent),
        (both_differ(here.product.as_ref(), there.product.as_ref()), Field::Product),
        (both_differ(here.source.as_ref(), there.source.as_ref()), Field::Source),
    ];
    all.into_iter().filter_map(|(differs, field)| differs.then_some(field)).collect()
}

/// Whether both sides know it and say different things.
fn both_differ<T: PartialEq>(here: Option<&T>, there: Option<&T>) -> bool {
    here.zip(there).is_some_and(|(here, there)| here != there)
}
