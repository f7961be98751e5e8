//! What can be set about the sandbox, and what it takes from its surroundings.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;
use std::sync::Arc;

use mpp_core::{Clock, Entropy};
use mpp_transport::{ConnectionSettings, ReqwestTransport, Transport, TransportError};
use serde::Deserialize;

use crate::machine::{SystemClock, SystemEntropy};

/// Settings of the sandbox; in a TOML file the names are the fields' names. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SandboxConfig {
    /// Where the listener binds; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What all invented customers follow from.
    pub seed: String,
    /// The word before each customer's canary, as in `CANARY-0123456789abcdef`.
    pub canary_prefix: String,
    /// Every FI document is made at least so many bytes long; 0 leaves it as it is.
    pub document_padding_bytes: usize,
    /// Where the RS256 keys of the entities are kept between starts; without it they are made anew each time.
    pub keys_dir: Option<PathBuf>,
    /// Which key exchange an FIP speaks, by entity id; an FIP not named here speaks both.
    pub flavours: BTreeMap<String, FlavourSupport>,
    /// How long a one-time password holds, in seconds.
    pub otp_lifetime_seconds: i64,
    /// How long a number stays locked after five wrong one-time passwords, in seconds.
    pub otp_lock_seconds: i64,
    /// How long a consent request waits for the customer, in hours.
    pub handle_lifetime_hours: i64,
    /// The bearer key the bureau asks for.
    pub bureau_api_key: String,
    /// The bearer key the operator asks for.
    pub operator_api_key: String,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)),
            seed: "mpp-sandbox".to_owned(),
            canary_prefix: "CANARY".to_owned(),
            document_padding_bytes: 0,
            keys_dir: None,
            flavours: BTreeMap::new(),
            otp_lifetime_seconds: 180,
            otp_lock_seconds: 600,
            handle_lifetime_hours: 24,
            bureau_api_key: "sandbox-bureau-key".to_owned(),
            operator_api_key: "sandbox-operator-key".to_owned(),
        }
    }
}

/// Which forms of the ReBIT key exchange an FIP understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlavourSupport {
    /// Curve25519 in Weierstrass form only.
    Ecc,
    /// X25519 only.
    X25519,
    /// Whichever the receiver's key is of.
    Both,
}

/// Time, randomness and the way to reach others. Tests give their own.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives unpredictable bytes.
    pub entropy: Arc<dyn Entropy>,
    /// Carries calls between the simulated parties, to participants and to the partner's client server.
    pub transport: Arc<dyn Transport>,
}

impl Surroundings {
    /// The machine's clock and generator, and HTTP over TCP.
    ///
    /// # Errors
    /// When TLS cannot be set up on this machine.
    pub fn of_this_machine() -> Result<Self, TransportError> {
        Ok(Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            transport: Arc::new(ReqwestTransport::new(ConnectionSettings::default())?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_of_the_configuration_page_is_valid_and_shows_the_defaults() {
        let page = include_str!("../../docs/configuration.md");
        let block = page.split("```toml\n").find(|block| block.starts_with("# sandbox.toml\n")).unwrap();
        let sample: SandboxConfig = toml::from_str(block.split("```").next().unwrap()).unwrap();
        let usual = SandboxConfig::default();
        assert_eq!(sample.flavours.get("SAHYADRI_FIP"), Some(&FlavourSupport::Ecc));
        let shown = SandboxConfig { keys_dir: None, flavours: BTreeMap::new(), ..sample };
        assert_eq!(format!("{shown:?}"), format!("{usual:?}"));
    }
}
