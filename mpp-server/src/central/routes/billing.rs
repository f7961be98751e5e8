//! Prices, bills and logs held against each other.

mod forms;
mod partner_logs;

pub(super) use forms::bill_row;
pub(super) use partner_logs::partner_group;
use partner_logs::taken_group;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use jiff::civil::Date;
use mpp_api::Page;
use mpp_api::central::{
    BillRowView, BillSearchQuery, BillView, CancelBill, CloseMonth, DraftCreditNote, NoteRegistration,
    PricePlanView, Reconcile, ReconciliationView, SetBillingAddress, UsageSummaryQuery,
};
use mpp_billing::{BillDocument, Party, PricePlanForm, UsageRow};
use mpp_core::PricePlanId;
use mpp_services::central::{
    BillFile, BillSearch, CentralError, NewBillingAddress, Reconciliation, Registration, UsagePeriod,
};
use mpp_staff::Action;

use super::super::printing::PrintError;
use super::super::refusals::refuse;
use super::supervision::{look, on_wire, wanted};
use super::{Access, App, Group, PageQuery, field, named};
use crate::desk::{StaffCaller, StaffGroup};
use crate::http::{Asked, Document, JsonBody, Pdf, Refusal};

/// How large logs of others may be that are compared, in bytes with the JSON around them.
pub(super) const LARGEST_FILES: usize = 64 * 1024 * 1024;

/// The routes by what they take.
pub(super) fn groups() -> Vec<StaffGroup<App, Access>> {
    let of = |action, routes: fn(Group) -> Group| (action, routes(Group::new(Access::Operator(action))));
    vec![of(Action::SeeUsage, seen), of(Action::ManageBilling, managed)]
}

fn seen(group: Group) -> Group {
    group
        .get("/v1/operator/usage/summary", "Metered uses of a period, summed up", usage_summary)
        .get("/v1/operator/partners/{id}/billing-address", "Where a partner's bills go", billing_address)
        .get("/v1/operator/price-plans", "Price plans", price_plans)
        .get("/v1/operator/price-plans/{plan}", "One price plan", price_plan)
        .get("/v1/operator/bills", "Bills, by filters", bills)
        .get("/v1/operator/bills/{id}", "One bill with its history", bill)
        .get("/v1/operator/bills/{id}/document", "One bill as a document", document)
        .get("/v1/operator/bills/{id}/document.pdf", "One bill, printed", pdf)
        .get("/v1/operator/partner-logs", "Signed logs that partners sent", partner_logs::list)
        .get(
            "/v1/operator/partner-logs/{partner}/{month}",
            "A partner's signed log of one month, compared",
            partner_logs::one,
        )
        .get(
            "/v1/operator/partner-logs/{partner}/{month}/signed",
            "A partner's signed log of one month as it was signed",
            partner_logs::signed,
        )
}

fn managed(group: Group) -> Group {
    group
        .post(
            "/v1/operator/partners/{id}/billing-address",
            "Sets where a partner's bills go",
            set_billing_address,
        )
        .post("/v1/operator/price-plans", "Proposes a price plan", propose_plan)
        .post(
            "/v1/operator/price-plans/{plan}/approve",
            "Approves a price plan that somebody else proposed",
            approve_plan,
        )
        .post("/v1/operator/price-plans/{plan}/withdraw", "Withdraws a price plan", withdraw_plan)
        .post("/v1/operator/bills", "Closes a month for a partner: drafts its bill", close_month)
        .post("/v1/operator/bills/{id}/approve", "Approves a bill that somebody else drafted", approve)
        .post("/v1/operator/bills/{id}/finalise", "Gives an approved bill its number", finalise)
        .post("/v1/operator/bills/{id}/discard", "Discards a bill that has no number", discard)
        .post("/v1/operator/bills/{id}/cancel", "Cancels an invoice", cancel)
        .post("/v1/operator/bills/{id}/credit-notes", "Drafts a credit note on an invoice", draft_credit_note)
        .post(
            "/v1/operator/bills/{id}/registration",
            "Notes what the invoice registration portal answered",
            note_registration,
        )
}

/// What takes files: those that are looked at and not kept, and signed logs, which are the same when brought again.
pub(super) fn files() -> [StaffGroup<App, Access>; 2] {
    let group = Group::new(Access::Operator(Action::SeeUsage));
    [
        (
            Action::SeeUsage,
            group.post(
                "/v1/operator/reconciliations",
                "Compares a log of somebody else's with ours, without keeping it",
                reconcile,
            ),
        ),
        taken_group(),
    ]
}

async fn usage_summary(
    State(app): State<App>,
    Asked(query): Asked<UsageSummaryQuery>,
) -> Result<Json<Vec<UsageRow>>, Refusal> {
    let day = |name, text: &str| text.parse::<Date>().map_err(|_| refuse(CentralError::Invalid(name)));
    let period = UsagePeriod::new(day("from", &query.from)?, day("to", &query.to)?);
    let period = period.map_err(|error| refuse(error.into()))?;
    let partner = wanted("partner", query.partner.as_deref())?;
    app.service.usage_summary(partner, period).await.map(Json).map_err(refuse)
}

async fn billing_address(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<Option<Party>>, Refusal> {
    app.service.billing_party(named(&id)?).await.map(Json).map_err(refuse)
}

async fn set_billing_address(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<SetBillingAddress>,
) -> Result<Json<()>, Refusal> {
    let new = NewBillingAddress { lines: body.lines, standing: body.standing };
    app.service.set_billing_address(named(&id)?, new, &staff.id).await.map(Json).map_err(refuse)
}

async fn price_plans(
    State(app): State<App>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Page<PricePlanView>>, Refusal> {
    let page =
        app.service.price_plans(None, &look(query.after.as_deref(), query.limit)?).await.map_err(refuse)?;
    Ok(Json(on_wire(page, forms::plan)))
}

async fn price_plan(
    State(app): State<App>,
    Path(plan): Path<String>,
) -> Result<Json<PricePlanView>, Refusal> {
    let plan = named::<PricePlanId>(&plan)?;
    app.service.price_plan(&plan).await.map(|file| Json(forms::plan(file))).map_err(refuse)
}

async fn propose_plan(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    JsonBody(plan): JsonBody<PricePlanForm>,
) -> Result<Json<PricePlanView>, Refusal> {
    let proposed = app.service.propose_plan(plan, &staff.id).await;
    proposed.map(|file| Json(forms::plan(file))).map_err(refuse)
}

async fn approve_plan(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    Path(plan): Path<String>,
) -> Result<Json<PricePlanView>, Refusal> {
    let approved = app.service.approve_plan(&named(&plan)?, &staff.id).await;
    approved.map(|file| Json(forms::plan(file))).map_err(refuse)
}

async fn withdraw_plan(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    Path(plan): Path<String>,
) -> Result<Json<PricePlanView>, Refusal> {
    let withdrawn = app.service.withdraw_plan(&named(&plan)?, &staff.id).await;
    withdrawn.map(|file| Json(forms::plan(file))).map_err(refuse)
}

async fn bills(
    State(app): State<App>,
    Asked(query): Asked<BillSearchQuery>,
) -> Result<Json<Page<BillRowView>>, Refusal> {
    let search = BillSearch {
        partner: wanted("partner", query.partner.as_deref())?,
        month: wanted("month", query.month.as_deref())?,
        status: query.status,
    };
    let page = app.service.bills(&search, &look(query.after.as_deref(), None)?).await.map_err(refuse)?;
    Ok(Json(on_wire(page, forms::bill_row)))
}

async fn bill(State(app): State<App>, Path(id): Path<String>) -> Result<Json<BillView>, Refusal> {
    answer(&app, app.service.bill(named(&id)?).await)
}

async fn document(State(app): State<App>, Path(id): Path<String>) -> Result<Json<BillDocument>, Refusal> {
    let file = app.service.bill(named(&id)?).await.map_err(refuse)?;
    BillDocument::of(&file.bill).map(Json).ok_or_else(Refusal::not_found)
}

async fn pdf(State(app): State<App>, Path(id): Path<String>) -> Result<Document<Pdf>, Refusal> {
    let Some(printer) = &app.printer else { return Err(Refusal::not_found()) };
    let file = app.service.bill(named(&id)?).await.map_err(refuse)?;
    let document = BillDocument::of(&file.bill).ok_or_else(Refusal::not_found)?;
    match printer.print(&document).await {
        Ok(pdf) => Ok(Document::new(pdf)),
        Err(error @ PrintError::Refused(_)) => {
            Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "bill_not_printable", &error.to_string()))
        }
        Err(error) => {
            tracing::error!(error = %error, "a bill could not be printed");
            Err(Refusal::internal())
        }
    }
}

async fn close_month(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    JsonBody(body): JsonBody<CloseMonth>,
) -> Result<Json<BillView>, Refusal> {
    answer(&app, app.service.close_month(body.partner_id, body.month, &staff.id).await)
}

async fn approve(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
) -> Result<Json<BillView>, Refusal> {
    answer(&app, app.service.approve_bill(named(&id)?, &staff.id).await)
}

async fn finalise(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
) -> Result<Json<BillView>, Refusal> {
    answer(&app, app.service.finalise_bill(named(&id)?, &staff.id).await)
}

async fn discard(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
) -> Result<Json<BillView>, Refusal> {
    answer(&app, app.service.discard_bill(named(&id)?, &staff.id).await)
}

async fn cancel(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<CancelBill>,
) -> Result<Json<BillView>, Refusal> {
    answer(&app, app.service.cancel_bill(named(&id)?, &body.reason, &staff.id).await)
}

async fn draft_credit_note(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<DraftCreditNote>,
) -> Result<Json<BillView>, Refusal> {
    let parts: Option<Vec<_>> = body.parts.map(|parts| parts.into_iter().map(forms::credit_part).collect());
    let drafted = app.service.draft_credit_note(named(&id)?, parts.as_deref(), &body.reason, &staff.id).await;
    answer(&app, drafted)
}

async fn note_registration(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<NoteRegistration>,
) -> Result<Json<BillView>, Refusal> {
    let said = match body {
        NoteRegistration::Issued { irn, signed_qr } => {
            Registration::Issued { irn: field("irn", &irn)?, signed_qr }
        }
        NoteRegistration::Refused { code } => Registration::Refused { code },
        NoteRegistration::Cancelled => Registration::Cancelled,
    };
    answer(&app, app.service.note_registration(named(&id)?, &said, &staff.id).await)
}

async fn reconcile(
    State(app): State<App>,
    JsonBody(body): JsonBody<Reconcile>,
) -> Result<Json<ReconciliationView>, Refusal> {
    let wish = Reconciliation {
        month: body.month,
        partner: body.partner_id,
        source: wanted("source", body.source.as_deref())?,
        partner_log: body.partner_log.as_deref().map(str::as_bytes),
        statement: body.statement.as_deref().map(str::as_bytes),
    };
    app.service.reconcile(&wish).await.map(|found| Json(forms::reconciled(found))).map_err(refuse)
}

fn answer(app: &App, file: Result<BillFile, CentralError>) -> Result<Json<BillView>, Refusal> {
    file.map(|file| Json(forms::bill(file, app.printer.is_some()))).map_err(refuse)
}
