//! The FIPs: banks, a fund house, an insurer. Each has its own book and speaks ReBIT with the Account Aggregator only.

mod consents;
mod information;
mod linking;
mod making;
mod sealing;

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use mpp_core::{MobileNumber, Timestamp};

use crate::documents::{Account, Institution};
use crate::guard::hold;
use crate::keys::Entity;
use crate::otp::OtpDesk;
use crate::rebit::{AccountStatus, Callers, Endpoint, FiEntry, Refusal, SignedDetail};
use crate::world::{Shared, World};

/// A link between a customer's address at the Account Aggregator and an account.
#[derive(Debug, Clone)]
struct Link {
    vua: String,
    mobile: MobileNumber,
    account: Account,
}

/// Accounts waiting for the customer's one-time password.
#[derive(Debug, Clone)]
struct PendingLink {
    vua: String,
    mobile: MobileNumber,
    accounts: Vec<Account>,
}

/// This FIP's copy of a consent.
#[derive(Debug, Clone)]
struct ConsentCopy {
    detail: SignedDetail,
    signature: String,
    status: String,
}

/// A data session as this FIP sees it.
#[derive(Debug)]
struct FipSession {
    consent_id: String,
    opened_at: Timestamp,
    made: Option<Made>,
}

/// What was made for a session.
#[derive(Debug, Clone)]
struct Made {
    entries: Vec<FiEntry>,
    statuses: Vec<AccountStatus>,
}

/// All that one FIP knows about its customers' links and consents.
#[derive(Debug)]
pub(crate) struct FipBook {
    pub(crate) desk: OtpDesk,
    customers: BTreeMap<String, MobileNumber>,
    pending: BTreeMap<String, PendingLink>,
    links: BTreeMap<String, Link>,
    consents: BTreeMap<String, ConsentCopy>,
    sessions: BTreeMap<String, FipSession>,
}

impl FipBook {
    /// A book without customers.
    pub(crate) const fn new(desk: OtpDesk) -> Self {
        Self {
            desk,
            customers: BTreeMap::new(),
            pending: BTreeMap::new(),
            links: BTreeMap::new(),
            consents: BTreeMap::new(),
            sessions: BTreeMap::new(),
        }
    }
}

/// The routes below `/fip`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/{fip}/v2/Accounts/discover", post(linking::discover))
        .route("/{fip}/v2/Accounts/link", post(linking::link))
        .route("/{fip}/v2/Accounts/link/verify", post(linking::verify))
        .route("/{fip}/v2/Accounts/delink", post(linking::delink))
        .route("/{fip}/v2/Consent", post(consents::receive))
        .route("/{fip}/v2/Consent/Notification", post(consents::notification))
        .route("/{fip}/v2/FI/request", post(information::request))
        .route("/{fip}/v2/FI/fetch", post(information::fetch))
        .route("/{fip}/v2/Heartbeat", get(heartbeat))
}

/// Works in the book of `institution`.
fn with_book<T>(
    world: &World,
    institution: Institution,
    work: impl FnOnce(&mut FipBook) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let mut books = hold(&world.fips);
    work(books.get_mut(&institution).ok_or_else(Refusal::internal)?)
}

fn endpoint(institution: Institution, operation: &'static str) -> Endpoint {
    Endpoint { entity: Entity::Fip(institution), operation, callers: Callers::Aa }
}

fn unknown_fip() -> Response {
    axum::http::StatusCode::NOT_FOUND.into_response()
}

async fn heartbeat(State(world): State<Shared>, Path(fip): Path<String>) -> Response {
    match Institution::from_entity_id(&fip) {
        Some(institution) => crate::rebit::heartbeat(&world, Entity::Fip(institution)).await,
        None => unknown_fip(),
    }
}
