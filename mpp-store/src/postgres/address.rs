//! Where a database is and who asks for it.

use std::fmt;
use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::StoreError;

/// What may follow the `?` of an address. The driver would write unknown names to the log, with their values.
const PARAMETERS: [&str; 12] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// Where a PostgreSQL database is and who asks for it: `postgres://user@host:port/database`, with `?host=/folder` for a
/// Unix socket. Says nothing of the password when printed.
#[derive(Clone)]
pub struct PostgresAddress {
    options: PgConnectOptions,
    schema: Option<String>,
}

impl PostgresAddress {
    /// With this password, for addresses that are kept apart from it.
    #[must_use]
    pub fn with_password(self, password: &str) -> Self {
        Self { options: self.options.password(password), ..self }
    }

    /// In this schema, which is made when it is missing: several stores can share a database. Without one, tables are in the
    /// first schema of the user's search path.
    ///
    /// # Errors
    /// [`StoreError::InvalidAddress`] when the name is more than a small letter followed by up to 62 small letters, digits
    /// and underscores.
    pub fn in_schema(self, name: &str) -> Result<Self, StoreError> {
        let plain = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_';
        let begins = name.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
        if !begins || name.len() > 63 || !name.bytes().all(plain) {
            return Err(StoreError::InvalidAddress);
        }
        let options = self.options.options([("search_path", name)]);
        Ok(Self { options, schema: Some(name.to_owned()) })
    }

    /// The schema to make; its name needs no quoting.
    pub(super) fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// How to connect. Sessions are told to be as the statements need them, whatever the server's defaults are.
    ///
    /// Every statement has an index that gives its rows in their order, and takes a page of them. The planner knows neither the size of the page nor
    /// that lists of a commit are short, and plans are kept from when tables were small: it is left only the plans that look up each row by an
    /// index, and they are made once (decision 0055).
    pub(super) fn options(&self) -> PgConnectOptions {
        let options = [
            // every statement of a commit sees what was committed before it got the counter's lock
            ("default_transaction_isolation", "read committed"),
            ("plan_cache_mode", "force_generic_plan"),
            ("enable_seqscan", "off"),
            ("enable_bitmapscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
            ("enable_material", "off"),
            ("max_parallel_workers_per_gather", "0"),
            ("jit", "off"),
        ];
        self.options.clone().options(options).disable_statement_logging()
    }
}

impl FromStr for PostgresAddress {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let known = text.split_once('?').is_none_or(|(_, parameters)| {
            let mut names = parameters.split('&').map(|pair| pair.split('=').next().unwrap_or(pair));
            names.all(|name| PARAMETERS.contains(&name))
        });
        if !known || !(text.starts_with("postgres://") || text.starts_with("postgresql://")) {
            return Err(StoreError::InvalidAddress);
        }
        let options: PgConnectOptions = text.parse().map_err(|_| StoreError::InvalidAddress)?;
        let checked = matches!(options.get_ssl_mode(), PgSslMode::Prefer) && !is_near(&options);
        let options = if checked { options.ssl_mode(PgSslMode::VerifyFull) } else { options };
        Ok(Self { options, schema: None })
    }
}

/// Whether what is said stays on this machine.
fn is_near(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let loopback = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    options.get_socket().is_some() || loopback || host == "localhost" || host.starts_with('/')
}

impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.options;
        let place = options.get_socket().map_or_else(
            || format!("{}:{}", options.get_host(), options.get_port()),
            |folder| folder.display().to_string(),
        );
        write!(f, "database {} at {place}", options.get_database().unwrap_or("of the user's name"))
    }
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresAddress({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_never_printed() {
        let in_address: PostgresAddress = "postgres://mpp:canary@127.0.0.1:5433/records".parse().unwrap();
        let apart: PostgresAddress = "postgres://mpp@127.0.0.1/records".parse().unwrap();
        for address in [in_address, apart.with_password("canary")] {
            let printed = format!("{address} {address:?}");
            assert!(printed.contains("records at 127.0.0.1"), "{printed}");
            assert!(!printed.contains("canary"), "{printed}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        for bad in ["", "mysql://canary@x/y", "postgres://canary@x:port/y", "postgres://x/y?pasword=canary"] {
            let refused = bad.parse::<PostgresAddress>().unwrap_err();
            assert!(matches!(refused, StoreError::InvalidAddress), "{refused:?}");
            assert!(!format!("{refused} {refused:?}").contains("canary"));
        }
    }

    #[test]
    fn a_schema_has_a_plain_name() {
        let address: PostgresAddress = "postgres://mpp@127.0.0.1/records".parse().unwrap();
        assert!(address.clone().in_schema("central_2").is_ok());
        for bad in ["", "Central", "2", "a b", "a\"b", "a,public", "a'", &"a".repeat(64)] {
            assert!(matches!(address.clone().in_schema(bad), Err(StoreError::InvalidAddress)), "{bad}");
        }
    }

    #[test]
    fn another_machine_is_asked_for_its_certificate() {
        let mode = |text: &str| text.parse::<PostgresAddress>().unwrap().options.get_ssl_mode();
        assert!(matches!(mode("postgres://mpp@db.example/records"), PgSslMode::VerifyFull));
        assert!(matches!(mode("postgres://mpp@db.example/records?sslmode=disable"), PgSslMode::Disable));
        assert!(matches!(mode("postgres://mpp@127.0.0.1/records"), PgSslMode::Prefer));
        assert!(matches!(mode("postgres://mpp@[::1]/records"), PgSslMode::Prefer));
        assert!(matches!(mode("postgres:///records?host=/run/postgresql"), PgSslMode::Prefer));
    }
}
