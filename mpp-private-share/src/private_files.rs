//! The SDK's own small files: the login session, journeys under way, manifests. Each is sealed under the device
//! secret and bound to its name.

use std::sync::Arc;

use mpp_core::Entropy;
use mpp_crypto::at_rest::{EpochKey, EpochKeys, FieldPlace, SealedField, open_field, seal_field};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::io::AsyncReadExt;
use zeroize::Zeroizing;

use crate::folder::{DeviceFolder, FileName, FolderError};

/// The largest of these files, in bytes.
const LARGEST_BYTES: u64 = 4 * 1024 * 1024;

/// 32 bytes only this app on this device can get at, from the platform's key store. What the SDK keeps for later
/// is sealed under it. Wiped on drop.
pub struct DeviceSecret(Zeroizing<[u8; 32]>);

impl DeviceSecret {
    /// The secret with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for DeviceSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceSecret(..)")
    }
}

/// A secret within a sealed file. Wiped on drop.
#[derive(Clone)]
pub(crate) struct SecretText(Zeroizing<String>);

impl SecretText {
    pub(crate) const fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(..)")
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

/// A file of the SDK could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// The folder failed.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The file was altered, or belongs to another device secret.
    #[error("a file of the app was altered or belongs to another installation")]
    Altered,
}

impl PrivateFileError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn persistence(&self) -> mpp_core::Persistence {
        match self {
            Self::Folder(error) => error.persistence(),
            Self::Altered => mpp_core::Persistence::Permanent,
        }
    }
}

/// Keeps small sealed files in the private folder.
#[derive(Debug)]
pub(crate) struct PrivateFiles {
    folder: Arc<dyn DeviceFolder>,
    keys: EpochKeys,
    entropy: Arc<dyn Entropy>,
}

impl PrivateFiles {
    pub(crate) fn new(
        folder: Arc<dyn DeviceFolder>,
        secret: &DeviceSecret,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let keys = EpochKeys::new(EpochKey::from_bytes(secret.0.clone()), Vec::new());
        Self { folder, keys, entropy }
    }

    pub(crate) fn folder(&self) -> &dyn DeviceFolder {
        &*self.folder
    }

    pub(crate) async fn keep<T: Serialize>(
        &self,
        name: &FileName,
        value: &T,
    ) -> Result<(), PrivateFileError> {
        let sealed = {
            let text = Zeroizing::new(serde_json::to_vec(value).map_err(|_| PrivateFileError::Altered)?);
            seal_field(&self.keys, &place(name), &text, &*self.entropy)
                .map_err(|_| PrivateFileError::Altered)?
        };
        let mut file = self.folder.create(name).await?;
        file.write(&sealed.to_bytes()).await?;
        Ok(file.commit().await?)
    }

    pub(crate) async fn find<T: DeserializeOwned>(
        &self,
        name: &FileName,
    ) -> Result<Option<T>, PrivateFileError> {
        let Some(file) = self.folder.open(name).await? else { return Ok(None) };
        let mut bytes = Vec::new();
        let read = file.take(LARGEST_BYTES).read_to_end(&mut bytes).await;
        read.map_err(|source| FolderError { step: "read", source })?;
        let sealed = SealedField::from_bytes(&bytes).map_err(|_| PrivateFileError::Altered)?;
        let text = open_field(&self.keys, &place(name), &sealed).map_err(|_| PrivateFileError::Altered)?;
        serde_json::from_slice(&text).map(Some).map_err(|_| PrivateFileError::Altered)
    }

    pub(crate) async fn remove(&self, name: &FileName) -> Result<(), PrivateFileError> {
        Ok(self.folder.remove(name).await?)
    }

    /// The names of all files that begin with `prefix`.
    pub(crate) async fn names(&self, prefix: &str) -> Result<Vec<FileName>, PrivateFileError> {
        let names = self.folder.list().await?;
        Ok(names.into_iter().filter(|name| name.as_str().starts_with(prefix)).collect())
    }
}

fn place(name: &FileName) -> FieldPlace<'_> {
    FieldPlace { table: "private-share-device", row: name.as_str(), column: "file" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::MemoryFolder;
    use mpp_testkit::SeededEntropy;

    fn files(folder: &MemoryFolder, secret: u8) -> PrivateFiles {
        let secret = DeviceSecret::from_bytes(Zeroizing::new([secret; 32]));
        PrivateFiles::new(Arc::new(folder.clone()), &secret, Arc::new(SeededEntropy::new(1)))
    }

    #[tokio::test]
    async fn kept_files_open_only_under_their_name_and_secret() {
        let folder = MemoryFolder::default();
        let (name, other): (FileName, FileName) = ("session".parse().unwrap(), "journey-1".parse().unwrap());
        let ours = files(&folder, 1);
        ours.keep(&name, &"canary-text").await.unwrap();
        assert_eq!(ours.find::<String>(&name).await.unwrap().unwrap(), "canary-text");
        let bytes = folder.all_bytes();
        assert!(!bytes.windows(6).any(|window| window == b"canary"));
        assert!(matches!(files(&folder, 2).find::<String>(&name).await, Err(PrivateFileError::Altered)));
        let mut moved = folder.create(&other).await.unwrap();
        moved.write(&bytes).await.unwrap();
        moved.commit().await.unwrap();
        assert!(matches!(ours.find::<String>(&other).await, Err(PrivateFileError::Altered)));
        ours.remove(&name).await.unwrap();
        assert_eq!(ours.find::<String>(&name).await.unwrap(), None);
    }
}
