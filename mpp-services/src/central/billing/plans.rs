//! The price book: proposed by one person, approved by another.

use jiff::ToSpan;
use jiff::civil::Date;
use mpp_billing::{BillingMonth, PricePlan, PricePlanForm};
use mpp_core::{PartnerId, PricePlanId, StaffId};
use mpp_store::{IndexValue, Page, RecordReaderExt, Versioned};

use super::{BillingRefusal, PlanState};
use crate::central::audit::{Action, Actor, Subject};
use crate::central::change::Change;
use crate::central::records::{PricePlanRecord, index};
use crate::central::{CentralError, CentralService, Look};

/// A price plan with its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFile {
    /// The plan.
    pub plan: PricePlan,
    /// Where it stands.
    pub state: PlanState,
}

impl From<PricePlanRecord> for PlanFile {
    fn from(PricePlanRecord { plan, state }: PricePlanRecord) -> Self {
        Self { plan, state }
    }
}

impl CentralService {
    /// Price plans of one partner or of all, the newest first.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn price_plans(
        &self,
        partner: Option<PartnerId>,
        look: &Look,
    ) -> Result<Page<PlanFile>, CentralError> {
        let index = partner.map(|partner| (index::PARTNER, IndexValue::new(partner)));
        let page = self.look_for::<PricePlanRecord>(index, look, |_| true).await?;
        page.try_map(|record| Ok(record.into()))
    }

    /// One price plan.
    ///
    /// # Errors
    /// [`CentralError::NotFound`].
    pub async fn price_plan(&self, id: &PricePlanId) -> Result<PlanFile, CentralError> {
        Ok(self.plan_record(id).await?.record.into())
    }

    /// Writes a price plan down, for a second person to look at.
    ///
    /// # Errors
    /// When the plan cannot be used, begins or ends within a month, or its name is taken or does not fit.
    pub async fn propose_plan(&self, form: PricePlanForm, staff: &StaffId) -> Result<PlanFile, CentralError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if !form.id.as_str().bytes().all(fits) {
            return Err(BillingRefusal::PlanName.into());
        }
        if form.valid_from.day() != 1 || form.valid_until.is_some_and(|last| last != last.last_of_month()) {
            return Err(BillingRefusal::PlanWithinMonth.into());
        }
        let plan = PricePlan::try_from(form).map_err(BillingRefusal::from)?;
        self.until_settled(|| self.try_propose(&plan, staff)).await
    }

    async fn try_propose(&self, plan: &PricePlan, staff: &StaffId) -> Result<PlanFile, CentralError> {
        let PricePlanForm { id, partner, .. } = plan.form();
        let partner = self.partner_record(*partner).await?;
        if self.store().get::<PricePlanRecord>(&PricePlanRecord::key_of(id)).await?.is_some() {
            return Err(BillingRefusal::PlanNameTaken.into());
        }
        let mut change = Change::new(self);
        let state = PlanState::Proposed { by: staff.clone(), at: change.now() };
        let record = PricePlanRecord { plan: plan.clone(), state };
        change.rests_on(&partner);
        change.insert(&record);
        change.audit(Action::PlanProposed, Actor::Staff(staff.clone()), &about(&record));
        change.commit().await?;
        Ok(record.into())
    }

    /// A second person agrees. The plan before it, if it is open at its end, ends the day before this one begins.
    ///
    /// # Errors
    /// Unless proposed by somebody else, and no other approved plan of the partner holds at the same time.
    pub async fn approve_plan(&self, id: &PricePlanId, staff: &StaffId) -> Result<PlanFile, CentralError> {
        self.until_settled(|| self.try_approve(id, staff)).await
    }

    async fn try_approve(&self, id: &PricePlanId, staff: &StaffId) -> Result<PlanFile, CentralError> {
        let mut read = self.plan_record(id).await?;
        let PlanState::Proposed { by: proposed_by, .. } = &read.record.state else {
            return Err(BillingRefusal::PlanNotProposed.into());
        };
        if proposed_by == staff {
            return Err(BillingRefusal::SamePerson.into());
        }
        let mut change = Change::new(self);
        let (proposed_by, by, at) = (proposed_by.clone(), staff.clone(), change.now());
        let mut partner = self.partner_record(read.record.plan.form().partner).await?;
        for mut other in self.approved_plans(partner.record.id()).await? {
            let Some(cut) = make_room(&other.record.plan, &read.record.plan)? else { continue };
            other.record.plan = cut;
            change.update(&other);
            change.audit(Action::PlanEnded, Actor::Staff(staff.clone()), &about(&other.record));
        }
        read.record.state = PlanState::Approved { proposed_by, by, at };
        partner.record.partner.price_plan = id.clone();
        change.update(&read);
        // also so that two plans of one partner are not approved side by side
        change.update(&partner);
        change.audit(Action::PlanApproved, Actor::Staff(staff.clone()), &about(&read.record));
        change.commit().await?;
        Ok(read.record.into())
    }

    /// Throws a proposed plan away.
    ///
    /// # Errors
    /// Unless it is proposed.
    pub async fn withdraw_plan(&self, id: &PricePlanId, staff: &StaffId) -> Result<PlanFile, CentralError> {
        self.until_settled(|| async {
            let mut read = self.plan_record(id).await?;
            if !matches!(read.record.state, PlanState::Proposed { .. }) {
                return Err(BillingRefusal::PlanNotProposed.into());
            }
            let mut change = Change::new(self);
            read.record.state = PlanState::Withdrawn { by: staff.clone(), at: change.now() };
            change.update(&read);
            change.audit(Action::PlanWithdrawn, Actor::Staff(staff.clone()), &about(&read.record));
            change.commit().await?;
            Ok(read.record.into())
        })
        .await
    }

    /// The approved plan that holds in the whole month.
    pub(super) async fn plan_for(
        &self,
        partner: PartnerId,
        month: BillingMonth,
    ) -> Result<Versioned<PricePlanRecord>, CentralError> {
        self.find_plan(partner, month).await?.ok_or_else(|| BillingRefusal::NoPlan(month).into())
    }

    /// The approved plan that covers the present day, if there is one: plans begin and end with months.
    pub(in crate::central) async fn plan_of_today(
        &self,
        partner: PartnerId,
    ) -> Result<Option<PricePlanId>, CentralError> {
        let month = BillingMonth::of(self.now().day_in_india());
        let found = self.find_plan(partner, month).await?;
        Ok(found.map(|read| read.record.plan.form().id.clone()))
    }

    async fn find_plan(
        &self,
        partner: PartnerId,
        month: BillingMonth,
    ) -> Result<Option<Versioned<PricePlanRecord>>, CentralError> {
        let plans = self.approved_plans(partner).await?;
        Ok(plans.into_iter().find(|read| read.record.plan.covers(month)))
    }

    async fn approved_plans(
        &self,
        partner: PartnerId,
    ) -> Result<Vec<Versioned<PricePlanRecord>>, CentralError> {
        let value = IndexValue::new(partner);
        let plans: Vec<Versioned<PricePlanRecord>> =
            self.store().every_by_index(index::PARTNER, value).await?;
        Ok(plans.into_iter().filter(|read| read.record.is_approved()).collect())
    }

    async fn plan_record(&self, id: &PricePlanId) -> Result<Versioned<PricePlanRecord>, CentralError> {
        let found = self.store().get(&PricePlanRecord::key_of(id)).await?;
        found.ok_or(CentralError::NotFound)
    }
}

/// The earlier plan, cut off before the later one begins; `None` when they do not meet.
fn make_room(earlier: &PricePlan, later: &PricePlan) -> Result<Option<PricePlan>, BillingRefusal> {
    let (before, after) = (earlier.form(), later.form());
    let ends = |form: &PricePlanForm| form.valid_until.unwrap_or(Date::MAX);
    if ends(before) < after.valid_from || ends(after) < before.valid_from {
        return Ok(None);
    }
    if before.valid_until.is_some() || before.valid_from >= after.valid_from {
        return Err(BillingRefusal::PlanOverlaps);
    }
    let last = after.valid_from.checked_sub(1.day()).map_err(|_| BillingRefusal::PlanOverlaps)?;
    Ok(Some(PricePlan::try_from(PricePlanForm { valid_until: Some(last), ..before.clone() })?))
}

fn about(record: &PricePlanRecord) -> Subject {
    let form = record.plan.form();
    Subject { partner: Some(form.partner), price_plan: Some(form.id.clone()), ..Subject::default() }
}
