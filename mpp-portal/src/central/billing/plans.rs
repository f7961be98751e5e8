//! The price book.

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mpp_api::central::PricePlanView;
use mpp_api::central::forms::{PriceItem, PricePlanForm, Slab, SlabMode};
use mpp_core::PricePlanId;
use serde::Deserialize;

use super::plan_form::Written;
use super::rupees;
use crate::central::partner_names::PartnerNames;
use crate::chart::unit_words;
use crate::portal::{OnceForm, PREFIX};
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, Fact, FilePage, PlanFields, PlanFormPage, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, PostButton, Sheet, Table};
use crate::words::Words;

/// A cursor of the list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Onward {
    after: Option<String>,
}

/// The list.
pub(super) async fn list(signed: Signed, Filters(query): Filters<Onward>) -> Response {
    let page = match signed.operator().price_plans(query.after.as_deref()).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let names = match PartnerNames::load(&signed).await {
        Ok(names) => names,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let row = |view: &PricePlanView| {
        let plan = &view.plan;
        let named = view.proposed_by.as_ref().or(view.decided_by.as_ref());
        vec![
            Cell::Link { href: format!("{PREFIX}/prices/{}", plan.id), text: plan.id.to_string() },
            names.cell(plan.partner),
            Cell::day(plan.valid_from.to_string(), words),
            until(plan, words),
            Cell::status(&view.status, words),
            named.map_or(Cell::Nothing, |staff| Cell::text(staff.as_str())),
        ]
    };
    let columns = [
        "label.plan_name",
        "col.partner",
        "label.valid_from",
        "label.valid_until",
        "col.status",
        "label.proposed_by",
    ];
    let add = (format!("{PREFIX}/prices/new"), words.get("act.propose_plan").to_owned());
    let sheet = Sheet {
        lead: words.get("lead.prices").to_owned(),
        here: "/portal/prices",
        filters: Vec::new(),
        table: Table {
            caption: words.get("nav.prices").to_owned(),
            columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
            rows: page.items.iter().map(row).collect(),
            empty: words.get("empty.plans").to_owned(),
        },
        next: page.next.map(|after| format!("{PREFIX}/prices?after={after}")),
        export: None,
        views: None,
        add: signed.person.may("manage_billing").then_some(add),
    };
    SheetPage { frame: signed.frame("/prices", words.get("nav.prices")), sheet }.show()
}

/// The form, with the usual code and rate.
pub(super) async fn form(signed: Signed) -> Response {
    let usual = [("sac", "998315"), ("tax", "18")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let fields = Written::new(usual.to_vec()).fields(&signed);
    form_page(&signed, fields, None).await
}

/// Proposes what was written.
pub(super) async fn propose(signed: Signed, Form(pairs): Form<Vec<(String, String)>>) -> Response {
    let written = Written::new(pairs);
    let plan = match written.plan() {
        Ok(plan) => plan,
        Err(field) => {
            let said = signed.words.with("problem.field", signed.words.get(field));
            return form_page(&signed, written.fields(&signed), Some(said)).await;
        }
    };
    match signed.operator().propose_plan(written.get("once"), &plan).await {
        Ok(view) => signed.lead_to(&format!("/prices/{}", view.plan.id), "plan_proposed"),
        Err(error) => {
            let said = Trouble::of(&error).words(signed.words);
            form_page(&signed, written.fields(&signed), Some(said)).await
        }
    }
}

async fn form_page(signed: &Signed, fields: PlanFields, problem: Option<String>) -> Response {
    let partners = match PartnerNames::load(signed).await {
        Ok(names) => names.ticks(&fields.partner),
        Err(error) => return signed.refused(&error),
    };
    let mut frame = signed.frame("/prices", signed.words.get("act.propose_plan"));
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    frame.problem = problem;
    PlanFormPage { frame, partners, fields }.answer(status)
}

/// One plan.
pub(super) async fn one(signed: Signed, Path(plan): Path<String>) -> Response {
    let Ok(plan) = plan.parse::<PricePlanId>() else { return Trouble::NotFound.answer(&signed) };
    let view = match signed.operator().price_plan(&plan).await {
        Ok(view) => view,
        Err(error) => return signed.refused(&error),
    };
    let partners = match PartnerNames::load(&signed).await {
        Ok(partners) => partners,
        Err(error) => return signed.refused(&error),
    };
    let page = FilePage {
        frame: signed.frame("/prices", view.plan.id.as_str()),
        facts: facts(&signed, &view, &partners),
        steps: Vec::new(),
        tables: vec![prices(&signed, &view.plan)],
        links: Vec::new(),
        buttons: buttons(&signed, &view),
        back: (format!("{PREFIX}/prices"), signed.words.get("nav.prices").to_owned()),
    };
    page.show()
}

/// The last day of a plan, where it has one.
fn until(plan: &PricePlanForm, words: Words) -> Cell {
    let open = || Cell::text(words.get("label.open_end"));
    plan.valid_until.map_or_else(open, |day| Cell::day(day.to_string(), words))
}

fn facts(signed: &Signed, view: &PricePlanView, partners: &PartnerNames) -> Vec<Fact> {
    let words = signed.words;
    let fact = |name: &str, value| Fact { label: words.get(name).to_owned(), value };
    let plan = &view.plan;
    let mut facts = vec![
        fact("col.status", Cell::status(&view.status, words)),
        fact("col.partner", partners.cell(plan.partner)),
        fact("label.valid_from", Cell::day(plan.valid_from.to_string(), words)),
        fact("label.valid_until", until(plan, words)),
        fact("col.since", Cell::when(view.at, words)),
    ];
    let named = [("label.proposed_by", &view.proposed_by), ("label.decided_by", &view.decided_by)];
    for (name, staff) in named {
        facts.extend(staff.as_ref().map(|staff| fact(name, Cell::text(staff.as_str()))));
    }
    if view.status == "proposed" && view.proposed_by.as_ref() == Some(&signed.person.id) {
        facts.push(fact("label.waits", Cell::text(words.get("lead.second"))));
    }
    facts
}

fn prices(signed: &Signed, plan: &PricePlanForm) -> Table {
    let words = signed.words;
    let mut rows: Vec<Vec<Cell>> = plan.items.iter().flat_map(|item| slab_rows(signed, item)).collect();
    for fee in &plan.fees {
        rows.push(vec![
            Cell::text(fee.description.as_str()),
            Cell::text(words.get("label.every_month")),
            Cell::Nothing,
            rupees(fee.amount),
            Cell::text(fee.sac.to_string()),
            Cell::text(fee.tax.to_string()),
        ]);
    }
    if let Some(minimum) = &plan.minimum {
        rows.push(vec![
            Cell::text(minimum.description.as_str()),
            Cell::text(words.get("label.minimum")),
            Cell::Nothing,
            rupees(minimum.amount),
            Cell::text(minimum.sac.to_string()),
            Cell::text(minimum.tax.to_string()),
        ]);
    }
    let columns = ["col.service", "col.unit", "col.above", "col.unit_price", "col.sac", "col.tax_rate"];
    Table {
        caption: words.get("caption.prices").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows,
        empty: String::new(),
    }
}

fn slab_rows(signed: &Signed, item: &PriceItem) -> Vec<Vec<Cell>> {
    let volume = item.mode == SlabMode::Volume && item.slabs.len() > 1;
    let row = |slab: &Slab| {
        let mut unit = unit_words(signed, item.unit);
        if volume {
            unit = format!("{unit} · {}", signed.words.get("label.volume"));
        }
        vec![
            Cell::text(item.description.as_str()),
            Cell::text(unit),
            Cell::number(slab.above),
            rupees(slab.unit_price),
            Cell::text(item.sac.to_string()),
            Cell::text(item.tax.to_string()),
        ]
    };
    item.slabs.iter().map(row).collect()
}

fn buttons(signed: &Signed, view: &PricePlanView) -> Vec<PostButton> {
    if view.status != "proposed" || !signed.person.may("manage_billing") {
        return Vec::new();
    }
    let button = |step: &str, name: &str, grave| PostButton {
        action: format!("{PREFIX}/prices/{}/{step}", view.plan.id),
        label: signed.words.get(name).to_owned(),
        once: signed.portal.once(),
        grave,
    };
    let own = view.proposed_by.as_ref() == Some(&signed.person.id);
    let approve = (!own).then(|| button("approve", "act.approve", false));
    approve.into_iter().chain([button("withdraw", "act.discard", true)]).collect()
}

/// Approves a plan or throws it away.
pub(super) async fn step(
    signed: Signed,
    Path((plan, step)): Path<(String, String)>,
    Form(form): Form<OnceForm>,
) -> Response {
    let Ok(plan) = plan.parse::<PricePlanId>() else { return Trouble::NotFound.answer(&signed) };
    let (approve, done) = match step.as_str() {
        "approve" => (true, "plan_approved"),
        "withdraw" => (false, "plan_withdrawn"),
        _ => return Trouble::NotFound.answer(&signed),
    };
    match signed.operator().decide_plan(&form.once, &plan, approve).await {
        Ok(_) => signed.lead_to(&format!("/prices/{plan}"), done),
        Err(error) => signed.refused(&error),
    }
}
