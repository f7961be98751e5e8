//! Taking a request back: what it means is said first, and only then can it be confirmed.

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use mpp_api::client::{CaseFileView, TakenBackView};
use mpp_core::CaseRef;

use super::cases::name;
use crate::moment::Moment;
use crate::portal::{OnceForm, PREFIX};
use crate::signed::Signed;
use crate::templates::{Answer, ConfirmPage, Fact, Step};
use crate::trouble::Trouble;
use crate::view::{Cell, Tone};

/// The way to the question, where there is something to take back and the person may.
pub(super) fn way(signed: &Signed, file: &CaseFileView) -> Option<(String, String)> {
    let open = is_open(file) && signed.person.may("place_requests");
    let href = format!("{PREFIX}/cases/{}/take-back", name(&file.case.case_ref));
    open.then(|| (href, signed.words.get("act.take_back").to_owned()))
}

/// The question.
pub(super) async fn ask(signed: Signed, Path(case_ref): Path<String>) -> Response {
    let Ok(case_ref) = case_ref.parse::<CaseRef>() else { return Trouble::NotFound.answer(&signed) };
    let file = match signed.staff().case_file(&case_ref).await {
        Ok(file) => file,
        Err(error) => return signed.refused(&error),
    };
    if !signed.person.may("place_requests") {
        return Trouble::NotAllowed.answer(&signed);
    }
    let words = signed.words;
    let fact = |name: &str, value| Fact { label: words.get(name).to_owned(), value };
    let here = format!("{PREFIX}/cases/{}", name(&case_ref));
    let page = ConfirmPage {
        frame: signed.frame("/cases", words.get("act.take_back")),
        lead: words.get("lead.take_back").to_owned(),
        facts: vec![
            fact("col.case_ref", Cell::text(case_ref.as_str())),
            fact("col.status", standing(&signed, &file)),
            fact("col.placed", Cell::when(file.case.placed_at, words)),
        ],
        action: format!("{here}/take-back"),
        once: signed.portal.once(),
        act: words.get("act.take_back").to_owned(),
        back: (here, words.with("title.case", &case_ref)),
    };
    page.show()
}

/// Takes it back.
pub(super) async fn take_back(
    signed: Signed,
    Path(case_ref): Path<String>,
    Form(form): Form<OnceForm>,
) -> Response {
    let Ok(case_ref) = case_ref.parse::<CaseRef>() else { return Trouble::NotFound.answer(&signed) };
    match signed.staff().take_back(&form.once, &case_ref).await {
        Ok(_) => signed.lead_to(&format!("/cases/{}", name(&case_ref)), "taken_back"),
        Err(error) => signed.refused(&error),
    }
}

/// How the request stands: what is known here of its end needs no answer of central's.
pub(super) fn standing(signed: &Signed, file: &CaseFileView) -> Cell {
    let words = signed.words;
    match (&file.case.taken_back, &file.standing) {
        (Some(_), _) => Cell::request_status("cancelled", words),
        (None, Some(standing)) => Cell::request_status(&standing.state, words),
        // as far as central told, while it does not answer
        (None, None) => Cell::request_status(&file.case.status, words),
    }
}

/// What happened to the request, as this server knows it.
pub(super) fn steps(signed: &Signed, file: &CaseFileView) -> Vec<Step> {
    let step = |at, what, tone: Tone| Step {
        when: Moment::of(at, signed.words.0),
        what,
        actor: None,
        source: None,
        proof: None,
        tone: tone.class(),
    };
    let asked = signed.words.with("step.asked_by", asker(signed, file));
    let mut steps = vec![step(file.case.placed_at, asked, Tone::Plain)];
    if let Some(at) = file.case.ended_at {
        let (what, tone) = match file.case.status.as_str() {
            "expired" => ("step.request_ran_out", Tone::Bad),
            _ => ("step.customer_decided", Tone::Good),
        };
        steps.push(step(at, signed.words.get(what).to_owned(), tone));
    }
    if let Some(taken) = &file.case.taken_back {
        let what = match by(signed, taken) {
            Some(by) => signed.words.with("step.taken_back_by", by),
            None => signed.words.get("step.taken_back").to_owned(),
        };
        steps.push(step(taken.at, what, Tone::Bad));
    }
    steps
}

/// Who asked for consent.
pub(super) fn asker(signed: &Signed, file: &CaseFileView) -> String {
    let by = file.case.staff.as_ref().map(ToString::to_string);
    by.unwrap_or_else(|| signed.words.get("label.application").to_owned())
}

fn by(signed: &Signed, taken: &TakenBackView) -> Option<String> {
    let application = || taken.application.map(|_| signed.words.get("label.application").to_owned());
    taken.staff.as_ref().map(ToString::to_string).or_else(application)
}

fn is_open(file: &CaseFileView) -> bool {
    let state = file.standing.as_ref().map(|standing| standing.state.as_str());
    file.case.taken_back.is_none() && matches!(state, Some("placed" | "opened"))
}
