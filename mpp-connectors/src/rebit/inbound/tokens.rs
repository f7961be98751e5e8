//! Who calls, by the API key.

use std::fmt;
use std::sync::Arc;

use mpp_core::{EntityId, Sha256Digest, Span, Timestamp};
use mpp_crypto::{sha256, signed_consent};
use serde::Deserialize;

use crate::ApiKey;
use crate::rebit::PeerKeys;

/// Tells who calls by the value of `aa_api_key`.
pub trait CallerTokens: fmt::Debug + Send + Sync {
    /// The caller whose token this is; `None` when it is nobody's, or not of `now`.
    fn caller(&self, token: &str, now: Timestamp) -> Option<EntityId>;
}

/// Keys agreed beforehand, one or more for each caller. Only their digests are kept.
#[derive(Debug, Clone, Default)]
pub struct SharedTokens {
    digests: Vec<(Sha256Digest, EntityId)>,
}

impl SharedTokens {
    /// The tokens of these callers.
    #[must_use]
    pub fn new(tokens: impl IntoIterator<Item = (ApiKey, EntityId)>) -> Self {
        let digests = tokens.into_iter().map(|(key, entity)| (sha256(key.expose().as_bytes()), entity));
        Self { digests: digests.collect() }
    }
}

impl CallerTokens for SharedTokens {
    /// Digests are compared, so that the time it takes tells nothing about a token.
    fn caller(&self, token: &str, _now: Timestamp) -> Option<EntityId> {
        let digest = sha256(token.as_bytes());
        self.digests.iter().find(|(known, _)| *known == digest).map(|(_, entity)| entity.clone())
    }
}

/// Tokens the ecosystem's registry issues: JWTs (RS256) that name their owner in `azp`
/// (account-aggregator.md §3).
#[derive(Debug, Clone)]
pub struct RegistryTokens {
    issuer: String,
    keys: Arc<PeerKeys>,
}

/// Clocks of two honest parties may differ by so much.
const LEEWAY: Span = Span::from_minutes(1);

#[derive(Deserialize)]
struct Claims {
    iss: String,
    exp: i64,
    iat: i64,
    azp: EntityId,
    roles: Roles,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Roles {
    One(String),
    Several(Vec<String>),
}

impl Roles {
    fn includes(&self, role: &str) -> bool {
        match self {
            Self::One(only) => only == role,
            Self::Several(all) => all.iter().any(|one| one == role),
        }
    }
}

impl RegistryTokens {
    /// Tokens by `issuer`, which signs with one of `keys`.
    #[must_use]
    pub const fn new(issuer: String, keys: Arc<PeerKeys>) -> Self {
        Self { issuer, keys }
    }
}

impl CallerTokens for RegistryTokens {
    fn caller(&self, token: &str, now: Timestamp) -> Option<EntityId> {
        let verified = signed_consent::verify(token, |kid| self.keys.key(kid)).ok()?;
        let claims: Claims = serde_json::from_slice(&verified.payload).ok()?;
        let holds = claims.iss == self.issuer
            && claims.iat < claims.exp
            && now.as_unix_seconds() < claims.exp
            && claims.iat <= now.plus(LEEWAY).as_unix_seconds()
            && claims.roles.includes("AA");
        holds.then_some(claims.azp)
    }
}
