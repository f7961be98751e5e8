//! Receiving a ReBIT request: who calls, is it signed, is it well formed, is it fresh - in the order of §6.5 -
//! and answering it signed.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use mpp_core::{Span, Timestamp, TxnId};
use mpp_crypto::detached;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::refusal::Refusal;
use super::replay::{Answer, Verdict};
use super::{SIGNATURE_HEADER, VERSION};
use crate::documents::Institution;
use crate::faults::Fault;
use crate::guard::hold;
use crate::keys::Entity;
use crate::world::{Participant, Shared, World};

const WINDOW: Span = Span::from_minutes(15);

/// Who may call an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callers {
    /// FIUs and AA clients.
    Clients,
    /// FIPs.
    Fips,
    /// FIUs, AA clients and FIPs.
    ClientsAndFips,
    /// The Account Aggregator.
    Aa,
}

/// One endpoint of one entity.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endpoint {
    pub(crate) entity: Entity,
    /// The path without leading slash.
    pub(crate) operation: &'static str,
    pub(crate) callers: Callers,
}

/// Who called, proven by API key and signature.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    Participant(Box<Participant>),
    Fip(Institution),
    Aa,
}

impl Caller {
    /// The entity's name.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Participant(participant) => &participant.entity_id,
            Self::Fip(institution) => institution.entity_id(),
            Self::Aa => Entity::Aa.id(),
        }
    }
}

/// An admitted request.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) caller: Caller,
    /// The misbehaviour scripted for this call, where it concerns what is answered.
    pub(crate) fault: Option<Fault>,
    /// The exact bytes received.
    pub(crate) raw: Bytes,
}

#[derive(Deserialize)]
struct Envelope {
    ver: String,
    txnid: String,
    #[serde(default)]
    timestamp: Option<String>,
}

#[derive(Serialize)]
struct Reply<'a, R> {
    ver: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<Timestamp>,
    txnid: &'a str,
    #[serde(flatten)]
    rest: R,
}

/// Serves one request: `handle` sees it only after every general check has passed.
pub(crate) async fn serve<T, R, F, Fut>(
    world: Shared,
    endpoint: Endpoint,
    headers: HeaderMap,
    body: Bytes,
    handle: F,
) -> Response
where
    T: DeserializeOwned,
    R: Serialize,
    F: FnOnce(Shared, Call, T) -> Fut,
    Fut: Future<Output = Result<R, Refusal>>,
{
    world.counters.count(endpoint.entity.id(), endpoint.operation);
    let fault = world.faults.strike(endpoint.entity.id(), endpoint.operation);
    if let Some(fault) = &fault
        && let Some(response) = world.carry_out(fault).await
    {
        return response;
    }
    let txnid = claimed_txnid(&body);
    let shape = Shape { world: &world, endpoint, txnid: &txnid, fault: fault.as_ref() };
    if let Some(Fault::Error { status, code }) = &fault {
        return shape.sign(shape.refuse(&Refusal::scripted(*status, code)));
    }
    let admitted = admit::<T>(&world, endpoint, &headers, &body);
    let (caller, form) = match admitted {
        Ok(Admission::Fresh(caller, form)) => (caller, form),
        Ok(Admission::Repeated(answer)) => return shape.sign(answer),
        Err(refusal) => return shape.sign(shape.refuse(&refusal)),
    };
    let caller_id = caller.id().to_owned();
    let call = Call { caller, fault: fault.clone(), raw: body };
    let answer = match handle(world.clone(), call, form).await {
        Ok(rest) => shape.accept(rest),
        Err(refusal) => shape.refuse(&refusal),
    };
    hold(&world.replay).leave(&caller_id, &txnid, &answer);
    shape.sign(answer)
}

enum Admission<T> {
    Fresh(Caller, T),
    Repeated(Answer),
}

fn admit<T: DeserializeOwned>(
    world: &World,
    endpoint: Endpoint,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Admission<T>, Refusal> {
    let caller = authenticate(world, endpoint, headers)?;
    let signature = headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
    if !signature.is_some_and(|signature| signed_by(world, &caller, signature, body)) {
        return Err(Refusal::signature());
    }
    let mut document: Value =
        serde_json::from_slice(body).map_err(|_| Refusal::invalid("The body is not JSON"))?;
    drop_blank(&mut document);
    let envelope: Envelope = serde_json::from_value(document.clone())
        .map_err(|_| Refusal::invalid("ver, timestamp or txnid is missing"))?;
    let form: T = serde_json::from_value(document)
        .map_err(|_| Refusal::invalid("A mandatory field is missing or has a wrong value"))?;
    if envelope.ver != VERSION {
        return Err(Refusal::not_found("NoSuchVersion", "This version is not supported"));
    }
    let now = world.now();
    check_time(endpoint, envelope.timestamp.as_deref(), now)?;
    if envelope.txnid.parse::<TxnId>().is_err() {
        return Err(Refusal::invalid("txnid is not a UUID"));
    }
    let digest: [u8; 32] = Sha256::digest(body).into();
    match hold(&world.replay).enter(caller.id(), &envelope.txnid, digest, now) {
        Verdict::Proceed => Ok(Admission::Fresh(caller, form)),
        Verdict::Repeat(answer) => Ok(Admission::Repeated(answer)),
        Verdict::Conflict => Err(Refusal::idempotency()),
    }
}

fn check_time(endpoint: Endpoint, timestamp: Option<&str>, now: Timestamp) -> Result<(), Refusal> {
    let Some(timestamp) = timestamp else {
        let artefact_copy = matches!(endpoint.entity, Entity::Fip(_)) && endpoint.operation == "Consent";
        return if artefact_copy { Ok(()) } else { Err(Refusal::invalid("timestamp is missing")) };
    };
    let at: Timestamp = timestamp.parse().map_err(|_| Refusal::invalid("timestamp is not a date-time"))?;
    if at.since(now) > WINDOW || now.since(at) > WINDOW {
        return Err(Refusal::invalid("timestamp is too far from now"));
    }
    Ok(())
}

fn authenticate(world: &World, endpoint: Endpoint, headers: &HeaderMap) -> Result<Caller, Refusal> {
    let key = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let client = || {
        let sent = key("client_api_key")?;
        let participants = hold(&world.participants);
        let found = participants.values().find(|participant| participant.api_key == sent)?;
        Some(Caller::Participant(Box::new(found.clone())))
    };
    let fip = || world.ring.fip_with_api_key(key("fip_api_key")?).map(Caller::Fip);
    let aa = || (key("aa_api_key")? == world.ring.of(Entity::Aa).api_key).then_some(Caller::Aa);
    let caller = match endpoint.callers {
        Callers::Clients => client(),
        Callers::Fips => fip(),
        Callers::ClientsAndFips => client().or_else(fip),
        Callers::Aa => aa(),
    };
    caller.ok_or_else(Refusal::unauthorized)
}

fn signed_by(world: &World, caller: &Caller, signature: &str, body: &[u8]) -> bool {
    match caller {
        Caller::Participant(participant) => {
            let known = |kid: &mpp_core::Kid| {
                let named = participant.kid.as_deref().is_none_or(|expected| expected == kid.as_str());
                named.then_some(&participant.key)
            };
            detached::verify(signature, body, known).is_ok()
        }
        Caller::Fip(institution) => world.ring.of(Entity::Fip(*institution)).signed(signature, body),
        Caller::Aa => world.ring.of(Entity::Aa).signed(signature, body),
    }
}

/// Removes members that count as missing: null, empty text, empty object (§6.5).
fn drop_blank(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(drop_blank);
            members.retain(|_, member| match member {
                Value::Null => false,
                Value::String(text) => !text.is_empty(),
                Value::Object(inner) => !inner.is_empty(),
                Value::Bool(_) | Value::Number(_) | Value::Array(_) => true,
            });
        }
        Value::Array(items) => items.iter_mut().for_each(drop_blank),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn claimed_txnid(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Claim {
        txnid: String,
    }
    serde_json::from_slice::<Claim>(body).map(|claim| claim.txnid).unwrap_or_default()
}

struct Shape<'a> {
    world: &'a World,
    endpoint: Endpoint,
    txnid: &'a str,
    fault: Option<&'a Fault>,
}

impl Shape<'_> {
    fn accept<R: Serialize>(&self, rest: R) -> Answer {
        let stamped = self.endpoint.operation != "Consent/fetch";
        self.answer(StatusCode::OK, stamped, rest)
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        let rest = serde_json::json!({ "errorCode": refusal.code, "errorMsg": refusal.message });
        self.answer(refusal.status, true, rest)
    }

    fn answer<R: Serialize>(&self, status: StatusCode, stamped: bool, rest: R) -> Answer {
        let other_txnid = self.world.fresh_uuid();
        let now = self.world.now();
        let timestamp =
            if self.fault == Some(&Fault::StaleTimestamp) { now.minus(Span::from_days(1)) } else { now };
        let reply = Reply {
            ver: if self.fault == Some(&Fault::WrongVersion) { "0.9.9" } else { VERSION },
            timestamp: stamped.then_some(timestamp),
            txnid: if self.fault == Some(&Fault::WrongTxnid) { &other_txnid } else { self.txnid },
            rest,
        };
        match serde_json::to_vec(&reply) {
            Ok(body) => Answer { status, body: body.into() },
            Err(_) => Answer { status: StatusCode::INTERNAL_SERVER_ERROR, body: Bytes::new() },
        }
    }

    fn sign(&self, answer: Answer) -> Response {
        let credentials = self.world.ring.of(self.endpoint.entity);
        let signature = match self.fault {
            Some(Fault::Unsigned) => None,
            Some(Fault::BadSignature) => credentials.sign(b"something else"),
            _ => credentials.sign(&answer.body),
        };
        let mut response = (answer.status, Body::from(answer.body)).into_response();
        let headers = response.headers_mut();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        if let Some(signature) = signature.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(SIGNATURE_HEADER, signature);
        }
        response
    }
}
