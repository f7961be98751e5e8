//! Placing the good rows of a file.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::response::Response;
use futures::StreamExt;
use mpp_api::ApiError;
use mpp_api::client::{StartConsentRequest, StartedConsentRequest};
use mpp_core::CaseRef;

use super::rows::Sheet;
use crate::signed::Signed;
use crate::trouble::Trouble;

/// How many rows are under way at once.
const AT_ONCE: usize = 8;

/// What became of the good rows.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) placed: Vec<Placed>,
    /// Why a row was not placed, by its line.
    pub(super) refused: HashMap<u64, String>,
}

/// A row that was placed.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) line: u64,
    pub(super) case_ref: CaseRef,
    pub(super) started: StartedConsentRequest,
}

/// Places the rows of a file; what was placed before, under this key or any other, gives the answer of then.
///
/// # Errors
/// The page to show when the person may not place requests at all.
pub(super) async fn place(signed: &Signed, once: &str, sheet: &Sheet) -> Result<Outcome, Response> {
    // when the interface falls silent, every further row would wait as long as the first
    let silent = Arc::new(AtomicBool::new(false));
    let mut good = Vec::new();
    for row in &sheet.rows {
        if let Ok(call) = &row.call {
            good.push((row.line, call.clone()));
        }
    }
    let answers: Vec<_> = futures::stream::iter(good)
        .map(|(line, call)| {
            let (signed, once, silent) = (signed.clone(), format!("{once}-{line}"), Arc::clone(&silent));
            async move { (line, one(&signed, &once, &call, &silent).await, call.case_ref) }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut outcome = Outcome::default();
    for (line, answer, case_ref) in answers {
        match answer {
            Ok(started) => outcome.placed.push(Placed { line, case_ref, started }),
            Err(trouble @ (Trouble::SignedOut | Trouble::NotAllowed)) => return Err(trouble.answer(signed)),
            Err(trouble) => {
                outcome.refused.insert(line, reason(signed, &trouble));
            }
        }
    }
    Ok(outcome)
}

async fn one(
    signed: &Signed,
    once: &str,
    call: &StartConsentRequest,
    silent: &AtomicBool,
) -> Result<StartedConsentRequest, Trouble> {
    if silent.load(Ordering::Relaxed) {
        return Err(Trouble::Silent);
    }
    let trouble = |error: ApiError| Trouble::of(&error);
    let answer = signed.staff().start_case(once, call).await.map_err(trouble);
    if answer.as_ref().is_err_and(|trouble| *trouble == Trouble::Silent) {
        silent.store(true, Ordering::Relaxed);
    }
    answer
}

fn reason(signed: &Signed, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Silent => signed.words.get("row.silent").to_owned(),
        other => other.words(signed.words),
    }
}
