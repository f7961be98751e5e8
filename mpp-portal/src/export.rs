//! Rows as a file: exactly those the filters leave, however many there are, as comma-separated values or as a workbook. Both
//! say the same of every cell.
//!
//! A file is made in the background: the list is read page after page as the person who asked for it, and what was written is
//! handed to the interface, which keeps it. So a person who looks at another node sees the same, and nothing is lost with this one
//! but the work.

mod csv;
mod making;
mod pages;
mod part;
mod starting;
mod xlsx;

use std::future::Future;

use axum::Router;
use axum::body::Body;
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::FutureExt;
use futures::future::BoxFuture;
use mpp_api::ApiError;
use serde::de::DeserializeOwned;

use crate::portal::Portal;
use crate::signed::{Signed, asked_for};
use crate::trouble::Trouble;
use crate::view::{Cell, Filter, Table, narrowed};

#[cfg(feature = "client")]
pub(crate) use csv::FORMULA_SIGNS;
pub(crate) use xlsx::MOST_ROWS;

/// How many files one server makes at once; a workbook is some hundred megabytes while it is made.
pub(crate) const MOST_AT_ONCE: usize = 4;

/// A page of a list: its rows, and where it goes on.
pub(crate) type Part = (Table, Option<String>);

/// Reads a list page after page; the first one after nothing.
pub(crate) type Pages = Box<dyn FnMut(Option<String>) -> BoxFuture<'static, Result<Part, ApiError>> + Send>;

/// A list that can be had as a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    /// Its path within the portal.
    pub(crate) path: &'static str,
    /// The name of its text.
    pub(crate) title: &'static str,
    /// Whether the path with the filter is a page as well.
    pub(crate) has_page: bool,
    /// Its rows for somebody, with this filter.
    pub(crate) rows: fn(Signed, String) -> BoxFuture<'static, Result<Rows, Trouble>>,
}

/// A list whose path with a filter is a page as well.
pub(crate) const fn list(
    path: &'static str,
    title: &'static str,
    rows: fn(Signed, String) -> BoxFuture<'static, Result<Rows, Trouble>>,
) -> List {
    List { path, title, has_page: true, rows }
}

/// The rows of a list with a filter.
pub(crate) struct Rows {
    /// The name of the file, without its ending.
    file: String,
    /// The filter in words.
    filter: String,
    /// How many there are, where that is known.
    of: Option<u64>,
    pages: Pages,
}

impl Rows {
    /// Rows that are read page after page.
    pub(crate) fn paged<F, R>(file: &str, filters: &[Filter], mut page: F) -> Self
    where
        F: FnMut(Option<String>) -> R + Send + 'static,
        R: Future<Output = Result<Part, ApiError>> + Send + 'static,
    {
        let pages: Pages = Box::new(move |after| page(after).boxed());
        Self { file: file.to_owned(), filter: narrowed(filters), of: None, pages }
    }

    /// A table that is there whole.
    pub(crate) fn whole(file: &str, filters: &[Filter], table: Table) -> Self {
        let of = u64::try_from(table.rows.len()).ok();
        let mut table = Some(table);
        let page = move |_| {
            let table =
                table.take().ok_or_else(|| ApiError::Answer { path: "the end of a table".to_owned() });
            std::future::ready(table.map(|table| (table, None)))
        };
        Self { of, ..Self::paged(file, filters, page) }
    }
}

/// Which kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Comma-separated values.
    Csv,
    /// A workbook.
    Xlsx,
}

impl Ending {
    fn of_name(name: &str) -> Option<Self> {
        [Self::Csv, Self::Xlsx].into_iter().find(|ending| ending.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// Starting files, looking at them, taking them.
pub(crate) fn router() -> Router<Portal> {
    Router::new()
        .route("/exports", get(pages::list).post(starting::start))
        .route("/exports/{export}", get(pages::one))
        .route("/exports/{export}/live", get(pages::live))
        .route("/exports/{export}/file", get(pages::file))
        .route("/exports/{export}/cancel", post(pages::cancel))
        .route("/exports/{export}/remove", post(pages::remove))
        .route("/exports/{export}/again", post(starting::again))
}

/// The filter of a list as its own type.
///
/// # Errors
/// When it is not one of this list.
pub(crate) fn filter_of<T: DeserializeOwned>(query: &str) -> Result<T, Trouble> {
    let address: Uri = format!("/?{}", filters_anew(query)).parse().map_err(|_| Trouble::NotFound)?;
    axum::extract::Query::try_from_uri(&address).map(|query| query.0).map_err(|_| Trouble::NotFound)
}

/// The filter without where a list goes on, and what went well a moment ago.
fn filters_anew(query: &str) -> String {
    asked_for(query, &["after", "done"])
}

/// A table that is there whole as comma-separated values, which can be mended and handed in again.
#[cfg(feature = "client")]
pub(crate) fn csv_whole(name: &str, table: &Table) -> Response {
    file(name, Ending::Csv, Body::from(csv::whole(table)))
}

fn file(name: &str, ending: Ending, body: Body) -> Response {
    let disposition = format!("attachment; filename=\"{name}.{}\"", ending.name());
    let headers =
        [(header::CONTENT_TYPE, ending.media_type()), (header::CONTENT_DISPOSITION, disposition.as_str())];
    (headers, body).into_response()
}

/// What a cell says, in a file of any kind.
pub(crate) fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Link { text, .. } | Cell::File { text, .. } => text.clone(),
        Cell::Id { full, .. } => full.clone(),
        Cell::Coded { code, .. } => code.clone(),
        Cell::Known { name, full, .. } => format!("{name} {full}"),
        Cell::When(moment) | Cell::Day(moment) => moment.exact.clone(),
        Cell::Badge(badge) => badge.text.clone(),
        Cell::Number(number) | Cell::NumberAt { number, .. } => number.replace(',', ""),
        Cell::Tags(tags) => tags.join(" "),
        Cell::Attempts(attempts) => {
            let attempts: Vec<String> =
                attempts.iter().map(|(at, said)| format!("{} {said}", at.exact)).collect();
            attempts.join("; ")
        }
        Cell::Named(pairs) => {
            let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name} {value}")).collect();
            pairs.join(" ")
        }
        Cell::Button(_) | Cell::Nothing => String::new(),
    }
}
