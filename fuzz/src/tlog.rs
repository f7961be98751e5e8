//! Logs that prove themselves: notes, checkpoints, verifier keys, paths of tiles.

use std::sync::LazyLock;

use mpp_crypto::SigningKey;
use mpp_crypto::tlog::{Checkpoint, NoteSigner, NoteVerifier, SignedNote, TilePath};

use super::Reading;
use super::alteration::Alteration;
use super::world::Seeded;

static SIGNER: LazyLock<NoteSigner> = LazyLock::new(|| {
    let key = SigningKey::generate_ed25519(&Seeded::new(2));
    NoteSigner::new("log.example/1".parse().expect("a name"), key).expect("an Ed25519 key")
});

/// The input begins with a choice. An odd one: the rest is a note, a verifier key, a checkpoint and the path of a tile, each of which
/// is written again as it was read. An even one: the rest is the extension of a checkpoint, which is signed, altered and refused unless
/// the alteration changed nothing.
pub(crate) fn note(data: &[u8]) -> Reading {
    let Some((choice, rest)) = data.split_first() else { return Reading::Refused };
    if choice & 1 == 1 {
        return read(rest);
    }
    let Some((alteration, extension)) = Alteration::split_off(rest) else { return Reading::Refused };
    let Ok(extension) = std::str::from_utf8(extension) else { return Reading::Refused };
    let root = mpp_crypto::sha256(extension.as_bytes());
    let origin = SIGNER.verifier().name().clone();
    let checkpoint = Checkpoint { origin, size: u64::from(*choice), root };
    let Ok(signed) = SIGNER.sign(&format!("{checkpoint}{extension}\n")) else { return Reading::Refused };
    let signed = signed.to_string().into_bytes();
    let altered = alteration.apply(&signed);
    let read = Checkpoint::verified(&altered, SIGNER.verifier());
    if altered == signed {
        let has_empty_line = extension.split('\n').any(str::is_empty);
        assert_eq!(read.is_ok(), !has_empty_line);
        assert!(read.is_err() || read == Ok(checkpoint));
    } else {
        assert!(read.is_err(), "an altered checkpoint stands");
    }
    Reading::of(&read)
}

fn read(bytes: &[u8]) -> Reading {
    let note = SignedNote::parse(bytes);
    if let Ok(note) = &note {
        assert_eq!(note.to_string().as_bytes(), bytes);
        let _ = note.verify(SIGNER.verifier());
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return Reading::of(&note) };
    let verifier = text.parse::<NoteVerifier>();
    if let Ok(verifier) = &verifier {
        assert_eq!(verifier.to_string(), text);
    }
    let path = text.parse::<TilePath>();
    if let Ok(path) = &path {
        assert_eq!(path.to_string(), text);
    }
    let checkpoint = text.parse::<Checkpoint>();
    if let Ok(checkpoint) = &checkpoint {
        assert!(text.starts_with(&checkpoint.to_string()));
    }
    if note.is_ok() || verifier.is_ok() || path.is_ok() || checkpoint.is_ok() {
        Reading::Taken
    } else {
        Reading::Refused
    }
}
