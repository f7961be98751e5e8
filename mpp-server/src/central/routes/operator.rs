//! What Moneyone staff ask.

use axum::Json;
use axum::extract::{Path, State};
use mpp_api::Page;
use mpp_api::central::{
    Holdings, ParkedJobView, PartnerView, RegisterPartner, RegisteredPartner, SetContacts,
    SetNotificationAddress, UsageView,
};
use mpp_core::{Gstin, PartnerId, StaffId, Standing, UsageEvent};
use mpp_services::central::{CentralError, NewPartner, PartnerOverview};
use mpp_staff::Action;

use super::super::refusals::refuse;
use super::{Access, App, Group, PageQuery, field, named};
use crate::desk::{StaffCaller, StaffGroup};
use crate::http::{Asked, JsonBody, Refusal};

/// The routes by what they take.
pub(super) fn groups() -> Vec<StaffGroup<App, Access>> {
    let group = |action| Group::new(Access::Operator(action));
    let of = |action, routes: fn(Group) -> Group| (action, routes(group(action)));
    vec![
        of(Action::ManagePartners, |group| {
            group
                .post("/v1/operator/partners", "Registers a partner", register)
                .post(
                    "/v1/operator/partners/{id}/enrolment",
                    "Makes a new enrolment token for a partner",
                    renew_enrolment,
                )
                .post("/v1/operator/partners/{id}/suspend", "Suspends a partner", suspend)
                .post("/v1/operator/partners/{id}/reinstate", "Reinstates a suspended partner", reinstate)
                .post(
                    "/v1/operator/partners/{id}/notification-address",
                    "Sets where a partner takes notifications, or that it polls",
                    set_notification_address,
                )
                .post(
                    "/v1/operator/partners/{id}/contacts",
                    "Sets whom to write to at a partner",
                    set_contacts,
                )
        }),
        of(Action::SeePartners, |group| group.get("/v1/operator/partners", "Partners", partners)),
        of(Action::SeeUsage, |group| group.get("/v1/operator/usage", "Metered uses of all partners", usage)),
        of(Action::SeeOverview, |group| {
            group.get("/v1/operator/holdings", "How much central holds at this moment", holdings)
        }),
        of(Action::SeeWork, |group| {
            group.get(
                "/v1/operator/parked-jobs",
                "Work that was given up and waits for somebody",
                parked_jobs,
            )
        }),
        of(Action::ReplayWork, |group| {
            group.post("/v1/operator/parked-jobs/{id}/replay", "Does parked work again", replay)
        }),
    ]
}

async fn register(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    JsonBody(body): JsonBody<RegisterPartner>,
) -> Result<Json<RegisteredPartner>, Refusal> {
    let new = NewPartner {
        legal_name: body.legal_name,
        gstin: body.gstin.parse::<Gstin>().map_err(|error| refuse(CentralError::from(error)))?,
        contract_ref: field("contractRef", &body.contract_ref)?,
        contacts: body.contacts,
        price_plan: field("pricePlan", &body.price_plan)?,
        notification_url: body.notification_url,
    };
    let registered = app.service.register_partner(new, &staff.id).await.map_err(refuse)?;
    Ok(Json(registered_view(&app, &registered)))
}

async fn renew_enrolment(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
) -> Result<Json<RegisteredPartner>, Refusal> {
    let renewed = app.service.renew_enrolment(named(&id)?, &staff.id).await.map_err(refuse)?;
    Ok(Json(registered_view(&app, &renewed)))
}

async fn suspend(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
) -> Result<Json<()>, Refusal> {
    set_standing(&app, &id, Standing::Suspended, &staff.id).await
}

async fn reinstate(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
) -> Result<Json<()>, Refusal> {
    set_standing(&app, &id, Standing::Active, &staff.id).await
}

async fn set_standing(app: &App, id: &str, standing: Standing, by: &StaffId) -> Result<Json<()>, Refusal> {
    app.service.set_standing(named::<PartnerId>(id)?, standing, by).await.map_err(refuse)?;
    Ok(Json(()))
}

async fn set_notification_address(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<SetNotificationAddress>,
) -> Result<Json<()>, Refusal> {
    let url = body.notification_url.as_ref();
    app.service.set_notification_address(named(&id)?, url, &staff.id).await.map(Json).map_err(refuse)
}

async fn set_contacts(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<SetContacts>,
) -> Result<Json<()>, Refusal> {
    app.service.set_contacts(named(&id)?, body.contacts, &staff.id).await.map(Json).map_err(refuse)
}

async fn partners(
    State(app): State<App>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Page<PartnerView>>, Refusal> {
    let page = app.service.partners(query.cursor()?, query.size()).await.map_err(refuse)?;
    let next = page.next.map(|cursor| cursor.to_string());
    Ok(Json(Page { items: page.items.into_iter().map(partner_view).collect(), next }))
}

async fn usage(
    State(app): State<App>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Page<UsageView>>, Refusal> {
    usage_page(&app, None, &query).await
}

pub(super) async fn usage_page(
    app: &App,
    partner: Option<PartnerId>,
    query: &PageQuery,
) -> Result<Json<Page<UsageView>>, Refusal> {
    let page = app.service.usage(partner, query.cursor()?, query.size()).await.map_err(refuse)?;
    let next = page.next.map(|cursor| cursor.to_string());
    Ok(Json(Page { items: page.items.into_iter().map(usage_view).collect(), next }))
}

async fn holdings(State(app): State<App>) -> Result<Json<Holdings>, Refusal> {
    let held = app.service.holdings().await.map_err(refuse)?;
    Ok(Json(Holdings {
        parcels: held.parcels,
        parcel_keys: held.parcel_keys,
        jobs: held.jobs,
        parked_jobs: held.parked_jobs,
    }))
}

async fn parked_jobs(
    State(app): State<App>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Page<ParkedJobView>>, Refusal> {
    let page = app.service.parked_jobs(query.cursor()?, query.size()).await.map_err(refuse)?;
    let view = |job: mpp_store::ParkedJob| ParkedJobView {
        job_id: job.id,
        queue: job.queue.to_string(),
        attempts: job.attempt,
        parked_at: job.parked_at,
        reason: job.reason.to_string(),
    };
    let next = page.next.map(|cursor| cursor.to_string());
    Ok(Json(Page { items: page.items.into_iter().map(view).collect(), next }))
}

async fn replay(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
) -> Result<Json<()>, Refusal> {
    app.service.replay_job(named(&id)?, &staff.id).await.map_err(refuse)?;
    Ok(Json(()))
}

fn registered_view(app: &App, registered: &mpp_services::central::RegisteredPartner) -> RegisteredPartner {
    RegisteredPartner {
        partner_id: registered.partner,
        enrolment_token: registered.enrolment_token.expose().to_owned(),
        central_keys: app.service.public_keys().signing,
    }
}

pub(super) const fn standing_name(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "ACTIVE",
        Standing::Suspended => "SUSPENDED",
    }
}

fn partner_view(overview: PartnerOverview) -> PartnerView {
    let standing = standing_name(overview.partner.standing);
    PartnerView {
        partner_id: overview.partner.id,
        legal_name: overview.partner.legal_name,
        standing: standing.to_owned(),
        enrolled: overview.enrolled,
        registered_at: overview.partner.registered_at,
    }
}

fn usage_view(event: UsageEvent) -> UsageView {
    UsageView {
        usage_event_id: event.id,
        partner_id: event.partner,
        product_id: event.product,
        source: event.source.to_string(),
        unit: unit_name(event.unit).to_owned(),
        day: event.day.to_string(),
        at: event.at,
    }
}

const fn unit_name(unit: mpp_core::UsageUnit) -> &'static str {
    use mpp_core::UsageUnit as Unit;
    match unit {
        Unit::DataFetch => "DATA_FETCH",
        Unit::BureauReport => "BUREAU_REPORT",
        Unit::BureauNoRecord => "BUREAU_NO_RECORD",
        Unit::TelecomLookup => "TELECOM_LOOKUP",
        Unit::TelecomNoRecord => "TELECOM_NO_RECORD",
        Unit::OtherDocument => "OTHER_DOCUMENT",
        Unit::OtherNoRecord => "OTHER_NO_RECORD",
    }
}
