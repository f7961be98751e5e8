//! What the enterprise's staff look at.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use mpp_api::Page;
use mpp_api::client::{
    AtAGlanceView, CaseFileView, CaseQuery, CaseRowView, CentralLogView, ConsentRequestView, DocumentView,
    LeafView, LogBreachView, LogPageView, ProductFileView, StartConsentRequest, StartedConsentRequest,
    TakenBackView, ToldConsentView, Unmask, WaitingView,
};
use mpp_api::desk::AuditSearchQuery;
use mpp_core::{CaseRef, DataItemId, ProductId, ProductVersion};
use mpp_services::client::{
    AUDITED_ACTIONS, AUDITED_ACTORS, CaseRow, CaseSearch, CaseStanding, CaseTakenBack, CentralLogStanding,
    LogBreach, NormalisedDocument, StartCase, ToldConsent,
};
use mpp_staff::Action;
use serde_json::Value;

use super::application::standing_view;
use super::asked::{Asked, asked};
use super::products::retirement_view;
use super::refusals::refusal;
use super::routes::{Access, AppState, Group};
use super::staff::on_wire;
use super::{documents, keys};
use crate::desk::{LogWords, StaffCaller, StaffGroup, checkpoint_view};
use crate::http::{Created, JsonBody, Refusal, page_size};

/// The routes of what is looked at, by what they take.
pub(super) fn groups() -> Vec<StaffGroup<AppState, Access>> {
    let of = |action, routes: fn(Group) -> Group| (action, routes(Group::new(Access::Staff(action))));
    vec![
        of(Action::SeeOverview, |group| group.get("/v1/staff/overview", "The server in numbers", overview)),
        of(Action::SeeConsents, |group| {
            group.get("/v1/staff/cases", "Cases, newest first", cases).get(
                "/v1/staff/cases/{caseRef}",
                "One case with its consents and documents",
                case_file,
            )
        }),
        of(Action::PlaceRequests, |group| {
            group.post("/v1/staff/cases", "Starts a case: asks for one customer's consent", start_case).post(
                "/v1/staff/cases/{caseRef}/take-back",
                "Takes the request of a case back that the customer has not answered",
                take_back,
            )
        }),
        of(Action::SeeProducts, |group| {
            group.get("/v1/staff/products/{id}/versions/{version}", "One version of a product", product)
        }),
        of(Action::SeeData, |group| {
            group
                .get("/v1/staff/items", "Received documents, by filters", documents::items)
                .get(
                    "/v1/staff/items/{id}/proof",
                    "What proves where a document comes from",
                    documents::proof,
                )
                .get("/v1/staff/items/{id}/masked", "One document with personal values hidden", masked)
                .get("/v1/staff/purge-calendar", "When documents are purged, day by day", documents::calendar)
                .get("/v1/staff/purge-calendar/{day}", "What is purged on one day", documents::day)
        }),
        of(Action::SeeWork, |group| {
            group.get("/v1/staff/keys", "This server's keys and where each is in use", keys::keys)
        }),
        of(Action::SeeAudit, |group| {
            group.get("/v1/staff/audit", "The audit log, newest leaves first, by filters", audit)
        }),
    ]
}

/// What must never be stored to be repeated: documents as they are.
pub(super) fn unstored() -> StaffGroup<AppState, Access> {
    let action = Action::UnmaskData;
    (
        action,
        Group::new(Access::Staff(action)).post(
            "/v1/staff/items/{id}/unmask",
            "One document as it is, for a reason that is logged",
            unmask,
        ),
    )
}

async fn overview(State(state): State<AppState>) -> Result<Json<AtAGlanceView>, Refusal> {
    let glance = state.service.at_a_glance().await.map_err(|error| refusal(&error))?;
    let queue = |queue: mpp_store::QueueBacklog| WaitingView {
        queue: queue.queue.to_string(),
        waiting: queue.waiting,
        leased: queue.leased,
        parked: queue.parked,
    };
    Ok(Json(AtAGlanceView {
        counted_to: glance.counted_to,
        cases: glance.cases,
        waiting: glance.waiting,
        held: glance.held,
        purged: glance.purged,
        enrolled: glance.enrolled,
        central_log_findings: glance.central_log_findings,
        queues: glance.queues.into_iter().map(queue).collect(),
    }))
}

async fn cases(
    State(state): State<AppState>,
    query: Result<Query<CaseQuery>, QueryRejection>,
) -> Result<Json<Page<CaseRowView>>, Refusal> {
    let Query(query) =
        query.map_err(|_| Refusal::invalid_request("the query has an unknown or wrong parameter"))?;
    let product = query.product.as_deref().map(str::parse).transpose();
    let product = product.map_err(|_| Refusal::invalid_request("product is not valid"))?;
    let after = query.after.as_deref().map(str::parse).transpose();
    let after = after.map_err(|_| Refusal::invalid_request("`after` is not a cursor of this list"))?;
    let size = page_size(query.limit, PAGE);
    let of_name = |name: &str| {
        let found = CaseStanding::ALL.into_iter().find(|standing| standing.name() == name);
        found.ok_or_else(|| Refusal::invalid_request("status is not valid"))
    };
    let standing = query.status.as_deref().map(of_name).transpose()?;
    let search = CaseSearch { product, standing };
    let page = state.service.cases(search, after, size).await.map_err(|error| refusal(&error))?;
    Ok(Json(on_wire(page, case_row)))
}

async fn case_file(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    Path(case_ref): Path<String>,
) -> Result<Json<CaseFileView>, Refusal> {
    let case_ref: CaseRef = case_ref.parse().map_err(|_| Refusal::not_found())?;
    let mut file = state.service.case_file(&case_ref).await.map_err(|error| refusal(&error))?;
    if staff.require(Action::SeeData).is_err() {
        file.documents.clear();
    }
    Ok(Json(CaseFileView {
        case: case_row(file.row),
        standing: file.standing.map(standing_view),
        consents: file.consents.into_iter().map(told_consent).collect(),
        documents: file.documents.into_iter().map(documents::document_row).collect(),
    }))
}

async fn start_case(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    JsonBody(body): JsonBody<StartConsentRequest>,
) -> Result<Created<StartedConsentRequest>, Refusal> {
    let call = StartCase { product: body.product_id, case_ref: body.case_ref, customer: body.customer };
    let started =
        state.service.start_case_by_staff(&staff.id, &call).await.map_err(|error| refusal(&error))?;
    let answer = StartedConsentRequest {
        consent_request_id: started.request,
        link: started.link,
        expires_at: started.expires_at,
    };
    Ok(Created(answer))
}

async fn take_back(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    Path(case_ref): Path<String>,
) -> Result<Json<ConsentRequestView>, Refusal> {
    let case_ref: CaseRef = case_ref.parse().map_err(|_| Refusal::not_found())?;
    let standing = state.service.take_back_by_staff(&staff.id, &case_ref).await;
    Ok(Json(standing_view(standing.map_err(|error| refusal(&error))?)))
}

async fn product(
    State(state): State<AppState>,
    Path((id, version)): Path<(String, String)>,
) -> Result<Json<ProductFileView>, Refusal> {
    let id: ProductId = id.parse().map_err(|_| Refusal::not_found())?;
    let version = version.parse().map(ProductVersion).map_err(|_| Refusal::not_found())?;
    let view = state.service.product_version(id, version).await.map_err(|error| refusal(&error))?;
    let retirement = state.service.proposed_retirement(id).await.map_err(|error| refusal(&error))?;
    let product = view.product;
    let items = product.items.iter().map(serde_json::to_value).collect::<Result<_, _>>();
    let notice = serde_json::to_value(&product.notice);
    let (Ok(items), Ok(notice)) = (items, notice) else { return Err(Refusal::internal()) };
    Ok(Json(ProductFileView {
        product_id: product.id,
        version: product.version.0,
        state: product.state.state_name().to_owned(),
        author: product.state.author().clone(),
        name: product.name,
        published: view.is_published,
        retirement: retirement.map(retirement_view),
        items,
        notice,
    }))
}

/// How many leaves a page holds.
const PAGE: u32 = 100;

async fn masked(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
) -> Result<Json<DocumentView>, Refusal> {
    let read = state.service.read_masked(&staff.id, item(&id)?).await;
    let (read, shown) = read.map_err(|error| refusal(&error))?;
    Ok(Json(document(&read, shown, true)))
}

async fn unmask(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Unmask>,
) -> Result<Json<DocumentView>, Refusal> {
    let read = state.service.read_unmasked(&staff.id, item(&id)?, &body.reason).await;
    let read = read.map_err(|error| refusal(&error))?;
    let whole: Value = serde_json::from_str(read.document.get()).map_err(|_| Refusal::internal())?;
    Ok(Json(document(&read, whole, false)))
}

fn item(id: &str) -> Result<DataItemId, Refusal> {
    id.parse().map_err(|_| Refusal::not_found())
}

fn document(read: &NormalisedDocument, document: Value, masked: bool) -> DocumentView {
    DocumentView {
        item_id: read.item.id,
        source: read.item.source.to_string(),
        content_type: read.item.content_type.clone(),
        sha256: read.item.sha256,
        purge_by: read.item.purge_by,
        sealed_by: read.item.sealed_by.as_ref().map(documents::sealed_by),
        masked,
        document,
    }
}

const LOG: LogWords = LogWords { actions: AUDITED_ACTIONS, actors: AUDITED_ACTORS };

async fn audit(
    State(state): State<AppState>,
    query: Asked<AuditSearchQuery>,
) -> Result<Json<LogPageView>, Refusal> {
    let query = asked(query)?;
    let search = LOG.search(&query)?;
    let page = state.service.search_audit_trail(&search, query.before, page_size(query.limit, PAGE)).await;
    let page = page.map_err(|error| refusal(&error))?;
    let leaf = |numbered: mpp_store::NumberedLeaf| LeafView {
        index: numbered.index.0,
        entry: serde_json::from_slice(numbered.leaf.bytes()).unwrap_or_default(),
    };
    let central = state.service.central_log().await.map_err(|error| refusal(&error))?;
    Ok(Json(LogPageView {
        leaves: page.leaves.into_iter().map(leaf).collect(),
        before: page.before,
        size: page.size,
        checkpoint: page.checkpoint.map(checkpoint_view),
        central: central.map(central_log_view),
        kinds: LOG.view(),
    }))
}

fn central_log_view(standing: CentralLogStanding) -> CentralLogView {
    let breach = |found: LogBreach| LogBreachView {
        at: found.at,
        kind: found.kind.code().to_owned(),
        kept: found.kept,
        came: found.came,
    };
    CentralLogView {
        size: standing.size,
        seen_at: standing.seen_at,
        checked_at: standing.checked_at,
        findings: standing.findings.into_iter().map(breach).collect(),
    }
}

pub(super) fn case_row(row: CaseRow) -> CaseRowView {
    CaseRowView {
        case_ref: row.case_ref,
        consent_request_id: row.request,
        product_id: row.product,
        product_version: row.product_version.0,
        placed_at: row.placed_at,
        expires_at: row.expires_at,
        application: row.application,
        staff: row.staff,
        status: row.standing.name().to_owned(),
        ended_at: row.ended_at,
        taken_back: row.taken_back.map(taken_back_view),
    }
}

fn taken_back_view(taken: CaseTakenBack) -> TakenBackView {
    TakenBackView { at: taken.at, application: taken.application, staff: taken.staff }
}

fn told_consent(consent: ToldConsent) -> ToldConsentView {
    ToldConsentView {
        consent_id: consent.id,
        source: consent.source.map(|source| source.to_string()),
        status: consent.status.to_owned(),
    }
}
