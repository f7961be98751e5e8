//! One bill: what it says, what it rests on, and what can be done with it.

use axum::Form;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use mpp_api::ApiError;
use mpp_api::central::forms::{
    BillContent, BillLine, BillState, DocumentKind, EInvoice, Issue, Paise, Party, Quantity, UsageTotal,
    in_words,
};
use mpp_api::central::{BillStep, BillView, CancelBill, CreditPartForm, DraftCreditNote, NoteRegistration};
use mpp_core::{BillId, UsageUnit};
use serde::Deserialize;

use super::bills::bill_table;
use super::{partner_logs, quantity, rupees};
use crate::chart::unit_words;
use crate::portal::{OnceForm, PREFIX};
use crate::signed::Signed;
use crate::templates::{Answer, BillPage, CreditLine, Fact, PartyBlock};
use crate::trouble::Trouble;
use crate::view::{Cell, PostButton, Table};

/// The bill.
pub(super) async fn show(signed: Signed, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse::<BillId>() else { return Trouble::NotFound.answer(&signed) };
    match signed.operator().bill(id).await {
        Ok(view) => page(&signed, &view).show(),
        Err(error) => signed.refused(&error),
    }
}

/// The document as JSON.
pub(super) async fn json(signed: Signed, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse::<BillId>() else { return Trouble::NotFound.answer(&signed) };
    let document = match signed.operator().bill_document(id).await {
        Ok(document) => document,
        Err(error) => return signed.refused(&error),
    };
    let name = document.number.as_str().replace('/', "-");
    let disposition = format!("attachment; filename=\"{name}.json\"");
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    let headers =
        [(header::CONTENT_TYPE, "application/json"), (header::CONTENT_DISPOSITION, disposition.as_str())];
    (headers, text).into_response()
}

/// The document as PDF.
pub(super) async fn pdf(signed: Signed, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse::<BillId>() else { return Trouble::NotFound.answer(&signed) };
    match signed.operator().bill_pdf(id).await {
        Ok(bytes) => {
            let disposition = format!("attachment; filename=\"{id}.pdf\"");
            let headers = [
                (header::CONTENT_TYPE, "application/pdf"),
                (header::CONTENT_DISPOSITION, disposition.as_str()),
            ];
            (headers, bytes).into_response()
        }
        Err(error) => signed.refused(&error),
    }
}

fn page(signed: &Signed, view: &BillView) -> BillPage {
    let words = signed.words;
    let content = view.bill.content();
    let kind = match content.document {
        DocumentKind::Invoice => "label.invoice",
        DocumentKind::CreditNote { .. } => "label.credit_note",
    };
    let number = view.bill.issue().map(|issue| issue.number.as_str());
    let title = format!("{} {}", words.get(kind), number.unwrap_or(words.get("label.no_number")));
    let may = signed.person.may("manage_billing");
    let out = matches!(view.bill.state(), BillState::Final { .. } | BillState::Credited { .. });
    let invoice = !content.is_credit_note();
    let registrable = |issue: &Issue| !matches!(issue.e_invoice, EInvoice::NotRequired);
    BillPage {
        frame: signed.frame("/billing", &title),
        here: format!("{PREFIX}/billing/bills/{}", view.bill_id),
        once: [(); 3].map(|()| signed.portal.once()),
        facts: facts(signed, view),
        buttons: buttons(signed, view),
        waits_for_second: waits_for_second(signed, view),
        supplier: block(&content.supplier),
        recipient: block(&content.recipient),
        lines: line_table(signed, content),
        sums: sums(signed, content),
        words_of_sum: in_words(content.totals.payable),
        evidence: (invoice && !content.usage.is_empty())
            .then(|| evidence(signed, content, &view.counted_now)),
        evidence_holds: content.usage == view.counted_now,
        shows_log: invoice,
        log: view.partner_log.as_ref().map(|log| partner_logs::summary(signed, log)),
        related: bill_table(signed, words.get("caption.related_bills"), &view.related),
        has_document: number.is_some(),
        printable: view.printable,
        may_cancel: may && invoice && matches!(view.bill.state(), BillState::Final { .. }),
        may_credit: may && invoice && out,
        may_register: may && view.bill.issue().is_some_and(registrable) && out,
        credit_lines: content.lines.iter().enumerate().map(credit_line).collect(),
    }
}

fn facts(signed: &Signed, view: &BillView) -> Vec<Fact> {
    let words = signed.words;
    let content = view.bill.content();
    let fact = |name: &str, value| Fact { label: words.get(name).to_owned(), value };
    let plan = format!("{PREFIX}/prices/{}", content.plan);
    let mut facts = vec![
        fact("col.status", Cell::status(view.bill.state().state_name(), words)),
        fact("label.month", Cell::text(content.period.to_string())),
        fact("label.price_plan", Cell::Link { href: plan, text: content.plan.to_string() }),
        fact("label.place_of_supply", Cell::text(content.place_of_supply.to_string())),
        fact("col.payable", rupees(content.totals.payable)),
    ];
    match view.bill.state() {
        BillState::Draft { by, .. } => facts.push(fact("label.drafted_by", Cell::text(by.as_str()))),
        BillState::Approved { drafted_by, by, .. } => {
            facts.push(fact("label.drafted_by", Cell::text(drafted_by.as_str())));
            facts.push(fact("label.approved_by", Cell::text(by.as_str())));
        }
        BillState::Cancelled { reason, .. } => facts.push(fact("col.reason", Cell::text(reason.as_str()))),
        BillState::Final { .. } | BillState::Credited { .. } | BillState::Discarded { .. } => {}
    }
    if let DocumentKind::CreditNote { against, reason } = &content.document {
        facts.push(fact("label.against", Cell::text(against.number.as_str())));
        facts.push(fact("col.reason", Cell::text(reason.as_str())));
    }
    if let Some(issue) = view.bill.issue() {
        facts.push(fact("label.date", Cell::day(issue.date.to_string(), words)));
        facts.push(fact("label.drafted_by", Cell::text(issue.drafted_by.as_str())));
        facts.push(fact("label.approved_by", Cell::text(issue.approved_by.as_str())));
        facts.push(fact("label.numbered", Cell::when(issue.at, words)));
        facts.push(fact("label.e_invoice", Cell::status(issue.e_invoice.state_name(), words)));
    }
    facts
}

fn waits_for_second(signed: &Signed, view: &BillView) -> bool {
    matches!(view.bill.state(), BillState::Draft { by, .. } if *by == signed.person.id)
}

fn buttons(signed: &Signed, view: &BillView) -> Vec<PostButton> {
    if !signed.person.may("manage_billing") {
        return Vec::new();
    }
    let button = |step: &str, name: &str, grave| PostButton {
        action: format!("{PREFIX}/billing/bills/{}/{step}", view.bill_id),
        label: signed.words.get(name).to_owned(),
        once: signed.portal.once(),
        grave,
    };
    let discard = button("discard", "act.discard", true);
    match view.bill.state() {
        BillState::Draft { .. } if waits_for_second(signed, view) => vec![discard],
        BillState::Draft { .. } => vec![button("approve", "act.approve", false), discard],
        BillState::Approved { .. } => vec![button("finalise", "act.finalise", false), discard],
        BillState::Final { .. }
        | BillState::Credited { .. }
        | BillState::Cancelled { .. }
        | BillState::Discarded { .. } => Vec::new(),
    }
}

fn block(party: &Party) -> PartyBlock {
    PartyBlock {
        name: party.name().to_owned(),
        lines: party.address().to_vec(),
        gstin: party.gstin().to_string(),
        state: party.state().to_string(),
    }
}

fn line_table(signed: &Signed, content: &BillContent) -> Table {
    let words = signed.words;
    let row = |(at, line): (usize, &BillLine)| {
        vec![
            Cell::Number(at.saturating_add(1).to_string()),
            Cell::text(line.description.as_str()),
            Cell::text(line.sac.to_string()),
            quantity(line.quantity),
            rupees(line.unit_price),
            rupees(line.amount),
            Cell::Number(line.tax.to_string()),
        ]
    };
    let columns = [
        "col.number",
        "col.service",
        "col.sac",
        "col.quantity",
        "col.unit_price",
        "col.amount",
        "col.tax_rate",
    ];
    Table {
        caption: words.get("caption.lines").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: content.lines.iter().enumerate().map(row).collect(),
        empty: String::new(),
    }
}

/// What is added up below the lines.
fn sums(signed: &Signed, content: &BillContent) -> Vec<(String, String)> {
    let words = signed.words;
    let sum = |name: &str, amount: Paise| (words.get(name).to_owned(), format!("₹ {amount}"));
    let mut sums = vec![sum("label.taxable", content.totals.taxable)];
    for tax in &content.taxes {
        sums.push((format!("{} {}", tax.kind.name(), tax.rate), format!("₹ {}", tax.amount)));
    }
    sums.push(sum("label.rounding", content.totals.rounding));
    sums.push(sum("col.payable", content.totals.payable));
    sums
}

/// What the bill counted beside what the log of uses says now.
fn evidence(signed: &Signed, content: &BillContent, now: &[UsageTotal]) -> Table {
    let words = signed.words;
    let count = |totals: &[UsageTotal], unit: UsageUnit| {
        totals.iter().find(|total| total.unit == unit).map_or(Quantity::new(0), |total| total.quantity)
    };
    let mut units: Vec<UsageUnit> = content.usage.iter().chain(now).map(|total| total.unit).collect();
    units.sort_unstable();
    units.dedup();
    let row = |unit: UsageUnit| {
        vec![
            Cell::text(unit_words(signed, unit)),
            quantity(count(&content.usage, unit)),
            quantity(count(now, unit)),
        ]
    };
    Table {
        caption: words.get("caption.evidence").to_owned(),
        columns: ["col.unit", "col.billed", "col.counted_now"]
            .map(|name| words.get(name).to_owned())
            .to_vec(),
        rows: units.into_iter().map(row).collect(),
        empty: String::new(),
    }
}

fn credit_line((at, line): (usize, &BillLine)) -> CreditLine {
    CreditLine {
        serial: u32::try_from(at.saturating_add(1)).unwrap_or(u32::MAX),
        description: line.description.clone(),
        quantity: line.quantity.get(),
        unit_price: line.unit_price.to_string(),
    }
}

/// Takes the bill a step further.
pub(super) async fn step(
    signed: Signed,
    Path((id, step)): Path<(String, String)>,
    Form(form): Form<OnceForm>,
) -> Response {
    let (step, done) = match step.as_str() {
        "approve" => (BillStep::Approve, "bill_approved"),
        "finalise" => (BillStep::Finalise, "bill_out"),
        "discard" => (BillStep::Discard, "bill_discarded"),
        _ => return Trouble::NotFound.answer(&signed),
    };
    let Ok(id) = id.parse::<BillId>() else { return Trouble::NotFound.answer(&signed) };
    let stepped = signed.operator().step_bill(&form.once, id, step).await;
    settled(&signed, stepped, done)
}

#[derive(Debug, Deserialize)]
pub(super) struct ReasonForm {
    once: String,
    reason: String,
}

/// Makes the invoice void.
pub(super) async fn cancel(signed: Signed, Path(id): Path<String>, Form(form): Form<ReasonForm>) -> Response {
    let Ok(id) = id.parse::<BillId>() else { return Trouble::NotFound.answer(&signed) };
    let why = CancelBill { reason: form.reason };
    let cancelled = signed.operator().cancel_bill(&form.once, id, &why).await;
    settled(&signed, cancelled, "bill_cancelled")
}

/// Drafts a credit note: on the whole invoice, or on the lines that have a quantity.
pub(super) async fn credit(
    signed: Signed,
    Path(id): Path<String>,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let Ok(id) = id.parse::<BillId>() else { return Trouble::NotFound.answer(&signed) };
    let value = |name: &str| {
        form.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str()).trim()
    };
    let parts = if value("whole").is_empty() {
        let Some(parts) = parts(&form, value) else {
            return Trouble::Refused { code: "credit_form".into(), said: String::new() }.answer(&signed);
        };
        Some(parts)
    } else {
        None
    };
    let note = DraftCreditNote { reason: value("reason").to_owned(), parts };
    let drafted = signed.operator().draft_credit_note(value("once"), id, &note).await;
    settled(&signed, drafted, "credit_drafted")
}

/// The lines with a quantity; `None` when something is not a number.
fn parts<'a>(form: &'a [(String, String)], value: impl Fn(&str) -> &'a str) -> Option<Vec<CreditPartForm>> {
    let serials = form.iter().filter_map(|(name, text)| {
        let serial = name.strip_prefix("quantity_")?.parse::<u32>().ok()?;
        (!text.trim().is_empty()).then_some(serial)
    });
    let part = |serial: u32| {
        Some(CreditPartForm {
            serial,
            quantity: Quantity::new(value(&format!("quantity_{serial}")).replace(',', "").parse().ok()?),
            unit_price: Paise::from_rupees(value(&format!("price_{serial}"))).ok()?,
        })
    };
    serials.map(part).collect()
}

#[derive(Debug, Deserialize)]
pub(super) struct RegistrationForm {
    once: String,
    answer: String,
    #[serde(default)]
    irn: String,
    #[serde(default)]
    signed_qr: String,
    #[serde(default)]
    code: String,
}

/// Notes what the invoice registration portal said.
pub(super) async fn registration(
    signed: Signed,
    Path(id): Path<String>,
    Form(form): Form<RegistrationForm>,
) -> Response {
    let Ok(id) = id.parse::<BillId>() else { return Trouble::NotFound.answer(&signed) };
    let said = match form.answer.as_str() {
        "issued" => NoteRegistration::Issued {
            irn: form.irn.trim().to_owned(),
            signed_qr: form.signed_qr.trim().to_owned(),
        },
        "refused" => NoteRegistration::Refused { code: form.code.trim().to_owned() },
        _ => NoteRegistration::Cancelled,
    };
    let noted = signed.operator().note_registration(&form.once, id, &said).await;
    settled(&signed, noted, "registration_noted")
}

fn settled(signed: &Signed, result: Result<BillView, ApiError>, done: &str) -> Response {
    match result {
        Ok(view) => signed.lead_to(&format!("/billing/bills/{}", view.bill_id), done),
        Err(error) => signed.refused(&error),
    }
}
