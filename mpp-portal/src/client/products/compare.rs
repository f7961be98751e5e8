//! Two versions of a product beside each other: what was added, taken away and changed, in words.

use axum::extract::Path;
use axum::response::Response;
use mpp_api::client::{ProductFileView, ProductView};
use mpp_core::{Notice, NoticeText, ProductId, ProductItem};
use serde::Deserialize;

use super::draft::code;
use super::seen;
use crate::portal::PREFIX;
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, ChangeGroup, ChangeRow, ComparePage, Piece};
use crate::trouble::Trouble;
use crate::view::{Choice, Tone};
use crate::words::Words;

/// Which versions.
#[derive(Debug, Default, Deserialize)]
pub(in crate::client) struct Pair {
    from: Option<u32>,
    to: Option<u32>,
}

/// The page; without a wish, the newest version beside the one before it.
pub(in crate::client) async fn compare(
    signed: Signed,
    Path(id): Path<String>,
    Filters(pair): Filters<Pair>,
) -> Response {
    let Ok(id) = id.parse::<ProductId>() else { return Trouble::NotFound.answer(&signed) };
    let versions = match signed.staff().product_versions(id).await {
        Ok(versions) => versions,
        Err(error) => return signed.refused(&error),
    };
    let to = pair.to.or_else(|| versions.last().map(|newest| newest.version)).unwrap_or(1);
    let before = versions.iter().rev().map(|version| version.version).find(|version| *version < to);
    let from = pair.from.or(before).unwrap_or(to);
    let files = (signed.staff().product(id, from).await, signed.staff().product(id, to).await);
    let (from, to) = match files {
        (Ok(from), Ok(to)) => (from, to),
        (Err(error), _) | (_, Err(error)) => return signed.refused(&error),
    };
    page(&signed, &versions, &from, &to)
}

fn page(signed: &Signed, versions: &[ProductView], from: &ProductFileView, to: &ProductFileView) -> Response {
    let words = signed.words;
    let groups = differences(from, to, words);
    let count = groups.iter().flat_map(|group| &group.rows).filter(|row| row.differs).count();
    let lead = match (from.version == to.version, count) {
        (true, _) => words.get("lead.compare_same_version").to_owned(),
        (false, 0) => words.get("lead.compare_nothing").to_owned(),
        (false, count) => words.with("lead.compare", count),
    };
    let (changed, same) = split(groups);
    let page = ComparePage {
        frame: signed.frame("/products", &words.with("title.compare", &to.name)),
        lead,
        back: format!("{PREFIX}/products/{}/{}", to.product_id, to.version),
        action: format!("{PREFIX}/products/{}/compare", to.product_id),
        from: choices(versions, from.version, words),
        to: choices(versions, to.version, words),
        columns: [from, to].map(|file| version_of(file, words)).into(),
        changed,
        same,
    };
    page.show()
}

pub(super) fn version_of(file: &ProductFileView, words: Words) -> String {
    words.with("label.version_by", file.version).replacen("{}", file.author.as_str(), 1)
}

fn choices(versions: &[ProductView], chosen: u32, words: Words) -> Vec<Choice> {
    let choice = |version: &ProductView| Choice {
        value: version.version.to_string(),
        label: format!("{} · {}", version.version, words.of("status", &version.state)),
        chosen: version.version == chosen,
    };
    versions.iter().map(choice).collect()
}

/// What differs and what does not, each under its heading.
fn split(groups: Vec<ChangeGroup>) -> (Vec<ChangeGroup>, Vec<ChangeGroup>) {
    let only = |differs: bool| {
        let groups = groups.iter().map(|group| ChangeGroup {
            title: group.title.clone(),
            rows: group.rows.iter().filter(|row| row.differs == differs).cloned().collect(),
        });
        groups.filter(|group| !group.rows.is_empty()).collect()
    };
    (only(true), only(false))
}

/// What differs only.
pub(super) fn changes(from: &ProductFileView, to: &ProductFileView, words: Words) -> Vec<ChangeGroup> {
    split(differences(from, to, words)).0
}

/// Something a version says.
struct Said {
    /// What it belongs to: the product as a whole, an item by its source, or the notice in a language.
    group: String,
    label: String,
    values: Vec<String>,
}

fn differences(from: &ProductFileView, to: &ProductFileView, words: Words) -> Vec<ChangeGroup> {
    let (before, after) = (said(from, words), said(to, words));
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for one in before.iter().chain(&after) {
        match groups.iter_mut().find(|(group, _)| *group == one.group) {
            None => groups.push((one.group.clone(), vec![one.label.clone()])),
            Some((_, labels)) if !labels.contains(&one.label) => labels.push(one.label.clone()),
            Some(_) => {}
        }
    }
    let values = |said: &[Said], group: &str, label: &str| {
        let found = said.iter().find(|one| one.group == group && one.label == label);
        found.map(|one| one.values.clone()).unwrap_or_default()
    };
    let group = |(title, labels): (String, Vec<String>)| {
        let row = |label: String| {
            let (before, after) = (values(&before, &title, &label), values(&after, &title, &label));
            row(label, &before, &after, words)
        };
        ChangeGroup { rows: labels.into_iter().map(row).collect(), title: title.clone() }
    };
    groups.into_iter().map(group).collect()
}

fn row(label: String, before: &[String], after: &[String], words: Words) -> ChangeRow {
    let (what, tone) = match (before.is_empty(), after.is_empty()) {
        _ if before == after => ("same", Tone::Plain),
        (true, _) => ("added", Tone::Good),
        (_, true) => ("removed", Tone::Bad),
        (false, false) => ("changed", Tone::Waiting),
    };
    let pieces = |values: &[String], other: &[String]| {
        let piece = |text: &String| Piece { text: text.clone(), only_here: !other.contains(text) };
        values.iter().map(piece).collect()
    };
    ChangeRow {
        label,
        what: words.of("change", what),
        tone: tone.class(),
        differs: before != after,
        before: pieces(before, after),
        after: pieces(after, before),
    }
}

/// Everything a version says, in the order of the form.
fn said(file: &ProductFileView, words: Words) -> Vec<Said> {
    let whole = words.get("col.product");
    let mut all = vec![one(whole, words.get("col.name"), file.name.clone())];
    let items = file.items.iter().filter_map(|item| serde_json::from_value(item.clone()).ok());
    items.for_each(|item: ProductItem| said_of_item(&item, words, &mut all));
    if let Ok(notice) = serde_json::from_value::<Notice>(file.notice.clone()) {
        all.push(one(whole, words.get("label.notice"), notice.version.to_string()));
        for (tag, text) in &notice.texts {
            let group = format!("{} · {}", words.get("caption.notice"), words.of("language", tag.as_str()));
            all.extend(
                parts(text).map(|(name, part)| one(&group, &words.of("notice", name), part.to_owned())),
            );
        }
    }
    all
}

fn one(group: &str, label: &str, value: String) -> Said {
    Said { group: group.to_owned(), label: label.to_owned(), values: vec![value] }
}

fn parts(text: &NoticeText) -> impl Iterator<Item = (&'static str, &str)> {
    [
        ("purpose", text.purpose.as_str()),
        ("rights", &text.rights),
        ("withdrawal", &text.withdrawal),
        ("complaint", &text.complaint),
        ("contact", &text.grievance_contact),
    ]
    .into_iter()
}

fn said_of_item(item: &ProductItem, words: Words, all: &mut Vec<Said>) {
    let group = item.source.to_string();
    let terms = &item.terms;
    let mut several = |label: &str, values: Vec<String>| {
        all.push(Said { group: group.clone(), label: words.get(label).to_owned(), values });
    };
    several("label.item_title", vec![item.title.clone()]);
    several("label.sort", vec![words.of("sort", &code(&item.kind))]);
    several("label.item_data", item.data_items.clone());
    several("label.purpose_code", vec![words.of("purpose", terms.purpose.code.code())]);
    for (label, value) in seen::terms(item, words).into_iter().filter(|(label, _)| *label != "term.kinds") {
        several(label, vec![value]);
    }
    several("label.mode", vec![words.of("mode", &code(&terms.consent_mode))]);
    several("label.parts", terms.consent_types.iter().map(|part| words.of("part", &code(part))).collect());
    several("term.kinds", terms.fi_types.iter().map(|kind| words.of("kind", &code(kind))).collect());
    several("caption.filters", terms.data_filter.iter().map(|one| seen::filter(one, words)).collect());
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn file(version: u32, items: Value, purpose: &str) -> ProductFileView {
        let texts = json!({ "en": {
            "purpose": purpose, "rights": "r", "withdrawal": "w", "complaint": "c", "grievanceContact": "g",
        } });
        let view = json!({
            "productId": "00000000-0000-4000-8000-000000000000", "version": version, "name": "Loan",
            "state": "draft", "author": "asha", "published": false, "items": items,
            "notice": { "version": 1, "texts": texts },
        });
        serde_json::from_value(view).unwrap()
    }

    fn item(source: &str, data: &[&str], life: u32) -> Value {
        json!({
            "source": source, "kind": "other", "title": "Data", "dataItems": data,
            "terms": {
                "purpose": { "code": "103", "text": "A loan" }, "consentMode": "STORE", "fetchType": "ONETIME",
                "consentTypes": ["PROFILE"], "validFor": "P1M", "rangeBack": "P6M",
                "dataLife": { "unit": "MONTH", "value": life }, "frequency": { "unit": "MONTH", "value": 1 },
            },
        })
    }

    fn told(from: &ProductFileView, to: &ProductFileView) -> Vec<(String, String, String)> {
        let groups = changes(from, to, Words::default());
        let row = |(title, row): (String, ChangeRow)| (title, row.label, row.what);
        let rows = groups.into_iter().flat_map(|group| {
            let title = group.title;
            group.rows.into_iter().map(move |row| (title.clone(), row))
        });
        rows.map(row).collect()
    }

    #[test]
    fn nothing_differs_from_itself() {
        let one = file(1, json!([item("provider:a", &["x"], 1)]), "why");
        assert_eq!(told(&one, &one), []);
    }

    #[test]
    fn what_was_changed_is_told_by_term_and_what_of_a_list_is_new_is_marked() {
        let from = file(1, json!([item("provider:a", &["x", "y"], 1)]), "why");
        let to = file(2, json!([item("provider:a", &["x", "z"], 2)]), "why else");
        let texts = |triples: &[(&str, &str, &str)]| -> Vec<(String, String, String)> {
            triples.iter().map(|(a, b, c)| ((*a).into(), (*b).into(), (*c).into())).collect()
        };
        let expected = texts(&[
            ("provider:a", "What data, in words for the customer", "changed"),
            ("provider:a", "Kept for", "changed"),
            ("Notice · English (en)", "What the data is for", "changed"),
        ]);
        assert_eq!(told(&from, &to), expected);
        let data = &changes(&from, &to, Words::default())[0].rows[0];
        let marked = |pieces: &[Piece]| {
            pieces.iter().map(|piece| (piece.text.clone(), piece.only_here)).collect::<Vec<_>>()
        };
        assert_eq!(marked(&data.before), [("x".into(), false), ("y".into(), true)]);
        assert_eq!(marked(&data.after), [("x".into(), false), ("z".into(), true)]);
    }

    #[test]
    fn an_item_more_or_fewer_is_added_or_removed_whole() {
        let small = file(1, json!([item("provider:a", &["x"], 1)]), "why");
        let large = file(2, json!([item("provider:a", &["x"], 1), item("provider:b", &["x"], 1)]), "why");
        let added = told(&small, &large);
        assert!(
            added.len() >= 10
                && added.iter().all(|(group, _, what)| group == "provider:b" && what == "added")
        );
        assert!(
            told(&large, &small).iter().all(|(group, _, what)| group == "provider:b" && what == "removed")
        );
    }
}
