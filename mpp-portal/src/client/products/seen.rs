//! A product as the customer will see it, and its terms as people say them.

use mpp_core::{
    CalendarSpan, DataFilter, FairUseBounds, FetchType, LanguageTag, Notice, NoticeText, ProductItem,
    ProductTerms,
};
use serde_json::Value;

use super::draft::code;
use crate::templates::{SeenItem, SeenNotice};
use crate::words::Words;

/// An item; `None` for what is none.
pub(super) fn item(item: &Value, words: Words) -> Option<SeenItem> {
    let item: ProductItem = serde_json::from_value(item.clone()).ok()?;
    let lines = terms(&item, words).into_iter().chain(narrowed(&item, words));
    let terms = lines.map(|(name, value)| (words.get(name).to_owned(), value)).collect();
    Some(SeenItem { title: item.title, source: item.source.to_string(), data: item.data_items, terms })
}

/// The terms of an item: the name of each term's text, and the term.
pub(super) fn terms(item: &ProductItem, words: Words) -> Vec<(&'static str, String)> {
    let terms = &item.terms;
    let mut lines = vec![
        ("term.purpose", terms.purpose.text.clone()),
        ("term.fetch", words.of("fetch", &code(&terms.fetch_type))),
        ("term.range", span(terms.range_back, words)),
        ("term.valid", span(terms.valid_for, words)),
        ("term.life", counted(&terms.data_life, "every", words)),
        ("term.frequency", frequency(terms, words)),
    ];
    let kinds: Vec<String> = terms.fi_types.iter().map(|kind| words.of("kind", &code(kind))).collect();
    if !kinds.is_empty() {
        lines.push(("term.kinds", kinds.join(", ")));
    }
    lines
}

/// What of the data, and for what use: the rest of what the customer reads.
fn narrowed(item: &ProductItem, words: Words) -> Vec<(&'static str, String)> {
    let terms = &item.terms;
    let parts: Vec<String> = terms.consent_types.iter().map(|part| words.of("part", &code(part))).collect();
    let filters: Vec<String> = terms.data_filter.iter().map(|one| filter(one, words)).collect();
    let lines = [
        ("label.parts", parts.join(", ")),
        ("caption.filters", filters.join("; ")),
        ("label.mode", words.of("mode", &code(&terms.consent_mode))),
        ("label.purpose_code", words.of("purpose", terms.purpose.code.code())),
    ];
    lines.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// A narrowing of the transactions.
pub(super) fn filter(filter: &DataFilter, words: Words) -> String {
    let kind = words.of("filter_kind", &code(&filter.kind));
    format!("{kind} {} {}", code(&filter.operator), filter.value)
}

/// A span as people say it: `12 months 3 days`.
pub(super) fn span(span: CalendarSpan, words: Words) -> String {
    let parts = [(span.months(), "MONTH"), (span.days(), "DAY")];
    let said = parts.into_iter().filter(|(count, _)| *count > 0);
    said.map(|(count, unit)| format!("{count} {}", words.of("every", unit))).collect::<Vec<_>>().join(" ")
}

/// So many days.
pub(super) fn days(count: u32, words: Words) -> String {
    format!("{count} {}", words.of("every", "DAY"))
}

/// Once or repeatedly, as fair use has it.
pub(super) fn fetched(bounds: &FairUseBounds, words: Words) -> String {
    words.of("fetch", &code(&bounds.fetch_type))
}

/// How often data may be fetched, as fair use has it.
pub(super) fn fetches(bounds: &FairUseBounds, words: Words) -> String {
    let Some((per_day, per_month)) = bounds.fetches else { return fetched(bounds, words) };
    let parts = [(per_day, "bound.per_day"), (per_month, "bound.per_month")];
    let said = parts.into_iter().filter(|(count, _)| *count > 0);
    said.map(|(count, name)| words.with(name, count)).collect::<Vec<_>>().join(", ")
}

/// How often data may be fetched, as people say it: `2 per month`.
fn frequency(terms: &ProductTerms, words: Words) -> String {
    match terms.fetch_type {
        FetchType::Onetime => words.of("fetch", &code(&terms.fetch_type)),
        FetchType::Periodic => counted(&terms.frequency, "per", words),
    }
}

/// A number of units as people say it, in the words of a family: `1 month`.
fn counted(value: &impl serde::Serialize, family: &str, words: Words) -> String {
    let Ok(value) = serde_json::to_value(value) else { return String::new() };
    let unit = value.get("unit").and_then(Value::as_str).unwrap_or_default();
    let count = value.get("value").map(ToString::to_string).unwrap_or_default();
    let unit_in_words = words.of(family, unit);
    if unit == "INF" { unit_in_words } else { format!("{count} {unit_in_words}") }
}

/// The notice in every language.
pub(super) fn notices(notice: &Value) -> Vec<SeenNotice> {
    let Ok(notice) = serde_json::from_value::<Notice>(notice.clone()) else { return Vec::new() };
    let seen = |(tag, text): (&LanguageTag, &NoticeText)| SeenNotice {
        language: tag.to_string(),
        texts: vec![
            text.purpose.clone(),
            text.rights.clone(),
            text.withdrawal.clone(),
            text.complaint.clone(),
            text.grievance_contact.clone(),
        ],
    };
    notice.texts.iter().map(seen).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::words::Language;

    /// A term of an item that is fetched so.
    fn said(term: &str, fetch: &str, frequency: &Value, language: Language) -> String {
        let item = json!({
            "source": "provider:a", "kind": "other", "title": "Data", "dataItems": ["x"],
            "terms": {
                "purpose": { "code": "103", "text": "A loan" }, "consentMode": "STORE", "fetchType": fetch,
                "consentTypes": ["PROFILE"], "validFor": "P1M", "rangeBack": "P6M",
                "dataLife": { "unit": "MONTH", "value": 1 }, "frequency": frequency,
            },
        });
        let item: ProductItem = serde_json::from_value(item).unwrap();
        let lines = terms(&item, Words(language));
        lines.into_iter().find(|(name, _)| *name == term).unwrap().1
    }

    #[test]
    fn how_often_is_said_as_the_form_says_it() {
        let (twice, always) = (json!({ "unit": "MONTH", "value": 2 }), json!({ "unit": "INF", "value": 0 }));
        for (fetch, frequency, english, hindi) in [
            ("PERIODIC", &twice, "2 per month", "2 प्रति माह"),
            ("PERIODIC", &always, "without bound", "बिना सीमा"),
            ("ONETIME", &twice, "Once", "एक बार"),
        ] {
            let in_words = |language| said("term.frequency", fetch, frequency, language);
            assert_eq!(
                (in_words(Language::English).as_str(), in_words(Language::Hindi).as_str()),
                (english, hindi)
            );
        }
        assert_eq!(said("term.life", "PERIODIC", &twice, Language::English), "1 month(s)");
    }
}
