use serde_json::{Value, json};

use super::*;
use crate::client::products::faults::Faults;
use crate::words::Words;

fn item() -> Value {
    json!({
        "source": "account-aggregator",
        "kind": "financial_information",
        "title": "Bank accounts",
        "dataItems": ["Balances", "Transactions"],
        "terms": {
            "purpose": { "code": "103", "text": "Loan underwriting" },
            "consentMode": "STORE",
            "fetchType": "ONETIME",
            "consentTypes": ["PROFILE", "TRANSACTIONS"],
            "fiTypes": ["DEPOSIT", "GSTR1_3B"],
            "validFor": "P1M3D",
            "rangeBack": "P6M",
            "dataLife": { "unit": "MONTH", "value": 1 },
            "frequency": { "unit": "MONTH", "value": 2 },
            "dataFilter": [{ "type": "TRANSACTIONAMOUNT", "operator": ">=", "value": "5000" }],
        },
    })
}

fn bureau() -> Value {
    let mut bureau = item();
    bureau["source"] = "provider:sandbox-bureau".into();
    bureau["kind"] = "credit_bureau".into();
    bureau["terms"]["fiTypes"] = json!([]);
    bureau["terms"]["dataFilter"] = json!([]);
    bureau
}

fn notice() -> Value {
    let text = |purpose: &str| {
        json!({
            "purpose": purpose, "rights": "See it.", "withdrawal": "One tap.", "complaint": "The Board.",
            "grievanceContact": "a@b.example",
        })
    };
    json!({ "version": 2, "texts": { "en": text("A loan.\n\nFor a house."), "hi": text("ऋण") } })
}

fn draft() -> Draft {
    of_file("Loan", &[item(), bureau()], &notice()).unwrap()
}

fn read(draft: &Draft) -> (Content, Vec<(String, String)>) {
    let mut faults = Faults::none_yet(Words::default());
    let content = Content::of(draft, &mut faults);
    let found = faults.iter().map(|(field, said)| (field.to_owned(), said.to_owned())).collect();
    (content, found)
}

/// Text as browsers send it.
fn typed(text: &str) -> String {
    text.replace('\n', "\r\n")
}

/// What a browser would send of a draft.
fn pairs(draft: &Draft, wish: &str) -> Vec<(String, String)> {
    let mut pairs = vec![("do".to_owned(), wish.to_owned())];
    let mut all = |prefix: String, fields: &Fields| {
        for (name, values) in &fields.0 {
            pairs.extend(values.iter().map(|value| (format!("{prefix}{name}"), typed(value))));
        }
    };
    all(String::new(), &draft.head);
    for (at, item) in draft.items.iter().enumerate() {
        all(format!("items.{at}."), &item.fields);
        for (number, filter) in item.filters.iter().enumerate() {
            all(format!("items.{at}.filters.{number}."), filter);
        }
    }
    for (at, notice) in draft.notices.iter().enumerate() {
        all(format!("notices.{at}."), notice);
    }
    pairs
}

#[test]
fn a_version_goes_through_the_form_unchanged() {
    let (sent, wish) = Draft::of_form(pairs(&draft(), "save"));
    assert_eq!(wish, Wish::Save);
    let (content, faults) = read(&sent);
    assert_eq!(faults, []);
    let typed = |value: &Value| serde_json::from_value::<mpp_core::ProductItem>(value.clone()).unwrap();
    assert_eq!(content.items.iter().map(typed).collect::<Vec<_>>(), [typed(&item()), typed(&bureau())]);
    assert_eq!(content.notice, notice());
}

#[test]
fn items_filters_and_languages_are_added_and_taken_away() {
    let mut changed = draft();
    for (wish, items, filters, languages) in [
        ("add_item", 3, 1, 2),
        ("add_filter.0", 3, 2, 2),
        ("drop_filter.0.0", 3, 1, 2),
        ("add_language", 3, 1, 3),
        ("drop_language.0", 3, 1, 2),
        ("drop_item.1", 2, 1, 2),
        ("drop_item.7", 2, 1, 2),
        ("drop_filter.7.7", 2, 1, 2),
    ] {
        let (sent, wish) = Draft::of_form(pairs(&changed, wish));
        changed = sent;
        let Wish::Change(change) = wish else { panic!("{wish:?}") };
        changed.change(change);
        let counts = (changed.items.len(), changed.items[0].filters.len(), changed.notices.len());
        assert_eq!(counts, (items, filters, languages), "{change:?}");
    }
    assert_eq!(changed.items[0].fields.text("title"), "Bank accounts", "what was typed is still there");
    assert_eq!(changed.items[0].filters[0].text("value"), "", "the new filter stayed, the old one went");
}

#[test]
fn what_cannot_be_read_is_told_at_its_field_and_kept_as_typed() {
    let mut sent = pairs(&draft(), "save");
    for (name, text) in [
        ("name", " "),
        ("items.0.valid_months", "soon"),
        ("items.0.life", "1.5"),
        ("items.1.provider", "the bureau"),
        ("items.1.title", "<script>alert(1)</script>"),
        ("notices.1.language", "en"),
        ("notices.0.rights", ""),
    ] {
        sent.retain(|(known, _)| known != name);
        sent.push((name.to_owned(), text.to_owned()));
    }
    let (draft, _) = Draft::of_form(sent);
    let (content, faults) = read(&draft);
    let fields: Vec<&str> = faults.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "items.0.life",
            "items.0.valid",
            "items.1.provider",
            "name",
            "notices.0.rights",
            "notices.1.language"
        ]
    );
    assert_eq!(content.items, [Value::Null, Value::Null]);
    assert_eq!(draft.items[0].fields.text("valid_months"), "soon");
    assert_eq!(draft.items[1].fields.text("title"), "<script>alert(1)</script>");
}

#[test]
fn the_text_for_experts_is_taken_whole_or_not_at_all() {
    let mut sent = pairs(&draft(), "json");
    let text = json!({ "items": [bureau()], "notice": notice() }).to_string();
    sent.extend([("json".to_owned(), text), ("json_was".to_owned(), "{}".to_owned())]);
    sent.push(("product".to_owned(), "p".to_owned()));
    let (draft, wish) = Draft::of_form(sent);
    assert_eq!(wish, Wish::TakeJson);
    assert!(draft.json_changed());
    let taken = of_json(&draft).unwrap();
    assert_eq!((taken.items.len(), taken.head.text("product"), taken.head.text("name")), (1, "p", "Loan"));
    let (broken, _) = Draft::of_form(vec![("json".to_owned(), "{ not".to_owned())]);
    assert_eq!(of_json(&broken).unwrap_err().column(), 3);
}

#[test]
fn a_form_cannot_be_made_to_hold_without_end() {
    let far = [("items.4000000000.title", "x"), ("items.41.title", "x"), ("a.b.c.d.e.f", "x")];
    let far = far.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let (mut draft, _) = Draft::of_form(far.into());
    assert_eq!(draft.items.len(), 0);
    for _ in 0..100 {
        draft.change(Change::AddItem);
        draft.change(Change::AddLanguage);
    }
    assert_eq!((draft.items.len(), draft.notices.len()), (MOST, MOST));
}

/// What a browser sends of a form that shows a draft, with other text in some of its fields.
fn sent_after(shown: &Draft, wish: &str, changed: &[(&str, &str)]) -> Draft {
    let (json, json_was) = shown_json(shown, &read(shown).0);
    let mut sent = pairs(shown, wish);
    let around = [("json", json.as_str()), ("json_was", &json_was)];
    for (name, text) in around.iter().chain(changed) {
        sent.retain(|(known, _)| known != name);
        sent.push(((*name).to_owned(), typed(text)));
    }
    Draft::of_form(sent).0
}

fn taken(draft: Draft) -> (Draft, Vec<String>) {
    let mut faults = Faults::none_yet(Words::default());
    let draft = take_json(draft, &mut faults, Words::default());
    (draft, faults.of("json"))
}

/// A text for experts: one item where the draft has two.
fn shorter() -> String {
    serde_json::to_string_pretty(&json!({ "items": [bureau()], "notice": notice() })).unwrap()
}

#[test]
fn text_typed_for_experts_is_kept_whatever_is_added_or_taken_away() {
    let half = [("json", "{\n  half")];
    for change in [Change::AddItem, Change::AddLanguage, Change::DropItem(0), Change::AddFilter(0)] {
        let mut written = sent_after(&draft(), "check", &half);
        written.change(change);
        let (json, json_was) = shown_json(&written, &read(&written).0);
        assert_eq!((json.as_str(), json_was), (half[0].1, shown_json(&draft(), &read(&draft()).0).1));
        let mut unwritten = sent_after(&draft(), "check", &[]);
        unwritten.change(change);
        let said = json_text(&read(&unwritten).0);
        assert_eq!(shown_json(&unwritten, &read(&unwritten).0), (said.clone(), said), "{change:?}");
    }
}

#[test]
fn the_text_for_experts_takes_the_place_of_fields_that_are_as_they_were() {
    let (after, faults) = taken(sent_after(&draft(), "json", &[("json", &shorter())]));
    assert_eq!((after.items.len(), faults), (1, Vec::new()));
}

#[test]
fn fields_changed_meanwhile_are_overwritten_only_when_it_is_wished_once_more() {
    let shorter = shorter();
    let changed = [("json", shorter.as_str()), ("items.0.title", "All accounts")];
    let (kept, faults) = taken(sent_after(&draft(), "json", &changed));
    assert_eq!(faults, [Words::default().of("fault", "fields_changed")]);
    assert_eq!((kept.items.len(), kept.items[0].fields.text("title")), (2, "All accounts"));
    assert_eq!(kept.head.text("json"), shorter);
    let (after, faults) = taken(sent_after(&kept, "json", &[]));
    assert_eq!((after.items.len(), faults), (1, Vec::new()));
}

#[test]
fn fields_that_alone_were_changed_are_not_overwritten() {
    let (kept, faults) = taken(sent_after(&draft(), "json", &[("items.0.title", "All accounts")]));
    assert_eq!(faults.len(), 1);
    let (json, _) = shown_json(&kept, &read(&kept).0);
    assert!(json.contains("All accounts"), "the text says what the fields say: {json}");
}
