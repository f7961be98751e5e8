//! Passkeys (WebAuthn): instead of password and code, since an authenticator verifies the person itself. Decision 0038.

mod library;
mod records;
mod refused;
mod site;

use std::fmt;

use mpp_core::{Entropy, PasskeyId, Sha256Digest, StaffId, Timestamp, draw};
use mpp_crypto::sha256;
use mpp_store::{IndexValue, RecordReaderExt, StoreError, Vault, Versioned, WriteBatch};
use zeroize::Zeroizing;

use crate::account::{StaffRecord, Standing};
use crate::attempts::AttemptsRecord;
use crate::audit::{Happening, Told};
use crate::session::{BY_STAFF as SESSIONS_BY_STAFF, SessionRecord};
use crate::{Person, SessionKey, StaffDesk, StaffError};

pub use refused::PasskeyRefused;
pub use site::{PasskeySite, UnusableSite};

pub(crate) use records::{CeremonyRecord, PasskeyRecord};

use library::{Assertion, Begun, Made, Owner};
use records::{BY_CREDENTIAL, BY_STAFF, CHALLENGE_LIFE, HexBytes, Purpose};

/// How many passkeys an account may have.
const MOST: usize = 10;
/// The longest name of a passkey, in characters.
const LONGEST_NAME: usize = 60;
/// What begins the key of every challenge, so that a leaked one is recognised.
const PREFIX: &str = "mppc_";

/// A passkey, as its owner and administrators see it.
#[derive(Clone, PartialEq, Eq)]
pub struct Passkey {
    /// The passkey.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub added_at: Timestamp,
    /// When somebody signed in with it last.
    pub used_at: Option<Timestamp>,
}

impl fmt::Debug for Passkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passkey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A challenge for an authenticator.
#[derive(Clone)]
pub struct PasskeyChallenge {
    /// What the browser has to hold to answer, apart from scripts: it binds the challenge to this browser.
    pub key: Zeroizing<String>,
    /// What the browser asks the authenticator for.
    pub options: serde_json::Value,
}

impl fmt::Debug for PasskeyChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasskeyChallenge(..)")
    }
}

impl StaffDesk {
    /// The passkeys of an account.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn passkeys(&self, staff: &StaffId) -> Result<Vec<Passkey>, StaffError> {
        let found = self.passkey_records(staff).await?;
        found.into_iter().map(|read| self.passkey(read.record)).collect()
    }

    /// Draws a challenge for a new passkey of the person's own, who proves by the password to be more than somebody at an
    /// open screen.
    ///
    /// # Errors
    /// [`PasskeyRefused::Off`], [`PasskeyRefused::TooMany`]; [`StaffError::WrongPassword`], [`StaffError::Locked`];
    /// [`StaffError::NotFound`] for a configured key, which has no account.
    pub async fn begin_passkey(
        &self,
        person: &Person,
        password: Zeroizing<String>,
    ) -> Result<PasskeyChallenge, StaffError> {
        let site = self.passkey_site()?;
        let session = person.session.ok_or(StaffError::NotFound)?;
        self.prove_password(person, password).await?;
        let known: Vec<PasskeyRecord> =
            self.passkey_records(&person.id).await?.into_iter().map(|read| read.record).collect();
        if known.len() >= MOST {
            return Err(PasskeyRefused::TooMany.into());
        }
        let handle = known.first().map_or_else(|| random_handle(self.entropy()), |one| one.handle.clone());
        let owner = Owner { account: person.id.as_str(), handle: &handle.0, known: &known };
        let begun = library::begin_adding(site, &owner)?;
        let purpose = Purpose::Adding { staff: person.id.clone(), session, handle };
        self.keep_ceremony(purpose, begun).await
    }

    /// Adds the passkey that an authenticator made for a challenge of this session.
    ///
    /// # Errors
    /// [`PasskeyRefused::TooLate`], [`PasskeyRefused::Unusable`], [`PasskeyRefused::Known`], [`PasskeyRefused::TooMany`];
    /// [`StaffError::Invalid`] for the name.
    pub async fn add_passkey(
        &self,
        person: &Person,
        key: &str,
        name: &str,
        answer: &str,
    ) -> Result<Passkey, StaffError> {
        let site = self.passkey_site()?;
        let name = checked_name(name)?;
        let CeremonyRecord { purpose, state, .. } = self.take_ceremony(key).await?;
        let Purpose::Adding { staff, session, handle } = purpose else {
            return Err(PasskeyRefused::TooLate.into());
        };
        if staff != person.id || Some(session) != person.session {
            return Err(PasskeyRefused::TooLate.into());
        }
        let made = library::finish_adding(site, &state, answer)?;
        let account = self.account(&staff).await?;
        if !matches!(account.record.standing, Standing::Active { .. }) {
            return Err(StaffError::Unauthenticated);
        }
        if self.passkey_records(&staff).await?.len() >= MOST {
            return Err(PasskeyRefused::TooMany.into());
        }
        let record = self.new_record(staff, &name, made, handle)?;
        if self.passkey_of(record.credential_sha256).await?.is_some() {
            return Err(PasskeyRefused::Known.into());
        }
        let mut batch = WriteBatch::new();
        batch.insert(&record);
        // an account that is shut or invited again at this moment gets no passkey
        batch.unchanged::<StaffRecord>(&StaffRecord::key_of(&record.staff), account.version);
        batch.audit(self.told(Happening::PasskeyAdded, Some(&person.id), &record));
        self.store().commit(batch).await?;
        self.passkey(record)
    }

    /// Removes a passkey, one's own or somebody's, and ends the sessions of its owner but for the present one: who has the
    /// authenticator may have opened some.
    ///
    /// # Errors
    /// [`StaffError::NotFound`].
    pub async fn remove_passkey(
        &self,
        by: &Person,
        owner: &StaffId,
        passkey: PasskeyId,
    ) -> Result<(), StaffError> {
        let found = self.store().get::<PasskeyRecord>(&PasskeyRecord::key_of(passkey)).await?;
        let found = found.filter(|read| read.record.staff == *owner).ok_or(StaffError::NotFound)?;
        let mut batch = WriteBatch::new();
        batch.delete::<PasskeyRecord>(&PasskeyRecord::key_of(passkey), found.version);
        let sessions =
            self.store().every_by_index::<SessionRecord>(SESSIONS_BY_STAFF, IndexValue::new(owner));
        for other in sessions.await?.iter().filter(|other| Some(other.record.id) != by.session) {
            batch.delete::<SessionRecord>(&SessionRecord::key_of(other.record.key_sha256), other.version);
        }
        batch.audit(self.told(Happening::PasskeyRemoved, Some(&by.id), &found.record));
        self.store().commit(batch).await?;
        Ok(())
    }

    /// Draws a challenge for signing in, for whoever comes.
    ///
    /// # Errors
    /// [`PasskeyRefused::Off`], or when the store does not answer.
    pub async fn begin_passkey_sign_in(&self) -> Result<PasskeyChallenge, StaffError> {
        let begun = library::begin_sign_in(self.passkey_site()?)?;
        self.keep_ceremony(Purpose::SigningIn, begun).await
    }

    /// Opens a session for the holder of a passkey. A challenge is good for one answer, right or wrong; every answer counts
    /// as a try under the name of the passkey's owner.
    ///
    /// # Errors
    /// [`PasskeyRefused`] in several forms, [`StaffError::Locked`], or when the store does not answer.
    pub async fn sign_in_with_passkey(
        &self,
        key: &str,
        answer: &str,
    ) -> Result<(SessionKey, Person), StaffError> {
        let site = self.passkey_site()?;
        let assertion = Assertion::read(answer)?;
        let credential = sha256(&assertion.credential());
        let found = self.passkey_of(credential).await?;
        // an unknown credential shuts itself, as an unknown name does
        let name =
            found.as_ref().map_or_else(|| credential.to_string(), |read| read.record.staff.to_string());
        self.count_try(&name).await?;
        let ceremony = self.take_ceremony(key).await?;
        let Some(mut passkey) = found.filter(|_| ceremony.purpose == Purpose::SigningIn) else {
            return Err(PasskeyRefused::NotAccepted.into());
        };
        let account = self.account(&passkey.record.staff).await?;
        if !matches!(account.record.standing, Standing::Active { .. }) {
            return Err(PasskeyRefused::NotAccepted.into());
        }
        match assertion.check(site, &ceremony.state, &passkey.record) {
            Ok(standing) => passkey.record.standing = standing,
            Err(error) => return Err(self.note_counting_back(&passkey.record, error).await?),
        }
        match self.open_with_passkey(passkey, &account, &name).await {
            // the passkey was removed or used elsewhere at the same moment
            Err(error) if error.is_conflict() => Err(PasskeyRefused::NotAccepted.into()),
            opened => opened,
        }
    }

    /// Removes every passkey of an account that ends or begins anew.
    pub(crate) async fn end_passkeys_in(
        &self,
        batch: &mut WriteBatch,
        id: &StaffId,
    ) -> Result<(), StaffError> {
        for read in self.passkey_records(id).await? {
            batch.delete::<PasskeyRecord>(&PasskeyRecord::key_of(read.record.id), read.version);
        }
        Ok(())
    }

    fn new_record(
        &self,
        staff: StaffId,
        name: &str,
        made: Made,
        handle: HexBytes,
    ) -> Result<PasskeyRecord, StaffError> {
        let id = PasskeyId::generate(self.entropy());
        let key = PasskeyRecord::key_of(id);
        let place = Vault::place::<PasskeyRecord>(&key, PasskeyRecord::NAME);
        Ok(PasskeyRecord {
            id,
            staff,
            name: self.vault().seal(&place, &name)?,
            credential_sha256: sha256(&made.credential),
            credential: HexBytes(made.credential),
            handle,
            key: made.key,
            standing: made.standing,
            added_at: self.now(),
            used_at: None,
        })
    }

    async fn open_with_passkey(
        &self,
        passkey: Versioned<PasskeyRecord>,
        account: &Versioned<StaffRecord>,
        name: &str,
    ) -> Result<(SessionKey, Person), StaffError> {
        let Versioned { version, mut record } = passkey;
        record.used_at = Some(self.now());
        let mut batch = WriteBatch::new();
        batch.update(version, &record);
        batch.unchanged::<StaffRecord>(&StaffRecord::key_of(&record.staff), account.version);
        batch.audit(self.told(Happening::PasskeyUsed, Some(&record.staff), &record));
        let opened = self.session_in(&mut batch, &account.record, None);
        self.clear_tries_in(&mut batch, name).await?;
        self.store().commit(batch).await?;
        Ok(opened)
    }

    /// Writes down that a passkey counts back, which its owner and administrators must hear of; gives the error on.
    async fn note_counting_back(
        &self,
        passkey: &PasskeyRecord,
        error: StaffError,
    ) -> Result<StaffError, StaffError> {
        if matches!(error, StaffError::Passkey(PasskeyRefused::CountsBack)) {
            let mut batch = WriteBatch::new();
            batch.audit(self.told(Happening::PasskeyCountsBack, None, passkey));
            self.store().commit(batch).await?;
        }
        Ok(error)
    }

    pub(crate) async fn clear_tries_in(&self, batch: &mut WriteBatch, name: &str) -> Result<(), StaffError> {
        let tries = AttemptsRecord::key_of(sha256(name.as_bytes()));
        if let Some(read) = self.store().get::<AttemptsRecord>(&tries).await? {
            batch.delete::<AttemptsRecord>(&tries, read.version);
        }
        Ok(())
    }

    async fn keep_ceremony(&self, purpose: Purpose, begun: Begun) -> Result<PasskeyChallenge, StaffError> {
        let random = Zeroizing::new(draw::<32>(self.entropy()));
        let key = Zeroizing::new(format!("{PREFIX}{}", hex::encode(random.as_slice())));
        let until = self.now().plus(CHALLENGE_LIFE);
        let key_sha256 = sha256(key.as_bytes());
        let mut batch = WriteBatch::new();
        batch.insert(&CeremonyRecord { key_sha256, purpose, state: begun.state, until });
        self.store().commit(batch).await?;
        Ok(PasskeyChallenge { key, options: begun.options })
    }

    /// Takes a challenge out of the store, so that nobody else can answer it, and nobody twice.
    async fn take_ceremony(&self, key: &str) -> Result<CeremonyRecord, StaffError> {
        let place = CeremonyRecord::key_of(sha256(key.as_bytes()));
        let found = self.store().get::<CeremonyRecord>(&place).await?.ok_or(PasskeyRefused::TooLate)?;
        let mut batch = WriteBatch::new();
        batch.delete::<CeremonyRecord>(&place, found.version);
        match self.store().commit(batch).await {
            // answered at the same moment in another request
            Err(StoreError::Conflict { .. }) => return Err(PasskeyRefused::TooLate.into()),
            committed => committed?,
        };
        if found.record.over(self.now()) { Err(PasskeyRefused::TooLate.into()) } else { Ok(found.record) }
    }

    async fn passkey_records(&self, staff: &StaffId) -> Result<Vec<Versioned<PasskeyRecord>>, StaffError> {
        Ok(self.store().every_by_index::<PasskeyRecord>(BY_STAFF, IndexValue::new(staff)).await?)
    }

    async fn passkey_of(
        &self,
        credential: Sha256Digest,
    ) -> Result<Option<Versioned<PasskeyRecord>>, StaffError> {
        Ok(self.store().first_by_index::<PasskeyRecord>(BY_CREDENTIAL, IndexValue::new(credential)).await?)
    }

    fn passkey_site(&self) -> Result<&PasskeySite, PasskeyRefused> {
        self.passkeys_at().ok_or(PasskeyRefused::Off)
    }

    fn passkey(&self, record: PasskeyRecord) -> Result<Passkey, StaffError> {
        let key = PasskeyRecord::key_of(record.id);
        let name =
            self.vault().open(&Vault::place::<PasskeyRecord>(&key, PasskeyRecord::NAME), &record.name)?;
        Ok(Passkey { id: record.id, name, added_at: record.added_at, used_at: record.used_at })
    }

    fn told(
        &self,
        action: Happening,
        actor: Option<&StaffId>,
        passkey: &PasskeyRecord,
    ) -> mpp_store::AuditLeaf {
        let detail = passkey.id.to_string();
        let told = Told { action, actor, staff: Some(&passkey.staff), detail: Some(&detail) };
        told.at(self.now())
    }
}

/// What authenticators call an account: nothing but chance, so that it tells nobody anything.
fn random_handle(entropy: &dyn Entropy) -> HexBytes {
    HexBytes(draw::<64>(entropy).to_vec())
}

fn checked_name(name: &str) -> Result<String, StaffError> {
    let name = name.trim();
    let proper =
        !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    if proper { Ok(name.to_owned()) } else { Err(StaffError::Invalid("the passkey's name")) }
}

#[cfg(test)]
mod tests;
