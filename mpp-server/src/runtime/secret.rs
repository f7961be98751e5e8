//! Secrets come from files or the environment, never from the configuration file itself.

use std::fmt;
use std::path::PathBuf;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// In a file of its own, readable by the server only.
    File(PathBuf),
    /// In an environment variable.
    Env(String),
}

/// The two forms it is written in; exactly one is to be there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretForm {
    file: Option<PathBuf>,
    env: Option<String>,
}

impl<'de> Deserialize<'de> for SecretSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

/// Does not repeat a text where a place is expected: it may be the secret itself.
struct SecretVisitor;

impl<'de> Visitor<'de> for SecretVisitor {
    type Value = SecretSource;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("where the secret is: { file = \"...\" } or { env = \"...\" }")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<SecretSource, E> {
        Err(E::custom("no secret stands here, but where it is: { file = \"...\" } or { env = \"...\" }"))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SecretSource, A::Error> {
        match SecretForm::deserialize(MapAccessDeserializer::new(map))? {
            SecretForm { file: Some(path), env: None } => Ok(SecretSource::File(path)),
            SecretForm { file: None, env: Some(name) } => Ok(SecretSource::Env(name)),
            SecretForm { .. } => {
                Err(A::Error::custom("a secret is in a `file` or in an `env`, in one of them"))
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Sample {
        key: SecretSource,
    }

    fn read(text: &str) -> Result<SecretSource, String> {
        let read: Result<Sample, toml::de::Error> = toml::from_str(text);
        read.map(|sample| sample.key).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_place_is_read() {
        assert_eq!(read("key = { file = \"/etc/k\" }"), Ok(SecretSource::File("/etc/k".into())));
        assert_eq!(read("key = { env = \"K\" }"), Ok(SecretSource::Env("K".to_owned())));
        assert_eq!(read("[key]\nenv = \"K\""), Ok(SecretSource::Env("K".to_owned())));
    }

    #[test]
    fn a_secret_in_the_place_of_its_place_is_not_repeated() {
        for bad in [
            "\"canary\"",
            "{ text = \"canary\" }",
            "{}",
            "{ file = \"a\", env = \"canary\" }",
            "[\"canary\"]",
            "12",
        ] {
            let refused = read(&format!("key = {bad}")).unwrap_err();
            assert!(!refused.contains("canary"), "{refused}");
        }
        assert!(read("key = \"canary\"").unwrap_err().contains("{ file = "));
    }
}
