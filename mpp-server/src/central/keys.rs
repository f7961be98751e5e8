//! Central's own keys, in files beside the epoch keys: made at the first start, readable by the server's user only.

use std::path::Path;

use mpp_core::Entropy;
use mpp_crypto::{CustomerRefKey, SigningKey};
use mpp_services::central::CentralKeys;

use crate::runtime::{KeyFault, StartError, key_text, secret_bytes};

const SIGNING: &str = "central-signing.pem";
const NOTIFICATION: &str = "central-notification.pem";
const CUSTOMER_REF: &str = "customer-ref.key";

/// Reads central's keys, making those that are missing.
pub(super) fn load_or_create(folder: &Path, entropy: &dyn Entropy) -> Result<CentralKeys, StartError> {
    let named = |name: &'static str| format!("the key {name} in {}", folder.display());
    let signing = signing_key(&folder.join(SIGNING), || SigningKey::generate_p256(entropy))
        .map_err(|source| StartError::part(named(SIGNING), source))?;
    let notification = signing_key(&folder.join(NOTIFICATION), || SigningKey::generate_ed25519(entropy))
        .map_err(|source| StartError::part(named(NOTIFICATION), source))?;
    let customer_ref = secret_bytes(&folder.join(CUSTOMER_REF), entropy)
        .map(CustomerRefKey::from_bytes)
        .map_err(|source| StartError::part(named(CUSTOMER_REF), source))?;
    Ok(CentralKeys {
        signing,
        older_signing: Vec::new(),
        notification,
        older_notification: Vec::new(),
        customer_ref,
    })
}

fn signing_key(path: &Path, make: impl FnOnce() -> SigningKey) -> Result<SigningKey, KeyFault> {
    let pem = key_text(path, || Ok::<_, KeyFault>(make().to_pkcs8_pem()))?;
    Ok(SigningKey::from_pkcs8_pem(&pem)?)
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
        for name in [SIGNING, NOTIFICATION, CUSTOMER_REF] {
            let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{name}");
        }
    }
}
