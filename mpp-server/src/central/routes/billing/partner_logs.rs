//! Signed logs of partners.

use axum::Json;
use axum::extract::{Path, State};
use mpp_api::Page;
use mpp_api::central::{BringPartnerLog, PartnerLogFileView, PartnerLogQuery, PartnerLogView, SendUsageLog};
use mpp_services::central::{BroughtLog, LogBringer, PartnerLog};
use mpp_staff::Action;

use super::super::super::callers::CallingPartner;
use super::super::super::refusals::refuse;
use super::super::supervision::{look, on_wire, wanted};
use super::super::{Access, App, Group, named};
use super::forms;
use crate::desk::{StaffCaller, StaffGroup};
use crate::http::{Asked, CompactJws, Document, JsonBody, Refusal};

/// What a client server brings itself.
pub(in crate::central::routes) fn partner_group() -> Group {
    Group::new(Access::Partner).post(
        "/v1/partners/self/usage-logs",
        "Takes this partner's own signed log of uses and compares it",
        take_own,
    )
}

/// What staff bring.
pub(super) fn taken_group() -> StaffGroup<App, Access> {
    let action = Action::ManageBilling;
    (
        action,
        Group::new(Access::Operator(action)).post(
            "/v1/operator/partner-logs",
            "Takes a partner's signed log of uses that staff bring",
            take,
        ),
    )
}

async fn take_own(
    State(app): State<App>,
    CallingPartner(partner): CallingPartner,
    JsonBody(body): JsonBody<SendUsageLog>,
) -> Result<Json<PartnerLogView>, Refusal> {
    let text = body.log.trim_ascii();
    let brought = BroughtLog { text, by: LogBringer::Partner(partner), partner: Some(partner), month: None };
    let file = app.service.take_partner_log(&brought).await.map_err(refuse)?;
    Ok(Json(view(file.log)))
}

async fn take(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    JsonBody(body): JsonBody<BringPartnerLog>,
) -> Result<Json<PartnerLogView>, Refusal> {
    let brought = BroughtLog {
        text: body.log.trim_ascii(),
        by: LogBringer::Staff(staff.id.clone()),
        partner: body.partner_id,
        month: body.month,
    };
    let file = app.service.take_partner_log(&brought).await.map_err(refuse)?;
    Ok(Json(view(file.log)))
}

pub(super) async fn list(
    State(app): State<App>,
    Asked(query): Asked<PartnerLogQuery>,
) -> Result<Json<Page<PartnerLogView>>, Refusal> {
    let partner = wanted("partner", query.partner.as_deref())?;
    let month = wanted("month", query.month.as_deref())?;
    let page = app.service.partner_logs(partner, month, &look(query.after.as_deref(), None)?).await;
    Ok(Json(on_wire(page.map_err(refuse)?, view)))
}

pub(super) async fn one(
    State(app): State<App>,
    Path((partner, month)): Path<(String, String)>,
) -> Result<Json<PartnerLogFileView>, Refusal> {
    let mut file = app.service.partner_log(named(&partner)?, named(&month)?).await.map_err(refuse)?;
    Ok(Json(PartnerLogFileView {
        log: view(file.log),
        matched: file.comparison.matched.clone(),
        comparison: forms::comparison(std::mem::take(&mut file.comparison)),
    }))
}

pub(super) async fn signed(
    State(app): State<App>,
    Path((partner, month)): Path<(String, String)>,
) -> Result<Document<CompactJws>, Refusal> {
    let text = app.service.partner_log_text(named(&partner)?, named(&month)?).await.map_err(refuse)?;
    Ok(Document::new(text))
}

pub(super) fn view(log: PartnerLog) -> PartnerLogView {
    PartnerLogView {
        partner_id: log.partner,
        month: log.month,
        sha256: log.sha256,
        kid: log.kid,
        signed_at: log.signed_at,
        taken_at: log.taken_at,
        taken_by: match log.taken_by {
            LogBringer::Staff(staff) => Some(staff),
            LogBringer::Partner(_) => None,
        },
        size_bytes: log.size_bytes,
        lines: log.lines,
        matched: log.outcome.matched,
        missing_here: log.outcome.missing_here,
        missing_there: log.outcome.missing_there,
        differs: log.outcome.differs,
        replaces: log.replaces,
    }
}
