//! Attempts: from leaving for the provider until the session is open. The browser holds a key; what the provider sees
//! of it are digests, and what is kept here is another one.

use std::fmt;

use mpp_core::{Entropy, Sha256Digest, Span, StaffId, Timestamp, draw};
use mpp_crypto::sha256;
use mpp_store::{
    IndexEntry, Record, RecordKey, RecordKind, RecordReaderExt, StoreError, Version, Versioned, WriteBatch,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::SignOnRefused;
use crate::session::ProviderMarks;
use crate::{StaffDesk, StaffError};

/// How long somebody may take at the provider, and then for the code.
const GOOD_FOR: Span = Span::from_minutes(10);
/// What begins every key of an attempt, so that a leaked one is recognised.
const PREFIX: &str = "mppo_";
/// How long a key is, with its prefix.
const LENGTH: usize = PREFIX.len() + 64;

/// The secret of an attempt, held by the browser that began it. State, nonce and code verifier are digests of it, so that
/// an answer fits only where the question was asked (OpenID Connect Core 1.0, 15.5.2).
#[derive(Clone)]
pub struct SignOnKey(Zeroizing<String>);

impl SignOnKey {
    pub(super) fn draw(entropy: &dyn Entropy) -> Self {
        let random = Zeroizing::new(draw::<32>(entropy));
        Self(Zeroizing::new(format!("{PREFIX}{}", hex::encode(random.as_slice()))))
    }

    pub(super) fn parse(text: &str) -> Result<Self, SignOnRefused> {
        let proper = text.len() == LENGTH && text.starts_with(PREFIX);
        if proper { Ok(Self(Zeroizing::new(text.to_owned()))) } else { Err(SignOnRefused::Stale) }
    }

    /// The key's text, to be given out once.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// What the provider's answer must carry (`state`).
    #[must_use]
    pub fn state(&self) -> String {
        self.derived("state")
    }

    /// What the identity token must carry (`nonce`).
    #[must_use]
    pub fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// What proves that who hands in the code asked for it (`code_verifier`, RFC 7636).
    #[must_use]
    pub fn verifier(&self) -> Zeroizing<String> {
        Zeroizing::new(self.derived("verifier"))
    }

    fn derived(&self, what: &str) -> String {
        sha256(format!("mpp-sign-on:{what}:{}", self.secret()).as_bytes()).to_string()
    }

    fn digest(&self) -> Sha256Digest {
        sha256(self.secret().as_bytes())
    }
}

/// A sign-in whose attempt was used up for the provider's answer.
#[derive(Debug)]
pub struct TakenSignOn {
    key: SignOnKey,
    /// The commit that began it: what the provider says later may be about it.
    pub(super) begun: Version,
    /// Until when the provider's answer has to be looked at.
    pub(super) until: Timestamp,
}

impl TakenSignOn {
    /// Its key, from which is derived what the answer must fit.
    #[must_use]
    pub const fn key(&self) -> &SignOnKey {
        &self.key
    }
}

impl fmt::Debug for SignOnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignOnKey(..)")
    }
}

/// An attempt as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AttemptRecord {
    pub(crate) key_sha256: Sha256Digest,
    pub(crate) until: Timestamp,
    pub(crate) stage: Stage,
}

/// How far an attempt is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum Stage {
    /// The person is at the provider.
    Asked,
    /// The provider vouched for the person; the code is still to come.
    Proved {
        /// For which account.
        staff: StaffId,
        /// The identity, as accounts are bound to it.
        bound_to: Sha256Digest,
        /// The provider's own session, when it named one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider_session: Option<Sha256Digest>,
    },
}

impl AttemptRecord {
    pub(crate) fn key_of(key_sha256: Sha256Digest) -> RecordKey {
        RecordKey::new(key_sha256)
    }

    pub(crate) fn over(&self, now: Timestamp) -> bool {
        now >= self.until
    }

    /// What the provider knows the person by, once it vouched for somebody.
    pub(super) const fn through(&self) -> Option<ProviderMarks> {
        match self.stage {
            Stage::Asked => None,
            Stage::Proved { bound_to, provider_session, .. } => {
                Some(ProviderMarks { identity: bound_to, session: provider_session })
            }
        }
    }
}

impl Record for AttemptRecord {
    const KIND: RecordKind = RecordKind::new("sign-on-attempt");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.key_sha256)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        self.through().iter().flat_map(ProviderMarks::index_entries).collect()
    }
}

impl StaffDesk {
    /// Begins an attempt; its key goes to the browser, and what is derived from it to the provider.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn begin_sign_on(&self) -> Result<SignOnKey, StaffError> {
        let mut batch = WriteBatch::new();
        let key = self.attempt_in(&mut batch, Stage::Asked);
        self.store().commit(batch).await?;
        Ok(key)
    }

    /// Uses an attempt up: whatever comes of the provider's answer, the same answer is not taken again.
    ///
    /// # Errors
    /// [`SignOnRefused::Stale`]; [`SignOnRefused::OtherState`], which leaves the attempt as it is, for anybody may send a
    /// browser here with an answer of their own.
    pub async fn take_sign_on(&self, key: &str, state: &str) -> Result<TakenSignOn, StaffError> {
        let key = SignOnKey::parse(key)?;
        let read = self.attempt(&key).await?;
        if read.record.stage != Stage::Asked {
            return Err(SignOnRefused::Stale.into());
        }
        // digests of both, so that the time it takes tells nothing
        if sha256(state.as_bytes()) != sha256(key.state().as_bytes()) {
            return Err(SignOnRefused::OtherState.into());
        }
        let mut batch = WriteBatch::new();
        batch.delete::<AttemptRecord>(&AttemptRecord::key_of(key.digest()), read.version);
        match self.store().commit(batch).await {
            Err(StoreError::Conflict { .. }) => Err(SignOnRefused::Stale.into()),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(TakenSignOn { key, begun: read.version, until: read.record.until.plus(GOOD_FOR) }),
        }
    }

    pub(super) async fn attempt(&self, key: &SignOnKey) -> Result<Versioned<AttemptRecord>, StaffError> {
        let read = self.store().get::<AttemptRecord>(&AttemptRecord::key_of(key.digest())).await?;
        let now = self.now();
        Ok(read.filter(|read| !read.record.over(now)).ok_or(SignOnRefused::Stale)?)
    }

    /// Adds a new attempt to a batch.
    pub(super) fn attempt_in(&self, batch: &mut WriteBatch, stage: Stage) -> SignOnKey {
        let key = SignOnKey::draw(self.entropy());
        let until = self.now().plus(GOOD_FOR);
        batch.insert(&AttemptRecord { key_sha256: key.digest(), until, stage });
        key
    }
}
