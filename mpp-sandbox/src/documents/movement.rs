//! Single transactions and which of them a consent lets out.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use mpp_core::{ConsentType, DataFilter, DataFilterOperator, DataFilterType, DataRange, Timestamp};

use super::paise::{Paise, parse_rupees};

const INDIA_SECONDS: i32 = 19_800;

/// Whether money came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Credit,
    Debit,
}

impl Direction {
    /// The word of the schema.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Credit => "CREDIT",
            Self::Debit => "DEBIT",
        }
    }
}

/// One transaction of an account.
#[derive(Debug, Clone)]
pub(crate) struct Movement {
    /// Indian wall-clock time.
    pub(crate) at: DateTime,
    pub(crate) direction: Direction,
    /// The schema's `type`, where it is more than the direction.
    pub(crate) kind: &'static str,
    pub(crate) mode: &'static str,
    pub(crate) amount: Paise,
    /// The balance after this transaction.
    pub(crate) balance: Paise,
    pub(crate) id: String,
    pub(crate) narration: String,
    pub(crate) reference: String,
}

/// What part of an account's data is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    pub(crate) range: DataRange,
    pub(crate) consent_types: BTreeSet<ConsentType>,
    pub(crate) filters: Vec<DataFilter>,
}

impl Selection {
    /// Whether that part of the document may be sent.
    pub(crate) fn has(&self, part: ConsentType) -> bool {
        self.consent_types.contains(&part)
    }

    /// Whether the transaction lies in the range and passes every filter.
    pub(crate) fn keeps(&self, movement: &Movement) -> bool {
        let at = instant(movement.at);
        let inside = at.is_some_and(|at| self.range.from() <= at && at <= self.range.to());
        inside && self.filters.iter().all(|filter| passes(filter, movement))
    }

    /// First and last day of the range, the last not after `now`.
    pub(crate) fn days(&self, now: Timestamp) -> (Date, Date) {
        let last = self.range.to().min(now).day_in_india();
        (self.range.from().day_in_india().min(last), last)
    }
}

/// The instant of an Indian wall-clock time.
pub(crate) fn instant(at: DateTime) -> Option<Timestamp> {
    Offset::from_seconds(INDIA_SECONDS).ok()?.to_timestamp(at).ok().map(Timestamp::from_jiff)
}

/// The Indian wall-clock time of an instant, to the second.
pub(crate) fn india_time(at: Timestamp) -> DateTime {
    let midnight = at.day_in_india().at(0, 0, 0, 0);
    let seconds = instant(midnight).map_or(0, |start| at.since(start).as_millis() / 1000);
    midnight.saturating_add(jiff::SignedDuration::from_secs(seconds))
}

/// `at` as the schemas write a `dateTime`.
pub(crate) fn date_time_text(at: DateTime) -> String {
    format!(
        "{}T{:02}:{:02}:{:02}.{:03}+05:30",
        at.date(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    )
}

fn passes(filter: &DataFilter, movement: &Movement) -> bool {
    match filter.kind {
        DataFilterType::TransactionType => {
            let same = filter.value.eq_ignore_ascii_case(movement.direction.word());
            match filter.operator {
                DataFilterOperator::Equal => same,
                DataFilterOperator::NotEqual => !same,
                DataFilterOperator::Greater
                | DataFilterOperator::Less
                | DataFilterOperator::GreaterOrEqual
                | DataFilterOperator::LessOrEqual => true,
            }
        }
        DataFilterType::TransactionAmount => {
            let Some(bound) = parse_rupees(&filter.value) else { return true };
            let amount = movement.amount;
            match filter.operator {
                DataFilterOperator::Equal => amount == bound,
                DataFilterOperator::NotEqual => amount != bound,
                DataFilterOperator::Greater => amount > bound,
                DataFilterOperator::Less => amount < bound,
                DataFilterOperator::GreaterOrEqual => amount >= bound,
                DataFilterOperator::LessOrEqual => amount <= bound,
            }
        }
    }
}
