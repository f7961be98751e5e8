//! Consent requests: the list, the same as a file, and the file of one.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use mpp_api::ApiError;
use mpp_api::central::{CaseFileView, FileStepView, RequestRowView, RequestSearchQuery};
use mpp_core::ConsentRequestId;

use super::deliveries::delivery_table;
use super::partner_names::PartnerNames;
use super::product_names::ProductNames;
use super::work::fetch_table;
use crate::export::{self, Rows};
use crate::moment::{self, Moment};
use crate::portal::PREFIX;
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, Fact, FilePage, SheetPage, Step};
use crate::trouble::Trouble;
use crate::view::{Cell, Files, Filter, ROWS, ROWS_AT_ONCE, Sheet, Table, Tone};
use crate::words::Words;

const STATES: [&str; 5] = ["placed", "opened", "decided", "expired", "cancelled"];

/// What the rows of requests and uses name.
pub(super) struct Names {
    pub(super) partners: PartnerNames,
    pub(super) products: ProductNames,
}

impl Names {
    /// Asks for them.
    ///
    /// # Errors
    /// When the interface does not answer.
    pub(super) async fn load(signed: &Signed) -> Result<Self, ApiError> {
        Ok(Self { partners: PartnerNames::load(signed).await?, products: ProductNames::load(signed).await? })
    }
}

/// The list.
pub(super) async fn list(signed: Signed, Filters(query): Filters<RequestSearchQuery>) -> Response {
    let query = RequestSearchQuery { limit: ROWS, ..query };
    let page = match signed.operator().requests(&query).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let names = match Names::load(&signed).await {
        Ok(names) => names,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let next = page
        .next
        .map(|after| address("/requests", &RequestSearchQuery { after: Some(after), ..query.clone() }));
    let export = Files::of(
        &signed.portal,
        &address("/requests", &RequestSearchQuery { after: None, ..query.clone() }),
    );
    let sheet = Sheet {
        lead: words.get("lead.requests").to_owned(),
        here: "/portal/requests",
        filters: filters(&signed, &query, &names),
        table: table(&signed, &page.items, &names),
        next,
        export: Some(export),
        views: None,
        add: None,
    };
    let sheet = signed.with_views(sheet).await;
    SheetPage { frame: signed.frame("/requests", words.get("nav.requests")), sheet }.show()
}

/// The rows that the same filters leave, for a file.
pub(super) async fn rows(signed: Signed, query: String) -> Result<Rows, Trouble> {
    let query = export::filter_of(&query)?;
    let names = Arc::new(Names::load(&signed).await.map_err(|error| Trouble::of(&error))?);
    let filters = filters(&signed, &query, &names);
    let page = move |after| {
        let (signed, names) = (signed.clone(), Arc::clone(&names));
        let query = RequestSearchQuery { after, limit: ROWS_AT_ONCE, ..query.clone() };
        async move {
            let page = signed.operator().requests(&query).await?;
            Ok((table(&signed, &page.items, &names), page.next))
        }
    };
    Ok(Rows::paged("requests", &filters, page))
}

fn address(path: &str, query: &RequestSearchQuery) -> String {
    let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query.pairs()).finish();
    format!("{PREFIX}{path}?{pairs}")
}

fn filters(signed: &Signed, query: &RequestSearchQuery, names: &Names) -> Vec<Filter> {
    let words = signed.words;
    let states = STATES.map(|state| (state.to_owned(), words.request_state(state)));
    vec![
        Filter::choices("status", words.get("col.status"), query.status.as_deref(), states),
        names.partners.filter(signed, query.partner.as_deref()),
        Filter::text("caseRef", words.get("col.case_ref"), query.case_ref.as_deref()),
        names.products.source_filter(signed, query.source.as_deref()),
        names.products.filter(signed, &names.partners, query.product.as_deref()),
        Filter::day("from", words.get("filter.from"), query.from.as_deref()),
        Filter::day("to", words.get("filter.to"), query.to.as_deref()),
    ]
}

/// How many items were approved, in words: a spreadsheet takes 1/2 for a day.
fn approved(row: &RequestRowView, words: Words) -> Cell {
    let of = row.sources.len().to_string();
    Cell::Number(words.with("label.approved_of", row.approved).replacen("{}", &of, 1))
}

/// Requests as a table.
fn table(signed: &Signed, rows: &[RequestRowView], names: &Names) -> Table {
    let words = signed.words;
    let columns = [
        "col.placed",
        "col.case_ref",
        "col.status",
        "col.sources",
        "col.approved",
        "col.partner",
        "col.product",
        "col.request",
    ];
    let row = |row: &RequestRowView| {
        let here = format!("{PREFIX}/requests/{}", row.consent_request_id);
        vec![
            Cell::when(row.placed_at, words),
            Cell::Link { href: here.clone(), text: row.case_ref.to_string() },
            Cell::request_status(&row.status, words),
            Cell::Tags(row.sources.clone()),
            approved(row, words),
            names.partners.cell(row.partner_id),
            names.products.cell(row.product_id),
            Cell::id_at(row.consent_request_id, here),
        ]
    };
    Table {
        caption: words.get("nav.requests").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: rows.iter().map(row).collect(),
        empty: words.get("empty.requests").to_owned(),
    }
}

/// The file of one request.
pub(super) async fn one(signed: Signed, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse::<ConsentRequestId>() else { return Trouble::NotFound.answer(&signed) };
    let file = match signed.operator().case_file(id).await {
        Ok(file) => file,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let products = match ProductNames::load(&signed).await {
        Ok(products) => products,
        Err(error) => return signed.refused(&error),
    };
    let names = PartnerNames::only(file.request.partner_id, &file.partner_name);
    let mut tables = vec![items(&signed, &file), consents(&signed, &file), parcels(&signed, &file)];
    let empty = |name: &str| words.get(name).to_owned();
    tables.push(Table { empty: empty("empty.request_fetches"), ..fetch_table(&signed, &file.fetches) });
    let told = delivery_table(&signed, &file.deliveries, &names);
    tables.push(Table { empty: empty("empty.request_deliveries"), ..told });
    let title = words.with("title.request", &file.request.case_ref);
    let page = FilePage {
        frame: signed.frame("/requests", &title),
        facts: facts(&signed, &file, &products),
        steps: steps(&signed, &file.steps),
        tables,
        links: Vec::new(),
        buttons: Vec::new(),
        back: (format!("{PREFIX}/requests"), words.get("nav.requests").to_owned()),
    };
    page.show()
}

fn facts(signed: &Signed, file: &CaseFileView, products: &ProductNames) -> Vec<Fact> {
    let words = signed.words;
    let fact = |name: &str, value| Fact { label: words.get(name).to_owned(), value };
    let partner = format!("{PREFIX}/partners/{}", file.request.partner_id);
    let mut facts = vec![
        fact("col.status", Cell::request_status(&file.request.status, words)),
        fact("col.partner", Cell::Link { href: partner, text: file.partner_name.clone() }),
        fact("col.placed", Cell::when(file.request.placed_at, words)),
        fact("col.request", Cell::id(file.request.consent_request_id)),
        fact("col.product", products.cell_of(file.request.product_id, file.request.product_version)),
        fact("label.notice", Cell::number(file.notice_version.into())),
        fact("label.envelope_key", Cell::id(&file.envelope_kid)),
    ];
    if let Some(until) = file.expires_at {
        facts.push(fact("col.until", Cell::when(until, words)));
    }
    facts
}

fn steps(signed: &Signed, steps: &[FileStepView]) -> Vec<Step> {
    let words = signed.words;
    let step = |step: &FileStepView| Step {
        when: Moment::of(step.at, words.0),
        what: words.of("step", &step.what),
        actor: Some(words.of("actor", &step.actor)),
        source: step.source.clone(),
        proof: step.proof_sha256.map(|proof| proof.to_string()),
        tone: match step.what.as_str() {
            "withdrawn" | "ran_out" | "cancelled" | "use.failed" | "use.expired" => Tone::Bad.class(),
            "consent_given" | "use.fetched" | "acknowledged" | "erased" => Tone::Good.class(),
            _ => Tone::Plain.class(),
        },
    };
    steps.iter().map(step).collect()
}

fn items(signed: &Signed, file: &CaseFileView) -> Table {
    let words = signed.words;
    let rows = file.items.iter().map(|item| {
        let said = item.decision.as_deref().map_or(Cell::Nothing, |decision| Cell::status(decision, words));
        vec![Cell::text(&item.title), Cell::Tags(vec![item.source.clone()]), said]
    });
    Table {
        caption: words.get("caption.items").to_owned(),
        columns: ["col.item", "col.source", "col.decision"].map(|name| words.get(name).to_owned()).to_vec(),
        rows: rows.collect(),
        empty: String::new(),
    }
}

fn consents(signed: &Signed, file: &CaseFileView) -> Table {
    let words = signed.words;
    let rows = file.consents.iter().map(|consent| {
        vec![
            Cell::text(&consent.title),
            Cell::status(&consent.status, words),
            Cell::when(consent.given_at, words),
            Cell::id(consent.consent_id),
            Cell::id(consent.artefact_sha256),
        ]
    });
    let columns = ["col.item", "col.status", "col.given", "col.consent", "col.artefact"];
    Table {
        caption: words.get("caption.consents").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: rows.collect(),
        empty: words.get("empty.consents").to_owned(),
    }
}

fn parcels(signed: &Signed, file: &CaseFileView) -> Table {
    let words = signed.words;
    let rows = file.parcels.iter().map(|parcel| {
        vec![
            Cell::id(parcel.parcel_id),
            Cell::Tags(vec![parcel.source.clone()]),
            Cell::status(&parcel.status, words),
            parcel.size_bytes.map_or(Cell::Nothing, |size| Cell::Number(moment::bytes(size))),
            parcel.sha256.map_or(Cell::Nothing, Cell::id),
            parcel.erasure_receipt_id.map_or(Cell::Nothing, Cell::id),
        ]
    });
    let columns = ["col.parcel", "col.source", "col.status", "col.size", "col.digest", "col.receipt"];
    Table {
        caption: words.get("caption.parcels").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: rows.collect(),
        empty: words.get("empty.parcels").to_owned(),
    }
}
