//! Filters of lists that somebody keeps under a name: everybody their own.

use axum::Json;
use axum::extract::{Path, State};
use mpp_api::desk::{RenameView, SaveView, SavedViewView};
use mpp_staff::SavedView;
use url::form_urlencoded::{Serializer, parse};

use super::{Reception, StaffCaller, refusal};
use crate::http::{JsonBody, Refusal, RouteGroup};

/// More filters than any page has.
const MOST_FILTERS: usize = 20;
/// What stands in an address beside filters: where a list goes on, and what went well a moment ago.
const NO_FILTERS: [&str; 3] = ["after", "before", "done"];

pub(super) fn group<A: Copy>(group: RouteGroup<Reception, A>) -> RouteGroup<Reception, A> {
    group
        .get("/v1/desk/views", "The caller's saved views", views)
        .post("/v1/desk/views", "Saves the filters of a list under a name", save)
        .post("/v1/desk/views/{number}/rename", "Renames a saved view", rename)
        .post("/v1/desk/views/{number}/remove", "Removes a saved view", remove)
}

async fn views(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
) -> Result<Json<Vec<SavedViewView>>, Refusal> {
    let views = reception.desk.saved_views(&person.id).await.map_err(|error| refusal(&error))?;
    Ok(Json(views.into_iter().map(view).collect()))
}

async fn save(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    JsonBody(body): JsonBody<SaveView>,
) -> Result<Json<()>, Refusal> {
    let query = filters(&body.query)?;
    let saved = reception.desk.save_view(&person.id, &body.page, &body.name, &query).await;
    saved.map(Json).map_err(|error| refusal(&error))
}

async fn rename(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    Path(number): Path<String>,
    JsonBody(body): JsonBody<RenameView>,
) -> Result<Json<()>, Refusal> {
    let renamed = reception.desk.rename_view(&person.id, numbered(&number)?, &body.name).await;
    renamed.map(Json).map_err(|error| refusal(&error))
}

async fn remove(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    Path(number): Path<String>,
) -> Result<Json<()>, Refusal> {
    let removed = reception.desk.remove_view(&person.id, numbered(&number)?).await;
    removed.map(Json).map_err(|error| refusal(&error))
}

fn numbered(text: &str) -> Result<u32, Refusal> {
    text.parse().map_err(|_| Refusal::not_found())
}

fn view(view: SavedView) -> SavedViewView {
    SavedViewView { number: view.number, page: view.page, name: view.name, query: view.query }
}

/// The filters of a query, written anew: whatever came in, only names and values of ours stand in it.
pub(super) fn filters(query: &str) -> Result<String, Refusal> {
    let of_name = |name: &str| {
        (1..=32).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let mut kept = Serializer::new(String::new());
    let given = parse(query.as_bytes())
        .filter(|(name, value)| !value.trim().is_empty() && !NO_FILTERS.contains(&name.as_ref()));
    for (at, (name, value)) in given.enumerate() {
        if at >= MOST_FILTERS || !of_name(&name) || value.chars().any(char::is_control) {
            return Err(Refusal::invalid_request("the query is not a filter of a list"));
        }
        kept.append_pair(&name, value.trim());
    }
    Ok(kept.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_written_anew_without_what_is_none() {
        for (given, kept) in [
            ("status=placed&caseRef=LOAN+1&after=xyz&done=saved&from=", "status=placed&caseRef=LOAN+1"),
            ("caseRef=%22%3E%3Cscript%3E", "caseRef=%22%3E%3Cscript%3E"),
            ("caseRef=\"><script>alert(1)</script>", "caseRef=%22%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E"),
            ("", ""),
        ] {
            assert_eq!(filters(given).unwrap(), kept);
        }
        for bad in ["<x>=1", "a=%0d%0aSet-Cookie:x", "//evil.example/=1", &"a=1&".repeat(21)] {
            assert!(filters(bad).is_err(), "{bad}");
        }
    }
}
