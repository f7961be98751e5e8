//! Metered use: by day as a chart, summed by partner, product, source and unit, and the entries behind it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;
use mpp_api::ApiError;
use mpp_api::central::forms::{Quantity, UsageRow};
use mpp_api::central::{UsageSummaryQuery, UsageView};
use mpp_core::{PartnerId, ProductId, Source, UsageUnit};
use serde::Deserialize;

use super::requests::Names;
use crate::chart::{bars, caption, unit_words};
use crate::export::{self, Rows};
use crate::portal::PREFIX;
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, ChartPage, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, Files, Filter, Sheet, Table, for_file, shown};

/// Which use is wanted; this month when nothing is said.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    from: String,
    to: String,
    partner: String,
}

impl Wanted {
    fn query(&self, today: Date) -> UsageSummaryQuery {
        let given = |text: &str, usual: Date| {
            let text = text.trim();
            if text.is_empty() { usual.to_string() } else { text.to_owned() }
        };
        UsageSummaryQuery {
            from: given(&self.from, today.first_of_month()),
            to: given(&self.to, today),
            partner: Some(self.partner.trim().to_owned()).filter(|text| !text.is_empty()),
        }
    }
}

/// The page.
pub(super) async fn show(signed: Signed, Filters(wanted): Filters<Wanted>) -> Response {
    let query = wanted.query(signed.portal.today());
    let rows = match signed.operator().usage_summary(&query).await {
        Ok(rows) => rows,
        Err(error) => return signed.refused(&error),
    };
    let names = match Names::load(&signed).await {
        Ok(names) => names,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let sheet = Sheet {
        lead: String::new(),
        here: "/portal/usage",
        filters: filters(&signed, &query, &names),
        table: summary(&signed, &rows, &names),
        next: None,
        export: Some(Files::of(&signed.portal, &address(&query))),
        views: None,
        add: Some((format!("{PREFIX}/usage/entries"), words.get("act.see_entries").to_owned())),
    };
    let bars = bars(&by_day(&rows, &query), words.0);
    let chart = ChartPage {
        frame: signed.frame("/usage", words.get("nav.usage")),
        lead: words.get("lead.usage").to_owned(),
        caption: caption(&bars, words),
        bars,
        sheet: signed.with_views(sheet).await,
    };
    chart.show()
}

fn address(query: &UsageSummaryQuery) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    pairs.append_pair("from", &query.from).append_pair("to", &query.to);
    pairs.extend_pairs(query.partner.as_deref().map(|partner| ("partner", partner)));
    format!("{PREFIX}/usage?{}", pairs.finish())
}

/// Use by partner, product, source and unit over all days.
fn summary(signed: &Signed, rows: &[UsageRow], names: &Names) -> Table {
    let mut sums: BTreeMap<(PartnerId, ProductId, &Source, UsageUnit), u64> = BTreeMap::new();
    for row in rows {
        let sum = sums.entry((row.partner, row.product, &row.source, row.unit)).or_default();
        *sum = sum.saturating_add(row.quantity.get());
    }
    let cells =
        |((partner, product, source, unit), count): ((PartnerId, ProductId, &Source, UsageUnit), u64)| {
            vec![
                names.partners.cell(partner),
                names.products.cell(product),
                Cell::Tags(vec![source.to_string()]),
                Cell::text(unit_words(signed, unit)),
                Cell::number(count),
            ]
        };
    table(
        signed,
        &["col.partner", "col.product", "col.source", "col.unit", "col.quantity"],
        sums.into_iter().map(cells).collect(),
    )
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
    let query = export::filter_of::<Wanted>(&query)?.query(signed.portal.today());
    let read = async { Ok((Names::load(&signed).await?, signed.operator().usage_summary(&query).await?)) };
    let (names, rows) = read.await.map_err(|error: ApiError| Trouble::of(&error))?;
    Ok(Rows::whole("usage", &filters(&signed, &query, &names), summary(&signed, &rows, &names)))
}

fn filters(signed: &Signed, query: &UsageSummaryQuery, names: &Names) -> Vec<Filter> {
    let words = signed.words;
    vec![
        Filter::day("from", words.get("filter.from"), Some(&query.from)),
        Filter::day("to", words.get("filter.to"), Some(&query.to)),
        names.partners.filter(signed, query.partner.as_deref()),
    ]
}

/// A cursor of the list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Onward {
    after: Option<String>,
}

/// Every use by itself.
pub(super) async fn entries(signed: Signed, Filters(query): Filters<Onward>) -> Response {
    let page = match signed.operator().usage(shown(query.after.as_deref())).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let names = match Names::load(&signed).await {
        Ok(names) => names,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let sheet = Sheet {
        lead: words.get("lead.usage").to_owned(),
        here: "/portal/usage/entries",
        filters: Vec::new(),
        table: entry_table(&signed, &page.items, &names),
        next: page.next.map(|after| format!("{PREFIX}/usage/entries?after={after}")),
        export: Some(Files::of(&signed.portal, "/usage/entries")),
        views: None,
        add: None,
    };
    SheetPage { frame: signed.frame("/usage", words.get("title.usage_entries")), sheet }.show()
}

/// Every use there is, for a file.
pub(super) async fn entry_rows(signed: Signed) -> Result<Rows, Trouble> {
    let names = Arc::new(Names::load(&signed).await.map_err(|error| Trouble::of(&error))?);
    let page = move |after: Option<String>| {
        let (signed, names) = (signed.clone(), Arc::clone(&names));
        async move {
            let page = signed.operator().usage(for_file(after.as_deref())).await?;
            Ok((entry_table(&signed, &page.items, &names), page.next))
        }
    };
    Ok(Rows::paged("uses", &[], page))
}

fn entry_table(signed: &Signed, entries: &[UsageView], names: &Names) -> Table {
    let columns = ["col.when", "col.day", "col.unit", "col.source", "col.partner", "col.product"];
    table(signed, &columns, entries.iter().map(|entry| row(signed, entry, names)).collect())
}

fn row(signed: &Signed, entry: &UsageView, names: &Names) -> Vec<Cell> {
    vec![
        Cell::when(entry.at, signed.words),
        Cell::day(&entry.day, signed.words),
        Cell::text(signed.words.of("unit", &entry.unit)),
        Cell::Tags(vec![entry.source.clone()]),
        names.partners.cell(entry.partner_id),
        names.products.cell(entry.product_id),
    ]
}

/// Use on every day of the period, also on those without any; of a longer one the last hundred days.
fn by_day(rows: &[UsageRow], query: &UsageSummaryQuery) -> BTreeMap<Date, u64> {
    let (Ok(from), Ok(to)) = (query.from.parse::<Date>(), query.to.parse::<Date>()) else {
        return BTreeMap::new();
    };
    let from = from.max(to.saturating_sub(99.days()));
    let mut days: BTreeMap<Date, u64> =
        from.series(1.day()).take_while(|day| *day <= to).map(|day| (day, 0)).collect();
    for row in rows {
        if let Some(count) = days.get_mut(&row.day) {
            *count = Quantity::get(row.quantity).saturating_add(*count);
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_the_period_has_a_place() {
        let query = UsageSummaryQuery { from: "2026-01-30".into(), to: "2026-02-02".into(), partner: None };
        let days: Vec<String> = by_day(&[], &query).into_keys().map(|day| day.to_string()).collect();
        assert_eq!(days, ["2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02"]);
        let year = UsageSummaryQuery { from: "2025-01-01".into(), to: "2025-12-31".into(), partner: None };
        assert_eq!(by_day(&[], &year).len(), 100);
    }
}
