//! How the FIPs do: who may ask, and what the command shows.

use std::sync::Arc;

use clap::Parser;
use mpp_api::private_share::{FipReportQuery, HealthClient};
use mpp_api::{ApiError, Authorization, Bearer};
use mpp_core::Clock;
use mpp_server::operator::{Arguments, Surroundings, run};

use crate::bench::{Bench, OPERATOR_KEY};

fn client(bench: &Bench, key: &str) -> HealthClient {
    let bearer: Arc<dyn Authorization> = Arc::new(Bearer::new(key).unwrap());
    HealthClient::new(bench.caller().as_party(bearer))
}

fn code(answer: Result<impl std::fmt::Debug, ApiError>) -> String {
    answer.unwrap_err().code().unwrap().to_owned()
}

#[tokio::test]
pub(crate) async fn only_those_who_run_the_service_may_ask() {
    let bench = Bench::start().await;
    let (_, session) = bench.log_in("9000000001").await;
    let usual = FipReportQuery::default();
    for guess in ["a-guess", session.as_str()] {
        assert_eq!(code(client(&bench, guess).fips(&usual).await), "unauthenticated");
    }
    let operator = client(&bench, OPERATOR_KEY);
    let report = operator.fips(&usual).await.unwrap();
    assert_eq!((report.fips.len(), report.complete, report.fewest), (0, true, 10));
    let today = bench.clock.now().day_in_india();
    assert_eq!(report.to, today.yesterday().unwrap().to_string());
    let days = |from: &str, to: &str| FipReportQuery { from: Some(from.into()), to: Some(to.into()) };
    let today = today.to_string();
    assert_eq!(code(operator.fips(&days(&today, &today)).await), "report_days");
    assert_eq!(code(operator.fips(&days("soon", &today)).await), "invalid_request");
    bench.running.stop().await;
}

#[tokio::test]
pub(crate) async fn the_command_shows_the_report() {
    let bench = Bench::start().await;
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, format!("{OPERATOR_KEY}\n")).unwrap();
    let url = bench.running.base_url().to_string();
    let surroundings = Surroundings {
        transport: Arc::clone(&bench.transport),
        entropy: bench.entropy.clone(),
        clock: bench.clock.clone(),
    };
    let said = async |more: &[&str]| {
        let line = ["mpp", "fips", "--server", url.as_str(), "--key-file", key.to_str().unwrap()];
        let arguments = Arguments::try_parse_from(line.iter().chain(more)).unwrap();
        let mut out = Vec::new();
        run(arguments, &surroundings, &mut out).await.map(|()| String::from_utf8(out).unwrap())
    };
    let text = said(&[]).await.unwrap();
    assert!(text.contains("FIP") && text.contains("SUCCESS") && text.contains("fewer than 10"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&said(&["--json"]).await.unwrap()).unwrap();
    assert_eq!((&json["fips"], &json["complete"]), (&serde_json::json!([]), &true.into()));
    let future = said(&["--to", "2030-01-01"]).await.unwrap_err();
    assert_eq!((future.code(), future.exit_code()), (Some("report_days"), 1));
    bench.running.stop().await;
}
