//! Calling another entity: signed request, verified answer.

use std::time::Duration;

use mpp_core::{Kid, Timestamp};
use mpp_crypto::{detached, rs256};
use mpp_transport::{HeaderName, HeaderValue, Request, TransportError, Url};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{SIGNATURE_HEADER, VERSION};
use crate::documents::Institution;
use crate::keys::Entity;
use crate::world::{Participant, World};

const PATIENCE: Duration = Duration::from_secs(60);
/// Larger answers are refused: a few documents of 16 MiB in base64.
const LARGEST_ANSWER_BYTES: usize = 256 << 20;

/// Why a call did not bring a usable answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error("no answer: {0}")]
    Transport(#[from] TransportError),
    #[error("refused with status {status} and code {code}")]
    Refused { status: u16, code: String, message: String },
    #[error("the answer is not one: {0}")]
    Untrusted(&'static str),
}

/// Whom a call goes to.
#[derive(Debug, Clone)]
pub(crate) enum Callee {
    Aa,
    Fip(Institution),
    Participant(Box<Participant>),
}

#[derive(Serialize)]
struct Message<'a, B> {
    ver: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<Timestamp>,
    txnid: &'a str,
    #[serde(flatten)]
    rest: B,
}

#[derive(Deserialize)]
struct AnswerEnvelope {
    ver: String,
    txnid: String,
}

#[derive(Default, Deserialize)]
struct ErrorAnswer {
    #[serde(rename = "errorCode")]
    code: String,
    #[serde(rename = "errorMsg", default)]
    message: String,
}

/// Sends `rest` in an envelope to `path` of `callee` as `from`, and reads the verified answer.
pub(crate) async fn call<B: Serialize, R: DeserializeOwned>(
    world: &World,
    from: Entity,
    callee: &Callee,
    path: &str,
    rest: B,
) -> Result<R, CallError> {
    let txnid = world.fresh_uuid();
    let artefact_copy = matches!(callee, Callee::Fip(_)) && path == "Consent";
    let timestamp = (!artefact_copy).then(|| world.now());
    let body = serde_json::to_vec(&Message { ver: VERSION, timestamp, txnid: &txnid, rest })
        .map_err(|_| CallError::Untrusted("the request cannot be written"))?;
    let request = request(world, from, callee, path, body)?;
    let response = world.surroundings.transport.send(request).await?;
    let status = response.status;
    let signature = response.headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
    let signature = signature.unwrap_or_default().to_owned();
    let body = response.collect(LARGEST_ANSWER_BYTES).await?;
    if !status.is_success() {
        let ErrorAnswer { code, message } = serde_json::from_slice(&body).unwrap_or_default();
        return Err(CallError::Refused { status: status.as_u16(), code, message });
    }
    if !signed_by(world, callee, &signature, &body) {
        return Err(CallError::Untrusted("the signature does not match"));
    }
    let envelope: AnswerEnvelope =
        serde_json::from_slice(&body).map_err(|_| CallError::Untrusted("not a ReBIT answer"))?;
    if envelope.ver != VERSION || envelope.txnid != txnid {
        return Err(CallError::Untrusted("ver or txnid differs"));
    }
    serde_json::from_slice(&body).map_err(|_| CallError::Untrusted("not the expected answer"))
}

fn request(
    world: &World,
    from: Entity,
    callee: &Callee,
    path: &str,
    body: Vec<u8>,
) -> Result<Request, CallError> {
    let unusable = |_| CallError::Untrusted("the request cannot be written");
    let url: Url = address(world, callee, path).ok_or(CallError::Untrusted("the address is not usable"))?;
    let credentials = world.ring.of(from);
    let signature = credentials.sign(&body).ok_or(CallError::Untrusted("the request cannot be signed"))?;
    let (key_name, api_key) = match (from, callee) {
        (Entity::Fip(_), _) => ("fip_api_key", credentials.api_key.as_str()),
        (Entity::Aa, Callee::Participant(participant)) => {
            ("aa_api_key", participant.callback_api_key.as_str())
        }
        (Entity::Aa, Callee::Aa | Callee::Fip(_)) => ("aa_api_key", credentials.api_key.as_str()),
    };
    let api_key = HeaderValue::from_str(api_key).map_err(unusable)?;
    let signature = HeaderValue::from_str(&signature).map_err(unusable)?;
    Ok(Request::post(url)
        .with_header(HeaderName::from_static("content-type"), HeaderValue::from_static("application/json"))
        .with_header(HeaderName::from_static(key_name), api_key)
        .with_header(HeaderName::from_static(SIGNATURE_HEADER), signature)
        .with_body(body)
        .with_timeout(PATIENCE))
}

fn address(world: &World, callee: &Callee, path: &str) -> Option<Url> {
    match callee {
        Callee::Aa => Url::parse(&format!("{}/{path}", world.rebit_base(Entity::Aa))).ok(),
        Callee::Fip(institution) => {
            Url::parse(&format!("{}/{path}", world.rebit_base(Entity::Fip(*institution)))).ok()
        }
        Callee::Participant(participant) => Some(participant.base_url.endpoint(path)),
    }
}

fn signed_by(world: &World, callee: &Callee, signature: &str, body: &[u8]) -> bool {
    match callee {
        Callee::Aa => world.ring.of(Entity::Aa).signed(signature, body),
        Callee::Fip(institution) => world.ring.of(Entity::Fip(*institution)).signed(signature, body),
        Callee::Participant(participant) => {
            let any_name = |_: &Kid| -> Option<&rs256::VerifyingKey> { Some(&participant.key) };
            detached::verify(signature, body, any_name).is_ok()
        }
    }
}
