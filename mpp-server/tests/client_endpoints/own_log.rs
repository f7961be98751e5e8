//! A month of uses: written down by the client server as it collects, signed, sent, and held against central's log.

use mpp_api::central::{BringPartnerLog, OperatorClient, PartnerLogQuery};
use mpp_api::client::StaffClient;
use mpp_billing::BillingMonth;
use mpp_core::{Span, UsageUnit};

use crate::journey::{DEPOSIT, problem};
use crate::people::join;
use crate::town::{AUTHOR_KEY, OPERATOR_KEY, Partner, Town, bearer};

fn january() -> BillingMonth {
    "2026-01".parse().unwrap()
}

/// A customer's bank account goes all the way to its erasure at central.
pub(crate) async fn delivered(town: &mut Town, partner: &Partner, case: &str) {
    let started = town.ask(partner, case).await;
    let phone = town.approve(&started).await;
    town.next_push().await;
    town.upload(partner, &phone, DEPOSIT.as_bytes()).await;
    town.next_push().await;
}

/// The acknowledgement runs beside the notification; the own log follows it. What has to be tried again waits by the
/// clock, which goes on when it takes many looks.
pub(crate) async fn written_down(town: &Town, count: usize) -> Vec<mpp_billing::UsageLogLine> {
    let staff = town.staff(AUTHOR_KEY);
    for looks in 1_u32.. {
        let lines = staff.own_uses(january(), None).await.unwrap().items;
        if lines.len() >= count {
            return lines;
        }
        if looks % 50 == 0 {
            town.clock.advance(Span::from_seconds(5));
        }
        tokio::task::yield_now().await;
    }
    unreachable!("it looks until it sees them")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_month_of_uses_is_signed_sent_and_agrees_without_a_difference() {
    let mut town = Town::start().await;
    let partner = town.onboard().await;
    for case in ["LOAN-1", "LOAN-2", "LOAN-3"] {
        delivered(&mut town, &partner, case).await;
    }
    let lines = written_down(&town, 3).await;
    assert!(lines.iter().all(|line| line.unit == UsageUnit::DataFetch && line.parcels == 1));
    let staff = town.staff(AUTHOR_KEY);
    let counts = staff.own_use_counts(january()).await.unwrap();
    assert_eq!(counts.len(), 1, "one day, product and source");
    assert_eq!((counts[0].quantity.get(), counts[0].product), (3, Some(partner.product)));
    let early = problem(staff.usage_log(january()).await.unwrap_err());
    assert_eq!((early.status, early.code.as_str()), (409, "month_not_over"));

    town.clock.advance(Span::from_days(20));
    let finance = StaffClient::new(join(&town, "the-finance", &["finance"]).await);
    let sent = finance.send_usage_log("send", january()).await.unwrap();
    assert_eq!((sent.lines, sent.matched), (3, 3));
    assert_eq!((sent.missing_at_central, sent.missing_here, sent.differs), (0, 0, 0));
    let operator = OperatorClient::new(town.at_central(bearer(OPERATOR_KEY)));
    let kept = operator.partner_logs(&PartnerLogQuery::default()).await.unwrap().items;
    assert_eq!((kept.len(), kept[0].sha256, kept[0].partner_id), (1, sent.sha256, partner.id));
    assert!(kept[0].agrees() && kept[0].taken_by.is_none(), "the client server brought it itself");
    let file = operator.partner_log(partner.id, january()).await.unwrap();
    let matched: Vec<_> = file.matched.iter().map(|entry| entry.reference.clone()).collect();
    assert_eq!(matched.len(), 3);
    assert!(lines.iter().all(|line| matched.contains(&line.reference)));
    let text = operator.partner_log_text(partner.id, january()).await.unwrap();
    assert_eq!(mpp_crypto::sha256(&text), sent.sha256);

    staff_bring_it(&town, &partner, &operator).await;
}

/// The same month through the hands of staff: as it was signed, cut, and of another month.
async fn staff_bring_it(town: &Town, partner: &Partner, operator: &OperatorClient) {
    // signed at another moment it is another text
    town.clock.advance(Span::from_minutes(1));
    let log = town.staff(AUTHOR_KEY).usage_log(january()).await.unwrap();
    let log = String::from_utf8(log.to_vec()).unwrap();
    let mut brought =
        BringPartnerLog { partner_id: Some(partner.id), month: Some(january()), log: format!("{log}\n") };
    let taken = operator.bring_partner_log(&brought).await.unwrap();
    assert!(taken.agrees() && taken.taken_by.is_some() && taken.replaces.is_some());
    let shown = format!("{brought:?}");
    assert!(!shown.contains(&log), "{shown}");
    brought.month = Some("2026-02".parse().unwrap());
    let refused = problem(operator.bring_partner_log(&brought).await.unwrap_err());
    assert_eq!((refused.status, refused.code.as_str()), (422, "partner_log_of_another_month"));
    brought.month = None;
    let half = log.len() / 2;
    brought.log = format!("{}{}", &log[..half], &log[half + 4..]);
    let refused = problem(operator.bring_partner_log(&brought).await.unwrap_err());
    assert_eq!((refused.status, refused.code.as_str()), (422, "partner_log_altered"));
    brought.log = "a".repeat(mpp_billing::MOST_LOG_BYTES + 1);
    let refused = problem(operator.bring_partner_log(&brought).await.unwrap_err());
    assert_eq!((refused.status, refused.code.as_str()), (422, "partner_log_too_large"));
    let missing = problem(operator.partner_log(partner.id, "2025-12".parse().unwrap()).await.unwrap_err());
    assert_eq!((missing.status, missing.code.as_str()), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_use_that_was_never_collected_is_only_in_centrals_log() {
    let mut town = Town::start().await;
    let partner = town.onboard().await;
    delivered(&mut town, &partner, "LOAN-1").await;
    written_down(&town, 1).await;
    // damaged before it was sealed up: announced, metered, and never opened
    let started = town.ask(&partner, "LOAN-2").await;
    let phone = town.approve(&started).await;
    town.next_push().await;
    let damage = |sealed: &mut Vec<u8>| sealed.last_mut().into_iter().for_each(|byte| *byte ^= 1);
    town.upload_changed(&partner, &phone, DEPOSIT.as_bytes(), damage).await;
    town.clock.advance(Span::from_days(20));
    let sent = town.staff(AUTHOR_KEY).send_usage_log("send", january()).await.unwrap();
    assert_eq!((sent.lines, sent.matched), (1, 1));
    assert_eq!((sent.missing_at_central, sent.missing_here, sent.differs), (0, 1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_month_is_asked_for_as_a_month() {
    let town = Town::start().await;
    let caller = town.at_client(bearer(AUTHOR_KEY));
    for query in ["", "?month=January", "?month=2026-1", "?month=2026-01&from=1", "?month=2026-01&after=%20"]
    {
        for path in ["/v1/staff/own-uses", "/v1/staff/own-uses/counts", "/v1/staff/usage-log"] {
            if query.contains("after") && path != "/v1/staff/own-uses" {
                continue;
            }
            let asked: Result<serde_json::Value, _> =
                caller.get(&format!("{path}{query}"), std::time::Duration::ZERO).await;
            assert_eq!(problem(asked.unwrap_err()).code, "invalid_request", "{path}{query}");
        }
    }
    let early = town.staff(AUTHOR_KEY).usage_log("2025-12".parse().unwrap()).await.unwrap_err();
    assert_eq!(problem(early).code, "not_enrolled");
}
