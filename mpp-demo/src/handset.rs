//! A customer's phone in the demo: two real SDK instances, each on a folder of its own.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use mpp_core::{Clock, EntityId, Entropy, Kid};
use mpp_crypto::VerifyingKey;
use mpp_crypto::rs256;
use mpp_private_share::{
    DeviceSecret, FilesystemFolder, Patience, PinnedAccountAggregator, PrivateSharePorts, PrivateShareSdk,
    PrivateShareSettings,
};
use mpp_sdk::{MppSdk, SdkPorts, SdkSettings};
use mpp_server::runtime::{SystemClock, SystemEntropy};
use mpp_transport::Transport;
use url::Url;
use zeroize::Zeroizing;

use crate::outside::Person;

/// What an app is built with: addresses and pinned keys.
#[derive(Debug, Clone)]
pub struct AppBuild {
    /// Where central is.
    pub central: Url,
    /// The keys central signs with.
    pub central_keys: Vec<VerifyingKey>,
    /// Where the private share service is.
    pub private_share: Url,
    /// The Account Aggregator's registered name.
    pub aggregator: EntityId,
    /// The Account Aggregator's keys.
    pub aggregator_keys: Vec<(Kid, rs256::VerifyingKey)>,
    /// How long the app waits for the customer and for the data.
    pub patience: Patience,
}

/// A customer's phone.
#[derive(Debug, Clone)]
pub struct Handset {
    /// Its number, from 1.
    pub number: usize,
    /// Whose it is.
    pub person: Person,
    /// The MPP SDK.
    pub mpp: Arc<MppSdk>,
    /// The private data share SDK.
    pub private_share: Arc<PrivateShareSdk>,
}

impl Handset {
    /// Switches the phone on: opens both SDKs on their folders under `folder`.
    ///
    /// # Errors
    /// When a folder cannot be used.
    pub async fn switch_on(
        number: usize,
        person: Person,
        folder: &Path,
        build: &AppBuild,
        transport: Arc<dyn Transport>,
    ) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let settings =
            SdkSettings { central: build.central.clone(), central_keys: build.central_keys.clone() };
        let ports = SdkPorts {
            transport: Arc::clone(&transport),
            folder: Arc::new(FilesystemFolder::open(folder.join("mpp")).await?),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
        };
        let mpp = MppSdk::open(settings, ports).await?;
        let aggregator =
            PinnedAccountAggregator { entity: build.aggregator.clone(), keys: build.aggregator_keys.clone() };
        let secret =
            key_store(&folder.join("key-store"), entropy.as_ref()).context("the phone's key store")?;
        let ports = PrivateSharePorts {
            transport,
            folder: Arc::new(FilesystemFolder::open(folder.join("private-share")).await?),
            secret,
            clock,
            entropy,
        };
        let settings = PrivateShareSettings {
            patience: build.patience,
            ..PrivateShareSettings::new(build.private_share.clone(), aggregator)
        };
        let private_share = PrivateShareSdk::open(settings, ports).await?;
        Ok(Self { number, person, mpp: Arc::new(mpp), private_share: Arc::new(private_share) })
    }
}

/// Plays the platform's key store, which a real phone has in hardware.
fn key_store(file: &Path, entropy: &dyn Entropy) -> anyhow::Result<DeviceSecret> {
    let bytes = match std::fs::read(file) {
        Ok(stored) => Zeroizing::new(stored),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let fresh = Zeroizing::new(mpp_core::draw::<32>(entropy).to_vec());
            std::fs::write(file, &fresh)?;
            fresh
        }
        Err(error) => return Err(error.into()),
    };
    let secret: [u8; 32] = bytes.as_slice().try_into().context("not 32 bytes")?;
    Ok(DeviceSecret::from_bytes(Zeroizing::new(secret)))
}
