//! Finding a case by what people have in hand.

use axum::Form;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::cases::name;
use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, SheetPage};
use crate::view::{Sheet, Table};

/// What is looked for.
#[derive(Deserialize)]
pub(super) struct FindForm {
    text: String,
}

/// Leads to the case, or says that there is none.
pub(super) async fn find(signed: Signed, Form(form): Form<FindForm>) -> Response {
    let found = match signed.staff().find_case(&form.text).await {
        Ok(found) => found,
        Err(error) => return signed.refused(&error),
    };
    if let Some(found) = found.items.first() {
        return Redirect::to(&format!("{PREFIX}/cases/{}", name(&found.case.case_ref))).into_response();
    }
    let words = signed.words;
    let sheet = Sheet {
        lead: String::new(),
        here: "/portal/find",
        filters: Vec::new(),
        table: Table {
            caption: words.get("title.nothing_found").to_owned(),
            columns: Vec::new(),
            rows: Vec::new(),
            empty: words.get("empty.found_case").to_owned(),
        },
        next: None,
        export: None,
        views: None,
        add: None,
    };
    SheetPage { frame: signed.frame("", words.get("title.nothing_found")), sheet }.show()
}
