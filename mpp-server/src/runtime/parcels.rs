//! Where the bytes of parcels and documents are kept: in the data folder, or in object storage.

use std::fmt;
use std::path::Path;

use mpp_store::{
    Addressing, ObjectParcels, ParcelBytesError, PlainHttp, S3Credentials, S3Place, S3PlaceError,
};
use serde::Deserialize;
use url::Url;

use super::{SecretError, SecretSource};

/// Where the bytes of parcels and documents are kept. Their keys are in the data folder all the same.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "ParcelsForm")]
pub enum ParcelsSection {
    /// In the folder `parcels` of the data folder.
    #[default]
    Folder,
    /// In object storage that speaks S3.
    S3(Box<S3Section>),
}

/// A place in object storage that speaks S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Section {
    endpoint: Url,
    bucket: String,
    region: String,
    prefix: String,
    addressing: Addressing,
    key_id: String,
    secret: SecretSource,
}

/// The section as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ParcelsForm {
    backend: Option<ParcelsBackend>,
    endpoint: Option<String>,
    bucket: Option<String>,
    region: Option<String>,
    prefix: Option<String>,
    addressing: Option<AddressingForm>,
    key_id: Option<String>,
    secret: Option<SecretSource>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ParcelsBackend {
    Folder,
    S3,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AddressingForm {
    Path,
    VirtualHosted,
}

/// The section on parcels cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidParcels {
    /// Something is missing.
    #[error("object storage under [parcels] needs `{0}`")]
    Missing(&'static str),
    /// Settings of object storage for the data folder.
    #[error("parcels in the data folder need no settings but `backend` under [parcels]")]
    NotS3,
    /// The address is none. It is not repeated: a password may stand in it.
    #[error("`endpoint` under [parcels] is no address")]
    NotAnAddress,
    /// The address is not one we would use.
    #[error("`endpoint` under [parcels]: {0}")]
    Endpoint(#[from] S3PlaceError),
    /// A name that no bucket has.
    #[error(
        "`bucket` under [parcels] is no name of a bucket: 3 to 63 small letters, digits, hyphens and dots, a letter or \
         digit at either end"
    )]
    Bucket,
    /// Something that is no folder in a bucket.
    #[error(
        "`prefix` under [parcels] is no path: names of letters, digits, hyphens, underscores and dots with single slashes \
         between them"
    )]
    Prefix,
}

/// The storage of parcels cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ParcelsError {
    /// The secret of the access key is not where the configuration says.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The object storage is not one we would use.
    #[error(transparent)]
    Place(#[from] S3PlaceError),
    /// The folder cannot be opened.
    #[error(transparent)]
    Folder(#[from] ParcelBytesError),
}

impl TryFrom<ParcelsForm> for ParcelsSection {
    type Error = InvalidParcels;

    /// An address alone means object storage.
    fn try_from(form: ParcelsForm) -> Result<Self, InvalidParcels> {
        let usual = if form.has_settings() { ParcelsBackend::S3 } else { ParcelsBackend::Folder };
        match form.backend.unwrap_or(usual) {
            ParcelsBackend::S3 => S3Section::of(form).map(|section| Self::S3(Box::new(section))),
            ParcelsBackend::Folder if form.has_settings() => Err(InvalidParcels::NotS3),
            ParcelsBackend::Folder => Ok(Self::Folder),
        }
    }
}

impl ParcelsForm {
    const fn has_settings(&self) -> bool {
        self.endpoint.is_some()
            || self.bucket.is_some()
            || self.region.is_some()
            || self.prefix.is_some()
            || self.addressing.is_some()
            || self.key_id.is_some()
            || self.secret.is_some()
    }
}

impl S3Section {
    fn of(form: ParcelsForm) -> Result<Self, InvalidParcels> {
        let endpoint = form.endpoint.ok_or(InvalidParcels::Missing("endpoint"))?;
        let endpoint = Url::parse(&endpoint).map_err(|_| InvalidParcels::NotAnAddress)?;
        S3Place::check_endpoint(&endpoint, PlainHttp::Loopback)?;
        let bucket = form.bucket.ok_or(InvalidParcels::Missing("bucket"))?;
        if !is_bucket(&bucket) {
            return Err(InvalidParcels::Bucket);
        }
        let prefix = form.prefix.ok_or(InvalidParcels::Missing("prefix"))?;
        if !prefix.split('/').all(is_name) {
            return Err(InvalidParcels::Prefix);
        }
        let text = |text: Option<String>, name| {
            text.filter(|text| !text.is_empty()).ok_or(InvalidParcels::Missing(name))
        };
        Ok(Self {
            endpoint,
            bucket,
            region: text(form.region, "region")?,
            prefix,
            addressing: form.addressing.map_or(Addressing::Path, Addressing::from),
            key_id: text(form.key_id, "key_id")?,
            secret: form.secret.ok_or(InvalidParcels::Missing("secret"))?,
        })
    }

    /// The place with what lets us in.
    fn place(&self) -> Result<S3Place, SecretError> {
        Ok(S3Place {
            bucket: self.bucket.clone(),
            prefix: Some(self.prefix.clone()),
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            addressing: self.addressing,
            plain_http: PlainHttp::Loopback,
            credentials: S3Credentials::new(self.key_id.clone(), self.secret.read()?),
        })
    }
}

impl fmt::Display for S3Section {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the bucket {} at {} below {}/", self.bucket, self.endpoint, self.prefix)
    }
}

impl From<AddressingForm> for Addressing {
    fn from(form: AddressingForm) -> Self {
        match form {
            AddressingForm::Path => Self::Path,
            AddressingForm::VirtualHosted => Self::VirtualHosted,
        }
    }
}

fn is_bucket(name: &str) -> bool {
    let small = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| small(byte) || matches!(byte, b'-' | b'.'))
        && bytes.first().is_some_and(small)
        && bytes.last().is_some_and(small)
}

fn is_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !matches!(name, "" | "." | "..") && name.bytes().all(known)
}

impl ParcelsSection {
    /// The folder of parcels in a data folder.
    pub(crate) const FOLDER: &str = "parcels";

    /// What keeps them, as it is called in the configuration.
    #[must_use]
    pub const fn backend(&self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::S3(_) => "s3",
        }
    }

    /// What it is, and where a bucket is.
    pub(crate) fn at_a_glance(&self) -> String {
        match self {
            Self::Folder => self.backend().to_owned(),
            Self::S3(section) => format!("s3, {} at {}", section.bucket, section.endpoint),
        }
    }

    /// The storage of a data folder. Object storage is not asked anything yet.
    ///
    /// # Errors
    /// When the folder cannot be opened, or a secret is missing.
    pub(crate) fn open(&self, folder: &Path) -> Result<ObjectParcels, ParcelsError> {
        match self {
            Self::Folder => Ok(ObjectParcels::in_folder(folder.join(Self::FOLDER))?),
            Self::S3(section) => Ok(ObjectParcels::in_s3(&section.place()?)?),
        }
    }

    /// What an error calls it.
    pub(super) fn in_words(&self, folder: &Path) -> String {
        match self {
            Self::Folder => format!("the parcels in {}", folder.display()),
            Self::S3(section) => format!("the parcels in {section}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: [&str; 6] = [
        "endpoint = \"https://s3.ap-south-1.example\"",
        "bucket = \"mpp-parcels\"",
        "region = \"ap-south-1\"",
        "prefix = \"mpp/central\"",
        "key_id = \"KEYID\"",
        "secret = { env = \"MPP_NO_SUCH_SECRET\" }",
    ];

    fn read(text: &str) -> Result<ParcelsSection, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    /// The section with one line in place of the one that sets the same.
    fn with(line: &str) -> String {
        let (name, _) = line.split_once(' ').unwrap();
        let kept = WHOLE.into_iter().filter(|kept| !kept.starts_with(&format!("{name} ")));
        kept.chain([line]).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_folder_is_usual_and_an_address_means_object_storage() {
        assert_eq!(read(""), Ok(ParcelsSection::Folder));
        assert_eq!(read("backend = \"folder\""), Ok(ParcelsSection::Folder));
        let section = read(&WHOLE.join("\n")).unwrap();
        let ParcelsSection::S3(s3) = &section else { panic!("{section:?}") };
        assert_eq!(s3.addressing, Addressing::Path);
        assert_eq!(
            s3.to_string(),
            "the bucket mpp-parcels at https://s3.ap-south-1.example/ below mpp/central/"
        );
        assert_eq!(read(&with("backend = \"s3\"")), Ok(section));
        let hosted = read(&with("addressing = \"virtual-hosted\"")).unwrap();
        assert!(matches!(hosted, ParcelsSection::S3(s3) if s3.addressing == Addressing::VirtualHosted));
        assert!(read(&with("endpoint = \"http://127.0.0.1:9000\"")).is_ok());
    }

    #[test]
    fn each_missing_setting_is_named() {
        for line in WHOLE {
            let (name, _) = line.split_once(' ').unwrap();
            let rest: Vec<_> = WHOLE.into_iter().filter(|kept| *kept != line).collect();
            let refused = read(&rest.join("\n")).unwrap_err();
            assert!(refused.contains(&format!("needs `{name}`")), "{refused}");
        }
        assert!(read("backend = \"s3\"").unwrap_err().contains("needs `endpoint`"));
    }

    #[test]
    fn wrong_settings_are_named() {
        for (line, said) in [
            ("backend = \"folder\"", "need no settings"),
            ("backend = \"ftp\"", "unknown variant"),
            ("endpoint = \"http://s3.example\"", "plain http to s3.example is not allowed"),
            ("endpoint = \"http://10.0.0.1:9000\"", "plain http to 10.0.0.1 is not allowed"),
            ("endpoint = \"file:///tmp\"", "file is no scheme of object storage"),
            ("endpoint = \"https://key:canary@s3.example\"", "no user, password"),
            ("bucket = \"Parcels\"", "no name of a bucket"),
            ("bucket = \"a/b\"", "no name of a bucket"),
            ("prefix = \"\"", "is no path"),
            ("prefix = \"/mpp\"", "is no path"),
            ("prefix = \"mpp/../central\"", "is no path"),
            ("region = \"\"", "needs `region`"),
            ("addressing = \"guess\"", "unknown variant"),
            ("endpoint = \"s3://key:canary@\"", "is no address"),
            ("secret = \"canary\"", "{ file"),
            ("versioning = true", "unknown field `versioning`"),
        ] {
            let refused = read(&with(line)).unwrap_err();
            assert!(refused.contains(said), "{line}: {refused}");
            assert!(!refused.contains("canary"), "{refused}");
        }
    }

    #[test]
    fn a_missing_secret_is_named_by_its_place() {
        let section = read(&WHOLE.join("\n")).unwrap();
        let refused = section.open(Path::new("/nowhere")).unwrap_err();
        assert!(matches!(refused, ParcelsError::Secret(_)), "{refused}");
        assert!(refused.to_string().contains("MPP_NO_SUCH_SECRET"), "{refused}");
    }
}
