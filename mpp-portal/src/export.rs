//! Rows as a file: exactly those the filters leave, however many there are, as comma-separated values or as a workbook. Both
//! say the same of every cell.

mod csv;
mod xlsx;

use std::convert::Infallible;
use std::future::Future;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use mpp_api::ApiError;

use crate::portal::Portal;
use crate::signed::Signed;
use crate::view::{Cell, Table};

pub(crate) use xlsx::MOST_ROWS;

/// A page of a list: its rows, and where it goes on.
pub(crate) type Part = (Table, Option<String>);

/// Which kind of file the address asks for, by its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Comma-separated values.
    Csv,
    /// A workbook.
    Xlsx,
}

impl FromRequestParts<Portal> for Ending {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _portal: &Portal) -> Result<Self, Infallible> {
        Ok(if parts.uri.path().ends_with(".xlsx") { Self::Xlsx } else { Self::Csv })
    }
}

/// The list as a file of this name, or the page that says why there is none.
pub(crate) async fn rows<F, R>(signed: &Signed, ending: Ending, name: &str, page: F) -> Response
where
    F: FnMut(Option<String>) -> R + Send + 'static,
    R: Future<Output = Result<Part, ApiError>> + Send + 'static,
{
    match ending {
        Ending::Csv => match csv::body(page).await {
            Ok(body) => file(name, ending, body),
            Err(error) => signed.refused(&error),
        },
        Ending::Xlsx => match xlsx::body(name, MOST_ROWS, page).await {
            Ok(body) => file(name, ending, body),
            Err(error) => error.trouble().answer(signed),
        },
    }
}

/// A table that is there whole as the file of this name.
pub(crate) async fn whole(signed: &Signed, ending: Ending, name: &str, table: Table) -> Response {
    let mut table = Some(table);
    let page = move |_| {
        let table = table.take().ok_or_else(|| ApiError::Answer { path: "the end of a table".to_owned() });
        std::future::ready(table.map(|table| (table, None)))
    };
    rows(signed, ending, name, page).await
}

/// A table that is there whole as comma-separated values, which can be mended and handed in again.
pub(crate) fn csv_whole(name: &str, table: &Table) -> Response {
    file(name, Ending::Csv, Body::from(csv::whole(table)))
}

fn file(name: &str, ending: Ending, body: Body) -> Response {
    let (media_type, ending) = match ending {
        Ending::Csv => ("text/csv; charset=utf-8", "csv"),
        Ending::Xlsx => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    };
    let disposition = format!("attachment; filename=\"{name}.{ending}\"");
    let headers = [(header::CONTENT_TYPE, media_type), (header::CONTENT_DISPOSITION, disposition.as_str())];
    (headers, body).into_response()
}

/// What a cell says, in a file of any kind.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Link { text, .. } | Cell::Day(text) => text.clone(),
        Cell::Id { full, .. } => full.clone(),
        Cell::Known { name, full, .. } => format!("{name} {full}"),
        Cell::When(moment) => moment.exact.clone(),
        Cell::Badge(badge) => badge.text.clone(),
        Cell::Number(number) => number.replace(',', ""),
        Cell::Tags(tags) => tags.join(" "),
        Cell::Named(pairs) => {
            let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name} {value}")).collect();
            pairs.join(" ")
        }
        Cell::Button(_) | Cell::Nothing => String::new(),
    }
}
