//! The RS256 keys and API keys of the simulated entities.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use mpp_core::{Entropy, Kid, PublicJwk, TxnId, draw};
use mpp_crypto::{detached, rs256, signed_consent};

use crate::documents::Institution;
use crate::error::SandboxError;

/// The Account Aggregator's name in the Central Registry.
pub const AA_ENTITY_ID: &str = "ONEMONEYDEMO_AA";
/// The part after `@` in the addresses of the Account Aggregator's customers.
pub const AA_HANDLE: &str = "onemoney";

/// A simulated entity of the ecosystem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entity {
    Aa,
    Fip(Institution),
}

impl Entity {
    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Aa).chain(Institution::ALL.into_iter().map(Self::Fip))
    }

    /// The name in the Central Registry.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Aa => AA_ENTITY_ID,
            Self::Fip(institution) => institution.entity_id(),
        }
    }
}

/// What an entity proves itself with.
#[derive(Debug)]
pub(crate) struct Credentials {
    signing: rs256::SigningKey,
    /// What the entity sends in its API key header.
    pub(crate) api_key: String,
}

impl Credentials {
    /// The value of `x-jws-signature` for `body`.
    pub(crate) fn sign(&self, body: &[u8]) -> Option<String> {
        detached::sign(&self.signing, body).ok()
    }

    /// The `signedConsent` text for `payload`.
    pub(crate) fn sign_consent(&self, payload: &[u8]) -> Option<String> {
        signed_consent::sign(&self.signing, payload).ok()
    }

    /// Whether `signature` is this entity's over `body`.
    pub(crate) fn signed(&self, signature: &str, body: &[u8]) -> bool {
        let known = |kid: &Kid| (kid == self.signing.kid()).then(|| self.signing.public());
        detached::verify(signature, body, known).is_ok()
    }

    /// The verified payload of a `signedConsent` by this entity, and its signature part.
    pub(crate) fn opened_consent(&self, text: &str) -> Option<(Vec<u8>, String)> {
        let known = |kid: &Kid| (kid == self.signing.kid()).then(|| self.signing.public());
        signed_consent::verify(text, known).ok().map(|verified| (verified.payload, verified.signature))
    }

    /// The public key, for the registry.
    pub(crate) fn jwk(&self) -> PublicJwk {
        self.signing.public().to_jwk()
    }

    /// The public key's name.
    pub(crate) const fn kid(&self) -> &Kid {
        self.signing.kid()
    }
}

/// The RS256 keys and API keys of all simulated entities. Making them takes a noticeable part of a second, so tests
/// that start many sandboxes make them once and give each sandbox a clone.
#[derive(Debug, Clone)]
pub struct EntityKeys(Arc<Ring>);

impl EntityKeys {
    /// Makes the keys, or reads them from `dir` where an earlier start left them.
    ///
    /// # Errors
    /// When keys cannot be made, read or written.
    pub fn prepare(dir: Option<&Path>, entropy: &dyn Entropy) -> Result<Self, SandboxError> {
        Ring::prepare(dir, entropy).map(Arc::new).map(Self)
    }

    pub(crate) fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.0)
    }
}

/// The credentials of all entities.
#[derive(Debug)]
pub(crate) struct Ring(BTreeMap<Entity, Credentials>);

impl Ring {
    /// Makes the keys, or reads them where an earlier start left them.
    fn prepare(dir: Option<&Path>, entropy: &dyn Entropy) -> Result<Self, SandboxError> {
        let mut entries = BTreeMap::new();
        std::thread::scope(|scope| -> Result<(), SandboxError> {
            let workers: Vec<_> = Entity::all()
                .map(|entity| (entity, scope.spawn(move || signing_key(dir, entity, entropy))))
                .collect();
            for (entity, worker) in workers {
                let signing = worker.join().map_err(|_| SandboxError::KeyMaking)??;
                let api_key =
                    format!("{}-{}", entity.id().to_ascii_lowercase(), hex::encode(draw::<16>(entropy)));
                entries.insert(entity, Credentials { signing, api_key });
            }
            Ok(())
        })?;
        Ok(Self(entries))
    }

    /// The credentials of `entity`.
    pub(crate) fn of(&self, entity: Entity) -> &Credentials {
        #[expect(clippy::expect_used, reason = "`prepare` fails unless it made an entry for every entity")]
        self.0.get(&entity).expect("every entity has credentials")
    }

    /// The FIP that sends `api_key`.
    pub(crate) fn fip_with_api_key(&self, api_key: &str) -> Option<Institution> {
        self.0.iter().find_map(|(entity, credentials)| match entity {
            Entity::Fip(institution) if credentials.api_key == api_key => Some(*institution),
            Entity::Fip(_) | Entity::Aa => None,
        })
    }
}

fn signing_key(
    dir: Option<&Path>,
    entity: Entity,
    entropy: &dyn Entropy,
) -> Result<rs256::SigningKey, SandboxError> {
    let Some(dir) = dir else { return fresh(entropy) };
    let pem_path = dir.join(format!("{}.pem", entity.id()));
    let kid_path = dir.join(format!("{}.kid", entity.id()));
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| SandboxError::KeyFile { path, source }
    };
    if pem_path.exists() {
        let pem = std::fs::read_to_string(&pem_path).map_err(failed(&pem_path))?;
        let kid = std::fs::read_to_string(&kid_path).map_err(failed(&kid_path))?;
        let kid: Kid = kid.trim().parse().map_err(|_| SandboxError::KeyName { path: kid_path })?;
        return Ok(rs256::SigningKey::from_pkcs8_pem(&pem, kid)?);
    }
    let key = fresh(entropy)?;
    std::fs::create_dir_all(dir).map_err(failed(dir))?;
    std::fs::write(&kid_path, key.kid().as_str()).map_err(failed(&kid_path))?;
    write_private(&pem_path, key.to_pkcs8_pem()?.as_bytes()).map_err(failed(&pem_path))?;
    Ok(key)
}

/// Writes a file only its owner may read, where the system knows owners.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(path)?, bytes)
}

fn fresh(entropy: &dyn Entropy) -> Result<rs256::SigningKey, SandboxError> {
    let kid = TxnId::generate(entropy).to_string().parse().map_err(|_| SandboxError::KeyMaking)?;
    Ok(rs256::SigningKey::generate(kid)?)
}
