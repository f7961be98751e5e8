//! Logging in, and the session as it is kept.

use std::sync::Arc;

use mpp_core::{LoginId, Timestamp, Vua};
use mpp_crypto::SigningKey;
use serde::{Deserialize, Serialize};

use crate::error::ShareError;
use crate::private_files::{PrivateFileError, SecretText};

/// A login that waits for the code from the SMS.
#[derive(Debug)]
pub struct LoginChallenge {
    pub(crate) login: LoginId,
    pub(crate) device_key: SigningKey,
    pub(crate) expires_at: Timestamp,
}

impl LoginChallenge {
    /// Until when the code is taken.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

/// A session in use.
#[derive(Clone)]
pub(crate) struct LoginSession {
    pub(crate) key: SecretText,
    pub(crate) vua: Vua,
    pub(crate) device_key: Arc<SigningKey>,
    pub(crate) expires_at: Timestamp,
}

impl std::fmt::Debug for LoginSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoginSession").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// A session as it is kept, sealed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct KeptLogin {
    key: SecretText,
    vua: Vua,
    device_key: SecretText,
    expires_at: Timestamp,
}

impl From<&LoginSession> for KeptLogin {
    fn from(session: &LoginSession) -> Self {
        Self {
            key: session.key.clone(),
            vua: session.vua.clone(),
            device_key: SecretText::new(session.device_key.to_pkcs8_pem()),
            expires_at: session.expires_at,
        }
    }
}

impl KeptLogin {
    pub(crate) fn into_session(self) -> Result<LoginSession, ShareError> {
        let device_key = SigningKey::from_pkcs8_pem(self.device_key.reveal());
        let device_key = device_key.map_err(|_| ShareError::from(PrivateFileError::Altered))?;
        Ok(LoginSession {
            key: self.key,
            vua: self.vua,
            device_key: Arc::new(device_key),
            expires_at: self.expires_at,
        })
    }
}
