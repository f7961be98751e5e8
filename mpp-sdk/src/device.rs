//! The device: one key that central knows it by.

use std::sync::Arc;

use mpp_core::{Entropy, Kid, PublicJwk};
use mpp_crypto::SigningKey;
use mpp_private_share::{DeviceFolder, FileName};
use tokio::io::AsyncReadExt;
use zeroize::Zeroizing;

use crate::SdkError;

/// The file the key is in.
const KEY_FILE: &str = "device-key";

/// The device as central knows it. The key is made once, on this device, and never leaves it.
#[derive(Debug, Clone)]
pub struct DeviceIdentity {
    key: Arc<SigningKey>,
}

impl DeviceIdentity {
    /// The identity kept in the app's private folder; made when there is none.
    ///
    /// # Errors
    /// When the folder cannot be used or the key in it cannot be read.
    pub async fn open(folder: &dyn DeviceFolder, entropy: &dyn Entropy) -> Result<Self, SdkError> {
        let name: FileName = KEY_FILE.parse().map_err(|_| SdkError::DeviceKey)?;
        if let Some(file) = folder.open(&name).await? {
            let mut pem = Zeroizing::new(String::new());
            file.take(4096).read_to_string(&mut pem).await.map_err(|_| SdkError::DeviceKey)?;
            let key = SigningKey::from_pkcs8_pem(&pem).map_err(|_| SdkError::DeviceKey)?;
            return Ok(Self { key: Arc::new(key) });
        }
        let key = SigningKey::generate_p256(entropy);
        let mut file = folder.create(&name).await?;
        file.write(key.to_pkcs8_pem().as_bytes()).await?;
        file.commit().await?;
        Ok(Self { key: Arc::new(key) })
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> PublicJwk {
        self.key.public().to_jwk()
    }

    /// The key's name.
    #[must_use]
    pub fn kid(&self) -> &Kid {
        self.key.kid()
    }

    pub(crate) const fn key(&self) -> &Arc<SigningKey> {
        &self.key
    }
}
