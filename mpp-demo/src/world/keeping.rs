//! Where the roles keep records and the bytes of parcels: the settings an operator would write.

use std::fmt;
use std::str::FromStr;

use anyhow::Context as _;
use mpp_core::draw;
use mpp_server::runtime::SystemEntropy;
use url::Url;

/// Where the roles keep what they store. As it comes: everything in their data folders.
#[derive(Debug, Clone, Default)]
pub struct Keeping {
    /// Their records.
    pub records: RecordsIn,
    /// The bytes of parcels and documents; `None` for their data folders.
    pub bucket: Option<Bucket>,
}

/// Where records are kept.
#[derive(Debug, Clone, Default)]
pub enum RecordsIn {
    /// In a file of SQLite each.
    #[default]
    Sqlite,
    /// In a folder of sled each.
    Sled,
    /// In memory: gone with the demo.
    Memory,
    /// In a database.
    Database(Database),
}

/// A bucket in object storage that speaks S3. Central and the client server each have a folder of their own in it.
#[derive(Clone)]
pub struct Bucket {
    /// The address of the service.
    pub endpoint: Url,
    /// The bucket's name.
    pub name: String,
    /// The region requests are signed for.
    pub region: String,
    /// The id of the access key.
    pub key_id: String,
    /// Its secret.
    pub secret: String,
}

impl FromStr for RecordsIn {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        match text {
            "sqlite" => Ok(Self::Sqlite),
            "sled" => Ok(Self::Sled),
            "memory" => Ok(Self::Memory),
            address => Database::of(address).map(Self::Database),
        }
    }
}

impl RecordsIn {
    /// The password that is to be in a file of its own.
    pub(super) fn password(&self) -> Option<&str> {
        match self {
            Self::Database(database) => database.password(),
            Self::Sqlite | Self::Sled | Self::Memory => None,
        }
    }

    /// The part of a role's configuration that names them.
    pub(super) fn section(&self, role: &str, password_file: &str) -> String {
        match self {
            Self::Sqlite => String::new(),
            Self::Sled => "\n[records]\nbackend = \"sled\"\n".to_owned(),
            Self::Memory => "\n[records]\nbackend = \"memory\"\n".to_owned(),
            Self::Database(database) => database.section(role, password_file),
        }
    }
}

impl Bucket {
    /// The part of a role's configuration that names it.
    pub(super) fn section(&self, role: &str, secret_file: &str) -> String {
        let Self { endpoint, name, region, key_id, .. } = self;
        format!(
            "\n[parcels]\nbackend = \"s3\"\nendpoint = \"{endpoint}\"\nbucket = \"{name}\"\nregion = \"{region}\"\n\
             prefix = \"{role}\"\nkey_id = \"{key_id}\"\nsecret = {{ file = \"{secret_file}\" }}\n"
        )
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bucket({} at {})", self.name, self.endpoint)
    }
}

/// A PostgreSQL database. Each role has a schema of its own there, made anew for every demo, since each demo has new keys.
#[derive(Clone)]
pub struct Database {
    url: Url,
    password: Option<String>,
    run: String,
}

impl Database {
    /// The database at an address such as `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// When it is no such address. It is not repeated.
    pub fn of(address: &str) -> anyhow::Result<Self> {
        let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "postgres" | "postgresql"));
        let mut url = url.context(
            "--store wants sqlite, sled, memory or an address such as postgres://user:password@host/database",
        )?;
        let password = url.password().map(percent_decoded).transpose()?;
        let taken = url.set_password(None);
        anyhow::ensure!(taken.is_ok(), "the address after --store names no host");
        Ok(Self { url, password, run: format!("demo_{}", hex::encode(draw::<6>(&SystemEntropy))) })
    }

    /// What the names of the schemas begin with.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    pub(super) fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// The part of a role's configuration that names it.
    pub(super) fn section(&self, role: &str, password_file: &str) -> String {
        let schema = format!("{}_{}", self.run, role.replace('-', "_"));
        let password =
            self.password.as_ref().map(|_| format!("password = {{ file = \"{password_file}\" }}\n"));
        format!(
            "\n[records]\nurl = \"{}\"\nschema = \"{schema}\"\n{}",
            self.url,
            password.unwrap_or_default()
        )
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({})", self.url)
    }
}

/// In addresses, passwords are percent-encoded.
fn percent_decoded(text: &str) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digits = if byte == b'%' { rest.next().zip(rest.next()) } else { None };
        match digits {
            Some((high, low)) => bytes.extend(hex::decode([high, low]).context("the password's encoding")?),
            None => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).context("the password is not text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_kept_out_of_configuration_and_print() {
        let database = Database::of("postgres://mpp:can%40ry@127.0.0.1:5433/records").unwrap();
        assert_eq!(database.password(), Some("can@ry"));
        let section = database.section("private-share", "/secret");
        assert!(section.contains("url = \"postgres://mpp@127.0.0.1:5433/records\""), "{section}");
        assert!(section.contains("_private_share\"\npassword = { file = \"/secret\" }"), "{section}");
        assert!(!format!("{section} {database:?}").contains("can"));
        assert!(Database::of("mysql://x/y").is_err());
    }

    #[test]
    fn every_store_has_its_name() {
        let section = |name: &str| name.parse::<RecordsIn>().unwrap().section("central", "/secret");
        assert_eq!(section("sqlite"), "");
        assert_eq!(section("sled"), "\n[records]\nbackend = \"sled\"\n");
        assert_eq!(section("memory"), "\n[records]\nbackend = \"memory\"\n");
        assert!(section("postgres://mpp@127.0.0.1/records").contains("schema = \"demo_"));
        let refused = "mysql://u:canary@x/y".parse::<RecordsIn>().unwrap_err().to_string();
        assert!(refused.contains("sqlite, sled, memory") && !refused.contains("canary"), "{refused}");
    }

    #[test]
    fn the_secret_of_a_bucket_is_kept_out_of_configuration_and_print() {
        let bucket = Bucket {
            endpoint: "http://127.0.0.1:9000".parse().unwrap(),
            name: "parcels".to_owned(),
            region: "ap-south-1".to_owned(),
            key_id: "KEYID".to_owned(),
            secret: "canary".to_owned(),
        };
        let section = bucket.section("client", "/secret");
        assert!(section.contains("prefix = \"client\"\nkey_id = \"KEYID\"\nsecret = { file = \"/secret\" }"));
        assert!(!format!("{section} {bucket:?}").contains("canary"), "{section}");
    }
}
