//! Inviting people, and joining.

use std::fmt;

use mpp_core::{Span, StaffId, Timestamp, draw};
use mpp_crypto::sha256;
use mpp_store::{IndexValue, RecordReaderExt, StoreError, Versioned, WriteBatch};
use zeroize::Zeroizing;

use crate::account::{BY_SECRET, StaffRecord, Standing};
use crate::audit::{Happening, Told};
use crate::{Person, Role, SessionKey, StaffDesk, StaffError, password, second_factor};

/// How long an invitation is good.
const GOOD_FOR: Span = Span::from_days(7);
/// What begins every invitation, so that a leaked one is recognised.
const PREFIX: &str = "mppi_";
/// The longest name of a person, in characters.
const LONGEST_PERSON: usize = 100;

/// An invitation on its way to the person.
#[derive(Clone)]
pub struct Invitation {
    /// The account.
    pub id: StaffId,
    /// The one-time secret; seen this once.
    pub token: Zeroizing<String>,
    /// Until when it is good.
    pub until: Timestamp,
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What the holder of an invitation is shown to set up the second factor.
#[derive(Clone)]
pub struct OpenedInvitation {
    /// The account.
    pub id: StaffId,
    /// The person's name.
    pub name: String,
    /// The secret as text, to be typed into an authenticator app.
    pub secret: Zeroizing<String>,
    /// The same as an address, to be shown as a QR code.
    pub setup_uri: Zeroizing<String>,
}

impl fmt::Debug for OpenedInvitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedInvitation").field("id", &self.id).finish_non_exhaustive()
    }
}

impl StaffDesk {
    /// Invites a person. Inviting somebody again, after a lost invitation or a lost second factor, ends what was: sessions,
    /// passkeys, link, saved views and files. The roles may be fewer now, and the name somebody else's.
    ///
    /// # Errors
    /// [`StaffError::NameUnusable`]; [`StaffError::NameTaken`] for a name the configuration uses; [`StaffError::Invalid`];
    /// [`StaffError::Oneself`].
    pub async fn invite(
        &self,
        by: &Person,
        id: &str,
        name: &str,
        roles: &[Role],
    ) -> Result<Invitation, StaffError> {
        let id = account_name(id)?;
        if self.reserved(&id) {
            return Err(StaffError::NameTaken);
        }
        if by.id == id {
            return Err(StaffError::Oneself);
        }
        let (name, roles) = (checked_person(name)?, self.checked_roles(roles)?);
        let token = Zeroizing::new(format!("{PREFIX}{}", hex::encode(draw::<32>(self.entropy()))));
        let until = self.now().plus(GOOD_FOR);
        // shown to nobody: every opening draws another
        let totp = second_factor::draw_secret(self.entropy());
        let record = StaffRecord {
            person: self.seal(&id, StaffRecord::PERSON, &name)?,
            roles,
            standing: Standing::Invited {
                invitation: sha256(token.as_bytes()),
                until,
                totp: self.seal(&id, StaffRecord::TOTP, totp.as_str())?,
            },
            invited_by: by.id.clone(),
            invited_at: self.now(),
            id: id.clone(),
        };
        let mut batch = WriteBatch::new();
        match self.store().get::<StaffRecord>(&StaffRecord::key_of(&id)).await? {
            Some(read) => {
                batch.update(read.version, &record);
                self.end_all_in(&mut batch, &id).await?;
                self.end_passkeys_in(&mut batch, &id).await?;
                self.remove_views_in(&mut batch, &id).await?;
            }
            None => {
                batch.insert(&record);
            }
        }
        // an account of this name that is gone may have left one
        self.unlink_in(&mut batch, &id).await?;
        let told = Told { action: Happening::Invited, actor: Some(&by.id), staff: Some(&id), detail: None };
        batch.audit(told.at(self.now()));
        self.store().commit(batch).await?;
        // nobody holds the invitation before this has gone well
        self.remove_exports_of(&id).await?;
        Ok(Invitation { id, token, until })
    }

    /// Opens an invitation: draws the secret of the second factor and shows its holder what it needs. What an earlier opening
    /// showed is void from then on, so that whoever saw the invitation on its way does not keep the second factor.
    ///
    /// # Errors
    /// [`StaffError::InvitationUnknown`]; a conflict when it is opened or used elsewhere at the same moment.
    pub async fn open_invitation(&self, token: &str) -> Result<OpenedInvitation, StaffError> {
        let (read, _) = self.invited(token).await?;
        let Versioned { version, mut record } = read;
        let Standing::Invited { totp, .. } = &mut record.standing else {
            return Err(StaffError::InvitationUnknown);
        };
        let secret = second_factor::draw_secret(self.entropy());
        *totp = self.seal(&record.id, StaffRecord::TOTP, secret.as_str())?;
        let mut batch = WriteBatch::new();
        batch.update(version, &record);
        self.store().commit(batch).await?;
        self.opened(record, secret)
    }

    /// Shows an opened invitation again, as after a join that went wrong, to who knows the secret that was `shown`. When that
    /// is void by now, it is opened anew.
    ///
    /// # Errors
    /// Like [`StaffDesk::open_invitation`].
    pub async fn show_invitation_again(
        &self,
        token: &str,
        shown: &str,
    ) -> Result<OpenedInvitation, StaffError> {
        let (read, secret) = self.invited(token).await?;
        // digests of both, so that the time it takes tells nothing
        if sha256(shown.as_bytes()) == sha256(secret.as_bytes()) {
            return self.opened(read.record, secret);
        }
        self.open_invitation(token).await
    }

    /// Makes the account: the person chose a password and proves that the second factor works. The invitation is used up.
    ///
    /// # Errors
    /// [`StaffError::InvitationUnknown`], [`StaffError::WeakPassword`], [`StaffError::WrongCode`].
    pub async fn join(
        &self,
        token: &str,
        password: Zeroizing<String>,
        code: &str,
    ) -> Result<(SessionKey, Person), StaffError> {
        let (read, secret) = self.invited(token).await?;
        let Versioned { version, mut record } = read;
        let name: String = self.open(&record.id, StaffRecord::PERSON, &record.person)?;
        password::check_strength(&password, &[record.id.as_str(), &name, "moneyone", "mpp"])?;
        let step = second_factor::matching_step(&secret, code, self.now())?.ok_or(StaffError::WrongCode)?;
        let hash = Zeroizing::new(password::hash(password, self.entropy()).await?);
        record.standing = Standing::Active {
            password: self.seal(&record.id, StaffRecord::PASSWORD, hash.as_str())?,
            totp: self.seal(&record.id, StaffRecord::TOTP, secret.as_str())?,
            last_step: step,
        };
        let mut batch = WriteBatch::new();
        batch.update(version, &record);
        let told = Told {
            action: Happening::Joined,
            actor: Some(&record.id),
            staff: Some(&record.id),
            detail: None,
        };
        batch.audit(told.at(self.now()));
        let opened = self.session_in(&mut batch, &record, None);
        match self.store().commit(batch).await {
            // the invitation was used in another window
            Err(StoreError::Conflict { .. }) => Err(StaffError::InvitationUnknown),
            committed => Ok(committed.map(|_| opened)?),
        }
    }

    fn opened(&self, record: StaffRecord, secret: Zeroizing<String>) -> Result<OpenedInvitation, StaffError> {
        let setup_uri = second_factor::setup_uri(&secret, &record.id, self.issuer())?;
        let name = self.open(&record.id, StaffRecord::PERSON, &record.person)?;
        Ok(OpenedInvitation { id: record.id, name, secret, setup_uri })
    }

    async fn invited(&self, token: &str) -> Result<(Versioned<StaffRecord>, Zeroizing<String>), StaffError> {
        if !token.starts_with(PREFIX) {
            return Err(StaffError::InvitationUnknown);
        }
        let digest = IndexValue::new(sha256(token.as_bytes()));
        let found = self.store().first_by_index::<StaffRecord>(BY_SECRET, digest).await?;
        let found = found.ok_or(StaffError::InvitationUnknown)?;
        let Standing::Invited { until, totp, .. } = &found.record.standing else {
            return Err(StaffError::InvitationUnknown);
        };
        if self.now() >= *until {
            return Err(StaffError::InvitationUnknown);
        }
        let secret = self.open_secret(&found.record.id, StaffRecord::TOTP, totp)?;
        Ok((found, secret))
    }
}

/// The name of an account. It stands in paths, which not every name survives there.
fn account_name(text: &str) -> Result<StaffId, StaffError> {
    let text = text.trim().to_lowercase();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if !plain || text.bytes().all(|byte| byte == b'.') {
        return Err(StaffError::NameUnusable);
    }
    text.parse().map_err(|_| StaffError::NameUnusable)
}

fn checked_person(name: &str) -> Result<String, StaffError> {
    let name = name.trim();
    let proper =
        !name.is_empty() && name.chars().count() <= LONGEST_PERSON && !name.chars().any(char::is_control);
    if proper { Ok(name.to_owned()) } else { Err(StaffError::Invalid("the person's name")) }
}
