//! Signing in, being recognised, signing out.

use std::fmt;

use mpp_core::{StaffId, StaffSessionId, Timestamp};
use mpp_crypto::sha256;
use mpp_store::{IndexValue, RecordReaderExt, StoreError, Versioned, WriteBatch};
use zeroize::Zeroizing;

use crate::account::{StaffRecord, Standing};
use crate::attempts::AttemptsRecord;
use crate::audit::{Happening, Told};
use crate::session::{BY_ID, BY_STAFF, NOTED_EVERY, ProviderMarks, SessionRecord};
use crate::{CameBy, OpenSession, Person, SessionKey, StaffDesk, StaffError, password, second_factor};

/// The longest name that is looked up.
const LONGEST_NAME: usize = 64;
/// How often a decision is tried while others change what it rests on.
const ATTEMPTS: usize = 16;

/// What somebody signs in with.
#[derive(Clone)]
pub struct Credentials {
    /// The name of the account.
    pub name: String,
    /// The password.
    pub password: Zeroizing<String>,
    /// The code of the second factor.
    pub code: Zeroizing<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

impl StaffDesk {
    /// Opens a session for the holder of password and second factor. Every session has a key of its own.
    ///
    /// # Errors
    /// [`StaffError::WrongCredentials`], [`StaffError::Locked`], or when the store does not answer.
    pub async fn sign_in(&self, credentials: Credentials) -> Result<(SessionKey, Person), StaffError> {
        let name = credentials.name.trim().to_lowercase();
        self.count_try(&name).await?;
        let id: Option<StaffId> =
            Some(name.as_str()).filter(|name| name.len() <= LONGEST_NAME).and_then(|name| name.parse().ok());
        let account = match &id {
            Some(id) => self.store().get::<StaffRecord>(&StaffRecord::key_of(id)).await?,
            None => None,
        };
        let (hash, totp, last_step) = self.secrets(account.as_ref())?;
        let right = password::verify(credentials.password, hash).await?;
        let step = match &totp {
            Some(totp) => second_factor::matching_step(totp, &credentials.code, self.now())?,
            None => None,
        };
        let (Some(account), true, Some(step)) = (account, right, step.filter(|step| *step > last_step))
        else {
            return Err(StaffError::WrongCredentials);
        };
        match self.open_session(account, step, &name).await {
            // another sign-in used the same code at the same moment
            Err(error) if error.is_conflict() => Err(StaffError::WrongCredentials),
            opened => opened,
        }
    }

    /// Who holds this session key. Being asked keeps the session alive.
    ///
    /// # Errors
    /// [`StaffError::Unauthenticated`] when there is no such session, it has ended, or the account is shut.
    pub async fn person(&self, session_key: &str) -> Result<Person, StaffError> {
        let digest = SessionKey::digest_of(session_key).ok_or(StaffError::Unauthenticated)?;
        let found = self.store().get::<SessionRecord>(&SessionRecord::key_of(digest)).await?;
        let found = found.ok_or(StaffError::Unauthenticated)?;
        let now = self.now();
        if !found.record.holds(now) {
            return Err(StaffError::Unauthenticated);
        }
        let account = self.store().get::<StaffRecord>(&StaffRecord::key_of(&found.record.staff)).await?;
        let account = account.ok_or(StaffError::Unauthenticated)?.record;
        if !matches!(account.standing, Standing::Active { .. }) {
            return Err(StaffError::Unauthenticated);
        }
        let session = Some(found.record.id);
        self.note_use(found, now).await?;
        Ok(Person { id: account.id, roles: account.roles, session })
    }

    /// The open sessions of an account.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn sessions(&self, staff: &StaffId) -> Result<Vec<OpenSession>, StaffError> {
        let now = self.now();
        let found = self.store().every_by_index::<SessionRecord>(BY_STAFF, IndexValue::new(staff)).await?;
        Ok(found.iter().filter(|read| read.record.holds(now)).map(|read| read.record.view()).collect())
    }

    /// Ends a session: one's own, or anybody's for an administrator (who was asked for that before). Gives how its person came.
    ///
    /// # Errors
    /// [`StaffError::NotFound`] when there is none.
    pub async fn end_session(
        &self,
        by: &Person,
        owner: Option<&StaffId>,
        session: StaffSessionId,
    ) -> Result<CameBy, StaffError> {
        let found = self.store().first_by_index::<SessionRecord>(BY_ID, IndexValue::new(session)).await?;
        let found = found.ok_or(StaffError::NotFound)?;
        if owner.is_some_and(|owner| found.record.staff != *owner) {
            return Err(StaffError::NotFound);
        }
        let mut batch = WriteBatch::new();
        batch.delete::<SessionRecord>(&SessionRecord::key_of(found.record.key_sha256), found.version);
        let told = Told {
            action: Happening::SessionEnded,
            actor: Some(&by.id),
            staff: Some(&found.record.staff),
            detail: None,
        };
        batch.audit(told.at(self.now()));
        self.store().commit(batch).await?;
        Ok(found.record.came_by())
    }

    /// Counts a try under a name before its credentials are looked at.
    pub(crate) async fn count_try(&self, name: &str) -> Result<(), StaffError> {
        let name = sha256(name.as_bytes());
        for _ in 0..ATTEMPTS {
            let now = self.now();
            let read = self.store().get::<AttemptsRecord>(&AttemptsRecord::key_of(name)).await?;
            let (version, record) = match read {
                Some(read) => (Some(read.version), read.record),
                None => (None, AttemptsRecord::none(name, now)),
            };
            if let Some(until) = record.shut(now) {
                return Err(StaffError::Locked { until });
            }
            let record = record.tried(now);
            let mut batch = WriteBatch::new();
            match version {
                Some(version) => batch.update(version, &record),
                None => batch.insert(&record),
            };
            if record.shut_until.is_some() {
                let told = Told { action: Happening::SignInLocked, actor: None, staff: None, detail: None };
                batch.audit(told.at(now));
            }
            match self.store().commit(batch).await {
                Err(StoreError::Conflict { .. }) => {}
                committed => return Ok(committed.map(drop)?),
            }
        }
        Err(StaffError::Locked { until: self.now() })
    }

    #[expect(clippy::type_complexity, reason = "three secrets of one account")]
    fn secrets(
        &self,
        account: Option<&Versioned<StaffRecord>>,
    ) -> Result<(Option<Zeroizing<String>>, Option<Zeroizing<String>>, u64), StaffError> {
        let Some(Versioned { record, .. }) = account else { return Ok((None, None, 0)) };
        let Standing::Active { password, totp, last_step } = &record.standing else {
            return Ok((None, None, 0));
        };
        let open = |field, sealed| self.open_secret(&record.id, field, sealed);
        let (password, totp) = (open(StaffRecord::PASSWORD, password)?, open(StaffRecord::TOTP, totp)?);
        Ok((Some(password), Some(totp), *last_step))
    }

    async fn open_session(
        &self,
        account: Versioned<StaffRecord>,
        step: u64,
        name: &str,
    ) -> Result<(SessionKey, Person), StaffError> {
        let Versioned { version, mut record } = account;
        if let Standing::Active { last_step, .. } = &mut record.standing {
            *last_step = step;
        }
        let mut batch = WriteBatch::new();
        batch.update(version, &record);
        let (key, person) = self.session_in(&mut batch, &record, None);
        let tries = AttemptsRecord::key_of(sha256(name.as_bytes()));
        if let Some(read) = self.store().get::<AttemptsRecord>(&tries).await? {
            batch.delete::<AttemptsRecord>(&tries, read.version);
        }
        self.store().commit(batch).await?;
        Ok((key, person))
    }

    /// Adds a new session of the account to a batch; `through` says by what the provider knows it, if it vouched.
    pub(crate) fn session_in(
        &self,
        batch: &mut WriteBatch,
        account: &StaffRecord,
        through: Option<ProviderMarks>,
    ) -> (SessionKey, Person) {
        let now = self.now();
        let key = SessionKey::draw(self.entropy());
        let id = StaffSessionId::generate(self.entropy());
        let key_sha256 = sha256(key.secret().as_bytes());
        let staff = account.id.clone();
        batch.insert(&SessionRecord { key_sha256, id, staff, since: now, seen: now, through });
        let told = Told {
            action: Happening::SessionOpened,
            actor: Some(&account.id),
            staff: Some(&account.id),
            detail: None,
        };
        batch.audit(told.at(now));
        (key, Person { id: account.id.clone(), roles: account.roles.clone(), session: Some(id) })
    }

    async fn note_use(&self, read: Versioned<SessionRecord>, now: Timestamp) -> Result<(), StaffError> {
        if now.since(read.record.seen) < NOTED_EVERY {
            return Ok(());
        }
        let mut batch = WriteBatch::new();
        batch.update(read.version, &SessionRecord { seen: now, ..read.record });
        match self.store().commit(batch).await {
            // somebody else noted it, or the session was ended: the next call will see
            Ok(_) | Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
