//! Signing out at the provider: what it says ends the sessions it vouched for, and each of its notices is taken once
//! (OpenID Connect Back-Channel Logout 1.0).

use std::fmt;

use mpp_core::{Sha256Digest, Span, Timestamp};
use mpp_crypto::sha256;
use mpp_store::{
    IndexName, IndexValue, Record, RecordKey, RecordKind, RecordReaderExt, StoreError, Version, Versioned,
    WriteBatch,
};
use serde::{Deserialize, Serialize};

use super::attempt::AttemptRecord;
use super::{SignOnRefused, identity_mark, session_mark};
use crate::audit::{Happening, Told};
use crate::session::{BY_IDENTITY, BY_PROVIDER_SESSION, ProviderMarks, SessionRecord, session_of};
use crate::{StaffDesk, StaffError};

/// How often it is tried while the sessions are in use.
const ATTEMPTS: usize = 16;
/// How long it is remembered that somebody signed out: as long as who had left for the provider before may still come in.
const REMEMBERED: Span = Span::from_minutes(20);

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

/// What a provider said is over, for who is on the way back from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SignedOutRecord {
    /// The name under which it is looked for: one of [`ProviderMarks::over_as`].
    pub(crate) what: Sha256Digest,
    pub(crate) until: Timestamp,
}

impl SignedOutRecord {
    pub(crate) fn over(&self, now: Timestamp) -> bool {
        now > self.until
    }
}

impl Record for SignedOutRecord {
    const KIND: RecordKind = RecordKind::new("signed-out-at-provider");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.what)
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

    /// Under which name it is remembered.
    fn over_as(&self) -> Sha256Digest {
        self.identity.map_or(self.mark, |identity| session_of(&self.mark, &identity))
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
        self.not_taken_before(&record).await?;
        // committed before anybody is looked for: who comes in before is found, and who comes in later finds this
        self.remember(&marked).await?;
        self.end_marked(&record, &marked).await
    }

    async fn not_taken_before(&self, notice: &NoticeRecord) -> Result<(), StaffError> {
        let taken = self.store().get::<NoticeRecord>(&notice.key()).await?;
        if taken.is_some() { Err(SignOnRefused::NoticeRepeated.into()) } else { Ok(()) }
    }

    /// Lets nobody in any more who is on the way back from the provider and may have left before this.
    async fn remember(&self, marked: &Marked) -> Result<(), StaffError> {
        let record = SignedOutRecord { what: marked.over_as(), until: self.now().plus(REMEMBERED) };
        for _ in 0..ATTEMPTS {
            let mut batch = WriteBatch::new();
            match self.store().get::<SignedOutRecord>(&record.key()).await? {
                Some(read) => batch.update(read.version, &record),
                None => batch.insert(&record),
            };
            match self.store().commit(batch).await {
                // told twice at once, or forgotten at that moment
                Err(StoreError::Conflict { .. }) => {}
                committed => return Ok(committed.map(|_| ())?),
            }
        }
        Err(StoreError::Conflict { kind: SignedOutRecord::KIND, key: record.key() }.into())
    }

    /// Adds to a batch that the provider has not said that it is over since this commit.
    pub(super) async fn still_vouched_in(
        &self,
        batch: &mut WriteBatch,
        through: &ProviderMarks,
        since: Version,
    ) -> Result<(), StaffError> {
        let keys: Vec<RecordKey> = through.over_as().into_iter().map(RecordKey::new).collect();
        let found = self.store().get_many::<SignedOutRecord>(&keys).await?;
        for (key, read) in keys.iter().zip(found) {
            match read {
                Some(read) if read.version > since => return Err(SignOnRefused::Stale.into()),
                Some(read) => batch.unchanged::<SignedOutRecord>(key, read.version),
                None => batch.absent::<SignedOutRecord>(key),
            };
        }
        Ok(())
    }

    /// Ends what is open, and writes down that the notice was taken.
    async fn end_marked(&self, record: &NoticeRecord, marked: &Marked) -> Result<usize, StaffError> {
        for _ in 0..ATTEMPTS {
            self.not_taken_before(record).await?;
            let mut batch = WriteBatch::new();
            batch.insert(record);
            let ended = self.end_marked_in(&mut batch, marked).await?;
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
