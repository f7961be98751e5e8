//! Where records are kept: in the data folder, or in a database.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use mpp_store::{MemoryStore, PostgresAddress, PostgresStore, SledStore, SqliteStore, Store, StoreError};
use serde::Deserialize;
use url::Url;

use super::{SecretError, SecretSource};

/// Where records, outbox, audit and usage are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "RecordsForm")]
pub enum RecordsSection {
    /// In one SQLite file in the data folder.
    #[default]
    Sqlite,
    /// In a folder of sled in the data folder, for one process.
    Sled,
    /// In memory, and gone with the process: for tests and demonstrations.
    Memory,
    /// In a PostgreSQL database, which nodes may share.
    Postgres(DatabaseSection),
}

/// A PostgreSQL database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseSection {
    /// Where it is, without a password.
    pub url: DatabaseUrl,
    /// The password, where one is needed.
    pub password: Option<SecretSource>,
    /// The schema of this server in it; made when it is missing.
    pub schema: Option<String>,
}

/// The section as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordsForm {
    backend: Option<RecordsBackend>,
    url: Option<DatabaseUrl>,
    password: Option<SecretSource>,
    schema: Option<String>,
}

/// What keeps records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordsBackend {
    /// SQLite.
    Sqlite,
    /// sled.
    Sled,
    /// Memory.
    Memory,
    /// PostgreSQL.
    Postgres,
}

impl fmt::Display for RecordsBackend {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Sled => "sled",
            Self::Memory => "memory",
            Self::Postgres => "postgres",
        })
    }
}

/// The section on records contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRecords {
    /// PostgreSQL without an address.
    #[error("PostgreSQL under [records] needs `url`")]
    NoUrl,
    /// Settings of PostgreSQL for something else.
    #[error("`url`, `password` and `schema` under [records] are for PostgreSQL, not for {0}")]
    NotPostgres(RecordsBackend),
}

impl RecordsSection {
    /// What keeps them.
    #[must_use]
    pub const fn backend(&self) -> RecordsBackend {
        match self {
            Self::Sqlite => RecordsBackend::Sqlite,
            Self::Sled => RecordsBackend::Sled,
            Self::Memory => RecordsBackend::Memory,
            Self::Postgres(_) => RecordsBackend::Postgres,
        }
    }
}

impl TryFrom<RecordsForm> for RecordsSection {
    type Error = InvalidRecords;

    /// An address alone means PostgreSQL.
    fn try_from(form: RecordsForm) -> Result<Self, InvalidRecords> {
        let RecordsForm { backend, url, password, schema } = form;
        let of_database = url.is_some() || password.is_some() || schema.is_some();
        let usual = if of_database { RecordsBackend::Postgres } else { RecordsBackend::Sqlite };
        match backend.unwrap_or(usual) {
            RecordsBackend::Postgres => {
                let url = url.ok_or(InvalidRecords::NoUrl)?;
                Ok(Self::Postgres(DatabaseSection { url, password, schema }))
            }
            other if of_database => Err(InvalidRecords::NotPostgres(other)),
            RecordsBackend::Sqlite => Ok(Self::Sqlite),
            RecordsBackend::Sled => Ok(Self::Sled),
            RecordsBackend::Memory => Ok(Self::Memory),
        }
    }
}

/// The address of a database, which has no password in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Host, port and name of the database.
    fn place(&self) -> String {
        let Ok(url) = Url::parse(&self.0) else { return String::new() };
        let host = url.host_str().unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{host}{port}{}", url.path())
    }
}

/// An address is not one, or has a password in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address of the form postgres://user@host:port/database without a password")]
pub struct NotADatabaseUrl;

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

impl RecordsSection {
    /// The file of SQLite in a data folder.
    pub(crate) const SQLITE_FILE: &str = "records.sqlite";
    /// The folder of sled in a data folder.
    pub(crate) const SLED_FOLDER: &str = "records.sled";

    /// Opens the store of a data folder.
    ///
    /// # Errors
    /// When it cannot be opened, is held by another process, or belongs to another version; when a password is missing.
    pub(crate) async fn open(&self, folder: &Path) -> Result<Arc<dyn Store>, RecordsError> {
        Ok(match self {
            Self::Sqlite => Arc::new(SqliteStore::open(folder.join(Self::SQLITE_FILE)).await?),
            Self::Sled => Arc::new(SledStore::open(folder.join(Self::SLED_FOLDER)).await?),
            Self::Memory => Arc::new(MemoryStore::new()),
            Self::Postgres(database) => Arc::new(PostgresStore::open(&database.address()?).await?),
        })
    }

    /// What it is, and where a database is: host, port and name, nothing else of its address.
    pub(crate) fn at_a_glance(&self) -> String {
        match self {
            Self::Postgres(database) => format!("{}, {}", self.backend(), database.url.place()),
            Self::Sqlite | Self::Sled | Self::Memory => self.backend().to_string(),
        }
    }

    /// What an error calls it.
    pub(super) fn in_words(&self, folder: &Path) -> String {
        match self {
            Self::Sqlite | Self::Sled => format!("the database in {}", folder.display()),
            Self::Memory => "the records in memory".to_owned(),
            Self::Postgres(_) => "the database of the records".to_owned(),
        }
    }
}

impl DatabaseSection {
    /// The address with everything that is needed to connect.
    ///
    /// # Errors
    /// When the password is missing, or the schema has no proper name.
    pub(crate) fn address(&self) -> Result<PostgresAddress, RecordsError> {
        let mut address: PostgresAddress = self.url.0.parse()?;
        if let Some(password) = &self.password {
            address = address.with_password(&password.read()?);
        }
        if let Some(schema) = &self.schema {
            address = address.in_schema(schema)?;
        }
        Ok(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<RecordsSection, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn an_address_with_a_password_is_refused_without_being_repeated() {
        for bad in [
            "postgres://mpp:canary@db/records",
            "postgres://mpp@db/records?password=canary",
            "postgres://canary@db:port/records",
            "canary",
        ] {
            let refused = read(&format!("url = \"{bad}\"")).unwrap_err();
            assert!(refused.contains("not an address of the form"), "{refused}");
            assert!(!refused.contains("canary"), "{refused}");
        }
        let good = "url = \"postgres://mpp@db/records\"\npassword = { env = \"MPP_DATABASE_PASSWORD\" }\nschema = \"central\"";
        let section = read(good).unwrap();
        assert_eq!(read(&format!("backend = \"postgres\"\n{good}")), Ok(section.clone()));
        assert!(matches!(section, RecordsSection::Postgres(_)), "{section:?}");
    }

    #[test]
    fn every_backend_has_its_name() {
        assert_eq!(read(""), Ok(RecordsSection::Sqlite));
        for (name, section) in [
            ("sqlite", RecordsSection::Sqlite),
            ("sled", RecordsSection::Sled),
            ("memory", RecordsSection::Memory),
        ] {
            assert_eq!(read(&format!("backend = \"{name}\"")), Ok(section), "{name}");
        }
        assert!(read("backend = \"mysql\"").unwrap_err().contains("unknown variant"));
    }

    #[test]
    fn contradictions_are_named() {
        for (text, said) in [
            ("backend = \"postgres\"", "needs `url`"),
            ("schema = \"central\"", "needs `url`"),
            ("backend = \"sled\"\nurl = \"postgres://mpp@db/records\"", "not for sled"),
            ("backend = \"sqlite\"\npassword = { env = \"P\" }", "not for sqlite"),
            ("backend = \"memory\"\nschema = \"a\"", "not for memory"),
            ("backend = \"sled\"\nfolder = \"/x\"", "unknown field `folder`"),
        ] {
            let refused = read(text).unwrap_err();
            assert!(refused.contains(said), "{text}: {refused}");
        }
    }
}
