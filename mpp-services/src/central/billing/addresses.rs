//! Where bills go.

use mpp_billing::{Party, PartyForm, PartyStanding};
use mpp_core::{PartnerId, StaffId};
use mpp_store::{RecordReaderExt, Versioned};

use super::BillingRefusal;
use crate::central::audit::{Action, Actor, Subject};
use crate::central::change::Change;
use crate::central::records::{BillingAddressRecord, PartnerRecord};
use crate::central::{CentralError, CentralService};

/// A billing address to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBillingAddress {
    /// The address, line by line.
    pub lines: Vec<String>,
    /// How supplies to it are taxed.
    pub standing: PartyStanding,
}

impl CentralService {
    /// Sets where a partner's bills go. Bills that are drafted or out keep what they say.
    ///
    /// # Errors
    /// When there is no such partner, or it could not stand on a bill like this.
    pub async fn set_billing_address(
        &self,
        partner: PartnerId,
        new: NewBillingAddress,
        staff: &StaffId,
    ) -> Result<(), CentralError> {
        self.until_settled(|| async {
            let read = self.partner_record(partner).await?;
            let record = BillingAddressRecord { partner, lines: new.lines.clone(), standing: new.standing };
            party(&read.record, &record)?;
            let mut change = Change::new(self);
            match self.billing_address(partner).await? {
                Some(before) => change.update(&Versioned { record, ..before }),
                None => change.insert(&record),
            }
            let subject = Subject { partner: Some(partner), ..Subject::default() };
            change.audit(Action::BillingAddressSet, Actor::Staff(staff.clone()), &subject);
            change.commit().await
        })
        .await
    }

    /// The partner as it would stand on a bill; `None` before it has a billing address.
    ///
    /// # Errors
    /// When there is no such partner.
    pub async fn billing_party(&self, partner: PartnerId) -> Result<Option<Party>, CentralError> {
        let read = self.partner_record(partner).await?;
        let address = self.billing_address(partner).await?;
        let party = address.map(|address| party(&read.record, &address.record)).transpose()?;
        Ok(party)
    }

    async fn billing_address(
        &self,
        partner: PartnerId,
    ) -> Result<Option<Versioned<BillingAddressRecord>>, CentralError> {
        Ok(self.store().get(&BillingAddressRecord::key_of(partner)).await?)
    }
}

fn party(record: &PartnerRecord, address: &BillingAddressRecord) -> Result<Party, BillingRefusal> {
    let form = PartyForm {
        name: record.partner.legal_name.clone(),
        address: address.lines.clone(),
        gstin: record.partner.gstin.clone(),
        standing: address.standing,
    };
    Ok(form.try_into()?)
}
