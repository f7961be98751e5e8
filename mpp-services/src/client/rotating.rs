//! New keys for a server that has some: one person brings a token from central, another agrees, and only then keys are made
//! and enrolled. Whoever enrols keys decides to whom everything is sealed from then on.

use mpp_core::{ApprovalError, StaffId, Timestamp};
use mpp_crypto::sha256;
use mpp_store::{RecordReaderExt, Versioned};
use zeroize::Zeroizing;

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::records::RotationRecord;
use super::{ClientError, ClientService, EnrolledServer};

pub(super) const TOKEN: &str = "token";

/// New keys that wait for a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedRotation {
    /// Who proposed them.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
}

impl ClientService {
    /// Proposes new keys under a token from central; an earlier proposal gives way.
    ///
    /// # Errors
    /// [`ClientError::NotEnrolled`] when there are no keys yet, [`ClientError::Invalid`] when the token is empty or that of the
    /// keys in force.
    pub async fn propose_rotation(
        &self,
        staff: &StaffId,
        token: &Zeroizing<String>,
    ) -> Result<ProposedRotation, ClientError> {
        let identity = self.identity().await?;
        if token.is_empty() || identity.record.token_sha256 == sha256(token.as_bytes()) {
            return Err(ClientError::Invalid("the token"));
        }
        self.until_settled(|| self.write_proposal(staff, token)).await
    }

    /// Makes and enrols the proposed keys as a second person. What central refuses leaves the proposal as it is. `seen` is when the
    /// proposal was made that `staff` saw, where that is known.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] without a proposal; [`ClientError::RotationMovedOn`] when another one than that seen stands there;
    /// [`ClientError::Approval`] when the same person tries; and like [`ClientService::enrol`].
    pub async fn approve_rotation(
        &self,
        staff: &StaffId,
        seen: Option<Timestamp>,
    ) -> Result<EnrolledServer, ClientError> {
        let proposal = self.rotation().await?.ok_or(ClientError::NotFound)?;
        if seen.is_some_and(|seen| seen != proposal.record.proposed_at) {
            return Err(ClientError::RotationMovedOn);
        }
        if proposal.record.proposed_by == *staff {
            return Err(ClientError::Approval(ApprovalError::OwnWork));
        }
        let key = RotationRecord::the_only();
        let token: String = self.open::<RotationRecord, _>(&key, TOKEN, &proposal.record.token)?;
        let enrolled = self.enrol_keys(staff, &Zeroizing::new(token)).await?;
        self.until_settled(|| self.drop_proposal(&proposal.record)).await?;
        Ok(enrolled)
    }

    /// Throws a proposal away.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] without one.
    pub async fn withdraw_rotation(&self, staff: &StaffId) -> Result<(), ClientError> {
        self.until_settled(|| async {
            let proposal = self.rotation().await?.ok_or(ClientError::NotFound)?;
            let mut change = Change::new(self);
            change.delete(&proposal);
            change.audit(Action::RotationWithdrawn, &Actor::Staff(staff.clone()), &Subject::default());
            change.commit().await
        })
        .await
    }

    /// The proposal that waits for a second person.
    pub(super) async fn proposed_rotation(&self) -> Result<Option<ProposedRotation>, ClientError> {
        let waiting = |read: Versioned<RotationRecord>| ProposedRotation {
            by: read.record.proposed_by,
            at: read.record.proposed_at,
        };
        Ok(self.rotation().await?.map(waiting))
    }

    async fn rotation(&self) -> Result<Option<Versioned<RotationRecord>>, ClientError> {
        Ok(self.store().get::<RotationRecord>(&RotationRecord::the_only()).await?)
    }

    async fn write_proposal(
        &self,
        staff: &StaffId,
        token: &Zeroizing<String>,
    ) -> Result<ProposedRotation, ClientError> {
        let before = self.rotation().await?;
        let mut change = Change::new(self);
        let (by, at) = (staff.clone(), change.now());
        let sealed = self.seal::<RotationRecord>(&RotationRecord::the_only(), TOKEN, &token.as_str())?;
        let record = RotationRecord { token: sealed, proposed_by: by.clone(), proposed_at: at };
        change.write(before.map(|read| read.version), &record);
        change.audit(Action::RotationProposed, &Actor::Staff(by.clone()), &Subject::default());
        change.commit().await?;
        Ok(ProposedRotation { by, at })
    }

    /// Drops the proposal that was approved. One that was made meanwhile stays: nobody has agreed to it.
    async fn drop_proposal(&self, approved: &RotationRecord) -> Result<(), ClientError> {
        let is_it = |read: &Versioned<RotationRecord>| {
            let RotationRecord { proposed_by, proposed_at, .. } = &read.record;
            (proposed_by, *proposed_at) == (&approved.proposed_by, approved.proposed_at)
        };
        let Some(proposal) = self.rotation().await?.filter(is_it) else { return Ok(()) };
        let mut change = Change::new(self);
        change.delete(&proposal);
        change.commit().await
    }
}
