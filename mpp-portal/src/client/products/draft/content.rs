//! From a draft to what the interface takes, and back.

use std::collections::BTreeSet;

use mpp_core::{CalendarSpan, LanguageTag, Notice, NoticeText, ProductItem, Source, SourceKind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Draft, Fields, ItemDraft, lines};
use crate::client::products::faults::Faults;

/// What a draft says, as far as it can be read; an item that cannot is null.
#[derive(Debug, Clone)]
pub(in crate::client::products) struct Content {
    pub(in crate::client::products) items: Vec<Value>,
    pub(in crate::client::products) notice: Value,
}

impl Content {
    /// Reads a draft; what cannot be read is among the faults.
    pub(in crate::client::products) fn of(draft: &Draft, faults: &mut Faults) -> Self {
        if draft.head.text("name").is_empty() {
            faults.add("name", "missing");
        }
        let items = draft.items.iter().enumerate();
        let items = items.map(|(at, item)| read_item(at, item, faults).unwrap_or_default()).collect();
        Self { items, notice: read_notice(draft, faults) }
    }
}

fn read_item(at: usize, item: &ItemDraft, faults: &mut Faults) -> Option<Value> {
    let fields = &item.fields;
    let name = |field: &str| format!("items.{at}.{field}");
    for field in ["title", "data", "purpose_text"] {
        if fields.text(field).is_empty() {
            faults.add(&name(field), "missing");
        }
    }
    let source = read_source(fields).or_else(|| faults.none(&name("provider"), "provider"));
    let valid = read_span(fields, "valid").or_else(|| faults.none(&name("valid"), "span"));
    let range = read_span(fields, "range").or_else(|| faults.none(&name("range"), "span"));
    let life = read_count(fields, "life").or_else(|| faults.none(&name("life"), "number"));
    let times = read_count(fields, "times").or_else(|| faults.none(&name("times"), "number"));
    let filters = item.filters.iter().enumerate().map(|(number, filter)| {
        if filter.text("value").is_empty() {
            faults.add(&name(&format!("filters.{number}")), "missing");
        }
        let (kind, operator, value) = (filter.text("kind"), filter.text("operator"), filter.text("value"));
        json!({ "type": kind, "operator": operator, "value": value })
    });
    let filters: Vec<Value> = filters.collect();
    Some(json!({
        "source": source?,
        "kind": fields.text("kind"),
        "title": fields.text("title"),
        "dataItems": lines(fields.text("data")).collect::<Vec<_>>(),
        "terms": {
            "purpose": { "code": fields.text("purpose"), "text": fields.text("purpose_text") },
            "consentMode": fields.text("mode"),
            "fetchType": fields.text("fetch"),
            "consentTypes": ticked(fields, "part"),
            "fiTypes": ticked(fields, "fi"),
            "validFor": valid?,
            "rangeBack": range?,
            "dataLife": life?,
            "frequency": times?,
            "dataFilter": filters,
        },
    }))
}

/// In one order, whatever the order of the boxes.
fn ticked<'a>(fields: &'a Fields, field: &str) -> BTreeSet<&'a str> {
    fields.all(field).iter().map(String::as_str).collect()
}

fn read_source(fields: &Fields) -> Option<Source> {
    if fields.text("kind") == "financial_information" {
        return Some(Source::AccountAggregator);
    }
    fields.text("provider").parse().ok().map(Source::Provider)
}

fn read_span(fields: &Fields, field: &str) -> Option<CalendarSpan> {
    let part = |unit: &str| match fields.text(&format!("{field}_{unit}")) {
        "" => Some(0),
        text => text.parse::<u32>().ok().filter(|count| *count < 100_000),
    };
    CalendarSpan::new(part("months")?, part("days")?).ok()
}

fn read_count(fields: &Fields, field: &str) -> Option<Value> {
    let unit = fields.text(&format!("{field}_unit"));
    let value = match fields.text(field) {
        "" if unit == "INF" => 0,
        text => text.parse::<u32>().ok()?,
    };
    Some(json!({ "unit": unit, "value": value }))
}

fn read_notice(draft: &Draft, faults: &mut Faults) -> Value {
    let version = draft.head.text("notice_version").parse::<u32>().ok().filter(|version| *version > 0);
    let version = version.or_else(|| faults.none("notice_version", "number"));
    let mut texts = serde_json::Map::new();
    for (at, notice) in draft.notices.iter().enumerate() {
        for (field, _) in NOTICE_PARTS {
            if notice.text(field).is_empty() {
                faults.add(&format!("notices.{at}.{field}"), "missing");
            }
        }
        let place = format!("notices.{at}.language");
        match notice.text("language").parse::<LanguageTag>() {
            Err(_) => faults.add(&place, "language"),
            Ok(tag) if texts.contains_key(tag.as_str()) => faults.add(&place, "language_twice"),
            Ok(tag) => {
                let parts =
                    NOTICE_PARTS.map(|(field, member)| (member.to_owned(), notice.text(field).into()));
                texts.insert(tag.to_string(), Value::Object(parts.into_iter().collect()));
            }
        }
    }
    if !texts.contains_key("en") {
        faults.add("notices", "no_english");
    }
    version.map_or(Value::Null, |version| json!({ "version": version, "texts": texts }))
}

/// The parts of a notice: the name of the field, and of the member on the wire.
pub(in crate::client::products) const NOTICE_PARTS: [(&str, &str); 5] = [
    ("purpose", "purpose"),
    ("rights", "rights"),
    ("withdrawal", "withdrawal"),
    ("complaint", "complaint"),
    ("contact", "grievanceContact"),
];

/// Items and notice as one text, for experts.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text<I, N> {
    items: I,
    notice: N,
}

/// The text for experts of what a draft says.
pub(in crate::client::products) fn json_text(content: &Content) -> String {
    let text = Text { items: &content.items, notice: &content.notice };
    serde_json::to_string_pretty(&text).unwrap_or_default()
}

/// The draft a text for experts says, under the draft's own name.
///
/// # Errors
/// Where the text is not what it should be.
pub(in crate::client::products) fn of_json(draft: &Draft) -> Result<Draft, serde_json::Error> {
    let text: Text<Vec<ProductItem>, Notice> = serde_json::from_str(draft.head.text("json"))?;
    let mut read = of_content(draft.head.text("name"), &text.items, &text.notice);
    for field in ["product", "base"] {
        read.head = read.head.with(field, draft.head.text(field));
    }
    Ok(read)
}

/// The draft that says what a kept version says.
pub(in crate::client::products) fn of_file(name: &str, items: &[Value], notice: &Value) -> Option<Draft> {
    let items: Option<Vec<ProductItem>> =
        items.iter().map(|item| serde_json::from_value(item.clone()).ok()).collect();
    Some(of_content(name, &items?, &serde_json::from_value(notice.clone()).ok()?))
}

fn of_content(name: &str, items: &[ProductItem], notice: &Notice) -> Draft {
    let text = |(tag, text): (&LanguageTag, &NoticeText)| {
        Fields::default()
            .with("language", tag)
            .with("purpose", &text.purpose)
            .with("rights", &text.rights)
            .with("withdrawal", &text.withdrawal)
            .with("complaint", &text.complaint)
            .with("contact", &text.grievance_contact)
    };
    Draft {
        head: Fields::default().with("name", name).with("notice_version", notice.version),
        items: items.iter().map(of_item).collect(),
        notices: notice.texts.iter().map(text).collect(),
    }
}

fn of_item(item: &ProductItem) -> ItemDraft {
    let terms = &item.terms;
    let mut fields = Fields::default()
        .with("kind", code(&item.kind))
        .with("title", &item.title)
        .with("data", item.data_items.join("\n"))
        .with("purpose", terms.purpose.code.code())
        .with("purpose_text", &terms.purpose.text)
        .with("mode", code(&terms.consent_mode))
        .with("fetch", code(&terms.fetch_type))
        .with("life", terms.data_life.value)
        .with("life_unit", code(&terms.data_life.unit))
        .with("times", terms.frequency.value)
        .with("times_unit", code(&terms.frequency.unit));
    // a provider is kept even where the kind says otherwise, so that nothing is lost on the way
    if let Some(provider) = item.source.provider() {
        fields = fields.with("provider", provider);
    } else if item.kind != SourceKind::FinancialInformation {
        fields = fields.with("provider", "");
    }
    for (field, span) in [("valid", terms.valid_for), ("range", terms.range_back)] {
        for (unit, count) in [("months", span.months()), ("days", span.days())] {
            if count > 0 {
                fields = fields.with(&format!("{field}_{unit}"), count);
            }
        }
    }
    let fields = terms.consent_types.iter().fold(fields, |fields, part| fields.with("part", code(part)));
    let fields = terms.fi_types.iter().fold(fields, |fields, kind| fields.with("fi", code(kind)));
    let filter = |filter: &mpp_core::DataFilter| {
        Fields::default()
            .with("kind", code(&filter.kind))
            .with("operator", code(&filter.operator))
            .with("value", &filter.value)
    };
    ItemDraft { fields, filters: terms.data_filter.iter().map(filter).collect() }
}

/// The code of a value that is one of a list, as it is on the wire.
pub(in crate::client::products) fn code(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).ok();
    value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
}
