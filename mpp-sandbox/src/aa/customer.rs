//! What a customer does at the Account Aggregator: logging in, finding and linking accounts. Used by the app's
//! endpoints and by the pages alike.

use axum::http::StatusCode;
use mpp_core::{FiType, MobileNumber, Span};
use serde::Deserialize;
use serde_json::json;

use super::{AppSession, DiscoveredAccount, LinkedAccount};
use crate::documents::Institution;
use crate::faults::Fault;
use crate::guard::hold;
use crate::keys::{AA_ENTITY_ID, AA_HANDLE, Entity};
use crate::otp::OtpError;
use crate::rebit::{CallError, Callee, call};
use crate::world::World;

const SESSION_LIFETIME: Span = Span::from_minutes(30);

/// Why the Account Aggregator did not do what the customer asked for; worded for the customer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CustomerError {
    #[error("Please log in.")]
    NotLoggedIn,
    #[error(transparent)]
    Otp(#[from] OtpError),
    #[error("{0} was not found.")]
    NotFound(&'static str),
    #[error("{0}")]
    Invalid(&'static str),
    #[error("{0}")]
    Conflict(&'static str),
    #[error("{words}")]
    Institution { code: String, words: String },
}

impl CustomerError {
    /// A stable code for the app.
    pub(super) fn code(&self) -> &str {
        match self {
            Self::NotLoggedIn => "NO_SESSION",
            Self::Otp(OtpError::Wrong { .. }) => "OTP_WRONG",
            Self::Otp(OtpError::Expired | OtpError::NotAsked) => "OTP_EXPIRED",
            Self::Otp(OtpError::Locked { .. }) => "OTP_LOCKED",
            Self::NotFound(_) => "NOT_FOUND",
            Self::Invalid(_) => "INVALID",
            Self::Conflict(_) => "CONFLICT",
            Self::Institution { code, .. } => code,
        }
    }

    /// The HTTP status for the app.
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::NotLoggedIn => StatusCode::UNAUTHORIZED,
            Self::Otp(OtpError::Locked { .. }) => StatusCode::LOCKED,
            Self::Otp(_) | Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Institution { .. } => StatusCode::BAD_GATEWAY,
        }
    }
}

/// Texts `mobile` a login password.
pub(super) fn begin_login(world: &World, mobile: &MobileNumber) -> Result<String, CustomerError> {
    let now = world.now();
    let login_id = world.fresh_uuid();
    let mut book = hold(&world.aa);
    let code = book.desk.ask(mobile.digits(), &login_id, now, &*world.surroundings.entropy)?;
    book.logins.insert(login_id.clone(), mobile.clone());
    drop(book);
    let text = format!("{code} is your code to log in to Onemoney. Never share it.");
    world.inboxes.deliver(mobile, "ONEMNY", text, now);
    Ok(login_id)
}

/// A customer who has logged in.
#[derive(Debug, Clone)]
pub(super) struct LoggedIn {
    pub(super) token: String,
    pub(super) mobile: MobileNumber,
}

impl LoggedIn {
    /// The customer's address.
    pub(super) fn vua(&self) -> String {
        format!("{}@{AA_HANDLE}", self.mobile.digits())
    }
}

/// Opens a session for the right password.
pub(super) fn complete_login(world: &World, login_id: &str, otp: &str) -> Result<LoggedIn, CustomerError> {
    let now = world.now();
    let token = hex::encode(mpp_core::draw::<32>(&*world.surroundings.entropy));
    let mut book = hold(&world.aa);
    let mobile = book.logins.get(login_id).cloned().ok_or(CustomerError::NotFound("The login"))?;
    scripted_otp_fault(world, "login/verify")?;
    book.desk.take(mobile.digits(), login_id, otp, now)?;
    book.logins.remove(login_id);
    book.app_sessions.retain(|_, session| session.ends > now);
    let session = AppSession { mobile: mobile.clone(), ends: now.plus(SESSION_LIFETIME) };
    book.app_sessions.insert(token.clone(), session);
    Ok(LoggedIn { token, mobile })
}

/// The customer whose session `token` is.
pub(super) fn logged_in(world: &World, token: Option<&str>) -> Result<LoggedIn, CustomerError> {
    let token = token.ok_or(CustomerError::NotLoggedIn)?;
    let now = world.now();
    let book = hold(&world.aa);
    let session = book.app_sessions.get(token).filter(|session| session.ends > now);
    let session = session.ok_or(CustomerError::NotLoggedIn)?;
    Ok(LoggedIn { token: token.to_owned(), mobile: session.mobile.clone() })
}

/// Fails when the script says that a right password is called wrong.
pub(super) fn scripted_otp_fault(world: &World, operation: &str) -> Result<(), CustomerError> {
    match world.faults.strike(AA_ENTITY_ID, operation) {
        Some(Fault::WrongOtp) => Err(OtpError::Wrong { tries_left: 1 }.into()),
        _ => Ok(()),
    }
}

#[derive(Deserialize)]
struct Discovery {
    #[serde(rename = "DiscoveredAccounts")]
    accounts: Vec<DiscoveredAccount>,
}

/// Asks an FIP for the customer's accounts.
pub(super) async fn discover(
    world: &World,
    customer: &LoggedIn,
    institution: Institution,
    fi_types: &[FiType],
) -> Result<Vec<DiscoveredAccount>, CustomerError> {
    let request = json!({
        "Customer": { "id": customer.vua(), "Identifiers":
            [{ "category": "STRONG", "type": "MOBILE", "value": customer.mobile.digits() }] },
        "FITypes": fi_types,
    });
    let callee = Callee::Fip(institution);
    let found: Discovery =
        call(world, Entity::Aa, &callee, "Accounts/discover", request).await.map_err(wording)?;
    let mut book = hold(&world.aa);
    book.discovered.insert((customer.mobile.clone(), institution), found.accounts.clone());
    Ok(found.accounts)
}

#[derive(Deserialize)]
struct LinkBegun {
    #[serde(rename = "RefNumber")]
    reference: String,
}

/// Asks an FIP to link accounts found before; the FIP texts the customer a password.
pub(super) async fn begin_link(
    world: &World,
    customer: &LoggedIn,
    institution: Institution,
    references: &[String],
) -> Result<String, CustomerError> {
    let chosen: Vec<DiscoveredAccount> = {
        let book = hold(&world.aa);
        let found = book.discovered.get(&(customer.mobile.clone(), institution)).cloned().unwrap_or_default();
        found.into_iter().filter(|account| references.contains(&account.reference)).collect()
    };
    if chosen.is_empty() || chosen.len() != references.len() {
        return Err(CustomerError::NotFound("The account"));
    }
    let request = json!({ "Customer": { "id": customer.vua(), "Accounts": chosen } });
    let callee = Callee::Fip(institution);
    let begun: LinkBegun =
        call(world, Entity::Aa, &callee, "Accounts/link", request).await.map_err(wording)?;
    let mut book = hold(&world.aa);
    book.pending_links.insert(begun.reference.clone(), (customer.mobile.clone(), institution));
    Ok(begun.reference)
}

#[derive(Deserialize)]
struct LinkDone {
    #[serde(rename = "AccLinkDetails")]
    details: Vec<LinkDetail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkDetail {
    link_ref_number: String,
    acc_ref_number: String,
}

/// Passes the FIP's password on; the accounts linked by it.
pub(super) async fn complete_link(
    world: &World,
    customer: &LoggedIn,
    reference: &str,
    otp: &str,
) -> Result<Vec<LinkedAccount>, CustomerError> {
    let institution = {
        let book = hold(&world.aa);
        let pending = book.pending_links.get(reference).filter(|(mobile, _)| *mobile == customer.mobile);
        pending.map(|(_, institution)| *institution).ok_or(CustomerError::NotFound("The link"))?
    };
    let request = json!({ "refNumber": reference, "token": otp });
    let callee = Callee::Fip(institution);
    let done: LinkDone =
        call(world, Entity::Aa, &callee, "Accounts/link/verify", request).await.map_err(wording)?;
    let mut book = hold(&world.aa);
    book.pending_links.remove(reference);
    let found = book.discovered.get(&(customer.mobile.clone(), institution)).cloned().unwrap_or_default();
    let links = book.links.entry(customer.mobile.clone()).or_default();
    let mut fresh = Vec::new();
    for detail in done.details {
        let Some(account) = found.iter().find(|account| account.reference == detail.acc_ref_number) else {
            continue;
        };
        let link = LinkedAccount {
            institution,
            fi_type: account.fi_type,
            account_type: account.account_type,
            reference: account.reference.clone(),
            masked: account.masked.clone(),
            link_ref: detail.link_ref_number,
        };
        links.retain(|known| known.link_ref != link.link_ref);
        links.push(link.clone());
        fresh.push(link);
    }
    Ok(fresh)
}

/// Tells the FIP that a link has ended, and forgets it.
pub(super) async fn end_link(
    world: &World,
    customer: &LoggedIn,
    link_ref: &str,
) -> Result<(), CustomerError> {
    let known = linked(world, customer).into_iter().find(|account| account.link_ref == link_ref);
    let account = known.ok_or(CustomerError::NotFound("The account"))?;
    let request = json!({ "Account": { "customerAddress": customer.vua(), "linkRefNumber": link_ref } });
    let callee = Callee::Fip(account.institution);
    let _: serde_json::Value =
        call(world, Entity::Aa, &callee, "Accounts/delink", request).await.map_err(wording)?;
    let mut book = hold(&world.aa);
    if let Some(links) = book.links.get_mut(&customer.mobile) {
        links.retain(|known| known.link_ref != link_ref);
    }
    Ok(())
}

/// The accounts the customer has linked.
pub(super) fn linked(world: &World, customer: &LoggedIn) -> Vec<LinkedAccount> {
    hold(&world.aa).links.get(&customer.mobile).cloned().unwrap_or_default()
}

fn wording(error: CallError) -> CustomerError {
    match error {
        CallError::Refused { code, message, .. } if !code.is_empty() => {
            CustomerError::Institution { code, words: message }
        }
        CallError::Refused { .. } | CallError::Transport(_) | CallError::Untrusted(_) => {
            CustomerError::Institution {
                code: "INSTITUTION_UNAVAILABLE".to_owned(),
                words: "The institution did not answer. Please try again later.".to_owned(),
            }
        }
    }
}
