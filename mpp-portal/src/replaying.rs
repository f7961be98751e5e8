//! Doing a range of notifications again, as both portals ask for it: the range is chosen, what it holds is shown, and only
//! then can it be confirmed.

use axum::response::Response;
use jiff::civil::Date;
use mpp_api::ReplayedRangeView;
use mpp_core::Timestamp;
use serde::Deserialize;

use crate::moment::{counted, grouped};
use crate::signed::Signed;
use crate::templates::{Answer, ReplayPage};
use crate::trouble::Trouble;
use crate::view::{Filter, Sheet, Table};

/// The range in the address of the page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RangeQuery {
    pub(crate) partner: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) reason: String,
}

/// What is confirmed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReplayForm {
    pub(crate) once: String,
    partner: String,
    from: String,
    to: String,
    reason: String,
    as_of: String,
    count: String,
}

/// The instants between which something was given up, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instants {
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
    pub(crate) reason: Option<String>,
}

fn said(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn day(name: &str, text: &str) -> Result<Option<Date>, Trouble> {
    let wrong = |_| Trouble::Refused { code: "day_wrong".to_owned(), said: format!("{name} is not a day") };
    said(text).map(|text| text.parse().map_err(wrong)).transpose()
}

impl RangeQuery {
    /// The partner, where one is named.
    ///
    /// # Errors
    /// When what is named is none.
    pub(crate) fn partner<T: std::str::FromStr>(&self) -> Result<Option<T>, Trouble> {
        said(&self.partner).map(|text| text.parse().map_err(|_| Trouble::NotFound)).transpose()
    }

    /// The days as instants: from the beginning of the first to the end of the last.
    ///
    /// # Errors
    /// When one of them is no day.
    pub(crate) fn instants(&self) -> Result<Instants, Trouble> {
        let last = day("to", &self.to)?;
        Ok(Instants {
            from: day("from", &self.from)?.map(Timestamp::start_of_day_in_india),
            to: last.and_then(|last| last.tomorrow().ok()).map(Timestamp::start_of_day_in_india),
            reason: said(&self.reason).map(str::to_owned),
        })
    }

    /// The filters of the page: days, and one of these reasons.
    pub(crate) fn filters(&self, signed: &Signed, reasons: [&str; 4]) -> Vec<Filter> {
        let words = signed.words;
        let choices = reasons.map(|reason| (reason.to_owned(), words.of("reason", reason)));
        vec![
            Filter::day("from", words.get("filter.parked_from"), said(&self.from)),
            Filter::day("to", words.get("filter.parked_to"), said(&self.to)),
            Filter::choices("reason", words.get("col.reason"), said(&self.reason), choices),
        ]
    }
}

impl ReplayForm {
    /// The range that was looked at.
    pub(crate) fn range(&self) -> RangeQuery {
        let Self { partner, from, to, reason, .. } = self.clone();
        RangeQuery { partner, from, to, reason }
    }

    /// When it was looked at, and how many there were.
    ///
    /// # Errors
    /// When the form was not sent by the page.
    pub(crate) fn seen(&self) -> Result<(Timestamp, u64), Trouble> {
        let as_of = self.as_of.parse().map_err(|_| Trouble::NotFound)?;
        let count = self.count.parse().map_err(|_| Trouble::NotFound)?;
        Ok((as_of, count))
    }
}

/// What a range holds.
pub(crate) struct Seen {
    pub(crate) as_of: Timestamp,
    pub(crate) count: u64,
    pub(crate) counted_to: u64,
    /// How many of what kind.
    pub(crate) groups: Table,
    /// The first of them.
    pub(crate) first: Table,
}

/// Where the page stands.
pub(crate) struct Place {
    /// The list it belongs to, within the portal.
    pub(crate) list: &'static str,
    /// The name of the list's text.
    pub(crate) list_name: &'static str,
    /// The page itself.
    pub(crate) here: &'static str,
}

/// The page: the range as filters, what it holds, what became of the one before, and the button.
pub(crate) fn replay_page(
    signed: &Signed,
    place: &Place,
    (range, filters): (&RangeQuery, Vec<Filter>),
    seen: Seen,
    done: Option<ReplayedRangeView>,
) -> Response {
    let words = signed.words;
    let may = signed.person.may("replay_work") && seen.count > 0;
    let hidden = [
        ("once", signed.portal.once()),
        ("partner", range.partner.clone()),
        ("from", range.from.clone()),
        ("to", range.to.clone()),
        ("reason", range.reason.clone()),
        ("as_of", seen.as_of.to_string()),
        ("count", seen.count.to_string()),
    ];
    let mut frame = signed.frame(place.list, words.get("title.replay_range"));
    frame.done = done.map(|done| told(signed, done)).or(frame.done);
    let page = ReplayPage {
        frame,
        lead: words.get("lead.replay_range").to_owned(),
        sheet: Sheet {
            lead: String::new(),
            here: place.here,
            filters,
            table: seen.groups,
            next: None,
            export: None,
            views: None,
            add: None,
        },
        first: seen.first,
        hidden: hidden.to_vec(),
        act: may.then(|| words.with("act.replay_these", counted(seen.count, seen.counted_to))),
        back: (format!("{}{}", crate::PREFIX, place.list), words.get(place.list_name).to_owned()),
    };
    page.show()
}

fn told(signed: &Signed, done: ReplayedRangeView) -> String {
    let words = signed.words;
    let name = match (done.replayed, done.remaining) {
        (0, _) => return words.get("flash.range_none").to_owned(),
        (_, true) => "flash.range_more",
        (_, false) => "flash.range_all",
    };
    words.with(name, grouped(done.replayed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_reach_from_their_beginning_to_their_end_in_india() {
        let range = RangeQuery { from: "2026-01-15".into(), to: " 2026-01-15 ".into(), ..Default::default() };
        let instants = range.instants().unwrap();
        assert_eq!(instants.from.unwrap().to_string(), "2026-01-14T18:30:00.000Z");
        assert_eq!(instants.to.unwrap().to_string(), "2026-01-15T18:30:00.000Z");
        assert_eq!(instants.reason, None);
        let wrong = RangeQuery { to: "soon".into(), ..Default::default() };
        assert!(matches!(wrong.instants(), Err(Trouble::Refused { code, .. }) if code == "day_wrong"));
    }
}
