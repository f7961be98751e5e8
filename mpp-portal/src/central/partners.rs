//! Partners: the list, taking one on, the file of one.

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mpp_api::central::{PartnerFileView, PartnerKeysView, PartnerView, RegisterPartner, RegisteredPartner};
use mpp_core::PartnerId;
use serde::Deserialize;

use super::partner_changes;
use crate::portal::{OnceForm, PREFIX};
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, Fact, FilePage, PartnerForm, PartnerFormPage, SecretPage, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, PostButton, Sheet, Table, shown};

/// A cursor of the list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Onward {
    after: Option<String>,
}

/// The list.
pub(super) async fn list(signed: Signed, Filters(query): Filters<Onward>) -> Response {
    let page = match signed.operator().partners(shown(query.after.as_deref())).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let row = |partner: &PartnerView| {
        let here = format!("{PREFIX}/partners/{}", partner.partner_id);
        vec![
            Cell::Link { href: here, text: partner.legal_name.clone() },
            Cell::status(&partner.standing, words),
            Cell::text(words.get(if partner.enrolled { "label.yes" } else { "label.no" })),
            Cell::when(partner.registered_at, words),
            Cell::id(partner.partner_id),
        ]
    };
    let columns = ["col.name", "col.status", "col.enrolled", "col.registered", "col.partner"];
    let may_add = signed.person.may("manage_partners");
    let sheet = Sheet {
        lead: words.get("lead.partners").to_owned(),
        here: "/portal/partners",
        filters: Vec::new(),
        table: Table {
            caption: words.get("nav.partners").to_owned(),
            columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
            rows: page.items.iter().map(row).collect(),
            empty: words.get("empty.partners").to_owned(),
        },
        next: page.next.map(|after| format!("{PREFIX}/partners?after={after}")),
        export: None,
        views: None,
        add: may_add.then(|| (format!("{PREFIX}/partners/new"), words.get("act.add_partner").to_owned())),
    };
    SheetPage { frame: signed.frame("/partners", words.get("nav.partners")), sheet }.show()
}

/// The form.
pub(super) async fn form(signed: Signed) -> Response {
    let frame = signed.frame("/partners", signed.words.get("title.new_partner"));
    PartnerFormPage { frame, once: signed.portal.once(), values: PartnerForm::default() }.show()
}

/// Takes a partner on and shows the enrolment token, once.
pub(super) async fn register(signed: Signed, Form(form): Form<PartnerForm>) -> Response {
    let address = form.notification_url.trim();
    let url = if address.is_empty() { Ok(None) } else { address.parse().map(Some) };
    let Ok(notification_url) = url else {
        let said = signed.words.get("problem.address").to_owned();
        return again(&signed, form, said);
    };
    let partner = RegisterPartner {
        legal_name: form.legal_name.trim().to_owned(),
        gstin: form.gstin.trim().to_uppercase(),
        contract_ref: form.contract_ref.trim().to_owned(),
        contacts: partner_changes::addresses(&form.contacts),
        price_plan: form.price_plan.trim().to_owned(),
        notification_url,
    };
    match signed.operator().register_partner(&form.once, &partner).await {
        Ok(registered) => enrolment(&signed, registered),
        Err(error) => {
            let said = Trouble::of(&error).words(signed.words);
            again(&signed, form, said)
        }
    }
}

/// The form as it was written, with what is wrong with it. It may be sent again as a new request.
fn again(signed: &Signed, form: PartnerForm, said: String) -> Response {
    let mut frame = signed.frame("/partners", signed.words.get("title.new_partner"));
    frame.problem = Some(said);
    PartnerFormPage { frame, once: signed.portal.once(), values: form }
        .answer(StatusCode::UNPROCESSABLE_ENTITY)
}

fn enrolment(signed: &Signed, registered: RegisteredPartner) -> Response {
    let words = signed.words;
    let keys = registered.central_keys.iter().filter_map(|key| serde_json::to_string(key).ok());
    let facts = vec![
        Fact { label: words.get("col.partner").to_owned(), value: Cell::id(registered.partner_id) },
        Fact { label: words.get("label.central_keys").to_owned(), value: Cell::Tags(keys.collect()) },
    ];
    let page = SecretPage {
        frame: signed.frame("/partners", words.get("title.enrolment")),
        lead: words.get("lead.enrolment").to_owned(),
        label: words.get("label.enrolment_token").to_owned(),
        secret: registered.enrolment_token,
        facts,
        back: (format!("{PREFIX}/partners/{}", registered.partner_id), words.get("col.partner").to_owned()),
    };
    page.show()
}

/// The file of one.
pub(super) async fn one(signed: Signed, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse::<PartnerId>() else { return Trouble::NotFound.answer(&signed) };
    let file = match signed.operator().partner(id).await {
        Ok(file) => file,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let page = FilePage {
        frame: signed.frame("/partners", &file.legal_name),
        facts: facts(&signed, &file),
        steps: Vec::new(),
        tables: vec![keys(&signed, &file.keys)],
        links: partner_changes::ways(&signed, id),
        buttons: buttons(&signed, &file),
        back: (format!("{PREFIX}/partners"), words.get("nav.partners").to_owned()),
    };
    page.show()
}

fn facts(signed: &Signed, file: &PartnerFileView) -> Vec<Fact> {
    let words = signed.words;
    let fact = |name: &str, value| Fact { label: words.get(name).to_owned(), value };
    let id = file.partner_id;
    let led = [
        ("see_usage", "nav.billing", "act.see_bills", format!("{PREFIX}/billing?partner={id}")),
        ("see_usage", "title.billing_address", "act.see_address", format!("{PREFIX}/partners/{id}/billing")),
        ("see_consents", "nav.requests", "act.see_requests", format!("{PREFIX}/requests?partner={id}")),
    ];
    let led = led.into_iter().filter(|(needs, ..)| signed.person.may(needs));
    let led =
        led.map(|(_, label, text, href)| fact(label, Cell::Link { href, text: words.get(text).to_owned() }));
    let plan = file.price_plan.as_deref().unwrap_or(words.get("label.no_price_plan"));
    let told = file.notification_url.as_deref().unwrap_or(words.get("label.polls"));
    let facts = [
        fact("col.status", Cell::status(&file.standing, words)),
        fact("label.gstin", Cell::text(&file.gstin)),
        fact("label.contract", Cell::text(&file.contract_ref)),
        fact("label.contacts", Cell::Tags(file.contacts.clone())),
        fact("label.price_plan", Cell::text(plan)),
        fact("label.regulated", Cell::text(words.get(if file.regulated { "label.yes" } else { "label.no" }))),
        fact("col.registered", Cell::when(file.registered_at, words)),
        fact("label.notifications", Cell::text(told)),
        fact("col.partner", Cell::id(id)),
    ];
    facts.into_iter().chain(led).collect()
}

fn keys(signed: &Signed, keys: &[PartnerKeysView]) -> Table {
    let words = signed.words;
    let row = |key: &PartnerKeysView| {
        vec![
            Cell::when(key.enrolled_at, words),
            Cell::text(words.get(if key.current { "label.in_use" } else { "label.earlier" })),
            Cell::id(&key.envelope_kid),
            Cell::id(&key.signing_kid),
            Cell::when(key.valid_to, words),
            Cell::id(&key.key_record),
        ]
    };
    let columns = [
        "col.enrolled",
        "col.status",
        "label.envelope_key",
        "label.signing_key",
        "col.until",
        "label.key_record",
    ];
    Table {
        caption: words.get("caption.keys").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: keys.iter().map(row).collect(),
        empty: words.get("empty.keys").to_owned(),
    }
}

fn buttons(signed: &Signed, file: &PartnerFileView) -> Vec<PostButton> {
    if !signed.person.may("manage_partners") {
        return Vec::new();
    }
    let button = |step: &str, name: &str, grave| PostButton {
        action: format!("{PREFIX}/partners/{}/{step}", file.partner_id),
        label: signed.words.get(name).to_owned(),
        once: signed.portal.once(),
        grave,
    };
    let standing = if file.standing == "ACTIVE" {
        button("suspend", "act.suspend", true)
    } else {
        button("reinstate", "act.reinstate", false)
    };
    vec![standing, button("enrolment", "act.renew_enrolment", false)]
}

/// Suspends, reinstates, or gives out another enrolment token.
pub(super) async fn step(
    signed: Signed,
    Path((id, step)): Path<(String, String)>,
    Form(form): Form<OnceForm>,
) -> Response {
    let Ok(id) = id.parse::<PartnerId>() else { return Trouble::NotFound.answer(&signed) };
    let (operator, once) = (signed.operator(), form.once);
    let (done, told) = match step.as_str() {
        "suspend" => (operator.suspend(&once, id).await, "suspended"),
        "reinstate" => (operator.reinstate(&once, id).await, "reinstated"),
        "enrolment" => {
            return match operator.renew_enrolment(&once, id).await {
                Ok(registered) => enrolment(&signed, registered),
                Err(error) => signed.refused(&error),
            };
        }
        _ => return Trouble::NotFound.answer(&signed),
    };
    match done {
        Ok(()) => signed.lead_to(&format!("/partners/{id}"), told),
        Err(error) => signed.refused(&error),
    }
}
