//! A draft as the fields of a form.

use mpp_core::FiType;

use super::draft::{Draft, Fields, ItemDraft, NOTICE_PARTS, code};
use super::faults::{Faults, bounds, reach};
use super::seen;
use crate::templates::{ItemForm, NoticeForm, Tick};
use crate::view::{Choice, Control, Field, Part, PartFilled, Step};
use crate::words::Words;

const KINDS: [&str; 4] = ["financial_information", "credit_bureau", "telecom", "other"];
const PURPOSES: [&str; 5] = ["101", "102", "103", "104", "105"];
const MODES: [&str; 4] = ["STORE", "VIEW", "QUERY", "STREAM"];
const FETCHES: [&str; 2] = ["ONETIME", "PERIODIC"];
const PARTS: [&str; 3] = ["PROFILE", "SUMMARY", "TRANSACTIONS"];
const LIVES: [&str; 4] = ["DAY", "MONTH", "YEAR", "INF"];
const TIMES: [&str; 5] = ["HOUR", "DAY", "MONTH", "YEAR", "INF"];
const FILTERS: [&str; 2] = ["TRANSACTIONTYPE", "TRANSACTIONAMOUNT"];
const OPERATORS: [&str; 6] = ["=", "!=", ">", "<", ">=", "<="];

/// Makes the fields of one group: everything below a prefix.
struct Maker<'a> {
    words: Words,
    faults: &'a Faults,
    fields: &'a Fields,
    prefix: String,
}

impl Maker<'_> {
    fn field(&self, field: &str, label: &str, control: Control) -> Field {
        let name = format!("{}{field}", self.prefix);
        Field {
            faults: self.faults.of(&name),
            name,
            label: self.words.get(label).to_owned(),
            hint: None,
            wide: matches!(control, Control::Lines { .. } | Control::Ticks(_)),
            language: None,
            control,
        }
    }

    fn hinted(&self, field: Field, hint: &str) -> Field {
        Field { hint: Some(self.words.get(hint).to_owned()), ..field }
    }

    fn line(&self, field: &str, label: &str, longest: u32) -> Field {
        let value = self.fields.text(field).to_owned();
        self.field(field, label, Control::Line { value, longest })
    }

    fn lines(&self, field: &str, label: &str, rows: u8) -> Field {
        let value = self.fields.text(field).to_owned();
        self.field(field, label, Control::Lines { value, rows })
    }

    fn choices(&self, field: &str, family: &str, values: &[&str]) -> Vec<Choice> {
        let choice = |value: &&str| Choice {
            value: (*value).to_owned(),
            label: self.words.of(family, value),
            chosen: self.fields.text(field) == *value,
        };
        values.iter().map(choice).collect()
    }

    fn choice(&self, field: &str, label: &str, family: &str, values: &[&str]) -> Field {
        self.field(field, label, Control::Choice(self.choices(field, family, values)))
    }

    fn ticks(&self, field: &str, label: &str, family: &str, values: &[String]) -> Field {
        let tick = |value: &String| Tick {
            value: value.clone(),
            label: self.words.of(family, value),
            ticked: self.fields.has(field, value),
        };
        self.field(field, label, Control::Ticks(values.iter().map(tick).collect()))
    }

    fn part(&self, field: &str, label: &str, filled: PartFilled) -> Part {
        let (name, label) = (format!("{}{field}", self.prefix), self.words.get(label).to_owned());
        Part { name, label, filled }
    }

    fn span(&self, field: &str, label: &str) -> Field {
        let part = |unit: &str, label| {
            let field = format!("{field}_{unit}");
            self.part(&field, label, PartFilled::Number(self.fields.text(&field).to_owned()))
        };
        let parts = vec![part("months", "every.MONTH"), part("days", "every.DAY")];
        self.field(field, label, Control::Parts(parts))
    }

    fn counted(&self, field: &str, label: &str, family: &str, units: &[&str]) -> Field {
        let unit = format!("{field}_unit");
        let choices = self.choices(&unit, family, units);
        let parts = vec![
            self.part(field, "label.count", PartFilled::Number(self.fields.text(field).to_owned())),
            self.part(&unit, "label.unit", PartFilled::Choice(choices)),
        ];
        self.field(field, label, Control::Parts(parts))
    }
}

/// The fields outside items and languages: the name, and the version of the notice.
pub(super) fn head(draft: &Draft, faults: &Faults, words: Words) -> (Field, Field) {
    let make = Maker { words, faults, fields: &draft.head, prefix: String::new() };
    let name = make.hinted(make.line("name", "col.name", 100), "hint.product_name");
    let version = make.hinted(make.line("notice_version", "label.notice", 6), "hint.notice_version");
    (name, version)
}

/// The items as forms.
pub(super) fn items(draft: &Draft, faults: &Faults, words: Words) -> Vec<ItemForm> {
    draft.items.iter().enumerate().map(|(at, item)| item_form(at, item, faults, words)).collect()
}

fn item_form(at: usize, item: &ItemDraft, faults: &Faults, words: Words) -> ItemForm {
    let prefix = format!("items.{at}.");
    let make = Maker { words, faults, fields: &item.fields, prefix };
    let step = |what: String, label: &str, anchor: String| Step {
        value: what,
        label: words.get(label).to_owned(),
        anchor,
    };
    let filters = item.filters.iter().enumerate();
    let filters = filters.map(|(number, filter)| {
        let drop = format!("drop_filter.{at}.{number}");
        let drop = step(drop, "act.drop_filter", format!("items.{at}.filters"));
        (filter_field(at, number, filter, faults, words), drop)
    });
    ItemForm {
        number: at.saturating_add(1),
        anchor: format!("items.{at}"),
        what: what_fields(&make),
        terms: term_fields(&make, item),
        kinds: kind_fields(&make),
        filters: filters.collect(),
        add_filter: step(format!("add_filter.{at}"), "act.add_filter", format!("items.{at}.filters")),
        drop: step(format!("drop_item.{at}"), "act.drop_item", "items".to_owned()),
    }
}

fn what_fields(make: &Maker<'_>) -> Vec<Field> {
    vec![
        make.choice("kind", "label.sort", "sort", &KINDS),
        make.hinted(make.line("provider", "label.provider", 64), "hint.provider"),
        Field { wide: true, ..make.hinted(make.line("title", "label.item_title", 100), "hint.item_title") },
        make.hinted(make.lines("data", "label.item_data", 4), "hint.item_data"),
    ]
}

fn term_fields(make: &Maker<'_>, item: &ItemDraft) -> Vec<Field> {
    let words = make.words;
    let purpose = make.choice("purpose", "label.purpose_code", "purpose", &PURPOSES);
    let purpose = Field { hint: fair_use(item, words), wide: true, ..purpose };
    let said = make.hinted(make.line("purpose_text", "term.purpose", 500), "hint.purpose_text");
    let parts = PARTS.map(str::to_owned);
    vec![
        purpose,
        Field { wide: true, ..said },
        make.choice("mode", "label.mode", "mode", &MODES),
        make.choice("fetch", "term.fetch", "fetch", &FETCHES),
        make.span("valid", "term.valid"),
        make.span("range", "term.range"),
        make.counted("life", "term.life", "every", &LIVES),
        make.counted("times", "term.frequency", "per", &TIMES),
        make.ticks("part", "label.parts", "part", &parts),
    ]
}

fn kind_fields(make: &Maker<'_>) -> Vec<Field> {
    let kinds: Vec<String> = FiType::ALL.iter().map(code).collect();
    vec![make.hinted(make.ticks("fi", "term.kinds", "kind", &kinds), "hint.kinds")]
}

/// What fair use allows for the purpose that is chosen; it binds the network's data only.
fn fair_use(item: &ItemDraft, words: Words) -> Option<String> {
    if item.fields.text("kind") != "financial_information" {
        return None;
    }
    let bounds = bounds(item)?;
    let said = [
        ("term.fetch", seen::fetches(&bounds, words)),
        ("term.valid", seen::span(bounds.expiry, words)),
        ("term.range", seen::span(reach(&bounds, item), words)),
        ("term.life", seen::days(bounds.data_life_days, words)),
    ];
    let said = said.map(|(name, value)| format!("{}: {value}", words.get(name)));
    Some(words.with("hint.fair_use", said.join(" · ")))
}

fn filter_field(at: usize, number: usize, filter: &Fields, faults: &Faults, words: Words) -> Field {
    let prefix = format!("items.{at}.filters.{number}.");
    let make = Maker { words, faults, fields: filter, prefix };
    let value = PartFilled::Short(filter.text("value").to_owned());
    let parts = vec![
        make.part(
            "kind",
            "label.filter_kind",
            PartFilled::Choice(make.choices("kind", "filter_kind", &FILTERS)),
        ),
        make.part("operator", "label.operator", PartFilled::Choice(make.choices("operator", "", &OPERATORS))),
        make.part("value", "label.value", value),
    ];
    let name = format!("items.{at}.filters.{number}");
    Field {
        faults: faults.of(&name),
        name,
        label: words.with("label.filter", number.saturating_add(1)),
        hint: None,
        wide: true,
        language: None,
        control: Control::Parts(parts),
    }
}

/// The notice in every language as forms.
pub(super) fn notices(draft: &Draft, faults: &Faults, words: Words) -> Vec<NoticeForm> {
    let form = |(at, notice): (usize, &Fields)| {
        let make = Maker { words, faults, fields: notice, prefix: format!("notices.{at}.") };
        let tag = notice.text("language").to_owned();
        let language = make.hinted(make.line("language", "label.language", 8), "hint.language");
        let part = |(field, _): (&str, &str)| {
            let label = format!("notice.{field}");
            let language = Some(tag.clone()).filter(|tag| tag.is_ascii() && !tag.is_empty());
            Field { language, ..make.lines(field, &label, 2) }
        };
        NoticeForm {
            anchor: format!("notices.{at}"),
            title: if tag.is_empty() {
                words.get("label.language").to_owned()
            } else {
                words.of("language", &tag)
            },
            fields: std::iter::once(language).chain(NOTICE_PARTS.map(part)).collect(),
            drop: Step {
                value: format!("drop_language.{at}"),
                label: words.get("act.drop_language").to_owned(),
                anchor: "notices".to_owned(),
            },
        }
    };
    draft.notices.iter().enumerate().map(form).collect()
}
