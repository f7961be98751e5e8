//! Central's own keys, in files beside the epoch keys: made at the first start, readable by the server's user only.

mod files;
mod own_key;

use std::path::Path;

use mpp_core::Entropy;
use mpp_crypto::CustomerRefKey;
use mpp_services::central::CentralKeys;

use crate::runtime::{StartError, secret_bytes};

pub use own_key::{EarlierKey, KeyStanding, OwnKey, OwnKeyError};

const CUSTOMER_REF: &str = "customer-ref.key";

/// Reads central's keys, making those that are missing.
pub(super) fn load_or_create(folder: &Path, entropy: &dyn Entropy) -> Result<CentralKeys, StartError> {
    let load = |key: OwnKey| {
        let name = format!("the key {} in {}", key.file(), folder.display());
        key.load_or_create(folder, entropy).map_err(|source| StartError::part(name, source))
    };
    let (signing, notification) = (load(OwnKey::Signing)?, load(OwnKey::Notification)?);
    let customer_ref =
        secret_bytes(&folder.join(CUSTOMER_REF), entropy).map(CustomerRefKey::from_bytes).map_err(
            |source| StartError::part(format!("the key {CUSTOMER_REF} in {}", folder.display()), source),
        )?;
    Ok(CentralKeys {
        older_signing: signing.older(),
        successions: signing.successions(),
        signing: signing.present,
        older_notification: notification.older(),
        notification: notification.present,
        customer_ref,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mpp_testkit::SeededEntropy;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn keys_are_made_once_and_read_by_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let first = load_or_create(folder.path(), &SeededEntropy::new(1)).unwrap();
        let again = load_or_create(folder.path(), &SeededEntropy::new(2)).unwrap();
        assert_eq!(first.signing.kid(), again.signing.kid());
        assert_eq!(first.notification.kid(), again.notification.kid());
        assert_eq!(*first.customer_ref.to_bytes(), *again.customer_ref.to_bytes());
        for name in [OwnKey::Signing.file(), OwnKey::Notification.file(), CUSTOMER_REF.to_owned()] {
            let mode = std::fs::metadata(folder.path().join(&name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{name}");
        }
    }
}
