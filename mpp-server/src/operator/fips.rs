//! How the FIPs do.

use mpp_api::private_share::{FipHealthView, FipReportQuery};

use super::arguments::Fips;
use super::connection::health;
use super::output::Output;
use super::{Failure, Surroundings};

pub(super) async fn run(
    command: &Fips,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let query = FipReportQuery { from: command.from.clone(), to: command.to.clone() };
    let report = health(command, surroundings)?.fips(&query).await?;
    if output.is_json() {
        return output.one(&report, &[]);
    }
    let columns = ["FIP", "ASKED", "ANSWERED", "SUCCESS", "WAITING", "FAILED", "P50 MS", "P95 MS", "P99 MS"];
    output.list(&report.fips, columns, row)?;
    let looked = if report.complete { "all sessions" } else { "the newest sessions" };
    let days = format!(
        "{} to {}, {looked}; a day with fewer than {} accounts is not named",
        report.from, report.to, report.fewest
    );
    output.text(&report, format!("{days}\n").as_bytes())
}

fn row(health: &FipHealthView) -> [String; 9] {
    let failed: u64 = health.failed.values().sum();
    let ended = health.answered.saturating_add(failed);
    let success = health.answered.saturating_mul(100).checked_div(ended);
    let reasons: Vec<String> =
        health.failed.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    let millis = |took: Option<u64>| took.map_or_else(|| "-".to_owned(), |took| took.to_string());
    [
        health.fip.as_ref().map_or_else(|| "(not named)".to_owned(), ToString::to_string),
        health.asked.to_string(),
        health.answered.to_string(),
        success.map_or_else(|| "-".to_owned(), |share| format!("{share} %")),
        health.waiting.to_string(),
        if reasons.is_empty() { "-".to_owned() } else { reasons.join(", ") },
        millis(health.p50_millis),
        millis(health.p95_millis),
        millis(health.p99_millis),
    ]
}
