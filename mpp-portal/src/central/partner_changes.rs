//! What is changed about a partner by a form of one field: where it takes notifications, whom to write to.

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mpp_api::ApiError;
use mpp_api::central::{PartnerFileView, SetContacts, SetNotificationAddress};
use mpp_core::PartnerId;
use serde::Deserialize;

use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, FieldPage, OnlyField};
use crate::trouble::Trouble;

/// What can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Particular {
    /// Where notifications go.
    Notifications,
    /// Whom to write to.
    Contacts,
}

impl Particular {
    const ALL: [Self; 2] = [Self::Notifications, Self::Contacts];

    /// The last part of its page's address.
    const fn place(self) -> &'static str {
        match self {
            Self::Notifications => "notifications",
            Self::Contacts => "contacts",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Notifications => "title.notification_address",
            Self::Contacts => "title.contacts",
        }
    }

    fn present(self, file: PartnerFileView) -> String {
        match self {
            Self::Notifications => file.notification_url.unwrap_or_default(),
            Self::Contacts => file.contacts.join(", "),
        }
    }

    fn field(self, signed: &Signed, value: String) -> OnlyField {
        let word = |name: &str| signed.words.get(name).to_owned();
        match self {
            Self::Notifications => OnlyField {
                label: word("label.notifications"),
                hint: word("hint.notifications"),
                act: word("act.set_notification_address"),
                kind: "url",
                longest: 500,
                required: false,
                value,
            },
            Self::Contacts => OnlyField {
                label: word("label.contacts"),
                hint: word("hint.contacts"),
                act: word("act.set_contacts"),
                kind: "text",
                longest: 6_000,
                required: true,
                value,
            },
        }
    }
}

/// What was written into the field.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FieldForm {
    once: String,
    value: String,
}

/// The ways to the forms, for the page of a partner; none for who may not change it.
pub(super) fn ways(signed: &Signed, id: PartnerId) -> Vec<(String, String)> {
    if !signed.person.may("manage_partners") {
        return Vec::new();
    }
    let way = |particular: Particular| {
        let href = format!("{}/{}", place_of(id), particular.place());
        (href, signed.words.get(particular.title()).to_owned())
    };
    Particular::ALL.map(way).to_vec()
}

fn place_of(id: PartnerId) -> String {
    format!("{PREFIX}/partners/{id}")
}

/// E-mail addresses as people write several of them.
pub(super) fn addresses(text: &str) -> Vec<String> {
    let parts = text.split([',', ';', '\n', ' ']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// The form, filled with what holds.
pub(super) async fn form(particular: Particular, signed: Signed, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse::<PartnerId>() else { return Trouble::NotFound.answer(&signed) };
    if !signed.person.may("manage_partners") {
        return Trouble::NotAllowed.answer(&signed);
    }
    match signed.operator().partner(id).await {
        Ok(file) => page(particular, &signed, id, particular.present(file), None),
        Err(error) => signed.refused(&error),
    }
}

/// Sets it; what is refused stays in the field.
pub(super) async fn set(
    particular: Particular,
    signed: Signed,
    Path(id): Path<String>,
    Form(form): Form<FieldForm>,
) -> Response {
    let Ok(id) = id.parse::<PartnerId>() else { return Trouble::NotFound.answer(&signed) };
    let said = match ask(particular, &signed, id, &form).await {
        Asked::Done(done) => return signed.lead_to(&format!("/partners/{id}"), done),
        Asked::NoAddress => signed.words.get("problem.address").to_owned(),
        Asked::Refused(error) => Trouble::of(&error).words(signed.words),
    };
    page(particular, &signed, id, form.value, Some(said))
}

enum Asked {
    Done(&'static str),
    NoAddress,
    Refused(ApiError),
}

async fn ask(particular: Particular, signed: &Signed, id: PartnerId, form: &FieldForm) -> Asked {
    let operator = signed.operator();
    let (answer, done) = match particular {
        Particular::Notifications => {
            let text = form.value.trim();
            let url = if text.is_empty() { Ok(None) } else { text.parse().map(Some) };
            let Ok(notification_url) = url else { return Asked::NoAddress };
            let done =
                if text.is_empty() { "notification_address_removed" } else { "notification_address_set" };
            let wanted = SetNotificationAddress { notification_url };
            (operator.set_notification_address(&form.once, id, &wanted).await, done)
        }
        Particular::Contacts => {
            let wanted = SetContacts { contacts: addresses(&form.value) };
            (operator.set_contacts(&form.once, id, &wanted).await, "contacts_set")
        }
    };
    match answer {
        Ok(()) => Asked::Done(done),
        Err(error) => Asked::Refused(error),
    }
}

fn page(
    particular: Particular,
    signed: &Signed,
    id: PartnerId,
    value: String,
    problem: Option<String>,
) -> Response {
    let mut frame = signed.frame("/partners", signed.words.get(particular.title()));
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    frame.problem = problem;
    let page = FieldPage {
        frame,
        back: (place_of(id), signed.words.get("col.partner").to_owned()),
        action: format!("{}/{}", place_of(id), particular.place()),
        once: signed.portal.once(),
        field: particular.field(signed, value),
    };
    page.answer(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_parted_as_people_part_them() {
        let expected = ["a@kaveri.example", "b@kaveri.example", "c@kaveri.example"];
        assert_eq!(addresses("a@kaveri.example, b@kaveri.example;c@kaveri.example\n"), expected);
        assert!(addresses(" , ").is_empty());
    }
}
