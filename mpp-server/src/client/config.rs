//! The configuration of a client server. Secrets are not in it: keys are made by the server and kept in its data folder,
//! and of staff keys it holds digests only.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use mpp_core::{PublicJwk, Sha256Digest, StaffId};
use mpp_services::client::{ClientSettings, StaffCredential, UnprovenParcels};
use serde::Deserialize;
use url::Url;

use crate::desk::{InvalidSignOn, PasskeySection, SingleSignOnSection};
use crate::egress::AddressRules;
use crate::http::CallerLimits;
use crate::runtime::{EpochSection, ParcelsSection, RecordsSection, RetentionSection};

/// The configuration file of `mpp-client`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The folder with records, documents and keys; made when it is missing.
    pub data: PathBuf,
    /// Where records are kept.
    #[serde(default)]
    pub records: RecordsSection,
    /// Where the bytes of documents are kept.
    #[serde(default)]
    pub parcels: ParcelsSection,
    /// The enterprise's name, shown at the top of its portal.
    #[serde(default = "unnamed")]
    pub owner: String,
    /// Central.
    pub central: CentralSection,
    /// Who of the enterprise's staff may work with this server. Approving a product needs a second person.
    #[serde(default)]
    pub staff: Vec<StaffSection>,
    /// Notifications to the partner's application.
    #[serde(default)]
    pub webhook: WebhookSection,
    /// What is taken at most.
    #[serde(default)]
    pub limits: LimitsSection,
    /// How long evidence is kept.
    #[serde(default)]
    pub retention: RetentionSection,
    /// Passkeys of staff.
    #[serde(default)]
    pub passkeys: Option<PasskeySection>,
    /// The OpenID provider that staff may sign in through.
    #[serde(default)]
    pub single_sign_on: Option<SingleSignOnSection>,
    /// How long the epochs of the keys last that everything is sealed under.
    #[serde(default)]
    pub epochs: EpochSection,
}

fn unnamed() -> String {
    "Client server".to_owned()
}

/// Where central is and whom to believe.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CentralSection {
    /// Its address; `https`, or `http` on this machine.
    pub url: Url,
    /// The keys with which it signs, as handed over at onboarding. Without any, the keys of the first enrolment are
    /// trusted from then on.
    #[serde(default)]
    pub keys: Vec<PublicJwk>,
    /// How notifications come.
    #[serde(default)]
    pub notifications: NotificationsFrom,
    /// What becomes of parcels under consents of before, of which nobody says who sealed them.
    #[serde(default)]
    pub unproven_parcels: UnprovenParcelsAre,
}

/// What becomes of parcels of which nobody says who sealed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnprovenParcelsAre {
    /// They are taken, and their documents marked.
    #[default]
    Taken,
    /// They are refused.
    Refused,
}

impl UnprovenParcelsAre {
    const fn setting(self) -> UnprovenParcels {
        match self {
            Self::Taken => UnprovenParcels::Take,
            Self::Refused => UnprovenParcels::Refuse,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Refused => "refused",
        }
    }
}

/// How central's notifications come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotificationsFrom {
    /// This server asks and central holds the line: nothing need reach this server from outside.
    #[default]
    Poll,
    /// Central pushes to `/v1/notifications`; this server asks for what is missing only.
    Push,
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffSection {
    /// The account's name, as it appears in the audit log.
    pub name: StaffId,
    /// SHA-256 of the bearer key in hex; `mpp keygen staff` prints both.
    pub key_sha256: Sha256Digest,
}

/// Notifications to the partner's application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSection {
    /// Whether they may go to this machine (and without TLS there): for an application beside the server.
    #[serde(default)]
    pub allow_loopback: bool,
    /// Whether they may go to addresses of private networks.
    #[serde(default)]
    pub allow_private: bool,
}

/// What is taken at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsSection {
    /// The largest document taken, in bytes.
    #[serde(default)]
    pub document_bytes: Option<u64>,
    /// The largest document that is normalised, in bytes.
    #[serde(default)]
    pub normalised_bytes: Option<u64>,
    /// How many requests an application's key may make in a minute.
    #[serde(default)]
    pub application_requests_per_minute: Option<NonZeroU32>,
}

impl LimitsSection {
    pub(super) fn application_requests(&self) -> NonZeroU32 {
        self.application_requests_per_minute.unwrap_or(CallerLimits::USUAL_OF_SERVERS)
    }
}

/// A configuration contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientConfigError {
    /// Central would be spoken to without TLS.
    #[error("central.url must begin with https, unless central is on this machine")]
    PlainCentral,
    /// Nobody could work with the server.
    #[error("there must be at least one [[staff]] entry")]
    NoStaff,
    /// Two people would be one.
    #[error("two [[staff]] entries have the same name or key")]
    StaffTwice,
    /// The provider could not vouch for anybody.
    #[error(transparent)]
    SignOn(#[from] InvalidSignOn),
}

impl ClientConfig {
    /// Whether the parts go together.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn check(&self) -> Result<(), ClientConfigError> {
        let url = &self.central.url;
        let is_here = AddressRules::is_loopback_host(url);
        if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
            return Err(ClientConfigError::PlainCentral);
        }
        if self.staff.is_empty() {
            return Err(ClientConfigError::NoStaff);
        }
        self.single_sign_on.as_ref().map(SingleSignOnSection::check).transpose()?;
        let same = |a: &StaffSection, b: &StaffSection| a.name == b.name || a.key_sha256 == b.key_sha256;
        let twice = self
            .staff
            .iter()
            .enumerate()
            .any(|(at, one)| self.staff.iter().skip(at.saturating_add(1)).any(|other| same(one, other)));
        if twice { Err(ClientConfigError::StaffTwice) } else { Ok(()) }
    }

    /// What the service is told of it.
    pub(super) fn settings(&self) -> ClientSettings {
        let credential =
            |staff: &StaffSection| StaffCredential { name: staff.name.clone(), key_sha256: staff.key_sha256 };
        let usual = ClientSettings::new(self.staff.iter().map(credential).collect());
        ClientSettings {
            central_keys: self.central.keys.clone(),
            unproven_parcels: self.central.unproven_parcels.setting(),
            retention: self.retention.windows(),
            largest_document_bytes: self.limits.document_bytes.unwrap_or(usual.largest_document_bytes),
            largest_normalised_bytes: self.limits.normalised_bytes.unwrap_or(usual.largest_normalised_bytes),
            ..usual
        }
    }
}

impl WebhookSection {
    pub(super) const fn addresses(self) -> AddressRules {
        AddressRules { allow_loopback: self.allow_loopback, allow_private: self.allow_private }
    }
}
