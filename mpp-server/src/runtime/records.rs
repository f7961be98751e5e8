//! Where records are kept when not in the data folder.

use mpp_store::{PostgresAddress, PostgresStore, StoreError};
use serde::Deserialize;
use url::Url;

use super::{SecretError, SecretSource};

/// A PostgreSQL database for records, outbox, audit and usage, in place of the file in the data folder.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordsSection {
    /// Where it is, without a password.
    pub url: DatabaseUrl,
    /// The password, where one is needed.
    #[serde(default)]
    pub password: Option<SecretSource>,
    /// The schema of this server in it; made when it is missing.
    #[serde(default)]
    pub schema: Option<String>,
}

/// The address of a database, which has no password in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DatabaseUrl(String);

/// An address is not one, or has a password in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address of the form postgres://user@host:port/database without a password")]
pub struct NotADatabaseUrl;

/// A database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// Its password is not where the configuration says.
    #[error(transparent)]
    Password(#[from] SecretError),
    /// It cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TryFrom<String> for DatabaseUrl {
    type Error = NotADatabaseUrl;

    fn try_from(text: String) -> Result<Self, NotADatabaseUrl> {
        let url = Url::parse(&text).map_err(|_| NotADatabaseUrl)?;
        let secret = url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password");
        if secret || text.parse::<PostgresAddress>().is_err() {
            return Err(NotADatabaseUrl);
        }
        Ok(Self(text))
    }
}

impl RecordsSection {
    /// Opens the database.
    ///
    /// # Errors
    /// When the password is missing, or the database cannot be opened or belongs to another version.
    pub(super) async fn open(&self) -> Result<PostgresStore, RecordsError> {
        let mut address: PostgresAddress = self.url.0.parse()?;
        if let Some(password) = &self.password {
            address = address.with_password(&password.read()?);
        }
        if let Some(schema) = &self.schema {
            address = address.in_schema(schema)?;
        }
        Ok(PostgresStore::open(&address).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_a_password_is_refused_without_being_repeated() {
        for bad in [
            "postgres://mpp:canary@db/records",
            "postgres://mpp@db/records?password=canary",
            "postgres://canary@db:port/records",
            "canary",
        ] {
            let refused = toml::from_str::<RecordsSection>(&format!("url = \"{bad}\"")).unwrap_err();
            assert!(!refused.message().contains("canary"), "{refused}");
        }
        let good = "url = \"postgres://mpp@db/records\"\npassword = { env = \"MPP_DATABASE_PASSWORD\" }\nschema = \"central\"";
        assert!(toml::from_str::<RecordsSection>(good).is_ok());
    }
}
