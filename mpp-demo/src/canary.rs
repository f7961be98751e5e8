//! Searches files for planted values, in every encoding in which they could lie around.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A value that must not be found.
#[derive(Clone)]
pub struct Canary {
    /// What it is, for the report; never the value.
    pub name: String,
    needles: Vec<Vec<u8>>,
}

impl std::fmt::Debug for Canary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Canary").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A planted value was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which one.
    pub canary: String,
    /// Where.
    pub file: PathBuf,
}

/// What a search covered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Covered {
    /// How many files were read.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
}

impl Canary {
    /// A canary of this value: looked for as it is, in hex, and in base64 at each of the three alignments.
    #[must_use]
    pub fn new(name: impl Into<String>, value: &str) -> Self {
        let bytes = value.as_bytes();
        let mut needles =
            vec![bytes.to_vec(), hex::encode(bytes).into_bytes(), hex::encode_upper(bytes).into_bytes()];
        needles.extend((0..3).map(|shift| base64_core(bytes, shift)));
        // a short needle would be found by chance
        needles.retain(|needle| needle.len() >= 8);
        Self { name: name.into(), needles }
    }

    fn is_in(&self, haystack: &[u8]) -> bool {
        self.needles.iter().any(|needle| contains(haystack, needle))
    }
}

/// The characters of a value's base64 that do not depend on what stands around it, when it begins `shift` bytes into
/// a group of three.
fn base64_core(bytes: &[u8], shift: usize) -> Vec<u8> {
    let mut padded = vec![0; shift];
    padded.extend_from_slice(bytes);
    padded.truncate(padded.len().saturating_sub(padded.len() % 3));
    let text = base64_simd::STANDARD_NO_PAD.encode_to_string(&padded).into_bytes();
    let skip = if shift == 0 { 0 } else { 4 };
    text.into_iter().skip(skip).collect()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    let Some((first, rest)) = needle.split_first() else { return false };
    let mut from = 0;
    while let Some(window) = haystack.get(from..) {
        let Some(at) = window.iter().position(|byte| byte == first) else { return false };
        let tail = window.get(at.saturating_add(1)..).unwrap_or_default();
        if tail.starts_with(rest) {
            return true;
        }
        from = from.saturating_add(at).saturating_add(1);
    }
    false
}

/// Searches every file under `folder`.
///
/// # Errors
/// When a file or folder cannot be read.
pub fn search(folder: &Path, canaries: &[Canary]) -> io::Result<(Vec<Finding>, Covered)> {
    let mut findings = Vec::new();
    let mut covered = Covered::default();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
                continue;
            }
            let content = fs::read(entry.path())?;
            covered.files = covered.files.saturating_add(1);
            covered.bytes = covered.bytes.saturating_add(u64::try_from(content.len()).unwrap_or(u64::MAX));
            let found = canaries.iter().filter(|canary| canary.is_in(&content));
            findings.extend(found.map(|canary| Finding { canary: canary.name.clone(), file: entry.path() }));
        }
    }
    Ok((findings, covered))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_value_in_every_encoding_and_alignment() {
        let canary = Canary::new("narration", "CANARY-5f2c9a");
        for before in ["", "x", "xy", "xyz"] {
            let text = format!("{before}CANARY-5f2c9a and more");
            let base64 = base64_simd::STANDARD.encode_to_string(&text);
            for haystack in [text.clone(), hex::encode(&text), base64] {
                assert!(canary.is_in(haystack.as_bytes()), "{haystack}");
            }
        }
        assert!(!canary.is_in(b"CANARY-5f2c9b CANARY-5f2c"));
    }

    #[test]
    fn names_the_file_and_counts_what_it_read() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join("deep/wal"), b"..CANARY-5f2c9a..").unwrap();
        fs::write(folder.path().join("clean"), b"nothing").unwrap();
        let (findings, covered) =
            search(folder.path(), &[Canary::new("narration", "CANARY-5f2c9a")]).unwrap();
        assert_eq!(findings.len(), 1);
        assert!(findings[0].file.ends_with("deep/wal"));
        assert_eq!(covered, Covered { files: 2, bytes: 24 });
    }
}
