//! What stands in the form of a product: text as it was typed, whatever it is.

mod content;
mod experts;
mod lines;

use std::collections::BTreeMap;

pub(super) use content::{Content, NOTICE_PARTS, code, of_file};
use content::{json_text, of_json};
pub(super) use experts::{shown_json, take_json};
pub(super) use lines::lines;

/// How many items, languages or filters a form has at most.
const MOST: usize = 40;

/// Fields by name, each with what was typed or ticked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields(BTreeMap<String, Vec<String>>);

impl Fields {
    /// The text of a field, without what stands around it; empty where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.all(name).first().map_or("", |text| text.trim())
    }

    /// Everything that is ticked.
    pub(super) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).iter().any(|one| one == value)
    }

    fn add(&mut self, name: &str, value: String) {
        self.0.entry(name.to_owned()).or_default().push(value);
    }

    fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.add(name, value.to_string());
        self
    }
}

/// An item with the filters of its transactions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ItemDraft {
    pub(super) fields: Fields,
    pub(super) filters: Vec<Fields>,
}

/// A product as it stands in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Draft {
    /// What stands outside items and languages.
    pub(super) head: Fields,
    pub(super) items: Vec<ItemDraft>,
    pub(super) notices: Vec<Fields>,
}

/// What is to be done with a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// Keep it.
    Save,
    /// Say what is wrong with it.
    Check,
    /// Put the text for experts into the fields.
    TakeJson,
    /// Show it with one more or fewer of something.
    Change(Change),
}

/// One more or fewer of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    AddItem,
    DropItem(usize),
    AddFilter(usize),
    DropFilter(usize, usize),
    AddLanguage,
    DropLanguage(usize),
}

impl Draft {
    /// The draft a form was sent with, and what is to be done.
    pub(super) fn of_form(pairs: Vec<(String, String)>) -> (Self, Wish) {
        let mut head = Fields::default();
        let mut items: BTreeMap<usize, (Fields, BTreeMap<usize, Fields>)> = BTreeMap::new();
        let mut notices: BTreeMap<usize, Fields> = BTreeMap::new();
        for (name, value) in pairs {
            // browsers send line ends as CR LF
            let value = value.replace("\r\n", "\n");
            match *name.split('.').collect::<Vec<_>>().as_slice() {
                [field] => head.add(field, value),
                ["items", at, field] => {
                    if let Some(at) = place(at) {
                        items.entry(at).or_default().0.add(field, value);
                    }
                }
                ["items", at, "filters", filter, field] => {
                    if let (Some(at), Some(filter)) = (place(at), place(filter)) {
                        items.entry(at).or_default().1.entry(filter).or_default().add(field, value);
                    }
                }
                ["notices", at, field] => {
                    if let Some(at) = place(at) {
                        notices.entry(at).or_default().add(field, value);
                    }
                }
                _ => {}
            }
        }
        let item = |(fields, filters): (Fields, BTreeMap<usize, Fields>)| ItemDraft {
            fields,
            filters: filters.into_values().collect(),
        };
        let items = items.into_values().map(item).collect();
        let wish = wish(head.text("do"));
        (Self { head, items, notices: notices.into_values().collect() }, wish)
    }

    /// The form of a new product: one item and the English notice, with terms most products have.
    pub(super) fn fresh() -> Self {
        Self {
            head: Fields::default().with("notice_version", 1),
            items: vec![fresh_item()],
            notices: vec![Fields::default().with("language", "en")],
        }
    }

    /// The draft with one more or fewer of something.
    pub(super) fn change(&mut self, change: Change) {
        match change {
            Change::AddItem if self.items.len() < MOST => self.items.push(fresh_item()),
            Change::AddLanguage if self.notices.len() < MOST => {
                self.notices.push(Fields::default().with("language", ""));
            }
            Change::AddFilter(at) => {
                if let Some(item) = self.items.get_mut(at).filter(|item| item.filters.len() < MOST) {
                    item.filters.push(fresh_filter());
                }
            }
            Change::DropItem(at) if at < self.items.len() => drop(self.items.remove(at)),
            Change::DropLanguage(at) if at < self.notices.len() => drop(self.notices.remove(at)),
            Change::DropFilter(at, filter) => {
                if let Some(item) = self.items.get_mut(at).filter(|item| filter < item.filters.len()) {
                    item.filters.remove(filter);
                }
            }
            Change::AddItem | Change::AddLanguage | Change::DropItem(_) | Change::DropLanguage(_) => {}
        }
    }

    /// Whether somebody wrote into the text for experts since it was shown.
    pub(super) fn json_changed(&self) -> bool {
        self.head.text("json") != self.head.text("json_was")
    }

    /// The same draft, where the text for experts that was typed is known to differ from what the fields say: `json`.
    pub(super) fn beside(mut self, json: String) -> Self {
        if self.json_changed() {
            self.head.0.insert("json_was".to_owned(), vec![json]);
        }
        self
    }

    /// The same draft as the next version after another one.
    pub(super) fn based_on(mut self, product: impl ToString, version: u32) -> Self {
        self.head.0.insert("product".to_owned(), vec![product.to_string()]);
        self.head.0.insert("base".to_owned(), vec![version.to_string()]);
        self
    }
}

fn place(text: &str) -> Option<usize> {
    text.parse().ok().filter(|at| *at < MOST)
}

fn fresh_item() -> ItemDraft {
    let fields = Fields::default()
        .with("kind", "financial_information")
        .with("purpose", "103")
        .with("mode", "STORE")
        .with("fetch", "ONETIME")
        .with("part", "PROFILE")
        .with("part", "SUMMARY")
        .with("part", "TRANSACTIONS")
        .with("valid_days", 14)
        .with("range_months", 12)
        .with("life", 1)
        .with("life_unit", "MONTH")
        .with("times", 1)
        .with("times_unit", "MONTH");
    ItemDraft { fields, filters: Vec::new() }
}

/// As browsers show one of which nothing is chosen yet.
fn fresh_filter() -> Fields {
    Fields::default().with("kind", "TRANSACTIONTYPE").with("operator", "=").with("value", "")
}

fn wish(text: &str) -> Wish {
    let change = |change| Wish::Change(change);
    match *text.split('.').collect::<Vec<_>>().as_slice() {
        ["save"] => Wish::Save,
        ["json"] => Wish::TakeJson,
        ["add_item"] => change(Change::AddItem),
        ["add_language"] => change(Change::AddLanguage),
        ["drop_item", at] => place(at).map_or(Wish::Check, |at| change(Change::DropItem(at))),
        ["add_filter", at] => place(at).map_or(Wish::Check, |at| change(Change::AddFilter(at))),
        ["drop_language", at] => place(at).map_or(Wish::Check, |at| change(Change::DropLanguage(at))),
        ["drop_filter", at, filter] => match (place(at), place(filter)) {
            (Some(at), Some(filter)) => change(Change::DropFilter(at, filter)),
            _ => Wish::Check,
        },
        _ => Wish::Check,
    }
}

#[cfg(test)]
mod tests;
