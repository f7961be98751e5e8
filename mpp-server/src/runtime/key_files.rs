//! A role's own keys in files: made at the first start, readable by the server's user only.

use std::path::Path;

#[cfg(any(feature = "central", feature = "private-share"))]
use mpp_core::{Entropy, draw};
use zeroize::Zeroizing;

use super::own_files::{self, Creation};

/// Why a key cannot be had; never holds any of it.
pub(crate) type KeyFault = Box<dyn std::error::Error + Send + Sync>;

/// A key's text from its file; made and written where there is none.
pub(crate) fn key_text<E: Into<KeyFault>>(
    path: &Path,
    make: impl FnOnce() -> Result<Zeroizing<String>, E>,
) -> Result<Zeroizing<String>, KeyFault> {
    if let Some(text) = own_files::read(path)? {
        return Ok(text);
    }
    let text = make().map_err(Into::into)?;
    match own_files::create(path, &text)? {
        Creation::Created => Ok(text),
        // another node was faster
        Creation::AlreadyThere => own_files::read(path)?.ok_or_else(|| "a key came and went".into()),
    }
}

/// 32 secret bytes from their file, where they stand in hexadecimal; drawn and written where there is none.
#[cfg(any(feature = "central", feature = "private-share"))]
pub(crate) fn secret_bytes(path: &Path, entropy: &dyn Entropy) -> Result<Zeroizing<[u8; 32]>, KeyFault> {
    let draw_text = || {
        let drawn = Zeroizing::new(draw::<32>(entropy));
        Ok::<_, KeyFault>(Zeroizing::new(hex::encode(drawn.as_slice())))
    };
    let text = key_text(path, draw_text)?;
    let mut bytes = Zeroizing::new([0; 32]);
    // the decoder's own error would name a character of the secret
    hex::decode_to_slice(text.trim(), bytes.as_mut_slice()).map_err(|_| "not 32 bytes in hexadecimal")?;
    Ok(bytes)
}

#[cfg(all(test, any(feature = "central", feature = "private-share")))]
mod tests {
    use super::*;
    use mpp_testkit::SeededEntropy;

    #[test]
    fn a_spoilt_secret_is_refused_without_naming_any_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("login.key");
        let drawn = secret_bytes(&path, &SeededEntropy::new(1)).unwrap();
        assert_eq!(*secret_bytes(&path, &SeededEntropy::new(2)).unwrap(), *drawn);
        std::fs::write(&path, "Q".repeat(64)).unwrap();
        let refused = secret_bytes(&path, &SeededEntropy::new(3)).unwrap_err();
        assert!(!refused.to_string().contains('Q'));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "Q".repeat(64), "kept for whoever repairs it");
    }
}
