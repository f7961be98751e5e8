//! The configuration of central: one TOML file.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use mpp_billing::{FinancialYear, InvalidParty, NumberError, NumberSeries, PartyForm, PartyStanding};
use mpp_connectors::bureau::BureauConfig;
use mpp_connectors::provider::ProviderLimits;
use mpp_connectors::telecom::OperatorConfig;
use mpp_core::{Gstin, Sha256Digest, Span};
use mpp_services::central::{BillingSettings, CentralSettings};
use serde::Deserialize;
use url::Url;

use crate::desk::{InvalidSignOn, PasskeySection, SingleSignOnSection};
use crate::http::CallerLimits;
use crate::runtime::{EpochSection, ParcelsSection, RecordsSection, RetentionSection, SecretSource};

/// The configuration of central.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CentralConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The folder with keys and whatever is kept nowhere else; made where it is missing.
    pub data: PathBuf,
    /// Where records are kept.
    #[serde(default)]
    pub records: RecordsSection,
    /// Where the bytes of parcels are kept.
    #[serde(default)]
    pub parcels: ParcelsSection,
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
    /// Who bills, and under which numbers; without it no month is closed.
    #[serde(default)]
    pub billing: Option<BillingSection>,
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

/// Who bills, and under which numbers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillingSection {
    /// The supplier's registered name.
    pub name: String,
    /// Its address, line by line.
    pub address: Vec<String>,
    /// Its tax registration.
    pub gstin: Gstin,
    /// The series of invoices: 1 to 4 capital letters and digits.
    pub invoice_series: String,
    /// The series of credit notes; another one.
    pub credit_series: String,
    /// Whether invoices have to be registered at the invoice registration portal.
    pub e_invoices: bool,
    /// The program `mpp-invoice-pdf`; without it bills are had as JSON only.
    #[serde(default)]
    pub printer: Option<PathBuf>,
}

/// A section of the configuration cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CentralConfigError {
    /// That on billing.
    #[error(transparent)]
    Billing(#[from] InvalidBilling),
    /// That on single sign-on.
    #[error(transparent)]
    SignOn(#[from] InvalidSignOn),
}

/// The section on billing cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBilling {
    /// The supplier cannot stand on a bill.
    #[error("the supplier under [billing] cannot stand on a bill: {0}")]
    Supplier(#[from] InvalidParty),
    /// A series has no proper name.
    #[error("a series under [billing] is not usable: {0}")]
    Series(#[from] NumberError),
    /// Both series have the same name.
    #[error("invoices and credit notes need two different series under [billing]")]
    SameSeries,
}

impl BillingSection {
    fn settings(&self) -> Result<BillingSettings, InvalidBilling> {
        let form = PartyForm {
            name: self.name.clone(),
            address: self.address.clone(),
            gstin: self.gstin.clone(),
            standing: PartyStanding::Regular,
        };
        for prefix in [&self.invoice_series, &self.credit_series] {
            NumberSeries::begin(prefix, FinancialYear::of(jiff::civil::Date::ZERO))?;
        }
        if self.invoice_series == self.credit_series {
            return Err(InvalidBilling::SameSeries);
        }
        Ok(BillingSettings {
            supplier: form.try_into()?,
            invoice_series: self.invoice_series.clone(),
            credit_series: self.credit_series.clone(),
            e_invoices: self.e_invoices,
        })
    }
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
        /// How much this server may use it.
        #[serde(default)]
        limits: ProviderLimits,
    },
    /// A telecom operator that speaks the operator-profile style.
    Operator {
        /// The contract.
        contract: OperatorConfig,
        /// Its key.
        key: SecretSource,
        /// How much this server may use it.
        #[serde(default)]
        limits: ProviderLimits,
    },
}

impl ProviderSection {
    /// How much this server may use the provider.
    #[must_use]
    pub const fn limits(&self) -> ProviderLimits {
        match self {
            Self::Bureau { limits, .. } | Self::Operator { limits, .. } => *limits,
        }
    }
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
    /// How many requests a client server may make in a minute.
    pub partner_requests_per_minute: Option<NonZeroU32>,
    /// How many requests a phone may make in a minute.
    pub phone_requests_per_minute: Option<NonZeroU32>,
}

impl LimitSection {
    pub(super) fn partner_requests(&self) -> NonZeroU32 {
        self.partner_requests_per_minute.unwrap_or(CallerLimits::USUAL_OF_SERVERS)
    }

    pub(super) fn phone_requests(&self) -> NonZeroU32 {
        self.phone_requests_per_minute.unwrap_or(CallerLimits::USUAL_OF_PHONES)
    }
}

impl CentralConfig {
    /// What the form of the file does not hold.
    ///
    /// # Errors
    /// When the section on billing or on single sign-on cannot be used.
    pub fn check(&self) -> Result<(), CentralConfigError> {
        self.single_sign_on.as_ref().map(SingleSignOnSection::check).transpose()?;
        Ok(self.settings().map(drop)?)
    }

    pub(super) fn printer(&self) -> Option<PathBuf> {
        self.billing.as_ref().and_then(|billing| billing.printer.clone())
    }

    pub(super) fn settings(&self) -> Result<CentralSettings, InvalidBilling> {
        let (name, contact) = (self.operator.name.clone(), self.operator.contact.clone());
        let mut settings = CentralSettings::new(self.app_link_base.clone(), name, contact);
        settings.retention = self.retention.windows();
        settings.billing = self.billing.as_ref().map(BillingSection::settings).transpose()?;
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
        Ok(settings)
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
        limits = { per_minute = 60 }

        [limits]
        parcel_life_hours = 24

        [billing]
        name = "Moneyone Private Limited"
        address = ["4th Floor, Prestige Towers", "Bengaluru 560025"]
        gstin = "29AAACK9876L1ZN"
        invoice_series = "MPP"
        credit_series = "MPC"
        e_invoices = false
    "#;

    #[test]
    fn a_whole_file_is_read() {
        let config: CentralConfig = toml::from_str(WHOLE).unwrap();
        let limits: Vec<_> = config.providers.iter().map(ProviderSection::limits).collect();
        assert_eq!(
            limits,
            [ProviderLimits::default(), ProviderLimits { per_minute: 60, ..Default::default() }]
        );
        assert_eq!(config.settings().unwrap().parcel_life, Span::from_hours(24));
        assert_eq!(config.settings().unwrap().link_life, Span::from_hours(72));
    }

    #[test]
    fn a_section_on_billing_that_cannot_be_used_is_refused() {
        let with = |from: &str, to: &str| {
            toml::from_str::<CentralConfig>(&WHOLE.replace(from, to)).unwrap().settings().map(drop)
        };
        assert_eq!(with("MPC", "MPC"), Ok(()));
        assert_eq!(with("MPC", "MPP"), Err(InvalidBilling::SameSeries));
        assert_eq!(with("MPC", "notes"), Err(InvalidBilling::Series(NumberError::Prefix)));
        assert_eq!(
            with("name = \"Moneyone Private Limited\"\n        address", "name = \" \"\n        address"),
            Err(InvalidBilling::Supplier(InvalidParty::Name))
        );
    }

    #[test]
    fn unknown_keys_are_refused() {
        assert!(
            toml::from_str::<CentralConfig>(&WHOLE.replace("parcel_life_hours", "parcel_hours")).is_err()
        );
        assert!(toml::from_str::<CentralConfig>(&WHOLE.replace("reach", "allow")).is_err());
    }
}
