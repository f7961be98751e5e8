//! The desk itself: its parts, and what administrators do with accounts.

use std::collections::BTreeSet;
use std::sync::Arc;

use mpp_core::{Clock, Entropy, Span, StaffId, Timestamp};
use mpp_crypto::at_rest::SealedField;
use mpp_store::{
    Cursor, IndexValue, ListOrder, Page, ParcelBytes, Record, RecordReaderExt, Store, StoreError, Vault,
    Versioned, WriteBatch,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::account::{StaffRecord, Standing};
use crate::attempts::AttemptsRecord;
use crate::audit::{Happening, Told};
use crate::passkeys::{CeremonyRecord, PasskeySite};
use crate::session::{BY_STAFF, SessionRecord};
use crate::single_sign_on::{AttemptRecord, NoticeRecord, SignedOutRecord};
use crate::{ExportEnd, Person, Portal, Role, StaffError, StaffMember};

/// What the desk is built from.
#[derive(Debug, Clone)]
pub struct StaffParts {
    /// Accounts, sessions and the audit log.
    pub store: Arc<dyn Store>,
    /// Seals names and secrets.
    pub vault: Arc<Vault>,
    /// The bytes of files of lists, each under a key of its own.
    pub files: Arc<dyn ParcelBytes>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// At which portal.
    pub portal: Portal,
    /// The name an authenticator app shows beside the account.
    pub issuer: String,
    /// Names that bearer keys of the configuration have: no account may have one of them.
    pub reserved: BTreeSet<StaffId>,
    /// The portal's own address for passkeys; without it there are none.
    pub passkeys: Option<PasskeySite>,
}

/// The desk: accounts and sessions of one portal. Every method is one decision, committed whole.
#[derive(Debug, Clone)]
pub struct StaffDesk {
    parts: StaffParts,
}

impl StaffDesk {
    /// A desk over these parts.
    #[must_use]
    pub const fn new(parts: StaffParts) -> Self {
        Self { parts }
    }

    /// At which portal.
    #[must_use]
    pub const fn portal(&self) -> Portal {
        self.parts.portal
    }

    /// One page of the people, in the order they were invited first.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn people(&self, after: Option<Cursor>, limit: u32) -> Result<Page<StaffMember>, StaffError> {
        let page: Page<Versioned<StaffRecord>> =
            self.store().all(ListOrder::OldestFirst, after, limit).await?;
        let items = page.items.into_iter().map(|read| self.member(read.record)).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    /// One member of staff.
    ///
    /// # Errors
    /// [`StaffError::NotFound`].
    pub async fn member_of(&self, id: &StaffId) -> Result<StaffMember, StaffError> {
        self.member(self.account(id).await?.record)
    }

    /// Sets what a person is there for; takes effect with the person's next call. Who loses a role loses the files made of
    /// lists too. `shown` are the roles that `by` saw, where that is known.
    ///
    /// # Errors
    /// [`StaffError::Oneself`]; [`StaffError::NotFound`]; [`StaffError::Invalid`] without a role;
    /// [`StaffError::RolesMovedOn`] when the present roles are not those shown.
    pub async fn set_roles(
        &self,
        by: &Person,
        id: &StaffId,
        roles: &[Role],
        shown: Option<&[Role]>,
    ) -> Result<(), StaffError> {
        if by.id == *id {
            return Err(StaffError::Oneself);
        }
        let roles = self.checked_roles(roles)?;
        let mut read = self.account(id).await?;
        let present: BTreeSet<Role> = read.record.roles.iter().copied().collect();
        if shown.is_some_and(|shown| shown.iter().copied().collect::<BTreeSet<Role>>() != present) {
            return Err(StaffError::RolesMovedOn);
        }
        let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
        let detail = names.join(" ");
        let loses = read.record.roles.iter().any(|role| !roles.contains(role));
        if loses {
            // before the roles are set, so that whoever tries again after a failure still finds that they are lost
            self.end_exports_of(id, ExportEnd::RoleMissing).await?;
        }
        read.record.roles = roles;
        let mut batch = WriteBatch::new();
        batch.update(read.version, &read.record);
        let told =
            Told { action: Happening::RolesSet, actor: Some(&by.id), staff: Some(id), detail: Some(&detail) };
        batch.audit(told.at(self.now()));
        self.store().commit(batch).await?;
        // what was begun meanwhile may show more than the person may see from now on
        if loses { self.end_exports_of(id, ExportEnd::RoleMissing).await } else { Ok(()) }
    }

    /// Shuts an account and ends its sessions. Its secrets, saved views and files are dropped: only a new invitation opens it
    /// again.
    ///
    /// # Errors
    /// [`StaffError::Oneself`]; [`StaffError::NotFound`].
    pub async fn disable(&self, by: &Person, id: &StaffId) -> Result<(), StaffError> {
        if by.id == *id {
            return Err(StaffError::Oneself);
        }
        let mut read = self.account(id).await?;
        if !matches!(read.record.standing, Standing::Disabled { since: Some(_) }) {
            read.record.standing = Standing::Disabled { since: Some(self.now()) };
        }
        let mut batch = WriteBatch::new();
        batch.update(read.version, &read.record);
        self.end_all_in(&mut batch, id).await?;
        self.end_passkeys_in(&mut batch, id).await?;
        self.unlink_in(&mut batch, id).await?;
        self.remove_views_in(&mut batch, id).await?;
        let told = Told { action: Happening::Disabled, actor: Some(&by.id), staff: Some(id), detail: None };
        batch.audit(told.at(self.now()));
        self.store().commit(batch).await?;
        self.remove_exports_of(id).await
    }

    /// Removes sessions that have ended by themselves, failed sign-ins of long ago, challenges nobody answered, notices of
    /// sign-outs that nobody would believe any more, and files of lists whose time is over; gives how many.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn forget_old(&self) -> Result<u64, StaffError> {
        let now = self.now();
        let sessions = self.forget(|session: &SessionRecord| !session.holds(now)).await?;
        let attempts = self.forget(|attempts: &AttemptsRecord| attempts.over(now)).await?;
        let ceremonies = self.forget(|ceremony: &CeremonyRecord| ceremony.over(now)).await?;
        let sign_ons = self.forget(|attempt: &AttemptRecord| attempt.over(now)).await?;
        let notices = self.forget(|notice: &NoticeRecord| notice.over(now)).await?;
        let signed_out = self.forget(|signed_out: &SignedOutRecord| signed_out.over(now)).await?;
        let exports = self.forget_exports().await?;
        let others = [attempts, ceremonies, sign_ons, notices, signed_out, exports];
        Ok(others.into_iter().fold(sessions, u64::saturating_add))
    }

    /// Removes accounts that were shut, or whose invitation ran out, more than `kept` ago, with their links; gives how many.
    /// Until then the log may name them, and the account says whose name that was. Where nobody noted since when an account
    /// has been shut, that is noted now.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn forget_former(&self, kept: Span) -> Result<u64, StaffError> {
        let before = self.now().minus(kept);
        self.note_shut().await?;
        let over = |account: &StaffRecord| match account.standing {
            Standing::Disabled { since: Some(ended) } | Standing::Invited { until: ended, .. } => {
                ended < before
            }
            Standing::Disabled { since: None } | Standing::Active { .. } => false,
        };
        let (mut forgotten, mut after) = (0_u64, None);
        loop {
            let page: Page<Versioned<StaffRecord>> =
                self.store().all(ListOrder::OldestFirst, after, 100).await?;
            for read in page.items.iter().filter(|read| over(&read.record)) {
                let mut batch = WriteBatch::new();
                batch.delete::<StaffRecord>(&read.record.key(), read.version);
                // whoever gets the name next must not inherit a way in
                self.unlink_in(&mut batch, &read.record.id).await?;
                if self.commit_unless_changed(batch).await? {
                    forgotten = forgotten.saturating_add(1);
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(forgotten),
            }
        }
    }

    async fn note_shut(&self) -> Result<(), StaffError> {
        let mut after = None;
        loop {
            let page: Page<Versioned<StaffRecord>> =
                self.store().all(ListOrder::OldestFirst, after, 100).await?;
            for mut read in page.items {
                if !matches!(read.record.standing, Standing::Disabled { since: None }) {
                    continue;
                }
                read.record.standing = Standing::Disabled { since: Some(self.now()) };
                let mut batch = WriteBatch::new();
                batch.update(read.version, &read.record);
                self.commit_unless_changed(batch).await?;
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Removes the records that are over, each by itself: what somebody uses at that moment stays.
    async fn forget<R: Record>(&self, over: impl Fn(&R) -> bool + Send) -> Result<u64, StaffError> {
        let (mut forgotten, mut after) = (0_u64, None);
        loop {
            let page: Page<Versioned<R>> = self.store().all(ListOrder::OldestFirst, after, 100).await?;
            for read in page.items.iter().filter(|read| over(&read.record)) {
                let mut batch = WriteBatch::new();
                batch.delete::<R>(&read.record.key(), read.version);
                if self.commit_unless_changed(batch).await? {
                    forgotten = forgotten.saturating_add(1);
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(forgotten),
            }
        }
    }

    /// Commits what is done later all the same when somebody else was faster; says whether it was done.
    async fn commit_unless_changed(&self, batch: WriteBatch) -> Result<bool, StaffError> {
        match self.store().commit(batch).await {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        self.parts.entropy.as_ref()
    }

    pub(crate) fn store(&self) -> &dyn Store {
        self.parts.store.as_ref()
    }

    pub(crate) fn vault(&self) -> &Vault {
        self.parts.vault.as_ref()
    }

    pub(crate) const fn files(&self) -> &Arc<dyn ParcelBytes> {
        &self.parts.files
    }

    /// The portal's own address for passkeys, when it has one.
    #[must_use]
    pub const fn passkeys_at(&self) -> Option<&PasskeySite> {
        self.parts.passkeys.as_ref()
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.parts.issuer
    }

    pub(crate) fn reserved(&self, id: &StaffId) -> bool {
        self.parts.reserved.contains(id)
    }

    pub(crate) fn checked_roles(&self, roles: &[Role]) -> Result<Vec<Role>, StaffError> {
        let known = Role::at(self.parts.portal);
        let set: BTreeSet<Role> = roles.iter().copied().collect();
        if set.is_empty() || !set.iter().all(|role| known.contains(role)) {
            return Err(StaffError::Invalid("the list of roles"));
        }
        Ok(set.into_iter().collect())
    }

    pub(crate) async fn account(&self, id: &StaffId) -> Result<Versioned<StaffRecord>, StaffError> {
        let found = self.store().get::<StaffRecord>(&StaffRecord::key_of(id)).await?;
        found.ok_or(StaffError::NotFound)
    }

    pub(crate) async fn end_all_in(&self, batch: &mut WriteBatch, id: &StaffId) -> Result<(), StaffError> {
        let sessions = self.store().every_by_index::<SessionRecord>(BY_STAFF, IndexValue::new(id)).await?;
        for read in sessions {
            batch.delete::<SessionRecord>(&SessionRecord::key_of(read.record.key_sha256), read.version);
        }
        Ok(())
    }

    pub(crate) fn seal<T: Serialize + ?Sized>(
        &self,
        id: &StaffId,
        field: &str,
        value: &T,
    ) -> Result<SealedField, StaffError> {
        let key = StaffRecord::key_of(id);
        Ok(self.parts.vault.seal(&Vault::place::<StaffRecord>(&key, field), &value)?)
    }

    pub(crate) fn open<T: DeserializeOwned>(
        &self,
        id: &StaffId,
        field: &str,
        sealed: &SealedField,
    ) -> Result<T, StaffError> {
        let key = StaffRecord::key_of(id);
        Ok(self.parts.vault.open(&Vault::place::<StaffRecord>(&key, field), sealed)?)
    }

    pub(crate) fn open_secret(
        &self,
        id: &StaffId,
        field: &str,
        sealed: &SealedField,
    ) -> Result<Zeroizing<String>, StaffError> {
        self.open::<String>(id, field, sealed).map(Zeroizing::new)
    }

    fn member(&self, record: StaffRecord) -> Result<StaffMember, StaffError> {
        Ok(StaffMember {
            name: self.open(&record.id, StaffRecord::PERSON, &record.person)?,
            standing: record.view_standing(),
            id: record.id,
            roles: record.roles,
            invited_by: record.invited_by,
            invited_at: record.invited_at,
        })
    }
}

#[cfg(test)]
mod tests;
