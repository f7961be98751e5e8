//! One request from the consent screen to the receipt.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use mpp_api::central::PhoneEvent;
use mpp_core::{ConsentRequestId, Decision, LanguageTag, Source};
use mpp_private_share::ShareError;
use mpp_sdk::{Decisions, KeptRequest, Phase, SdkError};

use super::OnPhone;
use crate::phone::fleet::OpenScreen;
use crate::phone::sharing;
use crate::phone::templates::Screenful;
use crate::phone::view::{
    Draft, Frame, JourneyFacts, Problem, Progress, ReceiptPage, SignIn, SignedText, consent_page, field_of,
    journey_page, readable, title_of,
};

type Fields = BTreeMap<String, String>;

/// The request an address names, if it is one.
fn named(path: &(usize, String)) -> Option<ConsentRequestId> {
    path.1.parse().ok()
}

async fn kept(here: &OnPhone, request: ConsentRequestId) -> Result<KeptRequest, SdkError> {
    let requests = here.phone.mpp().requests().await?;
    requests.into_iter().find(|kept| kept.request == request).ok_or(SdkError::UnknownRequest)
}

pub(super) async fn show(here: OnPhone, Path(path): Path<(usize, String)>) -> Response {
    let Some(request) = named(&path) else { return here.nothing_here() };
    let kept = look_again(&here, request).await;
    let over = matches!(&kept, Ok(KeptRequest { phase: Phase::Cancelled | Phase::Expired, .. }));
    if let Some(screen) = consent_screen(&here, request).filter(|_| !over) {
        return screen.into_response();
    }
    match kept {
        Ok(kept) => journey(&here, &kept).await.into_response(),
        Err(SdkError::UnknownRequest) => here.nothing_here(),
        Err(error) => Screenful::Trouble(here.frame("Problem"), Problem::from(&error)).into_response(),
    }
}

/// The request as it stands, or as this phone knows it while central is away.
async fn look_again(here: &OnPhone, request: ConsentRequestId) -> Result<KeptRequest, SdkError> {
    match here.phone.mpp().look_again(request).await {
        Ok(kept) => Ok(kept),
        Err(_) => kept(here, request).await,
    }
}

fn consent_screen(here: &OnPhone, request: ConsentRequestId) -> Option<Screenful> {
    let open = here.phone.with_memory(|memory| {
        memory.screens.get(&request).map(|open| (open.screen.clone(), open.draft.clone()))
    });
    let (screen, draft) = open?;
    let frame = here.frame("Your consent").with_notes(&[
        ("MPP SDK", "Has checked that a pinned key of MPP central vouches for the recipient's key. Otherwise this screen would not be shown."),
        ("You", "Each source is decided by itself. Nothing is ticked in advance."),
        ("Device key", "Signs your decisions together with the digest of exactly this screen, notice version and language."),
    ]);
    Some(Screenful::Consent(consent_page(screen.content(), screen.recipient(), &draft, frame)))
}

async fn journey(here: &OnPhone, kept: &KeptRequest) -> Screenful {
    let phone = &here.phone;
    let now = here.fleet.now();
    let (progress, code_until) = phone.with_memory(|memory| {
        let progress = memory.shares.get(&kept.request).map(|share| share.progress.clone());
        (progress, memory.code_until.filter(|until| now < *until))
    });
    let sign_in = match code_until {
        _ if phone.sharing().is_signed_in().await => SignIn::Done,
        Some(until) => SignIn::CodeSent { until },
        None => SignIn::Needed,
    };
    let message = match sign_in {
        SignIn::CodeSent { .. } => newest_message(here).await,
        SignIn::Needed | SignIn::Done => None,
    };
    let frame = here.frame("Sharing").with_notes(&[
        (
            "Private data share SDK",
            "Belongs to Onemoney. It alone speaks with the Account Aggregator's side; the MPP SDK hands it the terms and the recipient's key.",
        ),
        (
            "This phone",
            "Makes the key pair for your banks' documents. The service only ever sees the public half.",
        ),
        (
            "MPP central",
            "Receives sealed parcels it cannot open, and erases them once the recipient has acknowledged.",
        ),
    ]);
    let mut facts = JourneyFacts {
        kept,
        language: here.language(),
        progress: progress.as_ref(),
        sign_in,
        message,
        consents: &[],
        news: &[],
    };
    let over = kept.phase == Phase::Complete || matches!(progress, Some(Progress::Finished(_)));
    if !over {
        return Screenful::Journey(journey_page(&facts, frame));
    }
    // without central the page still says what this phone knows by itself
    let consents = phone.mpp().history().await.unwrap_or_default();
    let plain = Frame::new("", None, now);
    let news = phone.news(|known| settled(&facts, known, &plain)).await;
    facts.consents = &consents;
    facts.news = &news.events;
    Screenful::Journey(journey_page(&facts, frame))
}

/// Whether these news leave nothing to wait for.
fn settled(facts: &JourneyFacts<'_>, news: &[PhoneEvent], frame: &Frame) -> bool {
    let known = JourneyFacts { news, message: None, ..*facts };
    journey_page(&known, frame.clone()).stands_still()
}

async fn newest_message(here: &OnPhone) -> Option<String> {
    let messages = here.fleet.desk().messages(here.phone.number()).await.ok()?;
    messages.into_iter().next().map(|message| message.text)
}

/// Takes over what was chosen in the form.
fn choose(draft: &mut Draft, open: &mpp_sdk::Screen, form: &Fields) {
    for (at, item) in open.content().items.iter().enumerate() {
        let decision = match form.get(&field_of(at.saturating_add(1))).map(String::as_str) {
            Some("approve") => Decision::Approved,
            Some("refuse") => Decision::Refused,
            _ => continue,
        };
        draft.choices.insert(item.source.clone(), decision);
    }
}

/// Changes the language; what was chosen so far stays chosen.
pub(super) async fn choose_language(
    here: OnPhone,
    Path(path): Path<(usize, String)>,
    Form(form): Form<Fields>,
) -> Response {
    let Some(request) = named(&path) else { return here.nothing_here() };
    let language = form.get("language").and_then(|tag| tag.parse::<LanguageTag>().ok());
    here.phone.with_memory(|memory| {
        let Some(OpenScreen { screen, draft }) = memory.screens.get_mut(&request) else { return };
        choose(draft, screen, &form);
        if let Some(language) = language {
            draft.language = language.clone();
            memory.language = Some(language);
        }
    });
    here.lead_to(&format!("/requests/{request}"))
}

pub(super) async fn decide(
    here: OnPhone,
    Path(path): Path<(usize, String)>,
    Form(form): Form<Fields>,
) -> Response {
    let Some(request) = named(&path) else { return here.nothing_here() };
    let open = here.phone.with_memory(|memory| {
        let OpenScreen { screen, draft } = memory.screens.get_mut(&request)?;
        choose(draft, screen, &form);
        draft.submitted = true;
        Some((screen.clone(), draft.clone()))
    });
    let place = format!("/requests/{request}");
    let Some((screen, draft)) = open else { return here.lead_to(&place) };
    let mut decisions: Decisions = screen.decisions();
    for (source, decision) in &draft.choices {
        if let Ok(source) = source.parse::<Source>() {
            decisions = decisions.with(&source, *decision);
        }
    }
    let language = shown_language(&screen, &draft);
    match here.phone.mpp().decide(&screen, &decisions, &language).await {
        Ok(_) => {
            here.phone.with_memory(|memory| drop(memory.screens.remove(&request)));
            here.phone.say_done(here.language().either(
                "Your decisions are signed and recorded. Your receipt is below.",
                "आपके निर्णय हस्ताक्षरित और दर्ज हैं। आपकी रसीद नीचे है।",
            ));
        }
        // the page it leads to says it, in the customer's language
        Err(error) if matches!(error.code(), Some("request_cancelled" | "link_expired")) => {}
        Err(error) => here.phone.say_problem(Problem::from(&error)),
    }
    here.lead_to(&place)
}

/// The language the notice was really shown in: the chosen one where the notice exists in it.
fn shown_language(screen: &mpp_sdk::Screen, draft: &Draft) -> LanguageTag {
    let exists = screen.content().notice.get(draft.language.as_str()).is_some();
    if exists { draft.language.clone() } else { LanguageTag::english() }
}

pub(super) async fn send_code(here: OnPhone, Path(path): Path<(usize, String)>) -> Response {
    let Some(request) = named(&path) else { return here.nothing_here() };
    match here.phone.sharing().send_code().await {
        Ok(until) => here.phone.with_memory(|memory| memory.code_until = Some(until)),
        Err(error) => here.phone.say_problem(Problem::from(&error)),
    }
    here.lead_to(&format!("/requests/{request}"))
}

/// Takes the code, and goes straight on to sharing.
pub(super) async fn sign_in(
    here: OnPhone,
    Path(path): Path<(usize, String)>,
    Form(form): Form<Fields>,
) -> Response {
    let Some(request) = named(&path) else { return here.nothing_here() };
    let code = form.get("code").map(|code| code.trim()).unwrap_or_default();
    match here.phone.sharing().give_code(code).await {
        Ok(()) => {
            here.phone.with_memory(|memory| memory.code_until = None);
            begin(&here, request).await;
        }
        Err(error) => {
            if matches!(error, ShareError::NewCodeNeeded) {
                here.phone.with_memory(|memory| memory.code_until = None);
            }
            here.phone.say_problem(Problem::from(&error));
        }
    }
    here.lead_to(&format!("/requests/{request}"))
}

pub(super) async fn share(here: OnPhone, Path(path): Path<(usize, String)>) -> Response {
    let Some(request) = named(&path) else { return here.nothing_here() };
    if here.phone.sharing().is_signed_in().await {
        begin(&here, request).await;
    } else {
        // the session ran out: back to signing in
        here.phone.with_memory(|memory| drop(memory.shares.remove(&request)));
    }
    here.lead_to(&format!("/requests/{request}"))
}

async fn begin(here: &OnPhone, request: ConsentRequestId) {
    match kept(here, request).await {
        Ok(kept) => sharing::begin(&here.phone, request, &kept.phase),
        Err(error) => here.phone.say_problem(Problem::from(&error)),
    }
}

/// The customer closes the approval without having decided.
pub(super) async fn close(here: OnPhone, Path(path): Path<(usize, String)>) -> Response {
    let Some(request) = named(&path) else { return here.nothing_here() };
    here.phone.with_memory(|memory| {
        if let Some(share) = memory.shares.get(&request) {
            share.closed.notify_one();
        }
    });
    here.lead_to(&format!("/requests/{request}"))
}

pub(super) async fn receipt(here: OnPhone, Path(path): Path<(usize, String)>) -> Response {
    let Some(request) = named(&path) else { return here.nothing_here() };
    let Ok(kept) = kept(&here, request).await else { return here.nothing_here() };
    let Some(receipt) = kept.receipt.as_deref() else { return here.nothing_here() };
    let consents = here.phone.mpp().history().await.unwrap_or_default();
    let frame = here.frame("Receipt").with_notes(&[
        ("MPP central", "Signed this receipt and one artefact for each consent. The MPP SDK compared them with what you decided before it kept them."),
        ("Anybody", "With central's public key can check the signatures below, today or in seven years."),
    ]);
    Screenful::Receipt(ReceiptPage {
        frame,
        number: here.phone.number(),
        request: request.to_string(),
        readable: readable(receipt, &kept.artefacts, &consents, here.language()),
        signed: SignedText::new(receipt),
        artefacts: kept
            .artefacts
            .iter()
            .map(|artefact| {
                (title_of(artefact, &consents, here.language()), SignedText::new(&artefact.signed))
            })
            .collect(),
    })
    .into_response()
}
