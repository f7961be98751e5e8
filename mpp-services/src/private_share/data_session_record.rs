//! A data session as it is stored. Nothing in it is personal: accounts are named as the Account Aggregator
//! names them.

use std::collections::BTreeMap;

use mpp_core::{
    AaConsentKey, CustomerRef, DataRange, DataSessionFailure, DataSessionId, DataSessionState, FipId,
    LinkRefNumber, Sha256Digest, Timestamp,
};
use mpp_store::{IndexEntry, IndexName, Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

/// How one account stands within a session (`FIStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AccountDataStatus {
    /// The FIP has not delivered.
    Pending,
    /// The data can be fetched.
    Ready,
    /// The data was fetched.
    Delivered,
    /// The FIP did not deliver in time.
    Timeout,
    /// The FIP refused.
    Denied,
}

impl AccountDataStatus {
    /// Later words never take an account back: what was ready stays ready.
    pub(super) const fn advanced_to(self, told: Self) -> Self {
        match (self, told) {
            (Self::Pending, told) => told,
            (Self::Ready, Self::Delivered) => told,
            (Self::Timeout, Self::Ready | Self::Delivered) => told,
            (known, _) => known,
        }
    }

    /// Whether the account has data to fetch.
    #[must_use]
    pub const fn has_data(self) -> bool {
        matches!(self, Self::Ready | Self::Delivered)
    }
}

/// One account of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SessionAccount {
    pub(super) fip: FipId,
    pub(super) status: AccountDataStatus,
    /// When the status was told that is not `PENDING`; absent in records from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) settled_at: Option<Timestamp>,
}

/// A data session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DataSessionRecord {
    /// Names the session by the phone's key material, which is fresh for each: a repeat finds the same one.
    pub(super) material: Sha256Digest,
    pub(super) customer: CustomerRef,
    pub(super) consent: AaConsentKey,
    pub(super) range: DataRange,
    pub(super) state: DataSessionState,
    /// What the Account Aggregator calls the session; kept when the state no longer has it.
    pub(super) session: Option<DataSessionId>,
    pub(super) accounts: BTreeMap<LinkRefNumber, SessionAccount>,
    pub(super) requested_at: Timestamp,
    /// When a request was last sent or an answer last sought.
    pub(super) checked_at: Timestamp,
}

impl DataSessionRecord {
    pub(super) const BY_SESSION: IndexName = IndexName::new("session");
    pub(super) const BY_CONSENT: IndexName = IndexName::new("consent");
    pub(super) const BY_STAGE: IndexName = IndexName::new("stage");

    pub(super) fn name(customer: &CustomerRef, material: &Sha256Digest) -> RecordKey {
        RecordKey::new(format_args!("{customer}/{material}"))
    }

    pub(super) fn consent_index(customer: &CustomerRef, consent: AaConsentKey) -> String {
        format!("{customer}/{consent}")
    }

    /// Whether the session counts as a use of the consent: it does unless it came to nothing.
    pub(super) const fn is_use(&self) -> bool {
        match self.state {
            DataSessionState::Requested { .. }
            | DataSessionState::Open { .. }
            | DataSessionState::Partial { .. }
            | DataSessionState::Ready { .. }
            | DataSessionState::Fetched { .. } => true,
            DataSessionState::Failed { .. } | DataSessionState::Expired { .. } => false,
        }
    }

    /// Whether the Account Aggregator may still have something to say.
    pub(super) const fn is_awaited(&self) -> bool {
        matches!(
            self.state,
            DataSessionState::Requested { .. }
                | DataSessionState::Open { .. }
                | DataSessionState::Partial { .. }
        )
    }

    /// Takes over an account's status, never backwards.
    pub(super) fn note(&mut self, link_ref: &LinkRefNumber, told: AccountDataStatus, now: Timestamp) {
        if let Some(account) = self.accounts.get_mut(link_ref) {
            let known = account.status;
            account.status = known.advanced_to(told);
            // handing data out that was ready before says nothing of the FIP
            if account.status != known && !known.has_data() {
                account.settled_at = Some(now);
            }
        }
    }

    /// Brings the state to what the accounts' statuses say.
    pub(super) fn settle_by_accounts(self, now: Timestamp) -> Self {
        if !matches!(self.state, DataSessionState::Open { .. } | DataSessionState::Partial { .. }) {
            return self;
        }
        let some = self.accounts.values().any(|account| account.status.has_data());
        let pending = self.accounts.values().any(|account| account.status == AccountDataStatus::Pending);
        let state = match (some, pending) {
            (true, true) => self.state.clone().partly_ready(now),
            (true, false) => self.state.clone().ready(now),
            (false, false) => self.state.clone().fail(DataSessionFailure::AllDenied, now),
            (false, true) => return self,
        };
        match state {
            Ok(state) => Self { state, ..self },
            Err(_) => self,
        }
    }
}

impl Record for DataSessionRecord {
    const KIND: RecordKind = RecordKind::new("private-share-data-session");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::name(&self.customer, &self.material)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let mut entries = vec![
            IndexEntry::shared(Self::BY_CONSENT, Self::consent_index(&self.customer, self.consent)),
            IndexEntry::shared(Self::BY_STAGE, self.state.state_name()),
        ];
        entries.extend(self.session.iter().map(|id| IndexEntry::unique(Self::BY_SESSION, id)));
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_never_goes_back() {
        use AccountDataStatus::{Delivered, Denied, Pending, Ready, Timeout};
        for (known, told, then) in [
            (Pending, Ready, Ready),
            (Ready, Pending, Ready),
            (Ready, Delivered, Delivered),
            (Delivered, Ready, Delivered),
            (Ready, Denied, Ready),
            (Denied, Ready, Denied),
            (Timeout, Ready, Ready),
            (Timeout, Pending, Timeout),
        ] {
            assert_eq!(known.advanced_to(told), then, "{known:?} told {told:?}");
        }
    }
}
