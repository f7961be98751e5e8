//! Notifications to the application that were given up, done again over HTTP.

use std::time::Duration;

use mpp_api::client::{NewsRange, NewsRowView, NewsSearchQuery, ReplayNews, SetWebhook, StaffClient};
use mpp_core::{Clock, Span};
use tokio::time::Instant;

use crate::people::join;
use crate::town::{AUTHOR_KEY, Town};

async fn all(staff: &StaffClient, status: Option<&str>) -> Vec<NewsRowView> {
    let query = NewsSearchQuery { status: status.map(str::to_owned), ..NewsSearchQuery::default() };
    staff.news(&query).await.unwrap().items
}

/// Waits until the news is as wanted. The clock goes on meanwhile, as fast as that on the wall: a job whose worker could not settle it
/// comes back when its lease has run out, and a worker that takes long keeps its lease.
async fn until(town: &Town, staff: &StaffClient, wanted: impl Fn(&NewsRowView) -> bool) {
    let mut rows = Vec::new();
    let mut seen = Instant::now();
    let done = async {
        loop {
            rows = all(staff, None).await;
            if !rows.is_empty() && rows.iter().all(&wanted) {
                break;
            }
            let passed = Span::from_millis(seen.elapsed().as_millis().try_into().unwrap());
            town.clock.advance(passed);
            seen += Duration::from_millis(passed.as_millis().try_into().unwrap());
        }
    };
    let done = tokio::time::timeout(Duration::from_secs(100), done).await;
    assert!(done.is_ok(), "it is {} and the news is {rows:#?}", town.clock.now());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_range_of_news_is_looked_at_then_done_again_once() {
    let mut town = Town::start().await;
    let partner = town.onboard().await;
    let author = town.staff(AUTHOR_KEY);
    let dead = SetWebhook { url: "http://127.0.0.1:9/hook".parse().unwrap() };
    author.set_webhook(&town.call(), &dead).await.unwrap();
    let started = town.ask(&partner, "LOAN-1").await;
    town.approve(&started).await;
    // a jump in the middle of an attempt takes that attempt's lease away, so that it counts for nothing: there is no telling how many
    // jumps it takes
    let mut jumps = 0;
    loop {
        let now = town.clock.now();
        until(&town, &author, |row| row.status == "parked" || row.next_attempt_at.is_some_and(|at| at > now))
            .await;
        if !all(&author, Some("parked")).await.is_empty() {
            break;
        }
        jumps += 1;
        assert!(jumps <= 40, "{:#?}", all(&author, None).await);
        town.clock.advance(Span::from_hours(30));
    }
    let operations = StaffClient::new(join(&town, "asha", &["operations"]).await);
    let range = NewsRange::default();
    let seen = operations.preview_replay(&range).await.unwrap();
    assert_eq!((seen.count, seen.first.len()), (1, 1));
    assert_eq!((seen.reasons[0].reason.as_str(), seen.reasons[0].count), ("receiver_unreachable", 1));
    let other = NewsRange { reason: Some("receiver_refused".into()), ..NewsRange::default() };
    assert_eq!(operations.preview_replay(&other).await.unwrap().count, 0);
    assert_eq!(
        (all(&author, Some("parked")).await.len(), all(&author, Some("delivered")).await.len()),
        (1, 0)
    );

    author.set_webhook(&town.call(), &SetWebhook { url: town.hook.clone() }).await.unwrap();
    let body = ReplayNews { range, as_of: seen.as_of, count: seen.count };
    let done = operations.replay_news("once", &body).await.unwrap();
    assert_eq!((done.replayed, done.remaining), (1, false));
    let (_, news) = town.next_push().await;
    assert_eq!(news.data.case_ref.as_str(), "LOAN-1");
    let stale = operations.replay_news("twice", &body).await.unwrap();
    assert_eq!((stale.replayed, stale.remaining), (0, false), "a stale yes does nothing");
    until(&town, &author, |row| row.status == "delivered").await;
    let log = serde_json::to_string(&author.audit(None).await.unwrap().leaves).unwrap();
    assert_eq!(log.matches("news.range_replayed").count(), 1, "{log}");
}
