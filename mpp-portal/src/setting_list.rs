//! What the configuration says, as both portals show it.

use axum::response::Response;

use crate::moment;
use crate::signed::Signed;
use crate::templates::{Answer, SheetPage};
use crate::view::{Cell, Sheet, Table};

/// The page of these settings, each a name and a value.
pub(crate) fn settings_page(
    signed: &Signed,
    lead: &str,
    settings: impl Iterator<Item = (String, String)>,
) -> Response {
    let words = signed.words;
    let sheet = Sheet {
        lead: lead.to_owned(),
        here: "/portal/settings",
        filters: Vec::new(),
        table: Table {
            caption: words.get("nav.settings").to_owned(),
            columns: ["col.setting", "col.value"].map(|name| words.get(name).to_owned()).to_vec(),
            rows: settings
                .map(|(name, value)| {
                    vec![Cell::text(words.of("setting", &name)), shown(signed, &name, &value)]
                })
                .collect(),
            empty: String::new(),
        },
        next: None,
        export: None,
        views: None,
        add: None,
    };
    SheetPage { frame: signed.frame("/settings", words.get("nav.settings")), sheet }.show()
}

/// A value as people say it: sizes with their unit, yes and no.
fn shown(signed: &Signed, name: &str, value: &str) -> Cell {
    let words = signed.words;
    match (value, value.parse()) {
        ("true", _) => Cell::text(words.get("label.yes")),
        ("false", _) => Cell::text(words.get("label.no")),
        (_, Ok(size)) if name.ends_with("_bytes") => Cell::text(moment::bytes(size)),
        _ => Cell::text(value),
    }
}
