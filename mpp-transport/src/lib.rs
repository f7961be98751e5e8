#![doc = include_str!("../README.md")]

mod base_url;
mod body;
#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(any(feature = "reqwest", feature = "hyper", feature = "loopback"))]
mod deadline;
mod error;
#[cfg(feature = "hyper")]
mod hyper_transport;
#[cfg(feature = "loopback")]
mod loopback;
mod message;
mod patience;
mod port;
#[cfg(feature = "reqwest")]
mod reqwest_transport;
mod settings;

pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use body::{Body, ByteStream};
pub use bytes::Bytes;
pub use error::{BoxError, Reach, TransportError};
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
#[cfg(feature = "hyper")]
pub use hyper_transport::HyperTransport;
#[cfg(feature = "loopback")]
pub use loopback::LoopbackTransport;
pub use message::{DEFAULT_TIMEOUT, Request, Response};
pub use patience::send_patiently;
pub use port::Transport;
#[cfg(feature = "reqwest")]
pub use reqwest_transport::ReqwestTransport;
pub use settings::ConnectionSettings;
pub use url::Url;
