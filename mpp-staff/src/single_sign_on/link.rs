//! Links: by which name at the provider an account may be signed in to, and the identity it was bound to the first time.

use std::fmt;

use mpp_core::{Sha256Digest, StaffId};
use mpp_crypto::at_rest::SealedField;
use mpp_store::{
    IndexEntry, IndexName, ListOrder, Page, Record, RecordKey, RecordKind, RecordReaderExt, SealedRecord,
    Vault, Versioned, WriteBatch,
};
use serde::{Deserialize, Serialize};

use super::SignOnRefused;
use crate::account::{StaffRecord, Standing};
use crate::audit::{Happening, Told};
use crate::{Person, StaffDesk, StaffError};

/// By the identity an account is bound to.
pub(super) const BY_SUBJECT: IndexName = IndexName::new("subject");
/// The longest name at a provider, in characters.
const LONGEST: usize = 254;

/// A link, as administrators see it.
#[derive(Clone, PartialEq, Eq)]
pub struct SignOnLink {
    /// The account.
    pub staff: StaffId,
    /// The person's name at the provider: an e-mail address, unless the configuration says otherwise.
    pub name: String,
    /// Whether the person signed in with it, so that nobody else of that name can.
    pub bound: bool,
}

impl fmt::Debug for SignOnLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignOnLink")
            .field("staff", &self.staff)
            .field("bound", &self.bound)
            .finish_non_exhaustive()
    }
}

/// A link as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LinkRecord {
    pub(crate) staff: StaffId,
    /// The name at the provider, sealed.
    pub(crate) name: SealedField,
    /// The identity, once somebody signed in with it.
    pub(crate) bound_to: Option<Sha256Digest>,
}

impl LinkRecord {
    const NAME: &'static str = "name";

    pub(crate) fn key_of(staff: &StaffId) -> RecordKey {
        RecordKey::new(staff)
    }
}

impl Record for LinkRecord {
    const KIND: RecordKind = RecordKind::new("sign-on-link");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(&self.staff)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        self.bound_to.iter().map(|bound| IndexEntry::unique(BY_SUBJECT, bound)).collect()
    }
}

impl SealedRecord for LinkRecord {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        vec![(Self::NAME, &mut self.name)]
    }
}

/// Whether two names at a provider are the same: of e-mail addresses, capitals say nothing.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    one == other || (one.contains('@') && one.eq_ignore_ascii_case(other))
}

impl StaffDesk {
    /// Links an account to a name at the provider. Linking it again takes the earlier link and ends the account's sessions.
    ///
    /// # Errors
    /// [`StaffError::Oneself`]; [`StaffError::NotFound`]; [`StaffError::Invalid`]; [`SignOnRefused::Shut`];
    /// [`SignOnRefused::Taken`] when another account is linked to the name.
    pub async fn link_sign_on(&self, by: &Person, id: &StaffId, name: &str) -> Result<(), StaffError> {
        let batch = self.linking(by, id, name).await?;
        self.store().commit(batch).await?;
        Ok(())
    }

    /// What links an account, to be committed.
    pub(super) async fn linking(
        &self,
        by: &Person,
        id: &StaffId,
        name: &str,
    ) -> Result<WriteBatch, StaffError> {
        if by.id == *id {
            return Err(StaffError::Oneself);
        }
        let name = checked_name(name)?;
        let account = self.account(id).await?;
        if matches!(account.record.standing, Standing::Disabled { .. }) {
            return Err(SignOnRefused::Shut.into());
        }
        for link in self.all_links().await? {
            if link.record.staff != *id && same_name(&self.open_link(&link.record)?, &name) {
                return Err(SignOnRefused::Taken.into());
            }
        }
        let key = LinkRecord::key_of(id);
        let sealed = self.vault().seal(&Vault::place::<LinkRecord>(&key, LinkRecord::NAME), &name)?;
        let record = LinkRecord { staff: id.clone(), name: sealed, bound_to: None };
        let mut batch = WriteBatch::new();
        // an account that is shut or invited again at this moment gets no link
        batch.unchanged::<StaffRecord>(&StaffRecord::key_of(id), account.version);
        match self.store().get::<LinkRecord>(&key).await? {
            Some(read) => {
                batch.update(read.version, &record);
                self.end_all_in(&mut batch, id).await?;
            }
            None => {
                batch.insert(&record);
            }
        }
        self.tell_link(&mut batch, Happening::SignOnLinked, by, id);
        Ok(batch)
    }

    /// Takes an account's link, and ends its sessions.
    ///
    /// # Errors
    /// [`StaffError::Oneself`]; [`StaffError::NotFound`] when there is none.
    pub async fn unlink_sign_on(&self, by: &Person, id: &StaffId) -> Result<(), StaffError> {
        if by.id == *id {
            return Err(StaffError::Oneself);
        }
        let mut batch = WriteBatch::new();
        if !self.unlink_in(&mut batch, id).await? {
            return Err(StaffError::NotFound);
        }
        self.end_all_in(&mut batch, id).await?;
        self.tell_link(&mut batch, Happening::SignOnUnlinked, by, id);
        self.store().commit(batch).await?;
        Ok(())
    }

    /// Every link.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn sign_on_links(&self) -> Result<Vec<SignOnLink>, StaffError> {
        let view = |Versioned { record, .. }: Versioned<LinkRecord>| {
            let name = self.open_link(&record)?;
            Ok(SignOnLink { staff: record.staff, name, bound: record.bound_to.is_some() })
        };
        self.all_links().await?.into_iter().map(view).collect()
    }

    /// Adds to a batch that an account has no link from now on; tells whether there is one.
    pub(crate) async fn unlink_in(&self, batch: &mut WriteBatch, id: &StaffId) -> Result<bool, StaffError> {
        let key = LinkRecord::key_of(id);
        let found = self.store().get::<LinkRecord>(&key).await?;
        match &found {
            Some(read) => batch.delete::<LinkRecord>(&key, read.version),
            // somebody may link it at this moment
            None => batch.absent::<LinkRecord>(&key),
        };
        Ok(found.is_some())
    }

    pub(super) async fn all_links(&self) -> Result<Vec<Versioned<LinkRecord>>, StaffError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page: Page<Versioned<LinkRecord>> =
                self.store().all(ListOrder::OldestFirst, after, 100).await?;
            all.extend(page.items);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(all),
            }
        }
    }

    pub(super) fn open_link(&self, record: &LinkRecord) -> Result<String, StaffError> {
        let key = LinkRecord::key_of(&record.staff);
        Ok(self.vault().open(&Vault::place::<LinkRecord>(&key, LinkRecord::NAME), &record.name)?)
    }

    fn tell_link(&self, batch: &mut WriteBatch, action: Happening, by: &Person, id: &StaffId) {
        let told = Told { action, actor: Some(&by.id), staff: Some(id), detail: None };
        batch.audit(told.at(self.now()));
    }
}

fn checked_name(name: &str) -> Result<String, StaffError> {
    let name = name.trim();
    let proper = !name.is_empty() && name.chars().count() <= LONGEST && !name.chars().any(char::is_control);
    if proper { Ok(name.to_owned()) } else { Err(StaffError::Invalid("the name at the provider")) }
}
