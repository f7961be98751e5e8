//! Retiring a product: one person proposes it after having read what it means, another approves it.

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use mpp_api::client::ProductFileView;
use mpp_core::ProductId;

use super::file_of;
use crate::portal::{OnceForm, PREFIX};
use crate::signed::Signed;
use crate::templates::{Answer, ConfirmPage, Fact};
use crate::trouble::Trouble;
use crate::view::{Cell, PostButton};

/// What stands on the page of a version about retiring its product.
pub(super) struct Retiring {
    /// The way to the question, where nobody has proposed it yet.
    pub(super) ask: Option<String>,
    /// Who has proposed it, and when; empty where nobody has.
    pub(super) proposed: Vec<Fact>,
    /// What can be done with the proposal.
    pub(super) buttons: Vec<PostButton>,
}

impl Retiring {
    pub(super) fn of(signed: &Signed, file: &ProductFileView) -> Self {
        let words = signed.words;
        let here = format!("{PREFIX}/products/{}/{}/retire", file.product_id, file.version);
        let may_define = signed.person.may("define_products");
        let Some(proposed) = &file.retirement else {
            let offered = file.state == "approved" && file.published && may_define;
            return Self { ask: offered.then_some(here), proposed: Vec::new(), buttons: Vec::new() };
        };
        let fact = |name: &str, value| Fact { label: words.get(name).to_owned(), value };
        let button = |step: &str, name: &str, grave| PostButton {
            action: format!("{here}/{step}"),
            label: words.get(name).to_owned(),
            once: signed.portal.once(),
            grave,
        };
        let by_another = proposed.proposed_by != signed.person.id && signed.person.may("approve_products");
        let approve = by_another.then(|| button("approve", "act.approve_retirement", true));
        let withdraw = may_define.then(|| button("withdraw", "act.withdraw_retirement", false));
        Self {
            ask: None,
            proposed: vec![
                fact("label.proposed_by", Cell::text(proposed.proposed_by.as_str())),
                fact("col.since", Cell::when(proposed.proposed_at, words)),
            ],
            buttons: approve.into_iter().chain(withdraw).collect(),
        }
    }
}

/// The question.
pub(in crate::client) async fn ask(signed: Signed, Path((id, version)): Path<(String, String)>) -> Response {
    let file = match file_of(&signed, &id, &version).await {
        Ok(file) => file,
        Err(response) => return response,
    };
    if !signed.person.may("define_products") {
        return Trouble::NotAllowed.answer(&signed);
    }
    let words = signed.words;
    let here = format!("{PREFIX}/products/{}/{}", file.product_id, file.version);
    let page = ConfirmPage {
        frame: signed.frame("/products", words.get("act.retire")),
        lead: words.get("lead.retire").to_owned(),
        facts: vec![
            Fact { label: words.get("col.name").to_owned(), value: Cell::text(&file.name) },
            Fact { label: words.get("col.product").to_owned(), value: Cell::id(file.product_id) },
        ],
        action: format!("{here}/retire"),
        once: signed.portal.once(),
        act: words.get("act.propose_retirement").to_owned(),
        back: (here, file.name),
    };
    page.show()
}

/// Proposes it.
pub(in crate::client) async fn propose(
    signed: Signed,
    Path((id, version)): Path<(String, String)>,
    Form(form): Form<OnceForm>,
) -> Response {
    let Ok(product) = id.parse::<ProductId>() else { return Trouble::NotFound.answer(&signed) };
    let done = signed.staff().propose_retirement(&form.once, product).await.map(drop);
    lead(&signed, done, &format!("/products/{product}/{version}"), "retirement_proposed")
}

/// Retires the product as a second person.
pub(in crate::client) async fn approve(
    signed: Signed,
    Path((id, version)): Path<(String, String)>,
    Form(form): Form<OnceForm>,
) -> Response {
    let Ok(product) = id.parse::<ProductId>() else { return Trouble::NotFound.answer(&signed) };
    let done = signed.staff().approve_retirement(&form.once, product).await;
    lead(&signed, done, &format!("/products/{product}/{version}"), "retired")
}

/// Throws the proposal away.
pub(in crate::client) async fn withdraw(
    signed: Signed,
    Path((id, version)): Path<(String, String)>,
    Form(form): Form<OnceForm>,
) -> Response {
    let Ok(product) = id.parse::<ProductId>() else { return Trouble::NotFound.answer(&signed) };
    let done = signed.staff().withdraw_retirement(&form.once, product).await;
    lead(&signed, done, &format!("/products/{product}/{version}"), "retirement_withdrawn")
}

fn lead(signed: &Signed, done: Result<(), mpp_api::ApiError>, place: &str, what: &str) -> Response {
    match done {
        Ok(()) => signed.lead_to(place, what),
        Err(error) => signed.refused(&error),
    }
}
