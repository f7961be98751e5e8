//! The people, for administrators.

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use mpp_api::ApiError;
use mpp_api::desk::{InviteStaff, SetRoles, SignOnLinkView, StaffView};
use mpp_core::StaffId;
use serde::Deserialize;

use super::{passkeys, single_sign_on};
use crate::moment::Moment;
use crate::portal::{OnceForm, PREFIX};
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, Fact, PeoplePage, PersonRow, SecretPage, Tick};
use crate::trouble::Trouble;
use crate::view::Cell;

#[derive(Debug, Default, Deserialize)]
pub(super) struct PeopleQuery {
    after: Option<String>,
}

/// The page.
pub(super) async fn show(signed: Signed, Filters(query): Filters<PeopleQuery>) -> Response {
    page(&signed, query.after.as_deref(), None).await
}

async fn page(signed: &Signed, after: Option<&str>, problem: Option<String>) -> Response {
    let people = match signed.desk().people(after).await {
        Ok(people) => people,
        Err(error) => return signed.refused(&error),
    };
    let links = match single_sign_on::links(signed).await {
        Ok(links) => links,
        Err(error) => return signed.refused(&error),
    };
    let mut frame = signed.frame("/people", signed.words.get("title.people"));
    frame.problem = problem;
    let next = people.next.map(|cursor| format!("{PREFIX}/people?after={cursor}"));
    let rows = people.items.into_iter().map(|person| row(signed, links.as_deref(), person)).collect();
    let passkeys = passkeys::host(signed).await.is_some();
    let (roles, once) = (ticks(signed, &[]), signed.portal.once());
    PeoplePage { frame, people: rows, roles, once, next, passkeys }.show()
}

/// The page, and why something did not go well.
pub(super) async fn again(signed: &Signed, error: &ApiError) -> Response {
    page(signed, None, Some(Trouble::of(error).words(signed.words))).await
}

fn row(signed: &Signed, links: Option<&[SignOnLinkView]>, person: StaffView) -> PersonRow {
    let words = signed.words;
    let when = Moment::of(person.invited_at, words.0).shown;
    PersonRow {
        sign_on: single_sign_on::row(links, &person.id),
        oneself: person.id == signed.person.id,
        invited: format!("{} · {when}", person.invited_by),
        state: Cell::status(&person.state, words),
        ticks: ticks(signed, &person.roles),
        id: person.id.to_string(),
        name: person.name,
        once: signed.portal.once(),
    }
}

fn ticks(signed: &Signed, has: &[String]) -> Vec<Tick> {
    let roles = signed.portal.kind.roles.iter();
    let tick = |role: &&str| Tick {
        value: (*role).to_owned(),
        label: signed.words.of("role", role),
        ticked: has.iter().any(|had| had == role),
    };
    roles.map(tick).collect()
}

/// A form with any number of ticked boxes; axum's own form type takes one value of a name only.
fn fields(body: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

fn value(fields: &[(String, String)], name: &str) -> String {
    fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

fn values(fields: &[(String, String)], name: &str) -> Vec<String> {
    fields.iter().filter(|(found, _)| found == name).map(|(_, value)| value.clone()).collect()
}

/// Invites a person and shows the invitation, once.
pub(super) async fn invite(signed: Signed, body: String) -> Response {
    let fields = fields(&body);
    let invite = InviteStaff {
        id: value(&fields, "id"),
        name: value(&fields, "name"),
        roles: values(&fields, "role"),
    };
    let invited = match signed.desk().invite(&value(&fields, "once"), &invite).await {
        Ok(invited) => invited,
        Err(error) => return page(&signed, None, Some(Trouble::of(&error).words(signed.words))).await,
    };
    let words = signed.words;
    let facts = vec![
        Fact { label: words.get("label.account").to_owned(), value: Cell::text(invited.id.as_str()) },
        Fact { label: words.get("col.until").to_owned(), value: Cell::when(invited.until, words) },
    ];
    let page = SecretPage {
        frame: signed.frame("/people", words.get("title.invited")),
        lead: words.get("lead.invited").to_owned(),
        label: words.get("label.invitation").to_owned(),
        secret: invited.invitation,
        facts,
        back: (format!("{PREFIX}/people"), words.get("nav.people").to_owned()),
    };
    page.show()
}

/// Sets roles.
pub(super) async fn set_roles(signed: Signed, Path(id): Path<String>, body: String) -> Response {
    let Ok(id) = id.parse::<StaffId>() else { return Trouble::NotFound.answer(&signed) };
    let fields = fields(&body);
    // everybody has a role, so a page without any is one of an earlier program
    let shown = Some(values(&fields, "shown")).filter(|shown| !shown.is_empty());
    let set = SetRoles { roles: values(&fields, "role"), shown };
    match signed.desk().set_roles(&value(&fields, "once"), &id, &set).await {
        Ok(()) => signed.lead_to("/people", "roles_set"),
        Err(error) => page(&signed, None, Some(Trouble::of(&error).words(signed.words))).await,
    }
}

/// Shuts an account.
pub(super) async fn disable(signed: Signed, Path(id): Path<String>, Form(form): Form<OnceForm>) -> Response {
    let Ok(id) = id.parse::<StaffId>() else { return Trouble::NotFound.answer(&signed) };
    match signed.desk().disable(&form.once, &id).await {
        Ok(()) => signed.lead_to("/people", "disabled"),
        Err(error) => page(&signed, None, Some(Trouble::of(&error).words(signed.words))).await,
    }
}
