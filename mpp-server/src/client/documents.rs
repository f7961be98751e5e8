//! Received documents as a list, and the calendar of their data lives.

use axum::Json;
use axum::extract::{Path, State};
use jiff::civil::Date;
use mpp_api::Page;
use mpp_api::client::{
    DayOfPurgesView, DaySliceView, DocumentProofView, DocumentQuery, DocumentRowView, OverdueDayView,
    PurgeCalendarQuery, PurgeCalendarView, PurgeDayView, SealedByView, SliceView,
};
use mpp_services::client::{
    CalendarDay, DocumentRow, DocumentSearch, ItemSlice, LifeCalendar, SealedBy, SliceOfDay, WantedProduct,
};

use super::asked::{Asked, asked, wanted};
use super::refusals::refusal;
use super::routes::AppState;
use super::staff::on_wire;
use crate::http::{Refusal, page_size};

/// How many documents a page holds, or some more, unless the caller wants another number.
const PAGE: u32 = 100;

fn product(text: Option<&str>) -> Result<Option<WantedProduct>, Refusal> {
    match text {
        Some("none") => Ok(Some(WantedProduct::None)),
        text => Ok(wanted("product", text)?.map(WantedProduct::Known)),
    }
}

/// `GET /v1/staff/items`.
pub(super) async fn items(
    State(state): State<AppState>,
    query: Asked<DocumentQuery>,
) -> Result<Json<Page<DocumentRowView>>, Refusal> {
    let query = asked(query)?;
    let never_ends = query.ends.as_deref() == Some("never");
    let search = DocumentSearch {
        status: query.status,
        ends: if never_ends { None } else { wanted("ends", query.ends.as_deref())? },
        never_ends,
        purged: wanted("purged", query.purged.as_deref())?,
        product: product(query.product.as_deref())?,
        source: wanted("source", query.source.as_deref())?,
    };
    let after = wanted("after", query.after.as_deref())?;
    let page = state.service.documents_received(&search, after, page_size(query.limit, PAGE)).await;
    Ok(Json(on_wire(page.map_err(|error| refusal(&error))?, document_row)))
}

/// `GET /v1/staff/items/{id}/proof`.
pub(super) async fn proof(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<DocumentProofView>, Refusal> {
    let id = id.parse().map_err(|_| Refusal::not_found())?;
    let proof = state.service.document_proof(id).await.map_err(|error| refusal(&error))?;
    Ok(Json(DocumentProofView {
        item_id: proof.item,
        parcel_id: proof.parcel,
        consent_id: proof.consent,
        sealed_by: proof.sealed_by.as_ref().map(sealed_by),
        statement: proof.statement.map(Into::into),
        artefact: proof.artefact.map(Into::into),
        approval: proof.approval.map(Into::into),
    }))
}

pub(super) fn sealed_by(by: &SealedBy) -> SealedByView {
    SealedByView {
        who: by.name().to_owned(),
        kid: by.proof().map(|(kid, _)| kid.clone()),
        verified_at: by.proof().map(|(_, verified_at)| verified_at),
    }
}

/// `GET /v1/staff/purge-calendar`.
pub(super) async fn calendar(
    State(state): State<AppState>,
    query: Asked<PurgeCalendarQuery>,
) -> Result<Json<PurgeCalendarView>, Refusal> {
    let query = asked(query)?;
    let from: Option<Date> = wanted("from", query.from.as_deref())?;
    let slice = match (product(query.product.as_deref())?, wanted("source", query.source.as_deref())?) {
        (None, None) => None,
        (Some(WantedProduct::Known(product)), Some(source)) => {
            Some(ItemSlice { product: Some(product), source })
        }
        (Some(WantedProduct::None), Some(source)) => Some(ItemSlice { product: None, source }),
        (Some(_), None) | (None, Some(_)) => {
            return Err(Refusal::invalid_request("a product and a source are named together"));
        }
    };
    let calendar = state.service.life_calendar(from, slice.as_ref()).await;
    Ok(Json(calendar_view(calendar.map_err(|error| refusal(&error))?)))
}

/// `GET /v1/staff/purge-calendar/{day}`.
pub(super) async fn day(
    State(state): State<AppState>,
    Path(day): Path<String>,
) -> Result<Json<DayOfPurgesView>, Refusal> {
    let day: Date = day.parse().map_err(|_| Refusal::not_found())?;
    let found = state.service.documents_of_day(day).await.map_err(|error| refusal(&error))?;
    let slice = |SliceOfDay { slice, ends, purged }: SliceOfDay| DaySliceView {
        product_id: slice.product,
        source: slice.source.to_string(),
        ends,
        purged,
    };
    Ok(Json(DayOfPurgesView {
        whole: day_view(found.whole),
        slices: found.slices.into_iter().map(slice).collect(),
    }))
}

fn calendar_view(calendar: LifeCalendar) -> PurgeCalendarView {
    let slice = |slice: ItemSlice| SliceView { product_id: slice.product, source: slice.source.to_string() };
    let overdue = calendar.overdue.into_iter().map(|(day, count)| OverdueDayView { day, count });
    PurgeCalendarView {
        as_of: calendar.as_of,
        today: calendar.today,
        counted_to: calendar.counted_to,
        complete: calendar.is_complete,
        days: calendar.days.into_iter().map(day_view).collect(),
        overdue: overdue.collect(),
        overdue_today: calendar.overdue_today,
        purging: calendar.purging,
        parked: calendar.parked,
        never: calendar.never,
        slices: calendar.slices.into_iter().map(slice).collect(),
    }
}

const fn day_view(day: CalendarDay) -> PurgeDayView {
    PurgeDayView { day: day.day, ends: day.ends, purged: day.purged }
}

pub(super) fn document_row(row: DocumentRow) -> DocumentRowView {
    DocumentRowView {
        item_id: row.item,
        case_ref: row.case_ref,
        consent_id: row.consent,
        product_id: row.product,
        source: row.source.to_string(),
        label: row.label,
        content_type: row.content_type,
        sha256: row.sha256,
        size_bytes: row.size_bytes,
        received_at: row.received_at,
        purge_by: row.purge_by,
        sealed_by: row.sealed_by.as_ref().map(sealed_by),
        status: row.status.to_owned(),
        purged_at: row.purged.map(|(at, _)| at),
        purged_because: row.purged.map(|(_, because)| because.to_owned()),
    }
}
