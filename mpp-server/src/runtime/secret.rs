//! Secrets come from files or the environment, never from the configuration file itself.

use std::path::PathBuf;

use serde::Deserialize;
use zeroize::Zeroizing;

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SecretSource {
    /// In a file of its own, readable by the server only.
    File(PathBuf),
    /// In an environment variable.
    Env(String),
}

/// A secret is not where the configuration says.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("cannot read the secret in {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The environment variable is missing or not text.
    #[error("the environment variable {name} does not hold the secret")]
    Env {
        /// The variable.
        name: String,
    },
    /// It is empty.
    #[error("the secret is empty")]
    Empty,
}

impl SecretSource {
    /// Reads the secret, without white space at its ends.
    ///
    /// # Errors
    /// When it is not there or empty.
    pub fn read(&self) -> Result<Zeroizing<String>, SecretError> {
        let whole = match self {
            Self::File(path) => std::fs::read_to_string(path)
                .map_err(|source| SecretError::File { path: path.clone(), source })?,
            Self::Env(name) => std::env::var(name).map_err(|_| SecretError::Env { name: name.clone() })?,
        };
        let whole = Zeroizing::new(whole);
        let secret = Zeroizing::new(whole.trim().to_owned());
        if secret.is_empty() { Err(SecretError::Empty) } else { Ok(secret) }
    }
}
