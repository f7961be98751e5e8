//! The Account Aggregator's own pages, where a person logs in, links accounts and decides. They work without
//! scripts; the session is a cookie that other sites' forms do not get to use.

mod fields;
mod pages;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use mpp_core::{FiType, MobileNumber};
use serde::Deserialize;

use super::consent_record::ConsentStatus;
use super::customer::{self, CustomerError, LoggedIn};
use super::customer_consents;
use crate::documents::Institution;
use crate::world::{Shared, World};
use fields::Fields;

const COOKIE: &str = "aa_session";

/// The routes below `/aa/web`.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(entrance))
        .route("/login", post(login))
        .route("/login/verify", post(login_verify))
        .route("/logout", post(logout))
        .route("/consents", get(consents))
        .route("/consent", get(consent))
        .route("/discover", post(discover))
        .route("/link", post(link))
        .route("/link/verify", post(link_verify))
        .route("/approve/otp", post(approval_otp))
        .route("/approve", post(approve))
        .route("/reject", post(reject))
        .route("/change", post(change))
}

#[derive(Deserialize)]
struct About {
    #[serde(default)]
    handle: String,
}

fn customer_of(world: &World, headers: &HeaderMap) -> Result<LoggedIn, CustomerError> {
    let cookies = headers.get(header::COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    customer::logged_in(world, pairs.into_iter().find(|(name, _)| *name == COOKIE).map(|(_, value)| value))
}

fn onward(handle: &str) -> Response {
    if handle.is_empty() {
        return Redirect::to("/aa/web/consents").into_response();
    }
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("handle", handle).finish();
    Redirect::to(&format!("/aa/web/consent?{query}")).into_response()
}

/// Shows what went wrong; without a session, the way back in.
fn failure(error: &CustomerError, handle: &str) -> Response {
    match error {
        CustomerError::NotLoggedIn => pages::login(handle, None),
        other => pages::problem(&other.to_string(), handle),
    }
}

async fn entrance(State(world): State<Shared>, headers: HeaderMap, Query(about): Query<About>) -> Response {
    match customer_of(&world, &headers) {
        Ok(_) => onward(&about.handle),
        Err(_) => pages::login(&about.handle, None),
    }
}

async fn login(State(world): State<Shared>, body: Bytes) -> Response {
    let form = Fields::read(&body);
    let handle = form.one("handle");
    let Ok(mobile) = form.one("mobile").trim().parse::<MobileNumber>() else {
        return pages::login(handle, Some("Please enter a mobile number of ten digits."));
    };
    match customer::begin_login(&world, &mobile) {
        Ok(login_id) => pages::login_otp(&login_id, handle, mobile.digits(), None),
        Err(error) => pages::login(handle, Some(&error.to_string())),
    }
}

async fn login_verify(State(world): State<Shared>, body: Bytes) -> Response {
    let form = Fields::read(&body);
    let (login_id, handle) = (form.one("loginId"), form.one("handle"));
    match customer::complete_login(&world, login_id, form.one("otp")) {
        Ok(customer) => {
            let cookie = format!("{COOKIE}={}; Path=/aa/web; HttpOnly; SameSite=Lax", customer.token);
            with_cookie(onward(handle), &cookie)
        }
        Err(error @ CustomerError::Otp(crate::otp::OtpError::Wrong { .. })) => {
            pages::login_otp(login_id, handle, form.one("mobile"), Some(&error.to_string()))
        }
        Err(error) => pages::login(handle, Some(&error.to_string())),
    }
}

async fn logout() -> Response {
    with_cookie(pages::login("", None), &format!("{COOKIE}=; Path=/aa/web; Max-Age=0"))
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

async fn consents(State(world): State<Shared>, headers: HeaderMap) -> Response {
    match customer_of(&world, &headers) {
        Ok(customer) => pages::consents(&customer_consents::all(&world, &customer.mobile)),
        Err(error) => failure(&error, ""),
    }
}

async fn consent(State(world): State<Shared>, headers: HeaderMap, Query(about): Query<About>) -> Response {
    let shown = customer_of(&world, &headers).and_then(|customer| {
        let record = customer_consents::one(&world, &customer.mobile, &about.handle)?;
        Ok(pages::consent(&record, &customer::linked(&world, &customer)))
    });
    shown.unwrap_or_else(|error| failure(&error, &about.handle))
}

async fn discover(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Fields::read(&body);
    let handle = form.one("handle");
    let found = async {
        let customer = customer_of(&world, &headers)?;
        let record = customer_consents::one(&world, &customer.mobile, handle)?;
        let institution = Institution::from_entity_id(form.one("fipId"));
        let institution = institution.ok_or(CustomerError::NotFound("The institution"))?;
        let wanted: Vec<FiType> = record.detail.fi_types.iter().copied().collect();
        let accounts = customer::discover(&world, &customer, institution, &wanted).await?;
        Ok(pages::discovered(handle, institution, &accounts, &customer::linked(&world, &customer)))
    };
    found.await.unwrap_or_else(|error| failure(&error, handle))
}

async fn link(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Fields::read(&body);
    let handle = form.one("handle");
    let begun = async {
        let customer = customer_of(&world, &headers)?;
        let institution = Institution::from_entity_id(form.one("fipId"));
        let institution = institution.ok_or(CustomerError::NotFound("The institution"))?;
        let references = form.all("account");
        if references.is_empty() {
            return Err(CustomerError::Invalid("Choose at least one account."));
        }
        let reference = customer::begin_link(&world, &customer, institution, &references).await?;
        Ok(pages::link_otp(handle, &reference, institution.display_name(), customer.mobile.digits(), None))
    };
    begun.await.unwrap_or_else(|error| failure(&error, handle))
}

async fn link_verify(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Fields::read(&body);
    let (handle, reference, name) = (form.one("handle"), form.one("refNumber"), form.one("name"));
    let customer = match customer_of(&world, &headers) {
        Ok(customer) => customer,
        Err(error) => return failure(&error, handle),
    };
    match customer::complete_link(&world, &customer, reference, form.one("otp")).await {
        Ok(_) => onward(handle),
        Err(error @ CustomerError::Institution { .. }) => {
            pages::link_otp(handle, reference, name, customer.mobile.digits(), Some(&error.to_string()))
        }
        Err(error) => failure(&error, handle),
    }
}

async fn approval_otp(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Fields::read(&body);
    let (handle, links) = (form.one("handle"), form.all("link"));
    if links.is_empty() {
        return pages::problem("Choose at least one account.", handle);
    }
    let begun = customer_of(&world, &headers).and_then(|customer| {
        customer_consents::begin_approval(&world, &customer, handle)?;
        Ok(customer)
    });
    match begun {
        Ok(customer) => pages::approval_otp(handle, &links, customer.mobile.digits(), None),
        Err(error) => failure(&error, handle),
    }
}

async fn approve(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Fields::read(&body);
    let (handle, links) = (form.one("handle"), form.all("link"));
    let customer = match customer_of(&world, &headers) {
        Ok(customer) => customer,
        Err(error) => return failure(&error, handle),
    };
    match customer_consents::approve(&world, &customer, handle, &links, form.one("otp")).await {
        Ok(_) => pages::done("You approved sharing this data. You can go back to the app now."),
        Err(error @ CustomerError::Otp(crate::otp::OtpError::Wrong { .. })) => {
            pages::approval_otp(handle, &links, customer.mobile.digits(), Some(&error.to_string()))
        }
        Err(error) => failure(&error, handle),
    }
}

async fn reject(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Fields::read(&body);
    let handle = form.one("handle");
    let rejected = customer_of(&world, &headers)
        .and_then(|customer| customer_consents::reject(&world, &customer, handle));
    match rejected {
        Ok(()) => pages::done("You rejected the request. Nothing is shared."),
        Err(error) => failure(&error, handle),
    }
}

async fn change(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Fields::read(&body);
    let wanted = match form.one("to") {
        "PAUSED" => ConsentStatus::Paused,
        "ACTIVE" => ConsentStatus::Active,
        "REVOKED" => ConsentStatus::Revoked,
        _ => return pages::problem("This cannot be done.", ""),
    };
    let consent_id = form.one("consentId");
    let changed = customer_of(&world, &headers)
        .and_then(|customer| customer_consents::change(&world, &customer, consent_id, wanted));
    match changed {
        Ok(()) => onward(""),
        Err(error) => failure(&error, ""),
    }
}
