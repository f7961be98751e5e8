//! A partner's log: what it must be, and how edits of it are found.

use std::collections::BTreeSet;

use jiff::civil::date;
use mpp_core::{ConsentId, Source, Timestamp, UsageEvent, UsageUnit};
use proptest::prelude::*;
use proptest::sample::Index;

use super::samples::{event, january, now, partner};
use crate::*;

/// What an honest client server writes of an event.
fn line(event: &UsageEvent) -> UsageLogLine {
    UsageLogLine {
        reference: Reference::of(event),
        consent: event.consent,
        product: Some(event.product),
        source: event.source.clone(),
        unit: event.unit,
        at: event.at,
        received_at: Some(event.at),
        parcels: 1,
        bytes: 2048,
        sha256: None,
    }
}

fn events(count: u8) -> Vec<UsageEvent> {
    let day = |number: u8| date(2026, 1, i8::try_from(number % 28).unwrap() + 1);
    (0..count).map(|number| event(number.into(), UsageUnit::DataFetch, day(number))).collect()
}

fn log(lines: Vec<UsageLogLine>) -> Result<UsageLog, UsageLogFault> {
    UsageLog::new(partner(), january(), now(), lines)
}

#[test]
fn an_honest_log_is_sorted_counted_and_matches() {
    let events = events(30);
    let log = log(events.iter().rev().map(line).collect()).unwrap();
    assert_eq!(log.form().counts.lines, 30);
    assert_eq!(log.form().counts.units[&UsageUnit::DataFetch], 30);
    let ours: Vec<_> = events.iter().map(|event| LogEntry::of(event, None)).collect();
    let found = compare(&ours, &log.entries());
    assert_eq!(found.matched.len(), 30);
    let written = serde_json::to_string(&log).unwrap();
    let form: UsageLogForm = serde_json::from_str(&written).unwrap();
    assert_eq!(UsageLog::try_from(form), Ok(log));
}

#[test]
fn a_log_that_contradicts_itself_is_refused_by_its_fault() {
    let good = log(events(3).iter().map(line).collect()).unwrap().form().clone();
    let refused = |change: &dyn Fn(&mut UsageLogForm)| {
        let mut form = good.clone();
        change(&mut form);
        UsageLog::try_from(form).unwrap_err()
    };
    assert_eq!(refused(&|form| form.version = 2), UsageLogFault::Version);
    assert_eq!(refused(&|form| form.lines.swap(0, 1)), UsageLogFault::Order);
    assert_eq!(refused(&|form| form.lines[1] = form.lines[0].clone()), UsageLogFault::Order);
    assert_eq!(refused(&|form| form.counts.lines = 2), UsageLogFault::Counts);
    assert_eq!(refused(&|form| drop(form.lines.pop())), UsageLogFault::Counts);
    assert_eq!(refused(&|form| form.month = "2026-02".parse().unwrap()), UsageLogFault::OtherMonth);
    let midnight: Timestamp = "2026-01-31T18:30:00Z".parse().unwrap();
    assert_eq!(refused(&|form| form.lines[0].at = midnight), UsageLogFault::OtherMonth);
    let one = good.lines[0].clone();
    let long = |form: &mut UsageLogForm| form.lines = vec![one.clone(); MOST_LOG_LINES + 1];
    assert_eq!(refused(&long), UsageLogFault::TooLong);
}

#[test]
fn the_longest_log_fits_into_a_signed_text() {
    let source: Source = format!("provider:{}", "p".repeat(40)).parse().unwrap();
    let one = UsageLogLine { source, ..line(&events(1)[0]) };
    let sha256 = Some(mpp_core::Sha256Digest::from_bytes([255; 32]));
    let one = UsageLogLine { sha256, unit: UsageUnit::TelecomNoRecord, bytes: 5_000_000, parcels: 10, ..one };
    let bytes = serde_json::to_vec(&one).unwrap().len() + 1;
    let text = (bytes * MOST_LOG_LINES + 1000).div_ceil(3) * 4 + 1000;
    assert!(text < MOST_LOG_BYTES, "{bytes} bytes a line make {text}");
}

/// What somebody does to a line of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    Remove,
    MoveToOtherDay,
    OtherUnit,
    OtherConsent,
    OtherProduct,
    OtherSource,
    Invent,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop::sample::select(vec![
        Edit::Remove,
        Edit::MoveToOtherDay,
        Edit::OtherUnit,
        Edit::OtherConsent,
        Edit::OtherProduct,
        Edit::OtherSource,
        Edit::Invent,
    ])
}

/// Does it to the line; `None` when there is no line any more.
fn edited(line: &UsageLogLine, edit: Edit) -> Option<UsageLogLine> {
    let mut changed = line.clone();
    match edit {
        Edit::Remove => return None,
        Edit::MoveToOtherDay => {
            let other = if line.at.day_in_india() == date(2026, 1, 1) { 2 } else { 1 };
            changed.at = Timestamp::start_of_day_in_india(date(2026, 1, other));
        }
        Edit::OtherUnit => changed.unit = UsageUnit::TelecomLookup,
        Edit::OtherConsent => changed.consent = ConsentId::from_random([99; 16]),
        Edit::OtherProduct => changed.product = Some(mpp_core::ProductId::from_random([99; 16])),
        Edit::OtherSource => changed.source = "provider:somebody-else".parse().unwrap(),
        Edit::Invent => changed.reference = format!("invented-{}", line.reference).parse().unwrap(),
    }
    Some(changed)
}

proptest! {
    /// Each line is edited at most once; what was done to it is what the comparison says, and of no other line anything.
    #[test]
    fn random_edits_of_a_log_are_classified_exactly(
        count in 1_u8..80,
        edits in prop::collection::vec((any::<Index>(), edit()), 0..20),
    ) {
        let events = events(count);
        let ours: Vec<_> = events.iter().map(|event| LogEntry::of(event, None)).collect();
        let mut lines: Vec<_> = events.iter().map(line).collect();
        let mut touched = BTreeSet::new();
        let (mut removed, mut invented, mut changed) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        let mut kept = Vec::new();
        for (index, edit) in edits {
            let at = index.index(lines.len());
            if !touched.insert(at) { continue; }
            let before = lines[at].clone();
            let after = edited(&before, edit);
            match edit {
                Edit::Remove => { removed.insert(before.reference); }
                Edit::Invent => {
                    invented.insert(after.clone().unwrap().reference);
                    kept.extend(after.clone());
                }
                Edit::MoveToOtherDay => changed.push((before.reference, Field::Day)),
                Edit::OtherUnit => changed.push((before.reference, Field::Unit)),
                Edit::OtherConsent => changed.push((before.reference, Field::Consent)),
                Edit::OtherProduct => changed.push((before.reference, Field::Product)),
                Edit::OtherSource => changed.push((before.reference, Field::Source)),
            }
            if edit != Edit::Invent && let Some(after) = after { lines[at] = after; }
        }
        lines.retain(|line| !removed.contains(&line.reference));
        lines.extend(kept);
        let found = compare(&ours, &log(lines).unwrap().entries());
        let names = |entries: &[LogEntry]| -> BTreeSet<Reference> {
            entries.iter().map(|entry| entry.reference.clone()).collect()
        };
        prop_assert_eq!(names(&found.missing_there), removed.clone());
        prop_assert_eq!(names(&found.missing_here), invented);
        changed.sort_by(|one, other| one.0.cmp(&other.0));
        let differs: Vec<_> =
            found.differs.iter().map(|one| (one.here.reference.clone(), one.fields.clone())).collect();
        let expected: Vec<_> = changed.iter().map(|(name, field)| (name.clone(), vec![*field])).collect();
        prop_assert_eq!(differs, expected);
        prop_assert_eq!(found.matched.len(), usize::from(count) - removed.len() - changed.len());
    }
}
