use std::collections::BTreeSet;
use std::path::Path;

use super::*;

/// Every source and template of the crate, as one text.
fn sources() -> String {
    fn gather(folder: &Path, into: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                gather(&path, into);
            } else if path.extension().is_some_and(|ending| ending == "rs" || ending == "html") {
                into.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    gather(&root.join("src"), &mut text);
    gather(&root.join("templates"), &mut text);
    text
}

fn names(texts: &Texts) -> BTreeSet<&'static str> {
    texts.keys().copied().collect()
}

/// Families whose names are built from codes of the interface.
const FAMILIES: &[&str] = &[
    "actor.",
    "audited.",
    "csv.",
    "row.",
    "breach.",
    "unreadable.",
    "change.",
    "fault.",
    "filter_kind.",
    "language.",
    "line_fault.",
    "mode.",
    "notice.",
    "part.",
    "per.",
    "purpose.",
    "sort.",
    "setting.",
    "every.",
    "export_end.",
    "fetch.",
    "kind.",
    "done.",
    "key.",
    "key_standing.",
    "scope.",
    "form.",
    "status.",
    "role.",
    "quality.",
    "reason.",
    "refusal.",
    "activity.",
    "sealed_by.",
    "step.",
    "unit.",
    "outcome.",
    "told.",
    "answer.",
    "problem.",
    "queue.",
    "decision.",
    "found.",
    "standing.",
];

#[test]
fn every_language_that_is_offered_has_every_text_and_no_other() {
    let english = names(Language::English.texts());
    assert!(Language::offered().starts_with(&[Language::English, Language::Hindi]), "both are complete");
    for language in Language::offered() {
        let texts = language.texts();
        assert_eq!(english.difference(&names(texts)).collect::<Vec<_>>(), Vec::<&&str>::new(), "missing");
        assert_eq!(names(texts).difference(&english).collect::<Vec<_>>(), Vec::<&&str>::new(), "too much");
        for (name, text) in texts {
            let places = |text: &str| text.matches("{}").count();
            assert_eq!(places(text), places(Language::English.texts()[name]), "{name}");
        }
    }
}

#[test]
fn a_language_without_every_text_is_not_offered_and_speaks_english_where_it_has_none() {
    assert!(!Language::offered().contains(&Language::Tamil), "then this test wants another language");
    assert_eq!(Language::of_tag("ta"), None);
    assert_eq!(Words(Language::Tamil).get("nav.cases"), "Consent requests");
    assert_eq!((Language::Tamil.tag(), Language::Tamil.own_name()), ("ta", "தமிழ்"));
}

/// Texts whose numbers are bounds, and never one.
const MANY: &[&str] = &[
    "hint.upload_limit",
    "label.document_cut",
    "label.first_rows",
    "label.first_rows_compared",
    "label.most_rows",
    "unreadable.too_many_rows",
];

/// Words that follow a value and end like a plural.
const NO_PLURALS: &[&str] = &["as", "has", "is", "was", "shows", "occurs"];

#[test]
fn no_number_stands_before_a_plural_and_those_of_figures_stand_before_a_label() {
    for (name, text) in Language::English.texts() {
        let behind =
            text.split("{} ").skip(1).filter_map(|rest| rest.split([' ', '.', ',', ':', ';']).next());
        let plural = behind.filter(|word| word.ends_with('s') && !NO_PLURALS.contains(word)).count();
        assert!(plural == 0 || MANY.contains(name), "{name} = {text}");
        let is_label = text.starts_with(char::is_uppercase);
        assert!(!name.starts_with("figure.") || is_label, "{name} = {text}");
    }
}

/// Whether a quoted piece of source looks like the name of a text.
fn is_name(piece: &str, first_words: &BTreeSet<&str>) -> bool {
    let plain = !piece.ends_with(".html")
        && piece.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_'));
    plain
        && piece.split_once('.').is_some_and(|(first, rest)| first_words.contains(first) && !rest.is_empty())
}

#[test]
fn every_text_is_used_and_every_use_has_a_text() {
    let sources = sources();
    let known = names(Language::English.texts());
    let first_words: BTreeSet<&str> = known.iter().filter_map(|name| name.split('.').next()).collect();
    let used: BTreeSet<&str> = sources.split('"').filter(|piece| is_name(piece, &first_words)).collect();
    let missing: Vec<_> = used.iter().filter(|name| !known.contains(**name)).collect();
    assert_eq!(missing, Vec::<&&str>::new(), "used and not there");
    let family = |name: &str| FAMILIES.iter().any(|family| name.starts_with(family));
    let idle: Vec<_> = known.iter().filter(|name| !family(name) && !used.contains(**name)).collect();
    assert_eq!(idle, Vec::<&&str>::new(), "there and not used");
}

#[test]
fn a_browser_gets_the_language_it_asks_for() {
    for (asked, got) in [
        ("hi-IN,hi;q=0.9,en;q=0.8", Language::Hindi),
        ("en-GB", Language::English),
        ("fr, hi;q=0.5", Language::Hindi),
        ("fr", Language::English),
        ("ta, hi;q=0.5", Language::Hindi),
        ("", Language::English),
    ] {
        let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, asked.parse().unwrap())]);
        assert_eq!(Language::wanted(&headers), got, "{asked}");
    }
}
