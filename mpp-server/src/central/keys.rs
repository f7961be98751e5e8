//! Central's own keys, in files beside the epoch keys: made at the first start, readable by the server's user only.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use mpp_core::Entropy;
use mpp_crypto::{CustomerRefKey, SigningKey};
use mpp_services::central::CentralKeys;
use zeroize::Zeroizing;

use crate::runtime::StartError;

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
    let customer_ref = customer_ref_key(&folder.join(CUSTOMER_REF), entropy)
        .map_err(|source| StartError::part(named(CUSTOMER_REF), source))?;
    Ok(CentralKeys {
        signing,
        older_signing: Vec::new(),
        notification,
        older_notification: Vec::new(),
        customer_ref,
    })
}

type Fault = Box<dyn std::error::Error + Send + Sync>;

fn signing_key(path: &Path, make: impl FnOnce() -> SigningKey) -> Result<SigningKey, Fault> {
    if let Some(pem) = read(path)? {
        return Ok(SigningKey::from_pkcs8_pem(&pem)?);
    }
    let key = make();
    write_new(path, &key.to_pkcs8_pem())?;
    Ok(key)
}

fn customer_ref_key(path: &Path, entropy: &dyn Entropy) -> Result<CustomerRefKey, Fault> {
    if let Some(text) = read(path)? {
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), bytes.as_mut_slice())?;
        return Ok(CustomerRefKey::from_bytes(bytes));
    }
    let key = CustomerRefKey::generate(entropy);
    write_new(path, &Zeroizing::new(hex::encode(key.to_bytes().as_slice())))?;
    Ok(key)
}

fn read(path: &Path) -> std::io::Result<Option<Zeroizing<String>>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whole or not at all, even when the machine loses power half way.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    match path.parent() {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
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
