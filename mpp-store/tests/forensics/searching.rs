//! Needles, and where they are found.

use std::collections::BTreeSet;
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
    search(folder, needles, &Beginnings::of(needles), &mut found);
    found
}

fn search(folder: &Path, needles: &[Needle], beginnings: &Beginnings, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path, needles, beginnings, found);
            continue;
        }
        let content = match std::fs::read(&path) {
            // a server removes files while it runs
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            content => content.unwrap(),
        };
        for place in beginnings.found_in(&content, needles) {
            found.push(format!("{} in {}", needles[place].what, path.display()));
        }
    }
}

/// Which needles begin with which two bytes: content is gone through once for all of them, for a dump is large.
struct Beginnings(Vec<Vec<usize>>);

impl Beginnings {
    fn of(needles: &[Needle]) -> Self {
        let mut places = vec![Vec::new(); 1 << 16];
        for (place, needle) in needles.iter().enumerate() {
            assert!(needle.bytes.len() >= 8, "what is short is found by chance");
            places[pair(&needle.bytes)].push(place);
        }
        Self(places)
    }

    /// The places of the needles that are there.
    fn found_in(&self, content: &[u8], needles: &[Needle]) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for (at, begin) in content.windows(2).enumerate() {
            for place in &self.0[pair(begin)] {
                if content[at..].starts_with(&needles[*place].bytes) {
                    found.insert(*place);
                }
            }
        }
        found
    }
}

fn pair(bytes: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([bytes[0], bytes[1]]))
}
