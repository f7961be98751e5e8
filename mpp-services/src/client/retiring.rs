//! Products that nobody is asked for any more: one person proposes it, another agrees, and then central is told.

use mpp_core::{ApprovalError, Persistence, ProductId, ProductState, StaffId, Timestamp};
use mpp_store::{LeasedJob, RecordReaderExt, Versioned};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::jobs::Job;
use super::records::{ProductRecord, RetirementRecord};
use super::{ClientError, ClientService};

/// A retirement that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedRetirement {
    /// Who proposed it.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
}

impl ClientService {
    /// Proposes that nobody is asked for a product any more. An earlier proposal stands.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], [`ClientError::ProductNotApproved`] when no version was published,
    /// [`ClientError::ProductRetired`] when it is retired already.
    pub async fn propose_retirement(
        &self,
        staff: &StaffId,
        product: ProductId,
    ) -> Result<ProposedRetirement, ClientError> {
        self.until_settled(|| self.write_retirement(staff, product)).await
    }

    /// Retires a product as a second person: every version of it, for good. Requests that were placed go on. Retiring what is
    /// retired changes nothing, and tells central again where it was not reached.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] without a proposal; [`ClientError::Approval`] (`same_person`) when the one who proposed tries;
    /// and what central refuses. When central does not answer, the product is retired here and central told later.
    pub async fn approve_retirement(&self, staff: &StaffId, product: ProductId) -> Result<(), ClientError> {
        self.until_settled(|| self.retire_versions(staff, product)).await?;
        match self.central().retire_product(product).await {
            Err(error) if error.persistence() == Persistence::Temporary => Ok(()),
            told => Ok(told?),
        }
    }

    /// Throws a proposal away.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] without one.
    pub async fn withdraw_retirement(&self, staff: &StaffId, product: ProductId) -> Result<(), ClientError> {
        self.until_settled(|| async {
            let proposal = self.retirement(product).await?.ok_or(ClientError::NotFound)?;
            let mut change = Change::new(self);
            change.delete(&proposal);
            let by = Actor::Staff(staff.clone());
            change.audit(Action::ProductRetirementWithdrawn, &by, &about(product));
            change.commit().await
        })
        .await
    }

    /// The proposal about a product that waits for a second person.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn proposed_retirement(
        &self,
        product: ProductId,
    ) -> Result<Option<ProposedRetirement>, ClientError> {
        Ok(self.retirement(product).await?.map(|read| waiting(&read.record)))
    }

    /// Works on a job that tells central.
    pub(super) async fn work_retire(&self, job: &LeasedJob, product: ProductId) -> Result<(), ClientError> {
        self.central().retire_product(product).await?;
        let mut change = Change::new(self);
        change.complete(job);
        change.commit().await
    }

    async fn write_retirement(
        &self,
        staff: &StaffId,
        product: ProductId,
    ) -> Result<ProposedRetirement, ClientError> {
        let versions = self.versions(product).await?;
        if versions.is_empty() {
            return Err(ClientError::NotFound);
        }
        if versions.iter().any(is_retired) {
            return Err(ClientError::ProductRetired);
        }
        if !versions.iter().any(is_offered) {
            return Err(ClientError::ProductNotApproved);
        }
        if let Some(known) = self.retirement(product).await? {
            return Ok(waiting(&known.record));
        }
        let mut change = Change::new(self);
        let record = RetirementRecord { product, proposed_by: staff.clone(), proposed_at: change.now() };
        change.insert(&record);
        change.audit(Action::ProductRetirementProposed, &Actor::Staff(staff.clone()), &about(product));
        change.commit().await?;
        Ok(waiting(&record))
    }

    async fn retire_versions(&self, staff: &StaffId, product: ProductId) -> Result<(), ClientError> {
        let versions = self.versions(product).await?;
        if versions.iter().any(is_retired) {
            return Ok(());
        }
        let proposal = self.retirement(product).await?.ok_or(ClientError::NotFound)?;
        if proposal.record.proposed_by == *staff {
            return Err(ClientError::Approval(ApprovalError::OwnWork));
        }
        let mut change = Change::new(self);
        for mut read in versions {
            read.record.product = read.record.product.retire(change.now())?;
            change.update(&read);
        }
        change.delete(&proposal);
        change.ask_for(&Job::Retire { product })?;
        change.audit(Action::ProductRetired, &Actor::Staff(staff.clone()), &about(product));
        change.commit().await
    }

    async fn retirement(
        &self,
        product: ProductId,
    ) -> Result<Option<Versioned<RetirementRecord>>, ClientError> {
        Ok(self.store().get::<RetirementRecord>(&RetirementRecord::key_of(product)).await?)
    }
}

/// Versions are retired together: one says it of all.
pub(super) const fn is_retired(read: &Versioned<ProductRecord>) -> bool {
    matches!(read.record.product.state, ProductState::Retired { .. })
}

/// Approved and known to central.
pub(super) const fn is_offered(read: &Versioned<ProductRecord>) -> bool {
    read.record.product.state.is_approved() && read.record.published_at.is_some()
}

fn waiting(record: &RetirementRecord) -> ProposedRetirement {
    ProposedRetirement { by: record.proposed_by.clone(), at: record.proposed_at }
}

fn about(product: ProductId) -> Subject {
    Subject { product: Some(product), ..Subject::default() }
}
