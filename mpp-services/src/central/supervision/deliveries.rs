//! Notifications to client servers as a list, with every attempt.

use jiff::civil::Date;
use mpp_core::{DeliveryFailure, DeliveryState, JobId, NotificationId, PartnerId, Timestamp};
use mpp_store::{IndexValue, Page};

use super::Look;
use crate::attempts::DeliveryAttempt;
use crate::central::news::{NotificationKind, NotificationSubject};
use crate::central::records::{NotificationRecord, index};
use crate::central::{CentralError, CentralService};
use crate::looking::Days;

/// Which deliveries are wanted.
#[derive(Debug, Clone, Default)]
pub struct DeliverySearch {
    /// To this partner.
    pub partner: Option<PartnerId>,
    /// `due`, `delivered`, `parked`, or `polled` for partners that ask.
    pub status: Option<String>,
    /// Whose last attempt was answered like this.
    pub answer: Option<DeliveryAnswer>,
    /// About what happened on this day in India or later.
    pub from: Option<Date>,
    /// About what happened on this day in India or earlier.
    pub to: Option<Date>,
}

impl DeliverySearch {
    fn holds(&self, record: &NotificationRecord) -> bool {
        let answered = |answer: DeliveryAnswer| record.attempts.last().is_some_and(|last| answer.is(last));
        self.answer.is_none_or(answered)
    }
}

/// How a receiver answered an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryAnswer {
    /// It took the notification.
    Taken,
    /// With an HTTP status of this hundred, other than the second.
    Hundred(u16),
    /// Not in time.
    TimedOut,
    /// It could not be reached.
    Unreachable,
    /// It was not asked: the address is one that must not be called.
    ForbiddenAddress,
}

impl DeliveryAnswer {
    const fn is(self, attempt: &DeliveryAttempt) -> bool {
        match attempt.failure {
            None => matches!(self, Self::Taken),
            Some(DeliveryFailure::Refused { status }) => {
                matches!(self, Self::Hundred(hundred) if hundred == status / 100)
            }
            Some(DeliveryFailure::TimedOut) => matches!(self, Self::TimedOut),
            Some(DeliveryFailure::Unreachable) => matches!(self, Self::Unreachable),
            Some(DeliveryFailure::ForbiddenAddress) => matches!(self, Self::ForbiddenAddress),
        }
    }
}

impl std::str::FromStr for DeliveryAnswer {
    type Err = UnknownAnswer;

    /// Reads `2xx`, `3xx`, `4xx`, `5xx`, `timed_out`, `unreachable` and `forbidden_address`.
    fn from_str(text: &str) -> Result<Self, UnknownAnswer> {
        match text {
            "2xx" => Ok(Self::Taken),
            "3xx" => Ok(Self::Hundred(3)),
            "4xx" => Ok(Self::Hundred(4)),
            "5xx" => Ok(Self::Hundred(5)),
            "timed_out" => Ok(Self::TimedOut),
            "unreachable" => Ok(Self::Unreachable),
            "forbidden_address" => Ok(Self::ForbiddenAddress),
            _ => Err(UnknownAnswer),
        }
    }
}

/// The text names no way of answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a way a receiver answers")]
pub struct UnknownAnswer;

/// A notification in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryRow {
    /// The notification.
    pub id: NotificationId,
    /// To whom.
    pub partner: PartnerId,
    /// Its place among the partner's notifications.
    pub sequence: u64,
    /// What it tells.
    pub kind: NotificationKind,
    /// Of what.
    pub subject: NotificationSubject,
    /// When that happened.
    pub occurred_at: Timestamp,
    /// How the delivery stands.
    pub status: &'static str,
    /// When the next attempt is due.
    pub next_attempt_at: Option<Timestamp>,
    /// The attempts so far, oldest first.
    pub attempts: Vec<DeliveryAttempt>,
    /// The parked job, which can be done again.
    pub job: Option<JobId>,
}

impl DeliveryRow {
    pub(in crate::central) fn of(record: NotificationRecord) -> Self {
        let status = record.standing();
        let next_attempt_at = match record.delivery {
            Some(DeliveryState::Due { at, .. }) => Some(at),
            Some(DeliveryState::Delivered { .. } | DeliveryState::Parked { .. }) | None => None,
        };
        Self {
            id: record.notification.id,
            partner: record.partner,
            sequence: record.notification.sequence,
            kind: record.notification.kind,
            subject: record.notification.data,
            occurred_at: record.notification.occurred_at,
            status,
            next_attempt_at,
            attempts: record.attempts,
            job: None,
        }
    }
}

impl CentralService {
    /// Notifications, the newest first.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn search_deliveries(
        &self,
        search: &DeliverySearch,
        look: &Look,
    ) -> Result<Page<DeliveryRow>, CentralError> {
        let index = match (search.partner, &search.status) {
            (Some(partner), Some(status)) => {
                Some((index::PARTNER_STATUS, IndexValue::new(format_args!("{partner}/{status}"))))
            }
            (Some(partner), None) => Some((index::PARTNER, IndexValue::new(partner))),
            (None, Some(status)) => Some((index::STATUS, IndexValue::new(status))),
            (None, None) => None,
        };
        let days = Days { from: search.from, to: search.to };
        let keep = |record: &NotificationRecord| search.holds(record);
        let page = self
            .look_within(
                (days, |record: &NotificationRecord| record.notification.occurred_at),
                index,
                look,
                keep,
            )
            .await?;
        page.try_map(|record| Ok(DeliveryRow::of(record)))
    }
}
