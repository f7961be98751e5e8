//! With what a log is kept: its key, its names, its mark.

use std::sync::Arc;

use mpp_core::Kid;
use mpp_crypto::tlog::{Checkpoint, KeyName, NoteError, NoteSigner, NoteVerifier, SignedNote};
use mpp_crypto::{SigningKey, VerifyingKey};

use super::mark::MarkText;
use super::{LogError, LogMark};

/// Whose log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogRole {
    /// Central's.
    Central,
    /// A client server's.
    Client,
    /// The private data share service's.
    PrivateShare,
}

impl LogRole {
    const ALL: [Self; 3] = [Self::Central, Self::Client, Self::PrivateShare];

    const fn name(self) -> &'static str {
        match self {
            Self::Central => "central",
            Self::Client => "client",
            Self::PrivateShare => "private-share",
        }
    }

    /// How the role's leaves name the server itself.
    pub(super) const fn actor(self) -> &'static str {
        match self {
            Self::Central => "central",
            Self::Client => "server",
            Self::PrivateShare => "service",
        }
    }

    /// The name of a log with this key, `line` times set back.
    fn origin(self, kid: &Kid, line: u32) -> Result<KeyName, NoteError> {
        let name = format!("mpp-{}/{kid}", self.name());
        if line == 0 { name.parse() } else { format!("{name}/{line}").parse() }
    }

    /// What checks the notes of a log with this key, `line` times set back.
    ///
    /// # Errors
    /// When the key signs no notes.
    pub fn verifier(self, key: &VerifyingKey, line: u32) -> Result<NoteVerifier, NoteError> {
        NoteVerifier::new(self.origin(key.kid(), line)?, key.clone())
    }
}

/// How often the log of a role with this key was set back, by its name; `None` for a name that is none of it.
fn line_of(role: LogRole, key: &VerifyingKey, origin: &KeyName) -> Option<u32> {
    let line = match origin.as_str().splitn(3, '/').nth(2) {
        None => 0,
        Some(line) => line.parse().ok()?,
    };
    (role.origin(key.kid(), line).ok()? == *origin).then_some(line)
}

/// With what a log is kept.
#[derive(Debug)]
pub struct LogKeeping {
    role: LogRole,
    signer: NoteSigner,
    mark: Arc<dyn LogMark>,
}

/// The mark as it was found.
#[derive(Debug, Clone)]
pub(super) struct FoundMark {
    pub(super) line: u32,
    /// The line its checkpoint is of.
    pub(super) signed_line: u32,
    pub(super) checkpoint: Checkpoint,
    pub(super) note: String,
}

impl LogKeeping {
    /// The log of a role, signed with an Ed25519 key that signs nothing else.
    ///
    /// # Errors
    /// When the key is of another kind.
    pub fn new(role: LogRole, key: SigningKey, mark: Arc<dyn LogMark>) -> Result<Self, LogError> {
        let origin = role.origin(key.kid(), 0).map_err(|_| LogError::Key)?;
        let signer = NoteSigner::new(origin, key).map_err(|_| LogError::Key)?;
        Ok(Self { role, signer, mark })
    }

    /// Whose log it is.
    #[must_use]
    pub const fn role(&self) -> LogRole {
        self.role
    }

    /// The public half of its key.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        self.signer.verifier().key()
    }

    pub(super) fn verifier(&self, line: u32) -> Result<NoteVerifier, LogError> {
        self.role.verifier(self.key(), line).map_err(|_| LogError::Key)
    }

    /// Signs what the log is now.
    pub(super) fn sign(
        &self,
        line: u32,
        size: u64,
        root: mpp_core::Sha256Digest,
    ) -> Result<String, LogError> {
        let verifier = self.verifier(line)?;
        let checkpoint = Checkpoint { origin: verifier.name().clone(), size, root };
        let note = self.signer.sign_as(&verifier, &checkpoint.to_string());
        note.map(|note| note.to_string()).map_err(|_| LogError::Key)
    }

    pub(super) async fn read_mark(&self) -> Result<Option<FoundMark>, LogError> {
        let text = self.mark.read().await.map_err(LogError::Mark)?;
        text.map(|text| open_mark(self.key(), &text).ok_or(LogError::ForeignMark)).transpose()
    }

    pub(super) async fn write_mark(&self, line: u32, note: &str) -> Result<(), LogError> {
        let mark = MarkText { v: 1, line, note: note.to_owned() };
        let text = serde_json::to_string(&mark).map_err(|error| LogError::Mark(Box::new(error)))?;
        self.mark.write(&text).await.map_err(LogError::Mark)
    }
}

/// The mark in a text; `None` when its checkpoint is not signed by this key.
pub(super) fn open_mark(key: &VerifyingKey, text: &str) -> Option<FoundMark> {
    let mark: MarkText = serde_json::from_str(text).ok()?;
    let (checkpoint, signed_line) = open_note(key, &mark.note)?;
    Some(FoundMark { line: mark.line, signed_line, checkpoint, note: mark.note })
}

/// The checkpoint in a note, and how often the log had been set back; `None` when it is not signed by this key as the log of any role.
pub(super) fn open_note(key: &VerifyingKey, note: &str) -> Option<(Checkpoint, u32)> {
    LogRole::ALL.into_iter().find_map(|role| open_note_of(role, key, note.as_bytes()))
}

/// The same for the log of one role.
pub(crate) fn open_note_of(role: LogRole, key: &VerifyingKey, note: &[u8]) -> Option<(Checkpoint, u32)> {
    let claimed: Checkpoint = SignedNote::parse(note).ok()?.unverified_text().parse().ok()?;
    let line = line_of(role, key, &claimed.origin)?;
    let checkpoint = Checkpoint::verified(note, &role.verifier(key, line).ok()?).ok()?;
    Some((checkpoint, line))
}
