//! The configuration of central: one TOML file.

use std::net::SocketAddr;
use std::path::PathBuf;

use mpp_connectors::bureau::BureauConfig;
use mpp_connectors::telecom::OperatorConfig;
use mpp_core::{Sha256Digest, Span};
use mpp_services::central::CentralSettings;
use serde::Deserialize;
use url::Url;

use crate::runtime::{EpochSection, RecordsSection, RetentionSection, SecretSource};

/// The configuration of central.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CentralConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The folder of the embedded storage; made where it is missing.
    pub data: PathBuf,
    /// Where records are kept, when not in the data folder.
    #[serde(default)]
    pub records: Option<RecordsSection>,
    /// Where the enterprise's app takes one-time links.
    pub app_link_base: Url,
    /// Who runs central.
    pub operator: OperatorSection,
    /// How notifications are pushed.
    #[serde(default)]
    pub notifications: NotificationSection,
    /// The third-party providers.
    #[serde(default)]
    pub providers: Vec<ProviderSection>,
    /// How long central waits and keeps, and how much it takes.
    #[serde(default)]
    pub limits: LimitSection,
    /// How long evidence is kept.
    #[serde(default)]
    pub retention: RetentionSection,
    /// How long the epochs of the keys last that everything is sealed under.
    #[serde(default)]
    pub epochs: EpochSection,
}

/// Who runs central.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorSection {
    /// Its name in law, as receipts name it.
    pub name: String,
    /// Where customers reach it.
    pub contact: String,
    /// The bearer keys its staff and portals call with.
    #[serde(default)]
    pub keys: Vec<OperatorKey>,
}

/// A bearer key of staff, known by its digest only.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorKey {
    /// Whose key: a name for the log.
    pub name: String,
    /// The SHA-256 of the key's text, in hexadecimal.
    pub sha256: Sha256Digest,
}

/// How notifications are pushed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotificationSection {
    /// Which addresses may be called.
    #[serde(default)]
    pub reach: Reach,
}

/// Which addresses notifications may be pushed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Addresses on the public internet, by HTTPS.
    #[default]
    Public,
    /// This machine too, without TLS: for demonstrations and tests.
    Loopback,
}

/// A contract with a third-party provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "style", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ProviderSection {
    /// A credit bureau that speaks the Experian style.
    Bureau {
        /// The contract.
        contract: BureauConfig,
        /// Its key.
        key: SecretSource,
    },
    /// A telecom operator that speaks the operator-profile style.
    Operator {
        /// The contract.
        contract: OperatorConfig,
        /// Its key.
        key: SecretSource,
    },
}

/// How long central waits and keeps, and how much it takes; what is left out has its usual value.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSection {
    /// How long a consent request may be decided, in hours.
    pub link_life_hours: Option<u16>,
    /// How long a parcel waits to be collected, in hours.
    pub parcel_life_hours: Option<u16>,
    /// For how long enrolled keys hold, in days.
    pub partner_key_life_days: Option<u16>,
    /// The largest parcel a phone may upload, in bytes.
    pub largest_parcel_bytes: Option<u64>,
    /// How often a fetch is tried.
    pub fetch_attempts: Option<u32>,
    /// The wait after the first failed attempt of a fetch, in seconds.
    pub fetch_first_wait_seconds: Option<u16>,
}

impl CentralConfig {
    pub(super) fn settings(&self) -> CentralSettings {
        let (name, contact) = (self.operator.name.clone(), self.operator.contact.clone());
        let mut settings = CentralSettings::new(self.app_link_base.clone(), name, contact);
        settings.retention = self.retention.windows();
        let limits = &self.limits;
        if let Some(hours) = limits.link_life_hours {
            settings.link_life = Span::from_hours(hours.into());
        }
        if let Some(hours) = limits.parcel_life_hours {
            settings.parcel_life = Span::from_hours(hours.into());
        }
        if let Some(days) = limits.partner_key_life_days {
            settings.partner_key_life = Span::from_days(days.into());
        }
        if let Some(bytes) = limits.largest_parcel_bytes {
            settings.largest_parcel_bytes = bytes;
        }
        if let Some(attempts) = limits.fetch_attempts {
            settings.fetch_attempts = attempts;
        }
        if let Some(seconds) = limits.fetch_first_wait_seconds {
            settings.fetch_first_wait = Span::from_seconds(seconds.into());
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
        listen = "127.0.0.1:7001"
        data = "/var/lib/mpp-central"
        app_link_base = "https://app.kaveri.example/"

        [operator]
        name = "Moneyone Private Limited"
        contact = "grievance@moneyone.example"
        keys = [{ name = "portal", sha256 = "2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90" }]

        [notifications]
        reach = "loopback"

        [[providers]]
        style = "bureau"
        contract = { id = "sandbox-bureau", base_url = "http://127.0.0.1:7100/bureau", enquiry = "hard" }
        key = { file = "/etc/mpp/bureau.key" }

        [[providers]]
        style = "operator"
        contract = { id = "sandbox-operator", base_url = "http://127.0.0.1:7100/operator" }
        key = { env = "MPP_OPERATOR_KEY" }

        [limits]
        parcel_life_hours = 24
    "#;

    #[test]
    fn a_whole_file_is_read() {
        let config: CentralConfig = toml::from_str(WHOLE).unwrap();
        assert_eq!(config.providers.len(), 2);
        assert_eq!(config.settings().parcel_life, Span::from_hours(24));
        assert_eq!(config.settings().link_life, Span::from_hours(72));
    }

    #[test]
    fn unknown_keys_are_refused() {
        assert!(
            toml::from_str::<CentralConfig>(&WHOLE.replace("parcel_life_hours", "parcel_hours")).is_err()
        );
        assert!(toml::from_str::<CentralConfig>(&WHOLE.replace("reach", "allow")).is_err());
    }
}
