//! The configuration of the private share service: one TOML file.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use mpp_connectors::rebit::RebitAaConfig;
use mpp_core::{EntityId, Kid, PublicJwk, Sha256Digest, Span};
use mpp_crypto::rs256::VerifyingKey;
use mpp_services::private_share::PrivateShareSettings;
use mpp_transport::BaseUrl;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::http::CallerLimits;
use crate::runtime::{EpochSection, RecordsSection, RetentionSection, SecretSource, StartError};

/// The configuration of the private share service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateShareConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The folder with keys and whatever is kept nowhere else; made where it is missing.
    pub data: PathBuf,
    /// Where records are kept.
    #[serde(default)]
    pub records: RecordsSection,
    /// Who we are in the ecosystem.
    pub our: OurSection,
    /// The Account Aggregator.
    pub account_aggregator: AccountAggregatorSection,
    /// The SMS gateway.
    pub sms: SmsSection,
    /// Who runs the service and may see how the FIPs do; without it nobody can ask.
    #[serde(default)]
    pub operator: HealthSection,
    /// How long things hold, and how much is taken.
    #[serde(default)]
    pub limits: LimitSection,
    /// How long evidence is kept.
    #[serde(default)]
    pub retention: RetentionSection,
    /// How long the epochs of the keys last that everything is sealed under.
    #[serde(default)]
    pub epochs: EpochSection,
}

/// Who runs the service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthSection {
    /// Their bearer keys.
    #[serde(default)]
    pub keys: Vec<HealthKey>,
}

/// A bearer key of somebody who runs the service, known by its digest only.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthKey {
    /// Whose key: a name for people.
    pub name: String,
    /// The SHA-256 of the key's text, in hexadecimal.
    pub sha256: Sha256Digest,
}

/// Who we are in the ecosystem.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OurSection {
    /// Our id in the Central Registry, as the Account Aggregator's client.
    pub entity: EntityId,
    /// The name of our signing key in the Central Registry; its RFC 7638 thumbprint when left out.
    #[serde(default)]
    pub kid: Option<Kid>,
    /// Our RS256 signing key (PKCS#8 PEM); made in the data folder when left out, see `GET /v1/keys`.
    #[serde(default)]
    pub signing_key: Option<SecretSource>,
}

/// The Account Aggregator.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountAggregatorSection {
    /// Its id and ReBIT address.
    pub rebit: RebitAaConfig,
    /// Its handle in customers' addresses.
    pub handle: String,
    /// Its page where customers link accounts and approve.
    pub approval_page: Url,
    /// The key that lets us in (`client_api_key`).
    pub api_key: SecretSource,
    /// The key that lets it in (`aa_api_key` on its notifications).
    pub callback_key: SecretSource,
    /// The keys it signs with, as the Central Registry publishes them.
    pub keys: Vec<PublishedKey>,
}

/// A key as the Central Registry publishes it; members that say nothing about the key are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PublishedKey {
    /// Its name.
    pub kid: Kid,
    /// The key.
    #[serde(flatten)]
    pub key: PublicJwk,
}

/// The SMS gateway.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsSection {
    /// Its address; messages go to `v1/messages` below it.
    pub base_url: BaseUrl,
    /// Its bearer key, where it asks for one.
    #[serde(default)]
    pub key: Option<SecretSource>,
}

/// How long things hold, and how much is taken; what is left out has its usual value.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSection {
    /// How long a login code is good, in seconds.
    pub otp_life_seconds: Option<u16>,
    /// How many codes one number may ask for in ten minutes.
    pub logins_per_ten_minutes: Option<u16>,
    /// How long a session is good, in hours.
    pub session_life_hours: Option<u16>,
    /// How long to wait for the Account Aggregator's word before asking it, in seconds.
    pub reread_after_seconds: Option<u16>,
    /// How many requests a phone may make in a minute.
    pub phone_requests_per_minute: Option<NonZeroU32>,
}

impl LimitSection {
    pub(super) fn phone_requests(&self) -> NonZeroU32 {
        self.phone_requests_per_minute.unwrap_or(CallerLimits::USUAL_OF_PHONES)
    }
}

impl PrivateShareConfig {
    pub(super) fn settings(&self) -> PrivateShareSettings {
        let section = &self.account_aggregator;
        let mut settings = PrivateShareSettings::new(section.handle.clone(), section.approval_page.clone());
        settings.retention = self.retention.windows();
        let limits = &self.limits;
        if let Some(seconds) = limits.otp_life_seconds {
            settings.otp_life = Span::from_seconds(seconds.into());
        }
        if let Some(count) = limits.logins_per_ten_minutes {
            settings.logins_per_window = count.into();
        }
        if let Some(hours) = limits.session_life_hours {
            settings.session_life = Span::from_hours(hours.into());
        }
        if let Some(seconds) = limits.reread_after_seconds {
            settings.reread_after = Span::from_seconds(seconds.into());
        }
        settings
    }
}

impl AccountAggregatorSection {
    pub(super) fn verifying_keys(&self) -> Result<Vec<(Kid, VerifyingKey)>, StartError> {
        let read = |published: &PublishedKey| {
            let key = VerifyingKey::from_jwk(&published.key);
            key.map(|key| (published.kid.clone(), key))
                .map_err(|source| StartError::part("the Account Aggregator's keys", source))
        };
        self.keys.iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
        listen = "127.0.0.1:7003"
        data = "/var/lib/mpp-private-share"

        [our]
        entity = "MPP_PRIVATE_SHARE"

        [account_aggregator]
        rebit = { entity = "ONEMONEYDEMO_AA", base_url = "http://127.0.0.1:7100/aa/v2" }
        handle = "onemoney"
        approval_page = "http://127.0.0.1:7100/aa/web"
        api_key = { file = "/etc/mpp/aa.key" }
        callback_key = { env = "MPP_AA_CALLBACK_KEY" }
        keys = [{ kid = "key-1", kty = "RSA", alg = "RS256", use = "sig", n = "rL7XDvJB", e = "AQAB" }]

        [sms]
        base_url = "http://127.0.0.1:7100/sms"

        [limits]
        otp_life_seconds = 120
    "#;

    #[test]
    fn a_whole_file_is_read() {
        let config: PrivateShareConfig = toml::from_str(WHOLE).unwrap();
        assert_eq!(config.account_aggregator.keys.len(), 1);
        assert_eq!(config.settings().otp_life, Span::from_minutes(2));
        assert_eq!(config.settings().session_life, Span::from_hours(12));
    }

    #[test]
    fn unknown_keys_and_weak_keys_are_refused() {
        assert!(toml::from_str::<PrivateShareConfig>(&WHOLE.replace("handle =", "handel =")).is_err());
        assert!(toml::from_str::<PrivateShareConfig>(&WHOLE.replace("/aa/v2", "/aa/v1")).is_err());
        let config: PrivateShareConfig = toml::from_str(WHOLE).unwrap();
        assert!(config.account_aggregator.verifying_keys().is_err(), "64 bits are no RSA key");
    }
}
