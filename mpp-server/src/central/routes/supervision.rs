//! What Moneyone staff look at.

mod forms;

pub(super) use forms::delivery as delivery_view;

use axum::Json;
use axum::extract::{Path, State};
use mpp_api::Page;
use mpp_api::central::{
    ActivityQuery, ActivityRowView, AuditPageView, CaseFileView, FetchRowView, FetchSearchQuery, Find,
    FindingsView, PartnerFileView, PublishedProductView, RequestRowView, RequestSearchQuery, SourceView,
    TodayView,
};
use mpp_api::desk::AuditSearchQuery;
use mpp_core::QualityFlag;
use mpp_services::central::{
    AUDITED_ACTIONS, AUDITED_ACTORS, Activity, FetchSearch, Look, PublishedProduct, RequestSearch,
};
use mpp_staff::Action;

use super::super::refusals::refuse;
use super::{Access, App, Group, PageQuery, field, named};
use crate::desk::{LogWords, StaffGroup};
use crate::http::{Asked, JsonBody, Refusal, page_size};

/// How many entries a page of these lists has, or some more, unless the caller wants another number.
const PAGE: u32 = 50;

/// The routes by what they take.
pub(super) fn groups() -> Vec<StaffGroup<App, Access>> {
    let of = |action, routes: fn(Group) -> Group| (action, routes(Group::new(Access::Operator(action))));
    vec![
        of(Action::SeeOverview, |group| group.get("/v1/operator/today", "Today in numbers", today)),
        of(Action::SeePartners, |group| {
            group.get("/v1/operator/partners/{id}", "One partner with its keys", partner).get(
                "/v1/operator/products",
                "The products that partners published",
                products,
            )
        }),
        of(Action::SeeConsents, |group| {
            group
                .get("/v1/operator/requests", "Consent requests, newest first, by filters", requests)
                .get(
                    "/v1/operator/requests/{id}",
                    "One consent request with everything that came of it",
                    case_file,
                )
                .post("/v1/operator/find", "Finds whatever an identifier or a reference names", find)
        }),
        of(Action::SeeWork, |group| {
            group
                .get("/v1/operator/activity", "What was done on a day, or is held, row by row", activity)
                .get("/v1/operator/fetches", "Fetches from providers, by filters", fetches)
                .get("/v1/operator/sources", "How the sources of data do", sources)
        }),
        of(Action::SeeAudit, |group| {
            group.get("/v1/operator/audit", "The audit log, newest leaves first, by filters", audit)
        }),
    ]
}

async fn today(State(app): State<App>) -> Result<Json<TodayView>, Refusal> {
    app.service.today().await.map(|today| Json(forms::today(today))).map_err(refuse)
}

async fn sources(State(app): State<App>) -> Result<Json<Vec<SourceView>>, Refusal> {
    let sources = app.service.source_counts().await.map_err(refuse)?;
    Ok(Json(sources.into_iter().map(forms::source).collect()))
}

async fn requests(
    State(app): State<App>,
    Asked(query): Asked<RequestSearchQuery>,
) -> Result<Json<Page<RequestRowView>>, Refusal> {
    let search = RequestSearch {
        partner: wanted("partner", query.partner.as_deref())?,
        status: query.status,
        product: wanted("product", query.product.as_deref())?,
        source: wanted("source", query.source.as_deref())?,
        case_ref: wanted("caseRef", query.case_ref.as_deref())?,
        mobile: None,
        from: wanted("from", query.from.as_deref())?,
        to: wanted("to", query.to.as_deref())?,
    };
    let page = app
        .service
        .search_requests(&search, &look(query.after.as_deref(), query.limit)?)
        .await
        .map_err(refuse)?;
    Ok(Json(on_wire(page, forms::request)))
}

async fn case_file(State(app): State<App>, Path(id): Path<String>) -> Result<Json<CaseFileView>, Refusal> {
    app.service.case_file(named(&id)?).await.map(|file| Json(forms::case_file(file))).map_err(refuse)
}

async fn activity(
    State(app): State<App>,
    Asked(query): Asked<ActivityQuery>,
) -> Result<Json<Page<ActivityRowView>>, Refusal> {
    let what = query.what.as_deref().map_or(Some(Activity::Given), Activity::of_name);
    let what = what.ok_or_else(|| Refusal::invalid_request("what is not valid"))?;
    let day = wanted("day", query.day.as_deref())?;
    let day = day.unwrap_or_else(|| app.service.present().day_in_india());
    let look = look(query.after.as_deref(), query.limit)?;
    let page = app.service.activity(what, day, &look).await.map_err(refuse)?;
    Ok(Json(on_wire(page, forms::activity)))
}

async fn fetches(
    State(app): State<App>,
    Asked(query): Asked<FetchSearchQuery>,
) -> Result<Json<Page<FetchRowView>>, Refusal> {
    let search = FetchSearch {
        source: wanted("source", query.source.as_deref())?,
        status: query.status,
        quality: query.quality.as_deref().map(flag_named).transpose()?,
        from: wanted("from", query.from.as_deref())?,
        to: wanted("to", query.to.as_deref())?,
    };
    let page = app
        .service
        .search_fetches(&search, &look(query.after.as_deref(), query.limit)?)
        .await
        .map_err(refuse)?;
    Ok(Json(on_wire(page, forms::fetch)))
}

fn flag_named(code: &str) -> Result<QualityFlag, Refusal> {
    QualityFlag::with_code(code).ok_or_else(|| Refusal::invalid_request("quality is not valid"))
}

async fn products(
    State(app): State<App>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Page<PublishedProductView>>, Refusal> {
    let page = app.service.published_products(query.cursor()?, query.size()).await.map_err(refuse)?;
    let view = |product: PublishedProduct| PublishedProductView {
        product_id: product.id,
        partner_id: product.partner,
        name: product.name,
        newest_version: product.newest.0,
        sources: product.sources.iter().map(ToString::to_string).collect(),
        retired_at: product.retired_at,
    };
    Ok(Json(on_wire(page, view)))
}

async fn partner(State(app): State<App>, Path(id): Path<String>) -> Result<Json<PartnerFileView>, Refusal> {
    let file = app.service.partner_file(named(&id)?).await.map_err(refuse)?;
    Ok(Json(forms::partner(file, app.service.present())))
}

const LOG: LogWords = LogWords { actions: AUDITED_ACTIONS, actors: AUDITED_ACTORS };

async fn audit(
    State(app): State<App>,
    Asked(query): Asked<AuditSearchQuery>,
) -> Result<Json<AuditPageView>, Refusal> {
    let search = LOG.search(&query)?;
    let page = app
        .service
        .search_audit_trail(&search, query.before, page_size(query.limit, PAGE))
        .await
        .map_err(refuse)?;
    Ok(Json(forms::audit(page, LOG.view())))
}

async fn find(State(app): State<App>, JsonBody(body): JsonBody<Find>) -> Result<Json<FindingsView>, Refusal> {
    app.service.find(&body.text).await.map(|found| Json(forms::findings(found))).map_err(refuse)
}

pub(super) fn look(after: Option<&str>, limit: Option<u32>) -> Result<Look, Refusal> {
    let after = after.map(str::parse).transpose();
    let after = after.map_err(|_| Refusal::invalid_request("the cursor is not one of this list"))?;
    Ok(Look { after, limit: page_size(limit, PAGE) })
}

pub(super) fn wanted<T: std::str::FromStr>(
    name: &'static str,
    text: Option<&str>,
) -> Result<Option<T>, Refusal> {
    text.map(|text| field(name, text)).transpose()
}

pub(super) fn on_wire<T, U>(page: mpp_store::Page<T>, form: impl FnMut(T) -> U) -> Page<U> {
    let next = page.next.map(|cursor| cursor.to_string());
    Page { items: page.items.into_iter().map(form).collect(), next }
}
