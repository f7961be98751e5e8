//! People with accounts at both portals, and the authenticator app a visitor would have on a phone of their own.

use std::fmt;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mpp_api::desk::{DeskClient, InviteStaff, Join, OpenInvitation};
use mpp_api::{Anonymous, Caller};
use mpp_core::{Clock, Timestamp, draw};
use mpp_server::runtime::{SystemClock, SystemEntropy};
use totp_rs::{Builder, Secret};
use url::Url;

use crate::phone::Screenful;
use crate::phone::view::{Frame, StaffCard, StaffPage};
use crate::world::World;

/// Somebody with an account.
#[derive(Clone)]
pub struct Account {
    /// Where the portal is.
    pub portal: String,
    /// Whose portal.
    pub title: &'static str,
    /// The name of the account.
    pub id: &'static str,
    /// The password.
    pub password: String,
    /// The secret of the second factor.
    secret: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Account {
    /// The code an authenticator app shows at this moment.
    #[must_use]
    pub fn code(&self, now: Timestamp) -> String {
        let Ok(secret) = Secret::try_from_base32(&self.secret) else { return String::new() };
        let seconds = u64::try_from(now.as_unix_seconds()).unwrap_or(0);
        Builder::new().with_secret(secret).build_noncompliant().generate(seconds).to_string()
    }
}

/// The people of both portals, each with an account. Two at each: nobody approves their own work.
///
/// # Errors
/// When a server refuses.
pub async fn take_on(world: &World) -> anyhow::Result<Vec<Account>> {
    let central = (world.central_desk(), &world.places().central, "Moneyone: MPP central");
    let client = (world.client_desk(), &world.places().client, "Kaveri Finance: client server");
    let everything_at_central: &[&str] = &["administrator", "operations", "finance", "auditor"];
    let finance: &[&str] = &["finance"];
    let author: &[&str] = &["administrator", "operations", "product_manager", "caseworker", "auditor"];
    let second: &[&str] = &["product_manager", "caseworker", "data_reader"];
    let mut accounts = Vec::new();
    for ((desk, place, title), id, name, roles) in [
        (central, "nandini", "Nandini Iyer", everything_at_central),
        (central, "kiran", "Kiran Bhat", finance),
        (client, "leela", "Leela Menon", author),
        (client, "arjun", "Arjun Das", second),
    ] {
        let invite = InviteStaff {
            id: id.to_owned(),
            name: name.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        };
        let invited = desk.invite(&format!("demo-{id}"), &invite).await.context("inviting staff")?;
        accounts.push(join(world, place, title, id, invited.invitation).await.context("joining")?);
    }
    Ok(accounts)
}

async fn join(
    world: &World,
    place: &Url,
    title: &'static str,
    id: &'static str,
    invitation: String,
) -> anyhow::Result<Account> {
    let caller = Caller::new(place.clone(), Arc::clone(world.transport()), Arc::new(Anonymous));
    let door = DeskClient::new(caller);
    let open = OpenInvitation { invitation: invitation.clone(), shown: None };
    let opened = door.open_invitation(&open).await?;
    let password = format!("demo {}", hex::encode(draw::<8>(&SystemEntropy)));
    let portal = place.join("portal/")?.to_string();
    let account = Account { portal, title, id, password, secret: opened.secret };
    let join = Join { invitation, password: account.password.clone(), code: account.code(SystemClock.now()) };
    door.join(&join).await?;
    Ok(account)
}

/// The page with everybody's account and present code.
pub fn router(accounts: Vec<Account>) -> Router {
    Router::new()
        .route("/staff", get(page))
        .layer(from_fn(mpp_portal::protect))
        .with_state(Arc::new(accounts))
}

async fn page(State(accounts): State<Arc<Vec<Account>>>) -> Response {
    let now = SystemClock.now();
    let card = |account: &Account| StaffCard {
        portal: account.portal.clone(),
        title: account.title.to_owned(),
        id: account.id.to_owned(),
        password: account.password.clone(),
        code: account.code(now),
    };
    let frame = Frame::new("Staff", None, now);
    Screenful::Staff(StaffPage { frame, accounts: accounts.iter().map(card).collect() }).into_response()
}
