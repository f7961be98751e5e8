//! The audit log.

use mpp_core::CaseRef;

use super::{Look, RequestSearch};
use crate::audit_trail::{self, AuditPage, AuditSearch};
use crate::central::audit::{Action, Actor};
use crate::central::{CentralError, CentralService};

/// What central itself can write into its audit log as done.
pub const AUDITED_ACTIONS: &[&str] = Action::WORDS;

/// What kinds of actors central's audit log names.
pub const AUDITED_ACTORS: &[&str] = Actor::KINDS;

/// How many requests of a case reference are looked for; partners may have chosen the same one.
const MOST_REQUESTS: u32 = 100;

impl CentralService {
    /// Up to `limit` leaves before number `before`, or the newest; the newest first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn audit_trail(&self, before: Option<u64>, limit: u32) -> Result<AuditPage, CentralError> {
        self.search_audit_trail(&AuditSearch::default(), before, limit).await
    }

    /// Up to `limit` of the wanted leaves before number `before`, or the newest; the newest first. Days are found by bisection, so
    /// that a log of any length answers at once; a clock that was set back by more than an hour and a quarter may hide leaves of the
    /// days it went through twice. What else is wanted is looked for among so many leaves a call and no more, so that a page may be empty
    /// and still have a next one. A case reference stands for the requests that have it: the log does not name it.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn search_audit_trail(
        &self,
        search: &AuditSearch,
        before: Option<u64>,
        limit: u32,
    ) -> Result<AuditPage, CentralError> {
        let mut search = search.clone();
        for word in search.about.clone() {
            let Ok(case_ref) = word.as_str().parse::<CaseRef>() else { continue };
            let of_case = RequestSearch { case_ref: Some(case_ref), ..RequestSearch::default() };
            let look = Look { after: None, limit: MOST_REQUESTS };
            let requests = self.search_requests(&of_case, &look).await?.items;
            search.about.extend(requests.iter().filter_map(|row| row.id.to_string().parse().ok()));
        }
        Ok(audit_trail::page(self.store(), &search, before, limit).await?)
    }
}

#[cfg(test)]
mod tests {
    use mpp_core::{DeviceId, PartnerId};

    use super::*;

    #[test]
    fn the_kinds_of_actors_are_those_of_leaves() {
        let (device, partner) = (DeviceId::from_random([1; 16]), PartnerId::from_random([2; 16]));
        let staff = "asha".parse().unwrap();
        let actors = [
            Actor::Operator,
            Actor::Staff(staff),
            Actor::Partner(partner),
            Actor::Device(device),
            Actor::Central,
        ];
        let kinds = actors.map(|actor| serde_json::to_value(actor).unwrap()["type"].clone());
        assert_eq!(kinds.to_vec(), AUDITED_ACTORS.to_vec());
    }
}
