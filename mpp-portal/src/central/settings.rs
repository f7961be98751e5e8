//! What the configuration says.

use axum::response::Response;
use mpp_api::central::SettingView;

use crate::signed::Signed;
use crate::templates::{Answer, SheetPage};
use crate::view::{Cell, Sheet, Table};

/// The page.
pub(super) async fn show(signed: Signed) -> Response {
    let settings = match signed.operator().settings().await {
        Ok(settings) => settings,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let row = |setting: &SettingView| {
        vec![Cell::text(words.of("setting", &setting.name)), Cell::text(setting.value.as_str())]
    };
    let sheet = Sheet {
        lead: words.get("lead.settings").to_owned(),
        here: "/portal/settings",
        filters: Vec::new(),
        table: Table {
            caption: words.get("nav.settings").to_owned(),
            columns: ["col.setting", "col.value"].map(|name| words.get(name).to_owned()).to_vec(),
            rows: settings.iter().map(row).collect(),
            empty: String::new(),
        },
        next: None,
        export: None,
        views: None,
        add: None,
    };
    SheetPage { frame: signed.frame("/settings", words.get("nav.settings")), sheet }.show()
}
