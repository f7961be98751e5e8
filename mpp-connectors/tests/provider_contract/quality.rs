//! What is noticeable about a document, and that nothing of it makes the document unusable.

use mpp_connectors::conformance::{HandClock, ProviderBench, ScriptedNetwork, permit_for, request_about};
use mpp_connectors::{DataProvider, ProviderOutcome};
use mpp_core::{Clock, QualityFlag, QualityFlags, Source};
use serde_json::{Value, json};
use std::sync::Arc;

use super::{BureauBench, OperatorBench};

const WHOLE: [QualityFlag; 0] = [];

/// What is noticeable about this document, which comes on 15 January 2026 at 15:00 in India.
async fn flags(bench: &dyn ProviderBench, document: &Value) -> Vec<QualityFlag> {
    let text = document.to_string();
    let (network, clock) = (ScriptedNetwork::giving(200, &text), HandClock::new());
    let provider: Arc<dyn DataProvider> = bench.provider(network, Arc::<HandClock>::clone(&clock));
    let permit = permit_for(Source::Provider(provider.id().clone()), clock.now());
    let outcome = provider.start(&permit, &request_about(bench.known(), clock.now())).await.unwrap();
    let ProviderOutcome::Document { quality, body, .. } = outcome else { panic!("a document was expected") };
    assert_eq!(body.collect(1 << 20).await.unwrap(), text.as_bytes(), "untouched");
    QualityFlags::into_iter(quality).collect()
}

fn report(date: &str) -> Value {
    json!({ "INProfileResponse": {
        "Header": { "SystemCode": "0", "MessageText": "", "ReportDate": date, "ReportTime": "143000" },
        "UserMessage": { "UserMessageText": "Normal Response" },
        "CAIS_Account": {}, "Match_result": { "Exact_match": "Y" }, "SCORE": { "BureauScore": "762" },
    } })
}

#[tokio::test]
async fn a_bureaus_report_is_looked_at() {
    let bench = BureauBench;
    assert_eq!(flags(&bench, &report("20260115")).await, WHOLE);
    assert_eq!(flags(&bench, &report("20260114")).await, [QualityFlag::Outdated], "24 hours and a half");
    assert_eq!(flags(&bench, &report("20270115")).await, [QualityFlag::Undated], "of next year");
    assert_eq!(flags(&bench, &report("yesterday")).await, [QualityFlag::Undated]);

    let mut inexact = report("20260115");
    inexact["INProfileResponse"]["Match_result"]["Exact_match"] = "N".into();
    assert_eq!(flags(&bench, &inexact).await, [QualityFlag::InexactMatch]);

    for part in ["SCORE", "CAIS_Account"] {
        let mut incomplete = report("20260115");
        incomplete["INProfileResponse"].as_object_mut().unwrap().remove(part);
        assert_eq!(flags(&bench, &incomplete).await, [QualityFlag::PartsMissing], "{part}");
    }
}

#[tokio::test]
async fn a_report_that_says_strange_things_of_itself_is_still_a_report() {
    let mut strange = report("20260115");
    let response = &mut strange["INProfileResponse"];
    response["Header"]["ReportDate"] = 20_260_115.into();
    response["Header"]["ReportTime"] = json!([1, 2]);
    response["Match_result"] = "Y".into();
    response["SCORE"] = false.into();
    assert_eq!(flags(&BureauBench, &strange).await, WHOLE, "a number is a date as well");
    strange["INProfileResponse"]["Header"]["ReportDate"] = json!({});
    assert_eq!(flags(&BureauBench, &strange).await, [QualityFlag::Undated]);
}

#[tokio::test]
async fn an_operators_profile_is_looked_at() {
    let profile = |as_of: Value, unavailable: Value| json!({ "source": "telecom", "msisdn": "9000000001", "asOf": as_of, "unavailable": unavailable });
    let of = |as_of, unavailable| {
        let profile = profile(as_of, unavailable);
        async move { flags(&OperatorBench, &profile).await }
    };
    assert_eq!(of("2026-01-15T09:29:00Z".into(), json!([])).await, WHOLE);
    assert_eq!(of("2026-01-13T09:29:00Z".into(), Value::Null).await, [QualityFlag::Outdated]);
    assert_eq!(of("2026-01-15T09:29:00Z".into(), json!(["usage"])).await, [QualityFlag::PartsMissing]);
    let both = of(7.into(), json!(["usage"])).await;
    assert_eq!(both, [QualityFlag::Undated, QualityFlag::PartsMissing]);
    let bare = json!({ "source": "telecom", "msisdn": "9000000001" });
    assert_eq!(flags(&OperatorBench, &bare).await, [QualityFlag::Undated]);
}
