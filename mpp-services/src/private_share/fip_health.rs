//! How the FIPs do, computed from the data sessions on record: for whoever runs this service, and nobody else.
//!
//! That a customer has an account at a certain bank is personal data. So a report is about whole days that are over, and of a
//! day on which a FIP was asked for fewer than [`FEWEST`] accounts it does not name the FIP: whoever compares the reports of
//! different days cannot tell from the difference at which bank one customer was asked.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mpp_core::{DataSessionFailure, DataSessionState, FipId};
use mpp_store::{ListOrder, MAX_PAGE, Page, RecordReaderExt, Versioned};

use super::data_session_record::{AccountDataStatus, DataSessionRecord, SessionAccount};
use super::error::PrivateShareError;
use super::service::PrivateShareService;
use crate::percentile::percentile;

/// A FIP that was asked for fewer accounts on a day is not named for that day.
pub const FEWEST: u64 = 10;
/// The longest report, in days.
pub const LONGEST_DAYS: i32 = 92;
/// How many sessions a report looks at, the newest first.
const MOST_SESSIONS: usize = 200_000;

/// How the FIPs did in some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FipReport {
    /// The first day in India.
    pub from: Date,
    /// The last one.
    pub to: Date,
    /// Whether all sessions of these days were looked at.
    pub complete: bool,
    /// The FIPs, those asked most first; what is not named is the last row.
    pub fips: Vec<FipHealth>,
}

/// How a FIP did, or those that are not named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FipHealth {
    /// The FIP; `None` for the days on which one was asked for too few accounts.
    pub fip: Option<FipId>,
    /// How many accounts were asked.
    pub asked: u64,
    /// How many were answered with data.
    pub answered: u64,
    /// How many may still be answered.
    pub waiting: u64,
    /// How many were not answered, by stable reason.
    pub failed: BTreeMap<&'static str, u64>,
    /// From the request to the word that the data is ready, in milliseconds: half of them took no longer.
    pub p50_millis: Option<u64>,
    /// 95 of 100 took no longer.
    pub p95_millis: Option<u64>,
    /// 99 of 100 took no longer.
    pub p99_millis: Option<u64>,
}

impl PrivateShareService {
    /// How the FIPs did from one day in India to another, both included.
    ///
    /// # Errors
    /// [`PrivateShareError::ReportDays`] unless the days are over and few enough; when the store does not answer.
    pub async fn fip_report(&self, from: Date, to: Date) -> Result<FipReport, PrivateShareError> {
        let today = self.now().day_in_india();
        let days = from.until(to).map_or(-1, |span| span.get_days());
        if to >= today || !(0..LONGEST_DAYS).contains(&days) {
            return Err(PrivateShareError::ReportDays);
        }
        let mut gathered = ByDay::new();
        let (mut after, mut looked_at) = (None, 0_usize);
        let complete = loop {
            let page: Page<Versioned<DataSessionRecord>> =
                self.store().all(ListOrder::NewestFirst, after, MAX_PAGE).await?;
            looked_at = looked_at.saturating_add(page.items.len());
            let mut older = false;
            for session in page.items.into_iter().map(|read| read.record) {
                let day = session.requested_at.day_in_india();
                older |= day < from;
                if (from..=to).contains(&day) {
                    gather(&mut gathered, &session);
                }
            }
            match page.next {
                Some(next) if !older && looked_at < MOST_SESSIONS => after = Some(next),
                next => break older || next.is_none(),
            }
        };
        Ok(FipReport { from, to, complete, fips: named(gathered) })
    }
}

/// What is known of a FIP's day.
type ByDay = BTreeMap<(FipId, Date), Gathered>;

#[derive(Debug, Clone, Default)]
struct Gathered {
    health: FipHealth,
    took_millis: Vec<u64>,
}

/// Adds the accounts of a session to what is known of their FIPs. A request the Account Aggregator did not take reached
/// no FIP.
fn gather(gathered: &mut ByDay, session: &DataSessionRecord) {
    if let DataSessionState::Failed { reason: DataSessionFailure::RequestRefused, .. } = session.state {
        return;
    }
    let day = session.requested_at.day_in_india();
    for account in session.accounts.values() {
        gathered.entry((account.fip.clone(), day)).or_default().add(session, account);
    }
}

impl Gathered {
    fn add(&mut self, session: &DataSessionRecord, account: &SessionAccount) {
        let health = &mut self.health;
        health.asked = health.asked.saturating_add(1);
        let reason = match account.status {
            AccountDataStatus::Ready | AccountDataStatus::Delivered => {
                health.answered = health.answered.saturating_add(1);
                let took = account.settled_at.map(|at| at.since(session.requested_at).as_millis());
                self.took_millis.extend(took.and_then(|took| u64::try_from(took).ok()));
                return;
            }
            AccountDataStatus::Timeout => "timeout",
            AccountDataStatus::Denied => "denied",
            AccountDataStatus::Pending => match silent(&session.state) {
                Some(reason) => reason,
                None => {
                    health.waiting = health.waiting.saturating_add(1);
                    return;
                }
            },
        };
        let count = health.failed.entry(reason).or_default();
        *count = count.saturating_add(1);
    }

    fn merge(&mut self, other: Self) {
        let (health, more) = (&mut self.health, other.health);
        health.asked = health.asked.saturating_add(more.asked);
        health.answered = health.answered.saturating_add(more.answered);
        health.waiting = health.waiting.saturating_add(more.waiting);
        for (reason, count) in more.failed {
            let known = health.failed.entry(reason).or_default();
            *known = known.saturating_add(count);
        }
        self.took_millis.extend(other.took_millis);
    }

    fn settled(mut self, fip: Option<FipId>) -> FipHealth {
        self.took_millis.sort_unstable();
        let at = |share| percentile(&self.took_millis, share);
        FipHealth { fip, p50_millis: at(50), p95_millis: at(95), p99_millis: at(99), ..self.health }
    }
}

/// Why an account nobody spoke of will not be answered any more; `None` while it may be.
const fn silent(state: &DataSessionState) -> Option<&'static str> {
    match state {
        DataSessionState::Requested { .. }
        | DataSessionState::Open { .. }
        | DataSessionState::Partial { .. } => None,
        DataSessionState::Ready { .. } | DataSessionState::Fetched { .. } => Some("not_spoken_of"),
        DataSessionState::Expired { .. } => Some("session_expired"),
        DataSessionState::Failed { reason, .. } => Some(match reason {
            DataSessionFailure::RequestRefused => "request_refused",
            DataSessionFailure::SessionFailed => "session_failed",
            DataSessionFailure::AllDenied => "all_denied",
            DataSessionFailure::NoNotification => "no_notification",
            DataSessionFailure::KeyExpired => "key_expired",
            DataSessionFailure::Unusable => "unusable",
        }),
    }
}

fn named(gathered: ByDay) -> Vec<FipHealth> {
    let mut others = Gathered::default();
    let mut known: BTreeMap<FipId, Gathered> = BTreeMap::new();
    for ((fip, _), day) in gathered {
        if day.health.asked < FEWEST {
            others.merge(day);
        } else {
            known.entry(fip).or_default().merge(day);
        }
    }
    let mut fips: Vec<_> = known.into_iter().map(|(fip, known)| known.settled(Some(fip))).collect();
    fips.sort_by_key(|health| std::cmp::Reverse(health.asked));
    if others.health.asked > 0 {
        fips.push(others.settled(None));
    }
    fips
}
