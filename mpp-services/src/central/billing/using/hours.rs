//! The hours of a day that is not over: each is counted once, when nothing can be committed into it any more, and remembered while
//! this process runs.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::civil::Date;
use mpp_billing::UsageRow;
use mpp_core::{Span, Timestamp};

use super::super::bills::LAST_COMMITS;
use super::{Counts, UsagePeriod, add, rows_of};
use crate::central::{CentralError, CentralService};

const HOUR: Span = Span::from_hours(1);
/// How long an hour is remembered; by then its day is over and remembered as a whole.
const REMEMBERED: Span = Span::from_days(2);

/// What was counted in an hour, by its first instant.
#[derive(Debug, Default)]
pub(in crate::central) struct HoursCounted(Mutex<BTreeMap<Timestamp, Counts>>);

impl HoursCounted {
    fn of(&self, hour: Timestamp) -> Option<Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&hour).cloned()
    }

    fn remember(&self, hour: Timestamp, counts: Counts) {
        let mut hours = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hours.retain(|known, _| *known >= hour.minus(REMEMBERED));
        hours.insert(hour, counts);
    }
}

impl CentralService {
    /// Counts a day that more use may come to.
    pub(super) async fn count_open_day(&self, day: Date) -> Result<Vec<UsageRow>, CentralError> {
        let (mut from, end) = UsagePeriod { from: day, to: day }.instants();
        let settled = self.now().minus(LAST_COMMITS);
        let mut counts = Counts::new();
        while from < end && from.plus(HOUR) <= settled {
            let hour = match self.hours.of(from) {
                Some(counts) => counts,
                None => {
                    let counts = self.count(from, from.plus(HOUR)).await?;
                    self.hours.remember(from, counts.clone());
                    counts
                }
            };
            add(&mut counts, hour)?;
            from = from.plus(HOUR);
        }
        add(&mut counts, self.count(from, end).await?)?;
        Ok(rows_of(day, counts))
    }
}
