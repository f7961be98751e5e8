//! What is wrong with a draft, by field and in words.

use std::collections::BTreeMap;

use mpp_api::client::ProductFaultView;
use mpp_core::{FairUseBounds, PurposeCode};

use super::draft::ItemDraft;
use super::seen;
use crate::words::Words;

/// What is wrong, by the name of the field.
#[derive(Debug, Clone)]
pub(super) struct Faults {
    words: Words,
    by_field: BTreeMap<String, Vec<String>>,
}

impl Faults {
    pub(super) const fn none_yet(words: Words) -> Self {
        Self { words, by_field: BTreeMap::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_field.is_empty()
    }

    /// Notes what is wrong with a field, by the name of its text.
    pub(super) fn add(&mut self, field: &str, what: &str) {
        self.say(field, self.words.of("fault", what));
    }

    /// Notes what is wrong and has no value to give.
    pub(super) fn none<T>(&mut self, field: &str, what: &str) -> Option<T> {
        self.add(field, what);
        None
    }

    pub(super) fn say(&mut self, field: &str, words: String) {
        let said = self.by_field.entry(field.to_owned()).or_default();
        if !said.contains(&words) {
            said.push(words);
        }
    }

    /// What is wrong with a field.
    pub(super) fn of(&self, field: &str) -> Vec<String> {
        self.by_field.get(field).cloned().unwrap_or_default()
    }

    /// Every field that is wrong, with the first that is wrong with it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_field.iter().filter_map(|(field, said)| Some((field.as_str(), said.first()?.as_str())))
    }

    fn any_under(&self, prefix: &str) -> bool {
        self.by_field.keys().any(|field| field.starts_with(prefix))
    }

    /// Puts what the interface found at the field it is about.
    pub(super) fn take(&mut self, found: &ProductFaultView, items: &[ItemDraft]) {
        let Some(at) = found.item else { return self.take_whole(found) };
        let item = usize::try_from(at).ok().and_then(|at| items.get(at));
        let place = format!("items.{at}");
        let field = field_of(&found.code);
        match field {
            // what could not be read, and what is missing, is noted where it is missing
            None if self.any_under(&format!("{place}.")) => {}
            Some("title")
                if self.any_under(&format!("{place}.title")) || self.any_under(&format!("{place}.data")) => {}
            Some("purpose_text") if self.any_under(&format!("{place}.purpose_text")) => {}
            field => {
                let said = self.in_words(found, item);
                self.say(&format!("{place}.{}", field.unwrap_or("title")), said);
            }
        }
    }

    fn take_whole(&mut self, found: &ProductFaultView) {
        match found.code.as_str() {
            "product_without_name" => self.add("name", "missing"),
            "product_without_item" => self.add("items", "product_without_item"),
            _ if self.any_under("notice") => {}
            _ => self.say("notices", self.in_words(found, None)),
        }
    }

    fn in_words(&self, found: &ProductFaultView, item: Option<&ItemDraft>) -> String {
        let name = format!("fault.{}", found.code);
        let Some(text) = self.words.find(&name) else { return found.detail.clone() };
        let bound = item.and_then(|item| bound(&found.code, item, self.words));
        text.replacen("{}", bound.as_deref().unwrap_or("–"), 1)
    }
}

/// The field of an item that a code is about.
fn field_of(code: &str) -> Option<&'static str> {
    Some(match code {
        "product_source_twice" => "provider",
        "product_item_without_data" => "title",
        "product_kind_against_source" => "fi",
        "purpose_text_invalid" => "purpose_text",
        "fair_use_fetch_type" => "fetch",
        "no_consent_type" | "fair_use_consent_types" => "part",
        "validity_not_forward" | "fair_use_consent_expiry" => "valid",
        "data_range_not_forward" | "fair_use_data_range" => "range",
        "data_life_against_mode" | "fair_use_data_life" => "life",
        "no_fetch_allowed" | "fair_use_frequency" => "times",
        _ => return None,
    })
}

/// The bounds of the purpose an item names.
pub(super) fn bounds(item: &ItemDraft) -> Option<FairUseBounds> {
    let purpose: PurposeCode = serde_json::from_value(item.fields.text("purpose").into()).ok()?;
    Some(FairUseBounds::of(purpose))
}

/// The bound that a code of fair use is about, in words.
fn bound(code: &str, item: &ItemDraft, words: Words) -> Option<String> {
    let bounds = bounds(item)?;
    Some(match code {
        "fair_use_fetch_type" => seen::fetched(&bounds, words),
        "fair_use_consent_expiry" => seen::span(bounds.expiry, words),
        "fair_use_data_range" => seen::span(reach(&bounds, item), words),
        "fair_use_data_life" => seen::days(bounds.data_life_days, words),
        "fair_use_frequency" => seen::fetches(&bounds, words),
        _ => return None,
    })
}

/// How far back the data of an item may reach.
pub(super) fn reach(bounds: &FairUseBounds, item: &ItemDraft) -> mpp_core::CalendarSpan {
    let kinds = item.fields.all("fi").iter();
    bounds.range_for(&kinds.filter_map(|kind| serde_json::from_value(kind.as_str().into()).ok()).collect())
}
