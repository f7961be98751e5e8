//! What everybody does with their own account.

use mpp_store::{IndexValue, RecordReaderExt, StoreError, Versioned, WriteBatch};
use zeroize::Zeroizing;

use crate::account::{StaffRecord, Standing};
use crate::audit::{Happening, Told};
use crate::session::{BY_STAFF, SessionRecord};
use crate::{Person, StaffDesk, StaffError, password};

impl StaffDesk {
    /// Sets a new password for who gives the present one, and ends the person's other sessions.
    ///
    /// # Errors
    /// [`StaffError::WrongPassword`], [`StaffError::WeakPassword`]; [`StaffError::NotFound`] for a configured key,
    /// which has no password.
    pub async fn change_password(
        &self,
        person: &Person,
        present: Zeroizing<String>,
        fresh: Zeroizing<String>,
    ) -> Result<(), StaffError> {
        let mut read = self.prove_password(person, present).await?;
        let Standing::Active { totp, last_step, .. } = &read.record.standing else {
            return Err(StaffError::NotFound);
        };
        let name: String = self.open(&person.id, StaffRecord::PERSON, &read.record.person)?;
        password::check_strength(&fresh, &[person.id.as_str(), &name, "moneyone", "mpp"])?;
        let hash = Zeroizing::new(password::hash(fresh, self.entropy()).await?);
        let sealed = self.seal(&person.id, StaffRecord::PASSWORD, hash.as_str())?;
        read.record.standing =
            Standing::Active { password: sealed, totp: totp.clone(), last_step: *last_step };
        let mut batch = WriteBatch::new();
        batch.update(read.version, &read.record);
        let sessions = self.store().every_by_index::<SessionRecord>(BY_STAFF, IndexValue::new(&person.id));
        for other in sessions.await?.iter().filter(|other| Some(other.record.id) != person.session) {
            batch.delete::<SessionRecord>(&SessionRecord::key_of(other.record.key_sha256), other.version);
        }
        let told = Told {
            action: Happening::PasswordSet,
            actor: Some(&person.id),
            staff: Some(&person.id),
            detail: None,
        };
        batch.audit(told.at(self.now()));
        self.store().commit(batch).await?;
        Ok(())
    }

    /// The person's account, for who gives the present password and so proves to be more than somebody at an open screen.
    ///
    /// # Errors
    /// [`StaffError::WrongPassword`], [`StaffError::Locked`]; [`StaffError::NotFound`] for a configured key, which has no password.
    pub(crate) async fn prove_password(
        &self,
        person: &Person,
        given: Zeroizing<String>,
    ) -> Result<Versioned<StaffRecord>, StaffError> {
        let read = self.account(&person.id).await?;
        let Standing::Active { password: sealed, .. } = &read.record.standing else {
            return Err(StaffError::NotFound);
        };
        self.count_try(person.id.as_str()).await?;
        let hash = self.open_secret(&person.id, StaffRecord::PASSWORD, sealed)?;
        if !password::verify(given, Some(hash)).await? {
            return Err(StaffError::WrongPassword);
        }
        // whatever comes of what was asked for, who gave the present one did not guess
        self.clear_tries(person.id.as_str()).await?;
        Ok(read)
    }

    async fn clear_tries(&self, name: &str) -> Result<(), StaffError> {
        let mut batch = WriteBatch::new();
        self.clear_tries_in(&mut batch, name).await?;
        match self.store().commit(batch).await {
            // somebody tries under this name at the same moment, and is counted
            Ok(_) | Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
