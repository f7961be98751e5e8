//! Needles, and where they are found.

use std::path::Path;
use std::sync::{Arc, Mutex};

use mpp_core::Entropy;

/// Something that must not be found.
pub(crate) struct Needle {
    what: &'static str,
    bytes: Vec<u8>,
}

impl Needle {
    pub(crate) fn new(what: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { what, bytes: bytes.into() }
    }
}

/// Randomness that remembers every key it gave. Keys are drawn in 32 bytes, salts in fewer.
#[derive(Debug, Default)]
pub(crate) struct RecordingEntropy(Arc<Recording>);

#[derive(Debug, Default)]
struct Recording {
    keys: Mutex<Vec<Vec<u8>>>,
}

/// Randomness that remembers nothing.
#[derive(Debug)]
struct Silent;

impl RecordingEntropy {
    pub(crate) fn shared(&self) -> Arc<dyn Entropy> {
        Arc::<Recording>::clone(&self.0)
    }

    pub(crate) fn silent(&self) -> Arc<dyn Entropy> {
        Arc::new(Silent)
    }

    pub(crate) fn keys(&self) -> Vec<Vec<u8>> {
        self.0.keys.lock().unwrap().clone()
    }
}

impl Entropy for Silent {
    fn fill(&self, buffer: &mut [u8]) {
        use std::io::Read;
        std::fs::File::open("/dev/urandom").unwrap().read_exact(buffer).unwrap();
    }
}

impl Entropy for Recording {
    fn fill(&self, buffer: &mut [u8]) {
        Silent.fill(buffer);
        if buffer.len() == 32 {
            self.keys.lock().unwrap().push(buffer.to_vec());
        }
    }
}

/// What is found in any file below a folder, and where.
pub(crate) fn found_below(folder: &Path, needles: &[Needle]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(found_below(&path, needles));
            continue;
        }
        let content = std::fs::read(&path).unwrap();
        for needle in needles {
            if is_in(&content, &needle.bytes) {
                found.push(format!("{} in {}", needle.what, path.display()));
            }
        }
    }
    found
}

/// Looks for the first byte and then for the rest: a dump is large.
fn is_in(content: &[u8], needle: &[u8]) -> bool {
    assert!(needle.len() >= 8, "what is short is found by chance");
    let mut rest = content;
    while let Some(place) = rest.iter().position(|byte| *byte == needle[0]) {
        rest = &rest[place..];
        if rest.starts_with(needle) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}
