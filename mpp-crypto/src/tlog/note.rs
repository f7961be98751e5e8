//! Signed notes (C2SP `signed-note`) with Ed25519 signatures, type `0x01`.

use std::fmt;
use std::str::FromStr;

use crate::primitives::base64;
use crate::{Signature, SigningKey, VerifyingKey, sha256};

/// The largest note that is read, in bytes: room for more signatures than anybody puts under one.
pub const MAX_NOTE_BYTES: usize = 128 * 1024;

/// The signature type of Ed25519.
const ED25519: u8 = 1;

const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// The name of a key of notes: not empty, without spaces and `+`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for KeyName {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let is_name = !text.is_empty()
            && !text.chars().any(|letter| letter.is_whitespace() || letter.is_control() || letter == '+');
        if is_name { Ok(Self(text.to_owned())) } else { Err(NoteError::Malformed) }
    }
}

/// Why a note, or a key of notes, is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It does not have the form.
    #[error("not a signed note, or not a key of one")]
    Malformed,
    /// It is longer than [`MAX_NOTE_BYTES`].
    #[error("a longer note than is read")]
    TooLong,
    /// None of its signatures is by this key.
    #[error("the note is not signed by this key")]
    UnknownKey,
    /// A signature that names this key does not stand.
    #[error("the note's signature does not stand")]
    Signature,
    /// The key is of another kind than notes are signed with here.
    #[error("notes are signed with Ed25519 keys")]
    NotEd25519,
}

/// A public key with the name it signs under: checks notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteVerifier {
    name: KeyName,
    id: [u8; 4],
    key: VerifyingKey,
}

impl NoteVerifier {
    /// The key under this name.
    ///
    /// # Errors
    /// [`NoteError::NotEd25519`].
    pub fn new(name: KeyName, key: VerifyingKey) -> Result<Self, NoteError> {
        let public = key.ed25519_bytes().ok_or(NoteError::NotEd25519)?;
        Ok(Self { id: key_id(&name, &public), name, key })
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }
}

/// `SHA-256(name || 0x0A || 0x01 || public key)`, its first four bytes.
fn key_id(name: &KeyName, public: &[u8; 32]) -> [u8; 4] {
    let named = [name.0.as_bytes(), b"\n", &[ED25519], public].concat();
    sha256(&named).as_bytes().first_chunk().copied().unwrap_or_default()
}

impl fmt::Display for NoteVerifier {
    /// The verifier key: `<name>+<hex key id>+<base64 of type and public key>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let public = self.key.ed25519_bytes().unwrap_or_default();
        let typed = [&[ED25519][..], &public].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), base64::encode_standard(&typed))
    }
}

impl FromStr for NoteVerifier {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(typed)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Malformed);
        };
        let typed = canonical(typed).ok_or(NoteError::Malformed)?;
        let Some((&ED25519, public)) = typed.split_first() else { return Err(NoteError::NotEd25519) };
        let public = <[u8; 32]>::try_from(public).map_err(|_| NoteError::Malformed)?;
        let key = VerifyingKey::from_ed25519_bytes(&public).map_err(|_| NoteError::Malformed)?;
        let verifier = Self::new(name.parse()?, key)?;
        if hex::encode(verifier.id) == id { Ok(verifier) } else { Err(NoteError::Malformed) }
    }
}

/// A private key with the name it signs under: signs notes.
#[derive(Debug)]
pub struct NoteSigner {
    verifier: NoteVerifier,
    key: SigningKey,
}

impl NoteSigner {
    /// The key under this name.
    ///
    /// # Errors
    /// [`NoteError::NotEd25519`].
    pub fn new(name: KeyName, key: SigningKey) -> Result<Self, NoteError> {
        Ok(Self { verifier: NoteVerifier::new(name, key.public().clone())?, key })
    }

    /// The public half.
    #[must_use]
    pub const fn verifier(&self) -> &NoteVerifier {
        &self.verifier
    }

    /// Signs a text.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] when the text can be no note's: it must end with a line break and hold no other control characters.
    pub fn sign(&self, text: &str) -> Result<SignedNote, NoteError> {
        self.sign_as(&self.verifier, text)
    }

    /// Signs a text under the name of `verifier`, which must be of this key.
    ///
    /// # Errors
    /// Like [`NoteSigner::sign`], and [`NoteError::UnknownKey`].
    pub fn sign_as(&self, verifier: &NoteVerifier, text: &str) -> Result<SignedNote, NoteError> {
        if verifier.key != *self.key.public() {
            return Err(NoteError::UnknownKey);
        }
        if !is_text(text) {
            return Err(NoteError::Malformed);
        }
        let signature: Signature = self.key.sign(text.as_bytes());
        let line = NoteSignature {
            name: verifier.name.clone(),
            id: verifier.id,
            bytes: signature.as_bytes().to_vec(),
        };
        Ok(SignedNote { text: text.to_owned(), signatures: vec![line] })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct NoteSignature {
    name: KeyName,
    id: [u8; 4],
    bytes: Vec<u8>,
}

/// A text and the signatures under it. Nothing of the text counts before [`SignedNote::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl SignedNote {
    /// Reads a note.
    ///
    /// # Errors
    /// [`NoteError::Malformed`], [`NoteError::TooLong`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong);
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::Malformed)?;
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::Malformed)?;
        let text = format!("{text}\n");
        let lines = signatures.strip_suffix('\n').ok_or(NoteError::Malformed)?.split('\n');
        let signatures = lines.map(signature_of).collect::<Option<Vec<_>>>().ok_or(NoteError::Malformed)?;
        if is_text(&text) { Ok(Self { text, signatures }) } else { Err(NoteError::Malformed) }
    }

    /// The text, when it is signed by this key. Signatures by other keys are passed over.
    ///
    /// # Errors
    /// [`NoteError::UnknownKey`], [`NoteError::Signature`].
    pub fn verify(&self, verifier: &NoteVerifier) -> Result<&str, NoteError> {
        let mut known = self
            .signatures
            .iter()
            .filter(|line| line.name == verifier.name && line.id == verifier.id)
            .peekable();
        if known.peek().is_none() {
            return Err(NoteError::UnknownKey);
        }
        let stands = known.all(|line| verifier.key.verify(self.text.as_bytes(), &line.bytes).is_ok());
        if stands { Ok(&self.text) } else { Err(NoteError::Signature) }
    }

    /// The text, whoever signed it: to find out which key to ask for.
    #[must_use]
    pub fn unverified_text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| {
            let bytes = base64::encode_standard(&[&line.id[..], &line.bytes].concat());
            writeln!(f, "{SIGNATURE_PREFIX}{} {bytes}", line.name)
        })
    }
}

fn is_text(text: &str) -> bool {
    text.ends_with('\n') && text.chars().all(|letter| letter == '\n' || letter >= ' ')
}

fn signature_of(line: &str) -> Option<NoteSignature> {
    let (name, bytes) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
    let bytes = canonical(bytes)?;
    let (id, bytes) = bytes.split_first_chunk::<4>()?;
    if bytes.is_empty() {
        return None;
    }
    Some(NoteSignature { name: name.parse().ok()?, id: *id, bytes: bytes.to_vec() })
}

/// Standard base64 with its padding, in the one form.
pub(super) fn canonical(text: &str) -> Option<Vec<u8>> {
    base64::decode_standard(text).filter(|bytes| base64::encode_standard(bytes) == text)
}
