//! Finding and linking accounts.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use mpp_core::{FiType, MobileNumber};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Link, PendingLink, endpoint, unknown_fip, with_book};
use crate::documents::{Account, Institution, accounts_of};
use crate::faults::Fault;
use crate::otp::OtpError;
use crate::rebit::{Identifier, Refusal, serve};
use crate::world::{Shared, World};

#[derive(Deserialize)]
pub(super) struct Discovery {
    #[serde(rename = "Customer")]
    customer: DiscoveryCustomer,
    #[serde(rename = "FITypes")]
    fi_types: Vec<FiType>,
}

#[derive(Deserialize)]
struct DiscoveryCustomer {
    id: String,
    #[serde(rename = "Identifiers")]
    identifiers: Vec<Identifier>,
}

/// `/Accounts/discover`
pub(super) async fn discover(
    State(world): State<Shared>,
    Path(fip): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(institution) = Institution::from_entity_id(&fip) else { return unknown_fip() };
    serve(
        world,
        endpoint(institution, "Accounts/discover"),
        headers,
        body,
        |world, call, form: Discovery| async move {
            if call.fault == Some(Fault::NoRecord) {
                return Err(Refusal::not_found("NoAccountsFound", "No accounts were found"));
            }
            find(&world, institution, &form)
        },
    )
    .await
}

fn find(world: &World, institution: Institution, form: &Discovery) -> Result<Value, Refusal> {
    let strong = form.customer.identifiers.iter().find(|identifier| {
        identifier.kind == "MOBILE"
            && identifier.category.as_deref().is_none_or(|category| category == "STRONG")
    });
    let mobile: MobileNumber = strong
        .and_then(|identifier| identifier.value.parse().ok())
        .ok_or_else(|| Refusal::not_found("CannotIdentifyCustomer", "A verified mobile number is needed"))?;
    if !form.fi_types.iter().any(|wanted| institution.fi_types().contains(wanted)) {
        return Err(Refusal::not_found("UnsupportedFIType", "This FIP holds none of the FI types"));
    }
    let person = world.person(&mobile);
    let found: Vec<Account> = accounts_of(&person, institution)
        .into_iter()
        .filter(|account| form.fi_types.contains(&account.fi_type))
        .collect();
    with_book(world, institution, |book| {
        book.customers.insert(form.customer.id.clone(), mobile);
        Ok(())
    })?;
    let described: Vec<Value> = found.iter().map(describe).collect();
    Ok(json!({ "DiscoveredAccounts": described }))
}

fn describe(account: &Account) -> Value {
    json!({
        "FIType": account.fi_type,
        "accType": account.account_type,
        "accRefNumber": account.reference,
        "maskedAccNumber": account.masked,
    })
}

#[derive(Deserialize)]
pub(super) struct LinkRequest {
    #[serde(rename = "Customer")]
    customer: LinkCustomer,
}

#[derive(Deserialize)]
struct LinkCustomer {
    id: String,
    #[serde(rename = "Accounts")]
    accounts: Vec<NamedAccount>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NamedAccount {
    acc_ref_number: String,
}

/// `/Accounts/link`
pub(super) async fn link(
    State(world): State<Shared>,
    Path(fip): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(institution) = Institution::from_entity_id(&fip) else { return unknown_fip() };
    serve(
        world,
        endpoint(institution, "Accounts/link"),
        headers,
        body,
        |world, _call, form: LinkRequest| async move { begin_link(&world, institution, &form.customer) },
    )
    .await
}

fn begin_link(world: &World, institution: Institution, customer: &LinkCustomer) -> Result<Value, Refusal> {
    let now = world.now();
    let reference = world.fresh_uuid();
    let (mobile, code) = with_book(world, institution, |book| {
        let mobile = book.customers.get(&customer.id).cloned();
        let mobile = mobile
            .ok_or_else(|| Refusal::not_found("CannotIdentifyCustomer", "Discover the accounts first"))?;
        let held = accounts_of(&world.person(&mobile), institution);
        let wanted = |account: &Account| {
            customer.accounts.iter().any(|named| named.acc_ref_number == account.reference)
        };
        let accounts: Vec<Account> = held.into_iter().filter(wanted).collect();
        if accounts.is_empty() || accounts.len() != customer.accounts.len() {
            return Err(Refusal::not_found("AccountNotFound", "An account is not the customer's"));
        }
        let code = book
            .desk
            .ask(mobile.digits(), &reference, now, &*world.surroundings.entropy)
            .map_err(|error| otp_refusal(&error))?;
        let pending = PendingLink { vua: customer.id.clone(), mobile: mobile.clone(), accounts };
        book.pending.insert(reference.clone(), pending);
        Ok((mobile, code))
    })?;
    let text =
        format!("{code} is your code to link your {} account. Never share it.", institution.display_name());
    world.inboxes.deliver(&mobile, institution.code(), text, now);
    Ok(json!({ "AuthenticatorType": "TOKEN", "RefNumber": reference }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Verification {
    ref_number: String,
    token: String,
}

/// `/Accounts/link/verify`
pub(super) async fn verify(
    State(world): State<Shared>,
    Path(fip): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(institution) = Institution::from_entity_id(&fip) else { return unknown_fip() };
    serve(
        world,
        endpoint(institution, "Accounts/link/verify"),
        headers,
        body,
        |world, call, form: Verification| async move {
            if call.fault == Some(Fault::WrongOtp) {
                return Err(Refusal::bad("InvalidLinkToken", "The code is wrong"));
            }
            complete_link(&world, institution, &form)
        },
    )
    .await
}

fn complete_link(world: &World, institution: Institution, form: &Verification) -> Result<Value, Refusal> {
    let now = world.now();
    with_book(world, institution, |book| {
        let pending = book.pending.get(&form.ref_number).cloned();
        let pending = pending.ok_or_else(|| Refusal::invalid("There is no such refNumber"))?;
        book.desk
            .take(pending.mobile.digits(), &form.ref_number, &form.token, now)
            .map_err(|error| otp_refusal(&error))?;
        book.pending.remove(&form.ref_number);
        let details: Vec<Value> = pending
            .accounts
            .into_iter()
            .map(|account| {
                let known = book
                    .links
                    .iter()
                    .find(|(_, link)| link.vua == pending.vua && link.account.reference == account.reference)
                    .map(|(reference, _)| reference.clone());
                let link_ref = known.unwrap_or_else(|| world.fresh_uuid());
                let described = json!({
                    "customerAddress": pending.vua,
                    "linkRefNumber": link_ref,
                    "accRefNumber": account.reference,
                    "status": "LINKED",
                });
                let link = Link { vua: pending.vua.clone(), mobile: pending.mobile.clone(), account };
                book.links.insert(link_ref, link);
                described
            })
            .collect();
        Ok(json!({ "AccLinkDetails": details }))
    })
}

fn otp_refusal(error: &OtpError) -> Refusal {
    match error {
        OtpError::Wrong { .. } | OtpError::NotAsked => Refusal::bad("InvalidLinkToken", "The code is wrong"),
        OtpError::Expired => Refusal::unauthorized_as("LinkTokenExpired", "The code has expired"),
        OtpError::Locked { .. } => {
            Refusal::bad("InvalidLinkToken", "Too many wrong codes, linking is locked for a while")
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Delinking {
    #[serde(rename = "Account")]
    account: LinkName,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkName {
    customer_address: String,
    link_ref_number: String,
}

/// `/Accounts/delink`
pub(super) async fn delink(
    State(world): State<Shared>,
    Path(fip): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(institution) = Institution::from_entity_id(&fip) else { return unknown_fip() };
    serve(
        world,
        endpoint(institution, "Accounts/delink"),
        headers,
        body,
        |world, _call, form: Delinking| async move {
            let name = form.account;
            with_book(&world, institution, |book| {
                let held = book
                    .links
                    .get(&name.link_ref_number)
                    .is_some_and(|link| link.vua == name.customer_address);
                if !held {
                    return Err(Refusal::bad("InvalidLinkRefNumber", "There is no such link"));
                }
                book.links.remove(&name.link_ref_number);
                Ok(json!({ "AccLinkDetails": {
                "customerAddress": name.customer_address,
                "linkRefNumber": name.link_ref_number,
                "status": "DELINKED",
            } }))
            })
        },
    )
    .await
}
