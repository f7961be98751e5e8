//! One line, as it is asked.

use mpp_crypto::rebit::Flavour;
use serde::Deserialize;
use serde_json::Value;

/// Why a line is no request.
#[derive(Debug, thiserror::Error)]
pub(super) enum Malformed {
    #[error("the line is not a JSON object whose members are texts")]
    NotJson,
    #[error("the line is too long")]
    TooLong,
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("curve is neither ecc nor x25519")]
    UnknownCurve,
    #[error("data is not standard base64")]
    DataNotBase64,
}

/// The members of a line; which of them are needed depends on the command. Others are passed over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    curve: Option<String>,
    our_private_key: Option<String>,
    remote_public_key: Option<String>,
    pub(super) remote_expiry: Option<String>,
    our_nonce: Option<String>,
    remote_nonce: Option<String>,
    data: Option<String>,
    base64_data: Option<String>,
}

/// What is echoed, even of a line whose other members are of the wrong type.
#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    id: Value,
}

impl Request {
    /// The line's `id`, null when it has none, and what it asks.
    pub(super) fn parse(line: &[u8]) -> Result<(Value, Self), (Value, Malformed)> {
        // A JSON array would be read as the members one by one.
        if !line.trim_ascii_start().starts_with(b"{") {
            return Err((Value::Null, Malformed::NotJson));
        }
        let id = serde_json::from_slice(line).map_or(Value::Null, |named: Named| named.id);
        match serde_json::from_slice(line) {
            Ok(request) => Ok((id, request)),
            Err(_) => Err((id, Malformed::NotJson)),
        }
    }

    pub(super) fn flavour(&self) -> Result<Flavour, Malformed> {
        match required(self.curve.as_ref(), "curve")? {
            "ecc" => Ok(Flavour::Ecc),
            "x25519" => Ok(Flavour::X25519),
            _ => Err(Malformed::UnknownCurve),
        }
    }

    pub(super) fn our_private_key(&self) -> Result<&str, Malformed> {
        required(self.our_private_key.as_ref(), "ourPrivateKey")
    }

    pub(super) fn remote_public_key(&self) -> Result<&str, Malformed> {
        required(self.remote_public_key.as_ref(), "remotePublicKey")
    }

    pub(super) fn remote_expiry(&self) -> Result<&str, Malformed> {
        required(self.remote_expiry.as_ref(), "remoteExpiry")
    }

    pub(super) fn our_nonce(&self) -> Result<&str, Malformed> {
        required(self.our_nonce.as_ref(), "ourNonce")
    }

    pub(super) fn remote_nonce(&self) -> Result<&str, Malformed> {
        required(self.remote_nonce.as_ref(), "remoteNonce")
    }

    /// What `data` stands for.
    pub(super) fn plaintext(&self) -> Result<Vec<u8>, Malformed> {
        let text = required(self.data.as_ref(), "data")?;
        base64_simd::STANDARD.decode_to_vec(text).map_err(|_| Malformed::DataNotBase64)
    }

    /// `base64Data` itself, taken out.
    pub(super) fn ciphertext(&mut self) -> Result<Vec<u8>, Malformed> {
        self.base64_data.take().map(String::into_bytes).ok_or(Malformed::Missing("base64Data"))
    }
}

fn required<'a>(member: Option<&'a String>, name: &'static str) -> Result<&'a str, Malformed> {
    member.map(String::as_str).ok_or(Malformed::Missing(name))
}
