//! The pages of files: those one has, how one stands, the file itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use mpp_api::desk::{ExportView, StopExport};
use mpp_core::ExportId;

use super::part::{size, state, title};
use super::{Ending, part};
use crate::live;
use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, ExportPage, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, PostButton, Sheet, Table};

/// One's own files.
pub(super) async fn list(signed: Signed) -> Response {
    let exports = match signed.desk().exports().await {
        Ok(exports) => exports,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let columns = [
        "col.list",
        "col.filter",
        "col.format",
        "col.status",
        "col.rows",
        "col.file_size",
        "col.ends",
        "col.act",
    ];
    let sheet = Sheet {
        lead: words.get("lead.exports").to_owned(),
        here: "/portal/exports",
        filters: Vec::new(),
        table: Table {
            caption: words.get("nav.exports").to_owned(),
            columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
            rows: exports.iter().map(|export| row(&signed, export)).collect(),
            empty: words.get("empty.exports").to_owned(),
        },
        next: None,
        export: None,
        views: None,
        add: None,
    };
    SheetPage { frame: signed.frame("/exports", words.get("nav.exports")), sheet }.show()
}

fn row(signed: &Signed, export: &ExportView) -> Vec<Cell> {
    let words = signed.words;
    let here = format!("{PREFIX}/exports/{}", export.export_id);
    let remove = PostButton {
        action: format!("{here}/remove"),
        label: words.get("act.remove_export").to_owned(),
        once: signed.portal.once(),
        grave: true,
    };
    vec![
        Cell::Link { href: here, text: title(signed, export) },
        if export.filter.is_empty() { Cell::Nothing } else { Cell::text(export.filter.clone()) },
        Cell::text(export.format.to_uppercase()),
        state(signed, export),
        Cell::number(export.rows),
        size(export),
        Cell::when(export.ends_at, words),
        Cell::Button(remove),
    ]
}

/// How one file stands.
pub(super) async fn one(signed: Signed, Path(export): Path<String>) -> Response {
    let export = match found(&signed, &export).await {
        Ok(export) => export,
        Err(response) => return response,
    };
    let title = signed.words.with("title.export", title(&signed, &export));
    let here = format!("{PREFIX}/exports/{}", export.export_id);
    ExportPage {
        frame: signed.frame("/exports", &title),
        part: part::written(&signed, &export).unwrap_or_default(),
        live: (export.state == "working").then(|| format!("{here}/live")),
    }
    .show()
}

/// The same as it changes, until it changes no more.
pub(super) async fn live(signed: Signed, Path(export): Path<String>) -> Response {
    let Ok(id) = export.parse::<ExportId>() else { return Trouble::NotFound.answer(&signed) };
    let settled = Arc::new(AtomicBool::new(false));
    live::stream(signed, move |signed| {
        let settled = Arc::clone(&settled);
        async move {
            if settled.load(Ordering::Relaxed) {
                return None;
            }
            let export = signed.desk().export(id).await.ok()?;
            settled.store(export.state != "working", Ordering::Relaxed);
            part::written(&signed, &export)
        }
    })
}

/// The file itself.
pub(super) async fn file(signed: Signed, Path(export): Path<String>) -> Response {
    let export = match found(&signed, &export).await {
        Ok(export) => export,
        Err(response) => return response,
    };
    let Some(ending) = Ending::of_name(&export.format) else { return Trouble::NotFound.answer(&signed) };
    match signed.desk().export_file(export.export_id).await {
        Ok(bytes) => {
            let mut response = super::file(&export.file, ending, Body::new(bytes.body));
            // a download that breaks off is then known for what it is
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(export.size_bytes));
            response
        }
        Err(error) => signed.refused(&error),
    }
}

/// Stops a file that is being made.
pub(super) async fn cancel(signed: Signed, Path(export): Path<String>) -> Response {
    let Ok(id) = export.parse::<ExportId>() else { return Trouble::NotFound.answer(&signed) };
    if let Err(error) = signed.desk().stop_export(id, &StopExport { reason: "cancelled".to_owned() }).await {
        return signed.refused(&error);
    }
    // it may have been ready before it could be stopped
    match signed.desk().export(id).await {
        Ok(export) if export.state == "ready" => {
            signed.lead_to(&format!("/exports/{id}"), "export_was_ready")
        }
        Ok(_) => signed.lead_to(&format!("/exports/{id}"), "export_cancelled"),
        Err(error) => signed.refused(&error),
    }
}

/// Removes a file.
pub(super) async fn remove(signed: Signed, Path(export): Path<String>) -> Response {
    let Ok(id) = export.parse::<ExportId>() else { return Trouble::NotFound.answer(&signed) };
    match signed.desk().remove_export(id).await {
        Ok(()) => signed.lead_to("/exports", "export_removed"),
        Err(error) => signed.refused(&error),
    }
}

async fn found(signed: &Signed, export: &str) -> Result<ExportView, Response> {
    let id = export.parse::<ExportId>().map_err(|_| Trouble::NotFound.answer(signed))?;
    signed.desk().export(id).await.map_err(|error| signed.refused(&error))
}
