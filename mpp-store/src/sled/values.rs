//! What is kept under the keys: fields one after the other, texts with their length in front, and at the end a checksum
//! over key and value. sled checks its log when it reads from disk; this checksum also tells when a value has come under
//! another key or was written by something else.

use crate::Inconsistency;

pub(super) use crate::fields::{Reader, Writer, impossible};

impl Writer {
    /// The value with its checksum, to be kept under this key.
    pub(super) fn seal(mut self, key: &[u8]) -> Vec<u8> {
        let checksum = checksum(key, &self.0);
        self.0.extend_from_slice(&checksum);
        self.0
    }
}

impl<'a> Reader<'a> {
    /// Checks what was kept under this key.
    pub(super) fn open(key: &[u8], sealed: &'a [u8]) -> Result<Self, Inconsistency> {
        match sealed.split_last_chunk::<4>() {
            Some((rest, found)) if checksum(key, rest) == *found => Ok(Self::of(rest)),
            _ => Err(Inconsistency::ImpossibleColumn { column: "checksum" }),
        }
    }
}

fn checksum(key: &[u8], value: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(value);
    hasher.finalize().to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_flipped_bit_and_any_other_key_is_noticed() {
        let sealed = Writer::default().number(7).text("text").optional(Some(1), Writer::number).seal(b"key");
        assert_eq!(Reader::open(b"key", &sealed).unwrap().number("n"), Ok(7));
        assert!(Reader::open(b"kez", &sealed).is_err());
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Reader::open(b"key", &flipped).is_err(), "{bit}");
        }
        for length in 0..sealed.len() {
            assert!(Reader::open(b"key", &sealed[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_value_that_ends_early_is_impossible() {
        let sealed = Writer::default().number(1 << 60).seal(b"");
        assert_eq!(Reader::open(b"", &sealed).unwrap().bytes("data"), Err(impossible("data")));
        assert!(Reader::open(b"", &sealed).unwrap().several("index", |r| r.number("index")).is_err());
    }
}
