//! What the corpora begin with: our own vectors, and sound and unsound things under the keys that the targets know.

mod alterations;
mod imports;
mod jose;
mod key_ring;
mod key_texts;
mod messages;
mod vectors;

/// One file of a corpus.
pub struct Seed {
    pub target: &'static str,
    pub name: String,
    pub bytes: Vec<u8>,
}

impl Seed {
    fn new(target: &'static str, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref().to_vec();
        let digest = mpp_crypto::sha256(&bytes).to_string();
        Self { target, name: format!("{}-{}", file_name(name), &digest[..6]), bytes }
    }
}

/// Every seed of every target.
pub fn all() -> Vec<Seed> {
    let all = [
        vectors::seeds(),
        alterations::seeds(),
        jose::seeds(),
        key_texts::seeds(),
        messages::seeds(),
        imports::seeds(),
        key_ring::seeds(),
    ];
    all.into_iter().flatten().collect()
}

/// A note of a vector as the readable half of a file name.
fn file_name(note: &str) -> String {
    let letters = note.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let name: String = letters.collect();
    let words: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-").chars().take(50).collect()
}
