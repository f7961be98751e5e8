//! The audit log.

use mpp_core::ConsentRequestId;
use mpp_store::{IndexValue, RecordReaderExt};

use crate::audit_trail::{self, AuditPage, AuditSearch};
use crate::client::audit::{Action, Actor};
use crate::client::records::{CaseRecord, index};
use crate::client::{ClientError, ClientService};

/// What a client server itself can write into its audit log as done.
pub const AUDITED_ACTIONS: &[&str] = Action::WORDS;

/// What kinds of actors a client server's audit log names.
pub const AUDITED_ACTORS: &[&str] = Actor::KINDS;

impl ClientService {
    /// Up to `limit` leaves before number `before`, or the newest; the newest first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn audit_trail(&self, before: Option<u64>, limit: u32) -> Result<AuditPage, ClientError> {
        self.search_audit_trail(&AuditSearch::default(), before, limit).await
    }

    /// Up to `limit` of the wanted leaves before number `before`, or the newest; the newest first. Days are found by bisection, so
    /// that a log of any length answers at once; a clock that was set back by more than an hour and a quarter may hide leaves of the
    /// days it went through twice. What else is wanted is looked for among so many leaves a call and no more, so that a page may be empty
    /// and still have a next one. A request stands for its case: the log names only that one's reference.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn search_audit_trail(
        &self,
        search: &AuditSearch,
        before: Option<u64>,
        limit: u32,
    ) -> Result<AuditPage, ClientError> {
        let mut search = search.clone();
        for word in search.about.clone() {
            let Ok(request) = word.as_str().parse::<ConsentRequestId>() else { continue };
            let value = IndexValue::new(request);
            if let Some(read) = self.store().first_by_index::<CaseRecord>(index::REQUEST, value).await? {
                search.about.extend(read.record.case_ref.as_str().parse());
            }
        }
        Ok(audit_trail::page(self.store(), &search, before, limit).await?)
    }
}

#[cfg(test)]
mod tests {
    use mpp_core::ApiKeyId;

    use super::*;

    #[test]
    fn the_kinds_of_actors_are_those_of_leaves() {
        let (staff, key) = ("asha".parse().unwrap(), ApiKeyId::from_random([1; 16]));
        let actors = [Actor::Staff(staff), Actor::Application(key), Actor::Central, Actor::Server];
        let kinds = actors.map(|actor| serde_json::to_value(actor).unwrap()["type"].clone());
        assert_eq!(kinds.to_vec(), AUDITED_ACTORS.to_vec());
    }
}
