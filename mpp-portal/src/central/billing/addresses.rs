//! Where a partner's bills go.

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mpp_api::central::SetBillingAddress;
use mpp_api::central::forms::{PartyForm, PartyStanding};
use mpp_core::PartnerId;

use crate::signed::Signed;
use crate::templates::{AddressForm, AddressPage, Answer, Tick};
use crate::trouble::Trouble;

const STANDINGS: [(&str, PartyStanding); 3] = [
    ("regular", PartyStanding::Regular),
    ("zone_with_tax", PartyStanding::ZoneWithTax),
    ("zone_under_lut", PartyStanding::ZoneUnderLut),
];

/// The form, filled with what holds.
pub(super) async fn form(signed: Signed, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse::<PartnerId>() else { return Trouble::NotFound.answer(&signed) };
    match signed.operator().billing_party(id).await {
        Ok(party) => page(&signed, id, values(&signed, party), None),
        Err(error) => signed.refused(&error),
    }
}

fn values(signed: &Signed, party: Option<PartyForm>) -> AddressForm {
    let once = signed.portal.once();
    let Some(party) = party else {
        return AddressForm { once, standing: "regular".to_owned(), ..AddressForm::default() };
    };
    let standing = STANDINGS.iter().find(|(_, standing)| *standing == party.standing);
    AddressForm {
        once,
        lines: party.address.join("\n"),
        standing: standing.map_or("regular", |(name, _)| name).to_owned(),
    }
}

/// Sets the address.
pub(super) async fn set(signed: Signed, Path(id): Path<String>, Form(form): Form<AddressForm>) -> Response {
    let Ok(id) = id.parse::<PartnerId>() else { return Trouble::NotFound.answer(&signed) };
    let lines = form.lines.lines().map(str::trim).filter(|line| !line.is_empty());
    let standing = STANDINGS.iter().find(|(name, _)| *name == form.standing);
    let address = SetBillingAddress {
        lines: lines.map(str::to_owned).collect(),
        standing: standing.map_or(PartyStanding::Regular, |(_, standing)| *standing),
    };
    match signed.operator().set_billing_address(&form.once, id, &address).await {
        Ok(()) => signed.lead_to(&format!("/partners/{id}"), "address_set"),
        Err(error) => {
            let said = Trouble::of(&error).words(signed.words);
            let once = signed.portal.once();
            page(&signed, id, AddressForm { once, ..form }, Some(said))
        }
    }
}

fn page(signed: &Signed, partner: PartnerId, values: AddressForm, problem: Option<String>) -> Response {
    let choice = |(name, _): &(&str, PartyStanding)| Tick {
        value: (*name).to_owned(),
        label: signed.words.of("standing", name),
        ticked: values.standing == *name,
    };
    let standings = STANDINGS.iter().map(choice).collect();
    let mut frame = signed.frame("/partners", signed.words.get("title.billing_address"));
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    frame.problem = problem;
    AddressPage { frame, partner: partner.to_string(), standings, values }.answer(status)
}
