//! Partners that were taken on: whether they may work, where they are told, whom to write to.

use mpp_core::{Contact, ContactRole, PartnerId, StaffId, Standing};
use url::Url;

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::records::PartnerRecord;
use super::{CentralError, CentralService};

impl CentralService {
    /// Suspends a partner or reinstates it. Doing so twice changes nothing.
    ///
    /// # Errors
    /// When there is no such partner.
    pub async fn set_standing(
        &self,
        partner: PartnerId,
        standing: Standing,
        by: &StaffId,
    ) -> Result<(), CentralError> {
        let action = match standing {
            Standing::Active => Action::PartnerReinstated,
            Standing::Suspended => Action::PartnerSuspended,
        };
        self.alter_partner(partner, action, by, |record| record.partner.standing = standing).await
    }

    /// Sets where a partner's client server takes notifications, or takes the address away: it polls then. What waits to be
    /// pushed follows. Setting the same again changes nothing.
    ///
    /// # Errors
    /// When there is no such partner, or the address may not be called.
    pub async fn set_notification_address(
        &self,
        partner: PartnerId,
        url: Option<&Url>,
        by: &StaffId,
    ) -> Result<(), CentralError> {
        self.check_address(url)?;
        let action = match url {
            Some(_) => Action::NotificationAddressSet,
            None => Action::NotificationAddressRemoved,
        };
        self.alter_partner(partner, action, by, |record| record.notification_url = url.cloned()).await
    }

    /// Sets whom to write to at a partner, in place of those of before. Setting the same again changes nothing. The log names the
    /// change and not the addresses, which belong to people.
    ///
    /// # Errors
    /// When there is no such partner, or an address is none: [`CentralError::ContactAddress`].
    pub async fn set_contacts(
        &self,
        partner: PartnerId,
        addresses: Vec<String>,
        by: &StaffId,
    ) -> Result<(), CentralError> {
        let contacts = contacts_of(addresses)?;
        let action = Action::ContactsSet;
        self.alter_partner(partner, action, by, |record| record.partner.contacts.clone_from(&contacts)).await
    }

    /// Alters what is kept about a partner, and says so in the log. What is as it was is not written.
    async fn alter_partner(
        &self,
        partner: PartnerId,
        action: Action,
        by: &StaffId,
        alter: impl Fn(&mut PartnerRecord) + Sync,
    ) -> Result<(), CentralError> {
        let alter = &alter;
        self.until_settled(|| async move {
            let mut read = self.partner_record(partner).await?;
            let before = read.record.clone();
            alter(&mut read.record);
            if read.record == before {
                return Ok(());
            }
            let mut change = Change::new(self);
            change.update(&read);
            change.audit(action, Actor::Staff(by.clone()), &of_partner(partner));
            change.commit().await
        })
        .await
    }

    /// An address central may call, or none.
    pub(super) fn check_address(&self, url: Option<&Url>) -> Result<(), CentralError> {
        if url.is_none_or(|url| self.parts.notifications.permits(url)) {
            return Ok(());
        }
        Err(CentralError::NotificationAddress)
    }
}

/// The people at these addresses: one to twenty, of which each looks like an address of electronic mail.
pub(super) fn contacts_of(addresses: Vec<String>) -> Result<Vec<Contact>, CentralError> {
    let plausible = |text: &str| {
        text.len() <= 254
            && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
    };
    if addresses.is_empty() || addresses.len() > 20 || !addresses.iter().all(|text| plausible(text)) {
        return Err(CentralError::ContactAddress);
    }
    let desk = |email| Contact { role: ContactRole::Technical, name: "Contact".to_owned(), email };
    Ok(addresses.into_iter().map(desk).collect())
}

pub(super) fn of_partner(partner: PartnerId) -> Subject {
    Subject { partner: Some(partner), ..Subject::default() }
}
