//! Asking many customers for consent with one file: it is looked through first, then its good rows are placed, and the
//! bad ones come back as a file that can be mended and sent again.
//!
//! The portal keeps nothing: the page that tells what is wrong carries the file on. The key of every row is its case
//! reference: the same file sent twice places nothing twice and gives the same links.

mod file;
mod pages;
mod placing;
mod rows;

use std::collections::HashMap;

use axum::Form;
use axum::extract::Request;
use axum::response::Response;
use mpp_core::ProductId;
use serde::Deserialize;

use crate::signed::Signed;
use crate::trouble::Trouble;
use file::Unreadable;
use rows::Sheet;

/// The most rows of one file. Every row is a request at central, and the answer waits for all of them.
pub(super) const MOST_ROWS: usize = 1_000;

/// The largest file, in bytes; five hundred for every row.
pub(super) const LARGEST: usize = 500_000;

/// The form.
pub(super) async fn form(signed: Signed) -> Response {
    pages::form(&signed, None).await
}

/// Takes a file and says what is wrong with it. Nothing is placed yet.
pub(super) async fn take(signed: Signed, request: Request) -> Response {
    let sent = match file::sent(request).await {
        Ok(sent) => sent,
        Err(reason) => return pages::form(&signed, Some(&reason)).await,
    };
    let Ok(product) = sent.product.parse::<ProductId>() else {
        return pages::form(&signed, Some(&Unreadable::NoProduct)).await;
    };
    match file::text(sent.bytes).and_then(|text| Ok((rows::read(&text, product)?, text))) {
        Ok((sheet, text)) => pages::looked_through(&signed, product, &sheet, text).await,
        Err(reason) => pages::form(&signed, Some(&reason)).await,
    }
}

/// A file on its way from page to page.
#[derive(Deserialize)]
pub(super) struct Carried {
    once: String,
    product: String,
    text: String,
    /// What is wanted: `links` or `bad` as a file; else the page.
    #[serde(default)]
    wanted: String,
}

/// Places the good rows; sent again, or for a file of the outcome, it places nothing twice.
pub(super) async fn place(signed: Signed, Form(carried): Form<Carried>) -> Response {
    let Ok(product) = carried.product.parse::<ProductId>() else {
        return pages::form(&signed, Some(&Unreadable::NoProduct)).await;
    };
    let sheet = match rows::read(&carried.text, product) {
        Ok(sheet) => sheet,
        Err(reason) => return pages::form(&signed, Some(&reason)).await,
    };
    if carried.wanted == "wrong" {
        return pages::bad_file(&signed, &sheet, &HashMap::new());
    }
    if carried.once.is_empty() || carried.once.len() > 64 {
        return Trouble::NotFound.answer(&signed);
    }
    let outcome = match placing::place(&signed, &carried.once, &sheet).await {
        Ok(outcome) => outcome,
        Err(response) => return response,
    };
    match carried.wanted.as_str() {
        "links" => pages::links_file(&signed, &outcome),
        "bad" => pages::bad_file(&signed, &sheet, &outcome.refused),
        _ => pages::placed(&signed, &carried, &sheet, &outcome),
    }
}

/// How many rows can be placed, and how many cannot.
fn counts(sheet: &Sheet) -> (usize, usize) {
    let good = sheet.rows.iter().filter(|row| row.call.is_ok()).count();
    (good, sheet.rows.len().saturating_sub(good))
}
