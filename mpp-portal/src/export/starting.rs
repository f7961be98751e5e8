//! Starting a file, and starting one again that was not made to its end.

use std::sync::Arc;
use std::time::Duration;

use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use mpp_api::desk::StartExport;
use mpp_core::ExportId;
use serde::Deserialize;

use super::making::Making;
use super::{Ending, List};
use crate::portal::{OnceForm, PREFIX};
use crate::signed::Signed;
use crate::trouble::Trouble;

/// How long a short list is waited for, so that its file is handed over at once.
const PATIENCE: Duration = Duration::from_secs(1);

/// Which rows are wanted as which kind of file.
#[derive(Deserialize)]
pub(super) struct Wish {
    once: String,
    list: String,
    query: String,
    format: String,
}

/// Starts a file of a list.
pub(super) async fn start(signed: Signed, Form(wish): Form<Wish>) -> Response {
    answered(&signed, begun(&signed, wish, None).await)
}

/// Starts a file again, in place of one that was not made to its end. That one goes as the new one begins: not before, so that
/// nothing is lost when none can begin, and not after, when there could be one too many.
pub(super) async fn again(
    signed: Signed,
    Path(export): Path<String>,
    Form(form): Form<OnceForm>,
) -> Response {
    let Ok(id) = export.parse::<ExportId>() else { return Trouble::NotFound.answer(&signed) };
    let old = match signed.desk().export(id).await {
        Ok(old) => old,
        Err(error) => return signed.refused(&error),
    };
    let wish = Wish { once: form.once, list: old.list, query: old.query, format: old.format };
    answered(&signed, begun(&signed, wish, Some(id)).await)
}

fn answered(signed: &Signed, outcome: Result<Response, Trouble>) -> Response {
    outcome.unwrap_or_else(|trouble| trouble.answer(signed))
}

async fn begun(signed: &Signed, wish: Wish, replaces: Option<ExportId>) -> Result<Response, Trouble> {
    let known = |list: &&List| list.path == wish.list;
    let list = signed.portal.kind.lists.iter().find(known).ok_or(Trouble::NotFound)?;
    let ending = Ending::of_name(&wish.format).ok_or(Trouble::NotFound)?;
    let busy = |_| refused("exports_busy");
    let permit = Arc::clone(&signed.portal.making).try_acquire_owned().map_err(busy)?;
    // who may not see the list, or asks for what is none, is told before anything is begun
    let mut rows = (list.rows)(signed.clone(), wish.query.clone()).await?;
    let first = (rows.pages)(None).await.map_err(|error| Trouble::of(&error))?;
    let body = StartExport {
        once: format!("{}-{}", wish.once, ending.name()),
        list: wish.list,
        query: wish.query,
        filter: rows.filter,
        file: rows.file.clone(),
        format: ending.name().to_owned(),
        of: rows.of,
        replaces,
    };
    let started = signed.desk().start_export(&body).await.map_err(|error| Trouble::of(&error))?;
    let id = started.export.export_id;
    if !started.begun {
        return Ok(lead_to(id, ""));
    }
    let making = Making { signed: signed.clone(), id, ending, name: rows.file, first, pages: rows.pages };
    let made = tokio::spawn(async move {
        let made = making.make().await;
        drop(permit);
        made
    });
    // it goes on when nobody waits for it any more
    let is_ready = matches!(tokio::time::timeout(PATIENCE, made).await, Ok(Ok(true)));
    Ok(lead_to(id, if is_ready { "/file" } else { "" }))
}

fn refused(code: &str) -> Trouble {
    Trouble::Refused { code: code.to_owned(), said: String::new() }
}

fn lead_to(id: ExportId, part: &str) -> Response {
    Redirect::to(&format!("{PREFIX}/exports/{id}{part}")).into_response()
}
