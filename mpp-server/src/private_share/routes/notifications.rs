//! What the Account Aggregator tells us (ReBIT, FIU side). Every answer is signed, refusals included.

use std::sync::PoisonError;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use mpp_connectors::AaError;
use mpp_connectors::rebit::inbound::{
    Accepted, ConsentNotification, FiNotification, FiStatus, InboundMessage, Rejection, ReplayDecision,
    SeenExchange, SessionStatus, SignedAnswer,
};
use mpp_core::TxnId;
use mpp_services::private_share::{
    AccountDataStatus, ConsentNotice, FiNotice, NoticeError, ToldAccount, ToldSessionStatus,
};

use super::{Access, App, Group};

const API_KEY: HeaderName = HeaderName::from_static("aa_api_key");

pub(super) fn group() -> Group {
    Group::new(Access::AccountAggregator)
        .post("/v2/Consent/Notification", "ReBIT: the state of a consent has changed", consent)
        .post("/v2/FI/Notification", "ReBIT: the state of a data session has changed", fi)
}

async fn consent(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let accepted = app.gate.consent_notification(message(&headers, &body), app.clock.now());
    let Some(accepted) = unanswered(&app, accepted) else { return failed() };
    match accepted {
        Err(answer) => send(answer),
        Ok(accepted) => {
            let ConsentNotification { consent, handle, status: _ } = accepted.content.clone();
            let notice = ConsentNotice { from: accepted.aa.clone(), consent, handle };
            let taken = app.service.consent_noticed(&notice).await;
            settle(&app, &accepted, taken)
        }
    }
}

async fn fi(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let accepted = app.gate.fi_notification(message(&headers, &body), app.clock.now());
    let Some(accepted) = unanswered(&app, accepted) else { return failed() };
    match accepted {
        Err(answer) => send(answer),
        Ok(accepted) => {
            let taken = app.service.fi_noticed(&fi_notice(&accepted)).await;
            settle(&app, &accepted, taken)
        }
    }
}

fn message<'a>(headers: &'a HeaderMap, body: &'a Bytes) -> InboundMessage<'a> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    InboundMessage { api_key: text(&API_KEY), signature: text(&SignedAnswer::SIGNATURE_HEADER), body }
}

/// The message, unless it is refused or was answered before: then the answer. `None` when signing fails.
fn unanswered<T>(
    app: &App,
    accepted: Result<Accepted<T>, Rejection>,
) -> Option<Result<Accepted<T>, SignedAnswer>> {
    let now = app.clock.now();
    let accepted = match accepted {
        Ok(accepted) => accepted,
        Err(rejection) => return signed(app.responder.refused(&rejection, now)).map(Err),
    };
    let ledger = app.answered.lock().unwrap_or_else(PoisonError::into_inner);
    match ledger.decide(&accepted.aa, accepted.txnid, accepted.body_digest) {
        ReplayDecision::Fresh => Some(Ok(accepted)),
        ReplayDecision::Repeat(answer) => Some(Err(answer.clone())),
        ReplayDecision::Conflict => {
            let rejection = Rejection::txnid_reused(accepted.txnid);
            signed(app.responder.refused(&rejection, now)).map(Err)
        }
    }
}

/// Answers a message that was dealt with. Failures of our own are not remembered: a repeat may succeed.
fn settle<T>(app: &App, accepted: &Accepted<T>, taken: Result<(), NoticeError>) -> Response {
    let now = app.clock.now();
    let (answer, remember) = match taken {
        Ok(()) => (app.responder.taken(accepted.txnid, now), true),
        Err(error) => {
            let rejection = rejection(&error, accepted.txnid);
            let ours = rejection.status.is_server_error();
            if ours {
                tracing::warn!(%error, "a notification could not be taken");
            }
            (app.responder.refused(&rejection, now), !ours)
        }
    };
    let Some(answer) = signed(answer) else { return failed() };
    if remember {
        let seen =
            SeenExchange { body_digest: accepted.body_digest, answer: answer.clone(), answered_at: now };
        let mut ledger = app.answered.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.remember(accepted.aa.clone(), accepted.txnid, seen);
    }
    send(answer)
}

fn rejection(error: &NoticeError, txnid: TxnId) -> Rejection {
    match error {
        NoticeError::OtherSender | NoticeError::UnknownConsent | NoticeError::Unnamed => {
            Rejection::unknown_consent(txnid)
        }
        NoticeError::UnknownSession => Rejection::unknown_session(txnid),
        NoticeError::UnknownAccount => Rejection::foreign_account(txnid),
        NoticeError::Service(_) => Rejection::internal(Some(txnid)),
    }
}

fn fi_notice(accepted: &Accepted<FiNotification>) -> FiNotice {
    let told = accepted.content.fips.iter().flat_map(|fip| {
        fip.accounts.iter().map(|account| ToldAccount {
            fip: fip.fip.clone(),
            link_ref: account.link_ref.clone(),
            status: match account.status {
                FiStatus::Pending => AccountDataStatus::Pending,
                FiStatus::Ready => AccountDataStatus::Ready,
                FiStatus::Denied => AccountDataStatus::Denied,
                FiStatus::Timeout => AccountDataStatus::Timeout,
                FiStatus::Delivered => AccountDataStatus::Delivered,
            },
        })
    });
    FiNotice {
        from: accepted.aa.clone(),
        session: accepted.content.session.clone(),
        status: match accepted.content.status {
            SessionStatus::Active => ToldSessionStatus::Active,
            SessionStatus::Completed => ToldSessionStatus::Completed,
            SessionStatus::Failed => ToldSessionStatus::Failed,
            SessionStatus::Expired => ToldSessionStatus::Expired,
        },
        accounts: told.collect(),
    }
}

fn signed(answer: Result<SignedAnswer, AaError>) -> Option<SignedAnswer> {
    answer.inspect_err(|error| tracing::error!(%error, "an answer could not be signed")).ok()
}

fn send(answer: SignedAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    match HeaderValue::from_str(&answer.signature) {
        Ok(signature) => {
            headers.insert(SignedAnswer::SIGNATURE_HEADER, signature);
            response
        }
        Err(_) => failed(),
    }
}

fn failed() -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
