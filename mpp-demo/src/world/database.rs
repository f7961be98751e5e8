//! A database that the roles keep their records in, in place of a file each.

use std::fmt;

use anyhow::Context as _;
use mpp_core::draw;
use mpp_server::runtime::SystemEntropy;
use url::Url;

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
        let mut url =
            url.context("--store wants an address such as postgres://user:password@host/database")?;
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
}
