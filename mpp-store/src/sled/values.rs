//! What is kept under the keys: fields one after the other, texts with their length in front, and at the end a checksum
//! over key and value. sled checks its log when it reads from disk; this checksum also tells when a value has come under
//! another key or was written by something else.

use mpp_core::Timestamp;

use crate::{Inconsistency, Version};

/// A value being written.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    pub(super) fn instant(self, instant: Timestamp) -> Self {
        self.number(instant.as_unix_millis().cast_unsigned())
    }

    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        // what does not fit is not in memory either
        let mut written = self.number(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        written.0.extend_from_slice(bytes);
        written
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(super) fn optional<T>(self, value: Option<T>, write: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            None => self.number(0),
            Some(value) => write(self.number(1), value),
        }
    }

    /// The value with its checksum, to be kept under this key.
    pub(super) fn seal(mut self, key: &[u8]) -> Vec<u8> {
        let checksum = checksum(key, &self.0);
        self.0.extend_from_slice(&checksum);
        self.0
    }
}

/// A value being read.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Checks what was kept under this key.
    pub(super) fn open(key: &[u8], sealed: &'a [u8]) -> Result<Self, Inconsistency> {
        match sealed.split_last_chunk::<4>() {
            Some((rest, found)) if checksum(key, rest) == *found => Ok(Self { rest }),
            _ => Err(Inconsistency::ImpossibleColumn { column: "checksum" }),
        }
    }

    pub(super) fn number(&mut self, column: &'static str) -> Result<u64, Inconsistency> {
        let (number, rest) = self.rest.split_first_chunk::<8>().ok_or_else(|| impossible(column))?;
        self.rest = rest;
        Ok(u64::from_be_bytes(*number))
    }

    pub(super) fn version(&mut self) -> Result<Version, Inconsistency> {
        self.number("version").map(Version::from_number)
    }

    /// A number of a smaller type.
    pub(super) fn small<T: TryFrom<u64>>(&mut self, column: &'static str) -> Result<T, Inconsistency> {
        T::try_from(self.number(column)?).map_err(|_| impossible(column))
    }

    pub(super) fn instant(&mut self, column: &'static str) -> Result<Timestamp, Inconsistency> {
        let millis = self.number(column)?.cast_signed();
        Timestamp::from_unix_millis(millis).map_err(|_| impossible(column))
    }

    pub(super) fn bytes(&mut self, column: &'static str) -> Result<&'a [u8], Inconsistency> {
        let length = self.small::<usize>(column)?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(|| impossible(column))?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn text(&mut self, column: &'static str) -> Result<&'a str, Inconsistency> {
        std::str::from_utf8(self.bytes(column)?).map_err(|_| impossible(column))
    }

    /// A text that stands for something.
    pub(super) fn parsed<T: std::str::FromStr>(&mut self, column: &'static str) -> Result<T, Inconsistency> {
        self.text(column)?.parse().map_err(|_| impossible(column))
    }

    pub(super) fn optional<T>(
        &mut self,
        column: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, Inconsistency>,
    ) -> Result<Option<T>, Inconsistency> {
        match self.number(column)? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(impossible(column)),
        }
    }

    /// Several, with their number in front.
    pub(super) fn several<T>(
        &mut self,
        column: &'static str,
        mut read: impl FnMut(&mut Self) -> Result<T, Inconsistency>,
    ) -> Result<Vec<T>, Inconsistency> {
        let count = self.number(column)?;
        (0..count).map(|_| read(self)).collect()
    }
}

pub(super) const fn impossible(column: &'static str) -> Inconsistency {
    Inconsistency::ImpossibleColumn { column }
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
