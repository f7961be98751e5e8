//! Products: the list, one version as the customer will see it, drafting, and approval by a second person.

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mpp_api::client::{DefineProduct, ProductFileView, ProductView};
use mpp_core::{CalendarSpan, Notice, ProductId, ProductItem};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{
    Answer, Fact, ProductForm, ProductFormPage, ProductPage, SeenItem, SeenNotice, SheetPage,
};
use crate::trouble::Trouble;
use crate::view::{Cell, PostButton, Sheet, Table};
use crate::words::Words;

/// The list.
pub(super) async fn list(signed: Signed) -> Response {
    let page = match signed.staff().products().await {
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
        next: None,
        export: None,
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
    let page = ProductPage {
        frame: signed.frame("/products", &file.name),
        facts,
        buttons,
        waits_for_second: file.state == "draft" && own,
        next: signed.person.may("define_products").then(|| format!("{here}/next")),
        items: file.items.iter().filter_map(|item| seen_item(item, words)).collect(),
        notices: seen_notices(&file.notice),
    };
    page.show()
}

fn seen_item(item: &Value, words: Words) -> Option<SeenItem> {
    let item: ProductItem = serde_json::from_value(item.clone()).ok()?;
    let terms = &item.terms;
    let named = |name: &str, value: String| (words.get(name).to_owned(), value);
    let kinds: Vec<String> =
        terms.fi_types.iter().filter_map(code_of).map(|code| words.of("kind", &code)).collect();
    let fetched = code_of(&terms.fetch_type).unwrap_or_default();
    let mut lines = vec![
        named("term.purpose", terms.purpose.text.clone()),
        named("term.fetch", words.of("fetch", &fetched)),
        named("term.range", span(terms.range_back, words)),
        named("term.valid", span(terms.valid_for, words)),
        named("term.life", counted(&terms.data_life, words)),
        named("term.frequency", counted(&terms.frequency, words)),
    ];
    if !kinds.is_empty() {
        lines.push(named("term.kinds", kinds.join(", ")));
    }
    Some(SeenItem { title: item.title, source: item.source.to_string(), data: item.data_items, terms: lines })
}

/// The code of a value that is one of a list.
fn code_of(value: &impl serde::Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}

/// A span as people say it: `12 months 3 days`.
fn span(span: CalendarSpan, words: Words) -> String {
    let parts = [(span.months(), "MONTH"), (span.days(), "DAY")];
    let said = parts.into_iter().filter(|(count, _)| *count > 0);
    said.map(|(count, unit)| format!("{count} {}", words.of("every", unit))).collect::<Vec<_>>().join(" ")
}

/// A number of units as people say it: `1 month`.
fn counted(value: &impl serde::Serialize, words: Words) -> String {
    let Ok(value) = serde_json::to_value(value) else { return String::new() };
    let unit = value.get("unit").and_then(Value::as_str).unwrap_or_default();
    let count = value.get("value").map(ToString::to_string).unwrap_or_default();
    let unit_in_words = words.of("every", unit);
    if unit == "INF" { unit_in_words } else { format!("{count} {unit_in_words}") }
}

fn seen_notices(notice: &Value) -> Vec<SeenNotice> {
    let Ok(notice) = serde_json::from_value::<Notice>(notice.clone()) else { return Vec::new() };
    let seen = |(tag, text): (&mpp_core::LanguageTag, &mpp_core::NoticeText)| SeenNotice {
        language: tag.to_string(),
        texts: vec![
            text.purpose.clone(),
            text.rights.clone(),
            text.withdrawal.clone(),
            text.complaint.clone(),
            text.grievance_contact.clone(),
        ],
    };
    notice.texts.iter().map(seen).collect()
}

/// The form for a new product.
pub(super) async fn form(signed: Signed) -> Response {
    form_page(&signed, ProductForm::default(), None)
}

/// The form for the next version of one.
pub(super) async fn next_form(signed: Signed, Path((id, version)): Path<(String, String)>) -> Response {
    let file = match file_of(&signed, &id, &version).await {
        Ok(file) => file,
        Err(response) => return response,
    };
    let content = json!({ "items": file.items, "notice": file.notice });
    let values = ProductForm {
        product: file.product_id.to_string(),
        name: file.name,
        content: serde_json::to_string_pretty(&content).unwrap_or_default(),
        ..ProductForm::default()
    };
    form_page(&signed, values, None)
}

fn form_page(signed: &Signed, values: ProductForm, problem: Option<String>) -> Response {
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut frame = signed.frame("/products", signed.words.get("act.define"));
    frame.problem = problem;
    ProductFormPage { frame, once: signed.portal.once(), values }.answer(status)
}

/// What the text of the form holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    items: Vec<Value>,
    notice: Value,
}

/// Drafts a version; what is wrong with it stands above the form.
pub(super) async fn define(signed: Signed, Form(form): Form<ProductForm>) -> Response {
    let content: Content = match serde_json::from_str(&form.content) {
        Ok(content) => content,
        Err(error) => {
            let place = format!("{}:{}", error.line(), error.column());
            let said = signed.words.with("problem.json", place);
            return form_page(&signed, form, Some(said));
        }
    };
    let product_id = match form.product.as_str() {
        "" => None,
        text => match text.parse() {
            Ok(id) => Some(id),
            Err(_) => return Trouble::NotFound.answer(&signed),
        },
    };
    let draft = DefineProduct {
        product_id,
        name: form.name.trim().to_owned(),
        items: content.items,
        notice: content.notice,
    };
    match signed.staff().define_product(&form.once, &draft).await {
        Ok(made) => signed.lead_to(&format!("/products/{}/{}", made.product_id, made.version), "drafted"),
        Err(error) => {
            let said = Trouble::of(&error).words(signed.words);
            form_page(&signed, form, Some(said))
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct OnceForm {
    once: String,
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
        Ok(_) => signed.lead_to(&format!("/products/{id}/{version}"), "approved"),
        Err(error) => signed.refused(&error),
    }
}
