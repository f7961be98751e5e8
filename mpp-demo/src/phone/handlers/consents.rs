//! Consents given: looking at them, pausing, resuming, withdrawing.

use std::future::Future;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use mpp_api::central::ConsentView;
use mpp_core::ConsentId;
use mpp_sdk::{Phase, SdkError};

use super::OnPhone;
use crate::phone::templates::Screenful;
use crate::phone::view::{
    ConsentsPage, Frame, OneConsentPage, Problem, Tab, consent_card, consent_cards, has_all_receipts,
    kept_artefact, use_rows,
};

pub(super) async fn list(here: OnPhone) -> Response {
    let consents = match history(&here).await {
        Ok(consents) => Some(consents),
        Err(error) => {
            here.phone.say_problem(Problem::from(&error));
            None
        }
    };
    Screenful::Consents(ConsentsPage {
        frame: frame(&here, "Consents"),
        number: here.phone.number(),
        consents: consents.map(|consents| consent_cards(&consents, here.language())),
    })
    .into_response()
}

/// The consents as central tells them. It does not know a phone that never opened a link.
async fn history(here: &OnPhone) -> Result<Vec<ConsentView>, SdkError> {
    let mpp = here.phone.mpp();
    if mpp.requests().await?.is_empty() { Ok(Vec::new()) } else { mpp.history().await }
}

fn frame(here: &OnPhone, title: &str) -> Frame {
    here.frame(title).on_tab(Tab::Consents).with_notes(&[
        ("You", "See every consent and every use. Withdrawing takes one tap and needs no reason."),
        ("MPP central", "Stops fetching at once on withdrawal, erases what it holds and tells the recipient."),
        ("Proofs", "An erasure receipt is shown only when its signature by a pinned key has been checked on this phone."),
    ])
}

pub(super) async fn one(here: OnPhone, Path((_, consent)): Path<(usize, String)>) -> Response {
    let Ok(consent) = consent.parse::<ConsentId>() else { return here.nothing_here() };
    let found = match history(&here).await {
        Ok(consents) => consents.into_iter().find(|view| view.consent_id == consent),
        Err(error) => {
            return Screenful::Trouble(here.frame("Problem"), Problem::from(&error)).into_response();
        }
    };
    let Some(view) = found else { return here.nothing_here() };
    let news = here.phone.news(|known| has_all_receipts(&view.uses, known)).await;
    let kept = here.phone.mpp().requests().await.unwrap_or_default();
    let page = OneConsentPage {
        frame: frame(&here, "Consent"),
        number: here.phone.number(),
        consent: consent_card(&view, here.language()),
        uses: use_rows(&view.uses, &news.events, here.language()),
        artefact: kept_artefact(&kept, &view),
        request: view.consent_request_id.to_string(),
        receipts_known: news.complete,
    };
    Screenful::OneConsent(Box::new(page)).into_response()
}

pub(super) async fn pause(here: OnPhone, Path((_, consent)): Path<(usize, String)>) -> Response {
    let Ok(consent) = consent.parse() else { return here.nothing_here() };
    let change = here.phone.mpp().pause(consent);
    let words = here.language().either(
        "Paused. Nothing is fetched until you resume.",
        "रोकी गई। जब तक आप फिर चालू न करें, कुछ नहीं लिया जाता।",
    );
    change_state(&here, consent, change, words).await
}

pub(super) async fn resume(here: OnPhone, Path((_, consent)): Path<(usize, String)>) -> Response {
    let Ok(consent) = consent.parse() else { return here.nothing_here() };
    let change = here.phone.mpp().resume(consent);
    let words = here.language().either("Resumed. The consent holds again.", "फिर चालू। सहमति फिर मान्य है।");
    change_state(&here, consent, change, words).await
}

/// Withdraws at MPP and, for accounts, at the Account Aggregator; a share under way is ended.
pub(super) async fn withdraw(here: OnPhone, Path((_, consent)): Path<(usize, String)>) -> Response {
    let Ok(consent) = consent.parse() else { return here.nothing_here() };
    let words = here.language().either(
        "Withdrawn. What MPP central held is erased, and the recipient is told.",
        "वापस ली गई। MPP सेंट्रल के पास जो था वह मिटाया गया, और प्राप्तकर्ता को बताया गया।",
    );
    let response = change_state(&here, consent, here.phone.mpp().withdraw(consent), words).await;
    end_shares(&here, consent).await;
    // waits for a share that is just ending, so not while the visitor waits
    let (sharing, number) = (here.phone.shared_sharing(), here.phone.number());
    tokio::spawn(async move {
        if let Err(error) = sharing.revoke(consent).await {
            tracing::warn!(phone = number, code = error.code(), "not withdrawn at the aggregator: {error}");
        }
    });
    response
}

async fn end_shares(here: &OnPhone, consent: ConsentId) {
    let requests = here.phone.mpp().requests().await.unwrap_or_default();
    let of_consent = requests.iter().filter(|kept| match &kept.phase {
        Phase::Decided { consent: shared } | Phase::Uploading { consent: shared, .. } => *shared == consent,
        Phase::Open | Phase::Complete | Phase::Cancelled | Phase::Expired => false,
    });
    for kept in of_consent {
        here.phone.with_memory(|memory| {
            if let Some(share) = memory.shares.get(&kept.request) {
                share.closed.notify_one();
            }
        });
    }
}

async fn change_state(
    here: &OnPhone,
    consent: ConsentId,
    change: impl Future<Output = Result<ConsentView, SdkError>>,
    words: &str,
) -> Response {
    match change.await {
        Ok(_) => here.phone.say_done(words),
        Err(error) => here.phone.say_problem(Problem::from(&error)),
    }
    here.lead_to(&format!("/consents/{consent}"))
}
