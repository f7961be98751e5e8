//! The server and client sides of ReBIT 2.x as the simulated entities speak it, written from the protocol's
//! description and not from MPP's own connectors.

mod client;
mod refusal;
mod replay;
mod server;
mod wire;

pub(crate) use client::{CallError, Callee, call};
pub(crate) use refusal::Refusal;
pub(crate) use replay::ReplayGuard;
pub(crate) use server::{Call, Caller, Callers, Endpoint, serve};
pub(crate) use wire::{
    AccountStatus, ConsentAccount, ConsentArtefact, ConsentCustomer, ConsentDetail, ConsentProof, ConsentUse,
    EncryptedAccount, FiEntry, FiFetch, FiRequest, FiStatus, FipStatus, Identifier, Party, RangeText,
    SessionNotice, SignedDetail, date,
};

/// The `ver` of all messages.
pub(crate) const VERSION: &str = "2.0.0";
/// The header with the detached signature.
pub(crate) const SIGNATURE_HEADER: &str = "x-jws-signature";

/// The answer of `/Heartbeat`.
pub(crate) async fn heartbeat(
    world: &crate::world::World,
    entity: crate::keys::Entity,
) -> axum::response::Response {
    use axum::response::IntoResponse;
    world.counters.count(entity.id(), "Heartbeat");
    if let Some(failure) = world.plain_fault(entity.id(), "Heartbeat").await {
        return failure;
    }
    let body = serde_json::json!({ "ver": VERSION, "timestamp": world.now(), "Status": "UP" }).to_string();
    let signature = world.ring.of(entity).sign(body.as_bytes()).unwrap_or_default();
    let headers = [("content-type", "application/json".to_owned()), (SIGNATURE_HEADER, signature)];
    (headers, body).into_response()
}
