//! Signed logs of partners: brought, held against ours line by line, and kept.

use axum::extract::multipart::Field as FormField;
use axum::extract::{Multipart, Path};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use mpp_api::ApiError;
use mpp_api::central::forms::{BillingMonth, Differing, Field, LogEntry, MOST_LOG_BYTES};
use mpp_api::central::{BringPartnerLog, PartnerLogFileView, PartnerLogQuery, PartnerLogView};
use mpp_core::PartnerId;
use serde::Deserialize;

use super::reconciling::{self, MOST_SHOWN, field_name, table};
use crate::central::partner_names::PartnerNames;
use crate::chart::unit_words;
use crate::export::{self, Rows};
use crate::moment::{bytes, grouped};
use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, Fact, LogSummary, PartnerLogPage, ReconcileForm};
use crate::trouble::Trouble;
use crate::view::{Cell, Files, Filter, Table};

/// The columns of a line.
const ENTRY: [&str; 6] = ["col.reference", "col.day", "col.unit", "col.source", "col.product", "col.consent"];

/// The logs that were brought last.
pub(super) async fn kept(signed: &Signed, names: &PartnerNames) -> Result<Table, ApiError> {
    let logs = signed.operator().partner_logs(&PartnerLogQuery::default()).await?;
    let words = signed.words;
    let row = |log: &PartnerLogView| {
        vec![
            Cell::Link { href: address(log.partner_id, log.month), text: log.month.to_string() },
            names.cell(log.partner_id),
            Cell::number(log.lines),
            Cell::number(log.matched),
            Cell::number(log.missing_here),
            Cell::number(log.missing_there),
            Cell::number(log.differs),
            Cell::when(log.taken_at, words),
        ]
    };
    let columns = [
        "label.month",
        "col.partner",
        "col.log_lines",
        "figure.matched",
        "figure.only_partner",
        "figure.only_here",
        "figure.differs",
        "col.brought",
    ];
    let mut table = table(signed, "caption.signed_logs", &columns, logs.items.iter().map(row).collect());
    words.get("empty.signed_logs").clone_into(&mut table.empty);
    Ok(table)
}

fn address(partner: PartnerId, month: BillingMonth) -> String {
    format!("{PREFIX}/reconciliation/{partner}/{month}")
}

/// Takes a log that somebody brings.
pub(super) async fn take(signed: Signed, multipart: Multipart) -> Response {
    let again = async |values: ReconcileForm, said: String| {
        reconciling::page(&signed, values, None, Some(said)).await
    };
    let (values, log) = read(multipart).await;
    let log = match log {
        Ok(log) => log,
        Err(name) => return again(values, signed.words.get(name).to_owned()).await,
    };
    let wanted = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let partner = wanted(&values.partner).map(|text| text.parse::<PartnerId>()).transpose();
    let month = wanted(&values.month).map(|text| text.parse::<BillingMonth>()).transpose();
    let wrong = if month.is_ok() { "problem.month" } else { "problem.month_form" };
    let (Ok(partner_id), Ok(month)) = (partner, month) else {
        return again(values, signed.words.get(wrong).to_owned()).await;
    };
    match signed.operator().bring_partner_log(&BringPartnerLog { partner_id, month, log }).await {
        Ok(log) => {
            signed.lead_to(&format!("/reconciliation/{}/{}", log.partner_id, log.month), "partner_log_taken")
        }
        Err(error) => again(values, Trouble::of(&error).words(signed.words)).await,
    }
}

/// The fields to be shown again, and the log or the name of the text that says why there is none.
async fn read(mut multipart: Multipart) -> (ReconcileForm, Result<String, &'static str>) {
    let (mut values, mut log) = (ReconcileForm::default(), Ok(String::new()));
    loop {
        let field = match multipart.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => return (values, log),
            Err(_) => return (values, Err("problem.upload")),
        };
        let name = field.name().unwrap_or_default().to_owned();
        match (name.as_str(), text_of(field).await) {
            ("signed_log", text) => log = text,
            (_, Err(name)) => return (values, Err(name)),
            ("month", Ok(text)) => values.month = text.trim().to_owned(),
            ("partner", Ok(text)) => values.partner = text.trim().to_owned(),
            _ => {}
        }
    }
}

/// What stands in a field. What is larger than any signed log is read to its end all the same, so that the browser gets
/// an answer, and is not kept.
async fn text_of(mut field: FormField<'_>) -> Result<String, &'static str> {
    let (mut bytes, mut is_too_large) = (Vec::new(), false);
    while let Some(chunk) = field.chunk().await.map_err(|_| "problem.upload")? {
        is_too_large = is_too_large || bytes.len().saturating_add(chunk.len()) > MOST_LOG_BYTES;
        if !is_too_large {
            bytes.extend_from_slice(&chunk);
        }
    }
    if is_too_large {
        return Err("problem.partner_log_too_large");
    }
    String::from_utf8(bytes).map_err(|_| "problem.upload")
}

type Named = Path<(String, String)>;

fn named((partner, month): &(String, String)) -> Option<(PartnerId, BillingMonth)> {
    partner.parse().ok().zip(month.parse().ok())
}

/// A log, held against ours.
pub(super) async fn show(signed: Signed, Path(place): Named) -> Response {
    let Some((partner, month)) = named(&place) else { return Trouble::NotFound.answer(&signed) };
    let file = match signed.operator().partner_log(partner, month).await {
        Ok(file) => file,
        Err(error) => return signed.refused(&error),
    };
    let names = match PartnerNames::load(&signed).await {
        Ok(names) => names,
        Err(error) => return signed.refused(&error),
    };
    let title = signed.words.with("title.signed_log", month);
    let here = address(partner, month);
    let counts = figures(&signed, &file.log);
    let shown = counts.iter().any(|(_, count)| *count > u64::try_from(MOST_SHOWN).unwrap_or(u64::MAX));
    PartnerLogPage {
        frame: signed.frame("/reconciliation", &title),
        facts: facts(&signed, &file.log, &names),
        agrees: file.log.agrees(),
        figures: counts.into_iter().map(|(name, count)| (name, grouped(count))).collect(),
        tables: tables(&signed, &file),
        cut: shown.then(|| signed.words.with("label.first_rows", MOST_SHOWN)),
        files: Files::of(&signed.portal, &format!("/reconciliation/lines?partner={partner}&month={month}")),
        here,
    }
    .show()
}

fn figures(signed: &Signed, log: &PartnerLogView) -> Vec<(String, u64)> {
    let all = [
        ("figure.matched", log.matched),
        ("figure.only_partner", log.missing_here),
        ("figure.only_here", log.missing_there),
        ("figure.differs", log.differs),
    ];
    all.map(|(name, count)| (signed.words.get(name).to_owned(), count)).to_vec()
}

fn facts(signed: &Signed, log: &PartnerLogView, names: &PartnerNames) -> Vec<Fact> {
    let words = signed.words;
    let fact = |name: &str, value| Fact { label: words.get(name).to_owned(), value };
    let by = log.taken_by.as_ref().map_or_else(|| words.get("label.by_partner"), |staff| staff.as_str());
    let mut facts = vec![
        fact("col.partner", names.cell(log.partner_id)),
        fact("label.month", Cell::text(log.month.to_string())),
        fact("col.log_lines", Cell::number(log.lines)),
        fact("label.signed_at", Cell::when(log.signed_at, words)),
        fact("label.signing_key", Cell::id(&log.kid)),
        fact("col.brought", Cell::when(log.taken_at, words)),
        fact("label.brought_by", Cell::text(by)),
        fact("label.digest", Cell::id(log.sha256)),
        fact("label.size", Cell::text(bytes(log.size_bytes))),
    ];
    facts.extend(log.replaces.map(|digest| fact("label.replaces", Cell::id(digest))));
    facts
}

fn tables(signed: &Signed, file: &PartnerLogFileView) -> Vec<Table> {
    let entries = |caption: &str, entries: &[LogEntry]| {
        let rows = entries.iter().take(MOST_SHOWN).map(|entry| cells(signed, entry)).collect();
        table(signed, caption, &ENTRY, rows)
    };
    let found = &file.comparison;
    let differing = found.differs.iter().take(MOST_SHOWN).map(|one| {
        vec![
            Cell::id(&one.here.reference),
            Cell::Named(said(signed, one, &one.here)),
            Cell::Named(said(signed, one, &one.there)),
        ]
    });
    let differing = table(
        signed,
        "figure.differs",
        &["col.reference", "col.said_here", "col.said_there"],
        differing.collect(),
    );
    let all = [
        entries("figure.only_partner", &found.missing_here),
        entries("figure.only_here", &found.missing_there),
        differing,
        entries("figure.matched", &file.matched),
    ];
    all.into_iter().filter(|table| !table.rows.is_empty()).collect()
}

fn cells(signed: &Signed, entry: &LogEntry) -> Vec<Cell> {
    vec![
        Cell::id(&entry.reference),
        Cell::day(entry.day.to_string(), signed.words),
        Cell::text(unit_words(signed, entry.unit)),
        entry.source.as_ref().map_or(Cell::Nothing, |source| Cell::Tags(vec![source.to_string()])),
        entry.product.map_or(Cell::Nothing, Cell::id),
        entry.consent.map_or(Cell::Nothing, Cell::id),
    ]
}

/// What one side says of the fields in which both differ.
fn said(signed: &Signed, one: &Differing, side: &LogEntry) -> Vec<(String, String)> {
    let value = |field: Field| match field {
        Field::Day => side.day.to_string(),
        Field::Unit => unit_words(signed, side.unit),
        Field::Amount => side.amount.map(|amount| amount.to_string()).unwrap_or_default(),
        Field::Consent => side.consent.map(|id| id.to_string()).unwrap_or_default(),
        Field::Product => side.product.map(|id| id.to_string()).unwrap_or_default(),
        Field::Source => side.source.as_ref().map(ToString::to_string).unwrap_or_default(),
    };
    one.fields.iter().map(|field| (signed.words.get(field_name(*field)).to_owned(), value(*field))).collect()
}

/// Which log of which month.
#[derive(Deserialize)]
struct OfMonth {
    partner: String,
    month: String,
}

/// Every line of both logs with what became of it, for a file.
pub(in crate::central) async fn rows(signed: Signed, query: String) -> Result<Rows, Trouble> {
    let OfMonth { partner, month } = export::filter_of(&query)?;
    let (partner, month) = named(&(partner, month)).ok_or(Trouble::NotFound)?;
    let read = async {
        Ok((signed.operator().partner_log(partner, month).await?, PartnerNames::load(&signed).await?))
    };
    let (file, names) = read.await.map_err(|error: ApiError| Trouble::of(&error))?;
    let month = month.to_string();
    let filters = [
        names.filter(&signed, Some(&partner.to_string())),
        Filter::month("month", signed.words.get("label.month"), Some(&month)),
    ];
    Ok(Rows::whole(&format!("reconciliation-{month}"), &filters, every_line(&signed, &file)))
}

fn every_line(signed: &Signed, file: &PartnerLogFileView) -> Table {
    let plain = |name: &str, entry: &LogEntry| {
        let mut row = vec![Cell::text(signed.words.get(name))];
        row.extend(cells(signed, entry));
        row.extend([Cell::Nothing, Cell::Nothing]);
        row
    };
    let found = &file.comparison;
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    rows.extend(found.missing_here.iter().map(|entry| plain("figure.only_partner", entry)));
    rows.extend(found.missing_there.iter().map(|entry| plain("figure.only_here", entry)));
    rows.extend(found.differs.iter().map(|one| {
        let mut row = plain("figure.differs", &one.here);
        row.truncate(ENTRY.len().saturating_add(1));
        let fields = one.fields.iter().map(|field| signed.words.get(field_name(*field)).to_owned());
        row.extend([Cell::Tags(fields.collect()), Cell::Named(said(signed, one, &one.there))]);
        row
    }));
    rows.extend(file.matched.iter().map(|entry| plain("figure.matched", entry)));
    let columns: Vec<&str> =
        ["col.outcome"].into_iter().chain(ENTRY).chain(["col.differs_in", "col.said_there"]).collect();
    table(signed, "caption.signed_logs", &columns, rows)
}

/// The signed text itself.
pub(super) async fn signed_text(signed: Signed, Path(place): Named) -> Response {
    let Some((partner, month)) = named(&place) else { return Trouble::NotFound.answer(&signed) };
    match signed.operator().partner_log_text(partner, month).await {
        Ok(text) => {
            let disposition = format!("attachment; filename=\"usage-log-{month}.jws\"");
            let headers = [
                (header::CONTENT_TYPE, "application/jose"),
                (header::CONTENT_DISPOSITION, disposition.as_str()),
            ];
            (headers, text).into_response()
        }
        Err(error) => signed.refused(&error),
    }
}

/// What a bill shows of the log of its month.
pub(super) fn summary(signed: &Signed, log: &PartnerLogView) -> LogSummary {
    LogSummary {
        href: address(log.partner_id, log.month),
        agrees: log.agrees(),
        figures: figures(signed, log).into_iter().map(|(name, count)| (name, grouped(count))).collect(),
    }
}
