//! The calendar of data lives: six weeks, each day with what ends on it, what is overdue, and what was purged.

use std::cmp::Ordering;

use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;
use mpp_api::ApiError;
use mpp_api::client::{
    DayOfPurgesView, OverdueDayView, PurgeCalendarQuery, PurgeCalendarView, PurgeDayView, SliceView,
};
use mpp_core::ProductId;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::product_names::ProductNames;
use crate::moment::{self, counted, grouped};
use crate::portal::PREFIX;
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, CalendarDayCell, CalendarLine, CalendarPage, CalendarWeek, Fact};
use crate::trouble::Trouble;
use crate::view::{Cell, Choice, Table};
use crate::words::Words;

const HERE: &str = "/portal/data/calendar";

/// How many days a page holds.
const DAYS: i64 = 42;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    /// A day of the first week.
    from: String,
    /// A product and a source, as [`value_of`] writes them.
    of: String,
    /// The day that is shown by product and source.
    day: String,
}

impl Wanted {
    fn query(&self) -> PurgeCalendarQuery {
        let from = self.from.trim();
        let (product, source) = match self.of.split_once(' ') {
            Some((product, source)) => (Some(product.to_owned()), Some(source.to_owned())),
            None => (None, None),
        };
        PurgeCalendarQuery { from: (!from.is_empty()).then(|| from.to_owned()), product, source }
    }

    /// The page from a day on, with the same product and source.
    fn address(&self, from: Date, day: Option<Date>) -> String {
        let (from, day) = (from.to_string(), day.map(|day| day.to_string()).unwrap_or_default());
        let pairs = [("from", from.as_str()), ("of", self.of.as_str()), ("day", day.as_str())];
        let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        format!("{HERE}?{}", Serializer::new(String::new()).extend_pairs(pairs).finish())
    }
}

/// A product and a source as one choice.
fn value_of(product: Option<ProductId>, source: &str) -> String {
    format!("{} {source}", product_value(product))
}

fn product_value(product: Option<ProductId>) -> String {
    product.map_or_else(|| "none".to_owned(), |product| product.to_string())
}

/// The page.
pub(super) async fn show(signed: Signed, Filters(wanted): Filters<Wanted>) -> Response {
    let day: Option<Date> = match wanted.day.trim() {
        "" => None,
        text => match text.parse() {
            Ok(day) => Some(day),
            Err(_) => return Trouble::NotFound.answer(&signed),
        },
    };
    match read(&signed, &wanted, day).await {
        Ok((calendar, of_day, names)) => page(&signed, &wanted, &calendar, of_day.as_ref(), &names).show(),
        Err(error) => signed.refused(&error),
    }
}

type Read = (PurgeCalendarView, Option<DayOfPurgesView>, ProductNames);

async fn read(signed: &Signed, wanted: &Wanted, day: Option<Date>) -> Result<Read, ApiError> {
    let calendar = signed.staff().purge_calendar(&wanted.query()).await?;
    let of_day = match day {
        Some(day) => Some(signed.staff().purges_of_day(day).await?),
        None => None,
    };
    Ok((calendar, of_day, ProductNames::load(signed).await?))
}

fn page(
    signed: &Signed,
    wanted: &Wanted,
    calendar: &PurgeCalendarView,
    of_day: Option<&DayOfPurgesView>,
    names: &ProductNames,
) -> CalendarPage {
    let words = signed.words;
    let first = calendar.days.first().map_or(calendar.today, |day| day.day);
    let moved = |days: i64| {
        first.checked_add(days.days()).ok().map(|from| wanted.address(from, None)).unwrap_or_default()
    };
    CalendarPage {
        frame: signed.frame("/data", words.get("title.calendar")),
        facts: facts(signed, calendar),
        is_complete: calendar.complete,
        from: first.to_string(),
        choices: choices(signed, wanted, &calendar.slices, names),
        earlier: moved(DAYS.saturating_neg()),
        now: wanted.address(calendar.today, None),
        later: moved(DAYS),
        weekdays: WEEKDAYS.map(|name| words.get(name).to_owned()),
        weeks: weeks(signed, wanted, calendar),
        overdue: overdue_table(signed.words, calendar),
        of_day: of_day.map(|day| day_table(signed, day, names)),
    }
}

const WEEKDAYS: [&str; 7] = [
    "weekday.monday",
    "weekday.tuesday",
    "weekday.wednesday",
    "weekday.thursday",
    "weekday.friday",
    "weekday.saturday",
    "weekday.sunday",
];

fn facts(signed: &Signed, calendar: &PurgeCalendarView) -> Vec<Fact> {
    let words = signed.words;
    let fact = |name: &str, value| Fact { label: words.get(name).to_owned(), value };
    let number = |text: String, place: &str| {
        if place.is_empty() {
            Cell::text(text)
        } else {
            Cell::Link { href: format!("{PREFIX}{place}"), text }
        }
    };
    let parked = if signed.person.may("see_work") { "/parked" } else { "" };
    vec![
        fact("label.counted_at", Cell::when(calendar.as_of, words)),
        fact("label.purging_now", number(grouped(calendar.purging), "/data?status=purging")),
        fact("label.purges_parked", number(counted(calendar.parked, calendar.counted_to), parked)),
        fact("label.never_ends", number(grouped(calendar.never), "/data?ends=never")),
    ]
}

/// The choice of a product with a source.
fn choices(signed: &Signed, wanted: &Wanted, slices: &[SliceView], names: &ProductNames) -> Vec<Choice> {
    let choice = |slice: &SliceView| {
        let value = value_of(slice.product_id, &slice.source);
        let label = format!("{} ({})", names.label(signed, slice.product_id), slice.source);
        Choice { chosen: value == wanted.of, value, label }
    };
    let mut choices: Vec<Choice> = slices.iter().map(choice).collect();
    choices.sort_by_key(|choice| choice.label.to_lowercase());
    choices
}

fn weeks(signed: &Signed, wanted: &Wanted, calendar: &PurgeCalendarView) -> Vec<CalendarWeek> {
    let week = |days: &[PurgeDayView]| CalendarWeek {
        label: days.first().map_or_else(String::new, |first| {
            signed.words.with("label.week_from", moment::day(first.day, signed.words.0))
        }),
        days: days.iter().map(|day| cell(signed, wanted, calendar, day)).collect(),
    };
    calendar.days.chunks(7).map(week).collect()
}

fn cell(
    signed: &Signed,
    wanted: &Wanted,
    calendar: &PurgeCalendarView,
    day: &PurgeDayView,
) -> CalendarDayCell {
    let first = calendar.days.first().map_or(day.day, |first| first.day);
    let begins = day.day.day() == 1 || day.day == first;
    let month = signed.words.0.month(day.day.month());
    CalendarDayCell {
        number: day.day.day().to_string(),
        month: begins.then(|| month.to_owned()),
        exact: day.day.to_string(),
        spoken: moment::day(day.day, signed.words.0),
        href: format!("{}#of-day", wanted.address(first, Some(day.day))),
        is_today: day.day == calendar.today,
        lines: lines(signed.words, wanted, calendar, day),
    }
}

/// What ends on the day, what of it is overdue, and what was purged on it. Of today's, what is overdue is not a list of its own.
fn lines(
    words: Words,
    wanted: &Wanted,
    calendar: &PurgeCalendarView,
    day: &PurgeDayView,
) -> Vec<CalendarLine> {
    let (overdue, ends) = match day.day.cmp(&calendar.today) {
        Ordering::Less => (day.ends, 0),
        Ordering::Equal => (calendar.overdue_today, day.ends),
        Ordering::Greater => (0, day.ends),
    };
    let is_today = day.day == calendar.today;
    let of = wanted.query();
    let of: Vec<(&str, &str)> =
        [("product", &of.product), ("source", &of.source)].into_iter().filter_map(pair).collect();
    let line = |count: u64, name: &str, filter: &str, tone: &'static str| {
        let exact = day.day.to_string();
        let pairs = [(filter, exact.as_str())].into_iter().chain(of.iter().copied());
        (count > 0).then(|| CalendarLine {
            count: grouped(count),
            what: words.get(name).to_owned(),
            href: Some(format!(
                "{PREFIX}/data?{}",
                Serializer::new(String::new()).extend_pairs(pairs).finish()
            )),
            tone,
        })
    };
    let late = line(overdue, "calendar.overdue", "ends", "bad");
    [
        late.map(|late| if is_today { CalendarLine { href: None, ..late } } else { late }),
        line(ends, "calendar.ends", "ends", "wait"),
        line(day.purged, "calendar.purged", "purged", "plain"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn pair<'a>((name, value): (&'static str, &'a Option<String>)) -> Option<(&'static str, &'a str)> {
    Some((name, value.as_deref()?))
}

/// Every day with something that should be gone, also those before the weeks shown.
fn overdue_table(words: Words, calendar: &PurgeCalendarView) -> Option<Table> {
    let row = |late: &OverdueDayView| {
        let (href, number) = (format!("{PREFIX}/data?ends={}", late.day), grouped(late.count));
        // what ends later today is among those of the day as well
        let is_today = late.day == calendar.today;
        let count = if is_today { Cell::Number(number) } else { Cell::NumberAt { href, number } };
        vec![Cell::text(moment::day(late.day, words.0)), count]
    };
    (!calendar.overdue.is_empty()).then(|| Table {
        caption: words.get("caption.overdue").to_owned(),
        columns: ["col.life_ended", "col.still_here"].map(|name| words.get(name).to_owned()).to_vec(),
        rows: calendar.overdue.iter().map(row).collect(),
        empty: String::new(),
    })
}

fn day_table(signed: &Signed, of_day: &DayOfPurgesView, names: &ProductNames) -> Table {
    let words = signed.words;
    let day = of_day.whole.day;
    let link = |count: u64, filter: &str, product: Option<ProductId>, source: &str| {
        if count == 0 {
            return Cell::Number("–".to_owned());
        }
        let (day, product) = (day.to_string(), product_value(product));
        let pairs = [(filter, day.as_str()), ("product", product.as_str()), ("source", source)];
        let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
        Cell::NumberAt { href: format!("{PREFIX}/data?{query}"), number: grouped(count) }
    };
    let rows = of_day.slices.iter().map(|slice| {
        vec![
            Cell::text(names.label(signed, slice.product_id)),
            Cell::Tags(vec![slice.source.clone()]),
            link(slice.ends, "ends", slice.product_id, &slice.source),
            link(slice.purged, "purged", slice.product_id, &slice.source),
        ]
    });
    let columns = ["col.product", "col.source", "col.still_to_end", "col.purged"];
    Table {
        caption: words.with("caption.of_day", moment::day(day, words.0)),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: rows.collect(),
        empty: words.get("empty.of_day").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// Three days with three ends on each; two of today's are overdue.
    fn calendar(today: Date) -> PurgeCalendarView {
        let day = |day: i8| PurgeDayView { day: date(2026, 1, day), ends: 3, purged: 0 };
        let late = |day: Date| OverdueDayView { day, count: 2 };
        PurgeCalendarView {
            as_of: mpp_core::Timestamp::from_unix_millis(1_768_508_707_125).unwrap(),
            today,
            counted_to: 5_000,
            complete: true,
            days: (14..=16).map(day).collect(),
            overdue: vec![late(date(2026, 1, 14)), late(today)],
            overdue_today: 2,
            purging: 0,
            parked: 0,
            never: 0,
            slices: Vec::new(),
        }
    }

    #[test]
    fn only_numbers_with_rows_of_their_own_lead_there() {
        let calendar = calendar(date(2026, 1, 15));
        let wanted = Wanted { of: value_of(None, "provider:bureau"), ..Wanted::default() };
        let seen = |day: &PurgeDayView| -> Vec<(String, &'static str, bool)> {
            let lines = lines(Words::default(), &wanted, &calendar, day).into_iter();
            lines.map(|line| (line.count, line.tone, line.href.is_some())).collect()
        };
        let said: Vec<_> = calendar.days.iter().map(seen).collect();
        let line = |count: &str, tone, leads| (count.to_owned(), tone, leads);
        assert_eq!(said[0], [line("3", "bad", true)]);
        assert_eq!(
            said[1],
            [line("2", "bad", false), line("3", "wait", true)],
            "today, with a product chosen"
        );
        assert_eq!(said[2], [line("3", "wait", true)]);
        let table = overdue_table(Words::default(), &calendar).unwrap();
        let leads = table.rows.iter().map(|row| matches!(row[1], Cell::NumberAt { .. }));
        assert_eq!(leads.collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn the_address_holds_product_source_and_day() {
        let product = ProductId::from_random([1; 16]);
        let of = value_of(Some(product), "provider:bureau");
        let wanted = Wanted { from: " 2026-01-12 ".to_owned(), of, day: String::new() };
        let query = wanted.query();
        assert_eq!(query.from.as_deref(), Some("2026-01-12"));
        assert_eq!(
            (query.product, query.source.as_deref()),
            (Some(product.to_string()), Some("provider:bureau"))
        );
        let address = wanted.address(date(2026, 2, 23), Some(date(2026, 2, 25)));
        let expected =
            format!("/portal/data/calendar?from=2026-02-23&of={product}+provider%3Abureau&day=2026-02-25");
        assert_eq!(address, expected);
        assert_eq!(Wanted::default().query(), PurgeCalendarQuery::default());
        let nobodys = Wanted { of: value_of(None, "account-aggregator"), ..Wanted::default() };
        assert_eq!(nobodys.query().product.as_deref(), Some("none"));
    }
}
