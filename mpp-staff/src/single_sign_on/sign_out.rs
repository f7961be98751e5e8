//! Signing out at the provider: what it says ends the sessions it vouched for, and each of its notices is taken once
//! (OpenID Connect Back-Channel Logout 1.0).

use std::fmt;

use mpp_core::{Sha256Digest, Timestamp};
use mpp_crypto::sha256;
use mpp_store::{
    IndexName, IndexValue, Record, RecordKey, RecordKind, RecordReaderExt, StoreError, Versioned, WriteBatch,
};
use serde::{Deserialize, Serialize};

use super::attempt::AttemptRecord;
use super::{SignOnRefused, identity_mark, session_mark};
use crate::audit::{Happening, Told};
use crate::session::{BY_IDENTITY, BY_PROVIDER_SESSION, ProviderMarks, SessionRecord};
use crate::{StaffDesk, StaffError};

/// How often it is tried while the sessions are in use.
const ATTEMPTS: usize = 16;

/// What a provider says of somebody who signed out there, after all its signatures were checked.
pub struct SignOutNotice {
    /// The provider.
    pub issuer: String,
    /// The notice's own name at the provider (`jti`).
    pub name: String,
    /// Who signed out.
    pub whom: SignedOut,
    /// Until when the notice could be sent again and be believed.
    pub until: Timestamp,
}

impl fmt::Debug for SignOutNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignOutNotice").field("until", &self.until).finish_non_exhaustive()
    }
}

/// Who signed out at a provider.
pub enum SignedOut {
    /// A person, everywhere.
    Person {
        /// What the provider calls the person.
        subject: String,
    },
    /// One session of the provider's.
    Session {
        /// What the provider calls it (`sid`).
        session: String,
        /// Whose it is, when the provider says so: it must be true of what ends.
        subject: Option<String>,
    },
}

impl fmt::Debug for SignedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Person { .. } => "Person(..)",
            Self::Session { .. } => "Session(..)",
        })
    }
}

/// A notice that was taken, so that it is not taken again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NoticeRecord {
    /// The digest of the provider and the notice's name.
    pub(crate) notice: Sha256Digest,
    pub(crate) until: Timestamp,
}

impl NoticeRecord {
    pub(crate) fn over(&self, now: Timestamp) -> bool {
        now > self.until
    }
}

impl Record for NoticeRecord {
    const KIND: RecordKind = RecordKind::new("sign-out-notice");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.notice)
    }
}

/// By which mark the records of somebody are found, and what else must be true of them.
struct Marked {
    index: IndexName,
    mark: Sha256Digest,
    identity: Option<Sha256Digest>,
}

impl Marked {
    fn of(notice: &SignOutNotice) -> Self {
        let identity = |subject: &str| identity_mark(&notice.issuer, subject);
        match &notice.whom {
            SignedOut::Person { subject } => {
                Self { index: BY_IDENTITY, mark: identity(subject), identity: None }
            }
            SignedOut::Session { session, subject } => Self {
                index: BY_PROVIDER_SESSION,
                mark: session_mark(&notice.issuer, session),
                identity: subject.as_deref().map(identity),
            },
        }
    }

    fn fits(&self, through: Option<ProviderMarks>) -> bool {
        self.identity.is_none_or(|identity| through.is_some_and(|through| through.identity == identity))
    }
}

impl StaffDesk {
    /// Ends the sessions, and the sign-ins under way, that the provider vouched for and says are over; gives how many sessions
    /// ended. None is a success too: they may have ended here before. Sessions that were opened with a password or passkey stay.
    ///
    /// # Errors
    /// [`SignOnRefused::NoticeRepeated`] when the notice was taken before.
    pub async fn signed_out_at_provider(&self, notice: &SignOutNotice) -> Result<usize, StaffError> {
        let record = NoticeRecord {
            notice: sha256(format!("{}\n{}", notice.issuer, notice.name).as_bytes()),
            until: notice.until,
        };
        let marked = Marked::of(notice);
        for _ in 0..ATTEMPTS {
            if self.store().get::<NoticeRecord>(&record.key()).await?.is_some() {
                return Err(SignOnRefused::NoticeRepeated.into());
            }
            let mut batch = WriteBatch::new();
            batch.insert(&record);
            let ended = self.end_marked_in(&mut batch, &marked).await?;
            match self.store().commit(batch).await {
                // a session was used or ended at that moment, or the same notice came twice
                Err(StoreError::Conflict { .. }) => {}
                committed => return Ok(committed.map(|_| ended)?),
            }
        }
        Err(StoreError::Conflict { kind: NoticeRecord::KIND, key: record.key() }.into())
    }

    /// Adds to a batch that everything of somebody ends, and is written down; gives how many open sessions.
    async fn end_marked_in(&self, batch: &mut WriteBatch, marked: &Marked) -> Result<usize, StaffError> {
        let (now, mut ended) = (self.now(), 0_usize);
        for read in self.marked::<SessionRecord>(marked).await? {
            let Versioned { version, record } = read;
            if !marked.fits(record.through) {
                continue;
            }
            batch.delete::<SessionRecord>(&record.key(), version);
            if record.holds(now) {
                let staff = Some(&record.staff);
                let action = Happening::SignedOutAtProvider;
                batch.audit(Told { action, actor: None, staff, detail: None }.at(now));
                ended = ended.saturating_add(1);
            }
        }
        for read in self.marked::<AttemptRecord>(marked).await? {
            if marked.fits(read.record.through()) {
                batch.delete::<AttemptRecord>(&read.record.key(), read.version);
            }
        }
        Ok(ended)
    }

    async fn marked<R: Record>(&self, marked: &Marked) -> Result<Vec<Versioned<R>>, StaffError> {
        Ok(self.store().every_by_index::<R>(marked.index, IndexValue::new(marked.mark)).await?)
    }
}

#[cfg(test)]
mod tests;
