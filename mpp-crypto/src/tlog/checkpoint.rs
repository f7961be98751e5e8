//! Checkpoints (C2SP `tlog-checkpoint`): the size and root of a log, as the text of a signed note.

use std::fmt;
use std::str::FromStr;

use super::note::canonical;
use super::tile::plain_number;
use super::{KeyName, NoteError, NoteVerifier, SignedNote, TreeHash};
use crate::primitives::base64;

/// How large a log is, and its root then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name for itself, which is also that of its key.
    pub origin: KeyName,
    /// How many leaves it has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: TreeHash,
}

/// Why a checkpoint is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note, or its signature.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text is no checkpoint.
    #[error("the note is no checkpoint")]
    Malformed,
    /// It is another log's than that of the key.
    #[error("the checkpoint is of another log")]
    Origin,
}

impl Checkpoint {
    /// The checkpoint in a note, if the log with this key signed it.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn verified(note: &[u8], log: &NoteVerifier) -> Result<Self, CheckpointError> {
        let checkpoint: Self = SignedNote::parse(note)?.verify(log)?.parse()?;
        if checkpoint.origin == *log.name() { Ok(checkpoint) } else { Err(CheckpointError::Origin) }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = base64::encode_standard(self.root.as_bytes());
        writeln!(f, "{}\n{}\n{root}", self.origin, self.size)
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    /// Reads the text of a note. Lines behind the three are passed over, as C2SP allows; none may be empty.
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let lines: Vec<&str> =
            text.strip_suffix('\n').ok_or(CheckpointError::Malformed)?.split('\n').collect();
        let [origin, size, root, others @ ..] = lines.as_slice() else {
            return Err(CheckpointError::Malformed);
        };
        if others.iter().any(|line| line.is_empty()) {
            return Err(CheckpointError::Malformed);
        }
        let root = canonical(root).and_then(|root| <[u8; 32]>::try_from(root).ok());
        Ok(Self {
            origin: origin.parse().map_err(|_| CheckpointError::Malformed)?,
            size: plain_number(size).ok_or(CheckpointError::Malformed)?,
            root: root.map(TreeHash::from_bytes).ok_or(CheckpointError::Malformed)?,
        })
    }
}
