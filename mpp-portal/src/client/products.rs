//! Products: the list, one version as the customer will see it, and approval by a second person; below, writing them.

mod compare;
mod controls;
mod draft;
mod faults;
mod form;
mod retiring;
mod seen;

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use mpp_api::client::{ProductFileView, ProductView};
use mpp_core::ProductId;
use serde::Deserialize;

use crate::portal::{OnceForm, PREFIX};
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, Fact, Preview, ProductPage, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, PostButton, Sheet, Table, shown};

pub(super) use compare::compare;
pub(super) use form::{fresh, next, take};
pub(super) use retiring::{
    approve as approve_to_retire, ask as ask_to_retire, propose as propose_to_retire,
    withdraw as withdraw_to_retire,
};

/// Where the list goes on.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Onward {
    after: Option<String>,
}

/// The list.
pub(super) async fn list(signed: Signed, Filters(query): Filters<Onward>) -> Response {
    let page = match signed.staff().products(shown(query.after.as_deref())).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let row = |product: &ProductView| {
        let here = format!("{PREFIX}/products/{}/{}", product.product_id, product.version);
        vec![
            Cell::Link { href: here, text: product.name.clone() },
            Cell::number(product.version.into()),
            Cell::status(&product.state, words),
            Cell::id(product.product_id),
        ]
    };
    let columns = ["col.name", "col.version", "col.status", "col.product"];
    let may_define = signed.person.may("define_products");
    let sheet = Sheet {
        lead: words.get("lead.products").to_owned(),
        here: "/portal/products",
        filters: Vec::new(),
        table: Table {
            caption: words.get("nav.products").to_owned(),
            columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
            rows: page.items.iter().map(row).collect(),
            empty: words.get("empty.products").to_owned(),
        },
        next: page.next.map(|after| format!("{PREFIX}/products?after={after}")),
        export: None,
        views: None,
        add: may_define.then(|| (format!("{PREFIX}/products/new"), words.get("act.define").to_owned())),
    };
    SheetPage { frame: signed.frame("/products", words.get("nav.products")), sheet }.show()
}

/// One version, as the customer will see it.
pub(super) async fn one(signed: Signed, Path((id, version)): Path<(String, String)>) -> Response {
    match file_of(&signed, &id, &version).await {
        Ok(file) => page(&signed, &file),
        Err(response) => response,
    }
}

async fn file_of(signed: &Signed, id: &str, version: &str) -> Result<ProductFileView, Response> {
    let (Ok(id), Ok(version)) = (id.parse::<ProductId>(), version.parse::<u32>()) else {
        return Err(Trouble::NotFound.answer(signed));
    };
    signed.staff().product(id, version).await.map_err(|error| signed.refused(&error))
}

fn page(signed: &Signed, file: &ProductFileView) -> Response {
    let words = signed.words;
    let fact = |name: &str, value| Fact { label: words.get(name).to_owned(), value };
    let published = words.get(if file.published { "label.yes" } else { "label.no" });
    let facts = vec![
        fact("col.status", Cell::status(&file.state, words)),
        fact("col.version", Cell::number(file.version.into())),
        fact("label.author", Cell::text(file.author.as_str())),
        fact("label.published", Cell::text(published)),
        fact("col.product", Cell::id(file.product_id)),
    ];
    let here = format!("{PREFIX}/products/{}/{}", file.product_id, file.version);
    let mut buttons = Vec::new();
    let own = file.author == signed.person.id;
    if file.state == "draft" && !own && signed.person.may("approve_products") {
        buttons.push(PostButton {
            action: format!("{here}/approve"),
            label: words.get("act.approve").to_owned(),
            once: signed.portal.once(),
            grave: false,
        });
    }
    let retiring = retiring::Retiring::of(signed, file);
    let page = ProductPage {
        frame: signed.frame("/products", &file.name),
        facts,
        buttons,
        waits_for_second: file.state == "draft" && own,
        waits_for_central: file.state == "approved" && !file.published,
        compare: (file.version > 1)
            .then(|| format!("{PREFIX}/products/{}/compare?to={}", file.product_id, file.version)),
        next: (file.state != "retired" && signed.person.may("define_products"))
            .then(|| format!("{here}/next")),
        retire: retiring.ask,
        proposed: retiring.proposed,
        proposal: retiring.buttons,
        preview: Preview {
            items: file.items.iter().filter_map(|item| seen::item(item, words)).collect(),
            notices: seen::notices(&file.notice),
        },
    };
    page.show()
}

/// Approves a draft as a second person.
pub(super) async fn approve(
    signed: Signed,
    Path((id, version)): Path<(String, String)>,
    Form(form): Form<OnceForm>,
) -> Response {
    let (Ok(id), Ok(version)) = (id.parse::<ProductId>(), version.parse::<u32>()) else {
        return Trouble::NotFound.answer(&signed);
    };
    match signed.staff().approve_product(&form.once, id, version).await {
        Ok(approved) => signed.lead_to(&format!("/products/{id}/{version}"), became(&approved)),
        Err(error) => signed.refused(&error),
    }
}

/// What an approval came to.
const fn became(approved: &ProductView) -> &'static str {
    if approved.published { "approved" } else { "approved_unpublished" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_are_said_to_be_asked_only_for_what_central_knows() {
        let answer = |published| ProductView {
            product_id: ProductId::from_random([1; 16]),
            version: 2,
            name: "Loan".to_owned(),
            state: "approved".to_owned(),
            published,
            sources: Vec::new(),
        };
        assert_eq!(became(&answer(true)), "approved");
        assert_eq!(became(&answer(false)), "approved_unpublished");
    }
}
