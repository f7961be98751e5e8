//! Notifications to client servers as a list, with every attempt.

use mpp_core::{DeliveryState, JobId, NotificationId, PartnerId, Timestamp};
use mpp_store::{IndexValue, Page};

use super::Look;
use crate::central::news::{NotificationKind, NotificationSubject};
use crate::central::records::{DeliveryAttempt, NotificationRecord, index};
use crate::central::{CentralError, CentralService};

/// Which deliveries are wanted.
#[derive(Debug, Clone, Default)]
pub struct DeliverySearch {
    /// To this partner.
    pub partner: Option<PartnerId>,
    /// `due`, `delivered`, `parked`, or `polled` for partners that ask.
    pub status: Option<String>,
}

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
    pub(super) fn of(record: NotificationRecord) -> Self {
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
        let page = self.look_for::<NotificationRecord>(index, look, |_| true).await?;
        page.try_map(|record| Ok(DeliveryRow::of(record)))
    }
}
