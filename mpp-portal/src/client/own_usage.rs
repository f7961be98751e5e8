//! This enterprise's own log of what it is billed for: counted by day, one by one, signed, and sent to central.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Form;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::ToSpan;
use jiff::civil::Date;
use mpp_api::ApiError;
use mpp_api::central::forms::{BillingMonth, OwnUseRow, UsageLogLine};
use mpp_core::{ProductId, Source, UsageUnit};
use serde::Deserialize;

use super::product_names::ProductNames;
use crate::chart::{bars, caption, unit_words};
use crate::export::{self, Rows};
use crate::portal::PREFIX;
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, OwnUsagePage, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, Files, Filter, Sheet, Table, for_file, shown};

/// Which month is wanted; the present one when nothing is said.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    month: String,
    after: Option<String>,
}

impl Wanted {
    fn month(&self, today: Date) -> Option<BillingMonth> {
        let text = self.month.trim();
        if text.is_empty() { Some(BillingMonth::of(today)) } else { text.parse().ok() }
    }
}

/// The page.
pub(super) async fn show(signed: Signed, Filters(wanted): Filters<Wanted>) -> Response {
    let today = signed.portal.today();
    let Some(month) = wanted.month(today) else { return wrong_month(&signed).answer(&signed) };
    let read =
        async { Ok((signed.staff().own_use_counts(month).await?, ProductNames::load(&signed).await?)) };
    let (rows, names) = match read.await {
        Ok(read) => read,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let sheet = Sheet {
        lead: String::new(),
        here: "/portal/usage",
        filters: filters(&signed, month),
        table: summary(&signed, &rows, &names),
        next: None,
        export: Some(Files::of(&signed.portal, &format!("/usage?month={month}"))),
        views: None,
        add: Some((format!("{PREFIX}/usage/own?month={month}"), words.get("act.see_entries").to_owned())),
    };
    let bars = bars(&by_day(&rows, month), words.0);
    OwnUsagePage {
        frame: signed.frame("/bills", words.get("nav.usage")),
        lead: words.get("lead.own_evidence").to_owned(),
        caption: caption(&bars, words),
        bars,
        month: month.to_string(),
        is_over: month.is_over(today),
        may_send: signed.person.may("manage_billing"),
        once: signed.portal.once(),
        sheet: signed.with_views(sheet).await,
    }
    .show()
}

fn wrong_month(signed: &Signed) -> Trouble {
    let said = signed.words.get("problem.month_form").to_owned();
    Trouble::Refused { code: "month_form".to_owned(), said }
}

/// Use on every day of the month, also on those without any.
fn by_day(rows: &[OwnUseRow], month: BillingMonth) -> BTreeMap<Date, u64> {
    let days = month.first_day().series(1.day()).take_while(|day| *day <= month.last_day());
    let mut days: BTreeMap<Date, u64> = days.map(|day| (day, 0)).collect();
    for row in rows {
        if let Some(count) = days.get_mut(&row.day) {
            *count = count.saturating_add(row.quantity.get());
        }
    }
    days
}

/// Use by product, source and unit over the month.
fn summary(signed: &Signed, rows: &[OwnUseRow], names: &ProductNames) -> Table {
    let mut sums: BTreeMap<(Option<ProductId>, &Source, UsageUnit), u64> = BTreeMap::new();
    for row in rows {
        let sum = sums.entry((row.product, &row.source, row.unit)).or_default();
        *sum = sum.saturating_add(row.quantity.get());
    }
    let cells = |((product, source, unit), count): ((Option<ProductId>, &Source, UsageUnit), u64)| {
        vec![
            product.map_or(Cell::Nothing, |id| names.cell(id)),
            Cell::Tags(vec![source.to_string()]),
            Cell::text(unit_words(signed, unit)),
            Cell::number(count),
        ]
    };
    let columns = ["col.product", "col.source", "col.unit", "col.quantity"];
    table(signed, &columns, sums.into_iter().map(cells).collect())
}

fn table(signed: &Signed, columns: &[&str], rows: Vec<Vec<Cell>>) -> Table {
    let words = signed.words;
    Table {
        caption: words.get("nav.usage").to_owned(),
        columns: columns.iter().map(|name| words.get(name).to_owned()).collect(),
        rows,
        empty: words.get("empty.usage").to_owned(),
    }
}

/// The table of the page, for a file.
pub(super) async fn rows(signed: Signed, query: String) -> Result<Rows, Trouble> {
    let month = month_of(&signed, &query)?;
    let read =
        async { Ok((signed.staff().own_use_counts(month).await?, ProductNames::load(&signed).await?)) };
    let (rows, names) = read.await.map_err(|error: ApiError| Trouble::of(&error))?;
    let table = summary(&signed, &rows, &names);
    Ok(Rows::whole(&format!("usage-{month}"), &filters(&signed, month), table))
}

fn month_of(signed: &Signed, query: &str) -> Result<BillingMonth, Trouble> {
    let wanted: Wanted = export::filter_of(query)?;
    wanted.month(signed.portal.today()).ok_or_else(|| wrong_month(signed))
}

fn filters(signed: &Signed, month: BillingMonth) -> Vec<Filter> {
    vec![Filter::month("month", signed.words.get("label.month"), Some(&month.to_string()))]
}

/// Every use of a month by itself.
pub(super) async fn entries(signed: Signed, Filters(wanted): Filters<Wanted>) -> Response {
    let Some(month) = wanted.month(signed.portal.today()) else {
        return wrong_month(&signed).answer(&signed);
    };
    let read = async {
        let page = signed.staff().own_uses(month, shown(wanted.after.as_deref())).await?;
        Ok((page, ProductNames::load(&signed).await?))
    };
    let (page, names) = match read.await {
        Ok(read) => read,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let metered = (format!("{PREFIX}/usage/entries"), words.get("act.see_metered").to_owned());
    let sheet = Sheet {
        lead: words.get("lead.own_evidence").to_owned(),
        here: "/portal/usage/own",
        filters: filters(&signed, month),
        table: entry_table(&signed, &page.items, &names),
        next: page.next.map(|after| format!("{PREFIX}/usage/own?month={month}&after={after}")),
        export: Some(Files::of(&signed.portal, &format!("/usage/own?month={month}"))),
        views: None,
        add: Some(metered),
    };
    SheetPage { frame: signed.frame("/bills", words.get("title.usage_entries")), sheet }.show()
}

/// The same for a file.
pub(super) async fn entry_rows(signed: Signed, query: String) -> Result<Rows, Trouble> {
    let month = month_of(&signed, &query)?;
    let names = Arc::new(ProductNames::load(&signed).await.map_err(|error| Trouble::of(&error))?);
    let filters = filters(&signed, month);
    let page = move |after: Option<String>| {
        let (signed, names) = (signed.clone(), Arc::clone(&names));
        async move {
            let page = signed.staff().own_uses(month, for_file(after.as_deref())).await?;
            Ok((entry_table(&signed, &page.items, &names), page.next))
        }
    };
    Ok(Rows::paged(&format!("own-uses-{month}"), &filters, page))
}

fn entry_table(signed: &Signed, lines: &[UsageLogLine], names: &ProductNames) -> Table {
    let words = signed.words;
    let row = |line: &UsageLogLine| {
        vec![
            Cell::when(line.at, words),
            Cell::day(line.at.day_in_india().to_string(), words),
            Cell::text(unit_words(signed, line.unit)),
            Cell::Tags(vec![line.source.to_string()]),
            line.product.map_or(Cell::Nothing, |id| names.cell(id)),
            Cell::id(&line.reference),
            Cell::id(line.consent),
            line.received_at.map_or(Cell::Nothing, |at| Cell::when(at, words)),
            Cell::number(line.parcels.into()),
            Cell::number(line.bytes),
            line.sha256.map_or(Cell::Nothing, Cell::id),
        ]
    };
    let columns = [
        "col.when",
        "col.day",
        "col.unit",
        "col.source",
        "col.product",
        "col.reference",
        "col.consent",
        "col.received",
        "col.parcels",
        "col.bytes",
        "label.digest",
    ];
    table(signed, &columns, lines.iter().map(row).collect())
}

/// The signed log of a month.
pub(super) async fn signed_log(signed: Signed, Filters(wanted): Filters<Wanted>) -> Response {
    let Some(month) = wanted.month(signed.portal.today()) else {
        return wrong_month(&signed).answer(&signed);
    };
    match signed.staff().usage_log(month).await {
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

/// A month to be sent.
#[derive(Debug, Deserialize)]
pub(super) struct SendForm {
    once: String,
    month: String,
}

/// Signs the log of a month and sends it to central.
pub(super) async fn send(signed: Signed, Form(form): Form<SendForm>) -> Response {
    let Ok(month) = form.month.parse::<BillingMonth>() else { return wrong_month(&signed).answer(&signed) };
    match signed.staff().send_usage_log(&form.once, month).await {
        Ok(sent) => {
            let agrees = sent.missing_at_central == 0 && sent.missing_here == 0 && sent.differs == 0;
            let done = if agrees { "log_agrees" } else { "log_differs" };
            signed.lead_to(&format!("/usage?month={month}"), done)
        }
        Err(error) => signed.refused(&error),
    }
}
