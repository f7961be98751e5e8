//! Metered use: by day as a chart, and the entries behind it.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use mpp_api::central::UsageView;
use serde::Deserialize;

use crate::moment::grouped;
use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, Bar, ChartPage};
use crate::view::{Cell, Sheet, Table};

/// The size of the chart, in its own units.
const WIDTH: u32 = 720;
const HEIGHT: u32 = 120;

/// A cursor of the list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Onward {
    after: Option<String>,
}

/// The page.
pub(super) async fn show(signed: Signed, Query(query): Query<Onward>) -> Response {
    let page = match signed.operator().usage(query.after.as_deref()).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let mut days: BTreeMap<&str, u64> = BTreeMap::new();
    for entry in &page.items {
        let count = days.entry(&entry.day).or_default();
        *count = count.saturating_add(1);
    }
    let columns = ["col.when", "col.day", "col.unit", "col.source", "col.partner", "col.product"];
    let sheet = Sheet {
        lead: String::new(),
        here: "/portal/usage",
        filters: Vec::new(),
        table: Table {
            caption: words.get("nav.usage").to_owned(),
            columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
            rows: page.items.iter().map(|entry| row(&signed, entry)).collect(),
            empty: words.get("empty.usage").to_owned(),
        },
        next: page.next.map(|after| format!("{PREFIX}/usage?after={after}")),
        export: None,
        add: None,
    };
    let chart = ChartPage {
        frame: signed.frame("/usage", words.get("nav.usage")),
        lead: words.get("lead.usage").to_owned(),
        bars: bars(&days),
        caption: words.get("caption.usage").to_owned(),
        sheet,
    };
    chart.show()
}

fn row(signed: &Signed, entry: &UsageView) -> Vec<Cell> {
    vec![
        Cell::when(entry.at, signed.words),
        Cell::text(&entry.day),
        Cell::text(signed.words.of("unit", &entry.unit)),
        Cell::Tags(vec![entry.source.clone()]),
        Cell::id_at(entry.partner_id, format!("{PREFIX}/partners/{}", entry.partner_id)),
        Cell::id(entry.product_id),
    ]
}

/// The bars of a chart, the highest as high as the chart.
fn bars(days: &BTreeMap<&str, u64>) -> Vec<Bar> {
    let most = days.values().copied().max().unwrap_or(0).max(1);
    let count = u32::try_from(days.len()).unwrap_or(1).max(1);
    let step = (WIDTH / count).max(3);
    let bar = |(at, (day, value)): (usize, (&&str, &u64))| {
        let share = value.saturating_mul(HEIGHT.into()) / most;
        let height = u32::try_from(share).unwrap_or(HEIGHT).max(1);
        Bar {
            label: (*day).to_owned(),
            value: grouped(*value),
            x: step.saturating_mul(u32::try_from(at).unwrap_or(0)),
            y: HEIGHT.saturating_sub(height),
            width: step.saturating_sub(2).min(48),
            height,
        }
    };
    days.iter().enumerate().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_fills_the_chart() {
        let drawn = bars(&BTreeMap::from([("2026-01-01", 5), ("2026-01-02", 10)]));
        assert_eq!((drawn[1].y, drawn[1].height), (0, HEIGHT));
        assert_eq!((drawn[0].y, drawn[0].height), (HEIGHT / 2, HEIGHT / 2));
        assert!(bars(&BTreeMap::new()).is_empty());
    }
}
