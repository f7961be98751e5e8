//! What the configuration of every server with a portal says about where things are kept and how staff get in, as lines for
//! people: without secrets, and of a database no more than where it is.

use mpp_portal::Language;

use super::{PasskeySection, SingleSignOnSection, in_words};
use crate::runtime::{EpochSection, ParcelsSection, RecordsSection};

/// The sections of a configuration that central and a client server have alike.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup<'a> {
    pub(crate) records: &'a RecordsSection,
    pub(crate) parcels: &'a ParcelsSection,
    pub(crate) epochs: EpochSection,
    pub(crate) passkeys: Option<&'a PasskeySection>,
    pub(crate) single_sign_on: Option<&'a SingleSignOnSection>,
}

impl Setup<'_> {
    /// The lines: the name of a setting and its value.
    pub(crate) fn lines(self) -> Vec<(&'static str, String)> {
        let languages: Vec<&str> = Language::offered().iter().map(|language| language.own_name()).collect();
        let mut lines = vec![
            ("records", self.records.at_a_glance()),
            ("parcels", self.parcels.at_a_glance()),
            ("epochs", in_words(self.epochs.life())),
            ("sign_in", self.ways_in().join(", ")),
        ];
        if let Some(passkeys) = self.passkeys {
            lines.push(("passkeys_at", passkeys.origin.origin().to_owned()));
        }
        if let Some(provider) = self.single_sign_on {
            lines.push(("single_sign_on_issuer", provider.issuer.to_string()));
        }
        lines.push(("languages", languages.join(", ")));
        lines
    }

    fn ways_in(self) -> Vec<&'static str> {
        let ways = [
            (true, "password"),
            (self.passkeys.is_some(), "passkeys"),
            (self.single_sign_on.is_some(), "single sign-on"),
        ];
        ways.into_iter().filter(|(offered, _)| *offered).map(|(_, name)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_by_host_and_name_alone() {
        let section = |text: &str| toml::from_str::<RecordsSection>(text).unwrap();
        let postgres = section(
            "url = \"postgres://canary-user@db.example:6432/records?sslmode=require\"\npassword = { env = \"CANARY\" }",
        );
        let parcels: ParcelsSection = toml::from_str(
            "backend = \"s3\"\nendpoint = \"https://objects.example\"\nbucket = \"sealed\"\nprefix = \"central\"\nregion = \"ap-south-1\"\nkey_id = \"CANARY-KEY\"\nsecret = { env = \"CANARY\" }",
        )
        .unwrap();
        let passkeys = serde_json::from_str("{ \"origin\": \"https://portal.example\" }").unwrap();
        let setup = Setup {
            records: &postgres,
            parcels: &parcels,
            epochs: EpochSection::default(),
            passkeys: Some(&passkeys),
            single_sign_on: None,
        };
        let lines = setup.lines();
        let value = |name: &str| lines.iter().find(|(found, _)| *found == name).unwrap().1.as_str();
        assert_eq!(value("records"), "postgres, db.example:6432/records");
        assert_eq!(value("parcels"), "s3, sealed at https://objects.example/");
        assert_eq!(value("sign_in"), "password, passkeys");
        assert_eq!(value("passkeys_at"), "https://portal.example");
        assert_eq!(value("languages"), "English, हिन्दी");
        let text = format!("{lines:?}").to_lowercase();
        assert!(!text.contains("canary"), "{text}");
        let plain =
            Setup { records: &section(""), parcels: &ParcelsSection::default(), passkeys: None, ..setup };
        assert_eq!(plain.lines()[0].1, "sqlite");
        assert_eq!(plain.lines()[1].1, "folder");
    }
}
