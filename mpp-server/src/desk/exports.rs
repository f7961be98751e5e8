//! Files that staff have made of lists: everybody their own.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use mpp_api::desk::{ExportRows, ExportView, StartExport, StartedExport, StopExport};
use mpp_core::ExportId;
use mpp_staff::{Export, ExportEnd, ExportFormat, ExportPart, ExportStanding, NewExport};

use super::saved_views::filters;
use super::{Reception, StaffCaller, refusal};
use crate::http::{Document, JsonBody, Octets, Refusal, RouteGroup};

pub(super) fn group<A: Copy>(group: RouteGroup<Reception, A>) -> RouteGroup<Reception, A> {
    group
        .get("/v1/desk/exports", "The caller's files of lists", exports)
        .post("/v1/desk/exports", "Begins a file of a list", start)
        .get("/v1/desk/exports/{export}", "One file and how far it is", one)
        .get("/v1/desk/exports/{export}/file", "The bytes of a finished file", file)
        .post(
            "/v1/desk/exports/{export}/parts/{part}/{rows}",
            "Adds a part to a file that is being made",
            add,
        )
        .post("/v1/desk/exports/{export}/note", "Notes how many rows were written", note)
        .post("/v1/desk/exports/{export}/finish", "Finishes a file", finish)
        .post("/v1/desk/exports/{export}/stop", "Ends a file that is being made", stop)
        .post("/v1/desk/exports/{export}/remove", "Removes a file", remove)
}

async fn exports(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
) -> Result<Json<Vec<ExportView>>, Refusal> {
    let exports = reception.desk.exports(&person.id).await.map_err(|error| refusal(&error))?;
    Ok(Json(exports.into_iter().map(view).collect()))
}

async fn start(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    JsonBody(body): JsonBody<StartExport>,
) -> Result<Json<StartedExport>, Refusal> {
    let new = NewExport {
        query: filters(&body.query)?,
        format: ExportFormat::of_name(&body.format)
            .ok_or_else(|| Refusal::invalid_request("the format is not one of ours"))?,
        once: body.once,
        list: body.list,
        filter: body.filter,
        file: body.file,
        of: body.of,
        replaces: body.replaces,
    };
    let started = reception.desk.start_export(&person, new).await;
    let (export, begun) = started.map_err(|error| refusal(&error))?;
    Ok(Json(StartedExport { export: view(export), begun }))
}

async fn one(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    Path(export): Path<String>,
) -> Result<Json<ExportView>, Refusal> {
    let found = reception.desk.export(&person.id, named(&export)?).await;
    found.map(|export| Json(view(export))).map_err(|error| refusal(&error))
}

async fn file(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    Path(export): Path<String>,
) -> Result<Document<Octets>, Refusal> {
    let bytes = reception.desk.export_file(&person.id, named(&export)?).await;
    let bytes = bytes.map_err(|error| refusal(&error))?;
    Ok(Document::new(Body::from_stream(bytes)))
}

async fn add(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    Path((export, part, rows)): Path<(String, String, String)>,
    bytes: Bytes,
) -> Result<Json<()>, Refusal> {
    let (part, rows) = part.parse().ok().zip(rows.parse().ok()).ok_or_else(Refusal::not_found)?;
    let part = ExportPart { part, rows, bytes };
    let added = reception.desk.add_to_export(&person, named(&export)?, part).await;
    added.map(Json).map_err(|error| refusal(&error))
}

async fn note(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    Path(export): Path<String>,
    JsonBody(body): JsonBody<ExportRows>,
) -> Result<Json<()>, Refusal> {
    let noted = reception.desk.note_export(&person, named(&export)?, body.rows).await;
    noted.map(Json).map_err(|error| refusal(&error))
}

async fn finish(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    Path(export): Path<String>,
    JsonBody(body): JsonBody<ExportRows>,
) -> Result<Json<()>, Refusal> {
    let finished = reception.desk.finish_export(&person, named(&export)?, body.rows).await;
    finished.map(Json).map_err(|error| refusal(&error))
}

async fn stop(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    Path(export): Path<String>,
    JsonBody(body): JsonBody<StopExport>,
) -> Result<Json<()>, Refusal> {
    let why = ExportEnd::of_name(&body.reason)
        .ok_or_else(|| Refusal::invalid_request("the reason is not one of ours"))?;
    let stopped = reception.desk.stop_export(&person.id, named(&export)?, why).await;
    stopped.map(Json).map_err(|error| refusal(&error))
}

async fn remove(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    Path(export): Path<String>,
) -> Result<Json<()>, Refusal> {
    let removed = reception.desk.remove_export(&person.id, named(&export)?).await;
    removed.map(Json).map_err(|error| refusal(&error))
}

fn named(text: &str) -> Result<ExportId, Refusal> {
    text.parse().map_err(|_| Refusal::not_found())
}

fn view(export: Export) -> ExportView {
    let (state, reason) = match export.standing {
        ExportStanding::Working => ("working", None),
        ExportStanding::Ready { .. } => ("ready", None),
        ExportStanding::Ended { why, .. } => (why.state(), Some(why.name())),
    };
    ExportView {
        export_id: export.id,
        list: export.list,
        query: export.query,
        filter: export.filter,
        file: export.file,
        format: export.format.name().to_owned(),
        rows: export.rows,
        of: export.of,
        size_bytes: export.bytes,
        begun_at: export.begun_at,
        ends_at: export.ends_at,
        state: state.to_owned(),
        reason: reason.map(str::to_owned),
    }
}
