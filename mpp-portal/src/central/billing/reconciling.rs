//! Logs held against each other: files of others, which are looked at and not kept.

use axum::extract::Multipart;
use axum::http::StatusCode;
use axum::response::Response;
use mpp_api::central::forms::{BillingMonth, Differing, Field, LogEntry};
use mpp_api::central::{ComparisonView, LineFaultView, Reconcile, ReconciliationView};
use mpp_core::PartnerId;

use super::partner_logs;
use crate::central::partner_names::PartnerNames;
use crate::chart::unit_words;
use crate::moment::grouped;
use crate::signed::Signed;
use crate::templates::{Answer, Compared, ReconcileForm, ReconcilePage};
use crate::trouble::Trouble;
use crate::view::{Cell, Table};

/// How many rows of a list are shown; the counts are of all.
pub(super) const MOST_SHOWN: usize = 200;

/// The form.
pub(super) async fn form(signed: Signed) -> Response {
    page(&signed, ReconcileForm::default(), None, None).await
}

/// Compares the files that were sent.
pub(super) async fn compare(signed: Signed, multipart: Multipart) -> Response {
    let Some((values, wanted)) = read(multipart).await else {
        let said = signed.words.get("problem.upload").to_owned();
        return page(&signed, ReconcileForm::default(), None, Some(said)).await;
    };
    let Some(wanted) = wanted else {
        let is_month = values.month.parse::<BillingMonth>().is_ok();
        let said = signed.words.get(if is_month { "problem.month" } else { "problem.month_form" }).to_owned();
        return page(&signed, values, None, Some(said)).await;
    };
    match signed.operator().reconcile(&wanted).await {
        Ok(found) => page(&signed, values, Some(found), None).await,
        Err(error) => {
            let said = Trouble::of(&error).words(signed.words);
            page(&signed, values, None, Some(said)).await
        }
    }
}

/// What was sent: the fields to be shown again, and the wish, unless month or partner cannot be read. `None` when the
/// form did not arrive whole or a file is not UTF-8.
async fn read(mut multipart: Multipart) -> Option<(ReconcileForm, Option<Reconcile>)> {
    let mut values = ReconcileForm::default();
    let (mut partner_log, mut statement) = (None, None);
    while let Some(field) = multipart.next_field().await.ok()? {
        let name = field.name().unwrap_or_default().to_owned();
        let text = String::from_utf8(field.bytes().await.ok()?.to_vec()).ok()?;
        let file = (!text.trim().is_empty()).then_some(text.clone());
        match name.as_str() {
            "month" => values.month = text.trim().to_owned(),
            "partner" => values.partner = text.trim().to_owned(),
            "source" => values.source = text.trim().to_owned(),
            "partner_log" => partner_log = file,
            "statement" => statement = file,
            _ => {}
        }
    }
    let partner = Some(values.partner.as_str()).filter(|text| !text.is_empty()).map(str::parse::<PartnerId>);
    let wish = values.month.parse().ok().zip(partner.transpose().ok()).map(|(month, partner_id)| Reconcile {
        month,
        partner_id,
        source: Some(values.source.clone()).filter(|text| !text.is_empty()),
        partner_log,
        statement,
    });
    Some((values, wish))
}

pub(super) async fn page(
    signed: &Signed,
    values: ReconcileForm,
    found: Option<ReconciliationView>,
    problem: Option<String>,
) -> Response {
    let names = match PartnerNames::load(signed).await {
        Ok(names) => names,
        Err(error) => return signed.refused(&error),
    };
    let logs = match partner_logs::kept(signed, &names).await {
        Ok(logs) => logs,
        Err(error) => return signed.refused(&error),
    };
    let partners = names.ticks(&values.partner);
    let mut frame = signed.frame("/reconciliation", signed.words.get("nav.reconciliation"));
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    frame.problem = problem;
    let compared = found.map(|found| compared(signed, &found)).unwrap_or_default();
    let may_bring = signed.person.may("manage_billing");
    ReconcilePage { frame, partners, values, compared, logs, may_bring }.answer(status)
}

fn compared(signed: &Signed, found: &ReconciliationView) -> Vec<Compared> {
    let none: &[LineFaultView] = &[];
    let all = [
        ("caption.with_partner", &found.with_partner, found.partner_faults.as_slice()),
        ("caption.with_source", &found.with_source, found.source_faults.as_slice()),
        ("caption.partner_with_source", &found.partner_with_source, none),
    ];
    let one = |(name, comparison, faults): (&str, &Option<ComparisonView>, &[LineFaultView])| {
        comparison.as_ref().map(|comparison| one(signed, name, comparison, faults))
    };
    all.into_iter().filter_map(one).collect()
}

fn one(signed: &Signed, name: &str, found: &ComparisonView, faults: &[LineFaultView]) -> Compared {
    let words = signed.words;
    let count = |name: &str, number: usize| {
        (words.get(name).to_owned(), grouped(u64::try_from(number).unwrap_or(u64::MAX)))
    };
    let figures = vec![
        (words.get("figure.matched").to_owned(), grouped(found.matched)),
        count("figure.missing_here", found.missing_here.len()),
        count("figure.missing_there", found.missing_there.len()),
        count("figure.differs", found.differs.len()),
        count("figure.unreadable", faults.len()),
    ];
    let lengths = [found.missing_here.len(), found.missing_there.len(), found.differs.len(), faults.len()];
    let is_cut = lengths.into_iter().any(|length| length > MOST_SHOWN);
    let tables = [
        entries(signed, "figure.missing_here", &found.missing_here),
        entries(signed, "figure.missing_there", &found.missing_there),
        differing(signed, &found.differs),
        unreadable(signed, faults),
    ];
    Compared {
        title: words.get(name).to_owned(),
        figures,
        tables: tables.into_iter().filter(|table| !table.rows.is_empty()).collect(),
        cut: is_cut.then(|| words.with("label.first_rows_compared", MOST_SHOWN)),
    }
}

pub(super) fn table(signed: &Signed, caption: &str, columns: &[&str], rows: Vec<Vec<Cell>>) -> Table {
    let words = signed.words;
    Table {
        caption: words.get(caption).to_owned(),
        columns: columns.iter().map(|name| words.get(name).to_owned()).collect(),
        rows,
        empty: String::new(),
    }
}

fn entries(signed: &Signed, caption: &str, entries: &[LogEntry]) -> Table {
    let rows = entries.iter().take(MOST_SHOWN).map(|entry| entry_cells(signed, entry)).collect();
    table(signed, caption, &["col.reference", "col.day", "col.unit", "col.amount"], rows)
}

fn entry_cells(signed: &Signed, entry: &LogEntry) -> Vec<Cell> {
    vec![
        Cell::id(&entry.reference),
        Cell::text(entry.day.to_string()),
        Cell::text(unit_words(signed, entry.unit)),
        entry.amount.map_or(Cell::Nothing, super::rupees),
    ]
}

fn differing(signed: &Signed, found: &[Differing]) -> Table {
    let row = |one: &Differing| {
        let fields = one.fields.iter().map(|field| signed.words.get(field_name(*field)).to_owned());
        let mut cells = entry_cells(signed, &one.here);
        cells.extend(entry_cells(signed, &one.there).into_iter().skip(1));
        cells.push(Cell::Tags(fields.collect()));
        cells
    };
    let columns = [
        "col.reference",
        "col.day",
        "col.unit",
        "col.amount",
        "col.day_there",
        "col.unit_there",
        "col.amount_there",
        "col.differs_in",
    ];
    table(signed, "figure.differs", &columns, found.iter().take(MOST_SHOWN).map(row).collect())
}

/// The column a field stands in.
pub(super) const fn field_name(field: Field) -> &'static str {
    match field {
        Field::Day => "col.day",
        Field::Unit => "col.unit",
        Field::Amount => "col.amount",
        Field::Consent => "col.consent",
        Field::Product => "col.product",
        Field::Source => "col.source",
    }
}

/// What is wrong with a line; in the server's own words where there are none of ours.
fn what_is_wrong(signed: &Signed, fault: &LineFaultView) -> String {
    let said = signed.words.find(&format!("line_fault.{}", fault.code)).unwrap_or(fault.problem.as_str());
    fault.same_as_line.map_or_else(|| said.to_owned(), |line| said.replacen("{}", &line.to_string(), 1))
}

fn unreadable(signed: &Signed, faults: &[LineFaultView]) -> Table {
    let row =
        |fault: &LineFaultView| vec![Cell::number(fault.line), Cell::text(what_is_wrong(signed, fault))];
    let rows = faults.iter().take(MOST_SHOWN).map(row).collect();
    table(signed, "figure.unreadable", &["col.line", "col.problem"], rows)
}
