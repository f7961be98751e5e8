//! How the FIPs do, from sessions as they went.

use mpp_core::{AaConsentKey, Clock, DataSessionId, Span};
use mpp_services::private_share::AccountDataStatus::{Denied, Ready, Timeout};
use mpp_services::private_share::{AccountDataStatus, ToldSessionStatus};

use crate::bench::{Bench, fi_notice, parameters};
use crate::fake_aa::Trouble;

/// One customer asks both FIPs; the word comes after so many seconds.
async fn asks(bench: &Bench, number: u32, seconds: i64, said: [Option<AccountDataStatus>; 2]) {
    let session = opens(bench, number).await;
    bench.clock.advance(Span::from_seconds(seconds));
    let notice = fi_notice(&session, ToldSessionStatus::Completed, said);
    bench.service.fi_noticed(&notice).await.unwrap();
}

async fn opens(bench: &Bench, number: u32) -> DataSessionId {
    let who = bench.customer(&format!("90000{number:05}")).await;
    let key = AaConsentKey::generate(&*bench.entropy);
    let mut terms = serde_json::to_value(parameters("ONETIME").form()).unwrap();
    // the terms follow the clock
    terms["consentStart"] = bench.clock.now().minus(Span::from_minutes(5)).to_string().into();
    terms["consentExpiry"] = bench.clock.now().plus(Span::from_days(20)).to_string().into();
    let terms = serde_json::from_value(terms).unwrap();
    bench.service.raise_consent(&who, key, &terms).await.unwrap();
    bench.aa.decide(true);
    bench.notice_last().await;
    bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap();
    bench.aa.deliver()
}

#[tokio::test]
async fn a_report_counts_real_sessions_by_fip_with_reasons_and_times() {
    let bench = Bench::new();
    let day = bench.clock.now().day_in_india();
    for number in 1..=12 {
        let second = match number {
            1..=2 => Some(Denied),
            3 => Some(Timeout),
            4 => None,
            _ => Some(Ready),
        };
        asks(&bench, number, i64::from(number), [Some(Ready), second]).await;
    }
    let report = bench.service.fip_report(day, day).await.unwrap_err();
    assert_eq!(report.code(), "report_days", "the day is not over");
    bench.clock.advance(Span::from_days(1));
    let report = bench.service.fip_report(day, day).await.unwrap();
    assert!(report.complete);
    let [deccan, sahyadri] = report.fips.as_slice() else { panic!("{report:?}") };
    assert_eq!(deccan.fip.as_ref().unwrap().as_str(), "DECCAN_FIP");
    assert_eq!((deccan.asked, deccan.answered, deccan.waiting), (12, 8, 0));
    let reasons: Vec<_> = deccan.failed.iter().map(|(reason, count)| (*reason, *count)).collect();
    assert_eq!(reasons, [("denied", 2), ("not_spoken_of", 1), ("timeout", 1)]);
    assert_eq!(sahyadri.fip.as_ref().unwrap().as_str(), "SAHYADRI_FIP");
    assert_eq!((sahyadri.asked, sahyadri.answered), (12, 12));
    let took = (sahyadri.p50_millis, sahyadri.p95_millis, sahyadri.p99_millis);
    assert_eq!(took, (Some(6_000), Some(12_000), Some(12_000)));
    assert_eq!(deccan.p50_millis, Some(8_000), "of those that were answered: 5 to 12 seconds");
    assert!(!format!("{report:?}").contains("90000"), "no customer");
}

#[tokio::test]
async fn a_day_with_few_accounts_names_no_fip_and_other_days_are_not_counted() {
    let bench = Bench::new();
    let first = bench.clock.now().day_in_india();
    for number in 1..=10 {
        asks(&bench, number, 1, [Some(Ready), Some(Ready)]).await;
    }
    bench.clock.advance(Span::from_days(1));
    let second = first.tomorrow().unwrap();
    asks(&bench, 11, 1, [Some(Ready), Some(Denied)]).await;
    bench.clock.advance(Span::from_days(1));
    let only = bench.service.fip_report(second, second).await.unwrap();
    assert_eq!(only.fips.len(), 1);
    assert_eq!((only.fips[0].fip.as_ref(), only.fips[0].asked, only.fips[0].answered), (None, 2, 1));
    let both = bench.service.fip_report(first, second).await.unwrap();
    let asked: Vec<_> = both.fips.iter().map(|fip| (fip.fip.is_some(), fip.asked)).collect();
    assert_eq!(
        asked,
        [(true, 10), (true, 10), (false, 2)],
        "the difference of two reports names nobody's bank"
    );
    for (from, to) in [(second, first), (first.yesterday().unwrap(), second.tomorrow().unwrap())] {
        assert_eq!(bench.service.fip_report(from, to).await.unwrap_err().code(), "report_days");
    }
    let long_ago = first.checked_sub(jiff::Span::new().days(92)).unwrap();
    assert_eq!(bench.service.fip_report(long_ago, first).await.unwrap_err().code(), "report_days");
}

#[tokio::test]
async fn what_no_fip_was_asked_is_not_counted_and_what_is_open_waits() {
    let bench = Bench::new();
    let day = bench.clock.now().day_in_india();
    for number in 1..=10 {
        opens(&bench, number).await;
    }
    let who = bench.customer("9000000099").await;
    let key = AaConsentKey::generate(&*bench.entropy);
    bench.service.raise_consent(&who, key, &parameters("ONETIME")).await.unwrap();
    bench.aa.decide(true);
    bench.notice_last().await;
    bench.aa.set_trouble(Trouble::Refusing(mpp_connectors::account_aggregator::AaErrorCode::InvalidRequest));
    bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap_err();
    bench.clock.advance(Span::from_days(1));
    let report = bench.service.fip_report(day, day).await.unwrap();
    let counts: Vec<_> = report.fips.iter().map(|fip| (fip.asked, fip.waiting, fip.answered)).collect();
    assert_eq!(counts, [(10, 10, 0); 2]);
}
