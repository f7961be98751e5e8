//! Fields one after the other in bytes: numbers big-endian, texts with their length in front. What sled keeps and what is in a
//! snapshot is written so.

use mpp_core::Timestamp;

use crate::{Inconsistency, Version};

/// A value being written.
#[derive(Debug, Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    pub(crate) fn instant(self, instant: Timestamp) -> Self {
        self.number(instant.as_unix_millis().cast_unsigned())
    }

    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        // what does not fit is not in memory either
        let mut written = self.number(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        written.0.extend_from_slice(bytes);
        written
    }

    pub(crate) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(crate) fn optional<T>(self, value: Option<T>, write: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            None => self.number(0),
            Some(value) => write(self.number(1), value),
        }
    }
}

/// A value being read.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// What is in these bytes.
    pub(crate) const fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether everything was read.
    pub(crate) const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn number(&mut self, column: &'static str) -> Result<u64, Inconsistency> {
        let (number, rest) = self.rest.split_first_chunk::<8>().ok_or_else(|| impossible(column))?;
        self.rest = rest;
        Ok(u64::from_be_bytes(*number))
    }

    pub(crate) fn version(&mut self) -> Result<Version, Inconsistency> {
        self.number("version").map(Version::from_number)
    }

    /// A number of a smaller type.
    pub(crate) fn small<T: TryFrom<u64>>(&mut self, column: &'static str) -> Result<T, Inconsistency> {
        T::try_from(self.number(column)?).map_err(|_| impossible(column))
    }

    pub(crate) fn instant(&mut self, column: &'static str) -> Result<Timestamp, Inconsistency> {
        let millis = self.number(column)?.cast_signed();
        Timestamp::from_unix_millis(millis).map_err(|_| impossible(column))
    }

    pub(crate) fn bytes(&mut self, column: &'static str) -> Result<&'a [u8], Inconsistency> {
        let length = self.small::<usize>(column)?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(|| impossible(column))?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(crate) fn text(&mut self, column: &'static str) -> Result<&'a str, Inconsistency> {
        std::str::from_utf8(self.bytes(column)?).map_err(|_| impossible(column))
    }

    /// A text that stands for something.
    pub(crate) fn parsed<T: std::str::FromStr>(&mut self, column: &'static str) -> Result<T, Inconsistency> {
        self.text(column)?.parse().map_err(|_| impossible(column))
    }

    pub(crate) fn optional<T>(
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
    pub(crate) fn several<T>(
        &mut self,
        column: &'static str,
        mut read: impl FnMut(&mut Self) -> Result<T, Inconsistency>,
    ) -> Result<Vec<T>, Inconsistency> {
        let count = self.number(column)?;
        (0..count).map(|_| read(self)).collect()
    }
}

pub(crate) const fn impossible(column: &'static str) -> Inconsistency {
    Inconsistency::ImpossibleColumn { column }
}
