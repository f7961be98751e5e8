//! Cases: the list, asking a customer for consent, the file of one.

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mpp_api::client::{
    CaseFileView, CaseQuery, CaseRowView, StartConsentRequest, StartedConsentRequest, ToldConsentView,
};
use mpp_core::{CaseRef, CustomerParticulars};
use serde::Deserialize;

use super::data::document_table;
use super::product_names::ProductNames;
use super::product_versions::ProductVersions;
use super::taking_back;
use crate::export::{self, Rows};
use crate::portal::PREFIX;
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, CaseForm, CaseFormPage, Fact, FilePage, SecretPage, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, Files, Filter, ROWS, ROWS_AT_ONCE, Sheet, Table};

/// How a request stands whose customer has not answered.
const OPEN: &str = "open";
const STATES: [&str; 4] = [OPEN, "decided", "expired", "cancelled"];

/// Which cases, and where the list goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    product: Option<String>,
    status: Option<String>,
    after: Option<String>,
}

impl Wanted {
    fn query(self) -> CaseQuery {
        CaseQuery { product: self.product, status: self.status, after: self.after, limit: ROWS }
    }
}

fn address(query: &CaseQuery) -> String {
    let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query.pairs()).finish();
    format!("{PREFIX}/cases?{pairs}")
}

/// The list.
pub(super) async fn list(signed: Signed, Filters(wanted): Filters<Wanted>) -> Response {
    let query = wanted.query();
    let read = async { Ok((signed.staff().cases(&query).await?, ProductNames::load(&signed).await?)) };
    let (page, names) = match read.await {
        Ok(read) => read,
        Err(error) => return signed.refused(&error),
    };
    let next = page.next.map(|after| address(&CaseQuery { after: Some(after), ..query.clone() }));
    let may_ask = signed.person.may("place_requests");
    let words = signed.words;
    let sheet = Sheet {
        lead: words.get("lead.cases").to_owned(),
        here: "/portal/cases",
        filters: filters(&signed, &names, &query).into(),
        table: case_table(&signed, &page.items, &names),
        next,
        export: Some(Files::of(&signed.portal, &address(&CaseQuery { after: None, ..query.clone() }))),
        views: None,
        add: may_ask.then(|| (format!("{PREFIX}/cases/new"), words.get("act.ask_consent").to_owned())),
    };
    let sheet = signed.with_views(sheet).await;
    SheetPage { frame: signed.frame("/cases", words.get("nav.cases")), sheet }.show()
}

/// The rows that the same filter leaves, for a file.
pub(super) async fn rows(signed: Signed, query: String) -> Result<Rows, Trouble> {
    let query = export::filter_of::<Wanted>(&query)?.query();
    let names = ProductNames::load(&signed).await.map_err(|error| Trouble::of(&error))?;
    let filters = filters(&signed, &names, &query);
    let page = move |after| {
        let (signed, names) = (signed.clone(), names.clone());
        let query = CaseQuery { after, limit: ROWS_AT_ONCE, ..query.clone() };
        async move {
            let page = signed.staff().cases(&query).await?;
            Ok((case_table(&signed, &page.items, &names), page.next))
        }
    };
    Ok(Rows::paged("consent-requests", &filters, page))
}

fn filters(signed: &Signed, names: &ProductNames, query: &CaseQuery) -> [Filter; 2] {
    let words = signed.words;
    let states = STATES.map(|state| (state.to_owned(), words.request_state(state)));
    [
        Filter::choices("status", words.get("col.status"), query.status.as_deref(), states),
        names.filter(signed, query.product.as_deref(), []),
    ]
}

/// Cases as a table.
fn case_table(signed: &Signed, rows: &[CaseRowView], names: &ProductNames) -> Table {
    let words = signed.words;
    let row = |row: &CaseRowView| {
        let here = format!("{PREFIX}/cases/{}", name(&row.case_ref));
        let by = row.staff.as_ref().map(ToString::to_string);
        let by = by.unwrap_or_else(|| words.get("label.application").to_owned());
        vec![
            Cell::when(row.placed_at, words),
            Cell::Link { href: here, text: row.case_ref.to_string() },
            Cell::request_status(&row.status, words),
            Cell::text(by),
            names.cell_at(row.product_id, row.product_version),
            // the link of what has ended opens no more
            if row.status == OPEN { Cell::when(row.expires_at, words) } else { Cell::Nothing },
            Cell::id(row.consent_request_id),
        ]
    };
    let columns = [
        "col.placed",
        "col.case_ref",
        "col.status",
        "col.asked_by",
        "col.product",
        "col.link_until",
        "col.request",
    ];
    Table {
        caption: words.get("nav.cases").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: rows.iter().map(row).collect(),
        empty: words.get("empty.cases").to_owned(),
    }
}

/// A reference as a part of an address.
pub(super) fn name(case_ref: &CaseRef) -> String {
    url::form_urlencoded::byte_serialize(case_ref.as_str().as_bytes()).collect()
}

/// The form.
pub(super) async fn form(signed: Signed) -> Response {
    page(&signed, CaseForm::default(), None).await
}

async fn page(signed: &Signed, values: CaseForm, problem: Option<String>) -> Response {
    let versions = match ProductVersions::load(signed).await {
        Ok(versions) => versions,
        Err(error) => return signed.refused(&error),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut frame = signed.frame("/cases", signed.words.get("act.ask_consent"));
    frame.problem = problem;
    let products = versions.offered(&values.product);
    let (once, is_complete) = (signed.portal.once(), versions.is_complete);
    CaseFormPage { frame, once, products, is_complete, values }.answer(status)
}

/// Asks for consent and shows the link, once.
pub(super) async fn start(signed: Signed, Form(form): Form<CaseForm>) -> Response {
    let call = match call_of(&form) {
        Ok(call) => call,
        Err(field) => {
            let said = signed.words.with("problem.field", signed.words.get(field));
            return page(&signed, form, Some(said)).await;
        }
    };
    match signed.staff().start_case(&form.once, &call).await {
        Ok(started) => link(&signed, &call.case_ref, started),
        Err(error) => {
            let said = Trouble::of(&error).words(signed.words);
            page(&signed, form, Some(said)).await
        }
    }
}

/// What the form asks for; the name of the field that is wrong.
fn call_of(form: &CaseForm) -> Result<StartConsentRequest, &'static str> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let date_of_birth = given(&form.date_of_birth).map(|text| text.parse()).transpose();
    Ok(StartConsentRequest {
        product_id: form.product.parse().map_err(|_| "col.product")?,
        case_ref: form.case_ref.trim().parse().map_err(|_| "col.case_ref")?,
        customer: CustomerParticulars {
            mobile: form.mobile.trim().parse().map_err(|_| "label.mobile")?,
            vua: None,
            name: given(&form.name),
            date_of_birth: date_of_birth.map_err(|_| "label.birth")?,
            pan: given(&form.pan)
                .map(|text| text.to_uppercase().parse())
                .transpose()
                .map_err(|_| "label.pan")?,
            pincode: given(&form.pincode),
        },
    })
}

fn link(signed: &Signed, case_ref: &CaseRef, started: StartedConsentRequest) -> Response {
    let words = signed.words;
    let facts = vec![
        Fact { label: words.get("col.request").to_owned(), value: Cell::id(started.consent_request_id) },
        Fact { label: words.get("col.link_until").to_owned(), value: Cell::when(started.expires_at, words) },
    ];
    let page = SecretPage {
        frame: signed.frame("/cases", words.get("title.link")),
        lead: words.get("lead.link").to_owned(),
        label: words.get("label.link").to_owned(),
        secret: started.link.into(),
        facts,
        back: (format!("{PREFIX}/cases/{}", name(case_ref)), words.get("nav.cases").to_owned()),
    };
    page.show()
}

/// The file of one.
pub(super) async fn one(signed: Signed, Path(case_ref): Path<String>) -> Response {
    let Ok(case_ref) = case_ref.parse::<CaseRef>() else { return Trouble::NotFound.answer(&signed) };
    let file = match signed.staff().case_file(&case_ref).await {
        Ok(file) => file,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let mut tables = vec![items(&signed, &file)];
    // central knows all of them; while it is away there is what it told of
    if file.standing.is_none() {
        tables.push(consents(&signed, &file.consents));
    }
    if signed.person.may("see_data") {
        let empty = words.get("empty.case_documents").to_owned();
        tables.push(Table { empty, ..document_table(&signed, &file.documents) });
    }
    let page = FilePage {
        frame: signed.frame("/cases", &words.with("title.case", &file.case.case_ref)),
        facts: facts(&signed, &file),
        steps: taking_back::steps(&signed, &file),
        tables,
        links: taking_back::way(&signed, &file).into_iter().collect(),
        buttons: Vec::new(),
        back: (format!("{PREFIX}/cases"), words.get("nav.cases").to_owned()),
    };
    page.show()
}

fn facts(signed: &Signed, file: &CaseFileView) -> Vec<Fact> {
    let words = signed.words;
    let fact = |name: &str, value| Fact { label: words.get(name).to_owned(), value };
    let product = format!("{PREFIX}/products/{}/{}", file.case.product_id, file.case.product_version);
    let until = Cell::when(file.case.expires_at, words);
    vec![
        fact("col.status", taking_back::standing(signed, file)),
        fact("col.placed", Cell::when(file.case.placed_at, words)),
        fact("col.link_until", if file.case.status == OPEN { until } else { Cell::Nothing }),
        fact("col.asked_by", Cell::text(taking_back::asker(signed, file))),
        fact("col.product", Cell::id_at(file.case.product_id, product)),
        fact("col.request", Cell::id(file.case.consent_request_id)),
    ]
}

fn items(signed: &Signed, file: &CaseFileView) -> Table {
    let words = signed.words;
    let items = file.standing.as_ref().map(|standing| standing.items.as_slice()).unwrap_or_default();
    let rows = items.iter().map(|item| {
        let state = item.consent_state.as_deref().map_or(Cell::Nothing, |state| Cell::status(state, words));
        let consent = item.consent_id.map_or(Cell::Nothing, Cell::id);
        vec![Cell::Tags(vec![item.source.clone()]), Cell::status(&item.decision, words), state, consent]
    });
    Table {
        caption: words.get("caption.items").to_owned(),
        columns: ["col.source", "col.decision", "col.status", "col.consent"]
            .map(|name| words.get(name).to_owned())
            .to_vec(),
        rows: rows.collect(),
        empty: words.get("label.central_away").to_owned(),
    }
}

fn consents(signed: &Signed, consents: &[ToldConsentView]) -> Table {
    let words = signed.words;
    let rows = consents.iter().map(|consent| {
        let source = consent.source.clone().map_or(Cell::Nothing, |source| Cell::Tags(vec![source]));
        vec![Cell::id(consent.consent_id), source, Cell::status(&consent.status, words)]
    });
    Table {
        caption: words.get("caption.consents").to_owned(),
        columns: ["col.consent", "col.source", "col.status"].map(|name| words.get(name).to_owned()).to_vec(),
        rows: rows.collect(),
        empty: words.get("label.central_away").to_owned(),
    }
}
