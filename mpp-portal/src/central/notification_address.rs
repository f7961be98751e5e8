//! Where a partner takes notifications.

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mpp_api::central::SetNotificationAddress;
use mpp_core::PartnerId;
use serde::Deserialize;

use crate::signed::Signed;
use crate::templates::{Answer, NotificationAddressPage};
use crate::trouble::Trouble;

/// What was written into the form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AddressForm {
    once: String,
    address: String,
}

/// The form, filled with what holds.
pub(super) async fn form(signed: Signed, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse::<PartnerId>() else { return Trouble::NotFound.answer(&signed) };
    if !signed.person.may("manage_partners") {
        return Trouble::NotAllowed.answer(&signed);
    }
    match signed.operator().partner(id).await {
        Ok(file) => page(&signed, id, file.notification_url.unwrap_or_default(), None),
        Err(error) => signed.refused(&error),
    }
}

/// Sets the address, or takes it away.
pub(super) async fn set(signed: Signed, Path(id): Path<String>, Form(form): Form<AddressForm>) -> Response {
    let Ok(id) = id.parse::<PartnerId>() else { return Trouble::NotFound.answer(&signed) };
    let address = form.address.trim();
    let url = if address.is_empty() { Ok(None) } else { address.parse().map(Some) };
    let Ok(notification_url) = url else {
        let said = signed.words.get("problem.address").to_owned();
        return page(&signed, id, form.address, Some(said));
    };
    let done = if address.is_empty() { "notification_address_removed" } else { "notification_address_set" };
    let wanted = SetNotificationAddress { notification_url };
    match signed.operator().set_notification_address(&form.once, id, &wanted).await {
        Ok(()) => signed.lead_to(&format!("/partners/{id}"), done),
        Err(error) => {
            let said = Trouble::of(&error).words(signed.words);
            page(&signed, id, form.address, Some(said))
        }
    }
}

fn page(signed: &Signed, partner: PartnerId, address: String, problem: Option<String>) -> Response {
    let mut frame = signed.frame("/partners", signed.words.get("title.notification_address"));
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    frame.problem = problem;
    let once = signed.portal.once();
    NotificationAddressPage { frame, partner: partner.to_string(), once, address }.answer(status)
}
