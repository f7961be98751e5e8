//! What whoever runs the service asks: how the FIPs do.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::ToSpan;
use jiff::civil::Date;
use mpp_api::private_share::{FipHealthView, FipReportQuery, FipReportView};
use mpp_services::private_share::{FEWEST, FipHealth};
use subtle::ConstantTimeEq;

use super::super::refusals::refuse;
use super::{Access, App, Group};
use crate::http::{Refusal, bearer_key};

pub(super) fn group() -> Group {
    Group::new(Access::Operator).get(
        "/v1/operator/fips",
        "How the providers of financial information did",
        fips,
    )
}

/// Middleware: lets the bearer keys of the configuration through.
pub(super) async fn require_operator(State(app): State<App>, request: Request, next: Next) -> Response {
    let key = bearer_key(request.headers());
    let digest = key.map(|key| mpp_crypto::sha256(key.secret().as_bytes()));
    let known = digest.is_some_and(|digest| {
        app.operators.iter().any(|known| bool::from(known.sha256.as_bytes().ct_eq(digest.as_bytes())))
    });
    if known { next.run(request).await } else { Refusal::unauthenticated().into_response() }
}

async fn fips(
    State(app): State<App>,
    query: Result<Query<FipReportQuery>, QueryRejection>,
) -> Result<Json<FipReportView>, Refusal> {
    let Query(query) =
        query.map_err(|_| Refusal::invalid_request("the query has an unknown or wrong parameter"))?;
    let yesterday = app.clock.now().day_in_india().saturating_sub(1.day());
    let to = day("to", query.to.as_deref(), yesterday)?;
    let from = day("from", query.from.as_deref(), to.saturating_sub(6.days()))?;
    let report = app.service.fip_report(from, to).await.map_err(refuse)?;
    Ok(Json(FipReportView {
        from: report.from.to_string(),
        to: report.to.to_string(),
        complete: report.complete,
        fewest: FEWEST,
        fips: report.fips.into_iter().map(view).collect(),
    }))
}

fn day(name: &'static str, text: Option<&str>, usual: Date) -> Result<Date, Refusal> {
    let wrong = |_| Refusal::invalid_request(format!("{name} is not a day"));
    text.map_or(Ok(usual), |text| text.parse().map_err(wrong))
}

fn view(health: FipHealth) -> FipHealthView {
    FipHealthView {
        fip: health.fip,
        asked: health.asked,
        answered: health.answered,
        waiting: health.waiting,
        failed: health.failed.into_iter().map(|(reason, count)| (reason.to_owned(), count)).collect(),
        p50_millis: health.p50_millis,
        p95_millis: health.p95_millis,
        p99_millis: health.p99_millis,
    }
}
