//! The interfaces of the roles.

#[cfg(feature = "central")]
mod central;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "private-share")]
mod private_share;

use serde_json::{Value, json};

/// The descriptions of all roles that are built in, each under the name of its file.
#[must_use]
pub fn documents() -> Vec<(&'static str, Value)> {
    vec![
        #[cfg(feature = "central")]
        ("central", central::interface().document()),
        #[cfg(feature = "client")]
        ("client", client::interface().document()),
        #[cfg(feature = "private-share")]
        ("private-share", private_share::interface().document()),
    ]
}

/// The same as the texts of those files.
#[must_use]
pub fn texts() -> Vec<(&'static str, String)> {
    documents().into_iter().map(|(name, document)| (name, format!("{document:#}\n"))).collect()
}

fn bearer(says: &str) -> Value {
    json!({ "type": "http", "scheme": "bearer", "description": says })
}

/// OpenAPI has no scheme for signatures over the message: the header they stand in is named, and the rest is said.
fn signature(header: &str, says: &str) -> Value {
    json!({ "type": "apiKey", "in": "header", "name": header, "description": says })
}

/// How requests are signed, after whose key it is.
const SIGNED: &str = "HTTP message signature (RFC 9421) in `signature` and `signature-input`, over `@method`, `@authority`, \
`@path` and `@query`, and over `content-digest` (RFC 9530) where there is a body; with `created`, `nonce` and \
`keyid`. A signature is good for five minutes and once.";
