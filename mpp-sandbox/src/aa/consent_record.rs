//! One consent from request to end. The handle's status and the consent's status are two things: a handle stays
//! READY when the consent it led to is paused, revoked or expired.
//!
//! | from | approve | reject | lapse | pause | resume | revoke | expire |
//! |---|---|---|---|---|---|---|---|
//! | Pending | Active | Rejected | Lapsed | | | | |
//! | Active | | | | Paused | | Revoked | Expired |
//! | Paused | | | | | Active | Revoked | Expired |

use mpp_core::{DataRange, FetchType, FrequencyUnit, MobileNumber, Timestamp};
use serde::{Deserialize, Serialize};

use crate::rebit::{ConsentAccount, ConsentDetail, Refusal, date};

/// The status of an artefact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ConsentStatus {
    Active,
    Paused,
    Revoked,
    Expired,
}

impl ConsentStatus {
    /// The word of ReBIT.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Paused => "PAUSED",
            Self::Revoked => "REVOKED",
            Self::Expired => "EXPIRED",
        }
    }

    /// The status after `wanted` was asked for; `None` when the table has no such step.
    pub(crate) const fn moved_to(self, wanted: Self) -> Option<Self> {
        match (self, wanted) {
            (Self::Active, Self::Paused | Self::Revoked | Self::Expired)
            | (Self::Paused, Self::Active | Self::Revoked | Self::Expired) => Some(wanted),
            (Self::Active, Self::Active)
            | (Self::Paused, Self::Paused)
            | (Self::Revoked | Self::Expired, _) => None,
        }
    }
}

/// An approved consent.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) status: ConsentStatus,
    pub(crate) created_at: Timestamp,
    /// The requester's copy.
    pub(crate) signed_consent: String,
    /// The third part of the requester's copy.
    pub(crate) signature: String,
    pub(crate) accounts: Vec<ConsentAccount>,
    /// The signature part of each FIP's copy, by entity id.
    pub(crate) fip_signatures: std::collections::BTreeMap<String, String>,
    /// When it was used, and for which session.
    pub(crate) uses: Vec<(String, Timestamp)>,
}

/// How far a consent request has come.
#[derive(Debug, Clone)]
pub(crate) enum Standing {
    Pending,
    Rejected,
    Failed,
    Lapsed,
    Granted(Box<Grant>),
}

/// A consent request and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct ConsentRecord {
    pub(crate) handle: String,
    pub(crate) requester: String,
    pub(crate) detail: ConsentDetail,
    pub(crate) vua: String,
    pub(crate) mobile: MobileNumber,
    pub(crate) requested_at: Timestamp,
    pub(crate) lapses_at: Timestamp,
    pub(crate) standing: Standing,
}

impl ConsentRecord {
    /// Brings the record up to `now`; whether a consent expired by it.
    pub(crate) fn advance(&mut self, now: Timestamp) -> bool {
        let expiry = date(&self.detail.consent_expiry).unwrap_or(self.lapses_at);
        match &mut self.standing {
            Standing::Pending if self.lapses_at <= now => self.standing = Standing::Lapsed,
            Standing::Granted(grant) if expiry <= now => {
                if let Some(status) = grant.status.moved_to(ConsentStatus::Expired) {
                    grant.status = status;
                    return true;
                }
            }
            Standing::Pending
            | Standing::Granted(_)
            | Standing::Rejected
            | Standing::Failed
            | Standing::Lapsed => {}
        }
        false
    }

    /// The status of the handle.
    pub(crate) const fn handle_status(&self) -> &'static str {
        match self.standing {
            Standing::Pending => "PENDING",
            Standing::Rejected => "REJECTED",
            Standing::Failed => "FAILED",
            Standing::Lapsed => "EXPIRED",
            Standing::Granted(_) => "READY",
        }
    }

    /// The approved consent, if it came to that.
    pub(crate) const fn grant(&self) -> Option<&Grant> {
        match &self.standing {
            Standing::Granted(grant) => Some(grant),
            Standing::Pending | Standing::Rejected | Standing::Failed | Standing::Lapsed => None,
        }
    }

    /// The approved consent, for changing.
    pub(crate) const fn grant_mut(&mut self) -> Option<&mut Grant> {
        match &mut self.standing {
            Standing::Granted(grant) => Some(grant),
            Standing::Pending | Standing::Rejected | Standing::Failed | Standing::Lapsed => None,
        }
    }

    /// Whether a data session over `range` may be opened at `now`.
    pub(crate) fn allow_use(&self, range: DataRange, now: Timestamp) -> Result<(), Refusal> {
        let Some(grant) = self.grant() else {
            return Err(Refusal::bad("InvalidConsentId", "There is no such consent"));
        };
        if grant.status != ConsentStatus::Active {
            return Err(Refusal::bad("InvalidConsentStatus", "The consent is not active"));
        }
        if date(&self.detail.consent_start)? > now {
            return Err(Refusal::invalid("The consent has not started"));
        }
        let consented = self.detail.data_range.read()?;
        if !consented.covers(range) {
            return Err(Refusal::bad("InvalidDateRange", "The range is wider than the consent"));
        }
        let used_up = match self.detail.fetch_type {
            FetchType::Onetime => !grant.uses.is_empty(),
            FetchType::Periodic => self.too_frequent(grant, now),
        };
        if used_up {
            Err(Refusal::bad("InvalidConsentUse", "The consent has been used as often as allowed"))
        } else {
            Ok(())
        }
    }

    /// Calendar buckets in UTC, as the fair-use rules count: instants are compared by the leading part of their text.
    fn too_frequent(&self, grant: &Grant, now: Timestamp) -> bool {
        let bucket_length = match self.detail.frequency.unit {
            FrequencyUnit::Hour => 13,
            FrequencyUnit::Day => 10,
            FrequencyUnit::Month => 7,
            FrequencyUnit::Year => 4,
            FrequencyUnit::Inf => return false,
        };
        let bucket = |at: Timestamp| at.to_string().get(..bucket_length).map(str::to_owned);
        let current = bucket(now);
        let used = grant.uses.iter().filter(|(_, at)| bucket(*at) == current).count();
        u32::try_from(used).unwrap_or(u32::MAX) >= self.detail.frequency.value
    }
}

#[cfg(test)]
mod tests;
