//! Filters of lists that somebody keeps under a name. Only pages of the menu, lists and filters written anew are
//! ever led to.

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use mpp_api::desk::{RenameView, SaveView, SavedViewView};
use serde::Deserialize;
use url::form_urlencoded::{Serializer, parse};

use crate::portal::{Kind, PREFIX};
use crate::signed::Signed;
use crate::trouble::Trouble;
use crate::view::{Sheet, View, Views};

/// What is posted: a view, or the place to come back to.
#[derive(Deserialize)]
pub(super) struct ViewForm {
    page: String,
    query: String,
    #[serde(default)]
    name: String,
}

impl ViewForm {
    /// The place within the portal to come back to.
    fn place(&self, signed: &Signed) -> String {
        place(signed.portal.kind, &self.page, &self.query)
    }

    /// Leads back, or says what is wrong.
    fn answer(&self, signed: &Signed, outcome: Result<(), mpp_api::ApiError>, done: &str) -> Response {
        match outcome {
            Ok(()) => signed.lead_to(&self.place(signed), done),
            // page and query are of our own making, so it is the name that is not right
            Err(error) if error.code() == Some("invalid_request") => {
                let said = error.to_string();
                Trouble::Refused { code: "view_name".to_owned(), said }.answer(signed)
            }
            Err(error) => signed.refused(&error),
        }
    }
}

/// The list with this filter, the overview when it is none of ours. Some lists are no entry of the menu.
fn place(kind: &Kind, page: &str, query: &str) -> String {
    let entries = kind.nav.iter().map(|(entry, _)| entry.href);
    let lists = kind.lists.iter().filter(|list| list.has_page).map(|list| list.path);
    let known = entries.chain(lists).find(|known| *known == page);
    known.map_or_else(|| "/".to_owned(), |page| address(page, query))
}

fn address(page: &str, query: &str) -> String {
    let query = written_anew(query);
    if query.is_empty() { page.to_owned() } else { format!("{page}?{query}") }
}

fn written_anew(query: &str) -> String {
    let pairs = parse(query.as_bytes()).filter(|(name, value)| !value.is_empty() && name.as_ref() != "done");
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Keeps the present filter.
pub(super) async fn save(signed: Signed, Form(form): Form<ViewForm>) -> Response {
    let body = SaveView { page: form.page.clone(), name: form.name.clone(), query: form.query.clone() };
    let saved = signed.desk().save_view(&body).await;
    form.answer(&signed, saved, "view_saved")
}

/// Gives a view another name.
pub(super) async fn rename(
    signed: Signed,
    Path(number): Path<String>,
    Form(form): Form<ViewForm>,
) -> Response {
    let Ok(number) = number.parse() else { return Trouble::NotFound.answer(&signed) };
    let renamed = signed.desk().rename_view(number, &RenameView { name: form.name.clone() }).await;
    form.answer(&signed, renamed, "view_renamed")
}

/// Removes a view.
pub(super) async fn remove(
    signed: Signed,
    Path(number): Path<String>,
    Form(form): Form<ViewForm>,
) -> Response {
    let Ok(number) = number.parse() else { return Trouble::NotFound.answer(&signed) };
    let removed = signed.desk().remove_view(number).await;
    form.answer(&signed, removed, "view_removed")
}

impl Signed {
    /// The list with the person's own views of it. Without them when they cannot be read: the rows matter more.
    pub(crate) async fn with_views(&self, mut sheet: Sheet) -> Sheet {
        let page = sheet.here.strip_prefix(PREFIX).unwrap_or(sheet.here);
        match self.desk().views().await {
            Ok(kept) => sheet.views = Some(views_of(page, sheet.query(), kept)),
            Err(error) => tracing::warn!(%error, "saved views could not be read"),
        }
        sheet
    }
}

fn views_of(page: &str, query: String, kept: Vec<SavedViewView>) -> Views {
    let view = |view: SavedViewView| View {
        number: view.number,
        href: format!("{PREFIX}{}", address(page, &view.query)),
        here: view.query == query,
        name: view.name,
    };
    let own = kept.into_iter().filter(|view| view.page == page).map(view).collect();
    Views { page: page.to_owned(), query, own }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_leads_to_its_own_page_whatever_was_kept() {
        let kept = |page: &str, query: &str| SavedViewView {
            number: 1,
            page: page.to_owned(),
            name: "x".to_owned(),
            query: query.to_owned(),
        };
        let bad = "a=\"><script>&x=\r\nSet-Cookie: y#//evil.example";
        let all =
            vec![kept("/requests", "status=placed"), kept("//evil.example", "a=1"), kept("/requests", bad)];
        let views = views_of("/requests", "status=placed".to_owned(), all);
        let led: Vec<_> = views.own.iter().map(|view| (view.href.as_str(), view.here)).collect();
        let anew = "/portal/requests?a=%22%3E%3Cscript%3E&x=%0D%0ASet-Cookie%3A+y%23%2F%2Fevil.example";
        assert_eq!(led, [("/portal/requests?status=placed", true), (anew, false)]);
    }
}
