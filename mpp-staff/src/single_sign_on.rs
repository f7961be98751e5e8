//! Signing in with an identity that a provider vouches for. This side knows attempts, links and accounts; the server asks
//! the provider (OpenID Connect) and hands over what it was told. Nobody gets an account by it: decision 0037.

mod attempt;
mod link;
mod refused;
mod sign_out;

use mpp_core::{Sha256Digest, draw};
use mpp_crypto::sha256;
use mpp_store::{IndexValue, RecordReaderExt, StoreError, Version, Versioned, WriteBatch};
use zeroize::Zeroizing;

use crate::account::{NO_CODE_YET, StaffRecord, Standing};
use crate::attempts::AttemptsRecord;
use crate::audit::{Happening, Told};
use crate::session::ProviderMarks;
use crate::{Person, SessionKey, StaffDesk, StaffError, password, second_factor};

pub use attempt::{SignOnKey, TakenSignOn};
pub use link::SignOnLink;
pub use refused::SignOnRefused;
pub use sign_out::{SignOutNotice, SignedOut};

pub(crate) use attempt::AttemptRecord;
pub(crate) use link::LinkRecord;
pub(crate) use sign_out::{NoticeRecord, SignedOutRecord};

use attempt::Stage;
use link::{BY_SUBJECT, same_name};

/// Who a provider says somebody is, after all its signatures were checked.
pub struct VouchedIdentity {
    /// The provider.
    pub issuer: String,
    /// What it calls the person, for ever.
    pub subject: String,
    /// What it calls its own session with the person (`sid`), if it does.
    pub session: Option<String>,
    /// By what the person is known to administrators.
    pub named: Named,
    /// Whether the provider asked for a second factor itself.
    pub second_factor: SecondFactor,
}

/// What a provider says about the claim that names a member of staff.
#[derive(Clone, PartialEq, Eq)]
pub enum Named {
    /// Its value.
    By(String),
    /// An e-mail address that nobody verified.
    Unverified,
    /// Nothing.
    Nothing,
}

/// Whether the provider asked for a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// It says so in the way the configuration names.
    Proved,
    /// It does not say so: the desk asks for its own.
    NotProved,
}

/// Where a sign-in stands after the provider's answer.
#[derive(Debug)]
pub enum SignOnOutcome {
    /// The session is open.
    Opened(SessionKey, Person),
    /// The code of the desk's own second factor is still to come, under this key.
    CodeNeeded(SignOnKey),
}

impl std::fmt::Debug for VouchedIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VouchedIdentity").field("second_factor", &self.second_factor).finish_non_exhaustive()
    }
}

impl VouchedIdentity {
    fn marks(&self) -> ProviderMarks {
        let session = self.session.as_deref().map(|session| session_mark(&self.issuer, session));
        ProviderMarks { identity: identity_mark(&self.issuer, &self.subject), session }
    }
}

/// What an account is bound to: the digest of issuer and subject together.
fn identity_mark(issuer: &str, subject: &str) -> Sha256Digest {
    sha256(format!("{issuer}\n{subject}").as_bytes())
}

/// By what the provider's own session is found: the digest of issuer and session together.
fn session_mark(issuer: &str, session: &str) -> Sha256Digest {
    sha256(format!("session\n{issuer}\n{session}").as_bytes())
}

/// An account, its link and what it is (to be) bound to.
struct Recognised {
    account: Versioned<StaffRecord>,
    link: Versioned<LinkRecord>,
    through: ProviderMarks,
    /// The commit since which the provider must not have said that it is over.
    begun: Version,
}

impl StaffDesk {
    /// Signs in whom the provider vouches for, or says that a code is needed first. The first time binds the account to the
    /// identity. Who signed out at the provider since the attempt began is not let in by it.
    ///
    /// # Errors
    /// [`SignOnRefused`] in all its forms; [`StaffError::InvitationUnknown`] when the account's invitation is too old.
    pub async fn sign_on(
        &self,
        taken: &TakenSignOn,
        identity: VouchedIdentity,
    ) -> Result<SignOnOutcome, StaffError> {
        // later it would be forgotten that somebody signed out meanwhile
        if self.now() >= taken.until {
            return Err(SignOnRefused::Stale.into());
        }
        let mut found = self.recognise(&identity, taken.begun).await?;
        match (&found.account.record.standing, identity.second_factor) {
            (Standing::Disabled { .. }, _) => return Err(SignOnRefused::Shut.into()),
            (Standing::Invited { until, .. }, _) if self.now() >= *until => {
                return Err(StaffError::InvitationUnknown);
            }
            (Standing::Invited { .. }, SecondFactor::NotProved) => {
                return Err(SignOnRefused::NoSecondFactor.into());
            }
            (Standing::Active { last_step: NO_CODE_YET, .. }, SecondFactor::NotProved) => {
                return Err(SignOnRefused::FactorAtProvider.into());
            }
            (Standing::Active { .. }, SecondFactor::NotProved) => {
                return self.await_code(found).await.map(SignOnOutcome::CodeNeeded);
            }
            (Standing::Invited { .. }, SecondFactor::Proved) => {
                found.account.record.standing = self.standing_without_password(&found.account.record).await?;
            }
            (Standing::Active { .. }, SecondFactor::Proved) => {}
        }
        let (key, person) = self.open_signed_on(found, None).await?;
        Ok(SignOnOutcome::Opened(key, person))
    }

    /// Signs in with the code that [`SignOnOutcome::CodeNeeded`] asked for.
    ///
    /// # Errors
    /// [`StaffError::WrongCode`], [`StaffError::Locked`]; [`SignOnRefused::Stale`] when it took too long.
    pub async fn sign_on_with_code(
        &self,
        key: &str,
        code: &Zeroizing<String>,
    ) -> Result<(SessionKey, Person), StaffError> {
        let attempt = self.attempt(&SignOnKey::parse(key)?).await?;
        let (Stage::Proved { staff, .. }, Some(through)) = (&attempt.record.stage, attempt.record.through())
        else {
            return Err(SignOnRefused::Stale.into());
        };
        self.count_try(staff.as_str()).await?;
        let mut account = self.account(staff).await?;
        let Standing::Active { totp, last_step, .. } = &mut account.record.standing else {
            return Err(SignOnRefused::Shut.into());
        };
        let secret = self.open_secret(staff, StaffRecord::TOTP, totp)?;
        let step = second_factor::matching_step(&secret, code, self.now())?;
        *last_step = step.filter(|step| *step > *last_step).ok_or(StaffError::WrongCode)?;
        let link = self.store().get::<LinkRecord>(&LinkRecord::key_of(staff)).await?;
        // the link may have been taken or changed since the provider answered
        let bound = |link: &Versioned<LinkRecord>| link.record.bound_to == Some(through.identity);
        let link = link.filter(bound).ok_or(SignOnRefused::Stale)?;
        let recognised = Recognised { account, link, through, begun: attempt.version };
        self.open_signed_on(recognised, Some(&attempt)).await
    }

    /// The account of an identity: the one bound to it, or one that is linked to its name and not bound yet.
    async fn recognise(&self, identity: &VouchedIdentity, begun: Version) -> Result<Recognised, StaffError> {
        let through = identity.marks();
        let subject = IndexValue::new(through.identity);
        let bound = self.store().first_by_index::<LinkRecord>(BY_SUBJECT, subject).await?;
        let link = match bound {
            Some(link) => link,
            None => self.unbound_link(&identity.named).await?,
        };
        let account = self.account(&link.record.staff).await?;
        Ok(Recognised { account, link, through, begun })
    }

    async fn unbound_link(&self, named: &Named) -> Result<Versioned<LinkRecord>, StaffError> {
        let name = match named {
            Named::By(name) => name,
            Named::Unverified => return Err(SignOnRefused::Unverified.into()),
            Named::Nothing => return Err(SignOnRefused::Unnamed.into()),
        };
        let mut found = None;
        for link in self.all_links().await? {
            if same_name(&self.open_link(&link.record)?, name) && found.replace(link).is_some() {
                // two administrators linked it at the same moment: nobody can say whose it is
                return Err(SignOnRefused::Unknown.into());
            }
        }
        let link = found.ok_or(SignOnRefused::Unknown)?;
        if link.record.bound_to.is_none() {
            return Ok(link);
        }
        let staff = Some(&link.record.staff);
        let told = Told { action: Happening::SignOnRefused, actor: None, staff, detail: None };
        let mut batch = WriteBatch::new();
        batch.audit(told.at(self.now()));
        self.store().commit(batch).await?;
        Err(SignOnRefused::OtherSubject.into())
    }

    /// An account that is signed in to through the provider only: it has a password and a second factor nobody knows.
    async fn standing_without_password(&self, account: &StaffRecord) -> Result<Standing, StaffError> {
        let unknown = Zeroizing::new(hex::encode(draw::<32>(self.entropy())));
        let hash = Zeroizing::new(password::hash(unknown, self.entropy()).await?);
        let totp = second_factor::draw_secret(self.entropy());
        Ok(Standing::Active {
            password: self.seal(&account.id, StaffRecord::PASSWORD, hash.as_str())?,
            totp: self.seal(&account.id, StaffRecord::TOTP, totp.as_str())?,
            last_step: NO_CODE_YET,
        })
    }

    /// Adds to a batch that the account is bound to the identity from now on, or is still bound to it.
    fn bind_in(&self, batch: &mut WriteBatch, recognised: &Recognised) {
        let Recognised { link, through, .. } = recognised;
        let staff = &link.record.staff;
        if link.record.bound_to.is_some() {
            batch.unchanged::<LinkRecord>(&LinkRecord::key_of(staff), link.version);
            return;
        }
        batch.update(link.version, &LinkRecord { bound_to: Some(through.identity), ..link.record.clone() });
        let told =
            Told { action: Happening::SignOnBound, actor: Some(staff), staff: Some(staff), detail: None };
        batch.audit(told.at(self.now()));
    }

    /// Keeps what the provider said until the code has come.
    async fn await_code(&self, recognised: Recognised) -> Result<SignOnKey, StaffError> {
        let mut batch = WriteBatch::new();
        self.bind_in(&mut batch, &recognised);
        self.still_vouched_in(&mut batch, &recognised.through, recognised.begun).await?;
        let ProviderMarks { identity, session } = recognised.through;
        let staff = recognised.account.record.id;
        let stage = Stage::Proved { staff, bound_to: identity, provider_session: session };
        let key = self.attempt_in(&mut batch, stage);
        match self.store().commit(batch).await {
            Err(StoreError::Conflict { .. }) => Err(SignOnRefused::Stale.into()),
            committed => Ok(committed.map(|_| key)?),
        }
    }

    /// Opens the session, binds the account if it is not bound yet, and uses up what led here: all or nothing.
    async fn open_signed_on(
        &self,
        recognised: Recognised,
        attempt: Option<&Versioned<AttemptRecord>>,
    ) -> Result<(SessionKey, Person), StaffError> {
        let id = &recognised.account.record.id;
        let mut batch = WriteBatch::new();
        self.bind_in(&mut batch, &recognised);
        self.still_vouched_in(&mut batch, &recognised.through, recognised.begun).await?;
        batch.update(recognised.account.version, &recognised.account.record);
        if let Some(attempt) = attempt {
            batch.delete::<AttemptRecord>(&AttemptRecord::key_of(attempt.record.key_sha256), attempt.version);
            let tries = AttemptsRecord::key_of(sha256(id.as_str().as_bytes()));
            if let Some(read) = self.store().get::<AttemptsRecord>(&tries).await? {
                batch.delete::<AttemptsRecord>(&tries, read.version);
            }
        }
        let told = Told { action: Happening::SignedOn, actor: Some(id), staff: Some(id), detail: None };
        batch.audit(told.at(self.now()));
        let through = Some(recognised.through);
        let opened = self.session_in(&mut batch, &recognised.account.record, through);
        match self.store().commit(batch).await {
            // the same code, or the same identity for the first time, at the same moment; the account was changed; or the provider
            // said that it is over
            Err(StoreError::Conflict { .. }) => Err(SignOnRefused::Stale.into()),
            committed => Ok(committed.map(|_| opened)?),
        }
    }
}

#[cfg(test)]
mod tests;
