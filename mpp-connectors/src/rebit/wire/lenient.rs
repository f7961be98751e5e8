//! What the field writes in more ways than the specification knows.

use std::fmt;

use mpp_core::Timestamp;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

/// An instant: RFC 3339 with any offset, `+0000`, or epoch milliseconds as a number or as digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WireTime(pub(crate) Timestamp);

impl<'de> Deserialize<'de> for WireTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WireTimeVisitor)
    }
}

struct WireTimeVisitor;

impl Visitor<'_> for WireTimeVisitor {
    type Value = WireTime;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date-time or epoch milliseconds")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<WireTime, E> {
        match text.parse::<Timestamp>() {
            Ok(instant) => Ok(WireTime(instant)),
            Err(_) => self.visit_i64(text.parse().map_err(|_| E::custom("not an instant"))?),
        }
    }

    fn visit_i64<E: de::Error>(self, millis: i64) -> Result<WireTime, E> {
        Timestamp::from_unix_millis(millis).map(WireTime).map_err(|_| E::custom("not an instant"))
    }

    fn visit_u64<E: de::Error>(self, millis: u64) -> Result<WireTime, E> {
        self.visit_i64(i64::try_from(millis).map_err(|_| E::custom("not an instant"))?)
    }
}

/// A number that some write as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WireCount(pub(crate) u32);

impl<'de> Deserialize<'de> for WireCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(u32),
            Text(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Number(count) => Ok(Self(count)),
            Form::Text(text) => text.parse().map(Self).map_err(|_| de::Error::custom("not a count")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_every_form_of_the_field() {
        let expected = Timestamp::from_unix_millis(1_768_469_400_000).unwrap();
        for text in [
            "\"2026-01-15T09:30:00.000Z\"",
            "\"2026-01-15T09:30:00+0000\"",
            "\"2026-01-15T15:00:00+05:30\"",
            "1768469400000",
            "\"1768469400000\"",
        ] {
            assert_eq!(serde_json::from_str::<WireTime>(text).unwrap(), WireTime(expected), "{text}");
        }
        for bad in ["null", "\"\"", "1.5", "\"tomorrow\"", "18446744073709551615", "[]"] {
            assert!(serde_json::from_str::<WireTime>(bad).is_err(), "{bad}");
        }
    }
}
