//! A data session: which FIP has delivered what, and until when it is kept.

use std::collections::BTreeMap;

use mpp_core::{Span, Timestamp};

use crate::documents::Institution;
use crate::rebit::{AccountStatus, ConsentAccount, FiEntry, FiStatus, FipStatus, SessionNotice};

/// How long encrypted information is kept for collection (rule SD002).
pub(crate) const KEPT: Span = Span::from_hours(6);
/// How long FIPs may take before a session has failed (rule DR001).
pub(crate) const FIP_PATIENCE: Span = Span::from_minutes(60);

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionState {
    Active,
    Completed,
    Failed,
    /// The data was deleted.
    Gone,
}

/// Whether a report changed anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    Yes,
    No,
}

/// One FIP's part of a session.
#[derive(Debug)]
pub(crate) struct FipPart {
    pub(crate) accounts: Vec<AccountStatus>,
    pub(crate) entries: Vec<FiEntry>,
    pub(crate) settled: bool,
}

/// A data session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) consent_id: String,
    pub(crate) requester: String,
    pub(crate) opened_at: Timestamp,
    pub(crate) state: SessionState,
    pub(crate) parts: BTreeMap<Institution, FipPart>,
}

impl Session {
    /// A session about `accounts`, waiting for all their FIPs.
    pub(crate) fn open(
        id: String,
        consent_id: String,
        requester: String,
        accounts: &[ConsentAccount],
        opened_at: Timestamp,
    ) -> Self {
        let mut parts: BTreeMap<Institution, FipPart> = BTreeMap::new();
        for account in accounts {
            let Some(institution) = Institution::from_entity_id(&account.fip_id) else { continue };
            let part = parts.entry(institution).or_insert_with(|| FipPart {
                accounts: Vec::new(),
                entries: Vec::new(),
                settled: false,
            });
            part.accounts.push(AccountStatus {
                link_ref: account.link_ref_number.clone(),
                status: FiStatus::Pending,
                description: String::new(),
            });
        }
        Self { id, consent_id, requester, opened_at, state: SessionState::Active, parts }
    }

    /// Takes in what `institution` delivered, with the status it gave each account.
    pub(crate) fn deliver(
        &mut self,
        institution: Institution,
        statuses: &[AccountStatus],
        entries: Vec<FiEntry>,
    ) -> Changed {
        let Some(part) = self.waiting_part(institution) else { return Changed::No };
        for account in &mut part.accounts {
            let told = statuses.iter().find(|status| status.link_ref == account.link_ref);
            account.status = told.map_or(FiStatus::Timeout, |status| status.status);
        }
        part.entries = entries;
        part.settled = true;
        self.conclude();
        Changed::Yes
    }

    /// Notes that `institution` could not deliver.
    pub(crate) fn fail_part(&mut self, institution: Institution) -> Changed {
        let Some(part) = self.waiting_part(institution) else { return Changed::No };
        part.accounts.iter_mut().for_each(|account| account.status = FiStatus::Timeout);
        part.settled = true;
        self.conclude();
        Changed::Yes
    }

    /// The part of an FIP that has not reported yet: what comes late or twice changes nothing.
    fn waiting_part(&mut self, institution: Institution) -> Option<&mut FipPart> {
        if self.state != SessionState::Active {
            return None;
        }
        self.parts.get_mut(&institution).filter(|part| !part.settled)
    }

    /// Deletes what was kept long enough and fails what waited long enough; whether the state changed to failed.
    pub(crate) fn advance(&mut self, now: Timestamp) -> bool {
        if self.state != SessionState::Gone && self.opened_at.plus(KEPT) <= now {
            self.parts.values_mut().for_each(|part| part.entries.clear());
            self.state = SessionState::Gone;
            return false;
        }
        if self.state == SessionState::Active && self.opened_at.plus(FIP_PATIENCE) <= now {
            let waiting: Vec<Institution> = self
                .parts
                .iter()
                .filter(|(_, part)| !part.settled)
                .map(|(institution, _)| *institution)
                .collect();
            for institution in waiting {
                self.fail_part(institution);
            }
            return true;
        }
        false
    }

    /// The session as notified.
    pub(crate) fn notice(&self) -> SessionNotice {
        let responses = self
            .parts
            .iter()
            .map(|(institution, part)| FipStatus {
                fip_id: institution.entity_id().to_owned(),
                accounts: part.accounts.clone(),
            })
            .collect();
        let status = match self.state {
            SessionState::Active => "ACTIVE",
            SessionState::Completed => "COMPLETED",
            SessionState::Failed => "FAILED",
            SessionState::Gone => "EXPIRED",
        };
        SessionNotice { session_id: self.id.clone(), session_status: status.to_owned(), responses }
    }

    fn conclude(&mut self) {
        if self.state != SessionState::Active || self.parts.values().any(|part| !part.settled) {
            return;
        }
        let failed = self
            .parts
            .values()
            .flat_map(|part| &part.accounts)
            .any(|account| matches!(account.status, FiStatus::Pending | FiStatus::Timeout));
        self.state = if failed { SessionState::Failed } else { SessionState::Completed };
    }
}
