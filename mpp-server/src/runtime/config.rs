//! Typed configuration: one TOML file, unknown keys refused, errors that name the file and the key.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// A configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// It has a wrong or unknown key or value.
    #[error("the configuration {} is not valid: {message}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong and where, without values.
        message: String,
    },
}

/// Reads a configuration file.
///
/// # Errors
/// When the file cannot be read or does not have the shape of `T`.
pub fn load_config<T: DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    parse(&text).map_err(|message| ConfigError::Invalid { path: path.to_owned(), message })
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| {
        // `message` leaves out the offending line, which might hold a secret
        let line = error.span().map(|span| line_of(text, span.start));
        line.map_or_else(|| error.message().to_owned(), |line| format!("line {line}: {}", error.message()))
    })
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count().saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        listen: std::net::SocketAddr,
    }

    #[test]
    fn unknown_keys_are_refused_with_their_line_and_without_their_value() {
        let refusal = parse::<Sample>("listen = \"127.0.0.1:0\"\nlisen = \"s3cret\"\n").unwrap_err();
        assert!(refusal.starts_with("line 2: unknown field `lisen`"), "{refusal}");
        assert!(!refusal.contains("s3cret"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = load_config::<Sample>(Path::new("/nowhere/central.toml")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/central.toml"));
    }

    #[test]
    fn a_valid_file_is_read() {
        let sample: Sample = parse("listen = \"127.0.0.1:0\"").unwrap();
        assert_eq!(sample.listen.port(), 0);
    }
}
