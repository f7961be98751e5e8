//! What a ring writes on its keys in a token: `CKA_LABEL` is the one attribute every token keeps as it is given.

use std::fmt;
use std::str::FromStr;

use mpp_core::Timestamp;

use crate::key_ring::{KeyAlgorithm, KeyUse};

const MARK: &str = "mpp1";
const RETIRED: &str = "retired";

/// `mpp1:<use>:<number>:<made, Unix milliseconds>`, and `:retired` behind it for a retired key. Use and number order the
/// keys; a clock that went back does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Label {
    /// Counts the keys of a token, from 1.
    pub(super) number: u32,
    pub(super) created: Timestamp,
    pub(super) retired: bool,
    pub(super) purpose: Purpose,
}

/// A use as a token's keys have it, with its one algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    Envelope,
    Signing,
}

impl Purpose {
    /// `None` for what tokens do not hold.
    pub(super) const fn of(algorithm: KeyAlgorithm) -> Option<Self> {
        match algorithm {
            KeyAlgorithm::EcdhP256 => Some(Self::Envelope),
            KeyAlgorithm::Es256 => Some(Self::Signing),
            KeyAlgorithm::Ed25519 => None,
        }
    }

    pub(super) const fn algorithm(self) -> KeyAlgorithm {
        match self {
            Self::Envelope => KeyAlgorithm::EcdhP256,
            Self::Signing => KeyAlgorithm::Es256,
        }
    }

    const fn as_str(self) -> &'static str {
        self.algorithm().key_use().as_str()
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, created, retired, purpose } = self;
        write!(f, "{MARK}:{}:{number}:{}", purpose.as_str(), created.as_unix_millis())?;
        if *retired { write!(f, ":{RETIRED}") } else { Ok(()) }
    }
}

/// The label belongs to a key of somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ForeignLabel;

impl FromStr for Label {
    type Err = ForeignLabel;

    fn from_str(text: &str) -> Result<Self, ForeignLabel> {
        let mut parts = text.split(':');
        if parts.next() != Some(MARK) {
            return Err(ForeignLabel);
        }
        let purpose = match parts.next() {
            Some(text) if text == KeyUse::Envelope.as_str() => Purpose::Envelope,
            Some(text) if text == KeyUse::Signing.as_str() => Purpose::Signing,
            _ => return Err(ForeignLabel),
        };
        let number = parts.next().and_then(|text| text.parse().ok()).ok_or(ForeignLabel)?;
        let millis = parts.next().and_then(|text| text.parse().ok()).ok_or(ForeignLabel)?;
        let created = Timestamp::from_unix_millis(millis).map_err(|_| ForeignLabel)?;
        let retired = match parts.next() {
            None => false,
            Some(RETIRED) => true,
            Some(_) => return Err(ForeignLabel),
        };
        let label = Self { number, created, retired, purpose };
        if label.to_string() == text { Ok(label) } else { Err(ForeignLabel) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_one_form() {
        for text in ["mpp1:envelope:1:1764076800000", "mpp1:signing:12:-5:retired"] {
            assert_eq!(text.parse::<Label>().map(|label| label.to_string()).as_deref(), Ok(text));
        }
        for foreign in [
            "",
            "mpp1",
            "mpp2:envelope:1:0",
            "mpp1:wrapping:1:0",
            "mpp1:envelope:+1:0",
            "mpp1:envelope:01:0",
            "mpp1:envelope:1",
            "mpp1:envelope:1:0:",
            "mpp1:envelope:1:0:retired:retired",
            "mpp1:envelope:4294967296:0",
            "mpp1:envelope:1:9223372036854775807",
        ] {
            assert_eq!(foreign.parse::<Label>(), Err(ForeignLabel), "{foreign}");
        }
    }
}
