//! Parcels in object storage that speaks S3.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use url::{Host, Url};
use zeroize::Zeroizing;

use super::ObjectParcels;

/// How long one request may take: a part of 8 MiB over a slow line.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Callers try again by themselves; here only a lost packet is bridged.
const RETRIES: usize = 3;
const RETRY_FOR: Duration = Duration::from_secs(20);

/// How the bucket is named in requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressing {
    /// Before the host: `https://bucket.host/key`, as the large providers want it.
    VirtualHosted,
    /// In the path: `https://host/bucket/key`, as most servers of one's own want it.
    Path,
}

/// Whether requests may go without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainHttp {
    /// Never.
    Refused,
    /// To this machine itself only.
    Loopback,
}

/// What lets us into the storage.
pub struct S3Credentials {
    key_id: String,
    secret: Zeroizing<String>,
}

impl S3Credentials {
    /// An access key: its id, which is no secret, and the secret.
    #[must_use]
    pub const fn new(key_id: String, secret: Zeroizing<String>) -> Self {
        Self { key_id, secret }
    }
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Credentials").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// A bucket and how it is reached.
///
/// Versioning of the bucket should be off: with it, removed parts stay. (Nobody can read them all the same, for their
/// keys are destroyed and lie elsewhere.)
#[derive(Debug)]
pub struct S3Place {
    /// The bucket. It must be there.
    pub bucket: String,
    /// Puts all objects below `<prefix>/`, for a bucket that others use too.
    pub prefix: Option<String>,
    /// The address of the service, without bucket.
    pub endpoint: Url,
    /// The region that requests are signed for.
    pub region: String,
    /// How the bucket is named in requests.
    pub addressing: Addressing,
    /// Whether requests may go without TLS.
    pub plain_http: PlainHttp,
    /// What lets us in.
    pub credentials: S3Credentials,
}

impl S3Place {
    fn check(&self) -> Result<(), S3PlaceError> {
        if self.bucket.is_empty() || self.region.is_empty() || self.credentials.key_id.is_empty() {
            return Err(S3PlaceError::Empty);
        }
        Self::check_endpoint(&self.endpoint, self.plain_http)
    }

    /// Whether a service could be at this address: for whoever reads it long before the credentials are at hand.
    ///
    /// # Errors
    /// [`S3PlaceError`] when it is not one we would use.
    pub fn check_endpoint(endpoint: &Url, plain_http: PlainHttp) -> Result<(), S3PlaceError> {
        let is_bare = endpoint.username().is_empty()
            && endpoint.password().is_none()
            && endpoint.query().is_none()
            && endpoint.fragment().is_none();
        match (endpoint.scheme(), plain_http) {
            ("https" | "http", _) if !is_bare => Err(S3PlaceError::NotBare),
            ("https", _) => Ok(()),
            ("http", PlainHttp::Loopback) if is_loopback(endpoint) => Ok(()),
            ("http", _) => Err(S3PlaceError::PlainHttp { host: host_text(endpoint) }),
            (scheme, _) => Err(S3PlaceError::Scheme { scheme: scheme.to_owned() }),
        }
    }

    /// Without the slash that an address of a bare host has behind it; with the bucket where it belongs.
    fn address(&self) -> String {
        let mut address = self.endpoint.clone();
        if self.addressing == Addressing::VirtualHosted {
            let host = format!("{}.{}", self.bucket, host_text(&self.endpoint));
            // A bucket that is no part of a host name leaves the address as it is, and is not found there.
            let _ = address.set_host(Some(&host));
        }
        address.as_str().trim_end_matches('/').to_owned()
    }
}

fn is_loopback(endpoint: &Url) -> bool {
    match endpoint.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

fn host_text(endpoint: &Url) -> String {
    endpoint.host_str().unwrap_or_default().to_owned()
}

impl ObjectParcels {
    /// Parcels in a bucket. Nothing is asked of it yet. A part counts as written when the service says so; how durable
    /// that is, is the service's promise.
    ///
    /// # Errors
    /// [`S3PlaceError`] when the place is not one we would use.
    pub fn in_s3(place: &S3Place) -> Result<Self, S3PlaceError> {
        place.check()?;
        let client = ClientOptions::new().with_timeout(REQUEST_TIMEOUT).with_connect_timeout(CONNECT_TIMEOUT);
        let backoff = BackoffConfig::default();
        let objects = AmazonS3Builder::new()
            .with_bucket_name(&place.bucket)
            .with_endpoint(place.address())
            .with_region(&place.region)
            .with_virtual_hosted_style_request(place.addressing == Addressing::VirtualHosted)
            .with_access_key_id(&place.credentials.key_id)
            .with_secret_access_key(place.credentials.secret.as_str())
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .with_client_options(client)
            .with_allow_http(place.endpoint.scheme() == "http")
            .with_retry(RetryConfig { backoff, max_retries: RETRIES, retry_timeout: RETRY_FOR })
            .build()
            .map_err(|source| S3PlaceError::Client { source })?;
        let objects: Arc<dyn ObjectStore> = match &place.prefix {
            Some(prefix) => Arc::new(PrefixStore::new(objects, prefix.as_str())),
            None => Arc::new(objects),
        };
        Ok(Self::new(objects))
    }
}

/// A place is not one we would use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum S3PlaceError {
    /// Bucket, region or id of the access key is empty.
    #[error("bucket, region and access key need names")]
    Empty,
    /// The address has more than scheme, host, port and path. It is not repeated: a password may stand in it.
    #[error("the address of object storage has no user, password, query or fragment")]
    NotBare,
    /// Without TLS everybody on the way sees when whose parcels move.
    #[error("plain http to {host} is not allowed; at most this machine itself may be spoken to without TLS")]
    PlainHttp {
        /// The host.
        host: String,
    },
    /// Only `https`, and `http` where it is allowed.
    #[error("{scheme} is no scheme of object storage")]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// The client cannot be set up.
    #[error("the client of the object storage cannot be set up")]
    Client {
        /// Its own error.
        #[source]
        source: object_store::Error,
    },
}

impl S3PlaceError {
    /// Trying again without changing the configuration never helps.
    #[must_use]
    pub const fn persistence(&self) -> mpp_core::Persistence {
        mpp_core::Persistence::Permanent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(endpoint: &str, plain_http: PlainHttp) -> S3Place {
        S3Place {
            bucket: "parcels".to_owned(),
            prefix: None,
            endpoint: endpoint.parse().unwrap(),
            region: "ap-south-1".to_owned(),
            addressing: Addressing::Path,
            plain_http,
            credentials: S3Credentials::new("KEYID".to_owned(), Zeroizing::new("canary-secret".to_owned())),
        }
    }

    #[test]
    fn plain_http_goes_to_this_machine_only_and_only_when_allowed() {
        for here in ["http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost:9000"] {
            assert!(ObjectParcels::in_s3(&place(here, PlainHttp::Loopback)).is_ok(), "{here}");
            let refused = ObjectParcels::in_s3(&place(here, PlainHttp::Refused));
            assert!(matches!(refused, Err(S3PlaceError::PlainHttp { .. })), "{here}");
        }
        for elsewhere in ["http://10.0.0.1:9000", "http://127.0.0.1.example", "http://localhost.example"] {
            let refused = ObjectParcels::in_s3(&place(elsewhere, PlainHttp::Loopback));
            assert!(matches!(refused, Err(S3PlaceError::PlainHttp { .. })), "{elsewhere}");
        }
        assert!(ObjectParcels::in_s3(&place("https://s3.example", PlainHttp::Refused)).is_ok());
        for loaded in [
            "https://u:canary@s3.example",
            "https://u@s3.example",
            "https://s3.example/?a=b",
            "https://s3.example/#a",
        ] {
            let refused = ObjectParcels::in_s3(&place(loaded, PlainHttp::Refused)).unwrap_err();
            assert!(matches!(refused, S3PlaceError::NotBare), "{refused}");
            assert!(!refused.to_string().contains("canary"), "{refused}");
        }
        let other = ObjectParcels::in_s3(&place("ftp://s3.example", PlainHttp::Loopback));
        assert!(matches!(other, Err(S3PlaceError::Scheme { .. })));
    }

    #[test]
    fn nameless_places_are_refused() {
        let nameless = S3Place { bucket: String::new(), ..place("https://s3.example", PlainHttp::Refused) };
        assert!(matches!(ObjectParcels::in_s3(&nameless), Err(S3PlaceError::Empty)));
    }

    #[test]
    fn the_secret_is_never_shown() {
        let place = place("https://s3.example", PlainHttp::Refused);
        let parcels = ObjectParcels::in_s3(&place).unwrap();
        let shown = format!("{place:?} {parcels:?} {:?}", std::sync::Arc::new(&parcels));
        assert!(!shown.contains("canary-secret"), "{shown}");
        assert!(shown.contains("parcels") && shown.contains("KEYID"), "{shown}");
    }

    #[test]
    fn the_bucket_stands_where_the_service_wants_it() {
        let by_path = place("https://s3.example/", PlainHttp::Refused);
        assert_eq!(by_path.address(), "https://s3.example");
        let by_host = S3Place { addressing: Addressing::VirtualHosted, ..by_path };
        assert_eq!(by_host.address(), "https://parcels.s3.example");
    }
}
